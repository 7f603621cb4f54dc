//! What a router said that is not in its recording, by table.

use crate::recording::TableKey;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The replies of one menu that are not in the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The menu, such as `/interface`.
    pub menu: String,
    /// How many of its replies are not in it.
    pub replies: u64,
    /// Whether it has no reply at all of a table of this menu.
    pub is_missing: bool,
}

/// Counts what is left out. Clones are handles to the same counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(Arc<Mutex<HashMap<TableKey, Count>>>);

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    left_out: u64,
    /// A print of it went to the file.
    is_recorded: bool,
}

impl Counts {
    /// A print of a table goes to the file.
    pub(super) fn recorded(&self, key: &TableKey) {
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(key) {
            count.is_recorded = true;
        } else {
            counts.insert(key.clone(), Count { left_out: 0, is_recorded: true });
        }
    }

    /// A reply about a table is left out.
    pub(super) fn left_out(&self, key: &TableKey) {
        self.lock().entry(key.clone()).or_default().left_out += 1;
    }

    /// The menus of which something was left out, sorted.
    pub(super) fn all(&self) -> Vec<LeftOut> {
        let mut menus = BTreeMap::<String, LeftOut>::new();
        for (key, count) in self.lock().iter().filter(|(_, count)| 0 < count.left_out) {
            let none = LeftOut { menu: key.menu.clone(), replies: 0, is_missing: false };
            let menu = menus.entry(key.menu.clone()).or_insert(none);
            menu.replies += count.left_out;
            menu.is_missing |= !count.is_recorded;
        }
        menus.into_values().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TableKey, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
    use crate::domain::ppp::{Account, ActiveSession};
    use crate::domain::resource::Resource;

    fn key<R: Resource>() -> TableKey {
        TableKey::of(&R::print()).unwrap()
    }

    #[test]
    fn a_menu_is_missing_if_one_of_its_tables_never_came() {
        let counts = Counts::default();
        counts.recorded(&key::<ActiveSession>());
        counts.recorded(&key::<InterfaceCounters>());
        counts.left_out(&key::<InterfaceCounters>());
        counts.left_out(&key::<Account>());
        counts.left_out(&key::<Account>());
        let left_out =
            |menu: &str, replies, is_missing| LeftOut { menu: menu.to_owned(), replies, is_missing };
        let expect = [left_out("/interface", 1, false), left_out("/ppp/secret", 2, true)];
        assert_eq!(counts.all(), expect);

        counts.left_out(&key::<InterfaceFacts>());
        counts.recorded(&key::<Account>());
        let expect = [left_out("/interface", 2, true), left_out("/ppp/secret", 2, false)];
        assert_eq!(counts.all(), expect);
    }
}
