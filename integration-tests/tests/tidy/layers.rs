//! Who may use whom: the arrows of src/ARCHITECTURE.md.

use crate::tree::{files, none, only_code, without_tests};
use regex_lite::Regex;
use std::collections::BTreeSet;

/// A layer and the layers of ours it may use. A module that is not here fails: say where it belongs.
const LAYERS: [(&str, &[&str]); 19] = [
    ("routeros", &[]),
    ("domain", &["routeros"]),
    ("recording", &["domain", "routeros"]),
    ("store", &["domain"]),
    ("notify", &["domain"]),
    // The parsed settings of a router hold how its protocol is spoken: endpoint, TLS, code page.
    ("settings", &["domain", "routeros"]),
    ("telemetry", &["domain"]),
    ("access", &["store", "domain"]),
    ("simulator", &["routeros", "domain", "recording"]),
    // The cells stand below those who fill them and those who read them: neither side knows the other.
    ("state", &["domain"]),
    // The log book keeps the entries that telemetry's layer hands over.
    ("actors", &["state", "domain", "routeros", "store", "notify", "settings", "recording", "telemetry"]),
    // A certificate of our own is a file that is replaced as a whole, which is the store's.
    ("http", &["state", "domain", "access", "settings", "store"]),
    ("web", &["state", "domain", "access", "http"]),
    ("api", &["state", "domain", "access", "http"]),
    ("metrics", &["state", "domain"]),
    ("app", ANY),
    ("lib", ANY),
    ("cli", ANY),
    ("main", ANY),
];

const ANY: &[&str] = &[
    "routeros",
    "domain",
    "recording",
    "store",
    "notify",
    "settings",
    "telemetry",
    "access",
    "simulator",
    "actors",
    "state",
    "http",
    "web",
    "api",
    "metrics",
    "app",
    "cli",
];

/// Crates that a layer never contains, and the files of it (or folders, by `/`) that may all the same.
const CRATES: [(&str, &[&str], &[&str]); 12] = [
    ("routeros", &["actix", "actix_web", "serde", "serde_json", "tera", "sled"], &[]),
    (
        "routeros",
        &["tokio", "tokio_openssl"],
        &["src/routeros/stream.rs", "src/routeros/stream/", "src/routeros/client.rs"],
    ),
    // The sign-in draws challenges and compares secrets in constant time.
    ("routeros", &["openssl"], &["src/routeros/stream.rs", "src/routeros/stream/", "src/routeros/login.rs"]),
    ("domain", &["tokio", "actix", "actix_web", "openssl", "tera", "sled", "futures_util"], &[]),
    ("settings", &["actix", "actix_web", "tera"], &[]),
    ("store", &["actix", "actix_web", "tera"], &[]),
    ("simulator", &["actix", "actix_web", "tera"], &[]),
    ("actors", &["actix_web", "tera"], &[]),
    ("state", &["actix_web", "tera"], &[]),
    ("http", &["actix", "tera"], &[]),
    ("web", &["actix"], &[]),
    ("api", &["actix", "tera"], &[]),
];

