//! Passwords of routers in a change: where they may go, and how they are kept.

use super::{Asked, SettingsKeeper, check_place, refused};
use crate::domain::configuration::{Change, Draft, Fault, Password, Refusal, RouterEntry};
use crate::domain::credential::Credential;
use crate::domain::router::RouterName;
use crate::domain::wrong::Wrong;
use crate::settings::{Place, RouterSettings, Written};
use crate::store::Changes;
use crate::store::file::Replacement;
use crate::store::ledger::{Entry, Kept};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Secrets by their ids; without one, there shall be none.
pub(super) type Secrets = Vec<(String, Option<SecretString>)>;

/// The password that stands in the settings file, where somebody wrote it by hand.
fn in_file(router: &RouterSettings, credential: Credential) -> Option<&SecretString> {
    let written = router.written(credential).iter();
    written.filter(|one| matches!(one.place, Place::Settings(_))).map(|one| &one.secret).next()
}

/// Whether the password in force comes from the environment.
fn is_of_environment(router: &RouterSettings, credential: Credential) -> bool {
    router.written(credential).first().is_some_and(|one| !matches!(one.place, Place::Settings(_)))
}

impl SettingsKeeper {
    /// What is kept as this password of a router.
    pub(super) fn kept(&self, name: &RouterName, credential: Credential) -> Result<Kept, Refusal> {
        self.safe.find(&credential.id(name)).map_err(|error| {
            tracing::error!(error = %error.source, "a password could not be read");
            Refusal::Failed
        })
    }

    /// Says of routers how their passwords are known.
    pub(super) fn tell_passwords(&self, routers: &mut [RouterEntry]) -> Result<(), Refusal> {
        for router in routers {
            let Ok(name) = RouterName::new(&router.name) else { continue };
            for credential in Credential::ALL {
                // What is kept of nobody is about to be forgotten.
                if *router.known(credential) == Password::None && !router.user(credential).is_empty() {
                    *router.known(credential) = match self.kept(&name, credential)? {
                        Kept::Nothing => Password::None,
                        Kept::Secret(_) => Password::Kept,
                        Kept::Locked => Password::Locked,
                    };
                }
            }
        }
        Ok(())
    }

