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

/// The rooms of scripts, by what is wrong: the scripts of a room run beside each other.
pub fn rooms() -> Vec<(&'static str, Vec<Script>)> {
    vec![
        ("lengths", lengths::scripts()),
        ("cuts", cuts::scripts()),
        ("silences", silences::scripts()),
        ("endless", endless::scripts()),
        ("follows", endless::follows()),
        ("sessions", endless::follow_of_sessions()),
        ("replies", replies::scripts()),
        ("refusals", replies::refusals()),
        ("values", values::scripts()),
        ("foreign", foreign::scripts()),
        ("sign_in", sign_in::scripts()),
    ]
}
