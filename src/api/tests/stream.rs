//! The live stream over made-up routers.

use super::{HOSTILE, network};
use crate::api::stream::seats;
use crate::api::{Live, configure};
use crate::domain::events::{Change, Changes, PresenceChange};
use crate::domain::example::{Made, now, snapshot};
use crate::domain::subscriber::{State as Presence, SubscriberId};
use crate::http::example::let_in;
use crate::state::example::Example;
use crate::state::{LogView, State};
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::middleware::from_fn;
use actix_web::{App, test, web};
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::Arc;

/// Asks for a stream, with the id of the last event of the one before.
async fn ask(example: &Example, live: &Live, path: &str, last: Option<&str>) -> ServiceResponse {
    let app = App::new()
        .wrap(from_fn(let_in))
        .app_data(web::Data::new(State::clone(&example.state)))
        .app_data(web::Data::new(live.clone()))
        .configure(configure);
    let app = test::init_service(app).await;
    let mut request = test::TestRequest::get().uri(path);
    if let Some(last) = last {
        request = request.insert_header(("Last-Event-ID", last));
    }
    test::call_service(&app, request.to_request()).await.map_into_boxed_body()
}

/// Reads events of a stream one by one.
struct Reader {
    body: Pin<Box<dyn MessageBody<Error = Box<dyn std::error::Error>>>>,
    text: String,
    /// The id of the last event, as a browser keeps it.
    last: String,
}

impl Reader {
    async fn open(example: &Example, path: &str) -> Self {
        Self::back(example, &Live::start(example.state.clone()), path, None).await
    }

    /// Comes back to a stream with the id of the last event.
    async fn back(example: &Example, live: &Live, path: &str, last: Option<&str>) -> Self {
        let response = ask(example, live, path, last).await;
        assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream; charset=utf-8");
        assert_eq!(response.headers().get("content-encoding").unwrap(), "identity");
        assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
        Self { body: Box::pin(response.into_body()), text: String::new(), last: String::new() }
    }

    /// The next event's name and data; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let found = field("event: ").zip(field("data: "));
                self.last = field("id: ").unwrap_or_else(|| self.last.clone());
                self.text = rest.to_owned();
                match found {
                    Some((name, data)) => return Some((name, serde_json::from_str(&data).unwrap())),
                    None => continue,
                }
            }
            let piece = std::future::poll_fn(|context| self.body.as_mut().poll_next(context)).await?;
            self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
    }

    /// The data of the next event of this name.
    async fn until(&mut self, name: &str) -> Value {
        loop {
            let (event, data) = self.next().await.expect("the stream goes on");
            if event == name {
                return data;
            }
        }
    }
}

fn gone(name: &str) -> Changes {
    let change = PresenceChange {
        id: SubscriberId(1),
        name: name.into(),
        from: Presence::Online,
        state: Presence::Offline,
        since: None,
        address: "10.0.3.7".into(),
        caller_id: "AA".into(),
        reason: "hung-up".into(),
    };
    let router = crate::domain::router::RouterName::new("ccr1").unwrap();
    Changes { router, at: now(), items: vec![Change::Presence(change)] }
}

#[actix_web::test]
async fn a_change_of_presence_is_told_with_the_exact_name() {
    let example = network();
    let mut reader = Reader::open(&example, "/api/v1/stream?topics=presence,events").await;
    assert_eq!(reader.next().await.unwrap().0, "hello");
    example.state.changes.send(Arc::new(gone(HOSTILE))).unwrap();
    let expect = json!({
        "router": "ccr1", "name": HOSTILE, "state": "offline", "since": null, "address": "10.0.3.7",
        "caller_id": "AA",
    });
    assert_eq!(reader.until("presence").await, expect);
    assert_eq!(reader.until("event").await["what"], "hung-up");
}

