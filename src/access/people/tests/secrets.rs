use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use totp_rs::{Builder, Secret};

/// Every way in which a secret might stand somewhere.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let hex = crate::access::bearer::hex(bytes);
    let mut all = vec![secret.to_owned(), hex.to_uppercase(), hex];
    for shift in 0..3 {
        let padded = [&[b'x'; 3][..shift], bytes].concat();
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            // Without the ends, which depend on what stands beside it.
            all.push(engine.encode(&padded)[4..bytes.len()].to_owned());
        }
    }
    // A secret that is base64 or base32 of bytes: the bytes as they are, and in hexadecimal.
    let raw = URL_SAFE_NO_PAD.decode(secret.trim_start_matches("tw_")).ok().filter(|raw| 16 <= raw.len());
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    if let Some(raw) = raw {
        all.push(crate::access::bearer::hex(&raw).into_bytes());
        all.push(raw);
    }
    all
}

fn is_in(text: &[u8], secret: &str) -> bool {
    disguises(secret).iter().any(|disguise| text.windows(disguise.len()).any(|part| part == disguise))
}

#[test]
fn a_disguised_secret_is_found() {
    for text in ["x otter lamp seven gravel y", "6F74746572206C616D7020736576656E2067726176656C"] {
        assert!(is_in(text.as_bytes(), PASSWORD), "{text}");
    }
    assert!(is_in(STANDARD_NO_PAD.encode(format!("ab{PASSWORD}c")).as_bytes(), PASSWORD));
    assert!(!is_in(b"otter lamp seven", PASSWORD));
}

#[tokio::test]
async fn no_secret_is_in_the_store_nor_in_what_is_written_for_debugging() {
    let data = tempfile::tempdir().unwrap();
    let people = open(&Store::open(data.path()).unwrap(), &Keys::temporary().unwrap());
    let setup = people.setup_token(at(0)).unwrap().unwrap();
    let ana = people
        .set_up(setup.expose_secret(), "ana", PASSWORD.into(), home(), String::new(), at(0))
        .await
        .unwrap();
    let by = ana.visitor.actor(home());
    let new = NewToken {
        name: "t".to_owned(),
        role: Role::Viewer,
        may_write: true,
        scope: Scope::ALL,
        expires: None,
    };
    let (token_view, token) = people.create_token(&by, new, at(1)).unwrap();
    let new = NewWall { name: "w".to_owned(), pages: Vec::new(), scope: Scope::ALL };
    let (wall_view, wall) = people.create_wall(&by, new, at(1)).unwrap();
    let display = people.enter_wall(wall.expose_secret(), home(), at(1)).unwrap().unwrap();
    let offer = people.begin_totp("ana").unwrap();
    let device = Secret::try_from_base32(offer.secret.expose_secret()).unwrap();
    let code = Builder::new().with_secret(device).build().unwrap().generate(at(1).as_second().unsigned_abs());
    let recovery = people.confirm_totp(&by, "ana", &code.to_string(), at(1)).unwrap();
    let attempted = attempt("ana", PASSWORD, home());
    people.sign_in(attempt("ana", OTHER, home()), || at(2)).await.unwrap_err();
    let error = people.sign_in(attempted, || at(2)).await.unwrap_err();
    let user =
        NewUser { name: "bob".to_owned(), role: Role::Viewer, scope: Scope::ALL, password: OTHER.into() };
    people.tidy(at(3)).unwrap();

    let mut secrets = vec![PASSWORD.to_owned(), OTHER.to_owned(), cookie(&ana), cookie(&display)];
    secrets.push(ana.visitor.csrf.clone().unwrap());
    let exposed = [&setup, &token, &wall, &offer.secret].into_iter().chain(&recovery);
    secrets.extend(exposed.map(|secret| secret.expose_secret().to_owned()));
    assert_eq!(secrets.len(), 19);
    let shown = format!(
        "{people:?} {ana:?} {display:?} {token_view:?} {wall_view:?} {offer:?} {recovery:?} {error:?} {error} {user:?} \
         {:?} {:?} {:?} {:?} {:?}",
        attempt("ana", PASSWORD, home()),
        people.users(),
        people.sessions(None, at(3)),
        people.tokens(),
        people.audit_tail(100),
    );
    let hash = people.known().users["ana"].hash.clone();
    assert!(!shown.contains(&hash), "hashes are for nobody's eyes");
    for secret in &secrets {
        assert!(!is_in(shown.as_bytes(), secret), "{secret} in {shown}");
    }
    // The records, and the files beneath them with all that was ever in them.
    let mut kept = Vec::new();
    for table in ["users", "sessions", "tokens", "walls", "audit", "meta", "sealed"] {
        let records = people.store().all_bytes(table).unwrap();
        assert!(!records.is_empty(), "{table}");
        kept.extend(records.into_iter().flat_map(|(key, bytes)| [key.into_bytes(), bytes]));
    }
    for entry in std::fs::read_dir(data.path().join("store")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.push(std::fs::read(path).unwrap());
        }
    }
    assert!(kept.iter().any(|bytes| is_in(bytes, "session.sign_out") || is_in(bytes, "wall.enter")));
    for secret in &secrets {
        assert!(kept.iter().all(|bytes| !is_in(bytes, secret)), "{secret}");
    }
}

