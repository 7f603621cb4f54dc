//! The project's files, and the rule on their size.

use regex_lite::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names of folders that hold nothing we wrote: built, downloaded, recorded.
const NOT_OURS: [&str; 13] = [
    "target",
    ".git",
    "data",
    "vendor",
    ".tools",
    "node_modules",
    "screenshots",
    "recordings",
    "snapshots",
    "artifacts",
    "corpus",
    "coverage",
    "proptest-regressions",
];

/// The longest file that is still about one subject.
const LONGEST: usize = 400;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of every file of ours below `folder` whose name ends in one of `endings`, by its path from the root.
///
/// Empty when there is no such folder.
pub(crate) fn files(folder: &str, endings: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && !path.is_symlink() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending))
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                let from_root = path.strip_prefix(root()).unwrap_or(&path);
                found.insert(from_root.to_string_lossy().into_owned(), text);
            }
        }
    }
    found
}

/// What follows the last dot of a path.
pub(crate) fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Fails with every complaint, one a line.
pub(crate) fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Rust source without its comments, in which a path is only mentioned.
pub(crate) fn without_comments(source: &str) -> String {
    let mut code = String::new();
    for line in source.lines() {
        // `//` within a string follows a colon as a rule: a URL.
        let comment =
            line.match_indices("//").find(|(at, _)| !line.get(..*at).is_some_and(|l| l.ends_with(':')));
        code.push_str(comment.map_or(line, |(at, _)| line.get(..at).unwrap_or_default()));
        code.push('\n');
    }
    code
}

/// Rust source with its comments taken out and its literals emptied: what is left names what it uses.
pub(crate) fn only_code(source: &str) -> String {
    let Ok(others) = Regex::new(concat!(
        r"(?s)//[^\n]*|/\*.*?\*/",
        r##"|\br#+".*?"#+|"(?:\\.|[^"\\])*""##,
        r"|'(?:\\[^']+|\\'|[^\\'\n])'"
    )) else {
        panic!("a broken pattern")
    };
    others
        .replace_all(source, |hit: &regex_lite::Captures<'_>| {
            let is_comment = hit.get(0).is_some_and(|found| found.as_str().starts_with('/'));
            if is_comment { "" } else { "\"\"" }
        })
        .into_owned()
}

/// Rust source up to the tests it holds, which may use more than the module itself.
///
/// Tests in a file of their own (`mod tests;`) end nothing: the module goes on below that line.
pub(crate) fn without_tests(source: &str) -> &str {
    let Ok(tests) = Regex::new(r"\n#\[cfg\(test\)\]\n(pub(\([a-z]+\))? )?mod [a-z_]+ \{") else {
        panic!("a broken pattern")
    };
    let end = tests.find(source).map_or(source.len(), |found| found.start());
    source.get(..end).unwrap_or(source)
}

fn too_long(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LONGEST)
        .then(|| format!("{path} has {lines} lines, more than {LONGEST}: look for its second subject"))
}

#[test]
fn no_file_is_longer_than_one_subject() {
    let all = files("", &[".rs", ".js", ".css", ".html"]);
    assert!(all.contains_key("src/lib.rs"), "the tree was not found");
    let complaints: Vec<_> = all.iter().filter_map(|(path, text)| too_long(path, text)).collect();
    none(&complaints);
}

#[test]
fn a_file_that_is_too_long_is_found() {
    assert_eq!(too_long("a.rs", &"x\n".repeat(400)), None);
    assert!(too_long("a.rs", &"x\n".repeat(401)).is_some());
}

#[test]
fn code_is_what_is_neither_text_nor_comment() {
    fn check(source: &str, expect: &str) {
        assert_eq!(only_code(source), expect, "{source}");
    }
    check("use a::b; // and crate::c", "use a::b; ");
    check("f(\"http://x\", g) /* h */;", "f(\"\", g) ;");
    check("f('\"', \"crate::a\", b)", "f(\"\", \"\", b)");
    check("f(r#\"a \" crate::b\"#, c)", "f(\"\", c)");
    check(r#"f("a \" crate::b", '\'', c)"#, "f(\"\", \"\", c)");
    check("fn f<'a>(x: &'a str, y: &'a str)", "fn f<'a>(x: &'a str, y: &'a str)");
}

#[test]
fn a_module_ends_where_its_tests_begin_but_not_where_they_are_only_named() {
    fn check(source: &str, expect: &str) {
        assert_eq!(without_tests(source), expect, "{source}");
    }
    check("a\n#[cfg(test)]\nmod tests {\n b }", "a");
    check("a\n#[cfg(test)]\npub(crate) mod example {\n b }", "a");
    check("a\n#[cfg(test)]\nmod tests;\nb", "a\n#[cfg(test)]\nmod tests;\nb");
}
