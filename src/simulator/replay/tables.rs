//! All tables of a recording, put together by menu.

use super::clock::ReplayClock;
use super::table::{MOST_TABLES, Table};
use crate::recording::{Line, MONITOR, TableLine};
use crate::simulator::world::{Menu, World};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The menus of a recording. One menu may have been read as several tables: other properties, or a query.
#[derive(Debug)]
pub(super) struct Tables {
    clock: ReplayClock,
    menus: Mutex<Menus>,
}

#[derive(Debug, Default)]
struct Menus {
    menus: Vec<(String, Table)>,
    /// For each table the place of its menu, and which of that menu's tables it is.
    tables: Vec<(usize, usize)>,
}

impl Tables {
    /// Menus for these tables, without rows.
    pub(super) fn new(tables: &[TableLine], clock: ReplayClock) -> Self {
        let this = Self { clock, menus: Mutex::default() };
        for table in tables {
            this.declare(table);
        }
        this
    }

    /// Adds a table; `false` if its menu has too many.
    pub(super) fn declare(&self, reads: &TableLine) -> bool {
        let mut menus = self.menus();
        let place = menus.menus.iter().position(|(menu, _)| *menu == reads.menu).unwrap_or_else(|| {
            let table = Table::new(self.clock.clone(), reads);
            menus.menus.push((reads.menu.clone(), table));
            menus.menus.len() - 1
        });
        let Some((_, table)) = menus.menus.get(place) else { return false };
        let Some(part) = table.add(reads) else { return false };
        menus.tables.push((place, part));
        menus.tables.len() <= MOST_TABLES * 8
    }

    /// Takes in a line of the recording; gives the memory that all tables take, in bytes.
    pub(super) fn apply(&self, line: &Line) -> usize {
        let menus = self.menus();
        if let Some(number) = line.table
            && let Some((place, part)) = menus.tables.get(number as usize)
            && let Some((_, table)) = menus.menus.get(*place)
        {
            table.apply(*part, line);
        }
        menus.menus.iter().map(|(_, table)| table.memory()).sum()
    }

    /// Takes all rows away.
    pub(super) fn clear(&self) {
        for (_, table) in &self.menus().menus {
            table.clear();
        }
    }

    /// The router that answers from these tables.
    pub(super) fn world(&self) -> World {
        let mut world = World::new();
        for (path, table) in &self.menus().menus {
            let feed = table.feed();
            if path.ends_with(MONITOR) {
                world.add(path.clone(), Menu::monitor(table.clone()));
                continue;
            }
            let menu =
                if table.has_items() { Menu::list(table.clone(), feed) } else { Menu::single(table.clone()) };
            world.add(path.clone(), menu);
        }
        world
    }

    fn menus(&self) -> MutexGuard<'_, Menus> {
        self.menus.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
