//! Why the program ends, and with which exit code.

use std::fmt::{Display, Formatter};

/// Why the program ends before it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// The operator has to change the command line, the settings, or free a port: exit code 2.
    Setup(anyhow::Error),
    /// Something broke while it ran: exit code 1.
    Running(anyhow::Error),
}

impl Failure {
    /// The exit code that scripts see.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setup(_) => 2,
            Self::Running(_) => 1,
        }
    }

    /// A failure before anything ran.
    pub fn setup(error: impl Into<anyhow::Error>) -> Self {
        Self::Setup(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Running(error)
    }
}

impl Display for Failure {
    /// The error with all its causes.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Setup(error) | Self::Running(error) => write!(f, "{error:#}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn scripts_can_tell_a_mistake_from_a_breakdown() {
        let busy = || std::io::Error::from(std::io::ErrorKind::AddrInUse);
        assert_eq!(Failure::setup(busy()).exit_code(), 2);
        let broken = Failure::from(Err::<(), _>(busy()).context("the server stopped").unwrap_err());
        assert_eq!(
            (broken.exit_code(), broken.to_string().as_str()),
            (1, "the server stopped: address in use")
        );
    }
}
