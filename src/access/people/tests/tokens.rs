use super::*;
use crate::access::{Kind, TokenError};

fn new(name: &str, role: Role) -> NewToken {
    NewToken { name: name.to_owned(), role, may_write: false, scope: Scope::ALL, expires: None }
}

fn ana() -> Actor {
    Actor { who: "ana".to_owned(), from: "192.0.2.1".to_owned() }
}

#[tokio::test]
async fn a_token_lets_its_bearer_in_until_it_is_revoked() {
    let people = with(&[]).await;
    let (view, token) = people.create_token(&ana(), new("backup", Role::Viewer), at(0)).unwrap();
    let token = token.expose_secret();
    assert!(token.starts_with("tw_"));
    let visitor = people.token(token, at(1)).unwrap();
    assert_eq!((visitor.kind, visitor.name.as_str(), visitor.role), (Kind::Token, "backup", Role::Viewer));
    assert!(!visitor.may_write && visitor.csrf.is_none() && visitor.id == view.id);
    for wrong in ["", "tw_", &token[3..], &token[..40], &format!("{token}x"), view.id.as_str()] {
        assert!(people.token(wrong, at(1)).is_none(), "{wrong}");
    }
    assert!(people.session(token, at(1)).is_none(), "a token is no cookie");
    people.tidy(at(2)).unwrap();
    let people = again(&people);
    assert_eq!(people.tokens()[0].last_used, Some(at(1)));
    assert!(people.is_alive(&view.id, at(3)));
    assert!(people.revoke_token(&ana(), &view.id, at(4)).unwrap());
    assert!(!people.revoke_token(&ana(), &view.id, at(4)).unwrap());
    for people in [people.clone(), again(&people)] {
        assert!(people.token(token, at(5)).is_none() && !people.is_alive(&view.id, at(5)));
        assert!(people.tokens().is_empty());
    }
}

#[tokio::test]
async fn a_token_ends_when_it_was_said_to() {
    let people = with(&[]).await;
    let expires = |second| NewToken { expires: Some(at(second)), ..new("x", Role::Viewer) };
    let (view, token) = people.create_token(&ana(), expires(100), at(0)).unwrap();
    assert!(people.token(token.expose_secret(), at(99)).is_some());
    assert!(people.token(token.expose_secret(), at(100)).is_none() && !people.is_alive(&view.id, at(100)));
    assert!(matches!(people.create_token(&ana(), expires(5), at(5)), Err(TokenError::Expired)));
    people.tidy(at(101)).unwrap();
    assert!(people.tokens().is_empty());
}

#[tokio::test]
async fn a_token_may_no_more_than_who_made_it() {
    let people = with(&[("bob", Role::Admin)]).await;
    let bob = Actor { who: "bob".to_owned(), ..ana() };
    let (view, token) = people.create_token(&bob, new("x", Role::Admin), at(0)).unwrap();
    let token = token.expose_secret();
    assert_eq!(people.token(token, at(1)).unwrap().role, Role::Admin);
    let one = Scope::only(["r1".parse().unwrap()]);
    people.set_rights(&ana(), "bob", Role::Viewer, one.clone(), at(2)).unwrap();
    let visitor = people.token(token, at(3)).unwrap();
    assert_eq!((visitor.role, visitor.scope), (Role::Viewer, one));
    people.set_disabled(&ana(), "bob", true, at(4)).unwrap();
    assert!(people.token(token, at(5)).is_none() && !people.is_alive(&view.id, at(5)));
}

#[tokio::test]
async fn a_wall_shows_its_pages_until_its_link_is_revoked() {
    let people = with(&[]).await;
    let pages = vec!["/".to_owned()];
    let scope = Scope::only(["r1".parse().unwrap()]);
    let link = NewWall { name: "NOC left".to_owned(), pages: pages.clone(), scope: scope.clone() };
    let (view, secret) = people.create_wall(&ana(), link, at(0)).unwrap();
    assert!(people.enter_wall("nonsense", home(), at(1)).unwrap().is_none());
    let display = people.enter_wall(secret.expose_secret(), home(), at(1)).unwrap().unwrap();
    let year = 365 * 24 * 3600;
    people.tidy(at(year)).unwrap();
    let people = again(&people);
    let visitor = people.session(&cookie(&display), at(year)).unwrap();
    assert_eq!((visitor.kind, visitor.role, visitor.may_write), (Kind::Wall, Role::Viewer, false));
    assert_eq!((visitor.scope, visitor.pages, visitor.name.as_str()), (scope, Some(pages), "NOC left"));
    assert_eq!(people.walls()[0].sessions, 1);
    assert!(people.revoke_wall(&ana(), &view.id, at(year)).unwrap());
    for people in [people.clone(), again(&people)] {
        assert!(people.session(&cookie(&display), at(year)).is_none());
        assert!(people.enter_wall(secret.expose_secret(), home(), at(year)).unwrap().is_none());
    }
}
