//! RouterOS versions, as far as their answers differ.

use std::fmt;
use std::str::FromStr;

/// The RouterOS version that a simulated router speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Ros {
    /// 6.49.10: dates as `jan/02/2026`, health in one row, no `!empty`.
    V6_49,
    /// 7.14.3: ISO dates, health in rows.
    V7_14,
    /// 7.21.1: as before, and `!empty` before the `!done` of a reply without rows.
    #[default]
    V7_21,
}

/// The version asked for is not one that we can simulate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the simulator speaks RouterOS 6.49, 7.14 and 7.21, not {0:?}")]
pub struct UnknownRos(String);

impl Ros {
    /// Every version that can be simulated, oldest first.
    pub const ALL: [Ros; 3] = [Ros::V6_49, Ros::V7_14, Ros::V7_21];

    /// The version as `/system/resource` shows it.
    pub fn version(self) -> &'static str {
        match self {
            Self::V6_49 => "6.49.10 (long-term)",
            Self::V7_14 => "7.14.3 (stable)",
            Self::V7_21 => "7.21.1 (stable)",
        }
    }

    /// The bare number, as packages show it.
    pub fn number(self) -> &'static str {
        self.version().split(' ').next().unwrap_or_default()
    }

    /// Whether it is RouterOS 7.
    pub fn is_7(self) -> bool {
        Self::V7_14 <= self
    }

    /// Whether a reply without rows says `!empty`: from 7.18 on.
    pub fn says_empty(self) -> bool {
        Self::V7_21 <= self
    }

    /// Whether dates are written `2026-01-02` (from about 7.10 on) and not `jan/02/2026`.
    pub fn has_iso_dates(self) -> bool {
        Self::V7_14 <= self
    }

    /// The value of `.dead`.
    pub fn dead(self) -> &'static [u8] {
        if self.is_7() { b"true" } else { b"yes" }
    }

    /// The version whose ways are those of a router that says it has this one, such as `7.14.3 (stable)`.
    pub fn nearest(version: &str) -> Self {
        let mut parts = version.split(|c: char| !c.is_ascii_digit());
        let mut part = || parts.next().and_then(|part| part.parse::<u32>().ok()).unwrap_or_default();
        match (part(), part()) {
            // Without a version: the newest.
            (7, 0..18) => Self::V7_14,
            (1..7, _) => Self::V6_49,
            _ => Self::V7_21,
        }
    }

    /// The board that we let this version run on.
    pub fn board(self) -> &'static Board {
        match self {
            Self::V6_49 => &CCR1036,
            Self::V7_14 => &CCR2004,
            Self::V7_21 => &CCR2116,
        }
    }
}

impl fmt::Display for Ros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V6_49 => "6.49",
            Self::V7_14 => "7.14",
            Self::V7_21 => "7.21",
        })
    }
}

impl FromStr for Ros {
    type Err = UnknownRos;

    /// Reads `6.49`, `7.14` or `7.21`.
    fn from_str(text: &str) -> Result<Self, UnknownRos> {
        Self::ALL
            .into_iter()
            .find(|ros| ros.to_string() == text.trim())
            .ok_or_else(|| UnknownRos(text.to_owned()))
    }
}

/// What is printed on the router's case, and what is in it.
#[derive(Debug)]
pub struct Board {
    /// The model, such as `CCR2004-16G-2S+`.
    pub model: &'static str,
    /// The architecture, such as `arm64`.
    pub architecture: &'static str,
    /// The processor's name.
    pub cpu: &'static str,
    /// How many cores it has.
    pub cores: u32,
    /// Clock rate in MHz.
    pub frequency: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// Flash in bytes.
    pub flash: u64,
    /// The firmware family.
    pub firmware: &'static str,
}

static CCR1036: Board = Board {
    model: "CCR1036-8G-2S+",
    architecture: "tile",
    cpu: "tilegx",
    cores: 36,
    frequency: 1200,
    memory: 4_110_942_208,
    flash: 1_073_741_824,
    firmware: "tilegx",
};

static CCR2004: Board = Board {
    model: "CCR2004-16G-2S+",
    architecture: "arm64",
    cpu: "ARM64",
    cores: 4,
    frequency: 1700,
    memory: 4_227_858_432,
    flash: 135_266_304,
    firmware: "al64",
};

static CCR2116: Board = Board {
    model: "CCR2116-12G-4S+",
    architecture: "arm64",
    cpu: "ARM64",
    cores: 16,
    frequency: 2000,
    memory: 17_179_869_184,
    flash: 134_479_872,
    firmware: "al64v2",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_a_nearest_one() {
        let check = |version: &str, expect: Ros| assert_eq!(Ros::nearest(version), expect, "{version}");
        check("6.49.10 (long-term)", Ros::V6_49);
        check("7.1", Ros::V7_14);
        check("7.17.2 (stable)", Ros::V7_14);
        check("7.18 (stable)", Ros::V7_21);
        check("8.0beta1", Ros::V7_21);
        check("", Ros::V7_21);
    }

    #[test]
    fn versions_are_read_as_they_are_written() {
        for ros in Ros::ALL {
            assert_eq!(ros.to_string().parse(), Ok(ros));
            assert!(ros.version().starts_with(&ros.to_string()));
        }
        assert_eq!("7.99".parse::<Ros>(), Err(UnknownRos("7.99".into())));
    }
}
