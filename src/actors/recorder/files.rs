//! The files of one router's recording: a new one when the last is full, the oldest removed.

use crate::actors::clock;
use crate::domain::router::RouterName;
use crate::recording::{Header, Observed, Scribe, Writer};
use jiff::Timestamp;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A file of a router that is recorded all the time is full at this size, in bytes.
const FULL: u64 = 32 << 20;

/// So many files of one router are kept.
const KEPT: usize = 8;

/// How a recording's file name ends.
const ENDING: &str = ".jsonl.zst";

/// After a failure, such as a full disk, a new file is tried this much later.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The longest that is waited for a new file when whoever writes goes on dying.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Where a recording is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// One file, which must not exist yet.
    File(PathBuf),
    /// A folder with a few files of this router, the oldest of which is removed when there are too many.
    Folder(PathBuf),
}

/// The file that is written, and where the next ones go.
pub(super) struct Files {
    router: RouterName,
    destination: Destination,
    redacted: bool,
    /// The size at which a file is full.
    full: u64,
    current: Option<Current>,
    /// When the current file was begun, or the last one.
    started: Instant,
    /// When a new file is tried after a failure.
    again: Instant,
    /// Whether something that was seen is in no file.
    lost: bool,
    /// When whoever writes last died of an error in the program, and what was waited for then.
    died: Option<Instant>,
    pause: Duration,
}

struct Current {
    writer: Writer<File>,
    /// Offsets never go back.
    last: u64,
}

impl Files {
    /// Makes the first file.
    pub(super) fn open(router: RouterName, destination: Destination, redacted: bool) -> io::Result<Self> {
        Self::with_size(router, destination, redacted, FULL)
    }

    fn with_size(
        router: RouterName,
        destination: Destination,
        redacted: bool,
        full: u64,
    ) -> io::Result<Self> {
        let mut this = Self {
            router,
            destination,
            redacted,
            full,
            current: None,
            started: clock::instant(),
            again: Instant::now(),
            lost: false,
            died: None,
            pause: Duration::ZERO,
        };
        this.current = Some(this.create()?);
        Ok(this)
    }

    /// Writes something seen at an instant; `observe` is given what makes instants into offsets.
    pub(super) fn write(
        &mut self,
        scribe: &mut Scribe,
        at: Instant,
        observe: impl FnOnce(&dyn Fn(Instant) -> u64) -> Observed,
    ) {
        if let Err(error) = self.ready(scribe) {
            self.failed(&error);
        }
        let started = self.started;
        let Some(current) = &mut self.current else {
            self.lost = true;
            // The next file begins with how all stands then, the link among it.
            let _ = scribe.write(0, &observe(&|_| 0), &mut |_| Ok(()));
            return;
        };
        let offset = |at: Instant| {
            u64::try_from(at.saturating_duration_since(started).as_millis()).unwrap_or(u64::MAX)
        };
        current.last = current.last.max(offset(at));
        let written =
            scribe.write(current.last, &observe(&offset), &mut |written| current.writer.write(written));
        if let Err(error) = written {
            self.failed(&error);
        }
    }

    /// Sees to it that all lines are in the file.
    pub(super) fn flush(&mut self) {
        if let Some(Err(error)) = self.current.as_mut().map(|current| current.writer.flush()) {
            self.failed(&error);
        }
    }

    /// Takes leave of the file after an error in the program: what was flushed is good. Whether there will be another.
    ///
    /// The next one is begun when there is something to write, and later if such errors go on, also with what is read
    /// rarely: a file for each would soon have pushed all older ones out. A recording without names has no other, whose stand-ins would be others as well.
    pub(super) fn died(&mut self) -> bool {
        self.current = None;
        self.lost = true;
        let name = &self.router;
        if self.redacted || matches!(self.destination, Destination::File(_)) {
            tracing::error!(router.name = %name,
                "the recorder of `{name}` died of an error in the program: the rest is missing");
            return false;
        }
        let now = Instant::now();
        let last = self.died.replace(now);
        let goes_on =
            last.is_some_and(|last| now.saturating_duration_since(last) <= self.pause * 2 + LONGEST_PAUSE);
        self.pause =
            if goes_on { (self.pause * 2).clamp(AGAIN_AFTER, LONGEST_PAUSE) } else { Duration::ZERO };
        self.again = now + self.pause;
        tracing::error!(router.name = %name, retry.seconds = self.pause.as_secs_f64(),
            "the recorder of `{name}` died of an error in the program: it begins again in a new file");
        true
    }

