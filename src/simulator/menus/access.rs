//! Hotspot and DHCP: guests with a voucher, and equipment that asks for an address.

use crate::simulator::computed::{Computed, Values, shown, written};
use crate::simulator::guests::Presence;
use crate::simulator::isp::Isp;
use crate::simulator::stored::Stored;
use crate::simulator::subscribers::mac;
use crate::simulator::traffic::{Habit, Usage, mix};
use crate::simulator::values::{put_address, put_duration, put_mac};
use crate::simulator::world::{Feed, Menu, Name, Source, World};
use std::sync::Arc;
use std::time::Duration;

/// Host names as equipment sends them; anybody may send anything.
static HOST_NAMES: [&str; 10] = [
    "Galaxy-S8",
    "<script>alert('dhcp')</script>",
    "MW325R",
    "iPhone de José",
    "\"><img src=x onerror=alert(4)>",
    "DESKTOP-4F2K1",
    "",
    "android-dhcp-13",
    "TL-WR840N",
    "'; DROP TABLE leases; --",
];

/// What equipment of this number calls itself.
fn host_name(index: u64) -> &'static str {
    let names = HOST_NAMES.len() as u64;
    usize::try_from(index % names).ok().and_then(|place| HOST_NAMES.get(place)).copied().unwrap_or_default()
}

/// Adds the menus.
pub fn add(world: &mut World, isp: &Arc<Isp>) {
    let changed = &isp.guests;
    world.add("/ip/hotspot/active", Menu::list(hotspot(isp.clone(), ACTIVE, true), changed.active.clone()));
    world.add("/ip/hotspot/host", Menu::list(hotspot(isp.clone(), HOST, false), changed.host.clone()));
    add_stored(
        world,
        "/ip/hotspot",
        &["name=hotspot1 interface=ether2 address-pool=guests profile=hsprof1 idle-timeout=5m \
         keepalive-timeout=none addresses-per-mac=2 proxy-status=running HTTPS=false invalid=false disabled=false"],
    );
    add_stored(
        world,
        "/ip/hotspot/user/profile",
        &[
            "name=default shared-users=1 rate-limit=2M/10M idle-timeout=none keepalive-timeout=2m default=true",
        ],
    );
    let users = changed.users.clone();
    for (key, index) in (1..).zip(0..guests(isp) * 2) {
        let cells = [
            ("server", shown("hotspot1")),
            ("name", guest_name(index)),
            ("password", shown(format_args!("v{:08x}", mix(index)))),
            ("profile", shown("default")),
            ("limit-uptime", shown("1d")),
            ("limit-bytes-total", shown(if index % 3 == 0 { 2_000_000_000_u64 } else { 0 })),
            ("uptime", written(|out| put_duration(out, Duration::from_secs(mix(index) % 90_000)))),
            ("bytes-in", shown(mix(index) % 400_000_000)),
            ("bytes-out", shown(mix(index + 1) % 3_000_000_000)),
            ("comment", shown(host_name(index))),
            ("dynamic", shown(false)),
            ("disabled", shown(index % 17 == 16)),
        ];
        users.put(key, cells.map(|(name, value)| (Name::Borrowed(name), value)));
    }
    let feed = users.feed();
    world.add("/ip/hotspot/user", Menu::list(users, feed).hiding(&["password"]));
    let cookies = changed.cookies.clone();
    // Every other guest let the portal remember the device.
    for index in (0..guests(isp)).step_by(2) {
        let cells = [
            ("user", guest_name(index)),
            ("domain", Vec::new()),
            ("mac-address", written(|out| put_mac(out, guest_mac(isp, index)))),
            ("expires-in", shown("2d23h")),
        ];
        cookies.put(index + 1, cells.map(|(name, value)| (Name::Borrowed(name), value)));
    }
    let feed = cookies.feed();
    world.add("/ip/hotspot/cookie", Menu::list(cookies, feed));
    world.add("/ip/dhcp-server/lease", Menu::list(leases(isp.clone()), changed.lease.clone()));
    add_stored(
        world,
        "/ip/dhcp-server",
        &["name=dhcp-office interface=vlan300-office address-pool=office lease-time=30m authoritative=yes \
         dynamic=false invalid=false disabled=false"],
    );
    world.add("/ip/arp", Menu::list(arp(isp.clone()), Feed::default()));
}

