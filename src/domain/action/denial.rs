//! Why a router did not do what it was told: cause and remedy of each reason.

/// What a refusal means, read from its wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The row went away meanwhile.
    Gone,
    /// There is one of that name already.
    Duplicate,
    /// It refers to something that the router does not have: a profile, for example.
    NoSuchValue,
    /// A value is not one that the router takes.
    BadValue,
    /// The version does not know a parameter.
    UnknownParameter,
    /// The version or board has no such command.
    NoSuchCommand,
    /// The user's group lacks a policy.
    NotPermitted,
    /// The router tried, and it did not work.
    Failed,
    /// It was broken off.
    Interrupted,
    /// Anything else.
    Other,
}

impl Denial {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Gone,
        Self::Duplicate,
        Self::NoSuchValue,
        Self::BadValue,
        Self::UnknownParameter,
        Self::NoSuchCommand,
        Self::NotPermitted,
        Self::Failed,
        Self::Interrupted,
        Self::Other,
    ];

    /// Reads a router's words; case, and a number in brackets behind them, do not matter.
    pub fn of(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        let starts = |beginnings: &[&str]| beginnings.iter().any(|start| message.starts_with(start));
        if starts(&["no such item"]) {
            Self::Gone
        } else if starts(&["no such command", "no such directory", "bad command name"]) {
            Self::NoSuchCommand
        } else if starts(&["not enough permissions"]) {
            Self::NotPermitted
        } else if starts(&["unknown parameter"]) {
            Self::UnknownParameter
        } else if starts(&["input does not match any value of"]) {
            Self::NoSuchValue
        } else if starts(&["invalid value", "value of ", "missing value", "ambiguous value"]) {
            Self::BadValue
        } else if message.contains("already exists")
            || message.contains("already have")
            || message.contains("with such name exists")
        {
            Self::Duplicate
        } else if starts(&["interrupted"]) {
            Self::Interrupted
        } else if starts(&["action failed"]) {
            Self::Failed
        } else {
            Self::Other
        }
    }

    /// One word for programs.
    pub fn word(self) -> &'static str {
        self.told().0
    }

    /// What the cause usually is.
    pub fn cause(self) -> &'static str {
        self.told().1
    }

    /// What the operator can do about it.
    pub fn remedy(self) -> &'static str {
        self.told().2
    }

    fn told(self) -> (&'static str, &'static str, &'static str) {
        TOLD.get(self as usize).copied().unwrap_or_default()
    }
}

/// Word, cause and remedy of each, in the order of [`Denial::ALL`].
const TOLD: [(&str, &str, &str); Denial::ALL.len()] = [
    (
        "gone",
        "the row went away after it was looked at, or somebody else removed it",
        "look at the list as it is now, and try again if it is still needed",
    ),
    (
        "duplicate",
        "the router has one of that name already",
        "choose another name, or change the one there is",
    ),
    (
        "no_such_value",
        "what was chosen, such as a profile, is not on the router any more",
        "choose one of those that the router has now",
    ),
    ("bad_value", "the router does not take one of the values", "correct the value that the router names"),
    (
        "unknown_parameter",
        "this version of RouterOS does not know one of the parameters",
        "do it on the router itself, or upgrade RouterOS",
    ),
    (
        "no_such_command",
        "this version of RouterOS, or this board, does not have the command",
        "do it on the router itself, or see whether a package is missing there",
    ),
    (
        "not_permitted",
        "the user's group on the router lacks the policy write",
        "give the user's group the policy write (/user group), or enter another user for changes",
    ),
    ("failed", "the router tried and did not succeed", "read the router's log for the reason"),
    (
        "interrupted",
        "something on the router broke the command off",
        "look at the row as it is now, then try again",
    ),
    ("other", "the router has a reason of its own", "read its words, and the router's log"),
];
