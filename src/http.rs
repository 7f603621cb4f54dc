//! What every request passes before a page or the API sees it: who asks, from where, how much and how slowly.

pub mod peer;
pub mod hosts;
pub mod limits;
pub mod slow;
pub mod tls;
