//! Whether whoever answers is the router, and what the router lets our user do.

use crate::domain::credential::Credential;
use crate::domain::rights::{granted, missing, needless};
use crate::domain::snapshot::Snapshot;
use crate::domain::visible::{brief, visible};
use crate::web::errors::PageError;
use crate::web::templates::Templates;
use serde::Serialize;

/// How far router and user can be trusted, as far as that is known.
#[derive(Serialize)]
pub(super) struct Trust {
    protection: &'static str,
    /// The SHA-256 of the certificate on the last connection.
    fingerprint: Option<String>,
    rights: Option<Rights>,
}

#[derive(Serialize)]
struct Rights {
    group: String,
    policies: String,
    /// What watching needs and the group lacks.
    missing: String,
    /// What the group allows beyond that, in the reader's language.
    needless: String,
}

impl Trust {
    pub(super) fn new(snapshot: &Snapshot, templates: &Templates) -> Result<Self, PageError> {
        let rights = |(group, policy): (&str, &str)| -> Result<Rights, PageError> {
            let granted = granted(policy);
            let needless = needless(&granted, Credential::Watch);
            let needless =
                needless.iter().map(|(policy, _)| templates.text(&format!("found.policy.{policy}")));
            Ok(Rights {
                group: brief(group).into_owned(),
                policies: visible(&granted.join(", ")).into_owned(),
                missing: missing(&granted, Credential::Watch).join(", "),
                needless: needless.collect::<Result<Vec<_>, _>>()?.join(" · "),
            })
        };
        Ok(Self {
            protection: snapshot.link.protection_word().unwrap_or_default(),
            fingerprint: snapshot.calls.certificate.map(|fingerprint| fingerprint.to_string()),
            rights: snapshot.system.rights().map(rights).transpose()?,
        })
    }
}
