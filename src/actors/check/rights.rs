//! What the groups of our users allow: too little for what each is for, or more than that needs.

use super::{CheckOptions, Progress, Stop, Writing, broken, rows};
use crate::domain::check::{Found, Hint};
use crate::domain::credential::Credential;
use crate::domain::rights::{granted, missing, needless};
use crate::routeros::Command;
use crate::routeros::client::{Client, ExchangeError};

const TO_WATCH: &str = "make a group for it: /user/group/add name=monitor policy=read,api,!local,!telnet,!ssh,!ftp,\
     !reboot,!write,!policy,!test,!winbox,!password,!web,!sniff,!sensitive,!romon";
const TO_WRITE: &str = "make a group for it: /user/group/add name=tikwatch-write policy=read,write,api,!local,!telnet,\
     !ssh,!ftp,!reboot,!policy,!test,!winbox,!password,!web,!sniff,!sensitive,!romon";

/// A group of the router's users.
pub(super) struct Group {
    name: String,
    policy: String,
}

/// Why a group is not known, and what to do about it.
pub(super) struct Unknown {
    found: Found,
    advice: &'static str,
}

/// Reads the group of who watches and compares it with what that needs; and with what changes need, where the same user
/// makes them.
pub(super) async fn check(
    client: &mut Client,
    options: &CheckOptions,
    report: &mut Progress<'_>,
) -> Result<(), Stop> {
    let group = of_user(client, &options.username).await.map_err(|error| broken("rights", &error, report))?;
    let group = match group {
        Ok(group) => group,
        Err(unknown) => {
            report.warn("rights", unknown.found, (Hint::GroupUnknown, unknown.advice));
            return Ok(());
        }
    };
    report.set("group", group.name.as_str());
    report.set("policies", granted(&group.policy));
    group.tell_missing("rights", Credential::Watch, report);
    let also_writes = matches!(options.writing, Writing::AsWatcher);
    let most = if also_writes { Credential::Write } else { Credential::Watch };
    if !group.tell_needless("rights", most, report) {
        report.ok("rights", group.described());
    }
    if also_writes && !group.tell_missing("changes", Credential::Write, report) {
        report.ok("changes", Found::watcher_too(&options.username));
    }
    Ok(())
}

/// Reads the group of who makes changes, and compares it with what that needs.
pub(super) async fn check_writer(
    client: &mut Client,
    user: &str,
    report: &mut Progress<'_>,
) -> Result<(), ExchangeError> {
    match of_user(client, user).await? {
        Ok(group) => {
            let lacks = group.tell_missing("changes", Credential::Write, report);
            let has_more = group.tell_needless("changes", Credential::Write, report);
            if !lacks && !has_more {
                report.ok("changes", Found::signed_in(user).and(group.described()));
            }
        }
        Err(unknown) => report.warn("changes", unknown.found, (Hint::GroupUnknown, unknown.advice)),
    }
    Ok(())
}

impl Group {
    fn described(&self) -> Found {
        Found::group(&self.name, &granted(&self.policy))
    }

    /// Tells what it lacks for this, if anything.
    fn tell_missing(&self, step: &'static str, to: Credential, report: &mut Progress<'_>) -> bool {
        let missing = missing(&granted(&self.policy), to);
        if !missing.is_empty() {
            let found = Found::missing(&self.name, &missing);
            report.warn(step, found, (Hint::RightsMissing, "add it to the group's policy"));
        }
        !missing.is_empty()
    }

    /// Tells what it allows beyond this, if anything.
    fn tell_needless(&self, step: &'static str, to: Credential, report: &mut Progress<'_>) -> bool {
        let more = needless(&granted(&self.policy), to);
        let what = match to {
            Credential::Watch => (Hint::NeedlessToWatch, TO_WATCH),
            Credential::Write => (Hint::NeedlessToWrite, TO_WRITE),
        };
        if !more.is_empty() {
            report.warn(step, Found::needless(&self.name, to, &more), what);
        }
        !more.is_empty()
    }
}

/// The group of a user, as far as the router tells it.
async fn of_user(client: &mut Client, user: &str) -> Result<Result<Group, Unknown>, ExchangeError> {
    let Some(name) = one(client, "/user/print", user, "group").await? else {
        let advice = "see /user and /user/group on the router";
        return Ok(Err(Unknown { found: Found::no_group(), advice }));
    };
    Ok(match one(client, "/user/group/print", &name, "policy").await? {
        Some(policy) => Ok(Group { name, policy }),
        None => Err(Unknown { found: Found::no_policies(&name), advice: "see /user/group on the router" }),
    })
}

/// The value of `wanted` in the row of this name, if the router shows it.
async fn one(
    client: &mut Client,
    path: &str,
    name: &str,
    wanted: &str,
) -> Result<Option<String>, ExchangeError> {
    let command = Command::new(path).proplist(wanted).query(&format!("?name={name}"));
    let (rows, _) = rows(client, &command).await?;
    Ok(rows.into_iter().next().and_then(|mut row| row.remove(wanted)).filter(|value| !value.is_empty()))
}
