//! The session for follows: `listen` commands that go on, side by side.

use super::line::Line;
use super::lost::Lost;
use crate::actors::clock;
use crate::actors::recorder::{Tap, Tapped};
use crate::routeros::session::{Event, Outcome, Tag};
use crate::routeros::{Command, Row};
use std::collections::HashMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout_at;

/// A silent session is probed after this time; NAT on the way forgets idle connections.
const PROBE_AFTER: Duration = Duration::from_secs(45);

/// So many changes may be reported at once; a thousand more each second.
///
/// A whole concentrator of sessions can hang up together. A router that reports more is polled for a while, which
/// shows the same and lets us set the pace.
const BURST: u32 = 20_000;
const REFILL: Duration = Duration::from_millis(1);

/// Takes the rows of a follow as they are read, on the connection's thread.
pub trait FollowRows: Send + 'static {
    /// The command was sent: what changes from now on will be reported.
    fn started(&mut self);
    /// Takes a row, lent out of the receive buffer.
    fn row(&mut self, row: Row<'_>, at: Instant);
    /// All rows of one read were handed over: a good time to pass them on together.
    fn caught_up(&mut self);
    /// The follow is over. Called exactly once, whatever happens.
    fn end(self: Box<Self>, end: FollowEnd);
}

/// How a follow ended.
#[derive(Debug)]
pub enum FollowEnd {
    /// The router ended it, most likely because the menu cannot be followed.
    Refused(Outcome),
    /// The session is over.
    Lost(Lost),
}

/// Asks the router to report changes; they come through `into`.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Follow {
    command: Command,
    into: Follower,
}

impl Follow {
    /// What to follow and who takes the rows.
    pub fn new(command: Command, into: Box<dyn FollowRows>) -> Self {
        Self { command, into: Follower(Some(into)) }
    }
}

/// Sees to it that the end is told even when the session is dropped.
struct Follower(Option<Box<dyn FollowRows>>);

impl Follower {
    fn end(&mut self, end: FollowEnd) {
        if let Some(into) = self.0.take() {
            into.end(end);
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.end(FollowEnd::Lost(Lost::NotConnected));
    }
}

/// A follow that goes on.
struct Running {
    into: Follower,
    tapped: Option<Tapped>,
}

/// Carries follows on a line until it is lost.
pub(super) async fn carry(
    mut line: Line,
    mut follows: UnboundedReceiver<Follow>,
    deadline: Duration,
    tap: Option<Tap>,
) -> Lost {
    let mut running = HashMap::<Tag, Running>::new();
    let Err(lost) = run(&mut line, &mut follows, &mut running, deadline, tap.as_ref()).await;
    for (_, mut follow) in running {
        follow.into.end(FollowEnd::Lost(lost.clone()));
    }
    lost
}

/// Waits for new follows, for rows, and for the time to probe; ends only by a loss.
async fn run(
    line: &mut Line,
    follows: &mut UnboundedReceiver<Follow>,
    running: &mut HashMap<Tag, Running>,
    deadline: Duration,
    tap: Option<&Tap>,
) -> Result<Infallible, Lost> {
    let mut heard = clock::instant();
    let mut rows = Budget { full_at: heard };
    let mut probe: Option<Tag> = None;
    loop {
        let due = heard + if probe.is_some() { deadline } else { PROBE_AFTER };
        tokio::select! {
            follow = follows.recv() => {
                let Some(mut follow) = follow else { return Err(Lost::NotConnected) };
                let tag = line.follow(&follow.command, deadline).await?;
                if let Some(into) = &mut follow.into.0 {
                    into.started();
                }
                let tapped = tap.and_then(|tap| tap.listen(&follow.command));
                running.insert(tag, Running { into: follow.into, tapped });
            }
            read = timeout_at(due.into(), line.read()) => match read {
                Ok(at) => {
                    // Bytes that make no whole sentence are no sign of life: a trickle could go on for ever.
                    if take_in(line, running, at?, &mut probe, &mut rows)? {
                        heard = clock::instant();
                    }
                    // Where bytes never run out, reading never waits: those who work the changes off, and the
                    // other routers of this thread, have their turn.
                    tokio::task::yield_now().await;
                }
                Err(_) if probe.is_some() => return Err(Lost::Silent { deadline }),
                Err(_) => {
                    let identity = Command::new("/system/identity/print").proplist("name");
                    probe = Some(line.start(&identity, deadline).await?);
                    heard = clock::instant();
                }
            },
        }
    }
}

/// How many changes may still be reported.
struct Budget {
    /// When all of the burst would be there again.
    full_at: Instant,
}

impl Budget {
    /// Takes one change; whether it was there to be taken.
    fn take(&mut self, now: Instant) -> bool {
        self.full_at = self.full_at.max(now) + REFILL;
        self.full_at <= now + REFILL * BURST
    }
}

/// Hands rows to whom they belong; whether any sentence was whole.
fn take_in(
    line: &mut Line,
    running: &mut HashMap<Tag, Running>,
    at: Instant,
    probe: &mut Option<Tag>,
    rows: &mut Budget,
) -> Result<bool, Lost> {
    let mut heard = false;
    let mut flood = false;
    let mut touched: Vec<Tag> = Vec::new();
    let result = line.process(|event| {
        heard = true;
        match event {
            Event::Row { .. } if flood || !rows.take(at) => flood = true,
            Event::Row { tag, row } => {
                if let Some(Running { into: Follower(Some(into)), tapped }) = running.get_mut(&tag) {
                    into.row(row, at);
                    if let Some(tapped) = tapped {
                        tapped.row(row);
                    }
                    if touched.last() != Some(&tag) {
                        touched.push(tag);
                    }
                }
            }
            Event::End { tag, .. } if *probe == Some(tag) => *probe = None,
            Event::End { tag, outcome } => {
                if let Some(mut follow) = running.remove(&tag) {
                    follow.into.end(FollowEnd::Refused(outcome));
                }
            }
            Event::Fatal { .. } => {}
        }
    });
    for tag in touched {
        if let Some(Running { into: Follower(Some(into)), tapped }) = running.get_mut(&tag) {
            into.caught_up();
            if let Some(tapped) = tapped {
                tapped.caught_up(at);
            }
        }
    }
    if flood {
        return Err(Lost::Flood { rows: BURST });
    }
    result.map(|()| heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_changes_is_taken_and_a_flood_is_not() {
        let now = Instant::now();
        let mut rows = Budget { full_at: now };
        assert!((0..BURST).all(|_| rows.take(now)));
        assert!(!rows.take(now), "more than a burst");
        let later = now + Duration::from_secs(10);
        let mut rows = Budget { full_at: now + REFILL * BURST };
        assert_eq!((0..BURST).filter(|_| rows.take(later)).count(), 10_000);
    }
}
