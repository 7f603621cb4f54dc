//! The socket over which commands ask a running service: `control.sock` in the data folder, for its owner only.
//!
//! It takes one request, a backup, of whoever the service runs as and of root, who could read all of it anyway; the
//! commands of one version and the service of another understand each other or say that they do not.

pub(super) mod ask;
pub(super) mod protocol;

use super::backup::ACTION;
use super::backup::contents::Source;
use crate::access::{Actor, People};
use crate::store::archive::PartsWriter;
use crate::store::file;
use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use protocol::{Answer, Request};
use std::io::{Error, ErrorKind, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// The socket's name within the data folder.
const NAME: &str = "control.sock";

/// More callers than this at once are not listened to.
const MOST_CALLERS: usize = 4;

/// How long a caller may take to ask.
const ASK_WITHIN: Duration = Duration::from_secs(5);

/// How long a caller may take nothing of an answer, and all of it.
const TAKE_WITHIN: Duration = Duration::from_secs(30);
const ALL_WITHIN: Duration = Duration::from_secs(3600);

/// After an error of the system nobody is listened to for so long.
const PAUSE: Duration = Duration::from_secs(1);

/// The socket, which is gone when this is dropped.
pub(super) struct Control {
    path: PathBuf,
    listening: JoinHandle<()>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.listening.abort();
        // One that is left behind is replaced at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What a caller can ask about.
struct Asked {
    source: Arc<Source>,
    people: People,
    /// One backup is made at a time.
    turn: Semaphore,
}

/// Where the socket of a data folder is.
fn place(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Listens from now on; without a socket the service goes on all the same.
pub(super) fn start(source: Arc<Source>, people: People) -> Option<Control> {
    let path = place(&source.data);
    match bind(&path) {
        Ok(listener) => {
            let asked = Arc::new(Asked { source, people, turn: Semaphore::new(1) });
            Some(Control { path, listening: actix_web::rt::spawn(listen(listener, asked)) })
        }
        Err(error) => {
            let shown = path.display().to_string();
            tracing::warn!(
                error = %error,
                "there is no {shown:?}, so that `tikwatch backup` works only while the service is stopped: {error}"
            );
            None
        }
    }
}

/// Makes the socket, in place of one that a killed service left.
fn bind(path: &Path) -> Result<UnixListener, Error> {
    file::remove_leftovers(path);
    // Nobody finds it under its name before it is closed to others.
    let new = path.with_file_name(format!(".{NAME}.{}.new", std::process::id()));
    let listener = UnixListener::bind(&new).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => Error::new(error.kind(), "its path is too long for a socket (108 bytes)"),
        _ => error,
    })?;
    let placed = std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))
        .and_then(|()| std::fs::rename(&new, path));
    placed.inspect_err(|_| {
        let _ = std::fs::remove_file(&new);
    })?;
    Ok(listener)
}

async fn listen(listener: UnixListener, asked: Arc<Asked>) {
    // They end with this.
    let mut callers = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        // Those who were done while nobody came do not count.
        while callers.try_join_next().is_some() {}
        match accepted {
            Ok((caller, _)) if callers.len() < MOST_CALLERS => {
                let asked = Arc::clone(&asked);
                callers.spawn_local(async move {
                    if let Err(error) = answer(caller, asked).await {
                        tracing::warn!(error = format!("{error:#}"), "{NAME}: {error:#}");
                    }
                });
            }
            Ok(_) => tracing::warn!("{NAME}: too many callers"),
            Err(error) => {
                tracing::warn!(error = %error, "{NAME}: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn answer(mut caller: tokio::net::UnixStream, asked: Arc<Asked>) -> anyhow::Result<()> {
    let user = caller.peer_cred().context("who calls cannot be told")?.uid();
    if !is_allowed(user, rustix::process::geteuid().as_raw()) {
        return Err(anyhow!("the user {user} may not ask"));
    }
    let (said, mut to) = caller.split();
    let mut line = Vec::new();
    let mut said = BufReader::new(said.take(protocol::LONGEST));
    tokio::time::timeout(ASK_WITHIN, said.read_until(b'\n', &mut line))
        .await
        .context("nothing was asked")??;
    drop(said);
    let request = match Request::parse(&line) {
        Ok(request) => request,
        Err(why) => {
            to.write_all(&Answer::no(why).line()).await?;
            return Err(anyhow!(why));
        }
    };
    let Ok(_turn) = asked.turn.try_acquire() else {
        to.write_all(&Answer::no("another backup is being made: try again when it is done").line()).await?;
        return Ok(());
    };
    let caller = caller.into_std()?;
    // Whoever takes an answer slowly must not hold up the end of the service.
    let _cut = Cut(caller.try_clone()?);
    let asked = Arc::clone(&asked);
    actix_web::web::block(move || send(caller, &request, &asked)).await?
}

fn is_allowed(caller: u32, own: u32) -> bool {
    caller == own || caller == 0
}

/// Makes the backup and sends it, where waiting is allowed.
fn send(mut caller: UnixStream, request: &Request, asked: &Asked) -> anyhow::Result<()> {
    caller.set_nonblocking(false)?;
    caller.set_write_timeout(Some(TAKE_WITHIN))?;
    let now = Timestamp::now();
    let what = if request.secrets { "with keys" } else { "without keys" };
    if let Err(error) = asked.people.audit(&Actor::console(), ACTION, what, "begun", now)
        && !error.is_full_disk()
    {
        caller
            .write_all(&Answer::no("the audit log cannot be written; the service's log says why").line())?;
        return Err(error).context("no backup was made");
    }
    caller.write_all(&Answer::yes().line())?;
    let mut parts = PartsWriter::new(std::io::BufWriter::new(Hurried::new(caller)));
    asked
        .source
        .give(request.wanted(), now, &mut |part, size, from| parts.add(part, size, from))
        .context("a backup was asked for, and could not be sent")?;
    parts.finish()?.flush()?;
    tracing::info!("gave a backup {what} to a command on this machine");
    Ok(())
}

/// A connection that is over when this is dropped, whoever else has it.
struct Cut(UnixStream);

impl Drop for Cut {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A connection to whoever has to take all of an answer in time.
struct Hurried {
    caller: UnixStream,
    until: Instant,
}

impl Hurried {
    fn new(caller: UnixStream) -> Self {
        Self { caller, until: Instant::now() + ALL_WITHIN }
    }
}

impl Write for Hurried {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if self.until < Instant::now() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.caller.write(bytes)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.caller.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_could_read_everything_anyway_may_ask() {
        assert!(is_allowed(1000, 1000) && is_allowed(0, 1000) && is_allowed(0, 0));
        assert!(!is_allowed(1001, 1000) && !is_allowed(1000, 0));
    }

    #[actix_web::test]
    async fn a_socket_takes_the_place_of_one_that_was_left_and_is_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = place(folder.path());
        let left = bind(&path).unwrap();
        let again = bind(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(left);
        UnixStream::connect(&path).unwrap();
        drop(again);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[actix_web::test]
    async fn a_path_that_is_too_long_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("x".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let error = bind(&place(&deep)).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
}