#[actix_web::test]
async fn only_rows_that_changed_are_told() {
    let example = network();
    let mut reader =
        Reader::open(&example, "/api/v1/stream?topics=subscribers&rows=ccr1:1,ccr1:3,ccr2:1").await;
    let first = reader.until("delta").await;
    assert_eq!(first["rows"].as_array().unwrap().len(), 3);
    assert_eq!(first["rows"][0][0], "ccr1:1");
    assert_eq!(first["rows"][0][2], 8_500_000);
    assert_eq!(first["rows"][1][1], "offline");
    let made = [Made::online("new", 1_000.0, 2_000.0)];
    example.snapshots[0].send_replace(Arc::new(snapshot("ccr1", &made)));
    let second = reader.until("delta").await;
    assert_eq!(second["rows"][0][2], 1_000);
    assert_eq!(second["rows"][1], json!(["ccr1:3", "gone", null, null, null, 0, ""]));
    assert_eq!(second["rows"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_row_that_is_not_there_is_told_to_be_gone_once() {
    let example = network();
    let mut reader = Reader::open(&example, "/api/v1/stream?topics=subscribers&rows=ccr1:1,ccr1:777").await;
    let first = reader.until("delta").await;
    assert_eq!(first["rows"][1], json!(["ccr1:777", "gone", null, null, null, 0, ""]));
    example.snapshots[0].send_replace(Arc::new(snapshot("ccr1", &[Made::online("ana", 1_000.0, 2_000.0)])));
    let second = reader.until("delta").await;
    assert_eq!(second["rows"].as_array().unwrap().len(), 1);
    assert_eq!(second["rows"][0][0], "ccr1:1");
}

#[actix_web::test]
async fn routers_and_totals_are_told_at_once() {
    let example = network();
    let mut reader = Reader::open(&example, "/api/v1/stream?topics=routers,totals").await;
    let routers = reader.until("routers").await;
    assert_eq!(routers[1]["status"], "down");
    let totals = reader.until("totals").await;
    assert_eq!((&totals["online"], &totals["unknown"]), (&json!(2), &json!(1)));
}

#[actix_web::test]
async fn streams_end_when_the_program_stops() {
    let example = network();
    let mut reader = Reader::open(&example, "/api/v1/stream").await;
    assert_eq!(reader.next().await.unwrap().0, "hello");
    example.stopping.send_replace(true);
    assert_eq!(reader.next().await, None);
}

fn heard(example: &Example, name: &str) {
    example.state.changes.send(Arc::new(gone(name))).unwrap();
}

#[actix_web::test]
async fn who_comes_back_hears_what_was_missed_and_nothing_twice() {
    let example = network();
    let live = Live::start(example.state.clone());
    let path = "/api/v1/stream?topics=presence";
    let mut reader = Reader::back(&example, &live, path, None).await;
    heard(&example, "first");
    assert_eq!(reader.until("presence").await["name"], "first");
    let last = reader.last.clone();
    heard(&example, "second");
    assert_eq!(reader.until("presence").await["name"], "second");
    assert_ne!(reader.last, last);
    drop(reader);
    heard(&example, "third");
    heard(&example, "fourth");
    for (way, header) in [(path.to_owned(), Some(last.as_str())), (format!("{path}&after={last}"), None)] {
        let mut back = Reader::back(&example, &live, &way, header).await;
        let mut names = Vec::new();
        while names.len() < 3 {
            let (event, data) = back.next().await.unwrap();
            assert!(["hello", "presence"].contains(&event.as_str()), "{event}");
            names.extend(data["name"].as_str().map(str::to_owned));
        }
        assert_eq!(names, ["second", "third", "fourth"], "{way}");
    }
    let mut fresh = Reader::back(&example, &live, path, None).await;
    heard(&example, "fifth");
    assert_eq!(fresh.until("presence").await["name"], "fifth");
}

#[actix_web::test]
async fn who_was_away_too_long_or_in_another_run_starts_anew() {
    let example = network();
    let live = Live::start(example.state.clone());
    let path = "/api/v1/stream?topics=presence,events";
    let run = example.state.started.wall.as_millisecond();
    for last in [format!("{run}-99"), "17-0".to_owned(), "nonsense".to_owned(), format!("{run}-")] {
        let mut back = Reader::back(&example, &live, path, Some(&last)).await;
        assert_eq!(back.next().await.unwrap().0, "hello");
        assert_eq!(back.next().await.unwrap().0, "reset", "{last}");
    }
    let mut back = Reader::back(&example, &live, path, Some(&format!("{run}-0"))).await;
    assert_eq!(back.next().await.unwrap().0, "hello");
    heard(&example, "first");
    assert_eq!(back.next().await.unwrap().0, "presence");
}

#[actix_web::test]
async fn that_something_was_logged_is_told_to_whoever_asked() {
    let example = network();
    let mut reader = Reader::open(&example, "/api/v1/stream?topics=logs").await;
    assert_eq!(reader.next().await.unwrap().0, "hello");
    example.log.send_replace(Arc::new(LogView::default()));
    let told = reader.until("logs").await;
    assert!(told["t"].is_string() && told.as_object().unwrap().len() == 1, "no more than that: {told}");
}

#[actix_web::test]
async fn a_visitor_has_so_many_streams_and_another_one_when_one_is_left() {
    let example = network();
    let live = Live::start(example.state.clone());
    let mut open = Vec::new();
    while open.len() < seats::MOST {
        open.push(Reader::back(&example, &live, "/api/v1/stream", None).await);
    }
    let refused = ask(&example, &live, "/api/v1/stream", None).await;
    assert_eq!(refused.status().as_u16(), 429);
    assert_eq!(refused.headers().get("retry-after").unwrap(), "10");
    open.pop();
    assert_eq!(ask(&example, &live, "/api/v1/stream", None).await.status().as_u16(), 200);
}
