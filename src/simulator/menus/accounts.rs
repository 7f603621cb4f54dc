//! `/ppp/secret`: the accounts that are kept on the router itself.

use super::sessions::{flag, number, text};
use crate::simulator::isp::{Isp, State};
use crate::simulator::subscribers::{Account, Subscriber};
use crate::simulator::traffic::mix;
use crate::simulator::values::{Local, put, put_mac};
use crate::simulator::world::{Cells, Name, Source};
use std::sync::Arc;

/// The table behind `/ppp/secret`; a key is one more than the subscriber's index.
pub struct Accounts(Arc<Isp>);

impl Accounts {
    /// The accounts of an ISP.
    pub fn new(isp: Arc<Isp>) -> Self {
        Self(isp)
    }
}

impl Source for Accounts {
    fn columns(&self) -> Vec<Name> {
        COLUMNS.iter().map(|(name, _)| Name::Borrowed(*name)).collect()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        let state: &State = &self.0.state();
        // The key of the last row shown is the index of the next one.
        let from = usize::try_from(after.unwrap_or(0)).unwrap_or(usize::MAX);
        for (key, subscriber) in (1..).zip(&state.subscribers).skip(from) {
            if subscriber.has_account() && !visit(key, &Row { subscriber, isp: &self.0 }) {
                break;
            }
        }
    }
}

struct Row<'a> {
    subscriber: &'a Subscriber,
    isp: &'a Isp,
}

impl Cells for Row<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        COLUMNS.get(column).is_some_and(|(_, write)| write(self, out))
    }
}

type Column = (&'static str, fn(&Row<'_>, &mut Vec<u8>) -> bool);

static COLUMNS: &[Column] = &[
    ("name", |row, out| text(out, &row.subscriber.name)),
    ("service", |row, out| text(out, row.subscriber.service)),
    ("caller-id", |_, out| text(out, "")),
    ("password", |row, out| {
        if let Some(password) = &row.subscriber.password {
            return text(out, password);
        }
        let [.., a, b, c, d] = row.subscriber.mac;
        let hash = mix(row.isp.plan.seed ^ u64::from(u32::from_be_bytes([a, b, c, d])));
        put(out, format_args!("pw-{hash:016x}"));
        true
    }),
    ("profile", |row, out| text(out, row.subscriber.tariff().profile)),
    ("routes", |_, out| text(out, "")),
    ("ipv6-routes", |_, out| text(out, "")),
    ("limit-bytes-in", |_, out| number(out, 0)),
    ("limit-bytes-out", |_, out| number(out, 0)),
    ("last-logged-out", |row, out| match row.subscriber.last_session {
        Some((at, _)) => {
            let plan = &row.isp.plan;
            Local::new(row.isp.clock.wall(at), plan.utc_offset, plan.ros).put_date_time(out);
            true
        }
        // RouterOS 6 shows the beginning of time, RouterOS 7 leaves it out.
        None => !row.isp.plan.ros.is_7() && text(out, "jan/01/1970 00:00:00"),
    }),
    ("last-caller-id", |row, out| {
        if row.subscriber.last_session.is_some() {
            put_mac(out, row.subscriber.mac);
        }
        true
    }),
    ("last-disconnect-reason", |row, out| {
        text(out, row.subscriber.last_session.map_or("", |(_, reason)| reason.word()))
    }),
    ("disabled", |row, out| flag(out, row.subscriber.account == Account::Disabled)),
    ("comment", |row, out| row.subscriber.comment.as_ref().is_some_and(|comment| text(out, comment))),
];
