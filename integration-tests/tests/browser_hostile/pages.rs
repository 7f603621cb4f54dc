//! The pages that show one thing, or what our own people wrote: routers, subscribers, settings, logs, groups.

use super::{House, is_full};
use anyhow::{Context as _, ensure};
use integration_tests::browser::Browser;
use integration_tests::hostile_routers::{FILLED, HostileRouters, ROUTERS};
use integration_tests::service::{Service, urlencode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tikwatch::domain::groups::folded;
use tikwatch::domain::visible::{brief, visible};
use tikwatch::http::listed;

/// What a page does not show of a list of texts, and markup that stands where only text may.
const MISSING: &str = "(expected) => {
    const texts = new Set([...document.querySelectorAll('body *')].flatMap((one) => [
        ...(one.childElementCount === 0 ? [one.textContent] : []),
        ...('value' in one ? [String(one.value)] : []),
        ...(one.placeholder ? [one.placeholder] : []),
    ]));
    return [
        ...expected.filter((text) => !texts.has(text)).map((text) => `not shown: ${text}`),
        ...[...document.querySelectorAll('bdi > *, .text > *, option > *, code > :not(bdi)')].map((one) => `markup: ${one.outerHTML}`),
    ];
}";

/// The rows of a log that are in the page, as texts of these cells.
const LINES: &str = "[...document.querySelectorAll('#rows tr')].map((row) =>
    [...row.querySelectorAll('.l-source bdi, .l-name bdi, .log-text')].map((text) => text.textContent))";

/// Looks at pages, and notes which they were.
pub(super) struct Tour<'a> {
    house: &'a House,
    /// Routes as the table of routes writes them.
    visited: BTreeSet<&'static str>,
    /// How many texts were compared.
    texts: usize,
}

impl Tour<'_> {
    pub(super) fn browser(&self) -> &Browser {
        &self.house.browser
    }

    pub(super) fn service(&self) -> &Service {
        &self.house.service
    }

    pub(super) fn routers(&self) -> &HostileRouters {
        &self.house.routers
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.house.service.url)
    }

    /// Opens a page, which must have all these texts, in which nothing may run.
    pub(super) async fn look(
        &mut self,
        route: &'static str,
        path: &str,
        expected: &[String],
    ) -> anyhow::Result<()> {
        self.visited.insert(route);
        self.house.browser.client().goto(&self.url(path)).await?;
        self.house.browser.wait("document.readyState === 'complete'").await?;
        self.check(path, expected).await
    }

    /// The same for the page as it is now.
    pub(super) async fn check(&mut self, path: &str, expected: &[String]) -> anyhow::Result<()> {
        let wrong = self.house.browser.evaluate(&format!("({MISSING})({})", json!(expected))).await?;
        ensure!(wrong == json!([]), "{path}: {wrong:.2000}");
        // That somebody is not there is answered by 404, which the browser's log has.
        let harm = self.house.harm().await?;
        let harm: Vec<_> = harm.iter().filter(|line| !line.contains("status of 404")).collect();
        ensure!(harm.is_empty(), "{path}: {harm:#?}");
        self.texts += expected.len();
        Ok(())
    }
}

fn all_visible(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    texts.into_iter().map(|text| visible(text.as_ref()).into_owned()).collect()
}

/// Some of many, each as often, unless all are wanted.
pub(super) fn sample<T>(all: Vec<T>, some: usize) -> Vec<T> {
    let step = if is_full() { 1 } else { all.len().div_ceil(some).max(1) };
    all.into_iter().step_by(step).collect()
}

/// Whom we sign in as at a router, and what people call the router: one line, as the settings demand.
pub(super) fn username(routers: &HostileRouters, router: usize) -> String {
    line(routers, router)
}

pub(super) fn line(routers: &HostileRouters, place: usize) -> String {
    let fits =
        |text: &&String| text.len() <= 100 && !text.chars().any(char::is_control) && !text.trim().is_empty();
    let fitting: Vec<&String> = routers.corpus().iter().filter(fits).collect();
    fitting.get(place * 5 % fitting.len().max(1)).map(|text| (*text).clone()).unwrap_or_default()
}

/// Whether a text may stand in a group: one line without any letter that cannot be seen.
pub(super) fn fits_into_a_group(text: &str) -> bool {
    text.trim() == text && visible(text) == text
}

