//! What is not in the file of everything, and which of its lists may lack rows.

use crate::api::download::{LeftOut, NAMED, OUT_OF_SCOPE, SECRETS};
use crate::api::list::{OUT_OF_REACH, missing, state_word};
use crate::domain::ppp::ActiveSession;
use crate::domain::resource::Resource as _;
use crate::domain::snapshot::{Snapshot, TableState};
use std::sync::Arc;

/// What is left out of a file about these routers; `is_all` tells whether nothing is hidden from whoever asks.
pub(super) fn of(is_all: bool, snapshots: &[Arc<Snapshot>]) -> Vec<LeftOut> {
    let mut left_out = vec![SECRETS.into(), LOGS.into()];
    if !is_all {
        left_out.push(OUT_OF_SCOPE.into());
    }
    left_out.extend(snapshots.iter().flat_map(|snapshot| troubles(snapshot)));
    left_out
}

const LOGS: (&str, &str) = ("our own log and those of the routers", "logs");

/// The same in short: proxies take no headers without end, and the file has all of it.
pub(super) fn in_short(left_out: &[LeftOut]) -> Vec<LeftOut> {
    let mut named: Vec<LeftOut> = left_out.iter().take(NAMED).cloned().collect();
    if let Some(more @ 1..) = left_out.len().checked_sub(NAMED) {
        let text = format!("{more} more, which the file names");
        named.push(LeftOut { text, word: format!("more={more}") });
    }
    named
}

/// What may be missing of a router, each reason once, with the lists that it is about.
fn troubles(snapshot: &Snapshot) -> Vec<LeftOut> {
    let mut reasons: Vec<((&str, &str), Vec<&str>)> = Vec::new();
    for (list, state) in tables(snapshot) {
        let Some(reason) = missing(state_word(state)) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, lists)) => lists.push(list),
            None => reasons.push((reason, vec![list])),
        }
    }
    let router = &snapshot.router;
    let out_of_reach = (!snapshot.link.is_live()).then(|| {
        let (text, word) = OUT_OF_REACH;
        LeftOut { text: format!("{router}: {text}"), word: format!("{word}={router}") }
    });
    let of_lists = reasons.iter().map(|((text, word), lists)| {
        let lists = lists.join(", ");
        LeftOut { text: format!("{router}: {text} ({lists})"), word: format!("{word}={router} ({lists})") }
    });
    out_of_reach.into_iter().chain(of_lists).collect()
}

