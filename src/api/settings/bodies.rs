//! What programs send to change settings.

use crate::api::wire::Typed;
use crate::domain::configuration::Draft;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A router as it shall be set. Keys that are left out are as if they were not in the file; passwords that are left out
/// stay as they are, unless host, port or TLS are changed.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RouterBody {
    /// Its name; that of a router that is there cannot be changed. In a test it may be left out; that of a router that is
    /// there has its password used, if none is given and it leads where it is meant for.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    name: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    label: Option<String>,
    #[schema(min_length = 1, max_length = 253)]
    host: String,
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u32>,
    #[schema(min_length = 1, max_length = 255)]
    username: String,
    /// Empty is none.
    #[serde(skip_serializing)]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    password: Option<Typed>,
    #[schema(value_type = Option<TlsWord>)]
    tls: Option<String>,
    ca_file: Option<String>,
    check_host_name: Option<bool>,
    fingerprint: Option<String>,
    code_page: Option<String>,
    enabled: Option<bool>,
    #[schema(minimum = 1, maximum = 3600)]
    poll_seconds: Option<u32>,
    /// Tables that are read otherwise than usual, by menu: seconds, or `"off"`.
    #[schema(value_type = Option<Object>)]
    tables: Option<BTreeMap<String, Value>>,
    #[schema(minimum = 1, maximum = 120)]
    deadline_seconds: Option<u32>,
    forbid_clear_sign_in: Option<bool>,
    record: Option<bool>,
    /// Whether something may be changed on it; usually not.
    write_mode: Option<bool>,
    /// Who signs in to change something; left out, it is the user who watches, and a kept `write_password` is forgotten.
    #[schema(min_length = 1, max_length = 255)]
    write_username: Option<String>,
    /// The password of that user. Empty is none.
    #[serde(skip_serializing)]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    write_password: Option<Typed>,
    /// The version of the settings that a change was made from. A new router and a test need none.
    #[serde(skip_serializing)]
    pub(super) version: Option<u64>,
}

super::super::words::words! {
    /// Whether and how a connection is protected.
    TlsWord: Off, Verify, Pin, Anonymous;
}

impl RouterBody {
    /// All keys, those that are left out as null.
    pub(super) fn draft(mut self) -> Draft {
        let password = self.password.take().map(|Typed(password)| password);
        let write_password = self.write_password.take().map(|Typed(password)| password);
        let values = match serde_json::to_value(&self) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(),
        };
        Draft { values, password, write_password }
    }

    /// Its name, if it has one.
    pub(super) fn name(&self) -> Option<String> {
        self.name.clone()
    }
}

/// The keys beside the routers, but for `backups`, which stay as they are in the file; those of these that are left out are
/// as if they were not in the file.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct GeneralBody {
    /// The version of the settings that the change was made from.
    #[serde(skip_serializing)]
    version: u64,
    /// Counts from the next start.
    listen: Option<String>,
    /// Counts from the next start.
    allowed_hosts: Option<Vec<String>>,
    /// Counts from the next start.
    trusted_proxies: Option<Vec<String>>,
    /// Counts at once, unless the environment or the command line decides it.
    log_level: Option<String>,
    /// Whether routers at addresses of this machine may be added and tested.
    allow_loopback_routers: Option<bool>,
}

impl GeneralBody {
    pub(super) fn values(self) -> (u64, Map<String, Value>) {
        let values = match serde_json::to_value(&self) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(),
        };
        (self.version, values)
    }
}

/// Where a router goes in the list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MoveBody {
    /// One place up, else one place down.
    pub(super) up: bool,
    pub(super) version: Option<u64>,
}
