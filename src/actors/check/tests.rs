use super::*;
use crate::domain::check::Step;
use crate::routeros::server::{Replies, Request, Server};
use crate::routeros::stream::TlsIdentity;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

const PASSWORD: &str = "s3cret";

/// How the router of a test answers.
#[derive(Clone, Copy)]
struct Router {
    policy: &'static str,
    /// The policies of the group of `w`.
    writers: &'static str,
    identity: &'static str,
}

const ROUTER: Router = Router {
    policy: "read,api,!write,!policy,!sensitive,!reboot",
    writers: "read,write,api,!policy",
    identity: "core",
};

impl Router {
    fn answer(self, request: &Request, replies: &mut Replies<'_>) {
        let row = |replies: &mut Replies<'_>, pairs: &[(&str, &str)]| {
            replies.row(pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        };
        match request.path.as_str() {
            "/login" if request.attribute("password") != Some(PASSWORD.as_bytes()) => {
                replies.trap(None, "invalid user name or password (6)");
            }
            "/system/identity/print" => row(replies, &[("name", self.identity)]),
            "/system/resource/print" => {
                row(replies, &[("version", "7.21.1 (stable)"), ("board-name", "CCR2004"), ("uptime", "1d")]);
            }
            "/user/print" if request.queries == [b"?name=w".to_vec()] => {
                row(replies, &[("group", "writers")]);
            }
            "/user/group/print" if request.queries == [b"?name=writers".to_vec()] => {
                row(replies, &[("policy", self.writers)]);
            }
            "/user/print" => {
                assert_eq!(request.queries, [b"?name=u".to_vec()]);
                row(replies, &[("group", "monitor")]);
            }
            "/user/group/print" if self.policy.is_empty() => replies.trap(None, "not enough permissions (9)"),
            "/user/group/print" => row(replies, &[("policy", self.policy)]),
            "/ip/hotspot/active/print" => replies.trap(Some(0), "no such command prefix"),
            "/queue/simple/print" => replies.trap(None, "not enough permissions (9)"),
            _ if request.has("count-only") => return replies.done_with(b"7"),
            _ => {}
        }
        replies.done();
    }

    async fn serve(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut server = Server::new(Limits::default());
        loop {
            let mut out = Vec::new();
            server
                .process(|request| {
                    self.answer(&request, &mut Replies::new(&mut out, request.tag.as_deref()));
                })
                .unwrap();
            stream.write_all(&out).await.unwrap();
            if !matches!(stream.read_buf(server.buffer()).await, Ok(1..)) {
                return;
            }
        }
    }
}

/// What the check says, line by line, and its report.
async fn check_at(endpoint: Endpoint, password: &str) -> (String, Report) {
    check_writing(endpoint, password, Writing::Off).await
}

/// The same, with who changes something.
async fn check_writing(endpoint: Endpoint, password: &str, writing: Writing) -> (String, Report) {
    let options = CheckOptions {
        endpoint,
        username: "u".to_owned(),
        password: SecretString::from(password),
        charset: Charset::default(),
        forbid_clear_sign_in: false,
        asked: Asked::Here,
        writing,
    };
    let mut out = Vec::new();
    let report = check(&options, &mut out).await;
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains(PASSWORD) && !report.json().to_string().contains(PASSWORD), "{text}");
    (text, report)
}

/// The same for a router that is started for it.
async fn check_router(
    router: Router,
    identity: Option<TlsIdentity>,
    tls: Tls,
    password: &str,
) -> (String, Report) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        match identity {
            // A client that does not like the certificate hangs up in the handshake.
            Some(identity) => {
                if let Ok(stream) = identity.accept(tcp).await {
                    router.serve(stream).await;
                }
            }
            None => router.serve(tcp).await,
        }
    });
    let result = check_at(Endpoint { host: "127.0.0.1".to_owned(), port, tls }, password).await;
    served.await.unwrap();
    result
}

