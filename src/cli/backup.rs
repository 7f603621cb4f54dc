//! The words of `tikwatch backup` and `tikwatch restore`.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
In it are the settings, users, tokens, groups, the audit log and routers' sealed passwords. The key that opens those
passwords, .env and the certificate that tikwatch made are in it only if it is encrypted: without the key, routers'
passwords have to be typed again after a restore, or the key has to come from elsewhere.

A running service is asked over control.sock in its data folder; the settings are where it has them then. While it is
stopped, this command needs the key that the service has: the same user, TIKWATCH_KEY, TIKWATCH_KEY_FILE or credential.

Examples:
  tikwatch backup --encrypt
  tikwatch backup --data /var/lib/tikwatch/data --passphrase-file passphrase.txt --out /mnt/monday.tikwatch-backup
  tikwatch backup --recordings --out all.tikwatch-backup
  tikwatch backup --out - > monday.tikwatch-backup

Exit codes:
  0  made
  1  it could not be written, or the service broke off
  2  nothing was written: wrong usage, the file is there already, there is no data folder, it is another user's, or its
     key is not here")]
pub(crate) struct Backup {
    /// The file, or - for standard output. [default: tikwatch-TIME.tikwatch-backup in this folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file if it is there already.
    #[arg(long)]
    pub(crate) force: bool,
    /// The data folder of the service.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub(crate) data: PathBuf,
    /// The settings file, if the service is stopped. [default: settings.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Encrypt it with a passphrase, which is asked for at the terminal.
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// Encrypt it with the passphrase on the first line of this file.
    #[arg(long, value_name = "FILE", conflicts_with = "encrypt")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Put recordings in it, too.
    #[arg(long)]
    pub(crate) recordings: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
All of the backup is checked before anything changes. What was there is kept in the data folder, in replaced-TIME. A
restore that was interrupted is finished when it is run again or the service is started. Everybody signs in anew.

Examples:
  tikwatch restore --check monday.tikwatch-backup
  tikwatch restore monday.tikwatch-backup
  tikwatch restore --passphrase-file p.txt monday.tikwatch-backup
  tikwatch restore --data /var/lib/tikwatch/data --settings /var/lib/tikwatch/settings.json monday.tikwatch-backup

Exit codes:
  0  restored, or with --check: the file is whole
  1  the disk failed or is full
  2  nothing was changed: the service runs, the folder is another user's, the backup is damaged, or the passphrase is
     another one")]
pub(crate) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The data folder of the service, which must be stopped.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Where the settings go; .env goes beside them. [default: settings.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// The passphrase is on the first line of this file, and a backup that is not encrypted is refused. Without this
    /// option it is asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Only check whether the file is whole.
    #[arg(long)]
    pub(crate) check: bool,
}
