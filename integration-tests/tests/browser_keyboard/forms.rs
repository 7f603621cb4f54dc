//! Forms by the keyboard: Enter sends them, and what cannot be undone is asked for first.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::house::House;
use serde_json::{Value, json};

/// Marks one field of each form in which a line is typed, and keeps the form from being sent.
const MARK: &str = r"(() => {
    window.__sent = null;
    document.querySelectorAll('main details:not(.menu, .hints)').forEach((each) => { each.open = true; });
    const lines = ['text', 'search', 'password', 'number', 'url', 'email'];
    const forms = [...document.querySelectorAll('main form')];
    const field = (form) => [...form.elements].find((one) => one.localName === 'input' && lines.includes(one.type)
        && !one.readOnly && !one.disabled && one.checkVisibility());
    const fields = forms.map(field).filter((one) => one);
    fields.forEach((one, place) => { one.dataset.line = place; });
    const note = (event, form) => {
        window.__sent = form;
        event.preventDefault();
        event.stopImmediatePropagation();
    };
    addEventListener('submit', (event) => note(event, event.target), true);
    // What Enter presses may be done by a script, such as the test of a router.
    addEventListener('click', (event) => { if (event.target.type === 'submit') note(event, event.target.form); }, true);
    // What must be filled in and is not was asked for too.
    addEventListener('invalid', (event) => { window.__sent = event.target.form; }, true);
    return fields.length;
})()";

#[tokio::test(flavor = "multi_thread")]
async fn every_form_with_a_line_to_type_is_sent_by_enter() -> anyhow::Result<()> {
    let house = House::open().await?;
    let browser = &house.browser;
    browser.resize(1280, 800).await?;
    let mut forms = 0;
    let group = format!("/groups/{}/edit", house.group);
    for path in [
        "/subscribers",
        "/interfaces",
        "/audit",
        "/logs",
        "/logs/events",
        "/account",
        "/users",
        "/tokens",
        "/groups",
        "/groups/new",
        &group,
        "/groups/categories",
        "/settings",
        "/settings/routers/new",
        "/settings/routers/r1",
    ] {
        house.show(path).await?;
        let fields = browser.evaluate(MARK).await?.as_u64().context("no fields")?;
        ensure!(0 < fields, "{path} has no form");
        for place in 0..fields {
            let field = format!("document.querySelector('[data-line=\"{place}\"]')");
            browser.evaluate(&format!("window.__sent = null; {field}.focus()")).await?;
            browser.press("Enter").await?;
            let sent = format!("window.__sent === {field}.form");
            let sent = browser.evaluate(&sent).await? == Value::Bool(true);
            ensure!(
                sent,
                "{path}: Enter in {} sends nothing",
                browser.evaluate(&format!("{field}.outerHTML")).await?
            );
        }
        forms += fields;
    }
    ensure!(20 < forms, "{forms} forms");
    Ok(())
}

/// Goes on with Tab until this has the focus.
async fn tab_to(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    let there = format!("document.activeElement.matches({})", json!(selector));
    for _ in 0..super::MOST_STOPS {
        if browser.evaluate(&there).await? == Value::Bool(true) {
            return Ok(());
        }
        browser.press("Tab").await?;
    }
    anyhow::bail!("the keyboard does not get to {selector}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_filled_and_removed_by_keyboard_alone() -> anyhow::Result<()> {
    let house = House::open().await?;
    let browser = &house.browser;
    browser.resize(1280, 800).await?;
    house.show("/groups/new").await?;
    tab_to(browser, "#name").await?;
    browser.type_text("By keys").await?;
    // Tab stops once in each list; arrows go through it, and the space bar chooses.
    tab_to(browser, "#available .dual-list input").await?;
    let first = "document.activeElement.value";
    let before = browser.evaluate(first).await?;
    browser.press(" ").await?;
    browser.press("ArrowDown").await?;
    browser.press(" ").await?;
    ensure!(browser.evaluate(first).await? != before, "arrows do not go through the list");
    browser.press("Tab").await?;
    ensure!(browser.evaluate("document.activeElement.id").await? == "add", "Tab does not leave the list");
    browser.press("Enter").await?;
    browser.wait("document.getElementById('count').textContent === '2'").await?;
    let stays = "document.activeElement.closest('#available .dual-list') !== null";
    ensure!(browser.evaluate(stays).await? == Value::Bool(true), "the focus is lost after choosing");
    tab_to(browser, "#selected .dual-list input").await?;
    browser.press(" ").await?;
    browser.press("Tab").await?;
    browser.press("Enter").await?;
    browser.wait("document.getElementById('count').textContent === '1'").await?;
    tab_to(browser, "#save").await?;
    browser.press("Enter").await?;
    browser
        .wait("document.querySelector('.danger > summary') !== null && document.readyState === 'complete'")
        .await?;
    let group = browser.evaluate("location.pathname").await?;
    let group = format!("/api/v1{}", group.as_str().context("no address")?);
    let made = house.service().json(&group).await?;
    ensure!(made.pointer("/group/name") == Some(&json!("By keys")), "{made}");
    // What cannot be undone is two steps away: opened, then done.
    tab_to(browser, ".danger > summary").await?;
    browser.press("Enter").await?;
    browser.press("Tab").await?;
    ensure!(
        browser.evaluate("document.activeElement.localName").await? == "button",
        "no button to remove it"
    );
    browser.press("Enter").await?;
    browser.wait("location.pathname === '/groups' && document.readyState === 'complete'").await?;
    ensure!(house.service().get(&group).await?.status() == 404, "it is still there");
    Ok(())
}
