//! Rows that actions are about: as somebody saw them, as they are now, and what differs.

use super::rows;
use crate::domain::dhcp::Lease;
use crate::domain::hotspot::{HotspotActive, HotspotUser};
use crate::domain::id::ItemId;
use crate::domain::ppp::{Account, ActiveSession};
use crate::domain::subscriber::Session;
use crate::domain::units::{Text, duration};
use crate::routeros::{Command, Row};
use compact_str::ToCompactString;
use jiff::Timestamp;
use std::time::Duration;

/// A menu with rows that actions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// `/ppp/active`.
    Sessions,
    /// `/ppp/secret`.
    Accounts,
    /// `/ip/hotspot/active`.
    HotspotSessions,
    /// `/ip/hotspot/user`.
    HotspotUsers,
    /// `/ip/dhcp-server/lease`.
    Leases,
}

impl Table {
    /// The menu.
    pub fn path(self) -> &'static str {
        match self {
            Self::Sessions => "/ppp/active",
            Self::Accounts => "/ppp/secret",
            Self::HotspotSessions => "/ip/hotspot/active",
            Self::HotspotUsers => "/ip/hotspot/user",
            Self::Leases => "/ip/dhcp-server/lease",
        }
    }

    /// What tells whether a row is still the one that was seen; the first is its name. No secrets.
    pub fn properties(self) -> &'static [&'static str] {
        match self {
            Self::Sessions => &["name", "service", "caller-id", "address", "uptime"],
            Self::Accounts => &["name", "service", "profile", "comment", "disabled"],
            Self::HotspotSessions => &["user", "server", "address", "mac-address", "uptime"],
            Self::HotspotUsers => &["name", "server", "profile", "comment", "disabled"],
            Self::Leases => &["address", "mac-address", "server", "dynamic"],
        }
    }

    /// The command that reads one row. Its name is compared when it is read: what we have is text, and the router
    /// has bytes.
    pub fn print(self, id: ItemId) -> Command {
        self.print_where(&format!("?.id={id}"))
    }

    /// The command that reads the rows of a name that we wrote ourselves.
    pub fn print_named(self, name: &str) -> Command {
        let property = self.properties().first().copied().unwrap_or_default();
        self.print_where(&format!("?{property}={name}"))
    }

    fn print_where(self, query: &str) -> Command {
        let properties = format!(".id,{}", self.properties().join(","));
        Command::new(&format!("{}/print", self.path())).proplist(&properties).query(query)
    }
}

/// A row, as it was at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    table: Table,
    id: ItemId,
    /// In the order of [`Table::properties`]; what a row lacks is empty.
    values: Vec<Text>,
}

/// What became of a row since it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is not there any more.
    Gone,
    /// It says something else.
    Differs(Vec<Difference>),
}

/// One property that says something else than it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub property: &'static str,
    /// What was seen.
    pub seen: Text,
    /// What is there now.
    pub now: Text,
}

impl Item {
    /// Reads a row of a table; `None` without an id.
    pub fn read(table: Table, row: Row<'_>) -> Option<Self> {
        let id = ItemId::read(row.bytes(".id")?);
        let text = |name: &&str| row.text(name).map(Text::from).unwrap_or_default();
        Some(Self { table, id, values: table.properties().iter().map(text).collect() })
    }

    /// Its table.
    pub fn table(&self) -> Table {
        self.table
    }

    /// Its id.
    pub fn id(&self) -> ItemId {
        self.id
    }

    /// What it is called: the name of an account or user, the address of a lease.
    pub fn name(&self) -> &str {
        self.values.first().map_or("", Text::as_str)
    }

    /// A property; empty if it has none.
    pub fn get(&self, property: &str) -> &str {
        let place = self.table.properties().iter().position(|name| *name == property);
        place.and_then(|place| self.values.get(place)).map_or("", Text::as_str)
    }

    /// Whether it is switched off.
    pub fn is_disabled(&self) -> bool {
        matches!(self.get("disabled"), "true" | "yes")
    }

