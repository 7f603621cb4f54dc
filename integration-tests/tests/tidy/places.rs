//! No other host in what is served, and no path of the machine it was written on.

use crate::tree::{ending, files, none, root, without_comments};
use regex_lite::Regex;

/// Hosts that are nobody else's: names of XML languages, this machine, names reserved for examples.
const HARMLESS: &str = r"(?x)^(
    ( (www\.)?w3\.org | localhost | 127\.0\.0\.1 | \[::1\] | 192\.0\.2\.\d{1,3} )$
    | ([a-z0-9-]+\.)*(example|invalid|test|localhost)$ | ([a-z0-9-]+\.)*example\.(com|net|org)$
    | \{ | \$\{ | %s  # put together as the program runs
)";

fn outside(path: &str, text: &str) -> Vec<String> {
    let (Ok(url), Ok(harmless)) =
        (Regex::new(r#"(?i)\b(?:https?|wss?):\\?/\\?/([^\s/"'`<>)\\:]*|\[[^\]]*\])"#), Regex::new(HARMLESS))
    else {
        panic!("a broken pattern")
    };
    let Ok(schemeless) = Regex::new(r#"(?i)\b(?:src|href|action)\s*=\s*["']?//([^\s/"'>]+)"#) else {
        panic!("a broken pattern")
    };
    let code = if ["rs", "js"].contains(&ending(path)) { without_comments(text) } else { text.to_owned() };
    url.captures_iter(&code)
        .chain(schemeless.captures_iter(&code))
        .filter_map(|hit| Some(hit.get(1)?.as_str()))
        // A scheme alone is no address: text about URLs, or the beginning of one that is put together.
        .filter(|host| !host.is_empty() && !harmless.is_match(host))
        .map(|host| format!("{path}: `{host}` is another host"))
        .collect()
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    // Written in two parts, so that this file does not find itself.
    let Ok(pattern) = Regex::new(concat!(r"(^|[^\w.}-])/", r"(work|root|home/[a-z]\w*|Users/\w+)/")) else {
        panic!("a broken pattern")
    };
    pattern
        .find_iter(text)
        .map(|hit| format!("{path}: `{}` exists on one machine only", hit.as_str().trim()))
        .collect()
}

#[test]
fn nothing_that_is_served_names_another_host() {
    let mut all = files("src", &[".rs"]);
    assert!(!all.is_empty(), "the sources were not found");
    all.extend(files("templates", &[".html", ".json"]));
    all.extend(files("static", &[".js", ".css", ".html", ".svg", ".webmanifest"]));
    let all: Vec<_> = all.iter().flat_map(|(path, text)| outside(path, text)).collect();
    none(&all);
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let endings = [
        ".rs",
        ".toml",
        ".md",
        ".html",
        ".js",
        ".css",
        ".json",
        ".yml",
        "/run",
        "/Dockerfile",
        "run",
        ".service",
    ];
    let all: Vec<_> = files("", &endings).iter().flat_map(|(path, text)| machine_paths(path, text)).collect();
    none(&all);
}

#[test]
fn no_file_that_is_built_in_is_a_link() {
    // What a link leads to would be served as ours, whatever it is.
    let mut folders = vec![root().join("static"), root().join("templates")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            assert!(!path.is_symlink(), "{} is a symbolic link", path.display());
            if path.is_dir() { folders.push(path) } else { count += 1 }
        }
    }
    assert!(20 < count, "the files were not found");
}

#[test]
fn what_is_planted_is_found() {
    fn check(path: &str, text: &str, wrong: usize) {
        let found = outside(path, text);
        assert_eq!(found.len(), wrong, "{text}: {found:?}");
    }
    check("a.html", "<script src=\"https://cdn.jsdelivr.net/npm/x.js\"></script>", 1);
    check("a.html", "<script src=\"//cdn.jsdelivr.net/npm/x.js\"></script>", 1);
    check("a.css", "@import url(http://fonts.googleapis.com/css);", 1);
    check("a.js", "fetch('https://api.telegram.org/bot'); // https://developer.mozilla.org/docs", 1);
    check("a.js", "new WebSocket(\"wss://other.net/x\")", 1);
    check("a.rs", "/// See <https://docs.rs/actix>.\nlet a = \"http://127.0.0.1:5000\";", 0);
    check("a.rs", "format!(\"http://{address}/\"); url.starts_with(\"https://\")", 0);
    check("a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">", 0);
    check("a.html", "<input placeholder=\"https://hooks.example.com/x\">", 0);
    check("a.html", "<a href=\"https://w3.org.evil.net/\">", 1);
    check("a.rs", "check(\"http://192.0.2.1:8728\"); check(\"http://example.net\")", 0);
    check(
        "a.rs",
        "check(\"http://192.0.2.1.evil.net\"); check(\"http://192.0.20.1\"); check(\"http://h\")",
        3,
    );

    let planted = concat!("see /", "work/main/x and \"/", "root/.cargo/x\" and /", "home/ann/x");
    assert_eq!(machine_paths("a.md", planted).len(), 3);
    assert_eq!(
        machine_paths(
            "a.md",
            concat!("static", "/root", "/x, GET /api/v1", "/work", "/x, $HOME", "/work", "/x")
        ),
        Vec::<String>::new()
    );
}
