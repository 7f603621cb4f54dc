//! A router that gives its secrets away unasked: none of them reaches a recording.

use crate::{exit_code, folder, record};
use integration_tests::open_hearted;
use integration_tests::secrets::{Finder, Secret};
use integration_tests::service::PATIENCE;
use std::time::Instant;

const SIGN_IN: &str = "canary-sign-in-5Jq";

async fn check(redact: bool) {
    let folder = folder(open_hearted::start().await.unwrap());
    let file = folder.path().join("r1.jsonl.zst");
    let mut arguments = vec!["--out", "r1.jsonl.zst", "--for", "5m"];
    arguments.extend(redact.then_some("--redact"));
    let recorder = record(folder.path(), &arguments);
    // The last table to be read, and health, which is asked for without a list.
    let until = Instant::now() + PATIENCE;
    let text = loop {
        let packed = std::fs::read(&file).unwrap_or_default();
        let mut text = Vec::new();
        // The end is missing still.
        let _ = std::io::Read::read_to_end(&mut zstd::Decoder::new(&*packed).unwrap(), &mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        if ["/ip/hotspot/host\"", "/log\"", "\"voltage\":\"24.1\""].iter().all(|seen| text.contains(seen)) {
            break text;
        }
        assert!(Instant::now() < until, "{text}\n{}", recorder.transcript());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    recorder.terminate().unwrap();
    let said = recorder.transcript();
    assert_eq!(exit_code(recorder).await, 0);
    let given_away = open_hearted::SECRETS.map(|(property, secret)| Secret::new(property, secret));
    let sign_in = Secret::new("the password of the sign-in", SIGN_IN);
    let finder = Finder::new(given_away.iter().chain([&sign_in]));
    assert_eq!(finder.find(text.as_bytes()), [], "recorded");
    assert_eq!(finder.find(said.as_bytes()), [], "logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_that_a_router_gives_away_is_recorded() {
    let (plain, redacted) = (tokio::spawn(check(false)), tokio::spawn(check(true)));
    plain.await.unwrap();
    redacted.await.unwrap();
}
