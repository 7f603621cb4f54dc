//! Opening a connection and signing in, once.

use super::line::Line;
use super::lost::Lost;
use crate::actors::check::Asked;
use crate::routeros::login::{Login, LoginError, Step};
use crate::routeros::stream::{self, ConnectError, Connected, Endpoint, Fingerprint, Protection, Stream};
use crate::routeros::{Charset, Conduct};
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use std::io::ErrorKind;
use std::time::Duration;

/// Opens connections to one router.
pub trait Dial: Send + Sync + std::fmt::Debug + 'static {
    /// Opens one, within the deadline.
    fn dial(&self, deadline: Duration) -> LocalBoxFuture<'_, Result<Dialled, ConnectError>>;
}

/// A connection on which nothing was said yet.
#[derive(Debug)]
pub struct Dialled {
    /// The connection.
    pub stream: Stream,
    /// How it is protected.
    pub protection: Protection,
    /// Of the certificate that the router presented, if it did.
    pub fingerprint: Option<Fingerprint>,
}

/// A router's place in the network.
#[derive(Debug)]
pub struct Reach {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Whether its name may lead to this machine.
    pub allow_own: bool,
}

impl Reach {
    /// Whether the host is an address, or this machine by its usual name: whoever wrote that down meant it. Where a
    /// name leads is in the hands of others.
    fn is_plain(&self) -> bool {
        let host = &self.endpoint.host;
        host.contains(':') || host == "localhost" || host.parse::<std::net::IpAddr>().is_ok()
    }

    async fn connect(&self, deadline: Duration) -> Result<Connected, ConnectError> {
        let endpoint = &self.endpoint;
        if self.is_plain() {
            return stream::connect(endpoint, deadline).await;
        }
        let timed_out =
            || ConnectError::TimedOut { address: endpoint.to_string(), seconds: deadline.as_secs_f64() };
        let resolved = tokio::time::timeout(deadline, stream::resolve(endpoint)).await;
        let addresses = resolved.map_err(|_| timed_out())??;
        let asked = Asked::Elsewhere { allow_own: self.allow_own };
        if !addresses.iter().all(|address| asked.may_call(address.ip())) {
            return Err(ConnectError::Forbidden { host: endpoint.host.clone() });
        }
        stream::open(endpoint, &addresses, deadline).await?.protect(endpoint, deadline).await
    }
}

impl Dial for Reach {
    fn dial(&self, deadline: Duration) -> LocalBoxFuture<'_, Result<Dialled, ConnectError>> {
        Box::pin(async move {
            let connected = self.connect(deadline).await?;
            let Connected { stream, protection, fingerprint, .. } = connected;
            Ok(Dialled { stream, protection, fingerprint })
        })
    }
}

/// As whom we sign in.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user's name on the router.
    pub username: String,
    /// The password; empty if there is none.
    pub password: SecretString,
    /// Never send the password before the router had its chance to ask with a challenge.
    pub forbid_clear_sign_in: bool,
}

/// Who has to do something before another attempt can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::actors) enum Obstacle {
    /// Time may heal it.
    Passing,
    /// The credentials are wrong.
    Credentials,
    /// A person has to decide or to mend something here.
    Person,
}

/// Why there is no signed-in connection.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::actors) struct Failure {
    /// What kind it is.
    pub(in crate::actors) obstacle: Obstacle,
    /// What failed, as one word.
    pub(in crate::actors) word: &'static str,
    /// What failed.
    pub(in crate::actors) what: String,
    /// What to do.
    pub(in crate::actors) advice: String,
}

/// What was seen of who answered.
#[derive(Debug, Clone, Copy)]
pub(in crate::actors) struct Seen {
    /// How the connection is protected.
    pub(in crate::actors) protection: Protection,
    /// Of the certificate.
    pub(in crate::actors) fingerprint: Option<Fingerprint>,
}

/// Opens a connection and signs in: each takes at most `deadline`.
pub(in crate::actors) async fn open(
    dial: &dyn Dial,
    credentials: &Credentials,
    conduct: Conduct,
    charset: Charset,
    deadline: Duration,
) -> Result<(Line, Seen), Failure> {
    let dialled = dial.dial(deadline).await.map_err(|error| unreachable(&error))?;
    let Dialled { stream, protection, fingerprint } = dialled;
    let mut line = Line::new(stream, conduct, charset);
    sign_in(&mut line, credentials, deadline).await?;
    Ok((line, Seen { protection, fingerprint }))
}

async fn sign_in(line: &mut Line, credentials: &Credentials, deadline: Duration) -> Result<(), Failure> {
    let Credentials { username, password, forbid_clear_sign_in } = credentials;
    let begin = if *forbid_clear_sign_in { Login::challenge_first } else { Login::new };
    let (login, mut command) = begin(username, password);
    // Asking for a challenge, name and password, answering a challenge: a router that wants more is none.
    for _ in 0..4 {
        let reply =
            line.exchange(&command, deadline, &mut |_, _| {}).await.map_err(|lost| ended_early(&lost))?;
        match login.answer(&reply.outcome) {
            Ok(Step::SignedIn) => return Ok(()),
            Ok(Step::Send(next)) => command = next,
            Err(error) => {
                let rejected = error == LoginError::Refused;
                let obstacle = if rejected { Obstacle::Credentials } else { Obstacle::Passing };
                let word = error.reason().word();
                return Err(Failure {
                    obstacle,
                    word,
                    what: error.to_string(),
                    advice: error.advice().to_owned(),
                });
            }
        }
    }
    let what = "the router goes on asking during sign-in".to_owned();
    let reason = LoginError::BadChallenge.reason();
    Err(Failure {
        obstacle: Obstacle::Passing,
        word: reason.word(),
        what,
        advice: reason.remedy().to_owned(),
    })
}

fn unreachable(error: &ConnectError) -> Failure {
    let obstacle = match error {
        ConnectError::Forbidden { .. }
        | ConnectError::CertificateUnknown { .. }
        | ConnectError::CertificateChanged { .. }
        | ConnectError::CertificateNotTrusted { .. }
        | ConnectError::NoCommonCipher { .. }
        | ConnectError::NoTls { .. }
        | ConnectError::CaFile { .. } => Obstacle::Person,
        _ => Obstacle::Passing,
    };
    Failure {
        obstacle,
        word: error.reason().word(),
        what: error.to_string(),
        advice: error.advice().to_owned(),
    }
}

fn ended_early(lost: &Lost) -> Failure {
    let (word, what, advice) = match lost {
        // Bytes that were not read turn a close into a reset.
        Lost::Closed | Lost::Broken(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => (
            "closed_early",
            "the router closed the connection during sign-in".to_owned(),
            "check that the port fits (8728 is without TLS, 8729 with it), and on the router that the service allows \
             our address (/ip service print, column ADDRESS) and is not at its limit of sessions",
        ),
        lost => (lost.word(), lost.to_string(), lost.advice()),
    };
    Failure { obstacle: Obstacle::Passing, word, what, advice: advice.to_owned() }
}
