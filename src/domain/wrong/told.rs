//! What is wrong, for those who say it in another language: a word, and what fills the text that has it as its key.

use super::outside::SystemWord;
use super::{JsonFault, Kind, SystemFault, Wrong, WrongImport, visible};

/// What is wrong, without a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What is wrong, as one word.
    pub word: &'static str,
    /// What fills the places of its text.
    pub values: Vec<(&'static str, String)>,
    /// What there is instead, which has words of its own.
    pub kind: Option<Kind>,
    /// What somebody else says of it, in English: the system, or whoever reads JSON.
    pub message: Option<String>,
    /// Whether it is to be corrected in the file that it comes from.
    pub is_in_file: bool,
}

impl Told {
    fn of(word: &'static str) -> Self {
        Self { word, ..Self::default() }
    }

    fn with(mut self, place: &'static str, value: &impl ToString) -> Self {
        self.values.push((place, visible(&value.to_string()).into_owned()));
        self
    }

    fn range(self, from: u16, to: u16) -> Self {
        self.with("from", &from).with("to", &to)
    }

    fn instead(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// What the system says of a file, by these words where it is known what that means.
    fn of_system(
        fault: &SystemFault,
        known: impl Fn(SystemWord) -> Option<&'static str>,
        other: &'static str,
    ) -> Self {
        match fault.known.and_then(known) {
            Some(word) => Self::of(word),
            None => Self::of(other).says(&fault.text),
        }
    }

    /// Why a text is no JSON.
    fn of_json(fault: &JsonFault) -> Self {
        match fault.word {
            Some(word) => Self::of(word).with("line", &fault.line).with("column", &fault.column),
            None => Self::of("not_json").says(&fault.text),
        }
    }

    fn says(self, message: &str) -> Self {
        Self { message: Some(visible(message).into_owned()), ..self }
    }
}

impl Wrong {
    /// The word, and what fills its text.
    pub fn told(&self) -> Told {
        let (of, given) = (Told::of, |word, value: &String| Told::of(word).with("value", value));
        match self {
            Self::Missing => of("missing"),
            Self::Twice => of("twice"),
            Self::UnknownKey(known) => given("unknown_key", known),
            Self::NotObject(kind) => of("not_object").instead(*kind),
            Self::NotList(kind) => of("not_list").instead(*kind),
            Self::NotTexts(kind) => of("not_texts").instead(*kind),
            Self::NotText(kind) => of("not_text").instead(*kind),
            Self::NotTruth(kind) => of("not_truth").instead(*kind),
            Self::NotNumber { from, to, kind } => of("not_number").range(*from, *to).instead(*kind),
            Self::NumberInQuotes { from, to, given: value } => {
                given("number_in_quotes", value).range(*from, *to)
            }
            Self::OutOfRange { from, to, given: value } => given("out_of_range", value).range(*from, *to),
            Self::Empty => of("empty"),
            Self::NotLine(most) => of("not_line").with("value", most),
            Self::NoFile => of("no_file"),
            Self::Unreadable(fault) => Told::of_system(fault, unreadable, "unreadable"),
            Self::NotWritable(fault) => Told::of_system(fault, not_writable, "not_writable"),
            Self::TooLarge => of("too_large"),
            Self::Utf16 => of("utf16"),
            Self::NotUtf8(byte) => of("not_utf8").with("value", byte),
            Self::VariablesNotUtf8 => of("variables_not_utf8"),
            Self::EmptyFile => of("empty_file"),
            Self::NotJson(fault) => Told::of_json(fault),
            Self::VariablesLine(Some(line)) => of("variables_line").with("value", line),
            Self::VariablesLine(None) => of("variables_some_line"),
            Self::LogLevel(value) => given("log_level", value),
            Self::Folder => of("folder"),
            Self::Listen(value) => given("listen", value),
            Self::NotLoopback(address) => of("not_loopback").with("value", address),
            Self::NotLoopbackWithoutTls(address) => of("not_loopback_without_tls").with("value", address),
            Self::HostName(value) => given("host_name", value),
            Self::Proxy(value) => given("proxy", value),
            Self::ProxyOfAll(value) => given("proxy_of_all", value),
            Self::RouterName(value) => given("router_name", value),
            Self::NameTaken { name, place } => given("name_taken", name).with("place", place),
            Self::Reserved(value) => given("reserved", value),
            Self::Host(value) => given("host", value),
            Self::ForbiddenTarget => of("forbidden_target"),
            Self::Tls(value) => given("tls", value),
            Self::NeedsTls(value) => of("needs_tls").with("value", value),
            Self::Fingerprint(value) => given("fingerprint", value),
            Self::CodePage(value) => given("code_page", value),
            Self::Followed => of("followed"),
            Self::AlwaysRead => of("always_read"),
            Self::NeedsUser => of("needs_user"),
            Self::TypeAgain => of("type_again"),
            Self::PasswordOfEnvironment => of("password_of_environment"),
            Self::WhichRouter => of("which_router"),
            Self::PasswordMoves { from, to } => of("password_moves").with("from", from).with("to", to),
            Self::Import(wrong) => wrong.told(),
        }
    }
}

/// Why a file cannot be read.
fn unreadable(known: SystemWord) -> Option<&'static str> {
    match known {
        SystemWord::Denied => Some("unreadable_denied"),
        SystemWord::Folder => Some("unreadable_folder"),
        SystemWord::ReadOnly => None,
    }
}

/// Why a file cannot be written.
fn not_writable(known: SystemWord) -> Option<&'static str> {
    match known {
        SystemWord::Denied => Some("not_writable_denied"),
        SystemWord::ReadOnly => Some("not_writable_read_only"),
        SystemWord::Folder => None,
    }
}

impl WrongImport {
    fn told(&self) -> Told {
        let of = Told::of;
        match self {
            Self::NotJson(JsonFault { line, column, .. }) => {
                of("import_not_json").with("line", line).with("column", column)
            }
            Self::NotRouters => of("import_not_routers"),
            Self::TooMany { given, most } => of("import_too_many").with("value", given).with("to", most),
            Self::NotRouter => of("import_not_router"),
            Self::Text => of("import_text"),
            Self::Truth => of("import_truth"),
            Self::Port => of("import_port"),
            Self::Empty => of("import_empty"),
            Self::Missing => of("import_missing"),
            Self::Id(given) => of("import_id").with("value", given),
            Self::SameId(at) => of("import_same_id").with("value", at),
            Self::SamePlace(at) => of("import_same_place").with("value", at),
            Self::Setting(wrong) => Told { is_in_file: true, ..wrong.told() },
        }
    }
}

#[cfg(test)]
mod tests;
