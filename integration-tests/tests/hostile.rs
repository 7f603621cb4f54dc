//! Hostile routers next to healthy ones: the service stays up, says the truth of each, and keeps its pace.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, in its checks too; the figures are shown with --nocapture"
)]

use integration_tests::hostile::{Front, Reserved, Script, Shown, rooms};
use integration_tests::isp::calm;
use integration_tests::metronome::Metronome;
use integration_tests::service::{PATIENCE, Service};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tikwatch::simulator::SimulatedRouter;
use tokio::sync::Semaphore;

/// How often the healthy routers' counters are read.
const EVERY: Duration = Duration::from_secs(2);

/// So many gaps between polls of each healthy router are looked at, at least.
const GAPS: usize = 4;

/// The most that a group of hostile routers may cost together.
const MEMORY: u64 = 32 << 20;

/// So often a group is played whose only fault is that a healthy router waited: a shared machine stalls now and then, and
/// a router that holds others up does so each time.
const TRIES: usize = 3;

/// Two groups at a time, and one of floods alone: more would take each other's processors, and the figures be nobody's.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What was shown for one router, all the time.
#[derive(Debug, Default)]
struct Seen {
    status: String,
    what: Option<String>,
    /// Every pair of status and reason.
    ever: BTreeSet<(String, String)>,
}

/// All that is not as it should be with a group.
#[derive(Debug, Default)]
struct Complaints {
    /// Healthy routers were polled late.
    waits: Vec<String>,
    /// All else: what is shown, memory, panics.
    others: Vec<String>,
}

fn simulated(seed: u64) -> SimulatedRouter {
    SimulatedRouter::new(tikwatch::simulator::RouterPlan { seed, ..calm(20) })
}

fn settings(name: &str, address: SocketAddr, poll: u64) -> Value {
    json!({
        "name": name, "host": "127.0.0.1", "port": address.port(), "username": "monitor", "password": "x",
        "deadline_seconds": 2, "poll_seconds": poll,
    })
}

/// Two healthy routers and some hostile ones before one service.
struct Group {
    service: Service,
    healthy: Vec<Front>,
    hostile: Vec<Front>,
    /// Before the hostile routers came.
    memory: u64,
    seen: BTreeMap<String, Seen>,
    since: Instant,
    metronome: Metronome,
}

