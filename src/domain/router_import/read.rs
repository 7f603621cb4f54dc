//! Reading the file: every fault with its place and what to do about it, and never a value that may be a secret.

use super::{Fault, MOST, RouterName, SecretString, WrongImport, usual_port};
use serde_json::{Map, Value};

/// The longest piece of a file that a fault repeats.
const LONGEST_TOLD: usize = 80;

/// A router of a file.
pub(super) struct Incoming {
    pub(super) name: RouterName,
    pub(super) label: String,
    pub(super) host: String,
    port: Option<u64>,
    pub(super) username: String,
    /// None if the file has none, or an empty one.
    pub(super) password: Option<SecretString>,
    pub(super) tls: bool,
    pub(super) enabled: bool,
}

impl Incoming {
    pub(super) fn port(&self) -> u64 {
        self.port.unwrap_or_else(|| usual_port(self.tls))
    }
}

/// The routers of a file, or all that is wrong with them.
pub(super) fn routers(json: &[u8]) -> Result<Vec<Incoming>, Vec<Fault>> {
    let whole = |wrong: WrongImport| vec![Fault::new("", wrong)];
    // Editors of the system that the earlier program ran on put one in front.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let value: Value =
        serde_json::from_slice(json).map_err(|error| whole(WrongImport::NotJson((&error).into())))?;
    let Value::Array(list) = value else {
        return Err(whole(WrongImport::NotRouters));
    };
    if MOST < list.len() {
        return Err(whole(WrongImport::TooMany { given: list.len(), most: MOST }));
    }
    let mut faults = Vec::new();
    let read = list.into_iter().enumerate().map(|(at, value)| one(at, value, &mut faults));
    let read: Vec<Option<Incoming>> = read.collect();
    if faults.is_empty() { Ok(read.into_iter().flatten().collect()) } else { Err(faults) }
}

/// The keys of one router, and what is wrong with them.
struct Keys<'f> {
    place: String,
    rest: Map<String, Value>,
    faults: &'f mut Vec<Fault>,
}

impl Keys<'_> {
    fn fault(&mut self, key: &str, wrong: WrongImport) {
        self.faults.push(Fault::new(format!("{}.{key}", self.place), wrong));
    }

    /// Text, without the blanks around it; null is as good as none.
    fn text(&mut self, key: &str) -> Option<String> {
        match self.rest.remove(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.fault(key, WrongImport::Text);
                None
            }
        }
    }

    fn needed(&mut self, key: &str) -> Option<String> {
        let is_there = self.rest.contains_key(key);
        let before = self.faults.len();
        let text = self.text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if text.is_none() && self.faults.len() == before {
            self.fault(key, if is_there { WrongImport::Empty } else { WrongImport::Missing });
        }
        text
    }

    fn truth(&mut self, key: &str, usual: bool) -> bool {
        match self.rest.remove(key) {
            None | Some(Value::Null) => usual,
            Some(Value::Bool(truth)) => truth,
            Some(_) => {
                self.fault(key, WrongImport::Truth);
                usual
            }
        }
    }

    /// A port as a number, or as the text of one: its forms sent text.
    fn port(&mut self) -> Option<u64> {
        let port = match self.rest.remove("port") {
            None | Some(Value::Null) => return None,
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let port = port.filter(|port| (1..=u64::from(u16::MAX)).contains(port));
        if port.is_none() {
            self.fault("port", WrongImport::Port);
        }
        port
    }

    /// Our name for the router: its id, or its name if that will do.
    fn name(&mut self, label: &str) -> Option<RouterName> {
        let before = self.faults.len();
        let id = self.text("id").map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let given = id.as_deref().unwrap_or(label);
        let name = RouterName::new(given).ok();
        if name.is_none() && self.faults.len() == before {
            let given: String = given.chars().take(LONGEST_TOLD).collect();
            self.fault("id", WrongImport::Id(given));
        }
        name
    }
}

fn one(at: usize, value: Value, faults: &mut Vec<Fault>) -> Option<Incoming> {
    let place = format!("[{at}]");
    let Value::Object(rest) = value else {
        faults.push(Fault::new(place, WrongImport::NotRouter));
        return None;
    };
    let mut keys = Keys { place, rest, faults };
    let label = keys.text("name").unwrap_or_default().trim().to_owned();
    let name = keys.name(&label);
    let host = keys.needed("host");
    let port = keys.port();
    let username = keys.needed("username");
    let password = keys.text("password").filter(|password| !password.is_empty()).map(SecretString::from);
    let (tls, enabled) = (keys.truth("use_ssl", false), keys.truth("enabled", true));
    let name = name?;
    let label = if label == name.as_str() { String::new() } else { label };
    Some(Incoming { name, label, host: host?, port, username: username?, password, tls, enabled })
}
