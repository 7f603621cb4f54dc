//! Groups as files, and what rules would bring in before they are kept.

use super::words::{GroupMember, GroupRule};
use crate::api::parameters::{MOST_ROWS, Parameters};
use crate::api::wire;
use crate::domain::groups::{
    Change, Document, Group, Id, Import, Member, Outcome, Outline, Preview, Reading, Rule, Told,
};
use crate::domain::router::RouterName;
use crate::domain::units::Text;
use crate::domain::visible::visible;
use crate::http::{Exports, Grouping, LargeBody, LargeJson, Problem};
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Names that a preview shows.
const SHOWN: usize = 100;

/// Groups and categories as they are exported and imported.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what the domain writes")]
pub(in crate::api) struct GroupsFile {
    /// Always `tikwatch-groups`.
    format: String,
    #[schema(minimum = 1)]
    version: u32,
    groups: Vec<Value>,
    categories: Vec<Value>,
}

/// What an import did, or would do.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct ImportAnswer {
    success: bool,
    /// Whether nothing was changed.
    dry_run: bool,
    groups_added: usize,
    groups_replaced: usize,
    groups_unchanged: usize,
    categories_added: usize,
    categories_replaced: usize,
    /// Groups that categories name, and that nobody knows or that stand elsewhere.
    left_out: Vec<String>,
    /// Routers of the file that are in no settings: their groups and members are kept, and nobody watches them.
    unknown_routers: Vec<String>,
    /// The file in the data folder in which everything is kept as it was before, if something was changed.
    backup: Option<String>,
}

/// Who would be in a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PreviewBody {
    /// The router whose subscribers it is for; without one those of all routers that may be seen.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{1,64}$")]
    router: Option<RouterName>,
    /// The group that it is for, if it is there already.
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{16}$")]
    group: Option<Id>,
    #[serde(default)]
    #[schema(value_type = Vec<GroupMember>, max_items = 10_000)]
    members: Vec<Member>,
    #[serde(default)]
    #[schema(value_type = Vec<GroupRule>, max_items = 200)]
    rules: Vec<Rule>,
}

/// Who would be in it.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct PreviewAnswer {
    success: bool,
    /// How many subscribers the names and rules are true of.
    matching: usize,
    /// How many of them would be in another group all the same, which keeps them.
    elsewhere: usize,
    /// The first of those who would be in it.
    names: Vec<PreviewName>,
}

/// A subscriber who would be in the group.
#[derive(Serialize, ToSchema)]
struct PreviewName {
    router: String,
    name: String,
}

/// `GET /api/v1/groups/export`.
pub(in crate::api) async fn export(grouping: Grouping, exports: Exports) -> Result<HttpResponse, Problem> {
    let entries = |group: &Group| 1 + group.outline.members.len() + group.outline.rules.len();
    if MOST_ROWS < grouping.groups().map(|group| entries(group)).sum::<usize>() {
        exports.pay()?;
    }
    let groups = grouping.groups().map(|group| &**group);
    let document = Document::new(groups, grouping.categories().map(|category| &**category));
    let mut answer = wire::json(&document);
    let value = HeaderValue::from_static("attachment; filename=\"groups.json\"");
    answer.headers_mut().insert(CONTENT_DISPOSITION, value);
    Ok(answer)
}

/// `POST /api/v1/groups/import`: a file of ours, or a `groups.json` or `categories.json` of the earlier program.
pub(in crate::api) async fn import(
    grouping: Grouping,
    parameters: Parameters,
    LargeBody(file): LargeBody,
) -> Result<HttpResponse, Problem> {
    let dry_run = parameters.flag("dry_run")?;
    let router = match parameters.router() {
        Some(name) => Some(grouping.router(name).await?),
        None => None,
    };
    let of = parameters.get("of").map(str::to_owned);
    let reading = Reading { router, of };
    let read = Import::read(&file, &reading);
    let import = read.map_err(|error| Problem::Body(visible(&error.to_string()).into_owned()))?;
    let change = Change::Import(import);
    let outcome = if dry_run { grouping.try_out(change).await } else { grouping.change(change).await };
    let told = match outcome.map_err(|refused| grouping.problem(refused))? {
        Outcome::Imported(told) => told,
        _ => Told::default(),
    };
    let Told { added, replaced, unchanged, categories_added, categories_replaced, left_out, .. } = told;
    Ok(wire::json(&ImportAnswer {
        success: true,
        dry_run,
        groups_added: added,
        groups_replaced: replaced,
        groups_unchanged: unchanged,
        categories_added,
        categories_replaced,
        left_out,
        unknown_routers: told.unknown_routers.iter().map(ToString::to_string).collect(),
        backup: told.backup,
    }))
}

/// `POST /api/v1/groups/preview`.
pub(in crate::api) async fn preview(
    grouping: Grouping,
    LargeJson(body): LargeJson<PreviewBody>,
) -> Result<HttpResponse, Problem> {
    let PreviewBody { router, group, members, rules } = body;
    let snapshots = grouping.snapshots_of(router.as_ref()).await?;
    if let Some(wrong) = rules.iter().find_map(|rule| rule.check().err()) {
        return Err(Problem::Body(wrong.to_string()));
    }
    let outline = Outline { router, members, rules, ..Outline::default() };
    let Preview { matching, elsewhere, names } = grouping.preview(group, outline, snapshots, SHOWN).await?;
    let name = |(router, name): (RouterName, Text)| PreviewName {
        router: router.to_string(),
        name: name.to_string(),
    };
    let names = names.into_iter().map(name).collect();
    Ok(wire::json(&PreviewAnswer { success: true, matching, elsewhere, names }))
}
