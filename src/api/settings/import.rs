//! `POST /api/v1/settings/import`: routers from a file of the earlier program.

use crate::api::parameters::Parameters;
use crate::api::wire;
use crate::domain::router_import::{Deed, Line, Plan};
use crate::http::{Configuring, LargeBody, Problem};
use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// The earlier program's `data/routers.json`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what the domain reads")]
pub(in crate::api) struct RoutersFile(Vec<FileRouter>);

/// A router as the earlier program has it; other keys count for nothing.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes what the domain reads")]
struct FileRouter {
    /// Our name for it, by which its groups find it.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    id: String,
    /// Our label.
    #[schema(max_length = 100)]
    name: Option<String>,
    #[schema(min_length = 1, max_length = 253)]
    host: String,
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u32>,
    #[schema(min_length = 1, max_length = 255)]
    username: String,
    #[schema(format = Password, write_only)]
    password: Option<String>,
    use_ssl: Option<bool>,
    enabled: Option<bool>,
}

super::super::words::words! {
    /// What becomes of a router of a file.
    DeedWord: Added, Changed, Unchanged, Skipped;
}

/// What an import of routers did, or would do.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct RoutersImportAnswer<'a> {
    success: bool,
    /// Whether nothing was changed.
    dry_run: bool,
    /// The version of the settings, by now.
    version: u64,
    routers_added: usize,
    routers_changed: usize,
    routers_unchanged: usize,
    routers_skipped: usize,
    /// In the order of the file.
    routers: Vec<RoutersImportLine<'a>>,
}

/// What becomes of one router of the file.
#[derive(Serialize, ToSchema)]
struct RoutersImportLine<'a> {
    name: &'a str,
    label: &'a str,
    host: &'a str,
    port: u64,
    #[schema(value_type = DeedWord)]
    deed: &'static str,
    /// The keys that are set otherwise.
    keys: &'a [String],
    /// Why it is left alone, if it is.
    why: Option<String>,
    /// Whether its password is taken from the file.
    takes_password: bool,
    /// Whether its certificate has to be accepted before it can be watched.
    needs_certificate: bool,
}

impl<'a> From<&'a Line> for RoutersImportLine<'a> {
    fn from(line: &'a Line) -> Self {
        let (keys, why): (&[String], _) = match &line.deed {
            Deed::Change(keys) => (keys, None),
            Deed::Skip(why) => (&[], Some(why.to_string())),
            Deed::Add | Deed::Unchanged => (&[], None),
        };
        Self {
            name: line.name.as_str(),
            label: &line.label,
            host: &line.host,
            port: line.port,
            deed: line.deed.word(),
            keys,
            why,
            takes_password: line.takes_password,
            needs_certificate: line.needs_certificate(),
        }
    }
}

/// `POST /api/v1/settings/import`: all of the file, or nothing.
pub(in crate::api) async fn import(
    configuring: Configuring,
    parameters: Parameters,
    LargeBody(file): LargeBody,
) -> Result<HttpResponse, Problem> {
    let dry_run = parameters.flag("dry_run")?;
    let (plan, version) =
        if dry_run { configuring.plan(&file).await? } else { configuring.import(&file, None).await? };
    let count = |word| Plan::count(&plan, word);
    Ok(wire::json(&RoutersImportAnswer {
        success: true,
        dry_run,
        version,
        routers_added: count("added"),
        routers_changed: count("changed"),
        routers_unchanged: count("unchanged"),
        routers_skipped: count("skipped"),
        routers: plan.lines.iter().map(RoutersImportLine::from).collect(),
    }))
}
