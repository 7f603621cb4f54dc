//! The pages that are one table of the routers, in a real Chromium, fed by simulated routers with hostile texts.

#[path = "browser_tables/lines.rs"]
mod lines;
#[path = "browser_tables/refresh.rs"]
mod refresh;
#[path = "browser_tables/sorting.rs"]
mod sorting;

use anyhow::{Context as _, ensure};
use fantoccini::Locator;
use integration_tests::browser::Browser;
use integration_tests::network::Network;
use serde_json::{Value, json};

const PAGES: [(&str, &str); 9] = [
    ("routers", "/routers"),
    ("interfaces", "/interfaces?sort=-rx_bps"),
    ("hotspot", "/hotspot"),
    ("hotspot-hosts", "/hotspot/hosts"),
    ("hotspot-users", "/hotspot/users"),
    ("dhcp", "/dhcp"),
    ("dhcp-pools", "/dhcp/pools"),
    ("queues", "/queues"),
    ("queues-nothing-found", "/queues?q=nothing-has-this-name"),
];

/// A network whose tables were read, also those that are read last.
async fn network() -> anyhow::Result<Network> {
    let network = Network::start(600).await?;
    let last = ["leases", "queues", "hotspot/hosts", "hotspot/users", "interfaces"];
    network.has_read(&last.map(|list| format!("/api/v1/{list}"))).await?;
    Ok(network)
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_inert_accessible_and_fit_in_both_themes_and_sizes() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            for (name, path) in PAGES {
                browser.open(&service, path).await?;
                let is_empty = path.contains("nothing");
                let rows = "document.querySelectorAll('#rows tr[data-key]').length > 0";
                browser
                    .wait(if is_empty { "!document.getElementById('empty').hidden" } else { rows })
                    .await?;
                // What scripts write after the first values is looked at too, once: they take their time.
                let is_renewed = !is_empty && width == 1280 && !dark;
                let renewed =
                    "performance.getEntriesByType('resource').some((one) => one.name.includes('keys='))";
                browser.wait(if is_renewed { renewed } else { "true" }).await?;
                let place = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
                browser.screenshot(&place).await?;
                let found = browser.violations().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                let found = browser.axe().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                ensure!(!browser.overflows().await?, "{place} is wider than the window");
                let notes = browser.evaluate("document.getElementById('notes').innerText").await?;
                ensure!(notes.as_str().is_some_and(|notes| notes.contains("gone")), "{place}: {notes}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_of_tables_are_shown_as_they_are() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    for (path, text) in [
        ("/dhcp?q=script", "<script>alert('dhcp')</script>"),
        ("/dhcp?q=onerror", "\"><img src=x onerror=alert(4)>"),
        ("/interfaces?q=spare", "<b>spare</b>"),
    ] {
        browser.open(&service, path).await?;
        let shown = "[...document.querySelectorAll('#rows .text')].map((cell) => cell.textContent)";
        browser.wait(&format!("{shown}.includes({})", json!(text))).await?;
        ensure!(browser.violations().await?.is_empty(), "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_a_table_change_in_place_and_rows_keep_their_places() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&service, "/interfaces?sort=-rx_bps").await?;
    browser.wait("document.querySelectorAll('#rows tr[data-key]').length === 20").await?;
    let order = "[...document.querySelectorAll('#rows tr')].map((row) => row.dataset.key).join()";
    let rates = "[...document.querySelectorAll('#rows td.k-rate')].map((cell) => cell.textContent).join()";
    let before = browser.evaluate(order).await?;
    browser.wait(&format!("/[1-9]/.test({rates})")).await?;
    for _ in 0..3 {
        let now = browser.evaluate(rates).await?;
        browser.wait(&format!("{rates} !== {now}")).await?;
    }
    ensure!(browser.evaluate(order).await? == before, "rows changed places unasked");
    // Only whoever asks for another order gets one.
    browser.evaluate("document.querySelector('th[data-key=name] a').click()").await?;
    browser.wait("location.search === '?sort=name'").await?;
    browser
        .wait("document.querySelector('th[data-key=name]').getAttribute('aria-sort') === 'ascending'")
        .await?;
    browser.wait(&format!("{order} !== {before}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_can_be_read_searched_and_sorted_without_scripts() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    let client = browser.client();
    client.goto(&format!("{}/queues", service.url)).await?;
    let names = async || -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for cell in client.find_all(Locator::Css("#rows th")).await? {
            names.push(cell.text().await?);
        }
        Ok(names)
    };
    let first = names().await?;
    ensure!(first.len() == 50, "{}", first.len());
    browser.follow(Locator::Css("#pager a[rel=next]")).await?;
    ensure!(names().await? != first && client.current_url().await?.query() == Some("offset=50"));
    browser.follow(Locator::Css("thead a")).await?;
    ensure!(client.current_url().await?.query() == Some("sort=name"));
    let sorted = names().await?;
    let mut lower: Vec<String> = sorted.iter().map(|name| name.to_lowercase()).collect();
    lower.sort();
    ensure!(lower == sorted.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), "{sorted:?}");
    client.goto(&format!("{}/interfaces", service.url)).await?;
    ensure!(names().await?.len() == 20);
    browser.follow(Locator::Css("#chips a[data-state=disabled]")).await?;
    ensure!(names().await? == ["ether4", "ether4"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_performance_are_accessible_and_fit_in_both_themes_and_sizes() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    let log_rows = "document.querySelectorAll('#rows tr[data-number]').length > 0";
    let pages = [
        ("logs", "/logs", log_rows),
        ("logs-routers", "/logs/routers", log_rows),
        ("logs-events", "/logs/events", log_rows),
        ("performance", "/performance", "document.querySelectorAll('#routes tr[data-key]').length > 3"),
        ("export", "/queues", "document.querySelectorAll('#rows tr[data-key]').length > 0"),
    ];
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            for (name, path, is_there) in pages {
                browser.open(&service, path).await?;
                browser.wait(is_there).await?;
                if name == "export" {
                    browser.evaluate("document.querySelector('#export > summary').click()").await?;
                    browser.wait("document.getElementById('export').open").await?;
                }
                let place = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
                browser.screenshot(&place).await?;
                let found = browser.violations().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                let found = browser.axe().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                ensure!(!browser.overflows().await?, "{place} is wider than the window");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_and_does_not_move_under_a_reader() -> anyhow::Result<()> {
    let Network { routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 300).await?;
    browser.open(&service, "/logs/events").await?;
    let first = "document.querySelector('#rows tr')?.dataset.number";
    browser.wait(&format!("{first} !== undefined")).await?;
    let before = browser.evaluate(first).await?;
    let drop_one = |n: usize| routers[0].online().get(n).map(|name| routers[0].router.drop_session(name));
    drop_one(0);
    browser.wait(&format!("{first} !== {before}")).await?;
    // Who reads further down is told how many there are, and nothing moves.
    browser.evaluate("document.getElementById('follow').click()").await?;
    let before = browser.evaluate(first).await?;
    drop_one(1);
    browser.wait("!document.getElementById('fresh').hidden").await?;
    ensure!(browser.evaluate(first).await? == before, "a line was pushed away");
    browser.evaluate("document.getElementById('fresh').click()").await?;
    browser.wait(&format!("{first} !== {before} && document.getElementById('fresh').hidden")).await?;
    // Debug entries are logged for a while, as soon as an admin wants them.
    browser.open(&service, "/logs").await?;
    let debug_line = "document.querySelector('#rows .st-debug') !== null";
    ensure!(browser.evaluate(debug_line).await? == json!(false), "there are debug entries already");
    browser.evaluate("document.querySelector('.debug button').click()").await?;
    browser.wait("document.querySelector('.debug p')?.textContent.includes('until')").await?;
    routers[0].router.redial(routers[0].online().first().context("nobody is online")?);
    browser.wait(debug_line).await?;
    browser.evaluate("document.querySelector('.debug button').click()").await?;
    browser.wait("document.querySelector('.debug p')?.textContent.includes('are not logged')").await?;
    // What is chosen stays chosen.
    browser.open(&service, "/logs?q=nothing-says-this").await?;
    browser.wait("!document.getElementById('empty').hidden").await?;
    ensure!(browser.violations().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_taken_away_as_a_file_with_and_without_scripts() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&service, "/interfaces").await?;
    browser.wait("document.querySelectorAll('#rows tr[data-key]').length === 20").await?;
    let part = |word: &str| format!("document.querySelector('#export [data-part={word}] .rows').textContent");
    browser.wait(&format!("{} === '20 rows'", part("view"))).await?;
    // What is saved is caught on its way: a file of the browser's own is nobody's business.
    let catch = "(() => { const click = HTMLAnchorElement.prototype.click; \
        HTMLAnchorElement.prototype.click = function () { \
            if (!this.download) return click.call(this); \
            window.caught = this.download; }; \
        const make = URL.createObjectURL; \
        URL.createObjectURL = (blob) => { blob.text().then((text) => { window.text = text; }); return make(blob); }; })()";
    browser.evaluate(catch).await?;
    let link = |word: &str, format: &str| {
        format!("document.querySelector('#export [data-part={word}] [data-word={format}]')")
    };
    let press = |link: String| {
        format!("{link}.dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true }}))")
    };
    browser.evaluate("document.querySelector('#export > summary').click()").await?;
    browser.evaluate(&press(link("view", "csv"))).await?;
    browser.wait("window.text !== undefined").await?;
    let text = browser.evaluate("window.text").await?;
    let text = text.as_str().context("a text")?;
    ensure!(text.lines().count() == 21 && text.starts_with("router,id,name,"), "{text}");
    let name = browser.evaluate("window.caught").await?;
    ensure!(name.as_str().is_some_and(|name| name.starts_with("tikwatch-interfaces-20")), "{name}");
    browser
        .wait("document.querySelector('#export .said').textContent.includes('Left out: passwords')")
        .await?;
    // The last entry is the file of all lists, which is counted by its lines, too.
    browser.evaluate("window.text = undefined").await?;
    let last = "[...document.querySelectorAll('#export .export-links a')].at(-1)";
    let href = browser.evaluate(&format!("{last}.getAttribute('href')")).await?;
    ensure!(href == json!("/api/export"), "{href}");
    browser.evaluate(&press(last.to_owned())).await?;
    browser.wait("window.text !== undefined").await?;
    let text = browser.evaluate("window.text").await?;
    let everything: Value = serde_json::from_str(text.as_str().context("a text")?)?;
    ensure!(everything["data"]["interfaces"].as_array().is_some_and(|rows| rows.len() == 20), "{text}");
    let name = browser.evaluate("window.caught").await?;
    ensure!(name.as_str().is_some_and(|name| name.starts_with("tikwatch-20")), "{name}");
    let said = format!("document.querySelector('#export .said').textContent.startsWith(`${{{name}}}: `)");
    browser.wait(&said).await?;
    let bar = browser
        .evaluate("[document.querySelector('#export progress')].map((bar) => bar.value === bar.max)[0]");
    ensure!(bar.await? == json!(true), "not all rows were counted");
    // What is typed is what is in the file.
    browser.client().goto(&format!("{}/interfaces?q=ether1", service.url)).await?;
    browser.wait(&format!("{} === '2 rows'", part("view"))).await?;
    let href = browser.evaluate(&format!("{}.getAttribute('href')", link("view", "ndjson"))).await?;
    ensure!(href == json!("/api/v1/export/interfaces?format=ndjson&q=ether1&state=own"), "{href}");
    ensure!(browser.violations().await?.is_empty());
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    browser.client().goto(&format!("{}/interfaces?q=ether1", service.url)).await?;
    let plain = browser.client().find(Locator::Css("#export [data-part=view] [data-word=csv]")).await?;
    let href = plain.attr("href").await?.context("no link")?;
    let file = service.text(&href).await?;
    ensure!(file.lines().count() == 3, "{file}");
    let everything = browser.client().find(Locator::Css("#export [data-word=everything]")).await?;
    let href = everything.attr("href").await?.context("no link")?;
    let file: Value = serde_json::from_str(&service.text(&href).await?)?;
    ensure!(file["data"]["ports"].is_array(), "{file}");
    Ok(())
}
