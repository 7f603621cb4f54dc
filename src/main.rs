//! The command line of tikwatch: arguments, settings, log, run, exit code.

mod cli;

use anyhow::Context as _;
use clap::CommandFactory as _;
use cli::people::{after, scope};
use cli::{
    Arguments, Backup, Check, Command, Demo, Key, Log, Pace, Protection, Record, Replay, Restore, Serve,
    Simulate, Token, User,
};
use secrecy::SecretString;
use std::io::{BufRead as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tikwatch::access::{NewToken, NewUser};
use tikwatch::app::{
    self, BackupOptions, CheckOptions, DemoOptions, Failure, RecordOptions, ReplayOptions, RestoreOptions,
    ServeOptions, SimulateOptions,
};
use tikwatch::settings::{Environment, Settings};
use tikwatch::simulator;
use tikwatch::telemetry::{self, LogEntry};
use tokio::sync::mpsc::Receiver;

/// The C library's allocator keeps for itself what many connections needed at once; this one gives it back to the
/// system at once (`.cargo/config.toml`).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = Arguments::of_process();
    let format = arguments.log.format();
    match run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            // The log may not have been started: it depends on settings that may be wrong.
            eprintln!("{}", telemetry::last_words(format, &failure));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let environment = Environment::of_process();
    let log = arguments.log;
    let system = actix::System::new();
    match arguments.command {
        None => system.block_on(app::serve(serve(arguments.serve, &log, &environment)?))?,
        Some(Command::Serve(one)) => system.block_on(app::serve(serve(one, &log, &environment)?))?,
        Some(Command::Demo(one)) => system.block_on(app::demo(demo(one, &log, &environment)?))?,
        Some(Command::Simulate(one)) => {
            // Nobody keeps a log book of a simulation.
            drop(start_log(&log, &environment, None)?);
            system.block_on(app::simulate(simulate(one)))?;
        }
        Some(Command::Backup(one)) => {
            drop(start_log(&log, &environment, None)?);
            app::backup(&backup(one, environment)?)?;
        }
        Some(Command::Restore(one)) => {
            drop(start_log(&log, &environment, None)?);
            app::restore(restore(one, environment)?)?;
        }
        Some(Command::Key(Key::Rotate(one))) => {
            drop(start_log(&log, &environment, None)?);
            app::rotate_key(&one.data)?;
        }
        Some(Command::User(one)) => {
            drop(start_log(&log, &environment, None)?);
            system.block_on(user(one))?;
        }
        Some(Command::Token(one)) => {
            drop(start_log(&log, &environment, None)?);
            token(one)?;
        }
        Some(Command::Record(one)) => system.block_on(app::record(record(one, &log, &environment)?))?,
        Some(Command::Replay(one)) => {
            drop(start_log(&log, &environment, None)?);
            system.block_on(app::replay(replay(one)))?;
        }
        Some(Command::Check(one)) => {
            let options = check(&one, &environment)?;
            return system.block_on(run_check(&options, one.json));
        }
        Some(Command::Generate(one)) => {
            drop(start_log(&log, &environment, None)?);
            let written = one
                .write(Arguments::command())
                .with_context(|| format!("cannot write to {:?}", one.out.display().to_string()))?;
            tracing::info!("wrote {written} files to {:?}", one.out.display().to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(arguments: Serve, log: &Log, environment: &Environment) -> Result<ServeOptions, Failure> {
    let data = arguments.data.unwrap_or_else(|| "data".into());
    // Before the settings are read, which a restore replaces as well.
    let (claim, restored) = app::restore::claim(&data)?;
    let (settings, entries) = settings(arguments.settings.as_deref(), log, environment)?;
    if let Some(restored) = restored {
        tracing::warn!("a restore that was interrupted was finished: {restored}");
    }
    let listen = arguments.listen.or(settings.listen);
    let listen = listen.unwrap_or_else(|| std::net::SocketAddr::from(([127, 0, 0, 1], 5000)));
    let settings_file = settings_file(arguments.settings.as_deref()).to_owned();
    let Protection { tls, tls_certificate, tls_key, insecure_http } = arguments.protection;
    let protection = match (tls_certificate, tls_key) {
        (Some(certificate), Some(key)) => app::Protection::Files { certificate, key },
        _ if tls.is_some() => app::Protection::SelfSigned,
        _ if insecure_http => app::Protection::NoneAnywhere,
        _ => app::Protection::NoneHere,
    };
    let environment = environment.clone();
    Ok(ServeOptions { settings, settings_file, environment, data, claim, listen, protection, entries })
}

/// The settings file that is named, or the one in the current folder.
fn settings_file(named: Option<&Path>) -> &Path {
    named.unwrap_or(Path::new("settings.json"))
}

/// Reads the settings, then starts the log, which depends on them.
fn settings(
    path: Option<&Path>,
    log: &Log,
    environment: &Environment,
) -> Result<(Settings, Receiver<LogEntry>), Failure> {
    let explicit = path.is_some();
    let settings = Settings::load(settings_file(path), explicit, environment).map_err(Failure::setup)?;
    let entries = start_log(log, environment, Some(&settings))?;
    for note in &settings.notes {
        tracing::warn!("{note}");
    }
    Ok((settings, entries))
}

fn record(arguments: Record, log: &Log, environment: &Environment) -> Result<RecordOptions, Failure> {
    let (settings, entries) = settings(arguments.settings.as_deref(), log, environment)?;
    let names: Vec<String> = settings.routers.iter().map(|router| format!("`{}`", router.name)).collect();
    let mut routers = settings.routers.into_iter();
    let router = match &arguments.router {
        Some(name) => routers.find(|router| router.name == *name),
        None if 1 < names.len() => None,
        None => routers.next(),
    };
    let router = router.ok_or_else(|| {
        Failure::setup(match names.as_slice() {
            [] => anyhow::anyhow!("there are no routers in the settings"),
            names => {
                let names = names.join(", ");
                match &arguments.router {
                    Some(name) => anyhow::anyhow!("there is no router `{name}` in the settings, but {names}"),
                    None => anyhow::anyhow!("say with --router which one to record: {names}"),
                }
            }
        })
    })?;
    let Record { data, out, time, redact, .. } = arguments;
    Ok(RecordOptions { router, data, out, time, redact, entries })
}

fn backup(arguments: Backup, environment: Environment) -> Result<BackupOptions, Failure> {
    let Backup { out, force, data, settings, encrypt, passphrase_file, recordings } = arguments;
    let passphrase = match passphrase_file {
        Some(file) => Some(app::passphrase::from_file(&file)?),
        None if encrypt => Some(app::passphrase::ask_for_new()?),
        None => None,
    };
    if let Some(passphrase) = &passphrase {
        app::passphrase::check(passphrase)?;
    }
    let settings_file = settings_file(settings.as_deref()).to_owned();
    Ok(BackupOptions { data, settings_file, environment, out, force, passphrase, recordings })
}

fn restore(arguments: Restore, environment: Environment) -> Result<RestoreOptions, Failure> {
    let Restore { file, data, settings, passphrase_file, check } = arguments;
    let passphrase = passphrase_file.map(|file| app::passphrase::from_file(&file)).transpose()?;
    let settings_file = settings_file(settings.as_deref()).to_owned();
    Ok(RestoreOptions { file, data, settings_file, environment, passphrase, only_check: check })
}

fn replay(arguments: Replay) -> ReplayOptions {
    let password = SecretString::from(arguments.password.unwrap_or_default());
    let user = arguments.user.map(|user| (user, password));
    ReplayOptions { listen: arguments.listen, replay: at_pace(arguments.file, &arguments.pace, user) }
}

fn at_pace(file: PathBuf, pace: &Pace, user: Option<(String, SecretString)>) -> simulator::ReplayOptions {
    let (speed, from) = (pace.speed.unwrap_or(1.0), pace.from.unwrap_or_default());
    simulator::ReplayOptions { file, speed, repeats: pace.repeats, from, user }
}

fn demo(arguments: Demo, log: &Log, environment: &Environment) -> Result<DemoOptions, Failure> {
    let entries = start_log(log, environment, None)?;
    let Demo { listen, subscribers, routers, replay, pace } = arguments;
    let replay = replay.map(|file| at_pace(file, &pace, None));
    Ok(DemoOptions { listen, routers, subscribers, replay, entries })
}

fn simulate(arguments: Simulate) -> SimulateOptions {
    let password = SecretString::from(arguments.password.unwrap_or_default());
    SimulateOptions {
        listen: arguments.listen,
        tls_listen: arguments.tls_listen,
        routers: arguments.routers,
        subscribers: arguments.subscribers,
        versions: arguments.ros,
        seed: arguments.seed,
        credentials: arguments.user.map(|user| (user, password)),
        legacy_login: arguments.legacy_login,
        frozen: arguments.frozen,
    }
}

async fn user(arguments: User) -> Result<(), Failure> {
    match arguments {
        User::Add(one) => {
            let password = password_from_stdin()?;
            let new = NewUser { name: one.name, role: one.role, scope: scope(one.routers), password };
            app::people::add_user(&one.folder.data, new).await
        }
        User::List(folder) => app::people::list_users(&folder.data, &mut std::io::stdout()),
        User::Disable(one) => app::people::set_disabled(&one.folder.data, &one.name, true),
        User::Enable(one) => app::people::set_disabled(&one.folder.data, &one.name, false),
        User::ResetPassword(one) => {
            let password = password_from_stdin()?;
            app::people::reset_password(&one.folder.data, &one.name, password).await
        }
    }
}

fn token(arguments: Token) -> Result<(), Failure> {
    match arguments {
        Token::Create(one) => {
            let expires = after(one.expires, jiff::Timestamp::now());
            let scope = scope(one.routers);
            let new = NewToken { name: one.name, role: one.role, may_write: one.write, scope, expires };
            app::people::create_token(&one.folder.data, new, &mut std::io::stdout())
        }
        Token::List(folder) => app::people::list_tokens(&folder.data, &mut std::io::stdout()),
        Token::Revoke(one) => app::people::revoke_token(&one.folder.data, &one.id),
    }
}

fn check(arguments: &Check, environment: &Environment) -> Result<CheckOptions, Failure> {
    let endpoint = arguments.endpoint().map_err(wrong_usage)?;
    let password = if arguments.password_stdin {
        password_from_stdin()?
    } else {
        let given = environment.get("MIKROTIK_PASSWORD").map(SecretString::from);
        given.ok_or_else(|| wrong_usage("no password: use --password-stdin or set MIKROTIK_PASSWORD"))?
    };
    Ok(CheckOptions {
        endpoint,
        username: arguments.user.clone(),
        password,
        charset: arguments.code_page,
        forbid_clear_sign_in: arguments.forbid_clear_sign_in,
        asked: app::Asked::Here,
        writing: app::Writing::Off,
    })
}

async fn run_check(options: &CheckOptions, json: bool) -> Result<ExitCode, Failure> {
    let report = app::check(options, &mut std::io::stderr()).await;
    if json {
        let written = writeln!(std::io::stdout(), "{}", report.json());
        written.map_err(|error| Failure::Running(error.into()))?;
    }
    Ok(if report.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first line of stdin without its end.
fn password_from_stdin() -> Result<SecretString, Failure> {
    let mut line = String::new();
    // More than this is no password but a wrong file.
    let read = std::io::stdin().lock().take(4096).read_line(&mut line);
    read.map_err(|error| {
        Failure::setup(anyhow::Error::from(error).context("cannot read the password from stdin"))
    })?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

/// Starts the log; the option comes before `TIKWATCH_LOG`, `DEBUG` and the settings, in this order.
fn start_log(
    log: &Log,
    environment: &Environment,
    settings: Option<&Settings>,
) -> Result<Receiver<LogEntry>, Failure> {
    let (variable, debug, level) = match settings {
        Some(settings) => (settings.log_filter.as_deref(), settings.debug, settings.log_level),
        None => (environment.get("TIKWATCH_LOG"), environment.is_debug(), None),
    };
    let level = level.map(|level| level.as_str());
    let filter = log.log_level.as_deref().or(variable).or(debug.then_some("debug")).or(level);
    let filter = filter.unwrap_or("info").to_owned();
    let may_change = settings.is_some() && log.log_level.is_none() && variable.is_none() && !debug;
    telemetry::init(&telemetry::Options { format: log.format(), filter, may_change }).map_err(Failure::setup)
}

fn wrong_usage(text: &str) -> Failure {
    Failure::setup(anyhow::anyhow!("{text} (see tikwatch check --help)"))
}
