//! Pages of groups that somebody else changes meanwhile, and ticks that a search must not lose.

use super::furnished;
use anyhow::Context as _;
use integration_tests::browser::Browser;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_that_it_is_out_of_date_and_does_not_contradict_itself() -> anyhow::Result<()> {
    let (service, _router, id) = furnished().await?;
    let browser = Browser::start_for(&service).await?;
    let all = service.json("/api/v1/groups?q=nobody").await?;
    let nobody = all.pointer("/groups/0/id").and_then(Value::as_str).context("no group")?;
    let live = "document.getElementById('pill')?.dataset.state === 'live'";
    let changed = "!document.getElementById('resort').hidden \
        && document.getElementById('resort').textContent.includes('Changed meanwhile')";
    browser.client().goto(&format!("{}/groups/{nobody}", service.url)).await?;
    browser.wait(live).await?;
    browser
        .wait("!document.getElementById('nobody').hidden && document.getElementById('resort').hidden")
        .await?;
    let body = json!({ "version": 1, "router": "r1", "name": "Nobody", "members": [{ "name": "somebody" }] });
    service.send("PUT", &format!("/api/v1/groups/{nobody}"), &body).await?;
    browser.wait(changed).await?;
    browser.wait("document.getElementById('nobody').hidden").await?;

    browser.client().goto(&format!("{}/groups", service.url)).await?;
    browser.wait(live).await?;
    let sum = |tag: &str| {
        format!("document.querySelector('.group-section {tag} .sum').textContent.replaceAll(/\\s+/g, ' ')")
    };
    for tag in ["h2", "h3"] {
        browser.wait(&format!("{} === 'Members: 5'", sum(tag))).await?;
    }
    let body = json!({ "version": 1, "router": "r1", "name": "All here", "maximum": 8 });
    service.send("PUT", &format!("/api/v1/groups/{id}"), &body).await?;
    for tag in ["h2", "h3"] {
        browser.wait(&format!("{} === 'Members: 1'", sum(tag))).await?;
    }
    browser.wait(changed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_loses_no_ticks() -> anyhow::Result<()> {
    let (service, _router, _) = furnished().await?;
    let browser = Browser::start_for(&service).await?;
    browser.client().goto(&format!("{}/groups/new", service.url)).await?;
    browser.wait("document.readyState === 'complete'").await?;
    // The first is ticked, then the last is searched for and ticked.
    let search = "(() => {
        const items = [...document.querySelectorAll('#available li')];
        const find = document.getElementById('find');
        const text = (item) => item.querySelector('bdi').textContent;
        items[0].querySelector('input').click();
        find.value = text(items.at(-1));
        find.dispatchEvent(new Event('input', { bubbles: true }));
        items.at(-1).querySelector('input').click();
        return [text(items[0]), text(items.at(-1))];
    })()";
    let names = browser.evaluate(search).await?;
    browser.evaluate("document.getElementById('add').click()").await?;
    let moved =
        "[...document.querySelectorAll('#selected li:not([hidden]) bdi')].map((one) => one.textContent)";
    let moved = browser.evaluate(moved).await?;
    anyhow::ensure!(moved == names, "{names} were ticked, {moved} were added");
    Ok(())
}
