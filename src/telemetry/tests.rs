use super::*;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Paper {
    type Writer = Paper;

    fn make_writer(&'a self) -> Paper {
        self.clone()
    }
}

/// What is written, and what the log book gets, with room for `room` entries.
fn log(format: Format, level: &str, room: usize, say: impl FnOnce()) -> (String, Vec<LogEntry>) {
    let (sender, mut receiver) = mpsc::channel(room);
    let paper = Paper::default();
    let layer = LogLayer::new(format, paper.clone(), sender);
    let subscriber = tracing_subscriber::registry().with(filter(level).unwrap()).with(layer);
    tracing::subscriber::with_default(subscriber, say);
    let entries = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
    (paper.text(), entries)
}

/// The line without its time.
fn check_text(say: impl FnOnce(), expect: &str) {
    let (text, _) = log(Format::Text, "info", 8, say);
    let (at, line) = text.split_once(' ').unwrap();
    assert!(at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    assert_eq!(line, expect);
}

#[test]
fn an_entry_is_one_line_with_its_fields() {
    check_text(
        || tracing::warn!(router.name = %"core", retry_seconds = 5, error = "no route", "lost `core`"),
        "WARN  tikwatch::telemetry::tests: lost `core` router.name=core retry_seconds=5 error=\"no route\"\n",
    );
}

#[test]
fn hostile_text_stays_on_its_line() {
    check_text(
        || tracing::info!(target: "t", name = "a\n2026 ERROR t: forged", said = %"\u{1b}[2J", empty = "", "x\r\ny"),
        "INFO  t: x\\r\\ny name=\"a\\n2026 ERROR t: forged\" said=\"\\u{1b}[2J\" empty=\"\"\n",
    );
    let (text, entries) = log(Format::Json, "info", 8, || tracing::info!(name = "a\n\u{9b}b", "x\ny"));
    assert_eq!(text.lines().count(), 1);
    assert!(!text.trim_end().contains(char::is_control), "{text:?}");
    assert_eq!(entries[0].message, "x\\ny");
    assert_eq!(entries[0].fields, [("name".to_owned(), "a\\n\\u{9b}b".to_owned())]);
}

#[test]
fn json_keeps_the_types_of_fields() {
    let (text, _) =
        log(Format::Json, "info", 8, || tracing::error!(count = 3, ok = true, share = 0.5, "done"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["level"], "ERROR");
    assert_eq!(value["message"], "done");
    assert_eq!(value["target"], module_path!());
    assert_eq!(value["fields"], serde_json::json!({"count": 3, "ok": true, "share": 0.5}));
}

#[test]
fn the_log_book_is_told_what_it_missed() {
    let (sender, mut receiver) = mpsc::channel(2);
    let layer = LogLayer::new(Format::Text, Paper::default(), sender);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for number in 0..5 {
            tracing::info!("entry {number}");
        }
        assert_eq!(receiver.try_recv().unwrap().message, "entry 0");
        assert_eq!(receiver.try_recv().unwrap().message, "entry 1");
        tracing::info!("entry 5");
    });
    let told = receiver.try_recv().unwrap();
    assert_eq!(told.fields, [("dropped_entries".to_owned(), "3".to_owned())]);
    assert_eq!(receiver.try_recv().unwrap().message, "entry 5");
}

#[test]
fn a_log_without_a_log_book_still_writes() {
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let paper = Paper::default();
    let layer = LogLayer::new(Format::Text, paper.clone(), sender);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        tracing::info!("one");
        tracing::info!("two");
    });
    assert_eq!(paper.text().lines().count(), 2);
}

#[test]
fn a_bare_level_concerns_our_own_modules() {
    let say = || {
        tracing::debug!(target: "tikwatch::x", "ours");
        tracing::debug!(target: "actix_server", "theirs");
        tracing::info!(target: "actix_server", "important");
        tracing::error!(target: "actix_http::h1::dispatcher", "a stranger sent nonsense");
    };
    let check = |level: &str, expect: &[&str]| {
        let (_, entries) = log(Format::Text, level, 8, say);
        let messages: Vec<_> = entries.iter().map(|entry| entry.message.as_str()).collect();
        assert_eq!(messages, expect, "{level}");
    };
    check("debug", &["ours", "important"]);
    check("INFO", &["important"]);
    check("warn,actix_server=debug", &["theirs", "important", "a stranger sent nonsense"]);
    check("off", &[]);
}

#[test]
fn a_filter_that_is_none_is_refused() {
    let error = filter("tikwatch=loud").unwrap_err();
    assert!(error.to_string().starts_with("\"tikwatch=loud\" is no log filter"), "{error}");
}

#[test]
fn the_stores_own_trace_is_never_written() {
    for text in
        ["trace", "trace,sled=trace", "sled=trace,sled::pagecache=trace", "info,tikwatch=trace", "[x]=trace"]
    {
        let directives = filter(text).unwrap().to_string();
        assert!(!directives.contains("sled=trace") && !directives.contains("sled=debug"), "{directives}");
        let subscriber = tracing_subscriber::registry().with(filter(text).unwrap());
        tracing::subscriber::with_default(subscriber, || {
            assert!(
                !tracing::enabled!(target: "sled::pagecache", tracing::Level::DEBUG),
                "{text}: {directives}"
            );
        });
    }
}
