//! The options of the log, which every command has.

use clap::{Args, ValueEnum};
use tikwatch::telemetry::Format;

/// How the log is written; the same for every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Log {
    /// How log lines on stderr look.
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
    /// What is logged: error, warn, info, debug, trace, or filters such as info,tikwatch::actors=debug.
    ///
    /// Comes before TIKWATCH_LOG, DEBUG=True and log_level of the settings. [default: info]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
}

impl Log {
    /// The format as the library knows it.
    pub(crate) fn format(&self) -> Format {
        match self.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}
