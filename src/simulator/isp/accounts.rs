//! What an operator does to accounts and sessions of a synthetic ISP, with what follows from it.

use super::{Isp, State};
use crate::simulator::later::Later;
use crate::simulator::subscribers::{Account, Reason, Subscriber, Tariff, mac};
use crate::simulator::traffic::{Habit, Usage, mix};
use crate::simulator::world::Change;
use std::sync::PoisonError;
use std::time::Duration;

/// What is to be changed of an account; what is left out stays.
#[derive(Debug, Default)]
pub struct AccountChange {
    /// The tariff, by its place.
    pub tariff: Option<u8>,
    /// The operator's note.
    pub comment: Option<Vec<u8>>,
    /// The password.
    pub password: Option<Vec<u8>>,
    /// Whether it may come online.
    pub enabled: Option<bool>,
    /// For which services it is good.
    pub service: Option<&'static str>,
}

impl Isp {
    /// Whether there is an account of this name.
    pub fn has_account(&self, name: &[u8]) -> bool {
        let Some(index) = self.subscriber(name) else { return false };
        self.state().subscribers.get(index as usize).is_some_and(Subscriber::has_account)
    }

    /// Makes an account; gives the subscriber's index.
    pub fn add_account(&self, name: &[u8], change: AccountChange) -> u32 {
        let index = {
            let mut state = self.change();
            let index = u32::try_from(state.subscribers.len()).unwrap_or(u32::MAX);
            let seed = mix(self.plan.seed.wrapping_mul(31).wrapping_add(u64::from(index)));
            state.subscribers.push(Subscriber::new(name, mac(seed), Account::Unused));
            apply(&mut state, index, change);
            index
        };
        self.names.write().unwrap_or_else(PoisonError::into_inner).insert(name.into(), index);
        self.feeds.account.tell(Change::Put(u64::from(index) + 1));
        index
    }

    /// Changes an account. A session goes on as it is; one that was cut off dials as soon as it may.
    pub fn change_account(&self, index: u32, change: AccountChange) {
        let is_enabled = change.enabled == Some(true);
        let waits = {
            let mut state = self.change();
            apply(&mut state, index, change);
            let who = state.subscribers.get(index as usize);
            who.is_some_and(|who| {
                !who.is_online() && matches!(who.last_session, Some((_, Reason::NasRequest)))
            })
        };
        self.feeds.account.tell(Change::Put(u64::from(index) + 1));
        if is_enabled && waits {
            self.plan_dial(index, 0);
        }
    }

    /// Removes an account. A session goes on, and cannot be begun anew.
    pub fn remove_account(&self, index: u32) {
        let name = {
            let mut state = self.change();
            let Some(who) = state.subscribers.get_mut(index as usize) else { return };
            who.account = Account::Removed;
            who.name.clone()
        };
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        // While the session lives it is still found by its name.
        if names.get(&name) == Some(&index) && !self.is_online(index) {
            names.remove(&name);
        }
        drop(names);
        self.feeds.account.tell(Change::Gone(u64::from(index) + 1));
    }

    /// Ends a session because an operator wants it; its equipment dials again some seconds later.
    pub fn kick(&self, number: u32) -> bool {
        let Some((subscriber, device)) = self.holder(number) else { return false };
        let ended = self.hang_up(number, Reason::NasRequest);
        if ended {
            self.plan_dial(subscriber, device);
        }
        ended
    }

    /// Whose session this is, and on which device.
    pub fn holder(&self, number: u32) -> Option<(u32, u8)> {
        self.state().sessions.get(&number).map(|session| (session.subscriber, session.device))
    }

    fn is_online(&self, index: u32) -> bool {
        self.state().subscribers.get(index as usize).is_some_and(Subscriber::is_online)
    }

    fn plan_dial(&self, subscriber: u32, device: u8) {
        let wait = Duration::from_secs(3 + u64::from(subscriber % 5));
        self.later.add(self.clock.now().after(wait), Later::Dial { subscriber, device });
    }
}

fn apply(state: &mut State, index: u32, change: AccountChange) {
    let Some(who) = state.subscribers.get_mut(index as usize) else { return };
    if let Some(tariff) = change.tariff {
        who.tariff = tariff;
        let Tariff { up, down, .. } = *who.tariff();
        let seed = u64::from(index);
        // Sessions that live have their own copy of what they use.
        who.up = Usage::new(seed ^ 1, Habit::Bursty, up * 125_000);
        who.down = Usage::new(seed, Habit::Bursty, down * 125_000);
    }
    if let Some(comment) = change.comment {
        who.comment = (!comment.is_empty()).then(|| comment.into());
    }
    if let Some(password) = change.password {
        who.password = Some(password.into());
    }
    if let Some(service) = change.service {
        who.service = service;
    }
    match (change.enabled, who.account) {
        (Some(true), Account::Disabled) => who.account = Account::Local,
        (Some(false), Account::Local | Account::Unused) => who.account = Account::Disabled,
        _ => {}
    }
}
