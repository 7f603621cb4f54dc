//! The second factor: codes of a device (TOTP, RFC 6238), and recovery codes for the day that device is lost.

use super::audit::Deed;
use super::bearer;
use super::people::{People, Unavailable, lock};
use super::records;
use super::role::Actor;
use super::sign_in::account;
use super::user::UserError;
use super::vault::VaultError;
use jiff::Timestamp;
use qrcode::QrCode;
use qrcode::render::svg;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::{BTreeMap, VecDeque};
use totp_rs::{Builder, Secret, Totp};

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// Wrong codes an hour of one account, wherever they come from: whoever makes them knows the password, and with many
/// addresses would find one of a million codes in days. A recovery code still lets the owner in.
const WRONG_CODES_AN_HOUR: usize = 30;

/// Seconds in which a code is the same, before and after which it is taken as well.
const STEP: u64 = 30;

/// What a device needs to show codes. It counts once a code of it was confirmed.
#[derive(Debug)]
pub struct TotpOffer {
    /// The secret in base32, for typing.
    pub secret: SecretString,
    /// The same with all that belongs to it, as devices take it.
    pub uri: SecretString,
    /// That as a picture: an `<svg>` element. As secret as the rest.
    pub svg: SecretString,
}

/// What somebody typed for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// Nothing that lets them in.
    Wrong,
    /// What their device shows.
    Device,
    /// A recovery code.
    Recovery {
        /// How many are left.
        left: usize,
    },
}

/// What was offered and not confirmed, and wrong codes.
#[derive(Default)]
pub(super) struct Offers {
    secrets: BTreeMap<String, SecretString>,
    wrong: BTreeMap<String, VecDeque<Timestamp>>,
}

impl People {
    /// Offers a second factor to a user; an earlier offer is void. One that is in use stays until the new one is
    /// confirmed.
    pub fn begin_totp(&self, name: &str) -> Result<TotpOffer, UserError> {
        let key = account(name);
        let name = self.known().users.get(&key).map(|user| user.name.clone()).ok_or(UserError::NoSuchUser)?;
        let bytes = bearer::chance::<20>()?;
        let secret = SecretString::from(Secret::from(*bytes).to_base32());
        let uri = totp(&secret, &name).and_then(|totp| totp.to_url().ok()).ok_or(Unavailable::Hash)?;
        let code = QrCode::new(uri.as_bytes()).map_err(|_| Unavailable::Hash)?;
        let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
        // Within a page an element stands without its declaration.
        let picture = picture.find("<svg").and_then(|start| picture.get(start..)).unwrap_or_default();
        lock(&self.0.offers).secrets.insert(key, secret.clone());
        Ok(TotpOffer { secret, uri: SecretString::from(uri), svg: SecretString::from(picture) })
    }

