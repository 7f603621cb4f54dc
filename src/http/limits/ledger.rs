//! What each payer has used of a budget, for a bounded number of payers.

use crate::http::peer::Network;
use compact_str::CompactString;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Payer {
    Network(Network),
    /// A token, by its id.
    Token(CompactString),
}

/// The accounts of one budget.
///
/// Each kind of payer has room of its own, so that one that is cheap to come by (an IPv6 customer has 65,536 networks)
/// crowds out no other. When its room is full, those who are in it keep their accounts; who comes now shares one with
/// its neighbours: an IPv4 /16 or an IPv6 /32, which is about what one provider has. When even the neighbourhoods
/// are too many, all further ones share the last account. Whoever does not attack is in before an attack, or has
/// quieter neighbours than the attacker.
#[derive(Debug, Clone)]
pub(super) struct Ledger(Arc<Mutex<Accounts>>);

/// When the budget of each will be full again, as governor counts it.
#[derive(Debug)]
struct Accounts {
    most: usize,
    v4: HashMap<Ipv4Addr, Nanos>,
    v6: HashMap<u64, Nanos>,
    tokens: HashMap<CompactString, Nanos>,
    neighbourhoods: HashMap<Neighbourhood, Nanos>,
    rest: Option<Nanos>,
}

/// Networks that share an account when there are too many.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Neighbourhood {
    /// The first 16 bits.
    V4(u16),
    /// The first 32 bits.
    V6(u32),
}

impl From<Network> for Neighbourhood {
    fn from(network: Network) -> Self {
        match network {
            Network::V4(address) => Self::V4((address.to_bits() >> 16) as u16),
            Network::V6(bits) => Self::V6((bits >> 32) as u32),
        }
    }
}

impl Ledger {
    /// At most so many payers of each kind have an account of their own.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Accounts {
            most,
            v4: HashMap::new(),
            v6: HashMap::new(),
            tokens: HashMap::new(),
            neighbourhoods: HashMap::new(),
            rest: None,
        })))
    }

    /// Whether some payers have to share.
    pub(super) fn is_full(&self) -> bool {
        let accounts = self.open();
        accounts.most <= accounts.v4.len().max(accounts.v6.len()).max(accounts.tokens.len())
    }

    /// How many accounts there is memory for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        let accounts = self.open();
        accounts.v4.capacity()
            + accounts.v6.capacity()
            + accounts.tokens.capacity()
            + accounts.neighbourhoods.capacity()
    }

    /// The memory of the accounts, as the standard maps lay them out: a power of two of places, an eighth of them empty
    /// at least, each with its entry and a byte.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        fn of<K>(accounts: &HashMap<K, Nanos>) -> usize {
            let places = (accounts.capacity() * 8 / 7).next_power_of_two();
            places * (size_of::<(K, Nanos)>() + 1)
        }
        let accounts = self.open();
        of(&accounts.v4) + of(&accounts.v6) + of(&accounts.tokens) + of(&accounts.neighbourhoods)
    }

    fn open(&self) -> MutexGuard<'_, Accounts> {
        // An account is one number: a panic elsewhere leaves none half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// Lets the payer pay: from its own account, or the one that it shares.
    fn charge<T, E>(
        &mut self,
        payer: &Payer,
        pay: impl Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    ) -> Result<T, E> {
        let most = self.most;
        let own = match payer {
            Payer::Network(Network::V4(address)) => charge_in(&mut self.v4, address, most, &pay),
            Payer::Network(Network::V6(bits)) => charge_in(&mut self.v6, bits, most, &pay),
            Payer::Token(id) => charge_in(&mut self.tokens, id, most, &pay),
        };
        if let Some(charged) = own {
            return charged;
        }
        if let Payer::Network(network) = payer {
            let neighbourhood = Neighbourhood::from(*network);
            if let Some(charged) = charge_in(&mut self.neighbourhoods, &neighbourhood, most, &pay) {
                return charged;
            }
        }
        let (charged, used) = pay(self.rest)?;
        self.rest = Some(used);
        Ok(charged)
    }
}

/// Charges an account, and opens it if there is room; `None` if there is none.
fn charge_in<K: Hash + Eq + Clone, T, E>(
    accounts: &mut HashMap<K, Nanos>,
    key: &K,
    most: usize,
    pay: impl Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
) -> Option<Result<T, E>> {
    if let Some(used) = accounts.get_mut(key) {
        return Some(pay(Some(*used)).map(|(charged, now_used)| {
            *used = now_used;
            charged
        }));
    }
    if most <= accounts.len() {
        return None;
    }
    Some(pay(None).map(|(charged, used)| {
        accounts.insert(key.clone(), used);
        charged
    }))
}

impl StateStore for Ledger {
    type Key = Payer;

    fn measure_and_replace<T, F, E>(&self, payer: &Payer, pay: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.open().charge(payer, pay)
    }
}

impl ShrinkableKeyedStateStore<Payer> for Ledger {
    fn retain_recent(&self, drop_below: Nanos) {
        let mut accounts = self.open();
        accounts.v4.retain(|_, used| drop_below < *used);
        accounts.v6.retain(|_, used| drop_below < *used);
        accounts.tokens.retain(|_, used| drop_below < *used);
        accounts.neighbourhoods.retain(|_, used| drop_below < *used);
        accounts.rest = accounts.rest.filter(|used| drop_below < *used);
    }

    fn shrink_to_fit(&self) {
        let mut accounts = self.open();
        accounts.v4.shrink_to_fit();
        accounts.v6.shrink_to_fit();
        accounts.tokens.shrink_to_fit();
        accounts.neighbourhoods.shrink_to_fit();
    }

    fn len(&self) -> usize {
        let accounts = self.open();
        accounts.v4.len()
            + accounts.v6.len()
            + accounts.tokens.len()
            + accounts.neighbourhoods.len()
            + usize::from(accounts.rest.is_some())
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
