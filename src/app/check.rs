//! `tikwatch check`: tests a connection step by step and says what to do about the first step that fails.

mod report;
mod rights;

pub use report::{Report, State, Step};

use super::options::CheckOptions;
use crate::routeros::client::{Client, ClientOptions, ExchangeError};
use crate::routeros::session::{Outcome, Refusal};
use crate::routeros::stream::{self, ConnectError, Connected, Tls};
use crate::routeros::{Command, Limits};
use report::{Progress, chain};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

/// For each exchange with the router, and for connecting.
const DEADLINE: Duration = Duration::from_secs(10);

/// What can be watched, in the words of the field, and the menu that counts it.
const COUNTED: [(&str, &str); 6] = [
    ("sessions", "/ppp/active"),
    ("accounts", "/ppp/secret"),
    ("interfaces", "/interface"),
    ("hotspot sessions", "/ip/hotspot/active"),
    ("leases", "/ip/dhcp-server/lease"),
    ("queues", "/queue/simple"),
];

/// Tests the connection, one line a step on `progress`; the report says whether the router can be watched.
pub async fn check(options: &CheckOptions, progress: &mut (dyn Write + Send)) -> Report {
    let mut report = Progress::new(options.endpoint.to_string(), progress);
    // A failed step has told everything; the steps after it would only repeat it.
    let _: Result<(), Stop> = steps(options, &mut report).await;
    report.finished()
}

/// A step failed and was reported.
struct Stop;

async fn steps(options: &CheckOptions, report: &mut Progress<'_>) -> Result<(), Stop> {
    resolve(options, report).await?;
    let connected = connect(options, report).await?;
    let client_options = ClientOptions {
        limits: Limits::default(),
        charset: options.charset,
        forbid_clear_sign_in: options.forbid_clear_sign_in,
    };
    let client =
        Client::sign_in(connected, &options.username, &options.password, client_options, DEADLINE).await;
    let mut client = client.map_err(|error| {
        report.fail("sign-in", &chain(&error), error.advice());
        Stop
    })?;
    report.ok("sign-in", &format!("as {:?}", options.username));
    identify(&mut client, report).await?;
    rights::check(&mut client, &options.username, report).await?;
    count(&mut client, report).await
}

