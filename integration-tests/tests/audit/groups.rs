//! Groups and categories, by programs' paths and by forms.

use super::Course;
use integration_tests::visitor::{Answer, Sent, Visitor};
use serde_json::{Value, json};

fn id(answer: &Answer, place: &str) -> String {
    let body = answer.json().unwrap();
    let id = body.pointer(place).and_then(Value::as_str).unwrap_or_else(|| panic!("{body}"));
    id.to_owned()
}

pub(super) async fn change(course: &mut Course, ana: &Visitor) {
    by_programs(course, ana).await;
    by_forms(course, ana).await;
}

async fn by_programs(course: &mut Course, ana: &Visitor) {
    const GROUPS: &str = "/api/v1/groups";
    const GROUP: &str = "/api/v1/groups/{id}";
    const CATEGORIES: &str = "/api/v1/categories";
    const CATEGORY: &str = "/api/v1/categories/{id}";
    const PARTS: &str = "/api/v1/categories/{id}/subcategories";
    const PART: &str = "/api/v1/categories/{id}/subcategories/{part}";
    let body = json!({ "router": "r1", "name": "one" });
    let says = [("group.add", "# (one)", "done")];
    let made = course.send(ana, ("POST", GROUPS), GROUPS, Sent::Json(&body), &says).await;
    let group = format!("{GROUPS}/{}", id(&made, "/group/id"));
    // What is refused for its own sake is not written: nothing was changed.
    course.send(ana, ("POST", GROUPS), GROUPS, Sent::Json(&body), &[]).await;
    let preview = "/api/v1/groups/preview";
    course.send(ana, ("POST", preview), preview, Sent::Json(&json!({ "router": "r1" })), &[]).await;
    let body = json!({ "version": 1, "router": "r1", "name": "two" });
    let says = [("group.change", "# (two)", "done")];
    course.send(ana, ("PUT", GROUP), &group, Sent::Json(&body), &says).await;
    let import = "/api/v1/groups/import";
    let file = json!([{ "name": "seed", "accounts": ["x"] }]);
    let tried = format!("{import}?router=r1&dry_run=true");
    course.send(ana, ("POST", import), &tried, Sent::Json(&file), &[]).await;
    let object = "groups: 1 added, 0 replaced; categories: 0 added, 0 replaced";
    let says = [("groups.import", object, "done")];
    course.send(ana, ("POST", import), &format!("{import}?router=r1"), Sent::Json(&file), &says).await;
    let file = json!([{ "name": "chosen", "accounts": ["y"] }]);
    let says = [("groups.import", object, "done")];
    course.chosen(ana, "/groups/import", &[("router", "r1")], &file, &says).await;

    let says = [("category.add", "# (OLT)", "done")];
    let body = json!({ "router": "r1", "name": "OLT" });
    let made = course.send(ana, ("POST", CATEGORIES), CATEGORIES, Sent::Json(&body), &says).await;
    let category = format!("{CATEGORIES}/{}", id(&made, "/category/id"));
    let says = [("category.change", "# (OLT)", "done")];
    let parts = format!("{category}/subcategories");
    let made = course.send(ana, ("POST", PARTS), &parts, Sent::Json(&json!({ "name": "PON" })), &says).await;
    let part = format!("{parts}/{}", id(&made, "/category/subcategories/0/id"));
    let body = json!({ "version": 2, "name": "PON-1" });
    course.send(ana, ("PUT", PART), &part, Sent::Json(&body), &says).await;
    course.send(ana, ("DELETE", PART), &part, Sent::Nothing, &says).await;
    let body = json!({ "version": 4, "name": "Site" });
    let says = [("category.change", "# (Site)", "done")];
    course.send(ana, ("PUT", CATEGORY), &category, Sent::Json(&body), &says).await;
    let says = [("category.remove", "# (Site)", "done")];
    course.send(ana, ("DELETE", CATEGORY), &category, Sent::Nothing, &says).await;
    let says = [("group.remove", "# (two)", "done")];
    course.send(ana, ("DELETE", GROUP), &group, Sent::Nothing, &says).await;
}

async fn by_forms(course: &mut Course, ana: &Visitor) {
    let form = [("do", "save"), ("router", "r1"), ("name", "three")];
    let made = course.form(ana, "/groups/new", &form, &[("group.add", "# (three)", "done")]).await;
    let location = made.header("location").unwrap();
    let group = location.split('?').next().unwrap().to_owned();
    let form = [("do", "save"), ("version", "1"), ("name", "four")];
    let says = [("group.change", "# (four)", "done")];
    let edit = ("POST", "/groups/{id}/edit");
    course.send(ana, edit, &format!("{group}/edit"), Sent::Form(&form), &says).await;
    let form = [("do", "add"), ("router", "r1"), ("name", "OLT")];
    course.form(ana, "/groups/categories", &form, &[("category.add", "# (OLT)", "done")]).await;
    let says = [("group.remove", "# (four)", "done")];
    let remove = ("POST", "/groups/{id}/delete");
    course.send(ana, remove, &format!("{group}/delete"), Sent::Form(&[("version", "2")]), &says).await;
}
