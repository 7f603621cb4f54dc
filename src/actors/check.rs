//! Tests a connection step by step and says what to do about the first step that fails: `tikwatch check`, and whoever
//! tests a router before it is saved.

mod changes;
mod progress;
mod rights;

use crate::domain::check::{Found, Hint, Reason, Report};
use crate::domain::target::{Forbidden, forbidden};
use crate::routeros::client::{Client, ClientOptions, ExchangeError, SignInError};
use crate::routeros::session::{Outcome, Refusal};
use crate::routeros::stream::{self, ConnectError, Connected, Endpoint, Tls};
use crate::routeros::{Charset, Command, Limits};
use crate::settings::WriteMode;
use progress::Progress;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

/// A connection to test step by step.
#[derive(Debug)]
pub struct CheckOptions {
    /// The router and how the connection is protected.
    pub endpoint: Endpoint,
    /// Whom to sign in as.
    pub username: String,
    /// The password, perhaps empty.
    pub password: SecretString,
    /// How bytes that are not UTF-8 become text.
    pub charset: Charset,
    /// Whether the password may go out before a router from before 6.43 asked with a challenge.
    pub forbid_clear_sign_in: bool,
    /// For whom it is.
    pub asked: Asked,
    /// Who will change something on the router, which is tested as well.
    pub writing: Writing,
}

/// As whom something will be changed on a router.
#[derive(Debug)]
pub enum Writing {
    /// Nothing will.
    Off,
    /// As the user who watches.
    AsWatcher,
    /// As a user of its own.
    As {
        /// The user.
        username: String,
        /// The password, perhaps empty.
        password: SecretString,
    },
}

impl Writing {
    /// As it is set.
    pub(super) fn new(mode: WriteMode) -> Self {
        match (mode.is_on, mode.username) {
            (false, _) => Self::Off,
            (true, None) => Self::AsWatcher,
            (true, Some(username)) => Self::As { username, password: mode.password.unwrap_or_default() },
        }
    }

    /// Whom else we sign in as, for the audit log.
    pub(super) fn also(&self) -> String {
        match self {
            Self::As { username, .. } => format!(" and as {username:?}"),
            Self::Off | Self::AsWatcher => String::new(),
        }
    }
}

/// For whom a connection is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Whoever sits at this machine, and may call what they like anyway.
    Here,
    /// Somebody elsewhere: they must not learn what else listens where only this machine can look.
    Elsewhere {
        /// Whether this machine itself may be called.
        allow_own: bool,
    },
}

impl Asked {
    /// Whether this address may be called.
    pub fn may_call(self, address: IpAddr) -> bool {
        let Self::Elsewhere { allow_own } = self else { return true };
        match forbidden(address) {
            Some(Forbidden::Never) => false,
            Some(Forbidden::Own) => allow_own,
            None => allow_own || !is_own(address),
        }
    }
}

/// Whether an address is one of this machine's: only then can a socket be bound to it.
fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

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
    let addresses = resolve(options, report).await?;
    let connected = connect(options, &addresses, report).await?;
    let client =
        Client::sign_in(connected, &options.username, &options.password, options.client(), DEADLINE).await;
    let mut client = client.map_err(|error| {
        report.fail("sign-in", not_signed_in(&error, options.asked), error.reason());
        Stop
    })?;
    report.ok("sign-in", Found::signed_in(&options.username));
    identify(&mut client, report).await?;
    rights::check(&mut client, options, report).await?;
    count(&mut client, report).await?;
    // A router sees one session of a test at a time.
    drop(client);
    changes::check(options, &addresses, report).await;
    Ok(())
}

impl CheckOptions {
    /// How whoever signs in speaks.
    fn client(&self) -> ClientOptions {
        let Self { charset, forbid_clear_sign_in, .. } = *self;
        ClientOptions { limits: Limits::default(), charset, forbid_clear_sign_in }
    }
}

/// What is said of a sign-in that failed. Of what is no router nothing is quoted to somebody elsewhere.
fn not_signed_in(error: &SignInError, asked: Asked) -> Found {
    let reason = error.reason();
    let quotes = matches!(reason, Reason::Ended | Reason::NotTheApi | Reason::SignInRefused);
    if quotes && asked != Asked::Here { Found::quoting_nothing(reason) } else { Found::not_signed_in(error) }
}

