//! The words of the command line, and what they become.

mod backup;
mod check;
mod generate;
mod log;
pub(crate) mod people;
mod recording;

pub(crate) use backup::{Backup, Restore};
pub(crate) use check::Check;
pub(crate) use generate::Generate;
pub(crate) use log::Log;
pub(crate) use people::{Token, User};
pub(crate) use recording::{Pace, Record, Replay};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use tikwatch::app::options::Version;
use tikwatch::settings::{address, loopback};

const EXAMPLES: &str = "\
Examples:
  tikwatch                                    watch the routers of ./settings.json
  tikwatch --settings /etc/tikwatch.json --data /srv/tikwatch/data
  tikwatch demo                               look around with a simulated ISP
  tikwatch check --host 192.0.2.1 --user monitor --password-stdin
  tikwatch simulate --routers 3 --ros 6.49,7.14,7.21
  tikwatch record --router ccr1 --out ccr1.jsonl.zst --for 10m --redact
  tikwatch demo --replay ccr1.jsonl.zst --speed 10
  tikwatch user add ana --role admin --password-stdin < password.txt
  tikwatch token create --name backup --role viewer > token.txt
  tikwatch backup --encrypt --out monday.tikwatch-backup
  tikwatch restore monday.tikwatch-backup

Variables; those of a router and of logs for `serve` and `record` also from a file `.env` beside the settings:
  MIKROTIK_HOST, MIKROTIK_USER, MIKROTIK_PASSWORD, MIKROTIK_PORT   a router
  DEBUG=True                                                      the debug log
  TIKWATCH_LOG                                                    what is logged
  TIKWATCH_KEY, TIKWATCH_KEY_FILE                                 the key that passwords are sealed with, or its file

Exit codes:
  0  all went well, or it was asked to end
  1  something failed while it ran
  2  wrong usage, wrong settings, or a busy port";

/// Watches MikroTik routers and their subscribers, live.
///
/// Without a command it serves the dashboard for the routers of the settings.
#[derive(Debug, Parser)]
#[command(name = "tikwatch", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Serve,
    #[command(flatten)]
    pub(crate) log: Log,
}

