//! The pages by which something is done on routers, as an operator sees them: sound in every size and theme, and followed
//! while a job is under way.

use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::isp::{Router, calm};
use integration_tests::service::Service;
use secrecy::SecretString;
use serde_json::{Value, json};
use tikwatch::simulator::RouterPlan;

const SIZES: [(u32, u32); 4] = [(360, 800), (768, 1024), (1280, 800), (1920, 1080)];

/// What links from rows ask for, whoever wrote them, one a line and in order.
const ASKED: &str =
    "(links) => links.map((link) => new URL(link, location).searchParams.toString()).sort().join('\\n')";

struct House {
    service: Service,
    browser: Browser,
    router: Router,
}

impl House {
    async fn open() -> anyhow::Result<Self> {
        let user = |name: &str| Some((name.to_owned(), SecretString::from("canary-5Rt")));
        let plan = RouterPlan { user: user("monitor"), operator: user("operator"), ..calm(60) };
        let mut router = Router::start(plan).await?;
        router.is_acted_on = true;
        let settings = json!({ "name": "r1", "host": "127.0.0.1", "port": router.address.port(),
            "username": "monitor", "password": "canary-5Rt", "write_mode": true, "poll_seconds": 1,
            "write_username": "operator", "write_password": "canary-5Rt" });
        let service = Service::start(&json!({ "routers": [settings] }), &[])?;
        let has_accounts =
            |answer: &Value| answer.pointer("/subscribers/0/profile").is_some_and(|one| one != "");
        service.wait_for("/api/v1/subscribers?limit=1", has_accounts).await?;
        let browser = Browser::start_for(&service).await?;
        Ok(Self { service, browser, router })
    }

    /// Looks at a page in all sizes and both themes.
    async fn look(&self, path: &str, name: &str) -> anyhow::Result<()> {
        let url = format!("{}{path}", self.service.url);
        for theme in ["light", "dark"] {
            self.browser.prefer_dark(theme == "dark").await?;
            for (width, height) in SIZES {
                self.browser.resize(width, height).await?;
                self.browser.client().goto(&url).await?;
                self.browser.wait("document.readyState === 'complete'").await?;
                let place = format!("{path} in {theme} at {width}");
                let found = self.browser.axe().await?;
                ensure!(found.is_empty(), "{place}: {found:#?}");
                ensure!(!self.browser.overflows().await?, "{place} is wider than the window");
                if width == 360 || width == 1280 {
                    self.browser.screenshot(&format!("jobs-{name}-{theme}-{width}")).await?;
                }
            }
        }
        Ok(())
    }

