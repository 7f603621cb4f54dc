//! The plain tables: kept as they were read.

use super::{Keep, Monitoring};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::ethernet::EthernetLink;
use crate::domain::events::Change;
use crate::domain::follow::Followed;
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::{Faults, InterfaceCounters, InterfaceFacts};
use crate::domain::line::{Delegation, Lines, PppoeLine, Vlan, lines};
use crate::domain::network::{Arp, SimpleQueue};
use crate::domain::ppp::{Account, ActiveSession, PppoeServer, Profile, StaticPppoe};
use crate::domain::resource::Resource;
use crate::domain::rights::{OurUser, UserGroup};
use crate::domain::snapshot::{Reading, Table, TableState};
use crate::domain::system::{Clock, Health, Identity, Routerboard, SystemResource};
use crate::domain::time::Moment;
use crate::domain::units::gmt_offset;
use std::collections::HashMap;
use std::sync::Arc;

/// The tables of one router that need no thought.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) interfaces: Table<InterfaceFacts>,
    pub(super) profiles: Table<Profile>,
    pub(super) pppoe_servers: Table<PppoeServer>,
    pub(super) hotspot_active: Table<HotspotActive>,
    pub(super) hotspot_hosts: Table<HotspotHost>,
    pub(super) hotspot_users: Table<HotspotUser>,
    /// Errors and drops a second, in the order of the interfaces.
    pub(super) faults: Arc<Vec<Option<Faults>>>,
    /// What ports have agreed on, as they were told, and in the order of the interfaces.
    pub(super) links: Table<EthernetLink>,
    pub(super) links_of: Arc<Vec<Option<EthernetLink>>>,
    pub(super) leases: Table<Lease>,
    pub(super) pools: Table<Pool>,
    pub(super) queues: Table<SimpleQueue>,
    pub(super) arp: Table<Arp>,
    /// What carries the sessions, by three tables, and all together.
    pub(super) carried: Table<PppoeLine>,
    pub(super) vlans: Table<Vlan>,
    pub(super) delegated: Table<Delegation>,
    pub(super) lines: Arc<Lines>,
    pub(super) accounts: TableState,
}

impl Tables {
    /// A poll of the table of this name ended without rows.
    pub(super) fn state(&mut self, name: &str, state: TableState) {
        let place = match name {
            InterfaceFacts::NAME => &mut self.interfaces.state,
            EthernetLink::NAME => &mut self.links.state,
            Profile::NAME => &mut self.profiles.state,
            PppoeServer::NAME => &mut self.pppoe_servers.state,
            HotspotActive::NAME => &mut self.hotspot_active.state,
            HotspotHost::NAME => &mut self.hotspot_hosts.state,
            HotspotUser::NAME => &mut self.hotspot_users.state,
            Lease::NAME => &mut self.leases.state,
            Pool::NAME => &mut self.pools.state,
            SimpleQueue::NAME => &mut self.queues.state,
            Arp::NAME => &mut self.arp.state,
            Account::NAME => &mut self.accounts,
            _ => return,
        };
        *place = state;
    }

    /// Puts the links into the order of the interfaces, where either is new.
    fn join_links(&mut self) {
        let known: HashMap<&str, &EthernetLink> =
            self.links.rows.iter().map(|link| (link.name.as_str(), link)).collect();
        let link = |row: &InterfaceFacts| known.get(row.name.as_str()).map(|link| (*link).clone());
        self.links_of = Arc::new(self.interfaces.rows.iter().map(link).collect());
    }

    /// A follow reported a change of the hotspot's sessions.
    pub(super) fn hotspot_changed(&mut self, change: Followed<HotspotActive>, at: Moment) {
        let rows = Arc::make_mut(&mut self.hotspot_active.rows);
        match change {
            Followed::Row(row) => match rows.iter_mut().find(|known| known.id == row.id) {
                Some(known) => *known = row,
                None => rows.push(row),
            },
            Followed::Gone(id) => rows.retain(|known| known.id != id),
        }
        self.hotspot_active.at = Some(at);
    }
}

