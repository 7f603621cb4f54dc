//! Whole crews against scripted routers.

mod arranging;
mod panics;

use super::fail_points::Step;
use super::*;
use crate::actors::connection::{Credentials, Setup};
use crate::actors::crew::Post;
use crate::actors::mistakes::STEADY;
use crate::actors::peer::{Manner, Peer};
use crate::actors::poller::Again;
use crate::domain::events::Change;
use crate::domain::polling::Profile;
use crate::domain::rates::Tempo;
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::subscriber::State;
use crate::routeros::Charset;
use tokio::time::Instant as Clock;

struct Watched {
    fleet: Addr<Fleet>,
    /// How many mistakes the fleet made itself.
    mistakes: Arc<AtomicU64>,
    view: RouterView,
    changes: broadcast::Receiver<Arc<Changes>>,
    _log: mpsc::Sender<crate::telemetry::LogEntry>,
}

fn watch(peer: &Peer) -> Watched {
    watch_all(&[peer]).remove(0)
}

/// Watches all of these on one thread.
fn watch_all(peers: &[&Peer]) -> Vec<Watched> {
    tokio::time::pause();
    let (changes, _) = broadcast::channel(1_000);
    let (feed, entries) = mpsc::channel(10);
    let (log, _) = LogBook::open(entries, &Arc::default());
    let post = |(number, peer): (usize, &&Peer)| {
        let setup = Setup {
            router: format!("r{}", number + 1).parse().unwrap(),
            dial: Arc::new(Peer::clone(peer)),
            credentials: Credentials {
                username: "monitor".to_owned(),
                password: "canary".into(),
                forbid_clear_sign_in: false,
            },
            charset: Charset::default(),
            deadline: Duration::from_secs(10),
            tap: None,
        };
        let (poll_every, profile) = (Duration::from_secs(5), Profile::default());
        let post = Post {
            setup,
            poll_every,
            profile,
            tempo: Tempo::default(),
            is_locked: false,
            again: Again::default(),
        };
        (post, None, "memory".to_owned())
    };
    let feeds = Feeds { changes: changes.clone(), log };
    let mistakes = Arc::default();
    let (mut fleet, views) = Fleet::new(vec![Arbiter::current()], feeds, &mistakes);
    for (post, label, address) in peers.iter().enumerate().map(post) {
        fleet.board(Ship::new(post, label, address, Arbiter::current(), &fleet.feeds));
    }
    let fleet = fleet.start();
    let watched = |view: &RouterView| Watched {
        fleet: fleet.clone(),
        mistakes: Arc::clone(&mistakes),
        view: view.clone(),
        changes: changes.subscribe(),
        _log: feed.clone(),
    };
    views.borrow().iter().map(watched).collect()
}

impl Watched {
    async fn until(&mut self, mut good: impl FnMut(&Snapshot) -> bool) -> Duration {
        let start = Clock::now();
        let waited = self.view.snapshot.wait_for(|snapshot| good(snapshot));
        tokio::time::timeout(Duration::from_secs(900), waited).await.expect("it never came").unwrap();
        start.elapsed()
    }

    /// The next presence change: name and state.
    async fn presence(&mut self) -> (String, State) {
        loop {
            let changes = tokio::time::timeout(Duration::from_secs(900), self.changes.recv());
            for change in &changes.await.expect("it never came").unwrap().items {
                if let Change::Presence(presence) = change {
                    return (presence.name.to_string(), presence.state);
                }
            }
        }
    }
}

const ACTIVE: &str = "/ppp/active";

fn peer(manner: Manner) -> Peer {
    let peer = Peer::new(manner);
    peer.add("/ppp/secret", "*1", &[("name", "ann")]);
    peer.add("/ppp/secret", "*2", &[("name", "bob")]);
    peer.add(ACTIVE, "*A", &[("name", "ann"), ("service", "pppoe"), ("uptime", "1h")]);
    peer
}

