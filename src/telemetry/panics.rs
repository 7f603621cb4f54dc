//! What is said of an error in the program where it happens, besides what whoever outlives it says.

use super::{Format, last_words};
use std::panic::Location;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where RUST_BACKTRACE is set, somebody looks for such an error, and gets all that Rust tells.
const WANTED: &str = "RUST_BACKTRACE";

/// Has each one be a line of the log, one a second at most: what goes wrong twice a second must not bury the rest.
pub(super) fn tell(format: Format) {
    if std::env::var_os(WANTED).is_some() {
        return;
    }
    let last = AtomicI64::new(0);
    std::panic::set_hook(Box::new(move |panic| {
        let second = jiff::Timestamp::now().as_second();
        if last.swap(second, Ordering::Relaxed) != second {
            // Not by way of the log, in which it may have happened.
            eprintln!("{}", last_words(format, &words(panic.location())));
        }
    }));
}

/// Where, and no more: the message may quote what a router said, or a secret.
fn words(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("a thread without a name");
    format!("panicked at {place} in {thread}, which is an error in the program; {WANTED}=1 tells more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_that_says_where_and_quotes_nobody() {
        let said = words(Some(Location::caller()));
        assert!(said.starts_with("panicked at src/telemetry/panics.rs:"), "{said}");
        assert!(
            said.contains("it_is_one_line_that_says_where_and_quotes_nobody") && !said.contains('\n'),
            "{said}"
        );
        let json: serde_json::Value = serde_json::from_str(&last_words(Format::Json, &said)).unwrap();
        assert_eq!(json["message"], said);
    }
}
