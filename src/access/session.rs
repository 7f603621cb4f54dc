//! Sessions: what a browser shows its cookie for.

use super::audit::Deed;
use super::bearer;
use super::people::{People, Unavailable};
use super::records::{Draft, Holder, Known, LastUse, Session, by_id};
use super::role::{Actor, Kind, Role, Scope, VisitId, Visitor};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

/// A session that nobody used for this long is over.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// A session is over after this long, however much it is used.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// More sessions than this nobody has at once: the one that was used least recently ends.
const MOST_SESSIONS: usize = 50;

/// What a browser says of itself is cut here.
const LONGEST_AGENT: usize = 200;

/// Somebody who has just been let in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What to show from now on.
    pub cookie: SecretString,
    /// Who this is.
    pub visitor: Visitor,
}

/// A session, to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// Its id.
    pub id: VisitId,
    /// The name of the user or wall.
    pub user: String,
    /// How its holder was let in.
    pub kind: Kind,
    /// Since when.
    pub created: Timestamp,
    /// When it was last used, to the second.
    pub last_used: Timestamp,
    /// From where it began.
    pub address: String,
    /// What the browser said of itself.
    pub agent: String,
}

impl People {
    /// Who shows this cookie, if it still counts; that is a use of the session.
    pub fn session(&self, cookie: &str, now: Timestamp) -> Option<Visitor> {
        let digest = bearer::digest(cookie);
        let known = self.known();
        let session = known.sessions.get(&digest)?;
        let visitor = known.visitor(&digest, session, cookie, now)?;
        session.last_used.note(now);
        Some(visitor)
    }

    /// Notes a use of a session or token by something that goes on, as a live view does.
    pub fn keep_alive(&self, id: &VisitId, now: Timestamp) {
        let known = self.known();
        if let Some((_, session)) = by_id(&known.sessions, id) {
            // What is over stays over.
            if known.is_alive(session, now) {
                session.last_used.note(now);
            }
        } else if let Some((_, token)) = by_id(&known.tokens, id) {
            token.last_used.note(now);
        }
    }

    /// Whether this session or token still counts.
    pub fn is_alive(&self, id: &VisitId, now: Timestamp) -> bool {
        let known = self.known();
        match by_id(&known.sessions, id) {
            Some((_, session)) => known.is_alive(session, now),
            None => by_id(&known.tokens, id).is_some_and(|(_, token)| known.owner_of(token, now).is_some()),
        }
    }

    /// What this token may know of by now: its maker may have been limited since.
    pub fn scope_of_token(&self, id: &VisitId, now: Timestamp) -> Option<Scope> {
        let known = self.known();
        let (_, token) = by_id(&known.tokens, id)?;
        known.owner_of(token, now).map(|(_, scope)| scope)
    }

    /// Ends one's own session.
    pub fn sign_out(&self, id: &VisitId, now: Timestamp) -> Result<(), Unavailable> {
        self.change(now, |known, draft| {
            if let Some((key, session)) = by_id(&known.sessions, id) {
                let by = Actor { who: known.name_of(&session.holder), from: session.address.clone() };
                draft.sessions.insert(key.clone(), None);
                draft.deeds.push(Deed::done(&by, "session.sign_out", id.as_str()));
            }
            Ok(())
        })
    }

    /// The sessions of this user, or of all, the newest first.
    pub fn sessions(&self, user: Option<&str>, now: Timestamp) -> Vec<SessionView> {
        let known = self.known();
        let holder = user.map(|user| Holder::User(user.to_lowercase()));
        let theirs = known.sessions.iter().filter(|(_, session)| {
            known.is_alive(session, now) && holder.as_ref().is_none_or(|holder| session.holder == *holder)
        });
        let mut views: Vec<SessionView> = theirs
            .map(|(key, session)| SessionView {
                id: VisitId::of(key),
                user: known.name_of(&session.holder),
                kind: session.holder.kind(),
                created: session.created,
                last_used: session.last_used.get().unwrap_or(session.created),
                address: session.address.clone(),
                agent: session.agent.clone(),
            })
            .collect();
        views.sort_by(|one, two| (two.created, &two.id).cmp(&(one.created, &one.id)));
        views
    }

    /// Ends a session of anybody; whether there was one.
    pub fn end_session(&self, by: &Actor, id: &VisitId, now: Timestamp) -> Result<bool, Unavailable> {
        self.change(now, |known, draft| {
            let Some((key, session)) = by_id(&known.sessions, id) else { return Ok(false) };
            let object = format!("{id} of {}", known.name_of(&session.holder));
            draft.sessions.insert(key.clone(), None);
            draft.deeds.push(Deed::done(by, "session.end", object));
            Ok(true)
        })
    }

