//! The form of a group: what it is called, who is in it by name and by rule. It works without scripts: what is not saved
//! yet is in the form itself, and each button sends it.

use super::RouterChoice;
use super::faults::{self, FaultView};
use super::lists::{self, List};
use crate::domain::groups::{
    Change, Colour, Group, Icon, Id, Member, Outcome, Outline, Refusal, Rule, RuleKind,
};
use crate::domain::router::RouterName;
use crate::http::{Grouping, LargeForm, Problem, Refused};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Notice, go};
use crate::web::frame::Frame;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use std::collections::HashSet;

/// Empty rows for further rules.
const MORE_RULES: usize = 2;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    /// The group that is changed, none for a new one.
    id: Option<String>,
    typed: Typed,
    routers: Vec<RouterChoice>,
    sees_all: bool,
    colours: Vec<&'static str>,
    icons: Vec<&'static str>,
    kinds: Vec<&'static str>,
    available: List,
    named: List,
    /// All who are named, as the form brings them.
    members: Vec<String>,
    preview: Option<Preview>,
}

/// How many subscribers names and rules would bring in.
#[derive(Serialize)]
struct Preview {
    matching: usize,
    elsewhere: usize,
    own: usize,
}

/// What was typed so far.
#[derive(Debug, Clone, Default, Serialize)]
struct Typed {
    version: String,
    router: String,
    name: String,
    description: String,
    colour: String,
    icon: String,
    maximum: String,
    rules: Vec<(String, String)>,
    find: String,
    find_named: String,
    /// Whether something was changed before the form was sent, so that who leaves is asked.
    unsaved: bool,
    #[serde(skip)]
    members: Vec<Member>,
    /// What is ticked in either list, and not moved yet.
    #[serde(skip)]
    ticked: HashSet<String>,
}

impl Typed {
    /// A group as it is.
    fn of(group: &Group) -> Self {
        let outline = &group.outline;
        Self {
            version: group.version.to_string(),
            router: outline.router.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: outline.name.clone(),
            description: outline.description.clone(),
            colour: outline.colour.word().to_owned(),
            icon: outline.icon.word().to_owned(),
            maximum: outline.maximum.map(|maximum| maximum.to_string()).unwrap_or_default(),
            rules: outline
                .rules
                .iter()
                .map(|rule| (rule.kind.word().to_owned(), rule.value.clone()))
                .collect(),
            members: outline.members.clone(),
            ..Self::default()
        }
    }

    /// Reads a form; what the buttons do to the list of members is done.
    fn read(fields: &[(String, String)]) -> Self {
        let all = |name: &'static str| {
            fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value)
        };
        let text = |name| all(name).next().cloned().unwrap_or_default();
        let router: Option<RouterName> = text("router").parse().ok();
        let members = |name| all(name).filter_map(|key| lists::read(key, router.as_ref()));
        let mut named: Vec<Member> = members("member").collect();
        let pressed = text("do");
        // Who ticks somebody and saves means it, as if they had moved them before.
        let is_all = matches!(pressed.as_str(), "save" | "preview");
        let mut ticked = HashSet::new();
        if is_all || pressed == "add" {
            named.extend(members("pick"));
        } else {
            ticked.extend(all("pick").cloned());
        }
        if is_all || pressed == "remove" {
            let dropped: HashSet<Member> = members("drop").collect();
            named.retain(|member| !dropped.contains(member));
        } else {
            ticked.extend(all("drop").cloned());
        }
        let rules = all("rule_kind").cloned().zip(all("rule_value").map(|value| value.trim().to_owned()));
        Self {
            version: text("version"),
            router: text("router"),
            name: text("name"),
            description: text("description"),
            colour: text("colour"),
            icon: text("icon"),
            maximum: text("maximum").trim().to_owned(),
            rules: rules.filter(|(_, value)| !value.is_empty()).collect(),
            find: text("find").trim().to_owned(),
            find_named: text("find_named").trim().to_owned(),
            unsaved: !text("unsaved").is_empty(),
            members: named,
            ticked,
        }
    }

    fn router(&self) -> Option<RouterName> {
        self.router.parse().ok()
    }

    /// The outline that it makes, and what in it says nothing.
    fn outline(&self) -> (Outline, Vec<FaultView>) {
        let mut faults = Vec::new();
        // Such a router is no word for all of them.
        if !self.router.is_empty() && self.router().is_none() {
            faults.push(faults::own("router", "router", ""));
        }
        let maximum = self.maximum.parse().ok();
        if maximum.is_none() && !self.maximum.is_empty() {
            faults.push(faults::own("maximum", "maximum", ""));
        }
        let rule = |(kind, value): &(String, String)| {
            Some(Rule { kind: RuleKind::parse(kind)?, value: value.clone() })
        };
        let outline = Outline {
            router: self.router(),
            name: self.name.clone(),
            // A browser sends line breaks of its own; a description is one paragraph.
            description: self.description.split_whitespace().collect::<Vec<_>>().join(" "),
            colour: Colour::parse(&self.colour).unwrap_or_default(),
            icon: Icon::parse(&self.icon).unwrap_or_default(),
            maximum,
            members: self.members.clone(),
            rules: self.rules.iter().filter_map(rule).collect(),
        };
        (outline, faults)
    }
}

