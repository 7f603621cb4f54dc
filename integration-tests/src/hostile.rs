//! Routers that misbehave: scripts, each played by a front before an honest simulated router.
//!
//! A front passes everything on between the service and its router until the moment of its script comes; then the
//! script speaks. So a script holds only what is wrong, and all else that the router says is right.

mod cuts;
mod endless;
mod foreign;
mod front;
mod lengths;
mod replies;
mod script;
mod sign_in;
mod silences;
mod values;

pub use front::{Front, Reserved};
pub use script::{Act, Edit, Moment, Script, Shown};

/// The rooms of scripts, by what is wrong, and how many of a room run beside each other.
///
/// Endless floods take a processor each, on both sides: a few at a time leave something to measure the healthy
/// routers with.
pub fn rooms() -> Vec<(&'static str, usize, Vec<Script>)> {
    vec![
        ("lengths", 16, lengths::scripts()),
        ("cuts", 16, cuts::scripts()),
        ("silences", 16, silences::scripts()),
        ("endless", 2, endless::scripts()),
        ("follows", 3, endless::follows()),
        ("sessions", 1, endless::follow_of_sessions()),
        ("replies", 16, replies::scripts()),
        ("refusals", 16, replies::refusals()),
        ("values", 16, values::scripts()),
        ("foreign", 16, foreign::scripts()),
        ("sign_in", 16, sign_in::scripts()),
    ]
}
