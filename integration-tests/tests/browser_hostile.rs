//! Hostile strings in every text that a router has, on every page that shows it: none runs, each is shown exactly.

#[path = "browser_hostile/files.rs"]
mod files;
#[path = "browser_hostile/jobs.rs"]
mod jobs;
#[path = "browser_hostile/pages.rs"]
mod pages;

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::hostile_routers::{FILLED, Filled, HostileRouters, ROUTERS};
use integration_tests::service::Service;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tikwatch::domain::visible::{brief, visible};

/// Rows as they are shown: a text for each field.
type Shown = BTreeSet<Vec<String>>;

/// Counts what runs, from the first moment of each page on.
const COUNTER: &str = "window.__ran = 0;";

/// The rows that are in a page now, as texts by column; a title that says something else than its cell stands out.
const READ: &str = r"
    const columns = [...document.querySelectorAll('#table thead th')].map((head) => head.dataset.key);
    const text = (cell) => {
        const shown = (cell.querySelector('.text') ?? cell.querySelector('bdi') ?? cell).textContent;
        return cell.title && cell.title !== shown ? `${shown} but its title is ${cell.title}` : shown;
    };
    const read = () => [...document.querySelectorAll('#rows tr[data-key]')].map((row) => {
        const cells = Object.fromEntries(columns.map((word, place) => [word, text(row.children[place])]));
        const service = row.querySelector('.service');
        return service ? { ...cells, service: service.textContent } : cells;
    });
";

/// Scrolls from the first row to the last, and reads all of them.
const WALK: &str = r"
    const list = document.getElementById('list');
    const rows = () => [...document.querySelectorAll('#rows tr')];
    const seen = new Map();
    for (let top = 0; ; top += Math.floor(list.clientHeight * 0.8)) {
        list.scrollTop = top;
        const until = performance.now() + 20000;
        const isThere = () => rows().length > 0 && rows().every((row) => row.dataset.key);
        do await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 5)));
        while (!isThere() && performance.now() < until);
        for (const row of read()) seen.set(JSON.stringify(row), row);
        if (list.scrollHeight - list.clientHeight <= top) break;
    }
    return [...seen.values()];
";

struct House {
    routers: HostileRouters,
    service: Service,
    browser: Browser,
}

