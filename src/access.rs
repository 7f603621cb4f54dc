//! Who may do what, and the secrets that we keep.

pub mod key;
pub mod vault;

pub use key::{KeyError, Keys};
pub use vault::{Vault, VaultError};
