//! Who is let in to what: every route that there is, for everybody that there can be, and changes from elsewhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "access/csrf.rs"]
mod csrf;
#[path = "access/everybody.rs"]
mod everybody;
#[path = "access/headers.rs"]
mod headers;
#[path = "access/matrix.rs"]
mod matrix;
