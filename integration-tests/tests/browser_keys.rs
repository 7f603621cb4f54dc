//! Palette, keys and themes in Chromium: what is told works, what is typed into a field stays there.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::isp::Router;
use integration_tests::keyboard::Held;
use integration_tests::network::Network;
use integration_tests::service::Service;
use serde_json::{Value, json};

const IS_OPEN: &str = "document.getElementById('palette').open \
    && document.activeElement === document.getElementById('palette-q')";
const IS_CLOSED: &str = "document.querySelector('dialog[open]') === null";
const ARE_KEYS_SHOWN: &str = "document.getElementById('keys').matches(':modal')";

async fn a_service() -> anyhow::Result<(Router, Service, Browser)> {
    let router = Router::calm(40).await?;
    let service = Service::watch(&[router.address])?;
    let browser = Browser::start_for(&service).await?;
    Ok((router, service, browser))
}

/// Looks at an open dialog in both themes and sizes.
async fn look(browser: &Browser, name: &str) -> anyhow::Result<()> {
    for (width, height) in [(320, 640), (360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            let theme = if dark { "dark" } else { "light" };
            browser.wait(&format!("document.documentElement.dataset.bsTheme === '{theme}'")).await?;
            let place = format!("keys-{name}-{width}-{theme}");
            browser.screenshot(&place).await?;
            let found = browser.axe().await?;
            ensure!(found.is_empty(), "{place}: {found:#?}");
            let found = browser.violations().await?;
            ensure!(found.is_empty(), "{place}: {found:#?}");
            ensure!(!browser.overflows().await?, "{place} is wider than the window");
            let edges = "(() => { const { left, right, top, bottom } = \
                document.querySelector('dialog[open]').getBoundingClientRect(); \
                return [left, top, innerWidth - right, innerHeight - bottom]; })()";
            let edges = browser.evaluate(edges).await?;
            let all = edges.as_array().context("there is no dialog")?;
            ensure!(
                all.iter().all(|edge| edge.as_f64() >= Some(0.0)),
                "{place} is not all to be seen: {edges}"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_finds_a_subscriber_as_typed_and_enter_leads_there() -> anyhow::Result<()> {
    let (router, service, browser) = a_service().await?;
    let name = router.online().first().context("nobody is online")?.clone();
    service.wait_for("/api/v1/subscribers", |answer| answer["meta"]["total"].as_u64() > Some(30)).await?;
    browser.open(&service, "/routers").await?;
    browser.press_with(Held::Ctrl, "k").await?;
    browser.wait(IS_OPEN).await?;
    browser.type_text(&name).await?;
    let found = format!(
        "[...document.querySelectorAll('#palette-found [role=option]')].findIndex((item) => \
            item.querySelector('bdi').textContent === {} && item.dataset.href.startsWith('/subscribers/'))",
        json!(name)
    );
    browser.wait(&format!("{found} >= 0")).await?;
    // Arrows lead to it, and say so to whoever does not see it.
    let active = format!(
        "(() => {{ const all = [...document.querySelectorAll('#palette-found [role=option]')];
            const marked = all.filter((item) => item.getAttribute('aria-selected') === 'true');
            const named = document.activeElement.getAttribute('aria-activedescendant');
            return marked.length === 1 && marked[0].id === named ? all.indexOf(marked[0]) - {found} : 'unmarked'; }})()"
    );
    let away = browser.evaluate(&active).await?.as_i64().context("nothing is marked")?;
    for _ in 0..away.abs() {
        browser.press(if away < 0 { "ArrowDown" } else { "ArrowUp" }).await?;
    }
    ensure!(browser.evaluate(&active).await? == 0, "the arrows do not lead to it");
    look(&browser, "palette").await?;
    browser.press("Enter").await?;
    let there = format!(
        "location.pathname === '/subscribers/' + {} + '/' + encodeURIComponent({})",
        json!("r1"),
        json!(name)
    );
    browser.wait(&there).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_goes_round_shows_names_as_text_and_gives_the_focus_back() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = Network::start(60).await?;
    let browser = Browser::start_for(&service).await?;
    browser.open(&service, "/").await?;
    browser.evaluate("document.querySelector('.menu summary').focus()").await?;
    browser.press_with(Held::Cmd, "k").await?;
    browser.wait(IS_OPEN).await?;
    // With nothing typed there are the pages; up from the first is the last.
    let last = "(() => { const all = document.querySelectorAll('#palette-found [role=option]'); \
        return all.length > 5 && all[all.length - 1].getAttribute('aria-selected') === 'true'; })()";
    ensure!(browser.evaluate(last).await? == Value::Bool(false), "the last is marked at once");
    browser.press("ArrowUp").await?;
    ensure!(browser.evaluate(last).await? == Value::Bool(true), "up from the first is not the last");
    browser.type_text("POP").await?;
    let label = "[...document.querySelectorAll('#palette-found .where')].some((beside) => \
        beside.textContent === '<b>POP</b> 1') && document.querySelector('#palette b') === null";
    browser.wait(label).await?;
    // A group, too.
    let made =
        service.send("POST", "/api/v1/groups", &json!({ "router": "r1", "name": "<i>North</i>" })).await?;
    let href = format!("/groups/{}", made["group"]["id"].as_str().context("no group was made")?);
    browser.evaluate("document.getElementById('palette-q').select()").await?;
    browser.type_text("North").await?;
    let group = format!(
        "document.querySelector('#palette-found [data-href=\"{href}\"] bdi')?.textContent === '<i>North</i>' \
            && document.querySelector('#palette i') === null"
    );
    browser.wait(&group).await?;
    browser.press("Escape").await?;
    browser.wait(IS_CLOSED).await?;
    ensure!(
        browser.evaluate("document.activeElement.matches('.menu summary')").await? == Value::Bool(true),
        "the focus is lost"
    );
    // By the button, too; and the same keys close it.
    browser.evaluate("document.getElementById('palette-open').focus()").await?;
    browser.evaluate("document.activeElement.click()").await?;
    browser.wait(IS_OPEN).await?;
    browser.type_text("nothing is called like this").await?;
    browser.wait("document.getElementById('palette-says').textContent === 'Nothing is called so.'").await?;
    browser.press_with(Held::Ctrl, "k").await?;
    browser.wait(IS_CLOSED).await?;
    ensure!(browser.evaluate("document.activeElement.id").await? == "palette-open", "the focus is lost");
    let found = browser.violations().await?;
    ensure!(found.is_empty(), "{found:#?}");
    // Where more is found than it shows, its last entry leads to all of it.
    let total = service.json("/api/v1/subscribers?q=a&limit=1").await?["meta"]["total"].clone();
    browser.press_with(Held::Ctrl, "k").await?;
    browser.wait(IS_OPEN).await?;
    browser.type_text("a").await?;
    let all = format!(
        "[...document.querySelectorAll('#palette-found [role=option] bdi:first-of-type')].at(-1)?.textContent \
            === 'All {total} in Subscribers'"
    );
    browser.wait(&all).await?;
    browser.press("ArrowUp").await?;
    browser.press("Enter").await?;
    browser.wait("location.pathname === '/subscribers' && location.search === '?q=a'").await
}

/// What the dialog tells: keys, and what they do.
async fn told(browser: &Browser) -> anyhow::Result<Vec<(String, String)>> {
    browser.press("?").await?;
    browser.wait(ARE_KEYS_SHOWN).await?;
    let rows = browser
        .evaluate("[...document.querySelectorAll('#keys dl div')].map((row) => [...row.children].map((cell) => cell.textContent))")
        .await?;
    browser.press("Escape").await?;
    browser.wait(IS_CLOSED).await?;
    Ok(serde_json::from_value(rows)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_that_the_dialog_tells_does_what_it_says() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    let mut tried = 0;
    browser.open(&service, "/subscribers").await?;
    for (keys, says) in told(&browser).await? {
        browser.open(&service, "/subscribers").await?;
        browser.evaluate("performance.clearResourceTimings()").await?;
        tried += 1;
        if keys.starts_with("G ") {
            for key in keys.split(' ') {
                browser.press(&key.to_lowercase()).await?;
            }
            let page = says.strip_prefix("Go to ").context("a key leads nowhere")?;
            let there = format!(
                "document.readyState === 'complete' && document.querySelector('h1').textContent.trim() === {}",
                json!(page)
            );
            browser.wait(&there).await?;
            continue;
        }
        match keys.as_str() {
            "Ctrl K" => {
                browser.press_with(Held::Ctrl, "k").await?;
                browser.wait(IS_OPEN).await?;
            }
            "/" => {
                browser.press("/").await?;
                browser
                    .wait("document.activeElement.id === 'q' && document.activeElement.value === ''")
                    .await?;
            }
            "R" => {
                browser.press("r").await?;
                let asked = "performance.getEntriesByType('resource').some(({ name }) => \
                    new URL(name).pathname === '/api/v1/subscribers')";
                browser.wait(asked).await?;
            }
            "P" => {
                browser.press("p").await?;
                browser.wait("document.getElementById('pill').dataset.state === 'paused'").await?;
            }
            "?" => {
                browser.press("?").await?;
                browser.wait(ARE_KEYS_SHOWN).await?;
                look(&browser, "keys").await?;
            }
            _ => anyhow::bail!("nobody knows what {keys} should do: {says}"),
        }
    }
    ensure!(tried == 10, "{tried} keys are told");
    // A page without a list tells nothing of sorting, and its menu opens the dialog, too.
    browser.open(&service, "/").await?;
    ensure!(told(&browser).await?.iter().all(|(keys, _)| keys != "R"), "the overview sorts nothing");
    browser.evaluate("document.querySelector('.menu summary').click()").await?;
    browser.evaluate("document.getElementById('keys-open').click()").await?;
    browser.wait(ARE_KEYS_SHOWN).await?;
    // Whoever speaks to the computer switches single keys off, and this browser remembers.
    browser.evaluate("document.getElementById('keys-single').click()").await?;
    browser.open(&service, "/").await?;
    browser.press("p").await?;
    browser.press("?").await?;
    browser.press_with(Held::Ctrl, "k").await?;
    browser.wait(IS_OPEN).await?;
    let still =
        "!document.getElementById('keys').open && document.getElementById('pill').dataset.state !== 'paused'";
    ensure!(browser.evaluate(still).await? == Value::Bool(true), "a single key did something");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_a_field_does_nothing_else() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    browser.open(&service, "/subscribers").await?;
    for (field, open) in [("q", false), ("palette-q", true)] {
        if open {
            browser.press_with(Held::Ctrl, "k").await?;
            browser.wait(IS_OPEN).await?;
        } else {
            browser.evaluate("document.getElementById('q').focus()").await?;
        }
        for key in ["g", "o", "p", "r", "?", "/", "g", "l"] {
            browser.press(key).await?;
        }
        let as_it_was = format!(
            "document.getElementById('{field}').value === 'gopr?/gl' && location.pathname === '/subscribers' \
                && document.getElementById('pill').dataset.state === 'live' \
                && !document.getElementById('keys').open && document.getElementById('palette').open === {open}"
        );
        browser.wait(&as_it_was).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn themes_are_kept_and_automatic_follows_the_system() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    browser.resize(1280, 800).await?;
    browser.prefer_dark(false).await?;
    browser.open(&service, "/").await?;
    let is = |theme: &str, label: &str, chosen: &str| {
        format!(
            "document.documentElement.dataset.bsTheme === '{theme}' \
                && document.getElementById('theme').getAttribute('aria-label') === 'Theme: {label}' \
                && document.getElementById('theme-choice').value === '{chosen}'"
        )
    };
    let choose = |theme: &str| {
        format!(
            "(() => {{ const choice = document.getElementById('theme-choice'); choice.value = '{theme}'; \
                choice.dispatchEvent(new Event('change')); }})()"
        )
    };
    browser.wait(&is("light", "as the system", "auto")).await?;
    for (theme, prefers_dark) in [("dark", false), ("light", true)] {
        browser.evaluate(&choose(theme)).await?;
        browser.prefer_dark(prefers_dark).await?;
        browser.wait(&is(theme, theme, theme)).await?;
        browser.open(&service, "/").await?;
        browser.wait(&is(theme, theme, theme)).await?;
    }
    browser.evaluate(&choose("auto")).await?;
    for _ in 0..2 {
        for dark in [true, false] {
            browser.prefer_dark(dark).await?;
            browser.wait(&is(if dark { "dark" } else { "light" }, "as the system", "auto")).await?;
        }
        browser.open(&service, "/").await?;
    }
    // The button goes through the same three.
    for (theme, label, chosen) in
        [("light", "light", "light"), ("dark", "dark", "dark"), ("light", "as the system", "auto")]
    {
        browser.evaluate("document.getElementById('theme').click()").await?;
        browser.wait(&is(theme, label, chosen)).await?;
    }
    browser.evaluate("document.querySelector('.menu').open = true").await?;
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            let place = format!("keys-menu-{width}-{}", if dark { "dark" } else { "light" });
            browser.screenshot(&place).await?;
            let found = browser.axe().await?;
            ensure!(found.is_empty(), "{place}: {found:#?}");
            ensure!(!browser.overflows().await?, "{place} is wider than the window");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_nothing_is_offered_that_needs_them() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    browser.client().goto(&format!("{}/subscribers", service.url)).await?;
    let is_seen = "['palette-open', 'keys-open', 'theme', 'theme-label', 'palette', 'keys'].filter((id) => \
        document.getElementById(id).checkVisibility())";
    ensure!(browser.evaluate(is_seen).await? == json!([]), "{}", browser.evaluate(is_seen).await?);
    Ok(())
}

/// Has the page make a link for a display; gives its secret.
const MAKE_DISPLAY: &str = "(async () => {
    const csrf = document.querySelector('input[name=csrf]').value;
    const body = new URLSearchParams({ csrf, name: 'hall', scope: 'all', page: 'overview' });
    const page = await (await fetch('/walls', { method: 'POST', body })).text();
    return page.match(/\\/enter\\/([^<]+)</)[1];
})()";

#[tokio::test(flavor = "multi_thread")]
async fn a_display_on_a_wall_has_no_palette() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    browser.open(&service, "/").await?;
    let secret = browser.evaluate(MAKE_DISPLAY).await?;
    let display = Browser::start().await?;
    let link = format!("{}/enter/{}", service.url, secret.as_str().context("no link")?);
    display.client().goto(&link).await?;
    display.wait("document.getElementById('pill')?.dataset.state === 'live'").await?;
    display.press_with(Held::Ctrl, "k").await?;
    display.press("?").await?;
    display.press("p").await?;
    display.wait("document.getElementById('pill').dataset.state === 'paused'").await?;
    let there = "document.querySelectorAll('dialog, #palette-open, #keys-open').length";
    ensure!(display.evaluate(there).await? == 0, "a display has what only people use");
    let found = display.violations().await?;
    ensure!(found.is_empty(), "{found:#?}");
    Ok(())
}
