//! The first admin where nobody reads the console: with a password that whoever starts the service hands over.

use super::Failure;
use super::people::of_user;
use crate::access::{Actor, NewUser, People, Role, Scope};
use anyhow::Context as _;
use jiff::Timestamp;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

/// The account that is made.
const NAME: &str = "admin";

/// The file with its password, among systemd's credentials.
const CREDENTIAL: &str = "tikwatch-admin-password";

/// More than this is no password but a wrong file.
const LONGEST_FILE: u64 = 4096;

/// Makes the account `admin` if its password is among the credentials and there is no account at all. `variable` gives
/// the variables of the process.
///
/// Later it changes nothing: who may write credentials would otherwise get an account back that was closed.
pub(super) async fn make(
    people: &People,
    variable: impl Fn(&str) -> Option<OsString>,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(folder) = variable("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty()) else {
        return Ok(());
    };
    if !people.users().is_empty() {
        return Ok(());
    }
    let path = Path::new(&folder).join(CREDENTIAL);
    let named = || format!("the first admin's password in {:?}", path.display().to_string());
    let file = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file.with_context(named).map_err(Failure::Setup)?,
    };
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST_FILE).read_to_string(&mut text).with_context(named).map_err(Failure::Setup)?;
    let password = SecretString::from(text.lines().next().unwrap_or_default());
    let new = NewUser { name: NAME.to_owned(), role: Role::Admin, scope: Scope::ALL, password };
    people.add_user(&Actor::console(), new, now).await.map_err(|error| match of_user(error) {
        Failure::Setup(error) => Failure::Setup(error.context(named())),
        failure @ Failure::Running(_) => failure,
    })?;
    tracing::info!("made the first account, `{NAME}`, with the password of the credential `{CREDENTIAL}`");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Keys, Vault};
    use crate::store::Store;

    /// What becomes of new people when the credential holds this; a disagreement as the text of its failure.
    async fn check(credential: Option<&[u8]>, expect: Result<&[&str], &str>) {
        let folder = tempfile::tempdir().unwrap();
        if let Some(bytes) = credential {
            std::fs::write(folder.path().join(CREDENTIAL), bytes).unwrap();
        }
        let store = Store::open(&folder.path().join("data")).unwrap();
        let people = People::open(Vault::new(store, Keys::temporary().unwrap())).unwrap();
        let variable = |_: &str| Some(folder.path().as_os_str().to_owned());
        let made = make(&people, variable, Timestamp::UNIX_EPOCH).await;
        let names: Vec<String> = people.users().into_iter().map(|user| user.name).collect();
        match expect {
            Ok(expect) => {
                made.unwrap();
                assert_eq!(names, expect, "{credential:?}");
            }
            Err(words) => {
                let failure = made.unwrap_err();
                let told = failure.to_string();
                assert_eq!((failure.exit_code(), names.len()), (2, 0), "{told}");
                assert!(
                    told.contains(words) && told.contains(CREDENTIAL) && !told.contains("canary"),
                    "{told}"
                );
            }
        }
    }

    #[actix_web::test]
    async fn a_credential_makes_an_admin_and_a_bad_one_says_why_without_showing_it() {
        check(None, Ok(&[])).await;
        check(Some(b"canary rhubarb 71 orbit\n"), Ok(&["admin"])).await;
        check(Some(b"canary rhubarb 71 orbit\r\nanother line"), Ok(&["admin"])).await;
        check(Some(b"canary"), Err("at least 12 characters")).await;
        check(Some(b"\ncanary rhubarb 71 orbit"), Err("at least 12 characters")).await;
        check(Some(b"canary rhubarb \xff orbit"), Err("UTF-8")).await;
        check(Some(&[b'x'; 2000]), Err("at most 1024 bytes")).await;
    }
}
