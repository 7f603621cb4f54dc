//! One cell as a page shows it. Scripts write the same forms: `static/js/cells.js`.

use crate::domain::router::protection_word;
use crate::domain::tables::{Column, Kind, Value};
use crate::domain::units::{BitsPerSecond, Bytes};
use crate::domain::visible::{brief, visible};
use crate::web::format::{NOTHING, bytes, count, pointed, rate, uptime};
use serde::Serialize;

/// What a template needs to show a cell.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Cell {
    word: &'static str,
    kind: &'static str,
    is_brief: bool,
    is_end: bool,
    text: String,
    /// A word to be shown in the reader's language instead.
    key: Option<String>,
    /// How full a bar is, from 0 to 100.
    part: Option<u64>,
}

impl Cell {
    /// The cell of a row in this column.
    pub(in crate::web) fn new<R>(column: &Column<R>, value: Value<'_>) -> Self {
        let mut cell = Self {
            word: column.word,
            kind: column.kind.word(),
            is_brief: column.is_brief,
            is_end: super::is_number(column.kind),
            text: NOTHING.to_owned(),
            key: None,
            part: None,
        };
        match value {
            Value::Gap => {}
            Value::Text(label) if column.kind == Kind::Protection => {
                cell.text = visible(label).into_owned();
                cell.key = protection_word(label).map(|word| format!("js.protection.{word}"));
            }
            Value::Text(text) => {
                let is_long = matches!(column.kind, Kind::Text);
                cell.text = if is_long { brief(text) } else { visible(text) }.into_owned();
            }
            Value::Word(word) => word.clone_into(&mut cell.text),
            Value::Flag(true) => cell.key = Some("js.yes".to_owned()),
            Value::Flag(false) => cell.key = Some("js.no".to_owned()),
            Value::Number(number) if column.kind == Kind::Limit && number == 0.0 => {
                cell.key = Some("js.unlimited".to_owned());
            }
            Value::Number(number) => {
                cell.text = written(column.kind, number);
                cell.part = (column.kind == Kind::Percent).then(|| whole(number.clamp(0.0, 100.0)));
            }
        }
        if column.kind == Kind::State && value == Value::Gap {
            "none".clone_into(&mut cell.text);
        }
        cell
    }
}

fn written(kind: Kind, number: f64) -> String {
    match kind {
        Kind::Rate | Kind::Limit => rate(Some(BitsPerSecond(number))),
        Kind::Bytes => bytes(Some(Bytes(whole(number)))),
        Kind::Duration => uptime(whole(number)),
        Kind::Percent if 0.0 < number && number < 0.5 => "< 1 %".to_owned(),
        Kind::Percent => format!("{number:.0} %"),
        Kind::PerSecond if number == 0.0 => "0 /s".to_owned(),
        Kind::PerSecond => pointed(&format_args!("{number:.2} /s")),
        Kind::Millis => format!("{number:.0} ms"),
        Kind::Celsius => format!("{number:.0} °C"),
        Kind::Volts => pointed(&format_args!("{number:.1} V")),
        Kind::Rpm => format!("{} rpm", count(usize::try_from(whole(number)).unwrap_or(usize::MAX))),
        _ => count(usize::try_from(whole(number)).unwrap_or(usize::MAX)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is too small or too great becomes the least or greatest number"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_their_units() {
        let check = |kind: Kind, number: f64, text: &str| assert_eq!(written(kind, number), text, "{kind:?}");
        check(Kind::Rate, 12_400.0, "12.4 kbit/s");
        check(Kind::Bytes, 1_240_000_000.0, "1.24 GB");
        check(Kind::Duration, 274_320.0, "3d 04:12");
        check(Kind::Percent, 0.0, "0 %");
        check(Kind::Percent, 0.2, "< 1 %");
        check(Kind::Percent, 99.6, "100 %");
        check(Kind::Celsius, 52.4, "52 °C");
        check(Kind::Volts, 24.0, "24.0 V");
        check(Kind::Rpm, 6_030.0, "6,030 rpm");
        check(Kind::Millis, 12.0, "12 ms");
        check(Kind::Count, 12_345.0, "12,345");
        check(Kind::Count, -1.0, "0");
        check(Kind::PerSecond, 0.0, "0 /s");
        check(Kind::PerSecond, 0.254, "0.25 /s");
    }
}
