//! The audit log: who did what, and whether it is as it was written.

use super::desk::Desk;
use super::errors::PageError;
use super::frame::Frame;
use super::offer::Offer;
use super::parameters::encode;
use crate::access::{AuditEntry, AuditError, AuditSearch};
use crate::domain::visible::visible;
use crate::http::Problem;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::{Deserialize, Serialize};

/// Rows on one page.
const ROWS: usize = 100;

/// The beginnings of actions that can be chosen.
const KINDS: [&str; 11] =
    ["session", "request", "user", "token", "wall", "group", "category", "router", "job", "settings", "log"];

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    offset: usize,
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    q: String,
    action: String,
    kinds: [&'static str; 11],
    /// Whether it was looked at as a whole, which takes a while where it is long.
    is_checked: bool,
    /// How many entries there are, if they are whole.
    whole: Option<u64>,
    /// The first entry that does not fit.
    broken_at: Option<u64>,
    rows: Vec<Row>,
    total: usize,
    from: usize,
    to: usize,
    newer: Option<String>,
    older: Option<String>,
    offer: Offer,
}

#[derive(Serialize)]
struct Row {
    number: u64,
    at: String,
    time: String,
    who: String,
    from: String,
    action: String,
    object: String,
    result: String,
}

impl From<AuditEntry> for Row {
    fn from(entry: AuditEntry) -> Self {
        let shown = |text: &str| visible(text).into_owned();
        Self {
            number: entry.seq,
            at: format!("{:.3}", entry.at),
            time: entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            who: shown(&entry.who),
            from: shown(&entry.from),
            action: shown(&entry.action),
            object: shown(&entry.object),
            result: shown(&entry.result),
        }
    }
}

/// `GET /audit`.
pub(super) async fn page(desk: Desk, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let Asked { q, action, offset } = asked.into_inner();
    let search = AuditSearch { q: q.clone(), action: action.clone() };
    let is_checked = offset == 0 && q.is_empty() && action.is_empty();
    let read = move |people: &crate::access::People| {
        let found = people.search_audit(&search, offset, ROWS)?;
        let checked = is_checked.then(|| people.verify_audit());
        Ok::<_, crate::access::Unavailable>((found, checked, people.audit_length()?))
    };
    let (found, checked, all) = desk.wait(read).await?.map_err(Problem::from)?;
    let (whole, broken_at) = match checked {
        None => (None, None),
        Some(Ok(entries)) => (Some(entries), None),
        Some(Err(AuditError::Broken(broken))) => (None, Some(broken.at)),
        Some(Err(AuditError::Unavailable(error))) => {
            tracing::error!(error = %error, "whether the audit log is whole could not be read");
            (None, None)
        }
    };
    let (total, to) = (found.numbers.len(), offset + found.entries.len());
    let chosen = [("q", q.as_str()), ("action", action.as_str())];
    let at = |offset: usize| {
        let mut link = format!("/audit?offset={offset}");
        for (name, value) in chosen.iter().filter(|(_, value)| !value.is_empty()) {
            link.push('&');
            link.push_str(name);
            link.push('=');
            encode(&mut link, value);
        }
        link
    };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "audit"),
        kinds: KINDS,
        is_checked,
        whole,
        broken_at,
        total,
        from: if found.entries.is_empty() { 0 } else { offset + 1 },
        to,
        newer: (0 < offset).then(|| at(offset.saturating_sub(ROWS))),
        older: (to < total).then(|| at(to)),
        offer: Offer::new("audit", &chosen, total, all),
        rows: found.entries.into_iter().map(Row::from).collect(),
        q,
        action,
    };
    desk.templates.page(StatusCode::OK, "audit.html", &view)
}