async fn preview(grouping: &Grouping, own: Option<Id>, outline: Outline) -> Result<Preview, Problem> {
    let preview = grouping.preview(own, outline, grouping.snapshots(), 0).await?;
    let (matching, elsewhere) = (preview.matching, preview.elsewhere);
    Ok(Preview { matching, elsewhere, own: matching - elsewhere })
}

/// What a page is shown with besides what was typed.
#[derive(Default)]
struct Said {
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    preview: Option<Preview>,
}

async fn show(
    desk: &Desk,
    grouping: &Grouping,
    own: Option<Id>,
    mut typed: Typed,
    said: Said,
) -> Result<HttpResponse, PageError> {
    let status = if said.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let routers = super::routers(grouping).await;
    // Who may see some routers only makes groups of those.
    if own.is_none() && !desk.seen.is_all() && !routers.iter().any(|known| known.name == typed.router) {
        typed.router = routers.first().map(|first| first.name.clone()).unwrap_or_default();
    }
    let router = typed.router();
    typed.rules.extend(std::iter::repeat_n((String::new(), String::new()), MORE_RULES));
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "groups"),
        csrf: desk.csrf(),
        notice: said.notice,
        faults: said.faults,
        id: own.map(|id| id.to_string()),
        routers,
        sees_all: desk.seen.is_all(),
        colours: Colour::ALL.iter().map(|colour| colour.word()).collect(),
        icons: Icon::ALL.iter().map(|icon| icon.word()).collect(),
        kinds: RuleKind::ALL.iter().map(|kind| kind.word()).collect(),
        available: lists::available(
            grouping,
            own,
            router.as_ref(),
            &typed.members,
            &typed.find,
            &typed.ticked,
        ),
        named: lists::named(grouping, router.as_ref(), &typed.members, &typed.find_named, &typed.ticked),
        members: typed
            .members
            .iter()
            .map(|member| lists::key(member.router.as_ref().or(router.as_ref()), &member.name))
            .collect(),
        preview: said.preview,
        typed,
    };
    desk.templates.page(status, "group_form.html", &view)
}

/// `GET /groups/new`.
pub(in crate::web) async fn new(desk: Desk, grouping: Grouping) -> Result<HttpResponse, PageError> {
    let routers = grouping.routers().await;
    // Where there is one router only, the group is most likely its.
    let router = if let [only] = routers.as_slice() { only.to_string() } else { String::new() };
    show(&desk, &grouping, None, Typed { router, ..Typed::default() }, Said::default()).await
}

/// `GET /groups/{id}/edit`.
pub(in crate::web) async fn edit(
    desk: Desk,
    grouping: Grouping,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let group = grouping.group(&id)?;
    show(&desk, &grouping, Some(group.id), Typed::of(group), Said::default()).await
}

