//! `/api/v1/groups` and `/api/v1/categories`: groups of subscribers, and how they stand.

pub(super) mod categories;
pub(super) mod files;
pub(super) mod words;

use super::parameters::Parameters;
use super::wire::{self, Rate, Rfc3339};
use crate::domain::groups::{Card, Change, Colour, Group, Icon, Member, Outcome, Outline, Rule, Tally};
use crate::domain::router::RouterName;
use crate::http::{Grouping, LargeJson, Problem};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use words::{ColourWord, GroupMember, GroupRule, StandingWord};

/// All groups that may be seen, or those that were searched for.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupsAnswer<'a> {
    success: bool,
    meta: GroupsMeta,
    /// Those that need a person first.
    groups: Vec<GroupRow<'a>>,
}

/// What is said of the list as a whole.
#[derive(Serialize, ToSchema)]
struct GroupsMeta {
    current_time: Rfc3339,
    total: usize,
}

/// A group, and how it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupRow<'a> {
    id: String,
    /// Give it back with a change.
    version: u64,
    /// Null is a group of all routers.
    router: Option<&'a str>,
    name: &'a str,
    description: &'a str,
    #[schema(value_type = ColourWord)]
    colour: Colour,
    #[schema(value_type = String)]
    icon: Icon,
    maximum: Option<u32>,
    /// How many more it has room for; below zero if rules brought in more. Null without a maximum.
    vacant: Option<i64>,
    /// How the group stands as a whole.
    #[schema(value_type = StandingWord)]
    state: &'static str,
    counts: GroupCounts,
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
    created: Rfc3339,
    changed: Rfc3339,
}

/// Members of a group by state; each counts once.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupCounts {
    members: usize,
    online: usize,
    offline: usize,
    /// Switched off on the router, and without a session.
    disabled: usize,
    /// Their router cannot be asked.
    unknown: usize,
    /// Named in the group, and not known to their router.
    missing: usize,
}

impl From<Tally> for GroupCounts {
    fn from(tally: Tally) -> Self {
        let Tally { members, online, offline, disabled, unknown, missing, .. } = tally;
        Self { members, online, offline, disabled, unknown, missing }
    }
}

impl<'a> GroupRow<'a> {
    pub(super) fn new(card: &'a Card) -> Self {
        let Group { id, version, created, changed, outline, .. } = &*card.group;
        Self {
            id: id.to_string(),
            version: *version,
            router: outline.router.as_ref().map(RouterName::as_str),
            name: &outline.name,
            description: &outline.description,
            colour: outline.colour,
            icon: outline.icon,
            maximum: outline.maximum,
            vacant: card.vacant(),
            state: card.standing().word(),
            counts: card.tally.into(),
            download_bps: card.tally.download.map(Rate::from),
            upload_bps: card.tally.upload.map(Rate::from),
            created: Rfc3339(*created),
            changed: Rfc3339(*changed),
        }
    }
}

/// One group with who is in it by name and by rule.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupAnswer<'a> {
    success: bool,
    group: GroupRow<'a>,
    #[schema(value_type = Vec<GroupMember>)]
    members: &'a [Member],
    #[schema(value_type = Vec<GroupRule>)]
    rules: &'a [Rule],
}

/// A group that shall be there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupBody {
    /// The router whose subscribers it is for; without one those of all routers.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{1,64}$")]
    router: Option<RouterName>,
    /// No other group of that router is called so, whatever the case.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    #[serde(default)]
    #[schema(value_type = ColourWord)]
    colour: Colour,
    /// One of the icons of the pages, such as `people` or `wifi`.
    #[serde(default)]
    #[schema(value_type = String, pattern = "^(people|collection|diagram-3|ethernet|hdd-stack|hdd-network|router|wifi|plug|funnel|lock-fill|bell|sun)$")]
    icon: Icon,
    #[schema(minimum = 1, maximum = 1_000_000)]
    maximum: Option<u32>,
    /// Who is in it by name; nobody is named in two groups.
    #[serde(default)]
    #[schema(value_type = Vec<GroupMember>, max_items = 10_000)]
    members: Vec<Member>,
    /// Who else is in it.
    #[serde(default)]
    #[schema(value_type = Vec<GroupRule>, max_items = 200)]
    rules: Vec<Rule>,
    /// The version that the change was made from. A change needs one; a new group has none.
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295u64)]
    version: Option<u32>,
}