    /// Prepares a job; its path.
    async fn prepare(&self, names: &[&String], action: &str) -> anyhow::Result<String> {
        let action = |name: &&String| match action {
            "set_comment" => {
                json!({ "router": "r1", "action": action, "name": name, "comment": "moved to tower 7, \"old\" contract" })
            }
            _ => json!({ "router": "r1", "action": action, "name": name }),
        };
        let actions: Vec<Value> = names.iter().map(action).collect();
        let made =
            self.service.send("POST", "/api/v1/jobs", &json!({ "actions": actions, "pace": 10 })).await?;
        Ok(format!("/jobs/{}", made.pointer("/job/id").and_then(Value::as_str).context("no job")?))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_jobs_are_sound_and_follow_what_is_under_way() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut names = house.router.online();
    names.truncate(30);
    names.sort();
    let refused = names.get(3).context("too few are online")?;
    house.router.router.refuse_changes(refused, "failure: locked by the billing");
    house.look("/jobs/new", "new").await?;
    house.look("/jobs/new?router=r1&action=set_profile", "bulk").await?;
    house.look("/jobs/new?router=r1&action=add_account", "account").await?;
    let single = house.prepare(&[refused], "disable_account").await?;
    house.look(&single, "single").await?;
    let all: Vec<&String> = names.iter().collect();
    let bulk = house.prepare(&all, "set_comment").await?;
    house.look(&bulk, "prepared").await?;

    // Begun by its button, and followed without a reload.
    house.browser.client().goto(&format!("{}{bulk}", house.service.url)).await?;
    house
        .browser
        .evaluate("window.__same = true; document.querySelector('[value=\"begin\"]').click()")
        .await?;
    house.browser.wait("document.getElementById('job')?.dataset.phase === 'running'").await?;
    house.browser.evaluate("window.__same = true").await?;
    house.browser.wait("document.getElementById('job').dataset.phase === 'over'").await?;
    ensure!(house.browser.evaluate("window.__same").await? == true, "the page was loaded again");
    let shown = house.browser.evaluate("document.getElementById('content').textContent").await?;
    ensure!(shown.as_str().is_some_and(|text| text.contains("failure: locked by the billing")), "{shown}");
    house.look(&bulk, "over").await?;
    house.look("/jobs", "list").await?;
    let who = names.first().context("nobody")?;
    house
        .look(&format!("/subscribers/r1/{}", integration_tests::service::urlencode(who)), "subscriber")
        .await?;
    let harm = house.browser.violations().await?;
    ensure!(harm.is_empty(), "{harm:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_lead_to_what_can_be_done_at_them() -> anyhow::Result<()> {
    let house = House::open().await?;
    for (path, list, key, action) in [
        ("/hotspot", "hotspot", "hotspot", "remove_hotspot_session"),
        ("/hotspot/users", "hotspot/users", "users", "able_hotspot_user"),
        ("/dhcp", "leases", "leases", "make_lease_static"),
    ] {
        let has_rows =
            |answer: &Value| answer.get(key).and_then(Value::as_array).is_some_and(|rows| !rows.is_empty());
        house.service.wait_for(&format!("/api/v1/{list}"), has_rows).await?;
        house.look(path, key).await?;
        house.browser.client().goto(&format!("{}{path}", house.service.url)).await?;
        // Scripts write what the server wrote, but leave the star of an id as it is.
        house.browser.wait("document.querySelector('#rows .act[href*=\"id=*\"]') !== null").await?;
        let page = house.service.text(path).await?;
        let parts = page.split("class=\"act\" href=\"").skip(1);
        let written: Vec<String> =
            parts.filter_map(|part| Some(part.split_once('"')?.0.replace("&amp;", "&"))).collect();
        let scripted =
            "[...document.querySelectorAll('#rows .act[href]')].map((link) => link.getAttribute('href'))";
        let written = house.browser.evaluate(&format!("({ASKED})({})", json!(written))).await?;
        let scripted = house.browser.evaluate(&format!("({ASKED})({scripted})")).await?;
        ensure!(written == scripted, "{written:#?}, then {scripted:#?}");
        ensure!(
            written
                .as_str()
                .is_some_and(|all| !all.is_empty() && all.lines().all(|link| link.contains(action))),
            "{written:#?}"
        );
        house.browser.evaluate("document.querySelector('#rows .act[href]').click()").await?;
        house
            .browser
            .wait("location.pathname === '/jobs/new' && Boolean(document.querySelector('#names')?.value)")
            .await?;
        house
            .browser
            .evaluate("document.querySelector('#content form[method=post] [type=submit]').click()")
            .await?;
        house.browser.wait("document.getElementById('job')?.dataset.phase === 'prepared'").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ordered_for_all_who_are_shown_follows_the_search() -> anyhow::Result<()> {
    let house = House::open().await?;
    let names = house.router.online();
    let who = names.first().context("nobody")?;
    house.look("/subscribers", "subscribers").await?;
    house.browser.client().goto(&format!("{}/subscribers?state=online", house.service.url)).await?;
    house
        .browser
        .wait("document.getElementById('order').getAttribute('href').endsWith('q=state%3Aonline')")
        .await?;
    house
        .browser
        .evaluate(&format!(
            "const q = document.getElementById('q'); q.value = {}; q.dispatchEvent(new Event('input'))",
            json!(who)
        ))
        .await?;
    house
        .browser
        .wait("document.getElementById('order').getAttribute('href').includes('+state%3Aonline')")
        .await?;
    house.browser.evaluate("document.getElementById('order').click()").await?;
    house
        .browser
        .wait("location.pathname === '/jobs/new' && document.getElementById('action') !== null")
        .await?;
    house
        .browser
        .evaluate("document.getElementById('router').value = 'r1'; document.getElementById('action').value = 'disable_account'; document.querySelector('#content form[method=get] [type=submit]').click()")
        .await?;
    house.browser.wait("document.querySelector('form[method=post] #q') !== null").await?;
    house
        .browser
        .evaluate("document.querySelector('#content form[method=post] [type=submit]').click()")
        .await?;
    house.browser.wait("document.getElementById('job')?.dataset.phase === 'prepared'").await?;
    let shown = house.browser.evaluate("document.getElementById('content').textContent").await?;
    ensure!(shown.as_str().is_some_and(|text| text.contains(who.as_str())), "{shown}");
    Ok(())
}
