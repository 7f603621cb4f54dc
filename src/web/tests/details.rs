//! Pages about one thing.

use super::{HOSTILE, check_inert, get, network, shown};
use crate::domain::example::{Made, now, snapshot, unreachable};
use crate::domain::recent::Recent;
use crate::domain::snapshot::Snapshot;
use crate::domain::system::{Health, Sensor};
use crate::domain::time::Moment;
use crate::domain::units::{BitsPerSecond, Text};
use crate::state::example::Example;
use crate::web::parameters::subscriber as link;
use std::sync::Arc;
use std::time::Duration;

#[actix_web::test]
async fn a_subscriber_of_any_name_has_a_page_that_is_inert() {
    let names = HOSTILE.iter().copied().chain(["a/b", "é 🙂", "100%", "a+b?c#d", "%2e%2e", "a\\b", "../x"]);
    let made: Vec<Made> = names
        .clone()
        .map(|name| Made {
            comment: HOSTILE[0].into(),
            caller_id: HOSTILE[1].into(),
            ..Made::online(name, 5e6, 1e6)
        })
        .collect();
    let example = Example::new(vec![snapshot("ccr1", &made)]);
    for name in names {
        let page = get(&example, &link("ccr1", name)).await;
        assert_eq!(page.status, 200, "{name}");
        check_inert(&page.text);
        assert!(
            page.text.contains("<b>5.00 Mbit/s</b>") && page.text.contains("&lt;script&gt;alert(1)"),
            "{name}"
        );
        let list = get(&example, "/subscribers?sort=name").await.text;
        assert!(list.contains(&format!("href=\"{}\"", link("ccr1", name))), "{name}: the list leads to it");
    }
}

