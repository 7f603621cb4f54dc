//! Routers and settings, by programs' paths and by forms.

use super::Course;
use integration_tests::visitor::{Sent, Visitor};
use serde_json::{Value, json};

async fn version(ana: &Visitor) -> Value {
    ana.get("/api/v1/settings").await.unwrap().json().unwrap()["version"].clone()
}

pub(super) async fn change(course: &mut Course, ana: &Visitor) {
    by_programs(course, ana).await;
    by_forms(course, ana).await;
}

async fn by_programs(course: &mut Course, ana: &Visitor) {
    const ROUTERS: &str = "/api/v1/routers";
    const ROUTER: &str = "/api/v1/routers/{name}";
    const TEST: &str = "/api/v1/routers/test";
    const MOVE: &str = "/api/v1/routers/{name}/move";
    const SETTINGS: &str = "/api/v1/settings";
    let body = json!({ "name": "r9", "host": "192.0.2.9", "username": "u", "enabled": false });
    let says = [("router.add", "r9", "done")];
    course.send(ana, ("POST", ROUTERS), ROUTERS, Sent::Json(&body), &says).await;
    // What is refused for its own sake is not written: nothing was changed.
    course.send(ana, ("POST", ROUTERS), ROUTERS, Sent::Json(&body), &[]).await;
    let body = json!({
        "host": "192.0.2.9", "username": "u", "enabled": false, "label": "L", "password": super::OTHER,
        "version": version(ana).await,
    });
    let says = [("router.change", "r9 (label, password)", "done")];
    let changed = course.send(ana, ("PUT", ROUTER), "/api/v1/routers/r9", Sent::Json(&body), &says).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let says = [("router.move", "r9 up", "done")];
    let path = "/api/v1/routers/r9/move";
    course.send(ana, ("POST", MOVE), path, Sent::Json(&json!({ "up": true })), &says).await;
    let body = json!({ "host": "no-such-host.invalid", "username": "u" });
    let says = [("router.test", "no-such-host.invalid:8728 as \"u\"", "done")];
    course.send(ana, ("POST", TEST), TEST, Sent::Json(&body), &says).await;
    let body = json!({ "version": version(ana).await, "log_level": "info" });
    let says = [("settings.change", "log_level", "done")];
    course.send(ana, ("PUT", SETTINGS), SETTINGS, Sent::Json(&body), &says).await;
    let import = "/api/v1/settings/import";
    let tried = format!("{import}?dry_run=true");
    course.send(ana, ("POST", import), &tried, Sent::Json(&earlier("r7")), &[]).await;
    let says = [("router.import", "1 routers: add r7", "done")];
    course.send(ana, ("POST", import), import, Sent::Json(&earlier("r7")), &says).await;
    // An earlier program's way of asking how a router stands.
    let asked = "/api/routers/test";
    course.send(ana, ("POST", asked), asked, Sent::Json(&json!({ "router_id": "r1" })), &[]).await;
    let says = [("router.remove", "r9", "done")];
    course.send(ana, ("DELETE", ROUTER), "/api/v1/routers/r9", Sent::Nothing, &says).await;
}

/// A file of the earlier program with one router.
fn earlier(id: &str) -> Value {
    json!([{ "id": id, "name": id, "host": format!("{id}.example"), "username": "u", "password": super::OTHER, "port": 8728,
        "use_ssl": false, "enabled": false }])
}

async fn by_forms(course: &mut Course, ana: &Visitor) {
    const NEW: &str = "/settings/routers/new";
    let form = [("do", "save"), ("name", "r8"), ("host", "192.0.2.8"), ("username", "u"), ("tls", "off")];
    let made = course.form(ana, NEW, &form, &[("router.add", "r8", "done")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let one = ("POST", "/settings/routers/{name}");
    let form = [("do", "save"), ("host", "192.0.2.8"), ("username", "v"), ("tls", "off")];
    let says = [("router.change", "r8 (username)", "done")];
    course.send(ana, one, "/settings/routers/r8", Sent::Form(&form), &says).await;
    let form = [("do", "up"), ("name", "r8")];
    course.form(ana, "/settings/routers", &form, &[("router.move", "r8 up", "done")]).await;
    let form = [("log_level", "")];
    course.form(ana, "/settings", &form, &[("settings.change", "log_level", "done")]).await;
    let says = [("router.import", "1 routers: add r6", "done")];
    course.chosen(ana, "/settings/import", &[], &earlier("r6"), &says).await;
    let delete = ("POST", "/settings/routers/{name}/delete");
    let says = [("router.remove", "r8", "done")];
    course.send(ana, delete, "/settings/routers/r8/delete", Sent::Form(&[]), &says).await;
}
