//! Every page by the keyboard alone: each stop is reached in the order of the page, seen to have the focus, and left.

#[path = "browser_keyboard/forms.rs"]
mod forms;
#[path = "browser_keyboard/overlays.rs"]
mod overlays;

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::keyboard::Held;
use integration_tests::network::Network;
use integration_tests::service::{Service, urlencode};
use integration_tests::{Running, in_folder};
use serde_json::{Value, json};
use std::path::Path;
use tikwatch::http::listed;

const WALK: &str = include_str!("browser_keyboard/walk.js");

/// The sizes in which pages are laid out differently.
const SIZES: [(u32, u32); 2] = [(1280, 800), (360, 800)];

/// No page has more places at which Tab stops.
const MOST_STOPS: usize = 400;

/// Answers `GET`, and is no page.
const NO_PAGES: [&str; 5] =
    ["/healthz", "/favicon.ico", "/manifest.webmanifest", "/worker.js", "/static/{path:.*}"];

/// Those that are for whoever has not come in yet.
const WAYS_IN: [&str; 3] = ["/sign-in", "/setup", "/enter/{secret}"];

/// A network, and people and groups to go through.
struct House {
    network: Network,
    browser: Browser,
    subscriber: String,
    group: String,
    job: String,
}

impl House {
    async fn open() -> anyhow::Result<Self> {
        let network = Network::start(60).await?;
        let service = &network.service;
        let subscriber = network.routers.first().and_then(|router| router.online().first().cloned());
        let subscriber = subscriber.context("nobody is online")?;
        let member = json!([{ "name": subscriber, "router": "r1" }]);
        let body =
            json!({ "name": "North", "members": member, "rules": [{ "kind": "profile", "value": "10M" }] });
        let made = service.send("POST", "/api/v1/groups", &body).await?;
        let group = made.pointer("/group/id").and_then(Value::as_str).context("no group")?.to_owned();
        let category = json!({ "name": "Towers", "subcategories": [{ "name": "hill", "groups": [group] }] });
        service.send("POST", "/api/v1/categories", &category).await?;
        let user =
            json!({ "name": "zoe", "password": "seven brown canaries", "role": "viewer", "routers": ["r1"] });
        service.send("POST", "/api/v1/users", &user).await?;
        service.send("POST", "/api/v1/tokens", &json!({ "name": "grafana", "role": "viewer" })).await?;
        let lists =
            ["interfaces", "hotspot", "leases", "queues"].map(|list| format!("/api/v1/{list}?limit=1"));
        network.has_read(&lists).await?;
        let address = network.routers.first().context("no router")?.address;
        let version = service.json("/api/v1/settings").await?.get("version").cloned();
        let body = json!({ "version": version, "host": address.ip().to_string(), "port": address.port(),
            "username": "monitor", "write_mode": true });
        service.send("PUT", "/api/v1/routers/r1", &body).await?;
        let action = json!({ "router": "r1", "action": "disable_account", "name": subscriber });
        let made = service.send("POST", "/api/v1/jobs", &json!({ "actions": [action] })).await?;
        let job = made.pointer("/job/id").and_then(Value::as_str).context("no job")?.to_owned();
        let browser = Browser::start_for(&network.service).await?;
        Ok(Self { network, browser, subscriber, group, job })
    }

    fn service(&self) -> &Service {
        &self.network.service
    }

    /// The pages that a route is looked at with.
    fn pages(&self, route: &str) -> Vec<String> {
        let more = match route {
            "/routers/{name}" => vec!["?tab=connection", "?tab=log", "?tab=raw"],
            "/subscribers" => vec!["?q=nobody-is-called-so"],
            "/jobs/new" => vec!["?router=r1&action=set_profile", "?router=r1&action=add_account"],
            _ => Vec::new(),
        };
        let name = if route.starts_with("/subscribers") { self.subscriber.as_str() } else { "r1" };
        let id = if route.starts_with("/jobs") { &self.job } else { &self.group };
        let path = route.replace("{router}", "r1").replace("{name}", &urlencode(name)).replace("{id}", id);
        let more: Vec<String> = more.into_iter().map(|query| format!("{path}{query}")).collect();
        std::iter::once(path).chain(more).collect()
    }

