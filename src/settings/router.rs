//! One router's settings.

use super::document::Node;
use super::fields::{Field, Fields};
use super::problems::Problems;
use super::write_mode::WriteMode;
use crate::domain::credential::Credential;
use crate::domain::polling::{self, Profile};
use crate::domain::rates::Tempo;
use crate::domain::router::RouterName;
use crate::domain::wrong::Wrong;
use crate::routeros::Charset;
use crate::routeros::stream::{Endpoint, Fingerprint, Tls};
use secrecy::{ExposeSecret as _, SecretString};
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

const KEYS: [&str; 20] = [
    "name",
    "label",
    "host",
    "port",
    "username",
    "password",
    "tls",
    "ca_file",
    "check_host_name",
    "fingerprint",
    "code_page",
    "enabled",
    "poll_seconds",
    "tables",
    "deadline_seconds",
    "forbid_clear_sign_in",
    "record",
    "write_mode",
    "write_username",
    "write_password",
];

/// The variable that a router's password may come from.
pub(super) const PASSWORD_VARIABLE: &str = "MIKROTIK_PASSWORD";

/// How to reach one router, and how to treat it.
#[expect(clippy::struct_excessive_bools, reason = "a router's switches are independent of each other")]
#[derive(Debug, Clone)]
pub struct RouterSettings {
    /// Its name in URLs, metrics and logs; no two routers share one.
    pub name: RouterName,
    /// What people call it, if that does not fit into a name.
    pub label: Option<String>,
    /// Where it is and how the connection is protected.
    pub endpoint: Endpoint,
    /// Whom we sign in as.
    pub username: String,
    /// The password; a factory-new router has none.
    pub password: Option<SecretString>,
    /// Every password that was written in clear for that user, the one in force first.
    pub written: Vec<WrittenPassword>,
    /// Whether a password is kept for that user that cannot be read, for want of its key.
    pub is_locked: bool,
    /// How its bytes that are not UTF-8 become text.
    pub charset: Charset,
    /// Whether we watch it at all.
    pub enabled: bool,
    /// How often traffic counters are read.
    pub poll_every: Duration,
    /// Which other tables are read otherwise than usual.
    pub profile: Profile,
    /// The longest that one exchange may take.
    pub deadline: Duration,
    /// Never send the password before the router had its chance to ask with a challenge (before 6.43).
    pub forbid_clear_sign_in: bool,
    /// Whether what it says is recorded, in the data folder.
    pub record: bool,
    /// How fast its time runs.
    pub tempo: Tempo,
    /// Whether its name may lead to this machine itself.
    pub allow_own: bool,
    /// Whether something may be changed on it, and as whom.
    pub write_mode: WriteMode,
}

/// A password in clear, and where.
#[derive(Debug, Clone)]
pub struct WrittenPassword {
    /// The password.
    pub secret: SecretString,
    /// Where it was written.
    pub place: Place,
}

/// Where a password was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the environment of the process: there it stays, and it is never stored.
    Environment,
    /// In `.env`.
    EnvFile,
    /// In the settings file, at this path.
    Settings(String),
}

/// Where a router's settings were written, to say which place lacks something.
#[derive(Clone)]
pub(super) enum Origin {
    /// An element of `routers`.
    List(usize),
    /// The keys `router_ip`, ….
    Flat,
    /// The variables `MIKROTIK_HOST`, ….
    Variables,
}

/// A router before its settings are understood.
#[derive(Clone)]
pub(super) struct RawRouter {
    /// Where it was written.
    pub(super) origin: Origin,
    /// What was written.
    pub(super) fields: Fields,
    /// Passwords that another one came before.
    pub(super) set_aside: Vec<Field>,
}

impl RouterSettings {
    /// Whether it is watched in the same way: what people call it, and what may be changed on it, is another matter.
    pub fn is_same(&self, other: &Self) -> bool {
        let password = |one: &Self| one.password.as_ref().map(|one| one.expose_secret().to_owned());
        let how = |one: &Self| {
            let Self { poll_every, profile, deadline, tempo, charset, .. } = one;
            (*poll_every, profile.clone(), *deadline, *tempo, *charset)
        };
        let switches =
            |one: &Self| (one.is_locked, one.enabled, one.forbid_clear_sign_in, one.record, one.allow_own);
        self.name == other.name
            && self.endpoint == other.endpoint
            && self.username == other.username
            && password(self).unwrap_or_default() == password(other).unwrap_or_default()
            && how(self) == how(other)
            && switches(self) == switches(other)
    }
}

