//! All routers as they are set: their order, which are watched, and ways to the forms.

use super::{FaultView, WRONG, read, refused};
use crate::domain::configuration::{Change, Configuration, Draft, Obstacle, RouterEntry};
use crate::domain::router::RouterName;
use crate::http::{Configuring, Problem};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Fields, Notice, Sent};
use crate::web::frame::Frame;
use crate::web::trouble::TroubleWords;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    version: u64,
    file: String,
    obstacle: Option<&'static str>,
    routers: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    label: String,
    address: String,
    username: String,
    tls: String,
    /// How it stands: a word of states.
    state: &'static str,
    trouble: Option<TroubleWords>,
    enabled: bool,
    write_mode: bool,
    is_from_environment: bool,
    fixed: String,
}

fn row(desk: &Desk, entry: &RouterEntry) -> Row {
    let view = desk.seen.router(&entry.name).ok();
    let snapshot = view.as_ref().map(|view| view.snapshot.borrow().clone());
    let trouble = snapshot.as_ref().and_then(|snapshot| snapshot.link.trouble());
    let address = view.as_ref().map(|view| view.address.clone());
    Row {
        name: entry.name.clone(),
        label: entry.text("label").to_owned(),
        address: address.unwrap_or_else(|| entry.text("host").to_owned()),
        username: entry.text("username").to_owned(),
        tls: if entry.text("tls").is_empty() { "off".to_owned() } else { entry.text("tls").to_owned() },
        state: snapshot.as_ref().map_or("disabled", |snapshot| snapshot.link.word()),
        trouble: trouble.map(TroubleWords::from),
        enabled: entry.is_enabled(),
        write_mode: entry.is_write_mode_on(),
        is_from_environment: entry.is_from_environment,
        fixed: entry.fixed.join(", "),
    }
}

fn show(
    desk: &Desk,
    configuration: &Configuration,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
) -> Result<HttpResponse, PageError> {
    let is_wrong = notice.as_ref().map_or(!faults.is_empty(), |notice| !notice.is_good);
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "settings"),
        csrf: desk.csrf(),
        notice,
        faults,
        version: configuration.version,
        file: configuration.file.clone(),
        obstacle: configuration.obstacle.map(Obstacle::word),
        routers: configuration.routers.iter().map(|entry| row(desk, entry)).collect(),
    };
    desk.templates.page(status, "settings_routers.html", &view)
}

/// `GET /settings/routers`.
pub(in crate::web) async fn page(
    desk: Desk,
    configuring: Configuring,
    request: HttpRequest,
) -> Result<HttpResponse, PageError> {
    let notice = match request.query_string() {
        "saved" => Some(Notice::good("settings.router_saved")),
        "removed" => Some(Notice::good("settings.router_removed")),
        _ => None,
    };
    show(&desk, &read(&configuring).await?, notice, Vec::new())
}

/// `POST /settings/routers`: the buttons of the list.
pub(in crate::web) async fn change(
    desk: Desk,
    configuring: Configuring,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let name: RouterName =
        fields.text("name").parse().map_err(|_| Problem::NoSuch("router in the settings"))?;
    let enabled = |value: Value| {
        let values = Map::from_iter([("enabled".to_owned(), value)]);
        Change::SetRouter { name: name.clone(), draft: Draft { values, ..Draft::default() } }
    };
    let change = match fields.text("do") {
        "up" => Change::MoveRouter { name, up: true },
        "down" => Change::MoveRouter { name, up: false },
        "enable" => enabled(Value::Null),
        "disable" => enabled(Value::Bool(false)),
        _ => return Err(Problem::Body("there is no such button".to_owned()).into()),
    };
    match configuring.change(change, fields.text("version").parse().ok()).await {
        Ok(configuration) => {
            let notice = Notice::good("settings.router_saved");
            show(&desk, &configuration, Some(notice), Vec::new())
        }
        Err(denied) => {
            let (notice, faults) = refused(denied)?;
            // The notice points to the fields of a form, and here is none.
            let notice = Some(notice).filter(|notice| notice.key != WRONG);
            show(&desk, &read(&configuring).await?, notice, faults)
        }
    }
}
