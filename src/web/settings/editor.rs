//! The form of a router: what is typed is tested step by step before it is saved. It works without scripts; the password
//! is never sent back, so that it has to be typed again for each of the buttons then.

use super::typed::Typed;
use super::{FaultView, read, refused};
use crate::domain::check::{Detail, Hint, Reason, Report, Step};
use crate::domain::configuration::{Change, Configuration, Obstacle, Password, Refusal, RouterEntry};
use crate::domain::polling::{self, Counted, Load, estimate};
use crate::domain::router::RouterName;
use crate::http::{Configuring, Denied, Problem};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Fields, Notice, Sent, go};
use crate::web::frame::Frame;
use crate::web::templates::Templates;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    /// Whether something is wrong in a part of the form that is folded up otherwise.
    is_polling_wrong: bool,
    is_more_wrong: bool,
    is_write_wrong: bool,
    /// The router that is changed, none for a new one.
    id: Option<String>,
    typed: Typed,
    obstacle: Option<&'static str>,
    /// How its passwords are known.
    password: &'static str,
    write_password: &'static str,
    /// Keys that the environment decides.
    fixed: Vec<String>,
    script: Option<Script>,
    write_script: Script,
    report: Option<ReportView>,
    load: Option<LoadView>,
    estimate: EstimateView,
    /// Reasons why a router cannot be watched, by their words.
    tips: Vec<&'static str>,
}

/// What is to be run on the router first.
#[derive(Serialize)]
struct Script {
    address: String,
    /// Made for this page, and shown this once.
    password: Option<String>,
}

#[derive(Serialize)]
struct ReportView {
    is_success: bool,
    endpoint: String,
    steps: Vec<StepView>,
    /// A certificate that was presented, and not accepted yet.
    fingerprint: Option<String>,
}

#[derive(Serialize)]
struct StepView {
    name: &'static str,
    state: &'static str,
    /// What was found, in the reader's language.
    details: Vec<DetailView>,
    /// The keys of the cause, where it is known, and of what to do about it.
    cause: Option<String>,
    hint: Option<String>,
    took_ms: u64,
}

#[derive(Serialize)]
struct DetailView {
    text: String,
    /// What somebody else says of it, in English.
    message: Option<String>,
}

impl DetailView {
    fn of(step: &Step, templates: &Templates) -> Result<Vec<Self>, PageError> {
        // Addresses are in no language.
        if step.details.is_empty() {
            return Ok(vec![Self { text: step.text.clone(), message: None }]);
        }
        let told = |detail: &Detail| {
            let fill: Vec<_> =
                detail.values.iter().map(|(place, value)| ((*place).to_owned(), value.clone())).collect();
            let number = detail.number.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
            let text = templates.filled(&detail.key(), number, &fill)?;
            Ok(Self { text, message: detail.message.clone() })
        };
        step.details.iter().map(told).collect()
    }
}

impl ReportView {
    fn of(report: &Report, templates: &Templates) -> Result<Self, PageError> {
        let step = |step: &Step| -> Result<StepView, PageError> {
            Ok(StepView {
                name: step.name,
                state: match step.state.word() {
                    "FAIL" => "fail",
                    word => word,
                },
                details: DetailView::of(step, templates)?,
                cause: step.reason.map(|reason| format!("trouble.cause.{}", reason.word())),
                hint: step.hint.map(|hint| match hint {
                    Hint::About(reason) => format!("trouble.advice.{}", reason.word()),
                    hint => format!("js.hint.{}", hint.word()),
                }),
                took_ms: u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
            })
        };
        let is_new = report
            .steps
            .iter()
            .any(|step| matches!(step.reason, Some(Reason::CertificateUnknown | Reason::CertificateChanged)));
        Ok(Self {
            is_success: report.is_success(),
            endpoint: report.endpoint.clone(),
            steps: report.steps.iter().map(step).collect::<Result<_, _>>()?,
            fingerprint: report.fingerprint().filter(|_| is_new).map(ToOwned::to_owned),
        })
    }
}

/// What polls cost the router in a minute.
#[derive(Serialize)]
struct LoadView {
    commands: String,
    rows: String,
    kilobytes: String,
}

/// What they will cost, before they were sent.
#[derive(Serialize)]
struct EstimateView {
    load: LoadView,
    sessions: String,
    accounts: String,
    /// Whether these were counted, by a test or because the router is watched.
    is_counted: bool,
}

