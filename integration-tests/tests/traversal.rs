//! Nobody climbs out of what is served: paths as no client would write them, sent as they are over TCP, and symbolic links.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use integration_tests::service::Service;
use integration_tests::wire::{connect, exchange};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::symlink;

/// What stands in the files that must not come out.
const CANARY: &str = "canary-file-4Tq8z";

/// Ways to write "one folder up", followed by a separator.
const UP: [&str; 25] = [
    "../",
    "..%2f",
    "..%2F",
    "%2e%2e/",
    "%2e%2e%2f",
    ".%2e/",
    "%252e%252e%252f",
    "..%252f",
    "%25252e%25252e%25252f",
    "..\\",
    "..%5c",
    "%2e%2e%5c",
    "..%255c",
    "..%c0%af",
    "%c0%ae%c0%ae/",
    "..%e0%80%af",
    "..%f0%80%80%af",
    "..%c1%9c",
    "..;/",
    "..;x=y/",
    "....//",
    ".../...//",
    "..//",
    "./../",
    "..%00/",
];

/// Where a path may begin: the files, every other place that takes something from its path, and what is not there.
const PREFIXES: [&str; 9] = [
    "/static/",
    "/static/css/",
    "/static/~0123456789abcdef/",
    "/static//",
    "/",
    "/api/",
    "/api/v1/routers/",
    "/enter/",
    "/api/v1/subscribers/r1/",
];

/// Paths that lead to `file` on a server that falls for them.
fn paths(file: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let absolute = file.trim_start_matches('/');
    for prefix in PREFIXES {
        for up in UP {
            // More than there are folders: what is above the root is the root.
            all.insert(format!("{prefix}{}{absolute}", up.repeat(12)));
        }
        all.insert(format!("{prefix}{file}"));
        all.insert(format!("{prefix}%2f{}", absolute.replace('/', "%2f")));
        all.insert(format!("{prefix}file://{file}"));
        all.insert(format!("{prefix}{file}%00.css"));
        all.insert(format!("{prefix}css/tokens.css/../../../{}{absolute}", "../".repeat(12)));
        all.insert(format!("{prefix}{}", "../".repeat(2_000)));
        for hidden in
            [".git/config", ".env", "settings.json", "data/key", "Cargo.toml", "%2e%65nv", "link.css"]
        {
            all.insert(format!("{prefix}{hidden}"));
            all.insert(format!("{prefix}../{hidden}"));
            all.insert(format!("{prefix}%2e%2e%2f{hidden}"));
        }
    }
    all
}

/// Texts of which each shows that a file came out which should not have.
fn leaks() -> Vec<Vec<u8>> {
    let beside = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).unwrap();
    vec![CANARY.into(), b"root:x:0:".into(), b"[core]".into(), beside.get(..40).unwrap().into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_what_is_served() {
    let service = Service::start(&json!({ "routers": [] }), &[]).unwrap();
    let here = service.folder();
    // In the folder that the program runs in, as if the files came from there.
    let secret = here.join("secret.css");
    std::fs::write(&secret, CANARY).unwrap();
    std::fs::create_dir_all(here.join("static/css")).unwrap();
    symlink(&secret, here.join("static/link.css")).unwrap();
    symlink(&secret, here.join("static/css/link.css")).unwrap();
    symlink("/", here.join("static/root")).unwrap();
    std::fs::write(here.join(".env.example"), CANARY).unwrap();

    let to: SocketAddr = service.url.trim_start_matches("http://").parse().unwrap();
    let cookie = format!("{}={}", service.cookie.0, service.cookie.1);
    let mut all = paths("/etc/passwd");
    all.extend(paths(secret.to_str().unwrap()));
    all.insert(format!("/static/root{}", secret.display()));
    all.insert("/static/root/etc/passwd".to_owned());
    let leaks = leaks();
    let (mut refused, mut asked) = (0, 0);
    for (n, path) in all.iter().enumerate() {
        // As nobody and as an admin, from addresses of their own, so that nothing is refused for being too much.
        for signed_in in [false, true] {
            let head = if signed_in { format!("Cookie: {cookie}\r\n") } else { String::new() };
            let request = format!("GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{head}\r\n");
            let from = Ipv4Addr::new(127, 0, 1, u8::try_from(n % 200).unwrap() + 1);
            let answer = exchange(&mut connect(to, from).unwrap(), request.as_bytes()).unwrap();
            asked += 1;
            let seen = |leak: &Vec<u8>| answer.body.windows(leak.len()).any(|part| part == *leak);
            assert!(!leaks.iter().any(seen), "{path} gave {}", answer.body.escape_ascii());
            assert!(answer.status < 500 && answer.status != 429, "{path} answered {}", answer.status);
            // Files are nowhere but below `/static/`; what is found elsewhere is a page of ours.
            let is_refused = matches!(answer.status, 303 | 400 | 401 | 404 | 414 | 431);
            assert!(is_refused || !path.starts_with("/static/"), "{path} answered {}", answer.status);
            refused += usize::from(is_refused);
        }
    }
    assert!(400 <= asked && asked * 9 / 10 < refused, "{refused} of {asked} refused");

    // What is served is served, with and without a version: the paths above are refused for what they are.
    for path in
        ["/static/css/tokens.css", "/static/~0123456789abcdef/css/tokens.css", "/static/css%2ftokens.css"]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\r\n");
        let answer = exchange(&mut connect(to, Ipv4Addr::LOCALHOST).unwrap(), request.as_bytes()).unwrap();
        let is_whole = answer.body.windows(5).any(|part| part == b":root");
        assert!(answer.status == 200 && is_whole || path.contains('%'), "{path} answered {}", answer.status);
    }
}
