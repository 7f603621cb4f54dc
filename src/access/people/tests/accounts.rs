use super::*;
use crate::access::{InvalidName, WeakPassword};

#[tokio::test]
async fn a_name_is_taken_once_in_whatever_letters() {
    let people = with(&[]).await;
    let new = |name: &str, password: &str| NewUser {
        name: name.to_owned(),
        role: Role::Viewer,
        scope: Scope::ALL,
        password: SecretString::from(password),
    };
    let by = Actor::console();
    let add = |name, password| people.add_user(&by, new(name, password), at(1));
    assert!(matches!(add("ANA", PASSWORD).await, Err(UserError::Exists)));
    assert!(matches!(add("a/b", PASSWORD).await, Err(UserError::Name(InvalidName::User))));
    assert!(matches!(add("bob", "short").await, Err(UserError::Password(WeakPassword::Short))));
    add("bob@example.net", PASSWORD).await.unwrap();
    let people = again(&people);
    let names: Vec<String> = people.users().into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["ana", "bob@example.net"]);
    sign_in(&people, "BOB@example.net", 2).await;
    assert_eq!(people.users()[1].last_sign_in, Some(at(2)));
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let people = with(&[("bob", Role::Operator)]).await;
    let by = Actor::console();
    let one = Scope::only(["r1".parse().unwrap()]);
    let check = |expect: bool| {
        let results = [
            people.set_rights(&by, "ana", Role::Operator, Scope::ALL, at(1)),
            people.set_disabled(&by, "ana", true, at(1)),
            people.set_rights(&by, "ana", Role::Admin, one.clone(), at(1)),
        ];
        for result in results {
            assert_eq!(matches!(result, Err(UserError::LastAdmin)), expect, "{result:?}");
        }
    };
    check(true);
    people.set_rights(&by, "bob", Role::Admin, one.clone(), at(2)).unwrap();
    check(true);
    people.set_rights(&by, "bob", Role::Admin, Scope::ALL, at(2)).unwrap();
    people.set_disabled(&by, "bob", true, at(2)).unwrap();
    check(true);
    people.set_disabled(&by, "bob", false, at(2)).unwrap();
    check(false);
    assert!(matches!(people.set_disabled(&by, "nobody", true, at(3)), Err(UserError::NoSuchUser)));
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_told_nothing() {
    let people = with(&[("bob", Role::Admin)]).await;
    let bob = sign_in(&people, "bob", 0).await;
    people.set_disabled(&Actor::console(), "bob", true, at(1)).unwrap();
    for people in [people.clone(), again(&people)] {
        assert!(people.session(&cookie(&bob), at(2)).is_none());
        assert!(!people.is_alive(&bob.visitor.id, at(2)));
        let refused = people.sign_in(attempt("bob", PASSWORD, home()), || at(2)).await.unwrap_err();
        let wrong = people.sign_in(attempt("bob", OTHER, home()), || at(2)).await.unwrap_err();
        let unknown = people.sign_in(attempt("nobody", PASSWORD, home()), || at(2)).await.unwrap_err();
        assert_eq!(refused.to_string(), wrong.to_string());
        assert_eq!(refused.to_string(), unknown.to_string());
        assert!(matches!(refused, SignInError::Wrong));
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let people = with(&[]).await;
    let (own, other) = (sign_in(&people, "ana", 0).await, sign_in(&people, "ana", 0).await);
    let by = own.visitor.actor(home());
    let change = |old: &str, new: &str, second| {
        let (old, new) = (SecretString::from(old), SecretString::from(new));
        let (people, visitor, by) = (people.clone(), own.visitor.clone(), by.clone());
        async move { people.change_password(&visitor, &by, old, new, at(second)).await }
    };
    assert!(matches!(change(OTHER, OTHER, 1).await, Err(UserError::WrongPassword)));
    assert!(matches!(change(PASSWORD, "password1234", 1).await, Err(UserError::Password(_))));
    assert!(people.is_alive(&other.visitor.id, at(1)));
    change(PASSWORD, OTHER, 1).await.unwrap();
    assert!(people.is_alive(&own.visitor.id, at(2)) && !people.is_alive(&other.visitor.id, at(2)));
    for _ in 0..2 {
        assert!(matches!(change(PASSWORD, OTHER, 2).await, Err(UserError::WrongPassword)));
    }
    assert!(matches!(change(OTHER, PASSWORD, 2).await, Err(UserError::TooMany { .. })), "it is no oracle");
    assert!(people.sign_in(attempt("ana", PASSWORD, home()), || at(3)).await.is_err());
    people.reset_password(&Actor::console(), "Ana", SecretString::from(PASSWORD), at(4)).await.unwrap();
    assert!(!people.is_alive(&own.visitor.id, at(5)));
    sign_in(&people, "ana", 6).await;
}

#[tokio::test]
async fn every_change_is_in_the_audit_log() {
    let people = with(&[("bob", Role::Viewer)]).await;
    let by = Actor { who: "ana".to_owned(), from: "192.0.2.7".to_owned() };
    let one = Scope::only(["r1".parse().unwrap()]);
    people.set_rights(&by, "bob", Role::Operator, one, at(1)).unwrap();
    people.set_disabled(&by, "bob", true, at(1)).unwrap();
    people.audit(&by, "router.reboot", "r1", "refused", at(2)).unwrap();
    let expect = [
        "console user.add ana as admin of routers all done",
        "console user.add bob as viewer of routers all done",
        "ana user.rights bob is operator of routers r1 done",
        "ana user.disable bob done",
        "ana router.reboot r1 refused",
    ];
    assert_eq!(actions(&people), expect);
    assert_eq!(people.verify_audit().unwrap(), 5);
    assert_eq!(people.audit_tail(1).unwrap()[0].from, "192.0.2.7");
}
