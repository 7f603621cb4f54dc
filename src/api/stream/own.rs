//! Frames for who may see only some of the routers: what is encoded once for all speaks of all.

use super::frames;
use super::live::BUSIEST;
use crate::api::wire::Rate;
use crate::domain::overview::{Totals, busiest_down, busiest_up};
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use crate::http::Seen;
use bytes::Bytes;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;

/// The shared frame, or one of the viewer's own in its place.
pub(super) fn own(seen: &Seen, shared: Bytes, make: fn(&[Arc<Snapshot>], Moment) -> Bytes) -> Bytes {
    if seen.is_all() {
        return shared;
    }
    make(&seen.snapshots(), Moment::new(Instant::now(), Timestamp::now()))
}

pub(super) fn routers(snapshots: &[Arc<Snapshot>], now: Moment) -> Bytes {
    frames::routers(snapshots, now)
}

pub(super) fn totals(snapshots: &[Arc<Snapshot>], _: Moment) -> Bytes {
    frames::totals(&Totals::of(snapshots))
}

pub(super) fn sample(snapshots: &[Arc<Snapshot>], now: Moment) -> Bytes {
    let totals = Totals::of(snapshots);
    frames::sample(&(now.wall.as_second(), totals.download.map(Rate::from), totals.upload.map(Rate::from)))
}

pub(super) fn busiest(snapshots: &[Arc<Snapshot>], now: Moment) -> Bytes {
    frames::busiest(&busiest_down(snapshots, BUSIEST, now.wall), &busiest_up(snapshots, BUSIEST, now.wall))
}
