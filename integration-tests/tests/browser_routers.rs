//! From an empty installation to live data in Chromium: the lines for the router, a test, the fingerprint, saved.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::isp::{Router, calm};
use integration_tests::service::Service;
use secrecy::SecretString;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tikwatch::routeros::stream::TlsIdentity;
use tikwatch::simulator::RouterPlan;

const SECRET: &str = "canary-router-3Qz";

async fn fill(browser: &Browser, fields: &[(&str, &str)]) -> anyhow::Result<()> {
    for (name, value) in fields {
        let script = format!("document.getElementById({}).value = {}", json!(name), json!(value));
        browser.evaluate(&script).await?;
    }
    Ok(())
}

async fn click(browser: &Browser, id: &str) -> anyhow::Result<()> {
    browser.evaluate(&format!("document.getElementById({}).click()", json!(id))).await?;
    Ok(())
}

async fn healthy(browser: &Browser, page: &str) -> anyhow::Result<()> {
    for (dark, width) in [(false, 1280), (true, 390)] {
        browser.prefer_dark(dark).await?;
        browser.resize(width, 900).await?;
        let wrong = browser.axe().await?;
        ensure!(wrong.is_empty(), "{page} at {width}: {wrong:#?}");
        ensure!(!browser.overflows().await?, "{page} is wider than {width}");
        browser.screenshot(&format!("routers-{page}-{width}")).await?;
    }
    browser.resize(1280, 900).await?;
    let violations = browser.violations().await?;
    ensure!(violations.is_empty(), "{page}: {violations:#?}");
    Ok(())
}

