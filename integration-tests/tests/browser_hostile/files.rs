//! Files that somebody chooses: what they would do is shown before it is done.

use super::pages::{Tour, fits_into_a_group, line, sample};
use anyhow::ensure;
use fantoccini::Locator;
use serde_json::{Value, json};
use std::io::Write as _;
use tempfile::NamedTempFile;

/// Routers of the earlier program by their labels, and groups that a category names and nobody has.
pub(super) async fn all(tour: &mut Tour<'_>) -> anyhow::Result<usize> {
    let labels: Vec<String> =
        (0..sample((0..60).collect(), 20).len()).map(|n| line(tour.routers(), n)).collect();
    let router = |(n, label): (usize, &String)| {
        json!({ "id": format!("earlier{n}"), "name": label, "host": format!("198.51.100.{n}"), "username": "monitor", "port": 8728,
            "use_ssl": false, "enabled": false, "password": "x" })
    };
    let routers: Vec<Value> = labels.iter().enumerate().map(router).collect();
    choose(tour, "/settings/import", &json!(routers), &labels).await?;
    let names: Vec<String> =
        tour.routers().corpus().iter().filter(|text| fits_into_a_group(text)).cloned().collect();
    let names: Vec<String> = sample(names, 10).into_iter().take(10).collect();
    let category = json!({ "name": "files", "subcategories": [{ "name": "files", "groups": names }] });
    let file = json!({ "format": "tikwatch-groups", "version": 1, "groups": [], "categories": [category] });
    choose(tour, "/groups/import", &file, &names).await?;
    Ok(2)
}

async fn choose(
    tour: &mut Tour<'_>,
    page: &'static str,
    file: &Value,
    expected: &[String],
) -> anyhow::Result<()> {
    let mut chosen = NamedTempFile::with_suffix(".json")?;
    chosen.write_all(file.to_string().as_bytes())?;
    tour.look(page, page, &[]).await?;
    let browser = tour.browser();
    browser.client().find(Locator::Css("#file")).await?.send_keys(&chosen.path().to_string_lossy()).await?;
    browser.client().find(Locator::Css("#look")).await?.click().await?;
    browser.wait("document.querySelector('#preview, #faults') !== null").await?;
    let faults = browser.evaluate("document.getElementById('faults')?.innerText ?? ''").await?;
    ensure!(faults == "", "{page}: {faults}");
    tour.check(page, expected).await
}
