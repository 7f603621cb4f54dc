//! A simulated router, seen through its wire.

pub(in crate::simulator) mod client;
mod following;
mod operator;
mod signing_in;
mod subscribers;

use super::{Policies, Ros, RouterPlan, SimulatedRouter};
use client::{Client, text, value};
use std::time::Instant;

fn frozen(ros: Ros) -> SimulatedRouter {
    SimulatedRouter::new(RouterPlan { ros, subscribers: 60, frozen: true, ..RouterPlan::default() })
}

async fn check(ros: Ros, words: &[&str], expect: &[&str]) {
    let mut client = Client::signed_in(&frozen(ros)).await;
    assert_eq!(client.ask(words).await, expect, "{ros} {words:?}");
}

#[tokio::test]
async fn a_proplist_selects_columns_and_rows_may_be_empty() {
    check(Ros::V7_21, &["/system/identity/print", "=.proplist=name"], &["!re =name=sim1", "!done"]).await;
    check(Ros::V7_21, &["/system/identity/print", "=.proplist=comment,.id"], &["!re", "!done"]).await;
    let ports = ["/interface/print", "=.proplist=.id,name", "?type=ether", ".tag=5"];
    let rows = [
        "!re .tag=5 =.id=*1 =name=sfp-sfpplus1",
        "!re .tag=5 =.id=*2 =name=sfp-sfpplus2",
        "!re .tag=5 =.id=*3 =name=ether1",
        "!re .tag=5 =.id=*4 =name=ether2",
        "!re .tag=5 =.id=*5 =name=ether3",
        "!re .tag=5 =.id=*6 =name=ether4",
        "!done .tag=5",
    ];
    check(Ros::V7_21, &ports, &rows).await;
}

#[tokio::test]
async fn an_empty_reply_says_so_from_7_18_on() {
    let nobody = ["/interface/print", "?name=nobody", ".tag=3"];
    check(Ros::V7_21, &nobody, &["!empty .tag=3", "!done .tag=3"]).await;
    check(Ros::V7_14, &nobody, &["!done .tag=3"]).await;
    check(Ros::V6_49, &nobody, &["!done .tag=3"]).await;
}

#[tokio::test]
async fn rows_are_counted_instead_of_sent() {
    check(Ros::V7_21, &["/interface/print", "=count-only=", "?type=ether"], &["!done =ret=6"]).await;
    check(
        Ros::V7_21,
        &["/interface/print", "=count-only=", "?type=vlan", "?type=ether", "?#|"],
        &["!done =ret=9"],
    )
    .await;
}

#[tokio::test]
async fn one_item_is_got_by_its_id() {
    check(Ros::V7_21, &["/interface/get", "=.id=*3", "=value-name=name"], &["!done =ret=ether1"]).await;
    check(Ros::V7_21, &["/system/identity/get", "=value-name=name"], &["!done =ret=sim1"]).await;
    check(
        Ros::V7_21,
        &["/interface/get", "=.id=*999", "=value-name=name"],
        &["!trap =category=0 =message=no such item", "!done"],
    )
    .await;
}

#[tokio::test]
async fn what_does_not_exist_or_would_write_is_refused() {
    check(
        Ros::V7_21,
        &["/interface/lte/print"],
        &["!trap =category=0 =message=no such command prefix", "!done"],
    )
    .await;
    check(
        Ros::V7_21,
        &["/interface/frob", ".tag=1"],
        &["!trap .tag=1 =category=0 =message=no such command", "!done .tag=1"],
    )
    .await;
    check(Ros::V7_21, &["/system/identity/listen"], &["!trap =category=0 =message=no such command", "!done"])
        .await;
    for write in ["/ppp/active/remove", "/ppp/secret/set", "/interface/disable", "/queue/simple/add"] {
        check(Ros::V7_21, &[write, "=.id=*1"], &["!trap =message=not enough permissions (9)", "!done"]).await;
    }
}