impl GroupBody {
    fn outline(self) -> Outline {
        let Self { router, name, description, colour, icon, maximum, members, rules, .. } = self;
        Outline { router, name, description, colour, icon, maximum, members, rules }
    }
}

/// A change without the version that it was made from.
pub(super) fn version(version: Option<impl Into<u64>>) -> Result<u64, Problem> {
    version
        .map(Into::into)
        .ok_or_else(|| Problem::Body("say with `version` which version the change was made from".to_owned()))
}

/// `GET /api/v1/groups`.
pub(super) async fn list(grouping: Grouping, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let cards = found(&grouping, &parameters)?;
    let meta = GroupsMeta { current_time: Rfc3339(Timestamp::now()), total: cards.len() };
    let groups = cards.iter().map(GroupRow::new).collect();
    Ok(wire::json(&GroupsAnswer { success: true, meta, groups }))
}

/// How the groups stand that are asked for.
pub(super) fn found(grouping: &Grouping, parameters: &Parameters) -> Result<Vec<Card>, Problem> {
    let router = parameters.router().map(|name| grouping.seen.router(name)).transpose()?;
    let typed = parameters.get("q").unwrap_or_default();
    Ok(grouping.cards(typed, router.as_ref().map(|router| &router.name)))
}

fn answer(card: &Card) -> HttpResponse {
    let Outline { members, rules, .. } = &card.group.outline;
    wire::json(&GroupAnswer { success: true, group: GroupRow::new(card), members, rules })
}

/// `GET /api/v1/groups/{id}`.
pub(super) async fn one(grouping: Grouping, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(answer(&grouping.card(grouping.group(&id)?)))
}

/// Brings a change of a group about, and answers with the group.
async fn change(grouping: &Grouping, change: Change) -> Result<HttpResponse, Problem> {
    let outcome = grouping.change(change).await.map_err(|refused| grouping.problem(refused))?;
    match outcome {
        Outcome::Group(group) => Ok(answer(&grouping.card(&group))),
        _ => Ok(done()),
    }
}

fn done() -> HttpResponse {
    wire::json(&words::Removed { success: true })
}

fn created(mut answer: HttpResponse) -> HttpResponse {
    *answer.status_mut() = StatusCode::CREATED;
    answer
}

/// `POST /api/v1/groups`.
pub(super) async fn add(
    grouping: Grouping,
    LargeJson(body): LargeJson<GroupBody>,
) -> Result<HttpResponse, Problem> {
    Ok(created(change(&grouping, Change::AddGroup(body.outline())).await?))
}

/// `PUT /api/v1/groups/{id}`.
pub(super) async fn set(
    grouping: Grouping,
    id: web::Path<String>,
    LargeJson(body): LargeJson<GroupBody>,
) -> Result<HttpResponse, Problem> {
    let id = grouping.group(&id)?.id;
    let version = version(body.version)?;
    change(&grouping, Change::SetGroup { id, version, outline: body.outline() }).await
}

/// `DELETE /api/v1/groups/{id}`.
pub(super) async fn remove(
    grouping: Grouping,
    id: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let (id, version) = (grouping.group(&id)?.id, seen_version(&parameters)?);
    change(&grouping, Change::RemoveGroup { id, version }).await
}

/// The version that whoever takes something away looked at, if they say it.
pub(super) fn seen_version(parameters: &Parameters) -> Result<Option<u64>, Problem> {
    let text = parameters.get("version");
    let wrong = || Problem::Parameter("`version` is a number".to_owned());
    text.map(|text| text.parse().map_err(|_| wrong())).transpose()
}
