//! Recordings as files: made by the program, cut off, searched for secrets, and hostile.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

mod recording {
    mod canaries;
    mod hostile;
}

use integration_tests::hostile::{Front, Reserved, rooms};
use integration_tests::isp::{Router, calm};
use integration_tests::metronome::Metronome;
use integration_tests::recordings::Recorded;
use integration_tests::service::{PATIENCE, Service, online};
use integration_tests::{Running, in_folder};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tikwatch::recording::Ending;
use tikwatch::simulator::{Replay, ReplayOptions, SimulatedRouter};
use tokio::task::JoinHandle;

/// What a kill may take, as the README promises.
const MAY_BE_LOST: Duration = Duration::from_secs(1);

/// A machine that stalls holds the recorder up too, and so what was said before waits longer for the file: what it stalled
/// this long before a kill is allowed for. Within it everything was flushed that may have been held up.
const STALLS_COUNT: Duration = Duration::from_secs(3);

/// A recording counts whole milliseconds from its start, by a clock that is never set.
const CLOCKS_DIFFER: Duration = Duration::from_millis(20);

fn router(name: &str, address: SocketAddr, record: bool) -> Value {
    json!({
        "name": name, "host": "127.0.0.1", "port": address.port(), "username": "monitor",
        "password": "canary-sign-in-5Jq", "poll_seconds": 1, "record": record,
    })
}

/// A folder with settings for one router.
fn folder(address: SocketAddr) -> TempDir {
    let folder = TempDir::new().unwrap();
    let settings = json!({ "routers": [router("r1", address, false)] });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    folder
}

/// `tikwatch record` in this folder.
fn record(folder: &Path, arguments: &[&str]) -> Running {
    Running::start(in_folder(folder).arg("record").args(arguments)).unwrap()
}

fn replay(file: PathBuf) -> Result<Replay, tikwatch::simulator::ReplayError> {
    Replay::open(ReplayOptions { file, speed: 1.0, repeats: false, from: Duration::ZERO, user: None })
}

async fn exit_code(running: Running) -> i32 {
    let ended = tokio::task::spawn_blocking(move || running.wait_for_exit(PATIENCE)).await.unwrap();
    ended.unwrap().code().unwrap_or(-1)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_records_the_routers_of_which_the_settings_say_so() {
    let (one, other) = (Router::calm(40).await.unwrap(), Router::calm(40).await.unwrap());
    let routers = [router("r1", one.address, true), router("r2", other.address, false)];
    let service = Service::start(&json!({ "routers": routers }), &[]).unwrap();
    // Names that are not UTF-8 are not among those of the routers here.
    let expect = (one.online().len() + other.online().len()) as u64;
    service.wait_for("/api/pppoe_interfaces", |answer| expect <= online(answer)).await.unwrap();
    service.process.terminate().unwrap();
    while service.process.is_running() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let files: Vec<PathBuf> = std::fs::read_dir(service.folder().join("data/recordings"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].file_name().unwrap().to_str().unwrap().starts_with("r1-"), "{files:?}");
    assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    let recorded = Recorded::read(&files[0]).unwrap();
    assert_eq!((recorded.ending, recorded.header.redacted), (Ending::Whole, false));
    let sessions = recorded.tables.iter().position(|table| table.menu == "/ppp/active").unwrap();
    assert!(!recorded.times(sessions).is_empty());
    replay(files[0].clone()).unwrap();
}

/// What a router told: whose session began anew, and when.
type Told = Arc<Mutex<Vec<(Timestamp, String)>>>;

/// Lets sessions begin anew, one after the other, some fifty a second; each is told at once.
fn restless(router: Arc<Router>) -> (Told, JoinHandle<()>) {
    let (told, names) = (Told::default(), router.online());
    let noted = Arc::clone(&told);
    let redialling = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        for name in names.iter().cycle() {
            pace.tick().await;
            let at = Timestamp::now();
            if router.router.redial(name) {
                noted.lock().unwrap().push((at, name.clone()));
            }
        }
    });
    (told, redialling)
}

