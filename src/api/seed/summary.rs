//! Sessions and accounts of an earlier program, with its sums.

use super::rows::{PppActive, PppSecret, PppoeInterfaceWords};
use super::{AggregateStats, the_name, the_one, troubles};
use crate::api::list;
use crate::api::parameters::Parameters;
use crate::api::rendered::{Rendered, render};
use crate::api::wire::{Rfc3339, seconds};
use crate::api::words::{AccountWord, StateWord};
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{State, Subscriber};
use crate::http::{Problem, Seen};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Sessions and accounts.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(in crate::api) struct Pppoe<'a> {
    success: bool,
    /// The router, if it is one.
    router_id: Option<&'a str>,
    router_name: Option<String>,
    pppoe_interfaces: Vec<PppoeInterfaceWords<'a>>,
    /// Without their passwords, which are never read.
    ppp_secrets: Vec<PppSecret<'a>>,
    ppp_active: Vec<PppActive<'a>>,
    aggregate_stats: AggregateStats,
    current_time: Rfc3339,
    /// What is wrong with routers that cannot be asked.
    error_message: Option<String>,
}

/// Accounts in short.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct ShortAccounts<'a> {
    success: bool,
    accounts: Vec<ShortAccount<'a>>,
    /// What is wrong with routers that cannot be asked.
    error: Option<String>,
}

/// An account in short.
#[derive(Serialize, ToSchema)]
struct ShortAccount<'a> {
    router: &'a str,
    name: &'a str,
    profile: &'a str,
    #[schema(value_type = StateWord)]
    status: &'static str,
    disabled: bool,
}

/// Accounts by whether they have a session.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct AccountsSummary<'a> {
    success: bool,
    /// The router, if it is one.
    router_id: Option<&'a str>,
    router_name: Option<String>,
    all_accounts: Vec<PppSecret<'a>>,
    online_accounts: Vec<PppSecret<'a>>,
    offline_accounts: Vec<OfflineAccount<'a>>,
    /// Those of a router that cannot be asked: nobody knows whether they have a session.
    unknown_accounts: Vec<PppSecret<'a>>,
    statistics: AggregateStats,
    current_time: Rfc3339,
    /// What is wrong with routers that cannot be asked.
    error_message: Option<String>,
}

/// An account without a session.
#[derive(Serialize, ToSchema)]
struct OfflineAccount<'a> {
    #[serde(flatten)]
    account: PppSecret<'a>,
    #[schema(value_type = AccountWord)]
    status: &'static str,
    /// In the router's words; `-` if it does not know.
    last_uptime: &'a str,
    /// In seconds; null if nobody knows.
    downtime: Option<u64>,
}

/// `GET /api/pppoe`.
pub(in crate::api) async fn pppoe(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let router_name = the_name(&seen, &parameters);
    let make = |snapshots: &[Arc<Snapshot>]| {
        let now = list::now().wall;
        let each = || snapshots.iter().map(|one| (&**one, one.subscribers.as_slice()));
        render(&Pppoe {
            success: true,
            router_id: the_one(snapshots),
            router_name,
            pppoe_interfaces: each().flat_map(|(one, all)| PppoeInterfaceWords::of(one, all)).collect(),
            ppp_secrets: each().flat_map(|(one, all)| PppSecret::of(one, all)).collect(),
            ppp_active: each().flat_map(|(one, all)| PppActive::of(one, all, now)).collect(),
            aggregate_stats: AggregateStats::of(snapshots, now),
            current_time: Rfc3339(now),
            error_message: troubles(snapshots),
        })
    };
    rendered.answer(&request, &seen, ("/api/pppoe", parameters.router()), make).await
}

/// `GET /api/accounts`.
pub(in crate::api) async fn short(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let make = |snapshots: &[Arc<Snapshot>]| {
        let accounts = snapshots.iter().flat_map(|snapshot| {
            let with_account = snapshot.subscribers.iter().filter(|one| one.account.is_some());
            with_account.map(|subscriber| ShortAccount {
                router: snapshot.router.as_str(),
                name: &subscriber.name,
                profile: subscriber.profile(),
                status: subscriber.state.word(),
                disabled: subscriber.is_disabled(),
            })
        });
        render(&ShortAccounts { success: true, accounts: accounts.collect(), error: troubles(snapshots) })
    };
    rendered.answer(&request, &seen, ("/api/accounts", parameters.router()), make).await
}

/// `GET /api/ppp_accounts_summary`.
pub(in crate::api) async fn summary(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let router_name = the_name(&seen, &parameters);
    let make = |snapshots: &[Arc<Snapshot>]| {
        let now = list::now().wall;
        // One by one, so that each account stands with its subscriber.
        let each = || {
            snapshots.iter().flat_map(|snapshot| {
                let all = snapshot.subscribers.iter();
                all.flat_map(|one| {
                    PppSecret::of(snapshot, std::slice::from_ref(one)).map(move |row| (one, row))
                })
            })
        };
        let in_state = |state: State| each().filter(move |(one, _)| one.state == state);
        render(&AccountsSummary {
            success: true,
            router_id: the_one(snapshots),
            router_name,
            all_accounts: each().map(|(_, row)| row).collect(),
            online_accounts: in_state(State::Online).map(|(_, row)| row).collect(),
            offline_accounts: in_state(State::Offline)
                .map(|(one, account)| OfflineAccount::of(one, account, now))
                .collect(),
            unknown_accounts: in_state(State::Unknown).map(|(_, row)| row).collect(),
            statistics: AggregateStats::of(snapshots, now),
            current_time: Rfc3339(now),
            error_message: troubles(snapshots),
        })
    };
    rendered.answer(&request, &seen, ("/api/ppp_accounts_summary", parameters.router()), make).await
}

impl<'a> OfflineAccount<'a> {
    fn of(subscriber: &'a Subscriber, account: PppSecret<'a>, now: Timestamp) -> Self {
        let words = subscriber.account.as_ref().map_or("", |account| account.last_logged_out.as_str());
        Self {
            account,
            status: if subscriber.is_disabled() { "Disabled" } else { "Offline" },
            last_uptime: if words.is_empty() { "-" } else { words },
            downtime: subscriber.down_since().map(|since| seconds(since, now)),
        }
    }
}
