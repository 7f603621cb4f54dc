//! The paths of an earlier program, which programs for it still ask for, with what each says of itself.

use super::openapi::{self, Answer, Doc};
use super::seed::{self, kept, summary};
use super::{Described, LEVELS, logs, pppoe_interfaces};

/// Adds them.
pub(super) fn routes(all: Described) -> Described {
    kept_ones(lists(all))
}

fn about(what: &'static str, answer: Answer) -> Doc {
    Doc::new("Earlier paths", what, answer)
}

fn lists(all: Described) -> Described {
    all.get(
        "/api/pppoe_interfaces",
        pppoe_interfaces::list,
        about("Every session, and sums", Answer::json::<pppoe_interfaces::PppoeInterfaces<'static>>())
            .router()
            .or(304),
    )
    .get(
        "/api/status",
        seed::status,
        about("Whether a router can be asked", Answer::json::<seed::Status>()).router(),
    )
    .get(
        "/api/resources",
        seed::resources,
        about("Load and version of a router", Answer::json::<seed::Resources<'static>>()).router(),
    )
    .get(
        "/api/interfaces",
        seed::interfaces,
        about("Interfaces", Answer::json::<seed::Interfaces<'static>>()).router().or(304),
    )
    .get(
        "/api/ppp_active",
        seed::active,
        about("Sessions", Answer::json::<seed::Active<'static>>()).router().or(304),
    )
    .get(
        "/api/ppp_accounts",
        seed::accounts,
        about("Accounts", Answer::json::<seed::Accounts<'static>>()).router().or(304),
    )
    .get(
        "/api/dashboard",
        seed::dashboard,
        about("All of these", Answer::json::<seed::Dashboard<'static>>()).router().or(304),
    )
    .get(
        "/api/pppoe",
        summary::pppoe,
        about("Sessions, accounts and sums", Answer::json::<summary::Pppoe<'static>>()).router().or(304),
    )
    .get(
        "/api/accounts",
        summary::short,
        about("Accounts in short", Answer::json::<summary::ShortAccounts<'static>>()).router().or(304),
    )
    .get(
        "/api/ppp_accounts_summary",
        summary::summary,
        about("Accounts by whether they have a session", Answer::json::<summary::AccountsSummary<'static>>())
            .router()
            .or(304),
    )
    .get(
        "/api/logs",
        logs::seed,
        about("Our own log, oldest first", Answer::json::<logs::SeedLogs<'static>>())
            .query("count", "The most entries to give.", openapi::number(1, 1_000))
            .query("level", "Entries at least as grave.", openapi::one_of(LEVELS))
            .query(
                "clear",
                "`true` is refused with 405: POST /api/logs/clear clears.",
                openapi::one_of(["false"]),
            )
            .or(405),
    )
    .post(
        "/api/logs/clear",
        logs::clear,
        about("Forget our own log", Answer::json::<logs::ClearAnswer>()).or(500),
    )
}

/// What is kept, to be read only.
fn kept_ones(all: Described) -> Described {
    all.get("/api/routers", kept::routers, about("The routers", Answer::json::<kept::SeedRouters>()))
        .get(
            "/api/routers/active",
            kept::active,
            about("The router that is meant where none is named", Answer::json::<kept::ActiveRouter>())
                .router(),
        )
        .post(
            "/api/routers/test",
            kept::test,
            about("Whether a router is connected", Answer::json::<kept::SeedTest>())
                .body::<kept::SeedTestBody>()
                .or(404),
        )
        .get(
            "/api/routers/{name}",
            kept::router,
            about("A router as it is set, its password as stars", Answer::json::<kept::SeedRouterAnswer>())
                .path("name", "Its name.")
                .or(409)
                .or(500),
        )
        .get(
            "/api/settings",
            kept::settings,
            about("Where the first router is", Answer::json::<kept::SeedSettings>()).or(404).or(409).or(500),
        )
        .get(
            "/api/groups",
            kept::groups,
            about("Groups with those who are named in them", Answer::json::<kept::SeedGroups<'static>>())
                .router(),
        )
        .get(
            "/api/groups/{id}",
            kept::group,
            about("One group", Answer::json::<kept::SeedGroupAnswer<'static>>()).path("id", "Its id."),
        )
        .get(
            "/api/categories",
            kept::categories,
            about("Categories", Answer::json::<kept::SeedCategories<'static>>()).router(),
        )
}
