//! The plain tables: kept as they were read.

use super::{Keep, Monitoring};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::events::Change;
use crate::domain::follow::Followed;
use crate::domain::hotspot::{HotspotActive, HotspotHost};
use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
use crate::domain::network::{Arp, SimpleQueue};
use crate::domain::ppp::{Account, ActiveSession, PppoeServer, Profile, StaticPppoe};
use crate::domain::resource::Resource;
use crate::domain::snapshot::{Reading, Table, TableState};
use crate::domain::system::{Clock, Health, Identity, Routerboard, SystemResource};
use crate::domain::time::Moment;
use crate::domain::units::gmt_offset;
use std::sync::Arc;

/// The tables of one router that need no thought.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) interfaces: Table<InterfaceFacts>,
    pub(super) profiles: Table<Profile>,
    pub(super) pppoe_servers: Table<PppoeServer>,
    pub(super) hotspot_active: Table<HotspotActive>,
    pub(super) hotspot_hosts: Table<HotspotHost>,
    pub(super) leases: Table<Lease>,
    pub(super) pools: Table<Pool>,
    pub(super) queues: Table<SimpleQueue>,
    pub(super) arp: Table<Arp>,
    pub(super) accounts: TableState,
}

impl Tables {
    /// A poll of the table of this name ended without rows.
    pub(super) fn state(&mut self, name: &str, state: TableState) {
        let place = match name {
            InterfaceFacts::NAME => &mut self.interfaces.state,
            Profile::NAME => &mut self.profiles.state,
            PppoeServer::NAME => &mut self.pppoe_servers.state,
            HotspotActive::NAME => &mut self.hotspot_active.state,
            HotspotHost::NAME => &mut self.hotspot_hosts.state,
            Lease::NAME => &mut self.leases.state,
            Pool::NAME => &mut self.pools.state,
            SimpleQueue::NAME => &mut self.queues.state,
            Arp::NAME => &mut self.arp.state,
            Account::NAME => &mut self.accounts,
            _ => return,
        };
        *place = state;
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
    InterfaceFacts => interfaces,
    Profile => profiles,
    PppoeServer => pppoe_servers,
    HotspotActive => hotspot_active,
    HotspotHost => hotspot_hosts,
    Lease => leases,
    Pool => pools,
    SimpleQueue => queues,
    Arp => arp,
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
        self.interfaces.read(reading);
        self.join();
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
