use super::*;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

#[tokio::test]
async fn a_session_is_over_after_half_an_hour_without_use() {
    let people = with(&[]).await;
    let ana = sign_in(&people, "ana", 0).await;
    let visitor = people.session(&cookie(&ana), at(29 * MINUTE)).unwrap();
    assert_eq!((visitor.name.as_str(), visitor.role, visitor.may_write), ("ana", Role::Admin, true));
    assert_eq!(visitor.csrf, ana.visitor.csrf);
    assert!(people.session(&cookie(&ana), at(58 * MINUTE)).is_some());
    assert!(people.is_alive(&visitor.id, at(88 * MINUTE - 1)));
    assert!(!people.is_alive(&visitor.id, at(88 * MINUTE)));
    assert!(people.session(&cookie(&ana), at(88 * MINUTE)).is_none());
    people.keep_alive(&visitor.id, at(88 * MINUTE));
    assert!(people.session(&cookie(&ana), at(88 * MINUTE)).is_none(), "what is over stays over");
}

#[tokio::test]
async fn an_open_view_keeps_a_session_alive_and_no_longer_than_twelve_hours() {
    let people = with(&[]).await;
    let ana = sign_in(&people, "ana", 0).await;
    for minute in (20..12 * 60).step_by(20) {
        assert!(people.is_alive(&ana.visitor.id, at(minute * MINUTE)), "{minute}");
        people.keep_alive(&ana.visitor.id, at(minute * MINUTE));
    }
    assert!(people.session(&cookie(&ana), at(12 * HOUR - 1)).is_some());
    assert!(people.session(&cookie(&ana), at(12 * HOUR)).is_none());
    people.tidy(at(12 * HOUR)).unwrap();
    assert!(people.store().all_bytes("sessions").unwrap().is_empty());
}

#[tokio::test]
async fn sessions_survive_a_restart_and_ended_ones_do_not() {
    let people = with(&[]).await;
    let (kept, ended) = (sign_in(&people, "ana", 0).await, sign_in(&people, "ana", 1).await);
    assert!(people.session(&cookie(&kept), at(25 * MINUTE)).is_some());
    people.sign_out(&ended.visitor.id, at(25 * MINUTE)).unwrap();
    assert!(people.session(&cookie(&ended), at(25 * MINUTE)).is_none());
    people.tidy(at(25 * MINUTE)).unwrap();
    let people = again(&people);
    assert!(people.session(&cookie(&ended), at(26 * MINUTE)).is_none());
    let visitor = people.session(&cookie(&kept), at(54 * MINUTE)).unwrap();
    assert_eq!(visitor.csrf, kept.visitor.csrf);
}

#[tokio::test]
async fn signing_in_ends_the_session_that_was_shown_and_makes_another() {
    let people = with(&[]).await;
    let first = sign_in(&people, "ana", 0).await;
    let rotates = Some(first.cookie.clone());
    let second = Attempt { rotates, ..attempt("ana", PASSWORD, home()) };
    let second = people.sign_in(second, || at(1)).await.unwrap();
    assert_ne!(cookie(&first), cookie(&second));
    assert!(people.session(&cookie(&first), at(2)).is_none());
    // A cookie that somebody chose beforehand is never taken.
    let fixed = Attempt { rotates: Some("chosen".into()), ..attempt("ana", PASSWORD, home()) };
    let third = people.sign_in(fixed, || at(3)).await.unwrap();
    assert!(cookie(&third) != "chosen" && people.session("chosen", at(4)).is_none());
}

#[tokio::test]
async fn another_role_or_scope_ends_the_sessions_and_counts_at_once() {
    let people = with(&[("bob", Role::Operator)]).await;
    let by = Actor::console();
    let bob = sign_in(&people, "bob", 0).await;
    people.set_rights(&by, "bob", Role::Operator, Scope::ALL, at(1)).unwrap();
    assert!(people.session(&cookie(&bob), at(2)).is_some(), "nothing changed");
    people.set_rights(&by, "BOB", Role::Viewer, Scope::ALL, at(2)).unwrap();
    assert!(people.session(&cookie(&bob), at(3)).is_none());
    let bob = sign_in(&people, "bob", 4).await;
    assert_eq!(bob.visitor.role, Role::Viewer);
    let one = Scope::only(["r1".parse().unwrap()]);
    people.set_rights(&by, "bob", Role::Viewer, one.clone(), at(5)).unwrap();
    assert!(!people.is_alive(&bob.visitor.id, at(6)));
    assert_eq!(sign_in(&people, "bob", 7).await.visitor.scope, one);
}

