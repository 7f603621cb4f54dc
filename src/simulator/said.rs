//! What clients say to all simulated routers of a process, written down for whoever wants to judge it.

use super::service::Service;
use crate::routeros::server::Request;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::OnceLock;

/// The variable that names the file to which a line is added for each command.
pub const VARIABLE: &str = "TIKWATCH_SIMULATOR_LOG";

/// Opens the file, once, if somebody wants it.
///
/// # Panics
///
/// When it cannot be written: what goes unnoticed would be taken for what was never said.
pub fn open() -> Option<&'static File> {
    static FILE: OnceLock<Option<File>> = OnceLock::new();
    let open = || {
        // Unit tests say all kinds of things by hand.
        if cfg!(test) {
            return None;
        }
        let path = std::env::var_os(VARIABLE)?;
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        Some(opened.unwrap_or_else(|error| panic!("{VARIABLE}={}: {error}", path.display())))
    };
    FILE.get_or_init(open).as_ref()
}

/// Adds the line of a command: who said it, its path, and the names of its words, with tabs between. Values are left
/// out: they may be secrets.
///
/// # Panics
///
/// When it cannot be written.
pub fn write_down(service: &Service, may_change: bool, request: &Request) {
    let Some(mut file) = open() else { return };
    // At once and whole, so that processes can share the file, and be killed.
    let written = file.write_all(line(service, may_change, request).as_bytes());
    written.unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
}

fn line(service: &Service, may_change: bool, request: &Request) -> String {
    let who = match (may_change, service.has_operator()) {
        (true, _) => "operator",
        (false, true) => "reader-beside-operator",
        (false, false) => "reader",
    };
    let mut names: Vec<String> =
        request.attributes.iter().map(|(name, _)| name.escape_ascii().to_string()).collect();
    if !request.queries.is_empty() {
        names.push("?".to_owned());
    }
    names.sort_unstable();
    format!("{who}\t{}\t{}\n", request.path.escape_default(), names.join(" "))
}
