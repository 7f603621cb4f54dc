//! The dashboard on a recording: the banner says so, in both themes and sizes, and its time goes on.

use anyhow::ensure;
use integration_tests::browser::Browser;
use integration_tests::recordings;
use integration_tests::service::Service;

const BANNER: &str = "document.getElementById('replay').textContent";

#[tokio::test(flavor = "multi_thread")]
async fn the_banner_of_a_replay_fits_and_tells_the_time() -> anyhow::Result<()> {
    let recording = recordings::path("ros-7.21");
    let file = recording.to_str().unwrap_or_default();
    let service = Service::demo(&["--replay", file, "--speed", "2", "--loop"])?;
    let browser = Browser::start_for(&service).await?;
    for (width, height) in [(360, 800), (1280, 800)] {
        browser.resize(width, height).await?;
        for dark in [false, true] {
            browser.prefer_dark(dark).await?;
            for (name, path) in [("overview", "/"), ("subscribers", "/subscribers")] {
                browser.client().goto(&format!("{}{path}", service.url)).await?;
                browser.wait("document.getElementById('pill')?.dataset.state === 'live'").await?;
                let before = browser.evaluate(BANNER).await?;
                let text = before.as_str().unwrap_or_default().to_owned();
                ensure!(text.starts_with("A recording: 2026-") && text.ends_with(" UTC, ×2"), "{text}");
                browser.wait(&format!("{BANNER} !== {before}")).await?;
                let place = format!("replay-{name}-{width}-{}", if dark { "dark" } else { "light" });
                browser.screenshot(&place).await?;
                ensure!(browser.violations().await?.is_empty(), "{place}");
                // One who is gone from the router is struck through, and has to be readable all the same.
                browser
                    .evaluate("document.querySelector('#rows tr[data-key]')?.classList.add('gone')")
                    .await?;
                let found = browser.axe().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                ensure!(!browser.overflows().await?, "{place} is wider than the window");
            }
        }
    }
    Ok(())
}
