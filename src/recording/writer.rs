//! Writing a recording.

use super::line::Header;
use super::scribe::Written;
use std::io::{self, Write};
use zstd::stream::raw::CParameter;

/// Of the levels tried on our JSON the smallest result in the least time.
const LEVEL: i32 = 1;

/// Powers of two that make it smaller still, in a third less time than with those of the level: our rows resemble
/// those right before them, and tables this small stay in the processor's caches.
const WINDOW: u32 = 17;
const HASHES: u32 = 12;

/// Writes the lines of one recording, compressed.
pub struct Writer<W: Write> {
    out: zstd::Encoder<'static, Counted<W>>,
    line: Vec<u8>,
    flushed: bool,
}

/// Counts what is written to the file.
struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> Writer<W> {
    /// Begins a recording.
    pub fn new(inner: W, header: &Header) -> io::Result<Self> {
        let mut out = zstd::Encoder::new(Counted { inner, bytes: 0 }, LEVEL)?;
        out.include_checksum(true)?;
        out.set_parameter(CParameter::WindowLog(WINDOW))?;
        out.set_parameter(CParameter::HashLog(HASHES))?;
        let mut this = Self { out, line: Vec::new(), flushed: true };
        serde_json::to_writer(&mut this.line, header)?;
        this.end_line()?;
        this.flush()?;
        Ok(this)
    }

    /// Writes a line.
    pub fn write(&mut self, written: Written<'_>) -> io::Result<()> {
        match written {
            Written::Line(line) => serde_json::to_writer(&mut self.line, line)?,
            Written::Rows { at, table, rows } => {
                write!(self.line, "{{\"at\":{at},\"table\":{table},\"rows\":{{")?;
                self.line.extend_from_slice(rows);
                self.line.extend_from_slice(b"}}");
            }
        }
        self.end_line()
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.line.clear();
        self.flushed = false;
        Ok(())
    }

    /// Sees to it that all lines so far are in the file, so that they can be read even if no more comes.
    pub fn flush(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.flushed, true) {
            return Ok(());
        }
        self.out.flush()
    }

    /// The size of the file so far, in bytes.
    pub fn size(&self) -> u64 {
        self.out.get_ref().bytes
    }

    /// Ends the recording and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        let mut counted = self.out.finish()?;
        counted.flush()?;
        Ok(counted.inner)
    }
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({} bytes)", self.size())
    }
}
