//! Routers from a file of the earlier program: first what it would bring about, then that. It works without scripts; what
//! the file holds is never on the page.

use super::{FaultView, WRONG, read, refused};
use crate::domain::configuration::{Obstacle, Refusal};
use crate::domain::router_import::{Deed, Line, Plan, Why};
use crate::http::{Configuring, Denied, Upload};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Fields, Notice};
use crate::web::frame::Frame;
use crate::web::held::HeldFiles;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Serialize;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    #[serde(flatten)]
    said: Said,
}

/// What the page says about a file.
#[derive(Serialize, Default)]
struct Said {
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    obstacle: Option<&'static str>,
    preview: Option<Preview>,
}

/// What a file would bring about, or did.
#[derive(Serialize)]
struct Preview {
    /// What to ask for the file by; empty if it was taken.
    held: String,
    version: u64,
    /// How many routers become of which word.
    counts: Vec<(&'static str, usize)>,
    /// Whether there is anything to do.
    changes: bool,
    lines: Vec<LineView>,
}

#[derive(Serialize)]
struct LineView {
    name: String,
    label: String,
    address: String,
    username: String,
    word: &'static str,
    /// The keys that are set otherwise.
    keys: String,
    /// Why it is left alone: a key of the words, and what fills it.
    why: Option<(&'static str, String)>,
    takes_password: bool,
    needs_certificate: bool,
    enabled: bool,
}

fn told(why: &Why) -> (&'static str, String) {
    match why {
        Why::SameAddress(name) => ("import.why.same_address", name.clone()),
        Why::Environment => ("import.why.environment", String::new()),
        Why::HasTls => ("import.why.has_tls", String::new()),
        Why::WriteMode => ("import.why.write_mode", String::new()),
    }
}

impl From<&Line> for LineView {
    fn from(line: &Line) -> Self {
        let (keys, why) = match &line.deed {
            Deed::Change(keys) => (keys.join(", "), None),
            Deed::Skip(why) => (String::new(), Some(told(why))),
            Deed::Add | Deed::Unchanged => (String::new(), None),
        };
        Self {
            name: line.name.to_string(),
            label: line.label.clone(),
            address: format!("{}:{}", line.host, line.port),
            username: line.username.clone(),
            word: line.deed.word(),
            keys,
            why,
            takes_password: line.takes_password,
            needs_certificate: line.needs_certificate(),
            enabled: line.enabled,
        }
    }
}

impl Preview {
    fn new(plan: &Plan, held: String, version: u64) -> Self {
        let words = ["added", "changed", "unchanged", "skipped"];
        Self {
            held,
            version,
            counts: words.map(|word| (word, plan.count(word))).into(),
            changes: plan.change().is_some(),
            lines: plan.lines.iter().map(LineView::from).collect(),
        }
    }
}

fn show(desk: &Desk, said: Said) -> Result<HttpResponse, PageError> {
    let is_wrong = said.notice.as_ref().is_some_and(|notice| !notice.is_good);
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::new(&desk.seen, &desk.me, "settings");
    desk.templates.page(status, "settings_import.html", &View { frame, csrf: desk.csrf(), said })
}

/// `GET /settings/import`.
pub(in crate::web) async fn page(desk: Desk, configuring: Configuring) -> Result<HttpResponse, PageError> {
    show(&desk, Said { obstacle: read(&configuring).await?.obstacle.map(Obstacle::word), ..Said::default() })
}

/// `POST /settings/import`: looks at a file, or takes the one that was looked at.
pub(in crate::web) async fn send(
    desk: Desk,
    configuring: Configuring,
    held: Data<HeldFiles>,
    upload: Upload,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of_upload(upload.fields);
    let obstacle = read(&configuring).await?.obstacle.map(Obstacle::word);
    let wrong = |denied: Denied| {
        let (notice, faults) = refused(denied)?;
        let notice = if notice.key == WRONG { Notice::bad("import.wrong") } else { notice };
        Ok::<_, PageError>(Said { notice: Some(notice), faults, obstacle, ..Said::default() })
    };
    let chosen = held.chosen(&desk.me.id, upload.file.as_deref(), fields.text("held"));
    let Some((id, file)) = chosen else {
        let notice =
            Notice::bad(if fields.text("held").is_empty() { "import.no_file" } else { "import.gone" });
        return show(&desk, Said { notice: Some(notice), obstacle, ..Said::default() });
    };
    let taken = match fields.text("do") {
        "save" => Some(configuring.import(&file, fields.text("version").parse().ok()).await),
        _ => None,
    };
    let is_late = matches!(taken, Some(Err(Denied::Refusal(Refusal::Stale(_)))));
    let said = match taken {
        Some(Ok((plan, version))) => {
            held.forget(&desk.me.id);
            let preview = Some(Preview::new(&plan, String::new(), version));
            Said { notice: Some(Notice::good("import.routers_done")), preview, obstacle, ..Said::default() }
        }
        Some(Err(denied)) if !is_late => wrong(denied)?,
        // Whoever changed something meanwhile, it is looked at again what the file would bring about now.
        _ => match configuring.plan(&file).await {
            Ok((plan, version)) => {
                let notice = is_late.then(|| Notice::bad("import.late"));
                let preview = Some(Preview::new(&plan, id, version));
                Said { notice, obstacle, preview, ..Said::default() }
            }
            Err(denied) => wrong(denied)?,
        },
    };
    if !said.faults.is_empty() {
        held.forget(&desk.me.id);
    }
    show(&desk, said)
}
