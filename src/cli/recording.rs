//! The words of `tikwatch record` and `tikwatch replay`.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tikwatch::domain::router::RouterName;
use tikwatch::domain::units;
use tikwatch::settings::loopback;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The router and its credentials come from the settings, .env and the environment, as for the service. Once a service
has started, passwords are sealed in its data folder: name it with --data.

Examples:
  tikwatch record --router ccr1 --out ccr1.jsonl.zst --for 10m
  tikwatch record --data data --router ccr1 --out ccr1.jsonl.zst --for 10m
  tikwatch record --settings /etc/tikwatch.json --router ccr1 --out bug.jsonl.zst --for 2m --redact

Exit codes:
  0  recorded
  1  the router was never reached, it failed while recording, or the recording lacks a table that was read
  2  wrong usage, wrong settings, or the file exists already")]
pub(crate) struct Record {
    /// The settings file. Without this option ./settings.json is read. [default: settings.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// The data folder of a service that is stopped, where the password is sealed. A running service records by itself:
    /// write "record": true into its settings.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Which router of the settings; not needed if there is only one.
    #[arg(long, value_name = "NAME")]
    pub(crate) router: Option<RouterName>,
    /// The file to write; it must not exist yet.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How long, such as 90s, 10m or 1h30m; SIGINT and SIGTERM end it earlier.
    #[arg(long = "for", value_name = "TIME", default_value = "10m", value_parser = time)]
    pub(crate) time: Duration,
    /// Replace subscribers' and hotspot users' names, MAC addresses, public IP addresses, comments, host names, serial
    /// numbers, the router's identity and words of its log by stand-ins of the same shape, the same ones everywhere
    /// in the file.
    #[arg(long)]
    pub(crate) redact: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Replay {
    /// The recording.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where it listens (port 0: any free one).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8728", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) pace: Pace,
    /// Who may sign in; without this option anybody may.
    #[arg(long, value_name = "U")]
    pub(crate) user: Option<String>,
    /// The password of that user, for tests: others on this machine can see it. [default: empty]
    #[arg(long, value_name = "P", requires = "user")]
    pub(crate) password: Option<String>,
}

/// How fast a recording is replayed, and from where on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Pace {
    /// How many times faster than it was recorded: 0.1 to 1000. [default: 1]
    #[arg(long, value_name = "N", value_parser = speed)]
    pub(crate) speed: Option<f64>,
    /// Begin again at the end; else the last values hold.
    #[arg(long = "loop")]
    pub(crate) repeats: bool,
    /// Where in the recording to begin, such as +5m. [default: +0s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<Duration>,
}

impl Pace {
    pub(crate) fn is_given(&self) -> bool {
        self.speed.is_some() || self.repeats || self.from.is_some()
    }
}

/// A time as RouterOS writes it, perhaps with a plus.
fn time(text: &str) -> Result<Duration, String> {
    units::duration(text.strip_prefix('+').unwrap_or(text))
        .ok_or_else(|| "must be a time such as 90s, 10m or 1h30m".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.1..=1000.0).contains(speed));
    speed.ok_or_else(|| "must be a number from 0.1 to 1000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_on_a_router() {
        assert_eq!(time("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(time("+1h30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "10", "ten", "-5m", "5x"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_speed_is_a_sensible_number() {
        assert_eq!(speed("10"), Ok(10.0));
        assert_eq!(speed("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "NaN", "inf", "fast", "1e9"] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }
}