    /// Nobody has a password sent elsewhere that they do not know themselves.
    pub(super) fn check_passwords(
        &self,
        before: Option<&RouterSettings>,
        after: &RouterSettings,
        draft: &Draft,
    ) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        for credential in Credential::ALL {
            let wrong = self.wrong_password(before, after, credential, draft.typed(credential))?;
            faults.extend(wrong.map(|wrong| Fault::new(credential.key(), wrong)));
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Faults(faults)) }
    }

    /// What is wrong with the password that a router would have, if anything.
    fn wrong_password(
        &self,
        before: Option<&RouterSettings>,
        after: &RouterSettings,
        credential: Credential,
        typed: Option<&SecretString>,
    ) -> Result<Option<Wrong>, Refusal> {
        if after.user(credential).is_none() {
            let is_typed = typed.is_some_and(|typed| !typed.expose_secret().is_empty());
            return Ok(is_typed.then_some(Wrong::NeedsUser));
        }
        if before.is_some_and(|before| before.leads_where(after)) {
            return Ok(None);
        }
        if is_of_environment(after, credential) {
            return Ok(Some(Wrong::PasswordOfEnvironment));
        }
        // One that was written by hand is as good as kept: it is about to be sealed.
        let is_kept = match before.filter(|before| before.user(credential).is_some()) {
            Some(before) => {
                in_file(before, credential).is_some()
                    || !matches!(self.kept(&after.name, credential)?, Kept::Nothing)
            }
            None => false,
        };
        Ok((typed.is_none() && is_kept).then_some(Wrong::TypeAgain))
    }

    /// Gives a router that is tested the passwords that were typed, or that are kept for it.
    pub(super) fn give_passwords(
        &self,
        before: Option<&RouterSettings>,
        tested: &mut RouterSettings,
        draft: &Draft,
    ) -> Result<(), Refusal> {
        for credential in Credential::ALL {
            let had_user = before.is_some_and(|before| before.user(credential).is_some());
            if let Some(typed) = draft.typed(credential) {
                tested.set_password(credential, Some(typed.clone()));
            } else if had_user
                && tested.user(credential).is_some()
                && tested.password(credential).is_none()
                && let Kept::Secret(secret) = self.kept(&tested.name, credential)?
            {
                tested.set_password(credential, Some(secret));
            }
        }
        Ok(())
    }

    /// Which secrets change with a change, once it is known that they may.
    pub(super) fn secrets(
        &self,
        written: &Written,
        routers: &[RouterSettings],
        change: &Change,
    ) -> Result<Secrets, Refusal> {
        let mut secrets = Secrets::new();
        for router in routers {
            for credential in Credential::ALL {
                let id = || credential.id(&router.name);
                if let Some(secret) = in_file(router, credential) {
                    // What was written by hand meanwhile is sealed, as at the start.
                    secrets.push((id(), Some(secret.clone())));
                } else if router.user(credential).is_none()
                    && !matches!(self.kept(&router.name, credential)?, Kept::Nothing)
                {
                    // It is of nobody any more.
                    secrets.push((id(), None));
                }
            }
        }
        let mut faults = Vec::new();
        for (at, one) in change.each().iter().enumerate() {
            let own = self.secrets_of_one(written, routers, one);
            match own.map_err(|refusal| refusal.within(&change.place(at))) {
                Ok(own) => secrets.extend(own),
                Err(Refusal::Faults(wrong)) => faults.extend(wrong),
                Err(other) => return Err(other),
            }
        }
        if faults.is_empty() { Ok(secrets) } else { Err(Refusal::Faults(faults)) }
    }

    /// Which secrets change with a change of one router.
    fn secrets_of_one(
        &self,
        written: &Written,
        routers: &[RouterSettings],
        change: &Change,
    ) -> Result<Secrets, Refusal> {
        let (name, draft) = match change {
            Change::AddRouter(draft) => {
                let name = draft.values.get("name").and_then(Value::as_str);
                let added = routers.iter().find(|router| Some(router.name.as_str()) == name);
                let Some(router) = added else { return Ok(Secrets::new()) };
                (&router.name, draft)
            }
            Change::SetRouter { name, draft } => (name, draft),
            Change::RemoveRouter(name) => {
                return Ok(Credential::ALL.map(|credential| (credential.id(name), None)).into());
            }
            Change::MoveRouter { .. } | Change::SetGeneral(_) | Change::Several(_) => {
                return Ok(Secrets::new());
            }
        };
        let before = written.settings.routers.iter().find(|router| router.name == *name);
        if let Some(after) = routers.iter().find(|router| router.name == *name) {
            self.check_passwords(before, after, draft)?;
            if before.is_none_or(|before| before.endpoint.host != after.endpoint.host) {
                check_place(&after.endpoint.host, Asked::Elsewhere { allow_own: after.allow_own })?;
            }
        }
        let secret = |credential: Credential| {
            // A password that was kept for another router of this name, or for a user before, must not go to this one.
            let is_new = matches!(change, Change::AddRouter(_))
                || before.is_none_or(|before| before.user(credential).is_none());
            let secret = match draft.typed(credential) {
                Some(typed) => Some(typed.clone()).filter(|typed| !typed.expose_secret().is_empty()),
                None if is_new => None,
                None => return None,
            };
            Some((credential.id(name), secret))
        };
        Ok(Credential::ALL.into_iter().filter_map(secret).collect())
    }

    /// Has secrets kept or forgotten, with what the audit log says of it, and noted as long as this replacement of the file
    /// is not made.
    pub(super) fn write(
        &self,
        secrets: &Secrets,
        replacement: &Replacement,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let mut changes = Changes::default();
        if !secrets.is_empty() {
            let ids: Vec<&str> = secrets.iter().map(|(id, _)| id.as_str()).collect();
            self.safe.note(&ids, replacement, &mut changes).map_err(|error| refused(&error))?;
        }
        for (id, secret) in secrets {
            match secret {
                Some(secret) => self.safe.keep(id, secret, &mut changes).map_err(|error| refused(&error))?,
                None => self.safe.forget(id, &mut changes),
            }
        }
        self.ledger.write(changes, &[entry], Timestamp::now()).map_err(|error| refused(&error))
    }

    /// Has the secrets of a change kept as they were before it.
    pub(super) fn undo(&self, entry: Entry) -> Result<(), Refusal> {
        let mut changes = Changes::default();
        self.safe.put_back(&mut changes).map_err(|error| refused(&error))?;
        self.ledger.write(changes, &[entry], Timestamp::now()).map_err(|error| refused(&error))
    }

    /// Notes that the file of a change is in place: there is nothing to be undone any more.
    pub(super) fn note_made(&self) {
        let mut changes = Changes::default();
        self.safe.forget_note(&mut changes);
        if let Err(error) = self.ledger.write(changes, &[], Timestamp::now()) {
            // The next order, or the next start, sees that it is in place.
            tracing::warn!(error = %error.source, "it could not be noted that a change of the settings is made");
        }
    }

    /// Gives routers without a written password the one that is kept.
    pub(super) fn unseal(&self, routers: &mut [RouterSettings]) -> Result<(), Refusal> {
        for router in routers {
            for credential in Credential::ALL {
                if router.user(credential).is_none() || is_of_environment(router, credential) {
                    continue;
                }
                match self.kept(&router.name, credential)? {
                    Kept::Secret(secret) => router.set_password(credential, Some(secret)),
                    Kept::Nothing => router.set_password(credential, None),
                    Kept::Locked => router.lock(credential),
                }
            }
        }
        Ok(())
    }
}
