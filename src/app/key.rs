//! A new key for the sealed credentials.

use super::{Failure, credentials};
use crate::access::VaultError;
use std::path::Path;

/// Seals all credentials in the data folder with a new key; nothing else may use the folder meanwhile.
pub fn rotate_key(data: &Path) -> Result<(), Failure> {
    let (count, unreadable) = credentials::vault(data)?.rotate().map_err(|error| match error {
        VaultError::Key(error) => Failure::setup(error),
        error @ VaultError::Unfinished => Failure::setup(error),
        other => Failure::Running(other.into()),
    })?;
    tracing::info!("{count} credentials were sealed with a new key");
    for id in unreadable {
        tracing::warn!("`{id}` cannot be read with the keys there are; it was left as it is");
    }
    Ok(())
}
