//! How often a page is refreshed: chosen once, kept, and so on every page that is live.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::isp::Router;
use integration_tests::service::{Service, online, urlencode};
use serde_json::{Value, json};

/// Counts what a page asks for, and lets its longer intervals pass a hundred times faster.
const WATCH: &str = "
    window.__asked = 0;
    window.__every = [];
    const { setInterval: every, fetch: ask, EventSource: Stream } = window;
    window.setInterval = (act, wait, ...more) => {
        window.__every.push(wait);
        return every(act, wait >= 5000 ? wait / 100 : wait, ...more);
    };
    window.fetch = (...what) => { window.__asked += 1; return ask(...what); };
    window.EventSource = class extends Stream { constructor(...what) { super(...what); window.__asked += 1; } };
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (...what) { window.__asked += 1; return send.apply(this, what); };
";

async fn choose(browser: &Browser, word: &str) -> anyhow::Result<()> {
    let change = format!(
        "(() => {{ const choice = document.getElementById('refresh'); choice.value = '{word}';
            choice.dispatchEvent(new Event('change')); }})()"
    );
    browser.evaluate(&change).await?;
    Ok(())
}

async fn asked(browser: &Browser) -> anyhow::Result<u64> {
    browser.evaluate("window.__asked").await?.as_u64().context("nobody counts")
}

/// Waits until the router was read again: a page that is live would have something new to show.
async fn read_again(service: &Service) -> anyhow::Result<()> {
    let path = "/api/v1/routers/r1";
    let rates = |answer: &Value| answer.pointer("/router/download_bps").cloned();
    let before = rates(&service.json(path).await?);
    ensure!(before.is_some(), "no rates");
    service.wait_for(path, |answer| rates(answer) != before).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn how_often_a_page_is_refreshed_is_chosen_on_each_live_page_and_kept() -> anyhow::Result<()> {
    let router = Router::calm(60).await?;
    let (host, port) = (router.address.ip().to_string(), router.address.port());
    let settings =
        json!({ "name": "r1", "host": host, "port": port, "username": "monitor", "poll_seconds": 1 });
    let service = Service::start(&json!({ "routers": [settings] }), &[])?;
    service.wait_for("/api/pppoe_interfaces", |answer| 10 < online(answer)).await?;
    let rows = service.json("/api/v1/subscribers?state=online&limit=1").await?;
    let name = rows.pointer("/subscribers/0/name").and_then(Value::as_str).context("nobody is online")?;
    let group = json!({ "router": "r1", "name": "One", "members": [{ "name": name }] });
    let made = service.send("POST", "/api/v1/groups", &group).await?;
    let id = made.pointer("/group/id").and_then(Value::as_str).context("no id")?;
    let browser = Browser::start_for(&service).await?;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    browser.resize(1280, 800).await?;
    let (subscriber, group) = (format!("/subscribers/r1/{}", urlencode(name)), format!("/groups/{id}"));
    let pages = [
        "/",
        "/subscribers",
        &subscriber,
        "/routers",
        "/routers/r1",
        "/interfaces",
        "/hotspot",
        "/dhcp",
        "/queues",
        "/groups",
        &group,
        "/logs",
        "/logs/routers",
        "/logs/events",
        "/performance",
    ];
    browser.open(&service, "/").await?;
    choose(&browser, "off").await?;
    for path in pages {
        browser.client().goto(&format!("{}{path}", service.url)).await?;
        let is_off = "document.getElementById('pill')?.dataset.state === 'off'";
        browser.wait(is_off).await?;
        // What a page loads at first is loaded all the same; then it is quiet.
        let before = asked(&browser).await?;
        read_again(&service).await?;
        ensure!(asked(&browser).await? == before, "{path} asked although it is not to be refreshed");
        for (word, wait) in [("60", 60_000), ("30", 30_000), ("10", 10_000), ("5", 5_000)] {
            browser.evaluate("window.__every = []").await?;
            choose(&browser, word).await?;
            browser.wait(&format!("document.getElementById('pill').innerText === 'Every {word} s'")).await?;
            let every = browser.evaluate("window.__every").await?;
            ensure!(every == json!([wait]), "{path}: every {word} s became {every}");
            // The choice itself refreshes once; what comes later is the interval's.
            let more = asked(&browser).await? + 2;
            browser.wait(&format!("window.__asked >= {more}")).await?;
        }
        choose(&browser, "off").await?;
        browser.wait(is_off).await?;
        let violations = browser.violations().await?;
        ensure!(violations.is_empty(), "{path}: {violations:#?}");
    }
    browser.wait("document.getElementById('pill').innerText === 'Not refreshed'").await?;
    choose(&browser, "live").await?;
    browser.wait("document.getElementById('pill').dataset.state === 'live'").await
}
