//! What lies over a page: opened by keys, kept to itself while it must be, and closed by Escape.

use super::{House, walk};
use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::keyboard::Held;
use serde_json::{Value, json};

async fn is(browser: &Browser, condition: &str) -> anyhow::Result<bool> {
    Ok(browser.evaluate(condition).await? == Value::Bool(true))
}

/// Puts the focus on an element, as Tab would have in the end.
async fn focus(browser: &Browser, selector: &str) -> anyhow::Result<()> {
    let script = format!("document.querySelector({}).focus()", json!(selector));
    browser.evaluate(&script).await?;
    let has_it = format!("document.activeElement.matches({})", json!(selector));
    ensure!(is(browser, &has_it).await?, "{selector} cannot have the focus");
    Ok(())
}

/// Tab goes round within an open dialog, in both directions; what is behind it never has the focus.
async fn is_kept_within(browser: &Browser, dialog: &str) -> anyhow::Result<()> {
    let within = format!(
        "document.activeElement === document.body || document.querySelector('{dialog}:modal').contains(document.activeElement)"
    );
    for held in [Held::Nothing, Held::Shift] {
        for step in 0..12 {
            browser.press_with(held, "Tab").await?;
            ensure!(is(browser, &within).await?, "{dialog} lets the focus out after {step} steps, {held:?}");
        }
    }
    let (faults, stops) = walk(browser).await?;
    ensure!(faults.is_empty() && 0 < stops, "{dialog}: {stops} stops, {faults:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_keep_the_focus_and_give_it_back() -> anyhow::Result<()> {
    let house = House::open().await?;
    let browser = &house.browser;
    for (width, height) in super::SIZES {
        browser.resize(width, height).await?;
        house.show("/subscribers").await?;
        for (dialog, opener, is_in_menu) in
            [("#palette", "#palette-open", false), ("#keys", "#keys-open", true)]
        {
            for key in ["Enter", " "] {
                if is_in_menu {
                    focus(browser, ".bar .menu > summary").await?;
                    if !is(browser, "document.querySelector('.bar .menu').open").await? {
                        browser.press(key).await?;
                    }
                }
                focus(browser, opener).await?;
                browser.press(key).await?;
                browser.wait(&format!("document.querySelector('{dialog}:modal') !== null")).await?;
                is_kept_within(browser, dialog).await?;
                browser.press("Escape").await?;
                browser.wait("document.querySelector('dialog[open]') === null").await?;
                let is_back = format!("document.activeElement.matches('{opener}')");
                ensure!(is(browser, &is_back).await?, "{dialog} gave the focus to somebody else");
            }
        }
    }
    Ok(())
}

/// The menus of a page, by selectors of their summaries.
const MENUS: &str = "[...document.querySelectorAll('.menu, .hints, .rail .more > details')]
    .filter((menu) => menu.querySelector('summary').checkVisibility())
    .map((menu) => `${menu.id ? `#${menu.id}` : `.${(menu.closest('.more') ?? menu).className.split(' ').join('.')}`} > `
        + `${menu.closest('.more') ? 'details > ' : ''}summary`)";

#[tokio::test(flavor = "multi_thread")]
async fn menus_open_by_keys_and_close_by_escape_or_when_the_focus_goes_on() -> anyhow::Result<()> {
    let house = House::open().await?;
    let browser = &house.browser;
    let mut tried = 0;
    for (width, height) in super::SIZES {
        browser.resize(width, height).await?;
        for path in ["/subscribers", "/groups", "/audit"] {
            house.show(path).await?;
            let found = browser.evaluate(MENUS).await?;
            for summary in found.as_array().context("no menus")?.iter().filter_map(Value::as_str) {
                let place = format!("{width} {path} {summary}");
                let open = format!("document.querySelector('{summary}').parentElement.open");
                let has_focus = format!("document.activeElement.matches('{summary}')");
                for key in ["Enter", " "] {
                    focus(browser, summary).await?;
                    browser.press(key).await?;
                    ensure!(is(browser, &open).await?, "{place} does not open by {key:?}");
                    browser.press("Tab").await?;
                    let within = format!(
                        "document.activeElement.closest('details') === document.querySelector('{summary}').parentElement"
                    );
                    ensure!(is(browser, &within).await?, "{place} has nothing to come to");
                    browser.press("Escape").await?;
                    ensure!(!is(browser, &open).await?, "{place} stays open after Escape");
                    ensure!(is(browser, &has_focus).await?, "{place} lost the focus");
                }
                // Left open, it would lie over what is next.
                browser.press("Enter").await?;
                ensure!(is(browser, &open).await?, "{place} does not open again");
                let (faults, _) = walk(browser).await?;
                ensure!(faults.is_empty(), "{place} when open: {faults:#?}");
                ensure!(!is(browser, &open).await?, "{place} stays open when the focus is elsewhere");
                tried += 1;
            }
        }
    }
    ensure!(10 < tried, "{tried} menus");
    Ok(())
}
