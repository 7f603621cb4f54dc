//! The README's pictures, taken from the demo.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::service::{Service, online, urlencode};
use serde_json::Value;

/// How long the demo runs before it is looked at, in milliseconds: a chart needs two points for a line, and minutes to
/// be worth a look.
fn exposure() -> u32 {
    if std::env::var_os("RUN_SLOW_TESTS").is_some() { 280_000 } else { 11_000 }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_pictures_can_be_taken_from_the_demo() -> anyhow::Result<()> {
    let demo = Service::demo(&[])?;
    demo.wait_for("/api/pppoe_interfaces", |answer| 1_000 < online(answer)).await?;
    let busiest = demo.json("/api/v1/subscribers?sort=-down&limit=20").await?;
    let is_plain = |row: &&Value| {
        row["comment"].as_str().is_some_and(|comment| !comment.is_empty())
            && row["name"].as_str().is_some_and(|name| name.bytes().all(super::is_plain))
    };
    let one = busiest
        .get("subscribers")
        .and_then(Value::as_array)
        .context("no rows")?
        .iter()
        .find(is_plain)
        .context("nobody")?;
    let text = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
    let subscriber = format!("/subscribers/{}/{}", text("router"), urlencode(text("name")));
    let browser = Browser::start_for(&demo).await?;
    browser.resize(1280, 800).await?;
    browser.open(&demo, "/").await?;
    // A wait of the browser's ends after a minute.
    for until in (0..=exposure()).step_by(10_000).chain([exposure()]) {
        browser.wait(&format!("performance.now() > {until}")).await?;
    }
    for (name, path, ready) in [
        ("overview", "/", "document.querySelectorAll('#busiest-down li').length === 10"),
        (
            "subscribers",
            "/subscribers?sort=-down",
            "document.querySelectorAll('#rows tr[data-key]').length > 20",
        ),
        ("groups", "/groups", "document.querySelectorAll('.group-card').length > 5"),
        ("router", "/routers/demo1", "document.querySelectorAll('.facts dd').length > 12"),
        ("subscriber", subscriber.as_str(), "document.querySelector('.plot-down') !== null"),
    ] {
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            browser.open(&demo, path).await?;
            browser.wait(ready).await?;
            // The chart of the overview draws what the stream brings.
            browser.wait("performance.now() > 6000").await?;
            let theme = if dark { "-dark" } else { "" };
            browser.screenshot(&format!("readme-{name}{theme}")).await?;
            ensure!(browser.violations().await?.is_empty(), "{name}{theme}");
        }
    }
    Ok(())
}
