//! What is in a recording when its disk was too slow, or its recorder died.

use super::*;
use crate::domain::ppp::Account;
use crate::domain::resource::Resource as _;
use crate::recording::{Ending, Reader};
use crate::routeros::sentence::put_sentence;

#[test]
fn what_waited_for_a_slow_disk_is_written_and_the_rest_is_not() {
    const SAID: u32 = 80;
    let folder = tempfile::tempdir().unwrap();
    let (router, path) = (RouterName::new("ccr1").unwrap(), folder.path().join("it"));
    let (to, seen) = Backlog::default().pipe(router.clone());
    let tap = Tap { to };
    for n in 0..SAID {
        let mut rows = Vec::with_capacity(1 << 20);
        let comment = format!("=comment={n}");
        put_sentence(&mut rows, [b"=.id=*1".as_slice(), b"=name=ana", comment.as_bytes()]);
        let key = TableKey::of(&Account::print()).unwrap();
        tap.tell(clock::instant(), Seen::Print { key, rows, partial: false, asked: clock::instant() });
    }
    tap.link(LinkState::Lost, clock::instant());
    drop(tap);
    // The disk was so slow that nothing was taken until now.
    let files = Files::open(router, Destination::File(path.clone()), false).unwrap();
    assert!(Pen::new(files, None, &Backlog::default()).write_all(&seen));
    let mut reader = Reader::new(std::fs::File::open(path).unwrap()).unwrap();
    let (mut rows, mut link) = (0, None);
    while let Some(line) = reader.next_line().unwrap() {
        rows += line.rows.0.len();
        link = link.or(line.link);
    }
    assert_eq!((reader.ending(), rows, link), (Some(Ending::Whole), 64, Some(LinkState::Lost)));
}

/// A print of the accounts: one, with this comment.
fn said(comment: &str) -> Seen {
    let mut rows = Vec::new();
    put_sentence(&mut rows, [b"=.id=*1".as_slice(), b"=name=ana", format!("=comment={comment}").as_bytes()]);
    let key = TableKey::of(&Account::print()).unwrap();
    Seen::Print { key, rows, partial: false, asked: clock::instant() }
}

/// The comments in a recording, what it says of the link, and how it ends.
fn read(path: &std::path::Path) -> (Vec<String>, Vec<LinkState>, Option<Ending>) {
    let mut reader = Reader::new(std::fs::File::open(path).unwrap()).unwrap();
    let (mut comments, mut links) = (Vec::new(), Vec::new());
    while let Some(line) = reader.next_line().unwrap() {
        links.extend(line.link);
        for (_, changes) in line.rows.0 {
            let comment = changes.0.into_iter().filter(|(property, _)| property == "comment");
            comments.extend(comment.filter_map(|(_, value)| String::from_utf8(value?.0.into()).ok()));
        }
    }
    (comments, links, reader.ending())
}

#[test]
fn a_recorder_that_dies_begins_again_in_a_new_file_and_keeps_what_it_had_written() {
    let folder = tempfile::tempdir().unwrap();
    let files = || {
        let mut files: Vec<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    let (router, backlog) = (RouterName::new("ccr1").unwrap(), Backlog::default());
    let destination = Destination::Folder(folder.path().to_owned());
    let (recorder, tap) = Recorder::start(router, destination, None, &backlog).unwrap();
    let tell = |seen| tap.tell(clock::instant(), seen);
    tap.link(LinkState::Live, clock::instant());
    tell(said("before"));
    let first = files().remove(0);
    while read(&first).0.is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    tell(Seen::Fail);
    tell(said("after"));
    drop(tap);
    let is_written = recorder.thread.join().unwrap();
    assert!(!is_written, "something may be missing");
    assert_eq!(backlog.restarts().load(Ordering::Relaxed), 1);
    let files = files();
    assert_eq!(files.len(), 2);
    let up = vec![LinkState::Live];
    assert_eq!(read(&files[0]), (vec!["before".to_owned()], up.clone(), Some(Ending::CutOff)));
    assert_eq!(read(&files[1]), (vec!["after".to_owned()], up, Some(Ending::Whole)));
}

#[test]
fn what_waits_for_a_recorder_that_died_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let (router, backlog) = (RouterName::new("ccr1").unwrap(), Backlog::default());
    let destination = Destination::File(folder.path().join("it"));
    let (recorder, tap) = Recorder::start(router, destination, None, &backlog).unwrap();
    tap.tell(clock::instant(), Seen::Fail);
    assert!(!recorder.thread.join().unwrap());
    // More than may ever wait.
    for _ in 0..3 {
        let key = TableKey::of(&Account::print()).unwrap();
        let rows = Vec::with_capacity(40 << 20);
        tap.tell(clock::instant(), Seen::Print { key, rows, partial: false, asked: clock::instant() });
    }
    assert_eq!(recorder.left_out.all(), []);
}
