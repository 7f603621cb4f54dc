//! Users and tokens from the shell, while the service is stopped: the store has one owner at a time.

use super::{Failure, credentials};
use crate::access::{Actor, NewToken, NewUser, People, TokenError, Unavailable, UserError, VisitId};
use crate::store::Store;
use anyhow::anyhow;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use std::io::Write;
use std::path::Path;

/// Opens the people of a data folder; says why that is not possible, and changes nothing then.
pub fn people(data: &Path) -> Result<People, Failure> {
    People::open(credentials::vault(data)?).map_err(Failure::setup)
}

/// The same for who only looks: a folder without a store stays without one.
fn people_that_are_there(data: &Path) -> Result<People, Failure> {
    if !Store::exists(data) {
        return Err(Failure::Setup(anyhow!(
            "{:?} is no data folder of tikwatch",
            data.display().to_string()
        )));
    }
    people(data)
}

/// Adds a user.
pub async fn add_user(data: &Path, new: NewUser) -> Result<(), Failure> {
    let name = new.name.clone();
    let role = new.role;
    people(data)?.add_user(&Actor::console(), new, Timestamp::now()).await.map_err(of_user)?;
    tracing::info!("added `{name}` as {role}");
    Ok(())
}

/// Gives a user another password.
pub async fn reset_password(data: &Path, name: &str, password: SecretString) -> Result<(), Failure> {
    let people = people_that_are_there(data)?;
    people.reset_password(&Actor::console(), name, password, Timestamp::now()).await.map_err(of_user)?;
    tracing::info!("`{name}` has a new password; their sessions ended");
    Ok(())
}

/// Keeps a user out, or lets them in again.
pub fn set_disabled(data: &Path, name: &str, is_disabled: bool) -> Result<(), Failure> {
    let people = people_that_are_there(data)?;
    people.set_disabled(&Actor::console(), name, is_disabled, Timestamp::now()).map_err(of_user)?;
    if is_disabled {
        tracing::info!("`{name}` is disabled; their sessions and tokens ended");
    } else {
        tracing::info!("`{name}` is enabled");
    }
    Ok(())
}

/// Writes a line for each user: name, role, routers, state, second factor, when they last signed in.
pub fn list_users(data: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut rows =
        vec![["NAME", "ROLE", "ROUTERS", "STATE", "SECOND FACTOR", "LAST SIGN-IN"].map(str::to_owned)];
    for user in people_that_are_there(data)?.users() {
        let state = if user.is_disabled { "disabled" } else { "enabled" };
        let factor = if user.has_totp { "yes" } else { "no" };
        rows.push([
            user.name,
            user.role.to_string(),
            user.scope.to_string(),
            state.to_owned(),
            factor.to_owned(),
            moment(user.last_sign_in),
        ]);
    }
    table(&rows, out)
}

/// Makes a token, and writes it.
pub fn create_token(data: &Path, new: NewToken, out: &mut dyn Write) -> Result<(), Failure> {
    let made = people(data)?.create_token(&Actor::console(), new, Timestamp::now());
    let (view, token) = made.map_err(|error| match error {
        TokenError::Store(error) => of_store(error),
        error => Failure::setup(error),
    })?;
    writeln!(out, "{}", token.expose_secret()).map_err(|error| Failure::Running(error.into()))?;
    tracing::info!("made the token {} (`{}`) as {} of routers {}", view.id, view.name, view.role, view.scope);
    Ok(())
}

/// Writes a line for each token.
pub fn list_tokens(data: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let columns = ["ID", "NAME", "ROLE", "MAY", "ROUTERS", "CREATED", "BY", "EXPIRES", "LAST USED"];
    let mut rows = vec![columns.map(str::to_owned)];
    for token in people_that_are_there(data)?.tokens() {
        let may = if token.may_write { "write" } else { "read" };
        rows.push([
            token.id.to_string(),
            token.name,
            token.role.to_string(),
            may.to_owned(),
            token.scope.to_string(),
            moment(Some(token.created)),
            token.created_by,
            moment(token.expires),
            moment(token.last_used),
        ]);
    }
    table(&rows, out)
}

/// Ends a token.
pub fn revoke_token(data: &Path, id: &VisitId) -> Result<(), Failure> {
    let people = people_that_are_there(data)?;
    let was_there = people.revoke_token(&Actor::console(), id, Timestamp::now()).map_err(of_store)?;
    if !was_there {
        return Err(Failure::Setup(anyhow!("there is no token {id}")));
    }
    tracing::info!("the token {id} is revoked");
    Ok(())
}

pub(super) fn of_user(error: UserError) -> Failure {
    match error {
        UserError::Store(error) => of_store(error),
        error => Failure::setup(error),
    }
}

fn of_store(error: Unavailable) -> Failure {
    Failure::Running(error.into())
}

fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Writes rows with their columns one below the other.
fn table<const N: usize>(rows: &[[String; N]], out: &mut dyn Write) -> Result<(), Failure> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(out, "{}", line.trim_end()).map_err(|error| Failure::Running(error.into()))?;
    }
    Ok(())
}
