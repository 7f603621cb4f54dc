//! The overview, of routers of different kinds.

use super::{get, network};
use crate::domain::dhcp::Lease;
use crate::domain::durations::Durations;
use crate::domain::example::{now, snapshot, unreachable};
use crate::domain::hotspot::HotspotActive;
use crate::domain::router::Link;
use crate::domain::snapshot::{Snapshot, Table, TableState};
use crate::state::example::Example;
use std::sync::Arc;
use std::time::Duration;

fn table<R>(rows: Vec<R>) -> Table<R> {
    Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh }
}

#[actix_web::test]
async fn guests_and_leases_are_told_where_a_router_has_them() {
    let page = get(&Example::new(vec![snapshot("ccr1", &[])]), "/").await.text;
    assert!(!page.contains("Hotspot guests") && !page.contains("DHCP leases bound"), "it has none");
    let lease = |status: &str| Lease { status: status.into(), ..Lease::default() };
    let mut first = Snapshot {
        hotspot_active: table(vec![HotspotActive::default(); 3]),
        leases: table(vec![lease("bound"), lease("waiting")]),
        ..snapshot("ccr1", &[])
    };
    let page = get(&Example::new(vec![first.clone()]), "/").await.text;
    assert!(page.contains("Hotspot guests</span><span class=\"kpi-value\"><b>3</b></span>"), "{page}");
    assert!(page.contains("DHCP leases bound</span><span class=\"kpi-value\"><b>1</b> <small>of 2</small>"));
    first.link = Link::Connecting;
    let page = get(&Example::new(vec![first]), "/").await.text;
    assert!(
        page.contains("Hotspot guests</span><span class=\"kpi-value\"><b>–</b></span>"),
        "a gap is no zero"
    );
    assert!(page.contains("DHCP leases bound</span><span class=\"kpi-value\"><b>–</b></span>"));
}

#[actix_web::test]
async fn the_routers_are_told_with_how_long_they_take_to_answer() {
    let page = get(&network(), "/").await.text;
    assert!(page.contains("data-cell=\"answer\">–</td>"), "nobody asked them yet");
    let mut answers = Durations::default();
    answers.add(Duration::from_millis(10));
    answers.add(Duration::from_millis(14));
    let router = Snapshot { answers: Arc::new(answers), ..snapshot("ccr1", &[]) };
    let page = get(&Example::new(vec![router]), "/").await.text;
    assert!(page.contains("data-cell=\"answer\">12 ms</td>"), "{page}");
}

#[actix_web::test]
async fn a_sum_says_which_routers_are_not_in_it() {
    let lease = || Lease { status: "bound".into(), ..Lease::default() };
    let held = |router: Snapshot| Snapshot {
        hotspot_active: table(vec![HotspotActive::default(); 3]),
        leases: table(vec![lease(), lease()]),
        ..router
    };
    let page =
        get(&Example::new(vec![held(snapshot("ra", &[])), held(unreachable("rb", &[]))]), "/").await.text;
    let without = "<small>without 1 router</small></span>";
    assert!(page.contains(&format!("<b>3</b> {without}")), "{page}");
    assert!(page.contains(&format!("<b>2</b> <small>of 2</small> {without}")), "{page}");
    let page = get(&Example::new(vec![held(snapshot("ra", &[]))]), "/").await.text;
    assert!(!page.contains("without 1 router"), "{page}");
}
