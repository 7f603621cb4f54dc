//! Passwords of routers in a change: where they may go, and how they are kept.

use super::{Asked, SettingsKeeper, check_place, refused};
use crate::domain::configuration::{Change, Fault, Refusal};
use crate::settings::{Place, RouterSettings, Written};
use crate::store::Changes;
use crate::store::file::Replacement;
use crate::store::ledger::{Entry, Kept};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Secrets by their ids; without one, there shall be none.
pub(super) type Secrets = Vec<(String, Option<SecretString>)>;

/// Told when somebody would have a known password sent to another place.
const AGAIN: &str =
    "host, port or TLS is another: type the password again, as the one that is kept goes nowhere else";

/// Whether its password stands in the settings file, where somebody wrote it by hand.
fn is_in_file(router: &RouterSettings) -> bool {
    router.written.iter().any(|one| matches!(one.place, Place::Settings(_)))
}

impl SettingsKeeper {
    /// Nobody has a password sent elsewhere that they do not know themselves.
    pub(super) fn check_password(
        &self,
        before: Option<&RouterSettings>,
        after: &RouterSettings,
        typed: Option<&SecretString>,
    ) -> Result<(), Refusal> {
        let fault = |text: &str| Err(Refusal::Faults(vec![Fault::new("password", text)]));
        let goes_elsewhere = before.is_none_or(|before| !before.leads_where(after));
        let is_of_environment = after
            .written
            .first()
            .is_some_and(|written| matches!(written.place, Place::Environment | Place::EnvFile));
        if is_of_environment && goes_elsewhere {
            return fault(
                "it comes from the environment (MIKROTIK_PASSWORD): change host, port and TLS there, too",
            );
        }
        let is_kept = match before {
            // One that was written by hand is as good as kept: it is about to be sealed.
            Some(before) => is_in_file(before) || !matches!(self.kept(&after.name)?, Kept::Nothing),
            None => false,
        };
        if typed.is_none() && is_kept && goes_elsewhere { fault(AGAIN) } else { Ok(()) }
    }

    /// Which secrets change with a change, once it is known that they may.
    pub(super) fn secrets(
        &self,
        written: &Written,
        routers: &[RouterSettings],
        change: &Change,
    ) -> Result<Secrets, Refusal> {
        let mut secrets = Secrets::new();
        // What was written by hand meanwhile is sealed, as at the start.
        for router in routers {
            if let Some(one) = router.written.iter().find(|one| matches!(one.place, Place::Settings(_))) {
                secrets.push((RouterSettings::secret_id(&router.name), Some(one.secret.clone())));
            }
        }
        let mut faults = Vec::new();
        for (at, one) in change.each().iter().enumerate() {
            match self.secret(written, routers, one).map_err(|refusal| refusal.within(&change.place(at))) {
                Ok(secret) => secrets.extend(secret),
                Err(Refusal::Faults(wrong)) => faults.extend(wrong),
                Err(other) => return Err(other),
            }
        }
        if faults.is_empty() { Ok(secrets) } else { Err(Refusal::Faults(faults)) }
    }

    /// Which secret changes with a change of one router.
    fn secret(
        &self,
        written: &Written,
        routers: &[RouterSettings],
        change: &Change,
    ) -> Result<Option<(String, Option<SecretString>)>, Refusal> {
        let (name, typed) = match change {
            Change::AddRouter(draft) => {
                let name = draft.values.get("name").and_then(Value::as_str);
                let added = routers.iter().find(|router| Some(router.name.as_str()) == name);
                let Some(router) = added else { return Ok(None) };
                (router.name.clone(), draft.password.clone())
            }
            Change::SetRouter { name, draft } => (name.clone(), draft.password.clone()),
            Change::RemoveRouter(name) => return Ok(Some((RouterSettings::secret_id(name), None))),
            Change::MoveRouter { .. } | Change::SetGeneral(_) | Change::Several(_) => return Ok(None),
        };
        let id = RouterSettings::secret_id(&name);
        let before = written.settings.routers.iter().find(|router| router.name == name);
        if let Some(after) = routers.iter().find(|router| router.name == name) {
            self.check_password(before, after, typed.as_ref())?;
            if before.is_none_or(|before| before.endpoint.host != after.endpoint.host) {
                check_place(&after.endpoint.host, Asked::Elsewhere { allow_own: after.allow_own })?;
            }
        }
        Ok(match typed {
            Some(secret) if secret.expose_secret().is_empty() => Some((id, None)),
            Some(secret) => Some((id, Some(secret))),
            // A password that was kept for another router of this name must not go to this one.
            None if matches!(change, Change::AddRouter(_)) => Some((id, None)),
            None => None,
        })
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
        for router in routers.iter_mut() {
            let is_of_environment =
                router.written.first().is_some_and(|one| !matches!(one.place, Place::Settings(_)));
            if is_of_environment {
                continue;
            }
            match self.kept(&router.name)? {
                Kept::Secret(secret) => router.password = Some(secret),
                Kept::Nothing => router.password = None,
                Kept::Locked => router.is_locked = true,
            }
        }
        Ok(())
    }
}
