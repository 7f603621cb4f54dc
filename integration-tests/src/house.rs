//! A house with something in every room: every page of it can be opened, and has something to show.

use crate::browser::Browser;
use crate::network::Network;
use crate::service::{PATIENCE, Service, urlencode};
use crate::{Running, in_folder};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tikwatch::http::listed;

/// Answers `GET`, and is no page.
const NO_PAGES: [&str; 5] =
    ["/healthz", "/favicon.ico", "/manifest.webmanifest", "/worker.js", "/static/{path:.*}"];

/// Those that are for whoever has not come in yet.
const WAYS_IN: [&str; 3] = ["/sign-in", "/setup", "/enter/{secret}"];

/// A network, and people and groups to go through.
pub struct House {
    /// The routers, and the service that watches them.
    pub network: Network,
    /// Where an owner is signed in.
    pub browser: Browser,
    subscriber: String,
    /// A group's id.
    pub group: String,
    job: String,
}

impl House {
    /// Builds it: a subscriber who is online, a group in a category, a user, a token, and a job that waits to be begun.
    pub async fn open() -> anyhow::Result<Self> {
        let network = Network::start(60).await?;
        let service = &network.service;
        let subscriber = network.routers.first().and_then(|router| router.online().first().cloned());
        let subscriber = subscriber.context("nobody is online")?;
        let member = json!([{ "name": subscriber, "router": "r1" }]);
        let body =
            json!({ "name": "North", "members": member, "rules": [{ "kind": "profile", "value": "10M" }] });
        let made = service.send("POST", "/api/v1/groups", &body).await?;
        let group = made.pointer("/group/id").and_then(Value::as_str).context("no group")?.to_owned();
        let category = json!({ "name": "Towers", "subcategories": [{ "name": "hill", "groups": [group] }] });
        service.send("POST", "/api/v1/categories", &category).await?;
        let user =
            json!({ "name": "zoe", "password": "seven brown canaries", "role": "viewer", "routers": ["r1"] });
        service.send("POST", "/api/v1/users", &user).await?;
        service.send("POST", "/api/v1/tokens", &json!({ "name": "grafana", "role": "viewer" })).await?;
        let lists =
            ["interfaces", "hotspot", "leases", "queues"].map(|list| format!("/api/v1/{list}?limit=1"));
        network.has_read(&lists).await?;
        let address = network.routers.first().context("no router")?.address;
        let version = service.json("/api/v1/settings").await?.get("version").cloned();
        let body = json!({ "version": version, "host": address.ip().to_string(), "port": address.port(),
            "username": "monitor", "write_mode": true });
        service.send("PUT", "/api/v1/routers/r1", &body).await?;
        let action = json!({ "router": "r1", "action": "disable_account", "name": subscriber });
        let made = service.send("POST", "/api/v1/jobs", &json!({ "actions": [action] })).await?;
        let job = made.pointer("/job/id").and_then(Value::as_str).context("no job")?.to_owned();
        let browser = Browser::start_for(&network.service).await?;
        Ok(Self { network, browser, subscriber, group, job })
    }

    /// The service that watches the routers.
    pub fn service(&self) -> &Service {
        &self.network.service
    }

    /// Every page that whoever is signed in can open, by the table of routes, and one that there is not.
    pub fn pages(&self) -> anyhow::Result<Vec<String>> {
        let is_page = |route: &&str| {
            !route.starts_with("/api/") && !NO_PAGES.contains(route) && !WAYS_IN.contains(route)
        };
        let routes = listed().filter(|route| route.method == "GET").map(|route| route.path).filter(is_page);
        let pages: Vec<String> =
            routes.flat_map(|route| self.pages_of(route)).chain(["/nowhere".to_owned()]).collect();
        ensure!(pages.len() > 30 && pages.iter().all(|path| !path.contains('{')), "{pages:?}");
        Ok(pages)
    }

    /// The pages that a route is looked at with.
    fn pages_of(&self, route: &str) -> Vec<String> {
        let more = match route {
            "/routers/{name}" => vec!["?tab=connection", "?tab=log", "?tab=raw"],
            "/subscribers" => vec!["?q=nobody-is-called-so"],
            "/subscribers/{router}/{name}" => {
                return vec![
                    format!("/subscribers/r1/{}", urlencode(&self.subscriber)),
                    "/subscribers/r1/nobody".to_owned(),
                ];
            }
            "/jobs/new" => vec!["?router=r1&action=set_profile", "?router=r1&action=add_account"],
            _ => Vec::new(),
        };
        let name = if route.starts_with("/subscribers") { self.subscriber.as_str() } else { "r1" };
        let id = if route.starts_with("/jobs") { &self.job } else { &self.group };
        let path = route.replace("{router}", "r1").replace("{name}", &urlencode(name)).replace("{id}", id);
        let more: Vec<String> = more.into_iter().map(|query| format!("{path}{query}")).collect();
        std::iter::once(path).chain(more).collect()
    }

    /// Opens a page, and waits until its scripts have done what they do at first.
    pub async fn show(&self, path: &str) -> anyhow::Result<()> {
        show(&self.browser, &format!("{}{path}", self.service().url)).await
    }
}

/// Opens a page, and waits until its scripts have done what they do at first.
pub async fn show(browser: &Browser, url: &str) -> anyhow::Result<()> {
    browser.client().goto(url).await?;
    let is_ready = "document.readyState === 'complete' \
        && (document.getElementById('list') === null || document.body.dataset.page === 'audit' \
            || document.getElementById('pill')?.dataset.state === 'live')";
    browser.wait(is_ready).await
}

/// A service that nobody has an account of, and its ways in.
pub struct Doorstep {
    /// The link that makes the first account, as the service prints it.
    pub link: String,
    _process: Running,
    _folder: TempDir,
}

impl Doorstep {
    /// Starts it.
    pub fn open() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = in_folder(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
        let process = Running::start(&mut command)?;
        let told = process.wait_for_line(PATIENCE, |line| line.contains("/setup?token="))?;
        let link = told.split_whitespace().find(|word| word.contains("/setup?token=")).context("no link")?;
        Ok(Self { link: link.to_owned(), _process: process, _folder: folder })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        self.link.split("/setup").next().unwrap_or_default()
    }

    /// The pages for whoever has not come in yet.
    pub fn pages(&self) -> [String; 3] {
        let url = self.url();
        [self.link.clone(), format!("{url}/sign-in"), format!("{url}/enter/x")]
    }
}