async fn resolve(options: &CheckOptions, report: &mut Progress<'_>) -> Result<Vec<SocketAddr>, Stop> {
    let resolved = tokio::time::timeout(DEADLINE, stream::resolve(&options.endpoint)).await;
    let found = match resolved {
        Ok(Ok(found)) => {
            let mut names: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
            names.dedup();
            // Whoever may call one of them must not be led to the other.
            if found.iter().all(|address| options.asked.may_call(address.ip())) {
                report.ok("resolve", Found::plain(names.join(", ")));
                return Ok(found);
            }
            report.fail("resolve", Found::forbidden(&options.endpoint.host), Reason::Forbidden);
            return Err(Stop);
        }
        Ok(Err(error)) => Found::unreached(&error),
        Err(_) => Found::resolver_silent(&options.endpoint.host, DEADLINE),
    };
    report.fail("resolve", found, Reason::UnknownHost);
    Err(Stop)
}

async fn connect(
    options: &CheckOptions,
    addresses: &[SocketAddr],
    report: &mut Progress<'_>,
) -> Result<Connected, Stop> {
    let opened = stream::open(&options.endpoint, addresses, DEADLINE).await.map_err(|error| {
        report.fail("connect", Found::unreached(&error), error.reason());
        Stop
    })?;
    report.ok("connect", Found::plain(opened.peer.to_string()));
    let connected = opened.protect(&options.endpoint, DEADLINE).await.map_err(|error| {
        not_protected(&error, options.asked, report);
        Stop
    })?;
    let protection = connected.protection;
    match &options.endpoint.tls {
        Tls::Off => {
            let advice = "enable api-ssl on the router, and pin or verify its certificate";
            report.warn("tls", Found::protected(protection, None), (Hint::Clear, advice));
        }
        Tls::Anonymous => {
            let advice = "give the router a certificate, and pin or verify it";
            report.warn("tls", Found::protected(protection, None), (Hint::Anonymous, advice));
        }
        _ => report.ok("tls", Found::protected(protection, connected.fingerprint)),
    }
    report.set("protection", protection.label());
    if let Some(fingerprint) = connected.fingerprint {
        report.set("fingerprint", fingerprint.to_string());
    }
    Ok(connected)
}

fn not_protected(error: &ConnectError, asked: Asked, report: &mut Progress<'_>) {
    match error {
        ConnectError::CertificateUnknown { fingerprint, .. } => {
            report.set("fingerprint", fingerprint.to_string());
            let how = match asked {
                Asked::Here => {
                    format!("accept it with --fingerprint {fingerprint} or \"fingerprint\" in the settings")
                }
                Asked::Elsewhere { .. } => "accept it as the fingerprint of this router".to_owned(),
            };
            let advice = format!(
                "compare it with /certificate print detail on the router itself; if they are the same, {how}"
            );
            return report.fail_with("tls", Found::unreached(error), error.reason(), &advice);
        }
        ConnectError::CertificateChanged { found, .. } => report.set("fingerprint", found.to_string()),
        _ => {}
    }
    report.fail("tls", Found::unreached(error), error.reason());
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
    report.fail(step, Found::unanswered(error), error.reason());
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
    for (name, key) in [("name", "identity"), ("version", "version"), ("board-name", "board")] {
        if let Some(value) = known.get(name) {
            report.set(key, value.as_str());
        }
    }
    if let Some(trap) = refused {
        report.fail("identity", Found::no_identity(&trap.message), Reason::FewRights);
        return Err(Stop);
    }
    let told = ["name", "version", "board-name", "uptime"].map(|name| known.get(name).map(String::as_str));
    report.ok("identity", Found::identity(told));
    Ok(())
}

async fn count(client: &mut Client, report: &mut Progress<'_>) -> Result<(), Stop> {
    let mut counted = Found::nothing();
    for (what, menu) in COUNTED {
        let command = Command::new(&format!("{menu}/print")).attribute("count-only", "");
        let outcome = client.ask(&command, |_| ()).await.map_err(|error| broken("count", &error, report))?;
        let number =
            outcome.ret.as_deref().and_then(|ret| std::str::from_utf8(ret).ok()?.parse::<u64>().ok());
        match (number, outcome.traps.first()) {
            (Some(number), None) => {
                counted.count(what, number);
                report.count(what, number);
            }
            (_, Some(trap)) if trap.refusal() == Refusal::NoSuchCommand => {
                counted.count_none(what, menu);
            }
            (_, Some(trap)) => {
                let found = Found::not_readable(what, menu, &trap.message);
                report.warn("count", found, (Hint::About(Reason::FewRights), Reason::FewRights.remedy()));
            }
            (None, None) => {
                let found = Found::not_counted(what, menu);
                report.warn("count", found, (Hint::Upgrade, "upgrade RouterOS"));
            }
        }
    }
    report.ok("count", counted);
    Ok(())
}

#[cfg(test)]
mod tests;
