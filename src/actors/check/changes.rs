//! Whether something can be changed on the router by the user that is there for it.

use super::{CheckOptions, DEADLINE, Progress, Writing, rights};
use crate::domain::check::{Found, Hint, Reason};
use crate::routeros::client::Client;
use crate::routeros::stream;
use std::net::SocketAddr;

/// Signs in as that user, if there is one, and looks at what they may do. Nothing is changed, and the router can be watched
/// whatever goes wrong.
pub(super) async fn check(options: &CheckOptions, addresses: &[SocketAddr], report: &mut Progress<'_>) {
    let Writing::As { username, .. } = &options.writing else { return };
    if let Err((found, reason)) = signed_in(options, addresses, report).await {
        let found = Found::in_vain(username, found);
        report.warn("changes", found, (Hint::About(reason), reason.remedy()));
    }
}

/// What went wrong, and why.
type Wrong = (Found, Reason);

async fn signed_in(
    options: &CheckOptions,
    addresses: &[SocketAddr],
    report: &mut Progress<'_>,
) -> Result<(), Wrong> {
    let Writing::As { username, password } = &options.writing else { return Ok(()) };
    let unreached = |error: stream::ConnectError| (Found::unreached(&error), error.reason());
    let opened = stream::open(&options.endpoint, addresses, DEADLINE).await.map_err(unreached)?;
    let connected = opened.protect(&options.endpoint, DEADLINE).await.map_err(unreached)?;
    let client = Client::sign_in(connected, username, password, options.client(), DEADLINE).await;
    let mut client = client.map_err(|error| (super::not_signed_in(&error, options.asked), error.reason()))?;
    let looked = rights::check_writer(&mut client, username, report).await;
    looked.map_err(|error| (Found::unanswered(&error), error.reason()))
}
