//! Words shown to people come from `templates/locales/en.json`, by keys that exist there.

use crate::tree::{ending, files, none, root};
use regex_lite::Regex;
use std::collections::{BTreeMap, BTreeSet};

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
            !(has("") || has(".one") && has(".other"))
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
    // A page may embed more words for its scripts than all pages do.
    let embedded = Regex::new(r#"\bwords\(under="([^"]+)"\)"#).unwrap_or_else(|error| panic!("{error}"));
    let prefixes = pages.values().flat_map(|text| embedded.captures_iter(text)).map(|hit| hit[1].to_owned());
    for prefix in prefixes.collect::<BTreeSet<_>>() {
        let of_page = known.iter().filter(|key| key.starts_with(&prefix));
        let of_page: Vec<_> = of_page.map(|key| format!("{OF_SCRIPTS}{key}")).collect();
        known.extend(of_page);
    }
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

/// The forms that each language has for numbers (CLDR), as `Intl.PluralRules` names them.
const FORMS: [(&str, &[&str]); 5] = [
    ("en", &["one", "other"]),
    ("es", &["many", "one", "other"]),
    ("pt-BR", &["many", "one", "other"]),
    ("id", &["other"]),
    ("ar", &["few", "many", "one", "other", "two", "zero"]),
];

type Words = BTreeMap<String, String>;

fn words(tag: &str) -> Words {
    let path = root().join(format!("templates/locales/{tag}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{tag}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{tag}: {error}"))
}

/// The keys of a language by what they are without their forms, with these forms; those of English say which count.
fn bases(words: &Words, english: &Words) -> BTreeMap<String, Vec<String>> {
    let counts =
        |base: &str| ["one", "other"].iter().all(|form| english.contains_key(&format!("{base}.{form}")));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in words.keys() {
        match key.rsplit_once('.') {
            Some((base, form)) if counts(base) => {
                found.entry(base.to_owned()).or_default().push(form.to_owned());
            }
            _ => _ = found.entry(key.clone()).or_default(),
        }
    }
    found
}

fn unlike(tag: &str, forms: &[&str], words: &Words, english: &Words) -> Vec<String> {
    let (own, theirs) = (bases(words, english), bases(english, english));
    let mut found: Vec<String> =
        theirs.keys().filter(|key| !own.contains_key(*key)).map(|key| format!("{tag} lacks {key}")).collect();
    for (key, has) in &own {
        match theirs.get(key) {
            None => found.push(format!("{tag} has {key}, and English has not")),
            Some(other) if !other.is_empty() && *has != forms => {
                found.push(format!("{tag}: {key} has {has:?}"));
            }
            Some(_) => {}
        }
    }
    found.extend(
        words
            .iter()
            .filter(|(_, text)| text.trim().is_empty())
            .map(|(key, _)| format!("{tag}: {key} is empty")),
    );
    found.extend(
        words
            .iter()
            .filter(|(_, text)| text.contains("</"))
            .map(|(key, _)| format!("{tag}: {key} is markup")),
    );
    found
}

#[test]
fn each_language_has_the_same_keys_each_with_the_forms_of_its_numbers() {
    let english = words("en");
    let there: BTreeSet<String> = files("templates/locales", &[".json"]).into_keys().collect();
    let expected = FORMS.iter().map(|(tag, _)| format!("templates/locales/{tag}.json")).collect();
    assert_eq!(there, expected);
    for (tag, forms) in FORMS {
        none(&unlike(tag, forms, &words(tag), &english));
    }
}

#[test]
fn a_key_that_is_missing_or_too_many_is_found() {
    let words =
        |keys: &[&str]| -> Words { keys.iter().map(|key| ((*key).to_owned(), "x".to_owned())).collect() };
    let english = words(&["a", "n.one", "n.other"]);
    let check = |keys: &[&str], wrong: usize| {
        assert_eq!(unlike("id", &["other"], &words(keys), &english).len(), wrong, "{keys:?}");
    };
    check(&["a", "n.other"], 0);
    check(&["n.other"], 1);
    check(&["a", "n.one", "n.other"], 1);
    check(&["a", "b", "n.other"], 1);
    check(&["a"], 1);
}

/// Words that stand in a template itself: in its text, or in an attribute that people see or hear.
fn own_words(text: &str) -> Vec<String> {
    let pattern =
        |pattern: &str| Regex::new(pattern).unwrap_or_else(|_| panic!("a broken pattern: {pattern}"));
    // Blocks of these names hold classes.
    let classes = pattern(r"(?s)\{% block (?:body|table_class) %\}.*?\{% endblock[^%]*%\}");
    let tera = pattern(r"(?s)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<!--.*?-->");
    let plain = tera.replace_all(&classes.replace_all(text, ""), "").into_owned();
    let inert = pattern(r"(?s)<(code|pre|script)\b[^>]*>.*?</(code|pre|script)>");
    let shown = inert.replace_all(&plain, "").into_owned();
    let seen = pattern(r#"\b(?:aria-label|aria-description|title|placeholder|alt)="([^"]*)""#);
    let said = seen.captures_iter(&plain).filter_map(|hit| hit.get(1)).map(|text| text.as_str().to_owned());
    let texts = pattern(r"(?s)<[^>]*>").replace_all(&shown, "\n").into_owned();
    let words = pattern(r"\b[A-Za-z][A-Za-z0-9_]+");
    // Units, names and an example of an id are the same in all languages.
    let is_same = |word: &str| ["ms", "UTC", "RADIUS", "router_001"].contains(&word);
    said.chain(texts.lines().map(|line| line.trim().to_owned()))
        .filter(|text| words.find_iter(text).any(|word| !is_same(word.as_str())))
        .collect()
}

#[test]
fn no_template_has_words_of_its_own() {
    let pages = files("templates", &[".html"]);
    assert!(pages.len() > 20, "where are the templates?");
    let found = pages.iter().flat_map(|(path, text)| {
        own_words(text).into_iter().map(move |words| format!("{path}: {words:?} is in no file of words"))
    });
    none(&found.collect::<Vec<_>>());
}

#[test]
fn words_in_a_template_are_found() {
    let check = |text: &str, wrong: usize| assert_eq!(own_words(text).len(), wrong, "{text}");
    check("<p title=\"{{ t(key=\"a\") }}\">{{ t(key=\"b\") }} · <code>/ip service</code> {{ n }} ms</p>", 0);
    check("{% if name == \"Hello\" %}<b>×{{ n }}</b>{% endif %}{# A reason. #}", 0);
    check("<p>Hello {{ name }}</p>", 1);
    check("<button aria-label=\"Close\"></button>", 1);
    check("<input placeholder=\"Name {{ n }}\" title=\"Your name\">", 2);
}

/// Declarations that name a side by left or right, in a style sheet.
fn sides(text: &str) -> Vec<String> {
    let Ok(pattern) = Regex::new(
        r"(?:^|[;{\s])((?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[a-z-]*\s*:|(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)\b|border-(?:top|bottom)-(?:left|right)-radius\s*:)",
    ) else {
        panic!("a broken pattern")
    };
    pattern.captures_iter(text).filter_map(|hit| hit.get(1)).map(|hit| hit.as_str().to_owned()).collect()
}

#[test]
fn style_sheets_name_no_side_by_left_or_right() {
    let sheets = files("static", &[".css"]);
    assert!(sheets.len() > 8, "where are the style sheets?");
    let found = sheets
        .iter()
        .flat_map(|(path, text)| sides(text).into_iter().map(move |hit| format!("{path}: {hit}")));
    none(&found.collect::<Vec<_>>());
}

#[test]
fn a_side_that_is_named_is_found() {
    let check = |text: &str, wrong: usize| assert_eq!(sides(text).len(), wrong, "{text}");
    check(".a { margin-inline-start: 1px; inset-inline-end: 0; text-align: start; }", 0);
    check(".a { margin-left: 1px; right: 0; text-align:right; float: left }", 4);
    check(".a { border-top-left-radius: 2px; padding-right:3px }", 2);
}
