//! What an operator has set up: profiles, servers, pools, users, addresses, routes.

use super::access::add_stored;
use crate::simulator::computed::{Computed, Values, shown};
use crate::simulator::isp::Isp;
use crate::simulator::menus::interfaces::Port;
use crate::simulator::plan::Policies;
use crate::simulator::stored::Stored;
use crate::simulator::subscribers::TARIFFS;
use crate::simulator::world::{Feed, Menu, Name, World};
use secrecy::SecretString;
use std::sync::Arc;

/// Adds the menus.
pub fn add(world: &mut World, isp: &Arc<Isp>) {
    world.add("/ppp/profile", profiles());
    add_stored(
        world,
        "/interface/pppoe-server/server",
        &[
            "service-name=internet interface=bridge-subscribers max-mtu=1480 max-mru=1480 mrru=disabled \
         authentication=pap,chap,mschap2 keepalive-timeout=10 one-session-per-host=false max-sessions=unlimited \
         pado-delay=0 default-profile=home-30M invalid=false disabled=false",
            "service-name=internet interface=vlan100-north max-mtu=1480 max-mru=1480 mrru=disabled \
         authentication=pap,chap,mschap2 keepalive-timeout=10 one-session-per-host=false max-sessions=unlimited \
         pado-delay=0 default-profile=home-30M invalid=false disabled=false",
            "service-name=internet interface=vlan200-south max-mtu=1480 max-mru=1480 mrru=disabled \
         authentication=pap,chap,mschap2 keepalive-timeout=10 one-session-per-host=false max-sessions=unlimited \
         pado-delay=0 default-profile=home-30M invalid=false disabled=false",
            "service-name=office interface=vlan300-office max-mtu=1480 max-mru=1480 mrru=disabled \
         authentication=mschap2 keepalive-timeout=10 one-session-per-host=true max-sessions=unlimited \
         pado-delay=0 default-profile=default invalid=false disabled=true",
        ],
    );
    world.add("/ip/pool", pools(isp.clone()));
    add_users(world, isp);
    add_stored(
        world,
        "/ip/address",
        &[
            "address=203.0.113.2/30 network=203.0.113.0 interface=sfp-sfpplus1 actual-interface=sfp-sfpplus1 \
         invalid=false dynamic=false disabled=false comment=uplink",
            "address=192.168.2.1/24 network=192.168.2.0 interface=vlan300-office actual-interface=vlan300-office \
         invalid=false dynamic=false disabled=false",
            "address=192.168.10.1/24 network=192.168.10.0 interface=ether2 actual-interface=ether2 \
         invalid=false dynamic=false disabled=false comment=hotspot",
        ],
    );
    let route = if isp.plan.ros.is_7() {
        "dst-address=0.0.0.0/0 routing-table=main gateway=203.0.113.1 immediate-gw=203.0.113.1%sfp-sfpplus1 \
         distance=1 scope=30 target-scope=10 active=true static=true dynamic=false disabled=false"
    } else {
        "dst-address=0.0.0.0/0 gateway=203.0.113.1 gateway-status=203.0.113.1|reachable|via||sfp-sfpplus1 \
         distance=1 scope=30 target-scope=10 active=true static=true dynamic=false disabled=false"
    };
    add_stored(
        world,
        "/ip/route",
        &[
            route,
            "dst-address=192.168.2.0/24 gateway=vlan300-office distance=0 scope=10 active=true connect=true \
         dynamic=true disabled=false",
        ],
    );
    add_stored(
        world,
        "/ip/neighbor",
        &[
            "interface=sfp-sfpplus2,bridge-subscribers address=192.168.2.20 mac-address=4C:5E:0C:12:AA:CC \
         identity=tower-north platform=MikroTik version=7.14.3|(stable) unpack=none age=12s uptime=8w6d6h18m17s \
         board=CRS328-24P-4S+ interface-name=bridge system-caps=bridge,router",
            "interface=sfp-sfpplus2,bridge-subscribers address=192.168.2.21 mac-address=4C:5E:0C:12:AA:CD \
         identity=<b>tower|south</b> platform=MikroTik version=6.49.10|(long-term) unpack=none age=3s \
         uptime=1w2d3h board=CRS112-8G-4S interface-name=ether1 system-caps=bridge,router",
        ],
    );
    add_stored(
        world,
        "/tool/netwatch",
        &[
            "name=dns host=203.0.113.53 type=simple interval=1m timeout=1s status=up disabled=false",
            "name=backup host=192.168.2.110 type=simple interval=1m timeout=1s status=down disabled=false",
        ],
    );
    add_stored(
        world,
        "/queue/tree",
        &["name=uplink parent=sfp-sfpplus1 packet-mark= limit-at=0 queue=default priority=8 \
         max-limit=900000000 burst-limit=0 burst-threshold=0 burst-time=0s bytes=0 packets=0 dropped=0 rate=0 \
         packet-rate=0 queued-packets=0 queued-bytes=0 invalid=false disabled=false"],
    );
}

