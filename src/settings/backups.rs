//! Backups that are made by themselves: how often, how many are kept and for how long, and where.

use super::document::Node;
use super::fields::Fields;
use super::problems::Problems;
use crate::domain::wrong::Wrong;
use std::path::{Path, PathBuf};

const KEYS: [&str; 4] = ["every_hours", "keep", "keep_days", "folder"];

/// How backups are made by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// How many hours lie between two; none are made with 0.
    pub every_hours: u16,
    /// How many are kept at most.
    pub keep: u16,
    /// For how many days one is kept at most.
    pub keep_days: u16,
    /// Where, if not in the data folder.
    pub folder: Option<PathBuf>,
}

impl Default for BackupSettings {
    /// A day apart, seven, a month.
    fn default() -> Self {
        Self { every_hours: 24, keep: 7, keep_days: 30, folder: None }
    }
}

impl BackupSettings {
    /// Takes `backups`; its folder counts from that of the settings.
    pub(super) fn take(top: &mut Fields, settings: &Path, problems: &mut Problems) -> Self {
        let usual = Self::default();
        let Some(field) = top.take("backups") else { return usual };
        if !matches!(field.value, Node::Object(_)) {
            problems.add(field.path, Wrong::NotObject(field.value.kind()));
            return usual;
        }
        let mut fields = Fields::of(field.value, &field.path, problems);
        let made = Self {
            every_hours: fields.whole("every_hours", 0..=8760, problems).unwrap_or(usual.every_hours),
            keep: fields.whole("keep", 1..=1000, problems).unwrap_or(usual.keep),
            keep_days: fields.whole("keep_days", 1..=3650, problems).unwrap_or(usual.keep_days),
            folder: fields.parsed("folder", problems, folder).map(|folder| settings.join(folder)),
        };
        fields.finish(&KEYS, problems);
        made
    }
}

fn folder(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() || 4096 < text.len() || text.chars().any(char::is_control) {
        return Err(Wrong::Folder);
    }
    Ok(PathBuf::from(text))
}
