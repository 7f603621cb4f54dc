//! Which table a command reads.

use crate::domain::secrets::is_secret;
use crate::routeros::Command;

/// A table as a command asks for it: a menu, the properties wanted, and a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableKey {
    /// The menu, such as `/ppp/active`.
    pub menu: String,
    /// The properties in the order asked for; empty if all were.
    pub properties: Vec<String>,
    /// Query words with their `?`.
    pub query: Vec<String>,
}

impl TableKey {
    /// The table that a `print`, a `listen` or a `monitor` of one sample reads; `None` for other commands. Secrets are
    /// no part of it.
    pub fn of(command: &Command) -> Option<Self> {
        let (menu, verb) = command.path().rsplit_once('/')?;
        let menu = match verb {
            "print" | "listen" => menu,
            "monitor" if command.words().any(|word| word == b"=once=") => command.path(),
            _ => return None,
        };
        // Who may sign in at the router is nobody's business but its operator's.
        if menu == "/user" || menu.starts_with("/user/") {
            return None;
        }
        let mut key = Self { menu: menu.to_owned(), properties: Vec::new(), query: Vec::new() };
        for word in command.words() {
            let word = String::from_utf8_lossy(word);
            if let Some(names) = word.strip_prefix("=.proplist=") {
                // `.dead` marks a removal and is no property.
                let names = names.split(',').filter(|name| *name != ".dead" && !is_secret(name));
                key.properties = names.map(str::to_owned).collect();
            } else if word.starts_with('?') {
                key.query.push(word.into_owned());
            }
        }
        if key.is_monitor() {
            key.properties.insert(0, ".id".to_owned());
        }
        Some(key)
    }

    /// Whether its rows are samples, which have no ids: they are numbered in the order in which they come.
    pub fn is_monitor(&self) -> bool {
        self.menu.ends_with(MONITOR)
    }
}

/// How the menu of a `monitor` ends.
pub const MONITOR: &str = "/monitor";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ethernet::EthernetLink;
    use crate::domain::ppp::{ActiveSession, StaticPppoe};
    use crate::domain::resource::Resource;
    use crate::domain::rights::{OurUser, UserGroup};

    #[test]
    fn a_print_and_its_listen_read_the_same_table() {
        let key = TableKey::of(&ActiveSession::print()).unwrap();
        assert_eq!(key.menu, "/ppp/active");
        assert_eq!(key.properties.join(","), ActiveSession::PROPLIST);
        assert_eq!(TableKey::of(&ActiveSession::listen()), Some(key));
    }

    #[test]
    fn only_a_monitor_that_ends_is_a_table() {
        let key = TableKey::of(&EthernetLink::monitor_once(&[])).unwrap();
        assert_eq!(key.menu, "/interface/ethernet/monitor");
        assert_eq!(key.properties, [".id", "name", "rate", "full-duplex"]);
        assert_eq!(TableKey::of(&Command::new("/interface/ethernet/monitor").proplist("name")), None);
    }

    #[test]
    fn other_commands_read_no_table_and_secrets_are_left_out() {
        assert_eq!(TableKey::of(&Command::new("/login").attribute("name", "admin")), None);
        assert_eq!(TableKey::of(&Command::new("/cancel")), None);
        assert_eq!(TableKey::of(&OurUser::print().query("?name=monitor")), None);
        assert_eq!(TableKey::of(&UserGroup::print()), None);
        let key = TableKey::of(&Command::new("/ppp/secret/print").proplist(".id,name,password")).unwrap();
        assert_eq!(key.properties, [".id", "name"]);
        assert_eq!(
            TableKey::of(&StaticPppoe::print()).map(|key| key.query),
            Some(StaticPppoe::QUERY.iter().map(ToString::to_string).collect())
        );
    }
}
