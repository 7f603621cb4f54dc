//! Signing in, both halves, for every RouterOS.
//!
//! From 6.43 on `/login` takes name and password at once. Before, a bare `/login` gave a challenge, and the
//! answer was an MD5 of it with the password. One flow serves both: whoever answers with a challenge, be it to
//! a bare `/login` or to name and password, gets the MD5.

use super::session::{Outcome, Refusal, Trap};
use super::{Command, Reason};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// One attempt to sign in. After a failure the connection has to be closed: routers count attempts.
#[derive(Debug)]
pub struct Login {
    user: String,
    password: SecretString,
    /// A bare `/login` is out, and its outcome has not come yet.
    asked: AtomicBool,
    /// A challenge was answered; a router that gives another would keep us busy for ever.
    answered: AtomicBool,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// The router knows us.
    SignedIn,
    /// Send this too, and bring its outcome.
    Send(Command),
}

/// Why the router does not let us in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Wrong user name or password, or perhaps a group without the policy `api`.
    #[error("the router refused the user name or password")]
    Refused,
    /// The router asks a RADIUS server, which is silent.
    #[error("the router's RADIUS server does not answer")]
    RadiusSilent,
    /// Another refusal.
    #[error("the router refused the sign-in: {}", .0.message)]
    Other(Trap),
    /// What should be a challenge is none, or comes twice.
    #[error("the router's sign-in challenge makes no sense")]
    BadChallenge,
}

impl LoginError {
    /// Which of the known reasons it is.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Refused => Reason::Credentials,
            Self::RadiusSilent => Reason::RadiusSilent,
            Self::Other(_) => Reason::SignInRefused,
            Self::BadChallenge => Reason::BadChallenge,
        }
    }

    /// What the operator can do about it.
    pub fn advice(&self) -> &'static str {
        self.reason().remedy()
    }
}

impl Login {
    /// Signs in with name and password in the first command, which is to be sent before all others.
    ///
    /// A router before 6.43 gets the password too, although its challenge would have spared that: without
    /// TLS listeners see it. [`Login::challenge_first`] asks before it tells.
    pub fn new(user: &str, password: &SecretString) -> (Self, Command) {
        let login = Self::started(user, password, false);
        let command = login.tell();
        (login, command)
    }

    /// Signs in with a bare `/login` first, so that a router before 6.43 never gets the password.
    ///
    /// A router that gives no challenge gets name and password next, as nothing else works from 6.43 on.
    /// That helps against listeners only: an impostor gives no challenge either. Against both, use TLS.
    pub fn challenge_first(user: &str, password: &SecretString) -> (Self, Command) {
        (Self::started(user, password, true), Command::new("/login"))
    }

    fn started(user: &str, password: &SecretString, asked: bool) -> Self {
        Self {
            user: user.to_owned(),
            password: password.clone(),
            asked: AtomicBool::new(asked),
            answered: AtomicBool::new(false),
        }
    }

    /// What the outcome of the last command means for the sign-in.
    pub fn answer(&self, outcome: &Outcome) -> Result<Step, LoginError> {
        let asked = self.asked.swap(false, Relaxed);
        if let Some(trap) = outcome.traps.first() {
            // A router from 6.43 on may take the bare question for a sign-in without a name.
            let misunderstood = asked && trap.refusal() == Refusal::Credentials;
            return if misunderstood { Ok(Step::Send(self.tell())) } else { Err(refused(trap)) };
        }
        match &outcome.ret {
            Some(ret) => {
                let challenge = from_hex(ret).ok_or(LoginError::BadChallenge)?;
                if self.answered.swap(true, Relaxed) {
                    return Err(LoginError::BadChallenge);
                }
                Ok(Step::Send(self.respond(&challenge)))
            }
            None if asked => Ok(Step::Send(self.tell())),
            None => Ok(Step::SignedIn),
        }
    }

    fn tell(&self) -> Command {
        Command::new("/login")
            .attribute("name", &self.user)
            .attribute("password", self.password.expose_secret())
    }