/// `POST /groups/new`.
pub(in crate::web) async fn add(
    desk: Desk,
    grouping: Grouping,
    LargeForm(fields): LargeForm,
) -> Result<HttpResponse, PageError> {
    sent(&desk, &grouping, None, &fields).await
}

/// `POST /groups/{id}/edit`.
pub(in crate::web) async fn set(
    desk: Desk,
    grouping: Grouping,
    id: web::Path<String>,
    LargeForm(fields): LargeForm,
) -> Result<HttpResponse, PageError> {
    let group = grouping.group(&id)?.clone();
    sent(&desk, &grouping, Some(&group), &fields).await
}

/// Does what the button says that the form was sent with.
async fn sent(
    desk: &Desk,
    grouping: &Grouping,
    group: Option<&Group>,
    fields: &[(String, String)],
) -> Result<HttpResponse, PageError> {
    let own = group.map(|group| group.id);
    let mut typed = Typed::read(fields);
    if let Some(group) = group {
        // It stays with its router.
        typed.router = group.outline.router.as_ref().map(ToString::to_string).unwrap_or_default();
    }
    let pressed = fields.iter().find(|(name, _)| name == "do").map_or("", |(_, value)| value);
    let is_looking = !matches!(pressed, "save" | "preview");
    if is_looking {
        return show(desk, grouping, own, typed, Said::default()).await;
    }
    let (outline, mut faults) = typed.outline();
    if pressed == "preview" {
        faults.extend(faults::views(grouping, &outline.rule_faults()));
        if !faults.is_empty() {
            return show(desk, grouping, own, typed, Said { faults, ..Said::default() }).await;
        }
        let preview = Some(preview(grouping, own, outline).await?);
        return show(desk, grouping, own, typed, Said { preview, ..Said::default() }).await;
    }
    let change = match group {
        None => Change::AddGroup(outline),
        Some(group) => {
            let version =
                typed.version.parse().map_err(|_| Problem::Body("a version is a number".to_owned()))?;
            Change::SetGroup { id: group.id, version, outline }
        }
    };
    if !faults.is_empty() {
        // All that is wrong is told at once, unless it is not even known of which router the group is.
        if faults.iter().all(|fault| fault.field != "router")
            && let Err(Refused::Rules(Refusal::Faults(more))) = grouping.try_out(change).await
        {
            faults.extend(faults::views(grouping, &more));
        }
        return show(desk, grouping, own, typed, Said { faults, ..Said::default() }).await;
    }
    match grouping.change(change).await {
        Ok(Outcome::Group(group)) => Ok(go(&format!("/groups/{}?done=saved", group.id))),
        Ok(_) => Ok(go("/groups")),
        Err(Refused::Problem(Problem::Fields(_))) => {
            let faults = vec![faults::own("router", "router", "")];
            show(desk, grouping, own, typed, Said { faults, ..Said::default() }).await
        }
        Err(Refused::Rules(Refusal::Faults(faults))) => {
            let faults = faults::views(grouping, &faults);
            show(desk, grouping, own, typed, Said { faults, ..Said::default() }).await
        }
        Err(Refused::Rules(Refusal::Stale { current })) => {
            // What was typed stays; saving once more means it.
            typed.version = current.to_string();
            let faults = vec![faults::own("version", "stale", "")];
            show(desk, grouping, own, typed, Said { faults, ..Said::default() }).await
        }
        Err(refused) => Err(grouping.problem(refused).into()),
    }
}

/// `POST /groups/{id}/delete`.
pub(in crate::web) async fn remove(
    grouping: Grouping,
    id: web::Path<String>,
    LargeForm(fields): LargeForm,
) -> Result<HttpResponse, PageError> {
    let id = grouping.group(&id)?.id;
    let version = fields.iter().find(|(name, _)| name == "version").and_then(|(_, value)| value.parse().ok());
    let removed = grouping.change(Change::RemoveGroup { id, version }).await;
    removed.map_err(|refused| grouping.problem(refused))?;
    Ok(go("/groups?done=removed"))
}
