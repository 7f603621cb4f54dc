//! What stands in the form of a router: read from the settings or from the form, and made a draft.

use crate::domain::check::Report;
use crate::domain::configuration::{Draft, RouterEntry};
use crate::domain::polling::{Counted, FOLLOWED, Profile, TABLES};
use crate::web::forms::Fields;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// What was typed so far; never a password.
#[expect(clippy::struct_excessive_bools, reason = "the boxes of a form are independent of each other")]
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Typed {
    pub(super) version: String,
    pub(super) name: String,
    label: String,
    pub(super) host: String,
    port: String,
    pub(super) username: String,
    tls: String,
    fingerprint: String,
    ca_file: String,
    check_host_name: bool,
    code_page: String,
    poll_seconds: String,
    deadline_seconds: String,
    forbid_clear_sign_in: bool,
    record: bool,
    enabled: bool,
    write_mode: bool,
    write_username: String,
    tables: Vec<Table>,
    /// What a test has counted: kept in the form.
    counted: String,
}

/// What a test counts, in the order in which the form keeps it.
const COUNTED: [&str; 6] = ["sessions", "accounts", "interfaces", "hotspot_sessions", "leases", "queues"];

/// Every how many seconds counters are read unless somebody says otherwise.
const USUAL_POLL: u16 = 5;

/// How a table is read.
#[derive(Debug, Clone, Serialize)]
struct Table {
    menu: &'static str,
    /// Seconds; none where it is followed, or not at all.
    usual: Option<u16>,
    typed: String,
}

