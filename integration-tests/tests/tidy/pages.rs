//! Pages and scripts in which a router's text stays text.

use crate::tree::{ending, files, none};
use regex_lite::Regex;

/// What neither a template nor a style sheet may hold, and why.
const IN_MARKUP: [(&str, &str); 6] = [
    (r"\|\s*safe\b", "`| safe` shows a router's text as markup"),
    (r#"(?i)[\s"'/]style\s*=\s*["'{]"#, "an inline style is refused by the Content-Security-Policy"),
    (r#"(?i)[\s"'/]on[a-z]+\s*=\s*["'{]"#, "an inline handler is refused by the Content-Security-Policy"),
    (r"(?i)<style\b", "a style element is refused by the Content-Security-Policy"),
    (r"(?i)\bjavascript:", "a script in an address is refused by the Content-Security-Policy"),
    (r"(?i)\bsrcdoc\b", "a document in an attribute is markup made of text"),
];

/// What no script may hold, and why.
const IN_SCRIPTS: [(&str, &str); 8] = [
    (r"\b(inner|outer)HTML\b", "text becomes markup: use textContent or clone a <template>"),
    (r"\binsertAdjacentHTML\b", "text becomes markup: use textContent or clone a <template>"),
    (r"\bdocument\s*\.\s*write", "text becomes markup"),
    (r"\b(createContextualFragment|parseFromString|setHTMLUnsafe)\b", "text becomes markup"),
    (r"\beval\s*\(|\bnew\s+Function\b", "text becomes a program"),
    (r#"(?i)[\s"'`]style=\\?["']"#, "an inline style is refused by the Content-Security-Policy"),
    (r#"(?i)[\s"'`]on[a-z]+=\\?["']"#, "an inline handler is refused by the Content-Security-Policy"),
    (r#"setAttribute\(\s*["'`](?i:style|on[a-z]+|srcdoc)["'`]"#, "refused by the Content-Security-Policy"),
];

fn complaints(path: &str, text: &str) -> Vec<String> {
    let is_script = ending(path) == "js";
    let rules: &[(&str, &str)] = if is_script { &IN_SCRIPTS } else { &IN_MARKUP };
    let plain = if is_script { text.to_owned() } else { without_expressions(text) };
    let mut found = Vec::new();
    for (pattern, why) in rules {
        let Ok(pattern) = Regex::new(pattern) else { panic!("a broken pattern: {pattern}") };
        // A filter stands inside an expression, attributes outside of it.
        let text = if pattern.as_str().contains("safe") { text } else { &plain };
        for hit in pattern.find_iter(text) {
            let line = text.get(..hit.start()).unwrap_or_default().matches('\n').count() + 1;
            found.push(format!("{path}:{line}: `{}`: {why}", hit.as_str().trim()));
        }
    }
    if !is_script {
        found.extend(inline_scripts(text).map(|tag| format!("{path}: `{tag}`: an inline script is refused")));
    }
    found
}

/// A template with its expressions and statements emptied, whose arguments look like attributes.
fn without_expressions(text: &str) -> String {
    let Ok(tera) = Regex::new(r"(?s)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}") else { panic!("a broken pattern") };
    // The lines stay, so that a complaint names the right one.
    tera.replace_all(text, |hit: &regex_lite::Captures<'_>| {
        let lines = hit.get(0).map_or(0, |all| all.as_str().matches('\n').count());
        format!("{{{}}}", "\n".repeat(lines))
    })
    .into_owned()
}

/// Script elements with neither an address nor the type of a block of data.
fn inline_scripts(text: &str) -> impl Iterator<Item = &str> {
    let Ok(opening) = Regex::new(r"(?i)<script\b[^>]*>") else { panic!("a broken pattern") };
    let tags: Vec<_> = opening.find_iter(text).map(|tag| tag.as_str()).collect();
    tags.into_iter().filter(|tag| !tag.contains(" src=") && !tag.contains("type=\"application/json\""))
}

#[test]
fn no_page_or_script_of_ours_can_run_a_routers_text() {
    let mut all = files("templates", &[".html", ".svg", ".xml", ".txt"]);
    all.extend(files("static", &[".html", ".svg", ".css", ".js"]));
    assert!(all.keys().any(|path| path.starts_with("templates/")), "there are no templates");
    assert!(all.keys().any(|path| ending(path) == "js"), "there are no scripts");
    let all: Vec<_> = all.iter().flat_map(|(path, text)| complaints(path, text)).collect();
    none(&all);
}

/// Tera escapes by the ending of a template's name, and only this one for certain.
#[test]
fn every_template_has_a_name_that_is_escaped() {
    let all = files("templates", &[""]);
    assert!(!all.is_empty(), "there are no templates");
    let other: Vec<_> = all
        .into_keys()
        .filter(|path| ending(path) != "html" && !path.starts_with("templates/locales/"))
        .collect();
    none(&other);
    let sources = files("src", &[".rs"]);
    none(
        &sources.into_iter().filter(|(_, code)| escapes_otherwise(code)).map(|(p, _)| p).collect::<Vec<_>>(),
    );
}

/// Whether a source sets by which endings templates are escaped, to anything but the one that they all have.
fn escapes_otherwise(code: &str) -> bool {
    code.replace(r#".autoescape_on(vec![".html"])"#, "").contains("autoescape_on")
}

#[test]
fn templates_that_are_not_escaped_are_found() {
    fn check(code: &str, wrong: bool) {
        assert_eq!(escapes_otherwise(code), wrong, "{code}");
    }
    check(r#"tera.autoescape_on(vec![".html"]);"#, false);
    check("tera.autoescape_on(vec![]);", true);
    check(r#"tera.autoescape_on(vec![".txt"]);"#, true);
    check(r#"tera.autoescape_on(vec![".html"]); tera.autoescape_on(endings);"#, true);
}

#[test]
fn what_is_planted_is_found() {
    fn check(path: &str, text: &str, wrong: usize) {
        let found = complaints(path, text);
        assert_eq!(found.len(), wrong, "{text}: {found:?}");
    }
    check("a.html", "<p>{{ name }}</p><script src=\"/static/js/live.js\" type=\"module\"></script>", 0);
    check("a.html", "<script type=\"application/json\" id=\"words\">{}</script>", 0);
    check("a.html", "<p data-online=\"3\" class=\"st st-ok\">the style = good</p>", 0);
    check("a.html", "{% set online = \"x\" %}{{ row(style=\"wide\", onto=\"y\") }}", 0);
    check("a.html", "<p style={{ colour }}>", 1);
    check("a.html", "{{ name | safe }}", 1);
    check("a.html", "{{ name|safe }}", 1);
    check("a.html", "<p style=\"color: red\">", 1);
    check("a.html", "<p\n  STYLE='color: red'>", 1);
    check("a.html", "<p onclick=\"go()\">", 1);
    check("a.html", "<img src=\"x\"onerror='go()'>", 1);
    check("a.html", "<style>p { color: red }</style>", 1);
    check("a.html", "<script>go()</script>", 1);
    check("a.html", "<a href=\"javascript:go()\">", 1);
    check("a.js", "const once = \"x\"; row.textContent = name; row.style.width = '3px';", 0);
    check("a.js", "row.innerHTML = name;", 1);
    check("a.js", "row.outerHTML = name;", 1);
    check("a.js", "row.insertAdjacentHTML('beforeend', name);", 1);
    check("a.js", "document.write(name); eval(name); new Function(name);", 3);
    check("a.js", "const row = `<p onclick=\"go()\" style=\"color: red\">`;", 2);
    check("a.js", "row.setAttribute('style', 'color: red'); row.setAttribute('onclick', 'go()');", 2);
    check("a.js", "row.setAttribute('d', path);", 0);
}
