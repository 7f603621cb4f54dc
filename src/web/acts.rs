//! What an operator may begin with from a list: at one row, or at all that are shown.

use super::parameters::{Parameters, encode};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::domain::tables::{Entry, Tabular};
use crate::http::Jobs;

/// Where a job is ordered.
const ORDER: &str = "/jobs/new";

/// Rows at which something can be done, perhaps. Scripts know the same: `static/js/table.js`.
pub(super) trait Acted: Tabular {
    /// Whether there is something that can be done at any of them.
    const ACTS: bool = false;

    /// What is nearest at hand, by its word, and the name of the row in an order.
    fn act(&self) -> Option<(&'static str, &str)> {
        None
    }
}

impl Acted for HotspotActive {
    const ACTS: bool = true;

    fn act(&self) -> Option<(&'static str, &str)> {
        Some(("remove_hotspot_session", &self.user))
    }
}

impl Acted for HotspotUser {
    const ACTS: bool = true;

    fn act(&self) -> Option<(&'static str, &str)> {
        Some((if self.disabled { "enable_hotspot_user" } else { "disable_hotspot_user" }, &self.name))
    }
}

impl Acted for Lease {
    const ACTS: bool = true;

    fn act(&self) -> Option<(&'static str, &str)> {
        self.dynamic.then_some(("make_lease_static", &self.address))
    }
}

impl Acted for HotspotHost {}
impl Acted for InterfaceFacts {}
impl Acted for Pool {}
impl Acted for SimpleQueue {}
impl Acted for Snapshot {}

/// The routers on which something may be done at rows of this kind.
pub(super) fn routers<R: Acted>(jobs: &Jobs) -> Vec<String> {
    let routers = if R::ACTS { jobs.routers() } else { Vec::new() };
    routers.iter().map(|router| router.name.to_string()).collect()
}

/// Where what can be done at a row is ordered; nothing if its router is none of these.
pub(super) fn at<R: Acted>(routers: &[String], entry: &Entry<'_, R>) -> Option<String> {
    let router = entry.snapshot.router.as_str();
    let (action, name) = entry.row.act().filter(|_| routers.iter().any(|known| known == router))?;
    Some(one(router, action, name, &format!("*{:X}", R::id(entry.row))))
}

/// Where an action about one row is ordered.
pub(super) fn one(router: &str, action: &str, name: &str, id: &str) -> String {
    link(&[("router", router), ("action", action), ("names", name), ("id", id)])
}

/// Where something is ordered for all subscribers who are chosen, if the visitor may order anything.
pub(super) fn those(jobs: &Jobs, chosen: &Parameters) -> Option<String> {
    if jobs.routers().is_empty() {
        return None;
    }
    let (q, state) = (chosen.get("q"), chosen.get("state"));
    let state = if state.is_empty() { String::new() } else { format!("state:{state}") };
    let q = format!("{q} {state}");
    Some(link(&[("router", chosen.get("router")), ("q", q.trim())]))
}

fn link(parameters: &[(&str, &str)]) -> String {
    let mut link = ORDER.to_owned();
    for (index, (name, value)) in parameters.iter().filter(|(_, value)| !value.is_empty()).enumerate() {
        link.push(if index == 0 { '?' } else { '&' });
        link.push_str(name);
        link.push('=');
        encode(&mut link, value);
    }
    link
}
