//! The words that people see, by key, from `templates/locales`.

use super::format;
use super::language::{ENGLISH, LANGUAGES, Language};
use icu_locale_core::Locale as Tag;
use icu_plurals::{PluralCategory, PluralRules};
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a translation is filled with.
pub(super) type Fill = (String, String);

/// What a key has after it for one thing, and for others, in English.
const FORMS: [&str; 2] = [".one", ".other"];

/// The words of one language.
#[derive(Debug)]
pub(super) struct Locale {
    language: &'static Language,
    words: BTreeMap<String, String>,
    plurals: PluralRules,
    for_scripts: String,
}

/// Words that are not there, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LocaleError {
    #[error("the words cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("there are no words for `{0}`")]
    Missing(String),
    #[error("there are words for `{0}`, which English has not, or not in this form")]
    Unknown(String),
    #[error("the text of `{0}` has other places to fill than in English")]
    Places(String),
    #[error("nothing is known of how `{0}` counts")]
    Plurals(&'static str),
}

/// All languages, of which each has all words.
#[derive(Debug)]
pub(super) struct Locales {
    english: Arc<Locale>,
    others: Vec<Arc<Locale>>,
}

impl Locales {
    /// Takes the words of each language by a function that reads them; fails if one lacks a word that English has.
    pub(super) fn load<E: From<LocaleError>>(
        read: impl Fn(&'static Language) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let english = Locale::read(&ENGLISH, &read(&ENGLISH)?)?;
        let mut others = Vec::new();
        for language in LANGUAGES.into_iter().filter(|language| **language != ENGLISH) {
            let locale = Locale::read(language, &read(language)?)?;
            locale.matches(&english)?;
            others.push(Arc::new(locale));
        }
        #[cfg(debug_assertions)]
        others.push(Arc::new(Locale::new(&super::pseudo::LANGUAGE, super::pseudo::words(&english.words))?));
        Ok(Self { english: Arc::new(english), others })
    }

    /// The words of a language.
    pub(super) fn of(&self, language: &'static Language) -> Arc<Locale> {
        let found = self.others.iter().find(|locale| locale.language == language);
        Arc::clone(found.unwrap_or(&self.english))
    }
}

impl Locale {
    /// Reads a flat JSON object of texts.
    pub(super) fn read(language: &'static Language, json: &[u8]) -> Result<Self, LocaleError> {
        Self::new(language, serde_json::from_slice(json)?)
    }

    fn new(language: &'static Language, words: BTreeMap<String, String>) -> Result<Self, LocaleError> {
        let unknown = || LocaleError::Plurals(language.tag);
        let tag = Tag::try_from_str(language.tag).map_err(|_| unknown())?;
        let plurals = PluralRules::try_new_cardinal(tag.into()).map_err(|_| unknown())?;
        let for_scripts = for_scripts(&words)?;
        Ok(Self { language, words, plurals, for_scripts })
    }

    /// Which language it is.
    pub(super) fn language(&self) -> &'static Language {
        self.language
    }

    /// Whether it has each text that English has, with the same places to fill, in each form in which it counts; and
    /// no other.
    fn matches(&self, english: &Self) -> Result<(), LocaleError> {
        let mut wanted = BTreeMap::new();
        for (key, text) in &english.words {
            match english.counted(key) {
                None => _ = wanted.insert(key.clone(), text),
                Some(base) => {
                    for category in self.plurals.categories() {
                        let text = english.words.get(&format!("{base}.other")).unwrap_or(text);
                        wanted.insert(format!("{base}.{}", word(category)), text);
                    }
                }
            }
        }
        for (key, text) in &wanted {
            let own = self.words.get(key).ok_or_else(|| LocaleError::Missing(self.named(key)))?;
            let (own, mut places) = (places(own), places(text));
            // Where a form is for one number, or for a few, the language may have a word for it.
            let form = key.rsplit('.').next().unwrap_or_default();
            if !own.contains("n") && !["other", "many"].contains(&form) {
                places.remove("n");
            }
            if own != places {
                return Err(LocaleError::Places(self.named(key)));
            }
        }
        let other = self.words.keys().find(|key| !wanted.contains_key(*key));
        other.map_or(Ok(()), |key| Err(LocaleError::Unknown(self.named(key))))
    }

    fn named(&self, key: &str) -> String {
        format!("{key} ({})", self.language.tag)
    }

