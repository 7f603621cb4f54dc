//! The routes of the settings, with what each says of itself.

use super::openapi::{Answer, Doc, one_of};
use super::{Described, settings};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// Which text of the settings file.
fn version() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0))
}

/// Adds them.
pub(super) fn routes(all: Described) -> Described {
    use settings::bodies::{GeneralBody, MoveBody, RouterBody};
    let about = |what, answer| Doc::new("Settings", what, answer);
    let all_of_it = Answer::json::<settings::SettingsAnswer<'static>>;
    let change = |what| about(what, all_of_it()).or(409).or(500);
    let of_router = |what| change(what).path("name", "Its name.");
    all.get("/api/v1/settings", settings::read, change("The settings, without passwords"))
        .put(
            "/api/v1/settings",
            settings::set,
            change("Change the settings beside the routers").body::<GeneralBody>(),
        )
        .post(
            "/api/v1/settings/import",
            settings::import::import,
            about(
                "Take routers from the earlier program's routers.json, all or none",
                Answer::json::<settings::import::RoutersImportAnswer<'static>>(),
            )
            .body::<settings::import::RoutersFile>()
            .query("dry_run", "Only say what would be done.", one_of(["true", "false"]))
            .or(409)
            .or(500),
        )
        .post(
            "/api/v1/routers",
            settings::add,
            change("Add a router, which is watched at once").body::<RouterBody>().giving(201),
        )
        .post(
            "/api/v1/routers/test",
            settings::test,
            about(
                "Test a connection step by step, before anything is saved",
                Answer::json::<settings::TestAnswer<'static>>(),
            )
            .body::<RouterBody>()
            .or(404)
            .or(409)
            .or(500),
        )
        .put(
            "/api/v1/routers/{name}",
            settings::change,
            of_router("Set a router otherwise").body::<RouterBody>(),
        )
        .delete(
            "/api/v1/routers/{name}",
            settings::remove,
            of_router("Take a router out; its groups stay").query(
                "version",
                "The version that was looked at; another one is refused.",
                version(),
            ),
        )
        .post(
            "/api/v1/routers/{name}/move",
            settings::shift,
            of_router("Put a router one place up or down").body::<MoveBody>(),
        )
}