    async fn show(&self, path: &str) -> anyhow::Result<()> {
        show(&self.browser, &format!("{}{path}", self.service().url)).await
    }
}

/// Opens a page, and waits until its scripts have done what they do at first.
async fn show(browser: &Browser, url: &str) -> anyhow::Result<()> {
    browser.client().goto(url).await?;
    let is_ready = "document.readyState === 'complete' \
        && (document.getElementById('list') === null || document.body.dataset.page === 'audit' \
            || document.getElementById('pill')?.dataset.state === 'live')";
    browser.wait(is_ready).await
}

/// Everything that can be opened in its place is open, as then there is more to go through.
const OPEN: &str = "(() => { document.querySelectorAll('main details:not(.menu, .hints)').forEach((each) => { each.open = true; }); \
    document.querySelectorAll('[name=\"scope\"][value=\"some\"]').forEach((each) => { each.checked = true; }); })()";

/// Waits until the page was drawn, and gives what was noted on the way.
const FRAME: &str = "new Promise((next) => { requestAnimationFrame(() => setTimeout(() => next(__walk))); })";

/// Goes through the page as it is, to its end and back; gives what was wrong, and how many stops there were.
async fn walk(browser: &Browser) -> anyhow::Result<(Vec<String>, u64)> {
    if browser.evaluate("window.__walk === undefined").await? == true {
        browser.evaluate(WALK).await?;
    }
    let (mut faults, mut stops) = (Vec::new(), Vec::new());
    for held in [Held::Nothing, Held::Shift] {
        browser.evaluate(&format!("__walk.begin({})", held == Held::Shift)).await?;
        let mut walked = Value::Null;
        for _ in 0..MOST_STOPS / 10 {
            for _ in 0..10 {
                browser.press_with(held, "Tab").await?;
            }
            // Long lists draw what comes next with the next frame.
            walked = browser.evaluate(FRAME).await?;
            if walked.get("hasEnded") == Some(&Value::Bool(true)) {
                break;
            }
        }
        if walked.get("hasEnded") != Some(&Value::Bool(true)) {
            faults.push(format!("no end after {MOST_STOPS} stops"));
        }
        let found = walked.get("faults").and_then(Value::as_array).context("no walk")?.iter();
        faults.extend(found.filter_map(Value::as_str).map(|fault| format!("{held:?} {fault}")));
        stops.push(walked.get("stops").and_then(Value::as_u64).context("no stops")?);
    }
    if faults.is_empty() && stops.first() != stops.last() {
        faults.push(format!("another number of stops on the way back: {stops:?}"));
    }
    Ok((faults, stops.into_iter().sum()))
}

