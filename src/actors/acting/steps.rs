//! The steps of one action: sign in, look whether the row is still that, send, look again, leave.

use super::ActingSetup;
use crate::actors::connection::{Line, Lost, open};
use crate::domain::action::{Action, Afterwards, Cookies, Denial, Item, Order, Outcome, Table};
use crate::domain::id::ItemId;
use crate::routeros::{Command, Conduct, Row};
use std::time::Duration;

/// The most cookies that are forgotten for one session: a device has one, or a few. A router that tells more is not
/// believed.
const MOST_COOKIES: usize = 200;

/// Why a step ended everything.
enum End {
    /// With nothing sent, or with the router's no.
    Told(Outcome),
    /// The connection is over.
    Lost(Lost),
}

impl From<Lost> for End {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

/// Carries an action out, over the session that is open already if there is one; leaves it open if it is good for more.
/// Each exchange has its deadline, so that it ends in any case.
pub(super) async fn carry_out(setup: &ActingSetup, action: &Action, open: &mut Option<Session>) -> Outcome {
    let mut session = match ready(setup, action, open.take()).await {
        Ok(session) => session,
        Err(End::Told(outcome)) => return outcome,
        Err(End::Lost(lost)) => return unreachable(&lost),
    };
    // What was switched off while the row was looked at is not sent any more.
    if !setup.is_open() {
        session.leave().await;
        return Outcome::forbidden();
    }
    match session.send(action).await {
        Ok(made) => {
            let after = session.look_again(action, made).await;
            *open = Some(session);
            Outcome::Done { after: after.unwrap_or(Afterwards::NotRead) }
        }
        Err(End::Told(outcome)) => {
            *open = Some(session);
            outcome
        }
        // What may not be said was not said.
        Err(End::Lost(lost @ Lost::Withheld(_))) => unreachable(&lost),
        Err(End::Lost(lost)) => {
            drop(session);
            let after = look_from_outside(setup, action).await;
            Outcome::Unknown { word: lost.word(), what: lost.to_string(), after }
        }
    }
}

/// A session over which the row was found as it was seen; nothing was changed yet.
async fn ready(setup: &ActingSetup, action: &Action, open: Option<Session>) -> Result<Session, End> {
    // One on which nothing is looked up first could turn out to be dead only when it is too late.
    if let (Some(mut session), true) = (open, action.seen().is_some()) {
        match session.look(action).await {
            Ok(()) => return Ok(session),
            // The router ended it meanwhile.
            Err(End::Lost(_)) => {}
            Err(told) => {
                session.leave().await;
                return Err(told);
            }
        }
    }
    let mut session = Session::open(setup).await.map_err(End::Told)?;
    match session.look(action).await {
        Err(End::Told(outcome)) => {
            session.leave().await;
            Err(End::Told(outcome))
        }
        looked => looked.map(|()| session),
    }
}

fn unreachable(lost: &Lost) -> Outcome {
    Outcome::Unreachable { word: lost.word(), what: lost.to_string(), advice: lost.advice().to_owned() }
}

/// Looks at the row over a new connection, once.
async fn look_from_outside(setup: &ActingSetup, action: &Action) -> Afterwards {
    let Ok(mut session) = Session::open(setup).await else { return Afterwards::NotRead };
    let after = session.look_again(action, None).await;
    session.leave().await;
    after.unwrap_or(Afterwards::NotRead)
}

/// A session on which something can be changed.
pub(super) struct Session {
    line: Line,
    deadline: Duration,
}

impl Session {
    async fn open(setup: &ActingSetup) -> Result<Self, Outcome> {
        let ActingSetup { dial, credentials, charset, deadline, .. } = setup;
        let opened = open(&**dial, credentials, Conduct::Acting, *charset, *deadline).await;
        match opened {
            Ok((line, _)) => Ok(Self { line, deadline: *deadline }),
            Err(failure) => {
                let (word, what, advice) = (failure.word, failure.what, failure.advice);
                Err(Outcome::Unreachable { word, what, advice })
            }
        }
    }

