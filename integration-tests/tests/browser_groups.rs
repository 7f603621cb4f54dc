//! Groups in Chromium: cards, one group and the editor in both themes and sizes; the two lists by keyboard alone, and
//! without scripts.

#[path = "browser_groups/changes.rs"]
mod changes;

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
    let is_off = |row: &&Value| row["state"] == "offline" && row["disabled"] == true;
    ensure!(rows.iter().any(|row| is_off(&row)), "nobody is switched off");
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
        ("Resting", rows.iter().filter(is_off).take(1).map(|row| json!({ "name": row["name"] })).collect()),
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

/// Presses Tab until this has the focus; gives how often.
async fn tabs_to(browser: &Browser, selector: &str) -> anyhow::Result<usize> {
    for tabs in 1..=5 {
        press(browser, "Tab", 9).await?;
        let there = format!("document.activeElement.matches({})", json!(selector));
        if browser.evaluate(&there).await? == Value::Bool(true) {
            return Ok(tabs);
        }
    }
    anyhow::bail!("{selector} is more than five places away")
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_say_all_their_counts_and_keep_them() -> anyhow::Result<()> {
    let (service, router, id) = furnished().await?;
    let browser = Browser::start_for(&service).await?;
    browser.client().goto(&format!("{}/groups", service.url)).await?;
    browser.wait("document.getElementById('pill')?.dataset.state === 'live'").await?;
    let cell = |name: &str| {
        format!("document.querySelector('[data-group=\"{id}\"] [data-cell=\"{name}\"]').textContent.trim()")
    };
    let is = |name: &str, text: &str| format!("{} === {}", cell(name), json!(text));
    for (name, text) in [("online", "4"), ("offline", "0"), ("members", "4/6"), ("vacant", "· 2 vacant")] {
        browser.wait(&is(name, text)).await.with_context(|| name.to_owned())?;
    }
    let card = format!("document.querySelector('[data-group=\"{id}\"]')");
    let shown = browser.evaluate(&format!("{card}.innerText")).await?.to_string();
    ensure!(shown.contains("Offline 0") && !shown.contains("Not on the router"), "{shown}");
    // Somebody takes one out and gives room to eight; another one hangs up.
    let before = service.json(&format!("/api/v1/groups/{id}")).await?;
    let members = before["members"].as_array().context("no members")?;
    let leaver = members.first().and_then(|one| one["name"].as_str()).context("nobody")?;
    ensure!(router.router.drop_session(leaver), "{leaver} was online");
    let body = json!({ "version": 1, "router": "r1", "name": "All here", "maximum": 8, "members": members.get(..3) });
    service.send("PUT", &format!("/api/v1/groups/{id}"), &body).await?;
    for (name, text) in [("online", "2"), ("offline", "1"), ("members", "3/8"), ("vacant", "· 5 vacant")] {
        browser.wait(&is(name, text)).await.with_context(|| name.to_owned())?;
    }
    // A group that is removed is not shown as if it were there.
    service.send("DELETE", &format!("/api/v1/groups/{id}"), &Value::Null).await?;
    browser.wait(&format!("{card}.classList.contains('stale')")).await?;
    browser.wait("!document.getElementById('resort').hidden").await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_list_is_one_place_for_the_keyboard() -> anyhow::Result<()> {
    let (many, few) = (Router::calm(230).await?, Router::calm(5).await?);
    let service = Service::watch(&[many.address, few.address])?;
    let here = "/api/v1/subscribers?limit=1";
    service.wait_for(here, |answer| answer["meta"]["total"].as_u64() >= Some(230)).await?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1000).await?;
    browser.sign_in(&service).await?;
    browser.client().goto(&format!("{}/groups/new", service.url)).await?;
    browser.wait("document.readyState === 'complete'").await?;
    // Arrows go through the routers, and send nothing.
    browser.evaluate("window.stayed = true").await?;
    tab_to(&browser, "#router").await?;
    press(&browser, "ArrowDown", 40).await?;
    browser.wait("document.getElementById('router').value === 'r1'").await?;
    browser.wait("document.getElementById('available').inert").await?;
    ensure!(browser.evaluate("window.stayed").await? == true, "the form was sent by an arrow");
    ensure!(tabs_to(&browser, "#show-router").await? == 1);
    press(&browser, "Enter", 13).await?;
    browser.wait("window.stayed === undefined && document.readyState === 'complete'").await?;
    let visible = |side: &str| format!("document.querySelectorAll('#{side} li:not([hidden])').length");
    browser.wait(&format!("{} === 200", visible("available"))).await?;
    let asks = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    ensure!(browser.evaluate(asks).await? == true, "what was changed is forgotten by a round trip");
    // Of two hundred one is a place to stop at, also behind those that were moved and found.
    let tick = "#available input[type='checkbox']";
    tab_to(&browser, tick).await?;
    press(&browser, "End", 35).await?;
    ensure!(tabs_to(&browser, "#add").await? == 1);
    browser.evaluate(&format!("document.querySelector({}).focus()", json!(tick))).await?;
    for _ in 0..3 {
        press(&browser, " ", 32).await?;
        press(&browser, "ArrowDown", 40).await?;
    }
    ensure!(tabs_to(&browser, "#add").await? == 1);
    press(&browser, "Enter", 13).await?;
    browser.wait(&format!("{} === 3 && {} === 197", visible("selected"), visible("available"))).await?;
    browser.wait(&format!("document.activeElement.matches({})", json!(tick))).await?;
    ensure!(tabs_to(&browser, "#add").await? == 1);
    for (side, field, button) in [("available", "#find", "#add"), ("selected", "#find-named", "#remove")] {
        let whom = format!("document.querySelector('#{side} li:last-child bdi').textContent");
        let whom = browser.evaluate(&whom).await?;
        let whom = whom.as_str().context("nobody is left")?;
        browser.evaluate(&format!("document.querySelector('{field}').focus()")).await?;
        type_text(&browser, whom).await?;
        browser.wait(&format!("{} === 1", visible(side))).await?;
        ensure!(tabs_to(&browser, &format!("#{side} .dual-list input")).await? == 2, "{side}");
        ensure!(tabs_to(&browser, button).await? == 1, "{side}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_counts_out_whom_other_groups_keep() -> anyhow::Result<()> {
    let (service, _router, _) = furnished().await?;
    let browser = Browser::start().await?;
    browser.resize(1280, 1600).await?;
    browser.sign_in(&service).await?;
    browser.client().goto(&format!("{}/groups/new", service.url)).await?;
    browser.wait("document.readyState === 'complete'").await?;
    let all = service.json("/api/v1/subscribers?limit=1").await?;
    let all = all.pointer("/meta/total").and_then(Value::as_u64).context("no total")?;
    let choose = |kind: &str, value: &str| {
        format!(
            "document.querySelector('[name=rule_kind]').value = '{kind}'; \
             document.querySelector('[name=rule_value]').value = '{value}';"
        )
    };
    let preview = Locator::Css("button[value='preview']");
    browser.evaluate(&choose("network", "10.0.0.9-10.0.0.1")).await?;
    browser.client().find(preview).await?.click().await?;
    browser.wait("document.querySelector('.rules .fault')?.textContent.includes('is no network')").await?;
    browser.evaluate(&choose("name", "*")).await?;
    browser.client().find(preview).await?.click().await?;
    // Named elsewhere are four, one, two and one; who is not on the router is nobody to count.
    let told = format!("match {all}; 8 of them stay in other groups. {} would be in this group", all - 8);
    browser.wait(&format!("document.getElementById('preview')?.textContent.includes({})", json!(told))).await
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
    browser.follow(Locator::Css("#add")).await?;
    let name = find("#selected li bdi").await.context("nobody was added")?.text().await?;
    let kept = find("#name").await?.prop("value").await?;
    ensure!(kept.as_deref() == Some("Plain"), "{kept:?}");
    browser.follow(Locator::Css("#save")).await?;
    let shown = find(".members tbody th").await.context("it is not saved")?.text().await?;
    ensure!(shown == name, "{shown} is shown, {name} was chosen");
    Ok(())
}