fn states(report: &Report) -> String {
    let word = |step: &Step| format!("{}:{:?}", step.name, step.state);
    report.steps.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_good_router_passes_step_by_step() {
    let (text, report) = check_router(ROUTER, None, Tls::Off, PASSWORD).await;
    assert!(report.is_success(), "{text}");
    assert_eq!(
        states(&report),
        "resolve:Ok connect:Ok tls:Warning sign-in:Ok identity:Ok rights:Ok count:Warning count:Ok"
    );
    assert!(text.starts_with("ok   resolve    127.0.0.1\nok   connect    127.0.0.1:"), "{text}");
    assert!(text.contains("warn tls        password travels in clear\n"), "{text}");
    assert!(text.contains("core, RouterOS 7.21.1 (stable), CCR2004, up 1d"), "{text}");
    assert!(
        text.contains("7 sessions, 7 accounts, 7 interfaces, no menu for hotspot sessions, 7 leases"),
        "{text}"
    );
    let json = report.json();
    assert_eq!(json["success"], true);
    assert_eq!(json["router"]["identity"], "core");
    assert_eq!(json["router"]["policies"], serde_json::json!(["read", "api"]));
    assert_eq!(json["counts"]["sessions"], 7);
}

#[tokio::test]
async fn a_wrong_password_ends_it() {
    let (text, report) = check_router(ROUTER, None, Tls::Off, "wrong-one").await;
    assert_eq!(states(&report), "resolve:Ok connect:Ok tls:Warning sign-in:Failed");
    assert!(!report.is_success() && !text.contains("wrong-one"), "{text}");
}

#[tokio::test]
async fn rights_beyond_reading_are_warned_of() {
    let router = Router { policy: "local,read,write,policy,reboot,api,sensitive,!dude", ..ROUTER };
    let (text, _) = check_router(router, None, Tls::Off, PASSWORD).await;
    let expect = "warn rights     the group \"monitor\" allows more than watching needs: write (change the \
                  configuration), policy (create users), sensitive (read the passwords of subscribers), reboot \
                  (restart the router)\n";
    assert!(text.contains(expect), "{text}");
    let (text, _) = check_router(Router { policy: "read,!api", ..ROUTER }, None, Tls::Off, PASSWORD).await;
    assert!(text.contains("the group \"monitor\" lacks api\n"), "{text}");
    let (text, report) = check_router(Router { policy: "", ..ROUTER }, None, Tls::Off, PASSWORD).await;
    assert!(report.is_success() && text.contains("cannot be read"), "{text}");
}

/// What is said of who changes something, on a router that is started for it.
async fn check_changes(router: Router, writing: Writing) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        loop {
            // One session at a time: the first is over before the second is let in.
            let (tcp, _) = listener.accept().await.unwrap();
            router.serve(tcp).await;
        }
    });
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, tls: Tls::Off };
    let (text, report) = check_writing(endpoint, PASSWORD, writing).await;
    served.abort();
    assert!(report.is_success() && !text.contains("wrong-one"), "{text}");
    let said: Vec<&str> = text.lines().skip_while(|line| !line.contains(" changes ")).collect();
    (states(&report), said.join("\n"))
}

fn writer(password: &str) -> Writing {
    Writing::As { username: "w".to_owned(), password: SecretString::from(password) }
}

