//! What searches find.

use super::*;
use crate::domain::example::{Made, now, snapshot, unreachable};
use crate::domain::subscriber::State;
use std::time::Duration;

fn network() -> Vec<Arc<Snapshot>> {
    let first = [
        Made { comment: "Tower 3".into(), ..Made::online("Ana@isp", 8_500_000.0, 90_000.0) },
        Made { address: "10.0.4.20".into(), profile: "50M", ..Made::online("bob", 200_000.0, 5_000_000.0) },
        Made { disabled: true, ..Made::offline("carl") },
        Made {
            rates: None,
            address: "9.9.9.9".into(),
            uptime: Duration::from_secs(90_000),
            ..Made::online("José", 0.0, 0.0)
        },
    ];
    let second = [Made { caller_id: "DE:AD:BE:EF:00:01".into(), ..Made::online("<pppoe-x> y", 1.0, 1.0) }];
    let third = [Made::online("zoe", 0.0, 0.0)];
    vec![
        Arc::new(snapshot("ccr1", &first)),
        Arc::new(snapshot("ccr2", &second)),
        Arc::new(unreachable("ccr3", &third)),
    ]
}

fn run(parameters: &[(&str, &str)]) -> Page {
    Find::parse(parameters.iter().copied()).unwrap().run(&network(), now().wall)
}

fn names(page: &Page) -> Vec<&str> {
    page.rows.iter().map(|found| found.subscriber.name.as_str()).collect()
}

/// Checks which names a search finds, in order of name.
fn check(query: &str, expect: &[&str]) {
    let page = run(&[("q", query)]);
    assert_eq!(names(&page), expect, "{query:?}");
    assert_eq!(page.total, expect.len(), "{query:?}");
}

#[test]
fn words_are_looked_for_in_every_field_whatever_their_case() {
    check("ANA", &["Ana@isp"]);
    check("tower", &["Ana@isp"]);
    check("josé", &["José"]);
    check("JOSÉ", &["José"]);
    check("de:ad:be", &["<pppoe-x> y"]);
    check("10.0.3.", &["<pppoe-x> y", "Ana@isp", "zoe"]);
    check("ana tower", &["Ana@isp"]);
    check("ana nowhere", &[]);
    check("\"ana\"", &[]);
    check("\"ana@isp\"", &["Ana@isp"]);
    check("\"<pppoe-x> y\"", &["<pppoe-x> y"]);
}

#[test]
fn a_quotation_mark_in_quoted_text_is_written_twice() {
    let people = [Made::online("the \"boss\"", 1.0, 1.0), Made::online("the boss", 1.0, 1.0)];
    let network = [Arc::new(snapshot("ccr1", &people))];
    let check = |query: &str, expect: &[&str]| {
        let page = Find::parse([("q", query)]).unwrap().run(&network, now().wall);
        assert_eq!(names(&page), expect, "{query:?}");
    };
    check("\"the \"\"boss\"\"\"", &["the \"boss\""]);
    check("name:\"the \"\"boss\"\"\" router:ccr1", &["the \"boss\""]);
    check("name:\"the boss\"", &["the boss"]);
    check("\"the \"\"boss\"\"\" nobody", &[]);
    assert_eq!(
        Find::parse([("q", "\"the \"\"boss")]).unwrap_err(),
        Problem::OpenQuote("the \"\"boss".to_owned())
    );
}

#[test]
fn filters_narrow_down() {
    check("state:offline", &["carl"]);
    check("state:disabled", &["carl"]);
    check("state:unknown", &["zoe"]);
    check("-state:online", &["carl", "zoe"]);
    check("router:CCR2", &["<pppoe-x> y"]);
    check("-router:ccr1", &["<pppoe-x> y", "zoe"]);
    check("profile:50m", &["bob"]);
    check("service:pppoe router:ccr1", &["Ana@isp", "bob", "José"]);
    check("comment:\"tower 3\"", &["Ana@isp"]);
    check("ip:10.0.3.0/24", &["<pppoe-x> y", "Ana@isp", "zoe"]);
    check("ip:10.0.4.20", &["bob"]);
    check("ip:0.0.0.0/0 router:ccr2", &["<pppoe-x> y"]);
    check("ip:10.0.4.", &["bob"]);
    check("down:>5M", &["Ana@isp"]);
    check("down:<1k", &["<pppoe-x> y"]);
    check("up:>100k", &["bob"]);
    check("uptime:>1d", &["José"]);
    check("uptime:<2h router:ccr1", &["Ana@isp", "bob"]);
}

#[test]
fn what_is_not_understood_is_said() {
    let check = |name: &str, value: &str, expect: Problem| {
        assert_eq!(Find::parse([(name, value)]), Err(expect), "{name}={value}");
    };
    check("q", "colour:red", Problem::UnknownFilter("colour".into()));
    check("q", "state:asleep", Problem::UnknownState("asleep".into()));
    check("q", "down:>fast", Problem::NoRate(">fast".into()));
    check("q", "uptime:<soon", Problem::NoDuration("<soon".into()));
    check("q", "ip:10.0.0.0/33", Problem::NoAddress("10.0.0.0/33".into()));
    check("q", "group_id:north", Problem::NoGroup("north".into()));
    check("q", "router:", Problem::NoValue("router".into()));
    check("q", "\"open", Problem::OpenQuote("open".into()));
    check("q", &"x".repeat(501), Problem::TooLong);
    check("sort", "beauty", Problem::UnknownSort("beauty".into()));
    check("state", "asleep", Problem::UnknownState("asleep".into()));
    check("router", "../etc", Problem::NoRouter("../etc".into()));
    check("limit", "1001", Problem::NoNumber("1001".into()));
}

