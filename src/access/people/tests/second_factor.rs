use super::*;
use totp_rs::{Builder, Secret};

/// What the device shows at this second.
fn code(secret: &SecretString, second: i64) -> String {
    let secret = Secret::try_from_base32(secret.expose_secret()).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(at(second).as_second().unsigned_abs()).to_string()
}

async fn with_code(people: &People, code: Option<&str>, second: i64) -> Result<SignedIn, SignInError> {
    let code = code.map(SecretString::from);
    people.sign_in(Attempt { code, ..attempt("ana", PASSWORD, home()) }, || at(second)).await
}

/// `ana` with a device that was confirmed at second 0; its secret and the recovery codes.
async fn protected() -> (People, SecretString, Vec<SecretString>) {
    let people = with(&[]).await;
    let offer = people.begin_totp("ana").unwrap();
    let codes = people.confirm_totp(&Actor::console(), "ana", &code(&offer.secret, 0), at(0)).unwrap();
    (people, offer.secret, codes)
}

#[tokio::test]
async fn a_second_factor_counts_once_it_was_confirmed() {
    let people = with(&[]).await;
    let offer = people.begin_totp("Ana").unwrap();
    let uri = offer.uri.expose_secret();
    assert!(
        uri.starts_with("otpauth://totp/tikwatch:ana?secret=") && uri.contains(offer.secret.expose_secret())
    );
    let svg = offer.svg.expose_secret();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>") && !svg.contains("style"));
    with_code(&people, None, 0).await.unwrap();
    let by = Actor::console();
    let wrong = people.confirm_totp(&by, "ana", "000000", at(0));
    assert!(matches!(wrong, Err(UserError::WrongCode)));
    assert!(!people.users()[0].has_totp);
    let codes = people.confirm_totp(&by, "ana", &code(&offer.secret, 0), at(0)).unwrap();
    assert_eq!(codes.len(), 10);
    assert!(people.users()[0].has_totp);
    let again = people.confirm_totp(&by, "ana", &code(&offer.secret, 0), at(0));
    assert!(matches!(again, Err(UserError::NoOffer)));
    assert!(matches!(with_code(&people, None, 1).await, Err(SignInError::CodeNeeded)));
    people.remove_totp(&by, "ana", at(2)).unwrap();
    with_code(&people, None, 3).await.unwrap();
    assert!(people.0.vault.find("user:ana:totp").unwrap().is_none());
}

#[tokio::test]
async fn a_code_works_once_and_in_its_time() {
    let (people, secret, _) = protected().await;
    let refused = |result: Result<SignedIn, SignInError>| matches!(result, Err(SignInError::Wrong));
    assert!(refused(with_code(&people, Some(&code(&secret, 0)), 1).await), "it confirmed the device");
    assert!(refused(with_code(&people, Some(&code(&secret, 240)), 120).await), "too early");
    assert!(refused(with_code(&people, Some(&code(&secret, 60)), 121).await), "too late");
    let now = code(&secret, 120);
    with_code(&people, Some(&format!("{} {}", &now[..3], &now[3..])), 122).await.unwrap();
    for people in [people.clone(), again(&people)] {
        assert!(refused(with_code(&people, Some(&now), 123).await), "used");
        assert!(refused(with_code(&people, Some(&code(&secret, 90)), 123).await), "before one that was used");
    }
    with_code(&people, Some(&code(&secret, 150)), 240 - 60).await.unwrap();
}

#[tokio::test]
async fn the_password_is_asked_first() {
    let (people, secret, _) = protected().await;
    let code = Some(SecretString::from(code(&secret, 60)));
    let wrong = Attempt { code, ..attempt("ana", OTHER, home()) };
    assert!(matches!(people.sign_in(wrong, || at(60)).await, Err(SignInError::Wrong)));
    assert!(matches!(with_code(&people, Some("1234567"), 60).await, Err(SignInError::Wrong)));
    let log = actions(&people);
    assert_eq!(log[log.len() - 2..], ["ana session.refused  refused", "ana session.refused  wrong code"]);
    assert!(matches!(with_code(&people, None, 60).await, Err(SignInError::CodeNeeded)));
    assert_eq!(
        actions(&people).last().unwrap(),
        "ana session.refused  no code yet",
        "who knows the password"
    );
}

#[tokio::test]
async fn each_recovery_code_works_once_however_it_is_typed() {
    let (people, _, codes) = protected().await;
    for (n, code) in codes.iter().enumerate() {
        let second = 120 * i64::try_from(n).unwrap();
        let code = code.expose_secret();
        let typed = if n % 2 == 0 { code.to_owned() } else { code.to_uppercase().replace('-', " ") };
        with_code(&people, Some(&typed), second).await.unwrap();
        let used = format!("ana user.recovery_code {} are left done", 9 - n);
        assert!(actions(&people).contains(&used), "{used}");
        let people = again(&people);
        assert!(matches!(with_code(&people, Some(code), second + 60).await, Err(SignInError::Wrong)));
    }
}

#[tokio::test]
async fn who_knows_the_password_cannot_try_codes_for_days_and_the_owner_has_a_way_in() {
    let (people, secret, recovery) = protected().await;
    for n in 0..30 {
        let away = IpAddr::from([198, 51, 100, u8::try_from(n).unwrap()]);
        let guess = Attempt { code: Some("1234567".into()), ..attempt("ana", PASSWORD, away) };
        assert!(matches!(people.sign_in(guess, || at(600)).await, Err(SignInError::Wrong)));
    }
    assert!(matches!(with_code(&people, Some(&code(&secret, 660)), 660).await, Err(SignInError::Wrong)));
    with_code(&people, Some(recovery[0].expose_secret()), 661).await.unwrap();
    with_code(&people, Some(&code(&secret, 4200)), 4200).await.unwrap();
}

#[tokio::test]
async fn a_lost_key_leaves_the_recovery_codes_and_nothing_else_is_lost() {
    let (people, secret, recovery) = protected().await;
    let session = with_code(&people, Some(&code(&secret, 60)), 60).await.unwrap();
    let store = people.store().clone();
    let lost = open(&store, &Keys::temporary().unwrap());
    assert!(lost.session(&cookie(&session), at(61)).is_some());
    assert!(matches!(with_code(&lost, Some(&code(&secret, 120)), 120).await, Err(SignInError::Wrong)));
    assert!(matches!(with_code(&lost, None, 120).await, Err(SignInError::CodeNeeded)));
    with_code(&lost, Some(recovery[0].expose_secret()), 121).await.unwrap();
    let entries = lost.verify_audit().unwrap();
    assert!(actions(&lost).iter().any(|line| line.contains("audit.key_lost")), "{entries}");
    // A new device takes the place of the old one.
    let offer = lost.begin_totp("ana").unwrap();
    lost.confirm_totp(&Actor::console(), "ana", &code(&offer.secret, 180), at(180)).unwrap();
    with_code(&lost, Some(&code(&offer.secret, 240)), 240).await.unwrap();
}