#[tokio::test]
async fn a_user_without_the_policy_read_sees_nothing() {
    let policies = Policies { read: false, ..Policies::default() };
    let router = SimulatedRouter::new(RouterPlan { policies, frozen: true, ..RouterPlan::default() });
    let mut client = Client::signed_in(&router).await;
    for verb in ["print", "listen", "get", "monitor-traffic", "ethernet/monitor"] {
        let reply = client.ask(&[&format!("/interface/{verb}")]).await;
        assert_eq!(reply, ["!trap =message=not enough permissions (9)", "!done"], "{verb}");
    }
}

#[tokio::test]
async fn passwords_are_shown_only_with_the_policy_sensitive() {
    for sensitive in [false, true] {
        let policies = Policies { sensitive, ..Policies::default() };
        let router = SimulatedRouter::new(RouterPlan { policies, frozen: true, ..RouterPlan::default() });
        let mut client = Client::signed_in(&router).await;
        let rows = client.rows(&["/ppp/secret/print"]).await;
        assert_eq!(value(&rows[0], "password").is_some(), sensitive);
        let asked = client.rows(&["/ppp/secret/print", "=.proplist=password", "?password"]).await;
        assert_eq!(1 < asked.len() && value(&asked[0], "password").is_some(), sensitive);
    }
}

#[tokio::test]
async fn a_frozen_router_answers_the_same_in_every_run() {
    for ros in Ros::ALL {
        let mut answers = Vec::new();
        for _ in 0..2 {
            let router = frozen(ros);
            let mut client = Client::signed_in(&router).await;
            let mut all = Vec::new();
            for menu in router.menus() {
                all.push(client.rows(&[&format!("{menu}/print")]).await);
            }
            answers.push(all);
        }
        assert!(answers[0] == answers[1], "{ros}");
    }
}

#[tokio::test]
async fn each_version_has_its_shapes() {
    for (ros, health, date) in [
        (Ros::V6_49, "voltage", "jan/02/2026"),
        (Ros::V7_14, "value", "2026-01-02"),
        (Ros::V7_21, "value", "2026-01-02"),
    ] {
        let mut client = Client::signed_in(&frozen(ros)).await;
        let resource = client.rows(&["/system/resource/print"]).await;
        assert_eq!(text(&resource[0], "version"), ros.version());
        assert_eq!(text(&resource[0], "uptime"), "5w2d5h20m34s");
        assert_eq!(value(&resource[0], ".id"), None);
        let rows = client.rows(&["/system/health/print"]).await;
        assert!(value(&rows[0], health).is_some(), "{ros} has {health}");
        assert_eq!(2 < rows.len(), ros.is_7());
        let clock = client.rows(&["/system/clock/print"]).await;
        assert_eq!(text(&clock[0], "date"), date);
    }
}

#[tokio::test]
async fn a_large_reply_loses_no_row_and_lets_others_pass() {
    let plan = RouterPlan { subscribers: 5000, online: 1.0, frozen: true, ..RouterPlan::default() };
    let router = SimulatedRouter::new(plan);
    let mut client = Client::signed_in(&router).await;
    client.send(&["/interface/print", ".tag=long"]).await;
    client.send(&["/system/identity/print", ".tag=short"]).await;
    let (mut rows, mut short_came_after) = (0, None);
    loop {
        let sentence = client.hear().await;
        match sentence.as_str() {
            "!done .tag=long" => break,
            "!done .tag=short" => short_came_after = Some(rows),
            _ => rows += usize::from(sentence.starts_with("!re .tag=long")),
        }
    }
    assert_eq!(rows, router.session_count() + 10);
    assert!(short_came_after.is_some_and(|after| after < rows / 2), "{short_came_after:?} of {rows}");
}

#[tokio::test]
async fn many_subscribers_are_made_fast_and_stay_small() {
    let before = resident();
    let start = Instant::now();
    let router =
        SimulatedRouter::new(RouterPlan { subscribers: 50_000, online: 1.0, ..RouterPlan::default() });
    let took = start.elapsed();
    assert!(45_000 < router.session_count(), "{}", router.session_count());
    // Two cores are shared with other tests; alone it takes a tenth of this.
    assert!(took.as_secs() < 5, "{took:?}");
    let grown = resident().saturating_sub(before);
    assert!(grown < 150 << 20, "{} MB", grown >> 20);
}

/// The memory that this process takes, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
