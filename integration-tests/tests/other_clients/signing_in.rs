//! Both sign-ins, a wrong password, and TLS with the simulator's certificate.

use crate::client::{Account, Answer, Client, ask};
use crate::faults::OWN_REFUSAL;
use crate::simulation::{PASSWORD, Simulation, USER};
use openssl::hash::MessageDigest;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use std::net::TcpStream;

/// Signs in and asks for the router's name.
fn identity(client: Client, account: &Account) -> Vec<Answer> {
    client.run(account, &[ask(["/system/identity/print"])]).unwrap()
}

fn check_in(client: Client, account: &Account) {
    let answers = identity(client, account);
    let [answer] = answers.as_slice() else { panic!("{client:?}: {answers:?}") };
    assert_eq!(answer.error, None, "{client:?}");
    let name = answer.rows.first().and_then(|row| row.get("name"));
    assert_eq!(name.map(String::as_str), Some("sim1"), "{client:?}");
}

fn check_refused(client: Client, account: &Account, expect: &str) {
    let answers = identity(client, account);
    let [Answer { error: Some(error), .. }] = answers.as_slice() else { panic!("{client:?}: {answers:?}") };
    assert!(error.contains(expect), "{client:?}: {error}");
}

/// What a client says when the router refuses it in these words.
fn refusal(client: Client, words: &'static str) -> &'static str {
    if client.has(OWN_REFUSAL) { "Username or password is invalid" } else { words }
}

#[test]
fn the_sign_in_after_6_43_takes_the_right_password_only() {
    let simulation = Simulation::start(&["6.49"], &[]).unwrap();
    let right = simulation.account(0);
    for client in Client::ALL {
        check_in(client, &right);
        let refusal = refusal(client, "invalid user name or password (6)");
        check_refused(client, &Account { password: "wrong", ..right.clone() }, refusal);
        check_refused(client, &Account { user: "nobody", ..right.clone() }, refusal);
    }
}

#[test]
fn the_sign_in_before_6_43_takes_the_right_md5_only() {
    let simulation = Simulation::start(&["6.49"], &["--legacy-login"]).unwrap();
    let right = Account { md5: true, ..simulation.account(0) };
    for client in Client::ALL {
        check_in(client, &right);
        let refusal = refusal(client, "cannot log in");
        check_refused(client, &Account { password: "wrong", ..right.clone() }, refusal);
    }
}

/// The certificate that a port presents, whoever it is: in PEM, and its fingerprint.
fn certificate(port: u16) -> (Vec<u8>, String) {
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let stream = connector.build().connect("localhost", stream).unwrap();
    let certificate = stream.ssl().peer_certificate().unwrap();
    let digest = certificate.digest(MessageDigest::sha256()).unwrap();
    let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    (certificate.to_pem().unwrap(), digest.join(":"))
}

#[test]
fn tls_works_with_the_certificate_of_the_simulator_and_no_other() {
    let options = ["--tls-listen", "127.0.0.1:0"];
    let simulation = Simulation::start(&["7.21", "7.21"], &options).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let trusted = |router: usize| {
        let (pem, fingerprint) = certificate(simulation.port(router, "tls_address"));
        assert_eq!(simulation.routers.get(router).unwrap()["fingerprint"], fingerprint);
        let path = folder.path().join(format!("{router}.pem"));
        std::fs::write(&path, pem).unwrap();
        path
    };
    let (own, another) = (trusted(0), trusted(1));
    let port = simulation.port(0, "tls_address");
    let account = Account { port, user: USER, password: PASSWORD, md5: false, ca: Some(own) };
    for client in Client::ALL {
        check_in(client, &account);
        let refusal = match client {
            Client::NodeRouteros => "SELF_SIGNED_CERT",
            _ => "CERTIFICATE_VERIFY_FAILED",
        };
        check_refused(client, &Account { ca: Some(another.clone()), ..account.clone() }, refusal);
    }
}