    /// Whether the row is still what the operator saw.
    async fn look(&mut self, action: &Action) -> Result<(), End> {
        let Some(seen) = action.seen() else { return Ok(()) };
        let rows = self.rows(action.table(), &action.table().print(seen.id())).await?;
        let now = rows.iter().find(|row| row.id() == seen.id());
        seen.compare(now).map_err(|changed| End::Told(Outcome::Changed(changed)))
    }

    /// Sends what does it; the id of the row that was made, if one was.
    async fn send(&mut self, action: &Action) -> Result<Option<ItemId>, End> {
        if let Some(cookies) = action.cookies() {
            self.forget(cookies).await?;
        }
        let ret = self.order(&action.order()).await?;
        Ok(ret.map(|ret| ItemId::read(&ret)))
    }

    /// Takes the cookies away first: after it the device would be back before they are gone.
    async fn forget(&mut self, cookies: Cookies<'_>) -> Result<(), End> {
        let Cookies { user, mac_address } = cookies;
        let print = Command::new("/ip/hotspot/cookie/print")
            .proplist(".id,user,mac-address")
            .query(&format!("?mac-address={mac_address}"));
        let mut found = Vec::new();
        let take = &mut |row: Row<'_>, _| {
            // The router's bytes are compared as the text that was seen.
            if row.text("user").is_some_and(|name| name == user) && found.len() < MOST_COOKIES {
                found.extend(row.bytes(".id").map(ItemId::read));
            }
        };
        let reply = self.line.exchange(&print, self.deadline, take).await?;
        if let Some(trap) = reply.outcome.traps.first() {
            return Err(End::Told(Outcome::refused(&trap.message)));
        }
        for cookie in found {
            match self.order(&Order::forget_cookie(cookie)).await {
                // It ran out meanwhile, which is as good.
                Err(End::Told(Outcome::Refused { denial: Denial::Gone, .. })) => {}
                forgotten => drop(forgotten?),
            }
        }
        Ok(())
    }

    /// Sends one command and awaits the router's yes; `ret` of it.
    async fn order(&mut self, order: &Order) -> Result<Option<Vec<u8>>, End> {
        let reply = self.line.exchange(&order.command(), self.deadline, &mut |_, _| {}).await?;
        match reply.outcome.traps.first() {
            Some(trap) => Err(End::Told(Outcome::refused(&trap.message))),
            None => Ok(reply.outcome.ret),
        }
    }

    /// The row as it is when all is said; `None` if it cannot be read.
    async fn look_again(&mut self, action: &Action, made: Option<ItemId>) -> Option<Afterwards> {
        let table = action.table();
        let id = made.or_else(|| action.seen().map(Item::id));
        let command = match id {
            Some(id) => table.print(id),
            // Whether a row was made is told by its name, which we wrote ourselves.
            None => table.print_named(action.subject()),
        };
        let rows = self.rows(table, &command).await.ok()?;
        let row = rows.into_iter().find(|row| id.is_none_or(|id| row.id() == id));
        Some(row.map_or(Afterwards::Gone, Afterwards::Row))
    }

    async fn rows(&mut self, table: Table, command: &Command) -> Result<Vec<Item>, End> {
        let mut rows = Vec::new();
        let take = &mut |row: Row<'_>, _| {
            // One row is asked for: whoever sends a flood of them is not believed.
            if rows.len() < 2 {
                rows.extend(Item::read(table, row));
            }
        };
        let reply = self.line.exchange(command, self.deadline, take).await?;
        match reply.outcome.traps.first() {
            Some(trap) => Err(End::Told(Outcome::refused(&trap.message))),
            None => Ok(rows),
        }
    }

    /// Says goodbye, so that the session does not stay behind on the router; nothing depends on it.
    pub(super) async fn leave(mut self) {
        let _ = self.line.start(&Command::new("/quit"), self.deadline).await;
    }
}
