//! What somebody may do, and which routers they may see.

use crate::domain::router::RouterName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What somebody may do. Each may do all that the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, and changes what subscribers have.
    Operator,
    /// Does everything.
    Admin,
}

/// Which routers somebody may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope {
    /// These; all of them if nothing is said.
    pub routers: Option<BTreeSet<RouterName>>,
}

impl Scope {
    /// Whether a router may be seen.
    pub fn sees(&self, router: &RouterName) -> bool {
        self.routers.as_ref().is_none_or(|routers| routers.contains(router))
    }

    /// Whether all routers may be seen.
    pub fn is_all(&self) -> bool {
        self.routers.is_none()
    }
}