impl House {
    async fn open() -> anyhow::Result<Self> {
        let routers = HostileRouters::start().await?;
        let list = routers.addresses.iter().enumerate().map(|(n, address)| {
            json!({ "name": format!("r{n}"), "host": address.ip().to_string(), "port": address.port(),
                "username": pages::username(&routers, n), "password": "x", "write_mode": true })
        });
        let settings = json!({ "routers": list.collect::<Vec<_>>() });
        let service = Service::start(&settings, &[])?;
        for filled in &FILLED {
            let path = format!("{}{}limit=1", filled.list, if filled.list.contains('?') { '&' } else { '?' });
            let all = |answer: &Value| answer.pointer("/meta/total") == Some(&json!(routers.strings()));
            service.wait_for(&path, all).await?;
        }
        let browser = Browser::start_for(&service).await?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": COUNTER })).await?;
        // What is kept away from pages would come through their service worker.
        browser.devtools("Network.enable", json!({})).await?;
        browser.devtools("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
        browser.resize(1280, 1600).await?;
        Ok(Self { routers, service, browser })
    }

    async fn open_page(&self, path: &str) -> anyhow::Result<()> {
        self.browser.open(&self.service, path).await
    }

    /// What the page shows of a menu's fields, read by this script.
    async fn shown(&self, filled: &Filled, script: &str) -> anyhow::Result<Shown> {
        let rows = self.browser.evaluate(&format!("(async () => {{ {READ} {script} }})()")).await?;
        let field = |row: &Value, column: &str| row[column].as_str().unwrap_or("no such column").to_owned();
        let row = |row: &Value| filled.fields.iter().map(|one| field(row, one.column)).collect();
        Ok(rows.as_array().context("no rows")?.iter().map(row).collect())
    }

    /// What ran, and what the page was kept from.
    async fn harm(&self) -> anyhow::Result<Vec<String>> {
        let mut found = self.browser.violations().await?;
        if self.browser.evaluate("window.__ran").await? != 0 {
            found.push("something ran".to_owned());
        }
        Ok(found)
    }

    /// What the server writes, in windows of fifty rows, in pages whose own scripts are kept away: those of the
    /// strings would run all the same. All windows of all menus in the whole test; otherwise one of each menu, the
    /// first of one, the second of the next, and so on.
    async fn written_by_the_server(&self, filled: &Filled) -> anyhow::Result<Shown> {
        let mut all = Shown::new();
        let blocked = json!({ "urls": ["*/assets/*.js*", "*/static/*.js*"] });
        self.browser.devtools("Network.enable", json!({})).await?;
        self.browser.devtools("Network.setBlockedURLs", blocked).await?;
        let windows = self.routers.strings().div_ceil(50);
        let place = FILLED.iter().position(|other| other.menu == filled.menu).unwrap_or(0);
        for window in (0..windows).filter(|window| is_full() || *window == place % windows) {
            let offset = 50 * window;
            let mark = if filled.page.contains('?') { '&' } else { '?' };
            let url = format!("{}{}{mark}offset={offset}", self.service.url, filled.page);
            self.browser.client().goto(&url).await?;
            all.extend(self.shown(filled, "return read();").await?);
            let is_ours =
                |line: &String| line.contains("load failed: <script") || line.contains("ERR_BLOCKED");
            let harm: Vec<String> = self.harm().await?.into_iter().filter(|line| !is_ours(line)).collect();
            ensure!(harm.is_empty(), "{url}: {harm:#?}");
        }
        self.browser.devtools("Network.setBlockedURLs", json!({ "urls": [] })).await?;
        Ok(all)
    }
}

/// Whether everything is looked at, which takes a while.
fn is_full() -> bool {
    std::env::var_os("RUN_SLOW_TESTS").is_some()
}

/// As a page must show it.
fn expected(routers: &HostileRouters, filled: &Filled) -> Shown {
    let cell = |(text, field): (&String, &integration_tests::hostile_routers::Field)| {
        if field.is_cut { brief(text).into_owned() } else { visible(text).into_owned() }
    };
    let row = |row: &Vec<String>| row.iter().zip(filled.fields).map(cell).collect();
    routers.rows(filled).iter().map(row).collect()
}

fn compare(shown: &Shown, expected: &Shown, place: &str) -> anyhow::Result<usize> {
    let wrong: Vec<_> = shown.symmetric_difference(expected).take(4).collect();
    ensure!(wrong.is_empty(), "{place}: shown or expected alone: {wrong:#?}");
    Ok(shown.iter().map(Vec::len).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_hostile_strings_in_forty_fields_are_shown_exactly_and_none_runs() -> anyhow::Result<()>
{
    let house = House::open().await?;
    let (mut pairs, mut fields) = (0, 0);
    for filled in &FILLED {
        let expected = expected(&house.routers, filled);
        ensure!(expected.len() == house.routers.strings(), "a row is expected twice");
        let by_server = house.written_by_the_server(filled).await?;
        let place = format!("{} as the server writes it", filled.page);
        if is_full() {
            compare(&by_server, &expected, &place)?;
        } else {
            ensure!(!by_server.is_empty(), "{place}: no rows");
            let wrong: Vec<_> = by_server.difference(&expected).take(4).collect();
            ensure!(wrong.is_empty(), "{place}: not expected: {wrong:#?}");
        }
        house.open_page(filled.page).await?;
        let by_scripts = house.shown(filled, WALK).await?;
        pairs += compare(&by_scripts, &expected, &format!("{} as scripts write it", filled.page))?;
        fields += filled.fields.len();
        let harm = house.harm().await?;
        ensure!(harm.is_empty(), "{}: {harm:#?}", filled.page);
    }
    ensure!(pairs == fields * house.routers.strings());
    // A router says one thing of itself at a time.
    let rounds = if is_full() { house.routers.rounds() } else { 1 };
    for round in 0..rounds {
        if 0 < round {
            house.routers.turn(round);
        }
        pairs += what_routers_say_of_themselves(&house, round).await?;
    }
    let (more_pairs, more_fields) = pages::all(&house, rounds - 1).await?;
    println!(
        "{} strings in {} fields: {} texts shown exactly, 0 ran",
        house.routers.strings(),
        fields + 4 + more_fields,
        pairs + more_pairs
    );
    planted_markup_is_found(&house).await
}

/// Identity, version and model, on the overview and on the page of routers.
async fn what_routers_say_of_themselves(house: &House, round: usize) -> anyhow::Result<usize> {
    let expected: Vec<[String; 3]> = (0..ROUTERS).map(|router| house.routers.said(router, round)).collect();
    let said = |answer: &Value| {
        let rows = answer["routers"].as_array().map_or(&[][..], Vec::as_slice);
        let is_said = |row: &Value| {
            let number = row["name"].as_str().and_then(|name| name.strip_prefix('r')?.parse::<usize>().ok());
            let texts = number.and_then(|number| expected.get(number));
            texts.is_some_and(|texts| {
                [&row["identity"], &row["version"], &row["model"]] == texts.each_ref().map(String::as_str)
            })
        };
        rows.len() == ROUTERS && rows.iter().all(is_said)
    };
    house.service.wait_for("/api/v1/routers?limit=1000", said).await?;
    let shown: Vec<[String; 3]> =
        expected.iter().map(|texts| texts.each_ref().map(|text| brief(text).into_owned())).collect();
    house.open_page("/routers").await?;
    let rows = house.browser.evaluate(&format!("(async () => {{ {READ} {WALK} }})()")).await?;
    let rows = rows.as_array().context("no rows")?;
    for (router, [_, version, model]) in shown.iter().enumerate() {
        let row = rows.iter().find(|row| row["name"] == format!("r{router}")).context("a router")?;
        ensure!(
            row["version"] == version.as_str() && row["model"] == model.as_str(),
            "{row} is not {version:?}, {model:?}"
        );
    }
    let harm = house.harm().await?;
    ensure!(harm.is_empty(), "/routers: {harm:#?}");
    house.open_page("/").await?;
    let texts = "[...document.querySelectorAll('#routers tr[data-router]')].map((row) => [row.dataset.router,
        ...[...row.querySelectorAll('th .where bdi, td bdi')].map((text) => text.textContent)])";
    let rows = house.browser.evaluate(texts).await?;
    for (router, [identity, version, model]) in shown.iter().enumerate() {
        let expected = json!([format!("r{router}"), identity, model, version]);
        ensure!(
            rows.as_array().is_some_and(|rows| rows.contains(&expected)),
            "no {expected} in {rows:.3000}"
        );
    }
    let harm = house.harm().await?;
    ensure!(harm.is_empty(), "/: {harm:#?}");
    Ok(3 * ROUTERS)
}

/// Whether all this would notice a page that takes text for markup: the same rows, written the wrong way.
async fn planted_markup_is_found(house: &House) -> anyhow::Result<()> {
    let filled = FILLED.last().context("a page")?;
    let plant = "[...document.querySelectorAll('#rows .text')].forEach((cell) => { cell.innerHTML = cell.textContent; })";
    // The browser itself refuses it, and that is seen.
    house.open_page(filled.page).await?;
    house.browser.evaluate(&format!("try {{ {plant} }} catch {{}}")).await?;
    ensure!(house.harm().await?.iter().any(|line| line.contains("trusted-types")), "it was not refused");
    // And so is what it does without that.
    house.browser.devtools("Page.setBypassCSP", json!({ "enabled": true })).await?;
    house.open_page(filled.page).await?;
    house.browser.wait("document.querySelectorAll('#rows .text').length > 30").await?;
    // Read at once: the page writes its rows anew time and again.
    let shown = house.shown(filled, &format!("{plant}; return read();")).await?;
    house.browser.wait("window.__ran > 0").await?;
    ensure!(!shown.is_subset(&expected(&house.routers, filled)), "markup was taken for text");
    Ok(())
}
