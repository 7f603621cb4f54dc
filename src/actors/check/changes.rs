//! Whether something can be changed on the router by the user that is there for it.

use super::{CheckOptions, DEADLINE, Progress, Writing, chain, rights};
use crate::domain::check::{Hint, Reason};
use crate::routeros::client::Client;
use crate::routeros::stream;
use std::net::SocketAddr;

/// Told before what went wrong: the router can be watched all the same.
const IN_VAIN: &str = "nothing can be changed";

/// Signs in as that user, if there is one, and looks at what they may do. Nothing is changed.
pub(super) async fn check(options: &CheckOptions, addresses: &[SocketAddr], report: &mut Progress<'_>) {
    let Writing::As { username, .. } = &options.writing else { return };
    if let Err((text, reason)) = signed_in(options, addresses, report).await {
        let text = format!("{IN_VAIN} as {username:?}: {text}");
        report.warn("changes", &text, (Hint::About(reason), reason.remedy()));
    }
}

/// What went wrong, and why.
type Wrong = (String, Reason);

async fn signed_in(
    options: &CheckOptions,
    addresses: &[SocketAddr],
    report: &mut Progress<'_>,
) -> Result<(), Wrong> {
    let Writing::As { username, password } = &options.writing else { return Ok(()) };
    let unreached = |error: stream::ConnectError| (chain(&error), error.reason());
    let opened = stream::open(&options.endpoint, addresses, DEADLINE).await.map_err(unreached)?;
    let connected = opened.protect(&options.endpoint, DEADLINE).await.map_err(unreached)?;
    let client = Client::sign_in(connected, username, password, options.client(), DEADLINE).await;
    let mut client = client.map_err(|error| (super::not_signed_in(&error, options.asked), error.reason()))?;
    let looked = rights::check_writer(&mut client, username, report).await;
    looked.map_err(|error| (chain(&error), error.reason()))
}
