//! Budgets on a clock that the tests wind.

use super::*;
use governor::clock::FakeRelativeClock;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn limits() -> (Limits<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Limits::with_clock(&clock), clock)
}

fn network(text: &str) -> Network {
    text.parse::<IpAddr>().unwrap().into()
}

fn v4(number: u32) -> Network {
    IpAddr::from(Ipv4Addr::from_bits(number)).into()
}

/// The number of a network of 64 bits.
fn v6(number: u64) -> Network {
    IpAddr::from(Ipv6Addr::from_bits(u128::from(number) << 64)).into()
}

/// How many requests in a row are answered.
fn answered(
    limits: &Limits<FakeRelativeClock>,
    budget: Budget,
    network: Network,
    token: Option<&str>,
) -> u32 {
    let answers = std::iter::from_fn(|| {
        let checked = limits.check(budget, network);
        checked.and_then(|()| token.map_or(Ok(()), |id| limits.check_token(budget, id))).ok()
    });
    u32::try_from(answers.take(10_000).count()).unwrap()
}

#[test]
fn each_budget_has_a_burst_and_then_a_rate() {
    fn check(budget: Budget, burst: u32, in_a_minute: u32) {
        let (limits, clock) = limits();
        let network = network("192.0.2.1");
        assert_eq!(answered(&limits, budget, network, None), burst, "{budget:?}");
        let mut later = 0;
        for _ in 0..600 {
            clock.advance(Duration::from_millis(100));
            later += answered(&limits, budget, network, None);
        }
        assert_eq!(later, in_a_minute, "{budget:?}");
    }
    check(Budget::SignIn, 10, 10);
    check(Budget::Pages, 200, 50 * 60);
    check(Budget::Api, 400, 100 * 60);
    check(Budget::Export, 3, 6);
    check(Budget::TestConnection, 6, 6);
    check(Budget::Assets, 2_000, 400 * 60);
}

#[test]
fn budgets_and_networks_do_not_touch_each_other() {
    let (limits, _) = limits();
    let attacker = network("2001:db8:0:1::1");
    assert_eq!(answered(&limits, Budget::SignIn, attacker, None), 10);
    assert_eq!(answered(&limits, Budget::SignIn, network("2001:db8:0:1:ffff::2"), None), 0);
    assert_eq!(answered(&limits, Budget::SignIn, network("2001:db8:0:2::1"), None), 10);
    for budget in Budget::ALL.into_iter().filter(|budget| *budget != Budget::SignIn) {
        assert!(0 < answered(&limits, budget, attacker, None), "{budget:?}");
    }
}

#[test]
fn who_waits_as_long_as_told_is_answered() {
    let (limits, clock) = limits();
    let network = network("192.0.2.1");
    for budget in Budget::ALL {
        answered(&limits, budget, network, None);
        let wait = limits.check(budget, network).unwrap_err();
        assert!(Duration::ZERO < wait && wait <= Duration::from_secs(10), "{budget:?}: {wait:?}");
        clock.advance(wait.saturating_sub(Duration::from_nanos(1)));
        assert!(limits.check(budget, network).is_err(), "{budget:?}");
        clock.advance(Duration::from_nanos(1));
        assert!(limits.check(budget, network).is_ok(), "{budget:?}");
    }
    assert_eq!(retry_after_seconds(Duration::ZERO), 1);
    assert_eq!(retry_after_seconds(Duration::from_secs(6)), 6);
    assert_eq!(retry_after_seconds(Duration::from_millis(6_001)), 7);
}

#[test]
fn a_token_has_one_budget_wherever_it_is_used() {
    let (limits, _) = limits();
    let mut all = 0;
    for number in 0..10 {
        all += answered(&limits, Budget::Api, v4(number), Some("0123456789abcdef"));
    }
    assert_eq!(all, 200);
    assert_eq!(answered(&limits, Budget::Api, v4(1_000), Some("fedcba9876543210")), 200);
    // A network whose tokens are used up has what it did not spend on them.
    assert!(0 < answered(&limits, Budget::Api, v4(1_000), None));
}

#[test]
fn a_million_addresses_cost_bounded_memory_which_comes_back() {
    let (limits, clock) = limits();
    let owner = network("203.0.113.7");
    limits.check(Budget::SignIn, owner).unwrap();
    for number in 0..500_000 {
        let _ = limits.check(Budget::SignIn, v4(number * 8_000));
        let _ = limits.check(Budget::SignIn, v6(u64::from(number) << 20));
    }
    let ledger = &limits.budgets[Budget::SignIn as usize].networks.ledger;
    let (held, room) = (limits.len(), ledger.capacity());
    assert!((2 * MOST_PAYERS..=3 * MOST_PAYERS + 1).contains(&held), "{held}");
    // Twice at most: a map grows by doubling.
    assert!(room <= 6 * MOST_PAYERS, "{room}");
    let bytes = ledger.bytes();
    // Six budgets that a million addresses use all the same would take some 20 MiB.
    assert!((1 << 20..4 << 20).contains(&bytes), "{bytes} bytes");
    println!("a million addresses take {bytes} bytes of one budget");
    assert_eq!(answered(&limits, Budget::SignIn, owner, None), 9, "who was there keeps an own budget");

    // A budget of ten a minute that was used up is full again after a minute, and forgotten one request later.
    clock.advance(Duration::from_secs(67));
    limits.check(Budget::SignIn, owner).unwrap();
    limits.tidy();
    assert_eq!(limits.len(), 1);
    assert!(ledger.capacity() < 100, "{}", ledger.capacity());
}

#[test]
fn a_full_ledger_empties_itself_when_somebody_asks() {
    let (limits, clock) = limits();
    for number in 0..60_000 {
        let _ = limits.check(Budget::SignIn, v4(number << 8));
    }
    assert!(MOST_PAYERS <= limits.len());
    clock.advance(Duration::from_secs(67));
    let newcomer = network("203.0.113.7");
    limits.check(Budget::SignIn, newcomer).unwrap();
    assert!(limits.len() <= 1, "{}", limits.len());
    assert_eq!(answered(&limits, Budget::SignIn, newcomer, None), 10, "its own budget, and no longer shared");
}

#[test]
fn newcomers_share_with_their_neighbours_while_the_ledger_is_full() {
    let (limits, _) = limits();
    for number in 0..MOST_PAYERS {
        limits.check(Budget::SignIn, v4(u32::try_from(number).unwrap())).unwrap();
    }
    let first = answered(&limits, Budget::SignIn, network("198.51.100.1"), None);
    assert_eq!(first, 10);
    assert_eq!(answered(&limits, Budget::SignIn, network("198.51.200.2"), None), 0, "the same /16");
    assert_eq!(answered(&limits, Budget::SignIn, network("198.52.0.1"), None), 10, "another /16");
    assert_eq!(answered(&limits, Budget::SignIn, network("2001:db8::1"), None), 10, "another kind");
}