/// All of them. Gives how many texts were compared, in how many fields.
pub(super) async fn all(house: &House, round: usize) -> anyhow::Result<(usize, usize)> {
    let mut tour = Tour { house, visited: BTreeSet::new(), texts: 0 };
    let mut fields = subscribers(&mut tour).await?;
    fields += groups(&mut tour).await?;
    fields += logs(&mut tour).await?;
    fields += routers(&mut tour, round).await?;
    fields += super::jobs::all(&mut tour).await?;
    fields += settings(&mut tour).await?;
    fields += super::files::all(&mut tour).await?;
    others(&mut tour).await?;
    // The lists were looked at row by row before.
    tour.visited.extend(FILLED.iter().map(|filled| filled.page.split('?').next().unwrap_or_default()));
    tour.visited.extend(["/", "/routers"]);
    let is_page = |path: &&str| {
        let ways_in = [
            "/healthz",
            "/favicon.ico",
            "/manifest.webmanifest",
            "/worker.js",
            "/offline",
            "/sign-in",
            "/setup",
            "/enter/{secret}",
        ];
        !path.starts_with("/static/") && !path.starts_with("/api/") && !ways_in.contains(path)
    };
    let pages = listed().filter(|route| route.method == "GET").map(|route| route.path).filter(is_page);
    let forgotten: Vec<_> = pages.filter(|path| !tour.visited.contains(path)).collect();
    ensure!(forgotten.is_empty(), "pages that nobody looked at: {forgotten:?}");
    Ok((tour.texts, fields))
}

/// One page for each of them, those with an account and those with a session.
async fn subscribers(tour: &mut Tour<'_>) -> anyhow::Result<usize> {
    let routers = &tour.house.routers;
    for menu in ["/ppp/secret", "/ppp/active"] {
        let all = (0..ROUTERS)
            .flat_map(|router| routers.rows_of(menu, router).into_iter().map(move |texts| (router, texts)));
        for (router, texts) in sample(all.collect(), 12) {
            let name = texts.first().context("no name")?;
            let path = format!("/subscribers/r{router}/{}", urlencode(name));
            tour.look("/subscribers/{router}/{name}", &path, &all_visible(&texts)).await?;
        }
    }
    // Nobody is called so; who asked is told, in the same words.
    let name = format!("nobody{}", tour.house.routers.corpus().first().context("no string")?);
    let path = format!("/subscribers/r0/{}", urlencode(&name));
    tour.look("/subscribers/{router}/{name}", &path, &[brief(&name).into_owned()]).await?;
    Ok(9)
}

/// Cards, groups with members of all routers, forms and categories.
async fn groups(tour: &mut Tour<'_>) -> anyhow::Result<usize> {
    let corpus = tour.house.routers.corpus().to_vec();
    // What looks like a name that is there already is no other name: it is a description, too.
    let mut known = BTreeSet::new();
    let (names, long): (Vec<&String>, Vec<&String>) = corpus
        .iter()
        .filter(|text| fits_into_a_group(text))
        .partition(|text| text.chars().count() <= 64 && known.insert(folded(text)));
    let other =
        |place: usize, by: usize| names.get((place + by) % names.len().max(1)).map(|text| (*text).clone());
    // A member's name has at most 256 bytes, of which some are for a number.
    let member = |place| other(place, 74).filter(|name| name.len() < 240);
    // Name, description, member and rule; what is too long for a name is a description.
    let made: Vec<[Option<String>; 4]> = (0..names.len() + long.len())
        .map(|place| match place.checked_sub(names.len()) {
            None => [other(place, 0), other(place, 37), member(place), other(place, 111)],
            Some(at) => {
                let text = long.get(at).map(|text| (*text).clone());
                [Some(format!("long {place}")), text, member(place), other(place, 111)]
            }
        })
        .collect();
    let groups = made.iter().enumerate().map(|(place, [name, description, member, rule])| {
        let member =
            member.iter().map(|name| json!({ "name": format!("{name} {place}") })).collect::<Vec<_>>();
        json!({ "id": place.to_string(), "router": "r0", "name": name, "description": description,
            "members": member, "rules": [{ "kind": "profile", "value": rule }] })
    });
    let parts =
        names.iter().enumerate().map(|(place, name)| json!({ "name": name, "groups": [place.to_string()] }));
    let (groups, parts): (Vec<_>, Vec<_>) = (groups.collect(), parts.collect());
    let categories = parts.chunks(100).zip(&names);
    let categories: Vec<_> = categories
        .map(|(parts, name)| json!({ "router": "r0", "name": format!("{name}!"), "subcategories": parts }))
        .collect();
    let file =
        json!({ "format": "tikwatch-groups", "version": 1, "groups": groups, "categories": categories });
    tour.house.service.send("POST", "/api/v1/groups/import", &file).await?;
    let of =
        |place: usize| made.iter().filter_map(move |texts| texts.get(place)?.clone()).collect::<Vec<_>>();
    // Names, descriptions, and names of categories and their parts.
    tour.look("/groups", "/groups", &[of(0), of(1)].concat()).await?;
    let said = tour
        .house
        .browser
        .evaluate("[...document.querySelectorAll('.group-name')].map((name) => name.textContent)");
    let said: BTreeSet<String> = serde_json::from_value(said.await?)?;
    ensure!(said == of(0).into_iter().collect(), "the cards are called otherwise");
    let parts: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    tour.look("/groups/categories", "/groups/categories", &parts).await?;
    let answer = tour.house.service.json("/api/v1/groups").await?;
    let answered = answer.get("groups").and_then(Value::as_array).context("no groups")?.clone();
    ensure!(answered.len() == made.len(), "{} groups", answered.len());
    for group in sample(answered, 6) {
        let text = |key: &str| group.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = made
            .iter()
            .position(|texts| texts.first() == Some(&Some(text("name"))))
            .context("another group")?;
        let [name, description, member, rule] = made.get(place).context("another group")?.clone();
        let member = member.map(|name| brief(&format!("{name} {place}")).into_owned());
        let expected = [name, description, member, rule].into_iter().flatten().collect::<Vec<_>>();
        tour.look("/groups/{id}", &format!("/groups/{}", text("id")), &expected).await?;
        // The form shows people to choose from: those of the same router.
        let people = tour.house.routers.rows_of("/ppp/secret", 0);
        let people = people.iter().filter_map(|texts| texts.first()).map(|name| brief(name).into_owned());
        let expected = [expected, people.collect()].concat();
        tour.look("/groups/{id}/edit", &format!("/groups/{}/edit", text("id")), &expected).await?;
    }
    members(tour).await?;
    tour.look("/groups/new", "/groups/new", &[]).await?;
    Ok(9)
}

