//! Subscribers that come, go, and use what they pay for.

use super::client::{Client, Words, text, value};
use super::frozen;
use crate::simulator::{Ros, RouterPlan, SimulatedRouter};
use std::collections::BTreeSet;
use std::time::Duration;

const ODD: [&[u8]; 4] = [b"<script>alert(1)</script>", b"Jos\xe9", b"tower 3/sector 2", b"<pppoe-trick>"];

fn busy() -> SimulatedRouter {
    let plan = RouterPlan { subscribers: 300, churn_per_minute: 0.1, ..RouterPlan::default() };
    SimulatedRouter::new(plan)
}

async fn column(client: &mut Client, menu: &str, name: &str, query: &[&str]) -> BTreeSet<Vec<u8>> {
    let print = format!("{menu}/print");
    let mut words = vec![print.as_str()];
    words.extend(query);
    client.rows(&words).await.iter().filter_map(|row| value(row, name)).collect()
}

#[tokio::test]
async fn odd_names_are_there_byte_for_byte() {
    let router = frozen(Ros::V7_21);
    let mut client = Client::signed_in(&router).await;
    let names = column(&mut client, "/ppp/active", "name", &[]).await;
    let accounts = column(&mut client, "/ppp/secret", "name", &[]).await;
    for odd in ODD {
        assert!(names.contains(odd) && accounts.contains(odd), "{}", String::from_utf8_lossy(odd));
        let interface = [b"<pppoe-", odd, b">"].concat();
        assert!(router.true_bytes(&interface, std::time::Instant::now()).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn tables_agree_while_sessions_come_and_go() {
    let router = busy();
    let mut client = Client::signed_in(&router).await;
    let before = column(&mut client, "/ppp/active", ".id", &[]).await;
    for _ in 0..5 {
        tokio::time::advance(Duration::from_secs(60)).await;
        let interfaces = column(&mut client, "/interface", "name", &["?type=pppoe-in"]).await;
        let queues = column(&mut client, "/queue/simple", "name", &[]).await;
        let servers = column(&mut client, "/interface/pppoe-server", "name", &[]).await;
        let users = column(&mut client, "/interface/pppoe-server", "user", &[]).await;
        let active = column(&mut client, "/ppp/active", "name", &[]).await;
        assert_eq!(interfaces, queues);
        assert_eq!(interfaces, servers);
        assert_eq!(users, active);
        assert!(200 < active.len() && active.len() <= 300, "{}", active.len());
    }
    let after = column(&mut client, "/ppp/active", ".id", &[]).await;
    assert!(10 < before.difference(&after).count(), "some sessions ended");
    assert!(10 < after.difference(&before).count(), "some sessions began");
}

async fn session(client: &mut Client, name: &str) -> Words {
    let query = format!("?name=<pppoe-{name}>");
    client.rows(&["/interface/print", &query]).await.swap_remove(0)
}

fn counters(row: &Words) -> (u64, u64) {
    (text(row, "rx-byte").parse().unwrap(), text(row, "tx-byte").parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn counters_are_true_and_never_fall() {
    let router = SimulatedRouter::new(RouterPlan { churn_per_minute: 0.0, ..RouterPlan::default() });
    let mut client = Client::signed_in(&router).await;
    let interface = b"<pppoe-joao@fibre.example>";
    let mut last = (0, 0);
    for _ in 0..50 {
        let early = router.true_bytes(interface, tokio::time::Instant::now().into_std()).unwrap();
        let shown = counters(&session(&mut client, "joao@fibre.example").await);
        let late = router.true_bytes(interface, tokio::time::Instant::now().into_std()).unwrap();
        assert!(early.0 <= shown.0 && shown.0 <= late.0, "{early:?} {shown:?} {late:?}");
        assert!(early.1 <= shown.1 && shown.1 <= late.1, "{early:?} {shown:?} {late:?}");
        assert!(last.0 <= shown.0 && last.1 <= shown.1, "{last:?} {shown:?}");
        last = shown;
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    assert!(0 < last.0 && last.0 < last.1, "{last:?}: more is downloaded than uploaded");
}

#[tokio::test(start_paused = true)]
async fn a_new_session_has_a_new_id_and_counts_from_zero() {
    let router = SimulatedRouter::new(RouterPlan { churn_per_minute: 0.0, ..RouterPlan::default() });
    let mut client = Client::signed_in(&router).await;
    let before = session(&mut client, "who?").await;
    assert!(router.redial("who?"));
    let after = session(&mut client, "who?").await;
    assert_ne!(text(&before, ".id"), text(&after, ".id"));
    assert!(text(&after, ".id").starts_with("*F0"));
    assert!(counters(&after) < (100_000, 100_000) && counters(&after) < counters(&before));
    let account = client.rows(&["/ppp/secret/print", "?name=who?"]).await.swap_remove(0);
    assert_eq!(text(&account, "last-disconnect-reason"), "hung-up");
    assert_eq!(text(&account, "last-caller-id").len(), "D0:D0:4B:36:7C:C1".len());
}

#[tokio::test(start_paused = true)]
async fn a_reboot_cuts_connections_and_starts_everything_anew() {
    let router = SimulatedRouter::new(RouterPlan { churn_per_minute: 0.0, ..RouterPlan::default() });
    let sessions = router.session_count();
    let mut client = Client::signed_in(&router).await;
    router.reboot();
    assert_eq!(client.next().await, None);
    let mut client = Client::signed_in(&router).await;
    let resource = client.rows(&["/system/resource/print"]).await;
    assert_eq!(text(&resource[0], "uptime"), "0s");
    assert_eq!(router.session_count(), sessions);
    assert!(counters(&session(&mut client, "who?").await) < (100_000, 100_000));
}

#[tokio::test]
async fn some_subscribers_have_no_account_and_some_two_sessions() {
    let router =
        SimulatedRouter::new(RouterPlan { subscribers: 1000, frozen: true, ..RouterPlan::default() });
    let mut client = Client::signed_in(&router).await;
    let radius = column(&mut client, "/ppp/active", "name", &["?radius=true"]).await;
    let accounts: BTreeSet<_> = router.account_names().into_iter().collect();
    assert!(20 < radius.len() && radius.is_disjoint(&accounts), "{}", radius.len());
    let names: BTreeSet<_> = router.online_names().into_iter().collect();
    let share = names.len();
    assert!((840..920).contains(&share), "{share} of 1000 online");
    let twice = router.session_count() - names.len();
    let second = column(&mut client, "/interface", "name", &[]).await;
    assert_eq!(second.iter().filter(|name| name.ends_with(b"-1>")).count(), twice);
    assert!(5 < twice, "{twice}");
}
