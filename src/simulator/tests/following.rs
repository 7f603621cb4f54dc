//! Listening, cancelling, repeating.

use super::client::{Client, text};
use super::frozen;
use crate::simulator::{Fault, Ros, RouterPlan, SimulatedRouter};
use std::time::Duration;

/// Waits until the router has got this many commands, so that what follows comes after them.
async fn heard(router: &SimulatedRouter, commands: u64) {
    while router.counters().commands < commands {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_listener_hears_sessions_come_and_go() {
    for (ros, dead) in [(Ros::V6_49, "yes"), (Ros::V7_21, "true")] {
        let router = frozen(ros);
        let mut client = Client::signed_in(&router).await;
        client.send(&["/ppp/active/listen", "=.proplist=.id,name,.dead", ".tag=10"]).await;
        heard(&router, 1).await;
        let sessions = router.session_count();
        assert!(router.redial("anna maria"));
        let gone = client.hear().await;
        assert!(gone.starts_with("!re .tag=10 =.id=*"), "{gone}");
        assert!(gone.ends_with(&format!(" =.dead={dead}")), "{gone}");
        assert_eq!(client.hear().await, format!("!re .tag=10 =.id=*{:X} =name=anna maria", sessions + 1));
        client.send(&["/cancel", "=tag=10", ".tag=20"]).await;
        assert_eq!(client.hear().await, "!trap .tag=10 =category=2 =message=interrupted");
        assert_eq!(client.hear().await, "!done .tag=20");
        assert_eq!(client.hear().await, "!done .tag=10");
        assert!(router.redial("anna maria"));
        assert_eq!(client.ask(&["/system/identity/print"]).await, ["!re =name=sim1", "!done"]);
    }
}

#[tokio::test]
async fn a_following_print_shows_what_is_there_first() {
    let router = frozen(Ros::V7_21);
    let mut client = Client::signed_in(&router).await;
    client.send(&["/interface/print", "=follow=", "=.proplist=name", "?name=<pppoe-who?>", ".tag=1"]).await;
    assert_eq!(client.hear().await, "!re .tag=1 =name=<pppoe-who?>");
    assert!(router.redial("who?"));
    assert!(client.hear().await.ends_with("=.dead=true"));
    assert_eq!(client.hear().await, "!re .tag=1 =name=<pppoe-who?>");
}

#[tokio::test]
async fn the_log_is_heard_line_by_line() {
    let router = frozen(Ros::V7_21);
    let mut client = Client::signed_in(&router).await;
    client.send(&["/log/listen", "=.proplist=topics,message", ".tag=1"]).await;
    heard(&router, 1).await;
    assert!(router.drop_session("anna maria"));
    let terminating = "=message=<pppoe-anna maria>: terminating... - peer is not responding";
    assert_eq!(client.hear().await, format!("!re .tag=1 =topics=pppoe,ppp,info {terminating}"));
    let out = client.hear().await;
    assert!(
        out.starts_with("!re .tag=1 =topics=pppoe,ppp,info,account =message=anna maria logged out, "),
        "{out}"
    );
    assert!(client.hear().await.ends_with("=message=<pppoe-anna maria>: disconnected"));
}

#[tokio::test(start_paused = true)]
async fn a_print_is_repeated_until_it_is_cancelled() {
    let router = frozen(Ros::V7_21);
    let mut client = Client::signed_in(&router).await;
    client.send(&["/system/identity/print", "=interval=2", ".tag=1"]).await;
    for section in 0..3 {
        assert_eq!(client.hear().await, format!("!re .tag=1 =name=sim1 =.section={section}"));
    }
    client.send(&["/cancel"]).await;
    assert_eq!(client.hear().await, "!trap .tag=1 =category=2 =message=interrupted");
}

#[tokio::test(start_paused = true)]
async fn rates_are_monitored_once_or_on_and_on() {
    let router = frozen(Ros::V7_21);
    let mut client = Client::signed_in(&router).await;
    let once = client.rows(&["/interface/monitor-traffic", "=interface=sfp-sfpplus1,ether1", "=once="]).await;
    assert_eq!(once.len(), 3);
    assert_eq!(text(&once[1], "name"), "ether1");
    assert_eq!(text(&once[1], ".section"), "");
    assert!(0 < text(&once[0], "rx-bits-per-second").parse::<u64>().unwrap());
    client.send(&["/interface/monitor-traffic", "=interface=ether1", ".tag=1"]).await;
    for section in 0..3 {
        assert!(client.hear().await.ends_with(&format!("=.section={section}")));
    }
}

#[tokio::test(start_paused = true)]
async fn ethernet_ports_tell_their_links_once_or_on_and_on_and_nothing_prints_them() {
    for ros in [Ros::V6_49, Ros::V7_21] {
        let mut client = Client::signed_in(&frozen(ros)).await;
        let (path, columns) = ("/interface/ethernet/monitor", "=.proplist=name,rate,full-duplex");
        let once = client.ask(&[path, "=numbers=*1,ether2,*5", "=once=", columns]).await;
        let links = [
            "!re =name=sfp-sfpplus1 =rate=10Gbps =full-duplex=true",
            "!re =name=ether2 =rate=100Mbps =full-duplex=false",
            "!re =name=ether3",
            "!done",
        ];
        assert_eq!(once, links, "{ros}");
        for wrong in ["=numbers=*1,*63", "=numbers=vlan100-north", "=numbers=", "=numbers=*8"] {
            let refused = client.ask(&[path, wrong, "=once="]).await;
            assert_eq!(refused, ["!trap =category=0 =message=no such item", "!done"], "{wrong}");
        }
        assert!(client.ask(&[path, "=once="]).await[0].starts_with("!trap"), "no port was named");
        let printed = client.ask(&["/interface/ethernet/monitor/print"]).await;
        assert!(printed[0].contains("no such command"), "{printed:?}");
        client.send(&[path, "=numbers=*1", "=.proplist=name", ".tag=1"]).await;
        for section in 0..3 {
            let sample = format!("!re .tag=1 =name=sfp-sfpplus1 =.section={section}");
            assert_eq!(client.hear().await, sample);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sick_router_is_silent_or_slow() {
    let router = SimulatedRouter::new(RouterPlan { frozen: true, ..RouterPlan::default() });
    let mut client = Client::signed_in(&router).await;
    router.set_fault(Fault::Silent);
    client.send(&["/system/identity/print"]).await;
    let silence = tokio::time::timeout(Duration::from_secs(3600), client.next()).await;
    assert!(silence.is_err(), "it answered");
    router.set_fault(Fault::Trickle);
    let start = tokio::time::Instant::now();
    // `!re`, `=name=sim1` and their lengths are 16 bytes with the end.
    assert_eq!(client.hear().await, "!re =name=sim1");
    assert_eq!(start.elapsed().as_secs(), 15);
    router.set_fault(Fault::None);
    assert_eq!(client.hear().await, "!done");
}
