//! The program as its users run it: a process, its settings in a temporary folder, its address.

use crate::{Running, in_folder};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long things may take on a busy machine before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running service.
#[derive(Debug)]
pub struct Service {
    /// The process.
    pub process: Running,
    /// Its address, `http://127.0.0.1:PORT`.
    pub url: String,
    client: reqwest::Client,
    folder: TempDir,
}

impl Service {
    /// Starts the service for simulated routers at these addresses.
    pub fn watch(routers: &[SocketAddr]) -> anyhow::Result<Self> {
        let routers: Vec<Value> = routers
            .iter()
            .enumerate()
            .map(|(n, address)| {
                json!({
                    "name": format!("r{}", n + 1), "host": address.ip().to_string(), "port": address.port(),
                    "username": "monitor", "password": "canary-router-password",
                })
            })
            .collect();
        Self::start(&json!({ "routers": routers }), &[])
    }

    /// Starts the service with these settings and further arguments.
    pub fn start(settings: &Value, arguments: &[&str]) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let file = folder.path().join("settings.json");
        std::fs::write(&file, serde_json::to_vec_pretty(settings)?)?;
        let mut command = in_folder(folder.path());
        command.args(["serve", "--settings"]).arg(&file);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.arg("--data").arg(folder.path().join("data")).args(arguments);
        Self::run(&mut command, folder)
    }

    /// Starts the demo.
    pub fn demo(arguments: &[&str]) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let mut command = in_folder(folder.path());
        command.arg("demo");
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(arguments);
        Self::run(&mut command, folder)
    }

    fn run(command: &mut Command, folder: TempDir) -> anyhow::Result<Self> {
        let process = Running::start(command)?;
        let line = process.wait_for_line(PATIENCE, |line| line.contains("http://127.0.0.1:"))?;
        let address = line.split("http://").nth(1).context("no address")?;
        let end =
            address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(address.len());
        let url = format!("http://{}", address.get(..end).unwrap_or_default());
        Ok(Self { process, url, client: reqwest::Client::new(), folder })
    }

    /// The folder that the service runs in.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// An answer as it comes.
    pub async fn get(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        Ok(self.client.get(format!("{}{path}", self.url)).send().await?)
    }

    /// An answer's JSON.
    pub async fn json(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.get(path).await?;
        ensure!(answer.status().is_success(), "{path} answered {}", answer.status());
        Ok(answer.json().await?)
    }

    /// An answer's text.
    pub async fn text(&self, path: &str) -> anyhow::Result<String> {
        Ok(self.get(path).await?.text().await?)
    }

    /// Asks until the answer is as wanted; the last answer is in the error otherwise.
    pub async fn wait_for(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.json(path).await?;
            if wanted(&answer) {
                return Ok(answer);
            }
            ensure!(
                Instant::now() < until,
                "{path} never answered as wanted; last: {answer:.2000}\n{}",
                self.process.transcript()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The processor time that the process has used, in steps of 10 ms.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        Ok(Duration::from_millis(times.sum::<Result<u64, _>>()? * 10))
    }

    /// The memory that the process holds, in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        self.status("VmRSS:")
    }

    /// The most memory that the process ever held, in bytes.
    pub fn peak_memory(&self) -> anyhow::Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with(name)).context("no such figure")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kilobytes * 1024)
    }
}

/// How many subscribers are online, of an answer of `/api/pppoe_interfaces`.
pub fn online(answer: &Value) -> u64 {
    count(answer, "online_accounts")
}

/// One of the sums of an answer of `/api/pppoe_interfaces`; 0 if it is not there.
pub fn count(answer: &Value, sum: &str) -> u64 {
    answer.get("aggregate_stats").and_then(|sums| sums.get(sum)?.as_u64()).unwrap_or_default()
}