    fn respond(&self, challenge: &[u8; CHALLENGE]) -> Command {
        Command::new("/login")
            .attribute("name", &self.user)
            .attribute("response", response(challenge, &self.password))
    }
}

fn refused(trap: &Trap) -> LoginError {
    if trap.refusal() == Refusal::Credentials {
        LoginError::Refused
    } else if trap.message.to_ascii_lowercase().contains("radius timeout") {
        LoginError::RadiusSilent
    } else {
        LoginError::Other(trap.clone())
    }
}

/// A challenge, as a router before 6.43 gives; in `=ret=` it goes as [`hex`].
pub fn challenge() -> [u8; CHALLENGE] {
    let mut challenge = [0; CHALLENGE];
    if openssl::rand::rand_bytes(&mut challenge).is_err() {
        // Only simulated routers give challenges, so a weaker one does no harm.
        fastrand::fill(&mut challenge);
    }
    challenge
}

/// Whether a client's `=response=` shows that it knows the password.
pub fn check_response(challenge: &[u8; CHALLENGE], password: &SecretString, given: &[u8]) -> bool {
    let expect = response(challenge, password);
    let given = given.to_ascii_lowercase();
    // Equal in length first: the comparison that takes the same time for all contents insists on it.
    given.len() == expect.len() && openssl::memcmp::eq(&given, expect.as_bytes())
}

/// Lower-case hexadecimal digits, as the protocol shows challenges and responses.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

/// The size of a challenge, in bytes.
const CHALLENGE: usize = 16;

fn response(challenge: &[u8; CHALLENGE], password: &SecretString) -> String {
    let digest = Md5::new()
        .chain_update([0])
        .chain_update(password.expose_secret().as_bytes())
        .chain_update(challenge)
        .finalize();
    format!("00{}", hex(&digest))
}

