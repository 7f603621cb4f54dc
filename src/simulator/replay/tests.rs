//! A recording played back, asked as any router is.

use super::{Replay, ReplayError, ReplayOptions};
use crate::domain::router::RouterName;
use crate::recording::{Header, Line, Writer, Written};
use crate::simulator::tests::client::Client;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const LINES: [&str; 20] = [
    r#"{"at":0,"table":0,"reads":{"menu":"/interface","properties":[".id","name","rx-byte"],"query":[],"items":true}}"#,
    r#"{"at":0,"table":0,"rows":{"*1":{"name":"ether1","rx-byte":"5"},"*F1":{"name":"<pppoe-ana>","rx-byte":"10"}}}"#,
    r#"{"at":300,"table":1,"reads":{"menu":"/interface","properties":[".id","name","type"],"query":["?type=pppoe-in","?#!"],"items":true}}"#,
    r#"{"at":300,"table":1,"rows":{"*1":{"name":"ether1","type":"ether"}}}"#,
    r#"{"at":400,"table":2,"reads":{"menu":"/ppp/active","properties":[".id","name","uptime"],"query":[],"items":true}}"#,
    r#"{"at":400,"table":2,"rows":{"*5":{"name":"ana","uptime":"1m"}}}"#,
    r#"{"at":400,"table":3,"reads":{"menu":"/system/resource","properties":["uptime","version"],"query":[],"items":false}}"#,
    r#"{"at":400,"table":3,"rows":{"":{"uptime":"1d","version":"7.21 (stable)"}}}"#,
    r#"{"at":400,"device":{"version":"7.21 (stable)","board":"CCR2116"}}"#,
    r#"{"at":400,"table":4,"reads":{"menu":"/ip/pool","properties":[".id","name"],"query":[],"items":true}}"#,
    r#"{"at":500,"table":5,"reads":{"menu":"/system/clock","properties":["gmt-offset","date","time"],"query":[],"items":false}}"#,
    r#"{"at":500,"table":5,"rows":{"":{"gmt-offset":"+01:00","date":"2026-12-31","time":"23:59:57"}}}"#,
    r#"{"at":600,"table":6,"reads":{"menu":"/interface/ethernet/monitor","properties":[".id","name","rate"],"query":[],"items":true}}"#,
    r#"{"at":600,"table":6,"rows":{"*1":{"name":"ether7","rate":"10Gbps"},"*2":{"name":"ether1","rate":"1Gbps"}}}"#,
    r#"{"at":5000,"table":0,"rows":{"*F1":{"rx-byte":"20"}}}"#,
    r#"{"at":6000,"table":2,"rows":{"*6":{"name":"bob","uptime":"0s"}}}"#,
    r#"{"at":7000,"table":2,"rows":{"*6":{"name":"rob"}}}"#,
    r#"{"at":7500,"table":5,"rows":{"":{"date":"2027-01-01","time":"00:00:24"}}}"#,
    r#"{"at":8000,"table":2,"gone":["*5"]}"#,
    r#"{"at":9000,"table":0,"gone":["*F1"]}"#,
];

fn recording(folder: &TempDir) -> PathBuf {
    let header = Header::new(RouterName::new("ccr1").unwrap(), jiff::Timestamp::UNIX_EPOCH, false);
    let mut writer = Writer::new(Vec::new(), &header).unwrap();
    for line in LINES {
        let line: Line = serde_json::from_str(line).unwrap();
        writer.write(Written::Line(&line)).unwrap();
    }
    let file = folder.path().join("ccr1.jsonl.zst");
    std::fs::write(&file, writer.finish().unwrap()).unwrap();
    file
}

fn options(folder: &TempDir) -> ReplayOptions {
    ReplayOptions { file: recording(folder), speed: 1.0, repeats: false, from: Duration::ZERO, user: None }
}

/// Plays, and gives a client that is signed in.
async fn play(options: ReplayOptions) -> (Arc<Replay>, Client) {
    let replay = Arc::new(Replay::open(options).unwrap());
    let playing = Arc::clone(&replay);
    tokio::spawn(async move { playing.play().await.unwrap() });
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    replay.serve(theirs);
    let mut client = Client::over(ours);
    assert_eq!(client.ask(&["/login", "=name=anybody", "=password="]).await, ["!done"]);
    (replay, client)
}

async fn check(client: &mut Client, words: &[&str], expect: &[&str]) {
    assert_eq!(client.ask(words).await, expect, "{words:?}");
}

