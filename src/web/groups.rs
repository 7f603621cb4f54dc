//! Groups: cards by category, one group with its members, and the forms that change them.

pub(super) mod categories;
pub(super) mod editor;
mod faults;
pub(super) mod import;
mod lists;
pub(super) mod one;

use super::desk::Desk;
use super::errors::PageError;
use super::format;
use super::forms::Notice;
use super::frame::Frame;
use super::offer::Offer;
use crate::access::Role;
use crate::domain::groups::{Card, Id, Standing};
use crate::domain::router::RouterName;
use crate::http::Grouping;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use std::collections::HashMap;

#[derive(Serialize)]
struct View {
    frame: Frame,
    notice: Option<Notice>,
    q: String,
    may_edit: bool,
    sections: Vec<Section>,
    /// Groups that stand in no category.
    others: Vec<CardView>,
    /// How many there are without a search.
    all: usize,
    shown: usize,
    offer: Offer,
}

#[derive(Serialize)]
struct Section {
    name: String,
    router: Option<String>,
    parts: Vec<PartView>,
    tally: Sum,
}

#[derive(Serialize)]
struct PartView {
    name: String,
    cards: Vec<CardView>,
    tally: Sum,
}

/// Members of several groups, and how many more they have room for if all of them have a maximum: one that has more
/// than it has room for takes no room from the others.
#[derive(Serialize, Default)]
struct Sum {
    groups: usize,
    members: String,
    vacant: Option<i64>,
}

impl Sum {
    fn of<'a>(cards: impl Iterator<Item = &'a Card>) -> Self {
        let (mut groups, mut members, mut vacant) = (0, 0, Some(0));
        for card in cards {
            groups += 1;
            members += card.tally.members;
            vacant = vacant.zip(card.vacant()).map(|(sum, more)| sum + more.max(0));
        }
        Self { groups, members: format::count(members), vacant: vacant.filter(|_| groups != 0) }
    }
}

/// A group as a card.
#[derive(Serialize)]
pub(super) struct CardView {
    id: String,
    version: u64,
    name: String,
    description: String,
    router: Option<String>,
    colour: &'static str,
    icon: &'static str,
    /// How it stands, as words and icons name it.
    state: &'static str,
    symbol: &'static str,
    members: usize,
    online: usize,
    offline: usize,
    disabled: usize,
    unknown: usize,
    missing: usize,
    maximum: Option<u32>,
    vacant: Option<i64>,
    down: String,
    up: String,
}

/// The shape of a standing, which tells it without colours.
fn symbol(standing: Standing) -> &'static str {
    match standing {
        Standing::NoneOnline => "exclamation-octagon-fill",
        Standing::HalfOffline => "exclamation-triangle-fill",
        Standing::Unknown => "question-circle",
        Standing::SomeOffline => "circle-half",
        Standing::AllOnline => "circle-fill",
        Standing::Idle => "dash-lg",
        Standing::Empty => "circle",
    }
}

impl From<&Card> for CardView {
    fn from(card: &Card) -> Self {
        let outline = &card.group.outline;
        let tally = card.tally;
        Self {
            id: card.group.id.to_string(),
            version: card.group.version,
            name: outline.name.clone(),
            description: outline.description.clone(),
            router: outline.router.as_ref().map(ToString::to_string),
            colour: outline.colour.word(),
            icon: outline.icon.word(),
            state: card.standing().word(),
            symbol: symbol(card.standing()),
            members: tally.members,
            online: tally.online,
            offline: tally.offline,
            disabled: tally.disabled,
            unknown: tally.unknown,
            missing: tally.missing,
            maximum: outline.maximum,
            vacant: card.vacant(),
            down: format::rate(tally.download),
            up: format::rate(tally.upload),
        }
    }
}

/// A router of which there may be groups.
#[derive(Serialize)]
pub(super) struct RouterChoice {
    name: String,
    /// Whether it is watched, or switched off in the settings.
    is_watched: bool,
}

/// The routers of which there may be groups, as a form offers them.
async fn routers(grouping: &Grouping) -> Vec<RouterChoice> {
    let choice = |name: RouterName| RouterChoice {
        is_watched: grouping.seen.router(name.as_str()).is_ok(),
        name: name.to_string(),
    };
    grouping.routers().await.into_iter().map(choice).collect()
}

/// Whether whoever looks may change groups.
fn may_edit(desk: &Desk) -> bool {
    desk.me.may_write && Role::Operator <= desk.me.role && desk.me.csrf.is_some()
}

/// `GET /groups`.
pub(super) async fn page(
    desk: Desk,
    grouping: Grouping,
    parameters: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let value =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    let q = value("q").trim().to_owned();
    let cards = grouping.cards(&q, None);
    let by_id: HashMap<Id, &Card> = cards.iter().map(|card| (card.group.id, card)).collect();
    let mut placed: Vec<Id> = Vec::new();
    let mut sections = Vec::new();
    for category in grouping.categories() {
        let mut parts = Vec::new();
        let mut all: Vec<&Card> = Vec::new();
        for part in &category.subcategories {
            // In the order of the cards, which is the worst first.
            let of_part: Vec<&Card> =
                cards.iter().filter(|card| part.groups.contains(&card.group.id)).collect();
            placed.extend(&part.groups);
            all.extend(&of_part);
            if !of_part.is_empty() || q.is_empty() {
                let tally = Sum::of(of_part.iter().copied());
                let cards = of_part.into_iter().map(CardView::from).collect();
                parts.push(PartView { name: part.name.clone(), cards, tally });
            }
        }
        if !parts.is_empty() || q.is_empty() {
            let router = category.router.as_ref().map(ToString::to_string);
            let tally = Sum::of(all.into_iter());
            sections.push(Section { name: category.name.clone(), router, parts, tally });
        }
    }
    let all = grouping.groups().count();
    let offer = Offer::new("groups", &[("q", &q)], by_id.len(), all);
    let others = cards.iter().filter(|card| !placed.contains(&card.group.id)).map(CardView::from).collect();
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "groups"),
        notice: match value("done") {
            "removed" => Some(Notice::good("groups.removed")),
            _ => None,
        },
        may_edit: may_edit(&desk),
        sections,
        others,
        all,
        shown: by_id.len(),
        offer,
        q,
    };
    desk.templates.page(StatusCode::OK, "groups.html", &view)
}

/// The list of subscribers with those of a group only: by its id, as others may have the same name.
fn subscribers_of(id: Id) -> String {
    format!("/subscribers?q=group_id:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::groups::{Group, Outline, Tally};
    use std::sync::Arc;

    #[test]
    fn one_that_is_overfull_takes_no_room_from_the_others() {
        let card = |(members, maximum): (usize, Option<u32>)| {
            let outline = Outline { maximum, ..Outline::default() };
            let (created, changed) = Default::default();
            let group = Group { id: Id(1), version: 1, place: 1, created, changed, origin: None, outline };
            Card { group: Arc::new(group), tally: Tally { members, ..Tally::default() } }
        };
        let sum = |cards: &[(usize, Option<u32>)]| {
            let cards: Vec<Card> = cards.iter().copied().map(card).collect();
            Sum::of(cards.iter()).vacant
        };
        assert_eq!(sum(&[(3, Some(11)), (9, Some(1))]), Some(8));
        assert_eq!(sum(&[(3, Some(11)), (9, None)]), None);
        assert_eq!(sum(&[]), None);
    }
}
