//! The project's files, and the rule on their size.

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

/// Rust source up to its tests, which may use more than the module itself.
pub(crate) fn without_tests(source: &str) -> &str {
    source.split("\n#[cfg(test)]\nmod ").next().unwrap_or(source)
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
