//! The settings as people change them: what the file says, what shall be changed, and what is wrong with that.

use super::credential::Credential;
use super::router::RouterName;
use super::wrong::{SystemFault, Wrong};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// The settings, as the file has them by now and the environment changes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Which text of the file it is: a change has to be made from the newest one.
    pub version: u64,
    /// Where the file is.
    pub file: String,
    /// Why nothing can be changed, if so.
    pub obstacle: Option<Obstacle>,
    /// All routers, also those that are not watched, in their order.
    pub routers: Vec<RouterEntry>,
    /// The keys beside the routers that are set, by their names.
    pub general: Map<String, Value>,
    /// What the environment decides beside routers, and the variable that does.
    pub overrides: Vec<(&'static str, &'static str)>,
    /// The address that routers see us call from, as far as we know.
    pub own_address: Option<IpAddr>,
}

impl Configuration {
    /// The router of this name.
    pub fn router(&self, name: &str) -> Option<&RouterEntry> {
        self.routers.iter().find(|router| router.name == name)
    }
}

/// Why nothing can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no file at all.
    Demo,
    /// The system would not have the file replaced.
    Folder,
}

impl Obstacle {
    /// One word, by which pages tell it: `demo` or `folder`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Folder => "folder",
        }
    }

    /// The same for programs.
    pub fn text(self) -> &'static str {
        match self {
            Self::Demo => DEMO,
            Self::Folder => "its folder may not be written to",
        }
    }
}

/// Why a demo's settings cannot be changed.
const DEMO: &str = "this is a demo, which keeps no settings";

/// One router's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct RouterEntry {
    /// Its name.
    pub name: String,
    /// The keys that are set, by their names; never a password.
    pub values: Map<String, Value>,
    /// How its password is known.
    pub password: Password,
    /// How the password of the user who may change something is known.
    pub write_password: Password,
    /// The keys that the environment decides: they are not changed here.
    pub fixed: Vec<String>,
    /// Whether there is no such router in the file at all.
    pub is_from_environment: bool,
}

impl RouterEntry {
    /// Whether it is watched.
    pub fn is_enabled(&self) -> bool {
        self.values.get("enabled").and_then(Value::as_bool).unwrap_or(true)
    }

    /// The text of a key; empty if it is not set.
    pub fn text(&self, key: &str) -> &str {
        self.values.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether something may be changed on it.
    pub fn is_write_mode_on(&self) -> bool {
        self.values.get(WRITE_MODE).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whom one of its passwords is of; empty if nobody is set.
    pub fn user(&self, credential: Credential) -> &str {
        match credential {
            Credential::Watch => self.text("username"),
            Credential::Write => self.text("write_username"),
        }
    }

    /// How one of its passwords is known.
    pub fn known(&mut self, credential: Credential) -> &mut Password {
        match credential {
            Credential::Watch => &mut self.password,
            Credential::Write => &mut self.write_password,
        }
    }
}

/// The key that says whether something may be changed on a router.
pub const WRITE_MODE: &str = "write_mode";

/// How a password is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// Not at all: a factory-new router has none.
    None,
    /// It is kept, sealed.
    Kept,
    /// It is kept, and cannot be read for want of its key.
    Locked,
    /// It comes from the environment.
    Environment,
}

impl Password {
    /// One word: `none`, `kept`, `locked` or `environment`.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Kept => "kept",
            Self::Locked => "locked",
            Self::Environment => "environment",
        }
    }
}

/// What a router's settings shall be.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Keys and their new values; `null` takes a key out. Keys that are not named stay.
    pub values: Map<String, Value>,
    /// A new password; empty is none. Without one the known one stays.
    pub password: Option<SecretString>,
    /// The same of the user who may change something on the router.
    pub write_password: Option<SecretString>,
}

impl Draft {
    /// A new password, if there is one.
    pub fn typed(&self, credential: Credential) -> Option<&SecretString> {
        match credential {
            Credential::Watch => self.password.as_ref(),
            Credential::Write => self.write_password.as_ref(),
        }
    }

    /// What it sets, for the audit log: all keys, and whether write mode is switched on or off.
    fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.values.iter().map(|(key, value)| told(key, value)).collect();
        for credential in Credential::ALL {
            if self.typed(credential).is_some() {
                keys.push(credential.key());
            }
        }
        keys
    }
}

/// A key that is set, and of write mode whether it is switched on or off.
fn told<'k>(key: &'k str, value: &Value) -> &'k str {
    if key != WRITE_MODE {
        key
    } else if *value == Value::Bool(true) {
        WRITE_MODE_ON
    } else {
        "write_mode off"
    }
}

/// What the audit log says of a router on which something may be changed from now on.
const WRITE_MODE_ON: &str = "write_mode on";

/// A change of the settings.
#[derive(Debug, Clone)]
pub enum Change {
    /// One more router, behind all others. The draft names it.
    AddRouter(Draft),
    /// Another setting of a router. Its name stays.
    SetRouter {
        /// Which.
        name: RouterName,
        /// What shall be.
        draft: Draft,
    },
    /// A router less.
    RemoveRouter(RouterName),
    /// A router one place further up, or else down.
    MoveRouter {
        /// Which.
        name: RouterName,
        /// Whether up.
        up: bool,
    },
    /// Keys beside the routers; `null` takes one out.
    SetGeneral(Map<String, Value>),
    /// All of these or none: routers of a file, added or set otherwise. Their faults are of `changes[…]`.
    Several(Vec<Self>),
}