    /// Ends the recording; whether all that was seen is in it.
    pub(super) fn finish(mut self) -> bool {
        if let Some(Err(error)) = self.current.take().map(|current| current.writer.finish()) {
            self.failed(&error);
        }
        !self.lost
    }

    /// Begins a new file if the current one is full or there is none.
    fn ready(&mut self, scribe: &mut Scribe) -> io::Result<()> {
        let in_folder = matches!(self.destination, Destination::Folder(_));
        let full =
            self.current.as_ref().is_some_and(|current| in_folder && self.full <= current.writer.size());
        if self.current.is_some() && !full {
            return Ok(());
        }
        if !full && (Instant::now() < self.again || !in_folder) {
            return Ok(());
        }
        let mut next = self.create()?;
        if let Some(current) = self.current.take() {
            current.writer.finish()?;
        }
        let now = clock::instant();
        let since = now.saturating_duration_since(std::mem::replace(&mut self.started, now));
        let since = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        scribe.begin_again(&mut |written| next.writer.write(written), since)?;
        self.current = Some(next);
        self.remove_oldest();
        Ok(())
    }

    fn create(&self) -> io::Result<Current> {
        let now = Timestamp::now();
        let path = match &self.destination {
            Destination::File(path) => path.clone(),
            Destination::Folder(folder) => {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
                folder.join(format!("{}-{}{ENDING}", self.router, now.strftime("%Y%m%dT%H%M%S%.3fZ")))
            }
        };
        // For its owner only: a recording tells who is online.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let header = Header::new(self.router.clone(), now, self.redacted);
        Ok(Current { writer: Writer::new(file, &header)?, last: 0 })
    }

    fn remove_oldest(&self) {
        let Destination::Folder(folder) = &self.destination else { return };
        let files = recordings(folder, &self.router);
        for oldest in files.iter().take(files.len().saturating_sub(KEPT)) {
            if let Err(error) = std::fs::remove_file(oldest) {
                tracing::warn!("cannot remove the old recording {}: {error}", oldest.display());
            }
        }
    }

    fn failed(&mut self, error: &io::Error) {
        self.current = None;
        self.lost = true;
        self.again = Instant::now() + AGAIN_AFTER;
        let name = &self.router;
        tracing::error!(router.name = %name, "the recording of `{name}` stopped: {error}");
    }
}

