use super::*;
use std::collections::BTreeMap;

/// One of each. Whoever adds another has to name it in `next`, so that none is left out.
fn all() -> Vec<Wrong> {
    std::iter::successors(Some(Wrong::Missing), next).collect()
}

/// The one behind this one.
fn next(wrong: &Wrong) -> Option<Wrong> {
    let (text, address) = ("x".to_owned(), "192.0.2.1:5000".parse().unwrap());
    let system = |known| SystemFault { known, text: "x".to_owned() };
    let json = |word| JsonFault { word, line: 3, column: 4, text: "x".to_owned() };
    Some(match wrong {
        Wrong::Missing => Wrong::Twice,
        Wrong::Twice => Wrong::UnknownKey(text),
        Wrong::UnknownKey(_) => Wrong::NotObject(Kind::Null),
        Wrong::NotObject(_) => Wrong::NotList(Kind::Null),
        Wrong::NotList(_) => Wrong::NotTexts(Kind::Null),
        Wrong::NotTexts(_) => Wrong::NotText(Kind::Null),
        Wrong::NotText(_) => Wrong::NotTruth(Kind::Null),
        Wrong::NotTruth(_) => Wrong::NotNumber { from: 1, to: 2, kind: Kind::Null },
        Wrong::NotNumber { .. } => Wrong::NumberInQuotes { from: 1, to: 2, given: text },
        Wrong::NumberInQuotes { .. } => Wrong::OutOfRange { from: 1, to: 2, given: text },
        Wrong::OutOfRange { .. } => Wrong::Empty,
        Wrong::Empty => Wrong::NotLine(3),
        Wrong::NotLine(_) => Wrong::NoFile,
        Wrong::NoFile => Wrong::Unreadable(system(None)),
        Wrong::Unreadable(SystemFault { known, .. }) => match known {
            None => Wrong::Unreadable(system(Some(SystemWord::Denied))),
            Some(SystemWord::Denied) => Wrong::Unreadable(system(Some(SystemWord::Folder))),
            Some(SystemWord::Folder) => Wrong::Unreadable(system(Some(SystemWord::ReadOnly))),
            Some(SystemWord::ReadOnly) => Wrong::NotWritable(system(None)),
        },
        Wrong::NotWritable(SystemFault { known, .. }) => match known {
            None => Wrong::NotWritable(system(Some(SystemWord::Denied))),
            Some(SystemWord::Denied) => Wrong::NotWritable(system(Some(SystemWord::Folder))),
            Some(SystemWord::Folder) => Wrong::NotWritable(system(Some(SystemWord::ReadOnly))),
            Some(SystemWord::ReadOnly) => Wrong::TooLarge,
        },
        Wrong::TooLarge => Wrong::Utf16,
        Wrong::Utf16 => Wrong::NotUtf8(3),
        Wrong::NotUtf8(_) => Wrong::VariablesNotUtf8,
        Wrong::VariablesNotUtf8 => Wrong::EmptyFile,
        Wrong::EmptyFile => Wrong::NotJson(json(None)),
        Wrong::NotJson(JsonFault { word, .. }) => {
            let known = JsonFault::words();
            let next =
                word.map_or(Some(0), |word| known.iter().position(|one| *one == word).map(|at| at + 1));
            match next.and_then(|at| known.get(at)) {
                Some(word) => Wrong::NotJson(json(Some(*word))),
                None => Wrong::VariablesLine(None),
            }
        }
        Wrong::VariablesLine(None) => Wrong::VariablesLine(Some(3)),
        Wrong::VariablesLine(Some(_)) => Wrong::LogLevel(text),
        Wrong::LogLevel(_) => Wrong::Folder,
        Wrong::Folder => Wrong::Listen(text),
        Wrong::Listen(_) => Wrong::NotLoopback(address),
        Wrong::NotLoopback(_) => Wrong::NotLoopbackWithoutTls(address),
        Wrong::NotLoopbackWithoutTls(_) => Wrong::HostName(text),
        Wrong::HostName(_) => Wrong::Proxy(text),
        Wrong::Proxy(_) => Wrong::ProxyOfAll(text),
        Wrong::ProxyOfAll(_) => Wrong::RouterName(text),
        Wrong::RouterName(_) => Wrong::NameTaken { name: text.clone(), place: text },
        Wrong::NameTaken { .. } => Wrong::Reserved(text),
        Wrong::Reserved(_) => Wrong::Host(text),
        Wrong::Host(_) => Wrong::ForbiddenTarget,
        Wrong::ForbiddenTarget => Wrong::Tls(text),
        Wrong::Tls(_) => Wrong::NeedsTls("pin"),
        Wrong::NeedsTls(_) => Wrong::Fingerprint(text),
        Wrong::Fingerprint(_) => Wrong::CodePage(text),
        Wrong::CodePage(_) => Wrong::Followed,
        Wrong::Followed => Wrong::AlwaysRead,
        Wrong::AlwaysRead => Wrong::NeedsUser,
        Wrong::NeedsUser => Wrong::TypeAgain,
        Wrong::TypeAgain => Wrong::PasswordOfEnvironment,
        Wrong::PasswordOfEnvironment => Wrong::WhichRouter,
        Wrong::WhichRouter => Wrong::PasswordMoves { from: text.clone(), to: text },
        Wrong::PasswordMoves { .. } => WrongImport::NotJson(json(None)).into(),
        Wrong::Import(wrong) => next_import(wrong, text)?.into(),
    })
}

