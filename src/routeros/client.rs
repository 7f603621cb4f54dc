//! A client that asks one question at a time; besides [`super::stream`] the only file here that waits.
//!
//! For `tikwatch check` and for tests. The service itself keeps several commands in flight.

use super::login::{Login, LoginError, Step};
use super::row::{Charset, Row};
use super::sentence::{Limits, ProtocolError};
use super::session::{Event, Outcome, Session, Tag};
use super::stream::{Connected, Stream};
use super::{Command, Reason, Withheld};
use secrecy::SecretString;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

/// Room for one read; a big reply takes few of them.
const READ: usize = 64 << 10;

/// How a client treats its router.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientOptions {
    /// How large things may get.
    pub limits: Limits,
    /// How bytes become text.
    pub charset: Charset,
    /// Never send the password before a router from before 6.43 could ask with a challenge.
    pub forbid_clear_sign_in: bool,
}

/// Why a question has no answer; the connection is of no use afterwards.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The whole answer took too long, however steadily it came.
    #[error("the router did not finish its answer within {seconds} s")]
    TimedOut {
        /// The deadline in force.
        seconds: u64,
    },
    /// Reading or writing failed.
    #[error("the connection to the router broke")]
    Broken(#[source] std::io::Error),
    /// The router hung up in the middle.
    #[error("the router closed the connection before it answered")]
    ClosedEarly,
    /// The router said why it hangs up.
    #[error("the router ended the connection: {reason:?}")]
    Ended {
        /// Its words.
        reason: String,
    },
    /// Something else speaks there.
    #[error("what answers there does not speak the RouterOS API")]
    NotTheApi(#[source] ProtocolError),
    /// The question may not be asked; nothing was sent.
    #[error(transparent)]
    Withheld(#[from] Withheld),
}

impl ExchangeError {
    /// Which of the known reasons it is.
    pub fn reason(&self) -> Reason {
        match self {
            Self::TimedOut { .. } => Reason::Unfinished,
            Self::Broken(_) | Self::ClosedEarly => Reason::HungUp,
            Self::Ended { .. } => Reason::Ended,
            Self::NotTheApi(_) => Reason::NotTheApi,
            Self::Withheld(_) => Reason::Withheld,
        }
    }
}

/// Why signing in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There was no whole answer.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The answer was no.
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl SignInError {
    /// Which of the known reasons it is.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Exchange(error) => error.reason(),
            Self::Login(error) => error.reason(),
        }
    }
}

/// One signed-in connection.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    session: Session,
    deadline: Duration,
    /// A question was left in the middle, so what comes next belongs to nobody.
    broken: bool,
}

impl Client {
    /// Signs in on a fresh connection; the deadline holds for the whole of it, and later for each question.
    pub async fn sign_in(
        connected: Connected,
        user: &str,
        password: &SecretString,
        options: ClientOptions,
        deadline: Duration,
    ) -> Result<Self, SignInError> {
        let session = Session::new(options.limits, options.charset);
        let mut client = Self { stream: connected.stream, session, deadline, broken: false };
        let begin = if options.forbid_clear_sign_in { Login::challenge_first } else { Login::new };
        let (login, mut command) = begin(user, password);
        let steps = async {
            loop {
                let outcome = client.ask(&command, |_| ()).await?;
                match login.answer(&outcome)? {
                    Step::SignedIn => return Ok::<(), SignInError>(()),
                    Step::Send(next) => command = next,
                }
            }
        };
        let seconds = deadline.as_secs();
        timeout(deadline, steps).await.unwrap_or(Err(ExchangeError::TimedOut { seconds }.into()))?;
        Ok(client)
    }

    /// Asks one question; the deadline holds for the whole reply, so a trickle does not stretch it.
    ///
    /// A refusal is an outcome with traps, not an error. After an error, or when the future is dropped
    /// before its end, every later question fails; not after one that was withheld, and so never sent.
    pub async fn ask(
        &mut self,
        command: &Command,
        on_row: impl FnMut(Row<'_>),
    ) -> Result<Outcome, ExchangeError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(ExchangeError::ClosedEarly);
        }
        let seconds = self.deadline.as_secs();
        let exchange = exchange(&mut self.stream, &mut self.session, command, on_row);
        let outcome =
            timeout(self.deadline, exchange).await.unwrap_or(Err(ExchangeError::TimedOut { seconds }));
        // A question that may not be asked was not sent either.
        self.broken = !matches!(outcome, Ok(_) | Err(ExchangeError::Withheld(_)));
        outcome
    }
}

async fn exchange(
    stream: &mut Stream,
    session: &mut Session,
    command: &Command,
    mut on_row: impl FnMut(Row<'_>),
) -> Result<Outcome, ExchangeError> {
    let mut out = Vec::new();
    let asked = session.start(command, &mut out)?;
    stream.write_all(&out).await.map_err(ExchangeError::Broken)?;
    stream.flush().await.map_err(ExchangeError::Broken)?;
    loop {
        session.buffer().reserve(READ);
        let read = stream.read_buf(session.buffer()).await.map_err(ExchangeError::Broken)?;
        if read == 0 {
            return Err(ExchangeError::ClosedEarly);
        }
        if let Some(outcome) = progress(session, asked, &mut on_row)? {
            return Ok(outcome);
        }
        foreign(session.buffer()).map_err(ExchangeError::NotTheApi)?;
    }
}

/// Takes what has arrived; the outcome once the reply is whole.
fn progress(
    session: &mut Session,
    asked: Tag,
    on_row: &mut impl FnMut(Row<'_>),
) -> Result<Option<Outcome>, ExchangeError> {
    let mut ended = None;
    let mut fatal = None;
    let events = session.process(|event| match event {
        Event::Row { tag, row } if tag == asked => on_row(row),
        Event::End { tag, outcome } if tag == asked => ended = Some(outcome),
        Event::Fatal { reason } => fatal = Some(reason),
        Event::Row { .. } | Event::End { .. } => {}
    });
    events.map_err(ExchangeError::NotTheApi)?;
    match (ended, fatal) {
        (Some(outcome), _) => Ok(Some(outcome)),
        (None, Some(reason)) => Err(ExchangeError::Ended { reason }),
        (None, None) => Ok(None),
    }
}

/// Notices early that an unfinished sentence does not begin like a reply: a short word that starts with `!`.
///
/// The `H` of `HTTP/1.1` reads as a word of 72 bytes. Waiting for them would end as a time-out, which hides that
/// the port is the wrong one.
fn foreign(received: &[u8]) -> Result<(), ProtocolError> {
    match received {
        [1..=0x7F, second, ..] if *second != b'!' => {
            let shown = received.get(..40).unwrap_or(received);
            Err(ProtocolError::NoReply(String::from_utf8_lossy(shown).into_owned()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