/// The lists of the file, and how the table stands that each is from.
fn tables(snapshot: &Snapshot) -> [(&'static str, &TableState); 10] {
    // Links have no list of their own: until they are read, rows of ports are whole without them.
    let links = match &snapshot.links_state {
        TableState::Waiting => &TableState::Absent,
        known => known,
    };
    [
        ("sessions", sessions(snapshot)),
        ("ppp_accounts", &snapshot.accounts),
        ("interfaces", &snapshot.interfaces.state),
        ("links of ports", links),
        ("hotspot_active", &snapshot.hotspot_active.state),
        ("hotspot_hosts", &snapshot.hotspot_hosts.state),
        ("hotspot_users", &snapshot.hotspot_users.state),
        ("dhcp_leases", &snapshot.leases.state),
        ("dhcp_pools", &snapshot.pools.state),
        ("queues", &snapshot.queues.state),
    ]
}

/// How the sessions stand: their table was read well, and their counters were read at all.
fn sessions(snapshot: &Snapshot) -> &TableState {
    let poll = snapshot.polls.iter().find(|poll| poll.name == ActiveSession::NAME);
    match poll.map(|poll| &poll.state) {
        None | Some(TableState::Fresh) if snapshot.traffic_at.is_some() => &TableState::Fresh,
        None | Some(TableState::Fresh) => &TableState::Waiting,
        Some(state) => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::example::{Made, now, snapshot, unreachable};
    use crate::domain::snapshot::{PollReport, Table};
    use std::time::Duration;

    /// A router of which all was read.
    fn whole(name: &str) -> Snapshot {
        fn read<R>() -> Table<R> {
            Table { at: Some(now()), state: TableState::Fresh, ..Table::default() }
        }
        Snapshot {
            interfaces: read(),
            hotspot_active: read(),
            hotspot_hosts: read(),
            hotspot_users: read(),
            leases: read(),
            pools: read(),
            queues: read(),
            ..snapshot(name, &[Made::online("ann", 1.0, 1.0)])
        }
    }

    fn said(snapshot: Snapshot) -> Vec<String> {
        of(true, &[Arc::new(snapshot)]).split_off(2).into_iter().map(|one| one.text).collect()
    }

    /// Makes one of the tables stand like this.
    type Change = fn(&mut Snapshot, TableState);

    #[test]
    fn a_table_that_lacks_rows_is_said_whichever_it_is() {
        assert_eq!(said(whole("a")), [""; 0], "nothing is missing");
        let tables: [(&str, Change); 9] = [
            ("ppp_accounts", |one, state| one.accounts = state),
            ("interfaces", |one, state| one.interfaces.state = state),
            ("links of ports", |one, state| one.links_state = state),
            ("hotspot_active", |one, state| one.hotspot_active.state = state),
            ("hotspot_hosts", |one, state| one.hotspot_hosts.state = state),
            ("hotspot_users", |one, state| one.hotspot_users.state = state),
            ("dhcp_leases", |one, state| one.leases.state = state),
            ("dhcp_pools", |one, state| one.pools.state = state),
            ("queues", |one, state| one.queues.state = state),
        ];
        for (list, change) in tables {
            for (state, why) in [
                (TableState::Forbidden, "rows that our user may not read"),
                (TableState::Partial, "rows after those that were read before it broke off"),
                (TableState::Failed("no".to_owned()), "rows newer than the last that could be read"),
            ] {
                let mut one = whole("a");
                change(&mut one, state);
                assert_eq!(said(one), [format!("a: {why} ({list})")]);
            }
            let mut one = whole("a");
            change(&mut one, TableState::Absent);
            assert_eq!(said(one), [""; 0], "who has no {list} misses none");
        }
    }

    #[test]
    fn sessions_that_our_user_may_not_read_are_said() {
        let report = PollReport {
            name: ActiveSession::NAME,
            at: now(),
            took: Duration::ZERO,
            rows: 0,
            bytes: 0,
            every: Duration::from_secs(10),
            state: TableState::Forbidden,
        };
        let one = Snapshot { polls: Arc::new(vec![report]), ..whole("a") };
        assert_eq!(said(one), ["a: rows that our user may not read (sessions)"]);
        assert_eq!(said(Snapshot { traffic_at: None, ..whole("a") }), ["a: rows not read yet (sessions)"]);
    }

    #[test]
    fn one_reason_is_said_once_with_all_its_lists() {
        let mut one = whole("a");
        one.leases.state = TableState::Forbidden;
        one.queues.state = TableState::Forbidden;
        one.pools.state = TableState::Waiting;
        let expect =
            ["a: rows that our user may not read (dhcp_leases, queues)", "a: rows not read yet (dhcp_pools)"];
        assert_eq!(said(one.clone()), expect);
        one.link = unreachable("a", &[]).link;
        assert_eq!(said(one)[0], "a: rows newer than the last connection");
    }

    #[test]
    fn a_header_names_some_and_counts_the_rest() {
        let many: Vec<_> = (0..30).map(|n| Arc::new(unreachable(&format!("r{n}"), &[]))).collect();
        let all = of(false, &many);
        assert!(all.contains(&OUT_OF_SCOPE.into()));
        let [(_, told), (_, words)] = LeftOut::headers(&in_short(&all));
        assert!(told.starts_with(SECRETS.0) && told.ends_with("more, which the file names"), "{told}");
        assert!(words.starts_with("secrets; logs; scope; away=r0; waiting=r0 (interfaces, "), "{words}");
        assert!(words.ends_with("; more=43"), "{words}");
        assert!(told.len() < 4_000, "{}", told.len());
        assert_eq!(in_short(&all[..2]), all[..2]);
    }
}
