//! Other people's files: unchanged, licensed and listed.

use crate::tree::root;
use openssl::sha::sha256;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn hex(bytes: &[u8]) -> String {
    sha256(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// The sums of a VENDOR.md, by file: its table's first and last column.
fn listed(document: &str) -> BTreeMap<String, String> {
    let cells =
        |line: &str| line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    document
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| file") && !line.starts_with("| ---"))
        .filter_map(|line| match cells(line).as_slice() {
            [_, file, _, _, _, sum, _] => Some((file.clone(), sum.clone())),
            _ => None,
        })
        .collect()
}

fn complaints(listed: &BTreeMap<String, String>, present: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut found = Vec::new();
    for (file, bytes) in present {
        match listed.get(file) {
            None => found.push(format!("{file} is not in VENDOR.md")),
            Some(sum) if *sum != hex(bytes) => {
                found.push(format!("{file} was changed: its sum is {}", hex(bytes)));
            }
            Some(_) => {}
        }
        let folder = file.split('/').next().unwrap_or_default();
        if !present.contains_key(&format!("{folder}/LICENSE")) {
            found.push(format!("{folder} has no LICENSE"));
        }
    }
    found.extend(
        listed.keys().filter(|file| !present.contains_key(*file)).map(|file| format!("{file} is missing")),
    );
    found
}

fn present(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(current).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if name != "VENDOR.md" {
                found.insert(name, std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    found
}

#[test]
fn vendored_files_are_listed_licensed_and_unchanged() {
    for folder in ["static/vendor", "integration-tests/vendor"] {
        let document = std::fs::read_to_string(root().join(folder).join("VENDOR.md")).unwrap();
        let listed = listed(&document);
        assert!(listed.len() > 2, "{folder}/VENDOR.md lists nothing");
        crate::tree::none(&complaints(&listed, &present(&root().join(folder))));
    }
}

#[test]
fn a_changed_unlisted_or_missing_file_is_found() {
    let document = format!(
        "| file | name | licence | origin | sha256 |\n| --- | --- | --- | --- | --- |\n\
         | a-1/a.js | A | MIT | npm | `{}` |\n| a-1/LICENSE | A | MIT | npm | `{}` |\n",
        hex(b"one"),
        hex(b"MIT")
    );
    let check = |files: &[(&str, &[u8])], wrong: usize| {
        let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        let found = complaints(&listed(&document), &files);
        assert_eq!(found.len(), wrong, "{found:?}");
    };
    check(&[("a-1/a.js", b"one"), ("a-1/LICENSE", b"MIT")], 0);
    check(&[("a-1/a.js", b"two"), ("a-1/LICENSE", b"MIT")], 1);
    check(&[("a-1/a.js", b"one"), ("a-1/LICENSE", b"MIT"), ("a-1/b.js", b"one")], 1);
    check(&[("a-1/LICENSE", b"MIT")], 1);
    check(&[("a-1/a.js", b"one")], 2);
}
