//! On telephones, where columns have no heads, what a list is sorted by is chosen above it.

use super::network;
use integration_tests::browser::Browser;
use integration_tests::network::Network;

const CHOICE: &str = "document.getElementById('sorting')";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_sorted_by_what_is_chosen_on_a_telephone() -> anyhow::Result<()> {
    let Network { routers: _routers, service } = network().await?;
    let browser = Browser::start_for(&service).await?;
    browser.resize(360, 800).await?;
    browser.open(&service, "/subscribers").await?;
    browser.wait(&format!("{CHOICE}.checkVisibility() && {CHOICE}.value === 'name'")).await?;
    let first = "document.querySelector('#rows tr[data-key]')?.dataset.key";
    let before = browser.evaluate(first).await?;
    let choose = |word: &str| {
        format!("{CHOICE}.value = '{word}'; {CHOICE}.dispatchEvent(new Event('change', {{ bubbles: true }}))")
    };
    browser.evaluate(&choose("-name")).await?;
    browser.wait(&format!("location.search === '?sort=-name' && {first} !== {before}")).await?;
    // Who goes back finds the order of before, and the choice that says so.
    browser.evaluate("history.back()").await?;
    browser
        .wait(&format!("location.search === '' && {first} === {before} && {CHOICE}.value === 'name'"))
        .await?;
    // Another page of the same list keeps what was chosen.
    browser.evaluate(&choose("-down")).await?;
    browser.wait("location.search === '?sort=-down'").await?;
    browser.evaluate("document.querySelector('#chips a[data-state=offline]').click()").await?;
    browser
        .wait(&format!("location.search.includes('sort=-down') && location.search.includes('state=offline') && {CHOICE}.value === '-down'"))
        .await
}
