//! A service with two routers, and everybody who can ask it for something.

use integration_tests::isp::Router;
use integration_tests::service::{Service, csrf_of};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, ORIGIN};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use tikwatch::access::Role;

pub(crate) const PASSWORD: &str = "canary long enough 7Kx";

/// How somebody comes in.
pub(crate) enum By {
    Nothing,
    Cookie { value: String, csrf: String },
    Token(String),
}

/// Somebody who asks.
pub(crate) struct Asker {
    pub(crate) name: &'static str,
    pub(crate) by: By,
    /// What they may do; nothing for those who are let in no more.
    pub(crate) role: Option<Role>,
    pub(crate) may_write: bool,
    pub(crate) sees_all: bool,
    client: reqwest::Client,
}

impl Asker {
    /// Each asks from an address of its own, so that none uses up another's budget.
    fn new(number: u8, name: &'static str, by: By, role: Option<Role>) -> Self {
        let address = IpAddr::V4(Ipv4Addr::new(127, 0, 1, number));
        let client = reqwest::Client::builder()
            .local_address(address)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { name, by, role, may_write: true, sees_all: true, client }
    }

    pub(crate) async fn ask(&self, service: &Service, method: &str, path: &str) -> reqwest::Response {
        self.send(service, method, path, None).await
    }

    pub(crate) async fn send(
        &self,
        service: &Service,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Response {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, service.url.parse().unwrap());
        match &self.by {
            By::Nothing => {}
            By::Cookie { value, csrf } => {
                headers.insert(COOKIE, format!("tikwatch={value}").parse().unwrap());
                headers.insert(HeaderName::from_static("x-csrf-token"), csrf.parse().unwrap());
            }
            By::Token(token) => {
                headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
            }
        }
        let url = format!("{}{path}", service.url);
        let request = self.client.request(method.parse().unwrap(), url).headers(headers);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }
}

/// The service and everybody.
pub(crate) struct Everybody {
    pub(crate) service: Service,
    pub(crate) askers: Vec<Asker>,
    _routers: [Router; 2],
}

/// Signs in by the form; gives the cookie.
async fn sign_in(service: &Service, name: &str, from: u8) -> By {
    let client = reqwest::Client::builder()
        .local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 2, from)))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let form = format!("name={name}&password={}&next=/", PASSWORD.replace(' ', "+"));
    let answer = client
        .post(format!("{}/sign-in", service.url))
        .header(ORIGIN, &service.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303, "{name} cannot sign in");
    let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
    let value = cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    let csrf = csrf_of(service, &value).await.unwrap();
    By::Cookie { value, csrf }
}

impl Everybody {
    pub(crate) async fn gather() -> Self {
        let routers = [Router::calm(20).await.unwrap(), Router::calm(20).await.unwrap()];
        let service = Service::watch(&[routers[0].address, routers[1].address]).unwrap();
        let all_live = |health: &Value| {
            health["routers"].as_array().unwrap().iter().all(|router| router["status"] == "live")
        };
        service.wait_for("/api/health", all_live).await.unwrap();
        let csrf = csrf_of(&service, &service.cookie.1).await.unwrap();
        let first = By::Cookie { value: service.cookie.1.clone(), csrf };
        let first = Asker::new(1, "the first admin", first, Some(Role::Admin));
        for (name, role, routers) in [
            ("vera", "viewer", Value::Null),
            ("otto", "operator", Value::Null),
            ("scott", "admin", json!(["r1"])),
            ("dora", "admin", Value::Null),
        ] {
            let body = json!({ "name": name, "role": role, "routers": routers, "password": PASSWORD });
            let made = first.send(&service, "POST", "/api/v1/users", Some(&body)).await;
            assert_eq!(made.status(), 201, "{name}: {}", made.text().await.unwrap());
        }
        let token = async |name: &str, role: &str, may_write: bool| {
            let body = json!({ "name": name, "role": role, "may_write": may_write, "routers": null });
            let made = first.send(&service, "POST", "/api/v1/tokens", Some(&body)).await;
            assert_eq!(made.status(), 201, "{name}");
            let made: Value = made.json().await.unwrap();
            let text = |place: &str| made.pointer(place).and_then(Value::as_str).unwrap().to_owned();
            (text("/secret"), text("/token/id"))
        };
        let vera = Asker::new(2, "a viewer", sign_in(&service, "vera", 2).await, Some(Role::Viewer));
        let otto = Asker::new(3, "an operator", sign_in(&service, "otto", 3).await, Some(Role::Operator));
        let mut scott =
            Asker::new(4, "an admin of one router", sign_in(&service, "scott", 4).await, Some(Role::Admin));
        scott.sees_all = false;
        let dora = Asker::new(5, "somebody disabled", sign_in(&service, "dora", 5).await, None);
        let disabled = first.send(&service, "DELETE", "/api/v1/users/dora", None).await;
        assert!(disabled.status().is_success(), "{}", disabled.status());
        let ended = Asker::new(6, "somebody who signed out", sign_in(&service, "vera", 6).await, None);
        let out = ended.ask(&service, "POST", "/sign-out").await;
        assert_eq!(out.status(), 303);
        let secret = token("reads", "admin", false).await.0;
        let mut reader = Asker::new(7, "a token that reads", By::Token(secret), Some(Role::Admin));
        reader.may_write = false;
        let secret = token("writes", "admin", true).await.0;
        let writer = Asker::new(8, "a token that writes", By::Token(secret), Some(Role::Admin));
        let viewer = token("sees", "viewer", true).await.0;
        let viewer = Asker::new(9, "a viewer's token", By::Token(viewer), Some(Role::Viewer));
        let (gone, id) = token("gone", "admin", true).await;
        let revoked = first.send(&service, "DELETE", &format!("/api/v1/tokens/{id}"), None).await;
        assert!(revoked.status().is_success(), "{}", revoked.status());
        let revoked = Asker::new(10, "a revoked token", By::Token(gone), None);
        let nobody = Asker::new(11, "nobody", By::Nothing, None);
        let stranger = By::Cookie { value: "x".repeat(43), csrf: "x".repeat(43) };
        let stranger = Asker::new(12, "somebody with a made-up cookie", stranger, None);
        let askers =
            vec![nobody, stranger, ended, dora, revoked, vera, otto, scott, reader, writer, viewer, first];
        Self { service, askers, _routers: routers }
    }
}
