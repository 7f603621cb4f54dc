//! mktxp, an exporter for Prometheus: a full scrape of simulated routers.

use crate::client::{PATIENCE, Row, tool};
use crate::faults::{SPLITS_NAMES, Shown};
use crate::ours::Ours;
use crate::simulation::{PASSWORD, Simulation, USER};
use integration_tests::{Running, free_port};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const VERSIONS: [&str; 3] = ["6.49", "7.14", "7.21"];

/// The switches of the collectors that are on, and a metric of each that every router must have.
const COLLECTORS: [(&str, &str); 12] = [
    // Resource and identity have no switch.
    ("enabled", "mktxp_system_cpu_load"),
    ("enabled", "mktxp_system_identity_info"),
    ("health", "mktxp_system_cpu_temperature"),
    ("interface", "mktxp_interface_rx_byte_total"),
    ("dhcp", "mktxp_dhcp_lease_info"),
    ("pool", "mktxp_ip_pool_used"),
    ("queue", "mktxp_queue_simple_bytes_upload_total"),
    ("netwatch", "mktxp_netwatch_status"),
    ("user", "mktxp_active_users_info"),
    ("route", "mktxp_routes_total_routes"),
    ("neighbor", "mktxp_neighbor_info"),
    ("installed_packages", "mktxp_installed_packages_info"),
];

/// Collectors of things that our routers have not.
const OFF: [&str; 10] = [
    "connections",
    "connection_stats",
    "firewall",
    "monitor",
    "poe",
    "public_ip",
    "wireless",
    "wireless_clients",
    "capsman",
    "capsman_clients",
];

fn configure(folder: &Path, simulation: &Simulation, port: u16) -> anyhow::Result<()> {
    let mut routers = String::new();
    for router in 0..VERSIONS.len() {
        let at = simulation.port(router, "address");
        writeln!(routers, "[router{router}]\n    hostname = 127.0.0.1\n    port = {at}")?;
        writeln!(routers, "    username = {USER}\n    password = \"{PASSWORD}\"\n    dhcp_lease = True")?;
        let on: BTreeSet<&str> = COLLECTORS.iter().map(|(switch, _)| *switch).collect();
        for (switch, value) in on.into_iter().map(|one| (one, "True")).chain(OFF.map(|one| (one, "False"))) {
            writeln!(routers, "    {switch} = {value}")?;
        }
    }
    std::fs::write(folder.join("mktxp.conf"), routers)?;
    let system = format!(
        "[MKTXP]\n    listen = '127.0.0.1:{port}'\n    socket_timeout = 30\n    verbose_mode = True\n    \
         minimal_collect_interval = 0\n"
    );
    Ok(std::fs::write(folder.join("_mktxp.conf"), system)?)
}

/// One sample: its labels and its value.
type Sample = (BTreeMap<String, String>, f64);

/// mktxp's samples by metric, in the text format of Prometheus; those of its own process are left out.
fn samples(text: &str) -> BTreeMap<String, Vec<Sample>> {
    let mut found: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("mktxp_")) {
        let (name, rest) = line.split_once('{').unwrap_or_else(|| panic!("no labels: {line}"));
        let (labels, rest) = labels(rest).unwrap_or_else(|| panic!("broken labels: {line}"));
        let value = rest.trim().parse().unwrap_or_else(|_| panic!("no number: {line}"));
        found.entry(name.to_owned()).or_default().push((labels, value));
    }
    found
}

/// Reads `a="1",b="2"}`, and gives what follows it.
fn labels(mut text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut found = BTreeMap::new();
    while !text.starts_with('}') {
        let (name, rest) = text.trim_start_matches(',').split_once("=\"")?;
        let mut value = String::new();
        let mut characters = rest.char_indices();
        text = loop {
            match characters.next()? {
                (_, '\\') => value.push(match characters.next()?.1 {
                    'n' => '\n',
                    other => other,
                }),
                (end, '"') => break rest.get(end + 1..)?,
                (_, other) => value.push(other),
            }
        };
        found.insert(name.to_owned(), value);
    }
    Some((found, text.get(1..)?))
}

/// The text of bytes (a character for each): UTF-8, or else Latin-1, as mktxp reads it.
fn text(bytes: &str) -> String {
    let raw = bytes.chars().filter_map(|character| u8::try_from(character).ok()).collect();
    String::from_utf8(raw).unwrap_or_else(|_| bytes.to_owned())
}

/// The value of a metric of one router, by one of its labels.
fn by_label(samples: &[Sample], router: &str, label: &str) -> BTreeMap<String, f64> {
    let of_router = samples.iter().filter(|(labels, _)| labels["routerboard_name"] == router);
    of_router.map(|(labels, value)| (labels[label].clone(), *value)).collect()
}

fn number(row: &Row, name: &str) -> f64 {
    row[name].parse::<u64>().unwrap() as f64
}

