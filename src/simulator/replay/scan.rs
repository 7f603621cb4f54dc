//! The first reading of a recording: what is in it, and whether all of it makes sense.

use super::clock::ReplayClock;
use super::tables::Tables;
use super::{ReplayError, open};
use crate::recording::{Device, Ending, Header, TableLine};
use std::path::Path;
use std::time::Duration;

/// Memory that the tables may take, in bytes: always, and for each byte of the file. Tables of honest recordings take
/// some ten times the size of their file.
const MEMORY_ALWAYS: usize = 20 << 20;
const MEMORY_A_BYTE: usize = 20;

/// What is in a recording.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// All tables, in the order of their numbers.
    pub(super) tables: Vec<TableLine>,
    /// When each table was read first, in milliseconds.
    pub(super) first: Vec<Option<u64>>,
    /// What the router was at first.
    pub(super) device: Device,
    /// How long it is.
    pub(super) length: Duration,
    /// How it ends.
    pub(super) ending: Ending,
}

/// Reads a recording through.
pub(super) fn scan(file: &Path) -> Result<(Header, Summary), ReplayError> {
    let size = std::fs::metadata(file).map(|file| file.len()).unwrap_or_default();
    let most = MEMORY_ALWAYS
        .saturating_add(usize::try_from(size).unwrap_or(usize::MAX).saturating_mul(MEMORY_A_BYTE));
    let mut reader = open(file)?;
    let mut summary = Summary::default();
    let scratch = Tables::new(&[], ReplayClock::new(Duration::ZERO, 1.0, Duration::ZERO));
    let damaged = |damage| ReplayError::Damaged { file: file.to_owned(), damage };
    while let Some(line) = reader.next_line().map_err(damaged)? {
        let number = reader.line_number();
        summary.length = Duration::from_millis(line.at);
        if let Some(device) = &line.device
            && summary.device == Device::default()
        {
            summary.device = device.clone();
        }
        if let Some(table) = line.table.map(|table| table as usize) {
            if let Some(reads) = &line.reads {
                if table != summary.tables.len() || !scratch.declare(reads) {
                    return Err(damaged(
                        reader.wrong("a table is declared twice, or there are too many".to_owned()),
                    ));
                }
                summary.tables.push(reads.clone());
                summary.first.push(None);
            }
            match summary.first.get_mut(table) {
                Some(first) if !line.rows.is_empty() => {
                    first.get_or_insert(line.at);
                }
                Some(_) => {}
                None => {
                    return Err(damaged(
                        reader.wrong("it is about a table that was never declared".to_owned()),
                    ));
                }
            }
        }
        if most < scratch.apply(&line) {
            return Err(ReplayError::TooLarge { file: file.to_owned(), line: number });
        }
    }
    summary.ending = reader.ending().unwrap_or(Ending::CutOff);
    Ok((reader.header().clone(), summary))
}