/// How many of the sessions that were told until then are in the recording, and those that are not.
fn missing(recorded: &Recorded, told: &Told, until: Timestamp) -> (usize, Vec<(Timestamp, String)>) {
    let sessions = recorded.tables.iter().position(|table| table.menu == "/ppp/active").unwrap();
    let time = |at: u64| recorded.header.started + Duration::from_millis(at);
    let mut last = BTreeMap::new();
    for line in recorded.lines.iter().filter(|line| line.table == u32::try_from(sessions).ok()) {
        for (_, changes) in &line.rows.0 {
            for value in
                changes.0.iter().filter(|(property, _)| property == "name").flat_map(|(_, value)| value)
            {
                last.insert(String::from_utf8_lossy(&value.0).into_owned(), time(line.at));
            }
        }
    }
    // From its first print on the table is followed.
    let from = time(*recorded.times(sessions).first().unwrap());
    let told = told.lock().unwrap();
    let told = told.iter().filter(|(at, _)| (from..=until).contains(at));
    // The file's clock and ours differ by little; a session of this name before was more than half a second earlier.
    let is_missing =
        |(at, name): &&(Timestamp, String)| last.get(name).is_none_or(|last| *last + CLOCKS_DIFFER < *at);
    (told.clone().count(), told.filter(is_missing).cloned().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_killed_at_any_time_leaves_all_that_was_said_up_to_a_second_before() {
    const TIMES: u64 = 30;
    let router = Arc::new(Router::calm(30).await.unwrap());
    assert!(20 < router.online().len(), "a name comes round again too soon");
    let folder = folder(router.address);
    let metronome = Arc::new(Metronome::start());
    let (told, redialling) = restless(Arc::clone(&router));
    for batch in 0..TIMES / 6 {
        let batch_of = (0..6).map(|n| {
            let number = batch * 6 + n;
            let (folder, told) = (folder.path().to_owned(), Arc::clone(&told));
            let metronome = Arc::clone(&metronome);
            tokio::spawn(async move {
                let file = format!("{number}.jsonl.zst");
                let running = record(&folder, &["--out", &file]);
                let file = folder.join(file);
                // It makes the file when it starts, and one that was not begun has nothing to lose.
                let until = Instant::now() + PATIENCE;
                while std::fs::metadata(&file).map_or(0, |file| file.len()) == 0 {
                    assert!(Instant::now() < until, "{}", running.transcript());
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                tokio::time::sleep(Duration::from_millis(2_500 + number * 97)).await;
                let (now, killed) = (Instant::now(), Timestamp::now());
                running.kill().unwrap();
                let overslept = metronome.longest_oversleep(now.checked_sub(STALLS_COUNT).unwrap(), now);
                assert_eq!(exit_code(running).await, -1);
                let recorded = Recorded::read(&file).unwrap();
                assert_eq!(recorded.ending, Ending::CutOff, "{number}");
                // What waits is written within half a second; the other half is for a busy machine.
                let (count, missing) = missing(&recorded, &told, killed - MAY_BE_LOST - overslept);
                let overslept = overslept.as_millis();
                eprintln!("{number}: lacks {} of {count}, overslept by {overslept} ms", missing.len());
                assert!(
                    missing.is_empty(),
                    "{number}, killed at {killed}, overslept by {overslept} ms, lacks of {count}: {missing:?}"
                );
                assert!(!replay(file).unwrap().menus().is_empty());
                count
            })
        });
        for one in batch_of.collect::<Vec<_>>() {
            assert!(0 < one.await.unwrap(), "nothing was told that could be missing");
        }
    }
    redialling.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_exists_is_refused_and_kept() {
    let router = Router::calm(5).await.unwrap();
    let folder = folder(router.address);
    let file = folder.path().join("mine");
    std::fs::write(&file, "precious").unwrap();
    let recorder = record(folder.path(), &["--out", "mine", "--for", "1s"]);
    let line = recorder.wait_for_line(PATIENCE, |line| line.contains("must not exist yet")).unwrap();
    assert!(line.contains("mine"), "{line}");
    assert_eq!(exit_code(recorder).await, 2);
    assert_eq!(std::fs::read(file).unwrap(), b"precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_never_answered_leaves_no_file_and_says_why() {
    let mut router = Router::calm(5).await.unwrap();
    router.kill();
    let folder = folder(router.address);
    let recorder = record(folder.path(), &["--out", "none", "--for", "2s"]);
    let line = recorder.wait_for_line(PATIENCE, |line| line.contains("nothing was recorded")).unwrap();
    assert!(line.contains("127.0.0.1"), "{line}");
    assert_eq!(exit_code(recorder).await, 1);
    assert!(!folder.path().join("none").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_never_came_whole_is_told_at_the_end_and_by_the_exit_code() {
    let mut scripts = rooms().into_iter().flat_map(|(_, _, scripts)| scripts);
    let endless_leases = scripts.find(|script| script.name == "endless-bare-rows").unwrap();
    let at = Reserved::any().unwrap();
    let folder = folder(at.address().unwrap());
    let _front = Front::open(at, SimulatedRouter::new(calm(20)), Some(endless_leases)).unwrap();
    let recorder = record(folder.path(), &["--out", "r1", "--for", "10m"]);
    recorder.wait_for_line(PATIENCE, |line| line.contains("the router's answer is longer than")).unwrap();
    recorder.terminate().unwrap();
    let told = |part: &'static str| recorder.wait_for_line(PATIENCE, |line| line.contains(part)).unwrap();
    let left_out = told("replies of /ip/dhcp-server/lease are not in the recording");
    assert!(left_out.contains("WARN"), "{left_out}");
    let end = told("lacks /ip/dhcp-server/lease: ");
    assert!(end.contains("the rest is good"), "{end}");
    assert_eq!(exit_code(recorder).await, 1);
    let replay = replay(folder.path().join("r1")).unwrap();
    assert!(replay.menus().iter().any(|menu| menu == "/ppp/active"), "{:?}", replay.menus());
}
