//! The API held to its own document: schemathesis asks the running service whatever the document allows and forbids, as
//! everybody who can ask, and every answer must be one that the document declares.
//!
//! How it asks, and which check does not apply where and why, is in `integration-tests/schema/schemathesis.toml`.
//! `integration-tests/run` installs what this needs; nothing of it is linked or shipped.

use anyhow::{Context as _, ensure};
use integration_tests::isp::{Router, calm};
use integration_tests::service::{ADMIN, Service, csrf_of, online};
use integration_tests::{Running, free_port};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tikwatch::simulator::RouterPlan;

/// The password of who may change something on the first router.
const CHANGES: &str = "canary-changes-2Vw";

/// How long one run may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// A program that `integration-tests/run` has installed.
fn tool(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/schema/bin").join(name);
    assert!(path.exists(), "{} is missing: integration-tests/run --only schema installs it", path.display());
    path
}

/// Somebody who asks, and how much.
struct Asker {
    name: &'static str,
    headers: Vec<String>,
    /// Their own ids and names, which they must not take away from themselves.
    own: String,
    options: &'static [&'static str],
    /// So many operations succeed for them, or they were not let in to what they may.
    least: usize,
}

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    cases: u64,
    /// Operations of which an answer to a request that fits was a success.
    succeeded: BTreeSet<String>,
}

async fn run(service: &Service, document: &Path, asker: &Asker) -> anyhow::Result<Outcome> {
    let folder = TempDir::new()?;
    let report = folder.path().join("report.json");
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut command = Command::new(tool("schemathesis"));
    command.current_dir(&pinned).env("PYTHONDONTWRITEBYTECODE", "1").env("TIKWATCH_OWN", &asker.own);
    command.env("TIKWATCH_HEADERS", asker.headers.join("\n"));
    command.args(["--config-file", "schemathesis.toml", "run"]).arg(document);
    command.args(["--url", &service.url, "--no-color", "--report", "json"]);
    command.arg("--report-json-path").arg(&report).args(asker.options);
    for header in &asker.headers {
        command.args(["--header", header]);
    }
    let running = Running::start(&mut command)?;
    // The simulated routers are served by this runtime, which must not be held up.
    let (status, transcript) = tokio::task::spawn_blocking(move || {
        running.wait_for_exit(PATIENCE).map(|status| (status, running.transcript()))
    })
    .await??;
    ensure!(status.success(), "as {}: {status}\n{transcript}", asker.name);
    let report: Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    ensure!(
        report.get("complete").is_some_and(|complete| complete == true),
        "as {}: {report:.2000}",
        asker.name
    );
    let rates = report.get("valid_rates").and_then(Value::as_object).context("no rates")?;
    let has_success = |phases: &Value| {
        let phases = phases.as_object().into_iter().flat_map(|phases| phases.values());
        phases.filter_map(|phase| phase["accepted"].as_u64()).sum::<u64>() != 0
    };
    Ok(Outcome {
        cases: report
            .pointer("/test_cases/generated")
            .and_then(Value::as_u64)
            .context("no number of cases")?,
        succeeded: rates.iter().filter(|(_, of)| has_success(of)).map(|(name, _)| name.clone()).collect(),
    })
}

/// Adds what a body of JSON describes, as the first admin.
async fn add(service: &Service, csrf: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let made = service.client().post(format!("{}{path}", service.url)).json(body);
    let made = made.header("origin", &service.url).header("x-csrf-token", csrf).send().await?;
    Ok(made.error_for_status()?.json().await?)
}

/// Makes a token; gives it and its id.
async fn token(service: &Service, csrf: &str, role: &str) -> anyhow::Result<(String, String)> {
    let body = json!({ "name": format!("schema {role}"), "role": role, "may_write": true });
    let made = add(service, csrf, "/api/v1/tokens", &body).await?;
    let text =
        |place: &str| made.pointer(place).and_then(Value::as_str).context("no token").map(str::to_owned);
    Ok((text("/secret")?, text("/token/id")?))
}

