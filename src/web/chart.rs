//! The chart of five minutes: two lines, drawn in the page, with gaps where nothing was measured.

use super::format;
use super::reader::{self, Rates};
use crate::domain::recent::{SPAN, Sample};
use crate::domain::time::Moment;
use crate::domain::units::BitsPerSecond;
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// The chart's own measures; the page gives it its size.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 150.0;
/// Lines across, besides the one at the bottom.
const LINES: u32 = 2;

/// What a template needs to draw it, and to show it as a table.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    down: String,
    up: String,
    /// From the top to the bottom.
    scale: Vec<Line>,
    /// The newest first.
    samples: Vec<Row>,
    is_empty: bool,
    /// The least and the most of each direction, for who cannot see the lines.
    least_down: String,
    most_down: String,
    least_up: String,
    most_up: String,
}

#[derive(Debug, Serialize)]
struct Line {
    y: u32,
    text: String,
}

#[derive(Debug, Serialize)]
struct Row {
    /// The time itself, for machines; and what people without scripts read, in UTC.
    at: String,
    time: String,
    down: String,
    up: String,
}

impl Chart {
    /// Draws these samples, the oldest first, of which one comes `every` so long.
    pub(super) fn new(samples: &[Sample], every: Option<Duration>, now: Moment) -> Self {
        let rates = || samples.iter().filter_map(|sample| sample.rates);
        let most = rates().map(|(down, up)| down.0.max(up.0)).fold(0.0, f64::max);
        // Round for who reads it, in bits or in bytes.
        let unit = if reader::rates() == Rates::Bytes { 8.0 } else { 1.0 };
        let top = round_up(most.max(1_000.0) / unit) * unit;
        let apart = every.unwrap_or(Duration::from_secs(5)).mul_f64(1.5) + Duration::from_secs(1);
        let path =
            |of: fn((BitsPerSecond, BitsPerSecond)) -> BitsPerSecond| path(samples, of, top, apart, now);
        let edge = |of: fn((BitsPerSecond, BitsPerSecond)) -> BitsPerSecond, pick: fn(f64, f64) -> f64| {
            format::rate(rates().map(|rates| of(rates).0).reduce(pick).map(BitsPerSecond))
        };
        let line = |number: u32| Line {
            y: number * 150 / LINES,
            text: format::rate(Some(BitsPerSecond(top * f64::from(LINES - number) / f64::from(LINES)))),
        };
        Self {
            down: path(|rates| rates.0),
            up: path(|rates| rates.1),
            scale: (0..=LINES).map(line).collect(),
            samples: samples.iter().rev().map(row).collect(),
            is_empty: rates().next().is_none(),
            least_down: edge(|rates| rates.0, f64::min),
            most_down: edge(|rates| rates.0, f64::max),
            least_up: edge(|rates| rates.1, f64::min),
            most_up: edge(|rates| rates.1, f64::max),
        }
    }
}

fn row(sample: &Sample) -> Row {
    let (down, up) = sample.rates.unzip();
    Row {
        at: format!("{:.0}", sample.at.wall),
        time: sample.at.wall.strftime("%H:%M:%S").to_string(),
        down: format::rate(down),
        up: format::rate(up),
    }
}

/// The next of 1, 2, 5, 10, …: a scale that hardly ever changes.
fn round_up(most: f64) -> f64 {
    let whole = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * whole).find(|top| most <= *top).unwrap_or(most)
}

/// A line through the samples; one that stands alone between two gaps is a dot.
fn path(
    samples: &[Sample],
    of: fn((BitsPerSecond, BitsPerSecond)) -> BitsPerSecond,
    top: f64,
    apart: Duration,
    now: Moment,
) -> String {
    let mut path = String::new();
    let mut before: Option<Moment> = None;
    for sample in samples {
        let Some(rates) = sample.rates else {
            before = None;
            continue;
        };
        let age = now.instant.saturating_duration_since(sample.at.instant).as_secs_f64();
        let x = WIDTH * (1.0 - (age / SPAN.as_secs_f64()).min(1.0));
        let y = HEIGHT * (1.0 - (of(rates).0 / top).clamp(0.0, 1.0));
        let goes_on =
            before.is_some_and(|before| sample.at.instant.saturating_duration_since(before.instant) <= apart);
        // Writing to a string cannot fail.
        let _ = if goes_on { write!(path, "L{x:.1} {y:.1}") } else { write!(path, "M{x:.1} {y:.1}h0") };
        before = Some(sample.at);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::example::now;

    #[test]
    fn a_gap_breaks_the_line_and_is_no_zero() {
        let end = now();
        let before = |seconds: u64| {
            let ago = Duration::from_secs(seconds);
            Moment::new(end.instant.checked_sub(ago).unwrap_or(end.instant), end.wall_before(ago))
        };
        let sample = |seconds: u64, rate: Option<f64>| Sample {
            at: before(seconds),
            rates: rate.map(|rate| (BitsPerSecond(rate), BitsPerSecond(0.0))),
        };
        let draw = |samples: &[Sample]| Chart::new(samples, Some(Duration::from_secs(5)), end).down;
        let (half, full) = (Some(500.0), Some(1_000.0));
        assert_eq!(draw(&[]), "");
        assert_eq!(draw(&[sample(150, half), sample(145, full)]), "M300.0 75.0h0L310.0 0.0");
        let broken = draw(&[sample(150, half), sample(145, None), sample(140, half), sample(100, half)]);
        assert_eq!(broken, "M300.0 75.0h0M320.0 75.0h0M400.0 75.0h0", "nothing measured, or nothing asked");
        let chart = Chart::new(&[sample(10, half), sample(5, None)], None, end);
        assert_eq!((chart.samples[0].down.as_str(), chart.samples[1].down.as_str()), ("–", "500 bit/s"));
        assert!(!chart.is_empty && Chart::new(&[sample(5, None)], None, end).is_empty);
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let check = |most: f64, top: f64| assert!((round_up(most) - top).abs() < 1e-6 * top, "{most}");
        check(1_000.0, 1_000.0);
        check(1_001.0, 2_000.0);
        check(4.2e6, 5e6);
        check(7e8, 1e9);
    }
}
