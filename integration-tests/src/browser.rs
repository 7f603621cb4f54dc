//! A real Chromium, driven through chromedriver: what the browser tests see a page with.
//!
//! Everything that is injected goes through the DevTools protocol, so that the page's Content-Security-Policy stays
//! as it is served, Trusted Types included.

use crate::service::{PATIENCE, Service};
use crate::{Running, free_port};
use anyhow::{Context as _, bail, ensure};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The checks of axe-core that a page must pass.
const AXE_TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const AXE: &str = include_str!("../vendor/axe-core-4.14.1/axe.min.js");

/// Lets whatever moves come to rest at once: colours that pass into each other are nobody's choice.
const REST: &str = r"
(() => {
    if (window.__rest) return;
    window.__rest = new CSSStyleSheet();
    window.__rest.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important; }');
    document.adoptedStyleSheets.push(window.__rest);
})();
";

/// How long chromedriver may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// Keeps what goes wrong in a page from its first moment on, in `window.__violations`.
const WITNESS: &str = r"
(() => {
    const seen = window.__violations = [];
    addEventListener('securitypolicyviolation', event =>
        seen.push(`CSP ${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`.trim()), true);
    addEventListener('error', event => seen.push(event.target instanceof Element
        ? `load failed: ${event.target.outerHTML.slice(0, 200)}`
        : `page error: ${event.message}`), true);
    addEventListener('unhandledrejection', event => seen.push(`page error: unhandled ${event.reason}`));
    const original = console.error;
    console.error = (...words) => { seen.push(`console error: ${words.join(' ')}`); original(...words); };
})();
";

