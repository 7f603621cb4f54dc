//! What each command needs to know: plain values, whether they come from the command line or from a test.

use crate::settings::{Environment, RouterSettings, Settings};
use crate::simulator;
use crate::store::claim::Claim;
use crate::telemetry::LogEntry;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

/// The server for the routers of the settings.
#[derive(Debug)]
pub struct ServeOptions {
    /// The routers and how to treat them.
    pub settings: Settings,
    /// The file that they come from; passwords in it are sealed and taken out.
    pub settings_file: PathBuf,
    /// The variables that come before it.
    pub environment: Environment,
    /// The folder for what must survive.
    pub data: PathBuf,
    /// That nobody replaces what is in it meanwhile, if it is there.
    pub claim: Option<Claim>,
    /// Where the server listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// How what browsers send and get is protected.
    pub protection: Protection,
    /// Entries of our own log, for the log book.
    pub entries: mpsc::Receiver<LogEntry>,
}

/// How what browsers send and get is protected on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// HTTPS with a certificate of the operator's.
    Files {
        /// The certificate with its chain, PEM.
        certificate: PathBuf,
        /// Its private key, PEM.
        key: PathBuf,
    },
    /// HTTPS with a certificate of our own, in the data folder.
    SelfSigned,
    /// Plain HTTP, and only for this machine.
    NoneHere,
    /// Plain HTTP for whoever can reach us.
    NoneAnywhere,
}

/// The server for a simulated ISP.
#[derive(Debug)]
pub struct DemoOptions {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// How many routers are simulated.
    pub routers: u16,
    /// How many subscribers they have together.
    pub subscribers: u32,
    /// A recording to show instead.
    pub replay: Option<simulator::ReplayOptions>,
    /// Entries of our own log, for the log book.
    pub entries: mpsc::Receiver<LogEntry>,
}

/// A recording of one router.
#[derive(Debug)]
pub struct RecordOptions {
    /// The router, with its credentials.
    pub router: RouterSettings,
    /// The data folder where its credentials are sealed, if they are to be taken from there.
    pub data: Option<PathBuf>,
    /// The file, which must not exist yet.
    pub out: PathBuf,
    /// How long to record.
    pub time: Duration,
    /// Whether names, addresses and comments are replaced.
    pub redact: bool,
    /// Entries of our own log; nobody reads them.
    pub entries: mpsc::Receiver<LogEntry>,
}

/// A backup of everything that is ours.
#[derive(Debug)]
pub struct BackupOptions {
    /// The data folder.
    pub data: PathBuf,
    /// The settings file, unless a running service says where it is.
    pub settings_file: PathBuf,
    /// The variables that come before it.
    pub environment: Environment,
    /// The file; standard output if it is `-`, and one named by the time if there is none.
    pub out: Option<PathBuf>,
    /// Whether a file that is there already is replaced.
    pub force: bool,
    /// What it is encrypted with.
    pub passphrase: Option<SecretString>,
    /// Whether recordings are in it.
    pub recordings: bool,
}

/// What is put back from a backup.
#[derive(Debug)]
pub struct RestoreOptions {
    /// The backup.
    pub file: PathBuf,
    /// The data folder, whose service is stopped.
    pub data: PathBuf,
    /// Where the settings go.
    pub settings_file: PathBuf,
    /// The variables that come before them.
    pub environment: Environment,
    /// What the backup is encrypted with, if it was told already.
    pub passphrase: Option<SecretString>,
    /// Whether it is only looked at.
    pub only_check: bool,
}

/// A recorded router for other programs.
#[derive(Debug)]
pub struct ReplayOptions {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What is replayed and how.
    pub replay: simulator::ReplayOptions,
}

/// Simulated routers for other programs.
#[derive(Debug)]
pub struct SimulateOptions {
    /// Where the first router listens; router i listens on port + i.
    pub listen: SocketAddr,
    /// Where the first router listens for TLS, if at all.
    pub tls_listen: Option<SocketAddr>,
    /// How many routers there are.
    pub routers: u16,
    /// How many subscribers they have together.
    pub subscribers: u32,
    /// Their versions, dealt out in turn; never empty.
    pub versions: Vec<Version>,
    /// What the ISP is grown from: the same seed gives the same ISP.
    pub seed: u64,
    /// Who may sign in; anybody if nobody is named.
    pub credentials: Option<(String, SecretString)>,
    /// Whether they ask for the sign-in of versions before 6.43.
    pub legacy_login: bool,
    /// Whether time stands still.
    pub frozen: bool,
}

/// A version of RouterOS that the simulator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The last long-term line of RouterOS 6.
    V6_49,
    /// RouterOS 7 before `!empty`.
    V7_14,
    /// RouterOS 7 with `!empty`.
    V7_21,
}
