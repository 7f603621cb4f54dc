//! Who is let in.

use super::role::{Role, Scope};

/// How somebody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user who signed in.
    User,
    /// A program with a token.
    Token,
    /// A wall display.
    Wall,
    /// A visitor of the demo.
    Demo,
}

/// Somebody who was let in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// How.
    pub kind: Kind,
    /// Who.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they may see.
    pub scope: Scope,
    /// Whether they may change anything at all.
    pub may_write: bool,
    /// The only pages that they may open, if not all.
    pub pages: Option<Vec<String>>,
}
