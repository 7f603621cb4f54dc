//! The words that people see, by key, from `templates/locales`.

use super::format;
use serde_json::Map;
use std::collections::BTreeMap;

/// What a translation is filled with.
pub(super) type Fill = (String, String);

/// One language.
#[derive(Debug)]
pub(super) struct Locale {
    words: BTreeMap<String, String>,
}

/// Words that are not there, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LocaleError {
    #[error("the words cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("there are no words for `{0}`")]
    Missing(String),
}

impl Locale {
    /// Reads a flat JSON object of texts.
    pub(super) fn read(json: &[u8]) -> Result<Self, LocaleError> {
        Ok(Self { words: serde_json::from_slice(json)? })
    }

    /// The text of a key, its `{places}` filled. With a number, `key.one` or `key.other` is taken if there is
    /// no text for the key itself, and `{n}` is the number.
    pub(super) fn text(&self, key: &str, number: Option<i64>, fill: &[Fill]) -> Result<String, LocaleError> {
        let form = match number {
            Some(1) => "one",
            _ => "other",
        };
        let words = self.words.get(key).or_else(|| self.words.get(&format!("{key}.{form}")));
        let mut text = words.ok_or_else(|| LocaleError::Missing(key.to_owned()))?.clone();
        if let Some(number) = number.and_then(|number| usize::try_from(number).ok()) {
            text = text.replace("{n}", &format::count(number));
        }
        // Each place is filled once, and what fills it is not looked at again: it may come from a stranger.
        let mut filled = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let place = after.split_once('}');
            let found = place.and_then(|(name, rest)| {
                fill.iter().find(|(known, _)| known == name).map(|(_, value)| (value, rest))
            });
            if let Some((value, after)) = found {
                filled.push_str(value);
                rest = after;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The texts that scripts need, as JSON that is safe inside a `<script>` element.
    pub(super) fn for_scripts(&self) -> Result<String, LocaleError> {
        let mut texts = Map::new();
        for (key, text) in &self.words {
            if let Some(short) = key.strip_prefix("js.") {
                texts.insert(short.to_owned(), text.as_str().into());
            }
        }
        Ok(inert(&serde_json::to_string(&texts)?))
    }
}

/// JSON without the characters by which it could leave a `<script>` element.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, number: Option<i64>, fill: &[(&str, &str)], expect: &str) {
        let words = br#"{"a": "Hello {name}, {place}", "b.one": "{n} router", "b.other": "{n} routers",
            "js.c": "</script>"}"#;
        let fill: Vec<Fill> =
            fill.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(Locale::read(words).unwrap().text(key, number, &fill).unwrap(), expect);
    }

    #[test]
    fn places_are_filled_once() {
        check("a", None, &[("name", "{place}"), ("place", "x")], "Hello {place}, x");
        check("a", None, &[], "Hello {name}, {place}");
    }

    #[test]
    fn numbers_choose_the_form() {
        check("b", Some(1), &[], "1 router");
        check("b", Some(0), &[], "0 routers");
        check("b", Some(12_345), &[], "12,345 routers");
    }

    #[test]
    fn texts_for_scripts_cannot_leave_their_element() {
        let locale = Locale::read(br#"{"js.c": "</script>&"}"#).unwrap();
        assert_eq!(locale.for_scripts().unwrap(), r#"{"c":"\u003c/script\u003e\u0026"}"#);
    }
}