/// A group of everybody: its table has a row for each.
async fn members(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let routers = &tour.house.routers;
    // A member's name has at most 256 bytes, as RouterOS has it.
    let fits = |row: &Vec<String>| row.first().is_some_and(|name| name.len() <= 256);
    let of = |n| routers.rows_of("/ppp/active", n).into_iter().filter(fits).map(move |row| (n, row));
    let rows: Vec<(usize, Vec<String>)> = (0..ROUTERS).flat_map(of).collect();
    let members: Vec<_> = rows
        .iter()
        .filter_map(|(router, row)| Some(json!({ "name": row.first()?, "router": format!("r{router}") })))
        .collect();
    let body = json!({ "name": "everybody", "members": members });
    let made = tour.house.service.send("POST", "/api/v1/groups", &body).await?;
    let id = made.pointer("/group/id").and_then(Value::as_str).context("no id")?;
    let mut shown = BTreeSet::new();
    for offset in (0..rows.len()).step_by(100) {
        let path = format!("/groups/{id}?offset={offset}");
        tour.look("/groups/{id}", &path, &[]).await?;
        let names = "[...document.querySelectorAll('.members tbody th bdi')].map((name) => name.textContent)";
        let names: Vec<String> = serde_json::from_value(tour.house.browser.evaluate(names).await?)?;
        shown.extend(names);
    }
    let names = rows.iter().filter_map(|(_, row)| row.first()).map(|name| brief(name).into_owned());
    ensure!(shown == names.collect(), "the members are called otherwise");
    tour.texts += shown.len();
    Ok(())
}

/// Lines that come while somebody looks, and the same lines from the server.
async fn logs(tour: &mut Tour<'_>) -> anyhow::Result<usize> {
    let house = tour.house;
    let lines = |menu: &str, places: &[usize]| -> BTreeSet<Vec<String>> {
        let rows = (0..ROUTERS).flat_map(|router| house.routers.rows_of(menu, router));
        rows.map(|row| {
            places.iter().filter_map(|place| row.get(*place)).map(|text| visible(text).into_owned()).collect()
        })
        .collect()
    };
    let topics_and_messages = lines("/log", &[1, 2]);
    let names: BTreeSet<String> =
        lines("/ppp/active", &[0]).into_iter().flatten().map(|name| brief(&name).into_owned()).collect();
    for (route, least) in [("/logs/routers", 300), ("/logs/events", 200)] {
        house.open_page(route).await?;
        tour.visited.insert(route);
        if route == "/logs/routers" {
            house.routers.write_logs();
        } else {
            house.routers.end_sessions();
        }
        house.browser.wait(&format!("document.querySelectorAll('#rows tr').length >= {least}")).await?;
        let by_scripts: Vec<Vec<String>> = serde_json::from_value(house.browser.evaluate(LINES).await?)?;
        tour.check(route, &[]).await?;
        let mut all = by_scripts;
        for offset in (0..least).step_by(100) {
            tour.look(route, &format!("{route}?offset={offset}"), &[]).await?;
            all.extend(serde_json::from_value::<Vec<Vec<String>>>(house.browser.evaluate(LINES).await?)?);
        }
        ensure!(2 * least <= all.len(), "{route}: {} lines", all.len());
        for line in &all {
            let is_known = match route {
                "/logs/routers" => topics_and_messages.contains(line),
                // What happened to a link is told, too; it names nobody.
                _ => line.first().is_some_and(|name| name.is_empty() || names.contains(name)),
            };
            ensure!(is_known, "{route}: {line:?}");
        }
        tour.texts += all.iter().map(Vec::len).sum::<usize>();
    }
    tour.look("/logs", "/logs", &[]).await?;
    Ok(3)
}

