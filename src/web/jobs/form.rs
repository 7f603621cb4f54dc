//! What is to be done: one thing to one row, or the same to many, by name or by search.

use crate::domain::action::{ACTIONS, Service, Table, Wanted, rows};
use crate::domain::find::{Find, Query};
use crate::domain::job::{MOST_STEPS, Pace};
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::domain::visible::visible;
use crate::http::{Amiss, Jobs, LargeForm, Ordered, Problem};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Fields, Notice, go};
use crate::web::frame::Frame;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Of so many it is told why nothing can be done to them.
const TOLD: usize = 50;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    /// How many more faults there are.
    more: usize,
    routers: Vec<String>,
    actions: Vec<&'static str>,
    typed: Typed,
    /// What is asked for besides names.
    inputs: Vec<&'static str>,
    profiles: Vec<String>,
    services: Vec<&'static str>,
    /// Whether something is to be made, rather than changed.
    is_new: bool,
    /// Whether those who are meant can be searched for.
    can_search: bool,
}

#[derive(Serialize)]
struct FaultView {
    name: String,
    /// The key of the field that is wrong, if it is one that is typed.
    input: Option<String>,
    word: &'static str,
    value: String,
}

impl FaultView {
    fn new(name: &str, amiss: &Amiss) -> Self {
        let input = match amiss.field {
            "profile" | "service" | "password" | "comment" | "limit_uptime" | "limit_bytes" => {
                Some(format!("job.input.{}", amiss.field))
            }
            _ => None,
        };
        let (name, value) = (visible(name).into_owned(), visible(&amiss.value).into_owned());
        Self { name, input, word: amiss.word, value }
    }
}

/// What was chosen and typed; never a password.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Typed {
    router: String,
    action: String,
    id: String,
    /// One name a line.
    names: String,
    /// Those whom this search finds, instead of names.
    q: String,
    profile: String,
    comment: String,
    service: String,
    limit_uptime: String,
    limit_bytes: String,
    pace: String,
    /// Whether those to whom nothing can be done are left out.
    skip: bool,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Self {
            router: text("router"),
            action: text("action"),
            id: text("id"),
            names: text("names"),
            q: text("q"),
            profile: text("profile"),
            comment: text("comment"),
            service: text("service"),
            limit_uptime: text("limit_uptime"),
            limit_bytes: text("limit_bytes"),
            pace: text("pace"),
            skip: fields.is_ticked("skip"),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.names.lines().map(str::trim).filter(|name| !name.is_empty()).collect()
    }

    fn table(&self) -> Option<Table> {
        ACTIONS.iter().find(|(word, ..)| *word == self.action).map(|(_, table, _)| *table)
    }

    /// What an action asks for.
    fn inputs(&self) -> Vec<&'static str> {
        match self.action.as_str() {
            "set_profile" => vec!["profile"],
            "set_comment" => vec!["comment"],
            "add_account" => vec!["password", "profile", "service", "comment"],
            "add_hotspot_user" => vec!["password", "profile", "limit_uptime", "limit_bytes", "comment"],
            _ => Vec::new(),
        }
    }

    fn is_new(&self) -> bool {
        self.action.starts_with("add_")
    }

    /// Whether subscribers are meant, who can be searched for.
    fn can_search(&self) -> bool {
        !self.is_new() && matches!(self.table(), Some(Table::Accounts | Table::Sessions))
    }
}

fn show(
    desk: &Desk,
    jobs: &Jobs,
    typed: Typed,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
) -> Result<HttpResponse, PageError> {
    let status = if notice.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let routers = jobs.routers();
    let chosen = routers.iter().find(|router| router.name.as_str() == typed.router);
    let snapshot = chosen.map(|router| Arc::clone(&router.snapshot.borrow()));
    let profiles = snapshot.as_deref().map(|snapshot| profiles(&typed, snapshot)).unwrap_or_default();
    let more = faults.len().saturating_sub(TOLD);
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "jobs"),
        csrf: desk.csrf(),
        notice,
        faults: faults.into_iter().take(TOLD).collect(),
        more,
        routers: routers.iter().map(|router| router.name.to_string()).collect(),
        actions: ACTIONS.iter().map(|(word, ..)| *word).collect(),
        inputs: typed.inputs(),
        profiles,
        services: Service::ALL.into_iter().map(Service::word).collect(),
        is_new: typed.is_new(),
        can_search: typed.can_search(),
        typed,
    };
    desk.templates.page(status, "job_form.html", &view)
}

fn profiles(typed: &Typed, snapshot: &Snapshot) -> Vec<String> {
    let names = match typed.table() {
        Some(Table::HotspotUsers) => rows::hotspot_profiles(snapshot),
        _ => rows::ppp_profiles(snapshot),
    };
    names.into_iter().map(ToOwned::to_owned).collect()
}

/// `GET /jobs/new`.
pub(in crate::web) async fn page(
    desk: Desk,
    jobs: Jobs,
    typed: web::Query<Typed>,
) -> Result<HttpResponse, PageError> {
    let mut typed = typed.into_inner();
    if let ([only], true) = (jobs.routers().as_slice(), typed.router.is_empty()) {
        typed.router = only.name.to_string();
    }
    if typed.profile.is_empty()
        && let ([name], "set_comment" | "set_profile") = (typed.names().as_slice(), typed.action.as_str())
        && let Ok(router) = desk.seen.router(&typed.router)
    {
        // What stands there now is where a change begins.
        let snapshot = Arc::clone(&router.snapshot.borrow());
        if let [row] = rows::named(&snapshot, Table::Accounts, name).as_slice() {
            (typed.profile, typed.comment) = (row.get("profile").to_owned(), row.get("comment").to_owned());
        }
    }
    show(&desk, &jobs, typed, None, Vec::new())
}