/// The recordings of a router in a folder, oldest first.
fn recordings(folder: &Path, router: &RouterName) -> Vec<PathBuf> {
    let start = format!("{router}-");
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let time = name.and_then(|name| name.strip_prefix(&start)?.strip_suffix(ENDING));
        // A router's name may be the beginning of another's: what is left must be a time.
        time.is_some_and(|time| time.len() == 20 && time.ends_with('Z'))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_ours).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ppp::Account;
    use crate::domain::resource::Resource as _;
    use crate::recording::{Ending, LinkState, Reader, TableKey};
    use crate::routeros::sentence::put_sentence;

    #[test]
    fn only_a_routers_own_files_count() {
        let folder = tempfile::tempdir().unwrap();
        let router = RouterName::new("ccr1").unwrap();
        let files =
            Files::open(router.clone(), Destination::Folder(folder.path().to_owned()), false).unwrap();
        for name in
            ["ccr1-b-20260102T150405.000Z.jsonl.zst", "ccr1-notes.txt", "ccr2-20260102T150405.000Z.jsonl.zst"]
        {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        files.finish();
        assert_eq!(recordings(folder.path(), &router).len(), 1);
    }

    #[test]
    fn a_full_file_is_followed_by_another_that_begins_with_all_that_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let router = RouterName::new("ccr1").unwrap();
        let destination = Destination::Folder(folder.path().to_owned());
        let mut files = Files::with_size(router.clone(), destination, false, 1).unwrap();
        let mut scribe = Scribe::new(None);
        let key = TableKey::of(&Account::print()).unwrap();
        for n in 0..KEPT + 3 {
            // Files are named after the millisecond.
            std::thread::sleep(Duration::from_millis(2));
            let mut rows = Vec::new();
            let comment = format!("=comment={n}");
            put_sentence(&mut rows, [b"=.id=*1".as_slice(), b"=name=ana", comment.as_bytes()]);
            let observed = Observed::Print { key: key.clone(), rows, partial: false, asked: 0 };
            files.write(&mut scribe, clock::instant(), |_| observed);
            files.flush();
        }
        assert!(files.finish());
        let files = recordings(folder.path(), &router);
        assert_eq!(files.len(), KEPT);
        for (file, n) in files.iter().zip(3..) {
            let mut reader = Reader::new(File::open(file).unwrap()).unwrap();
            let mut last = None;
            while let Some(line) = reader.next_line().unwrap() {
                for (_, changes) in line.rows.0 {
                    for (property, value) in changes.0 {
                        if property == "comment" {
                            last = value.map(|value| String::from_utf8(value.0.into()).unwrap());
                        }
                    }
                }
            }
            assert_eq!((reader.ending(), last), (Some(Ending::Whole), Some(n.to_string())), "{n}");
        }
    }

    #[test]
    fn a_file_after_a_failure_begins_with_how_all_stands_by_then() {
        let folder = tempfile::tempdir().unwrap();
        let router = RouterName::new("ccr1").unwrap();
        let destination = Destination::Folder(folder.path().to_owned());
        let mut files = Files::open(router.clone(), destination, false).unwrap();
        let mut scribe = Scribe::new(None);
        let mut link = |files: &mut Files, link| {
            files.write(&mut scribe, clock::instant(), |_| Observed::Link(link));
        };
        link(&mut files, LinkState::Live);
        link(&mut files, LinkState::Lost);
        files.failed(&io::Error::other("the disk is full"));
        // There is no file when it comes back.
        link(&mut files, LinkState::Live);
        std::thread::sleep(Duration::from_millis(2));
        files.again = Instant::now();
        link(&mut files, LinkState::Live);
        assert!(!files.finish(), "something is in no file");
        let newest = recordings(folder.path(), &router).pop().unwrap();
        let mut reader = Reader::new(File::open(newest).unwrap()).unwrap();
        let mut links = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            links.extend(line.link);
        }
        assert_eq!(links, [LinkState::Live]);
    }

    #[test]
    fn errors_that_go_on_make_fewer_and_fewer_files() {
        let folder = tempfile::tempdir().unwrap();
        let router = RouterName::new("ccr1").unwrap();
        let destination = Destination::Folder(folder.path().to_owned());
        let mut files = Files::open(router, destination, false).unwrap();
        let minutes: Vec<u64> = (0..10)
            .map(|_| {
                assert!(files.died());
                // As soon as a new file is begun, and of what is read each five minutes.
                let later = files.pause + Duration::from_secs(300);
                files.died = files.died.and_then(|died| died.checked_sub(later));
                files.pause.as_secs() / 60
            })
            .collect();
        assert_eq!(minutes, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        // After some time without any the next is a first one.
        files.died = files.died.and_then(|died| died.checked_sub(3 * LONGEST_PAUSE));
        assert!(files.died());
        assert_eq!(files.pause, Duration::ZERO);
    }

    #[test]
    fn a_recording_without_names_and_one_of_one_file_end_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let router = RouterName::new("ccr1").unwrap();
        let into = Destination::Folder(folder.path().to_owned());
        let one = Destination::File(folder.path().join("one"));
        for (destination, is_redacted) in [(into, true), (one, false)] {
            let mut files = Files::open(router.clone(), destination, is_redacted).unwrap();
            assert!(!files.died());
            assert!(!files.finish());
        }
    }

    #[test]
    fn a_file_that_exists_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        std::fs::write(&path, "precious").unwrap();
        let router = RouterName::new("ccr1").unwrap();
        let opened = Files::open(router, Destination::File(path.clone()), false);
        assert_eq!(opened.err().map(|error| error.kind()), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(std::fs::read(path).unwrap(), b"precious");
    }
}
