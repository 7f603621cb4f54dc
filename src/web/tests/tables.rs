//! The pages that are one table.

use super::{get, network, shown, table};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::example::{Made, now, snapshot, unreachable};
use crate::domain::id::ItemId;
use crate::domain::interface::InterfaceFacts;
use crate::domain::snapshot::{Snapshot, Table, TableState};
use crate::state::example::Example;
use std::sync::Arc;

#[actix_web::test]
async fn a_table_that_cannot_be_had_says_why() {
    let check = async |state: TableState, path: &str, text: &str| {
        let example = network();
        example.snapshots[0].send_modify(|snapshot| {
            let first = Arc::make_mut(snapshot);
            first.hotspot_active = Table { rows: Arc::default(), at: None, state };
        });
        let page = get(&example, path).await.text;
        assert!(page.contains(text), "{path}: {text}");
    };
    check(TableState::Forbidden, "/hotspot", "it needs the policy “read”").await;
    check(TableState::Absent, "/hotspot", "has no such menu").await;
    check(TableState::Failed("x".into()), "/hotspot", "the last rows stay").await;
    check(TableState::Waiting, "/hotspot", "was not asked for this yet").await;
    check(
        TableState::Fresh,
        "/hotspot",
        "<strong><bdi dir=\"ltr\">ccr2</bdi></strong> <span>was never read yet",
    )
    .await;
    check(TableState::Fresh, "/hotspot", "Nothing here yet.").await;
    check(TableState::Fresh, "/queues?q=nothing-of-this-name", "Nothing matches this search.").await;
}

#[actix_web::test]
async fn dynamic_interfaces_are_shown_where_they_are_asked_for() {
    let example = network();
    example.snapshots[0].send_modify(|snapshot| {
        Arc::make_mut(snapshot).interfaces = table(|n| InterfaceFacts {
            id: ItemId::read(format!("*{n:X}").as_bytes()),
            name: format!("port-{n}").as_str().into(),
            dynamic: n == 3,
            ..InterfaceFacts::default()
        });
    });
    let usual = get(&example, "/interfaces").await.text;
    assert!(usual.contains("port-2") && !usual.contains("port-3"));
    let dynamic = get(&example, "/interfaces?state=dynamic").await.text;
    assert!(dynamic.contains("port-3") && !dynamic.contains("port-2"));
    let note = "<p class=\"quiet\" id=\"dynamic-note\">Interfaces of PPPoE sessions are shown with their subscribers.";
    assert!(dynamic.contains(note) && !usual.contains(note), "{dynamic}");
    let all = get(&example, "/interfaces?state=all").await.text;
    assert!(all.contains("port-3") && all.contains("port-2"));
}

#[actix_web::test]
async fn of_a_long_table_only_the_first_rows_are_in_the_page() {
    let example = network();
    example.snapshots[0].send_modify(|snapshot| {
        let lease = |n: u64| Lease {
            id: ItemId::read(format!("*{n:X}").as_bytes()),
            address: format!("10.0.{}.{}", n / 250, n % 250).as_str().into(),
            ..Lease::default()
        };
        let rows = (0..10_000).map(lease).collect();
        Arc::make_mut(snapshot).leases =
            Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh };
    });
    let page = get(&example, "/dhcp?sort=-address").await.text;
    assert_eq!(page.matches("<tr data-key=").count(), 50, "only what fits is in the page");
    assert!(page.contains("1 to 50 of 10,000") && page.contains("10.0.39.249"));
}

#[actix_web::test]
async fn the_page_of_routers_says_what_is_wrong_and_what_to_do() {
    let page = get(&network(), "/routers").await.text;
    assert!(page.contains("cannot reach the router at ccr2") && page.contains("check the cable"), "{page}");
    assert!(page.contains("<meter") && page.contains("17 %"), "the load has a bar");
}

/// A router that answers, one that was lost, and one that was never reached.
fn three() -> Example {
    let people = [Made::online("zoe", 1.0, 1.0)];
    let ports = table(|n| InterfaceFacts {
        id: ItemId::read(format!("*{n:X}").as_bytes()),
        name: "port".into(),
        running: true,
        ..InterfaceFacts::default()
    });
    let live = Snapshot { interfaces: ports.clone(), ..snapshot("ra", &people) };
    let lost = Snapshot { interfaces: ports, ..unreachable("rb", &people) };
    let never = Snapshot { traffic_at: None, ..unreachable("rc", &[]) };
    Example::new(vec![live, lost, never])
}

