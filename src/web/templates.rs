//! Templates, and the functions that they call.

use super::language::Language;
use super::locale::{Fill, Locale, LocaleError, Locales};
use super::reader;
use super::{assets, format};
use crate::web::errors::PageError;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, HeaderName, VARY};
use rust_embed::RustEmbed;
use serde::Serialize;
use std::sync::Arc;
use tera::{Context, Error, Function, Kwargs, State, Tera, Value};

#[derive(RustEmbed)]
#[folder = "templates"]
struct Files;

/// What a page depends on besides its address.
pub(super) const VARIES: (HeaderName, &str) = (VARY, "accept-language, cookie");

/// All templates and words, ready to be shown. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    tera: Arc<Tera>,
    locales: Arc<Locales>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.tera.get_template_names()).finish()
    }
}

/// Templates or words that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// A template does not parse, or names what is not there.
    #[error("the templates cannot be read")]
    Template(#[from] Error),
    /// A file is missing or is no text.
    #[error("the file templates/{0} is missing or is no text")]
    File(String),
    /// The words of a language cannot be used.
    #[error("the words in templates/locales cannot be used")]
    Words(#[from] WordsError),
}

/// Words that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WordsError(#[from] LocaleError);

impl From<LocaleError> for TemplatesError {
    fn from(error: LocaleError) -> Self {
        Self::Words(WordsError(error))
    }
}

impl Templates {
    pub(super) fn load() -> Result<Self, TemplatesError> {
        let locales = Arc::new(Locales::load(words)?);
        let mut tera = Tera::new();
        // The only thing between a subscriber's name and a browser: templates are escaped by their file name.
        tera.autoescape_on(vec![".html"]);
        // Functions first: Tera checks at once that templates call only those that are there.
        tera.register_function("t", Text(Arc::clone(&locales)));
        tera.register_function("asset", asset);
        tera.register_function("drawing", Drawing);
        tera.register_function("words", WordsForScripts(Arc::clone(&locales)));
        let mut files = Vec::new();
        for path in Files::iter().filter(|path| path.ends_with(".html")) {
            let file = Files::get(&path).and_then(|file| String::from_utf8(file.data.into_owned()).ok());
            let text = file.ok_or_else(|| TemplatesError::File(path.to_string()))?;
            files.push((path.to_string(), text));
        }
        tera.add_raw_templates(files)?;
        Ok(Self { tera: Arc::new(tera), locales })
    }

    /// A text in the reader's language, for what is no page.
    pub(super) fn text(&self, key: &str) -> Result<String, PageError> {
        self.filled(key, None, &[])
    }

    /// A text in the reader's language whose places are not known to a template.
    pub(super) fn filled(&self, key: &str, number: Option<i64>, fill: &[Fill]) -> Result<String, PageError> {
        let words = words_for_reader(&self.locales);
        Ok(words.text(key, number, fill).map_err(|error| Error::message(error.to_string()))?)
    }

    /// All languages.
    pub(super) fn locales(&self) -> &Locales {
        &self.locales
    }

    /// Answers with a page.
    pub(super) fn page(
        &self,
        status: StatusCode,
        name: &str,
        view: &impl Serialize,
    ) -> Result<HttpResponse, PageError> {
        Ok(self.render(status, name, view)?)
    }

    /// Answers with a page.
    pub(super) fn render(
        &self,
        status: StatusCode,
        name: &str,
        view: &impl Serialize,
    ) -> Result<HttpResponse, Error> {
        let context = Context::from_serialize(view)?;
        let body = self.tera.render(name, &context)?;
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_LANGUAGE, reader::language().tag))
            .insert_header(VARIES)
            .body(body))
    }
}

/// The file of a language's words.
fn words(language: &'static Language) -> Result<Vec<u8>, TemplatesError> {
    let path = format!("locales/{}.json", language.tag);
    let file = Files::get(&path).ok_or(TemplatesError::File(path))?;
    Ok(file.data.into_owned())
}

/// The words of whoever reads what is written now.
fn words_for_reader(locales: &Locales) -> Arc<Locale> {
    reader::locale().unwrap_or_else(|| locales.of(reader::language()))
}

/// `t(key="…", n=3, name="…")`: a text in the reader's language. What it gives is escaped like any other value.
struct Text(Arc<Locales>);

impl Function<Result<String, Error>> for Text {
    fn call(&self, arguments: Kwargs, _: &State<'_>) -> Result<String, Error> {
        let key = arguments.must_get::<&str>("key")?;
        let number = arguments.get::<i64>("n")?;
        let fill: Vec<Fill> =
            arguments.iter().map(|(name, value)| (name.to_string(), filled(value))).collect();
        words_for_reader(&self.0).text(key, number, &fill).map_err(|error| Error::message(error.to_string()))
    }
}

/// What fills a place: whole numbers grouped by thousands.
fn filled(value: &Value) -> String {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number.map_or_else(|| value.to_string(), format::count)
}

/// `asset(path="css/frame.css")`: the link to a file that is there.
#[expect(clippy::needless_pass_by_value, reason = "Tera wants functions of this form")]
fn asset(arguments: Kwargs, _: &State<'_>) -> Result<String, Error> {
    let path = arguments.must_get::<&str>("path")?;
    if !assets::exists(path) {
        return Err(Error::message(format!("there is no asset `{path}`")));
    }
    Ok(assets::link(path))
}

/// `drawing(svg=…)`: a picture of ours that is drawn in the page itself.
struct Drawing;

impl Function<Result<String, Error>> for Drawing {
    fn call(&self, arguments: Kwargs, _: &State<'_>) -> Result<String, Error> {
        let svg = arguments.must_get::<&str>("svg")?;
        // Shapes and numbers, and no words of anybody.
        let is_plain = svg.starts_with("<svg ") && !svg.contains("<script") && !svg.contains(" on");
        if is_plain { Ok(svg.to_owned()) } else { Err(Error::message("this is no drawing of ours")) }
    }

    /// It is what a library of ours draws.
    fn is_safe(&self) -> bool {
        true
    }
}

/// `words()`: the texts that scripts need on each page, for a `<script type="application/json">`; `words(under="…")`: those
/// whose keys begin so.
struct WordsForScripts(Arc<Locales>);

impl Function<Result<String, Error>> for WordsForScripts {
    fn call(&self, arguments: Kwargs, _: &State<'_>) -> Result<String, Error> {
        let words = words_for_reader(&self.0);
        match arguments.get::<&str>("under")? {
            Some(prefix) => words.under(prefix).map_err(|error| Error::message(error.to_string())),
            None => Ok(words.for_scripts().to_owned()),
        }
    }

    /// It is JSON of our own words, made inert when it was written.
    fn is_safe(&self) -> bool {
        true
    }
}
