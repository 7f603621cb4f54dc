//! Asking a running service, for commands.

use super::protocol::{Answer, LONGEST, Request};
use crate::app::Failure;
use crate::app::backup::contents::{Add, Wanted};
use crate::store::archive::{ArchiveError, PartsReader};
use anyhow::{Context as _, anyhow};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A service that says nothing for so long has another trouble than a slow disk.
const PATIENCE: Duration = Duration::from_secs(120);

/// A backup that a running service sends.
pub(in crate::app) struct Sent(PartsReader<BufReader<UnixStream>>);

/// Asks the service of a data folder for a backup; nothing if none runs there.
pub(in crate::app) fn backup(data: &Path, wanted: Wanted) -> Result<Option<Sent>, Failure> {
    let path = super::place(data);
    let service = match UnixStream::connect(&path) {
        Ok(service) => service,
        // Nothing, what a killed service left, or a path that no socket can have: the store's lock tells the rest.
        Err(error)
            if [ErrorKind::NotFound, ErrorKind::ConnectionRefused, ErrorKind::InvalidInput]
                .contains(&error.kind()) =>
        {
            return Ok(None);
        }
        Err(error) => {
            let wrong =
                anyhow::Error::from(error).context(format!("cannot ask the service at {}", path.display()));
            return Err(Failure::Setup(wrong));
        }
    };
    let (answer, said) = request(service, wanted)
        .context("the running service does not answer; its log may say why")
        .map_err(Failure::Setup)?;
    match answer.error {
        Some(why) => Err(Failure::Setup(anyhow!("the running service refuses: {why}"))),
        None => Ok(Some(Sent(PartsReader::new(said)))),
    }
}

fn request(mut service: UnixStream, wanted: Wanted) -> anyhow::Result<(Answer, BufReader<UnixStream>)> {
    service.set_read_timeout(Some(PATIENCE))?;
    service.set_write_timeout(Some(PATIENCE))?;
    service.write_all(&Request::backup(wanted).line())?;
    let mut said = BufReader::new(service);
    let mut line = Vec::new();
    said.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    let answer = serde_json::from_slice(&line).context("it says nothing that can be understood")?;
    Ok((answer, said))
}

impl Sent {
    /// Passes all parts on as they come.
    pub(in crate::app) fn give(mut self, add: Add<'_>) -> Result<(), Failure> {
        // What cannot be written is told as that, and not as the service's fault.
        let mut unwritten: Option<ArchiveError> = None;
        loop {
            let next = self.0.next(&mut |part, size, from| {
                add(part, size, from).map_err(|error| {
                    unwritten = Some(error);
                    ErrorKind::Other.into()
                })
            });
            match next {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(ArchiveError::Damaged(why)) => {
                    let wrong = anyhow!("the service broke off ({why}); its log may say why");
                    return Err(Failure::Running(wrong));
                }
                Err(error) => return Err(Failure::Running(unwritten.unwrap_or(error).into())),
            }
        }
    }
}