impl From<Load> for LoadView {
    fn from(load: Load) -> Self {
        Self {
            commands: format!("{:.0}", load.commands),
            rows: format!("{:.0}", load.rows),
            kilobytes: format!("{:.0}", load.bytes / 1000.0),
        }
    }
}

fn estimated(typed: &Typed, watched: Option<Counted>) -> EstimateView {
    let known = typed.counted().or(watched);
    let counted = known.unwrap_or(Counted::TYPICAL);
    EstimateView {
        load: estimate(&typed.profile(), typed.counters_every(), counted).into(),
        sessions: counted.sessions.to_string(),
        accounts: counted.accounts.to_string(),
        is_counted: known.is_some(),
    }
}

/// The fields of the parts of the form that are folded up.
const POLLING: [&str; 2] = ["poll_seconds", "tables"];
const WRITING: [&str; 3] = ["write_mode", "write_username", "write_password"];
const MORE: [&str; 7] = [
    "ca_file",
    "code_page",
    "deadline_seconds",
    "check_host_name",
    "forbid_clear_sign_in",
    "record",
    "enabled",
];

/// Whether something is wrong with one of these fields, or with what is in it.
fn is_wrong_in(fields: &[&str], faults: &[FaultView]) -> bool {
    let key = |fault: &FaultView| fault.field.split(['.', '[']).next().unwrap_or_default().to_owned();
    faults.iter().any(|fault| fields.contains(&key(fault).as_str()))
}

/// What a page is shown with besides what was typed.
#[derive(Default)]
struct Said {
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    report: Option<Report>,
    secret: Option<SecretString>,
    write_secret: Option<SecretString>,
}

fn show(
    desk: &Desk,
    configuration: &Configuration,
    entry: Option<&RouterEntry>,
    typed: Typed,
    said: Said,
) -> Result<HttpResponse, PageError> {
    let is_wrong = said.notice.as_ref().is_some_and(|notice| !notice.is_good);
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let script = |secret: Option<&SecretString>| Script {
        address: configuration.own_address.map_or_else(String::new, |address| address.to_string()),
        password: secret.map(|secret| secret.expose_secret().to_owned()),
    };
    let watched = entry.and_then(|entry| desk.seen.router(&entry.name).ok());
    let watched = watched.map(|router| router.snapshot.borrow().clone());
    // What was never read cost nothing yet.
    let polled = watched.as_ref().filter(|snapshot| !snapshot.polls.is_empty());
    let load = polled.map(|snapshot| polling::load(snapshot.polls.iter()).into());
    let estimate = estimated(&typed, watched.as_deref().and_then(Counted::of));
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "settings"),
        csrf: desk.csrf(),
        notice: said.notice,
        is_polling_wrong: is_wrong_in(&POLLING, &said.faults),
        is_more_wrong: is_wrong_in(&MORE, &said.faults),
        is_write_wrong: is_wrong_in(&WRITING, &said.faults),
        faults: said.faults,
        id: entry.map(|entry| entry.name.clone()),
        obstacle: configuration.obstacle.map(Obstacle::word),
        password: entry.map_or(Password::None, |entry| entry.password).word(),
        write_password: entry.map_or(Password::None, |entry| entry.write_password).word(),
        fixed: entry.map(|entry| entry.fixed.clone()).unwrap_or_default(),
        script: entry.is_none().then(|| script(said.secret.as_ref())),
        write_script: script(said.write_secret.as_ref()),
        report: said.report.as_ref().map(|report| ReportView::of(report, &desk.templates)).transpose()?,
        load,
        estimate,
        tips: Reason::ALL.into_iter().map(Reason::word).collect(),
        typed,
    };
    desk.templates.page(status, "router_form.html", &view)
}

/// `GET /settings/routers/new`.
pub(in crate::web) async fn new(desk: Desk, configuring: Configuring) -> Result<HttpResponse, PageError> {
    let configuration = read(&configuring).await?;
    let typed = Typed::new(configuration.version);
    let said = Said { secret: Some(secret()?), write_secret: Some(secret()?), ..Said::default() };
    show(&desk, &configuration, None, typed, said)
}

/// `POST /settings/routers/new`.
pub(in crate::web) async fn add(
    desk: Desk,
    configuring: Configuring,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    sent_form(&desk, &configuring, None, sent).await
}

fn router(configuration: &Configuration, name: &str) -> Result<RouterEntry, Problem> {
    configuration.router(name).cloned().ok_or(Problem::NoSuch("router in the settings"))
}

