//! Changes that do not come from a page of ours are refused, whatever they look like.

use crate::everybody::{By, Everybody};
use reqwest::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, ORIGIN};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};

#[tokio::test(flavor = "multi_thread")]
async fn no_change_from_elsewhere_is_accepted() {
    let everybody = Everybody::gather().await;
    let service = &everybody.service;
    let first = everybody.askers.last().unwrap();
    let By::Cookie { value, csrf } = &first.by else { panic!("no cookie") };
    let ours = service.url.as_str();
    let port = ours.rsplit(':').next().unwrap();
    let rebound = format!("http://evil.example:{port}");
    let form = |csrf: &str| {
        format!(
            "csrf={csrf}&name=mallory&role=admin&password=canary+long+enough+7Kx&again=canary+long+enough+7Kx"
        )
    };
    let json =
        json!({ "name": "mallory", "role": "admin", "routers": null, "password": "canary long enough 7Kx" });
    let kinds = [
        ("application/x-www-form-urlencoded", form("")),
        ("application/x-www-form-urlencoded", form(&"x".repeat(43))),
        ("text/plain", form(csrf)),
        ("text/plain", json.to_string()),
        ("application/json", json.to_string()),
        (
            "multipart/form-data; boundary=x",
            format!("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--x--\r\n"),
        ),
    ];
    let origins = [
        Some(ours),
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("http://127.0.0.1:1"),
        Some(&rebound),
    ];
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut asked = 0;
    for (origin, number) in origins.into_iter().zip(1..) {
        // From an address of its own: nothing is to be refused for being too much.
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 3, number));
        let client = reqwest::Client::builder().local_address(address);
        let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        for (kind, body) in &kinds {
            for (path, host) in [("/users", None), ("/api/v1/users", None), ("/users", Some("evil.example"))]
            {
                let mut headers = HeaderMap::new();
                headers.insert(COOKIE, format!("tikwatch={value}").parse().unwrap());
                headers.insert(CONTENT_TYPE, kind.parse().unwrap());
                if let Some(origin) = origin {
                    headers.insert(ORIGIN, origin.parse().unwrap());
                }
                if let Some(host) = host {
                    headers.insert(HOST, host.parse().unwrap());
                }
                for method in ["POST", "GET", "PUT", "DELETE"] {
                    let request = client.request(method.parse().unwrap(), format!("{ours}{path}"));
                    let answer = request.headers(headers.clone()).body(body.clone()).send().await.unwrap();
                    let status = answer.status().as_u16();
                    let is_read = method == "GET" && host.is_none();
                    assert!(
                        matches!(status, 403 | 405 | 421) || (is_read && status == 200),
                        "{method} {path} from {origin:?} as {kind} answered {status}"
                    );
                    asked += 1;
                }
            }
        }
    }
    // A right token, and everything but the origin right.
    for origin in origins.into_iter().filter(|origin| *origin != Some(ours)) {
        let mut request = client.post(format!("{ours}/users")).header(COOKIE, format!("tikwatch={value}"));
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form(csrf));
        assert_eq!(request.send().await.unwrap().status(), 403, "{origin:?}");
    }
    // Everything right, but that the browser says that another site asked.
    let cross = client
        .post(format!("{ours}/users"))
        .header(COOKIE, format!("tikwatch={value}"))
        .header(ORIGIN, ours)
        .header("sec-fetch-site", "cross-site")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form(csrf));
    assert_eq!(cross.send().await.unwrap().status(), 403);
    let users = first.ask(service, "GET", "/api/v1/users").await.text().await.unwrap();
    assert!(!users.contains("mallory"), "after {asked} attempts: {users}");
    // The same is accepted when it comes from the page: what was refused was not refused for another reason.
    let right = client
        .post(format!("{ours}/users"))
        .header(COOKIE, format!("tikwatch={value}"))
        .header(ORIGIN, ours)
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form(csrf));
    assert_eq!(right.send().await.unwrap().status(), 200);
    let users = first.ask(service, "GET", "/api/v1/users").await.text().await.unwrap();
    assert!(users.contains("mallory"), "{users}");
}