/// Adds a table that does not change.
pub fn add_stored(world: &mut World, path: &'static str, rows: &[&'static str]) {
    let table = Stored::of(rows);
    let feed = table.feed();
    world.add(path, Menu::list(table, feed));
}

/// How many guests there are: some for every hundred subscribers.
pub fn guests(isp: &Isp) -> u64 {
    (isp.plan.subscribers as u64 / 25).clamp(2, 200)
}

/// The user of a guest.
pub fn guest_name(index: u64) -> Vec<u8> {
    match index {
        0 => "room <101>".into(),
        1 => "café".into(),
        _ => format!("voucher{:05}", mix(index) % 100_000).into_bytes(),
    }
}

/// The key of a guest's session: the address.
pub fn guest_address(index: u64) -> u64 {
    0xC0A8_0A08 + index
}

fn guest_hash(isp: &Isp, index: u64) -> u64 {
    mix(isp.plan.seed ^ 0x6775_6573 ^ index)
}

/// The hardware address of a guest's device.
pub fn guest_mac(isp: &Isp, index: u64) -> [u8; 6] {
    mac(guest_hash(isp, index))
}

static ACTIVE: &[&str] = &[
    "server",
    "user",
    "address",
    "mac-address",
    "login-by",
    "uptime",
    "idle-time",
    "keepalive-timeout",
    "bytes-in",
    "bytes-out",
    "packets-in",
    "packets-out",
    "radius",
    "blocked",
];

static HOST: &[&str] = &[
    "mac-address",
    "address",
    "to-address",
    "server",
    "uptime",
    "idle-time",
    "keepalive-timeout",
    "bytes-in",
    "bytes-out",
    "packets-in",
    "packets-out",
    "found-by",
    "dynamic",
    "static",
    "DHCP",
    "authorized",
    "bypassed",
];

/// Guests of the hotspot; an id is the guest's address. In goes what the guest uploads.
///
/// Who was sent away is still a host, though one who is not signed in.
fn hotspot(isp: Arc<Isp>, columns: &'static [&'static str], signed_in: bool) -> impl Source {
    Computed::new(columns, move || {
        let (now, boot) = (isp.clock.now(), isp.state().boot);
        let guest = |index: u64| {
            let key = guest_address(index);
            let address = u32::try_from(key).unwrap_or_default();
            let presence = isp.guests.presence(key);
            if signed_in && presence == Presence::Away {
                return None;
            }
            let hash = guest_hash(&isp, index);
            let since = match presence {
                Presence::Back(since) => since,
                _ => boot.max(now.before(Duration::from_secs(60 + hash % 80_000))),
            };
            // The counters of a guest are those of the line since boot, so that they never fall.
            let bytes =
                |salt: u64, ceiling| Usage::new(hash ^ salt, Habit::Bursty, ceiling).between(boot, now) / 50;
            let (uploaded, downloaded) = (bytes(1, 250_000), bytes(2, 1_250_000));
            let up = now.since(since).as_secs();
            let values: Values = vec![
                ("server", shown("hotspot1")),
                ("user", guest_name(index)),
                ("address", written(|out| put_address(out, address))),
                ("to-address", written(|out| put_address(out, address))),
                ("mac-address", written(|out| put_mac(out, mac(hash)))),
                ("login-by", shown("http-chap")),
                ("uptime", written(|out| put_duration(out, Duration::from_secs(up)))),
                ("idle-time", shown(format_args!("{}s", (now.0 / 1000 + hash % 20) % 20))),
                ("keepalive-timeout", shown("2m")),
                ("bytes-in", shown(uploaded)),
                ("bytes-out", shown(downloaded)),
                ("packets-in", shown(uploaded / 320)),
                ("packets-out", shown(downloaded / 1130)),
                ("found-by", shown("UDP :5353")),
                ("radius", shown(false)),
                ("blocked", shown(false)),
                ("dynamic", shown(true)),
                ("static", shown(false)),
                ("DHCP", shown(true)),
                ("authorized", shown(presence != Presence::Away)),
                ("bypassed", shown(false)),
            ];
            Some((key, values))
        };
        (0..guests(&isp)).filter_map(guest).collect()
    })
}

