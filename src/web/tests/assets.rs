//! Style sheets, scripts and icons, as pages name them.

use super::{ask, get, network};
use actix_web::http::Method;
use actix_web::http::header::ETAG;

#[actix_web::test]
async fn an_asset_that_the_browser_has_is_not_sent_again() {
    let example = network();
    let page = get(&example, "/").await.text;
    let link = page.split('"').find(|part| part.ends_with("css/tokens.css")).unwrap();
    let first = get(&example, link).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.headers.get("content-type").unwrap(), "text/css; charset=utf-8");
    let etag = first.headers.get(ETAG).unwrap().to_str().unwrap();
    let second = ask(&example, Method::GET, link, Some(etag)).await;
    assert_eq!((second.status, second.text.len()), (304, 0));
    let other = ask(&example, Method::GET, link, Some("W/\"other\"")).await;
    assert_eq!(other.status, 200);
}

#[actix_web::test]
async fn every_link_to_an_asset_leads_somewhere() {
    let example = network();
    for path in [
        "/",
        "/subscribers",
        "/routers",
        "/logs",
        "/performance",
        "/nothing",
        "/offline",
        "/manifest.webmanifest",
    ] {
        let page = get(&example, path).await.text;
        let links: Vec<_> = page.split('"').filter(|part| part.starts_with("/static/")).collect();
        assert!(3 < links.len());
        for link in links {
            let link = link.split('#').next().unwrap();
            assert_eq!(get(&example, link).await.status, 200, "{link}");
        }
    }
}

#[actix_web::test]
async fn files_outside_are_not_served() {
    let example = network();
    for path in [
        "/static/../Cargo.toml",
        "/static/..%2fCargo.toml",
        "/static/~x/../../Cargo.toml",
        "/static//etc/passwd",
    ] {
        assert_eq!(get(&example, path).await.status, 404, "{path}");
    }
}
