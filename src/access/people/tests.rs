//! What is promised of people, one file a promise.

mod accounts;
mod guesses;
mod secrets;
mod sessions;
mod setup;
mod tokens;
mod second_factor;

use super::*;
use crate::access::{
    Attempt, Keys, NewToken, NewUser, NewWall, Role, Scope, SignInError, SignedIn, UserError, VisitId,
};
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::IpAddr;

const PASSWORD: &str = "otter lamp seven gravel";
const OTHER: &str = "harbour kettle nine moss";

fn home() -> IpAddr {
    "192.0.2.1".parse().unwrap()
}

/// A moment so many seconds after the first one.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_secs(second)
}

fn open(store: &Store, keys: &Keys) -> People {
    People::open(Vault::new(store.clone(), keys.clone())).unwrap()
}

/// Nobody, in a store that is gone afterwards.
fn nobody() -> People {
    open(&Store::temporary().unwrap(), &Keys::temporary().unwrap())
}

/// The admin `ana` and those that are named.
async fn with(others: &[(&str, Role)]) -> People {
    let people = nobody();
    add(&people, "ana", Role::Admin).await;
    for (name, role) in others {
        add(&people, name, *role).await;
    }
    people
}

async fn add(people: &People, name: &str, role: Role) {
    let new =
        NewUser { name: name.to_owned(), role, scope: Scope::ALL, password: SecretString::from(PASSWORD) };
    people.add_user(&Actor::console(), new, at(0)).await.unwrap();
}

/// The same people after a restart.
fn again(people: &People) -> People {
    People::open(people.0.vault.clone()).unwrap()
}

fn attempt(name: &str, password: &str, address: IpAddr) -> Attempt {
    Attempt {
        name: name.to_owned(),
        password: SecretString::from(password),
        code: None,
        address,
        agent: "a browser".to_owned(),
        rotates: None,
    }
}

async fn sign_in(people: &People, name: &str, second: i64) -> SignedIn {
    people.sign_in(attempt(name, PASSWORD, home()), || at(second)).await.unwrap()
}

fn cookie(signed_in: &SignedIn) -> String {
    signed_in.cookie.expose_secret().to_owned()
}

fn actions(people: &People) -> Vec<String> {
    let mut entries = people.audit_tail(1000).unwrap();
    entries.reverse();
    entries
        .into_iter()
        .map(|entry| format!("{} {} {} {}", entry.who, entry.action, entry.object, entry.result))
        .collect()
}
