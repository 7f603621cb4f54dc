//! What makes an app of the pages: its manifest, its service worker, and the page for when the server cannot be reached.

use super::assets;
use super::errors::PageError;
use super::forms::Notice;
use super::frame::Frame;
use super::reader;
use super::templates::{Templates, VARIES};
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;

const WORKER: &str = "js/worker.js";

/// The colour of our icon, in which the app begins.
const COLOUR: &str = "#0b5cad";

/// Where a long press of the icon leads to: the key of the title, and the path.
const SHORTCUTS: [(&str, &str); 3] =
    [("subscribers.title", "/subscribers"), ("groups.title", "/groups"), ("page.routers", "/routers")];

#[derive(Serialize)]
struct View {
    frame: Frame,
    notice: Option<Notice>,
    is_clear: bool,
}

/// `GET /offline`: the same for everybody who reads its language, as browsers keep it.
pub(super) async fn offline(
    state: web::Data<State>,
    templates: web::Data<Templates>,
) -> Result<HttpResponse, PageError> {
    let view = View { frame: Frame::outside(&state, "offline"), notice: None, is_clear: false };
    templates.page(StatusCode::OK, "offline.html", &view)
}

/// `GET /manifest.webmanifest`: what the app is called and looks like ([Web Application Manifest][1]).
///
/// [1]: https://www.w3.org/TR/appmanifest/
pub(super) async fn manifest(templates: web::Data<Templates>) -> Result<HttpResponse, PageError> {
    let (name, language) = (templates.text("app.name")?, reader::language());
    let icon = |path: &str, sizes: &str, kind: &str, purpose: &str| json!({ "src": assets::link(path), "sizes": sizes, "type": kind, "purpose": purpose });
    let mut shortcuts = Vec::new();
    for (key, url) in SHORTCUTS {
        shortcuts.push(json!({ "name": templates.text(key)?, "url": url }));
    }
    let manifest = json!({
        "id": "/",
        "name": name,
        "short_name": name,
        "description": templates.text("app.description")?,
        "lang": language.tag,
        "dir": language.direction(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": COLOUR,
        "theme_color": COLOUR,
        "icons": [
            icon("icons/icon-192.png", "192x192", "image/png", "any"),
            icon("icons/icon-512.png", "512x512", "image/png", "any"),
            icon("icons/maskable-512.png", "512x512", "image/png", "maskable"),
            icon("favicon.svg", "any", "image/svg+xml", "any"),
        ],
        "shortcuts": shortcuts,
    });
    Ok(HttpResponse::Ok()
        .content_type("application/manifest+json")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_LANGUAGE, language.tag))
        .insert_header(VARIES)
        .body(manifest.to_string()))
}

/// `GET /worker.js`: its place decides which pages it serves.
pub(super) async fn worker(request: HttpRequest) -> HttpResponse {
    assets::unversioned(&request, WORKER)
}
