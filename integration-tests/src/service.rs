//! The program as its users run it: a process, its settings in a temporary folder, its address.

use crate::{Running, in_folder};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
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
    /// The cookie of somebody who was let in: its name and its value.
    pub cookie: (String, String),
    client: reqwest::Client,
    folder: TempDir,
}

/// The first admin of a service that was started for a test.
pub const ADMIN: (&str, &str) = ("admin", "canary correct horse 9Fz");

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

    /// Ends it and starts it again in the same folder, at the same address; who was let in still is.
    pub fn again(self) -> anyhow::Result<Self> {
        let Self { process, url, cookie, client, folder } = self;
        drop(process);
        let mut command = in_folder(folder.path());
        command.args(["serve", "--listen", url.trim_start_matches("http://"), "--settings"]);
        command.arg(folder.path().join("settings.json")).arg("--data").arg(folder.path().join("data"));
        let process = Running::start(&mut command)?;
        process.wait_for_line(PATIENCE, |line| line.contains(&url))?;
        Ok(Self { process, url, cookie, client, folder })
    }

    fn run(command: &mut Command, folder: TempDir) -> anyhow::Result<Self> {
        let process = Running::start(command)?;
        let line = process.wait_for_line(PATIENCE, |line| line.contains("http://127.0.0.1:"))?;
        let address = line.split("http://").nth(1).context("no address")?;
        let end =
            address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(address.len());
        let url = format!("http://{}", address.get(..end).unwrap_or_default());
        let way_in = process.wait_for_line(PATIENCE, |line| {
            line.contains("/setup?token=") || line.contains("as operator: http")
        })?;
        let (name, password) = (urlencode(ADMIN.0), urlencode(ADMIN.1));
        let (path, form) = match way_in.split_once("/setup?token=") {
            Some((_, token)) => {
                ("/setup", format!("token={token}&name={name}&password={password}&again={password}"))
            }
            None => ("/enter", format!("secret={}", way_in.rsplit('/').next().unwrap_or_default())),
        };
        let cookie = let_in(&url, path, form.trim())?;
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("cookie", format!("{}={}", cookie.0, cookie.1).parse()?);
        let client = reqwest::Client::builder().default_headers(headers).build()?;
        Ok(Self { process, url, cookie, client, folder })
    }

    /// Signs the first admin in once more; gives the new session's cookie.
    pub fn sign_in(&self) -> anyhow::Result<(String, String)> {
        let form = format!("name={}&password={}&next=/", urlencode(ADMIN.0), urlencode(ADMIN.1));
        let_in(&self.url, "/sign-in", &form)
    }

    /// The folder that the service runs in.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Lets a client of the test's own speak as the one who was let in.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// An answer as it comes.
    pub async fn get(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        Ok(self.client.get(format!("{}{path}", self.url)).send().await?)
    }

    /// Sends JSON as the one who was let in; gives the answer's.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let csrf = csrf_of(self, &self.cookie.1).await?;
        let asked = self.client.request(method.parse()?, format!("{}{path}", self.url)).json(body);
        let answer = asked.header("origin", &self.url).header("x-csrf-token", csrf).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{method} {path}: {status} {text:.2000}");
        Ok(serde_json::from_str(&text)?)
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

/// The token against forged requests, as a page of the session with this cookie has it.
pub async fn csrf_of(service: &Service, cookie: &str) -> anyhow::Result<String> {
    let page = reqwest::Client::new().get(&service.url);
    let page = page.header("cookie", format!("tikwatch={cookie}")).send().await?.text().await?;
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").with_context(|| format!("no token: {page}"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

/// Text as it stands in a form.
pub fn urlencode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = std::fmt::Write::write_fmt(&mut out, format_args!("%{byte:02X}"));
        }
        out
    })
}

/// Sends a form of the ways in; gives the cookie that came back.
fn let_in(url: &str, path: &str, form: &str) -> anyhow::Result<(String, String)> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let kind = "application/x-www-form-urlencoded";
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: {url}\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookie.with_context(|| format!("{path} let nobody in: {answer}"))?;
    let (name, value) =
        cookie.split(';').next().and_then(|pair| pair.split_once('=')).context("no cookie")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// How many subscribers are online, of an answer of `/api/pppoe_interfaces`.
pub fn online(answer: &Value) -> u64 {
    count(answer, "online_accounts")
}

/// One of the sums of an answer of `/api/pppoe_interfaces`; 0 if it is not there.
pub fn count(answer: &Value, sum: &str) -> u64 {
    answer.get("aggregate_stats").and_then(|sums| sums.get(sum)?.as_u64()).unwrap_or_default()
}
