//! Actions as programs and files say them: read, found among the rows of a router, and written again to be undone.

use super::{
    Action, Comment, Fault, Input, Item, Name, NewAccount, NewHotspotUser, Password, ProfileName, Service,
    Table, Uptime, Volume, rows,
};
use crate::domain::id::ItemId;
use crate::domain::snapshot::Snapshot;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;

/// One action, as a program or a file asks for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The router that it is done on.
    #[schema(min_length = 1, max_length = 64)]
    pub router: String,
    /// What is done.
    #[schema(example = "set_profile")]
    pub action: String,
    /// The id of the row that it is about, as RouterOS writes it. Needed only where several rows have the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\*[0-9A-Fa-f]{1,15}$")]
    pub id: Option<String>,
    /// The name of the account, session or user, or the address of the lease, that it is about or that is to be made.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// What the row says, by property: it is left alone should it say something else. A property that is not given says
    /// what it is known to say by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<BTreeMap<String, String>>,
    /// The profile that it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The comment that it gets; an empty one takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The password of an account or user that is to be made. It is never told again.
    #[serde(default, skip_serializing, deserialize_with = "secret")]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    pub password: Option<SecretString>,
    /// The service that a new account is for; `pppoe` if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// How many seconds a new hotspot user may be online, over all sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub limit_uptime: Option<u64>,
    /// How many bytes a new hotspot user may transfer, in both directions together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub limit_bytes: Option<u64>,
}

/// What is wrong with one is told without its value.
fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(from)
        .map_err(|_| <D::Error as serde::de::Error>::custom("a password is text"))?;
    Ok(text.map(SecretString::from))
}

/// Why something that is wanted is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WantedFault {
    /// There is no such action.
    #[error("there is no action {0:?}: it is one of {words}", words = words())]
    NoSuchAction(String),
    /// An id is none.
    #[error("{0:?} is no id: RouterOS writes one as * and hexadecimal digits")]
    NoId(String),
    /// The router has no such row, as far as it is known.
    #[error("the router has no row of that name in {0}, as far as it was read: look whether it is there")]
    NoRow(&'static str),
    /// Several rows have the name.
    #[error("several rows of {0} have that name: give the id of one")]
    Several(&'static str),
    /// A property that rows of the table do not have.
    #[error("rows of {table} have no {property:?} that could be compared")]
    NoProperty {
        /// Which table.
        table: &'static str,
        /// What was given.
        property: String,
    },
    /// Something does not belong to the action.
    #[error("`{field}` does not belong to {action}: leave it out")]
    Superfluous {
        /// Which field.
        field: &'static str,
        /// To what it does not belong.
        action: String,
    },
    /// What was entered is no good.
    #[error(transparent)]
    Input(#[from] Fault),
}

impl WantedFault {
    /// What is wrong, as one word by which pages tell it, and what fills its text.
    pub fn told(&self) -> (&'static str, String) {
        match self {
            Self::NoSuchAction(given) => ("no_action", given.clone()),
            Self::NoId(given) => ("no_id", given.clone()),
            Self::NoRow(table) => ("no_row", (*table).to_owned()),
            Self::Several(table) => ("several", (*table).to_owned()),
            Self::NoProperty { property, .. } => ("no_property", property.clone()),
            Self::Superfluous { action, .. } => ("superfluous", action.clone()),
            Self::Input(fault) => fault.told(),
        }
    }

    /// The field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            Self::NoSuchAction(_) => "action",
            Self::NoId(_) | Self::Several(_) => "id",
            Self::NoRow(_) => "name",
            Self::NoProperty { .. } => "seen",
            Self::Superfluous { field, .. } => field,
            Self::Input(fault) => fault.input().word(),
        }
    }
}

/// All actions by their words, with the table that each is about, and what the audit log calls it.
pub const ACTIONS: [(&str, Table, &str); 13] = [
    ("disconnect_session", Table::Sessions, "router.disconnect_session"),
    ("enable_account", Table::Accounts, "router.enable_account"),
    ("disable_account", Table::Accounts, "router.disable_account"),
    ("set_profile", Table::Accounts, "router.set_profile"),
    ("set_comment", Table::Accounts, "router.set_comment"),
    ("add_account", Table::Accounts, "router.add_account"),
    ("remove_account", Table::Accounts, "router.remove_account"),
    ("remove_hotspot_session", Table::HotspotSessions, "router.remove_hotspot_session"),
    ("add_hotspot_user", Table::HotspotUsers, "router.add_hotspot_user"),
    ("enable_hotspot_user", Table::HotspotUsers, "router.enable_hotspot_user"),
    ("disable_hotspot_user", Table::HotspotUsers, "router.disable_hotspot_user"),
    ("remove_hotspot_user", Table::HotspotUsers, "router.remove_hotspot_user"),
    ("make_lease_static", Table::Leases, "router.make_lease_static"),
];

/// The words of all actions, for whoever used another one.
fn words() -> String {
    ACTIONS.map(|(word, ..)| word).join(", ")
}

