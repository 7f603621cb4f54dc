//! Routers that come and go while others end.

use super::*;
use crate::settings::{Environment, Settings};

#[actix::test]
async fn a_router_that_is_back_at_once_waits_for_the_crew_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    std::fs::write(&path, r#"{"routers": [{"name": "a", "host": "192.0.2.1", "username": "u"}]}"#).unwrap();
    let one = Settings::load(&path, true, &Environment::default()).unwrap().routers;
    let (changes, _) = broadcast::channel(10);
    let (_feed, entries) = mpsc::channel(10);
    let (log, _) = LogBook::open(entries);
    let (mut fleet, _views) = Fleet::new(vec![Arbiter::current()], Feeds { changes, log });
    let is_built = |fleet: &mut Fleet| {
        fleet.build(clock::instant());
        fleet.ships[0].crew.is_some()
    };
    fleet.arrange(one.clone(), &Taps::default());
    assert!(is_built(&mut fleet));
    let mut ended = fleet.arrange(Vec::new(), &Taps::default());
    fleet.arrange(one.clone(), &Taps::default());
    assert!(!is_built(&mut fleet), "its crew before is ending");
    let (name, crew) = ended.pop().unwrap();
    crew.stop().await;
    fleet.has_ended(&name);
    assert!(is_built(&mut fleet));
}