#[tokio::test]
async fn who_changes_something_is_tested_too() {
    let (states, said) = check_changes(ROUTER, writer(PASSWORD)).await;
    assert!(states.contains("rights:Ok") && states.ends_with("count:Ok changes:Ok"), "{states}");
    assert_eq!(said, "ok   changes    as \"w\", group \"writers\": read, write, api");
    let (states, said) =
        check_changes(Router { writers: "read,api,!write", ..ROUTER }, writer(PASSWORD)).await;
    assert!(states.ends_with("count:Ok changes:Warning"), "{states}");
    let lacks =
        "warn changes    the group \"writers\" lacks write\n                -> add it to the group's policy";
    assert_eq!(said, lacks);
    let (_, said) =
        check_changes(Router { writers: "read,write,api,policy", ..ROUTER }, writer(PASSWORD)).await;
    let more = "warn changes    the group \"writers\" allows more than changes need: policy (create users)\n";
    assert!(said.starts_with(more) && said.contains("policy=read,write,api,"), "{said}");
    // The router can be watched all the same.
    let (states, said) = check_changes(ROUTER, writer("wrong-one")).await;
    assert!(states.ends_with("count:Ok changes:Warning"), "{states}");
    assert!(said.starts_with("warn changes    nothing can be changed as \"w\": "), "{said}");
    let (states, _) = check_changes(ROUTER, Writing::Off).await;
    assert!(states.ends_with("count:Ok"), "{states}");
}

#[tokio::test]
async fn who_watches_may_be_who_changes_something() {
    let (states, said) =
        check_changes(Router { policy: "read,write,api", ..ROUTER }, Writing::AsWatcher).await;
    assert!(states.contains("rights:Ok changes:Ok"), "{states}");
    assert!(said.starts_with("ok   changes    as \"u\", who watches, too\n"), "{said}");
    let (states, said) = check_changes(ROUTER, Writing::AsWatcher).await;
    assert!(states.contains("rights:Ok changes:Warning"), "{states}");
    assert!(said.starts_with("warn changes    the group \"monitor\" lacks write\n"), "{said}");
}

#[tokio::test]
async fn a_routers_words_cannot_forge_a_line() {
    let router = Router { identity: "a\nok   sign-in\u{1b}[2J", ..ROUTER };
    let (text, _) = check_router(router, None, Tls::Off, PASSWORD).await;
    assert!(text.contains(r"a\nok   sign-in\u{1b}[2J, RouterOS"), "{text}");
}

#[tokio::test]
async fn a_certificate_is_shown_before_it_is_accepted() {
    let identity = || TlsIdentity::self_signed("core").unwrap();
    let (text, report) =
        check_router(ROUTER, Some(identity()), Tls::Pin { fingerprint: None }, PASSWORD).await;
    assert_eq!(states(&report), "resolve:Ok connect:Ok tls:Failed");
    let fingerprint = report.json()["router"]["fingerprint"].as_str().unwrap().to_owned();
    assert!(text.contains(&format!("--fingerprint {fingerprint}")), "{text}");
    let (text, report) = check_router(ROUTER, Some(identity()), Tls::Anonymous, PASSWORD).await;
    assert!(report.is_success() && text.contains("encrypted, not authenticated"), "{text}");
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_say_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (text, report) =
        check_at(Endpoint { host: "127.0.0.1".to_owned(), port, tls: Tls::Off }, PASSWORD).await;
    assert_eq!(states(&report), "resolve:Ok connect:Failed");
    assert!(text.contains("-> enable the service"), "{text}");
    let (text, report) =
        check_at(Endpoint { host: "no-such-host.invalid".to_owned(), port, tls: Tls::Off }, PASSWORD).await;
    assert_eq!(states(&report), "resolve:Failed");
    assert!(text.contains("cannot find the address of \"no-such-host.invalid\""), "{text}");
}

#[tokio::test]
async fn a_web_server_is_no_router() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.read_u8().await.unwrap();
        tcp.write_all(&b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n".repeat(3))
            .await
            .unwrap();
    });
    let (text, report) =
        check_at(Endpoint { host: "127.0.0.1".to_owned(), port, tls: Tls::Off }, PASSWORD).await;
    served.await.unwrap();
    assert_eq!(states(&report), "resolve:Ok connect:Ok tls:Warning sign-in:Failed");
    assert!(text.contains("does not speak the RouterOS API"), "{text}");
    assert!(text.contains(r#"begins with "HTTP/1.1 400"#), "{text}");
}