#[actix_web::test]
async fn a_subscriber_has_what_was_measured_with_its_gaps() {
    let people = [Made::online("ana", 5e6, 1e6)];
    let mut router = snapshot("ccr1", &people);
    let subscribers = Arc::clone(&router.subscribers);
    let begin = now();
    let push = |recent: &mut Recent, ago: u64, rate: Option<f64>| {
        let at = crate::domain::time::Moment::new(
            begin.instant.checked_sub(Duration::from_secs(ago)).unwrap(),
            begin.wall_before(Duration::from_secs(ago)),
        );
        recent.push(at, &subscribers, |_, _| Some((BitsPerSecond(rate?), BitsPerSecond(1_000.0))));
    };
    assert!(
        get(&Example::new(vec![router.clone()]), "/subscribers/ccr1/ana")
            .await
            .text
            .contains("Nothing was measured")
    );
    push(&mut router.recent, 60, Some(8e6));
    push(&mut router.recent, 55, None);
    push(&mut router.recent, 50, Some(9e6));
    let page = get(&Example::new(vec![router]), "/subscribers/ccr1/ana").await.text;
    let line = page.split("class=\"plot-down\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(line.matches('M').count(), 2, "a gap is a gap: {line}");
    assert!(
        page.contains("8.00 Mbit/s – 9.00 Mbit/s") && page.contains("<td class=\"end\">–</td>"),
        "{page}"
    );
}

#[actix_web::test]
async fn somebody_who_is_away_says_since_when_and_why() {
    let mut router =
        snapshot("ccr1", &[Made::offline("ana"), Made { disabled: true, ..Made::offline("bob") }]);
    let ana = Arc::make_mut(&mut Arc::make_mut(&mut router.subscribers)[0]);
    ana.last_address = "10.0.0.9".into();
    Arc::make_mut(ana.account.as_mut().unwrap()).last_disconnect_reason = "peer-request".into();
    let example = Example::new(vec![router]);
    let page = get(&example, "/subscribers/ccr1/ana").await.text;
    for text in ["While it is away", "1:01:40", "10.0.0.9", "peer-request", "1 h ago"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(get(&example, "/subscribers/ccr1/bob").await.text.contains("st-disabled"));
}

#[actix_web::test]
async fn a_subscriber_out_of_sight_is_shown_as_old() {
    let example = Example::new(vec![unreachable("ccr1", &[Made::online("zoe", 1.0, 1.0)])]);
    let page = get(&example, "/subscribers/ccr1/zoe").await.text;
    assert!(
        page.contains("detail-head stale") && page.contains("check the cable") && page.contains("st-unknown")
    );
    assert!(page.contains("<b>–</b>"), "a rate that is not measured is none");
}

#[actix_web::test]
async fn nobody_of_a_name_is_told_with_those_who_may_be_meant() {
    let page = get(&network(), "/subscribers/ccr1/car").await;
    assert_eq!(page.status, 404);
    assert!(page.text.contains("This router has no subscriber of this name."));
    assert!(page.text.contains("href=\"/subscribers/ccr1/carl\""), "{}", page.text);
    let elsewhere = get(&network(), "/subscribers/nowhere/zoe").await;
    assert_eq!(elsewhere.status, 404);
    assert!(elsewhere.text.contains("no such router") && elsewhere.text.contains("/subscribers/ccr2/zoe"));
    let hostile = get(&network(), &link("ccr1", "<img src=x onerror=alert(1)>")).await;
    assert_eq!(hostile.status, 404);
    check_inert(&hostile.text);
}

#[actix_web::test]
async fn columns_are_chosen_by_the_address() {
    let example = network();
    let usual = get(&example, "/subscribers").await.text;
    assert!(usual.contains("no-profile") && !usual.contains("no-group") && !usual.contains("no-name"));
    let chosen = get(&example, "/subscribers?columns=profile&columns=reason&sort=-downtime").await.text;
    assert!(!chosen.contains("no-profile") && !chosen.contains("no-reason") && chosen.contains("no-group"));
    assert!(chosen.contains("columns=profile%2Creason"), "links keep the columns");
    assert!(chosen.contains("aria-sort=\"descending\" data-key=\"downtime\""), "{chosen}");
}

#[actix_web::test]
async fn a_router_has_a_page_with_everything_about_it() {
    let example = network();
    let page = get(&example, "/routers/ccr1").await.text;
    check_inert(&page);
    for text in
        ["17 %", "25 %", "7.21 (stable)", "Encrypted, certificate verified", "/interfaces?router=ccr1"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    for tab in ["connection", "log", "raw"] {
        let page = get(&example, &format!("/routers/ccr1?tab={tab}")).await;
        assert_eq!(page.status, 200, "{tab}");
        check_inert(&page.text);
    }
    let away = get(&example, "/routers/ccr2").await.text;
    assert!(away.contains("cannot reach the router at ccr2") && away.contains("check the cable"), "{away}");
    assert_eq!(get(&example, "/routers/ccr9").await.status, 404);
    assert_eq!(get(&example, "/routers/ccr1?tab=x").await.status, 404);
}

#[actix_web::test]
async fn nothing_is_counted_of_a_router_that_was_never_read() {
    let never = Snapshot { traffic_at: None, ..unreachable("rc", &[]) };
    let page = shown(&Example::new(vec![never]), "/routers/rc").await;
    assert_eq!(page.matches("<span title=\"never read yet\">–</span>").count(), 4, "{page}");
    assert!(!page.contains("state=online\">0</a>") && !page.contains("Restarts"), "{page}");
    let page = shown(&Example::new(vec![unreachable("rb", &[])]), "/routers/rb").await;
    assert!(
        page.contains("state=online\">0</a>") && page.contains("Restarts"),
        "a zero that was read is one"
    );
}

#[actix_web::test]
async fn sensors_of_version_6_have_their_units() {
    let mut router = snapshot("rb", &[]);
    let sensor = |(name, value): (&str, &str)| Sensor {
        name: name.into(),
        value: value.into(),
        unit: Text::default(),
    };
    let all =
        [("voltage", "241"), ("power-consumption", "412"), ("temperature", "38"), ("fan1-speed", "4200")];
    Arc::make_mut(&mut router.system).health = Some(Health(all.into_iter().map(sensor).collect()));
    let page = get(&Example::new(vec![router]), "/routers/rb").await.text;
    for text in ["24.1 V", "41.2 W", "38 °C", "4200 rpm"] {
        assert!(page.contains(&format!("<dd><bdi dir=\"auto\">{text}</bdi>")), "{text}: {page}");
    }
    assert!(!page.contains(">241<"), "the same volts are told in one way");
}

#[actix_web::test]
async fn an_uptime_ends_where_the_router_was_lost() {
    let lost = unreachable("rb", &[Made::online("zoe", 1.0, 1.0)]);
    let at = Moment::new(lost.at.instant, lost.at.wall_before(Duration::from_secs(600)));
    let example = Example::new(vec![Snapshot { traffic_at: Some(at), ..lost }]);
    for path in ["/subscribers", "/subscribers/rb/zoe"] {
        let page = shown(&example, path).await;
        assert!(page.contains(">51:40<"), "{path}: {page}");
    }
}
