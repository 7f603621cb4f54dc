//! Jobs about accounts with such names, profiles and comments: their pages tell what would be sent, and nothing is.

use super::pages::{Tour, sample};
use anyhow::Context as _;
use integration_tests::hostile_routers::ROUTERS;
use integration_tests::service::urlencode;
use serde_json::{Value, json};
use tikwatch::domain::visible::visible;

/// So many are known of one person for sure.
const LISTED: usize = 40;

/// Each on its own page, then several in the list and the form.
pub(super) async fn all(tour: &mut Tour<'_>) -> anyhow::Result<usize> {
    let rows =
        |router| tour.routers().rows_of("/ppp/secret", router).into_iter().map(move |row| (router, row));
    let accounts: Vec<(usize, Vec<String>)> = (0..ROUTERS).flat_map(rows).collect();
    let mut shown = Vec::new();
    for (router, texts) in sample(accounts, 12) {
        let name = texts.first().context("no name")?;
        let action = json!({ "router": format!("r{router}"), "action": "disable_account", "name": name });
        let made = tour.service().send("POST", "/api/v1/jobs", &json!({ "actions": [action] })).await?;
        let id = made.pointer("/job/id").and_then(Value::as_str).context("no job")?;
        let name_shown = visible(name).into_owned();
        tour.look("/jobs/{id}", &format!("/jobs/{id}"), std::slice::from_ref(&name_shown)).await?;
        shown.push(name_shown);
        if shown.len() == LISTED {
            tour.look("/jobs", "/jobs", &shown).await?;
            shown.clear();
        }
        let path = format!("/jobs/new?router=r{router}&action=set_comment&names={}", urlencode(name));
        tour.look("/jobs/new", &path, &[]).await?;
    }
    tour.look("/jobs", "/jobs", &shown).await?;
    Ok(1)
}
