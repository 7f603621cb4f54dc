//! What an operator may have done on a router: each action about one row, as commands, as text, and undone.
//!
//! Nothing here reaches a router; `actors/acting` carries it out. An action says what it is about as the operator saw
//! it, so that it can be compared with the row of now before anything changes.

mod denial;
mod input;
mod item;
mod order;
mod outcome;
pub mod rows;
#[cfg(test)]
mod tests;
mod wanted;

pub use denial::Denial;
pub use input::{Comment, Fault, Input, Name, Password, ProfileName, Service, Uptime, Volume};
pub use item::{Changed, Difference, Item, Table};
pub use order::Order;
pub use outcome::{Afterwards, Outcome};
pub use wanted::{ACTIONS, Wanted, WantedFault};

use std::fmt::Write as _;

/// One thing to be done on one router.
#[derive(Debug, Clone)]
pub enum Action {
    /// Ends a session. Its equipment dials again within seconds, unless the account was disabled before.
    DisconnectSession(Item),
    /// Lets an account come online again.
    EnableAccount(Item),
    /// Keeps an account from coming online; a session that it has goes on.
    DisableAccount(Item),
    /// Gives an account another profile; a session that it has keeps the old one until it ends.
    SetProfile(Item, ProfileName),
    /// Changes the operator's note at an account; an empty one takes it away.
    SetComment(Item, Comment),
    /// Makes an account.
    AddAccount(NewAccount),
    /// Takes an account away, with its password: that cannot be undone.
    RemoveAccount(Item),
    /// Ends a hotspot session, and forgets the cookies that would let the same device straight back in.
    RemoveHotspotSession(Item),
    /// Makes a hotspot user.
    AddHotspotUser(NewHotspotUser),
    /// Lets a hotspot user sign in again.
    EnableHotspotUser(Item),
    /// Keeps a hotspot user from signing in; a session goes on.
    DisableHotspotUser(Item),
    /// Takes a hotspot user away, with the password: that cannot be undone.
    RemoveHotspotUser(Item),
    /// Keeps a lease for its device for good.
    MakeLeaseStatic(Item),
}

/// An account that is to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What signs in.
    pub name: Name,
    /// Its password, which must not be empty.
    pub password: Password,
    /// For which services it is good.
    pub service: Service,
    /// What it is entitled to.
    pub profile: ProfileName,
    /// The operator's note.
    pub comment: Comment,
}

/// A hotspot user who is to be made.
#[derive(Debug, Clone)]
pub struct NewHotspotUser {
    /// What signs in.
    pub name: Name,
    /// The password; vouchers often have none.
    pub password: Password,
    /// What the user is entitled to.
    pub profile: ProfileName,
    /// How long the user may be online, over all sessions.
    pub uptime: Option<Uptime>,
    /// How much the user may transfer, in both directions together.
    pub volume: Option<Volume>,
    /// The operator's note.
    pub comment: Comment,
}

