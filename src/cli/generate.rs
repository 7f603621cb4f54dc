//! The words of `tikwatch generate`: what packages install beside the program, made of the command line itself.

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io::Result;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub(crate) struct Generate {
    /// The folder to write to, which is made if need be; files of the same names are replaced.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
}

/// Shells that packages have a place for, and the file that each of them looks for.
const COMPLETIONS: [(Shell, &str); 3] =
    [(Shell::Bash, "tikwatch.bash"), (Shell::Zsh, "_tikwatch"), (Shell::Fish, "tikwatch.fish")];

impl Generate {
    /// Writes a man page for each command and the completions; gives how many files there are now.
    pub(crate) fn write(&self, mut command: Command) -> Result<usize> {
        std::fs::create_dir_all(&self.out)?;
        let mut files = Vec::new();
        for (shell, name) in COMPLETIONS {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command.clone(), "tikwatch", &mut text);
            files.push((name.to_owned(), text));
        }
        // `tikwatch help check` shows what `tikwatch check --help` does, and needs no page of its own.
        command = command.disable_help_subcommand(true);
        command.build();
        pages(&command, &mut files)?;
        for (name, text) in &files {
            std::fs::write(self.out.join(name), text)?;
        }
        Ok(files.len())
    }
}

/// The man pages of a command and of all below it, each with the name of its file.
fn pages(command: &Command, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let man = Man::new(command.clone()).source(concat!("tikwatch ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(text) = command.get_after_help() {
        after(&text.to_string()).to_writer(&mut page)?;
    }
    files.push((man.get_filename(), page));
    command.get_subcommands().try_for_each(|one| pages(one, files))
}

/// What help says at its end, as sections: clap_mangen would run its examples together into one paragraph.
fn after(text: &str) -> Roff {
    let mut page = Roff::new();
    for block in text.split("\n\n") {
        let Some((heading, lines)) = block.split_once(":\n  ") else {
            page.control("SH", ["NOTES"]).text([roman(block)]);
            continue;
        };
        let (heading, more) = heading.split_once(", ").unwrap_or((heading, ""));
        page.control("SH", [heading.to_uppercase().as_str()]);
        if !more.is_empty() {
            page.text([roman(format!("({more})"))]);
        }
        page.control("PP", []).control("nf", []);
        for line in lines.lines() {
            page.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        page.control("fi", []);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_keep_their_lines_and_paragraphs_become_notes() {
        let text = "A word\nbefore.\n\nExamples:\n  tikwatch a-b   c\n  tikwatch d\n\nVariables, also from x:\n  A  b";
        let page = after(text).to_roff();
        for expect in [
            ".SH NOTES\nA word\nbefore.\n",
            ".SH EXAMPLES\n.PP\n.nf\ntikwatch a\\-b   c\ntikwatch d\n.fi\n",
            ".SH VARIABLES\n(also from x)\n.PP\n.nf\nA  b\n.fi",
        ] {
            assert!(page.contains(expect), "{expect}\nis not in\n{page}");
        }
    }
}