/// A browser window of its own, with a fresh profile; it ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    port: u16,
    // Dropped in this order: the profile can go only when the browser has.
    _driver: Running,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts chromedriver on a free port, and Chromium.
    pub async fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        let driver = Running::start(Command::new("chromedriver").arg(format!("--port={port}")))
            .context("cannot start chromedriver: see integration-tests/run --install")?;
        driver.wait_for_line(START, |line| line.contains("started successfully"))?;
        let profile = tempfile::tempdir()?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path()))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("chromedriver started no browser")?;
        let browser = Self { client, port, _driver: driver, _profile: profile };
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WITNESS })).await?;
        Ok(browser)
    }

    /// Starts a browser in which somebody is signed in to this service.
    pub async fn start_for(service: &Service) -> anyhow::Result<Self> {
        let browser = Self::start().await?;
        browser.sign_in(service).await?;
        Ok(browser)
    }

    /// Signs somebody in to this service.
    pub async fn sign_in(&self, service: &Service) -> anyhow::Result<()> {
        let (name, value) = &service.cookie;
        let cookie = json!({ "name": name, "value": value, "url": service.url, "httpOnly": true });
        self.devtools("Network.setCookie", cookie).await?;
        Ok(())
    }

    /// Opens a page of the service, and waits until it is live.
    pub async fn open(&self, service: &Service, path: &str) -> anyhow::Result<()> {
        self.client().goto(&format!("{}{path}", service.url)).await?;
        self.wait("document.getElementById('pill')?.dataset.state === 'live'").await
    }

    /// The WebDriver client, to navigate, click and read.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Clicks on what leads to another page, or has this one anew, and waits until that is there: a click begins it only.
    pub async fn follow(&self, to: Locator<'_>) -> anyhow::Result<()> {
        let element = self.client.find(to).await?;
        element.click().await?;
        let until = Instant::now() + PATIENCE;
        while element.tag_name().await.is_ok() {
            ensure!(Instant::now() < until, "{to:?} leads nowhere");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Sends a command of the DevTools protocol and gives its result.
    pub async fn devtools(&self, command: &str, parameters: Value) -> anyhow::Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        self.client
            .issue_cmd(ChromeCommand { path: "goog/cdp/execute", body })
            .await
            .with_context(|| format!("DevTools command {command}"))
    }

    /// Evaluates an expression in the page, waits for it when it is a promise, and gives its JSON value.
    pub async fn evaluate(&self, expression: &str) -> anyhow::Result<Value> {
        let answer = self
            .devtools(
                "Runtime.evaluate",
                json!({ "expression": expression, "awaitPromise": true, "returnByValue": true }),
            )
            .await?;
        if let Some(exception) = answer.get("exceptionDetails") {
            bail!("the page threw: {exception}");
        }
        Ok(answer.pointer("/result/value").cloned().unwrap_or(Value::Null))
    }

    /// Waits until an expression is true in the page.
    pub async fn wait(&self, condition: &str) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        // Between two pages there is nothing to ask.
        while !matches!(self.evaluate(condition).await, Ok(Value::Bool(true))) {
            let page =
                self.evaluate("`${location.pathname}: ${document.body.innerText}`").await.unwrap_or_default();
            ensure!(Instant::now() < until, "never true: {condition}; the page is {page:.2000}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Makes the page this wide and high, in CSS pixels, whatever the window's frame.
    pub async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Has the page believe that the person prefers dark (or else light) colours.
    pub async fn prefer_dark(&self, dark: bool) -> anyhow::Result<()> {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Keeps what the window shows as `integration-tests/screenshots/NAME.png`.
    pub async fn screenshot(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(name).with_extension("png");
        std::fs::write(&path, self.client.screenshot().await?)?;
        Ok(path)
    }

    /// Whether the page is wider than the window, so that a person must scroll sideways.
    pub async fn overflows(&self) -> anyhow::Result<bool> {
        let script = "document.scrollingElement.scrollWidth > document.documentElement.clientWidth";
        self.evaluate(script).await?.as_bool().context("the page has no scrolling element")
    }

    /// What axe-core finds wrong with the page as it is now, one line an element; nothing moves in it any more.
    pub async fn axe(&self) -> anyhow::Result<Vec<String>> {
        self.evaluate(REST).await?;
        if self.evaluate("typeof axe").await? != "object" {
            self.evaluate(&format!("{AXE};0")).await?;
        }
        let options =
            json!({ "runOnly": { "type": "tag", "values": AXE_TAGS }, "resultTypes": ["violations"] });
        let found = self
            .evaluate(&format!(
                "axe.run(document, {options}).then(result => ({{
                    checked: result.passes.length,
                    wrong: result.violations.flatMap(rule => rule.nodes.map(node =>
                        `${{rule.id}} (${{rule.impact}}): ${{node.target.join(' ')}}: ${{rule.help}}`)),
                }}))"
            ))
            .await?;
        // A page on which no rule applied was not checked at all: it is blank, or axe-core did not run.
        if found.get("checked").and_then(Value::as_u64).unwrap_or(0) == 0 {
            bail!("axe-core checked nothing: {found}");
        }
        Ok(texts(found.get("wrong")))
    }

    /// What went wrong in the page since it was loaded: CSP violations, errors, requests to other hosts.
    ///
    /// Chromium's own log of errors is emptied by this; what the page itself kept is not.
    pub async fn violations(&self) -> anyhow::Result<Vec<String>> {
        if self.evaluate("Array.isArray(window.__violations)").await? != true {
            bail!("nothing watched this page: it was open before the browser was ready");
        }
        let mut found = texts(Some(&self.evaluate("window.__violations").await?));
        let elsewhere = "performance.getEntriesByType('resource').map(entry => entry.name)
            .filter(name => new URL(name).origin !== location.origin && !name.startsWith('data:'))
            .map(name => `request to another host: ${name}`)";
        found.extend(texts(Some(&self.evaluate(elsewhere).await?)));
        let log = ChromeCommand { path: "se/log", body: json!({ "type": "browser" }) };
        let log = self.client.issue_cmd(log).await?;
        for entry in log.as_array().into_iter().flatten() {
            if entry.get("level").and_then(Value::as_str) == Some("SEVERE") {
                let message = entry.get("message").and_then(Value::as_str).unwrap_or_default();
                found.push(format!("log: {message}"));
            }
        }
        Ok(found)
    }
}

impl Drop for Browser {
    /// Chromedriver ends its browser only when asked in its own words: a signal leaves Chromium running.
    fn drop(&mut self) {
        let ask = || -> std::io::Result<()> {
            let mut driver = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            driver.set_read_timeout(Some(Duration::from_secs(10)))?;
            driver.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
            driver.read_to_end(&mut Vec::new())?;
            Ok(())
        };
        // A chromedriver that does not listen any more has ended, and a drop has nobody to tell.
        ask().ok();
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn capabilities(profile: &Path) -> Capabilities {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        // Chromium's sandbox does not start as root, as in most containers.
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--no-first-run".to_owned(),
        "--force-color-profile=srgb".to_owned(),
    ];
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    capabilities
}

/// A command that only chromedriver knows.
#[derive(Debug)]
struct ChromeCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for ChromeCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