    /// Takes the second factor into use, if the device shows the right code; gives recovery codes, shown this once.
    pub fn confirm_totp(
        &self,
        by: &Actor,
        name: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Vec<SecretString>, UserError> {
        let key = account(name);
        let secret = lock(&self.0.offers).secrets.get(&key).cloned().ok_or(UserError::NoOffer)?;
        let last_step = step(&secret, code, now).ok_or(UserError::WrongCode)?;
        let codes: Vec<SecretString> =
            (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<_, _>>()?;
        let recovery = codes.iter().map(|code| bearer::digest(&normal(code))).collect();
        self.change(now, |known, draft| {
            let mut user = known.users.get(&key).ok_or(UserError::NoSuchUser)?.clone();
            // Before the record says that it is needed: after a crash in between it is only superfluous.
            self.0.vault.keep(&vault_id(&key), &secret).map_err(Unavailable::from)?;
            draft.deeds.push(Deed::done(by, "user.totp", user.name.as_str()));
            user.totp = Some(records::Totp { last_step, recovery });
            draft.users.insert(key.clone(), user);
            Ok::<_, UserError>(())
        })?;
        lock(&self.0.offers).secrets.remove(&key);
        Ok(codes)
    }

    /// Takes the second factor from a user.
    pub fn remove_totp(&self, by: &Actor, name: &str, now: Timestamp) -> Result<(), UserError> {
        let key = account(name);
        self.change(now, |known, draft| {
            let mut user = known.users.get(&key).ok_or(UserError::NoSuchUser)?.clone();
            user.totp = None;
            draft.deeds.push(Deed::done(by, "user.totp_remove", user.name.as_str()));
            draft.users.insert(key.clone(), user);
            Ok::<_, UserError>(())
        })?;
        Ok(self.0.vault.forget(&vault_id(&key)).map_err(Unavailable::from)?)
    }

    /// What a code is; one that is right is used up then.
    pub(super) fn use_code(
        &self,
        key: &str,
        user: &mut records::User,
        code: &SecretString,
        now: Timestamp,
    ) -> Result<Code, Unavailable> {
        let Some(totp) = &mut user.totp else { return Ok(Code::Wrong) };
        let digest = bearer::digest(&normal(code));
        if let Some(at) = totp.recovery.iter().position(|kept| *kept == digest) {
            totp.recovery.remove(at);
            return Ok(Code::Recovery { left: totp.recovery.len() });
        }
        if lock(&self.0.offers).has_too_many_wrong(key, now) {
            return Ok(Code::Wrong);
        }
        let secret = match self.0.vault.find(&vault_id(key)) {
            Ok(secret) => secret,
            Err(VaultError::OtherKey | VaultError::Changed) => None,
            Err(other) => return Err(other.into()),
        };
        let step = secret.and_then(|secret| step(&secret, code.expose_secret(), now));
        match step {
            // A code that somebody saw over a shoulder is worth nothing once it was used.
            Some(step) if totp.last_step < step => {
                totp.last_step = step;
                Ok(Code::Device)
            }
            _ => {
                lock(&self.0.offers).wrong.entry(key.to_owned()).or_default().push_back(now);
                Ok(Code::Wrong)
            }
        }
    }

    /// Tells whose second factor cannot be read with the keys there are.
    pub(super) fn warn_of_lost_totp(&self) {
        for (key, user) in self.known().users.iter().filter(|(_, user)| user.totp.is_some()) {
            if !matches!(self.0.vault.find(&vault_id(key)), Ok(Some(_))) {
                tracing::warn!(
                    user.name = %user.name,
                    "the second factor of `{}` cannot be read: until its key is back, or an admin removes it, only a \
                     recovery code lets them in",
                    user.name
                );
            }
        }
    }
}

impl Offers {
    fn has_too_many_wrong(&mut self, key: &str, now: Timestamp) -> bool {
        let Some(wrong) = self.wrong.get_mut(key) else { return false };
        wrong.retain(|at| (0..3600).contains(&now.duration_since(*at).as_secs()));
        WRONG_CODES_AN_HOUR <= wrong.len()
    }
}

fn totp(secret: &SecretString, name: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret.expose_secret()).ok()?;
    let builder = Builder::new().with_secret(secret).with_step_duration(STEP).with_skew(1);
    builder.with_account_name(name).with_issuer(Some("tikwatch")).build().ok()
}

/// The step of which this is the code, if it is one of now.
fn step(secret: &SecretString, code: &str, now: Timestamp) -> Option<u64> {
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    totp(secret, "x")?.check(&code, u64::try_from(now.as_second()).ok()?)
}

/// A recovery code: 80 bits, in four groups that can be copied by hand.
fn recovery_code() -> Result<SecretString, Unavailable> {
    let bytes = bearer::chance::<10>()?;
    let text = Secret::from(&bytes[..]).to_base32().to_lowercase();
    let groups: Vec<&str> = (0..4).filter_map(|group| text.get(4 * group..4 * group + 4)).collect();
    Ok(SecretString::from(groups.join("-")))
}

/// A recovery code however it was typed.
fn normal(code: &SecretString) -> String {
    let letters = code.expose_secret().chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

fn vault_id(key: &str) -> String {
    format!("user:{key}:totp")
}
