//! The passphrase of a backup: from a file, or asked for at the terminal. Never from the command line, which others on
//! the machine can see.

use super::Failure;
use anyhow::{Context as _, anyhow};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret as _, SecretString};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
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
    let typed = line(&terminal);
    drop(silent);
    terminal.write_all(b"\n")?;
    typed
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silent(File, Termios);

impl Silent {
    fn begin(terminal: File) -> anyhow::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self(terminal, before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that went away needs nothing back.
        let _ = tcsetattr(&self.0, OptionalActions::Now, &self.1);
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
}
