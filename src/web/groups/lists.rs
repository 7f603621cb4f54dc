//! The two lists of the editor: who may be put into a group, and who is named in it.

use crate::domain::groups::{Id, Member};
use crate::domain::router::RouterName;
use crate::domain::units::Text;
use crate::domain::visible::brief;
use crate::http::Grouping;
use serde::Serialize;
use std::collections::HashSet;

/// The most subscribers that either list shows; searching finds the others.
const SHOWN: usize = 200;

/// Somebody in a list.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// What the form brings: the router, a slash, and the login name exactly.
    key: String,
    name: String,
    router: String,
    /// How they are, if their router told of them.
    state: Option<&'static str>,
    /// Whether it was ticked before the search, which must not lose it.
    is_ticked: bool,
}

/// One list.
#[derive(Debug, Serialize)]
pub(super) struct List {
    entries: Vec<Entry>,
    /// How many match the search in all.
    total: usize,
}

/// A member as the form brings them.
pub(super) fn key(router: Option<&RouterName>, name: &str) -> String {
    format!("{}/{name}", router.map_or("", RouterName::as_str))
}

/// Reads a member. Those of the group's own router say no router.
pub(super) fn read(key: &str, of: Option<&RouterName>) -> Option<Member> {
    let (router, name) = key.split_once('/')?;
    let router = if router.is_empty() { None } else { Some(router.parse::<RouterName>().ok()?) };
    Some(Member { router: router.filter(|router| Some(router) != of), name: name.into() })
}

/// Those who match a search or are ticked, and are named in no group, this one's edited list counted in.
pub(super) fn available(
    grouping: &Grouping,
    own: Option<Id>,
    router: Option<&RouterName>,
    named: &[Member],
    typed: &str,
    ticked: &HashSet<String>,
) -> List {
    let typed = typed.to_lowercase();
    let named: HashSet<(&str, &str)> = named
        .iter()
        .filter_map(|member| Some((member.router.as_ref().or(router)?.as_str(), member.name.as_str())))
        .collect();
    let (mut found, mut total) = (Vec::new(), 0);
    for snapshot in grouping.snapshots() {
        if router.is_some_and(|router| *router != snapshot.router) {
            continue;
        }
        for subscriber in snapshot.subscribers.iter() {
            let matches = typed.is_empty()
                || subscriber.name.to_lowercase().contains(&typed)
                || subscriber.comment().to_lowercase().contains(&typed);
            let other = grouping.all().named(&snapshot.router, &subscriber.name);
            let is_free = other.is_none_or(|other| Some(other.id) == own)
                && !named.contains(&(snapshot.router.as_str(), subscriber.name.as_str()));
            let is_ticked =
                !ticked.is_empty() && ticked.contains(&key(Some(&snapshot.router), &subscriber.name));
            if (matches || is_ticked) && is_free {
                total += 1;
                let (name, router) = (subscriber.name.clone(), snapshot.router.clone());
                found.push((!is_ticked, name, router, subscriber.state.word()));
            }
        }
    }
    // Who is ticked is among those that are shown.
    found.sort();
    found.truncate(SHOWN.max(ticked.len()));
    let entry = |(is_free, name, router, state): (bool, Text, RouterName, &'static str)| Entry {
        key: key(Some(&router), &name),
        is_ticked: !is_free,
        name: brief(&name).into_owned(),
        router: router.to_string(),
        state: Some(state),
    };
    List { entries: found.into_iter().map(entry).collect(), total }
}

/// Those who are named in it and match a search or are ticked.
pub(super) fn named(
    grouping: &Grouping,
    router: Option<&RouterName>,
    members: &[Member],
    typed: &str,
    ticked: &HashSet<String>,
) -> List {
    let typed = typed.to_lowercase();
    let snapshots = grouping.snapshots();
    let is_ticked = |member: &Member| {
        !ticked.is_empty() && ticked.contains(&key(member.router.as_ref().or(router), &member.name))
    };
    let mut matching: Vec<&Member> = members
        .iter()
        .filter(|member| typed.is_empty() || member.name.to_lowercase().contains(&typed) || is_ticked(member))
        .collect();
    matching.sort_by_key(|member| !is_ticked(member));
    let total = matching.len();
    let entry = |member: &Member| {
        let of = member.router.as_ref().or(router);
        let snapshot = snapshots.iter().find(|snapshot| Some(&snapshot.router) == of);
        let subscriber = snapshot.and_then(|snapshot| {
            snapshot.subscribers.iter().find(|subscriber| subscriber.name == member.name)
        });
        Entry {
            key: key(of, &member.name),
            name: brief(&member.name).into_owned(),
            router: of.map(ToString::to_string).unwrap_or_default(),
            state: subscriber.map(|subscriber| subscriber.state.word()),
            is_ticked: is_ticked(member),
        }
    };
    List { entries: matching.into_iter().take(SHOWN.max(ticked.len())).map(entry).collect(), total }
}