/// `GET /settings/routers/{name}`.
pub(in crate::web) async fn edit(
    desk: Desk,
    configuring: Configuring,
    name: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let configuration = read(&configuring).await?;
    let entry = router(&configuration, &name)?;
    let typed = Typed::of(&entry, configuration.version);
    let said = Said { write_secret: Some(secret()?), ..Said::default() };
    show(&desk, &configuration, Some(&entry), typed, said)
}

/// A password that is made for one page.
fn secret() -> Result<SecretString, Problem> {
    crate::access::secret().map_err(|_| Problem::Internal)
}

/// The password that was made for the page which this form was sent from, so that a refusal does not lose what the script
/// set on the router. Other texts stand in no script.
fn made(fields: &Fields, name: &str) -> Option<SecretString> {
    let secret = fields.secret(name);
    let text = secret.expose_secret();
    let is_ours = (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_ours.then_some(secret)
}

/// `POST /settings/routers/{name}`.
pub(in crate::web) async fn set(
    desk: Desk,
    configuring: Configuring,
    name: web::Path<String>,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    sent_form(&desk, &configuring, Some(&name), sent).await
}

/// Tests or saves what was typed, as the button says.
async fn sent_form(
    desk: &Desk,
    configuring: &Configuring,
    name: Option<&str>,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let configuration = read(configuring).await?;
    let entry = name.map(|name| router(&configuration, name)).transpose()?;
    let meant = entry.as_ref().and_then(|entry| entry.name.parse::<RouterName>().ok());
    let mut typed = Typed::read(&fields);
    if let Some(entry) = &entry {
        typed.name.clone_from(&entry.name);
    }
    let draft = typed.draft(&fields);
    // A password of somebody's own is never shown.
    let secret = made(&fields, "made")
        .filter(|made| made.expose_secret() == fields.secret("password").expose_secret());
    let said = Said { secret, write_secret: made(&fields, "made_write"), ..Said::default() };
    if fields.text("do") == "estimate" {
        return show(desk, &configuration, entry.as_ref(), typed, said);
    }
    let denied = if fields.text("do") == "test" {
        match configuring.test(meant, draft).await {
            Ok(report) => {
                typed.count(&report);
                let said = Said { report: Some(report), ..said };
                return show(desk, &configuration, entry.as_ref(), typed, said);
            }
            Err(denied) => denied,
        }
    } else {
        let version = typed.version.parse().ok();
        let is_new = meant.is_none();
        let change = match meant {
            Some(name) => Change::SetRouter { name, draft },
            None => Change::AddRouter(draft),
        };
        match configuring.change(change, version).await {
            // The first router is what all was done for: there is something to see now.
            Ok(_) if is_new && configuration.routers.is_empty() => return Ok(go("/")),
            Ok(_) => return Ok(go("/settings/routers?saved")),
            Err(denied) => denied,
        }
    };
    if matches!(denied, Denied::Refusal(Refusal::Stale(_))) {
        return late(desk, configuring, name, typed, said).await;
    }
    let (notice, faults) = refused(denied)?;
    let said = Said { notice: Some(notice), faults, ..said };
    show(desk, &configuration, entry.as_ref(), typed, said)
}

/// The form again for whoever was late: of a router with what stands there now, since saving what was typed would take
/// the other one's change back. A new router has nothing there yet.
async fn late(
    desk: &Desk,
    configuring: &Configuring,
    name: Option<&str>,
    typed: Typed,
    said: Said,
) -> Result<HttpResponse, PageError> {
    let configuration = read(configuring).await?;
    let entry = name.map(|name| router(&configuration, name)).transpose()?;
    let (key, typed) = match &entry {
        Some(entry) => ("settings.stale", Typed::of(entry, configuration.version)),
        None => ("settings.stale.new", typed.at(configuration.version)),
    };
    let said = Said { notice: Some(Notice::bad(key)), ..said };
    show(desk, &configuration, entry.as_ref(), typed, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hint_of_a_test_has_its_words() {
        let words = include_str!("../../../templates/locales/en.json");
        let own = Hint::OWN.map(|hint| format!("js.hint.{}", hint.word()));
        let about = Reason::ALL.map(|reason| format!("trouble.advice.{}", reason.word()));
        let causes = Reason::ALL.map(|reason| format!("trouble.cause.{}", reason.word()));
        for key in own.iter().chain(&about).chain(&causes) {
            assert!(words.contains(&format!("\"{key}\": ")), "{key}");
        }
    }
}
