//! What can be wrong with a simulated router.

/// A way in which a router fails its clients without closing their connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing is wrong.
    #[default]
    None,
    /// It accepts connections and reads commands, and never sends a byte.
    Silent,
    /// It sends one byte a second.
    Trickle,
}
