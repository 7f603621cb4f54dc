//! The RouterOS API protocol: client and server half, without any of our own types.
//!
//! Everything but [`stream`] and [`client`] is free of sockets and clocks: bytes go in, rows and replies come out,
//! so that each part is tested in memory, cut at every byte.
//! Protocol facts are from MikroTik's manual page "API" (help.mikrotik.com, RouterOS 6 and 7).

pub mod allow;
pub mod client;
pub mod command;
pub mod login;
pub mod query;
pub mod reason;
pub mod row;
pub mod sentence;
pub mod server;
pub mod session;
pub mod stream;
pub mod word;

pub use allow::{Conduct, Withheld};
pub use command::Command;
pub use reason::Reason;
pub use row::{Charset, Row};
pub use sentence::{Limits, ProtocolError, Sentence};
