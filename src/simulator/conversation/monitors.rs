//! Commands that tell samples until they are cancelled, or only one.

use super::{Conversation, NO_COMMAND, NOT_PERMITTED, Refused, refused};
use crate::routeros::server::Request;
use crate::simulator::jobs::{Work, interval};
use crate::simulator::values::id;
use crate::simulator::world::Menu;
use std::time::Duration;

impl Conversation {
    /// Samples of the items that `numbers` names, by id or by name; without `once` they go on.
    pub(super) fn monitor(&mut self, menu: &Menu, request: &Request) -> Result<(), Refused> {
        if !self.policies.read {
            return Err(refused(None, NOT_PERMITTED));
        }
        let numbers = request.attribute("numbers").or_else(|| request.attribute(".id"));
        let numbers = numbers.ok_or_else(|| refused(None, "missing value(s) of argument(s) numbers"))?;
        let (interfaces, mut queries) = (self.service.world.menu("/interface"), Vec::new());
        for number in numbers.split(|&byte| byte == b',') {
            let name = match (id(number), interfaces) {
                (Some(key), Some(interfaces)) => interfaces.name_of(key),
                _ => Some(number.to_vec()),
            };
            let name = name.filter(|name| menu.has_name(name));
            let name = name.ok_or_else(|| refused(Some(0), "no such item"))?;
            queries.push([b"?name=", &*name].concat());
        }
        // Each name after the first adds to what was chosen before.
        let more = vec![b"?#|".to_vec(); queries.len() - 1];
        queries.extend(more);
        let request = Request { path: format!("{}/print", request.path), queries, ..request.clone() };
        let selection = self.selection(menu, &request)?;
        let work = Work::print(false, samples_every(&request));
        self.begin(&request, work, Some(selection), None);
        Ok(())
    }

    pub(super) fn monitor_traffic(&mut self, request: &Request) -> Result<(), Refused> {
        let names = request.attribute("interface").unwrap_or_default();
        let interfaces: Vec<Vec<u8>> = names.split(|&byte| byte == b',').map(<[u8]>::to_vec).collect();
        let Some(monitor) = self.service.world.monitor() else { return Err(refused(Some(0), NO_COMMAND)) };
        if interfaces.iter().any(|name| monitor.rates(name).is_none()) {
            return Err(refused(Some(1), "input does not match any value of interface"));
        }
        self.begin(request, Work::monitor(interfaces, samples_every(request)), None, None);
        Ok(())
    }
}

/// The time between two samples; `None` for a single one.
fn samples_every(request: &Request) -> Option<Duration> {
    let once = request.attribute("once").is_some_and(|value| value != b"false" && value != b"no");
    let every = request.attribute("interval").and_then(interval).unwrap_or(Duration::from_secs(1));
    (!once).then_some(every)
}
