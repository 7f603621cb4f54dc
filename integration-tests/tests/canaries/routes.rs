//! Every route of the program's own list asked for by everybody, and requests that go wrong.

use crate::gathered::Gathered;
use crate::people::{Everybody, send};
use crate::world::{World, canary};
use integration_tests::fresh::Fresh;
use integration_tests::service::{PATIENCE, urlencode};
use integration_tests::visitor::{Sent, Visitor};
use reqwest::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::time::{Duration, Instant};
use tikwatch::http::{Listed, listed};
use tokio::task::JoinHandle;

const STREAM: &str = "/api/v1/stream";

/// Somebody who reads the live stream.
pub(crate) struct Following {
    reading: JoinHandle<Vec<u8>>,
    since: u64,
}

async fn uptime(visitor: &Visitor) -> u64 {
    let health = visitor.get("/api/health").await.unwrap();
    health.json().unwrap()["uptime_s"].as_u64().unwrap()
}

impl Following {
    pub(crate) async fn start(visitor: &Visitor) -> Self {
        let since = uptime(visitor).await;
        let path = format!("{STREAM}?topics=presence,subscribers,routers");
        let mut answer = visitor.begin("GET", &path, Sent::Nothing, HeaderMap::new()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let reading = tokio::spawn(async move {
            let mut all = format!("{:?}", answer.headers()).into_bytes();
            while let Ok(Some(piece)) = answer.chunk().await {
                all.extend_from_slice(&piece);
            }
            all
        });
        Self { reading, since }
    }

    pub(crate) async fn has_run_for_ten_seconds(&self, visitor: &Visitor) {
        let until = Instant::now() + PATIENCE;
        while uptime(visitor).await < self.since + 10 {
            assert!(Instant::now() < until, "time stands still");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Reads what is left of it after the service has ended.
    pub(crate) async fn end(self, gathered: &Gathered) {
        let all = tokio::time::timeout(PATIENCE, self.reading).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&all);
        assert!(10 < text.matches("event: ").count(), "hardly anything happened: {text}");
        gathered.add("the live stream", &all);
    }
}

/// The path of a route, with what it needs to find something.
fn path_of(route: &Listed, subscriber: &str) -> String {
    // A router that is taken away tells nothing any more.
    let takes_away = route.method == "DELETE" || route.path.ends_with("/delete") && route.method == "POST";
    let name = match route.path {
        path if path.starts_with("/api/v1/users") => "vera",
        path if takes_away && path.contains("/routers/") => "nobody",
        _ => "r1",
    };
    let path = route.path.replace("{path:.*}", "css/tokens.css").replace("{id}", "0123456789abcdef");
    let path = path.replace("{router}/{name}", &format!("r1/{}", urlencode(subscriber)));
    let path = path.replace("{name}", name).replace("{secret}", "x");
    match route.path {
        "/api/logs" => format!("{path}?count=1000&level=DEBUG"),
        "/api/v1/logs" | "/api/v1/subscribers" => format!("{path}?limit=1000"),
        _ => path,
    }
}

async fn a_subscriber(visitor: &Visitor) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let list = visitor.get("/api/v1/subscribers?router=r1&limit=1").await.unwrap().json().unwrap();
        if let Some(name) = list.pointer("/subscribers/0/name").and_then(Value::as_str) {
            return name.to_owned();
        }
        assert!(Instant::now() < until, "nobody is there: {list}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asks for all routes as everybody, plainly and packed in one of the three ways.
pub(crate) async fn ask_for_everything(everybody: &Everybody, gathered: &Gathered) {
    let anna = everybody.named("anna");
    let subscriber = a_subscriber(anna).await;
    // The one that gives its secrets away was read as well.
    let seen = anna.get("/api/v1/subscribers?router=r3").await.unwrap().text();
    assert!(seen.contains("\"seen\""), "{seen}");
    let (mut asked, mut answered) = (0, 0);
    for (turn, visitor) in everybody.visitors.iter().enumerate() {
        for (number, route) in listed().enumerate() {
            let (path, place) = (path_of(&route, &subscriber), (route.method, route.path));
            if route.path == STREAM {
                let answer = visitor.begin("GET", &path, Sent::Nothing, HeaderMap::new()).await.unwrap();
                gathered.add(&format!("headers of {STREAM}"), format!("{:?}", answer.headers()).as_bytes());
            } else if route.method == "GET" {
                let plain = send(gathered, visitor, place, &path, Sent::Nothing).await;
                let packing = ["gzip", "br", "zstd"][(turn + number) % 3];
                let packed = visitor.get_as(&path, packing).await.unwrap();
                gathered.add_answer(&format!("GET {}", route.path), &visitor.name, &packed);
                assert!(
                    plain.status != 429 && packed.status != 429,
                    "{} asked too much of {path}",
                    visitor.name
                );
                asked += 2;
                answered += usize::from(plain.status == 200) + usize::from(packed.status == 200);
            } else if route.role.is_some() && route.path != "/sign-out" {
                // The ways in were tried, and signing out comes later.
                let sent = if route.path.starts_with("/api/") {
                    Sent::Json(&Value::Null)
                } else {
                    Sent::Form(&[("id", "0123456789abcdef"), ("name", "nobody")])
                };
                send(gathered, visitor, place, &path, sent).await;
                asked += 1;
            }
        }
    }
    assert!(350 < answered, "{answered} of {asked} were answered");
}

/// Secrets in the wrong place, and requests that cannot be understood.
pub(crate) async fn provoke(everybody: &Everybody, world: &World, gathered: &Gathered) {
    let lost = canary("sent by mistake");
    world.learn("a secret sent by mistake", lost.as_str());
    let json = Value::from(lost.as_str()).to_string();
    let user = |fields: &str| format!("{{\"name\":\"eve\",\"role\":\"viewer\",\"routers\":null,{fields}}}");
    let bodies = [
        format!("{{\"name\":\"eve\",\"password\":{}", &json[..json.len() - 1]),
        user(&format!("\"password\":[{json}]")),
        user(&format!("\"password\":{{\"is\":{json}}}")),
        user(&format!("\"passwort\":{json}")),
        user(&format!("\"password\":{json},\"password\":{json}")),
        user(&format!("\"password\":{json},\"groups\":[]")),
        format!("{json} {{"),
    ];
    let encoded = urlencode(&lost);
    let long = format!("password={encoded}&more={}", "x".repeat(100_000));
    let header =
        |name: HeaderName, value: &str| HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
    let basic = openssl::base64::encode_block(format!("anna:{lost}").as_bytes());
    let paths =
        [format!("/nowhere/{encoded}"), format!("/api/v1/nowhere/{encoded}"), format!("/static/{encoded}")];
    for name in ["nobody", "vera", "anna", "a token that writes"] {
        let visitor = everybody.named(name);
        let keep = async |what: &str, method: &str, path: &str, sent: Sent<'_>, more: HeaderMap| {
            let answer = visitor.send_with(method, path, sent, more).await.unwrap();
            assert_ne!(answer.status, 429, "{name} asked too much");
            assert!(400 <= answer.status || matches!(answer.status, 200 | 303), "{what}: {}", answer.status);
            gathered.add_answer(what, &visitor.name, &answer);
        };
        let none = HeaderMap::new;
        for body in &bodies {
            let sent = Sent::Raw("application/json", body.as_bytes());
            keep("a broken body", "POST", "/api/v1/users", sent, none()).await;
        }
        for kind in ["text/plain", "application/json", "application/x-www-form-urlencoded"] {
            keep("a long form", "POST", "/users", Sent::Raw(kind, long.as_bytes()), none()).await;
        }
        for path in &paths {
            keep("a path that is not there", "GET", path, Sent::Nothing, none()).await;
        }
        keep(
            "a parameter that is not there",
            "GET",
            &format!("/api/v1/routers?token={encoded}"),
            Sent::Nothing,
            none(),
        )
        .await;
        for method in ["TRACE", "PUT", "OPTIONS"] {
            keep("another method", method, "/api/v1/users", Sent::Nothing, none()).await;
        }
        for value in [format!("Basic {basic}"), format!("Bearer {encoded}"), format!("Bearer tw_{encoded}")] {
            keep("a token that is none", "GET", "/api/v1/me", Sent::Nothing, header(AUTHORIZATION, &value))
                .await;
        }
        for (header_name, value) in [
            (COOKIE, format!("__Host-tikwatch={encoded}; tikwatch={encoded}")),
            (HeaderName::from_static("x-csrf-token"), encoded.clone()),
            (HOST, "elsewhere.example".to_owned()),
        ] {
            let more = header(header_name, &value);
            keep("a header that is wrong", "POST", "/api/v1/users", Sent::Json(&Value::Null), more).await;
        }
    }
}

/// After another start: the pages and lists, as who is still signed in.
pub(crate) async fn ask_again(again: &Fresh, everybody: &Everybody, gathered: &Gathered) {
    for name in ["anna", "nobody"] {
        let visitor = everybody.named(name).at(&again.url);
        for route in listed().filter(|route| route.method == "GET" && route.path != STREAM) {
            let answer =
                send(gathered, &visitor, ("GET", route.path), &path_of(&route, "x"), Sent::Nothing).await;
            assert!(name != "anna" || answer.status != 401, "{} after a restart", route.path);
        }
    }
}