fn keep<R>(table: &mut Table<R>, reading: Reading<R>) {
    let state = if reading.partial { TableState::Partial } else { TableState::Fresh };
    *table = Table { rows: Arc::new(reading.rows), at: Some(reading.at), state };
}

macro_rules! keep_as_read {
    ($($resource:ty => $table:ident),+ $(,)?) => {
        $(impl Keep<$resource> for Monitoring {
            fn keep(&mut self, reading: Reading<$resource>) {
                keep(&mut self.tables.$table, reading);
            }
        })+
    };
}

keep_as_read! {
    Profile => profiles,
    PppoeServer => pppoe_servers,
    HotspotActive => hotspot_active,
    HotspotHost => hotspot_hosts,
    HotspotUser => hotspot_users,
    Lease => leases,
    Pool => pools,
    SimpleQueue => queues,
    Arp => arp,
}

impl Keep<InterfaceFacts> for Monitoring {
    fn keep(&mut self, reading: Reading<InterfaceFacts>) {
        let before = &self.tables.interfaces;
        let elapsed = before.at.map(|at| reading.at.instant.saturating_duration_since(at.instant));
        // After a restart the counters count from nothing again.
        let is_after_restart = self.system.at.zip(before.at).is_some_and(|(read, at)| {
            let uptime = self.system.resource.as_ref().and_then(|resource| resource.uptime);
            uptime.is_some_and(|uptime| read.wall_before(uptime) > at.wall)
        });
        let known: HashMap<_, _> = before.rows.iter().map(|row| (row.id, row)).collect();
        let faults = |row: &InterfaceFacts| {
            let before = known.get(&row.id).filter(|before| before.name == row.name && !is_after_restart)?;
            Faults::between(before, row, elapsed?)
        };
        self.tables.faults = Arc::new(reading.rows.iter().map(faults).collect());
        keep(&mut self.tables.interfaces, reading);
        self.tables.join_links();
    }
}

impl Keep<EthernetLink> for Monitoring {
    fn keep(&mut self, reading: Reading<EthernetLink>) {
        keep(&mut self.tables.links, reading);
        self.tables.join_links();
    }
}

macro_rules! keep_of_lines {
    ($($resource:ty => $table:ident),+ $(,)?) => {
        $(impl Keep<$resource> for Monitoring {
            fn keep(&mut self, reading: Reading<$resource>) {
                let tables = &mut self.tables;
                keep(&mut tables.$table, reading);
                tables.lines =
                    Arc::new(lines(&tables.carried.rows, &tables.vlans.rows, &tables.delegated.rows));
            }
        })+
    };
}

keep_of_lines! {
    PppoeLine => carried,
    Vlan => vlans,
    Delegation => delegated,
}

impl Keep<Account> for Monitoring {
    fn keep(&mut self, reading: Reading<Account>) {
        self.tables.accounts = if reading.partial { TableState::Partial } else { TableState::Fresh };
        self.people.accounts(reading, &mut self.changes);
        self.join();
    }
}

impl Keep<ActiveSession> for Monitoring {
    fn keep(&mut self, reading: Reading<ActiveSession>) {
        self.people.sessions_read(reading, &mut self.changes);
        self.join();
    }
}

impl Keep<InterfaceCounters> for Monitoring {
    fn keep(&mut self, reading: Reading<InterfaceCounters>) {
        let at = reading.at;
        self.interfaces.read(reading);
        self.join();
        self.remember(at);
    }
}

impl Keep<StaticPppoe> for Monitoring {
    fn keep(&mut self, reading: Reading<StaticPppoe>) {
        let named = reading.rows.into_iter().filter(|row| !row.user.is_empty());
        self.interfaces.set_statics(named.map(|row| (row.name, row.user)));
        self.join();
    }
}

impl Keep<SystemResource> for Monitoring {
    fn keep(&mut self, reading: Reading<SystemResource>) {
        let Some(resource) = reading.rows.into_iter().next() else { return };
        if self.rebooted(resource.uptime, reading.at) {
            // Counters began anew; ids may be used again.
            self.changes.push(Change::Rebooted);
            self.reboots += 1;
            self.interfaces.forget_rates();
            self.people.rebooted(reading.at.wall_before(resource.uptime.unwrap_or_default()));
        }
        let system = self.system();
        system.resource = Some(resource);
        system.at = Some(reading.at);
    }
}

