//! Routers' passwords: out of the settings and into the data folder, sealed; and back when they are needed.

use super::{Failure, restore};
use crate::access::{self, Keys, People, Vault, VaultError};
use crate::actors;
use crate::domain::credential::Credential;
use crate::settings::{Place, RouterSettings, WrittenPassword, erase};
use crate::store::{Store, StoreError, file};
use anyhow::{Context as _, anyhow};
use secrecy::{ExposeSecret as _, SecretString};
use std::path::Path;

/// Opens the vault of a data folder, with the keys that the environment names.
pub(super) fn vault(data: &Path) -> Result<Vault, Failure> {
    let store = store(data)?;
    let keys = Keys::find(|name| std::env::var_os(name)).map_err(Failure::setup)?;
    Ok(Vault::new(store, keys))
}

/// The same for who has to have every key that is in use: makes none, and refuses where one is missing.
pub(super) fn whole_vault(data: &Path) -> Result<Vault, Failure> {
    let store = store(data)?;
    let missing = |what: &str| {
        Failure::Setup(anyhow!(
            "{what} in {:?} cannot be read with the keys that are found here: give this command the same TIKWATCH_KEY, \
             TIKWATCH_KEY_FILE or systemd credential and the same user that the service has, or let the service run \
             meanwhile; nothing was changed",
            data.display().to_string()
        ))
    };
    let found = Keys::find_only(|name| std::env::var_os(name)).map_err(Failure::setup)?;
    let vault = Vault::new(store, found.ok_or_else(|| missing("what is sealed"))?);
    match access::locked(&vault).map_err(Failure::setup)?.first() {
        Some(id) => Err(missing(&format!("`{id}`"))),
        None => Ok(vault),
    }
}

fn store(data: &Path) -> Result<Store, Failure> {
    if restore::is_interrupted(data) {
        return Err(Failure::Setup(anyhow!(
            "a restore into {:?} is under way or was interrupted: `tikwatch serve` finishes it",
            data.display().to_string()
        )));
    }
    let store = Store::open(data).map_err(Failure::setup)?;
    if let Some(recovery) = store.recovery() {
        tracing::error!("{recovery}");
    }
    Ok(store)
}

/// Brings a change of the settings to its end, or undoes it, in which the program was killed.
pub(super) fn settle(settings: &Path, vault: &Vault, people: &People) -> Result<(), Failure> {
    actors::settings::settle(settings, vault, people)
        .context("a change of the settings was cut short, and cannot be undone")
        .map_err(Failure::Setup)
}

/// Seals every password that is written in clear, then takes it out of the file; a router without a written one gets
/// the one that was sealed before.
///
/// What cannot be taken out of its file is told in the log; it is sealed all the same.
pub(super) fn seal(routers: &mut [RouterSettings], vault: &Vault, settings: &Path) -> Result<(), Failure> {
    for router in &*routers {
        for credential in Credential::ALL {
            match seal_one(router, credential, vault) {
                Err(VaultError::Store(error @ StoreError::Full(_))) => {
                    // They are used as they stand there; the next start seals them.
                    tracing::warn!(error = %error, "passwords stay in the settings: {error}");
                    return unseal(routers, vault);
                }
                sealed => sealed.map_err(Failure::setup)?,
            }
        }
    }
    // Only now, when all of them are on the disk, is anything taken out.
    let places = routers.iter().flat_map(RouterSettings::all_written).filter(|one| is_to_be_sealed(one));
    let places: Vec<&Place> = places.map(|written| &written.place).collect();
    take_out(&places, settings);
    unseal(routers, vault)
}

/// Seals the password that is written in clear, if there is one; forgets one that is kept of nobody, so that nobody who
/// comes later inherits it.
fn seal_one(router: &RouterSettings, credential: Credential, vault: &Vault) -> Result<(), VaultError> {
    let id = credential.id(&router.name);
    if let Some(written) = router.written(credential).iter().find(|written| is_to_be_sealed(written)) {
        return vault.keep(&id, &written.secret);
    }
    if router.user(credential).is_none() && !matches!(vault.find(&id), Ok(None)) {
        vault.forget(&id)?;
    }
    Ok(())
}