impl Arguments {
    /// The command line of this process; ends the process with a message if it makes no sense.
    pub(crate) fn of_process() -> Self {
        Self::understand(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// Understands a command line.
    ///
    /// Options of the log may stand on either side of a command. Those of serving stand on their own or after
    /// `serve`: before a command they would have no effect, and nobody would notice.
    fn understand(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let arguments = Self::try_parse_from(words)?;
        if let Some(Command::Demo(demo)) = &arguments.command
            && demo.replay.is_none()
            && demo.pace.is_given()
        {
            return Err(Self::command()
                .error(ErrorKind::ArgumentConflict, "--speed, --loop and --from need --replay FILE"));
        }
        if arguments.command.is_some() && arguments.serve.is_given() {
            return Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                "--settings, --data and --listen stand after the command, not before it",
            ));
        }
        Ok(arguments)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the dashboard for the routers of the settings (the default).
    Serve(Serve),
    /// Serve the dashboard for a simulated ISP: nothing to set up, nothing is kept.
    Demo(Demo),
    /// Simulate routers on local ports, for other programs to talk to.
    ///
    /// One JSON line a router on stdout says that it is ready.
    Simulate(Simulate),
    /// Record what one router says into a file, to be replayed or attached to a bug report.
    ///
    /// Sign-ins, passwords and keys are never in it.
    Record(Record),
    /// Serve a recording as a router, for other programs to talk to.
    ///
    /// One JSON line on stdout says that it is ready.
    Replay(Replay),
    /// Write everything that is ours into one file, whether the service runs or not.
    Backup(Backup),
    /// Put back what is in a backup, while the service is stopped.
    Restore(Restore),
    /// The key that routers' passwords are sealed with.
    #[command(subcommand)]
    Key(Key),
    /// The people who may sign in, while the service is stopped.
    #[command(subcommand)]
    User(User),
    /// The tokens of programs, while the service is stopped.
    #[command(subcommand)]
    Token(Token),
    /// Test the connection to one router step by step: address, TLS, sign-in, rights, what there is to watch.
    ///
    /// Nothing is changed on the router. Progress is on stderr; exit code 0 if the router can be watched.
    Check(Check),
    /// Write man pages and completions for bash, zsh and fish, as packages install them.
    Generate(Generate),
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Key {
    /// Seal all credentials anew, with a new key, while the service is stopped.
    ///
    /// The new key takes the place of the old one in its file; a key that was given by TIKWATCH_KEY,
    /// TIKWATCH_KEY_FILE or systemd is not tikwatch's to change.
    Rotate(DataFolder),
}

/// The folder that a command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataFolder {
    /// The data folder of the service, which must be stopped.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// The settings file. Without this option ./settings.json is read if it is there. [default: settings.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// The folder for what must survive a restart. [default: data]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Where the dashboard listens: an address with a port, 0 for any free one. Other machines can reach all but
    /// 127.0.0.1 and [::1]: that needs HTTPS, or --insecure-http.
    ///
    /// Comes before `listen` of the settings. [default: 127.0.0.1:5000]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) protection: Protection,
}

/// How what browsers send and get is protected on its way.
#[derive(Debug, Clone, Args)]
pub(crate) struct Protection {
    /// Speak HTTPS, with a certificate that is made in the data folder at the first start.
    #[arg(long, value_name = "KIND", value_parser = ["self-signed"], conflicts_with = "tls_certificate")]
    pub(crate) tls: Option<String>,
    /// Speak HTTPS with this certificate (PEM, with its chain).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Speak plain HTTP on an address that other machines can reach: passwords and data can be read on the way, and
    /// every page says so. Meant for a network behind a proxy that speaks HTTPS.
    #[arg(long)]
    pub(crate) insecure_http: bool,
}

impl Serve {
    fn is_given(&self) -> bool {
        let Protection { tls, tls_certificate, insecure_http, .. } = &self.protection;
        self.settings.is_some()
            || self.data.is_some()
            || self.listen.is_some()
            || tls.is_some()
            || tls_certificate.is_some()
            || *insecure_http
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Demo {
    /// Where the dashboard listens: 127.0.0.1 or [::1] with a port, 0 for any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5000", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    /// How many subscribers the ISP has, on all routers together.
    #[arg(long, value_name = "N", default_value_t = 1500, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) subscribers: u32,
    /// How many routers the ISP has.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) routers: u16,
    /// Show this recording instead of a simulated ISP.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subscribers", "routers"])]
    pub(crate) replay: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Simulate {
    /// Where the first router listens; router i listens on port + i (port 0: any free one each).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8728", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    /// Where the first router listens with TLS; without this option none does.
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub(crate) tls_listen: Option<SocketAddr>,
    /// How many routers there are.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) routers: u16,
    /// How many subscribers they have together.
    #[arg(long, value_name = "M", default_value_t = 500, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) subscribers: u32,
    /// Their versions of RouterOS, dealt out in turn: 6.49, 7.14, 7.21, with commas.
    #[arg(long, value_name = "VERSIONS", default_value = "7.21", value_delimiter = ',', value_parser = version)]
    pub(crate) ros: Vec<Version>,
    /// The same seed grows the same ISP.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Who may sign in; without this option anybody may.
    #[arg(long, value_name = "U")]
    pub(crate) user: Option<String>,
    /// The password of that user, for tests: others on this machine can see it. [default: empty]
    #[arg(long, value_name = "P", requires = "user")]
    pub(crate) password: Option<String>,
    /// Sign in as RouterOS did before 6.43: with a challenge, answered by an MD5 sum.
    #[arg(long)]
    pub(crate) legacy_login: bool,
    /// Stop the time of the ISP, so that nothing ever changes.
    #[arg(long)]
    pub(crate) frozen: bool,
}

fn version(text: &str) -> Result<Version, String> {
    match text.trim() {
        "6.49" => Ok(Version::V6_49),
        "7.14" => Ok(Version::V7_14),
        "7.21" => Ok(Version::V7_21),
        _ => Err("the simulator knows 6.49, 7.14 and 7.21".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tikwatch::routeros::stream::Tls;
    use tikwatch::telemetry::Format;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::understand(std::iter::once("tikwatch").chain(line.split_whitespace()))
    }

    fn check_wrong(line: &str, expect: &str) {
        let error = parse(line).map(|_| ()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(expect), "{line}: {error}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_example_of_the_help_is_understood() {
        let help = |name: &str| {
            Arguments::command().find_subcommand(name).unwrap().get_after_help().unwrap().to_string()
        };
        let all = [
            EXAMPLES.to_owned(),
            help("check"),
            help("user"),
            help("token"),
            help("backup"),
            help("restore"),
        ]
        .join("\n");
        let mut seen = 0;
        for line in all.lines() {
            let line = line.trim_start().trim_start_matches("MIKROTIK_PASSWORD=… ");
            let Some(arguments) = line.strip_prefix("tikwatch") else { continue };
            let arguments = arguments.split("  ").next().unwrap_or_default();
            let arguments = arguments.split(['<', '>']).next().unwrap_or_default();
            parse(arguments).unwrap_or_else(|error| panic!("{line}: {error}"));
            seen += 1;
        }
        assert_eq!(seen, 29);
    }

    #[test]
    fn every_option_is_documented() {
        let mut all = Arguments::command();
        all.build();
        let below = all.get_subcommands().flat_map(clap::Command::get_subcommands);
        for command in std::iter::once(&all).chain(all.get_subcommands()).chain(below) {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn serving_is_the_default() {
        let plain = parse("--listen 127.0.0.1:0 --settings x.json").unwrap();
        assert!(plain.command.is_none());
        assert_eq!(plain.serve.settings, Some("x.json".into()));
        let Some(Command::Serve(serve)) = parse("serve --data d --log-format json").unwrap().command else {
            panic!("not served")
        };
        assert_eq!((serve.data, serve.settings, serve.listen), (Some("d".into()), None, None));
    }

    #[test]
    fn options_of_the_log_stand_on_either_side_of_the_command_and_those_of_serving_after_it() {
        for line in ["--log-format json serve", "serve --log-format json", "--log-format json"] {
            assert_eq!(parse(line).unwrap().log.format(), Format::Json, "{line}");
        }
        for line in ["--settings x serve", "--data x demo", "--listen 127.0.0.1:0 simulate"] {
            check_wrong(line, "stand after the command");
        }
    }

    #[test]
    fn only_this_machine_may_listen() {
        for command in ["demo", "simulate"] {
            check_wrong(&format!("{command} --listen 0.0.0.0:5000"), "can be reached from other machines");
            check_wrong(&format!("{command} --listen [::]:5000"), "can be reached from other machines");
        }
        for command in ["", "serve", "demo", "simulate"] {
            check_wrong(&format!("{command} --listen 5000"), "must be an address and a port");
            parse(&format!("{command} --listen 127.8.9.1:0")).unwrap();
            parse(&format!("{command} --listen [::1]:1")).unwrap();
        }
        let Some(Command::Demo(demo)) = parse("demo --listen localhost:7").unwrap().command else {
            panic!("no demo")
        };
        assert_eq!(demo.listen, "127.0.0.1:7".parse().unwrap());
    }

    #[test]
    fn versions_are_a_comma_list() {
        let Some(Command::Simulate(simulate)) = parse("simulate --ros 6.49,7.14,7.21,6.49").unwrap().command
        else {
            panic!("no simulation")
        };
        assert_eq!(simulate.ros, [Version::V6_49, Version::V7_14, Version::V7_21, Version::V6_49]);
        check_wrong("simulate --ros 5.0", "the simulator knows");
        check_wrong("simulate --password x", "--user");
        check_wrong("simulate --routers 0", "0 is not in 1..=1000");
    }

    fn check_endpoint(options: &str, expect: Result<(u16, bool), &str>) {
        let Some(Command::Check(check)) =
            parse(&format!("check --host h --user u {options}")).unwrap().command
        else {
            panic!("no check")
        };
        let endpoint = check.endpoint().map(|endpoint| (endpoint.port, endpoint.tls == Tls::Off));
        assert_eq!(endpoint, expect, "{options}");
    }

    #[test]
    fn the_port_follows_the_protection() {
        check_endpoint("", Ok((8728, true)));
        check_endpoint("--tls pin", Ok((8729, false)));
        check_endpoint("--tls verify --ca-file x --check-host-name", Ok((8729, false)));
        check_endpoint("--tls anonymous --port 1", Ok((1, false)));
        check_endpoint(
            "--ca-file x",
            Err("--ca-file and --check-host-name have no effect without --tls verify"),
        );
        let pin = format!("--fingerprint {}", "ab".repeat(32));
        check_endpoint(&pin, Err("--fingerprint has no effect without --tls pin"));
        check_wrong("check --host http://example.net --user u", "without scheme");
        check_wrong("check --host h", "--user");
        check_wrong("check --host h --user u --password x", "unexpected argument");
    }
}
