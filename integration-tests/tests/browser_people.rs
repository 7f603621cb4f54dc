//! The ways in and the pages about people, in Chromium: by keyboard alone, without scripts, in both themes and sizes.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::service::{ADMIN, PATIENCE, Service};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn wait(browser: &Browser, condition: &str) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        // Between two pages there is nothing to ask.
        if matches!(browser.evaluate(condition).await, Ok(Value::Bool(true))) {
            return Ok(());
        }
        let page = browser.evaluate("document.title + ' ' + location.pathname").await.unwrap_or_default();
        ensure!(Instant::now() < until, "never true: {condition}; the page is {page}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Types, as a keyboard would.
async fn type_text(browser: &Browser, text: &str) -> anyhow::Result<()> {
    browser.devtools("Input.insertText", json!({ "text": text })).await?;
    Ok(())
}

async fn press(browser: &Browser, key: &str, code: u8) -> anyhow::Result<()> {
    for kind in ["rawKeyDown", "char", "keyUp"] {
        let text = if key == "Enter" { "\r" } else { "" };
        if kind == "char" && text.is_empty() {
            continue;
        }
        let event =
            json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
        browser.devtools("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

/// Goes on to the element with the keyboard; what has the focus must be seen to have it.
async fn tab_to(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    for _ in 0..60 {
        let there = format!("document.activeElement.matches({})", json!(selector));
        if browser.evaluate(&there).await? == Value::Bool(true) {
            let seen = "(() => { const style = getComputedStyle(document.activeElement); \
                return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; })()";
            ensure!(browser.evaluate(seen).await? == Value::Bool(true), "{selector} does not show its focus");
            return Ok(());
        }
        press(browser, "Tab", 9).await?;
    }
    anyhow::bail!("the keyboard does not get to {selector}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_about_people_are_sound() -> anyhow::Result<()> {
    let service = Service::start(&json!({ "routers": [] }), &[])?;
    let browser = Browser::start().await?;
    for (path, name, is_inside) in [
        ("/sign-in", "sign-in", false),
        ("/enter/x", "enter", false),
        ("/account", "account", true),
        ("/users", "users", true),
        ("/tokens", "tokens", true),
    ] {
        if is_inside {
            browser.sign_in(&service).await?;
        }
        for (width, height) in [(360, 800), (1280, 800)] {
            browser.resize(width, height).await?;
            for dark in [false, true] {
                browser.prefer_dark(dark).await?;
                browser.client().goto(&format!("{}{path}", service.url)).await?;
                if name == "enter" {
                    // The form sends itself; what is looked at is the answer.
                    wait(&browser, "document.querySelector('.note-crit') !== null").await?;
                } else {
                    wait(&browser, "document.readyState === 'complete'").await?;
                }
                for details in [false, true] {
                    if details {
                        let open = "document.querySelectorAll('main details').forEach((each) => { each.open = true; }) || true";
                        browser.evaluate(open).await?;
                    }
                    let place = format!(
                        "people-{name}{}-{width}-{}",
                        if details { "-open" } else { "" },
                        if dark { "dark" } else { "light" }
                    );
                    browser.screenshot(&place).await?;
                    let mut violations = browser.violations().await?;
                    // The browser notes that a link was refused, which it was meant to be.
                    violations.retain(|line| name != "enter" || !line.contains("status of 401"));
                    ensure!(violations.is_empty(), "{place}: {violations:#?}");
                    let found = browser.axe().await?;
                    ensure!(found.is_empty(), "{place}: {found:#?}");
                    ensure!(!browser.overflows().await?, "{place} is wider than the window");
                }
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_adds_a_user_and_signs_out_by_keyboard_alone() -> anyhow::Result<()> {
    let service = Service::start(&json!({ "routers": [] }), &[])?;
    let browser = Browser::start().await?;
    browser.client().goto(&format!("{}/users", service.url)).await?;
    wait(&browser, "location.pathname === '/sign-in'").await?;
    tab_to(&browser, "#name").await?;
    type_text(&browser, ADMIN.0).await?;
    tab_to(&browser, "#password").await?;
    type_text(&browser, ADMIN.1).await?;
    press(&browser, "Enter", 13).await?;
    // Where they wanted to go in the first place.
    wait(&browser, "location.pathname === '/users' && document.readyState === 'complete'").await?;
    tab_to(&browser, "#name").await?;
    type_text(&browser, "zoe").await?;
    for field in ["#password", "#again"] {
        tab_to(&browser, field).await?;
        type_text(&browser, "seven brown canaries").await?;
    }
    tab_to(&browser, "form[action='/users'] button").await?;
    press(&browser, "Enter", 13).await?;
    wait(&browser, "document.querySelector('.note-ok')?.textContent.includes('zoe') ?? false").await?;
    tab_to(&browser, ".menu summary").await?;
    press(&browser, "Enter", 13).await?;
    tab_to(&browser, ".menu form button").await?;
    press(&browser, "Enter", 13).await?;
    wait(&browser, "location.pathname === '/sign-in'").await?;
    browser.client().goto(&format!("{}/users", service.url)).await?;
    wait(&browser, "location.pathname === '/sign-in'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_in_work_without_scripts() -> anyhow::Result<()> {
    let service = Service::start(&json!({ "routers": [] }), &[])?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1600).await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    let client = browser.client();
    client.goto(&format!("{}/sign-in", service.url)).await?;
    let find = async |selector: &str| client.find(fantoccini::Locator::Css(selector)).await;
    find("#name").await?.send_keys(ADMIN.0).await?;
    find("#password").await?.send_keys(ADMIN.1).await?;
    find("form button").await?.click().await?;
    client.goto(&format!("{}/tokens", service.url)).await?;
    find("#token-name").await?.send_keys("grafana").await?;
    find("form[action='/tokens'] button").await?.click().await?;
    let secret = find(".secret").await.context("no token is shown")?.text().await?;
    ensure!(secret.starts_with("tw_"), "{secret}");
    let answer = reqwest::Client::new().get(format!("{}/api/health", service.url));
    let answer = answer.header("authorization", format!("Bearer {secret}")).send().await?;
    ensure!(answer.status() == 200, "the token is answered {}", answer.status());
    Ok(())
}
