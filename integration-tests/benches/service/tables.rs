//! Fifty people who are signed in and look at live tables of 10,000 subscribers on five routers.

use anyhow::{Context as _, ensure};
use futures_util::StreamExt as _;
use integration_tests::isp::{Router, calm};
use integration_tests::report::{Report, percentile};
use integration_tests::service::{ADMIN, Service, online, urlencode};
use integration_tests::visitor::{Sent, Visitor};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tikwatch::simulator::RouterPlan;
use tokio::task::JoinSet;

const ROUTERS: usize = 5;
const BROWSERS: usize = 50;

/// A page is opened anew this often, as people do who look at several.
const REOPEN_EVERY: Duration = Duration::from_secs(10);

/// As the scripts of the pages do it.
const COUNT_EVERY: Duration = Duration::from_secs(5);

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let subscribers = report.size().pick(1_000, 10_000);
    let mut routers = Vec::new();
    for seed in 1..=ROUTERS as u64 {
        let plan = RouterPlan { seed, online: 0.9, churn_per_minute: 0.01, ..calm(subscribers / ROUTERS) };
        routers.push(Router::start(plan).await?);
    }
    let addresses: Vec<SocketAddr> = routers.iter().map(|router| router.address).collect();
    let service = Service::watch(&addresses)?;
    let most = subscribers as u64 * 8 / 10;
    service.wait_for("/api/pppoe_interfaces", |answer| most < online(answer)).await?;
    let mut people = Vec::new();
    let second = json!({ "name": "second", "role": "viewer", "routers": null, "password": ADMIN.1 });
    service.send("POST", "/api/v1/users", &second).await?;
    for number in 0..BROWSERS {
        // Nobody has more than fifty sessions, and the service's own is one of them.
        let name = if number % 2 == 0 { ADMIN.0 } else { "second" };
        people.push(Visitor::new(&service.url, None)?.sign_in(name, ADMIN.1, "").await?);
    }
    alone(report, people.first().context("somebody")?).await?;
    // Past the first round of everything, so that both windows hold the regular polls only.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let window = Duration::from_secs(report.size().pick(15, 120));
    let one = watched(&service, &routers, people.get(..1).unwrap_or_default(), window).await?;
    let mut fifty = watched(&service, &routers, &people, window).await?;
    // Polls come at their own times: a window that begins a moment later may hold one more or one less of each.
    let mut most = (0, String::new());
    let count = |watched: &Watched, command: &str| watched.commands.get(command).copied().unwrap_or(0);
    for command in one.commands.keys().chain(fifty.commands.keys()) {
        most = most.max((count(&one, command).abs_diff(count(&fifty, command)), command.clone()));
    }
    report.hold(
        "API requests to five routers, one browser or fifty with live tables",
        "the same number: of each command to each router at most one more or less",
        &format!(
            "{} with one, {} with fifty, in {} s each; most of one command: {} ({})",
            one.commands.values().sum::<u64>(),
            fifty.commands.values().sum::<u64>(),
            window.as_secs(),
            most.0,
            most.1
        ),
        most.0 <= 1,
    );
    let share = fifty.cpu.as_secs_f64() / window.as_secs_f64() * 100.0;
    let alone = one.cpu.as_secs_f64() / window.as_secs_f64() * 100.0;
    report.measure(
        &format!("processor of the server, {subscribers} subscribers, fifty live tables"),
        "under 50 % of one core",
        &format!("{share:.1} % ({alone:.1} % with one browser; {} pages)", fifty.pages.len()),
        share < 50.0,
    );
    let (middle, high) = (percentile(&mut fifty.pages, 0.5), percentile(&mut fifty.pages, 0.95));
    report.measure(
        "pages meanwhile, until their last byte",
        "p95 under 100 ms",
        &format!("p95 {high:.1} ms, median {middle:.1} ms of {}", fifty.pages.len()),
        high < 100.0,
    );
    let memory = service.peak_memory()?;
    report.measure(
        "most memory of the server",
        "under 250 MB",
        &format!("{:.0} MB", memory as f64 / 1e6),
        memory < 250_000_000,
    );
    let events = fifty.events / BROWSERS as u64;
    report.hold("pieces of the live stream that each of them got", "some", &events.to_string(), 5 < events);
    Ok(())
}

/// The first page of subscribers, and a search as it is typed, while nobody else asks.
async fn alone(report: &mut Report, somebody: &Visitor) -> anyhow::Result<()> {
    let (mut pages, mut searches) = (Vec::new(), Vec::new());
    let sorts = ["name", "-down", "address", "-uptime"];
    let words = ["maria.silva", "ord23000", "state:offline an", "10.0.3", "north tower"];
    for (sort, word) in sorts.iter().cycle().zip(words.iter().cycle()).take(20) {
        pages.push(timed(somebody, &format!("/subscribers?sort={sort}")).await?);
        pages.push(timed(somebody, &format!("/api/v1/subscribers?sort={sort}&offset=0&limit=200")).await?);
        for end in 1..=word.len() {
            let typed = urlencode(word.get(..end).unwrap_or_default().trim());
            searches.push(
                timed(somebody, &format!("/api/v1/subscribers?q={typed}&sort={sort}&offset=0&limit=200"))
                    .await?,
            );
        }
    }
    for (what, times) in [("first page of Subscribers", &mut pages), ("search as it is typed", &mut searches)]
    {
        let (middle, high) = (percentile(times, 0.5), percentile(times, 0.95));
        let measured = format!("p95 {high:.1} ms, median {middle:.1} ms of {}", times.len());
        report.measure(&format!("{what}, until the last byte"), "p95 under 20 ms", &measured, high < 20.0);
    }
    Ok(())
}

