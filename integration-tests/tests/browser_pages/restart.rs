//! Pages that stay open while the program is started anew.

use super::is_plain;
use anyhow::ensure;
use integration_tests::browser::Browser;
use integration_tests::network::Network;
use serde_json::json;

const NAMES: &str =
    "[...document.querySelectorAll('#rows th bdi')].slice(0, 10).map((name) => name.textContent).join()";
const KEYS: &str =
    "[...document.querySelectorAll('#rows tr[data-key]')].slice(0, 10).map((row) => row.dataset.key).join()";
const LIVE: &str = "document.getElementById('pill').dataset.state === 'live'";

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_were_open_during_a_restart_tell_what_is_so_now() -> anyhow::Result<()> {
    let Network { routers, service } = Network::start(200).await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    browser.open(&service, "/subscribers?sort=name&state=online").await?;
    browser.wait(&format!("{KEYS}.split(',').length === 10")).await?;
    let (keys, names) = (browser.evaluate(KEYS).await?, browser.evaluate(NAMES).await?);
    // Whoever was first is gone after it: others take the numbers and places, if they can be taken.
    let first = browser.evaluate("document.querySelector('#rows th bdi').textContent").await?;
    let service = service.again()?;
    let dropped =
        first.as_str().is_some_and(|name| routers.iter().any(|router| router.router.drop_session(name)));
    ensure!(dropped, "{first} was online");
    // All rows are of this run: keys of the one before name nobody, and no row is struck through.
    browser.wait(&format!("{LIVE} && {KEYS}.split(',').length === 10 && !{keys}.split(',').some((key) => {KEYS}.split(',').includes(key)) && document.querySelector('#rows .gone') === null")).await?;
    ensure!(browser.evaluate(NAMES).await? != json!(""), "{names}");
    let told = browser.evaluate("fetch('/api/v1/subscribers?limit=1000').then((answer) => answer.json()).then(({ subscribers }) => [...document.querySelectorAll('#rows tr[data-key]')].every((row) => subscribers.some(({ key, name, shown }) => key === row.dataset.key && (shown?.name ?? name) === row.querySelector('th bdi').textContent)))").await?;
    ensure!(told == true, "a row has the number of somebody else");

    browser.open(&service, "/logs/events").await?;
    let rows = "document.querySelectorAll('#rows tr').length";
    let online = routers.iter().flat_map(|router| {
        router
            .online()
            .into_iter()
            .filter(|name| name.bytes().all(is_plain))
            .take(4)
            .map(move |name| (router, name))
    });
    let mut online: Vec<_> = online.collect();
    let last = online.pop();
    for (router, name) in &online {
        router.router.drop_session(name);
    }
    browser.wait(&format!("{rows} >= {}", online.len())).await?;
    let service = service.again()?;
    service
        .wait_for("/api/v1/routers", |answer| {
            answer["routers"]
                .as_array()
                .is_some_and(|all| all.iter().filter(|router| router["status"] == "live").count() == 2)
        })
        .await?;
    browser.wait(LIVE).await?;
    let Some((router, name)) = last else { anyhow::bail!("nobody is online") };
    router.router.drop_session(&name);
    browser.wait(&format!("document.getElementById('rows').innerText.includes({})", json!(name))).await
}
