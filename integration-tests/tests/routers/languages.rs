//! What is found, refused and wrong, in the reader's language: on pages as browsers without scripts get them.

use super::{House, SECRET, post, router};
use integration_tests::visitor::{Sent, Visitor};
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue};
use serde_json::json;

/// A page or the answer to a form in this language, as a browser shows it: a slash is one, however it is written.
async fn told(
    visitor: &Visitor,
    method: &str,
    path: &str,
    sent: Sent<'_>,
    language: &'static str,
) -> (u16, String) {
    let wish = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(language))]);
    let answer = visitor.send_with(method, path, sent, wish).await.unwrap();
    (answer.status, answer.text().replace("&#x2F;", "/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_test_finds_is_told_in_the_readers_language() {
    let house = House::empty().await;
    let one = router(20).await;
    let (there, closed) =
        (one.address.port().to_string(), integration_tests::free_port().unwrap().to_string());
    // Six a minute, for each who asks.
    for (language, port, found) in [
        ("es", &there, "20 cuentas</bdi>"),
        ("ar", &there, "20 حسابًا</bdi>"),
        ("es", &closed, "rechaza las conexiones</bdi>"),
        ("pt-BR", &closed, "recusa conexões</bdi>"),
        ("id", &closed, "menolak koneksi</bdi>"),
        ("ar", &closed, " الاتصالات</bdi>"),
    ] {
        let form = [
            ("do", "test"),
            ("name", "ccr1"),
            ("host", "127.0.0.1"),
            ("port", port.as_str()),
            ("username", "monitor"),
            ("password", SECRET),
            ("tls", "off"),
        ];
        let form = Sent::Form(&form);
        let (status, page) = told(&house.admin, "POST", "/settings/routers/new", form, language).await;
        assert!(status == 200 && page.contains(found), "{language}: {page}");
        assert!(!page.contains(" accounts") && !page.contains("refuses connections"), "{language}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_settings_file_from_being_used_is_told_in_the_readers_language() {
    let house = House::empty().await;
    let path = house.folder.path().join("settings.json");
    let form = [("version", "1"), ("log_level", "info")];
    for (broken, language, wrong) in [
        ("{\n  \"routers\": [", "es", "El archivo termina a la mitad, en la línea 2, columna 14"),
        ("{\n  \"log_level\": info\n}", "pt-BR", "Na linha 2, coluna 16 falta um valor"),
        ("{\"routers\": [{\"name\": \"x\"}]}", "id", "<code>routers[0].host</code>"),
        ("", "ar", "الملف فارغ"),
    ] {
        std::fs::write(&path, broken).unwrap();
        for (method, sent) in [("GET", Sent::Nothing), ("POST", Sent::Form(&form))] {
            let (status, page) = told(&house.admin, method, "/settings", sent, language).await;
            assert!(status == 409 && page.contains(wrong), "{language}: {page}");
            assert!(!page.contains("nothing was changed"), "{language}: {page}");
        }
    }
    // Programs are told in English, and scripts by words.
    std::fs::write(&path, "{\n  \"routers\": [").unwrap();
    let refused = post(&house.admin, "/api/v1/routers/test", &json!({ "host": "h", "username": "u" })).await;
    let problem = refused.json().unwrap();
    assert_eq!((refused.status, &problem["type"]), (409, &json!("tikwatch:conflict")), "{problem}");
    let detail = "nothing was changed: is not valid JSON: EOF while parsing a list at line 2 column 14";
    assert_eq!(
        (&problem["refusal"], &problem["detail"]),
        (&json!("unreadable"), &json!(detail)),
        "{problem}"
    );
    let values = json!({ "line": "2", "column": "14" });
    let error = &problem["errors"][0];
    assert_eq!((&error["word"], &error["values"]), (&json!("json_cut_off"), &values), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_address_asks_for_is_refused_in_the_readers_language() {
    let house = House::empty().await;
    for (path, language, wrong, english) in [
        ("/logs?level=loud", "es", "«loud» no es un nivel", "is no level"),
        ("/logs/events?router=x", "pt-BR", "Nenhum roteador se chama “x”.", "no router is called"),
        ("/logs?offset=far", "id", "“far” bukan jumlah baris.", "invalid digit"),
    ] {
        let (_, page) = told(&house.admin, "GET", path, Sent::Nothing, language).await;
        assert!(page.contains(wrong) && !page.contains(english), "{path}: {page}");
    }
}
