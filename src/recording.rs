//! A network in a file: what one router said, first whole tables, then what changed in them.
//!
//! A recording is JSON lines, compressed with zstd (`zstdcat FILE | less` shows it). The first line says what it is:
//!
//! ```json
//! {"tikwatch":"recording","version":1,"started":"2026-01-02T15:04:05Z","router":"ccr1","redacted":true,"program":"0.1.0"}
//! ```
//!
//! The others have the time `at`, in milliseconds since `started`, and one of:
//!
//! - `table` with `reads` (`menu`, `properties`, `query`, `items`): a table is read from now on. Two tables can be of
//!   one menu: other properties, or a query.
//! - `table` with `rows` and `gone`: by their `.id` the rows that are new, with all their values, or changed, with the
//!   values that did (`null`: it has none any more), and those that are no more. A value that is not UTF-8 is written
//!   `{"hex":"4a6f73e9"}`. An `uptime` that went on like the clock is no change.
//! - `link`, `live` or `lost`: whether the router answered.
//! - `device`, with `version` and `board`.
//!
//! A value holds until its next change. What is written is flushed within half a second, so that a recording which was
//! cut off is good up to a second before.

mod columns;
mod command;
mod json;
mod line;
mod pseudonyms;
mod reader;
mod rows;
mod scribe;
mod table;
mod writer;

#[cfg(test)]
mod tests;

pub use command::{MONITOR, TableKey};
pub use line::{Device, Header, Line, LinkState, Pairs, RowChanges, TableLine, Value};
pub use pseudonyms::Pseudonyms;
pub use reader::{Damage, Ending, Reader};
pub use scribe::{Observed, Scribe, Written};
pub use writer::Writer;

/// The version of the format that we write, and the newest that we read.
pub const VERSION: u32 = 1;

/// A value longer than this is not recorded: no property that we read is nearly as long.
const LONGEST_VALUE: usize = 4 << 10;

/// The property whose values go on by themselves.
pub const UPTIME: &str = "uptime";