/// Adds `/interface/vlan`, whose ids are those of the interfaces.
pub fn add_vlans(world: &mut World, ports: &[Port]) {
    let table = Stored::new();
    for (key, port) in (1..).zip(ports).filter(|(_, port)| port.is_vlan()) {
        // A name such as `vlan100-north` tells the number.
        let number = port.name.trim_start_matches("vlan").split('-').next().unwrap_or_default();
        let cells = [
            ("name", port.name),
            ("mtu", "1500"),
            ("l2mtu", "1588"),
            ("arp", "enabled"),
            ("vlan-id", number),
            ("interface", "bridge-subscribers"),
            ("use-service-tag", "false"),
            ("running", "true"),
            ("disabled", "false"),
        ];
        table.put(key, cells.map(|(name, value)| (Name::Borrowed(name), shown(value))));
    }
    let feed = table.feed();
    world.add("/interface/vlan", Menu::list(table, feed));
}

fn profiles() -> Menu {
    let table = Stored::new();
    let common = [("use-compression", "default"), ("use-encryption", "default"), ("only-one", "default")];
    let put = |key: u64, name: &str, limit: String, is_default: bool| {
        let mut cells = vec![("name", shown(name)), ("local-address", shown("100.64.0.1"))];
        if !is_default {
            cells.push(("remote-address", shown("subscribers")));
            cells.push(("rate-limit", limit.into_bytes()));
        }
        cells.extend(common.map(|(name, value)| (name, shown(value))));
        cells.push(("change-tcp-mss", shown("yes")));
        cells.push(("default", shown(is_default)));
        table.put(key, cells.into_iter().map(|(name, value)| (Name::Borrowed(name), value)));
    };
    put(0, "default", String::new(), true);
    for (key, tariff) in (1..).zip(&TARIFFS) {
        put(key, tariff.profile, format!("{}M/{}M", tariff.up, tariff.down), false);
    }
    let feed = table.feed();
    Menu::list(table, feed)
}

/// The pools; how much of them is used follows from the sessions.
fn pools(isp: Arc<Isp>) -> Menu {
    let table = Computed::new(&["name", "ranges", "total", "used", "available"], move || {
        let sessions = isp.state().sessions.len() as u64;
        let counts = isp.plan.ros.is_7();
        let pool = |key: u64, name: &str, ranges: &str, total: u64, used: u64| {
            let mut values: Values = vec![("name", shown(name)), ("ranges", shown(ranges))];
            if counts {
                values.push(("total", shown(total)));
                values.push(("used", shown(used)));
                values.push(("available", shown(total.saturating_sub(used))));
            }
            (key, values)
        };
        vec![
            pool(1, "subscribers", "100.64.1.0-100.127.254.255", 0x003F_FE00, sessions),
            pool(2, "office", "192.168.2.2-192.168.2.254", 253, 12),
            pool(3, "guests", "192.168.10.8-192.168.10.254", 247, 2),
        ]
    });
    Menu::list(table, Feed::default())
}

fn add_users(world: &mut World, isp: &Isp) {
    let (users, groups) = (Stored::new(), Stored::new());
    let policies = isp.plan.policies;
    let name = |user: &Option<(String, SecretString)>| user.as_ref().map(|(name, _)| name.clone());
    let ordinary = name(&isp.plan.user).unwrap_or_else(|| "admin".to_owned());
    let operator =
        name(&isp.plan.operator).map(|name| (name, "operators", Policies { write: true, ..policies }));
    let all = std::iter::once((ordinary, "monitor", policies)).chain(operator);
    for (key, (name, group, policies)) in (1..).zip(all) {
        let cells = [("name", name.as_str()), ("group", group), ("address", ""), ("disabled", "false")];
        users.put(key, cells.map(|(name, value)| (Name::Borrowed(name), shown(value))));
        let cells = [("name", group.to_owned()), ("policy", policy(policies))];
        groups.put(key, cells.map(|(name, value)| (Name::Borrowed(name), value.into_bytes())));
    }
    let feed = users.feed();
    world.add("/user", Menu::list(users, feed));
    let feed = groups.feed();
    world.add("/user/group", Menu::list(groups, feed));
}

/// A group's policies, as RouterOS lists them: what it lacks has a `!` before it.
fn policy(policies: Policies) -> String {
    let has = |policy: &str| match policy {
        "api" => policies.api,
        "read" => policies.read,
        "sensitive" => policies.sensitive,
        "write" => policies.write,
        _ => false,
    };
    let all =
        ["api", "read", "sensitive", "write", "policy", "test", "reboot", "ftp", "winbox", "ssh", "web"];
    all.map(|policy| if has(policy) { policy.to_owned() } else { format!("!{policy}") }).join(",")
}
