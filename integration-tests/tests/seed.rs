//! The seed's promises: one test for each line of its Features, Usage and API sections, named after the line.
//!
//! Its defects are tests of ours, too:
//!
//! | defect | test |
//! | --- | --- |
//! | no sign-in, anybody may ask from anywhere | `access/matrix.rs` `every_route_lets_those_in_who_may_and_nobody_else`, `access/csrf.rs`, `access/headers.rs` |
//! | passwords in answers and in error texts | `canaries.rs` `no_secret_is_anywhere_but_where_it_must_be` |
//! | scripts in names of subscribers, groups and routers | `browser_hostile.rs`, `browser_groups.rs` |
//! | a router's id is a path, and deletes any folder | `defects::no_name_is_a_path` here, `traversal.rs`, `domain/router.rs` `names_fit_into_urls_and_labels` |
//! | rates are worked out in the browser, and wrong with ten of them | bench `service rates`; `live.rs` `a_router_that_boots_again_gives_gaps_and_no_spikes`; `domain/rates.rs` |
//! | paging or sorting disturbs rates | `defects::rates_are_the_same_whoever_asks_and_in_whatever_order` here |
//! | identity, resources, hotspot and leases are always empty (D5) | `features_*` here |
//! | TLS never connects (D1) | `troubles.rs`, `routeros/stream/tests.rs` `a_pinned_certificate_connects` |
//! | the server's rates are always 0 (D2) | `features_pppoe_interfaces_with_detailed_traffic` here |
//! | `!empty` of 7.18 breaks empty tables (D7) | `routeros/session/tests.rs` `an_empty_reply_is_said_to_be_empty_since_7_18`; `simulator/tests.rs` |
//! | whom RADIUS lets in has no name, and Offline is negative (D6) | `defects::whom_radius_lets_in_is_a_subscriber` here |
//! | search sees one page, `All` means 20 (D13) | `defects::search_and_lists_see_all_rows` here |
//! | uptime and address do not sort, `1w2d3h` is 0 (D14) | `domain/find/tests.rs` `addresses_are_ordered_as_numbers`, `domain/units.rs` `durations_of_every_notation_are_read`; `defects::uptimes_are_in_order` here |
//! | rules of groups hold in the browser only; of forty made at once one is left (C6) | `groups.rs` `forty_groups_made_at_once_are_forty`, `groups/crashes.rs` |
//! | a damaged file is replaced by an empty one (C7) | `damaged.rs` |
//! | two sign-ins a request, never closed (C1); word by word (C2) | `politeness.rs` `ten_browsers_ask_a_router_nothing`, `a_connection_signs_in_once_also_after_an_outage`; its witness lets no part of a sentence pass |
//! | with 10,000 sessions and ten browsers nothing is ever finished | bench `service tables` |

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "seed/api.rs"]
mod api;
#[path = "seed/defects.rs"]
mod defects;
#[path = "seed/features.rs"]
mod features;
#[path = "seed/kept.rs"]
mod kept;
#[path = "seed/reliability.rs"]
mod reliability;
#[path = "seed/usage.rs"]
mod usage;

use integration_tests::isp::{Router, calm};
use integration_tests::service::{PATIENCE, Service, csrf_of, online};
use integration_tests::visitor::{Answer, By, Sent, Visitor};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tikwatch::simulator::{Ros, RouterPlan};
use tokio::runtime::Runtime;

/// What the router `locked` really asks for; the settings have another one.
const RIGHT: &str = "canary-right-password";

/// A service that watches routers of two generations, two that ask for another password (one of them gets it in a test),
/// and one that is not there.
struct World {
    way_in: By,
    service: Service,
    routers: Vec<Router>,
    runtime: Option<Runtime>,
}

/// The same as one test sees it: as the admin, from an address of its own, so that none uses up another's budget.
struct House {
    admin: Visitor,
    world: Arc<World>,
}

impl Deref for House {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl World {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let (way_in, service, routers) = runtime.block_on(async {
            let plan = |ros, seed| RouterPlan { ros, seed, ..calm(90) };
            let locked = ("monitor".to_owned(), SecretString::from(RIGHT));
            let routers = vec![
                Router::start(plan(Ros::V7_21, 1)).await.unwrap(),
                Router::start(plan(Ros::V6_49, 2)).await.unwrap(),
                Router::start(RouterPlan { user: Some(locked.clone()), ..plan(Ros::V7_14, 3) })
                    .await
                    .unwrap(),
                Router::start(RouterPlan { user: Some(locked), ..plan(Ros::V7_14, 4) }).await.unwrap(),
            ];
            let settings = |name: &str, port: u16| {
                json!({ "name": name, "host": "127.0.0.1", "port": port, "username": "monitor",
                    "password": "canary-some-password", "poll_seconds": 1 })
            };
            let mut list: Vec<Value> = ["r1", "r2", "locked", "forgotten"]
                .iter()
                .zip(&routers)
                .map(|(name, router)| settings(name, router.address.port()))
                .collect();
            list.push(settings("gone", integration_tests::free_port().unwrap()));
            let service =
                Service::start(&json!({ "routers": list, "allow_loopback_routers": true }), &[]).unwrap();
            service.wait_for("/api/pppoe_interfaces", |answer| 100 < online(answer)).await.unwrap();
            let (name, value) = service.cookie.clone();
            let csrf = csrf_of(&service, &value).await.unwrap();
            (By::Cookie { name, value, csrf }, service, routers)
        });
        Self { way_in, service, routers, runtime: Some(runtime) }
    }
}

impl House {
    async fn get(&self, path: &str) -> Answer {
        self.admin.get(path).await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.text()
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json().unwrap()
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.admin.send(method, path, Sent::Json(body)).await.unwrap()
    }

    /// Has a connection tested, once nobody else has: one at a time is tested for the same person.
    async fn test(&self, path: &str, body: &Value) -> Answer {
        let testing = async {
            loop {
                let answer = self.send("POST", path, body).await;
                if ![409, 429].contains(&answer.status) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, testing).await.unwrap_or_else(|_| panic!("{path} never tested it"))
    }

    /// Asks until the answer is as wanted.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let asking = async {
            loop {
                last = self.json(path).await;
                if wanted(&last) {
                    return last.clone();
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, asking).await;
        found.unwrap_or_else(|_| panic!("{path} never answered as wanted"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What all tests that run at this time share: the last one closes it.
static WORLD: Mutex<Weak<World>> = Mutex::new(Weak::new());

/// Shows one line of the seed in the house.
fn show(line: impl AsyncFnOnce(&House)) {
    let world = {
        let mut open = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
        open.upgrade().unwrap_or_else(|| {
            let world = Arc::new(World::open());
            *open = Arc::downgrade(&world);
            world
        })
    };
    let admin = Visitor::new(&world.service.url, None).unwrap().by(world.way_in.clone());
    let house = House { admin, world };
    // Each line has a runtime of its own, and its connections end with it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(line(&house));
}

/// The rows of a list.
fn rows<'a>(answer: &'a Value, list: &str) -> &'a [Value] {
    answer[list].as_array().map_or(&[], Vec::as_slice)
}

/// The one of them that has this in a column.
fn row<'a>(rows: &'a [Value], column: &str, value: &str) -> &'a Value {
    rows.iter().find(|row| row[column] == value).unwrap_or_else(|| panic!("no {column} {value} in {rows:?}"))
}
