//! Words shown to people come from `templates/locales/en.json`, by keys that exist there.

use crate::tree::{ending, files, none, root};
use regex_lite::Regex;
use std::collections::BTreeSet;

/// A key as it is asked for: `t(key="a.b")` and `"a.b" | t` in templates, `t("a.b")` in scripts.
///
/// One that is put together as it runs (`"state." ~ state`, `` `state.${state}` ``) is known by its beginning only.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Whole(String),
    Beginning(String),
}

fn asked_for(text: &str) -> BTreeSet<Key> {
    let call = r#"\bt\(\s*(?:key\s*=\s*)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`)\s*([~+])?"#;
    let filter = r#"(?:"([^"]*)"|'([^']*)')()\s*\|\s*t\b()"#;
    let mut found = BTreeSet::new();
    for pattern in [call, filter] {
        let Ok(pattern) = Regex::new(pattern) else { panic!("a broken pattern: {pattern}") };
        for hit in pattern.captures_iter(text) {
            let quoted = (1..=3).find_map(|group| hit.get(group)).map_or("", |key| key.as_str());
            let is_continued = hit.get(4).is_some_and(|sign| !sign.as_str().is_empty());
            found.insert(match quoted.split_once("${") {
                Some((beginning, _)) => Key::Beginning(beginning.to_owned()),
                None if is_continued => Key::Beginning(quoted.to_owned()),
                None => Key::Whole(quoted.to_owned()),
            });
        }
    }
    found
}

/// Every key of a locale, with those of nested objects joined by dots.
fn keys(locale: &serde_json::Value, above: &str, found: &mut BTreeSet<String>) {
    for (name, value) in locale.as_object().into_iter().flatten() {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        keys(value, &key, found);
        found.insert(key);
    }
}

/// What scripts may ask for stands below this in en.json; they ask for it without.
const OF_SCRIPTS: &str = "js.";

fn complaints(path: &str, text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let above = if ending(path) == "js" { OF_SCRIPTS } else { "" };
    let is_missing = |key: &Key| match key {
        Key::Whole(key) => {
            // A text with a number in it has a form for one and a form for others.
            let has = |form: &str| known.contains(&format!("{above}{key}{form}"));
            !has("") && !(has(".one") && has(".other"))
        }
        Key::Beginning(beginning) => {
            let beginning = format!("{above}{beginning}");
            !known.iter().any(|key| key.starts_with(&beginning))
        }
    };
    asked_for(text)
        .iter()
        .filter(|key| is_missing(key))
        .map(|key| format!("{path}: {key:?} is not in en.json"))
        .collect()
}

#[test]
fn every_word_that_a_page_asks_for_is_there() {
    let path = root().join("templates/locales/en.json");
    let text =
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("templates/locales/en.json: {error}"));
    let locale = serde_json::from_str(&text).unwrap();
    let mut known = BTreeSet::new();
    keys(&locale, "", &mut known);
    let mut pages = files("templates", &[".html"]);
    pages.extend(files("static", &[".js"]));
    let asked: BTreeSet<_> = pages.values().flat_map(|text| asked_for(text)).collect();
    assert!(asked.len() > 5, "hardly a page asks for words: has their function another name than `t`?");
    let all: Vec<_> = pages.iter().flat_map(|(path, text)| complaints(path, text, &known)).collect();
    none(&all);
}

#[test]
fn a_missing_word_is_found_however_it_is_asked_for() {
    fn check(path: &str, text: &str, wrong: usize) {
        let locale = serde_json::json!({
            "nav": { "routers": "Routers" }, "state.online": "Online", "seen.one": "{n} router",
            "row.one": "{n} row", "row.other": "{n} rows", "js.state.online": "Online",
            "js.ago.one": "{n} s ago", "js.ago.other": "{n} s ago",
        });
        let mut known = BTreeSet::new();
        keys(&locale, "", &mut known);
        assert_eq!(complaints(path, text, &known).len(), wrong, "{path}: {text}");
    }
    check("a.html", "{{ t(key=\"nav.routers\") }} {{ 'state.online' | t }}", 0);
    check("a.html", "{{ t(key=\"nav.router\") }}", 1);
    check("a.html", "{{ 'state.on' | t }}", 1);
    check("a.html", "{{ t(key=\"row\", n=3) }} {{ t(key=\"js.ago\", n=3) }}", 0);
    check("a.html", "{{ t(key=\"seen\", n=3) }}", 1);
    check("a.html", "{{ t(key=\"state.\" ~ state) }}", 0);
    check("a.html", "{{ t(key=\"mood.\" ~ mood) }}", 1);
    check("a.js", "label.textContent = t('state.online'); t('ago', { n });", 0);
    check("a.js", "label.textContent = t('state.unknown');", 1);
    check("a.js", "t('nav.routers'); t('row', { n }); t(`nav.${place}`);", 3);
    check("a.js", "t(`state.${state}`)", 0);
    check("a.js", "t(`mode.${mode}`)", 1);
    check("a.js", "const first = list.at('x'); get('y');", 0);
}