/// Chooses a file, and looks at what it would do.
async fn look_at_a_file(browser: &Browser) -> anyhow::Result<()> {
    let router = |id: &str, host: &str, tls: bool| {
        json!({ "id": id, "name": "\"><img src=x onerror=alert(1)>", "host": host,
        "username": "monitor", "password": SECRET, "port": 8728, "use_ssl": tls })
    };
    let routers = json!([router("router_001", "192.0.2.1", false), router("router_002", "192.0.2.2", true)]);
    let script = format!(
        "(() => {{ const chosen = new DataTransfer(); chosen.items.add(new File([{}], 'routers.json')); \
         document.getElementById('file').files = chosen.files; }})()",
        json!(routers.to_string())
    );
    browser.evaluate(&script).await?;
    click(browser, "look").await?;
    browser
        .wait("document.querySelectorAll('[data-router]').length === 2 && document.getElementById('save') !== null")
        .await?;
    let shown = browser.evaluate("document.documentElement.outerHTML").await?;
    ensure!(!shown.as_str().unwrap_or_default().contains(SECRET), "a password is on the page");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_installation_shows_live_data_within_a_minute() -> anyhow::Result<()> {
    let user = Some(("tikwatch".to_owned(), SecretString::from(SECRET)));
    let router = Router::start(RouterPlan { user, ..calm(60) }).await?;
    let identity = TlsIdentity::self_signed("core")?;
    let listening = router.router.listen_tls(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), identity).await?;
    let service = Service::start(&json!({ "allow_loopback_routers": true }), &[])?;
    let browser = Browser::start_for(&service).await?;
    let start = Instant::now();
    browser.client().goto(&format!("{}/", service.url)).await?;
    click(&browser, "add-router").await?;
    browser.wait("document.getElementById('router-form') !== null").await?;
    let script = browser.evaluate("document.getElementById('script').textContent").await?;
    let script = script.as_str().unwrap_or_default();
    ensure!(script.contains("policy=read,api,!local") && script.contains("address="), "{script}");
    let made = browser.evaluate("document.getElementById('password').value").await?;
    ensure!(
        script.contains(made.as_str().unwrap_or("?")),
        "the script has the password of the form: {script}"
    );
    let port = listening.address.port().to_string();
    let wrong = [("name", "ccr1"), ("host", "127.0.0.1"), ("port", &port), ("password", "canary-wrong")];
    fill(&browser, &wrong).await?;
    // The fingerprint is shown and accepted, then the password turns out to be wrong, then all is well.
    click(&browser, "test").await?;
    browser.wait("!document.getElementById('accept').hidden").await?;
    click(&browser, "take").await?;
    browser.wait("document.querySelectorAll('#steps .st-fail').length === 1 && document.querySelectorAll('#steps li').length === 4").await?;
    ensure!(
        browser.evaluate("document.getElementById('password').value").await? == "canary-wrong",
        "it stays"
    );
    fill(&browser, &[("password", SECRET)]).await?;
    click(&browser, "test").await?;
    browser.wait("document.querySelectorAll('#steps li').length === 7").await?;
    // What was counted is what the load is worked out for, again as soon as somebody types another interval.
    let estimate = "document.getElementById('estimate').textContent";
    browser.wait(&format!("{estimate}.includes('sessions')")).await?;
    let before = browser.evaluate(estimate).await?;
    browser.evaluate("document.querySelector('details:has(#estimate)').open = true").await?;
    fill(&browser, &[("poll_seconds", "9")]).await?;
    let typed =
        "document.getElementById('poll_seconds').dispatchEvent(new Event('input', { bubbles: true }))";
    browser.evaluate(typed).await?;
    browser.wait(&format!("{estimate} !== {before}")).await?;
    let typed = browser.evaluate("document.getElementById('password').value").await?;
    ensure!(typed == SECRET, "what was typed stays");
    let measured = start.elapsed();
    healthy(&browser, "form").await?;
    let resumed = Instant::now();
    click(&browser, "save").await?;
    browser
        .wait("location.pathname === '/' && Number(document.getElementById('kpi-online')?.textContent) > 0")
        .await?;
    let took = measured + resumed.elapsed();
    println!("from nothing to live data: {:.1} s", took.as_secs_f64());
    ensure!(took < Duration::from_secs(60), "{took:?}");
    browser.client().goto(&format!("{}/settings/routers", service.url)).await?;
    browser.wait("document.querySelector('[data-router=ccr1] .st-live') !== null").await?;
    healthy(&browser, "list").await?;
    browser.client().goto(&format!("{}/settings", service.url)).await?;
    healthy(&browser, "general").await?;
    browser.client().goto(&format!("{}/settings/import", service.url)).await?;
    healthy(&browser, "import").await?;
    look_at_a_file(&browser).await?;
    healthy(&browser, "import-preview").await?;
    browser.client().goto(&format!("{}/settings/routers/ccr1/delete", service.url)).await?;
    healthy(&browser, "delete").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_test_finds_is_told_in_the_readers_language() -> anyhow::Result<()> {
    let router = Router::start(calm(30)).await?;
    let service = Service::start(&json!({ "allow_loopback_routers": true }), &[])?;
    let browser = Browser::start_for(&service).await?;
    let cookie = json!({ "name": "tikwatch_language", "value": "es", "url": service.url });
    browser.devtools("Network.setCookie", cookie).await?;
    browser.client().goto(&format!("{}/settings/routers/new", service.url)).await?;
    let (there, closed) = (router.address.port().to_string(), integration_tests::free_port()?.to_string());
    let steps = "document.getElementById('steps').textContent";
    // What was found is told by words of ours, and what the API refuses as well.
    for (port, seconds, found) in [
        (&there, "5", "30 cuentas · "),
        (&closed, "5", "rechaza las conexiones"),
        (&closed, "soon", "Tiene que ser un número entero de 1 a 3600, no soon."),
    ] {
        let fields = [
            ("host", "127.0.0.1"),
            ("port", port),
            ("username", "monitor"),
            ("tls", "off"),
            ("poll_seconds", seconds),
        ];
        fill(&browser, &fields).await?;
        click(&browser, "test").await?;
        browser.wait(&format!("{steps}.includes({})", json!(found))).await?;
        let said = browser.evaluate(steps).await?;
        let said = said.as_str().context("no text")?;
        ensure!(!["accounts", "refuses", "must be"].iter().any(|english| said.contains(english)), "{said}");
    }
    // A file that somebody broke meanwhile.
    std::fs::write(service.folder().join("settings.json"), "{\n  \"routers\": [")?;
    click(&browser, "test").await?;
    browser
        .wait(&format!("{steps}.includes('El archivo termina a la mitad, en la línea 2, columna 14')"))
        .await?;
    browser
        .wait(&format!("{steps}.includes('No se cambió nada: el archivo de configuración no se puede usar')"))
        .await?;
    let violations = browser.violations().await?;
    ensure!(violations.iter().all(|line| line.contains("status of 4")), "{violations:#?}");
    Ok(())
}