#[test]
fn a_store_without_any_of_it_opens() {
    let store = Store::temporary().unwrap();
    let people = open(&store, &Keys::temporary().unwrap());
    assert!(people.users().is_empty() && people.tokens().is_empty() && people.walls().is_empty());
    assert_eq!(people.verify_audit().unwrap(), 0);
    assert!(people.audit_tail(5).unwrap().is_empty());
    people.tidy(at(0)).unwrap();
    assert!(people.session("x", at(0)).is_none() && people.token("tw_x", at(0)).is_none());
    assert!(!people.is_alive(&"0123456789abcdef".parse::<VisitId>().unwrap(), at(0)));
}

#[test]
fn records_of_an_earlier_version_can_be_read() {
    let store = Store::temporary().unwrap();
    let mut changes = Changes::default();
    changes.put_bytes(
        "users",
        "ana",
        br#"{"name":"Ana","role":"admin","scope":"all","hash":"x","created":"2026-01-01T00:00:00Z"}"#,
    );
    let digest = crate::access::bearer::digest("tw_old");
    let token = br#"{"name":"t","role":"viewer","may_write":false,"scope":{"only":{"routers":["r1"]}},
        "created":"2026-01-01T00:00:00Z","created_by":"Ana"}"#;
    changes.put_bytes("tokens", &digest, token);
    store.apply(changes).unwrap();
    let people = open(&store, &Keys::temporary().unwrap());
    assert!(people.users()[0].scope.is_all() && !people.users()[0].is_disabled);
    let visitor = people.token("tw_old", at(0)).unwrap();
    assert_eq!(visitor.scope, Scope::only(["r1".parse().unwrap()]));
}

#[test]
fn a_record_whose_scope_is_missing_or_of_a_later_version_opens_nothing() {
    for scope in ["", r#""scope":null,"#, r#""scope":{"only":{"routers":["r1"],"groups":["north"]}},"#] {
        let store = Store::temporary().unwrap();
        let mut changes = Changes::default();
        let token = format!(
            r#"{{"name":"t","role":"viewer","may_write":false,{scope}"created":"2026-01-01T00:00:00Z","created_by":"a"}}"#
        );
        changes.put_bytes("tokens", &crate::access::bearer::digest("tw_x"), token.as_bytes());
        store.apply(changes).unwrap();
        let error = People::open(Vault::new(store, Keys::temporary().unwrap())).unwrap_err().to_string();
        assert!(error.contains("the record `tokens/") && error.contains("cannot be understood"), "{error}");
    }
}
