//! Somebody honest: signed in, at 127.0.0.1, who opens pages and whose programs ask the API, ten times a second.

use anyhow::{Context as _, ensure};
use integration_tests::report::{Report, percentile};
use integration_tests::service::Service;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const EVERY: Duration = Duration::from_millis(100);

/// Who waits longer has gone away.
const PATIENCE: Duration = Duration::from_secs(10);

const PATHS: [&str; 5] =
    ["/", "/subscribers?sort=-down", "/api/v1/subscribers?limit=50", "/api/health", "/static/css/tokens.css"];

/// Somebody who asks until told to end, on a thread of their own: the besiegers must not hold them up on this side.
pub(super) struct Honest {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Told>>,
}

/// What somebody honest tells of it.
struct Told {
    asked: usize,
    /// From when it was time to ask to the last byte, in milliseconds; of those that were answered.
    took: Vec<f64>,
    wrong: Option<String>,
}

impl Honest {
    pub(super) fn begin(service: &Service) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let (url, cookie) = (service.url.clone(), format!("{}={}", service.cookie.0, service.cookie.1));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(ask(&url, &cookie, &is_over))
        });
        Self { stop, thread }
    }

    /// Ends it, and adds what was seen to the report.
    pub(super) fn end(self, report: &mut Report, during: &str) -> anyhow::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let told = self.thread.join().map_err(|_| anyhow::anyhow!("the honest client panicked"))?;
        let Told { asked, mut took, wrong } = told?;
        ensure!(0 < asked && !took.is_empty(), "nothing was answered {during}: {wrong:?}");
        let share = took.len() as f64 / asked as f64;
        let measured = format!("{} of {asked}", took.len());
        let measured = wrong.map_or(measured.clone(), |wrong| format!("{measured}; {wrong}"));
        report.hold(
            &format!("an honest client is answered {during}"),
            "over 99.9 %",
            &measured,
            0.999 < share,
        );
        let (median, p99) = (percentile(&mut took, 0.5), percentile(&mut took, 0.99));
        let measured =
            format!("p99 {p99:.1} ms, median {median:.1} ms, worst {:.1} ms", percentile(&mut took, 1.0));
        report.measure(&format!("its answers {during}"), "p99 under 100 ms", &measured, p99 < 100.0);
        Ok(())
    }
}

async fn ask(url: &str, cookie: &str, is_over: &AtomicBool) -> anyhow::Result<Told> {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("cookie", cookie.parse()?);
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let client = |kept: usize| {
        let client = reqwest::Client::builder().default_headers(headers.clone()).local_address(here);
        client.pool_max_idle_per_host(kept).timeout(PATIENCE).build()
    };
    // A browser keeps its connections; a program may open a new one each time.
    let clients = [client(6)?, client(0)?];
    let mut due = tokio::time::interval(EVERY);
    let (mut asked, mut asking) = (0, JoinSet::new());
    while !is_over.load(Ordering::Relaxed) {
        let since = due.tick().await.into_std();
        let client = clients.get(asked / PATHS.len() % 2).context("a client")?.clone();
        let path = PATHS.get(asked % PATHS.len()).context("a path")?;
        let url = format!("{url}{path}");
        asking.spawn(async move { (path, since, whole(client, url).await) });
        asked += 1;
    }
    let (mut took, mut wrong) = (Vec::new(), None);
    while let Some(answered) = asking.join_next().await {
        match answered? {
            (_, since, Ok(at)) => took.push((at - since).as_secs_f64() * 1e3),
            (path, _, Err(error)) => wrong = Some(format!("{path}: {error:#}")),
        }
    }
    Ok(Told { asked, took, wrong })
}

/// When all of the answer was here, if it was the right one.
async fn whole(client: reqwest::Client, url: String) -> anyhow::Result<Instant> {
    let answer = client.get(url).send().await?;
    let status = answer.status();
    ensure!(status.is_success(), "answered {status}");
    answer.bytes().await?;
    Ok(Instant::now())
}
