//! A question as URLs write it.

use super::query::{Chip, Query};
use super::{Cursor, Find, LONGEST_WINDOW, RowKey, Sort};
use crate::domain::router::RouterName;
use crate::domain::subscriber::SubscriberId;

/// More rows than this cannot be passed over: there are never so many.
const FURTHEST_OFFSET: usize = 1_000_000_000;

/// Why a question cannot be understood. A wrong word is said, never answered with an empty list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// `colour:red`.
    #[error("there is no filter called `{0}`")]
    UnknownFilter(String),
    /// `state:asleep`.
    #[error("`{0}` is no state; there are online, offline, unknown and disabled")]
    UnknownState(String),
    /// `down:>fast`.
    #[error("`{0}` is no rate; write for example `down:>5M` or `up:<100k`")]
    NoRate(String),
    /// `uptime:<soon`.
    #[error("`{0}` is no duration; write for example `uptime:<1h` or `uptime:>2d`")]
    NoDuration(String),
    /// `ip:10.0.0.0/99`.
    #[error("`{0}` is no address or network; write for example `ip:10.0.3.7` or `ip:10.0.3.0/24`")]
    NoAddress(String),
    /// `group_id:north`.
    #[error("`{0}` is no group's id; write `group:north` for its name")]
    NoGroup(String),
    /// `state:` and nothing behind it.
    #[error("the filter `{0}:` needs a value")]
    NoValue(String),
    /// `"never closed`.
    #[error("a quotation mark is missing after `{0}`")]
    OpenQuote(String),
    /// `sort=beauty`.
    #[error("`{0}` is nothing that subscribers can be sorted by")]
    UnknownSort(String),
    /// `router=…` that cannot name one.
    #[error("`{0}` is no router's name")]
    NoRouter(String),
    /// `limit=1000000`.
    #[error("`{0}` is no number, or more than can be asked for")]
    NoNumber(String),
    /// `cursor=` that we did not give, or gave for another order.
    #[error("`{0}` is no cursor of this order; begin again without one")]
    NoCursor(String),
    /// `keys=` with something that names no row.
    #[error("`{0}` is no key of a row")]
    NoKey(String),
    /// More keys than rows can be asked for.
    #[error("at most 1000 rows can be asked for by their keys")]
    TooManyKeys,
    /// More words than anybody types.
    #[error("the search is too long; 500 characters are enough")]
    TooLong,
}

impl Problem {
    /// The problem as translations name it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::UnknownFilter(_) => "unknown_filter",
            Self::UnknownState(_) => "unknown_state",
            Self::NoRate(_) => "no_rate",
            Self::NoDuration(_) => "no_duration",
            Self::NoAddress(_) => "no_address",
            Self::NoGroup(_) => "no_group",
            Self::NoValue(_) => "no_value",
            Self::OpenQuote(_) => "open_quote",
            Self::UnknownSort(_) => "unknown_sort",
            Self::NoRouter(_) => "no_router",
            Self::NoNumber(_) => "no_number",
            Self::NoCursor(_) => "no_cursor",
            Self::NoKey(_) => "no_key",
            Self::TooManyKeys => "too_many_keys",
            Self::TooLong => "too_long",
        }
    }

    /// The words that were not understood.
    pub fn value(&self) -> &str {
        match self {
            Self::UnknownFilter(value)
            | Self::UnknownState(value)
            | Self::NoRate(value)
            | Self::NoDuration(value)
            | Self::NoAddress(value)
            | Self::NoGroup(value)
            | Self::NoValue(value)
            | Self::OpenQuote(value)
            | Self::UnknownSort(value)
            | Self::NoRouter(value)
            | Self::NoNumber(value)
            | Self::NoCursor(value)
            | Self::NoKey(value) => value,
            Self::TooManyKeys | Self::TooLong => "",
        }
    }
}

impl Find {
    /// Reads `q`, `state`, `router`, `sort`, `cursor`, `offset`, `limit` and `keys`; other parameters are not ours to judge.
    pub fn parse<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        let mut find = Self::default();
        let mut cursor = None;
        for (name, value) in parameters {
            if value.is_empty() {
                continue;
            }
            match name {
                "q" => find.query = Query::parse(value)?,
                "state" if value == "all" => find.chip = None,
                "state" => {
                    find.chip =
                        Some(Chip::parse(value).ok_or_else(|| Problem::UnknownState(value.to_owned()))?);
                }
                "router" | "router_id" => {
                    find.router =
                        Some(RouterName::new(value).map_err(|_| Problem::NoRouter(value.to_owned()))?);
                }
                "sort" => {
                    find.sort = Sort::parse(value).ok_or_else(|| Problem::UnknownSort(value.to_owned()))?;
                }
                "cursor" => cursor = Some(value),
                "offset" => find.offset = number(value, FURTHEST_OFFSET)?,
                "keys" => find.keys = Some(keys(value)?),
                "limit" => find.limit = number(value, LONGEST_WINDOW)?,
                _ => {}
            }
        }
        // Read last, when the order is known.
        if let Some(text) = cursor {
            let after = Cursor::parse(text).filter(|after| after.is_of(find.sort));
            find.after = Some(after.ok_or_else(|| Problem::NoCursor(text.to_owned()))?);
        }
        Ok(find)
    }
}

/// Reads `ROUTER:NUMBER,ROUTER:NUMBER,…`.
fn keys(text: &str) -> Result<Vec<RowKey>, Problem> {
    let keys = text.split(',').map(key).collect::<Result<Vec<_>, _>>()?;
    if LONGEST_WINDOW < keys.len() { Err(Problem::TooManyKeys) } else { Ok(keys) }
}

/// Reads `ROUTER:NUMBER`.
fn key(text: &str) -> Result<RowKey, Problem> {
    let known = text
        .rsplit_once(':')
        .and_then(|(router, id)| Some((RouterName::new(router).ok()?, SubscriberId(id.parse().ok()?))));
    known.ok_or_else(|| Problem::NoKey(text.to_owned()))
}

fn number(value: &str, most: usize) -> Result<usize, Problem> {
    let number = value.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| Problem::NoNumber(value.to_owned()))
}
