//! The routes of groups and categories, each with what it says of itself.

use super::Described;
use super::groups::{self, categories, files, words::Removed};
use super::openapi::{self, Answer, Doc};
use utoipa::openapi::schema::ObjectBuilder;

/// Adds them.
pub(super) fn routes(all: Described) -> Described {
    of_categories(of_groups(all))
}

fn about(what: &'static str, answer: Answer) -> Doc {
    Doc::new("Groups", what, answer)
}

fn version() -> ObjectBuilder {
    openapi::text().pattern(Some("^[0-9]{0,19}$"))
}

fn removed(what: &'static str) -> Doc {
    about(what, Answer::json::<Removed>())
        .path("id", "Its id.")
        .query("version", "The version that was looked at; another one is refused.", version())
        .or(409)
        .or(500)
}

fn of_groups(all: Described) -> Described {
    let group = |what| about(what, Answer::json::<groups::GroupAnswer<'static>>());
    let whole = || Answer::json::<groups::GroupsAnswer<'static>>();
    all.get(
        "/api/v1/groups",
        groups::list,
        about("Groups of subscribers and how they stand, the worst first", whole()).router().query(
            "q",
            "Only those with this in their name, description or the name of a member.",
            openapi::text(),
        ),
    )
    .post("/api/v1/groups", groups::add, group("Add a group").body::<groups::GroupBody>().giving(201))
    .get(
        "/api/v1/groups/{id}",
        groups::one,
        group("One group with its members and rules").path("id", "Its id."),
    )
    .put(
        "/api/v1/groups/{id}",
        groups::set,
        group("Change a group, from the version that was looked at")
            .path("id", "Its id.")
            .change::<groups::GroupBody>(),
    )
    .delete("/api/v1/groups/{id}", groups::remove, removed("Take a group away"))
    .post(
        "/api/v1/groups/preview",
        files::preview,
        about("Who would be in a group; changes nothing", Answer::json::<files::PreviewAnswer>())
            .body::<files::PreviewBody>(),
    )
    .get(
        "/api/v1/groups/export",
        files::export,
        about("All groups and categories as one file", Answer::json::<files::GroupsFile>()),
    )
    .post(
        "/api/v1/groups/import",
        files::import,
        about("Take groups and categories from a file, all or none", Answer::json::<files::ImportAnswer>())
            .body::<files::GroupsFile>()
            .router()
            .query(
                "of",
                "The earlier program's id of the router, where its file has several.",
                openapi::text(),
            )
            .query("dry_run", "Only say what would be done.", openapi::one_of(["true", "false"])),
    )
}

fn of_categories(all: Described) -> Described {
    let category = |what| about(what, Answer::json::<categories::CategoryAnswer>());
    all.get(
        "/api/v1/categories",
        categories::list,
        about("Categories with their sub-categories", Answer::json::<categories::CategoriesAnswer>()),
    )
    .post(
        "/api/v1/categories",
        categories::add,
        category("Add a category").body::<categories::CategoryBody>().giving(201),
    )
    .get("/api/v1/categories/{id}", categories::one, category("One category").path("id", "Its id."))
    .put(
        "/api/v1/categories/{id}",
        categories::set,
        category("Change a category, from the version that was looked at")
            .path("id", "Its id.")
            .change::<categories::CategoryBody>(),
    )
    .delete("/api/v1/categories/{id}", categories::remove, removed("Take a category away; its groups stay"))
    .post(
        "/api/v1/categories/{id}/subcategories",
        categories::add_part,
        category("Add a sub-category")
            .path("id", "The category.")
            .body::<categories::PartBody>()
            .giving(201)
            .or(409),
    )
    .put(
        "/api/v1/categories/{id}/subcategories/{part}",
        categories::set_part,
        category("Change a sub-category, from the version of its category that was looked at")
            .path("id", "The category.")
            .path("part", "Its id.")
            .change::<categories::PartBody>(),
    )
    .delete(
        "/api/v1/categories/{id}/subcategories/{part}",
        categories::remove_part,
        category("Take a sub-category away; its groups stay")
            .path("id", "The category.")
            .path("part", "Its id.")
            .query("version", "The version of the category that was looked at.", version())
            .or(409),
    )
}
