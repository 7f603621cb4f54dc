//! Routers that come and go while others end, and a mistake in the middle of that.

use super::*;
use crate::settings::{Environment, Settings};

/// A fleet that nobody started yet, and what its settings say; routers are by name and port.
fn fleet() -> (Fleet, watch::Receiver<Arc<[RouterView]>>, Arc<AtomicU64>) {
    let (changes, _) = broadcast::channel(10);
    let (_feed, entries) = mpsc::channel(10);
    let (log, _) = LogBook::open(entries, &Arc::default());
    let mistakes = Arc::default();
    let (fleet, views) = Fleet::new(vec![Arbiter::current()], Feeds { changes, log }, &mistakes);
    (fleet, views, mistakes)
}

fn wanted(routers: &[(&str, u16)]) -> Arrange {
    let router = |(name, port): &(&str, u16)| serde_json::json!({ "name": name, "host": "192.0.2.1", "port": port, "username": "u" });
    let settings = serde_json::json!({ "routers": routers.iter().map(router).collect::<Vec<_>>() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    std::fs::write(&path, settings.to_string()).unwrap();
    let routers = Settings::load(&path, true, &Environment::default()).unwrap().routers;
    Arrange { routers, taps: Taps::default() }
}

/// The routers that are watched, with their addresses; those with a crew have an asterisk.
fn told(fleet: &Fleet) -> Vec<String> {
    let mark = |ship: &Ship| if ship.crew.is_some() { "*" } else { "" };
    let told = |ship: &Ship| format!("{}:{}{}", ship.view.name, ship.view.address, mark(ship));
    fleet.ships.iter().map(told).map(|told| told.replace("192.0.2.1:", "")).collect()
}

#[actix::test]
async fn a_router_that_is_back_at_once_waits_for_the_crew_before() {
    let (mut fleet, _views, _) = fleet();
    let is_built = |fleet: &mut Fleet| {
        fleet.build(clock::instant());
        fleet.ships[0].crew.is_some()
    };
    fleet.arrange(wanted(&[("a", 1)]));
    assert!(is_built(&mut fleet));
    fleet.arrange(wanted(&[]));
    fleet.arrange(wanted(&[("a", 1)]));
    assert!(!is_built(&mut fleet), "its crew before is to end");
    let (name, crew) = fleet.depart().pop().unwrap();
    assert!(!is_built(&mut fleet), "its crew before is ending");
    crew.stop().await;
    fleet.has_ended(&name);
    assert!(is_built(&mut fleet));
}

#[actix::test]
async fn a_mistake_while_routers_are_arranged_loses_no_crew_and_all_of_it_is_done_with_the_next_check() {
    for step in ["a", "b", "c", "d"] {
        let (mut fleet, views, mistakes) = fleet();
        fleet.arrange(wanted(&[("a", 1), ("b", 1), ("c", 1)]));
        fleet.build(clock::instant());
        assert_eq!(told(&fleet), ["a:1*", "b:1*", "c:1*"]);
        fleet.fails = Some(Step::Arranging(step.parse().unwrap()));
        // One stays, one is elsewhere, one is gone, one is new, and the order is another.
        let next = if step == "c" { wanted(&[("c", 2)]) } else { wanted(&[("d", 1), ("b", 2), ("a", 1)]) };
        fleet.contained(|fleet| fleet.arrange(next));
        assert_eq!(mistakes.load(Ordering::Relaxed), 1, "{step}");
        let crews = fleet.ships.iter().filter(|ship| ship.crew.is_some()).count() + fleet.leaving.len();
        assert_eq!(crews, 3, "{step}: {:?}", told(&fleet));
        let names = |fleet: &Fleet| fleet.ships.iter().map(|ship| ship.view.name.clone()).collect::<Vec<_>>();
        let shown = || views.borrow().iter().map(|view| view.name.clone()).collect::<Vec<_>>();
        assert_eq!(shown(), names(&fleet), "{step}");
        for name in ["a", "b", "c"] {
            assert!(names(&fleet).contains(&name.parse().unwrap()), "{step}: {name} is watched on");
        }
        fleet.contained(Fleet::check);
        let expect: &[&str] = if step == "c" { &["c:2"] } else { &["d:1*", "b:2", "a:1*"] };
        assert_eq!(fleet.leaving.len(), if step == "c" { 3 } else { 2 }, "{step}");
        // Who is new is built with the next check, and who moved waits until the crew before has ended.
        fleet.contained(Fleet::check);
        assert_eq!(told(&fleet), expect, "{step}");
        assert_eq!(shown(), names(&fleet), "{step}");
        assert_eq!(mistakes.load(Ordering::Relaxed), 1, "{step}");
    }
}
