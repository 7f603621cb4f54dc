//! What the sensors of a router come to.

use super::Sensor;
use crate::domain::snapshot::System;

impl System {
    /// What the router is: its board's model, or what it calls its board.
    pub fn model(&self) -> &str {
        let board = self.routerboard.as_ref().map_or("", |board| board.model.as_str());
        let named = self.resource.as_ref().map_or("", |resource| resource.board_name.as_str());
        if board.is_empty() { named } else { board }
    }

    /// The hottest sensor, in degrees Celsius.
    pub fn temperature(&self) -> Option<f64> {
        self.readings("temperature").reduce(f64::max)
    }

    /// The lowest voltage that it is fed with, in volts.
    pub fn voltage(&self) -> Option<f64> {
        self.readings("voltage").reduce(f64::min)
    }

    /// The slowest fan, in revolutions per minute.
    pub fn slowest_fan(&self) -> Option<f64> {
        self.readings("-speed").reduce(f64::min)
    }

    /// Whether all its power supplies are well, `ok` or `fail`; nothing where it tells of none.
    pub fn power(&self) -> Option<&'static str> {
        let mut supplies = self.sensors().filter(|sensor| is_power_state(&sensor.name)).peekable();
        supplies.peek()?;
        Some(if supplies.all(|sensor| sensor.value == "ok") { "ok" } else { "fail" })
    }

    fn sensors(&self) -> impl Iterator<Item = &Sensor> {
        self.health.iter().flat_map(|health| &health.0)
    }

    fn readings(&self, ending: &'static str) -> impl Iterator<Item = f64> {
        self.sensors().filter(move |sensor| sensor.name.ends_with(ending)).filter_map(Sensor::number)
    }
}

fn is_power_state(name: &str) -> bool {
    name.starts_with("psu") && name.ends_with("-state")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::system::Health;

    fn system(sensors: &[(&str, &str, &str)]) -> System {
        let sensor = |&(name, value, unit): &(&str, &str, &str)| Sensor {
            name: name.into(),
            value: value.into(),
            unit: unit.into(),
        };
        System { health: Some(Health(sensors.iter().map(sensor).collect())), ..System::default() }
    }

    #[test]
    fn the_worst_of_each_kind_of_sensor_stands_for_all() {
        let check = |sensors: &[(&str, &str, &str)], expect: [Option<f64>; 3], power: Option<&str>| {
            let system = system(sensors);
            assert_eq!([system.temperature(), system.voltage(), system.slowest_fan()], expect, "{sensors:?}");
            assert_eq!(system.power(), power, "{sensors:?}");
        };
        check(&[], [None; 3], None);
        check(
            &[
                ("cpu-temperature", "52", "C"),
                ("sfp-temperature", "61", "C"),
                ("fan1-speed", "6000", "RPM"),
                ("fan2-speed", "0", "RPM"),
                ("psu1-state", "ok", ""),
                ("psu2-state", "fail", ""),
                ("psu1-voltage", "24.1", "V"),
            ],
            [Some(61.0), Some(24.1), Some(0.0)],
            Some("fail"),
        );
        check(&[("voltage", "241", ""), ("psu1-state", "ok", "")], [None, Some(24.1), None], Some("ok"));
        check(&[("voltage", "24.1", ""), ("temperature", "hot", "")], [None, Some(24.1), None], None);
    }
}