#[actix::test]
async fn a_session_that_ends_is_known_at_once() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    watched.changes = watched.changes.resubscribe();
    for round in 0..5 {
        let start = Clock::now();
        peer.remove(ACTIVE, "*A");
        assert_eq!(watched.presence().await, ("ann".to_owned(), State::Offline), "round {round}");
        peer.add(ACTIVE, "*A", &[("name", "ann"), ("service", "pppoe"), ("uptime", "1s")]);
        assert_eq!(watched.presence().await, ("ann".to_owned(), State::Online), "round {round}");
        assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
    }
}

/// Expects that a session's end is seen within this time although the router does not report it.
async fn check_without_follow(manner: Manner, after: Duration, within: Duration) {
    let peer = peer(manner);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.counts.online == 1).await;
    tokio::time::sleep(after).await;
    for round in 0..4 {
        peer.remove(ACTIVE, "*A");
        let took = watched.until(|snapshot| snapshot.counts.online == 0).await;
        peer.add(ACTIVE, "*A", &[("name", "ann"), ("service", "pppoe"), ("uptime", "1s")]);
        let back = watched.until(|snapshot| snapshot.counts.online == 1).await;
        let most = if round < 3 && manner == Manner::MuteListen { Duration::from_secs(61) } else { within };
        assert!(took <= most && back <= most, "{manner:?}, round {round}: {took:?}, {back:?}");
    }
}

#[actix::test]
async fn a_router_that_refuses_to_report_is_polled() {
    check_without_follow(Manner::NoListen, Duration::from_secs(10), Duration::from_millis(5_200)).await;
}

#[actix::test]
async fn a_router_that_keeps_silent_is_polled_once_that_is_noticed() {
    check_without_follow(Manner::MuteListen, Duration::from_secs(10), Duration::from_millis(5_200)).await;
}

#[actix::test]
async fn nobody_goes_offline_because_the_router_does() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    peer.behave(Manner::Off);
    peer.hang_up();
    watched.until(|snapshot| snapshot.link.word() == "down").await;
    watched.until(|snapshot| snapshot.counts.unknown == 2 && snapshot.counts.offline == 0).await;
    peer.behave(Manner::Answers);
    let took = watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[actix::test]
async fn at_most_two_sessions_are_opened_and_polls_keep_their_interval() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.link.is_live()).await;
    let start = Clock::now();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!((peer.dials().len(), peer.sign_ins()), (2, 2));
    assert_eq!(peer.asked("/ppp/active/listen").len(), 1);
    let polls = peer.asked("/system/resource/print").len();
    assert!((355..=361).contains(&polls), "{polls} in {:?}", start.elapsed());
    let prints = peer.asked("/ppp/active/print").len();
    assert!((59..=62).contains(&prints), "{prints}");
}

#[actix::test]
async fn a_slow_router_is_asked_less_and_never_twice_at_once() {
    let peer = peer(Manner::Delays(3_000));
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.link.is_live()).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let polls = peer.asked("/system/resource/print");
    assert!((10..=40).contains(&polls.len()), "{}", polls.len());
    assert!(polls.windows(2).all(|pair| Duration::from_secs(3) <= pair[1] - pair[0]));
}

#[actix::test]
async fn a_crew_that_dies_is_built_again_and_readers_keep_what_they_have() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    peer.behave(Manner::Panics);
    peer.hang_up();
    while peer.dials().len() < 3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    peer.behave(Manner::Answers);
    let start = Clock::now();
    while watched.view.restarts.load(Ordering::Relaxed) == 0 {
        assert_eq!(watched.view.snapshot.borrow().counts.total, 2);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(start.elapsed() <= Duration::from_secs(2), "{:?}", start.elapsed());
    let mut totals = Vec::new();
    watched
        .until(|snapshot| {
            totals.push(snapshot.counts.total);
            snapshot.link.is_live() && snapshot.counts.online == 1
        })
        .await;
    assert!(totals.iter().all(|total| *total == 2), "{totals:?}");
}

#[actix::test]
async fn stopping_takes_less_than_three_seconds_even_when_a_router_is_silent() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.link.is_live()).await;
    peer.behave(Manner::Silent);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let start = Clock::now();
    watched.fleet.send(Stop).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    let dials = peer.dials().len();
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(peer.dials().len(), dials, "a stopped fleet connects to nobody");
}

