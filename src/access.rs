//! Who may do what, and the secrets that we keep.

pub mod key;
pub mod vault;
pub mod role;
pub mod password;
mod bearer;
mod records;
mod late;
pub mod people;
pub mod setup;
pub mod sign_in;
mod throttle;
mod refusals;
pub mod session;
pub mod user;
pub mod totp;
pub mod token;
pub mod wall;
pub mod audit;
mod acting;

pub use audit::{AuditEntry, AuditError, AuditFound, AuditSearch, Broken, locked};
pub use bearer::secret;
pub use key::{KeyError, Keys};
pub use password::WeakPassword;
pub use people::{People, Unavailable};
pub use role::{Actor, InvalidRole, InvalidVisitId, Kind, Role, Scope, VisitId, Visitor};
pub use session::{SessionView, SignedIn};
pub use setup::SetupError;
pub use sign_in::{Attempt, SignInError};
pub use token::{NewToken, TokenError, TokenView};
pub use totp::TotpOffer;
pub use user::{InvalidName, NewUser, UserError, UserView};
pub use vault::{Vault, VaultError};
pub use wall::{NewWall, WallView};