    /// All properties with their values.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.table.properties().iter().copied().zip(self.values.iter().map(Text::as_str))
    }

    /// Whether the row of now is still this one, and says the same.
    pub fn compare(&self, now: Option<&Self>) -> Result<(), Changed> {
        let Some(now) = now.filter(|now| now.table == self.table && now.id == self.id) else {
            return Err(Changed::Gone);
        };
        let pairs = self.values().zip(now.values());
        let differences: Vec<_> = pairs
            .filter(|((property, seen), (_, now))| !says_the_same(property, seen, now))
            .map(|((property, seen), (_, now))| Difference { property, seen: seen.into(), now: now.into() })
            .collect();
        if differences.is_empty() { Ok(()) } else { Err(Changed::Differs(differences)) }
    }

    /// The row of somebody's session, as it was known at this moment.
    pub fn of_session(name: &str, session: &Session, now: Timestamp) -> Self {
        let Session { id, service, caller_id, address, since, .. } = session.clone();
        let lasted = rows::lasted(since, now).into();
        Self::of(Table::Sessions, id, [name.into(), service, caller_id, address, lasted])
    }

    /// A row of which nothing is known but this.
    pub fn named(table: Table, id: ItemId, name: &str) -> Self {
        let mut values = vec![Text::default(); table.properties().len()];
        if let Some(first) = values.first_mut() {
            *first = name.into();
        }
        Self { table, id, values }
    }

    /// The row as somebody saw it, who says that this was its value; `None` if rows of the table have no such property.
    pub fn saying(mut self, property: &str, value: &str) -> Option<Self> {
        let place = self.table.properties().iter().position(|name| *name == property)?;
        *self.values.get_mut(place)? = value.into();
        Some(self)
    }

    fn of<const N: usize>(table: Table, id: ItemId, values: [Text; N]) -> Self {
        Self { table, id, values: values.into() }
    }
}

fn says_the_same(property: &str, seen: &str, now: &str) -> bool {
    match property {
        // Versions write them in two ways, and leave out what is not so.
        "disabled" | "dynamic" => is_true(seen) == is_true(now),
        // It grows as long as the session lives. One that is younger is another one with an id that was free again.
        "uptime" => duration(seen).is_none_or(|seen| duration(now).is_some_and(|now| seen <= now)),
        _ => seen == now,
    }
}

fn is_true(flag: &str) -> bool {
    matches!(flag, "true" | "yes")
}

fn uptime(of: Option<Duration>) -> Text {
    of.map(|time| format!("{}s", time.as_secs()).to_compact_string()).unwrap_or_default()
}

impl From<&ActiveSession> for Item {
    fn from(row: &ActiveSession) -> Self {
        let ActiveSession { id, name, service, caller_id, address, .. } = row.clone();
        Self::of(Table::Sessions, id, [name, service, caller_id, address, uptime(row.uptime)])
    }
}

impl From<&Account> for Item {
    fn from(row: &Account) -> Self {
        let Account { id, name, service, profile, comment, .. } = row.clone();
        Self::of(Table::Accounts, id, [name, service, profile, comment, row.disabled.to_compact_string()])
    }
}

impl From<&HotspotActive> for Item {
    fn from(row: &HotspotActive) -> Self {
        let HotspotActive { id, user, server, address, mac_address, .. } = row.clone();
        Self::of(Table::HotspotSessions, id, [user, server, address, mac_address, uptime(row.uptime)])
    }
}

impl From<&HotspotUser> for Item {
    fn from(row: &HotspotUser) -> Self {
        let HotspotUser { id, name, server, profile, comment, .. } = row.clone();
        Self::of(Table::HotspotUsers, id, [name, server, profile, comment, row.disabled.to_compact_string()])
    }
}

impl From<&Lease> for Item {
    fn from(row: &Lease) -> Self {
        let Lease { id, address, mac_address, server, dynamic, .. } = row.clone();
        Self::of(Table::Leases, id, [address, mac_address, server, dynamic.to_compact_string()])
    }
}
