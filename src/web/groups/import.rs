//! Groups and categories as files: ours to keep, and ours or the earlier program's to take, after a look at what that
//! would bring about. It works without scripts.

use super::RouterChoice;
use super::faults::{self, FaultView};
use crate::domain::groups::{Change, Import, Outcome, Reading, Refusal, Told};
use crate::domain::router::RouterName;
use crate::domain::visible::visible;
use crate::http::{Grouping, Problem, Refused, Upload};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Fields, Notice};
use crate::web::frame::Frame;
use crate::web::held::HeldFiles;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Serialize;

/// So many of the names that are left out are shown.
const MOST_SHOWN: usize = 50;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    routers: Vec<RouterChoice>,
    #[serde(flatten)]
    said: Said,
}

/// What the page says about a file.
#[derive(Serialize, Default)]
struct Said {
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    /// The router that was chosen, and the earlier program's id of it.
    router: String,
    of: String,
    preview: Option<Preview>,
}

/// What a file would bring about, or did.
#[derive(Serialize)]
struct Preview {
    /// What to ask for the file by; empty if it was taken.
    held: String,
    revision: u64,
    /// How many become of which word.
    counts: Vec<(&'static str, usize)>,
    /// Whether there is anything to do.
    changes: bool,
    left_out: Vec<String>,
    /// Of how many more is left out that they are left out.
    more: usize,
    /// Routers of the file that are in no settings, for people to read.
    unknown_routers: String,
    /// The file in which all of it is kept as it was before.
    backup: Option<String>,
}

impl Preview {
    fn new(told: Told, held: String, revision: u64) -> Self {
        let Told { added, replaced, unchanged, categories_added, categories_replaced, left_out, .. } = told;
        let unknown: Vec<&str> = told.unknown_routers.iter().map(RouterName::as_str).collect();
        let (unknown_routers, backup) = (unknown.join(", "), told.backup);
        let counts = vec![
            ("groups_added", added),
            ("groups_replaced", replaced),
            ("groups_unchanged", unchanged),
            ("categories_added", categories_added),
            ("categories_replaced", categories_replaced),
        ];
        let changes =
            [added, replaced, categories_added, categories_replaced].into_iter().any(|count| count != 0);
        let more = left_out.len().saturating_sub(MOST_SHOWN);
        let left_out = left_out.iter().take(MOST_SHOWN).map(|name| visible(name).into_owned()).collect();
        Self { held, revision, counts, changes, left_out, more, unknown_routers, backup }
    }
}

async fn show(desk: &Desk, grouping: &Grouping, said: Said) -> Result<HttpResponse, PageError> {
    let is_wrong = said.notice.as_ref().is_some_and(|notice| !notice.is_good);
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::new(&desk.seen, &desk.me, "groups");
    let view = View { frame, csrf: desk.csrf(), routers: super::routers(grouping).await, said };
    desk.templates.page(status, "groups_import.html", &view)
}

/// `GET /groups/import`.
pub(in crate::web) async fn page(desk: Desk, grouping: Grouping) -> Result<HttpResponse, PageError> {
    show(&desk, &grouping, Said::default()).await
}

/// `POST /groups/import`: looks at a file, or takes the one that was looked at.
pub(in crate::web) async fn send(
    desk: Desk,
    mut grouping: Grouping,
    held: Data<HeldFiles>,
    upload: Upload,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of_upload(upload.fields);
    let (router, of) = (fields.text("router").to_owned(), fields.text("of").to_owned());
    let said = Said { router, of, ..Said::default() };
    let chosen = held.chosen(&desk.me.id, upload.file.as_deref(), fields.text("held"));
    let Some((id, file)) = chosen else {
        let key = if fields.text("held").is_empty() { "import.no_file" } else { "import.gone" };
        return show(&desk, &grouping, Said { notice: Some(Notice::bad(key)), ..said }).await;
    };
    let revision = grouping.all().revision();
    let is_meant = fields.text("do") == "save";
    // Whoever changed something meanwhile, it is looked at again what the file would bring about now.
    let is_late = is_meant && fields.text("revision") != revision.to_string();
    let outcome = match Import::read(&file, &reading(&grouping, &said).await?) {
        Ok(read) if is_meant && !is_late => grouping.change(Change::Import(read)).await,
        Ok(read) => grouping.try_out(Change::Import(read)).await,
        Err(error) => {
            held.forget(&desk.me.id);
            return show(&desk, &grouping, wrong(said, vec![faults::unread(&error)])).await;
        }
    };
    let told = match outcome {
        Ok(Outcome::Imported(told)) => told,
        Ok(_) => Told::default(),
        Err(refused) => {
            held.forget(&desk.me.id);
            let faults = match refused {
                Refused::Rules(Refusal::Faults(faults)) => faults::of_file(&grouping, &faults),
                // Of a field there is no other problem than a router that is not to be seen.
                Refused::Problem(Problem::Fields(errors)) => errors.iter().map(faults::no_router).collect(),
                other => return Err(grouping.problem(other).into()),
            };
            return show(&desk, &grouping, wrong(said, faults)).await;
        }
    };
    if is_meant && !is_late {
        held.forget(&desk.me.id);
        grouping.renew();
        let preview = Some(Preview::new(told, String::new(), revision));
        return show(
            &desk,
            &grouping,
            Said { notice: Some(Notice::good("import.groups_done")), preview, ..said },
        )
        .await;
    }
    let notice = is_late.then(|| Notice::bad("import.late"));
    show(&desk, &grouping, Said { notice, preview: Some(Preview::new(told, id, revision)), ..said }).await
}

/// For which router a file is read, as it was chosen.
async fn reading(grouping: &Grouping, said: &Said) -> Result<Reading, Problem> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let router = match some(&said.router) {
        Some(name) => Some(grouping.router(&name).await?),
        None => None,
    };
    Ok(Reading { router, of: some(&said.of) })
}

fn wrong(said: Said, faults: Vec<FaultView>) -> Said {
    Said { notice: Some(Notice::bad("import.wrong")), faults, ..said }
}
