use super::*;
use crate::access::{SetupError, WeakPassword};
use std::sync::Arc;

async fn set_up(
    people: &People,
    token: &str,
    name: &str,
    password: &str,
    second: i64,
) -> Result<SignedIn, SetupError> {
    let password = SecretString::from(password);
    people.set_up(token, name, password, home(), String::new(), at(second)).await
}

fn token(people: &People, second: i64) -> String {
    people.setup_token(at(second)).unwrap().unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn of_fifty_who_set_up_at_once_one_wins() {
    let people = nobody();
    let token: Arc<str> = token(&people, 0).into();
    let all = (0..50).map(|n| {
        let (people, token) = (people.clone(), Arc::clone(&token));
        tokio::spawn(async move { set_up(&people, &token, &format!("admin{n}"), PASSWORD, 1).await })
    });
    let (mut won, mut closed) = (Vec::new(), 0);
    for one in all.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(signed_in) => won.push(signed_in),
            Err(SetupError::Closed) => closed += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won.len(), closed), (1, 49));
    let users = people.users();
    assert_eq!(users.len(), 1);
    assert_eq!((users[0].role, &users[0].name), (Role::Admin, &won[0].visitor.name));
    assert!(people.session(&cookie(&won[0]), at(2)).is_some());
    assert!(again(&people).setup_token(at(3)).unwrap().is_none());
}

#[tokio::test]
async fn a_link_is_good_for_thirty_minutes_and_until_the_next_one() {
    let people = nobody();
    let old = token(&people, 0);
    let new = token(&people, 10);
    let refused = |result: Result<SignedIn, SetupError>| matches!(result, Err(SetupError::Token));
    assert!(refused(set_up(&people, &old, "ana", PASSWORD, 11).await));
    assert!(refused(set_up(&people, "", "ana", PASSWORD, 11).await));
    assert!(refused(set_up(&people, &new, "ana", PASSWORD, 10 + 30 * 60).await));
    assert!(people.users().is_empty());
    set_up(&people, &new, "ana", PASSWORD, 9 + 30 * 60).await.unwrap();
    assert!(matches!(set_up(&people, &new, "bob", PASSWORD, 20).await, Err(SetupError::Closed)));
}

#[tokio::test]
async fn a_refused_name_or_password_leaves_the_link_as_it_is() {
    let people = nobody();
    let token = token(&people, 0);
    for name in ["", "a b", "console", "Console", "é", &"x".repeat(65)] {
        assert!(
            matches!(set_up(&people, &token, name, PASSWORD, 1).await, Err(SetupError::Name(_))),
            "{name}"
        );
    }
    let weak = set_up(&people, &token, "ana", "password1234", 1).await;
    assert!(matches!(weak, Err(SetupError::Password(WeakPassword::Common))));
    set_up(&people, &token, "ana", PASSWORD, 1).await.unwrap();
}
