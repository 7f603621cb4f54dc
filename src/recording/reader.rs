//! Reading a recording, believing nothing.

use super::VERSION;
use super::line::{Header, Line};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// The longest line that is taken; ours are far shorter.
const LONGEST_LINE: usize = 1 << 20;

/// What a recording may unpack to whatever its size, and for each byte of the file. Ours unpack to 5 to 20 times
/// their size; 42 kB that unpack to gigabytes are an attack.
const UNPACKED_ALWAYS: u64 = 2 << 20;
const UNPACKED_A_BYTE: u64 = 64;

/// How all that zstd packed begins.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The memory that unpacking may take, as a power of two; we write with less.
const WINDOW: u32 = 23;

/// Why a file cannot be read as a recording.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It is something else.
    #[error("this is no recording of tikwatch")]
    Foreign,
    /// A later version wrote it.
    #[error(
        "this recording has version {0} of the format, and this tikwatch reads up to version {VERSION}: update it"
    )]
    Newer(u32),
    /// It cannot be unpacked from its beginning on.
    #[error("this recording is damaged from its beginning on: {0}")]
    Beginning(String),
    /// It cannot be unpacked from some place on.
    #[error("the recording is damaged after line {line}: {what}")]
    Packed {
        /// The last line that was good.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// A line makes no sense.
    #[error("line {line} of the recording is damaged: {what}")]
    Line {
        /// Which one, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// It unpacks to far more than any recording does.
    #[error(
        "line {0} of the recording: it unpacks to far more than a recording does, so it is not read any further"
    )]
    Bomb(u64),
    /// The file cannot be read.
    #[error("the recording cannot be read")]
    Io(#[from] io::Error),
}

/// How a recording ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    #[default]
    Whole,
    /// In mid-air: whoever wrote it was stopped, or the file was cut. What came before is good.
    CutOff,
}

/// Reads the lines of one recording.
pub struct Reader<R: Read> {
    lines: Lines<R>,
    header: Header,
    last_at: u64,
}

/// The lines as they stand.
struct Lines<R: Read> {
    unpacking: BufReader<zstd::Decoder<'static, BufReader<Counted<R>>>>,
    line: Vec<u8>,
    number: u64,
    unpacked: u64,
    ending: Option<Ending>,
}

/// Counts what is read from the file.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: Read> Reader<R> {
    /// Opens a recording: reads what it is.
    pub fn new(inner: R) -> Result<Self, Damage> {
        let mut inner = BufReader::new(Counted { inner, bytes: 0 });
        if !inner.fill_buf()?.starts_with(&MAGIC) {
            return Err(Damage::Foreign);
        }
        let mut decoder = zstd::Decoder::with_buffer(inner)?;
        decoder.window_log_max(WINDOW)?;
        let unpacking = BufReader::with_capacity(64 << 10, decoder);
        let mut lines = Lines { unpacking, line: Vec::new(), number: 0, unpacked: 0, ending: None };
        match lines.read() {
            Ok(true) => {}
            Ok(false) => return Err(Damage::Foreign),
            Err(Damage::Packed { what, .. }) => return Err(Damage::Beginning(what)),
            Err(damage) => return Err(damage),
        }
        let header = header_of(&lines.line)?;
        Ok(Self { lines, header, last_at: 0 })
    }

    /// What the recording is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next line; `None` at the end.
    pub fn next_line(&mut self) -> Result<Option<Line>, Damage> {
        if self.lines.ending.is_some() || !self.lines.read()? {
            return Ok(None);
        }
        let line: Line =
            serde_json::from_slice(&self.lines.line).map_err(|error| self.wrong(error.to_string()))?;
        if line.at < self.last_at {
            return Err(self.wrong("its time lies before the line above".to_owned()));
        }
        self.last_at = line.at;
        Ok(Some(line))
    }

    /// The number of the last line, from 1.
    pub fn line_number(&self) -> u64 {
        self.lines.number
    }

    /// Says that the last line makes no sense.
    pub fn wrong(&self, what: String) -> Damage {
        Damage::Line { line: self.lines.number, what }
    }

    /// How it ended; `None` before the end.
    pub fn ending(&self) -> Option<Ending> {
        self.lines.ending
    }
}

impl<R: Read> Lines<R> {
    /// Reads a line, without its end; `false` at the end of the recording.
    fn read(&mut self) -> Result<bool, Damage> {
        self.line.clear();
        loop {
            let available = match self.unpacking.fill_buf() {
                Ok([]) => {
                    self.ending = Some(if self.line.is_empty() { Ending::Whole } else { Ending::CutOff });
                    return Ok(false);
                }
                Ok(available) => available,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // A line that was begun is lost with the rest.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.ending = Some(Ending::CutOff);
                    return Ok(false);
                }
                Err(error) => return Err(Damage::Packed { line: self.number, what: error.to_string() }),
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(available.len());
            self.line.extend_from_slice(available.get(..taken).unwrap_or_default());
            let used = taken + usize::from(end.is_some());
            self.unpacking.consume(used);
            self.unpacked += used as u64;
            if LONGEST_LINE < self.line.len() || self.allowed() < self.unpacked {
                return Err(Damage::Bomb(self.number + 1));
            }
            if end.is_some() {
                self.number += 1;
                return Ok(true);
            }
        }
    }

    fn allowed(&self) -> u64 {
        let packed = self.unpacking.get_ref().get_ref().get_ref().bytes;
        UNPACKED_ALWAYS.saturating_add(packed.saturating_mul(UNPACKED_A_BYTE))
    }
}

fn header_of(line: &[u8]) -> Result<Header, Damage> {
    #[derive(serde::Deserialize)]
    struct Magic {
        tikwatch: String,
        version: u32,
    }
    let magic: Magic = serde_json::from_slice(line).map_err(|_| Damage::Foreign)?;
    if magic.tikwatch != "recording" {
        return Err(Damage::Foreign);
    }
    if VERSION < magic.version {
        return Err(Damage::Newer(magic.version));
    }
    serde_json::from_slice(line).map_err(|error| Damage::Line { line: 1, what: error.to_string() })
}

impl<R: Read> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({} lines)", self.lines.number)
    }
}
