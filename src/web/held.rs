//! Files that were looked at and are not taken yet: between the two steps of an import they stay here, since what is in
//! them (passwords of routers) must not be on a page.

use crate::access::VisitId;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How long somebody may look at what a file would bring about.
const KEPT: Duration = Duration::from_secs(10 * 60);

/// So many are held at once, of as many visitors; the oldest gives way.
const MOST: usize = 8;

/// A file, wiped when it is not held any more.
pub(super) type HeldFile = Arc<Zeroizing<Vec<u8>>>;

/// The files that are held, one of each visitor.
#[derive(Clone, Default)]
pub struct HeldFiles(Arc<Mutex<Vec<Held>>>);

struct Held {
    of: VisitId,
    id: String,
    file: HeldFile,
    until: Instant,
}

impl HeldFiles {
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Held>) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|held| now < held.until);
        change(&mut all)
    }

    /// Holds a visitor's file for a while, in place of any other of theirs; gives what to ask for it by.
    fn hold(&self, of: &VisitId, file: &[u8]) -> (String, HeldFile) {
        let (id, file) = (format!("{:016x}", fastrand::u64(..)), Arc::new(Zeroizing::new(file.to_vec())));
        let held =
            Held { of: of.clone(), id: id.clone(), file: Arc::clone(&file), until: Instant::now() + KEPT };
        self.change(|all| {
            all.retain(|other| other.of != *of);
            if all.len() == MOST {
                all.remove(0);
            }
            all.push(held);
        });
        let later = self.clone();
        actix_web::rt::spawn(async move {
            tokio::time::sleep(KEPT).await;
            later.change(|_| ());
        });
        (id, file)
    }

    /// The file that a visitor chose just now, or else the one that they looked at before; and what to ask for it by.
    pub(super) fn chosen(&self, of: &VisitId, file: Option<&[u8]>, id: &str) -> Option<(String, HeldFile)> {
        let held = || self.get(of, id).map(|file| (id.to_owned(), file));
        file.map_or_else(held, |file| Some(self.hold(of, file)))
    }

    /// The visitor's file, if it is held still.
    fn get(&self, of: &VisitId, id: &str) -> Option<HeldFile> {
        self.change(|all| {
            let held = all.iter().find(|held| held.of == *of && held.id == id);
            held.map(|held| Arc::clone(&held.file))
        })
    }

    /// Holds no file of theirs any more.
    pub(super) fn forget(&self, of: &VisitId) {
        self.change(|all| all.retain(|held| held.of != *of));
    }
}
