//! The pages as an app, in Chromium: it can be installed, says when the server cannot be reached, and keeps no data.

use anyhow::ensure;
use integration_tests::browser::Browser;
use integration_tests::isp::Router;
use integration_tests::service::Service;
use serde_json::{Value, json};

/// What the browser keeps for the pages, wherever a page can keep anything that another one finds.
const KEPT: &str = "(async () => {
    const names = await caches.keys();
    const paths = [];
    for (const name of names) {
        for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    }
    const bases = (await indexedDB.databases()).map(({ name }) => name);
    return { names, paths, bases };
})()";

/// Whether the service worker has all that it keeps and serves this page.
const IS_SERVED: &str = "navigator.serviceWorker.controller?.state === 'activated'";

async fn a_service() -> anyhow::Result<(Router, Service, Browser)> {
    let router = Router::calm(20).await?;
    let service = Service::watch(&[router.address])?;
    let browser = Browser::start_for(&service).await?;
    Ok((router, service, browser))
}

async fn speak(browser: &Browser, service: &Service, language: &str) -> anyhow::Result<()> {
    let cookie = json!({ "name": "tikwatch_language", "value": language, "url": service.url });
    browser.devtools("Network.setCookie", cookie).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_offers_to_install_it() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    browser.open(&service, "/").await?;
    browser.wait(IS_SERVED).await?;
    let manifest = browser.devtools("Page.getAppManifest", json!({})).await?;
    ensure!(manifest["errors"] == json!([]), "{manifest}");
    let says: Value = serde_json::from_str(manifest["data"].as_str().unwrap_or_default())?;
    ensure!(says["display"] == "standalone" && says["start_url"] == "/", "{says}");
    let found = browser.devtools("Page.getInstallabilityErrors", json!({})).await?;
    ensure!(found["installabilityErrors"] == json!([]), "{found}");
    // Each icon is what the manifest says of it.
    for icon in says["icons"].as_array().into_iter().flatten() {
        let read = format!(
            "(async () => {{ const image = new Image(); image.src = {}; await image.decode();
            return `${{image.naturalWidth}}x${{image.naturalHeight}}`; }})()",
            icon["src"]
        );
        let size = browser.evaluate(&read).await?;
        ensure!(icon["sizes"] == "any" || icon["sizes"] == size, "{icon}: {size}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_a_page_says_so_and_nothing_else_was_kept() -> anyhow::Result<()> {
    let (_router, service, browser) = a_service().await?;
    for path in ["/", "/subscribers", "/routers", "/logs"] {
        browser.open(&service, path).await?;
        browser.wait(IS_SERVED).await?;
    }
    let kept = browser.evaluate(KEPT).await?;
    let paths: Vec<&str> = kept["paths"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    ensure!(paths.contains(&"/offline") && 3 < paths.len(), "{kept}");
    ensure!(paths.iter().all(|path| *path == "/offline" || path.starts_with("/static/")), "{kept}");
    ensure!(kept["names"].as_array().is_some_and(|names| names.len() == 1), "{kept}");
    ensure!(kept["bases"] == json!([]), "{kept}");
    let violations = browser.violations().await?;
    ensure!(violations.is_empty(), "{violations:#?}");

    speak(&browser, &service, "es").await?;
    browser.open(&service, "/subscribers").await?;
    let offline = "caches.match('/offline').then(page => page?.headers.get('content-language'))";
    browser.wait(&format!("{offline}.then(language => language === 'es')")).await?;
    // It is the page of whoever opened one last.
    speak(&browser, &service, "en").await?;
    browser.open(&service, "/subscribers").await?;
    browser.wait(&format!("{offline}.then(language => language === 'en')")).await?;
    service.process.kill()?;
    browser.client().refresh().await?;
    let heading = "document.querySelector('h1').innerText";
    let said = browser.evaluate(heading).await?;
    ensure!(said == "The server cannot be reached", "{said}");
    let place = browser.evaluate("location.pathname").await?;
    ensure!(place == "/subscribers", "{place}");
    // It looks like a page of ours.
    let button = "getComputedStyle(document.getElementById('again')).backgroundColor";
    let colour = browser.evaluate(button).await?;
    ensure!(colour != "rgba(0, 0, 0, 0)", "it has no style: {colour}");
    for (width, is_dark) in [(320, false), (1280, true)] {
        browser.resize(width, 800).await?;
        browser.prefer_dark(is_dark).await?;
        browser.screenshot(&format!("offline-{width}")).await?;
        let found = browser.axe().await?;
        ensure!(found.is_empty() && !browser.overflows().await?, "{found:#?}");
    }
    let _service = service.again()?;
    browser.evaluate("document.getElementById('again').click()").await?;
    browser.wait(&format!("{heading} === 'Subscribers'")).await
}