fn from_hex(text: &[u8]) -> Option<[u8; CHALLENGE]> {
    if text.len() != 2 * CHALLENGE {
        return None;
    }
    let mut digits = text.iter().map(|&one| char::from(one).to_digit(16));
    let mut bytes = [0; CHALLENGE];
    for byte in &mut bytes {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::server::{Request, Server};
    use crate::routeros::{Conduct, Limits};

    /// From a real router, with an empty password.
    const CHALLENGE_HEX: &str = "93b438ec9b80057c06dd9fe67d56aa9a";
    const RESPONSE_HEX: &str = "00e134102a9d330dd7b1849fedfea3cb57";

    fn seen(command: &Command) -> Request {
        let mut bytes = Vec::new();
        command.encode(Conduct::Watching, None, &mut bytes).unwrap();
        let mut requests = Vec::new();
        Server::new(Limits::default()).receive(&bytes, |request| requests.push(request)).unwrap();
        requests.pop().unwrap()
    }

    fn done() -> Outcome {
        Outcome::default()
    }

    fn gives(ret: &str) -> Outcome {
        Outcome { ret: Some(ret.as_bytes().to_vec()), ..Outcome::default() }
    }

    fn refuses(message: &str) -> Outcome {
        let trap = Trap { category: None, message: message.to_owned() };
        Outcome { traps: vec![trap], ..Outcome::default() }
    }

    /// Plays a sign-in: each outcome, and the attributes of the command that has to follow it.
    fn check(
        (login, first): (Login, Command),
        first_attributes: &[(&str, &str)],
        steps: &[(Outcome, &[(&str, &str)])],
        end: Result<(), LoginError>,
    ) {
        let check_command = |command: &Command, attributes: &[(&str, &str)]| {
            let request = seen(command);
            assert_eq!(request.path, "/login");
            let names: Vec<_> = request.attributes.iter().map(|(name, _)| name.clone()).collect();
            assert_eq!(names, attributes.iter().map(|(name, _)| name.as_bytes()).collect::<Vec<_>>());
            for (name, value) in attributes {
                assert_eq!(request.attribute(name), Some(value.as_bytes()), "{name}");
            }
        };
        check_command(&first, first_attributes);
        let Some(((last, _), before)) = steps.split_last() else { panic!("a sign-in has an outcome") };
        for (outcome, attributes) in before {
            match login.answer(outcome) {
                Ok(Step::Send(command)) => check_command(&command, attributes),
                other => panic!("{outcome:?} gave {other:?}"),
            }
        }
        match (login.answer(last), end) {
            (Ok(Step::SignedIn), Ok(())) => {}
            (Err(found), Err(expect)) => assert_eq!(found, expect),
            (found, expect) => panic!("{last:?} gave {found:?}, not {expect:?}"),
        }
    }

    fn told(password: &str) -> (Login, Command) {
        Login::new("admin", &SecretString::from(password))
    }

    fn asked(password: &str) -> (Login, Command) {
        Login::challenge_first("admin", &SecretString::from(password))
    }

    const NAME: (&str, &str) = ("name", "admin");

    #[test]
    fn a_router_from_6_43_on_takes_name_and_password() {
        check(told("hunter2"), &[NAME, ("password", "hunter2")], &[(done(), &[])], Ok(()));
    }

    #[test]
    fn an_older_router_gets_the_answer_to_its_challenge() {
        let answer = (gives(CHALLENGE_HEX), [NAME, ("response", RESPONSE_HEX)]);
        let steps: [(Outcome, &[_]); 2] = [(answer.0, &answer.1), (done(), &[])];
        check(told(""), &[NAME, ("password", "")], &steps, Ok(()));
        check(asked(""), &[], &steps, Ok(()));
    }

    #[test]
    fn a_router_without_challenge_gets_the_password_after_the_question() {
        let told = [NAME, ("password", "hunter2")];
        for no_challenge in [done(), refuses("invalid user name or password (6)")] {
            check(asked("hunter2"), &[], &[(no_challenge, &told), (done(), &[])], Ok(()));
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let password = [NAME, ("password", "x")];
        let check_refusal = |message: &str, expect: LoginError| {
            check(told("x"), &password, &[(refuses(message), &[])], Err(expect));
        };
        check_refusal("invalid user name or password (6)", LoginError::Refused);
        check_refusal("cannot log in", LoginError::Refused);
        check_refusal("could not authenticate - radius timeout", LoginError::RadiusSilent);
        let other = Trap { category: None, message: "out of memory".to_owned() };
        check_refusal("out of memory", LoginError::Other(other));
        let wrong = [(done(), password.as_slice()), (refuses("cannot log in"), &[])];
        check(asked("x"), &[], &wrong, Err(LoginError::Refused));
    }

    #[test]
    fn a_challenge_that_makes_no_sense_is_not_answered() {
        let password = [NAME, ("password", "")];
        for nonsense in ["", "93b4", "zzb438ec9b80057c06dd9fe67d56aa9a", &CHALLENGE_HEX.repeat(2)] {
            check(told(""), &password, &[(gives(nonsense), &[])], Err(LoginError::BadChallenge));
        }
        let response = [NAME, ("response", RESPONSE_HEX)];
        let twice = [(gives(CHALLENGE_HEX), response.as_slice()), (gives(CHALLENGE_HEX), &[])];
        check(told(""), &password, &twice, Err(LoginError::BadChallenge));
    }

    #[test]
    fn the_router_knows_the_right_response() {
        let challenge = from_hex(CHALLENGE_HEX.as_bytes()).unwrap();
        let check = |password: &str, given: &str, expect| {
            assert_eq!(check_response(&challenge, &SecretString::from(password), given.as_bytes()), expect);
        };
        check("", RESPONSE_HEX, true);
        check("", &RESPONSE_HEX.to_uppercase(), true);
        check("other", RESPONSE_HEX, false);
        check("", &RESPONSE_HEX[2..], false);
        check("", "", false);
    }

    #[test]
    fn challenges_differ_and_survive_the_wire() {
        let (one, other) = (challenge(), challenge());
        assert_ne!(one, other);
        assert_eq!(from_hex(hex(&one).as_bytes()), Some(one));
    }

    #[test]
    fn debug_shows_no_password() {
        let shown = format!("{:?}", told("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
