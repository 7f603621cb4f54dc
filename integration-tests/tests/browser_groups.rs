//! Groups in Chromium: cards, one group and the editor in both themes and sizes; the two lists by keyboard alone, and
//! without scripts.

use anyhow::{Context as _, ensure};
use fantoccini::Locator;
use integration_tests::browser::Browser;
use integration_tests::isp::Router;
use integration_tests::service::{Service, online};
use serde_json::{Value, json};

const HOSTILE: &str = "\"><img src=x onerror=alert(1)>";

async fn press(browser: &Browser, key: &str, code: u8) -> anyhow::Result<()> {
    for kind in ["rawKeyDown", "char", "keyUp"] {
        let text = match key {
            "Enter" => "\r",
            " " => " ",
            _ => "",
        };
        if kind == "char" && text.is_empty() {
            continue;
        }
        let name = if key == " " { "Space" } else { key };
        let event =
            json!({ "type": kind, "key": key, "code": name, "windowsVirtualKeyCode": code, "text": text });
        browser.devtools("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

async fn type_text(browser: &Browser, text: &str) -> anyhow::Result<()> {
    browser.devtools("Input.insertText", json!({ "text": text })).await?;
    Ok(())
}

/// Goes on to the element with the keyboard; what has the focus must be seen to have it.
async fn tab_to(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    for _ in 0..120 {
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

/// A service with groups of all kinds; gives the id of one with members.
async fn furnished() -> anyhow::Result<(Service, Router, String)> {
    let router = Router::calm(60).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| 10 < online(answer)).await?;
    let list = service.json("/api/v1/subscribers?limit=1000").await?;
    let rows = list.get("subscribers").and_then(serde_json::Value::as_array).context("no rows")?.clone();
    let of = |state: &str, skip: usize, count: usize| -> Vec<Value> {
        let rows = rows.iter().filter(|row| row["state"] == state && row["disabled"] == false);
        rows.skip(skip).take(count).map(|row| json!({ "name": row["name"] })).collect()
    };
    let all = service
        .send(
            "POST",
            "/api/v1/groups",
            &json!({ "router": "r1", "name": "All here", "maximum": 6,
        "members": of("online", 0, 4), "colour": "teal", "icon": "wifi" }),
        )
        .await?;
    let id = all.pointer("/group/id").and_then(Value::as_str).context("no id")?.to_owned();
    let mut ids = vec![id.clone()];
    for (name, members) in [
        (HOSTILE, of("offline", 0, 1)),
        ("Half", [of("online", 4, 1), of("offline", 1, 1)].concat()),
        ("Nobody", Vec::new()),
        ("Gone", vec![json!({ "name": HOSTILE })]),
    ] {
        let body = json!({ "router": "r1", "name": name, "description": HOSTILE, "members": members });
        let made = service.send("POST", "/api/v1/groups", &body).await?;
        ids.push(made.pointer("/group/id").and_then(Value::as_str).context("no id")?.to_owned());
    }
    let parts = json!([{ "name": HOSTILE, "groups": ids.get(..2) }, { "name": "empty" }]);
    service
        .send("POST", "/api/v1/categories", &json!({ "router": "r1", "name": "OLT", "subcategories": parts }))
        .await?;
    Ok((service, router, id))
}

/// Looks at what is shown in both sizes and themes, closed and open.
async fn check(browser: &Browser, url: &str, name: &str) -> anyhow::Result<()> {
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            browser.client().goto(url).await?;
            browser.wait("document.readyState === 'complete'").await?;
            let open = "document.querySelectorAll('main details').forEach((each) => { each.open = true; })";
            browser.evaluate(open).await?;
            let theme = if dark { "dark" } else { "light" };
            let place = format!("groups-{name}-{width}-{theme}");
            browser.screenshot(&place).await?;
            let violations = browser.violations().await?;
            ensure!(violations.is_empty(), "{place}: {violations:#?}");
            let found = browser.axe().await?;
            ensure!(found.is_empty(), "{place}: {found:#?}");
            ensure!(!browser.overflows().await?, "{place} is wider than the window");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_groups_are_sound() -> anyhow::Result<()> {
    let empty = Service::watch(&[])?;
    let browser = Browser::start().await?;
    browser.sign_in(&empty).await?;
    check(&browser, &format!("{}/groups", empty.url), "none").await?;
    let (service, _router, id) = furnished().await?;
    browser.sign_in(&service).await?;
    for (path, name) in [
        ("/groups".to_owned(), "cards"),
        ("/groups?q=nothing-like-it".to_owned(), "no-match"),
        (format!("/groups/{id}"), "one"),
        (format!("/groups/{id}/edit"), "edit"),
        ("/groups/new".to_owned(), "new"),
        ("/groups/categories".to_owned(), "categories"),
        ("/groups/import".to_owned(), "import"),
    ] {
        check(&browser, &format!("{}{path}", service.url), name).await?;
    }
    browser.client().goto(&format!("{}/groups", service.url)).await?;
    browser.wait("document.readyState === 'complete'").await?;
    // Each state is told by a word and a shape, the worst first; and what somebody wrote is text.
    let words =
        "[...document.querySelectorAll('.group-cards:last-of-type .st-word')].map((one) => one.textContent)";
    let words = browser.evaluate(words).await?.to_string();
    for word in ["None online", "All online", "Half or more offline", "Empty", "Nobody to expect"] {
        ensure!(words.contains(word), "{word} is not among {words}");
    }
    let text = browser.evaluate("document.querySelector('main').textContent").await?;
    ensure!(text.as_str().is_some_and(|text| text.contains(HOSTILE)), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_group_change_in_their_rows_and_keep_their_places() -> anyhow::Result<()> {
    let (service, router, id) = furnished().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    browser.client().goto(&format!("{}/groups/{id}", service.url)).await?;
    browser.wait("document.getElementById('pill')?.dataset.state === 'live'").await?;
    let rows = "[...document.querySelectorAll('.members tbody tr')]";
    let cells = |name: &str| format!("{rows}.map((row) => row.querySelector('{name}').textContent.trim())");
    let names: Vec<String> = serde_json::from_value(browser.evaluate(&cells("th")).await?)?;
    ensure!(names.len() == 4, "{names:?}");
    ensure!(browser.evaluate(&cells(".st-word")).await? == json!(["Online", "Online", "Online", "Online"]));
    let values = format!("JSON.stringify([{}, {}])", cells(".c-down"), cells(".c-uptime"));
    let before = browser.evaluate(&values).await?;
    browser.wait(&format!("{values} !== {before}")).await?;
    browser.evaluate("window.stayed = true").await?;
    // The last one leaves: offline members come first, but for those who look at the page.
    let leaver = names.last().context("nobody")?;
    ensure!(router.router.drop_session(leaver), "{leaver} was online");
    browser
        .wait(&format!(
            "JSON.stringify({}) === '[\"Online\",\"Online\",\"Online\",\"Offline\"]'",
            cells(".st-word")
        ))
        .await?;
    let last = format!("{rows}[3].querySelector('.c-uptime').textContent.startsWith('seen ')");
    browser.wait(&last).await?;
    ensure!(browser.evaluate(&cells("th")).await? == json!(names), "rows changed their places unasked");
    browser.wait("!document.getElementById('resort').hidden").await?;
    browser.wait("document.querySelector('[data-cell=offline]').textContent === '1'").await?;
    ensure!(browser.evaluate("window.stayed").await? == true, "the page was loaded anew");
    ensure!(browser.violations().await?.is_empty());
    browser.client().find(Locator::Css("#resort")).await?.click().await?;
    browser.wait(&format!("{}[0] === {}", cells("th"), json!(leaver))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gets_its_members_by_keyboard_alone() -> anyhow::Result<()> {
    let (service, _router, _) = furnished().await?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1000).await?;
    browser.sign_in(&service).await?;
    browser.client().goto(&format!("{}/groups", service.url)).await?;
    browser.wait("document.readyState === 'complete'").await?;
    tab_to(&browser, "a[href='/groups/new']").await?;
    press(&browser, "Enter", 13).await?;
    browser.wait("location.pathname === '/groups/new' && document.readyState === 'complete'").await?;
    tab_to(&browser, "#name").await?;
    type_text(&browser, "Keys").await?;
    tab_to(&browser, "#available input[type='checkbox']").await?;
    press(&browser, " ", 32).await?;
    press(&browser, "ArrowDown", 40).await?;
    press(&browser, " ", 32).await?;
    let ticked = browser.evaluate("document.querySelectorAll('#available input:checked').length").await?;
    ensure!(ticked == 2, "{ticked} are ticked");
    tab_to(&browser, "#add").await?;
    press(&browser, "Enter", 13).await?;
    browser.wait("document.querySelectorAll('#selected li').length === 2").await?;
    browser.wait("document.querySelector('#moved').textContent.includes('2')").await?;
    // One of them goes back again.
    tab_to(&browser, "#selected input[type='checkbox']").await?;
    press(&browser, " ", 32).await?;
    tab_to(&browser, "#remove").await?;
    press(&browser, "Enter", 13).await?;
    browser.wait("document.querySelectorAll('#selected li').length === 1").await?;
    let name = browser.evaluate("document.querySelector('#selected li bdi').textContent").await?;
    tab_to(&browser, "#save").await?;
    press(&browser, "Enter", 13).await?;
    browser
        .wait("document.querySelector('.note-ok') !== null && document.querySelector('.members') !== null")
        .await?;
    let shown = browser.evaluate("document.querySelector('.members tbody th').textContent").await?;
    ensure!(shown == name, "{shown} is shown, {name} was chosen");
    let list = service.json("/api/v1/groups?q=keys").await?;
    ensure!(list.pointer("/groups/0/counts/members") == Some(&json!(1)), "{list}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gets_its_members_without_scripts() -> anyhow::Result<()> {
    let (service, _router, _) = furnished().await?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1600).await?;
    browser.sign_in(&service).await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    let client = browser.client();
    client.goto(&format!("{}/groups/new", service.url)).await?;
    let find = async |selector: &str| client.find(fantoccini::Locator::Css(selector)).await;
    // Of the only router there is.
    find("#name").await?.send_keys("Plain").await?;
    find("#available input[type='checkbox']").await?.click().await?;
    find("#add").await?.click().await?;
    let name = find("#selected li bdi").await.context("nobody was added")?.text().await?;
    let kept = find("#name").await?.prop("value").await?;
    ensure!(kept.as_deref() == Some("Plain"), "{kept:?}");
    find("#save").await?.click().await?;
    let shown = find(".members tbody th").await.context("it is not saved")?.text().await?;
    ensure!(shown == name, "{shown} is shown, {name} was chosen");
    Ok(())
}
