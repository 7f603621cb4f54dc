//! What the user's group allows: too little to watch, or more than watching needs.

use super::{Progress, Stop, broken, rows};
use crate::domain::rights::{granted, missing, needless};
use crate::routeros::Command;
use crate::routeros::client::Client;

const ADVICE: &str = "make a group for it: /user/group/add name=monitor policy=read,api,!local,!telnet,!ssh,!ftp,\
     !reboot,!write,!policy,!test,!winbox,!password,!web,!sniff,!sensitive,!romon";

/// Reads the group of `user` and compares it with what watching needs.
pub(super) async fn check(client: &mut Client, user: &str, report: &mut Progress<'_>) -> Result<(), Stop> {
    let Some(group) = one(client, "/user/print", user, "group", report).await? else {
        report.warn("rights", UNREADABLE, "see /user and /user/group on the router");
        return Ok(());
    };
    let Some(policy) = one(client, "/user/group/print", &group, "policy", report).await? else {
        let text = format!("the policies of the group {group:?} cannot be read");
        report.warn("rights", &text, "see /user/group on the router");
        return Ok(());
    };
    let granted = granted(&policy);
    report.set("group", group.as_str());
    report.set("policies", granted.clone());
    judge(&group, &granted, report);
    Ok(())
}

const UNREADABLE: &str = "the user's group cannot be read; it may come from RADIUS";

fn judge(group: &str, granted: &[&str], report: &mut Progress<'_>) {
    let missing = missing(granted);
    if !missing.is_empty() {
        let text = format!("the group {group:?} lacks {}", missing.join(" and "));
        report.warn("rights", &text, "add it to the group's policy");
    }
    let more: Vec<String> =
        needless(granted).iter().map(|(policy, means)| format!("{policy} ({means})")).collect();
    if more.is_empty() {
        report.ok("rights", &format!("group {group:?}: {}", granted.join(", ")));
    } else {
        let text = format!("the group {group:?} allows more than watching needs: {}", more.join(", "));
        report.warn("rights", &text, ADVICE);
    }
}

/// The value of `wanted` in the row of this name, if the router shows it.
async fn one(
    client: &mut Client,
    path: &str,
    name: &str,
    wanted: &str,
    report: &mut Progress<'_>,
) -> Result<Option<String>, Stop> {
    let command = Command::new(path).proplist(wanted).query(&format!("?name={name}"));
    let (rows, _) = rows(client, &command).await.map_err(|error| broken("rights", &error, report))?;
    Ok(rows.into_iter().next().and_then(|mut row| row.remove(wanted)).filter(|value| !value.is_empty()))
}