async fn timed(visitor: &Visitor, path: &str) -> anyhow::Result<f64> {
    loop {
        let began = Instant::now();
        let answer = visitor.get(path).await?;
        if answer.status == 429 {
            // We are faster than any person, and the limit is not what is measured.
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        }
        // A letter of a search may be half a word that means nothing yet.
        ensure!(answer.status == 200 || answer.status == 400, "{path}: {} {}", answer.status, answer.text());
        return Ok(began.elapsed().as_secs_f64() * 1e3);
    }
}

/// What came of some browsers that watched for a while.
struct Watched {
    /// How often each command was sent, by the number of the router and its path.
    commands: BTreeMap<String, u64>,
    cpu: Duration,
    pages: Vec<f64>,
    events: u64,
}

async fn watched(
    service: &Service,
    routers: &[Router],
    people: &[Visitor],
    window: Duration,
) -> anyhow::Result<Watched> {
    let commands = || -> BTreeMap<String, u64> {
        let of = |(number, router): (usize, &Router)| {
            let known = router.router.counters().commands_by_path.into_iter();
            known.map(move |(path, commands)| (format!("r{} {path}", number + 1), commands))
        };
        routers.iter().enumerate().flat_map(of).collect()
    };
    let (commands_before, cpu_before) = (commands(), service.cpu()?);
    let mut browsers = JoinSet::new();
    for (number, somebody) in people.iter().enumerate() {
        browsers.spawn(browse(somebody.clone(), number, window));
    }
    let (mut pages, mut events) = (Vec::new(), 0);
    while let Some(browser) = browsers.join_next().await {
        let (times, heard) = browser??;
        pages.extend(times);
        events += heard;
    }
    let mut commands = commands();
    for (command, before) in commands_before {
        commands.entry(command).and_modify(|all| *all -= before);
    }
    commands.retain(|_, sent| 0 < *sent);
    Ok(Watched { commands, cpu: service.cpu()?.saturating_sub(cpu_before), pages, events })
}

/// One browser: three of four look at subscribers, the others at interfaces; what is asked is what the scripts ask.
async fn browse(somebody: Visitor, number: usize, window: Duration) -> anyhow::Result<(Vec<f64>, u64)> {
    let until = tokio::time::Instant::now() + window;
    let is_table = number % 4 == 3;
    let (page, api, list, topic) = if is_table {
        ("/interfaces?sort=-rx_bps", "/api/v1/interfaces?sort=-rx_bps&state=own", "interfaces", "routers")
    } else {
        ("/subscribers?sort=-down", "/api/v1/subscribers?sort=-down", "subscribers", "subscribers")
    };
    let (mut pages, mut events) = (Vec::new(), 0);
    // Not all of them at the same moment.
    tokio::time::sleep(REOPEN_EVERY.mul_f64(number as f64 / BROWSERS as f64)).await;
    while tokio::time::Instant::now() < until {
        let reopen = until.min(tokio::time::Instant::now() + REOPEN_EVERY);
        pages.push(timed(&somebody, page).await?);
        let window = somebody.get(&format!("{api}&offset=0&limit=200")).await?.json()?;
        let rows = window.get(list).and_then(Value::as_array).context("no rows")?;
        let key = |row: &Value| match row["key"].as_str() {
            Some(key) => key.to_owned(),
            None => format!(
                "{}:{}",
                row["router"].as_str().unwrap_or_default(),
                row["id"].as_str().unwrap_or_default()
            ),
        };
        // What fits into a window of 800 pixels, and a dozen more at each end.
        let keys: Vec<String> = rows.iter().take(45).map(key).collect();
        let keys = urlencode(&keys.join(","));
        let rows = if is_table { String::new() } else { format!("&rows={keys}") };
        let path = format!("/api/v1/stream?topics={topic}{rows}");
        let answer =
            somebody.begin("GET", &path, Sent::Nothing, HeaderMap::default()).await?.error_for_status()?;
        let mut stream = answer.bytes_stream();
        let mut due = tokio::time::Instant::now() + COUNT_EVERY;
        loop {
            let wake = due.min(reopen);
            match tokio::time::timeout_at(wake, stream.next()).await {
                Ok(piece) => {
                    piece.context("the stream ended")??;
                    events += 1;
                }
                Err(_) if reopen <= wake => break,
                Err(_) => {
                    due = wake + COUNT_EVERY;
                    let ask = if is_table {
                        format!("{api}&keys={keys}&offset=0&limit=200")
                    } else {
                        format!("{api}&offset=0&limit=0")
                    };
                    let answer = somebody.get(&ask).await?;
                    ensure!(answer.status == 200, "{ask}: {}", answer.text());
                }
            }
        }
    }
    Ok((pages, events))
}
