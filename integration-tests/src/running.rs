//! A started program: its output, its end, and that nothing of it stays behind.

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::io::{self, BufRead as _, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to end on SIGTERM before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A port of 127.0.0.1 that was free a moment ago.
///
/// Only for programs that cannot be told to take port 0: somebody else may take it first.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A child process whose output is kept by line, and that is ended when this is dropped.
///
/// Waiting blocks the thread: a test whose runtime serves the program itself waits in `spawn_blocking`.
#[derive(Debug)]
pub struct Running {
    id: Pid,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Seen {
    stdout: Vec<String>,
    stderr: Vec<String>,
    open_streams: usize,
    ended: Option<ExitStatus>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what was seen and wakes all who wait for it.
    fn change(&self, by: impl FnOnce(&mut Seen)) {
        by(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until `look` finds something; `None` when it did not in time.
    fn wait<T>(&self, within: Duration, mut look: impl FnMut(&Seen) -> Option<T>) -> Option<T> {
        let until = Instant::now() + within;
        let mut seen = self.lock();
        loop {
            if let Some(found) = look(&seen) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            seen = self.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Running {
    /// Starts this command with its output captured and no input.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        Self::start_with_input(command, b"")
    }

    /// Starts this command, writes `input` to it and closes its input.
    pub fn start_with_input(command: &mut Command, input: &[u8]) -> io::Result<Self> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let id = Pid::from_child(&child);
        let shared = Arc::new(Shared::default());
        if let Some(stdout) = child.stdout.take() {
            collect(stdout, &shared, |seen| &mut seen.stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            collect(stderr, &shared, |seen| &mut seen.stderr);
        }
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // A program that ends before it has read all is no error here: the test looks at its exit code.
            thread::spawn(move || io::Write::write_all(&mut stdin, &input));
        }
        reap(child, id, &shared);
        Ok(Self { id, shared })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.id.as_raw_nonzero().get().cast_unsigned()
    }

    /// The lines it has written to standard output so far.
    pub fn stdout(&self) -> Vec<String> {
        self.shared.lock().stdout.clone()
    }

    /// The lines it has written to standard error so far.
    pub fn stderr(&self) -> Vec<String> {
        self.shared.lock().stderr.clone()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        self.shared.lock().ended.is_none()
    }

    /// The first line, of standard output or else of standard error, that is `wanted`.
    ///
    /// Fails, with all output, when there is none in time or when the program ends without one.
    pub fn wait_for_line(&self, within: Duration, wanted: impl Fn(&str) -> bool) -> anyhow::Result<String> {
        let found = self.shared.wait(within, |seen| {
            let line = seen.stdout.iter().chain(&seen.stderr).find(|line| wanted(line)).cloned();
            let nothing_more = seen.ended.is_some() && seen.open_streams == 0;
            line.map(Some).or_else(|| nothing_more.then_some(None))
        });
        match found {
            Some(Some(line)) => Ok(line),
            Some(None) => bail!("the program ended without the line looked for\n{}", self.transcript()),
            None => bail!("no such line within {within:?}\n{}", self.transcript()),
        }
    }

    /// Waits until the program has ended and all its output is here.
    pub fn wait_for_exit(&self, within: Duration) -> anyhow::Result<ExitStatus> {
        self.shared
            .wait(within, |seen| seen.ended.filter(|_| seen.open_streams == 0))
            .with_context(|| format!("still running after {within:?}\n{}", self.transcript()))
    }

    /// Asks it to end (SIGTERM); nothing happens when it has ended already.
    pub fn terminate(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)
    }

    /// Everything it has written so far, for messages.
    pub fn transcript(&self) -> String {
        let seen = self.shared.lock();
        format!("--- stdout\n{}\n--- stderr\n{}", seen.stdout.join("\n"), seen.stderr.join("\n"))
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        // Held while signalling: the process is reaped under the same lock, so the id is not yet another's.
        let seen = self.shared.lock();
        if seen.ended.is_none() {
            kill_process(self.id, signal)?;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = |seen: &Seen| seen.ended;
        // A drop has nobody to tell; a process that cannot be signalled has ended.
        self.terminate().ok();
        if self.shared.wait(PATIENCE, ended).is_none() {
            self.kill().ok();
            self.shared.wait(PATIENCE, ended);
        }
    }
}

/// Keeps the lines of one stream, each as soon as it is there.
fn collect(
    stream: impl Read + Send + 'static,
    shared: &Arc<Shared>,
    lines: fn(&mut Seen) -> &mut Vec<String>,
) {
    let shared = Arc::clone(shared);
    shared.lock().open_streams += 1;
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            shared.change(|seen| lines(seen).push(line));
        }
        shared.change(|seen| seen.open_streams -= 1);
    });
}

/// Waits for the end of the process in a thread of its own.
fn reap(mut child: Child, id: Pid, shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        // Waits without reaping, so that the id stays taken until the lock is held; an interrupted wait is repeated.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(id), options).err() == Some(rustix::io::Errno::INTR) {}
        shared.change(|seen| seen.ended = child.wait().ok());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Running {
        Running::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn output_is_kept_by_stream_and_line() {
        let running = shell("echo one; echo two >&2; printf three; exit 7");
        let status = running.wait_for_exit(SOON).unwrap();
        assert_eq!(status.code(), Some(7));
        assert_eq!(running.stdout(), ["one", "three"]);
        assert_eq!(running.stderr(), ["two"]);
        assert!(!running.is_running());
    }

    #[test]
    fn a_line_is_there_as_soon_as_it_is_written() {
        let running = shell("echo ready; exec sleep 600");
        assert_eq!(running.wait_for_line(SOON, |line| line.starts_with("read")).unwrap(), "ready");
        assert!(running.is_running());
    }

    #[test]
    fn a_program_that_ends_without_the_line_is_an_error_that_shows_its_output() {
        let error = shell("echo cannot start >&2").wait_for_line(SOON, |line| line == "ready").unwrap_err();
        assert!(error.to_string().contains("cannot start"), "{error}");
    }

    #[test]
    fn input_reaches_the_program() {
        let running = Running::start_with_input(&mut Command::new("cat"), b"a secret\n").unwrap();
        assert!(running.wait_for_exit(SOON).unwrap().success());
        assert_eq!(running.stdout(), ["a secret"]);
    }

    #[test]
    fn dropping_ends_it_even_when_it_ignores_being_asked() {
        let running = shell("trap '' TERM; echo ready; while :; do sleep 1; done");
        running.wait_for_line(SOON, |line| line == "ready").unwrap();
        let shared = Arc::clone(&running.shared);
        drop(running);
        let status = shared.lock().ended.unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    }

    #[test]
    fn a_free_port_can_be_taken() {
        let port = free_port().unwrap();
        assert_eq!(
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap().local_addr().unwrap().port(),
            port
        );
    }
}