#[test]
fn gaps_come_last_in_both_directions() {
    assert_eq!(names(&run(&[("sort", "down")])), ["<pppoe-x> y", "bob", "Ana@isp", "carl", "José", "zoe"]);
    assert_eq!(names(&run(&[("sort", "-down")])), ["Ana@isp", "bob", "<pppoe-x> y", "carl", "José", "zoe"]);
}

#[test]
fn addresses_are_ordered_as_numbers() {
    let page = run(&[("sort", "address"), ("router", "ccr1")]);
    assert_eq!(names(&page), ["José", "Ana@isp", "bob", "carl"]);
}

#[test]
fn windows_cut_the_list_without_losing_or_doubling_a_row() {
    let made: Vec<Made> =
        (0..997).map(|n| Made::online(&format!("user{n:04}"), f64::from(n % 7), 0.0)).collect();
    let snapshots = [Arc::new(snapshot("ccr1", &made))];
    for key in Key::ALL {
        for descending in [false, true] {
            let mut seen = Vec::new();
            for offset in (0..1_000).step_by(100) {
                let find = Find { sort: Sort { key, descending }, offset, ..Find::default() };
                seen.extend(find.run(&snapshots, now().wall).rows.iter().map(|found| found.subscriber.id));
            }
            let whole = Find { sort: Sort { key, descending }, limit: 997, ..Find::default() };
            let whole: Vec<_> =
                whole.run(&snapshots, now().wall).rows.iter().map(|found| found.subscriber.id).collect();
            assert_eq!(seen, whole, "{key:?}");
        }
    }
}

#[test]
fn the_counts_by_state_do_not_depend_on_the_chosen_state() {
    let page = run(&[("state", "offline"), ("q", "router:ccr1")]);
    assert_eq!(names(&page), ["carl"]);
    assert_eq!((page.counts.total, page.counts.online, page.counts.offline), (4, 3, 1));
    assert_eq!(page.counts.disabled, 1);
}

#[test]
fn unknown_subscribers_show_no_rates() {
    let page = run(&[("state", "unknown"), ("q", "down:>0")]);
    assert!(page.rows.iter().all(|found| found.subscriber.state != State::Unknown));
}

#[test]
fn who_was_seen_when_and_over_what_can_be_asked_for() {
    check("seen:>1h", &["carl"]);
    check("seen:<1h", &[]);
    check("interface:pppoe-ana", &["Ana@isp"]);
    check("reason:nothing", &[]);
    assert_eq!(Query::parse("seen:soon"), Err(Problem::NoDuration("soon".into())));
}

#[test]
fn limits_and_downtimes_are_ordered_by_their_numbers() {
    use crate::domain::ppp::Profile;
    let made = |name: &str, profile, uptime: u64| Made {
        profile,
        uptime: Duration::from_secs(uptime),
        ..Made::offline(name)
    };
    let mut router = snapshot("r", &[made("a", "fast", 90), made("b", "slow", 900), made("c", "none", 9)]);
    let profile = |name: &str, limit: &str| Profile {
        name: name.into(),
        rate_limit: limit.into(),
        ..Profile::default()
    };
    let profiles =
        vec![profile("fast", "10M/100M 20M/200M"), profile("slow", "512k/9M"), profile("none", "")];
    router.profiles.rows = Arc::new(profiles);
    let network = [Arc::new(router)];
    let order = |sort: &str| {
        let page = Find::parse([("sort", sort)]).unwrap().run(&network, now().wall);
        names(&page).concat()
    };
    assert_eq!(order("rate_limit"), "bac", "nine is less than a hundred; without a limit comes last");
    assert_eq!(order("-rate_limit"), "abc");
    assert_eq!(order("-downtime"), "bac");
    assert_eq!(order("downtime"), "cab");
    assert_eq!(order("last_seen"), "bac");
}

#[test]
fn rows_are_found_by_their_keys_whether_they_match_or_not() {
    let all = run(&[]);
    let key = |found: &Found| format!("{}:{}", found.snapshot.router, found.subscriber.id.0);
    let keys = |wanted: &[&str]| {
        let rows = all.rows.iter().filter(|found| wanted.contains(&found.subscriber.name.as_str()));
        rows.map(key).collect::<Vec<_>>().join(",")
    };
    let asked = keys(&["carl", "bob", "zoe"]);
    let page = run(&[("keys", &asked), ("q", "bob"), ("state", "online"), ("router", "ccr1")]);
    assert_eq!(names(&page), ["bob", "carl", "zoe"]);
    // How many there are is told of what is searched.
    assert_eq!((page.total, page.counts.total), (1, 1));
    assert!(run(&[("keys", "ccr1:999999")]).rows.is_empty());
    for wrong in ["ccr1", "ccr1:x", "no/name:1", "ccr1:1,"] {
        let problem = Find::parse([("keys", wrong)]).unwrap_err();
        assert_eq!(problem.word(), "no_key", "{wrong}");
    }
}

#[test]
fn no_more_rows_can_be_asked_for_by_key_than_by_number() {
    let keys = |count: usize| vec!["r1:1"; count].join(",");
    assert!(Find::parse([("keys", keys(LONGEST_WINDOW).as_str())]).is_ok());
    let problem = Find::parse([("keys", keys(LONGEST_WINDOW + 1).as_str())]).unwrap_err();
    assert_eq!(problem.word(), "too_many_keys");
}