impl Keep<Clock> for Monitoring {
    fn keep(&mut self, reading: Reading<Clock>) {
        let Some(clock) = reading.rows.into_iter().next() else { return };
        if let Some(seconds) = gmt_offset(&clock.gmt_offset) {
            self.people.set_gmt_offset(seconds);
        }
        self.system().clock = Some(clock);
    }
}

impl Keep<Identity> for Monitoring {
    fn keep(&mut self, reading: Reading<Identity>) {
        self.system().identity = reading.rows.into_iter().next();
    }
}

impl Keep<Routerboard> for Monitoring {
    fn keep(&mut self, reading: Reading<Routerboard>) {
        self.system().routerboard = reading.rows.into_iter().next();
    }
}

impl Keep<OurUser> for Monitoring {
    fn keep(&mut self, reading: Reading<OurUser>) {
        self.system().user = reading.rows.into_iter().next();
    }
}

impl Keep<UserGroup> for Monitoring {
    fn keep(&mut self, reading: Reading<UserGroup>) {
        self.system().groups = reading.rows;
    }
}

impl Keep<Health> for Monitoring {
    fn keep(&mut self, reading: Reading<Health>) {
        let sensors = reading.rows.into_iter().flat_map(|health| health.0).collect();
        self.system().health = Some(Health(sensors));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::snapshot::PollReport;
    use jiff::Timestamp;
    use std::time::{Duration, Instant};

    #[test]
    fn errors_and_drops_are_told_by_the_second_and_what_fell_is_a_gap() {
        let begin = Moment { instant: Instant::now(), wall: Timestamp::UNIX_EPOCH };
        let mut monitoring = Monitoring::new("r".parse().unwrap());
        let mut check = |seconds: u64, rows: &[(u64, &str, u64, u64)], expect: &[Option<(f64, f64)>]| {
            let row = |&(id, name, errors, drops): &(u64, &str, u64, u64)| InterfaceFacts {
                id: crate::domain::id::ItemId::read(format!("*{id:X}").as_bytes()),
                name: name.into(),
                rx_error: errors,
                tx_drop: drops,
                ..InterfaceFacts::default()
            };
            let at = begin.plus(Duration::from_secs(seconds));
            let rows = rows.iter().map(row).collect();
            monitoring.keep(Reading { at, rows, partial: false, except: Vec::new() });
            let snapshot = monitoring.snapshot(at);
            let faults = snapshot.interface_faults.iter();
            let told: Vec<_> = faults.map(|one| one.map(|one| (one.errors_per_s, one.drops_per_s))).collect();
            assert_eq!(told, expect, "{seconds}");
        };
        check(0, &[(1, "a", 5, 0), (2, "b", 0, 0)], &[None, None]);
        check(10, &[(2, "b", 0, 20), (1, "a", 10, 0)], &[Some((0.0, 2.0)), Some((0.5, 0.0))]);
        check(20, &[(2, "c", 0, 30), (1, "a", 9, 0)], &[None, None]);
    }

    #[test]
    fn two_tables_of_one_menu_are_reported_apart() {
        let at = Moment { instant: Instant::now(), wall: Timestamp::UNIX_EPOCH };
        let mut monitoring = Monitoring::new("r".parse().unwrap());
        monitoring.table_state(InterfaceFacts::NAME, TableState::Absent);
        monitoring.table_state(InterfaceCounters::NAME, TableState::Forbidden);
        for (name, rows) in
            [(InterfaceFacts::NAME, 1), (InterfaceCounters::NAME, 2), (InterfaceFacts::NAME, 3)]
        {
            let (took, every) = (Duration::ZERO, Duration::from_secs(5));
            monitoring.polled(PollReport { name, at, took, rows, bytes: 0, every, state: TableState::Fresh });
        }
        let snapshot = monitoring.snapshot(at);
        assert_eq!(snapshot.interfaces.state, TableState::Absent);
        let rows: Vec<u64> = snapshot.polls.iter().map(|poll| poll.rows).collect();
        assert_eq!(rows, [3, 2], "{:?}", snapshot.polls);
    }
}
