//! The routes of lists as files, each with what it says of itself.

use super::{FileMeta, lists};
use crate::api::list::columns;
use crate::api::openapi::{self, Answer, Doc};
use crate::api::{
    Described, LEVELS, audit, events, groups, hotspot, interfaces, leases, logs, queues, routers, sessions,
    subscribers,
};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::domain::tables::Tabular;
use utoipa::ToSchema;

fn table<R: Tabular, W: ToSchema>(list: &'static str, what: &'static str) -> Doc {
    Doc::table::<R, W>(list, what).file::<FileMeta, W>(list)
}

fn list<W: ToSchema>(list: &'static str, what: &'static str) -> Doc {
    Doc::list::<W>(list, what).file::<FileMeta, W>(list)
}

/// Adds them.
pub(in crate::api) fn routes(all: Described) -> Described {
    let of_subscribers = Doc::subscribers("Subscribers as a file")
        .file::<FileMeta, subscribers::SubscriberRow<'_>>("subscribers");
    let of_groups = list::<groups::GroupRow<'_>>("groups", "How groups stand, as a file");
    let of_logs = list::<logs::LogRow<'_>>("logs", "Our own log or the routers', as a file");
    all.get("/api/v1/export/subscribers", lists::subscribers, of_subscribers)
        .get(
            "/api/v1/export/sessions",
            lists::sessions,
            list::<sessions::SessionRow<'_>>("sessions", "Sessions as a file"),
        )
        .get(
            "/api/v1/export/routers",
            lists::routers,
            table::<Snapshot, routers::RouterRow>("routers", "The routers as a file"),
        )
        .get(
            "/api/v1/export/interfaces",
            lists::interfaces,
            table::<InterfaceFacts, interfaces::InterfaceRow<'_>>("interfaces", "Interfaces as a file"),
        )
        .get(
            "/api/v1/export/hotspot",
            lists::hotspot,
            table::<HotspotActive, hotspot::HotspotRow<'_>>("hotspot", "Hotspot sessions as a file"),
        )
        .get(
            "/api/v1/export/hosts",
            lists::hosts,
            table::<HotspotHost, hotspot::HotspotHostRow<'_>>("hosts", "Hosts of hotspots as a file"),
        )
        .get(
            "/api/v1/export/hotspot_users",
            lists::hotspot_users,
            table::<HotspotUser, hotspot::HotspotUserRow<'_>>("hotspot_users", "Users of hotspots as a file"),
        )
        .get(
            "/api/v1/export/leases",
            lists::leases,
            table::<Lease, leases::LeaseRow<'_>>("leases", "DHCP leases as a file"),
        )
        .get(
            "/api/v1/export/pools",
            lists::pools,
            table::<Pool, leases::PoolRow<'_>>("pools", "Pools of addresses as a file"),
        )
        .get(
            "/api/v1/export/queues",
            lists::queues,
            table::<SimpleQueue, queues::QueueRow<'_>>("queues", "Simple queues as a file"),
        )
        .get("/api/v1/export/groups", lists::groups, of_groups)
        .get(
            "/api/v1/export/events",
            lists::events,
            list::<events::EventRow<'_>>("events", "What happened last, as a file").query(
                "after",
                "Only those with a higher number.",
                openapi::number(0, 1_000_000_000),
            ),
        )
        .get(
            "/api/v1/export/audit",
            lists::audit,
            audit_parameters(Doc::new(
                "Export",
                "The audit log as a file",
                Answer::json::<audit::AuditAnswer>(),
            ))
            .query("cols", "Only these columns, by comma.", openapi::some_of(&columns::<audit::AuditRow>()))
            .file::<FileMeta, audit::AuditRow>("audit")
            .or(500),
        )
        .get("/api/v1/export/logs", lists::logs, log_parameters(of_logs))
}

/// What can be chosen of the audit log.
pub(in crate::api) fn audit_parameters(doc: Doc) -> Doc {
    doc.query("q", "Only entries in which this text stands.", openapi::text()).query(
        "action",
        "Only what begins so: `user`, `group.delete`.",
        openapi::text(),
    )
}

/// What can be chosen of a log.
pub(in crate::api) fn log_parameters(doc: Doc) -> Doc {
    doc.query("source", "Whose log.", openapi::one_of(["program", "routers"]))
        .query("level", "Entries at least as grave.", openapi::one_of(LEVELS))
        .query("topic", "Only those of this source, or with this among the topics.", openapi::text())
        .query("after", "Only those with a higher number.", openapi::number(0, 1_000_000_000))
}
