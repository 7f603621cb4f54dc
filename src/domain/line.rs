//! What carries a session on its way to the router, and which IPv6 prefix it was given.

use super::id::ItemId;
use super::resource::resource;
use super::units::Text;
use std::collections::HashMap;

resource! {
    /// An interface of a PPPoE session, and the interface that its frames come in on.
    PppoeLine at "/interface/pppoe-server" named "/interface/pppoe-server lines", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        interface: Text = "interface",
        /// Where one server listens on many VLANs at once; older versions do not tell it.
        vlan_id: Option<u64> = "vid",
    }
}

resource! {
    /// A VLAN interface.
    Vlan at "/interface/vlan", needs "name" {
        id: ItemId = ".id",
        name: Text = "name",
        vlan_id: Option<u64> = "vlan-id",
    }
}

resource! {
    /// A prefix that was delegated; the DHCPv6 server of a session is called like the session's interface.
    Delegation at "/ipv6/dhcp-server/binding", needs "server" {
        id: ItemId = ".id",
        server: Text = "server",
        prefix: Text = "address",
    }
}

/// What is known of the line of one session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// The number of its VLAN.
    pub vlan_id: Option<u64>,
    /// The VLAN as people read it: its number and the interface, or only the interface that carries the session.
    pub vlan: Text,
    /// The IPv6 prefix that was delegated to the subscriber.
    pub ipv6_prefix: Text,
}

/// The lines of all sessions, by the names of their interfaces.
pub type Lines = HashMap<Text, Line>;

/// Puts together what three tables tell.
pub fn lines(carried: &[PppoeLine], vlans: &[Vlan], delegated: &[Delegation]) -> Lines {
    let numbers: HashMap<&str, u64> =
        vlans.iter().filter_map(|vlan| Some((vlan.name.as_str(), vlan.vlan_id?))).collect();
    let mut lines = Lines::with_capacity(carried.len());
    for row in carried.iter().filter(|row| !row.interface.is_empty()) {
        let vlan_id = row.vlan_id.or_else(|| numbers.get(row.interface.as_str()).copied());
        let vlan = match vlan_id {
            Some(number) => Text::from(format!("{number} · {}", row.interface)),
            None => row.interface.clone(),
        };
        lines.insert(row.name.clone(), Line { vlan_id, vlan, ipv6_prefix: Text::default() });
    }
    // Single addresses are told in the same table.
    let prefixes = delegated.iter().filter(|row| row.prefix.contains('/') && !row.prefix.ends_with("/128"));
    for row in prefixes {
        lines.entry(row.server.clone()).or_default().ipv6_prefix.clone_from(&row.prefix);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(name: &str, interface: &str, vlan_id: Option<u64>) -> PppoeLine {
        PppoeLine { name: name.into(), interface: interface.into(), vlan_id, ..PppoeLine::default() }
    }

    fn delegated(server: &str, prefix: &str) -> Delegation {
        Delegation { server: server.into(), prefix: prefix.into(), ..Delegation::default() }
    }

    #[test]
    fn a_line_is_told_by_its_vlan_or_else_by_what_carries_it() {
        let vlans = [Vlan { name: "north".into(), vlan_id: Some(100), ..Vlan::default() }];
        let carried = [
            carried("<pppoe-ana>", "north", None),
            carried("<pppoe-bob>", "ether2", Some(35)),
            carried("<pppoe-eve>", "bridge1", None),
            carried("pppoe-in1", "", None),
        ];
        let delegated = [
            delegated("<pppoe-ana>", "2001:db8:1::/56"),
            delegated("<pppoe-eve>", "2001:db8:ffff::7/128"),
            delegated("lan", "2001:db8:2::/64"),
        ];
        let lines = lines(&carried, &vlans, &delegated);
        let told = |name: &str| {
            lines.get(name).map(|line| (line.vlan_id, line.vlan.as_str(), line.ipv6_prefix.as_str()))
        };
        assert_eq!(told("<pppoe-ana>"), Some((Some(100), "100 · north", "2001:db8:1::/56")));
        assert_eq!(told("<pppoe-bob>"), Some((Some(35), "35 · ether2", "")));
        assert_eq!(told("<pppoe-eve>"), Some((None, "bridge1", "")));
        assert_eq!(told("lan"), Some((None, "", "2001:db8:2::/64")));
        assert_eq!(told("pppoe-in1"), None);
    }
}
