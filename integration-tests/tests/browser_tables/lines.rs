//! What ports have agreed on, and what carries subscribers.

use super::network;
use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::network::Network;
use serde_json::{Value, json};

/// What carries subscribers, and their prefixes: found, put in order and shown by the server and by scripts.
#[tokio::test(flavor = "multi_thread")]
async fn subscribers_show_their_vlan_and_their_ipv6_prefix() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let are_known = |answer: &Value| {
        let row = &answer["subscribers"][0];
        row["vlan_id"] == 200 && row["ipv6_prefix"].as_str().is_some_and(|prefix| !prefix.is_empty())
    };
    let path = "/api/v1/subscribers?router=r1&state=online&sort=-vlan&limit=1000";
    let all = service.wait_for(path, are_known).await?;
    let rows = all["subscribers"].as_array().context("no rows")?;
    let numbers: Vec<Option<u64>> = rows.iter().map(|row| row["vlan_id"].as_u64()).collect();
    // Numbers fall; those on no VLAN follow, named by the interface that carries them.
    ensure!(numbers.is_sorted_by(|one, other| one >= other), "{numbers:?}");
    ensure!(rows.last().is_some_and(|row| row["vlan"] == "bridge-subscribers"), "{all}");
    let on_200 = numbers.iter().filter(|number| **number == Some(200)).count();
    let total = async |q: &str| -> anyhow::Result<Value> {
        let path = format!("/api/v1/subscribers?router=r1&state=online&q={q}&limit=1");
        Ok(service.json(&path).await?["meta"]["total"].clone())
    };
    ensure!(total("vlan:200").await? == on_200 && total("vlan:20").await? == 0);
    ensure!(total("vlan:south").await? == on_200);
    let (name, prefix) = (&rows[0]["name"], rows[0]["ipv6_prefix"].as_str().context("no prefix")?);
    ensure!(total(&format!("prefix:{prefix}")).await? == 1 && total(prefix).await? == 1, "{prefix}");

    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    let chosen = "/subscribers?router=r1&state=online&sort=-vlan&columns=vlan,ipv6_prefix";
    let shown = "[...document.querySelector('#rows tr').querySelectorAll('.c-vlan, .c-ipv6_prefix')]\
                 .filter((cell) => cell.offsetWidth > 0).map((cell) => cell.textContent)";
    let expect = json!(["200 · vlan200-south", prefix]);
    let html = service.get(chosen).await?.text().await?;
    ensure!(html.contains("200 · vlan200-south") && html.contains(prefix), "the server wrote no line");
    browser.open(&service, chosen).await?;
    browser.wait(&format!("JSON.stringify({shown}) === JSON.stringify({expect})")).await?;
    let link = "document.querySelector('#rows tr a').click()";
    browser.evaluate(link).await?;
    let facts = "(document.querySelector('[data-live=facts]')?.textContent ?? '')";
    browser
        .wait(&format!("{facts}.includes('200 · vlan200-south') && {facts}.includes({})", json!(prefix)))
        .await?;
    ensure!(browser.violations().await?.is_empty(), "{name}");
    Ok(())
}

/// The link and its use, as the server writes them and as scripts write them over it.
#[tokio::test(flavor = "multi_thread")]
async fn ports_show_what_their_links_can_carry_and_how_much_of_it_is_used() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let is_told = |answer: &Value| answer["interfaces"][0]["utilisation_percent"].is_number();
    let answer = service.wait_for("/api/v1/interfaces?q=ether2&router=r1", is_told).await?;
    let port = &answer["interfaces"][0];
    ensure!(
        port["link"] == "100 Mbps half" && port["link_bps"] == 1e8 && port["full_duplex"] == false,
        "{port}"
    );
    ensure!(answer["meta"]["tables"][0]["lacks"].is_null(), "{answer}");
    let busier = port["rx_bps"].as_f64().unwrap_or_default().max(port["tx_bps"].as_f64().unwrap_or_default());
    let used = port["utilisation_percent"].as_f64().context("a number")?;
    // Rates are rounded where they are told.
    ensure!((used - busier / 1e6).abs() < 0.01, "{port}");

    let browser = Browser::start_for(&service).await?;
    browser.resize(1280, 800).await?;
    let of = |name: &str, key: &str| {
        format!(
            "[...document.querySelectorAll('#rows tr')].find((row) => row.textContent.includes({}))\
             .children[[...document.querySelectorAll('thead th')].findIndex((th) => th.dataset.key === '{key}')]",
            json!(name)
        )
    };
    for with_scripts in [false, true] {
        let off = json!({ "value": !with_scripts });
        browser.devtools("Emulation.setScriptExecutionDisabled", off).await?;
        if with_scripts {
            browser.open(&service, "/interfaces?sort=-link&router=r1").await?;
            browser.wait("document.querySelectorAll('#rows tr[data-key]').length === 10").await?;
        } else {
            browser.client().goto(&format!("{}/interfaces?sort=-link&router=r1", service.url)).await?;
        }
        for (name, link) in
            [("sfp-sfpplus1", "10 Gbps full"), ("ether2", "100 Mbps half"), ("ether3", "–"), ("vlan100", "–")]
        {
            let shown = browser.evaluate(&format!("{}.textContent.trim()", of(name, "link"))).await?;
            ensure!(shown == link, "{name}: {shown}");
        }
        let meter = format!("{}.querySelector('meter').hidden", of("ether2", "utilisation_percent"));
        ensure!(browser.evaluate(&meter).await? == false, "no bar");
        let meter = format!("{}.querySelector('meter').hidden", of("ether3", "utilisation_percent"));
        ensure!(browser.evaluate(&meter).await? == true, "a bar where no speed is known");
        let first = browser.evaluate("document.querySelector('#rows tr th').textContent.trim()").await?;
        ensure!(first == "sfp-sfpplus1", "{first}");
    }
    Ok(())
}