/// `POST /jobs/new`: prepares the job, whose page shows what would be sent.
pub(in crate::web) async fn prepare(
    desk: Desk,
    jobs: Jobs,
    LargeForm(fields): LargeForm,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of_upload(fields);
    let typed = Typed::read(&fields);
    let wanted = match wanted(&jobs, &typed, &fields) {
        Ok(wanted) => wanted,
        Err(key) => return show(&desk, &jobs, typed, Some(Notice::bad(key)), Vec::new()),
    };
    let names: Vec<String> = wanted.iter().map(|wanted| wanted.name.clone()).collect();
    let pace = typed.pace.parse().ok().and_then(Pace::new).unwrap_or_default();
    let found = match jobs.find(wanted.clone()) {
        Err(Ordered::Wrong(wrong)) if typed.skip && wrong.len() < wanted.len() => {
            let is_wrong = |at: usize| wrong.iter().any(|amiss| amiss.at == at);
            let rest = wanted.into_iter().enumerate().filter(|(at, _)| !is_wrong(*at));
            jobs.find(rest.map(|(_, wanted)| wanted).collect())
        }
        found => found,
    };
    let ordered = match found {
        Ok(actions) => jobs.prepare(actions, pace).await,
        Err(ordered) => Err(ordered),
    };
    match ordered {
        Ok(job) => Ok(go(&format!("/jobs/{}", job.id))),
        Err(Ordered::Wrong(wrong)) => {
            let name = |at: usize| names.get(at).map_or("", String::as_str);
            let faults = wrong.iter().map(|amiss| FaultView::new(name(amiss.at), amiss)).collect();
            show(&desk, &jobs, typed, Some(Notice::bad("job.wrong")), faults)
        }
        Err(Ordered::Refusal(refusal)) => {
            show(&desk, &jobs, typed, Some(super::refused(&refusal)), Vec::new())
        }
        Err(other) => Err(Problem::from(other).into()),
    }
}

/// What is wanted of each who is meant; or what is missing, by its key.
fn wanted(jobs: &Jobs, typed: &Typed, fields: &Fields) -> Result<Vec<Wanted>, &'static str> {
    let number = |text: &str, key| match text {
        "" => Ok(None),
        text => text.parse::<u64>().map(Some).map_err(|_| key),
    };
    let some = |name: &str, text: &str| {
        typed
            .inputs()
            .contains(&name)
            .then(|| text.to_owned())
            .filter(|text| !text.is_empty() || name == "comment")
    };
    let secret = fields.secret("password");
    let has_password = typed.inputs().contains(&"password") && !secret.expose_secret().is_empty();
    let like = Wanted {
        router: typed.router.clone(),
        action: typed.action.clone(),
        id: Some(typed.id.clone()).filter(|id| !id.is_empty()),
        profile: some("profile", &typed.profile),
        comment: some("comment", &typed.comment),
        password: has_password.then_some(secret),
        service: some("service", &typed.service),
        limit_uptime: number(&typed.limit_uptime, "job.wrong.limit")?,
        limit_bytes: number(&typed.limit_bytes, "job.wrong.limit")?,
        ..Wanted::default()
    };
    let names: Vec<String> = if typed.q.is_empty() || !typed.can_search() {
        typed.names().into_iter().map(ToOwned::to_owned).collect()
    } else {
        found(jobs, typed)?
    };
    match names.len() {
        0 => Err("job.wrong.nobody"),
        1..=MOST_STEPS => Ok(names.into_iter().map(|name| Wanted { name, ..like.clone() }).collect()),
        _ => Err("job.wrong.many"),
    }
}

/// The names of those on the router whom the search finds.
fn found(jobs: &Jobs, typed: &Typed) -> Result<Vec<String>, &'static str> {
    let query = Query::parse(&typed.q).map_err(|_| "job.wrong.search")?;
    let router = typed.router.parse::<RouterName>().map_err(|_| "job.wrong.router")?;
    let groups = jobs.seen.grouped();
    let find = Find { query, router: Some(router), limit: MOST_STEPS + 1, groups, ..Find::default() };
    let found = find.run(&jobs.seen.snapshots(), Timestamp::now());
    Ok(found.rows.into_iter().map(|found| found.subscriber.name.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use crate::domain::action::{Fault, Input, WantedFault};

    #[test]
    fn each_reason_why_something_is_no_action_has_its_words() {
        let words = include_str!("../../../templates/locales/en.json");
        let given = String::new;
        let faults = [
            WantedFault::NoSuchAction(given()),
            WantedFault::NoId(given()),
            WantedFault::NoRow("/ppp/secret"),
            WantedFault::Several("/ppp/secret"),
            WantedFault::NoProperty { table: "/ppp/secret", property: given() },
            WantedFault::Superfluous { field: "profile", action: given() },
            WantedFault::Input(Fault::Missing(Input::Name)),
            WantedFault::Input(Fault::TooLong { input: Input::Comment, bytes: 300 }),
            WantedFault::Input(Fault::Hidden(Input::Comment)),
            WantedFault::Input(Fault::Blank(Input::Profile)),
            WantedFault::Input(Fault::Unknown { input: Input::Service, given: given() }),
            WantedFault::Input(Fault::OutOfRange { input: Input::Uptime, most: 1 }),
        ];
        for word in faults.iter().map(|fault| fault.told().0).chain(["no_router", "write_mode_off"]) {
            assert!(words.contains(&format!("\"job.fault.{word}\": ")), "{word}");
        }
    }
}