impl Group {
    /// Starts the service, and opens the hostile routers' ports once it polls the healthy ones.
    async fn start(scripts: Vec<Script>) -> Self {
        let mut routers = Vec::new();
        let mut healthy = Vec::new();
        for n in 0..2 {
            let at = Reserved::any().unwrap();
            routers.push(settings(&format!("healthy{n}"), at.address().unwrap(), EVERY.as_secs()));
            healthy.push(Front::open(at, simulated(n), None).unwrap());
        }
        let mut waiting = Vec::new();
        for script in scripts {
            let at = Reserved::any().unwrap();
            routers.push(settings(script.name, at.address().unwrap(), 1));
            waiting.push((at, script));
        }
        let service = Service::start(&json!({ "routers": routers }), &[]).unwrap();
        let polled = |front: &Front| polls(front).len();
        let until = Instant::now() + PATIENCE;
        while healthy.iter().any(|front| polled(front) < 2) {
            assert!(Instant::now() < until, "the healthy routers are not polled");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let memory = service.memory().unwrap();
        let open = |(n, (at, script))| Front::open(at, simulated(100 + n as u64), Some(script)).unwrap();
        let hostile = waiting.into_iter().enumerate().map(open).collect();
        let (seen, since, metronome) = (BTreeMap::new(), Instant::now(), Metronome::start());
        Self { service, healthy, hostile, memory, seen, since, metronome }
    }

    /// Watches until every script was played and has its due, and the healthy routers were polled often enough.
    async fn watch(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let alive = self.service.text("/healthz").await.unwrap_or_default();
            assert_eq!(alive, "ok", "the service is gone\n{}", self.service.process.transcript());
            self.look().await;
            let mut waiting = Vec::new();
            for front in &self.hostile {
                if !self.has_its_due(front).await {
                    waiting.push(front.script().unwrap().name);
                }
            }
            let is_long = self.healthy.iter().all(|front| GAPS < self.polls_since(front).len());
            if (waiting.is_empty() && is_long) || until < Instant::now() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn look(&mut self) {
        let health = self.service.json("/api/health").await.unwrap();
        for router in health.get("routers").and_then(Value::as_array).unwrap() {
            let text = |key: &str| router.get(key).and_then(Value::as_str).map(str::to_owned);
            let seen = self.seen.entry(text("router").unwrap()).or_default();
            seen.status = text("status").unwrap();
            seen.what = text("what");
            seen.ever.insert((seen.status.clone(), seen.what.clone().unwrap_or_default()));
        }
    }

    /// Whether the script was played and what it asks for is, or was, shown.
    async fn has_its_due(&self, front: &Front) -> bool {
        let script = front.script().unwrap();
        let seen = self.seen.get(script.name).unwrap();
        let told = |status: &str, wanted: &str| {
            seen.ever.iter().any(|(word, what)| word == status && one_of(what, wanted))
        };
        0 < front.played()
            && match script.shown {
                Shown::Live | Shown::Subscriber(_) | Shown::Unsure => {
                    seen.status == "live" && self.missing(front).await.is_empty()
                }
                Shown::Unfollowed(what) => seen.status == "live" && self.logged(script.name, what),
                Shown::Down(what) => told("down", what),
                Shown::Refused => seen.status == "refused",
            }
    }

    /// Names that should be online, or unknown where the script makes them so, and are not shown so.
    async fn missing(&self, front: &Front) -> BTreeSet<String> {
        let script = front.script().unwrap();
        let path = format!("/api/v1/subscribers?limit=200&router={}", script.name);
        let list = self.service.json(&path).await.unwrap();
        let all = list.get("subscribers").and_then(Value::as_array).unwrap();
        let state = if script.shown == Shown::Unsure { "unknown" } else { "online" };
        let online = all.iter().filter(|one| one.get("state").is_some_and(|shown| shown == state));
        let shown: BTreeSet<_> =
            online.filter_map(|one| one.get("name").and_then(Value::as_str).map(str::to_owned)).collect();
        let names = front.router.online_names().into_iter();
        let mut wanted: BTreeSet<_> = names.filter_map(|name| String::from_utf8(name).ok()).collect();
        if let Shown::Subscriber(name) = script.shown {
            wanted.insert(name.to_owned());
        }
        wanted.difference(&shown).cloned().collect()
    }

    fn logged(&self, name: &str, what: &str) -> bool {
        let start = format!("cannot follow changes on `{name}`");
        self.service.process.transcript().lines().any(|line| line.contains(&start) && line.contains(what))
    }

    /// The polls of a healthy router, from the last one before the hostile routers came.
    fn polls_since(&self, front: &Front) -> Vec<Instant> {
        let polls = polls(front);
        let first = polls.iter().rposition(|at| *at <= self.since).unwrap_or_default();
        polls.get(first..).unwrap_or_default().to_vec()
    }

    /// All that is not as it should be.
    async fn complaints(&self) -> Complaints {
        let (mut waits, mut complaints) = (Vec::new(), Vec::new());
        for front in &self.hostile {
            let script = front.script().unwrap();
            let seen = self.seen.get(script.name).unwrap();
            let mut complain =
                |what: String| complaints.push(format!("{}: {what}; {seen:.600?}", script.name));
            if front.played() == 0 {
                complain("was never played".to_owned());
            } else if !self.has_its_due(front).await {
                complain(format!("{:?} is not shown, missing {:?}", script.shown, self.missing(front).await));
            }
            for (status, what) in &seen.ever {
                let is_true = is_true(script.shown, status, what);
                if !is_true {
                    complain(format!("{status}, {what:.300?} is not true"));
                }
                if 400 < what.len() {
                    complain(format!("a reason of {} bytes", what.len()));
                }
            }
        }
        for (n, front) in self.healthy.iter().enumerate() {
            let seen = self.seen.get(&format!("healthy{n}")).unwrap();
            if seen.ever.len() != 1 || seen.status != "live" {
                complaints.push(format!("a healthy router is {seen:?}"));
            }
            let worst = gaps(&self.polls_since(front)).into_iter().max().unwrap_or_default();
            if EVERY.mul_f64(1.1) < worst {
                waits.push(format!("healthy{n} waited {worst:?}"));
            }
        }
        let grown = self.grown();
        if MEMORY < grown {
            complaints.push(format!("{} MB more memory", grown >> 20));
        }
        if self.service.process.transcript().contains("panicked") {
            complaints.push(format!("something panicked:\n{}", self.service.process.transcript()));
        }
        Complaints { waits, others: complaints }
    }

    /// How much memory the hostile routers cost.
    fn grown(&self) -> u64 {
        self.service.peak_memory().unwrap().saturating_sub(self.memory)
    }

    fn report(&self, room: &str, attempt: usize) {
        let mut line =
            format!("{room}, try {attempt}: {} hostile, {} MB more", self.hostile.len(), self.grown() >> 20);
        for front in &self.healthy {
            let mut gaps = gaps(&self.polls_since(front));
            gaps.sort();
            let worst = gaps.last().copied().unwrap_or_default().as_secs_f64() / EVERY.as_secs_f64();
            let _ = write!(line, ", worst gap {worst:.3} of {}", gaps.len());
        }
        let overslept = self.metronome.longest_oversleep(self.since, Instant::now());
        println!("{line}, the machine overslept by {} ms at most", overslept.as_millis());
    }
}

/// Whether a state may be shown for a router at some time of its script.
fn is_true(shown: Shown, status: &str, what: &str) -> bool {
    match (status, shown) {
        ("refused", Shown::Refused) => one_of(what, "the router refused the user name or password"),
        // Until the port is open.
        ("down", _) if what.contains("refuses connections") => true,
        ("down", Shown::Down(wanted)) => one_of(what, wanted),
        // Until the trouble begins, or before it begins again; who is refused never gets so far.
        ("live", shown) => shown != Shown::Refused,
        ("connecting", _) => true,
        _ => false,
    }
}

fn one_of(what: &str, wanted: &str) -> bool {
    wanted.split('|').any(|wanted| what.contains(wanted))
}

/// When a router's traffic counters were asked for.
fn polls(front: &Front) -> Vec<Instant> {
    front.asked("rx-byte,tx-byte")
}

fn gaps(polls: &[Instant]) -> Vec<Duration> {
    polls.windows(2).filter_map(|pair| Some(pair.get(1)?.duration_since(*pair.first()?))).collect()
}

/// Plays a room's scripts, a group at a time.
async fn check(room: &str) {
    let scripts = || rooms().into_iter().find(|(name, ..)| *name == room).unwrap();
    let (_, at_once, all) = scripts();
    let mut complaints = Vec::new();
    for first in (0..all.len()).step_by(at_once) {
        let _turn = TURNS.acquire_many(if at_once < 4 { 2 } else { 1 }).await.unwrap();
        let play = async |attempt| {
            let group = scripts().2.into_iter().skip(first).take(at_once).collect();
            let mut group = Group::start(group).await;
            group.watch().await;
            group.report(room, attempt);
            group.complaints().await
        };
        complaints.extend(tried(play).await);
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What is wrong with a group: healthy routers waited in every try, or anything else was wrong in one.
async fn tried(mut play: impl AsyncFnMut(usize) -> Complaints) -> Vec<String> {
    let mut waited = Vec::new();
    for attempt in 1..=TRIES {
        let Complaints { waits, others } = play(attempt).await;
        let only_waited = others.is_empty() && !waits.is_empty();
        waited.extend(waits.into_iter().map(|wait| format!("try {attempt}: {wait}")));
        if !only_waited {
            // Waits are told beside what is wrong; without that they were the machine's.
            return if others.is_empty() { others } else { [others, waited].concat() };
        }
    }
    waited
}

#[tokio::test]
async fn only_a_group_whose_healthy_routers_waited_is_played_again() {
    /// Each try waits or not, and complains of other things or not.
    async fn check(tries: &[(bool, bool)], played: usize, expect: &[&str]) {
        let one = |is: bool, what: &str| if is { vec![what.to_owned()] } else { Vec::new() };
        let mut played_so_far = 0;
        let play = async |attempt: usize| {
            played_so_far = attempt;
            let (waits, others) = tries[attempt - 1];
            Complaints { waits: one(waits, "waited"), others: one(others, "untrue") }
        };
        assert_eq!(tried(play).await, expect, "{tries:?}");
        assert_eq!(played_so_far, played, "{tries:?}");
    }
    check(&[(false, false)], 1, &[]).await;
    check(&[(true, false), (false, false)], 2, &[]).await;
    check(&[(true, false), (true, false), (false, false)], 3, &[]).await;
    let each = ["try 1: waited", "try 2: waited", "try 3: waited"];
    check(&[(true, false); TRIES], 3, &each).await;
    check(&[(false, true)], 1, &["untrue"]).await;
    check(&[(true, true)], 1, &["untrue", "try 1: waited"]).await;
    check(&[(true, false), (false, true)], 2, &["untrue", "try 1: waited"]).await;
}

#[test]
fn there_are_eighty_scripts_with_names_of_their_own() {
    let names: Vec<_> =
        rooms().iter().flat_map(|(_, _, room)| room.iter().map(|script| script.name)).collect();
    let own: BTreeSet<_> = names.iter().collect();
    assert!(80 <= own.len() && own.len() == names.len(), "{} of {}", own.len(), names.len());
}

macro_rules! rooms {
    ($($test:ident: $room:literal)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            check($room).await;
        }
    )*};
}

rooms! {
    absurd_lengths_are_survived: "lengths"
    cuts_are_survived: "cuts"
    silences_are_survived: "silences"
    endless_replies_are_survived: "endless"
    endless_follows_are_survived: "follows"
    endless_sessions_are_survived: "sessions"
    odd_replies_are_survived: "replies"
    refusals_at_bad_moments_are_survived: "refusals"
    absurd_values_are_survived: "values"
    servers_of_other_kinds_are_survived: "foreign"
    hostile_sign_ins_are_survived: "sign_in"
}
