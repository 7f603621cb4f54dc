//! `/api/v1/settings`, and changes of routers: what stands in the settings file, for programs.

pub(super) mod bodies;
pub(super) mod import;

use super::parameters::Parameters;
use super::wire;
use crate::domain::check::{Detail, Hint, Reason, Report, Step};
use crate::domain::configuration::{Change, Configuration, Obstacle, RouterEntry};
use crate::domain::router::RouterName;
use crate::http::{Configuring, Problem};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use bodies::{GeneralBody, MoveBody, RouterBody};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The settings.
#[derive(Serialize, ToSchema)]
pub(super) struct SettingsAnswer<'a> {
    success: bool,
    /// Give it back with a change: one of a file that was changed since is refused.
    version: u64,
    /// Where they are written.
    file: &'a str,
    /// Why they cannot be changed, if so.
    obstacle: Option<&'a str>,
    routers: Vec<SettingsRouter<'a>>,
    /// The keys beside the routers that are set.
    #[schema(value_type = Object)]
    general: &'a Map<String, Value>,
    /// Keys that a variable of the environment decides, by their names.
    overrides: Vec<Override>,
}

#[derive(Serialize, ToSchema)]
struct Override {
    key: &'static str,
    variable: &'static str,
}

/// A router as it is set.
#[derive(Serialize, ToSchema)]
pub(super) struct SettingsRouter<'a> {
    name: &'a str,
    /// The keys that are set, without the passwords.
    #[schema(value_type = Object)]
    settings: &'a Map<String, Value>,
    /// How its password is known.
    #[schema(value_type = PasswordWord)]
    password: &'static str,
    /// How the password of the user who may change something on it is known.
    #[schema(value_type = PasswordWord)]
    write_password: &'static str,
    /// Keys that variables of the environment decide.
    fixed: &'a [String],
    /// Whether all of it comes from the environment.
    is_from_environment: bool,
}

super::words::words! {
    /// How a password is known.
    PasswordWord: None, Kept, Locked, Environment;
}

impl<'a> From<&'a RouterEntry> for SettingsRouter<'a> {
    fn from(entry: &'a RouterEntry) -> Self {
        let RouterEntry { name, values, password, write_password, fixed, is_from_environment } = entry;
        Self {
            name,
            settings: values,
            password: password.word(),
            write_password: write_password.word(),
            fixed,
            is_from_environment: *is_from_environment,
        }
    }
}

/// What a test of a connection has found.
#[derive(Serialize, ToSchema)]
pub(super) struct TestAnswer<'a> {
    /// Whether the router can be watched so.
    success: bool,
    endpoint: &'a str,
    /// The steps in their order; a failed one is the last.
    steps: Vec<TestStep<'a>>,
    /// What is known of the router, such as `identity`, `version`, `board`, `fingerprint` and `policies`.
    #[schema(value_type = Object)]
    router: &'a Map<String, Value>,
    /// What there is to watch, by kind.
    #[schema(value_type = Object)]
    counts: &'a Map<String, Value>,
}

/// A step of a test.
#[derive(Serialize, ToSchema)]
struct TestStep<'a> {
    /// `resolve`, `connect`, `tls`, `sign-in`, `identity`, `rights`, `count` or `changes`.
    step: &'static str,
    /// `ok`, `warn` or `FAIL`.
    state: &'static str,
    text: &'a str,
    /// For pages, which say it in the reader's language: what was found, one by one; none where `text` is in no language.
    details: Vec<StepDetail<'a>>,
    /// What to do about it, if anything.
    advice: Option<&'a str>,
    /// What to do about it, as a word.
    hint: Option<&'static str>,
    /// Why it failed, as a word.
    reason: Option<&'static str>,
    /// What the cause usually is.
    cause: Option<&'static str>,
    took_ms: u64,
}

/// One thing that a step has found.
#[derive(Serialize, ToSchema)]
struct StepDetail<'a> {
    /// What it is, as one word.
    word: &'a str,
    /// What fills the text that the word stands for.
    values: BTreeMap<&'static str, &'a str>,
    /// How many there are, of what is counted.
    n: Option<u64>,
    /// What somebody else says of it: the router, the system, OpenSSL.
    message: Option<&'a str>,
}