/// Goes through a page in these sizes.
async fn walk_in(
    sizes: impl Iterator<Item = (u32, u32)>,
    browser: &Browser,
    url: &str,
) -> anyhow::Result<(Vec<String>, u64)> {
    let (mut faults, mut stops) = (Vec::new(), 0);
    for (width, height) in sizes {
        browser.resize(width, height).await?;
        show(browser, url).await?;
        browser.evaluate(OPEN).await?;
        let (found, walked) = walk(browser).await?;
        faults.extend(found.into_iter().map(|fault| format!("{width} {url} {fault}")));
        stops += walked;
        ensure!(walked > 0 || url.contains("/enter/"), "{url} has nothing to come to");
    }
    Ok((faults, stops))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_gone_through_by_keyboard_alone() -> anyhow::Result<()> {
    let house = House::open().await?;
    let is_page = |route: &&str| {
        !route.starts_with("/api/v1/")
            && !(route.starts_with("/api/"))
            && !NO_PAGES.contains(route)
            && !WAYS_IN.contains(route)
    };
    let routes = listed().filter(|route| route.method == "GET").map(|route| route.path).filter(is_page);
    let pages: Vec<String> =
        routes.flat_map(|route| house.pages(route)).chain(["/nowhere".to_owned()]).collect();
    ensure!(pages.len() > 30 && pages.iter().all(|path| !path.contains('{')), "{pages:?}");
    let (mut faults, mut stops) = (Vec::new(), 0);
    // All of it takes a while: usually each page is looked at in one size, and the next page in the other.
    let is_full = std::env::var_os("RUN_SLOW_TESTS").is_some();
    for (place, path) in pages.iter().enumerate() {
        let url = format!("{}{path}", house.service().url);
        let sizes = SIZES.into_iter().skip(if is_full { 0 } else { place % 2 });
        let most = if is_full { SIZES.len() } else { 1 };
        let (found, walked) = walk_in(sizes.take(most), &house.browser, &url).await?;
        faults.extend(found);
        stops += walked;
    }
    println!("{} pages, {stops} stops", pages.len());
    ensure!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_in_can_be_gone_through_by_keyboard_alone() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (_process, link) = untouched(folder.path())?;
    let url = link.split("/setup").next().context("no address")?.to_owned();
    let browser = Browser::start().await?;
    let mut faults = Vec::new();
    for page in [link, format!("{url}/sign-in"), format!("{url}/enter/x")] {
        faults.extend(walk_in(SIZES.into_iter(), &browser, &page).await?.0);
    }
    ensure!(faults.is_empty(), "{faults:#?}");
    Ok(())
}

/// A service that nobody has an account of, and the link that it prints.
fn untouched(folder: &Path) -> anyhow::Result<(Running, String)> {
    let mut command = in_folder(folder);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
    let process = Running::start(&mut command)?;
    let told =
        process.wait_for_line(integration_tests::service::PATIENCE, |line| line.contains("/setup?token="))?;
    let link = told.split_whitespace().find(|word| word.contains("/setup?token=")).context("no link")?;
    Ok((process, link.to_owned()))
}

/// Adds a style to the page, which its policy lets only the DevTools protocol do.
fn styled(rules: &str) -> String {
    format!(
        "(() => {{ const sheet = new CSSStyleSheet(); sheet.replaceSync({}); document.adoptedStyleSheets.push(sheet); }})()",
        json!(rules)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_keyboard_out_is_found_when_planted() -> anyhow::Result<()> {
    let house = House::open().await?;
    house.browser.resize(1280, 800).await?;
    let trap = "document.getElementById('palette-open').addEventListener('keydown', (event) => \
        { if (event.key === 'Tab') event.preventDefault(); })";
    let first = "document.getElementById('theme').tabIndex = 5";
    let cover =
        "document.body.append(Object.assign(document.createElement('div'), { className: 'planted' }))";
    let over = ".planted { position: fixed; inset: 0 0 auto auto; width: 300px; height: 50px; z-index: 99; }";
    let planted = [
        ("no way on from", trap.to_owned()),
        ("not reached", first.to_owned()),
        ("focus not shown", styled("#theme { outline: 0 !important; }")),
        ("focus hardly seen", styled("#theme { outline-color: var(--bg) !important; }")),
        (
            "focus cut off",
            styled(".bar-end { overflow: hidden; } #theme { outline-offset: 20px !important; }"),
        ),
        ("covered by", format!("{cover}; {}", styled(over))),
        ("not in the window", styled("#theme { position: fixed; inset-block-start: -90px; }")),
        ("not in the order of the eye", styled(".bar-end { flex-direction: row-reverse; }")),
    ];
    house.show("/").await?;
    let (faults, _) = walk(&house.browser).await?;
    ensure!(faults.is_empty(), "wrong without any plant: {faults:#?}");
    for (expected, plant) in planted {
        house.show("/").await?;
        house.browser.evaluate(&plant).await?;
        let (faults, _) = walk(&house.browser).await?;
        ensure!(faults.iter().any(|fault| fault.contains(expected)), "{expected} was not found: {faults:#?}");
    }
    Ok(())
}
