//! What a router says of itself.

mod sensors;

use super::resource::{Resource, Value, resource};
use super::secrets::is_secret;
use super::units::Text;
use crate::routeros::Row;
use std::borrow::Cow;
use std::time::{Duration, Instant};

resource! {
    /// Load, memory, disk and version: the row of `/system/resource`.
    SystemResource at "/system/resource", needs "uptime" {
        uptime: Option<Duration> = "uptime",
        version: Text = "version",
        board_name: Text = "board-name",
        architecture: Text = "architecture-name",
        platform: Text = "platform",
        cpu: Text = "cpu",
        cpu_count: Option<u64> = "cpu-count",
        /// In percent, over all cores.
        cpu_load: Option<u64> = "cpu-load",
        free_memory: Option<u64> = "free-memory",
        total_memory: Option<u64> = "total-memory",
        free_disk: Option<u64> = "free-hdd-space",
        total_disk: Option<u64> = "total-hdd-space",
    }
}

resource! {
    /// The router's own name, set by its operator.
    Identity at "/system/identity", needs "name" {
        name: Text = "name",
    }
}

resource! {
    /// Model and firmware; absent on x86 and CHR.
    Routerboard at "/system/routerboard", needs "routerboard" {
        routerboard: bool = "routerboard",
        model: Text = "model",
        serial_number: Text = "serial-number",
        current_firmware: Text = "current-firmware",
        upgrade_firmware: Text = "upgrade-firmware",
    }
}

resource! {
    /// The router's clock; dates in other menus are in its zone.
    Clock at "/system/clock", needs "gmt-offset" {
        gmt_offset: Text = "gmt-offset",
        date: Text = "date",
        time: Text = "time",
        time_zone: Text = "time-zone-name",
    }
}

/// One sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// The router's name for it, such as `cpu-temperature`.
    pub name: Text,
    /// Its value as the router writes it.
    pub value: Text,
    /// `C`, `V`, `A`, `W`, `RPM`, or empty where the router gives none.
    pub unit: Text,
}

impl Sensor {
    /// Its value as a number, in its unit.
    ///
    /// Version 6 gives no units, and writes volts and watts in tenths without a point.
    pub fn number(&self) -> Option<f64> {
        let number = self.value.parse::<f64>().ok().filter(|number| number.is_finite())?;
        Some(if self.is_in_tenths() { number / 10.0 } else { number })
    }

    /// Its value as version 7 writes it.
    pub fn written(&self) -> Cow<'_, str> {
        let tenths = self.number().filter(|_| self.is_in_tenths());
        tenths.map_or(Cow::Borrowed(self.value.as_str()), |number| Cow::Owned(number.to_string()))
    }

    /// Its unit, `C`, `V`, `A`, `W` or `RPM`: as the router says, or else as its name has it. Empty where neither tells,
    /// or where the value is no number.
    pub fn unit(&self) -> &str {
        let is_number = || self.value.parse::<f64>().is_ok();
        match self.name.as_str() {
            _ if !self.unit.is_empty() || !is_number() => &self.unit,
            name if name.ends_with("temperature") => "C",
            name if name.ends_with("voltage") => "V",
            name if name.ends_with("power-consumption") => "W",
            name if name.starts_with("fan") && name.ends_with("speed") => "RPM",
            _ => "",
        }
    }

    fn is_in_tenths(&self) -> bool {
        self.unit.is_empty() && matches!(self.unit(), "V" | "W") && !self.value.contains('.')
    }
}

/// Sensors: version 6 answers one row of many properties, version 7 one row a sensor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health(pub Vec<Sensor>);

impl Resource for Health {
    const PATH: &'static str = "/system/health";
    // The names of version 6's properties depend on the board, so all are asked for: it is one short row.
    const PROPLIST: &'static str = "";

    fn from_row(row: Row<'_>, _: Instant) -> Option<Self> {
        let text = |bytes| Text::read(bytes, row.charset());
        if let (Some(name), Some(value)) = (row.bytes("name"), row.bytes("value")) {
            let unit = row.bytes("type").map(text).unwrap_or_default();
            return Some(Self(vec![Sensor { name: text(name), value: text(value), unit }]));
        }
        let sensors: Vec<Sensor> = row
            .attributes()
            .filter(|(name, _)| !matches!(*name, b".id" | b"state" | b"state-after-reboot"))
            // Nothing was asked for by name, so that whatever the router says would be shown.
            .filter(|(name, _)| !is_secret(&String::from_utf8_lossy(name)))
            .map(|(name, value)| Sensor { name: text(name), value: text(value), unit: Text::default() })
            .collect();
        (!sensors.is_empty()).then_some(Self(sensors))
    }

    fn print() -> crate::routeros::Command {
        crate::routeros::Command::new("/system/health/print")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::Charset;
    use crate::routeros::sentence::{Limits, Splitter, put_sentence};

    #[test]
    fn sensors_of_version_6_read_as_those_of_7() {
        let check = |name: &str, value: &str, unit: &str, expect: (&str, &str)| {
            let sensor = Sensor { name: name.into(), value: value.into(), unit: unit.into() };
            assert_eq!((&*sensor.written(), sensor.unit()), expect, "{name} {value}");
        };
        check("voltage", "241", "", ("24.1", "V"));
        check("voltage", "24.1", "", ("24.1", "V"));
        check("voltage", "24", "V", ("24", "V"));
        check("power-consumption", "412", "", ("41.2", "W"));
        check("cpu-temperature", "52", "", ("52", "C"));
        check("fan1-speed", "6030", "", ("6030", "RPM"));
        check("psu1-state", "ok", "", ("ok", ""));
        check("voltage", "fail", "", ("fail", ""));
        check("current", "412", "", ("412", ""));
    }

    #[test]
    fn a_secret_is_no_sensor() {
        let words =
            ["!re", "=.id=*1", "=voltage=24.1", "=password=canary", "=psk=canary", "=fan1-speed=4200"];
        let mut bytes = Vec::new();
        put_sentence(&mut bytes, words.iter().map(|word| word.as_bytes()));
        let (sentence, _) = Splitter::new(Limits::default()).next(&bytes).unwrap().unwrap();
        let health = Health::from_row(Row::new(sentence, Charset::default()), Instant::now()).unwrap();
        let names: Vec<&str> = health.0.iter().map(|sensor| &*sensor.name).collect();
        assert_eq!(names, ["voltage", "fan1-speed"]);
    }
}