fn next_import(wrong: &WrongImport, text: String) -> Option<WrongImport> {
    Some(match wrong {
        WrongImport::NotJson(_) => WrongImport::NotRouters,
        WrongImport::NotRouters => WrongImport::TooMany { given: 3, most: 2 },
        WrongImport::TooMany { .. } => WrongImport::NotRouter,
        WrongImport::NotRouter => WrongImport::Text,
        WrongImport::Text => WrongImport::Truth,
        WrongImport::Truth => WrongImport::Port,
        WrongImport::Port => WrongImport::Empty,
        WrongImport::Empty => WrongImport::Missing,
        WrongImport::Missing => WrongImport::Id(text),
        WrongImport::Id(_) => WrongImport::SameId(3),
        WrongImport::SameId(_) => WrongImport::SamePlace(3),
        WrongImport::SamePlace(_) => WrongImport::Setting(Box::new(Wrong::Empty)),
        WrongImport::Setting(_) => return None,
    })
}

#[test]
fn each_wrong_has_its_words_with_its_places_and_no_other_has() {
    let english = include_str!("../../../../templates/locales/en.json");
    let mut words: BTreeMap<String, String> = serde_json::from_str(english).unwrap();
    words.retain(|key, _| key.starts_with("wrong."));
    let mut known: Vec<String> = vec!["wrong.in_file".to_owned()];
    known.extend(Kind::ALL.map(|kind| format!("wrong.kind.{}", kind.word())));
    for wrong in all() {
        let told = wrong.told();
        let key = format!("wrong.{}", told.word);
        let text = words.get(&key).unwrap_or_else(|| panic!("{key} is missing: {wrong}"));
        let mut places: Vec<&str> = told.values.iter().map(|(place, _)| *place).collect();
        places.extend(told.kind.map(|_| "kind"));
        for place in ["value", "from", "to", "place", "kind", "line", "column"] {
            assert_eq!(text.contains(&format!("{{{place}}}")), places.contains(&place), "{key}: {place}");
        }
        known.push(key);
    }
    words.retain(|key, _| !known.contains(key));
    assert!(words.is_empty(), "nothing is wrong by these: {words:?}");
}

#[test]
fn what_was_written_is_made_fit_to_be_looked_at() {
    let told = Wrong::Host("a\u{202e}b".to_owned()).told();
    assert_eq!((told.word, told.values), ("host", vec![("value", "a\\u{202e}b".to_owned())]));
    let system = SystemFault { known: None, text: "a\nb".to_owned() };
    let told = Wrong::from(WrongImport::Setting(Box::new(Wrong::Unreadable(system)))).told();
    assert_eq!((told.word, told.message.as_deref(), told.is_in_file), ("unreadable", Some("a\\nb"), true));
}
