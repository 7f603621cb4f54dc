//! Pages about one subscriber and one router, and the columns of the list.

use super::{encode, is_plain, text};
use anyhow::{Context as _, ensure};
use fantoccini::Locator;
use integration_tests::browser::Browser;
use integration_tests::isp::Router;
use integration_tests::network::Network;
use serde_json::{Value, json};

/// The link of a subscriber's page.
fn link(router: &str, name: &str) -> String {
    format!("/subscribers/{router}/{}", encode(name))
}

async fn somebody(network: &Network, query: &str) -> anyhow::Result<String> {
    let is_there = |answer: &Value| answer.pointer("/subscribers/0").is_some();
    let answer = network.service.wait_for(&format!("/api/v1/subscribers?limit=1&{query}"), is_there).await?;
    let name = answer.pointer("/subscribers/0/name").and_then(Value::as_str);
    Ok(name.context("a name")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_about_one_thing_are_inert_accessible_and_fit() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    let hostile = network.routers[0].online().into_iter().find(|name| name.contains('<'));
    let hostile = hostile.context("the simulator has a name that is markup")?;
    let offline = somebody(&network, "router=r1&state=offline").await?;
    let disabled = somebody(&network, "router=r2&state=disabled").await?;
    let pages = [
        ("subscriber", link("r1", &hostile)),
        ("subscriber-offline", link("r1", &offline)),
        ("subscriber-disabled", link("r2", &disabled)),
        ("subscriber-nobody", link("r1", "nobody <b>")),
        ("router", "/routers/r1".to_owned()),
        ("router-connection", "/routers/r2?tab=connection".to_owned()),
        ("router-log", "/routers/r1?tab=log".to_owned()),
        ("router-raw", "/routers/r1?tab=raw".to_owned()),
        ("router-gone", "/routers/gone".to_owned()),
        ("columns", "/subscribers?columns=state,reason,rate_limit,last_seen,downtime,interface".to_owned()),
    ];
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            for (name, path) in &pages {
                let place = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
                if *name == "subscriber-nobody" {
                    browser.client().goto(&format!("{}{path}", network.service.url)).await?;
                    let said = text(&browser, "document.querySelector('.empty').textContent").await?;
                    ensure!(said.contains("nobody <b>"), "{said}");
                } else {
                    browser.open(&network.service, path).await?;
                }
                if *name == "subscriber" {
                    browser.wait("document.querySelectorAll('.plot path[d*=L]').length === 2").await?;
                    browser.evaluate("document.querySelector('.as-table').open = true").await?;
                }
                browser.screenshot(&place).await?;
                let mut found = browser.violations().await?;
                // That there is nobody of this name is what the page says: the browser notes its 404.
                found.retain(|one| *name != "subscriber-nobody" || !one.contains("404 (Not Found)"));
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
async fn the_page_of_a_subscriber_is_renewed_in_place() -> anyhow::Result<()> {
    let network = Network::start(600).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    let router: &Router = network.routers.first().context("a router")?;
    let accounts = router.router.account_names();
    let is_candidate =
        |name: &&String| name.bytes().all(is_plain) && accounts.contains(&name.as_bytes().to_vec());
    let online = router.online();
    let name = online.iter().rev().find(is_candidate).context("somebody online with an account")?;
    browser
        .open(&network.service, &format!("/subscribers?router=r1&q={}", encode(&format!("\"{name}\""))))
        .await?;
    // From the list, as a person goes there.
    browser.wait("document.querySelector('#rows tr[data-key] .c-name a[href]') !== null").await?;
    browser.follow(Locator::Css("#rows .c-name a")).await?;
    browser.wait("document.getElementById('pill')?.dataset.state === 'live'").await?;
    ensure!(text(&browser, "document.querySelector('h1').textContent").await? == *name);
    browser.wait("document.querySelector('.plot-down')?.getAttribute('d').includes('L') === true").await?;
    let line = "document.querySelector('.plot-down').getAttribute('d')";
    let before = text(&browser, line).await?;
    // What somebody opened and is at stays so.
    browser
        .evaluate(
            "(() => { window.stayed = true; document.querySelector('.as-table').open = true; \
             document.querySelector('.copy').focus(); })()",
        )
        .await?;
    browser.wait(&format!("{line} !== {}", json!(before))).await?;
    browser.wait("document.querySelectorAll('.as-table tbody tr').length >= 3").await?;
    ensure!(
        browser
            .evaluate(
                "document.activeElement.className === 'copy' && document.querySelector('.as-table').open"
            )
            .await?
            == true
    );
    ensure!(browser.evaluate("document.querySelectorAll('.copy[hidden]').length").await? == 0);
    ensure!(router.router.drop_session(name), "{name} was online");
    browser.wait("document.querySelector('.detail-head .st-offline') !== null").await?;
    browser.wait("document.body.textContent.includes('While it is away')").await?;
    ensure!(browser.evaluate("window.stayed").await? == true, "the page was loaded anew");
    ensure!(browser.violations().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn which_columns_are_shown_is_chosen_and_kept() -> anyhow::Result<()> {
    let network = Network::start(200).await?;
    let browser = Browser::start_for(&network.service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&network.service, "/subscribers").await?;
    let is_shown = |word: &str| {
        format!("getComputedStyle(document.querySelector('thead .c-{word}')).display !== 'none'")
    };
    ensure!(browser.evaluate(&is_shown("group")).await? == true);
    ensure!(browser.evaluate(&is_shown("reason")).await? == false);
    browser.client().find(Locator::Css("#chooser summary")).await?.click().await?;
    for word in ["reason", "group"] {
        browser.client().find(Locator::Css(&format!("#chooser [value={word}]"))).await?.click().await?;
    }
    browser.wait(&is_shown("reason")).await?;
    ensure!(browser.evaluate(&is_shown("group")).await? == false);
    ensure!(text(&browser, "location.search").await?.contains("reason"), "the address says it");
    let sorted = "document.querySelector('th[data-key=reason]').getAttribute('aria-sort') === 'ascending'";
    browser.client().find(Locator::Css("th[data-key=reason] a")).await?.click().await?;
    browser.wait(sorted).await?;
    ensure!(text(&browser, "location.search").await?.contains("columns="), "and goes on saying it");
    // Without it, this browser remembers.
    browser.open(&network.service, "/subscribers").await?;
    browser.wait(&is_shown("reason")).await?;
    browser.client().find(Locator::Css("#chooser summary")).await?.click().await?;
    browser.client().find(Locator::Css("#usual-columns")).await?.click().await?;
    browser.wait(&is_shown("group")).await?;
    ensure!(browser.evaluate(&is_shown("reason")).await? == false);
    ensure!(browser.violations().await?.is_empty());
    Ok(())
}
