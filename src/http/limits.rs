//! How often somebody may ask: budgets by network, and by token, in bounded memory.

mod ledger;

use super::peer::Network;
use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::{Quota, RateLimiter};
use ledger::{Ledger, Payer};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Payers of one kind that are remembered one by one in each budget. A million addresses must not cost a million
/// entries; and fewer pay at any one time, since who has paid nothing for a while is forgotten.
const MOST_PAYERS: usize = 50_000;

/// While a ledger is full, it is looked through for the forgettable no more often than this: that takes a millisecond.
const PRUNE_EVERY: Duration = Duration::from_secs(1);

/// What a request is paid from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Attempts to sign in, whichever the account. People have a few tries; the accounts have limits of their own.
    SignIn,
    /// Pages. A person opens a handful at once, and reloads.
    Pages,
    /// The API. A page asks for a window of rows at each scroll; a program polls.
    Api,
    /// Exports: each reads everything that there is.
    Export,
    /// Tests of a connection to a router: each reaches out to an address that somebody chose, so that more of them
    /// would make us a port scanner.
    TestConnection,
    /// Style sheets, scripts, fonts: a page brings a dozen, they are in memory, and browsers keep them.
    Assets,
}

impl Budget {
    /// All budgets.
    pub const ALL: [Self; 6] =
        [Self::SignIn, Self::Pages, Self::Api, Self::Export, Self::TestConnection, Self::Assets];

    /// How much a network has. Many people can stand behind one IPv4 address, so a second's worth is meant for a
    /// control room, not for a person.
    fn of_network(self) -> Quota {
        match self {
            Self::SignIn => Quota::per_minute(count(10)),
            Self::Pages => Quota::per_second(count(50)).allow_burst(count(200)),
            Self::Api => Quota::per_second(count(100)).allow_burst(count(400)),
            Self::Export => Quota::per_minute(count(6)).allow_burst(count(3)),
            Self::TestConnection => Quota::per_minute(count(6)),
            Self::Assets => Quota::per_second(count(400)).allow_burst(count(2_000)),
        }
    }

    /// How much a token has, from wherever it is used: a program that has gone wild in a hundred places is stopped
    /// like one. It is half of a network's budget where that is meant for several people.
    fn of_token(self) -> Quota {
        match self {
            Self::Pages | Self::Api => Quota::per_second(count(50)).allow_burst(count(200)),
            other => other.of_network(),
        }
    }
}

const fn count(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// The budgets of everybody. Share one among all workers.
pub struct Limits<C: Clock = DefaultClock> {
    budgets: [Accounts<C>; Budget::ALL.len()],
}

impl Limits {
    /// Full budgets for everybody.
    pub fn new() -> Self {
        Self::with_clock(&DefaultClock::default())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn with_clock(clock: &C) -> Self {
        Self { budgets: Budget::ALL.map(|budget| Accounts::new(budget, clock)) }
    }

    /// Takes one request from the budget of the network. An error says after which time the next request would be
    /// answered; nothing is taken then.
    pub fn check(&self, budget: Budget, network: Network) -> Result<(), Duration> {
        let Some(accounts) = self.budgets.get(budget as usize) else { return Ok(()) };
        accounts.networks.check(&Payer::Network(network))
    }

    /// The same of the budget of a token, by the id of one that was found valid: what anyone can make up has no budget.
    pub fn check_token(&self, budget: Budget, id: &str) -> Result<(), Duration> {
        let Some(accounts) = self.budgets.get(budget as usize) else { return Ok(()) };
        accounts.tokens.check(&Payer::Token(id.into()))
    }

    /// Forgets everybody whose budget is full again, and gives the memory back. Call it each minute.
    pub fn tidy(&self) {
        for accounts in &self.budgets {
            accounts.networks.prune();
            accounts.tokens.prune();
        }
    }

    /// How many payers are remembered, over all budgets.
    pub fn len(&self) -> usize {
        self.budgets
            .iter()
            .map(|accounts| accounts.networks.limiter.len() + accounts.tokens.limiter.len())
            .sum()
    }

    /// Whether nobody has paid lately.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<C: Clock + Clone> fmt::Debug for Limits<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("payers", &self.len()).finish_non_exhaustive()
    }
}

/// `Retry-After` in whole seconds: never too early.
pub fn retry_after_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(0 < wait.subsec_nanos())).max(1)
}

struct Accounts<C: Clock> {
    networks: Account<C>,
    tokens: Account<C>,
}

impl<C: Clock + Clone> Accounts<C> {
    fn new(budget: Budget, clock: &C) -> Self {
        Self {
            networks: Account::new(budget.of_network(), clock),
            tokens: Account::new(budget.of_token(), clock),
        }
    }
}

/// One quota, and who has used how much of it.
struct Account<C: Clock> {
    limiter: RateLimiter<Payer, Ledger, C, NoOpMiddleware<C::Instant>>,
    /// The limiter's own; it does not lend it.
    ledger: Ledger,
    pruned: Mutex<Option<C::Instant>>,
}

impl<C: Clock + Clone> Account<C> {
    fn new(quota: Quota, clock: &C) -> Self {
        let ledger = Ledger::new(MOST_PAYERS);
        let limiter = RateLimiter::new(quota, ledger.clone(), clock.clone());
        Self { limiter, ledger, pruned: Mutex::new(None) }
    }

    fn check(&self, payer: &Payer) -> Result<(), Duration> {
        let checked = self.limiter.check_key(payer);
        if self.ledger.is_full() && self.may_prune() {
            self.prune();
        }
        checked.map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }

    fn may_prune(&self) -> bool {
        let now = self.limiter.clock().now();
        let mut pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = pruned.is_none_or(|last| {
            let passed: Duration = now.duration_since(last).into();
            PRUNE_EVERY <= passed
        });
        if is_due {
            *pruned = Some(now);
        }
        is_due
    }

    fn prune(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests;
