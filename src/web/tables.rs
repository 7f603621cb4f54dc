//! The pages that are one table: which there are.

use super::errors::PageError;
use super::table::{self, Query, Sheet};
use super::templates::Templates;
use crate::access::Visitor;
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::http::Jobs;
use actix_web::HttpResponse;
use actix_web::web::{Data, ReqData};

/// Handlers of pages that differ in nothing but their rows.
macro_rules! sheets {
    ($($(#[$doc:meta])* $name:ident: $rows:ty = $sheet:expr;)+) => {$(
        $(#[$doc])*
        pub(super) async fn $name(
            jobs: Jobs,
            visitor: ReqData<Visitor>,
            templates: Data<Templates>,
            parameters: Query,
        ) -> Result<HttpResponse, PageError> {
            table::page::<$rows>($sheet, &jobs, &visitor, &templates, &parameters)
        }
    )+};
}

const HOTSPOT: &[(&str, &str)] =
    &[("active", "/hotspot"), ("users", "/hotspot/users"), ("hosts", "/hotspot/hosts")];
const DHCP: &[(&str, &str)] = &[("leases", "/dhcp"), ("pools", "/dhcp/pools")];

const fn sheet(page: &'static str, path: &'static str, api: &'static str, list: &'static str) -> Sheet {
    Sheet { page, path, api, list, file: list, tabs: &[], usual: "" }
}

sheets! {
    /// `GET /routers`.
    routers: Snapshot = sheet("routers", "/routers", "/api/v1/routers", "routers");
    /// `GET /interfaces`: dynamic ones only where they are asked for.
    interfaces: InterfaceFacts =
        Sheet { usual: "own", ..sheet("interfaces", "/interfaces", "/api/v1/interfaces", "interfaces") };
    /// `GET /hotspot`.
    guests: HotspotActive =
        Sheet { tabs: HOTSPOT, ..sheet("hotspot", "/hotspot", "/api/v1/hotspot", "hotspot") };
    /// `GET /hotspot/hosts`.
    hosts: HotspotHost =
        Sheet { tabs: HOTSPOT, ..sheet("hotspot", "/hotspot/hosts", "/api/v1/hotspot/hosts", "hosts") };
    /// `GET /hotspot/users`.
    vouchers: HotspotUser = Sheet {
        tabs: HOTSPOT,
        file: "hotspot_users",
        ..sheet("hotspot", "/hotspot/users", "/api/v1/hotspot/users", "users")
    };
    /// `GET /dhcp`.
    leases: Lease = Sheet { tabs: DHCP, ..sheet("dhcp", "/dhcp", "/api/v1/leases", "leases") };
    /// `GET /dhcp/pools`.
    pools: Pool = Sheet { tabs: DHCP, ..sheet("dhcp", "/dhcp/pools", "/api/v1/pools", "pools") };
    /// `GET /queues`.
    queues: SimpleQueue = sheet("queues", "/queues", "/api/v1/queues", "queues");
}