impl Wanted {
    /// What asks for this action again: about the row as it was seen. Passwords are not in it.
    pub fn of(router: &str, action: &Action) -> Self {
        let seen = action.seen();
        let values = |item: &Item| {
            let values = item.values().map(|(name, value)| (name.to_owned(), value.to_owned()));
            values.collect::<BTreeMap<_, _>>()
        };
        let mut wanted = Self {
            router: router.to_owned(),
            action: action.word().to_owned(),
            id: seen.map(|item| item.id().to_string()),
            name: action.subject().to_owned(),
            seen: seen.map(values),
            ..Self::default()
        };
        match action {
            Action::SetProfile(_, profile) => wanted.profile = Some(profile.as_str().to_owned()),
            Action::SetComment(_, comment) => wanted.comment = Some(comment.as_str().to_owned()),
            Action::AddAccount(new) => {
                wanted.profile = Some(new.profile.as_str().to_owned());
                wanted.service = Some(new.service.word().to_owned());
                wanted.comment = Some(new.comment.as_str().to_owned()).filter(|text| !text.is_empty());
            }
            Action::AddHotspotUser(new) => {
                wanted.profile = Some(new.profile.as_str().to_owned());
                wanted.comment = Some(new.comment.as_str().to_owned()).filter(|text| !text.is_empty());
            }
            _ => {}
        }
        wanted
    }

    /// The action itself, about the row of this name as the snapshot has it.
    pub fn find(mut self, snapshot: &Snapshot) -> Result<Action, WantedFault> {
        let known = ACTIONS.iter().find(|(word, ..)| *word == self.action);
        let Some(&(word, table, _)) = known else { return Err(WantedFault::NoSuchAction(self.action)) };
        let action = match word {
            "add_account" => Action::AddAccount(NewAccount {
                name: Name::parse(&self.name)?,
                password: Password::of_account(self.password.take().unwrap_or_default())?,
                service: self.service.take().map_or(Ok(Service::default()), |text| Service::parse(&text))?,
                profile: self.profile(&rows::ppp_profiles(snapshot))?,
                comment: self.comment()?,
            }),
            "add_hotspot_user" => Action::AddHotspotUser(NewHotspotUser {
                name: Name::parse(&self.name)?,
                password: Password::of_guest(self.password.take().unwrap_or_default())?,
                profile: self.profile(&rows::hotspot_profiles(snapshot))?,
                uptime: self
                    .limit_uptime
                    .take()
                    .map(|limit| Uptime::new(Duration::from_secs(limit)))
                    .transpose()?,
                volume: self.limit_bytes.take().map(Volume::new).transpose()?,
                comment: self.comment()?,
            }),
            _ => {
                let item = self.row(table, snapshot)?;
                match word {
                    "disconnect_session" => Action::DisconnectSession(item),
                    "enable_account" => Action::EnableAccount(item),
                    "disable_account" => Action::DisableAccount(item),
                    "set_profile" => {
                        let profile = self.profile(&rows::ppp_profiles(snapshot))?;
                        Action::SetProfile(item, profile)
                    }
                    "set_comment" => Action::SetComment(item, self.comment()?),
                    "remove_account" => Action::RemoveAccount(item),
                    "remove_hotspot_session" => Action::RemoveHotspotSession(item),
                    "enable_hotspot_user" => Action::EnableHotspotUser(item),
                    "disable_hotspot_user" => Action::DisableHotspotUser(item),
                    "remove_hotspot_user" => Action::RemoveHotspotUser(item),
                    _ => Action::MakeLeaseStatic(item),
                }
            }
        };
        self.check_rest(word)?;
        Ok(action)
    }

    fn profile(&mut self, known: &[&str]) -> Result<ProfileName, Fault> {
        let given = self.profile.take().ok_or(Fault::Missing(Input::Profile))?;
        ProfileName::among(&given, known.iter().copied())
    }

    fn comment(&mut self) -> Result<Comment, Fault> {
        Comment::parse(&self.comment.take().unwrap_or_default())
    }

    /// Nothing may be left that would have no effect.
    fn check_rest(&self, word: &str) -> Result<(), WantedFault> {
        let is_new = word.starts_with("add_");
        let rest = [
            ("id", is_new && self.id.is_some()),
            ("seen", is_new && self.seen.is_some()),
            ("profile", self.profile.is_some()),
            ("comment", self.comment.is_some()),
            ("password", self.password.is_some()),
            ("service", self.service.is_some()),
            ("limit_uptime", self.limit_uptime.is_some()),
            ("limit_bytes", self.limit_bytes.is_some()),
        ];
        match rest.into_iter().find(|(_, is_left)| *is_left) {
            Some((field, _)) => Err(WantedFault::Superfluous { field, action: word.to_owned() }),
            None => Ok(()),
        }
    }

    /// The row that it is about, with what it was seen to say.
    fn row(&self, table: Table, snapshot: &Snapshot) -> Result<Item, WantedFault> {
        let id = self.id.as_deref().map(|text| {
            let digits = text.strip_prefix('*').filter(|digits| (1..=15).contains(&digits.len()));
            let is_id = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            if is_id { Ok(ItemId::read(text.as_bytes())) } else { Err(WantedFault::NoId(text.to_owned())) }
        });
        let id = id.transpose()?;
        let mut rows = rows::named(snapshot, table, &self.name);
        rows.retain(|row| id.is_none_or(|id| row.id() == id));
        let row = match (rows.as_slice(), id) {
            ([row], _) => row.clone(),
            // Whoever says what the row is like need not wait until we have read it.
            ([], Some(id)) if self.seen.is_some() => Item::named(table, id, &self.name),
            ([], _) => return Err(WantedFault::NoRow(table.path())),
            _ => return Err(WantedFault::Several(table.path())),
        };
        let Some(seen) = &self.seen else { return Ok(row) };
        seen.iter().try_fold(row, |row, (property, value)| {
            let unknown = || WantedFault::NoProperty { table: table.path(), property: property.clone() };
            row.saying(property, value).ok_or_else(unknown)
        })
    }
}
