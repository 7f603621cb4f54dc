//! The headers that make browsers careful, on every answer that there is: of every route, and of everything that goes wrong.

use crate::everybody::{By, Everybody};
use integration_tests::service::{PATIENCE, Service};
use integration_tests::wire::{Answer, connect, exchange};
use integration_tests::{Running, in_folder};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use tempfile::TempDir;
use tikwatch::http::listed;

const POLICY: [&str; 12] = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types tikwatch-worker",
];

/// The page of Swagger UI, which breaks under the last two directives.
const EXCEPTED: &str = "/api/docs";

/// What is wrong with the headers of an answer.
fn faults(answer: &Answer, path: &str, is_https: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |name: &str, is_right: fn(&str) -> bool| {
        let value = answer.header(name);
        if !value.is_some_and(is_right) {
            faults.push(format!("{name}: {value:?}"));
        }
    };
    check("x-content-type-options", |value| value == "nosniff");
    check("referrer-policy", |value| value == "same-origin");
    check("cross-origin-opener-policy", |value| value == "same-origin");
    check("cross-origin-resource-policy", |value| value == "same-origin");
    check("cross-origin-embedder-policy", |value| value == "require-corp");
    check("permissions-policy", |value| {
        ["camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"]
            .iter()
            .all(|one| value.contains(one))
    });
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let found: BTreeSet<&str> = policy.split(';').map(str::trim).collect();
    let is_excepted = path == EXCEPTED && answer.status == 200;
    let wanted: BTreeSet<&str> =
        POLICY.iter().take(if is_excepted { POLICY.len() - 2 } else { POLICY.len() }).copied().collect();
    if found != wanted {
        faults.push(format!("content-security-policy: {policy}"));
    }
    // Only what is the same for everybody may be kept: the files, and their absence is told anew each time.
    let keep = answer.header("cache-control");
    let is_file = path.starts_with("/static/")
        || ["/favicon.ico", "/manifest.webmanifest", "/worker.js"].contains(&path);
    let may_keep =
        is_file && keep.is_some_and(|keep| keep == "no-cache" || keep.starts_with("public, max-age="));
    if keep != Some("no-store") && !may_keep {
        faults.push(format!("cache-control: {keep:?}"));
    }
    if answer.header("strict-transport-security").is_some() != is_https {
        faults.push(format!("strict-transport-security: {:?}", answer.header("strict-transport-security")));
    }
    for told in ["server", "x-powered-by", "access-control-allow-origin"] {
        if answer.headers.iter().any(|(name, _)| name == told) {
            faults.push(told.to_owned());
        }
    }
    faults
}

fn request(to: SocketAddr, method: &str, path: &str, further: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{further}\r\n")
}

fn of_url(url: &str) -> SocketAddr {
    url.rsplit('/').next().unwrap().parse().unwrap()
}