/// Everybody who asks, the one with the most rights first: exports are few, and each should be given one.
async fn askers(service: &Service) -> anyhow::Result<Vec<Asker>> {
    let csrf = csrf_of(service, &service.cookie.1).await?;
    let (writer, id) = token(service, &csrf, "admin").await?;
    let (viewer, viewers_id) = token(service, &csrf, "viewer").await?;
    // Whoever asks does not end themselves, so others of each kind are there to be ended.
    token(service, &csrf, "operator").await?;
    service.sign_in()?;
    let other = json!({ "name": "vera", "role": "viewer", "password": "seven brown canaries" });
    add(service, &csrf, "/api/v1/users", &other).await?;
    // Sub-categories to be changed and taken away: no schema can tell the ids of those that are there.
    let parts: Vec<Value> = (1..=20).map(|port| json!({ "name": format!("PON-{port}") })).collect();
    for name in ["OLT north", "OLT south"] {
        add(service, &csrf, "/api/v1/categories", &json!({ "name": name, "subcategories": parts })).await?;
    }
    // Of the routers that are watched the lists tell; this one is there to be changed.
    let spare = json!({ "name": "spare", "host": "192.0.2.1", "username": "u", "enabled": false });
    add(service, &csrf, "/api/v1/routers", &spare).await?;
    let sessions = service.json("/api/v1/me/sessions").await?;
    let sessions = sessions.get("sessions").and_then(Value::as_array).context("no sessions")?;
    let session = sessions.iter().find(|session| session["is_this"] == true);
    let session = session.and_then(|session| session["id"].as_str()).context("no session of our own")?;
    let (name, value) = &service.cookie;
    Ok(vec![
        Asker {
            name: "an admin's token",
            headers: vec![format!("Authorization: Bearer {writer}")],
            own: format!("{id},{viewers_id},{session},{}", ADMIN.0),
            options: &[],
            least: 30,
        },
        Asker {
            name: "an admin who signed in",
            headers: vec![
                format!("Cookie: {name}={value}"),
                format!("X-CSRF-Token: {csrf}"),
                format!("Origin: {}", service.url),
            ],
            own: format!("{viewers_id},{session},{}", ADMIN.0),
            options: &["--include-tag", "People"],
            least: 10,
        },
        Asker {
            name: "a viewer's token",
            headers: vec![format!("Authorization: Bearer {viewer}")],
            own: String::new(),
            options: &["--phases", "fuzzing", "--max-examples", "3"],
            least: 20,
        },
        Asker {
            name: "nobody",
            headers: Vec::new(),
            own: String::new(),
            options: &["--phases", "fuzzing", "--max-examples", "2"],
            // That the server is there is told to anybody.
            least: 1,
        },
    ])
}

/// Operations whose values must fit together, which values at random hardly ever do: `tests/routers` shows that they
/// succeed.
const FITTING: [&str; 2] = ["PUT /api/v1/settings", "PUT /api/v1/routers/{name}"];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_the_answer_is_one_that_the_document_declares() -> anyhow::Result<()> {
    // On the first one something may be done, by a user who is there for that.
    let operator = Some(("operator".to_owned(), SecretString::from(CHANGES)));
    let mut first = Router::start(RouterPlan { operator, ..calm(100) }).await?;
    first.is_acted_on = true;
    let routers = [first, Router::calm(100).await?, Router::calm(100).await?];
    let mut addresses: Vec<_> = routers.iter().map(|router| router.address).collect();
    addresses.push(([127, 0, 0, 1], free_port()?).into());
    let service = Service::watch(&addresses)?;
    service.wait_for("/api/pppoe_interfaces", |answer| 200 < online(answer)).await?;
    allow_changes(&service, *addresses.first().context("no address")?).await?;

    let folder = TempDir::new()?;
    let document = folder.path().join("openapi.json");
    let text = service.text("/api/openapi.json").await?;
    std::fs::write(&document, &text)?;
    let valid =
        Command::new(tool("openapi-spec-validator")).args(["--schema", "3.1"]).arg(&document).output()?;
    ensure!(valid.status.success(), "no OpenAPI 3.1: {}", String::from_utf8_lossy(&valid.stdout));

    let mut never: BTreeSet<String> = operations(&serde_json::from_str(&text)?);
    let count = never.len();
    let mut cases = 0;
    for asker in askers(&service).await? {
        let outcome = run(&service, &document, &asker).await?;
        tell(asker.name, &outcome);
        ensure!(asker.least <= outcome.succeeded.len(), "as {}: {:?}", asker.name, outcome.succeeded);
        cases += outcome.cases;
        never.retain(|operation| !outcome.succeeded.contains(operation));
        never.retain(|operation| !FITTING.contains(&operation.as_str()));
    }
    ensure!(never.is_empty(), "of {count} operations, these never succeeded: {never:?}");
    ensure!(1_500 < cases, "{cases} cases");
    let said = service.process.transcript();
    ensure!(!said.contains("panicked") && !said.contains(" ERROR "), "{said}");
    Ok(())
}

/// Turns write mode on for the first router, and has a job prepared there.
async fn allow_changes(service: &Service, address: SocketAddr) -> anyhow::Result<()> {
    let version = service.json("/api/v1/settings").await?.get("version").cloned();
    let body = json!({ "version": version, "host": address.ip().to_string(), "port": address.port(),
        "username": "monitor", "write_mode": true, "write_username": "operator", "write_password": CHANGES });
    service.send("PUT", "/api/v1/routers/r1", &body).await?;
    let has_accounts = |list: &Value| {
        list["subscribers"].as_array().is_some_and(|rows| rows.iter().any(|row| row["profile"] != ""))
    };
    let list = service.wait_for("/api/v1/subscribers?router=r1&limit=100", has_accounts).await?;
    let rows = list.get("subscribers").and_then(Value::as_array).context("no rows")?;
    let row = rows.iter().find(|row| row["profile"] != "").context("nobody has an account")?;
    let action = json!({ "router": "r1", "action": "disable_account", "name": row["name"] });
    service.send("POST", "/api/v1/jobs", &json!({ "actions": [action] })).await?;
    Ok(())
}

/// All operations of the document, as schemathesis names them.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flat_map(|methods| methods.keys());
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[expect(clippy::print_stdout, reason = "how much was tried is a figure of the run")]
fn tell(name: &str, outcome: &Outcome) {
    println!("{name}: {} cases, {} operations succeeded", outcome.cases, outcome.succeeded.len());
}
