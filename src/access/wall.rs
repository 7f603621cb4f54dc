//! Displays on walls: links that show some pages to whoever opens them, and nothing else.

use super::audit::Deed;
use super::bearer;
use super::people::{People, Unavailable};
use super::records::{Holder, Known, Session, Wall, by_id};
use super::role::{Actor, Scope, VisitId};
use super::session::SignedIn;
use super::token::TokenError;
use super::user::check_label;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use std::net::IpAddr;

/// A link that is to be made.
#[derive(Debug, Clone)]
pub struct NewWall {
    /// Where the display hangs.
    pub name: String,
    /// The pages that it shows.
    pub pages: Vec<String>,
    /// The routers that it shows.
    pub scope: Scope,
}

/// A link, to be shown: all but itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WallView {
    /// Its id.
    pub id: VisitId,
    /// Where the display hangs.
    pub name: String,
    /// The pages that it shows.
    pub pages: Vec<String>,
    /// The routers that it shows.
    pub scope: Scope,
    /// Since when.
    pub created: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// How many displays are open by it.
    pub sessions: usize,
}

impl People {
    /// Makes a link; its secret is shown this once.
    pub fn create_wall(
        &self,
        by: &Actor,
        new: NewWall,
        now: Timestamp,
    ) -> Result<(WallView, SecretString), TokenError> {
        check_label(&new.name)?;
        let NewWall { name, pages, scope } = new;
        let (secret, digest) = bearer::draw("")?;
        let wall = Wall { name, pages, scope, created: now, created_by: by.who.clone() };
        let made = self.change(now, |known, draft| {
            let view = view(known, &digest, &wall);
            let object = format!("{} ({}) of routers {}", view.id, wall.name, wall.scope);
            draft.deeds.push(Deed::done(by, "wall.create", object));
            draft.walls.insert(digest, Some(wall));
            Ok::<_, TokenError>(view)
        })?;
        Ok((made, secret))
    }

    /// All links, the newest first.
    pub fn walls(&self) -> Vec<WallView> {
        let known = self.known();
        let mut views: Vec<_> = known.walls.iter().map(|(digest, wall)| view(&known, digest, wall)).collect();
        views.sort_by(|one, two| (two.created, &two.id).cmp(&(one.created, &one.id)));
        views
    }

    /// Ends a link and what was opened by it; whether there was one.
    pub fn revoke_wall(&self, by: &Actor, id: &VisitId, now: Timestamp) -> Result<bool, Unavailable> {
        self.change(now, |known, draft| {
            let Some((digest, wall)) = by_id(&known.walls, id) else { return Ok(false) };
            draft.deeds.push(Deed::done(by, "wall.revoke", format!("{id} ({})", wall.name)));
            draft.end_sessions(known, &Holder::Wall(digest.clone()), None);
            draft.walls.insert(digest.clone(), None);
            Ok(true)
        })
    }

    /// Lets a display in that shows the secret of a link.
    pub fn enter_wall(
        &self,
        secret: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, Unavailable> {
        let link = bearer::digest(secret);
        let entered = self.change(now, |known, draft| {
            let Some(wall) = known.walls.get(&link) else { return Ok(None) };
            let by = Actor { who: format!("wall {}", wall.name), from: address.to_string() };
            let (cookie, digest) = bearer::draw("")?;
            let session = Session::new(Holder::Wall(link), &by.from, "", now);
            let visitor = known.visitor(&digest, &session, cookie.expose_secret(), now);
            draft.begin(known, &digest, session);
            draft.deeds.push(Deed::done(&by, "wall.enter", VisitId::of(&digest).as_str()));
            Ok::<_, Unavailable>(visitor.map(|visitor| SignedIn { cookie, visitor }))
        })?;
        if entered.is_none() {
            self.refuse_secret(address, "no such link", now)?;
        }
        Ok(entered)
    }
}

fn view(known: &Known, digest: &str, wall: &Wall) -> WallView {
    let holder = Holder::Wall(digest.to_owned());
    WallView {
        id: VisitId::of(digest),
        name: wall.name.clone(),
        pages: wall.pages.clone(),
        scope: wall.scope.clone(),
        created: wall.created,
        created_by: wall.created_by.clone(),
        sessions: known.sessions.values().filter(|session| session.holder == holder).count(),
    }
}