impl<'a> From<&'a Detail> for StepDetail<'a> {
    fn from(detail: &'a Detail) -> Self {
        Self {
            word: &detail.word,
            values: detail.values.iter().map(|(place, value)| (*place, value.as_str())).collect(),
            n: detail.number,
            message: detail.message.as_deref(),
        }
    }
}

impl<'a> From<&'a Step> for TestStep<'a> {
    fn from(step: &'a Step) -> Self {
        Self {
            step: step.name,
            state: step.state.word(),
            text: &step.text,
            details: step.details.iter().map(StepDetail::from).collect(),
            advice: step.advice.as_deref(),
            hint: step.hint.map(Hint::word),
            reason: step.reason.map(Reason::word),
            cause: step.reason.map(Reason::cause),
            took_ms: u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

fn tested(report: &Report) -> HttpResponse {
    let Report { endpoint, steps, facts, counts } = report;
    let steps = steps.iter().map(TestStep::from).collect();
    wire::json(&TestAnswer { success: report.is_success(), endpoint, steps, router: facts, counts })
}

fn answer(configuration: &Configuration) -> HttpResponse {
    let overrides = configuration.overrides.iter().map(|(key, variable)| Override { key, variable });
    wire::json(&SettingsAnswer {
        success: true,
        version: configuration.version,
        file: &configuration.file,
        obstacle: configuration.obstacle.map(Obstacle::text),
        routers: configuration.routers.iter().map(SettingsRouter::from).collect(),
        general: &configuration.general,
        overrides: overrides.collect(),
    })
}

fn name(text: &str) -> Result<RouterName, Problem> {
    text.parse().map_err(|_| Problem::NoSuch("router in the settings"))
}

/// `GET /api/v1/settings`.
pub(super) async fn read(configuring: Configuring) -> Result<HttpResponse, Problem> {
    Ok(answer(&configuring.read().await?))
}

/// `PUT /api/v1/settings`: the keys beside the routers.
pub(super) async fn set(
    configuring: Configuring,
    body: web::Json<GeneralBody>,
) -> Result<HttpResponse, Problem> {
    let (version, values) = body.into_inner().values();
    Ok(answer(&configuring.change(Change::SetGeneral(values), Some(version)).await?))
}

/// `POST /api/v1/routers`.
pub(super) async fn add(
    configuring: Configuring,
    body: web::Json<RouterBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let version = body.version;
    let mut added = answer(&configuring.change(Change::AddRouter(body.draft()), version).await?);
    *added.status_mut() = StatusCode::CREATED;
    Ok(added)
}

/// `PUT /api/v1/routers/{name}`.
pub(super) async fn change(
    configuring: Configuring,
    path: web::Path<String>,
    body: web::Json<RouterBody>,
) -> Result<HttpResponse, Problem> {
    let (name, body) = (name(&path)?, body.into_inner());
    let version = super::groups::version(body.version)?;
    if body.name().is_some_and(|given| given != name.as_str()) {
        let what =
            format!("`{name}` keeps its name; leave `name` out, or add another router and remove this one");
        return Err(Problem::Body(what));
    }
    let change = Change::SetRouter { name, draft: body.draft() };
    Ok(answer(&configuring.change(change, Some(version)).await?))
}

/// `DELETE /api/v1/routers/{name}`: its groups stay, in case that it comes back.
pub(super) async fn remove(
    configuring: Configuring,
    path: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let version = super::groups::seen_version(&parameters)?;
    Ok(answer(&configuring.change(Change::RemoveRouter(name(&path)?), version).await?))
}

/// `POST /api/v1/routers/{name}/move`: one place up or down.
pub(super) async fn shift(
    configuring: Configuring,
    path: web::Path<String>,
    body: web::Json<MoveBody>,
) -> Result<HttpResponse, Problem> {
    let MoveBody { up, version } = body.into_inner();
    Ok(answer(&configuring.change(Change::MoveRouter { name: name(&path)?, up }, version).await?))
}

/// `POST /api/v1/routers/test`.
pub(super) async fn test(
    configuring: Configuring,
    body: web::Json<RouterBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    // One that is no name is none of a router that is there.
    let router = body.name().and_then(|text| text.parse().ok());
    Ok(tested(&configuring.test(router, body.draft()).await?))
}
