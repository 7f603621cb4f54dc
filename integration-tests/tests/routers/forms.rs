//! The pages as a browser without scripts uses them.

use super::{House, PASSWORD, SECRET, get, post, router};
use integration_tests::visitor::{Answer, Sent, Visitor};
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue};
use serde_json::json;

async fn send(visitor: &Visitor, path: &str, form: &[(&str, &str)]) -> Answer {
    visitor.send("POST", path, Sent::Form(form)).await.unwrap()
}

/// What was counted is what the load is worked out for, also with other intervals, and is kept in the form.
async fn check_estimates(ana: &Visitor, fresh: &Answer, tested: &Answer, form: &[(&str, &str)]) {
    let counted = tested.between("name=\"counted\" value=\"", "\"").unwrap();
    let rows = |page: &Answer| {
        let text = page.between("id=\"estimate\"", "</p>").unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        let place = words.iter().position(|word| *word == "rows").unwrap();
        words[place - 1].parse::<u64>().unwrap()
    };
    let (usual, typical) = (rows(tested), rows(fresh));
    assert!(0 < usual && usual < typical, "{usual} rows of {counted}, {typical} of a thousand subscribers");
    let slower = [("counted", counted.as_str()), ("poll_seconds", "60"), ("/queue/simple", "off")];
    let slower = send(ana, "/settings/routers/new", &[form, &slower].concat()).await;
    assert!(rows(&slower) * 2 < usual && slower.text().contains(&counted), "{}", slower.text());
    let nonsense = [("counted", "1 2 <b>"), ("poll_seconds", "0"), ("/queue/simple", "soon")];
    let nonsense = send(ana, "/settings/routers/new", &[form, &nonsense].concat()).await;
    assert_eq!(nonsense.status, 200);
    // What cannot be understood is as usual, and of a thousand subscribers.
    assert_eq!(rows(&nonsense), typical);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_installation_gets_its_first_router_by_forms_alone() {
    let house = House::empty().await;
    let ana = &house.admin;
    let one = router(12).await;
    let port = one.address.port().to_string();
    let empty = ana.get("/").await.unwrap().text();
    assert!(empty.contains("href=\"/settings/routers/new\""), "{empty}");
    let page = ana.get("/settings/routers/new").await.unwrap();
    let made = page.between("password=&quot;", "&quot;").or_else(|| page.between("password=\"", "\""));
    let made = made.unwrap_or_else(|| panic!("{}", page.text()));
    assert!(20 < made.len() && page.text().contains("policy=read,api,!local"), "{made}");
    let again = ana.get("/settings/routers/new").await.unwrap();
    assert!(!again.text().contains(&made), "it is shown once");
    let version = page.between("name=\"version\" value=\"", "\"").unwrap();
    let form = |button: &'static str, password: &'static str| {
        vec![
            ("do", button),
            ("name", "ccr1"),
            ("label", "Core <1>"),
            ("host", "127.0.0.1"),
            ("username", "monitor"),
            ("password", password),
            ("tls", "off"),
            ("enabled", "on"),
        ]
    };
    let with = |button, password| {
        let mut fields = form(button, password);
        fields.push(("port", port.as_str()));
        fields.push(("version", version.as_str()));
        fields
    };
    let tested = send(ana, "/settings/routers/new", &with("test", SECRET)).await;
    assert_eq!(tested.status, 200, "{}", tested.text());
    let text = tested.text();
    assert!(text.contains("The router can be watched.") && text.contains(" accounts</bdi> · "), "{text}");
    assert!(text.contains("value=\"Core &lt;1&gt;\"") && !text.contains(SECRET), "{text}");
    check_estimates(ana, &page, &tested, &with("estimate", "")).await;
    let wrong = send(ana, "/settings/routers/new", &with("test", "canary-wrong")).await.text();
    assert!(
        wrong.contains("cannot be watched like this") && wrong.contains("policies read and api"),
        "{wrong}"
    );
    let mut bad = with("save", SECRET);
    bad.push(("poll_seconds", "soon"));
    let refused = send(ana, "/settings/routers/new", &bad).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Put the password that you chose") && !refused.text().contains(&made));
    // The router may have the password that was made already: a refusal does not lose it.
    let mut kept: Vec<_> = bad.iter().copied().filter(|(name, _)| *name != "password").collect();
    kept.extend([("password", made.as_str()), ("made", made.as_str())]);
    let kept = send(ana, "/settings/routers/new", &kept).await;
    let (in_field, in_script) = (format!("value=\"{made}\""), format!("password=\"{made}\""));
    assert!(kept.status == 422 && kept.text().contains(&in_script), "{}", kept.text());
    assert_eq!(kept.text().matches(&in_field).count(), 2, "in the field, and for the next time");
    let forged = [bad.as_slice(), &[("made", SECRET), ("made_write", "\"; /quit")]].concat();
    let forged = send(ana, "/settings/routers/new", &forged).await.text();
    assert!(!forged.contains("/quit"), "{forged}");
    assert!(refused.text().contains("must be 1 to 3600, not the text"), "{}", refused.text());
    let saved = send(ana, "/settings/routers/new", &with("save", SECRET)).await;
    assert_eq!((saved.status, saved.header("location")), (303, Some("/")), "{}", saved.text());
    house.wait("ccr1", |row| row["status"] == "live" && row["label"] == "Core <1>").await;
    let list = ana.get("/settings/routers").await.unwrap().text();
    assert!(list.contains("Core &lt;1&gt;"), "{list}");
    // The buttons of the list, and a form that is late.
    let version = house.version().await.to_string();
    let off = [("do", "disable"), ("name", "ccr1"), ("version", version.as_str())];
    assert_eq!(send(ana, "/settings/routers", &off).await.status, 200);
    assert_eq!(ana.get("/api/v1/routers/ccr1").await.unwrap().status, 404);
    let late = send(ana, "/settings/routers", &off).await;
    assert!(late.status == 422 && late.text().contains("changed meanwhile"), "{}", late.text());
    let version = house.version().await.to_string();
    let on = [("do", "enable"), ("name", "ccr1"), ("version", version.as_str())];
    assert_eq!(send(ana, "/settings/routers", &on).await.status, 200);
    house.wait("ccr1", |row| row["status"] == "live").await;
    // What becomes of its groups is said before it goes.
    let group = json!({ "router": "ccr1", "name": "North" });
    assert_eq!(post(ana, "/api/v1/groups", &group).await.status, 201);
    let delete = "/settings/routers/ccr1/delete";
    let page = ana.get(delete).await.unwrap().text();
    assert!(page.contains("1 group is of this router alone"), "{page}");
    let version = house.version().await.to_string();
    let gone = send(ana, delete, &[("version", &version), ("groups", "on")]).await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 0);
    assert!(!house.file().contains("ccr1"));
    // The settings beside the routers.
    let version = house.version().await.to_string();
    let form =
        [("version", version.as_str()), ("listen", "nowhere"), ("allowed_hosts", "a.example\nb.example")];
    let refused = send(ana, "/settings", &form).await;
    assert!(
        refused.status == 422 && refused.text().contains("must be an address and a port"),
        "{}",
        refused.text()
    );
    assert!(refused.text().contains("a.example"), "what was typed stays");
    let form =
        [("version", version.as_str()), ("allowed_hosts", "a.example\r\nb.example"), ("log_level", "debug")];
    assert_eq!(send(ana, "/settings", &form).await.status, 200);
    let settings = get(ana, "/api/v1/settings").await;
    assert_eq!(settings["general"]["allowed_hosts"], json!(["a.example", "b.example"]));
    assert!(!house.file().contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_late_sees_what_stands_there_now_and_takes_nothing_back() {
    let router = json!({ "name": "one", "host": "192.0.2.1", "username": "u", "enabled": false });
    let house = House::open(&json!({ "routers": [router] }), &[]).await;
    let ana = &house.admin;
    let version = house.version().await.to_string();
    let form = |version: &str, label: &'static str, host: &'static str| {
        [
            ("do", "save"),
            ("version", version),
            ("label", label),
            ("host", host),
            ("username", "u"),
            ("tls", "off"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let page = "/settings/routers/one";
    let sent = async |path: &str, form: &[(String, String)]| {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        send(ana, path, &form).await
    };
    // A form that was refused for another reason is as late as it was.
    assert_eq!(sent(page, &form(&version, "bea", "192.0.2.1")).await.status, 303);
    for host in ["not a host", "192.0.2.1"] {
        let late = sent(page, &form(&version, "ana", host)).await;
        let text = late.text();
        assert!(late.status == 422 && text.contains("make your change again"), "{text}");
        assert!(text.contains("value=\"bea\"") && !text.contains("value=\"ana\""), "{text}");
        assert_eq!(late.between("name=\"version\" value=\"", "\""), Some(house.version().await.to_string()));
    }
    // A new one has nothing there yet: what was typed stays.
    let mut new = form(&version, "ana", "192.0.2.7").to_vec();
    new.push(("name".to_owned(), "two".to_owned()));
    let late = sent("/settings/routers/new", &new).await;
    assert!(late.status == 422 && late.text().contains("value=\"ana\""), "{}", late.text());
    assert_eq!(late.between("name=\"version\" value=\"", "\""), Some(house.version().await.to_string()));
    // Beside the routers, too.
    let now = house.version().await.to_string();
    let general = |version: &str, host: &str| {
        [("version", version.to_owned()), ("allowed_hosts", host.to_owned())]
            .map(|(name, value)| (name.to_owned(), value))
    };
    assert_eq!(sent("/settings", &general(&now, "bea.example")).await.status, 200);
    let late = sent("/settings", &general(&now, "ana.example")).await;
    assert!(late.status == 422 && late.text().contains("bea.example"), "{}", late.text());
    assert!(!late.text().contains("ana.example"), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_a_folded_part_of_the_form_is_seen() {
    let house = House::empty().await;
    let version = house.version().await.to_string();
    let form = [
        ("do", "save"),
        ("version", version.as_str()),
        ("name", "x"),
        ("host", "192.0.2.1"),
        ("username", "u"),
        ("tls", "off"),
        ("enabled", "on"),
        ("port", "0"),
    ];
    for (field, value, polling, more) in [
        ("poll_seconds", "0", true, false),
        ("/ip/arp", "1", true, false),
        ("deadline_seconds", "0", false, true),
        ("code_page", "klingon", false, true),
        ("label", "", false, false),
    ] {
        let refused =
            send(&house.admin, "/settings/routers/new", &[&form[..], &[(field, value)]].concat()).await;
        let text = refused.text();
        assert_eq!(refused.status, 422, "{text}");
        assert_eq!(text.contains("id=\"polling\" open>"), polling, "{field}: {text}");
        assert_eq!(text.contains("id=\"more\" open>"), more, "{field}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_would_send_the_environments_password_elsewhere_says_why_not() {
    let routers = json!({ "routers": [
        { "name": "one", "host": "192.0.2.1", "username": "u", "enabled": false },
        { "name": "two", "host": "192.0.2.1", "port": 9000, "username": "u", "enabled": false },
    ] });
    let variables = [("MIKROTIK_HOST", "192.0.2.1"), ("MIKROTIK_PASSWORD", SECRET)];
    let house = House::open(&routers, &variables).await;
    let version = house.version().await.to_string();
    let form = [("version", version.as_str())];
    let refused = send(&house.admin, "/settings/routers/one/delete", &form).await;
    assert!(refused.status == 422 && refused.text().contains("MIKROTIK_PORT"), "{}", refused.text());
    assert!(house.file().contains("\"one\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_in_the_readers_language() {
    let house = House::empty().await;
    let version = house.version().await.to_string();
    let form = [
        ("do", "save"),
        ("version", version.as_str()),
        ("name", "two"),
        ("host", "http://<b>"),
        ("username", "u"),
        ("tls", "off"),
        ("poll_seconds", "soon"),
    ];
    for (language, wrong) in [
        ("es", ["Tiene que ser un número de 1 a 3600, no el texto «soon».", "no «http://&lt;b&gt;»."]),
        ("id", ["Ini harus angka 1 sampai 3600, bukan teks “soon”.", "bukan “http://&lt;b&gt;”."]),
    ] {
        let wish = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(language))]);
        let page = house.admin.send_with("POST", "/settings/routers/new", Sent::Form(&form), wish).await;
        let page = page.unwrap();
        for text in wrong {
            // A browser shows a slash, however it is written.
            let shown = page.text().replace("&#x2F;", "/");
            assert!(page.status == 422 && shown.contains(text), "{text}: {shown}");
        }
        assert!(page.text().contains("\"wrong.number_in_quotes\":"), "the script has the words as well");
    }
    let draft = json!({ "host": "http://x", "username": "u", "poll_seconds": 0 });
    let answer = post(&house.admin, "/api/v1/routers/test", &draft).await;
    let errors = answer.json().unwrap()["errors"].clone();
    let values = json!({ "from": "1", "to": "3600", "value": "0" });
    assert_eq!((&errors[1]["word"], &errors[1]["values"]), (&json!("out_of_range"), &values), "{errors}");
    assert_eq!(errors[1]["detail"], "must be 1 to 3600, not 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tests_too_often_keeps_the_form() {
    let house = House::empty().await;
    let page = house.admin.get("/settings/routers/new").await.unwrap();
    let version = page.between("name=\"version\" value=\"", "\"").unwrap();
    let form = [
        ("do", "test"),
        ("name", "ccr1"),
        ("host", "127.0.0.1"),
        ("port", "1"),
        ("username", "monitor"),
        ("tls", "off"),
        ("version", version.as_str()),
    ];
    let mut last = String::new();
    for _ in 0..8 {
        let answer = send(&house.admin, "/settings/routers/new", &form).await;
        last = answer.text();
        assert!(last.contains("value=\"ccr1\""), "{}: {last}", answer.status);
    }
    assert!(last.contains("Too many requests: wait a moment"), "{last}");
}