#[actix::test]
async fn what_is_reported_during_a_print_counts_more_than_the_print() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    let last_print = |snapshot: &Snapshot| {
        snapshot.polls.iter().find(|poll| poll.name == ACTIVE).map(|poll| poll.at.instant)
    };
    for round in 0..3 {
        peer.behave(Manner::Lags(900));
        let asked = || peer.asked("/ppp/active/print").len();
        let (prints, before) = (asked(), last_print(&watched.view.snapshot.borrow()));
        while asked() == prints {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // The rows of this answer are taken already: ann is in them and bob is not.
        watched.changes = watched.changes.resubscribe();
        peer.remove(ACTIVE, "*A");
        assert_eq!(watched.presence().await, ("ann".to_owned(), State::Offline), "round {round}");
        peer.add(ACTIVE, "*B", &[("name", "bob"), ("service", "pppoe"), ("uptime", "1s")]);
        assert_eq!(watched.presence().await, ("bob".to_owned(), State::Online), "round {round}");
        assert_eq!(last_print(&watched.view.snapshot.borrow()), before, "the answer came too soon");
        watched.until(|snapshot| last_print(snapshot) != before).await;
        assert!(watched.changes.is_empty(), "round {round}: {:?}", watched.changes.try_recv());
        peer.remove(ACTIVE, "*B");
        peer.add(ACTIVE, "*A", &[("name", "ann"), ("service", "pppoe"), ("uptime", "1s")]);
        watched.until(|snapshot| snapshot.counts.online == 1).await;
    }
}

#[actix::test]
async fn a_menu_that_is_not_there_is_asked_for_again_when_the_version_is_another() {
    const RESOURCE: &str = "/system/resource";
    let version = |version| [("uptime", "1h"), ("version", version)];
    let states =
        |snapshot: &Snapshot| [snapshot.hotspot_hosts.state.clone(), snapshot.hotspot_active.state.clone()];
    let peer = peer(Manner::Answers);
    peer.add(RESOURCE, "*0", &version("7.20 (stable)"));
    peer.lack(&["/ip/hotspot/host", "/ip/hotspot/active"]);
    let mut watched = watch(&peer);
    watched.until(|snapshot| states(snapshot) == [TableState::Absent, TableState::Absent]).await;
    let asked = || (peer.asked("/ip/hotspot/host/print").len(), peer.asked("/ip/hotspot/active/print").len());
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(asked(), (1, 1));
    peer.lack(&[]);
    peer.remove(RESOURCE, "*0");
    peer.add(RESOURCE, "*0", &version("7.21 (stable)"));
    let took = watched.until(|snapshot| states(snapshot) == [TableState::Fresh, TableState::Fresh]).await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(peer.asked("/ip/hotspot/active/listen").len(), 2);
}

#[actix::test]
async fn a_storm_of_changes_makes_ten_snapshots_a_second_and_a_single_change_one_at_once() {
    let peer = peer(Manner::Answers);
    let mut watched = watch(&peer);
    watched.until(|snapshot| snapshot.counts.online == 1 && snapshot.counts.offline == 1).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let mut snapshots = 0;
    let start = Clock::now();
    for number in 0..500 {
        let name = format!("p{number}");
        peer.add(ACTIVE, &format!("*{:X}", 0x100 + number), &[("name", &name), ("service", "pppoe")]);
        tokio::time::sleep(Duration::from_millis(4)).await;
        snapshots += u32::from(watched.view.snapshot.has_changed().unwrap());
        watched.view.snapshot.mark_unchanged();
    }
    let seconds = start.elapsed().as_secs_f64();
    assert!((9.0..=10.6).contains(&(f64::from(snapshots) / seconds)), "{snapshots} in {seconds} s");
    let rest = watched.until(|snapshot| snapshot.counts.online == 501).await;
    assert!(rest <= Duration::from_millis(110), "{rest:?}");
    // Away from the regular polls, which make snapshots too.
    let poll = watched.view.snapshot.borrow().at;
    watched.until(|snapshot| snapshot.at.instant != poll.instant).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    peer.remove(ACTIVE, "*A");
    let took = watched.until(|snapshot| snapshot.counts.online == 500).await;
    assert!(took < Duration::from_millis(20), "{took:?}");
}