async fn resolve(options: &CheckOptions, report: &mut Progress<'_>) -> Result<(), Stop> {
    let host = options.endpoint.host.trim_start_matches('[').trim_end_matches(']');
    let lookup = tokio::net::lookup_host((host, options.endpoint.port));
    let wrong = match tokio::time::timeout(DEADLINE, lookup).await {
        Ok(Ok(found)) => {
            let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            addresses.dedup();
            if !addresses.is_empty() {
                report.ok("resolve", &addresses.join(", "));
                return Ok(());
            }
            "the name has no address".to_owned()
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer from the resolver within {} s", DEADLINE.as_secs()),
    };
    let text = format!("cannot find the address of {host:?}: {wrong}");
    report.fail("resolve", &text, "check the spelling of the host, or give its IP address");
    Err(Stop)
}

/// TCP and TLS come in one call; which of the two failed is told by the error.
async fn connect(options: &CheckOptions, report: &mut Progress<'_>) -> Result<Connected, Stop> {
    let connected = stream::connect(&options.endpoint, DEADLINE).await;
    match connected {
        Ok(connected) => {
            report.ok("connect", &connected.peer.to_string());
            let label = connected.protection.label();
            match (&options.endpoint.tls, connected.fingerprint) {
                (Tls::Off, _) => {
                    report.warn("tls", label, "enable api-ssl on the router and use --tls pin or verify");
                }
                (Tls::Anonymous, _) => {
                    report.warn("tls", label, "give the router a certificate and use --tls pin or verify");
                }
                (_, Some(fingerprint)) => report.ok("tls", &format!("{label}, fingerprint {fingerprint}")),
                (_, None) => report.ok("tls", label),
            }
            report.set("protection", label);
            if let Some(fingerprint) = connected.fingerprint {
                report.set("fingerprint", fingerprint.to_string());
            }
            Ok(connected)
        }
        Err(error) => {
            not_connected(&error, report);
            Err(Stop)
        }
    }
}

fn not_connected(error: &ConnectError, report: &mut Progress<'_>) {
    let before_tls = matches!(
        error,
        ConnectError::UnknownHost { .. }
            | ConnectError::Refused { .. }
            | ConnectError::Unreachable { .. }
            | ConnectError::BrokenOff { .. }
            | ConnectError::TimedOut { .. }
    );
    let step = if before_tls { "connect" } else { "tls" };
    if !before_tls && !matches!(error, ConnectError::CaFile { .. }) {
        let endpoint = report.endpoint();
        report.ok("connect", &endpoint);
    }
    if let ConnectError::CertificateUnknown { fingerprint, .. } = error {
        report.set("fingerprint", fingerprint.to_string());
        let advice = format!(
            "compare it with /certificate print detail on the router itself; if they are the same, accept it \
             with --fingerprint {fingerprint} or \"fingerprint\" in the settings"
        );
        return report.fail(step, &chain(error), &advice);
    }
    if let ConnectError::CertificateChanged { found, .. } = error {
        report.set("fingerprint", found.to_string());
    }
    report.fail(step, &chain(error), error.advice());
}

/// Asks one question; the rows as maps.
async fn rows(
    client: &mut Client,
    command: &Command,
) -> Result<(Vec<BTreeMap<String, String>>, Outcome), ExchangeError> {
    let mut rows = Vec::new();
    let outcome = client.ask(command, |row| {
        let charset = row.charset();
        let text = |bytes| charset.decode(bytes).into_owned();
        rows.push(row.attributes().map(|(name, value)| (text(name), text(value))).collect());
    });
    let outcome = outcome.await?;
    Ok((rows, outcome))
}

/// Reports a broken exchange as the end of the check.
fn broken(step: &'static str, error: &ExchangeError, report: &mut Progress<'_>) -> Stop {
    report.fail(step, &chain(error), error.advice());
    Stop
}

async fn identify(client: &mut Client, report: &mut Progress<'_>) -> Result<(), Stop> {
    let mut known = BTreeMap::new();
    let mut refused = None;
    for (path, names) in
        [("/system/identity/print", "name"), ("/system/resource/print", "version,board-name,uptime")]
    {
        let asked = rows(client, &Command::new(path).proplist(names)).await;
        let (found, outcome) = asked.map_err(|error| broken("identity", &error, report))?;
        known.extend(found.into_iter().flatten());
        refused = refused.or_else(|| outcome.traps.into_iter().next());
    }
    let get = |name: &str| known.get(name).map_or("unknown", String::as_str);
    for (name, key) in [("name", "identity"), ("version", "version"), ("board-name", "board")] {
        if let Some(value) = known.get(name) {
            report.set(key, value.as_str());
        }
    }
    if let Some(trap) = refused {
        let text = format!("the router refuses to say what it is: {:?}", trap.message);
        report.fail("identity", &text, "give the user's group the policy read");
        return Err(Stop);
    }
    let (name, version, board) = (get("name"), get("version"), get("board-name"));
    report.ok("identity", &format!("{name}, RouterOS {version}, {board}, up {}", get("uptime")));
    Ok(())
}

async fn count(client: &mut Client, report: &mut Progress<'_>) -> Result<(), Stop> {
    let mut counted = Vec::new();
    for (what, menu) in COUNTED {
        let command = Command::new(&format!("{menu}/print")).attribute("count-only", "");
        let outcome = client.ask(&command, |_| ()).await.map_err(|error| broken("count", &error, report))?;
        let number =
            outcome.ret.as_deref().and_then(|ret| std::str::from_utf8(ret).ok()?.parse::<u64>().ok());
        match (number, outcome.traps.first()) {
            (Some(number), None) => {
                counted.push(format!("{number} {what}"));
                report.count(what, number);
            }
            (_, Some(trap)) if trap.refusal() == Refusal::NoSuchCommand => {
                counted.push(format!("no menu for {what}"));
            }
            (_, Some(trap)) => {
                let text = format!("{what} cannot be read: {:?}", trap.message);
                report.warn("count", &text, "give the user's group the policy read");
            }
            (None, None) => {
                report.warn("count", &format!("{what} were not counted"), "upgrade RouterOS");
            }
        }
    }
    report.ok("count", &counted.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests;