/// Gives routers without a written password the one that was sealed before; those whose password cannot be read are
/// marked.
pub(super) fn unseal(routers: &mut [RouterSettings], vault: &Vault) -> Result<(), Failure> {
    for router in routers {
        for credential in Credential::ALL {
            let is_to_be_found = router.user(credential).is_some() && router.written(credential).is_empty();
            if is_to_be_found {
                unseal_one(router, credential, vault)?;
            }
        }
    }
    Ok(())
}

fn unseal_one(router: &mut RouterSettings, credential: Credential, vault: &Vault) -> Result<(), Failure> {
    match vault.find(&credential.id(&router.name)) {
        Ok(password) => router.set_password(credential, password),
        Err(error @ (VaultError::OtherKey | VaultError::Changed)) => {
            tracing::error!(router.name = %router.name, error = %error,
                "the {} of `{}` cannot be read: write it into the settings again, or bring its key back",
                credential.key(), router.name);
            router.lock(credential);
        }
        Err(other) => return Err(Failure::setup(other)),
    }
    Ok(())
}

fn is_to_be_sealed(written: &WrittenPassword) -> bool {
    written.place != Place::Environment && !written.secret.expose_secret().is_empty()
}

/// Takes passwords out of the files where they stand; nothing else in them changes.
fn take_out(places: &[&Place], settings: &Path) {
    let paths: Vec<&String> = places
        .iter()
        .filter_map(|place| match place {
            Place::Settings(path) => Some(path),
            Place::EnvFile | Place::Environment => None,
        })
        .collect();
    if !paths.is_empty() {
        let erased = edit(settings, |mut text| {
            for path in &paths {
                text = erase::member(&text, path)?;
            }
            Some(text)
        });
        tell(settings, erased);
    }
    if places.contains(&&Place::EnvFile) {
        let path = settings.parent().unwrap_or(Path::new("")).join(".env");
        tell(&path, edit(&path, |text| erase::variable(&text, "MIKROTIK_PASSWORD")));
    }
}

fn edit(path: &Path, erase: impl FnOnce(String) -> Option<String>) -> anyhow::Result<()> {
    let text = secrecy::zeroize::Zeroizing::new(std::fs::read_to_string(path).context("it cannot be read")?);
    let left =
        SecretString::from(erase(text.to_string()).ok_or_else(|| anyhow!("it has changed meanwhile"))?);
    file::replace(path, left.expose_secret().as_bytes()).context("it cannot be written")
}

