//! What pages show after each action, as a browser without scripts gets them.

use super::*;
use tikwatch::domain::action::ACTIONS;

/// What is to be seen on a page once something was done.
enum Look<'l> {
    /// In a cell of the row that is called so: its mark, and what is in it then.
    Cell(&'l str, &'static str, &'l str),
    /// In a part of the page: its mark, and what is in it then.
    Part(&'static str, &'l str),
    /// No row that is called so, in a list that can be had.
    NoRow(&'l str),
    /// No such page.
    NoPage,
}

use Look::{Cell, NoPage, NoRow, Part};

/// The row that is called so, in the list that is shown without scripts.
fn row<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let (rows, _) = page.split_once("<tbody id=\"rows\">")?.1.split_once("</tbody>")?;
    rows.split("<tr ").find(|row| row.contains(&format!(">{name}</bdi>")))
}

/// What stands between a mark and the end of what it is in.
fn within<'p>(page: &'p str, mark: &str, end: &str) -> Option<&'p str> {
    Some(page.split_once(mark)?.1.split_once(end)?.0)
}

impl Look<'_> {
    fn is_shown(&self, answer: &Answer) -> bool {
        let page = answer.text();
        match self {
            NoPage => answer.status == 404,
            _ if answer.status != 200 => false,
            Cell(name, mark, text) => {
                let cell = row(&page, name).and_then(|row| within(row, mark, "</td>"));
                cell.is_some_and(|cell| cell.contains(text))
            }
            Part(mark, text) => within(&page, mark, "</section>").is_some_and(|part| part.contains(text)),
            NoRow(name) => page.contains("<tbody id=\"rows\">") && row(&page, name).is_none(),
        }
    }
}

const STATE: &str = "class=\"c-state\"";
const HEAD: &str = "data-live=\"head\"";
const FACTS: &str = "data-live=\"facts\"";
/// Of tables that have no classes of their own.
const VOUCHER: &str = "data-label=\"State\"";
const DYNAMIC: &str = "data-label=\"Dynamic\"";

/// Has something done, and waits until all its pages show what shall be seen there, which they did not before.
async fn check(house: &House, action: Value, looks: &[(&str, Look<'_>)]) -> String {
    for (path, look) in looks {
        let before = house.admin.get(path).await.unwrap();
        assert!(!look.is_shown(&before), "{action}: {path} shows that before: {}", before.text());
    }
    let word = action["action"].as_str().unwrap().to_owned();
    let job = house.act(action).await;
    assert_eq!(job["steps"][0]["state"], "done", "{job}");
    for (path, look) in looks {
        let start = Instant::now();
        loop {
            let now = house.admin.get(path).await.unwrap();
            if look.is_shown(&now) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "{word}: {path} does not show it: {}", now.text());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    word
}

fn action(word: &str, name: &str) -> Value {
    json!({ "router": "r1", "action": word, "name": name })
}

fn with(word: &str, name: &str, more: &Value) -> Value {
    let mut action = action(word, name);
    for (key, value) in more.as_object().unwrap() {
        action[key] = value.clone();
    }
    action
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_action_the_pages_show_what_became_of_it() {
    let house = House::new(200).await;
    let who = house.plain(1).await.remove(0);
    let who = who.as_str();
    let (list, one) = (&*format!("/subscribers?q={who}"), &*format!("/subscribers/r1/{who}"));
    let profile = house.json(&format!("/api/v1{one}")).await["subscriber"]["profile"].clone();
    let other = if profile == "home-10M" { "home-30M" } else { "home-10M" };
    let (new_list, new_one) = ("/subscribers?q=brandnew", "/subscribers/r1/brandnew");
    let account = json!({ "password": "canary-account-9Kq", "profile": "home-10M", "comment": "just made" });
    let off = "badge-small disabled\">";
    let mut done = vec![
        check(
            &house,
            with("set_comment", who, &json!({ "comment": "moved to 7" })),
            &[(list, Cell(who, "class=\"c-comment\"", ">moved to 7<")), (one, Part(FACTS, ">moved to 7<"))],
        )
        .await,
        check(
            &house,
            with("set_profile", who, &json!({ "profile": other })),
            &[(list, Cell(who, "class=\"c-profile\"", other)), (one, Part(FACTS, other))],
        )
        .await,
        // The session goes on.
        check(
            &house,
            action("disable_account", who),
            &[(list, Cell(who, STATE, off)), (one, Part(HEAD, ">Disabled</span>"))],
        )
        .await,
        check(
            &house,
            action("disconnect_session", who),
            &[(list, Cell(who, STATE, "st-disabled")), (one, Part(HEAD, "st-disabled"))],
        )
        .await,
        // The equipment, which was kept out, dials again.
        check(
            &house,
            action("enable_account", who),
            &[(list, Cell(who, STATE, "st-online")), (one, Part(HEAD, "st-online"))],
        )
        .await,
        check(
            &house,
            with("add_account", "brandnew", &account),
            &[
                (new_list, Cell("brandnew", STATE, "st-offline")),
                (new_list, Cell("brandnew", "class=\"c-comment\"", ">just made<")),
                (new_one, Part(HEAD, "st-offline")),
                (new_one, Part(FACTS, ">just made<")),
            ],
        )
        .await,
        check(
            &house,
            action("remove_account", "brandnew"),
            &[(new_list, NoRow("brandnew")), (new_one, NoPage)],
        )
        .await,
    ];
    done.extend(guests_and_leases(&house).await);
    done.sort();
    let mut all = ACTIONS.map(|(word, ..)| word);
    all.sort_unstable();
    assert_eq!(done, all, "each action once");
}

async fn guests_and_leases(house: &House) -> Vec<String> {
    let guests = house.json("/api/v1/hotspot?limit=1000").await;
    let mut guests = guests["hotspot"].as_array().unwrap().iter().map(|row| row["user"].as_str().unwrap());
    let guest = guests.find(|user| user.starts_with("voucher")).unwrap();
    let leases = house.json("/api/v1/leases?limit=1000").await;
    let mut leases = leases["leases"].as_array().unwrap().iter();
    let lease = leases.find(|row| row["dynamic"] == true).unwrap()["address"].as_str().unwrap();
    let voucher = "v-shown";
    let users = "/hotspot/users?q=v-shown";
    let new = json!({ "profile": "default", "limit_uptime": 3600, "comment": "a week" });
    vec![
        check(
            house,
            action("remove_hotspot_session", guest),
            &[(&format!("/hotspot?q={guest}"), NoRow(guest))],
        )
        .await,
        check(
            house,
            with("add_hotspot_user", voucher, &new),
            &[
                (users, Cell(voucher, VOUCHER, "st-valid")),
                (users, Cell(voucher, "data-label=\"Comment\"", ">a week<")),
            ],
        )
        .await,
        check(
            house,
            action("disable_hotspot_user", voucher),
            &[(users, Cell(voucher, VOUCHER, "st-disabled"))],
        )
        .await,
        check(house, action("enable_hotspot_user", voucher), &[(users, Cell(voucher, VOUCHER, "st-valid"))])
            .await,
        check(house, action("remove_hotspot_user", voucher), &[(users, NoRow(voucher))]).await,
        check(
            house,
            action("make_lease_static", lease),
            &[(&format!("/dhcp?q={lease}"), Cell(lease, DYNAMIC, ">No<"))],
        )
        .await,
    ]
}
