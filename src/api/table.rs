//! Lists that are tables of the routers: searched, chosen from, ordered and cut by the columns of `domain::tables`.

use super::etag::Etag;
use super::list::{self, Listed, TableMeta};
use super::parameters::{MOST_ROWS, Parameters};
use crate::domain::snapshot::Snapshot;
use crate::domain::tables::{Ask, Entry, Order, Page, Place, Tabular};
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use crate::state::RouterView;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Whoever asked, and what of.
pub(super) struct Asked<'p> {
    snapshots: Vec<Arc<Snapshot>>,
    labels: Labels,
    etag: Etag,
    parameters: &'p Parameters,
}

impl<'p> Asked<'p> {
    /// Looks at what is asked for; gives the answer at once to whoever knows it already.
    pub(super) fn new(
        request: &HttpRequest,
        seen: &Seen,
        parameters: &'p Parameters,
    ) -> Result<Result<Self, HttpResponse>, Problem> {
        let snapshots = parameters.snapshots(seen)?;
        let etag = Etag::new(request, seen, &snapshots);
        if let Some(known) = etag.not_modified(request) {
            return Ok(Err(known));
        }
        Ok(Ok(Self { snapshots, labels: labels(seen), etag, parameters }))
    }

    /// Answers with a window of a table.
    pub(super) fn answer<'a, R: Tabular, W: Serialize + ToSchema>(
        &'a self,
        name: &'static str,
        row: impl Fn(&Entry<'a, R>, Moment) -> W,
    ) -> Result<HttpResponse, Problem> {
        let ask = ask::<R>(self.parameters)?;
        let now = list::now();
        let page = search::<R>(&ask, &self.snapshots, &self.labels);
        // Another order than that of places is leafed through by `offset`.
        let last = page.rows.last().filter(|_| page.has_more && ask.order.is_none());
        let counts = R::CHIPS.iter().map(|chip| chip.word).zip(page.counts.iter().copied());
        let listed = Listed {
            name,
            total: page.total,
            limit: ask.limit,
            offset: ask.offset,
            counts: counts.chain([("all", page.found)]).collect(),
            cursor: last.map(|last| {
                let (router, number) = (last.snapshot.router.as_str(), R::id(last.row));
                list::write_cursor(list::Place { router, number })
            }),
            tables: standings::<R>(&self.snapshots, now),
        };
        let rows: Vec<W> = page.rows.iter().map(|entry| row(entry, now)).collect();
        listed.answer(&rows, self.parameters, &self.etag, now)
    }
}

/// What operators call their routers, and where these are, in lower case.
pub(super) type Labels = BTreeMap<String, (String, String)>;

/// Those of the routers that are seen.
pub(super) fn labels(seen: &Seen) -> Labels {
    let label = |view: RouterView| {
        let label = view.label.unwrap_or_default().to_lowercase();
        (view.name.to_string(), (label, view.address.to_lowercase()))
    };
    seen.routers().into_iter().map(label).collect()
}

/// Answers a question for rows, which may also be found by what their routers are called.
pub(super) fn search<'a, R: Tabular>(
    ask: &Ask,
    snapshots: &'a [Arc<Snapshot>],
    labels: &Labels,
) -> Page<'a, R> {
    let needle = ask.q.to_lowercase();
    ask.run::<R>(snapshots, |entry| {
        let known = labels.get(entry.snapshot.router.as_str());
        known.is_some_and(|(label, address)| {
            label.contains(&needle) || R::ARE_ROUTERS && address.contains(&needle)
        })
    })
}

/// How a table stands at each router.
pub(super) fn standings<R: Tabular>(snapshots: &[Arc<Snapshot>], now: Moment) -> Vec<TableMeta> {
    let standing = |snapshot: &Arc<Snapshot>| {
        let (state, at) = R::standing(snapshot);
        TableMeta::of(snapshot, list::state_word(&state), at, now).lacking(R::lacks(snapshot))
    };
    snapshots.iter().map(standing).collect()
}

/// The question that the parameters ask.
pub(super) fn ask<R: Tabular>(parameters: &Parameters) -> Result<Ask, Problem> {
    let words = |words: Vec<&str>| words.join(", ");
    let order = parameters.get("sort").map(|word| {
        Order::parse::<R>(word).ok_or_else(|| {
            let known = words(R::COLUMNS.iter().map(|column| column.word).collect());
            Problem::Parameter(format!("rows cannot be sorted by `{word}`; there are {known}"))
        })
    });
    let chip = parameters.get("state").filter(|word| *word != "all").map(|word| {
        R::CHIPS.iter().position(|chip| chip.word == word).ok_or_else(|| {
            let known = words(R::CHIPS.iter().map(|chip| chip.word).collect());
            Problem::Parameter(format!("`{word}` is no state of these rows; there are {known}"))
        })
    });
    let after = parameters.get("cursor").map(list::parse_cursor);
    let keys = parameters.get("keys").map(keys);
    Ok(Ask {
        q: parameters.get("q").unwrap_or_default().to_owned(),
        chip: chip.transpose()?,
        order: order.transpose()?,
        offset: parameters.offset()?,
        limit: parameters.limit()?,
        after: after.transpose()?,
        keys: keys.transpose()?,
    })
}

/// Reads `ROUTER:*ID,ROUTER:*ID,…`.
fn keys(text: &str) -> Result<Vec<Place>, Problem> {
    let keys = text.split(',').map(key).collect::<Result<Vec<_>, _>>()?;
    if MOST_ROWS < keys.len() {
        return Err(Problem::Parameter(format!("at most {MOST_ROWS} rows can be asked for by their keys")));
    }
    Ok(keys)
}

/// Reads `ROUTER:*ID`.
fn key(text: &str) -> Result<Place, Problem> {
    let wrong = || Problem::Parameter(format!("`{text}` is no key of a row"));
    let (router, digits) = text.split_once(":*").ok_or_else(wrong)?;
    let is_id = (1..=16).contains(&digits.len())
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let is_name = crate::domain::router::RouterName::new(router).is_ok();
    let number = u64::from_str_radix(digits, 16).ok().filter(|_| is_id && is_name);
    Ok((router.to_owned(), number.ok_or_else(wrong)?))
}