impl Change {
    /// What is done, and to what, for the audit log.
    pub fn deed(&self) -> (&'static str, String) {
        match self {
            Self::AddRouter(draft) => {
                let name = draft.values.get("name").and_then(Value::as_str).unwrap_or_default();
                let is_on = draft.values.get(WRITE_MODE) == Some(&Value::Bool(true));
                ("router.add", if is_on { format!("{name} ({WRITE_MODE_ON})") } else { name.to_owned() })
            }
            Self::SetRouter { name, draft } => {
                ("router.change", format!("{name} ({})", draft.keys().join(", ")))
            }
            Self::RemoveRouter(name) => ("router.remove", name.to_string()),
            Self::MoveRouter { name, up } => {
                ("router.move", format!("{name} {}", if *up { "up" } else { "down" }))
            }
            Self::SetGeneral(values) => {
                let keys: Vec<&str> = values.keys().map(String::as_str).collect();
                ("settings.change", keys.join(", "))
            }
            Self::Several(changes) => {
                let objects: Vec<String> = changes
                    .iter()
                    .map(|change| {
                        let (action, object) = change.deed();
                        format!("{} {object}", action.trim_start_matches("router."))
                    })
                    .take(MOST_NOTED)
                    .collect();
                ("router.import", format!("{} routers: {}", changes.len(), objects.join(", ")))
            }
        }
    }

    /// The changes that it is made of, one by one.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(changes) => changes,
            one => std::slice::from_ref(one),
        }
    }

    /// Where faults of the change at this place of it stand.
    pub fn place(&self, at: usize) -> String {
        match self {
            Self::Several(_) => format!("changes[{at}]"),
            _ => String::new(),
        }
    }
}

/// Of so many routers of a file the audit log says what became of them.
const MOST_NOTED: usize = 50;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, as the file names it: `port`, or `allowed_hosts[2]`. Empty for the whole.
    pub field: String,
    /// What is wrong and what would be right.
    pub wrong: Wrong,
}

impl Fault {
    /// Something is wrong with this field.
    pub fn new(field: impl Into<String>, wrong: impl Into<Wrong>) -> Self {
        Self { field: field.into(), wrong: wrong.into() }
    }

    /// The same within this place, if it is one.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        match (place.is_empty(), self.field.is_empty()) {
            (true, _) => self,
            (false, true) => Self { field: place.to_owned(), ..self },
            (false, false) => Self { field: format!("{place}.{}", self.field), ..self },
        }
    }
}

/// Why the settings file cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Unusable {
    text: String,
    /// All that is wrong, by its places in the file.
    pub faults: Vec<Fault>,
}

impl Unusable {
    /// For these faults, which are told like this to programs.
    pub fn new(text: impl Into<String>, faults: Vec<Fault>) -> Self {
        Self { text: text.into(), faults }
    }
}

/// Why the settings were not read, changed or tried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no router of this name.
    #[error("there is no such router in the settings")]
    NoSuchRouter,
    /// The file was changed since; its version now.
    #[error("the settings file was changed meanwhile: look at what it says now, and try again")]
    Stale(u64),
    /// It is against the rules.
    #[error("the settings would not be good")]
    Faults(Vec<Fault>),
    /// The file cannot be read, or what it says is no good; nothing was changed.
    #[error("nothing was changed: {0}")]
    Unreadable(Unusable),
    /// The file cannot be written; nothing was changed.
    #[error("nothing was changed, since the settings file cannot be written: {0}")]
    NotWritable(SystemFault),
    /// There is no file to be written.
    #[error("nothing was changed, since the settings file cannot be written: {DEMO}")]
    Demo,
    /// The environment makes this router, or decides this.
    #[error("this router comes from the environment, and is changed there")]
    Environment,
    /// One test of the same person's is under way.
    #[error("a test of yours is under way already: wait for its end")]
    Busy,
    /// The disk is full; nothing was changed.
    #[error("nothing was changed, since the disk is full")]
    FullDisk,
    /// It went wrong here; the log says how.
    #[error("it could not be kept; the log says why")]
    Failed,
}

impl Refusal {
    /// One word, by which pages tell it, of what concerns the settings as a whole.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable(_) => Some("unreadable"),
            Self::NotWritable(_) => Some("not_writable"),
            Self::Demo => Some("demo"),
            Self::Environment => Some("environment"),
            Self::Busy => Some("testing"),
            Self::NoSuchRouter | Self::Stale(_) | Self::Faults(_) | Self::FullDisk | Self::Failed => None,
        }
    }

    /// What is wrong with the file, as far as that is known.
    pub fn of_file(&self) -> Vec<Fault> {
        match self {
            Self::Unreadable(unusable) => unusable.faults.clone(),
            Self::NotWritable(fault) => vec![Fault::new("", Wrong::NotWritable(fault.clone()))],
            _ => Vec::new(),
        }
    }

    /// The same with its faults within this place.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        match self {
            Self::Faults(faults) => {
                Self::Faults(faults.into_iter().map(|fault| fault.within(place)).collect())
            }
            other => other,
        }
    }
}
