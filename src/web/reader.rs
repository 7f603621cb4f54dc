//! Who reads a page: in which language, and rates in which unit.
//!
//! It is known while a request is answered, wherever a text or a number is written: a page is written by many, who
//! would have nothing else to do with it than to hand it on.

use super::errors::PageError;
use super::forms::{Fields, Sent, go, onward};
use super::language::{ENGLISH, LANGUAGES, Language, preferred, tagged};
use super::locale::{Locale, Locales};
use crate::http::{Client, Problem, listed};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::REFERER;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The cookie of the language that somebody chose.
const LANGUAGE: &str = "tikwatch_language";
/// The cookie of the unit in which somebody reads rates.
const RATES: &str = "tikwatch_rates";
/// As long as browsers keep a cookie at most.
const KEPT: Duration = Duration::days(400);
/// Who has the browser's wish decide.
const AUTOMATIC: &str = "auto";

/// The pages that browsers ask for without cookies, so that their links name the language.
const NAMED: [&str; 2] = ["/offline", "/manifest.webmanifest"];

tokio::task_local! {
    static READER: Reader;
}

/// How rates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Rates {
    /// As bits per second.
    Bits,
    /// As bytes per second.
    Bytes,
}

/// For whom a page is written.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    locale: Arc<Locale>,
    /// Whether the language was chosen here, and not by the browser.
    has_chosen: bool,
    rates: Rates,
}

#[derive(Deserialize)]
struct Named {
    language: String,
}

impl Reader {
    /// Reads it from a request: what was chosen, or what the browser likes best.
    pub(super) fn of(request: &HttpRequest, locales: &Locales) -> Self {
        let cookie = |name| request.cookie(name).map(|cookie| cookie.value().to_owned());
        let named = NAMED.contains(&request.path()).then(|| {
            web::Query::<Named>::from_query(request.query_string())
                .ok()
                .map(|named| named.into_inner().language)
        });
        let chosen = named.flatten().or_else(|| cookie(LANGUAGE)).as_deref().and_then(tagged);
        let rates = if cookie(RATES).as_deref() == Some("bytes") { Rates::Bytes } else { Rates::Bits };
        let language = chosen.unwrap_or_else(|| preferred(request));
        Self { locale: locales.of(language), has_chosen: chosen.is_some(), rates }
    }

    /// Has something done for this reader.
    pub(super) async fn scope<F: Future>(self, work: F) -> F::Output {
        READER.scope(self, work).await
    }
}

/// The words of whoever reads what is written now; nobody is known outside of a request.
pub(super) fn locale() -> Option<Arc<Locale>> {
    READER.try_with(|reader| Arc::clone(&reader.locale)).ok()
}

/// The language of whoever reads what is written now.
pub(super) fn language() -> &'static Language {
    READER.try_with(|reader| reader.locale.language()).unwrap_or(&ENGLISH)
}

/// How rates are written for whoever reads what is written now.
pub(super) fn rates() -> Rates {
    READER.try_with(|reader| reader.rates).unwrap_or(Rates::Bits)
}

/// What templates need to know of the reader.
#[derive(Debug, Serialize)]
pub(super) struct ReaderView {
    language: &'static str,
    direction: &'static str,
    is_rtl: bool,
    rates: Rates,
    /// The language that was chosen, or `auto`.
    chosen: &'static str,
    choices: Vec<Choice>,
}

/// A language that may be chosen.
#[derive(Debug, Serialize)]
struct Choice {
    tag: &'static str,
    direction: &'static str,
}

impl ReaderView {
    /// Of whoever reads what is written now.
    pub(super) fn now() -> Self {
        let language = language();
        let has_chosen = READER.try_with(|reader| reader.has_chosen).unwrap_or(false);
        Self {
            language: language.tag,
            direction: language.direction(),
            is_rtl: language.is_rtl,
            rates: rates(),
            chosen: if has_chosen { language.tag } else { AUTOMATIC },
            choices: LANGUAGES
                .iter()
                .map(|one| Choice { tag: one.tag, direction: one.direction() })
                .collect(),
        }
    }
}

/// `POST /preferences`: keeps the language and the unit of rates in cookies, and goes back to the page.
pub(super) async fn choose(
    request: HttpRequest,
    client: Client,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let language = match fields.text("language") {
        AUTOMATIC => None,
        tag => {
            Some(tagged(tag).ok_or_else(|| Problem::Parameter("there is no such language".to_owned()))?.tag)
        }
    };
    let rates = match fields.text("rates") {
        "bits" => None,
        "bytes" => Some("bytes"),
        _ => return Err(Problem::Parameter("rates are in bits or bytes".to_owned()).into()),
    };
    // Our own pages say where they are, as their Referrer-Policy has it; a page of another site could not ask.
    let from = request.headers().get(REFERER).and_then(|from| from.to_str().ok());
    let path = from.and_then(|from| from.strip_prefix(client.origin.as_str())).unwrap_or("/");
    let mut response = go(opened(onward(path)));
    for (name, value) in [(LANGUAGE, language), (RATES, rates)] {
        if let Err(error) = response.add_cookie(&cookie(&client, name, value)) {
            tracing::error!(error = %error, "a cookie could not be written");
        }
    }
    Ok(response)
}

/// The page that this address belongs to, if it answers forms only.
fn opened(path: &str) -> &str {
    let is_there = |path: &str| {
        let path = path.split('?').next().unwrap_or(path);
        let fits = |(own, asked): (&str, &str)| own.starts_with('{') || own == asked;
        listed().filter(|route| route.method == "GET").any(|route| {
            route.path.split('/').count() == path.split('/').count()
                && route.path.split('/').zip(path.split('/')).all(fits)
        })
    };
    let mut known = path;
    while !is_there(known) {
        known = known.rsplit_once('/').map_or("/", |(before, _)| before);
        if known.is_empty() {
            return "/";
        }
    }
    known
}

/// Keeps a value in the browser, or has it forgotten. Nothing but the server reads it, and it is no secret: it comes
/// along from links of other sites, so that a page that is opened so has the right language at once.
fn cookie(client: &Client, name: &'static str, value: Option<&'static str>) -> Cookie<'static> {
    let mut cookie = Cookie::build(name, value.unwrap_or_default())
        .path("/")
        .http_only(true)
        .secure(client.is_https)
        .same_site(SameSite::Lax)
        .max_age(KEPT)
        .finish();
    if value.is_none() {
        cookie.make_removal();
    }
    cookie
}
