//! Other people's clients as processes: a job in, a line of JSON for each step out.

use anyhow::{Context as _, ensure};
use integration_tests::Running;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a client may take for a whole job on a busy machine; longer than its own patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A row by the names of its attributes. In names and values a character stands for one byte.
pub(crate) type Row = BTreeMap<String, String>;

/// Somebody else's client of the RouterOS API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Librouteros,
    RouterosApi,
    NodeRouteros,
}

impl Client {
    pub(crate) const ALL: [Self; 3] = [Self::Librouteros, Self::RouterosApi, Self::NodeRouteros];
}

/// Where and as whom a client signs in.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) port: u16,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    /// Whether to sign in as before 6.43; node-routeros finds that out by itself.
    pub(crate) md5: bool,
    /// The certificate to trust; without one there is no TLS.
    pub(crate) ca: Option<PathBuf>,
}

/// What a client is to do.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// One command with its whole reply.
    Ask(Vec<String>),
    /// A command that goes on until it has given this many rows and is cancelled.
    Listen(Vec<String>, usize),
}

/// A command of these words.
pub(crate) fn ask<'a>(words: impl IntoIterator<Item = &'a str>) -> Step {
    Step::Ask(words.into_iter().map(str::to_owned).collect())
}

/// What came of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    /// `=ret=` of the reply's end.
    pub(crate) ret: Option<String>,
    /// The router's refusal.
    pub(crate) trap: Option<String>,
    /// What the client could not do.
    pub(crate) error: Option<String>,
}

/// A file that `integration-tests/run` has installed.
pub(crate) fn tool(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools").join(path);
    assert!(path.exists(), "{} is missing: integration-tests/run --only clients installs it", path.display());
    path
}

impl Client {
    /// Starts the client; each step gives its lines as soon as they are there.
    pub(crate) fn start(self, account: &Account, steps: &[Step]) -> anyhow::Result<Running> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        let mut command = match self {
            Self::Librouteros | Self::RouterosApi => Command::new(tool("venv/bin/python")),
            Self::NodeRouteros => Command::new("node"),
        };
        command.arg(scripts.join(match self {
            Self::Librouteros => "librouteros_client.py",
            Self::RouterosApi => "routeros_api_client.py",
            Self::NodeRouteros => "node_routeros_client.js",
        }));
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("NODE_PATH", tool("node/node_modules"));
        let steps = steps.iter().map(|step| match step {
            Step::Ask(words) => json!({ "ask": words }),
            Step::Listen(words, rows) => json!({ "listen": words, "rows": rows }),
        });
        let job = json!({
            "host": "127.0.0.1", "port": account.port, "user": account.user, "password": account.password,
            "md5": account.md5, "ca": account.ca, "steps": steps.collect::<Vec<_>>(),
        });
        Ok(Running::start_with_input(&mut command, job.to_string().as_bytes())?)
    }

    /// Runs the client and gives its answers, one a step; fewer if it could not sign in.
    pub(crate) fn run(self, account: &Account, steps: &[Step]) -> anyhow::Result<Vec<Answer>> {
        let running = self.start(account, steps)?;
        let status = running.wait_for_exit(PATIENCE).with_context(|| format!("{self:?}"))?;
        ensure!(status.success(), "{self:?} ended with {status}\n{}", running.transcript());
        running.stdout().iter().map(|line| answer(line)).collect()
    }
}

/// Reads the line of a step.
pub(crate) fn answer(line: &str) -> anyhow::Result<Answer> {
    let line: Value = serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))?;
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    let rows = line.get("rows").and_then(Value::as_array);
    Ok(Answer {
        rows: rows.into_iter().flatten().map(row).collect::<anyhow::Result<_>>()?,
        ret: text("ret"),
        trap: text("trap"),
        error: text("error"),
    })
}

/// Reads a row.
pub(crate) fn row(attributes: &Value) -> anyhow::Result<Row> {
    let attributes = attributes.as_object().context("a row is an object")?;
    let attribute = |(name, value): (&String, &Value)| {
        let value = value.as_str().with_context(|| format!("{name} is {value}"))?;
        Ok((name.clone(), value.to_owned()))
    };
    attributes.iter().map(attribute).collect()
}