fn text(values: &Map<String, Value>, key: &str) -> String {
    match values.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

impl Typed {
    /// An empty form.
    pub(super) fn new(version: u64) -> Self {
        let tables = tables(|_| String::new());
        let (tls, version) = ("pin".to_owned(), version.to_string());
        Self { version, username: "tikwatch".to_owned(), tls, enabled: true, tables, ..Self::default() }
    }

    /// The same, for this version of the settings.
    pub(super) fn at(self, version: u64) -> Self {
        Self { version: version.to_string(), ..self }
    }

    /// A router as it is set.
    pub(super) fn of(entry: &RouterEntry, version: u64) -> Self {
        let values = &entry.values;
        let truth = |key: &str| values.get(key) == Some(&Value::Bool(true));
        let read = values.get("tables").and_then(Value::as_object).cloned().unwrap_or_default();
        let tls = text(values, "tls");
        Self {
            version: version.to_string(),
            name: entry.name.clone(),
            label: text(values, "label"),
            host: text(values, "host"),
            port: text(values, "port"),
            username: text(values, "username"),
            tls: if tls.is_empty() { "off".to_owned() } else { tls },
            fingerprint: text(values, "fingerprint"),
            ca_file: text(values, "ca_file"),
            check_host_name: truth("check_host_name"),
            code_page: text(values, "code_page"),
            poll_seconds: text(values, "poll_seconds"),
            deadline_seconds: text(values, "deadline_seconds"),
            forbid_clear_sign_in: truth("forbid_clear_sign_in"),
            record: truth("record"),
            enabled: entry.is_enabled(),
            write_mode: entry.is_write_mode_on(),
            write_username: text(values, "write_username"),
            tables: tables(|menu| text(&read, menu)),
            counted: String::new(),
        }
    }

    /// Reads a form.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            version: text("version"),
            name: text("name"),
            label: text("label"),
            host: text("host"),
            port: text("port"),
            username: text("username"),
            tls: text("tls"),
            fingerprint: text("fingerprint"),
            ca_file: text("ca_file"),
            check_host_name: fields.is_ticked("check_host_name"),
            code_page: text("code_page"),
            poll_seconds: text("poll_seconds"),
            deadline_seconds: text("deadline_seconds"),
            forbid_clear_sign_in: fields.is_ticked("forbid_clear_sign_in"),
            record: fields.is_ticked("record"),
            enabled: fields.is_ticked("enabled"),
            write_mode: fields.is_ticked("write_mode"),
            write_username: text("write_username"),
            tables: tables(text),
            counted: text("counted"),
        }
    }

    /// How often tables will be read, as far as it can be understood.
    pub(super) fn profile(&self) -> Profile {
        let every = |typed: &str| match typed {
            "off" => Some(None),
            typed => {
                Some(Some(Duration::from_secs(typed.parse::<u16>().ok().filter(|every| 0 < *every)?.into())))
            }
        };
        Profile(self.tables.iter().filter_map(|table| Some((table.menu, every(&table.typed)?))).collect())
    }

    /// How often the counters will be read.
    pub(super) fn counters_every(&self) -> Duration {
        let typed = self.poll_seconds.parse::<u16>().ok().filter(|every| 0 < *every);
        Duration::from_secs(typed.unwrap_or(USUAL_POLL).into())
    }

    /// Keeps what a test has counted.
    pub(super) fn count(&mut self, report: &Report) {
        let number = |what: &str| report.counts.get(what).and_then(Value::as_u64).unwrap_or_default();
        if !report.counts.is_empty() {
            self.counted = COUNTED.map(|what| number(what).to_string()).join(" ");
        }
    }

    /// What a test has counted.
    pub(super) fn counted(&self) -> Option<Counted> {
        // A browser may send anything: more rows than these no router has.
        let number = |text: &str| text.parse::<u64>().ok().map(|number| number.min(10_000_000));
        let numbers: Vec<u64> = self.counted.split(' ').map(number).collect::<Option<_>>()?;
        let [sessions, accounts, interfaces, hotspot, leases, queues] = numbers.try_into().ok()?;
        Some(Counted { sessions, accounts, interfaces, hotspot, leases, queues })
    }

    /// The draft that it makes. A field that is empty takes its key out; the password stays if none was typed.
    pub(super) fn draft(&self, fields: &Fields) -> Draft {
        let text = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
        let truth = |truth: bool| if truth { Value::Bool(true) } else { Value::Null };
        // What belongs to another mode of TLS is not asked for, and has no effect there.
        let of = |mode: &str, value: Value| if self.tls == mode { value } else { Value::Null };
        let mut tables = Map::new();
        for table in self.tables.iter().filter(|table| !table.typed.is_empty()) {
            tables.insert(table.menu.to_owned(), number(&table.typed));
        }
        let values = [
            ("name", text(&self.name)),
            ("label", text(&self.label)),
            ("host", text(&self.host)),
            ("port", number(&self.port)),
            ("username", text(&self.username)),
            ("tls", if self.tls == "off" { Value::Null } else { text(&self.tls) }),
            ("fingerprint", of("pin", text(&self.fingerprint))),
            ("ca_file", of("verify", text(&self.ca_file))),
            ("check_host_name", of("verify", truth(self.check_host_name))),
            ("code_page", text(&self.code_page)),
            ("poll_seconds", number(&self.poll_seconds)),
            ("tables", if tables.is_empty() { Value::Null } else { Value::Object(tables) }),
            ("deadline_seconds", number(&self.deadline_seconds)),
            ("forbid_clear_sign_in", truth(self.forbid_clear_sign_in)),
            ("record", truth(self.record)),
            ("write_mode", truth(self.write_mode)),
            ("write_username", text(&self.write_username)),
            ("enabled", if self.enabled { Value::Null } else { Value::Bool(false) }),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
        let typed = |name: &str| Some(fields.secret(name)).filter(|typed| !typed.expose_secret().is_empty());
        Draft { values, password: typed("password"), write_password: typed("write_password") }
    }
}

fn tables(typed: impl Fn(&str) -> String) -> Vec<Table> {
    let polled = TABLES.iter().map(|(menu, usual)| (*menu, Some(*usual)));
    let all = polled.chain(FOLLOWED.map(|menu| (menu, None)));
    all.map(|(menu, usual)| Table { menu, usual, typed: typed(menu) }).collect()
}

/// A number, or the text that is none: the settings say what would be right.
fn number(text: &str) -> Value {
    match text.parse::<u64>() {
        _ if text.is_empty() => Value::Null,
        Ok(number) => Value::from(number),
        Err(_) => Value::from(text),
    }
}