/// What a router says of itself, its sensors, its log.
async fn routers(tour: &mut Tour<'_>, round: usize) -> anyhow::Result<usize> {
    for router in sample((0..ROUTERS).collect(), 4) {
        let house = tour.house;
        let said = house.routers.said(router, round);
        let sensors = house.routers.rows_of("/system/health", router);
        let has_sensors = |answer: &Value| {
            answer
                .pointer("/router/sensors")
                .and_then(Value::as_array)
                .is_some_and(|all| all.len() == sensors.len())
        };
        house.service.wait_for(&format!("/api/v1/routers/r{router}"), has_sensors).await?;
        let briefly = |rows: &[Vec<String>]| -> Vec<String> {
            rows.iter().flatten().map(|text| brief(text).into_owned()).collect()
        };
        let expected = [all_visible(&said), briefly(&sensors)].concat();
        let path = format!("/routers/r{router}");
        tour.look("/routers/{name}", &path, &expected).await?;
        let expected = [all_visible(&said), all_visible(sensors.iter().flatten())].concat();
        tour.look("/routers/{name}", &format!("{path}?tab=raw"), &expected).await?;
        let lines = house.routers.rows_of("/log", router);
        tour.look("/routers/{name}", &format!("{path}?tab=log"), &all_visible(lines.iter().flatten()))
            .await?;
        tour.look("/routers/{name}", &format!("{path}?tab=connection"), &[]).await?;
    }
    Ok(8)
}

/// What admins typed: user names, and labels, which all pages show from then on.
async fn settings(tour: &mut Tour<'_>) -> anyhow::Result<usize> {
    let house = tour.house;
    let label = |router: usize| line(&house.routers, router + 7);
    for (router, address) in house.routers.addresses.iter().enumerate() {
        let version = house.service.json("/api/v1/settings").await?.get("version").cloned();
        let body = json!({ "version": version, "name": format!("r{router}"), "label": label(router),
            "host": address.ip().to_string(), "port": address.port(),
            "username": username(&house.routers, router) });
        tour.house.service.send("PUT", &format!("/api/v1/routers/r{router}"), &body).await?;
    }
    let labels: Vec<String> = (0..ROUTERS).map(label).collect();
    tour.look("/settings/routers", "/settings/routers", &labels).await?;
    let signed_in = "[...document.querySelectorAll('.entry')].map((entry) => entry.textContent).join()";
    let text = house.browser.evaluate(signed_in).await?.as_str().context("no text")?.to_owned();
    for router in 0..ROUTERS {
        ensure!(text.contains(&username(&house.routers, router)), "r{router}: its user is not shown");
    }
    for router in sample((0..ROUTERS).collect(), 4) {
        let expected = [label(router), username(&house.routers, router)];
        tour.look("/settings/routers/{name}", &format!("/settings/routers/r{router}"), &expected).await?;
        let path = format!("/settings/routers/r{router}/delete");
        tour.look("/settings/routers/{name}/delete", &path, &[]).await?;
        let shown = [visible(&label(router)).into_owned()];
        tour.look("/routers/{name}", &format!("/routers/r{router}"), &shown).await?;
    }
    house.open_page("/").await?;
    tour.check("/", &labels.iter().map(|label| brief(label).into_owned()).collect::<Vec<_>>()).await?;
    Ok(2)
}

/// Pages that show nothing of a router, and what was typed into searches.
async fn others(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    for route in ["/performance", "/settings", "/settings/routers/new", "/users", "/tokens", "/account"] {
        tour.look(route, route, &[]).await?;
    }
    let corpus = tour.house.routers.corpus().to_vec();
    let is_one_line = |text: &&String| !text.chars().any(char::is_control) && text.trim() == text.as_str();
    for typed in sample(corpus.iter().filter(is_one_line).collect(), 6) {
        for route in ["/groups", "/logs", "/logs/events", "/logs/routers", "/audit"] {
            tour.look(route, &format!("{route}?q={}", urlencode(typed)), std::slice::from_ref(typed)).await?;
        }
    }
    Ok(())
}
