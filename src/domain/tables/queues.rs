//! Simple queues, seen from their targets.

use super::{Chip, Column, Kind, Tabular, Value, known, standing};
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::time::Moment;

impl Tabular for SimpleQueue {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("name", Kind::Text, |entry| Value::Text(&entry.row.name)),
        Column::new("target", Kind::Text, |entry| Value::Text(&entry.row.target)),
        Column::brief("max_download_bps", Kind::Limit, |entry| known(down(entry.row.max_limit))),
        Column::brief("max_upload_bps", Kind::Limit, |entry| known(up(entry.row.max_limit))),
        Column::brief("download_bytes", Kind::Bytes, |entry| known(down(entry.row.bytes))),
        Column::new("upload_bytes", Kind::Bytes, |entry| known(up(entry.row.bytes))),
        Column::new("download_dropped", Kind::Count, |entry| known(down(entry.row.dropped))),
        Column::new("upload_dropped", Kind::Count, |entry| known(up(entry.row.dropped))),
        Column::brief("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("parent", Kind::Text, |entry| Value::Text(&entry.row.parent)),
        Column::new("comment", Kind::Text, |entry| Value::Text(&entry.row.comment)),
    ];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip::new("dynamic", |entry| entry.row.dynamic),
        Chip::new("static", |entry| !entry.row.dynamic),
        Chip::new("disabled", |entry| entry.row.disabled),
    ];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.queues.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.queues)
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.name, &row.target, &row.comment, "", ""]
    }
}

/// RouterOS writes pairs as upload/download.
fn down(pair: Option<(u64, u64)>) -> Option<u64> {
    pair.map(|(_, down)| down)
}

fn up(pair: Option<(u64, u64)>) -> Option<u64> {
    pair.map(|(up, _)| up)
}