impl RawRouter {
    /// A router that was not given in `routers` and so has no name of its own.
    pub(super) fn unnamed(origin: Origin, mut fields: Fields) -> Self {
        let path = fields.first_path().to_owned();
        fields.fill_in(Field { key: "name".to_owned(), path, value: Node::Text("router1".to_owned()) });
        Self { origin, fields, set_aside: Vec::new() }
    }

    /// Whether it is in no file at all.
    pub(super) fn is_from_variables(&self) -> bool {
        matches!(self.origin, Origin::Variables)
    }

    /// The text of a key, if it is there and is text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.fields.peek(key) {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The port that is given, even one out of range, or the usual one.
    pub(super) fn port_or_default(&self) -> Option<u64> {
        match self.fields.peek("port") {
            Some(Node::Number(number)) => number.as_u64(),
            _ => Some(8728),
        }
    }

    /// Where it was written, in words for another router's problem.
    pub(super) fn place(&self) -> String {
        match self.origin {
            Origin::List(index) => format!("routers[{index}]"),
            Origin::Flat => "router_ip".to_owned(),
            Origin::Variables => "MIKROTIK_HOST".to_owned(),
        }
    }

    /// Where a key that is missing should be written.
    fn path(&self, key: &str) -> String {
        match (&self.origin, key) {
            (Origin::Flat, "host") => "router_ip".to_owned(),
            (Origin::Flat, _) => "router_user".to_owned(),
            (Origin::Variables, "host") => "MIKROTIK_HOST".to_owned(),
            (Origin::Variables, _) => "MIKROTIK_USER".to_owned(),
            (Origin::List(index), key) => format!("routers[{index}].{key}"),
        }
    }

    /// Understands the settings; `None` if something that a router needs is missing or wrong.
    ///
    /// Relative files are beside the settings file, in `folder`.
    pub(super) fn understand(mut self, folder: &Path, problems: &mut Problems) -> Option<RouterSettings> {
        for key in ["name", "host", "username"] {
            if self.fields.peek(key).is_none() {
                problems.add(self.path(key), Wrong::Missing);
            }
        }
        let name_given = |name: &str| RouterName::new(name).map_err(Wrong::from);
        let name = self.fields.parsed("name", problems, name_given);
        let label = self.fields.parsed("label", problems, |label| line(label, 100));
        let host = self.fields.parsed("host", problems, host);
        let port = self.fields.whole("port", 1..=u16::MAX, problems);
        let username = self.fields.parsed("username", problems, |user| line(user, 255));
        let written = self.passwords(Credential::Watch, problems);
        let write_password = self.passwords(Credential::Write, problems);
        let write_mode = WriteMode::take(&mut self.fields, write_password, problems);
        let tls = self.tls(folder, problems);
        let charset = self.fields.parsed("code_page", problems, |label| {
            Charset::named(label).ok_or_else(|| Wrong::CodePage(label.to_owned()))
        });
        let enabled = self.fields.truth("enabled", problems);
        let poll = self.fields.whole("poll_seconds", 1..=3600, problems);
        let profile = self.profile(problems);
        let deadline = self.fields.whole("deadline_seconds", 1..=120, problems);
        let forbid = self.fields.truth("forbid_clear_sign_in", problems);
        let record = self.fields.truth("record", problems);
        self.fields.finish(&KEYS, problems);
        let port = port.unwrap_or(if matches!(tls, Tls::Off) { 8728 } else { 8729 });
        Some(RouterSettings {
            name: name?,
            label,
            endpoint: Endpoint { host: host?, port, tls },
            username: username?,
            password: written.first().map(|written| written.secret.clone()),
            written,
            is_locked: false,
            charset: charset.unwrap_or_default(),
            enabled: enabled.unwrap_or(true),
            poll_every: Duration::from_secs(poll.unwrap_or(5).into()),
            profile,
            deadline: Duration::from_secs(deadline.unwrap_or(10).into()),
            forbid_clear_sign_in: forbid.unwrap_or(false),
            record: record.unwrap_or(false),
            tempo: Tempo::default(),
            allow_own: false,
            write_mode,
        })
    }

