//! Style sheets, scripts and icons, out of the program itself (out of the folder in debug builds).

use crate::http::encoding::{Form, SHORT};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};

#[derive(RustEmbed)]
#[folder = "static"]
struct Static;

/// A link to an asset. The version is part of the path, so that modules import each other within one version and
/// browsers may keep them for good.
pub(super) fn link(path: &str) -> String {
    format!("/static/~{}/{path}", version())
}

/// Whether there is such an asset.
pub(super) fn exists(path: &str) -> bool {
    find(path).is_some()
}

/// The asset at this path.
#[cfg(not(debug_assertions))]
fn find(path: &str) -> Option<EmbeddedFile> {
    Static::get(path)
}

/// The same out of the folder, where a link could lead to any file.
#[cfg(debug_assertions)]
fn find(path: &str) -> Option<EmbeddedFile> {
    is_within(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/static")), path)
        .then(|| Static::get(path))?
}

/// Whether a path below a folder leads to something in that folder, wherever its links lead.
#[cfg(debug_assertions)]
fn is_within(folder: &std::path::Path, path: &str) -> bool {
    let (Ok(real), Ok(folder)) = (folder.join(path).canonicalize(), folder.canonicalize()) else {
        return false;
    };
    real.starts_with(folder)
}

/// A word that changes when any asset does.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut all = 0xcbf2_9ce4_8422_2325_u64;
        for path in Static::iter() {
            let hash = Static::get(&path).map(|file| file.metadata.sha256_hash());
            for byte in path.bytes().chain(hash.into_iter().flatten()) {
                all = (all ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        format!("{all:016x}")
    })
}

/// `GET /static/…`.
pub(super) async fn asset(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let path = path.as_str();
    let (wanted, path) = match path.strip_prefix('~').and_then(|rest| rest.split_once('/')) {
        Some((version, path)) => (Some(version), path),
        None => (None, path),
    };
    match find(path) {
        // In debug builds files change while the version stays, so browsers ask each time.
        Some(file) => answer(&request, path, file, wanted == Some(version()) && !cfg!(debug_assertions)),
        None => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("no such file"),
    }
}

/// `GET /favicon.ico`, which browsers ask for before they have read the page.
pub(super) async fn favicon(request: HttpRequest) -> HttpResponse {
    unversioned(&request, "favicon.svg")
}

/// The asset at this path, where the link to it is the same in all versions.
pub(super) fn unversioned(request: &HttpRequest, path: &str) -> HttpResponse {
    match find(path) {
        Some(file) => answer(request, path, file, false),
        None => HttpResponse::NotFound().finish(),
    }
}

fn answer(request: &HttpRequest, path: &str, file: EmbeddedFile, may_keep: bool) -> HttpResponse {
    let etag = etag(&file);
    let keep = if may_keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|known| known.trim() == etag)) {
        return HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .insert_header((CACHE_CONTROL, keep))
            .finish();
    }
    let (body, form) = formed(file, Form::accepted(request));
    HttpResponse::Ok()
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, keep))
        .insert_header((CONTENT_TYPE, media_type(path)))
        .insert_header((CONTENT_ENCODING, form.name()))
        .insert_header((VARY, "accept-encoding"))
        .body(body)
}

/// What a file is in a form, by its hash.
type Formed = HashMap<([u8; 32], Form), Bytes>;

/// An asset in this form, compressed once for everybody.
fn formed(file: EmbeddedFile, form: Form) -> (Bytes, Form) {
    static FORMED: OnceLock<Mutex<Formed>> = OnceLock::new();
    let hash = file.metadata.sha256_hash();
    let plain = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    if form == Form::Plain || plain.len() < SHORT {
        return (plain, Form::Plain);
    }
    // Held while one is compressed, some milliseconds and once: many who ask for it at first must not do it many times.
    let mut all = FORMED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = all.get(&(hash, form)) {
        return (bytes.clone(), form);
    }
    let Some(bytes) = form.make(&plain) else { return (plain, Form::Plain) };
    all.insert((hash, form), bytes.clone());
    (bytes, form)
}

/// Weak, because compression may change the bytes but not what they mean.
fn etag(file: &EmbeddedFile) -> String {
    let mut etag = String::from("W/\"");
    for byte in file.metadata.sha256_hash() {
        // Writing to a string cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag + "\""
}

/// Browsers are told not to guess, so this must be right.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_that_leads_out_of_the_folder_leads_nowhere() {
        let here = tempfile::TempDir::new().unwrap();
        let folder = here.path().join("static");
        std::fs::create_dir_all(folder.join("css")).unwrap();
        std::fs::write(folder.join("css/a.css"), "").unwrap();
        std::fs::write(here.path().join("secret"), "").unwrap();
        symlink(folder.join("css/a.css"), folder.join("inside.css")).unwrap();
        symlink(here.path().join("secret"), folder.join("outside.css")).unwrap();
        symlink(here.path(), folder.join("up")).unwrap();
        for path in ["css/a.css", "css/../css/a.css", "inside.css"] {
            assert!(is_within(&folder, path), "{path}");
        }
        let absolute = here.path().join("secret");
        for path in ["outside.css", "up/secret", "../secret", "css/../../secret", "nothing", "a\0b"] {
            assert!(!is_within(&folder, path), "{path}");
        }
        assert!(!is_within(&folder, absolute.to_str().unwrap()));
    }

    #[test]
    fn what_is_there_is_found() {
        assert!(exists("css/tokens.css"));
        assert!(!exists("../Cargo.toml") && !exists("/etc/passwd") && !exists(""));
    }
}
