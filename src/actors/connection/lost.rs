//! Why a connection is over, in words for people.

use crate::routeros::{ProtocolError, Reason, Withheld};
use std::io;
use std::time::Duration;

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Lost {
    /// The router hung up.
    #[error("the router closed the connection")]
    Closed,
    /// The network failed.
    #[error("the connection broke ({0})")]
    Broken(io::ErrorKind),
    /// No whole answer came in time.
    #[error("the router did not answer within {} s", deadline.as_secs_f64())]
    Silent {
        /// The time it had.
        deadline: Duration,
    },
    /// An answer began, and did not end in time.
    #[error("the router did not finish its answer within {} s", deadline.as_secs_f64())]
    Unfinished {
        /// The time it had.
        deadline: Duration,
    },
    /// An answer is larger than we take.
    #[error("the router's answer is longer than {} MiB", limit >> 20)]
    TooLong {
        /// The most that we take.
        limit: u64,
    },
    /// A router reports more changes than can be true.
    #[error("the router reports more than {rows} changes at once")]
    Flood {
        /// The most that we take.
        rows: u32,
    },
    /// The router ended the session, in its own words.
    #[error("the router ended the session, saying {0:?}")]
    Fatal(String),
    /// The bytes are not the RouterOS API.
    #[error("the router sent something that is not the RouterOS API: {0}")]
    Protocol(ProtocolError),
    /// The bytes are another protocol that is easily told.
    #[error("the port answered with something that is not the RouterOS API (it looks like {0})")]
    Foreign(&'static str),
    /// We were about to say what we must not; nothing was sent.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// There is no connection at the moment.
    #[error("the router is not connected")]
    NotConnected,
}

impl Lost {
    /// One word, by which pages tell it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Broken(_) => "broken",
            Self::Silent { .. } => "silent",
            Self::Unfinished { .. } => Reason::Unfinished.word(),
            Self::TooLong { .. } => "too_long",
            Self::Flood { .. } => "flood",
            Self::Fatal(_) => "fatal",
            Self::Protocol(_) => "protocol",
            Self::Foreign("TLS") => "foreign_tls",
            Self::Foreign(_) => "foreign",
            Self::Withheld(_) => Reason::Withheld.word(),
            Self::NotConnected => "not_connected",
        }
    }

    /// What the operator can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Closed => {
                "if it happens again and again, check on the router that the service allows our address \
                 (/ip service print, column ADDRESS) and is not at its limit of sessions"
            }
            Self::Broken(_) | Self::NotConnected => {
                "nothing, unless it happens often: then check the network"
            }
            Self::Silent { .. } => {
                "check that the port is the API's (8728, or 8729 with TLS) and that the router is not overloaded"
            }
            Self::Unfinished { .. } => {
                "check the connection to the router, and that the router is not overloaded"
            }
            Self::TooLong { .. } | Self::Flood { .. } => {
                "check on the router what fills its tables, and that the port leads to the router that is meant"
            }
            Self::Fatal(_) => "look into the router's log",
            Self::Protocol(_) => "check that the port is the API's: 8728, or 8729 with TLS",
            Self::Withheld(_) => Reason::Withheld.remedy(),
            Self::Foreign("TLS") => "this port wants TLS: switch TLS on for this router, or use port 8728",
            Self::Foreign(_) => {
                "enter the port of the API: 8728, or 8729 with TLS; not that of the web page or SSH"
            }
        }
    }
}