    /// The key of which this is a form for a number.
    fn counted<'a>(&self, key: &'a str) -> Option<&'a str> {
        let base = FORMS.into_iter().find_map(|form| key.strip_suffix(form))?;
        FORMS.into_iter().all(|form| self.words.contains_key(&format!("{base}{form}"))).then_some(base)
    }

    /// The text of a key, its `{places}` filled. With a number, the form for that number is taken, such as `key.one`,
    /// if there is no text for the key itself, and `{n}` is the number.
    pub(super) fn text(&self, key: &str, number: Option<i64>, fill: &[Fill]) -> Result<String, LocaleError> {
        let form = || {
            let category = number.map_or(PluralCategory::Other, |number| self.plurals.category_for(number));
            self.words.get(&format!("{key}.{}", word(category)))
        };
        let words = self.words.get(key).or_else(form);
        let mut text = words.ok_or_else(|| LocaleError::Missing(self.named(key)))?.clone();
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
                self.put(&mut filled, value);
                rest = after;
            } else {
                filled.push('{');
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// What fills a place stands by itself where texts run from right to left: else `12.4 Mbit/s` would be turned round.
    fn put(&self, text: &mut String, value: &str) {
        if self.language.is_rtl && !value.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push('\u{2068}');
            text.push_str(value);
            text.push('\u{2069}');
        } else {
            text.push_str(value);
        }
    }

    /// The texts that scripts need, as JSON that is safe inside a `<script>` element.
    pub(super) fn for_scripts(&self) -> &str {
        &self.for_scripts
    }

    /// The texts whose keys begin so, as such JSON.
    pub(super) fn under(&self, prefix: &str) -> Result<String, LocaleError> {
        let found: BTreeMap<_, _> = self.words.iter().filter(|(key, _)| key.starts_with(prefix)).collect();
        Ok(inert(&serde_json::to_string(&found)?))
    }
}

fn for_scripts(words: &BTreeMap<String, String>) -> Result<String, LocaleError> {
    let mut texts = Map::new();
    for (key, text) in words {
        if let Some(short) = key.strip_prefix("js.") {
            texts.insert(short.to_owned(), text.as_str().into());
        }
    }
    Ok(inert(&serde_json::to_string(&texts)?))
}

/// How a form is called in keys, and by `Intl.PluralRules`.
fn word(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

/// The places of a text that are filled.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|after| after.split_once('}')).map(|(place, _)| place).collect()
}

/// JSON without the characters by which it could leave a `<script>` element.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::tagged;

    fn locale(tag: &str, words: &str) -> Locale {
        Locale::read(tagged(tag).unwrap(), words.as_bytes()).unwrap()
    }

    const ENGLISH_WORDS: &str = r#"{"a": "Hello {name}, {place}", "b.one": "{n} router", "b.other": "{n} routers",
        "js.c": "</script>"}"#;

    fn check(key: &str, number: Option<i64>, fill: &[(&str, &str)], expect: &str) {
        let fill: Vec<Fill> =
            fill.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(locale("en", ENGLISH_WORDS).text(key, number, &fill).unwrap(), expect);
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
        let forms = ["zero", "one", "two", "few", "many", "other"];
        let words: Vec<String> = forms.iter().map(|form| format!("\"b.{form}\": \"{form}\"")).collect();
        let arabic = locale("ar", &format!("{{{}}}", words.join(",")));
        for (number, form) in [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (103, 3)]
        {
            assert_eq!(arabic.text("b", Some(number), &[]).unwrap(), forms[form], "{number}");
        }
    }

    #[test]
    fn what_fills_an_arabic_text_is_not_turned_round() {
        let arabic = locale("ar", r#"{"a": "{rate} / {n}"}"#);
        let fill = [("rate".to_owned(), "1.2 kbit/s".to_owned())];
        assert_eq!(arabic.text("a", Some(3), &fill).unwrap(), "\u{2068}1.2 kbit/s\u{2069} / 3");
    }

    #[test]
    fn texts_for_scripts_cannot_leave_their_element() {
        let locale = locale("en", r#"{"js.c": "</script>&"}"#);
        assert_eq!(locale.for_scripts(), r#"{"c":"\u003c/script\u003e\u0026"}"#);
    }

    #[test]
    fn a_language_has_each_text_of_english_and_no_other() {
        let check = |tag: &str, words: &str, wrong: Option<&str>| {
            let found = locale(tag, words).matches(&locale("en", ENGLISH_WORDS));
            assert_eq!(found.err().map(|error| error.to_string()).as_deref(), wrong, "{words}");
        };
        let rest = r#""a": "{place}: {name}", "js.c": "x""#;
        check("id", &format!(r#"{{ {rest}, "b.other": "{{n}} router" }}"#), None);
        let spanish = r#""b.one": "un router", "b.many": "{n} de routers", "b.other": "{n} routers""#;
        check("es", &format!("{{ {rest}, {spanish} }}"), None);
        check("es", &format!("{{ {spanish} }}"), Some("there are no words for `a (es)`"));
        let one = r#""b.one": "{n} router", "b.other": "{n} routers""#;
        check("es", &format!("{{ {rest}, {one} }}"), Some("there are no words for `b.many (es)`"));
        let more = "there are words for `b.one (id)`, which English has not, or not in this form";
        check("id", &format!("{{ {rest}, {one} }}"), Some(more));
        let place = "the text of `a (id)` has other places to fill than in English";
        check("id", r#"{ "a": "{name}", "js.c": "x", "b.other": "{n} router" }"#, Some(place));
        let number = "the text of `b.other (id)` has other places to fill than in English";
        check("id", &format!(r#"{{ {rest}, "b.other": "router" }}"#), Some(number));
    }
}
