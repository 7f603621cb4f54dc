use super::*;
use crate::routeros::session::Trap;
use crate::routeros::{Command, Conduct, ProtocolError, Withheld};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;

fn address() -> SocketAddr {
    "192.0.2.1:8729".parse().unwrap()
}

fn print() -> Fingerprint {
    "ab".repeat(32).parse().unwrap()
}

fn source() -> io::Error {
    io::Error::other("no\u{202e}")
}

/// One of each. Whoever adds another has to name it in `next`, so that none is left out.
fn unreached() -> Vec<ConnectError> {
    std::iter::successors(Some(ConnectError::UnknownHost { host: "h".to_owned(), source: source() }), next)
        .collect()
}

fn next(error: &ConnectError) -> Option<ConnectError> {
    let address = address();
    Some(match error {
        ConnectError::UnknownHost { .. } => ConnectError::Forbidden { host: "h".to_owned() },
        ConnectError::Forbidden { .. } => ConnectError::Refused { address },
        ConnectError::Refused { .. } => ConnectError::Unreachable { address, source: source() },
        ConnectError::Unreachable { .. } => ConnectError::BrokenOff { address },
        ConnectError::BrokenOff { .. } => ConnectError::TimedOut { address: "h:1".to_owned(), seconds: 10.0 },
        ConnectError::TimedOut { .. } => ConnectError::HandshakeTimedOut { address, seconds: 10.0 },
        ConnectError::HandshakeTimedOut { .. } => ConnectError::NoTls { address },
        ConnectError::NoTls { .. } => ConnectError::NoCommonCipher { address },
        ConnectError::NoCommonCipher { .. } => ConnectError::CertificateNotTrusted { address, reason: "no" },
        ConnectError::CertificateNotTrusted { .. } => {
            ConnectError::CertificateUnknown { address, fingerprint: print() }
        }
        ConnectError::CertificateUnknown { .. } => {
            ConnectError::CertificateChanged { address, expected: print(), found: print() }
        }
        ConnectError::CertificateChanged { .. } => {
            ConnectError::TlsFailed { address, source: Box::new(source()) }
        }
        ConnectError::TlsFailed { .. } => ConnectError::CaFile { path: "ca.pem".into(), source: source() },
        ConnectError::CaFile { .. } => return None,
    })
}

/// The same of what goes wrong while we sign in.
fn not_signed_in() -> Vec<SignInError> {
    std::iter::successors(Some(SignInError::Login(LoginError::Refused)), next_of_signing_in).collect()
}

fn next_of_signing_in(error: &SignInError) -> Option<SignInError> {
    let exchange = match error {
        SignInError::Login(error) => match error {
            LoginError::Refused => return Some(LoginError::RadiusSilent.into()),
            LoginError::RadiusSilent => {
                return Some(LoginError::Other(Trap { category: None, message: "no".to_owned() }).into());
            }
            LoginError::Other(_) => return Some(LoginError::BadChallenge.into()),
            LoginError::BadChallenge => ExchangeError::TimedOut { seconds: 10 },
        },
        SignInError::Exchange(error) => match error {
            ExchangeError::TimedOut { .. } => ExchangeError::Broken(source()),
            ExchangeError::Broken(_) => ExchangeError::ClosedEarly,
            ExchangeError::ClosedEarly => ExchangeError::Ended { reason: "no".to_owned() },
            ExchangeError::Ended { .. } => ExchangeError::NotTheApi(ProtocolError::ControlByte(0xF8)),
            ExchangeError::NotTheApi(_) => ExchangeError::Withheld(withheld()),
            ExchangeError::Withheld(_) => return None,
        },
    };
    Some(exchange.into())
}

fn withheld() -> Withheld {
    Command::new("/system/reboot").encode(Conduct::default(), None, &mut Vec::new()).unwrap_err()
}

/// What else is found.
fn others() -> Vec<Found> {
    let policies = [
        "write",
        "policy",
        "sensitive",
        "reboot",
        "ftp",
        "sniff",
        "test",
        "password",
        "ssh",
        "telnet",
        "winbox",
        "web",
        "romon",
        "rest-api",
    ]
    .map(|policy| (policy, "x"));
    let protections = [Protection::Clear, Protection::Verified, Protection::Pinned, Protection::Anonymous];
    let mut counted = Found::nothing();
    for what in ["sessions", "accounts", "interfaces", "hotspot sessions", "leases", "queues"] {
        counted.count(what, 3);
    }
    counted.count_none("queues", "/queue/simple");
    let mut all: Vec<Found> =
        protections.into_iter().map(|one| Found::protected(one, Some(print()))).collect();
    all.extend([
        Found::forbidden("h"),
        Found::resolver_silent("h", Duration::from_secs(10)),
        Found::signed_in("u"),
        Found::watcher_too("u"),
        Found::identity([Some("core"), None, None, None]),
        Found::no_identity("no"),
        Found::group("g", &["read", "api"]),
        Found::no_group(),
        Found::no_policies("g"),
        Found::missing("g", &["api"]),
        Found::needless("g", Credential::Watch, &policies),
        Found::needless("g", Credential::Write, &policies),
        Found::in_vain("u", Found::no_group()),
        Found::not_readable("queues", "/queue/simple", "no"),
        Found::not_counted("queues", "/queue/simple"),
        counted,
    ]);
    all
}

#[test]
fn each_detail_has_its_words_with_its_places_and_no_other_has() {
    let english = include_str!("../../../../templates/locales/en.json");
    let words: BTreeMap<String, String> = serde_json::from_str(english).unwrap();
    let unreached = unreached();
    assert_eq!(unreached.len(), 14);
    let errors = unreached.iter().map(Found::unreached);
    let not_signed_in = not_signed_in();
    let errors = errors.chain(not_signed_in.iter().map(Found::not_signed_in));
    let mut known = BTreeSet::new();
    for detail in errors.chain(others()).flat_map(|found| found.details) {
        let key = detail.key();
        let forms: &[&str] = if detail.number.is_some() { &[".one", ".other"] } else { &[""] };
        for form in forms {
            let key = format!("{key}{form}");
            let text = words.get(&key).unwrap_or_else(|| panic!("{key} is missing"));
            let places: BTreeSet<&str> =
                text.split('{').skip(1).filter_map(|after| Some(after.split_once('}')?.0)).collect();
            let mut values: BTreeSet<&str> = detail.values.iter().map(|(place, _)| *place).collect();
            values.extend(detail.number.map(|_| "n"));
            assert_eq!(places, values, "{key}");
            known.insert(key);
        }
        assert!(detail.message.is_none_or(|message| !message.contains('\u{202e}')), "{key}");
    }
    let unknown = words.keys().filter(|key| key.starts_with("found.") && !known.contains(*key));
    assert_eq!(unknown.collect::<Vec<_>>(), [""; 0], "nothing is found by these");
}

#[test]
fn what_may_not_be_quoted_is_not() {
    let ended = SignInError::Exchange(ExchangeError::Ended { reason: "secret".to_owned() });
    let found = Found::quoting_nothing(ended.reason());
    assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    assert_eq!(found.details[0].word, Found::not_signed_in(&ended).details[0].word);
}
