//! Reading small files whole.

use crate::domain::wrong::Wrong;
use std::io::Read as _;
use std::path::Path;

/// Larger settings are a mistake: 10,000 routers take less.
const LIMIT: u64 = 4 << 20;

/// The bytes of a file, `None` if there is no such file; the error says what is wrong with it.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Wrong> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if LIMIT < bytes.len() as u64 {
        return Err(Wrong::TooLarge);
    }
    Ok(Some(bytes))
}

fn unreadable(error: &std::io::Error) -> Wrong {
    Wrong::Unreadable(error.into())
}
