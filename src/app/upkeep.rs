//! The upkeep of the store while the program runs: backups, and a look at the room on its disk.

use crate::access::People;
use crate::state::Recovered;
use crate::store::{Recovery, Source, Store};
use std::time::Duration;
use tokio::sync::watch;

/// What changed is backed up this often.
const BACK_UP_EVERY: Duration = Duration::from_secs(15 * 60);

/// Whether the disk has room again is looked at this often, and whether it has none any more.
const LOOK_FOR_ROOM_EVERY: Duration = Duration::from_secs(5);

/// As pages tell it.
pub(super) fn recovered(recovery: &Recovery) -> Recovered {
    let (word, at) = match &recovery.from {
        Source::Repaired => ("repaired", String::new()),
        Source::Backup(at) => ("backup", at.clone()),
        Source::Nothing => ("nothing", String::new()),
    };
    Recovered { word, at, lost: recovery.lost }
}

/// Makes backups of what changed.
pub(super) async fn back_up_now_and_then(store: Store) {
    let mut due = tokio::time::interval(BACK_UP_EVERY);
    loop {
        due.tick().await;
        back_up(store.clone()).await;
    }
}

/// Watches whether the disk has room for changes; writes what waited for it.
pub(super) async fn look_for_room(store: Store, people: People, disk_full: watch::Sender<bool>) {
    let mut due = tokio::time::interval(LOOK_FOR_ROOM_EVERY);
    loop {
        due.tick().await;
        let (store, people) = (store.clone(), people.clone());
        let looked = move || -> anyhow::Result<bool> {
            let has_room = store.look_for_room()?;
            if has_room {
                people.write_late(jiff::Timestamp::now())?;
            }
            Ok(has_room)
        };
        let has_room = match actix_web::web::block(looked).await {
            Ok(Ok(has_room)) => has_room,
            Ok(Err(error)) => {
                tracing::error!(error = format!("{error:#}"), "the store cannot be opened again");
                false
            }
            Err(_) => continue,
        };
        if disk_full.send_if_modified(|full| std::mem::replace(full, !has_room) == has_room) {
            if has_room {
                tracing::info!("the disk has room again: changes are taken");
            } else {
                tracing::error!("the disk of the data folder is full: nothing can be changed");
            }
        }
    }
}

pub(super) async fn back_up(store: Store) {
    let made = actix_web::web::block(move || store.back_up(&jiff::Timestamp::now().to_string())).await;
    match made {
        Ok(Ok(Some(path))) => tracing::debug!("backed up to {}", path.display()),
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::error!(error = %error, "no backup could be made"),
        Err(error) => tracing::error!(error = %error, "no backup could be made"),
    }
}
