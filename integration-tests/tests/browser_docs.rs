//! The API's documentation, in Chromium: it is read and tried without the Internet, by whoever signed in.

use anyhow::ensure;
use integration_tests::browser::Browser;
use integration_tests::service::Service;
use serde_json::json;

/// Opens an operation, tries it as it stands, and waits for the status that is answered.
async fn try_out(browser: &Browser, operation: &str, expected: &str) -> anyhow::Result<()> {
    let place = format!("document.querySelector('[id$=\"-{operation}\"]')");
    for button in [".opblock-summary-control", ".try-out__btn", ".execute"] {
        browser.wait(&format!("{place}?.querySelector('{button}') != null")).await?;
        browser.evaluate(&format!("{place}.querySelector('{button}').click()")).await?;
    }
    let status = format!(
        "{place}.querySelector('.live-responses-table tbody .response-col_status')?.innerText.trim()"
    );
    browser.wait(&format!("({status} ?? '').startsWith({})", json!(expected))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_in_reads_the_documentation_and_tries_it() -> anyhow::Result<()> {
    let service = Service::start(&json!({ "routers": [] }), &[])?;
    let browser = Browser::start_for(&service).await?;
    browser.client().goto(&format!("{}/api/docs", service.url)).await?;
    try_out(&browser, "get__api_v1_me", "200").await?;
    let told = "document.querySelector('.live-responses-table tbody .response-col_description').innerText";
    let told = browser.evaluate(told).await?.to_string();
    ensure!(told.contains("may_write"), "the answer is not shown: {told}");
    // A change needs what only the page of the session knows.
    try_out(&browser, "post__api_logs_clear", "200").await?;
    let violations = browser.violations().await?;
    ensure!(violations.is_empty(), "{violations:#?}");
    Ok(())
}
