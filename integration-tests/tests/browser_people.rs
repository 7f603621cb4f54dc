//! The ways in and the pages about people, in Chromium: by keyboard alone, without scripts, in both themes and sizes.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::service::{ADMIN, PATIENCE, Service};
use integration_tests::{Running, in_folder};
use serde_json::{Value, json};
use std::path::Path;

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
        browser.press("Tab").await?;
    }
    anyhow::bail!("the keyboard does not get to {selector}")
}

/// Looks at a page in both sizes and themes, with all that can be opened closed and open.
async fn check(browser: &Browser, url: &str, name: &str) -> anyhow::Result<()> {
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            browser.client().goto(url).await?;
            if name == "enter" {
                // The form sends itself; what is looked at is the answer.
                browser.wait("document.querySelector('.note-crit') !== null").await?;
            } else {
                browser.wait("document.readyState === 'complete'").await?;
            }
            let theme = if dark { "dark" } else { "light" };
            check_shown(browser, name, &format!("people-{name}-{width}-{theme}")).await?;
            let open = "(() => { const all = document.querySelectorAll('main details'); \
                all.forEach((each) => { each.open = true; }); \
                document.querySelectorAll('[name=\"scope\"][value=\"some\"]').forEach((each) => { each.checked = true; }); \
                return all.length > 0; })()";
            if browser.evaluate(open).await? == Value::Bool(true) {
                check_shown(browser, name, &format!("people-{name}-open-{width}-{theme}")).await?;
            }
        }
    }
    Ok(())
}

async fn check_shown(browser: &Browser, name: &str, place: &str) -> anyhow::Result<()> {
    browser.screenshot(place).await?;
    let mut violations = browser.violations().await?;
    // The browser notes that a link was refused, which it was meant to be.
    violations.retain(|line| name != "enter" || !line.contains("status of 401"));
    ensure!(violations.is_empty(), "{place}: {violations:#?}");
    let found = browser.axe().await?;
    ensure!(found.is_empty(), "{place}: {found:#?}");
    ensure!(!browser.overflows().await?, "{place} is wider than the window");
    Ok(())
}

/// Two routers that are not there; what people may see is chosen among them.
fn settings() -> Value {
    let router = |name: &str| json!({ "name": name, "host": "127.0.0.1", "port": 1, "username": "u", "password": "p" });
    json!({ "routers": [router("north"), router("south")] })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_about_people_are_sound() -> anyhow::Result<()> {
    let service = Service::start(&settings(), &[])?;
    let browser = Browser::start().await?;
    for (path, name) in [("/sign-in", "sign-in"), ("/enter/x", "enter")] {
        check(&browser, &format!("{}{path}", service.url), name).await?;
    }
    browser.sign_in(&service).await?;
    // The audit log quotes what people call things: markup, another direction, and words that never end.
    for name in [
        "<img src=x onerror=alert(1)>&amp;\"'",
        "\u{645}\u{62c}\u{645}\u{648}\u{639}\u{629} tower",
        &"w".repeat(64),
    ] {
        service.send("POST", "/api/v1/groups", &json!({ "name": name })).await?;
    }
    for (path, name) in
        [("/account", "account"), ("/users", "users"), ("/tokens", "tokens"), ("/audit", "audit")]
    {
        check(&browser, &format!("{}{path}", service.url), name).await?;
    }
    Ok(())
}

/// A service that nobody has an account of, and the link that it prints.
fn untouched(folder: &Path) -> anyhow::Result<(Running, String)> {
    let mut command = in_folder(folder);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
    let process = Running::start(&mut command)?;
    let told = process.wait_for_line(PATIENCE, |line| line.contains("/setup?token="))?;
    let link = told.split_whitespace().find(|word| word.contains("/setup?token=")).context("no link")?;
    Ok((process, link.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_made_by_keyboard_alone() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (_process, link) = untouched(folder.path())?;
    let browser = Browser::start().await?;
    // To look at it is not to use it up.
    check(&browser, &link, "setup").await?;
    for (field, text) in [("#name", "zoe"), ("#password", ADMIN.1), ("#again", ADMIN.1)] {
        tab_to(&browser, field).await?;
        browser.type_text(text).await?;
    }
    browser.press("Enter").await?;
    browser.wait("location.pathname === '/' && document.querySelector('.menu') !== null").await?;
    browser.client().goto(&link).await?;
    browser.wait("document.readyState === 'complete' && document.querySelector('#again') === null").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_made_without_scripts() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (_process, link) = untouched(folder.path())?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1600).await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    let client = browser.client();
    client.goto(&link).await?;
    let find = async |selector: &str| client.find(fantoccini::Locator::Css(selector)).await;
    for (field, text) in [("#name", "zoe"), ("#password", ADMIN.1), ("#again", ADMIN.1)] {
        find(field).await?.send_keys(text).await?;
    }
    browser.follow(fantoccini::Locator::Css("form button")).await?;
    find(".menu").await.context("nobody is signed in")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_adds_a_user_and_signs_out_by_keyboard_alone() -> anyhow::Result<()> {
    let service = Service::start(&settings(), &[])?;
    let browser = Browser::start().await?;
    browser.client().goto(&format!("{}/users", service.url)).await?;
    browser.wait("location.pathname === '/sign-in'").await?;
    tab_to(&browser, "#name").await?;
    browser.type_text(ADMIN.0).await?;
    tab_to(&browser, "#password").await?;
    browser.type_text(ADMIN.1).await?;
    browser.press("Enter").await?;
    // Where they wanted to go in the first place.
    browser.wait("location.pathname === '/users' && document.readyState === 'complete'").await?;
    tab_to(&browser, "#name").await?;
    browser.type_text("zoe").await?;
    for field in ["#password", "#again"] {
        tab_to(&browser, field).await?;
        browser.type_text("seven brown canaries").await?;
    }
    tab_to(&browser, "form[action='/users'] button").await?;
    browser.press("Enter").await?;
    browser.wait("document.querySelector('.note-ok')?.textContent.includes('zoe') ?? false").await?;
    tab_to(&browser, ".menu summary").await?;
    browser.press("Enter").await?;
    tab_to(&browser, ".menu form[action='/sign-out'] button").await?;
    browser.press("Enter").await?;
    browser.wait("location.pathname === '/sign-in'").await?;
    browser.client().goto(&format!("{}/users", service.url)).await?;
    browser.wait("location.pathname === '/sign-in'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_in_work_without_scripts() -> anyhow::Result<()> {
    let service = Service::start(&settings(), &[])?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1600).await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    let client = browser.client();
    client.goto(&format!("{}/sign-in", service.url)).await?;
    let find = async |selector: &str| client.find(fantoccini::Locator::Css(selector)).await;
    find("#name").await?.send_keys(ADMIN.0).await?;
    find("#password").await?.send_keys(ADMIN.1).await?;
    browser.follow(fantoccini::Locator::Css("form button")).await?;
    client.goto(&format!("{}/tokens", service.url)).await?;
    find("#token-name").await?.send_keys("grafana").await?;
    browser.follow(fantoccini::Locator::Css("form[action='/tokens'] button")).await?;
    let secret = find(".secret").await.context("no token is shown")?.text().await?;
    ensure!(secret.starts_with("tw_"), "{secret}");
    let answer = reqwest::Client::new().get(format!("{}/api/health", service.url));
    let answer = answer.header("authorization", format!("Bearer {secret}")).send().await?;
    ensure!(answer.status() == 200, "the token is answered {}", answer.status());
    Ok(())
}
