//! The passphrase of a backup: from a file, or asked for at the terminal. Never from the command line, which others on
//! the machine can see.

use super::Failure;
use anyhow::{Context as _, anyhow};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret as _, SecretString};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;

/// Fewer characters can be guessed by trying: who has the file tries as often as they like.
const FEWEST_CHARACTERS: usize = 12;

/// More bytes are no passphrase but a wrong file.
const MOST_BYTES: u64 = 1024;

/// The first line of a file.
pub fn from_file(path: &Path) -> Result<SecretString, Failure> {
    let shown = path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot read the passphrase from {shown:?}"));
    line(file.map_err(Failure::Setup)?).with_context(|| shown).map_err(Failure::Setup)
}

/// Asks for the passphrase that a backup has.
pub fn ask() -> Result<SecretString, Failure> {
    typed("Passphrase of the backup: ").map_err(Failure::Setup)
}

/// Asks for the passphrase that a backup shall have, twice.
pub fn ask_for_new() -> Result<SecretString, Failure> {
    let one = typed("Passphrase for the backup: ").map_err(Failure::Setup)?;
    check(&one)?;
    let again = typed("The same once more: ").map_err(Failure::Setup)?;
    if one.expose_secret() == again.expose_secret() {
        Ok(one)
    } else {
        Err(Failure::Setup(anyhow!("the two passphrases differ: nothing was done")))
    }
}

/// Whether it is long enough to protect what is in a backup.
pub fn check(passphrase: &SecretString) -> Result<(), Failure> {
    if passphrase.expose_secret().chars().count() < FEWEST_CHARACTERS {
        return Err(Failure::Setup(anyhow!(
            "a passphrase has at least {FEWEST_CHARACTERS} characters: take some words that do not belong together"
        )));
    }
    Ok(())
}

fn line(from: impl std::io::Read) -> anyhow::Result<SecretString> {
    let mut line = zeroize::Zeroizing::new(String::new());
    BufReader::new(from.take(MOST_BYTES + 1)).read_line(&mut line).context("it is no line of text")?;
    if usize::try_from(MOST_BYTES).is_ok_and(|most| most < line.len()) {
        return Err(anyhow!("its first line is too long for a passphrase"));
    }
    let passphrase = line.trim_end_matches(['\r', '\n']);
    if passphrase.is_empty() {
        return Err(anyhow!("there is no passphrase on its first line"));
    }
    Ok(SecretString::from(passphrase))
}

/// A line that is typed at the terminal and not shown.
fn typed(question: &str) -> anyhow::Result<SecretString> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let mut terminal =
        terminal.context("there is no terminal to ask for the passphrase: use --passphrase-file")?;
    terminal.write_all(question.as_bytes())?;
    let silent = Silent::begin(terminal.try_clone()?)?;
    let mut keyboard = Keyboard { from: &terminal, interrupt: silent.interrupt, is_interrupted: false };
    let typed = line(&mut keyboard);
    let is_interrupted = keyboard.is_interrupted;
    drop(silent);
    terminal.write_all(b"\n")?;
    if is_interrupted { Err(anyhow!("interrupted: nothing was done")) } else { typed }
}

/// What is typed, until somebody wants to stop. The terminal does not end the program for it meanwhile: it would be left
/// as it is, showing nothing.
struct Keyboard<R> {
    from: R,
    /// Ctrl-C, on most terminals.
    interrupt: u8,
    is_interrupted: bool,
}

impl<R: Read> Read for Keyboard<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(into)?;
        self.is_interrupted |= into.get(..count).is_some_and(|typed| typed.contains(&self.interrupt));
        Ok(if self.is_interrupted { 0 } else { count })
    }
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silent {
    terminal: File,
    before: Termios,
    /// What is typed to stop.
    interrupt: u8,
}

impl Silent {
    fn begin(terminal: File) -> anyhow::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        // It ends a line, to be heard of at once.
        let interrupt = before.special_codes[SpecialCodeIndex::VINTR];
        silent.special_codes[SpecialCodeIndex::VEOL] = interrupt;
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before, interrupt })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that went away needs nothing back.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_the_first_line_and_long_enough() {
        let read = |text: &str| line(text.as_bytes()).map(|passphrase| passphrase.expose_secret().to_owned());
        assert_eq!(read("four words of chance\r\nand more\n").unwrap(), "four words of chance");
        for wrong in ["", "\n", &"x".repeat(2000)] {
            assert!(read(wrong).is_err());
        }
        check(&SecretString::from("twelve chars")).unwrap();
        assert!(check(&SecretString::from("eleven char")).is_err());
    }

    #[test]
    fn who_wants_to_stop_has_typed_no_passphrase() {
        let typed = |text: &'static [u8]| {
            let mut keyboard = Keyboard { from: text, interrupt: 3, is_interrupted: false };
            let passphrase = line(&mut keyboard);
            (passphrase.is_ok(), keyboard.is_interrupted)
        };
        assert_eq!(typed(b"four words of chance\n"), (true, false));
        assert_eq!(typed(b"four wor\x03"), (false, true));
        assert_eq!(typed(b"\x03"), (false, true));
    }
}
