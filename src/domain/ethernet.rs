//! What Ethernet ports have agreed on with their other ends: speed and duplex.

use super::id::ItemId;
use super::resource::{Resource, Value};
use super::units::Text;
use crate::routeros::{Command, Row};
use std::time::Instant;

/// What a port has agreed on. RouterOS computes it when it is asked, and prints it nowhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EthernetLink {
    /// The port's name; these rows have no id.
    pub name: Text,
    /// In bits per second, in each direction; `None` without a link, and where the hardware does not tell.
    pub speed: Option<f64>,
    /// Whether it sends and receives at once.
    pub full_duplex: Option<bool>,
    /// Both as people read them, such as `1 Gbps full`; empty without a speed.
    pub text: String,
}

impl EthernetLink {
    /// The command that tells of these ports once. Without `once` a router would go on for ever.
    pub fn monitor_once(ports: &[ItemId]) -> Command {
        let numbers: Vec<String> = ports.iter().map(ToString::to_string).collect();
        Command::new(Self::PATH)
            .attribute("numbers", numbers.join(","))
            .attribute("once", "")
            .proplist(Self::PROPLIST)
    }
}

impl Resource for EthernetLink {
    const PATH: &'static str = "/interface/ethernet/monitor";
    const PROPLIST: &'static str = "name,rate,full-duplex";

    /// It cannot be printed: this asks for no port.
    fn print() -> Command {
        Self::monitor_once(&[])
    }

    fn from_row(row: Row<'_>, _: Instant) -> Option<Self> {
        let name = row.bytes("name").filter(|name| !name.is_empty())?;
        let rate = row.text("rate").unwrap_or_default();
        let speed = speed(&rate);
        let full_duplex = row.bytes("full-duplex").map(|value| Value::read(value, row.charset()));
        Some(Self {
            name: Value::read(name, row.charset()),
            speed,
            full_duplex,
            text: written(&rate, full_duplex).filter(|_| speed.is_some()).unwrap_or_default(),
        })
    }
}

/// The number and the unit of `1Gbps`, `2.5G-baseT` or `1 Gbps full`.
fn parts(rate: &str) -> Option<(&str, char)> {
    let digits = rate.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    // No port has a speed of more digits; a router may say anything.
    let (number, rest) =
        rate.split_at_checked(digits).filter(|(number, _)| (1..=6).contains(&number.len()))?;
    let unit = rest.trim_start().chars().next()?;
    matches!(unit, 'k' | 'M' | 'G' | 'T').then_some((number, unit))
}

/// Bits per second of a speed as RouterOS or [`EthernetLink::text`] writes it.
pub fn speed(rate: &str) -> Option<f64> {
    let (number, unit) = parts(rate)?;
    let factor = match unit {
        'k' => 1e3,
        'M' => 1e6,
        'G' => 1e9,
        _ => 1e12,
    };
    let number: f64 = number.parse().ok()?;
    (0.0 < number).then_some(number * factor)
}

fn written(rate: &str, full_duplex: Option<bool>) -> Option<String> {
    let (number, unit) = parts(rate)?;
    let duplex = match full_duplex {
        Some(true) => " full",
        Some(false) => " half",
        None => "",
    };
    Some(format!("{number} {unit}bps{duplex}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::Charset;
    use crate::routeros::sentence::{Limits, Splitter, put_sentence};

    fn check(words: &[&str], expect: Option<(Option<f64>, &str)>) {
        let mut bytes = Vec::new();
        put_sentence(&mut bytes, words.iter().map(|word| word.as_bytes()));
        let (sentence, _) = Splitter::new(Limits::default()).next(&bytes).unwrap().unwrap();
        let read = EthernetLink::from_row(Row::new(sentence, Charset::default()), Instant::now());
        let read = read.as_ref().map(|link| (link.speed, link.text.as_str()));
        assert_eq!(read, expect, "{words:?}");
    }

    #[test]
    fn speeds_are_read_as_all_versions_write_them() {
        let (name, full, half) = ("=name=ether1", "=full-duplex=true", "=full-duplex=no");
        check(&[name, "=rate=1Gbps", full], Some((Some(1e9), "1 Gbps full")));
        check(&[name, "=rate=100Mbps", half], Some((Some(1e8), "100 Mbps half")));
        check(&[name, "=rate=2.5Gbps", "=full-duplex=yes"], Some((Some(2.5e9), "2.5 Gbps full")));
        check(&[name, "=rate=2.5G-baseT", full], Some((Some(2.5e9), "2.5 Gbps full")));
        check(&[name, "=rate=40Gbps"], Some((Some(4e10), "40 Gbps")));
        check(&[name, "=status=no-link", full], Some((None, "")));
        check(&[name, "=rate=", full], Some((None, "")));
        for nonsense in
            ["=rate=Gbps", "=rate=0Gbps", "=rate=9999999Gbps", "=rate=1..2Gbps", "=rate=1Äbps", "=rate=1"]
        {
            check(&[name, nonsense, full], Some((None, "")));
        }
        check(&["=rate=1Gbps"], None);
    }

    #[test]
    fn a_written_speed_can_be_put_in_order() {
        assert_eq!(speed("1 Gbps full"), Some(1e9));
        assert_eq!(speed("100 Mbps half"), Some(1e8));
        assert_eq!(speed(""), None);
    }

    #[test]
    fn a_monitor_always_ends_by_itself() {
        let command = EthernetLink::monitor_once(&[ItemId::read(b"*1"), ItemId::read(b"*A")]);
        let words: Vec<_> = command.words().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        assert_eq!(command.path(), "/interface/ethernet/monitor");
        assert_eq!(words, ["=numbers=*1,*A", "=once=", "=.proplist=name,rate,full-duplex"]);
    }
}
