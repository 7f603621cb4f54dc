//! The API over made-up routers with hostile names.

mod csv;
mod files;
mod lists;
mod logs;
mod seed;
mod stream;
mod tables;

use super::{Live, Rendered, configure};
use crate::domain::example::{Made, snapshot, unreachable};
use crate::http::Performance;
use crate::http::example::{let_in, people};
use crate::state::State;
use crate::state::example::Example;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::TestRequest;
use actix_web::{App, test, web};
use serde_json::{Value, json};

const HOSTILE: &str = "\"><img src=x onerror=alert(1)>\u{202e}x";

fn network() -> Example {
    let first = [
        Made { comment: HOSTILE.into(), ..Made::online(HOSTILE, 8_500_000.0, 90_000.4) },
        Made { rates: None, ..Made::online("bob", 0.0, 0.0) },
        Made { disabled: true, ..Made::offline("carl") },
    ];
    Example::new(vec![snapshot("ccr1", &first), unreachable("ccr2", &[Made::online("zoe", 1.0, 1.0)])])
}

/// What somebody got.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    /// The body, if it is text.
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

async fn send(example: &Example, mut request: TestRequest, headers: &[(&str, &str)]) -> Answer {
    let app = App::new()
        .wrap(from_fn(let_in))
        .app_data(web::Data::new(State::clone(&example.state)))
        .app_data(web::Data::new(Live::start(example.state.clone())))
        .app_data(web::Data::new(Rendered::default()))
        .app_data(web::Data::new(Performance::default()))
        .app_data(web::Data::new(people()))
        .configure(configure);
    let app = test::init_service(app).await;
    for (name, value) in headers {
        request = request.insert_header((*name, *value));
    }
    let response = test::call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = test::read_body(response).await.to_vec();
    Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned(), body }
}

async fn ask(example: &Example, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(example, TestRequest::get().uri(path), headers).await
}

async fn post(example: &Example, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    send(example, TestRequest::post().uri(path).set_payload(body.to_owned()), headers).await
}

async fn get(example: &Example, path: &str) -> (StatusCode, Value) {
    let answer = ask(example, path, &[]).await;
    (answer.status, answer.json())
}

#[actix_web::test]
async fn every_session_is_a_row_with_the_promised_fields() {
    let (status, body) = get(&network(), "/api/pppoe_interfaces").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["success"], true);
    assert!(body["current_time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    let expect = json!({
        "total_accounts": 4, "online_accounts": 2, "offline_accounts": 1, "unknown_accounts": 1,
        "enabled_accounts": 3, "disabled_accounts": 1, "download_bps": 8_500_000, "upload_bps": 90_000,
    });
    assert_eq!(body["aggregate_stats"], expect);
    let rows = body["pppoe_interfaces"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let fields: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    let promised = [
        "router",
        "name",
        "interface",
        "state",
        "since",
        "age_ms",
        "download_bps",
        "upload_bps",
        "rx_byte",
        "tx_byte",
        "address",
        "caller_id",
        "profile",
        "service",
        "uptime_s",
        "comment",
    ];
    assert_eq!(fields, promised);
    assert_eq!(rows[0]["name"], HOSTILE, "names are exactly the router's");
    assert_eq!(rows[0]["interface"], format!("<pppoe-{HOSTILE}>"));
    assert_eq!(rows[0]["uptime_s"], 3_700);
    assert_eq!(rows[1]["download_bps"], Value::Null, "a gap is no zero");
    assert_eq!((&rows[2]["state"], &rows[2]["download_bps"]), (&json!("unknown"), &Value::Null));
}

#[actix_web::test]
async fn one_router_can_be_asked_for_and_only_if_it_is_there() {
    let example = network();
    let (_, body) = get(&example, "/api/pppoe_interfaces?router=ccr2").await;
    assert_eq!(body["pppoe_interfaces"].as_array().unwrap().len(), 1);
    let (status, body) = get(&example, "/api/pppoe_interfaces?router=nope").await;
    assert_eq!((status, &body["status"]), (StatusCode::NOT_FOUND, &json!(404)));
    assert_eq!(body["detail"], "no router is called `nope`");
}

#[actix_web::test]
async fn trouble_with_a_router_is_said_with_advice() {
    let (status, body) = get(&network(), "/api/health").await;
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("degraded")));
    assert_eq!(body["routers"][0]["status"], "live");
    assert_eq!(body["routers"][1]["status"], "down");
    assert_eq!(body["routers"][1]["what"], "cannot reach the router at ccr2");
    assert_eq!(body["routers"][1]["advice"], "check the cable");
}

#[actix_web::test]
async fn a_window_of_subscribers_says_how_many_there_are() {
    let example = network();
    let (_, body) = get(&example, "/api/v1/subscribers?sort=-down&limit=1&q=router:ccr1").await;
    assert_eq!(body["meta"]["total"], 3);
    assert_eq!(body["meta"]["counts"]["online"], 2);
    assert_eq!(body["subscribers"][0]["name"], HOSTILE);
    assert_eq!(body["subscribers"][0]["key"], "ccr1:1");
    let shown = body["subscribers"][0]["shown"]["name"].as_str().unwrap();
    assert!(shown.ends_with("\\u{202e}x"), "{shown}");
    assert_eq!(body["subscribers"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn what_is_not_understood_is_a_problem_and_no_empty_list() {
    let example = network();
    let check = async |path: &str, status: u16, word: &str| {
        let (got, body) = get(&example, path).await;
        assert_eq!((got.as_u16(), &body["type"]), (status, &json!(word)), "{path}");
    };
    check("/api/v1/subscribers?q=colour:red", 400, "tikwatch:bad_parameter").await;
    check("/api/v1/subscribers?limit=1001", 400, "tikwatch:bad_parameter").await;
    check("/api/v1/subscribers?router=nope", 404, "tikwatch:no_such_router").await;
    check("/api/v1/sessions?sort=-download_bps", 400, "tikwatch:bad_parameter").await;
    check("/api/v1/sessions?state=online", 400, "tikwatch:bad_parameter").await;
    check("/api/v1/stream?topics=weather", 400, "tikwatch:bad_parameter").await;
    check("/api/v1/stream?rows=nonsense", 400, "tikwatch:bad_parameter").await;
    check("/api/nothing", 404, "tikwatch:no_such_path").await;
}
