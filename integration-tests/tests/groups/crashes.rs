//! The program is killed, again and again, while many change groups: what was acknowledged is there.

use super::{House, get, make, members, put};
use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::Visitor;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tikwatch::access::{Keys, People, Vault};
use tikwatch::store::Store;
use tokio::sync::watch;

const CLIENTS: usize = 20;
const GROUPS: usize = 10;
const KILLS: usize = 30;
/// Changes that are acknowledged between two kills, at least: it is killed while there are more on their way.
const BETWEEN: u64 = 20;
/// How many members each group may have.
const MAXIMUM: usize = 2;
/// How the names begin that all groups would like to have.
const CONTESTED: &str = "Wanted-";

/// A group as one client knows it: it alone changes it.
struct Known {
    id: String,
    name: String,
    version: u64,
    acknowledged: u64,
    attempted: u64,
}

/// Changes its groups one after the other until the service is gone; counts what was acknowledged.
async fn change(visitor: Visitor, mut groups: Vec<Known>, count: watch::Sender<u64>) -> Vec<Known> {
    loop {
        for at in 0..groups.len() {
            let group = &mut groups[at];
            group.attempted += 1;
            let step = group.attempted;
            // All of them want the same few subscribers, of whom each can be in one group, and the same few names.
            let wanted = format!("contested-{}", step % 7);
            let wanted_name = format!("{CONTESTED}{}", step % 3);
            let body = |name: &str, names: &[&str]| {
                json!({ "version": group.version, "router": "r1", "name": name, "description": step.to_string(),
                    "maximum": MAXIMUM, "members": members(names) })
            };
            let path = format!("/api/v1/groups/{}", group.id);
            let too_many = body(&group.name, &[&group.name, &wanted, "one-too-many"]);
            for (body, is_allowed) in [
                (too_many, false),
                (body(&wanted_name, &[&group.name, &wanted]), true),
                (body(&group.name, &[&group.name, &wanted]), true),
                (body(&group.name, &[&group.name]), true),
            ] {
                let Ok(answer) =
                    visitor.send("PUT", &path, integration_tests::visitor::Sent::Json(&body)).await
                else {
                    return groups;
                };
                match answer.status {
                    200 => {
                        assert!(is_allowed, "more than the maximum: {body}");
                        group.version = answer.json().unwrap()["group"]["version"].as_u64().unwrap();
                        group.acknowledged = step;
                        count.send_modify(|count| *count += 1);
                        break;
                    }
                    // Somebody else has the name or the subscriber, or it would be too many.
                    422 => {}
                    429 => tokio::time::sleep(Duration::from_millis(50)).await,
                    other => panic!("{other}: {}", answer.text()),
                }
            }
        }
    }
}

/// Looks at what is there after a start, and holds it against what was acknowledged and attempted.
async fn check(visitor: &Visitor, clients: &mut [(Visitor, Vec<Known>)]) {
    let list = get(visitor, "/api/v1/groups").await;
    let rows = list["groups"].as_array().unwrap();
    assert_eq!(rows.len(), CLIENTS * GROUPS);
    let mut names = BTreeSet::new();
    for known in clients.iter_mut().flat_map(|(_, groups)| groups) {
        let row = rows.iter().find(|row| row["id"] == known.id.as_str()).unwrap();
        let step: u64 = row["description"].as_str().unwrap().parse().unwrap();
        assert!(
            (known.acknowledged..=known.attempted).contains(&step),
            "{} has {step}; acknowledged was {}, attempted {}",
            known.name,
            known.acknowledged,
            known.attempted
        );
        let name = row["name"].as_str().unwrap();
        assert!(name == known.name || name.starts_with(CONTESTED), "{name}");
        assert!(names.insert(name.to_lowercase()), "two groups are called {name}");
        (known.acknowledged, known.attempted) = (step, step);
        known.version = row["version"].as_u64().unwrap();
    }
    let export = get(visitor, "/api/v1/groups/export").await;
    let mut seen = BTreeSet::new();
    for group in export["groups"].as_array().unwrap() {
        let members = group["members"].as_array().unwrap();
        assert!(members.len() <= MAXIMUM, "{group}");
        for member in members {
            let name = member["name"].as_str().unwrap().to_owned();
            assert!(seen.insert(name.clone()), "{name} is in two groups");
        }
    }
    assert!(CLIENTS * GROUPS <= seen.len(), "each has its own member");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_groups_survive_thirty_kills_while_twenty_change_them() {
    let house = House::open().await;
    let reader = house.program("reader", "viewer", Value::Null).await;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let visitor = house.program(&format!("c{client}"), "operator", Value::Null).await;
        let mut groups = Vec::new();
        for group in 0..GROUPS {
            let name = format!("g{client}-{group}");
            let body =
                json!({ "router": "r1", "name": name, "description": "0", "members": members(&[&name]) });
            let id = make(&visitor, &body).await["id"].as_str().unwrap().to_owned();
            groups.push(Known { id, name, version: 1, acknowledged: 0, attempted: 0 });
        }
        clients.push((visitor, groups));
    }
    let House { mut fresh, folder, .. } = house;
    let mut total = 0;
    for kill in 0..KILLS {
        let (count, mut counted) = watch::channel(0_u64);
        let at_work: Vec<_> = clients
            .drain(..)
            .map(|(visitor, groups)| {
                let (visitor, count) = (visitor.at(&fresh.url), count.clone());
                (visitor.clone(), tokio::spawn(change(visitor, groups, count)))
            })
            .collect();
        // Never at the same point of a change twice.
        let enough = BETWEEN + kill as u64;
        let waited = tokio::time::timeout(PATIENCE, counted.wait_for(|count| enough <= *count)).await;
        waited.unwrap().unwrap();
        fresh.process.kill().unwrap();
        fresh.process.wait_for_exit(PATIENCE).unwrap();
        for (visitor, work) in at_work {
            clients.push((visitor, work.await.unwrap()));
        }
        total += *counted.borrow();
        fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
        check(&reader.at(&fresh.url), &mut clients).await;
    }
    assert!(KILLS as u64 * BETWEEN <= total, "{total}");
    // And it goes on.
    let (visitor, groups) = &clients[0];
    let body = json!({ "version": groups[0].version, "router": "r1", "name": "after all" });
    let path = format!("/api/v1/groups/{}", groups[0].id);
    assert_eq!(put(&visitor.at(&fresh.url), &path, &body).await.status, 200);
    fresh.stop().unwrap();
    // Each change that was acknowledged is in the audit log, which is whole.
    let home = folder.path();
    let keys = Keys::find(|name| (name == "XDG_CONFIG_HOME").then(|| home.join("config").into())).unwrap();
    let people = People::open(Vault::new(Store::open(&home.join("data")).unwrap(), keys)).unwrap();
    let entries = people.verify_audit().unwrap();
    let all = people.audit_tail(usize::try_from(entries).unwrap()).unwrap();
    // The others are of those who signed in, of tokens, and of groups that were made.
    let changes =
        all.iter().filter(|entry| entry.action == "group.change" && entry.result == "done").count() as u64;
    // And the one change after all kills.
    assert!(total < changes, "{changes} changes in the log, {total} were acknowledged");
    let most = total + 1 + (KILLS * CLIENTS) as u64;
    assert!(changes <= most, "{changes} changes in the log, {total} were acknowledged");
}
