//! The built program, as a shell sees it.

use integration_tests::{Running, program};
use std::process::Command;
use std::time::Duration;

#[test]
fn the_program_says_its_version() {
    let running = Running::start(Command::new(program()).arg("--version")).unwrap();
    let status = running.wait_for_exit(Duration::from_secs(20)).unwrap();
    assert!(status.success(), "{}", running.transcript());
    assert_eq!(running.stdout(), [concat!("tikwatch ", env!("CARGO_PKG_VERSION"))]);
}
