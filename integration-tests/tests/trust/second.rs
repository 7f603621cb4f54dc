//! One data folder has one program.

use super::{first_admin, group_names, make_group, settle};
use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use integration_tests::{Running, in_folder};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const STARTS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_second_starts_are_refused_with_one_line_and_the_first_is_unharmed() {
    let folder = TempDir::new().unwrap();
    settle(folder.path(), &[1], 5);
    let first = Fresh::start(folder.path(), &[], &[]).unwrap();
    let ana = first_admin(&first).await;
    let mut took = Vec::new();
    for number in 0..STARTS {
        let began = Instant::now();
        let second =
            Running::start(in_folder(folder.path()).args(["serve", "--listen", "127.0.0.1:0"])).unwrap();
        let status = second.wait_for_exit(PATIENCE).unwrap();
        took.push(began.elapsed());
        assert_eq!(status.code(), Some(2), "{}", second.transcript());
        let said: Vec<String> = second.stderr().into_iter().filter(|line| !line.trim().is_empty()).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("in use by another tikwatch: stop that one first"), "{said:?}");
        assert!(second.stdout().is_empty(), "{}", second.transcript());
        // And the first takes changes between them.
        assert_eq!(make_group(&ana, &format!("g{number:02}")).await.status, 201);
    }
    took.sort();
    assert!(took[STARTS / 2] < Duration::from_secs(2), "{took:?}");
    assert!(first.process.is_running());
    let names: Vec<String> = (0..STARTS).map(|number| format!("g{number:02}")).collect();
    assert_eq!(group_names(&ana).await, names);
    first.process.kill().unwrap();
    first.process.wait_for_exit(PATIENCE).unwrap();
    let again = Fresh::start(folder.path(), &[], &[]).unwrap();
    assert_eq!(group_names(&ana.at(&again.url)).await, names);
}