async fn wait(seconds: f64) {
    // A little later than a change, so that it was made.
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn prints_queries_and_counts_are_answered_from_the_start() {
    let folder = TempDir::new().unwrap();
    let (_, mut client) = play(options(&folder)).await;
    let all = ["!re =.id=*1 =name=ether1 =rx-byte=5", "!re =.id=*F1 =name=<pppoe-ana> =rx-byte=10", "!done"];
    check(&mut client, &["/interface/print", "=.proplist=.id,name,rx-byte"], &all).await;
    check(&mut client, &["/interface/print", "=count-only=", "?type=pppoe-in"], &["!done =ret=1"]).await;
    let ours = ["/interface/print", "=.proplist=.id,name,type", "?type=pppoe-in", "?#!"];
    check(&mut client, &ours, &["!re =.id=*1 =name=ether1 =type=ether", "!done"]).await;
    check(
        &mut client,
        &["/system/resource/print", "=.proplist=version"],
        &["!re =version=7.21 (stable)", "!done"],
    )
    .await;
    check(&mut client, &["/ip/pool/print"], &["!empty", "!done"]).await;
    // Samples are told of the port that has this id among the interfaces, whatever their numbers.
    let link = ["/interface/ethernet/monitor", "=numbers=*1", "=once=", "=.proplist=name,rate"];
    check(&mut client, &link, &["!re =name=ether1 =rate=1Gbps", "!done"]).await;
    let other = client.ask(&["/ip/hotspot/active/print"]).await;
    assert!(other[0].starts_with("!trap =category=0 =message=no such command"), "{other:?}");
}

#[tokio::test(start_paused = true)]
async fn values_hold_until_they_change_and_uptimes_go_on() {
    let folder = TempDir::new().unwrap();
    let (replay, mut client) = play(options(&folder)).await;
    let rx = ["/interface/print", "=.proplist=rx-byte", "?name=<pppoe-ana>"];
    wait(4.9).await;
    check(&mut client, &rx, &["!re =rx-byte=10", "!done"]).await;
    check(&mut client, &["/ppp/active/print", "=.proplist=uptime"], &["!re =uptime=1m4s", "!done"]).await;
    wait(0.2).await;
    check(&mut client, &rx, &["!re =rx-byte=20", "!done"]).await;
    wait(100.0).await;
    assert!(replay.clock().has_ended());
    check(&mut client, &rx, &["!empty", "!done"]).await;
    let last = ["!re =name=rob =uptime=3s", "!done"];
    check(&mut client, &["/ppp/active/print", "=.proplist=name,uptime"], &last).await;
}

#[tokio::test(start_paused = true)]
async fn the_routers_clock_goes_on_and_is_set_when_it_was_read_again() {
    let folder = TempDir::new().unwrap();
    let (_, mut client) = play(options(&folder)).await;
    let clock = ["/system/clock/print", "=.proplist=date,time,gmt-offset"];
    let shown = |date: &str, time: &str| format!("!re =date={date} =time={time} =gmt-offset=+01:00");
    wait(1.6).await;
    check(&mut client, &clock, &[&shown("2026-12-31", "23:59:58"), "!done"]).await;
    wait(3.0).await;
    check(&mut client, &clock, &[&shown("2027-01-01", "00:00:01"), "!done"]).await;
    check(&mut client, &["/system/clock/print", "=count-only=", "?time=00:00:01"], &["!done =ret=1"]).await;
    wait(4.0).await;
    check(&mut client, &clock, &[&shown("2027-01-01", "00:00:25"), "!done"]).await;
    // At the end all holds.
    wait(60.0).await;
    check(&mut client, &clock, &[&shown("2027-01-01", "00:00:25"), "!done"]).await;
    let (_, mut client) = play(ReplayOptions { speed: 10.0, ..options(&folder) }).await;
    wait(0.46).await;
    check(&mut client, &clock, &[&shown("2027-01-01", "00:00:01"), "!done"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_listener_hears_what_is_added_changed_and_removed_but_no_counters() {
    let folder = TempDir::new().unwrap();
    let (_, mut client) = play(options(&folder)).await;
    client.send(&["/interface/listen", "=.proplist=.id,.dead", ".tag=1"]).await;
    client.send(&["/ppp/active/listen", "=.proplist=.id,name,.dead", ".tag=2"]).await;
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(client.hear().await);
    }
    let expect = [
        "!re .tag=2 =.id=*6 =name=bob",
        "!re .tag=2 =.id=*6 =name=rob",
        "!re .tag=2 =.id=*5 =.dead=true",
        "!re .tag=1 =.id=*F1 =.dead=true",
    ];
    assert_eq!(heard, expect);
}

#[tokio::test(start_paused = true)]
async fn time_runs_as_fast_as_asked_and_from_where_it_was_asked() {
    let folder = TempDir::new().unwrap();
    let names = ["/ppp/active/print", "=.proplist=name"];
    let (_, mut client) = play(ReplayOptions { speed: 10.0, ..options(&folder) }).await;
    wait(0.65).await;
    check(&mut client, &names, &["!re =name=ana", "!re =name=bob", "!done"]).await;
    let from = Duration::from_millis(7_500);
    let (_, mut client) = play(ReplayOptions { from, ..options(&folder) }).await;
    wait(0.1).await;
    check(&mut client, &names, &["!re =name=ana", "!re =name=rob", "!done"]).await;
    let from = Duration::from_secs(60);
    let short = Replay::open(ReplayOptions { from, ..options(&folder) });
    assert!(matches!(short, Err(ReplayError::TooShort { .. })), "{short:?}");
}

#[tokio::test]
async fn a_replay_that_repeats_cuts_its_connections_and_begins_again() {
    let folder = TempDir::new().unwrap();
    let replay = Replay::open(ReplayOptions { speed: 30.0, repeats: true, ..options(&folder) }).unwrap();
    let clock = replay.clock();
    let playing = replay.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(playing.address).await.unwrap();
    // Nothing is sent, so the end of the connection is all that can be read.
    let read = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1]).await;
    assert!(matches!(read, Ok(0) | Err(_)));
    assert!(clock.offset() < Duration::from_secs(9));
}

#[tokio::test]
async fn only_the_user_of_a_replay_may_sign_in() {
    let folder = TempDir::new().unwrap();
    let user = Some(("admin".to_owned(), secrecy::SecretString::from("right")));
    let replay = Replay::open(ReplayOptions { user, ..options(&folder) }).unwrap();
    let (ours, theirs) = tokio::io::duplex(1024);
    replay.serve(theirs);
    let mut client = Client::over(ours);
    let refused = client.ask(&["/login", "=name=admin", "=password=wrong"]).await;
    assert!(refused[0].starts_with("!trap"), "{refused:?}");
    assert_eq!(client.ask(&["/login", "=name=admin", "=password=right"]).await, ["!done"]);
}
