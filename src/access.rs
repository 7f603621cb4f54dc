//! Who may do what, and the secrets that we keep.

pub mod key;
pub mod people;
pub mod role;
pub mod vault;

pub use key::{KeyError, Keys};
pub use people::{Kind, Visitor};
pub use role::{Role, Scope};
pub use vault::{Vault, VaultError};
