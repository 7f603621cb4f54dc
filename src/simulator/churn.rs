//! Sessions that come and go by themselves.

use super::clock::Moment;
use super::isp::Isp;
use super::later::Later;
use super::subscribers::Reason;
use fastrand::Rng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A router is looked at this often, even if nothing is due, to see whether it still exists.
const PAUSE: Duration = Duration::from_secs(1);

/// What will happen next.
pub struct Churn {
    rng: Rng,
    next_end: Option<Moment>,
    dials: BinaryHeap<Reverse<(Moment, Later)>>,
}

impl Churn {
    /// The comings and goings of an ISP from now on.
    pub fn new(isp: &Isp) -> Self {
        let mut churn = Self {
            rng: Rng::with_seed(isp.plan.seed ^ 0x63_6875_726E),
            next_end: None,
            dials: BinaryHeap::new(),
        };
        churn.plan_end(isp, isp.clock.now());
        churn
    }

    /// Does what is due at a moment, and says when the next thing is.
    pub fn step(&mut self, isp: &Isp, now: Moment) -> Option<Moment> {
        while let Some(at) = self.next_end.filter(|at| *at <= now) {
            self.end_one(isp, now);
            self.plan_end(isp, at);
        }
        self.dials.extend(isp.later.take().into_iter().map(Reverse));
        while let Some(Reverse((_, later))) = self.dials.peek().filter(|next| next.0.0 <= now).copied() {
            self.dials.pop();
            match later {
                Later::Dial { subscriber, device } => _ = isp.dial(subscriber, device),
                Later::Guest(address) => isp.guests.come_back(address, now),
            }
        }
        let dial = self.dials.peek().map(|next| next.0.0);
        self.next_end.into_iter().chain(dial).min()
    }

    /// The time between two ends is random, as with independent subscribers.
    fn plan_end(&mut self, isp: &Isp, from: Moment) {
        let sessions = isp.state().sessions.len();
        let per_second = isp.plan.churn_per_minute * sessions as f64 / 60.0;
        self.next_end = (0.0 < per_second).then(|| {
            let seconds = -(1.0 - self.rng.f64()).ln() / per_second;
            from.after(Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0)))
        });
    }

    /// Ends one session; its subscriber or another one dials soon.
    fn end_one(&mut self, isp: &Isp, now: Moment) {
        let found = {
            let state = isp.state();
            let last = state.sessions.keys().next_back().copied().unwrap_or(0);
            let drawn = self.rng.u32(0..=last);
            let found = state.sessions.range(drawn..).next();
            found.map(|(number, session)| (*number, session.subscriber, session.device))
        };
        let Some((number, subscriber, device)) = found else { return };
        if !isp.hang_up(number, Reason::draw(&mut self.rng)) {
            return;
        }
        let again = now.after(Duration::from_millis(self.rng.u64(5_000..60_000)));
        let who = if self.rng.u8(..100) < 85 { None } else { self.somebody_offline(isp) };
        let (subscriber, device) = who.map_or((subscriber, device), |other| (other, 0));
        self.dials.push(Reverse((again, Later::Dial { subscriber, device })));
    }

    fn somebody_offline(&mut self, isp: &Isp) -> Option<u32> {
        let state = isp.state();
        let count = u32::try_from(state.subscribers.len()).ok().filter(|count| 0 < *count)?;
        (0..20).map(|_| self.rng.u32(..count)).find(|drawn| {
            let who = state.subscribers.get(*drawn as usize);
            who.is_some_and(|who| !who.is_online() && who.may_dial())
        })
    }
}

/// Lets an ISP live until it is dropped.
pub async fn live(isp: Weak<Isp>) {
    let Some(mut churn) = isp.upgrade().map(|isp| Churn::new(&isp)) else { return };
    while let Some(present) = isp.upgrade() {
        let next = churn.step(&present, present.clock.now());
        let pause = tokio::time::Instant::now() + PAUSE;
        let next = next.map_or(pause, |next| pause.min(present.clock.instant(next).into()));
        drop::<Arc<Isp>>(present);
        tokio::time::sleep_until(next).await;
    }
}
