//! A recording played back.
