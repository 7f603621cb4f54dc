//! The pages in a real Chromium, fed by simulated routers whose subscribers have hostile names.

#[path = "browser_pages/details.rs"]
mod details;
#[path = "browser_pages/pictures.rs"]
mod pictures;
#[path = "browser_pages/restart.rs"]
mod restart;

use anyhow::{Context as _, ensure};
use fantoccini::Locator;
use integration_tests::browser::Browser;
use integration_tests::isp::Router;
use integration_tests::network::{Network, settings};
use integration_tests::service::{PATIENCE, Service};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PAGES: [(&str, &str); 3] = [
    ("overview", "/"),
    ("subscribers", "/subscribers"),
    ("nothing-found", "/subscribers?q=nobody-has-this-name"),
];

async fn text(browser: &Browser, expression: &str) -> anyhow::Result<String> {
    Ok(browser
        .evaluate(expression)
        .await?
        .as_str()
        .with_context(|| format!("no text: {expression}"))?
        .to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_inert_accessible_and_fit_in_both_themes_and_sizes() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            for (name, path) in PAGES {
                browser.open(&network.service, path).await?;
                // A few updates of everything, so that what scripts write is looked at too.
                browser.wait("performance.now() > 3000").await?;
                let place = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
                browser.screenshot(&place).await?;
                let found = browser.violations().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                let found = browser.axe().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                ensure!(!browser.overflows().await?, "{place} is wider than the window");
                if name == "overview" {
                    let never_read = "[...document.querySelectorAll('[data-router=gone] .end')]\
                                      .every((cell) => cell.textContent === '–')";
                    ensure!(browser.evaluate(never_read).await? == true, "values that nobody measured");
                    let whole = browser.evaluate("document.documentElement.scrollHeight").await?;
                    browser.resize(width, whole.as_u64().context("a height")?.try_into()?).await?;
                    browser.screenshot(&format!("{place}-whole")).await?;
                    browser.resize(width, height).await?;
                }
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_shown_as_they_are() -> anyhow::Result<()> {
    let network = Network::start(200).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    let names: Vec<String> =
        network.routers.iter().flat_map(Router::online).filter(|name| !name.bytes().all(is_plain)).collect();
    ensure!(4 <= names.len(), "the simulator has few odd names: {names:?}");
    for name in names {
        let found = format!("/subscribers?q={}", encode(&format!("\"{}\"", name.replace('"', "\"\""))));
        browser.open(&network.service, &found).await?;
        let shown = "[...document.querySelectorAll('#rows th bdi')].map((cell) => cell.textContent)";
        // Others may have the same text as their comment, so it is not the only row.
        browser.wait(&format!("{shown}.includes({})", json!(name))).await?;
        ensure!(browser.violations().await?.is_empty(), "{name:?}");
    }
    Ok(())
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'_' | b'-')
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

fn encode(text: &str) -> String {
    text.bytes().flat_map(|byte| ['%', digit(byte >> 4), digit(byte & 15)]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn values_change_in_place_and_rows_keep_their_places() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    for refresh in ["5", "live"] {
        browser.open(&network.service, "/subscribers").await?;
        browser.evaluate(&format!("localStorage.setItem('refresh', '{refresh}')")).await?;
        rows_stay(&browser, &network, if refresh == "live" { "live" } else { "every" }).await?;
        browser.evaluate("localStorage.removeItem('refresh')").await?;
    }
    Ok(())
}

async fn rows_stay(browser: &Browser, network: &Network, pill: &str) -> anyhow::Result<()> {
    browser.client().goto(&format!("{}/subscribers?sort=-down", network.service.url)).await?;
    browser.wait(&format!("document.getElementById('pill')?.dataset.state === '{pill}'")).await?;
    let order = "[...document.querySelectorAll('#rows tr')].map((row) => row.dataset.key).join()";
    let rates = "[...document.querySelectorAll('#rows .c-down')].map((cell) => cell.textContent).join()";
    // The server writes a page of rows; the list then draws those that are seen.
    browser.wait("document.querySelector('#after td')?.style.height > ''").await?;
    let before = text(browser, order).await?;
    ensure!(!before.is_empty(), "no rows");
    // The one at the top hangs up, and falls to the end of the list when it is sorted again.
    let name = text(browser, "document.querySelector('#rows th bdi').textContent").await?;
    ensure!(network.routers.iter().any(|router| router.router.drop_session(&name)), "{name} was online");
    browser.wait("document.querySelector('#rows .c-state').textContent.trim() !== 'Online'").await?;
    for _ in 0..3 {
        let now = text(browser, rates).await?;
        browser.wait(&format!("{rates} !== {}", json!(now))).await?;
    }
    let now = text(browser, order).await?;
    ensure!(now == before, "rows changed places unasked: {before} became {now}");
    // Whoever asks for it gets the order of now.
    browser.wait("!document.getElementById('resort').hidden").await?;
    browser.screenshot("resort-1280").await?;
    browser.evaluate("document.getElementById('resort').click()").await?;
    browser.wait(&format!("document.querySelector('#rows th bdi').textContent !== {}", json!(name))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_session_turns_offline_without_a_reload() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    let router = network.routers.first().context("a router")?;
    let accounts = router.router.account_names();
    let is_candidate =
        |name: &&String| name.bytes().all(is_plain) && accounts.contains(&name.as_bytes().to_vec());
    let online = router.online();
    let name = online.iter().rev().find(is_candidate).context("somebody online with an account")?;
    browser
        .open(&network.service, &format!("/subscribers?q={}&router=r1", encode(&format!("\"{name}\""))))
        .await?;
    let state = format!(
        "[...document.querySelectorAll('#rows tr')].find((row) => row.querySelector('th bdi').textContent === \
         {})?.querySelector('.c-state').textContent.trim()",
        json!(name)
    );
    browser.wait(&format!("{state}.startsWith('Online')")).await?;
    browser.evaluate("window.stayed = true").await?;
    ensure!(router.router.drop_session(name), "{name} was online");
    browser.wait(&format!("{state}.startsWith('Offline')")).await?;
    ensure!(browser.evaluate("window.stayed").await? == Value::Bool(true), "the page was loaded anew");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_at_is_in_the_address() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&network.service, "/subscribers").await?;
    browser.evaluate("document.getElementById('q').focus()").await?;
    let search = browser.client().find(Locator::Css("#q")).await?;
    search.send_keys("state:offline").await?;
    browser.wait("location.search.includes('state') && Number(document.querySelector('#table').dataset.total) < 200",
    )
    .await?;
    let names = "[...document.querySelectorAll('#rows th bdi')].map((cell) => cell.textContent).join()";
    browser.wait(&format!("{names} !== ''")).await?;
    // An account that is disabled is offline too, and says why.
    browser
        .wait(
            "[...document.querySelectorAll('#rows .c-state .st')].every((state) => \
         ['Offline', 'Disabled'].includes(state.textContent.trim()))",
        )
        .await?;
    ensure!(browser.evaluate("document.querySelector('#rows .st-offline') !== null").await? == true);
    let shown = text(&browser, names).await?;
    let address = text(&browser, "location.pathname + location.search").await?;
    browser.open(&network.service, &address).await?;
    browser.wait(&format!("{names} === {}", json!(shown))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_table_has_few_rows_in_the_page() -> anyhow::Result<()> {
    let network = Network::start(3_000).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&network.service, "/subscribers?sort=name").await?;
    let last = "document.querySelector('#rows tr:last-child')?.getAttribute('aria-rowindex')";
    let scroll = "(() => { const list = document.getElementById('list'); list.scrollTop = list.scrollHeight; \
                  scrollTo(0, document.body.scrollHeight); })()";
    browser.evaluate(scroll).await?;
    let until = Instant::now() + PATIENCE;
    let total: usize =
        text(&browser, "document.getElementById('table').dataset.total").await?.parse().context("a total")?;
    ensure!(2_500 < total, "{total} subscribers");
    while text(&browser, last).await?.parse::<usize>()? < total {
        ensure!(Instant::now() < until, "the end of the table was never shown");
        browser.evaluate(scroll).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let rows = browser.evaluate("document.querySelectorAll('#rows tr').length").await?;
    ensure!(rows.as_u64().context("a number")? <= 120, "{rows} rows in the page");
    ensure!(browser.violations().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_told_and_found_again() -> anyhow::Result<()> {
    let router = Router::calm(100).await?;
    let service = Service::start(&json!({ "routers": [settings(1, &router)] }), &[])?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&service, "/subscribers").await?;
    let total = "document.getElementById('table').dataset.total";
    let before = text(&browser, total).await?;
    ensure!(before.parse::<usize>()? >= 90, "{before} subscribers");
    service.process.kill()?;
    browser.wait("document.getElementById('pill').dataset.state !== 'live'").await?;
    let _service = service.again()?;
    browser.wait("document.getElementById('pill').dataset.state === 'live'").await?;
    // About forty rows are in the page; all of them have to be shown and read anew.
    browser.wait(&format!("{total} === {}", json!(before))).await?;
    let fresh = "document.querySelectorAll('#rows tr[data-key]:not(.stale) .st-online').length > 25";
    browser.wait(fresh).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_moves_while_somebody_scrolls_is_there_once() -> anyhow::Result<()> {
    let network = Network::start(1_200).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&network.service, "/subscribers?sort=-down").await?;
    browser.wait("document.querySelectorAll('#rows tr[data-key]').length > 20").await?;
    // From the first row to the last, while every rate changes: what was seen is kept by its place.
    let walk = "(async () => {
        const list = document.getElementById('list');
        const twice = [];
        let places = 0;
        for (let top = 0; top < list.scrollHeight - list.clientHeight; top += 400) {
            list.scrollTop = top;
            const until = performance.now() + 5000;
            const rows = () => [...document.querySelectorAll('#rows tr')];
            const isThere = () => rows().filter((row) => row.dataset.key).length > 20;
            do await new Promise((next) => setTimeout(next, 150));
            while (!isThere() && performance.now() < until);
            const keys = rows().map((row) => row.dataset.key).filter((key) => key);
            if (new Set(keys).size !== keys.length) twice.push(top);
            places = Math.max(places, Number(rows().at(-1).getAttribute('aria-rowindex')));
        }
        return { twice, places };
    })()";
    let walked = browser.evaluate(walk).await?;
    ensure!(walked.pointer("/twice") == Some(&json!([])), "rows were there twice: {walked}");
    ensure!(
        walked.pointer("/places").and_then(Value::as_u64) > Some(1_000),
        "not walked to the end: {walked}"
    );
    ensure!(browser.violations().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_can_be_read_without_scripts() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    let (client, url) = (browser.client(), &network.service.url);
    client.goto(url).await?;
    ensure!(texts(client, "#routers tbody th a").await? == ["r1", "r2", "gone"]);
    // Simulated routers may have a broken power supply; what cannot be reached comes first.
    ensure!(texts(client, "#attention strong").await?.first().is_some_and(|name| name == "gone"));
    ensure!(!client.find(Locator::Css("#pill")).await?.is_displayed().await?, "the pill is a script's");
    browser.screenshot("overview-without-scripts").await?;

    browser.follow(Locator::LinkText("Subscribers")).await?;
    let names = "#rows th bdi";
    ensure!(texts(client, names).await?.len() == 50);
    browser.screenshot("subscribers-without-scripts").await?;
    browser.follow(Locator::Css("#pager a[rel=next]")).await?;
    ensure!(client.current_url().await?.query() == Some("offset=50"));

    client.find(Locator::Css("#q")).await?.send_keys("state:online jose").await?;
    browser.follow(Locator::Css("#find button[type=submit]")).await?;
    let found = texts(client, names).await?;
    ensure!(!found.is_empty() && found.iter().all(|name| name.contains("jose")), "{found:?}");

    browser.follow(Locator::Css("thead .c-name a")).await?;
    let other_way: Vec<String> = texts(client, names).await?.into_iter().rev().collect();
    ensure!(other_way == found, "sorted by name the other way: {other_way:?}, not {found:?}");
    ensure!(texts(client, "th[aria-sort=descending] a").await? == ["Name"]);
    Ok(())
}

async fn texts(client: &fantoccini::Client, selector: &str) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for element in client.find_all(Locator::Css(selector)).await? {
        texts.push(element.text().await?);
    }
    Ok(texts)
}