/// The head of an answer that does not end: read until the head is there.
fn head_of(service: &Service, request: &str) -> Answer {
    use std::io::{Read as _, Write as _};
    let mut stream = connect(of_url(&service.url), Ipv4Addr::LOCALHOST).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 1024]);
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut piece).unwrap();
        assert!(0 < count, "the stream ended");
        read.extend_from_slice(piece.get(..count).unwrap());
    }
    exchange(&mut std::io::Cursor::new(read), b"").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_with_all_headers_whoever_asks() {
    let everybody = Everybody::gather().await;
    let (service, to) = (&everybody.service, of_url(&everybody.service.url));
    let By::Cookie { value, csrf } = &everybody.askers.last().unwrap().by else { panic!("no cookie") };
    let signed_in =
        format!("Cookie: tikwatch={value}\r\nX-CSRF-Token: {csrf}\r\nOrigin: {}\r\n", service.url);
    let mut wrong = Vec::new();
    let mut count = 0;
    // Signing out ends what the others are asked with.
    let (last, routes): (Vec<_>, Vec<_>) = listed().partition(|route| route.path == "/sign-out");
    for route in routes.iter().chain(&last) {
        let path = route
            .path
            .replace("{path:.*}", "css/tokens.css")
            .replace("{secret}", "x")
            .replace("{id}", "0123456789abcdef")
            .replace("{router}", "r1")
            .replace("{name}", "nobody-of-this-name");
        for (n, further) in ["", &signed_in, "Authorization: Bearer tw_x\r\n"].into_iter().enumerate() {
            let asked = request(to, route.method, &path, further);
            let from = Ipv4Addr::new(127, 0, 1, 101 + u8::try_from(n).unwrap());
            let answer = if path.ends_with("/stream") && n == 1 {
                head_of(service, &asked)
            } else {
                exchange(&mut connect(to, from).unwrap(), asked.as_bytes()).unwrap()
            };
            assert!(
                answer.status < 500 && answer.status != 429,
                "{} {path}: {}",
                route.method,
                answer.status
            );
            count += 1;
            for fault in faults(&answer, &path, false) {
                wrong.push(format!("{} {path} ({}): {fault}", route.method, answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} answers:\n{}", wrong.len(), wrong.join("\n"));
    assert!(150 < count, "{count}");
}

/// Requests that go wrong each in its way, with what is answered to them.
fn mistakes(to: SocketAddr, ours: &str, cookie: &str) -> Vec<(u16, String)> {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let from_us = format!("Origin: {ours}\r\n");
    let known = format!("Cookie: {cookie}\r\n");
    let mut all = vec![
        (400, request(to, "GET", "/api/v1/stream?topics=nonsense", &known)),
        (401, request(to, "GET", "/api/health", "")),
        (401, request(to, "GET", "/api/health", "Authorization: Bearer tw_x\r\n")),
        (403, request(to, "POST", "/sign-in", &format!("{form}Content-Length: 0\r\nOrigin: null\r\n"))),
        (404, request(to, "GET", "/nothing", "")),
        (404, request(to, "GET", "/api/nothing", "")),
        (404, request(to, "GET", "/static/nothing.css", "")),
        (405, request(to, "PUT", "/sign-in", "")),
        (405, request(to, "PATCH", "/api/health", "")),
        (413, request(to, "POST", "/sign-in", &format!("{form}{from_us}Content-Length: 99999999\r\n"))),
        (
            415,
            request(
                to,
                "POST",
                "/sign-in",
                &format!("{from_us}Content-Type: text/plain\r\nContent-Length: 0\r\n"),
            ),
        ),
        (421, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_owned()),
        // Its body never comes: cut after 15 s.
        (408, request(to, "POST", "/sign-in", &format!("{form}{from_us}Content-Length: 10\r\n"))),
    ];
    if cookie.is_empty() {
        all.retain(|(status, _)| *status != 400);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_answered_with_all_headers() {
    let service = Service::start(&serde_json::json!({ "routers": [] }), &[]).unwrap();
    let to = of_url(&service.url);
    let cookie = format!("{}={}", service.cookie.0, service.cookie.1);
    let mut wrong = Vec::new();
    for (status, asked) in mistakes(to, &service.url, &cookie) {
        let from = Ipv4Addr::new(127, 0, 1, 1);
        let answer = exchange(&mut connect(to, from).unwrap(), asked.as_bytes()).unwrap();
        let first = asked.lines().next().unwrap_or_default();
        if answer.status != status {
            wrong.push(format!("{first}: {} and not {status}", answer.status));
        }
        let path = asked.split(' ').nth(1).unwrap();
        wrong.extend(faults(&answer, path, false).into_iter().map(|fault| format!("{first}: {fault}")));
    }
    // Too much: of pages, of the API, of attempts to sign in.
    let post = format!("Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n", service.url);
    let too_much = [
        request(to, "GET", "/sign-in", ""),
        request(to, "GET", "/api/health", ""),
        request(to, "POST", "/sign-in", &format!("{post}Content-Length: 0\r\n")),
    ];
    for (asked, from) in too_much.iter().zip(2..) {
        let from = Ipv4Addr::new(127, 0, 1, from);
        let refused = (0..5_000).find_map(|_| {
            let answer = exchange(&mut connect(to, from).unwrap(), asked.as_bytes()).unwrap();
            (answer.status == 429).then_some(answer)
        });
        let refused = refused.unwrap_or_else(|| panic!("never too much: {asked}"));
        assert!(refused.header("retry-after").is_some(), "{asked}");
        wrong.extend(faults(&refused, "", false).into_iter().map(|fault| format!("{asked}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn over_https_every_answer_says_that_it_is_to_stay_so() {
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("settings.json");
    std::fs::write(&settings, "{ \"routers\": [] }").unwrap();
    let mut command = in_folder(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--tls", "self-signed", "--settings"]).arg(&settings);
    let running = Running::start(command.arg("--data").arg(folder.path().join("data"))).unwrap();
    let line = running.wait_for_line(PATIENCE, |line| line.contains("/setup?token=")).unwrap();
    let url = line.split("https://").nth(1).unwrap().split('/').next().unwrap();
    let to: SocketAddr = url.parse().unwrap();
    let mut connector = SslConnector::builder(SslMethod::tls_client()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    let connector = connector.build();
    let mut asked: Vec<(u16, String)> = mistakes(to, &format!("https://{to}"), "");
    for (status, path) in [(200, "/sign-in"), (303, "/"), (200, "/healthz"), (200, "/static/css/tokens.css")]
    {
        asked.push((status, request(to, "GET", path, "")));
    }
    let mut wrong = Vec::new();
    for (status, request) in asked {
        let stream = connect(to, Ipv4Addr::LOCALHOST).unwrap();
        let mut stream = connector.connect("127.0.0.1", stream).unwrap();
        let answer = exchange(&mut stream, request.as_bytes()).unwrap();
        let path = request.split(' ').nth(1).unwrap();
        let first = request.lines().next().unwrap_or_default();
        if answer.status != status {
            wrong.push(format!("{first}: {} and not {status}", answer.status));
        }
        wrong.extend(faults(&answer, path, true).into_iter().map(|fault| format!("{first}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_answer_that_lacks_a_header_is_found() {
    let answer = Answer { status: 200, headers: Vec::new(), body: Vec::new() };
    assert_eq!(faults(&answer, "/", false).len(), 8);
    assert_eq!(faults(&answer, "/", true).len(), 9);
}
