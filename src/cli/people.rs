//! The words of `tikwatch user` and `tikwatch token`.

use super::DataFolder;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use tikwatch::access::{Role, Scope, VisitId};
use tikwatch::domain::router::RouterName;

const USER_EXAMPLES: &str = "\
The password is the first line of stdin, never an option, which others on the machine could see. It has at least 12
characters, and is none of those that are guessed first.

Examples:
  tikwatch user add ana --role admin --password-stdin < password.txt
  tikwatch user add bob --role viewer --routers ccr1,ccr2 --password-stdin < password.txt
  tikwatch user reset-password ana --data /var/lib/tikwatch/data --password-stdin < password.txt
  tikwatch user list

Exit codes:
  0  done
  1  the data folder cannot be written
  2  nothing was changed: wrong usage, or the service is running (do it on its pages then)";

const TOKEN_EXAMPLES: &str = "\
A token is shown this once; what is kept of it lets nobody in.

Examples:
  tikwatch token create --name backup --role viewer > token.txt
  tikwatch token create --name billing --role operator --write --routers ccr1,ccr2 --expires 90d
  tikwatch token list
  tikwatch token revoke 0123456789abcdef

Exit codes:
  0  done
  1  the data folder cannot be written
  2  nothing was changed: wrong usage, or the service is running (do it on its pages then)";

#[derive(Debug, Clone, Subcommand)]
#[command(after_help = USER_EXAMPLES)]
pub(crate) enum User {
    /// Add a user.
    #[command(after_help = USER_EXAMPLES)]
    Add(AddUser),
    /// List the users.
    List(DataFolder),
    /// Keep a user out; sessions and tokens end at once.
    Disable(NamedUser),
    /// Let a user in again.
    Enable(NamedUser),
    /// Give a user another password; sessions end.
    #[command(after_help = USER_EXAMPLES)]
    ResetPassword(ResetPassword),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct NamedUser {
    /// The user's name, in whatever letters.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) folder: DataFolder,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AddUser {
    /// The name to sign in with: letters, digits, `.`, `-`, `_` and `@`.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What the user may do: viewer (reads), operator (reads, manages groups, acts on routers whose write
    /// mode is on) or admin (everything).
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Role,
    /// The routers that the user knows of, with commas. [default: all]
    #[arg(long, value_name = "ROUTERS", value_delimiter = ',')]
    pub(crate) routers: Option<Vec<RouterName>>,
    /// Read the password from the first line of stdin.
    #[arg(long, required = true)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) folder: DataFolder,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ResetPassword {
    /// The user's name, in whatever letters.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Read the password from the first line of stdin.
    #[arg(long, required = true)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) folder: DataFolder,
}

#[derive(Debug, Clone, Subcommand)]
#[command(after_help = TOKEN_EXAMPLES)]
pub(crate) enum Token {
    /// Make a token, which alone goes to stdout.
    #[command(after_help = TOKEN_EXAMPLES)]
    Create(CreateToken),
    /// List the tokens, without themselves.
    List(DataFolder),
    /// End a token.
    Revoke(RevokeToken),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CreateToken {
    /// What it is for.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// What its program may do: viewer, operator or admin.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Role,
    /// Let its program change what the role may change; without this option it only reads.
    #[arg(long)]
    pub(crate) write: bool,
    /// The routers that its program knows of, with commas. [default: all]
    #[arg(long, value_name = "ROUTERS", value_delimiter = ',')]
    pub(crate) routers: Option<Vec<RouterName>>,
    /// When it ends by itself: so many days (90d), hours (12h) or minutes (30m) from now. [default: never]
    #[arg(long, value_name = "TIME", value_parser = life)]
    pub(crate) expires: Option<SignedDuration>,
    #[command(flatten)]
    pub(crate) folder: DataFolder,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RevokeToken {
    /// The token's id, as `token list` shows it.
    #[arg(value_name = "ID")]
    pub(crate) id: VisitId,
    #[command(flatten)]
    pub(crate) folder: DataFolder,
}

/// The scope of these routers.
pub(crate) fn scope(routers: Option<Vec<RouterName>>) -> Scope {
    routers.map_or(Scope::ALL, Scope::only)
}

/// A time from now; the moment it is, once the clock is read.
pub(crate) fn after(life: Option<SignedDuration>, now: Timestamp) -> Option<Timestamp> {
    life.map(|life| now.saturating_add(life).unwrap_or(Timestamp::MAX))
}

/// More than this is forever.
const LONGEST_HOURS: i64 = 100 * 366 * 24;

fn life(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "such as 90d, 12h or 30m".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let count: u32 = text.strip_suffix(unit).and_then(|count| count.parse().ok()).ok_or_else(wrong)?;
    let life = match unit {
        'd' => SignedDuration::from_hours(24 * i64::from(count)),
        'h' => SignedDuration::from_hours(count.into()),
        'm' => SignedDuration::from_mins(count.into()),
        _ => return Err(wrong()),
    };
    let is_possible = SignedDuration::ZERO < life && life <= SignedDuration::from_hours(LONGEST_HOURS);
    if is_possible { Ok(life) } else { Err("from 1m to 36600d".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_in_days_hours_or_minutes() {
        assert_eq!(life("90d"), Ok(SignedDuration::from_hours(90 * 24)));
        assert_eq!(life("12h"), Ok(SignedDuration::from_hours(12)));
        assert_eq!(life("30m"), Ok(SignedDuration::from_mins(30)));
        for wrong in ["", "d", "90", "-1d", "0d", "1.5h", "9é", "4294967295d", "99999999999d"] {
            assert!(life(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_life_ends_after_it_began() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(after(None, now), None);
        assert_eq!(
            after(Some(SignedDuration::from_mins(1)), now),
            Timestamp::from_second(1_800_000_060).ok()
        );
    }
}