impl Action {
    /// One word for programs, the log and the audit log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::DisconnectSession(_) => "disconnect_session",
            Self::EnableAccount(_) => "enable_account",
            Self::DisableAccount(_) => "disable_account",
            Self::SetProfile(..) => "set_profile",
            Self::SetComment(..) => "set_comment",
            Self::AddAccount(_) => "add_account",
            Self::RemoveAccount(_) => "remove_account",
            Self::RemoveHotspotSession(_) => "remove_hotspot_session",
            Self::AddHotspotUser(_) => "add_hotspot_user",
            Self::EnableHotspotUser(_) => "enable_hotspot_user",
            Self::DisableHotspotUser(_) => "disable_hotspot_user",
            Self::RemoveHotspotUser(_) => "remove_hotspot_user",
            Self::MakeLeaseStatic(_) => "make_lease_static",
        }
    }

    /// What the audit log calls it.
    pub fn deed(&self) -> &'static str {
        ACTIONS.iter().find(|(word, ..)| *word == self.word()).map_or("router.act", |(_, _, deed)| deed)
    }

    /// Has a password in it gone from memory: it was sent, or will never be.
    pub fn forget_password(&mut self) {
        match self {
            Self::AddAccount(new) => new.password.forget(),
            Self::AddHotspotUser(new) => new.password.forget(),
            _ => {}
        }
    }

    /// The menu that it changes.
    pub fn table(&self) -> Table {
        match self {
            Self::DisconnectSession(_) => Table::Sessions,
            Self::EnableAccount(_)
            | Self::DisableAccount(_)
            | Self::SetProfile(..)
            | Self::SetComment(..)
            | Self::AddAccount(_)
            | Self::RemoveAccount(_) => Table::Accounts,
            Self::RemoveHotspotSession(_) => Table::HotspotSessions,
            Self::AddHotspotUser(_)
            | Self::EnableHotspotUser(_)
            | Self::DisableHotspotUser(_)
            | Self::RemoveHotspotUser(_) => Table::HotspotUsers,
            Self::MakeLeaseStatic(_) => Table::Leases,
        }
    }

    /// The row that it is about, as the operator saw it; none where a row is to be made.
    pub fn seen(&self) -> Option<&Item> {
        match self {
            Self::AddAccount(_) | Self::AddHotspotUser(_) => None,
            Self::DisconnectSession(item)
            | Self::EnableAccount(item)
            | Self::DisableAccount(item)
            | Self::SetProfile(item, _)
            | Self::SetComment(item, _)
            | Self::RemoveAccount(item)
            | Self::RemoveHotspotSession(item)
            | Self::EnableHotspotUser(item)
            | Self::DisableHotspotUser(item)
            | Self::RemoveHotspotUser(item)
            | Self::MakeLeaseStatic(item) => Some(item),
        }
    }

    /// The name of what it is about: that of an account, a user, or a lease's address.
    pub fn subject(&self) -> &str {
        match self {
            Self::AddAccount(new) => new.name.as_str(),
            Self::AddHotspotUser(new) => new.name.as_str(),
            other => other.seen().map_or("", Item::name),
        }
    }

    /// Whether its row is gone when it is done.
    pub fn removes(&self) -> bool {
        matches!(
            self,
            Self::DisconnectSession(_)
                | Self::RemoveAccount(_)
                | Self::RemoveHotspotSession(_)
                | Self::RemoveHotspotUser(_)
        )
    }

    /// The command that does it.
    pub fn order(&self) -> Order {
        match self {
            Self::DisconnectSession(item) => Order::about("/ppp/active/remove", item),
            Self::EnableAccount(item) => Order::about("/ppp/secret/enable", item),
            Self::DisableAccount(item) => Order::about("/ppp/secret/disable", item),
            Self::SetProfile(item, profile) => {
                Order::about("/ppp/secret/set", item).with("profile", profile.as_str())
            }
            Self::SetComment(item, comment) => {
                Order::about("/ppp/secret/set", item).with("comment", comment.as_str())
            }
            Self::AddAccount(new) => Order::new("/ppp/secret/add")
                .with("name", new.name.as_str())
                .secret("password", &new.password)
                .with("service", new.service.word())
                .with("profile", new.profile.as_str())
                .with_some("comment", new.comment.as_str()),
            Self::RemoveAccount(item) => Order::about("/ppp/secret/remove", item),
            Self::RemoveHotspotSession(item) => Order::about("/ip/hotspot/active/remove", item),
            Self::AddHotspotUser(new) => Order::new("/ip/hotspot/user/add")
                .with("name", new.name.as_str())
                .secret("password", &new.password)
                .with("profile", new.profile.as_str())
                .with_some("limit-uptime", &new.uptime.map(|limit| limit.to_string()).unwrap_or_default())
                .with_some(
                    "limit-bytes-total",
                    &new.volume.map(|limit| limit.to_string()).unwrap_or_default(),
                )
                .with_some("comment", new.comment.as_str()),
            Self::EnableHotspotUser(item) => Order::about("/ip/hotspot/user/enable", item),
            Self::DisableHotspotUser(item) => Order::about("/ip/hotspot/user/disable", item),
            Self::RemoveHotspotUser(item) => Order::about("/ip/hotspot/user/remove", item),
            Self::MakeLeaseStatic(item) => Order::about("/ip/dhcp-server/lease/make-static", item),
        }
    }

    /// The cookies that have to go first, if there are any: those of this user on this device.
    pub fn cookies(&self) -> Option<Cookies<'_>> {
        let Self::RemoveHotspotSession(item) = self else { return None };
        let (user, mac_address) = (item.get("user"), item.get("mac-address"));
        (!user.is_empty() && !mac_address.is_empty()).then_some(Cookies { user, mac_address })
    }

    /// Its commands as a person would type them in a terminal of RouterOS, to be shown before they are sent.
    ///
    /// Passwords are stars. Which cookies there are is known when they are looked up; here they are described.
    pub fn typed(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(cookies) = self.cookies() {
            let mut line = "/ip hotspot cookie remove [find".to_owned();
            for (name, value) in [("user", cookies.user), ("mac-address", cookies.mac_address)] {
                let _ = write!(line, " {name}={}", order::quoted(value));
            }
            lines.push(line + "]");
        }
        lines.push(self.order().typed());
        lines
    }

    /// What takes it back, where something can: `after` is the row as it was read when it was done.
    ///
    /// What was removed is gone with its password, and a static lease stays one.
    pub fn undo(&self, after: &Item) -> Option<Self> {
        let after = after.clone();
        match self {
            // One that was so already stays so: somebody else had a reason for it.
            Self::EnableAccount(before) => before.is_disabled().then(|| Self::DisableAccount(after)),
            Self::DisableAccount(before) => (!before.is_disabled()).then(|| Self::EnableAccount(after)),
            Self::SetProfile(before, _) => {
                Some(Self::SetProfile(after, ProfileName::of_row(before.get("profile"))?))
            }
            Self::SetComment(before, _) => {
                Some(Self::SetComment(after, Comment::of_row(before.get("comment"))))
            }
            Self::AddAccount(_) => Some(Self::RemoveAccount(after)),
            Self::EnableHotspotUser(before) => before.is_disabled().then(|| Self::DisableHotspotUser(after)),
            Self::DisableHotspotUser(before) => {
                (!before.is_disabled()).then(|| Self::EnableHotspotUser(after))
            }
            Self::AddHotspotUser(_) => Some(Self::RemoveHotspotUser(after)),
            Self::DisconnectSession(_)
            | Self::RemoveAccount(_)
            | Self::RemoveHotspotSession(_)
            | Self::RemoveHotspotUser(_)
            | Self::MakeLeaseStatic(_) => None,
        }
    }
}

/// Which cookies let a guest back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookies<'a> {
    /// Whose.
    pub user: &'a str,
    /// On which device.
    pub mac_address: &'a str,
}
