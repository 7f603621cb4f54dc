//! The pages that the rail leads to.

use crate::access::{Kind, Role, Visitor};
use serde::Serialize;

/// One entry of the rail.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    page: &'static str,
    path: &'static str,
    /// The key of its title.
    key: &'static str,
    symbol: &'static str,
    /// Whether it stands in the bar of a telephone, where only a few fit.
    is_first: bool,
}

/// All entries in their order: page, path, key of the title, symbol.
const ALL: [(&str, &str, &str, &str); 15] = [
    ("overview", "/", "overview.title", "speedometer2"),
    ("subscribers", "/subscribers", "subscribers.title", "people"),
    ("groups", "/groups", "groups.title", "collection"),
    ("routers", "/routers", "page.routers", "router"),
    ("interfaces", "/interfaces", "page.interfaces", "ethernet"),
    ("hotspot", "/hotspot", "page.hotspot", "wifi"),
    ("dhcp", "/dhcp", "page.dhcp", "hdd-network"),
    ("queues", "/queues", "page.queues", "list-check"),
    ("jobs", "/jobs", "job.title", "wrench-adjustable"),
    ("logs", "/logs", "logs.title", "journal-text"),
    ("performance", "/performance", "performance.title", "clock-history"),
    ("settings", "/settings/routers", "settings.title", "gear"),
    ("users", "/users", "frame.users", "person-lock"),
    ("tokens", "/tokens", "frame.tokens_short", "key"),
    ("audit", "/audit", "audit.title", "shield-check"),
];

/// What a telephone's bar has beside "More".
const FIRST: [&str; 3] = ["overview", "subscribers", "routers"];

/// The entries that this visitor may open.
pub(super) fn rail(visitor: &Visitor, is_admin: bool) -> Vec<Entry> {
    let may_open = |page: &str| match page {
        "jobs" => Role::Operator <= visitor.role && visitor.kind != Kind::Wall,
        "users" | "tokens" | "audit" | "settings" => is_admin,
        _ => visitor.pages.as_ref().is_none_or(|pages| pages.iter().any(|known| known == page)),
    };
    let entry = |(page, path, key, symbol): (&'static str, _, _, _)| {
        let is_first = FIRST.contains(&page);
        Entry { page, path, key, symbol, is_first }
    };
    ALL.into_iter().filter(|(page, ..)| may_open(page)).map(entry).collect()
}
