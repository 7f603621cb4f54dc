//! Every page by the keyboard alone: each stop is reached in the order of the page, seen to have the focus, and left.

#[path = "browser_keyboard/forms.rs"]
mod forms;
#[path = "browser_keyboard/overlays.rs"]
mod overlays;

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::house::{Doorstep, House, show};
use integration_tests::keyboard::Held;
use serde_json::{Value, json};

const WALK: &str = include_str!("browser_keyboard/walk.js");

/// The sizes in which pages are laid out differently.
const SIZES: [(u32, u32); 2] = [(1280, 800), (360, 800)];

/// No page has more places at which Tab stops.
const MOST_STOPS: usize = 400;

/// Everything that can be opened in its place is open, as then there is more to go through.
const OPEN: &str = "(() => { document.querySelectorAll('main details:not(.menu, .hints)').forEach((each) => { each.open = true; }); \
    document.querySelectorAll('[name=\"scope\"][value=\"some\"]').forEach((each) => { each.checked = true; }); })()";

/// Waits until the page was drawn, and gives what was noted on the way.
const FRAME: &str = "new Promise((next) => { requestAnimationFrame(() => setTimeout(() => next(__walk))); })";

/// Goes through the page as it is, to its end and back; gives what was wrong, and how many stops there were.
async fn walk(browser: &Browser) -> anyhow::Result<(Vec<String>, u64)> {
    if browser.evaluate("window.__walk === undefined").await? == true {
        browser.evaluate(WALK).await?;
    }
    let (mut faults, mut stops) = (Vec::new(), Vec::new());
    for held in [Held::Nothing, Held::Shift] {
        browser.evaluate(&format!("__walk.begin({})", held == Held::Shift)).await?;
        let mut walked = Value::Null;
        for _ in 0..MOST_STOPS / 10 {
            for _ in 0..10 {
                browser.press_with(held, "Tab").await?;
            }
            // Long lists draw what comes next with the next frame.
            walked = browser.evaluate(FRAME).await?;
            if walked.get("hasEnded") == Some(&Value::Bool(true)) {
                break;
            }
        }
        if walked.get("hasEnded") != Some(&Value::Bool(true)) {
            faults.push(format!("no end after {MOST_STOPS} stops"));
        }
        let found = walked.get("faults").and_then(Value::as_array).context("no walk")?.iter();
        faults.extend(found.filter_map(Value::as_str).map(|fault| format!("{held:?} {fault}")));
        stops.push(walked.get("stops").and_then(Value::as_u64).context("no stops")?);
    }
    if faults.is_empty() && stops.first() != stops.last() {
        faults.push(format!("another number of stops on the way back: {stops:?}"));
    }
    Ok((faults, stops.into_iter().sum()))
}

/// Goes through a page in these sizes.
async fn walk_in(
    sizes: impl Iterator<Item = (u32, u32)>,
    browser: &Browser,
    url: &str,
) -> anyhow::Result<(Vec<String>, u64)> {
    let (mut faults, mut stops) = (Vec::new(), 0);
    for (width, height) in sizes {
        browser.resize(width, height).await?;
        show(browser, url).await?;
        browser.evaluate(OPEN).await?;
        let (found, walked) = walk(browser).await?;
        faults.extend(found.into_iter().map(|fault| format!("{width} {url} {fault}")));
        stops += walked;
        ensure!(walked > 0 || url.contains("/enter/"), "{url} has nothing to come to");
    }
    Ok((faults, stops))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_gone_through_by_keyboard_alone() -> anyhow::Result<()> {
    let house = House::open().await?;
    let pages = house.pages()?;
    let (mut faults, mut stops) = (Vec::new(), 0);
    // All of it takes a while: usually each page is looked at in one size, and the next page in the other.
    let is_full = std::env::var_os("RUN_SLOW_TESTS").is_some();
    for (place, path) in pages.iter().enumerate() {
        let url = format!("{}{path}", house.service().url);
        let sizes = SIZES.into_iter().skip(if is_full { 0 } else { place % 2 });
        let most = if is_full { SIZES.len() } else { 1 };
        let (found, walked) = walk_in(sizes.take(most), &house.browser, &url).await?;
        faults.extend(found);
        stops += walked;
    }
    println!("{} pages, {stops} stops", pages.len());
    ensure!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_in_can_be_gone_through_by_keyboard_alone() -> anyhow::Result<()> {
    let doorstep = Doorstep::open()?;
    let browser = Browser::start().await?;
    let mut faults = Vec::new();
    for page in doorstep.pages() {
        faults.extend(walk_in(SIZES.into_iter(), &browser, &page).await?.0);
    }
    ensure!(faults.is_empty(), "{faults:#?}");
    Ok(())
}

/// Adds a style to the page, which its policy lets only the DevTools protocol do.
fn styled(rules: &str) -> String {
    format!(
        "(() => {{ const sheet = new CSSStyleSheet(); sheet.replaceSync({}); document.adoptedStyleSheets.push(sheet); }})()",
        json!(rules)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_keyboard_out_is_found_when_planted() -> anyhow::Result<()> {
    let house = House::open().await?;
    house.browser.resize(1280, 800).await?;
    let trap = "document.getElementById('palette-open').addEventListener('keydown', (event) => \
        { if (event.key === 'Tab') event.preventDefault(); })";
    let first = "document.getElementById('theme').tabIndex = 5";
    let cover =
        "document.body.append(Object.assign(document.createElement('div'), { className: 'planted' }))";
    let over = ".planted { position: fixed; inset: 0 0 auto auto; width: 300px; height: 50px; z-index: 99; }";
    let planted = [
        ("no way on from", trap.to_owned()),
        ("not reached", first.to_owned()),
        ("focus not shown", styled("#theme { outline: 0 !important; }")),
        ("focus hardly seen", styled("#theme { outline-color: var(--bg) !important; }")),
        (
            "focus cut off",
            styled(".bar-end { overflow: hidden; } #theme { outline-offset: 20px !important; }"),
        ),
        ("covered by", format!("{cover}; {}", styled(over))),
        ("not in the window", styled("#theme { position: fixed; inset-block-start: -90px; }")),
        ("not in the order of the eye", styled(".bar-end { flex-direction: row-reverse; }")),
    ];
    house.show("/").await?;
    let (faults, _) = walk(&house.browser).await?;
    ensure!(faults.is_empty(), "wrong without any plant: {faults:#?}");
    for (expected, plant) in planted {
        house.show("/").await?;
        house.browser.evaluate(&plant).await?;
        let (faults, _) = walk(&house.browser).await?;
        ensure!(faults.iter().any(|fault| fault.contains(expected)), "{expected} was not found: {faults:#?}");
    }
    Ok(())
}