#[tokio::test]
async fn no_dead_session_of_two_hundred_is_ever_used() {
    let people = with(&[("bob", Role::Viewer), ("eve", Role::Viewer)]).await;
    let by = Actor::console();
    let mut dead = Vec::new();
    for round in 0..50 {
        let second = round * 100;
        let mut one = Vec::new();
        for name in ["bob", "bob", "eve", "eve"] {
            one.push(sign_in(&people, name, second).await);
        }
        assert!(one.iter().all(|one| people.session(&cookie(one), at(second)).is_some()));
        match round % 5 {
            0 => one.iter().for_each(|one| people.sign_out(&one.visitor.id, at(second)).unwrap()),
            1 => one.iter().for_each(|one| {
                assert!(people.end_session(&by, &one.visitor.id, at(second)).unwrap());
            }),
            2 => ["bob", "eve"].iter().for_each(|name| {
                assert_eq!(people.end_sessions_of(&by, name, at(second)).unwrap(), 2);
            }),
            3 => ["bob", "eve"].iter().for_each(|name| {
                people.set_disabled(&by, name, true, at(second)).unwrap();
                people.set_disabled(&by, name, false, at(second)).unwrap();
            }),
            _ => ["bob", "eve"].iter().for_each(|name| {
                people.set_rights(&by, name, Role::Operator, Scope::ALL, at(second)).unwrap();
                people.set_rights(&by, name, Role::Viewer, Scope::ALL, at(second)).unwrap();
            }),
        }
        dead.extend(one);
    }
    assert_eq!(dead.len(), 200);
    for people in [people.clone(), again(&people)] {
        assert!(dead.iter().all(|one| people.session(&cookie(one), at(5000)).is_none()));
        assert!(dead.iter().all(|one| !people.is_alive(&one.visitor.id, at(5000))));
        assert!(people.sessions(None, at(5000)).is_empty());
    }
}

#[tokio::test]
async fn sessions_are_listed_without_their_cookies() {
    let people = with(&[("bob", Role::Viewer)]).await;
    let agent = format!("agent\u{1b}[31m {}", "x".repeat(500));
    let ana = people.sign_in(Attempt { agent, ..attempt("Ana", PASSWORD, home()) }, || at(5)).await.unwrap();
    sign_in(&people, "bob", 6).await;
    let all = people.sessions(None, at(7));
    assert_eq!(all.iter().map(|one| one.user.as_str()).collect::<Vec<_>>(), ["bob", "ana"]);
    let own = people.sessions(Some("ANA"), at(7));
    assert_eq!((own.len(), &own[0].id, own[0].created), (1, &ana.visitor.id, at(5)));
    assert!(own[0].agent.starts_with("agent[31m x") && own[0].agent.chars().count() == 200);
    assert_eq!(own[0].address, "192.0.2.1");
    assert!(!serde_json::to_string(&all).unwrap().contains(&cookie(&ana)));
}

#[tokio::test]
async fn of_too_many_sessions_the_one_that_was_not_used_longest_ends() {
    let people = with(&[]).await;
    let mut all = Vec::new();
    for n in 0..50 {
        all.push(sign_in(&people, "ana", n).await);
    }
    people.session(&cookie(&all[0]), at(100)).unwrap();
    all.push(sign_in(&people, "ana", 101).await);
    let alive: Vec<bool> = all.iter().map(|one| people.is_alive(&one.visitor.id, at(102))).collect();
    assert_eq!(alive.iter().filter(|alive| !**alive).count(), 1);
    assert!(!alive[1]);
}

#[tokio::test]
async fn a_guest_of_the_demo_has_the_role_of_the_link() {
    let people = nobody();
    let guest = people.demo_session(Role::Operator, at(0)).unwrap();
    let visitor = people.session(&cookie(&guest), at(1)).unwrap();
    assert_eq!((visitor.kind, visitor.role), (crate::access::Kind::Demo, Role::Operator));
    assert!(people.session(&cookie(&guest), at(13 * HOUR)).is_none());
}