async fn scraped(port: u16, running: &Running) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Ok(answer) = reqwest::get(format!("http://127.0.0.1:{port}/metrics")).await {
            assert!(answer.status().is_success(), "{}\n{}", answer.status(), running.transcript());
            return answer.text().await.unwrap();
        }
        assert!(Instant::now() < until && running.is_running(), "no exporter\n{}", running.transcript());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_full_scrape_succeeds_and_its_counters_are_those_of_the_routers() {
    let simulation = Simulation::start(&VERSIONS, &[]).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let port = free_port().unwrap();
    configure(folder.path(), &simulation, port).unwrap();
    let mut command = Command::new(tool("venv/bin/python"));
    command.arg(tool("venv/bin/mktxp")).arg("--cfg-dir").arg(folder.path()).arg("export");
    // Nothing of the person's own settings is read or written, and its lines come as they are written.
    command.env("HOME", folder.path()).env("PYTHONUNBUFFERED", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    let running = Running::start(&mut command).unwrap();
    let metrics = scraped(port, &running).await;
    let samples = samples(&metrics);
    let mut shown = Shown::default();
    for (router, version) in VERSIONS.into_iter().enumerate() {
        check_router(&samples, &simulation, router, version, &mut shown).await;
    }
    shown.check(&[SPLITS_NAMES]);
    let transcript = running.transcript();
    for wrong in ["Error", "Exception", "Traceback", "no such command"] {
        assert!(!transcript.contains(wrong), "{wrong}: {transcript}");
    }
}

async fn check_router(
    samples: &BTreeMap<String, Vec<Sample>>,
    simulation: &Simulation,
    router: usize,
    version: &str,
    shown: &mut Shown,
) {
    let name = format!("router{router}");
    for (_, metric) in COLLECTORS {
        let found = samples.get(metric).map_or(&[][..], Vec::as_slice);
        let some = found.iter().any(|(labels, _)| labels["routerboard_name"] == name);
        assert!(some, "{version} has no {metric}");
    }
    let mut ours = Ours::sign_in(&simulation.account(router)).await.unwrap();
    let mut print = async |menu: &str| ours.ask(&[format!("{menu}/print")]).await.unwrap().rows;
    let interfaces = print("/interface").await;
    assert!(100 < interfaces.len(), "{version}: {} interfaces", interfaces.len());
    for (metric, attribute) in
        [("mktxp_interface_rx_byte_total", "rx-byte"), ("mktxp_interface_tx_byte_total", "tx-byte")]
    {
        let expected: BTreeMap<String, f64> =
            interfaces.iter().map(|row| (text(&row["name"]), number(row, attribute))).collect();
        assert_eq!(expected.len(), interfaces.len(), "names are unique");
        assert!(expected.values().any(|&bytes| 1e6 < bytes), "{version}: no traffic at all");
        assert_eq!(by_label(&samples[metric], &name, "name"), expected, "{version}: {metric}");
    }
    for (metric, label, menu, attribute) in [
        ("mktxp_dhcp_lease_info", "address", "/ip/dhcp-server/lease", "address"),
        ("mktxp_ip_pool_used", "pool", "/ip/pool", "name"),
        ("mktxp_neighbor_info", "identity", "/ip/neighbor", "identity"),
        ("mktxp_netwatch_status", "name", "/tool/netwatch", "name"),
        ("mktxp_installed_packages_info", "version", "/system/package", "version"),
        ("mktxp_queue_tree_bytes_total", "name", "/queue/tree", "name"),
        ("mktxp_interface_vlan_info_info", "name", "/interface/vlan", "name"),
    ] {
        let expected: BTreeSet<String> = print(menu).await.iter().map(|row| text(&row[attribute])).collect();
        let seen: BTreeSet<String> = by_label(&samples[metric], &name, label).into_keys().collect();
        assert!(!expected.is_empty(), "{version}: {menu} is empty");
        assert_eq!(seen, expected, "{version}: {metric}");
    }
    let mut expected = BTreeMap::new();
    for row in print("/queue/simple").await {
        let name = text(&row["name"]);
        if name.contains('/') {
            shown.note(SPLITS_NAMES);
        } else {
            expected.insert(name, row["bytes"].split('/').next().unwrap().parse().unwrap());
        }
    }
    let mut queues = by_label(&samples["mktxp_queue_simple_bytes_upload_total"], &name, "name");
    assert!(queues.remove("").is_some(), "{version}: {SPLITS_NAMES}: no longer");
    assert_eq!(queues, expected, "{version}");
    let protocols = by_label(&samples["mktxp_routes_protocol_count"], &name, "protocol");
    assert_eq!((protocols["static"], protocols["connect"]), (1.0, 1.0), "{version}: {protocols:?}");
}

#[test]
fn labels_are_read_with_all_that_may_be_in_them() {
    let line = "mktxp_m{name=\"<pppoe-a\\\"b\\\\c,d}=\\\"x\\\"\",router=\"r\"} 1.5e+010\n# HELP mktxp_m\nmktxp_m{} 2\nother 3\n";
    let found = samples(line);
    let (labels, value) = &found["mktxp_m"][0];
    assert_eq!((labels["name"].as_str(), labels["router"].as_str()), ("<pppoe-a\"b\\c,d}=\"x\"", "r"));
    assert_eq!((*value, found["mktxp_m"][1].1), (1.5e10, 2.0));
}