    /// Takes all passwords of a user, the one in force first.
    fn passwords(&mut self, credential: Credential, problems: &mut Problems) -> Vec<WrittenPassword> {
        let key = credential.key();
        let mut fields = Vec::from_iter(self.fields.take(key));
        fields.extend(self.set_aside.extract_if(.., |field| field.key == key));
        let texts = fields.into_iter().filter_map(|field| Fields::from_list(vec![field]).text(key, problems));
        texts
            .map(|(path, text)| WrittenPassword {
                secret: SecretString::from(text),
                place: if path == PASSWORD_VARIABLE { Place::Environment } else { Place::Settings(path) },
            })
            .collect()
    }

    /// The tables that are read otherwise than usual: seconds, or "off".
    fn profile(&mut self, problems: &mut Problems) -> Profile {
        let mut profile = Profile::default();
        let Some(field) = self.fields.take("tables") else { return profile };
        let mut tables = Fields::of(field.value, &field.path, problems);
        for (menu, _) in polling::TABLES {
            let is_off = matches!(tables.peek(menu), Some(Node::Text(text)) if text == "off");
            if is_off {
                tables.take(menu);
                profile.0.insert(menu, None);
            } else if let Some(seconds) = tables.whole(menu, polling::SECONDS, problems) {
                profile.0.insert(menu, Some(Duration::from_secs(seconds.into())));
            }
        }
        for menu in polling::FOLLOWED {
            let Some(field) = tables.take(menu) else { continue };
            if matches!(&field.value, Node::Text(text) if text == "off") {
                profile.0.insert(menu, None);
            } else {
                problems.add(field.path, Wrong::Followed);
            }
        }
        if let Some(field) = tables.take(polling::ALWAYS) {
            problems.add(field.path, Wrong::AlwaysRead);
        }
        let known: Vec<&str> =
            polling::TABLES.iter().map(|(menu, _)| *menu).chain(polling::FOLLOWED).collect();
        tables.finish(&known, problems);
        profile
    }

    fn tls(&mut self, folder: &Path, problems: &mut Problems) -> Tls {
        let mode = self.fields.parsed("tls", problems, |mode| match mode {
            "off" | "verify" | "pin" | "anonymous" => Ok(mode.to_owned()),
            other => Err(Wrong::Tls(other.to_owned())),
        });
        let mode = mode.as_deref().unwrap_or("off");
        // A fingerprint that nobody compares looks like safety and is none.
        for (key, needs) in [("ca_file", "verify"), ("check_host_name", "verify"), ("fingerprint", "pin")] {
            let harmless = matches!(self.fields.peek(key), None | Some(Node::Truth(false)));
            if !harmless && mode != needs {
                let path = self.fields.path_of(key);
                problems.add(path, Wrong::NeedsTls(needs));
            }
        }
        let ca_file = self.fields.parsed("ca_file", problems, |file| line(file, 4096));
        let host_name = self.fields.truth("check_host_name", problems).unwrap_or(false);
        let fingerprint = self.fields.parsed("fingerprint", problems, |text| {
            text.parse::<Fingerprint>().map_err(|_| Wrong::Fingerprint(text.to_owned()))
        });
        match mode {
            "verify" => {
                Tls::Verify { ca_file: ca_file.map(|file| folder.join(PathBuf::from(file))), host_name }
            }
            "pin" => Tls::Pin { fingerprint },
            "anonymous" => Tls::Anonymous,
            _ => Tls::Off,
        }
    }
}

/// A host name or an address without scheme and port; an IPv6 address may stand in brackets.
pub fn host(text: &str) -> Result<String, Wrong> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host = bare.unwrap_or(text);
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let is_address = match host.split_once('%') {
        // A link-local address needs its interface: `fe80::1%eth0`.
        Some((address, zone)) => address.parse::<Ipv6Addr>().is_ok() && plain(zone),
        None => host.parse::<IpAddr>().is_ok(),
    };
    let is_name = bare.is_none() && plain(host) && host.len() <= 253;
    if is_address || is_name { Ok(host.to_owned()) } else { Err(Wrong::Host(text.to_owned())) }
}

/// Text of one line with something in it.
pub(super) fn line(text: &str, most: usize) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::Empty);
    }
    if text.chars().any(char::is_control) || most < text.len() {
        return Err(Wrong::NotLine(most));
    }
    Ok(text.to_owned())
}
