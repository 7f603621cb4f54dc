//! Documents that stay true: every module has its place in src/ARCHITECTURE.md.

use crate::tree::{files, none, root};
use regex_lite::Regex;

/// What of these source files the document does not name, neither as `name.rs` nor as `` `name` ``.
fn unnamed<'a>(paths: impl Iterator<Item = &'a str>, document: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
        let Ok(mention) = Regex::new(&format!(r"\b{name}\.rs\b|[`:]{name}`|[`/]{name}/`")) else {
            panic!("a broken pattern for {name}")
        };
        // What a module's tests are divided into is their own affair.
        let is_of_tests = name == "tests" || path.contains("/tests/");
        if !["lib", "main"].contains(&name) && !is_of_tests && !mention.is_match(document) {
            missing.push(format!("{path} is not named in src/ARCHITECTURE.md"));
        }
    }
    missing
}

#[test]
fn the_architecture_names_every_module() {
    let document = std::fs::read_to_string(root().join("src/ARCHITECTURE.md"))
        .unwrap_or_else(|error| panic!("src/ARCHITECTURE.md: {error}"));
    let sources = files("src", &[".rs"]);
    assert!(sources.len() > 5, "the sources were not found");
    none(&unnamed(sources.keys().map(String::as_str), &document));
}

#[test]
fn a_module_that_is_only_a_word_in_a_sentence_is_not_named() {
    let document = "The session speaks. `word.rs` and `routeros::row` and sentence.rs; `web/` holds pages.";
    let paths = [
        "src/routeros/word.rs",
        "src/routeros/row.rs",
        "src/routeros/sentence.rs",
        "src/web.rs",
        "src/web/tests/forms.rs",
    ];
    assert_eq!(unnamed(paths.into_iter(), document), Vec::<String>::new());
    assert_eq!(unnamed(["src/routeros/session.rs", "src/x/pages.rs"].into_iter(), document).len(), 2);
}
