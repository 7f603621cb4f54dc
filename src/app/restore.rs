//! `tikwatch restore`: puts back what is in a backup, while the service is stopped.
//!
//! All of the backup is read, opened and made ready beside the data first, as this version understands it. Then a note
//! is written of what goes where, and from that moment on it is done: whoever comes next finishes it, should this
//! process be killed. What was there is put aside, not removed.

mod journal;
mod ready;
mod staged;

use super::{Failure, RestoreOptions, owner, passphrase};
use crate::access::{Actor, Keys, People, Vault};
use crate::actors::GroupStore;
use crate::settings::{Environment, Settings};
use crate::store::archive::{ArchiveError, Part, Whole};
use crate::store::claim::Claim;
use crate::store::{Store, Transfer};
use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use journal::Journal;
use secrecy::SecretString;
use staged::Staged;
use std::fs::File;
use std::path::Path;

pub(super) use journal::is_interrupted;

/// What the audit log calls it.
const ACTION: &str = "backup.restore";

/// Restores a backup, or only looks whether that would be possible.
pub fn restore(options: RestoreOptions) -> Result<(), Failure> {
    let shown = options.file.display().to_string();
    let file = File::open(&options.file).with_context(|| format!("cannot read {shown:?}"));
    let mut whole = Whole::open(file.map_err(Failure::Setup)?).map_err(|error| of(&shown, error))?;
    let passphrase = match (options.passphrase, whole.head().is_sealed()) {
        (None, true) => Some(passphrase::ask()?),
        // Who could put a file in the place of an encrypted one would have theirs restored.
        (Some(_), false) => {
            return Err(Failure::Setup(anyhow!(
                "{shown:?} is not encrypted, and a passphrase was given: leave that option out if you trust the file; \
                 nothing was changed"
            )));
        }
        (given, _) => given,
    };
    if options.only_check {
        return look(&mut whole, passphrase.as_ref(), &shown);
    }
    let data = &options.data;
    let settings =
        std::path::absolute(&options.settings_file).map_err(|error| Failure::Setup(error.into()))?;
    owner::check(data)?;
    settings.parent().map_or(Ok(()), owner::check_place)?;
    if !Store::exists(data) && !journal::is_left(data) {
        ready::check_folder(data).map_err(Failure::Setup)?;
    }
    let _claim = alone(data)?;
    if let Some(told) = journal::finish(data).map_err(Failure::Running)? {
        tracing::warn!("{told}");
    }
    let now = Timestamp::now();
    let staged = Staged::begin(data).map_err(Failure::Running)?;
    let parts = staged.unpack(&mut whole, passphrase.as_ref()).map_err(|error| of(&shown, error))?;
    understand_settings(&staged, &options.environment, &shown)?;
    let transfer = Transfer::parse(&parts.store).map_err(|error| damaged(&shown, error))?;
    let made_at = transfer.at().to_owned();
    prepare(transfer, parts.keys.as_ref().map(|keys| keys.as_str()), &staged, data, now)?;
    staged.sync().map_err(Failure::Running)?;
    ready::check(staged.folder(), data, &settings).map_err(Failure::Setup)?;
    Journal::new(&made_at, settings, now).begin(data).map_err(Failure::Running)?;
    // What is staged belongs to the journal from here on.
    staged.keep();
    if let Some(told) = journal::finish(data).map_err(Failure::Running)? {
        tracing::info!("{told}");
    }
    if !parts.has_settings {
        tracing::warn!("the backup has no settings: those that were there stay");
    }
    if parts.keys.is_none() {
        tracing::warn!(
            "the backup has no keys: routers' passwords can be read with the key they were sealed with, or have to be \
             typed again"
        );
    }
    tracing::info!("everybody signs in anew; start the service now");
    Ok(())
}