/// The layer a file of src/ belongs to: the name of its module at the crate's root.
fn layer(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// How many modules deep a file's module lies below the crate's root.
fn depth(path: &str) -> usize {
    path.matches('/').count()
}

/// The crate's own root modules that this source names, in `crate::x`, `crate::{x, y::z}` or enough `super`s.
fn used(path: &str, source: &str) -> BTreeSet<String> {
    let code = only_code(without_tests(source));
    let mut found = BTreeSet::new();
    let Ok(single) = Regex::new(r"\b(?:crate|tikwatch)::([a-z_0-9]+)") else { panic!("a broken pattern") };
    found.extend(single.captures_iter(&code).filter_map(|hit| Some(hit.get(1)?.as_str().to_owned())));
    for (start, opening) in code.match_indices("crate::{").chain(code.match_indices("tikwatch::{")) {
        found.extend(first_names(code.get(start + opening.len()..).unwrap_or_default()));
    }
    let Ok(climbing) = Regex::new(r"\b((?:super::)+)([a-z_0-9]+)") else { panic!("a broken pattern") };
    for hit in climbing.captures_iter(&code) {
        let levels = hit.get(1).map_or(0, |supers| supers.as_str().matches("super").count());
        if levels >= depth(path) {
            found.extend(hit.get(2).map(|name| name.as_str().to_owned()));
        }
    }
    found
}

/// The names that stand first between the commas of a brace group, up to its closing brace.
fn first_names(group: &str) -> Vec<String> {
    let (mut names, mut name, mut level, mut first) = (Vec::new(), String::new(), 0_u32, true);
    for letter in group.chars() {
        match letter {
            '{' => level += 1,
            '}' if level == 0 => break,
            '}' => level -= 1,
            ',' if level == 0 => {
                names.push(std::mem::take(&mut name));
                first = true;
            }
            ':' if level == 0 => first = false,
            letter if level == 0 && first && !letter.is_whitespace() => name.push(letter),
            _ => {}
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

fn complaints(path: &str, source: &str) -> Vec<String> {
    let here = layer(path);
    let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == here) else {
        return vec![format!(
            "{path}: `{here}` is in no layer: add it to the table in integration-tests/tests/tidy"
        )];
    };
    let known = |name: &str| LAYERS.iter().any(|(layer, _)| *layer == name);
    let mut found: Vec<String> = used(path, source)
        .iter()
        .filter(|name| known(name) && *name != here && !allowed.contains(&name.as_str()))
        .map(|name| format!("{path}: `{here}` must not use `{name}`"))
        .collect();
    let code = only_code(without_tests(source));
    for (name, crates, except) in CRATES {
        let is_excepted = |place: &&str| *place == path || (place.ends_with('/') && path.starts_with(place));
        if name == here && !except.iter().any(is_excepted) {
            found.extend(
                crates
                    .iter()
                    .filter(|krate| names_crate(&code, krate))
                    .map(|krate| format!("{path}: `{here}` must not use the crate `{krate}`")),
            );
        }
    }
    found
}

fn names_crate(code: &str, name: &str) -> bool {
    let Ok(path) = Regex::new(&format!(r"(^|[^:\w]){name}::")) else { panic!("a broken pattern") };
    path.is_match(code)
}

#[test]
fn every_module_uses_only_the_layers_below_it() {
    let sources = files("src", &[".rs"]);
    assert!(sources.len() > 5, "the sources were not found");
    let all: Vec<_> = sources
        .iter()
        .filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
        .flat_map(|(path, source)| complaints(path, source))
        .collect();
    none(&all);
}

#[test]
fn no_layer_is_allowed_a_circle() {
    let allowed = |name: &str| LAYERS.iter().find(|(layer, _)| *layer == name).map_or(&[][..], |(_, to)| to);
    for (start, _) in LAYERS.iter().filter(|(_, to)| to.len() < ANY.len()) {
        let mut open: Vec<&str> = allowed(start).to_vec();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            assert_ne!(name, *start, "`{start}` may use itself by way of others");
            if seen.insert(name) {
                open.extend(allowed(name));
            }
        }
    }
}

#[test]
fn a_forbidden_use_is_found_however_it_is_written() {
    fn check(path: &str, source: &str, wrong: &[&str]) {
        let found = complaints(path, source).join("\n");
        assert_eq!(found.lines().count(), wrong.len(), "{path}: {source}: {found}");
        for name in wrong {
            assert!(found.contains(&format!("`{name}`")), "{path}: {source}: {found}");
        }
    }
    check("src/domain/rates.rs", "use crate::routeros::Row;", &[]);
    check("src/domain/rates.rs", "use crate::actors::Monitor;", &["actors"]);
    check("src/domain/rates.rs", "use crate::{routeros::{Row, web}, state::State};", &["state"]);
    check("src/domain/rates.rs", "use super::super::web::Page;", &["web"]);
    check("src/domain.rs", "pub use super::web::Page;", &["web"]);
    check("src/domain/rates.rs", "use super::web;", &[]);
    check("src/domain/rates.rs", "fn f() -> crate::app::App { todo() }", &["app"]);
    check("src/domain/rates.rs", "async fn f() { tokio::time::sleep(x).await }", &["tokio"]);
    check("src/domain/rates.rs", "// As in `crate::web`.\n/// See [`crate::state`].", &[]);
    check("src/domain/rates.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use crate::simulator::World; }", &[]);
    check("src/routeros/row.rs", "use crate::domain::X;\nuse serde::Serialize;", &["domain", "serde"]);
    check("src/routeros/stream.rs", "use tokio::net::TcpStream;", &[]);
    check("src/routeros/stream/socket.rs", "use tokio::net::TcpStream;", &[]);
    check("src/routeros/session.rs", "use tokio::net::TcpStream;", &["tokio"]);
    check("src/routeros/client.rs", "use tokio::time; use openssl::ssl;", &["openssl"]);
    check("src/telemetry.rs", "const EXAMPLE: &str = \"info,tikwatch::actors=debug\";", &[]);
    check("src/telemetry.rs", "#[cfg(test)]\nmod tests;\nuse crate::actors::LogBook;", &["actors"]);
    check("src/telemetry.rs", "//! A\n#[cfg(test)]\nmod tests;\nuse crate::actors::LogBook;", &["actors"]);
    check("src/state.rs", "use crate::actors::LogBook;", &["actors"]);
    check("src/actors/logs.rs", "use crate::state::LogView;", &[]);
    check("src/web/pages.rs", "use crate::api::Body;\nuse actix_web::get;", &["api"]);
    check("src/web/pages.rs", "use actix::Addr;", &["actix"]);
    check("src/api/stream.rs", "use crate::web::Page;", &["web"]);
    check("src/actors/monitor.rs", "use crate::simulator::World;", &["simulator"]);
    check("src/app.rs", "use crate::web; use crate::actors;", &[]);
    check("src/gadgets.rs", "", &["gadgets"]);
}
