//! The languages of the pages, how each writes numbers, and which of them a browser asks for.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header as _, Preference, Quality};

/// One language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Language {
    /// Its tag (BCP 47), and the name of the file with its words.
    pub(super) tag: &'static str,
    /// Whether it is written from right to left.
    pub(super) is_rtl: bool,
    /// What stands before the fraction of a number.
    pub(super) decimal: char,
    /// What stands between thousands.
    pub(super) group: char,
    /// How many digits a number has at least that is grouped.
    pub(super) grouped_from: usize,
}

impl Language {
    /// The direction of its text, as HTML wants it.
    pub(super) fn direction(&self) -> &'static str {
        if self.is_rtl { "rtl" } else { "ltr" }
    }

    /// What browsers call the language without its country.
    fn primary(&self) -> &'static str {
        self.tag.split('-').next().unwrap_or(self.tag)
    }
}

const fn language(tag: &'static str, decimal: char, group: char) -> Language {
    Language { tag, is_rtl: false, decimal, group, grouped_from: 4 }
}

/// What is shown to whom no other language fits.
pub(super) static ENGLISH: Language = language("en", '.', ',');

/// All that may be chosen, in the order of the menu. Numbers are those of CLDR; Arabic has Latin digits, so that rates,
/// addresses and tables read alike, as in `ar-u-nu-latn`.
pub(super) static LANGUAGES: [&Language; 5] = [
    &ENGLISH,
    &Language { grouped_from: 5, ..language("es", ',', '.') },
    &language("pt-BR", ',', '.'),
    &language("id", ',', '.'),
    &Language { is_rtl: true, ..language("ar", '.', ',') },
];

/// The language of this tag.
pub(super) fn tagged(tag: &str) -> Option<&'static Language> {
    #[cfg(debug_assertions)]
    if tag == super::pseudo::LANGUAGE.tag {
        return Some(&super::pseudo::LANGUAGE);
    }
    LANGUAGES.into_iter().find(|language| language.tag == tag)
}

/// The language that a browser likes best of ours (RFC 9110, 12.5.4); one of another country is better than none.
pub(super) fn preferred(request: &HttpRequest) -> &'static Language {
    let Ok(AcceptLanguage(mut wanted)) = AcceptLanguage::parse(request) else { return &ENGLISH };
    // What is asked for first wins over what is liked as much.
    wanted.sort_by_key(|one| std::cmp::Reverse(one.quality));
    let is_refused = |language: &Language| {
        wanted.iter().any(|one| {
            let exact = one.item.item().is_some_and(|tag| tag.as_str().eq_ignore_ascii_case(language.tag));
            exact && one.quality == Quality::ZERO
        })
    };
    let fits = |language: &Language, preference: &Preference<_>| match preference {
        Preference::Any => true,
        Preference::Specific(tag) => primary(tag) == language.primary(),
    };
    wanted
        .iter()
        .filter(|one| Quality::ZERO < one.quality)
        .find_map(|one| {
            LANGUAGES.into_iter().find(|language| fits(language, &one.item) && !is_refused(language))
        })
        .unwrap_or(&ENGLISH)
}

/// The language of a tag without its country; `in` is what Indonesian was called before.
fn primary(tag: &impl std::fmt::Display) -> String {
    let tag = tag.to_string().to_ascii_lowercase();
    match tag.split('-').next().unwrap_or_default() {
        "in" => "id".to_owned(),
        primary => primary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::ACCEPT_LANGUAGE;
    use actix_web::test::TestRequest;

    fn check(header: &str, tag: &str) {
        let request = TestRequest::get().insert_header((ACCEPT_LANGUAGE, header)).to_http_request();
        assert_eq!(preferred(&request).tag, tag, "{header}");
    }

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        check("es", "es");
        check("de, es;q=0.3, en;q=0.2", "es");
        check("en;q=0.2, ar;q=0.9, id;q=0.9", "ar");
        check("AR-eg", "ar");
        check("es-MX, en", "es");
        check("pt", "pt-BR");
        check("pt-PT, en;q=0.9", "pt-BR");
        check("in-ID", "id");
    }

    #[test]
    fn what_is_refused_or_unknown_is_not_taken() {
        check("es;q=0, id;q=0.1", "id");
        check("pt-BR;q=0, pt, es;q=0.5", "es");
        check("fr, de", "en");
        check("*", "en");
        check("en;q=0, *", "es");
        check("", "en");
        check("es;q=7", "en");
        check("en-XA", "en");
    }

    #[test]
    fn without_a_wish_it_is_english() {
        assert_eq!(preferred(&TestRequest::get().to_http_request()).tag, "en");
    }
}
