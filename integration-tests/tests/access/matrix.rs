//! Every route of the program's own list, asked for by everybody.

use crate::everybody::{Asker, By, Everybody};
use tikwatch::access::Role;
use tikwatch::http::{Listed, listed};

/// What the guard shall say.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passes,
    MustSignIn,
    MayNot,
}

fn expected(route: &Listed, asker: &Asker) -> Verdict {
    let is_token = matches!(asker.by, By::Token(_));
    let Some(needed) = route.role else {
        // The ways in are open; but a token that is no good is told so everywhere.
        return if is_token && asker.role.is_none() { Verdict::MustSignIn } else { Verdict::Passes };
    };
    let Some(role) = asker.role else { return Verdict::MustSignIn };
    if route.is_for_all {
        return Verdict::Passes;
    }
    let changes = route.method != "GET";
    let may = needed <= role
        && (route.is_for_programs || !is_token)
        && (asker.may_write || !changes)
        && (asker.sees_all || !route.needs_all_routers);
    if may { Verdict::Passes } else { Verdict::MayNot }
}

async fn verdict(service: &integration_tests::service::Service, asker: &Asker, route: &Listed) -> Verdict {
    let path = route
        .path
        .replace("{path:.*}", "css/tokens.css")
        .replace("{secret}", "x")
        .replace("{id}", "0123456789abcdef");
    let path = path.replace("{router}", "r1").replace("{name}", "nobody-of-this-name");
    let answer = asker.ask(service, route.method, &path).await;
    let is_bad_token = matches!(asker.by, By::Token(_)) && asker.role.is_none();
    let location = answer.headers().get("location").map(|path| path.to_str().unwrap().to_owned());
    let to_sign_in = location.is_some_and(|path| path.starts_with("/sign-in")) && route.path != "/sign-out";
    match answer.status().as_u16() {
        // Setup is closed and sends people on; a form that lets nobody in says 401 as well.
        303 if to_sign_in && (is_bad_token || route.path != "/setup") => Verdict::MustSignIn,
        401 if is_bad_token || !matches!(route.path, "/sign-in" | "/enter" | "/setup") => Verdict::MustSignIn,
        403 => Verdict::MayNot,
        429 => panic!("{} asked too much", asker.name),
        500.. => panic!("{} {} answered {}", route.method, route.path, answer.status()),
        _ => Verdict::Passes,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_those_in_who_may_and_nobody_else() {
    let everybody = Everybody::gather().await;
    let mut wrong = Vec::new();
    let mut count = 0;
    for asker in &everybody.askers {
        // Signing out ends what the others of the table are asked with.
        let (last, routes): (Vec<_>, Vec<_>) = listed().partition(|route| route.path == "/sign-out");
        for route in routes.iter().chain(&last) {
            // Ten of these a minute are let through, whoever asks.
            let is_way_in = route.role.is_none() && route.method == "POST";
            if is_way_in && asker.role.is_some() {
                continue;
            }
            let (expected, found) = (expected(route, asker), verdict(&everybody.service, asker, route).await);
            count += 1;
            if expected != found {
                wrong.push(format!(
                    "{} {} for {}: {found:?}, not {expected:?}",
                    route.method, route.path, asker.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(500 < count, "{count}");
}

#[test]
fn what_matters_most_is_in_the_table_as_it_should_be() {
    let role = |method: &str, path: &str| {
        let route = listed().find(|route| (route.method, route.path) == (method, path));
        route.unwrap_or_else(|| panic!("{method} {path}")).role
    };
    for (method, path) in
        [("GET", "/users"), ("POST", "/users"), ("POST", "/tokens"), ("POST", "/api/v1/users")]
    {
        assert_eq!(role(method, path), Some(Role::Admin), "{path}");
    }
    let open: Vec<_> = listed().filter(|route| route.role.is_none()).map(|route| route.path).collect();
    let known = [
        "/healthz",
        "/static/{path:.*}",
        "/favicon.ico",
        "/manifest.webmanifest",
        "/worker.js",
        "/offline",
        "/preferences",
        "/sign-in",
        "/sign-in",
        "/setup",
        "/setup",
        "/enter/{secret}",
        "/enter",
    ];
    assert_eq!(open, known, "nothing else is open to everybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_token_is_paid_for_once() {
    let everybody = Everybody::gather().await;
    let reader = everybody.askers.iter().find(|asker| asker.name == "a token that reads").unwrap();
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(reader.ask(&everybody.service, "GET", "/api/export").await.status().as_u16());
    }
    assert_eq!(answers, [200, 200, 200, 429], "three are allowed at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_one_router_sees_nothing_of_the_other() {
    let everybody = Everybody::gather().await;
    let scott = everybody.askers.iter().find(|asker| !asker.sees_all).unwrap();
    for route in listed().filter(|route| route.method == "GET" && route.path.starts_with("/api/")) {
        if route.path.contains('{') || route.path.ends_with("/stream") || route.path.ends_with("openapi.json")
        {
            continue;
        }
        let text = scott.ask(&everybody.service, "GET", route.path).await.text().await.unwrap();
        assert!(!text.contains("\"r2\""), "{} tells of the other router", route.path);
    }
    let tables = [
        "/routers",
        "/interfaces",
        "/hotspot",
        "/hotspot/hosts",
        "/hotspot/users",
        "/dhcp",
        "/dhcp/pools",
        "/queues",
    ];
    for path in ["/", "/subscribers"].into_iter().chain(tables) {
        let text = scott.ask(&everybody.service, "GET", path).await.text().await.unwrap();
        assert!(!text.contains(">r2<") && !text.contains("\"r2\""), "{path} tells of the other router");
    }
    for path in [
        "/api/v1/routers/r2",
        "/api/pppoe_interfaces?router=r2",
        "/api/v1/subscribers?router=r2",
        "/routers/r2",
        "/subscribers/r2/x",
    ] {
        assert_eq!(scott.ask(&everybody.service, "GET", path).await.status(), 404, "{path}");
    }
}
