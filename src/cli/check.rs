//! The words of `tikwatch check`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use tikwatch::routeros::Charset;
use tikwatch::routeros::stream::{Endpoint, Fingerprint, Tls};

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The password comes from --password-stdin or the variable MIKROTIK_PASSWORD, never from an option, which others
on the machine could see.

Examples:
  tikwatch check --host 192.0.2.1 --user monitor --password-stdin < password.txt
  MIKROTIK_PASSWORD=… tikwatch check --host core.example.net --user monitor --tls pin --json

Exit codes:
  0  the router can be watched (perhaps with warnings)
  1  a step failed
  2  wrong usage")]
pub(crate) struct Check {
    /// The router's name or address.
    #[arg(long, value_name = "HOST", value_parser = host)]
    host: String,
    /// The port of its service api, or with TLS api-ssl. [default: 8728, with TLS 8729]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Whom to sign in as.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// Read the password from the first line of stdin.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    protection: Protection,
    /// The code page of text that is not UTF-8.
    #[arg(long, value_name = "NAME", default_value = "windows-1252", value_parser = code_page)]
    pub(crate) code_page: Charset,
    /// Never send the password unless a router from before 6.43 asks with a challenge or TLS protects it.
    #[arg(long)]
    pub(crate) forbid_clear_sign_in: bool,
    /// Print one JSON object on stdout at the end.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
struct Protection {
    /// How the connection is protected.
    #[arg(long, value_enum, default_value = "off", value_name = "MODE")]
    tls: TlsMode,
    /// PEM certificates to trust instead of the system's, for --tls verify.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Whether the certificate has to name the host, for --tls verify; those of routers rarely do.
    #[arg(long)]
    check_host_name: bool,
    /// The SHA-256 fingerprint to accept, for --tls pin; without it the router's is shown.
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TlsMode {
    /// In clear: anyone on the way reads the password.
    Off,
    /// A trusted authority has to vouch for the certificate.
    Verify,
    /// The certificate has to have the given fingerprint.
    Pin,
    /// Anything is taken: encrypted, not authenticated.
    Anonymous,
}

impl Check {
    /// Where to connect; the error names an option that has no effect with this --tls.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, &'static str> {
        let tls = self.protection.tls()?;
        let port = self.port.unwrap_or(if tls == Tls::Off { 8728 } else { 8729 });
        Ok(Endpoint { host: self.host.clone(), port, tls })
    }
}

impl Protection {
    fn tls(&self) -> Result<Tls, &'static str> {
        let verify_only = self.ca_file.is_some() || self.check_host_name;
        if verify_only && self.tls != TlsMode::Verify {
            return Err("--ca-file and --check-host-name have no effect without --tls verify");
        }
        if self.fingerprint.is_some() && self.tls != TlsMode::Pin {
            return Err("--fingerprint has no effect without --tls pin");
        }
        Ok(match self.tls {
            TlsMode::Off => Tls::Off,
            TlsMode::Verify => Tls::Verify { ca_file: self.ca_file.clone(), host_name: self.check_host_name },
            TlsMode::Pin => Tls::Pin { fingerprint: self.fingerprint },
            TlsMode::Anonymous => Tls::Anonymous,
        })
    }
}

fn host(text: &str) -> Result<String, String> {
    tikwatch::settings::host(text).map_err(|wrong| wrong.to_string())
}

fn code_page(label: &str) -> Result<Charset, String> {
    Charset::named(label).ok_or_else(|| "unknown code page; try windows-1252".to_owned())
}