#[actix_web::test]
async fn of_a_router_that_was_never_read_nothing_is_called_old() {
    let example = three();
    let page = shown(&example, "/interfaces").await;
    let note = |router: &str, text: &str| {
        let note = page.split(&format!("<bdi dir=\"ltr\">{router}</bdi></strong>")).nth(1).unwrap();
        note.split("</li>").next().unwrap().contains(text)
    };
    assert!(note("rb", "cannot be reached; what is shown of it is old.") && !note("rb", "never"), "{page}");
    assert!(note("rc", "was never read yet") && !note("rc", "is old"), "{page}");
    for router in ["rb", "rc"] {
        let cause = format!("cannot reach the router at {router}");
        assert!(note(router, &cause) && note(router, "check the cable"), "{page}");
        assert!(note(router, "s ago</time>") && note(router, "Next try in "), "{page}");
    }
    let alone = shown(&example, "/interfaces?router=rc").await;
    assert!(alone.contains("was never read yet") && alone.contains("Nothing here yet."), "{alone}");
    assert!(!alone.contains("Nothing matches this search."), "nothing was there to be searched");
}

#[actix_web::test]
async fn subscribers_of_a_router_that_cannot_be_asked_come_with_the_reason() {
    let example = three();
    let all = shown(&example, "/subscribers").await;
    assert!(all.contains("cannot be reached; what is shown of it is old.") && all.contains("zoe"), "{all}");
    assert!(all.contains("at rb</span> (<time") || all.contains("at rb</bdi> (<time"), "since when: {all}");
    assert!(all.contains("was never read yet") && all.contains("Next try in "), "{all}");
    let never = shown(&example, "/subscribers?router=rc").await;
    assert!(never.contains("was never read yet") && !never.contains("what is shown of it is old"), "{never}");
    assert!(never.contains("No subscribers yet.") && !never.contains("No subscriber matches"), "{never}");
    let live = shown(&example, "/subscribers?router=ra").await;
    assert!(live.contains("id=\"notes\" data-live=\"notes\" hidden"), "{live}");
}

#[actix_web::test]
async fn no_interface_is_called_running_while_its_router_cannot_be_asked() {
    let example = three();
    let live = shown(&example, "/interfaces?router=ra").await;
    assert!(live.contains("<tr data-key=") && live.contains("class=\"st st-running\""), "{live}");
    let lost = shown(&example, "/interfaces?router=rb").await;
    let rows = lost.split("<tbody id=\"rows\">").nth(1).unwrap().split("</tbody>").next().unwrap();
    assert!(rows.contains("st-unknown") && !rows.contains("st-running"), "{rows}");
    assert!(lost.contains("<span>Running</span> <b>0</b>"), "{lost}");
    assert!(lost.contains("<span>Unknown</span> <b>7</b>"), "{lost}");
}

#[actix_web::test]
async fn a_pool_that_is_hardly_used_is_not_called_unused() {
    let pool = |used: Option<u64>| {
        let rows = vec![Pool { name: "people".into(), total: Some(1_000), used, ..Pool::default() }];
        Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh }
    };
    let page = |used: Option<u64>| async move {
        shown(&Example::new(vec![Snapshot { pools: pool(used), ..snapshot("ra", &[]) }]), "/dhcp/pools").await
    };
    assert!(page(Some(3)).await.contains("&lt; 1 %"));
    assert!(page(Some(0)).await.contains("0 %"));
    let untold = page(None).await;
    assert!(untold.contains("does not tell how many addresses of its pools are given out"), "{untold}");
    assert!(!page(Some(0)).await.contains("does not tell how many"));
}

#[actix_web::test]
async fn a_router_is_found_by_its_address_and_what_it_has_is_not() {
    let example = three();
    let found = shown(&example, "/routers?q=127.0.0.1").await;
    assert_eq!(found.matches("<tr data-key=").count(), 3, "{found}");
    let found = shown(&example, "/interfaces?q=127.0.0.1").await;
    assert_eq!(found.matches("<tr data-key=").count(), 0, "{found}");
}

#[actix_web::test]
async fn a_list_in_which_nothing_is_found_names_what_was_wanted() {
    let example = three();
    let wanted = async |path: &str| {
        let page = shown(&example, path).await;
        let wanted = page.split("id=\"wanted\"").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
        (wanted, page.contains("Clear search and filters"))
    };
    let badge = |text: &str| format!("<bdi class=\"badge-small\" dir=\"auto\">{text}</bdi>");
    let state = "<bdi class=\"badge-small\">Offline</bdi>";
    let (found, offers) = wanted("/subscribers?state=offline&router=ra&q=%3Cb%3Ezoe").await;
    assert_eq!(found, format!(">{state}{}{}", badge("&lt;b&gt;zoe"), badge("ra")));
    assert!(offers);
    let (found, _) = wanted("/interfaces?q=none%E2%80%AE&state=no_link").await;
    assert_eq!(found, format!("><bdi class=\"badge-small\">No link</bdi>{}", badge("none\\u{202e}")));
    assert!(wanted("/subscribers?router=rc").await.0.starts_with(" hidden>"), "it was never read");
}
