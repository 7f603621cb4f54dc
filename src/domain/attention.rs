//! What a router that answers needs a person for, before it stops answering.

use super::overview::{disk_percent, memory_percent};
use super::snapshot::{Snapshot, TableState};
use super::units::Text;

/// From here on, in percent, something is nearly full.
const FULL: u64 = 90;
/// From here on, in degrees Celsius, a sensor is hot.
const HOT: f64 = 80.0;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Concern {
    /// What it is, as translations name it.
    pub word: &'static str,
    /// How bad it is: the worst has the lowest.
    pub rank: u8,
    /// What is measured, in the unit that its text says.
    pub value: u64,
    /// What it is about, where there are several: a pool, a menu.
    pub of: Text,
}

/// What needs a person, the worst first; nothing of a router that does not answer, whose link says what to do.
pub fn concerns(snapshot: &Snapshot) -> Vec<Concern> {
    if !snapshot.link.is_live() {
        return Vec::new();
    }
    let system = &snapshot.system;
    let resource = system.resource.as_ref();
    let mut concerns = Vec::new();
    let mut add = |word, rank, value: Option<u64>, of: &str| {
        concerns.extend(value.map(|value| Concern { word, rank, value, of: of.into() }));
    };
    let full = |percent: Option<u64>| percent.filter(|percent| FULL <= *percent);
    add("power", 0, system.power().filter(|power| *power == "fail").map(|_| 0), "");
    add("fan", 1, system.slowest_fan().filter(|speed| *speed <= 0.0).map(|_| 0), "");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is hotter than zero, and no star"
    )]
    add("hot", 2, system.temperature().filter(|hottest| HOT <= *hottest).map(|hottest| hottest as u64), "");
    add("cpu", 3, full(resource.and_then(|resource| resource.cpu_load)), "");
    add("memory", 4, full(resource.and_then(memory_percent)), "");
    add("disk", 6, full(resource.and_then(disk_percent)), "");
    for pool in snapshot.pools.rows.iter() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is from 0 to 100, and one that is nearly full is not called full"
        )]
        add("pool", 5, full(pool.used_percent().map(|percent| percent as u64)), &pool.name);
    }
    for poll in snapshot.polls.iter().filter(|poll| poll.state == TableState::Forbidden) {
        add("forbidden", 7, Some(0), poll.name);
    }
    concerns.sort_by_key(|concern| concern.rank);
    concerns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dhcp::Pool;
    use crate::domain::example::{now, snapshot, unreachable};
    use crate::domain::snapshot::{PollReport, Table};
    use crate::domain::system::{Health, Sensor, SystemResource};
    use std::sync::Arc;
    use std::time::Duration;

    fn words(snapshot: &Snapshot) -> Vec<&'static str> {
        concerns(snapshot).iter().map(|concern| concern.word).collect()
    }

    #[test]
    fn a_router_that_is_well_needs_nobody() {
        assert!(words(&snapshot("r", &[])).is_empty());
        let mut away = unreachable("r", &[]);
        Arc::make_mut(&mut away.system).resource =
            Some(SystemResource { cpu_load: Some(100), ..SystemResource::default() });
        assert!(words(&away).is_empty(), "what was measured before is no news");
    }

    #[test]
    fn the_worst_comes_first() {
        let mut router = snapshot("r", &[]);
        let system = Arc::make_mut(&mut router.system);
        system.resource = Some(SystemResource {
            cpu_load: Some(90),
            free_memory: Some(11),
            total_memory: Some(100),
            free_disk: Some(1),
            total_disk: Some(100),
            ..SystemResource::default()
        });
        let sensor =
            |name: &str, value: &str| Sensor { name: name.into(), value: value.into(), unit: "".into() };
        let sensors = [("psu2-state", "fail"), ("fan1-speed", "0"), ("cpu-temperature", "81")];
        system.health = Some(Health(sensors.iter().map(|(name, value)| sensor(name, value)).collect()));
        let pool = |name: &str, used| Pool {
            name: name.into(),
            total: Some(10),
            used: Some(used),
            ..Pool::default()
        };
        router.pools = Table { rows: Arc::new(vec![pool("roomy", 8), pool("tight", 9)]), ..Table::default() };
        router.polls = Arc::new(vec![PollReport {
            name: "/ppp/secret",
            at: now(),
            took: Duration::ZERO,
            rows: 0,
            bytes: 0,
            every: Duration::from_secs(60),
            state: TableState::Forbidden,
        }]);
        assert_eq!(words(&router), ["power", "fan", "hot", "cpu", "pool", "disk", "forbidden"]);
        let found = concerns(&router);
        let pool = found.iter().find(|concern| concern.word == "pool").unwrap();
        assert_eq!((pool.of.as_str(), pool.value), ("tight", 90));
    }
}
