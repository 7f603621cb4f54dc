//! The settings: those beside the routers here, the routers on pages of their own.

pub(super) mod editor;
pub(super) mod import;
pub(super) mod removal;
pub(super) mod routers;
mod typed;

use super::desk::Desk;
use super::errors::PageError;
use super::forms::{Fields, Notice, Sent};
use super::frame::Frame;
use crate::domain::configuration::{Change, Configuration, Fault, Obstacle, Refusal};
use crate::domain::visible::visible;
use crate::domain::wrong::{Kind, Told};
use crate::http::{Configuring, Denied, Problem};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

/// What is wrong with a field, as pages show it: the word of a text, and what fills its places.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FaultView {
    field: String,
    word: &'static str,
    value: String,
    from: String,
    to: String,
    place: String,
    line: String,
    column: String,
    /// The word of what there is instead, if that is told.
    kind: Option<&'static str>,
    /// What somebody else says of it, in English.
    message: Option<String>,
    is_in_file: bool,
}

impl From<Fault> for FaultView {
    fn from(fault: Fault) -> Self {
        let Told { word, values, kind, message, is_in_file } = fault.wrong.told();
        let value = |place: &str| {
            let found = values.iter().find(|(name, _)| *name == place);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            field: visible(&fault.field).into_owned(),
            word,
            value: value("value"),
            from: value("from"),
            to: value("to"),
            place: value("place"),
            line: value("line"),
            column: value("column"),
            kind: kind.map(Kind::word),
            message,
            is_in_file,
        }
    }
}

/// The notice of a form of which fields are wrong.
const WRONG: &str = "settings.wrong";

/// Why a form was not taken: what is wrong field by field, or a sentence about all of it.
fn refused(denied: Denied) -> Result<(Notice, Vec<FaultView>), Problem> {
    let sentence = |key: &str| Ok((Notice::bad(key), Vec::new()));
    match denied {
        // What was typed is not lost.
        Denied::Problem(Problem::TooMany(_)) => sentence("js.refused.too_many_requests"),
        Denied::Problem(problem) => Err(problem),
        Denied::Refusal(Refusal::Faults(faults)) => {
            Ok((Notice::bad(WRONG), faults.into_iter().map(FaultView::from).collect()))
        }
        Denied::Refusal(Refusal::Stale(_)) => sentence("settings.stale"),
        Denied::Refusal(Refusal::NoSuchRouter) => Err(Problem::NoSuch("router in the settings")),
        Denied::Refusal(Refusal::Failed) => Err(Problem::Internal),
        Denied::Refusal(Refusal::Environment) => sentence("refusal.environment"),
        Denied::Refusal(Refusal::Busy) => sentence("refusal.testing"),
        Denied::Refusal(Refusal::FullDisk) => sentence("refusal.disk_full"),
        Denied::Refusal(Refusal::Demo) => sentence("refusal.unchanged"),
        Denied::Refusal(refusal @ Refusal::Unreadable(_)) => {
            Ok((Notice::bad("js.refused.unreadable"), of_file(&refusal)))
        }
        Denied::Refusal(refusal @ Refusal::NotWritable(_)) => {
            Ok((Notice::bad("refusal.unchanged"), of_file(&refusal)))
        }
    }
}

/// So much of what is wrong with the settings file is told at once.
const MOST_OF_FILE: usize = 50;

/// What is wrong with the settings file itself.
pub(super) fn of_file(refusal: &Refusal) -> Vec<FaultView> {
    refusal.of_file().into_iter().take(MOST_OF_FILE).map(FaultView::from).collect()
}

/// The settings, or why they cannot be shown.
async fn read(configuring: &Configuring) -> Result<Configuration, Problem> {
    Ok(configuring.read().await?)
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    version: u64,
    file: String,
    obstacle: Option<&'static str>,
    listen: String,
    allowed_hosts: String,
    trusted_proxies: String,
    log_level: String,
    /// The variable that decides the level, if one does.
    log_variable: Option<&'static str>,
    allow_loopback_routers: bool,
}

fn text(values: &Map<String, Value>, key: &str) -> String {
    match values.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

fn show(
    desk: &Desk,
    configuration: &Configuration,
    values: &Map<String, Value>,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
) -> Result<HttpResponse, PageError> {
    let is_good = notice.as_ref().is_none_or(|notice| notice.is_good);
    let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "settings"),
        csrf: desk.csrf(),
        notice,
        faults,
        version: configuration.version,
        file: configuration.file.clone(),
        obstacle: configuration.obstacle.map(Obstacle::word),
        listen: text(values, "listen"),
        allowed_hosts: text(values, "allowed_hosts"),
        trusted_proxies: text(values, "trusted_proxies"),
        log_level: text(values, "log_level"),
        log_variable: configuration.overrides.iter().find(|one| one.0 == "log_level").map(|one| one.1),
        allow_loopback_routers: values.get("allow_loopback_routers") == Some(&Value::Bool(true)),
    };
    desk.templates.page(status, "settings.html", &view)
}

/// `GET /settings`.
pub(super) async fn page(desk: Desk, configuring: Configuring) -> Result<HttpResponse, PageError> {
    let configuration = read(&configuring).await?;
    show(&desk, &configuration, &configuration.general, None, Vec::new())
}

/// `POST /settings`.
pub(super) async fn change(
    desk: Desk,
    configuring: Configuring,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let list = |name: &str| {
        let lines = fields.text(name).split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<Value> = lines.map(Value::from).collect();
        if lines.is_empty() { Value::Null } else { Value::Array(lines) }
    };
    let one = |name: &str| match fields.text(name) {
        "" => Value::Null,
        text => Value::from(text),
    };
    let ticked = if fields.is_ticked("allow_loopback_routers") { Value::Bool(true) } else { Value::Null };
    let configuration = read(&configuring).await?;
    let mut values: Map<String, Value> = [
        ("listen", one("listen")),
        ("allowed_hosts", list("allowed_hosts")),
        ("trusted_proxies", list("trusted_proxies")),
        ("log_level", one("log_level")),
        ("allow_loopback_routers", ticked),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect();
    // What a variable decides is not asked for, so it stays.
    for (key, _) in &configuration.overrides {
        values.shift_remove(*key);
    }
    let version = fields.text("version").parse().ok();
    match configuring.change(Change::SetGeneral(values.clone()), version).await {
        Ok(now) => show(&desk, &now, &now.general, Some(Notice::good("settings.saved")), Vec::new()),
        // To save what was typed would take the other one's change back.
        Err(denied @ Denied::Refusal(Refusal::Stale(_))) => {
            let ((notice, faults), now) = (refused(denied)?, read(&configuring).await?);
            show(&desk, &now, &now.general, Some(notice), faults)
        }
        Err(denied) => {
            let (notice, faults) = refused(denied)?;
            show(&desk, &configuration, &values, Some(notice), faults)
        }
    }
}
