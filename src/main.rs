//! The command line of tikwatch.

fn main() {}