/// Takes up what a restore that was killed left, and says so; uses the folder from now on, so that nobody replaces what
/// is in it. A folder that is not there is not made: the settings may be wrong.
pub fn claim(data: &Path) -> Result<(Option<Claim>, Option<String>), Failure> {
    if !data.exists() {
        return Ok((None, None));
    }
    let under_way =
        || Failure::Setup(anyhow!("a restore into {:?} is under way", data.display().to_string()));
    let unusable = |error: std::io::Error| {
        Failure::Setup(
            anyhow::Error::from(error)
                .context(format!("cannot use the data folder {:?}", data.display().to_string())),
        )
    };
    let mut told = None;
    if journal::is_left(data) {
        // Whoever it belongs to may have written what is to be done, and it would be done as us.
        owner::check(data)?;
        let _alone = Claim::replace(data).map_err(unusable)?.ok_or_else(under_way)?;
        told = journal::finish(data).map_err(Failure::Running)?;
    }
    let claim = Claim::share(data).map_err(unusable)?.ok_or_else(under_way)?;
    if is_interrupted(data) {
        return Err(under_way());
    }
    Ok((Some(claim), told))
}

/// The folder for us alone.
fn alone(data: &Path) -> Result<Claim, Failure> {
    let shown = data.display().to_string();
    let claim = Claim::replace(data).with_context(|| format!("cannot use the data folder {shown:?}"));
    claim.map_err(Failure::Setup)?.ok_or_else(|| {
        Failure::Setup(anyhow!(
            "{shown:?} is in use by another tikwatch: stop that one first; nothing was changed"
        ))
    })
}

/// Only looks.
fn look(whole: &mut Whole, passphrase: Option<&SecretString>, shown: &str) -> Result<(), Failure> {
    let mut names = Vec::new();
    let mut store = Vec::new();
    let read = whole.read(passphrase, &mut |part, _, from| {
        names.push(part.name());
        if *part == Part::Store {
            from.read_to_end(&mut store)?;
        }
        Ok(())
    });
    read.map_err(|error| of(shown, error))?;
    let transfer = Transfer::parse(&store).map_err(|error| damaged(shown, error))?;
    let head = whole.head();
    tracing::info!(
        "{shown:?} is whole: made by tikwatch {} at {}, with {} users and {} groups; {}",
        head.version,
        head.at,
        transfer.count("users"),
        transfer.count("groups"),
        names.join(", ")
    );
    Ok(())
}

/// Makes the store that shall be, and sees whether this version understands all that is in it.
fn prepare(
    mut transfer: Transfer,
    keys: Option<&str>,
    staged: &Staged,
    data: &Path,
    now: Timestamp,
) -> Result<(), Failure> {
    // Somebody who signed out since must not be signed in again.
    transfer.forget("sessions");
    let store = transfer.make(staged.folder(), data).map_err(|error| Failure::Running(error.into()))?;
    let variable = |name: &str| std::env::var_os(name);
    // More keys than before do no harm, should this be killed before the rest is done.
    let keys = match keys {
        Some(brought) => Keys::find_with(variable, brought),
        None => Keys::find(variable),
    };
    let people = understand(&store, keys.map_err(Failure::setup)?)?;
    if let Err(error) = people.audit(&Actor::console(), ACTION, "all", "done", now) {
        tracing::warn!(error = %error, "the audit log does not say that this backup was restored: {error}");
    }
    Ok(())
}

fn understand(store: &Store, keys: Keys) -> Result<People, Failure> {
    let people = People::open(Vault::new(store.clone(), keys)).map_err(Failure::setup)?;
    GroupStore::open(store, Box::new(people.clone())).map_err(Failure::setup)?;
    Ok(people)
}

/// Reads the settings as the service will when it starts: with settings that it cannot use, it would not.
fn understand_settings(staged: &Staged, environment: &Environment, shown: &str) -> Result<(), Failure> {
    let read = Settings::load(&staged.folder().join("settings.json"), false, environment);
    let wrong = || format!("{shown:?} was not restored: the service would not start with its settings");
    read.map(drop).with_context(wrong).map_err(Failure::Setup)
}

fn damaged(shown: &str, error: std::io::Error) -> Failure {
    Failure::Setup(anyhow::Error::from(error).context(format!("the store in {shown:?} cannot be used")))
}

/// What is wrong with a backup is for the operator; a disk that takes nothing is not.
fn of(shown: &str, error: ArchiveError) -> Failure {
    let is_running = matches!(error, ArchiveError::Out(_));
    let error = anyhow::Error::from(error).context(format!("{shown:?} was not restored"));
    if is_running { Failure::Running(error) } else { Failure::Setup(error) }
}