fn tell(path: &Path, erased: anyhow::Result<()>) {
    let path = path.display().to_string();
    match erased {
        Ok(()) => {
            tracing::info!("passwords in {path:?} were sealed in the data folder and taken out of the file");
        }
        Err(error) => tracing::warn!(
            error = format!("{error:#}"),
            "passwords in {path:?} were sealed in the data folder, but still stand in the file: {error:#}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Environment, Settings};
    use std::os::unix::fs::MetadataExt as _;

    const SETTINGS: &str = r#"{
  "routers": [
    {"name": "a", "host": "192.0.2.1", "username": "u", "password": "canary-a"},
    {
      "name": "b",
      "host": "192.0.2.2",
      "password": "canary-b",
      "username": "u"
    },
    {"name": "c", "host": "192.0.2.3", "username": "u"}
  ]
}
"#;

    struct Folder {
        folder: tempfile::TempDir,
        vault: Vault,
    }

    impl Folder {
        fn new(settings: &str, dotenv: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("settings.json"), settings).unwrap();
            std::fs::write(folder.path().join(".env"), dotenv).unwrap();
            let vault =
                Vault::new(Store::open(&folder.path().join("data")).unwrap(), Keys::temporary().unwrap());
            Self { folder, vault }
        }

        fn text(&self, name: &str) -> String {
            std::fs::read_to_string(self.folder.path().join(name)).unwrap()
        }

        /// Starts once; gives each router's password, nothing where there is none.
        fn start(&self, variables: &[(&str, &str)]) -> Vec<String> {
            let path = self.folder.path().join("settings.json");
            let environment = variables.iter().copied().collect::<Environment>();
            let mut routers = Settings::load(&path, true, &environment).unwrap().routers;
            seal(&mut routers, &self.vault, &path).unwrap();
            let password = |router: &RouterSettings| {
                router
                    .password
                    .as_ref()
                    .map_or_else(String::new, |password| password.expose_secret().to_owned())
            };
            routers.iter().map(password).collect()
        }
    }

    #[test]
    fn passwords_leave_the_settings_and_are_there_at_the_next_start() {
        let folder = Folder::new(SETTINGS, "");
        let expect = ["canary-a", "canary-b", ""];
        assert_eq!(folder.start(&[]), expect);
        let left = SETTINGS
            .replace(", \"password\": \"canary-a\"", "")
            .replace("      \"password\": \"canary-b\",\n", "");
        assert_eq!(folder.text("settings.json"), left);
        let path = folder.folder.path().join("settings.json");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(folder.start(&[]), expect);
    }

    #[test]
    fn the_password_for_changes_is_sealed_too_and_forgotten_with_its_user() {
        let router =
            |more: &str| format!(r#"{{"routers": [{{"name": "a", "host": "h", "username": "u"{more}}}]}}"#);
        let own = r#", "write_mode": true, "write_username": "w""#;
        let both = format!(r#"{own}, "write_password": "canary-w", "password": "canary-a""#);
        let folder = Folder::new(&router(&both), "");
        let path = folder.folder.path().join("settings.json");
        let mode = |folder: &Folder| {
            let mut routers = Settings::load(&path, true, &Environment::default()).unwrap().routers;
            seal(&mut routers, &folder.vault, &path).unwrap();
            routers.remove(0).write_mode
        };
        for _ in 0..2 {
            assert_eq!(mode(&folder).password.unwrap().expose_secret(), "canary-w");
            assert_eq!(folder.text("settings.json"), router(own));
        }
        let key = folder.vault.clone();
        let other = Vault::new(Store::clone(key.store()), Keys::temporary().unwrap());
        let folder = Folder { vault: other, ..folder };
        let locked = mode(&folder);
        assert!(locked.is_locked && locked.password.is_none());
        // Taken out by hand, and written there again later.
        std::fs::write(&path, router("")).unwrap();
        let folder = Folder { vault: key, ..folder };
        assert!(mode(&folder).password.is_none());
        std::fs::write(&path, router(own)).unwrap();
        assert!(mode(&folder).password.is_none());
        assert_eq!(folder.start(&[]), ["canary-a"]);
    }

    #[test]
    fn a_password_in_the_environment_wins_and_is_never_stored() {
        let one =
            r#"{"routers": [{"name": "a", "host": "192.0.2.1", "username": "u", "password": "canary-a"}]}"#;
        let folder = Folder::new(one, "");
        assert_eq!(folder.start(&[("MIKROTIK_PASSWORD", "canary-e")]), ["canary-e"]);
        assert!(!folder.text("settings.json").contains("canary"));
        assert_eq!(folder.start(&[]), ["canary-a"]);
    }

    #[test]
    fn a_password_in_an_env_file_is_sealed_too() {
        let one = r#"{"routers": [{"name": "a", "host": "192.0.2.1", "username": "u"}]}"#;
        let folder = Folder::new(one, "# ours\nMIKROTIK_PASSWORD='canary e'\nDEBUG=no\n");
        assert_eq!(folder.start(&[]), ["canary e"]);
        assert_eq!(folder.text(".env"), "# ours\nDEBUG=no\n");
        assert_eq!(folder.start(&[]), ["canary e"]);
    }

    #[test]
    fn a_new_password_takes_the_place_of_the_old_one() {
        let one = r#"{"router_ip": "192.0.2.1", "router_user": "u", "router_password": "canary-1"}"#;
        let folder = Folder::new(one, "");
        assert_eq!(folder.start(&[]), ["canary-1"]);
        let path = folder.folder.path().join("settings.json");
        std::fs::write(&path, one.replace("canary-1", "canary-2")).unwrap();
        assert_eq!(folder.start(&[]), ["canary-2"]);
        assert_eq!(folder.start(&[]), ["canary-2"]);
    }

    #[test]
    fn without_its_key_a_password_is_missed_and_kept() {
        let mut folder = Folder::new(SETTINGS, "");
        folder.start(&[]);
        let path = folder.folder.path().join("settings.json");
        let mut routers = Settings::load(&path, true, &Environment::default()).unwrap().routers;
        let key = folder.vault.clone();
        let store = Store::clone(folder.vault.store());
        folder.vault = Vault::new(store, Keys::temporary().unwrap());
        unseal(&mut routers, &folder.vault).unwrap();
        let locked: Vec<bool> = routers.iter().map(|router| router.is_locked).collect();
        assert_eq!(locked, [true, true, false]);
        folder.vault = key;
        assert_eq!(folder.start(&[]), ["canary-a", "canary-b", ""]);
    }
}