/// How many leases there are.
fn lease_count(isp: &Isp) -> u64 {
    (isp.plan.subscribers as u64 / 20).clamp(12, 200)
}

fn lease_address(index: u64) -> Vec<u8> {
    written(|out| put_address(out, 0xC0A8_0202 + u32::try_from(index).unwrap_or_default()))
}

/// Whether a lease may still be made static; `None` if there is none of this key.
pub fn lease_is_dynamic(isp: &Isp, key: u64) -> Option<bool> {
    let index = key.checked_sub(1).filter(|index| *index < lease_count(isp))?;
    Some(!index.is_multiple_of(5) && !isp.guests.is_fixed(key))
}

fn leases(isp: Arc<Isp>) -> impl Source {
    static COLUMNS: [&str; 17] = [
        "address",
        "mac-address",
        "client-id",
        "address-lists",
        "server",
        "dhcp-option",
        "status",
        "expires-after",
        "last-seen",
        "active-address",
        "active-mac-address",
        "active-server",
        "host-name",
        "radius",
        "dynamic",
        "blocked",
        "disabled",
    ];
    Computed::new(&COLUMNS, move || {
        let now = isp.clock.now().0 / 1000;
        let lease = |index: u64| {
            let hash = mix(isp.plan.seed ^ 0x6c65_6173 ^ index);
            let hardware = written(|out| put_mac(out, mac(hash)));
            let seen = (now + hash % 900) % 900;
            let name = host_name(index);
            let mut values: Values = vec![
                ("address", lease_address(index)),
                ("mac-address", hardware.clone()),
                ("client-id", [b"1:", &*hardware.to_ascii_lowercase()].concat()),
                ("address-lists", Vec::new()),
                ("server", shown("dhcp-office")),
                ("dhcp-option", Vec::new()),
                ("status", shown(if index % 11 == 10 { "waiting" } else { "bound" })),
                ("last-seen", written(|out| put_duration(out, Duration::from_secs(seen)))),
                ("radius", shown(false)),
                ("dynamic", shown(lease_is_dynamic(&isp, index + 1) == Some(true))),
                ("blocked", shown(false)),
                ("disabled", shown(false)),
            ];
            if index % 11 != 10 {
                let left = Duration::from_secs(1800 - seen);
                values.push(("expires-after", written(|out| put_duration(out, left))));
                values.push(("active-address", lease_address(index)));
                values.push(("active-mac-address", hardware));
                values.push(("active-server", shown("dhcp-office")));
                if !name.is_empty() {
                    values.push(("host-name", shown(name)));
                }
            }
            (index + 1, values)
        };
        (0..lease_count(&isp)).map(lease).collect()
    })
}

fn arp(isp: Arc<Isp>) -> impl Source {
    static COLUMNS: [&str; 10] = [
        "address",
        "mac-address",
        "interface",
        "published",
        "status",
        "invalid",
        "DHCP",
        "dynamic",
        "complete",
        "disabled",
    ];
    Computed::new(&COLUMNS, move || {
        let entry = |index: u64| {
            let hash = mix(isp.plan.seed ^ 0x6c65_6173 ^ index);
            let mut values: Values = vec![
                ("address", lease_address(index)),
                ("mac-address", written(|out| put_mac(out, mac(hash)))),
                ("interface", shown("vlan300-office")),
                ("published", shown(false)),
                ("invalid", shown(false)),
                ("DHCP", shown(true)),
                ("dynamic", shown(true)),
                ("complete", shown(true)),
                ("disabled", shown(false)),
            ];
            if isp.plan.ros.is_7() {
                values.push(("status", shown(if hash.is_multiple_of(3) { "stale" } else { "reachable" })));
            }
            (index + 1, values)
        };
        (0..lease_count(&isp)).map(entry).collect()
    })
}