    /// Ends all sessions of a user; gives how many there were.
    pub fn end_sessions_of(&self, by: &Actor, user: &str, now: Timestamp) -> Result<usize, Unavailable> {
        self.change(now, |known, draft| {
            let holder = Holder::User(user.to_lowercase());
            let count = draft.end_sessions(known, &holder, None);
            draft.deeds.push(Deed::done(
                by,
                "session.end_all",
                format!("{count} of {}", known.name_of(&holder)),
            ));
            Ok(count)
        })
    }

    /// Lets a guest of the demo in.
    pub fn demo_session(&self, role: Role, now: Timestamp) -> Result<SignedIn, Unavailable> {
        self.change(now, |known, draft| {
            let (cookie, digest) = bearer::draw("")?;
            let session = Session::new(Holder::Demo(role), "", "", now);
            draft.begin(known, &digest, session.clone());
            let visitor = known.visitor(&digest, &session, cookie.expose_secret(), now);
            Ok(SignedIn { visitor: visitor.ok_or(Unavailable::Stopping)?, cookie })
        })
    }
}

impl Holder {
    fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Wall(_) => Kind::Wall,
            Self::Demo(_) => Kind::Demo,
        }
    }
}

impl Session {
    pub(super) fn new(holder: Holder, address: &str, agent: &str, now: Timestamp) -> Self {
        let agent = agent.chars().filter(|letter| !letter.is_control()).take(LONGEST_AGENT).collect();
        Self { holder, created: now, last_used: LastUse::at(now), address: address.to_owned(), agent }
    }
}

impl Draft {
    /// Begins a session; of too many, those used least recently end.
    pub(super) fn begin(&mut self, known: &Known, digest: &str, session: Session) {
        let theirs = known.sessions.iter().filter(|(key, other)| {
            other.holder == session.holder && !self.sessions.contains_key(key.as_str())
        });
        let mut theirs: Vec<_> = theirs.map(|(key, other)| (other.last_used.get(), key.clone())).collect();
        theirs.sort();
        let too_many = (theirs.len() + 1).saturating_sub(MOST_SESSIONS);
        self.sessions.extend(theirs.into_iter().take(too_many).map(|(_, key)| (key, None)));
        self.sessions.insert(digest.to_owned(), Some(session));
    }
}

impl Known {
    /// Who has this session, if it still counts.
    pub(super) fn visitor(
        &self,
        digest: &str,
        session: &Session,
        cookie: &str,
        now: Timestamp,
    ) -> Option<Visitor> {
        if !self.is_alive(session, now) {
            return None;
        }
        let visitor = Visitor {
            kind: session.holder.kind(),
            name: self.name_of(&session.holder),
            role: Role::Viewer,
            scope: Scope::ALL,
            may_write: false,
            id: VisitId::of(digest),
            csrf: Some(bearer::csrf(cookie)?),
            pages: None,
        };
        Some(match &session.holder {
            Holder::User(key) => {
                let user = self.users.get(key)?;
                Visitor { role: user.role, scope: user.scope.clone(), may_write: true, ..visitor }
            }
            Holder::Wall(key) => {
                let wall = self.walls.get(key)?;
                Visitor { scope: wall.scope.clone(), pages: Some(wall.pages.clone()), ..visitor }
            }
            Holder::Demo(role) => Visitor { role: *role, may_write: true, ..visitor },
        })
    }

    /// Whether a session still counts.
    pub(super) fn is_alive(&self, session: &Session, now: Timestamp) -> bool {
        let (has_holder, has_end) = match &session.holder {
            Holder::User(key) => (self.users.get(key).is_some_and(|user| !user.is_disabled), true),
            // Nobody sits at a wall; its link is revoked instead.
            Holder::Wall(key) => (self.walls.contains_key(key), false),
            Holder::Demo(_) => (true, true),
        };
        let last = session.last_used.get().unwrap_or(session.created);
        let is_over = IDLE <= now.duration_since(last) || LONGEST <= now.duration_since(session.created);
        has_holder && !(has_end && is_over)
    }

    pub(super) fn name_of(&self, holder: &Holder) -> String {
        match holder {
            Holder::User(key) => self.users.get(key).map_or_else(|| key.clone(), |user| user.name.clone()),
            Holder::Wall(key) => self.walls.get(key).map_or_else(String::new, |wall| wall.name.clone()),
            Holder::Demo(_) => "demo".to_owned(),
        }
    }
}
