//! Guests, their users and cookies, and leases: `/ip/hotspot` and `/ip/dhcp-server/lease`.

use super::{Order, gone, refused};
use crate::domain::units::duration;
use crate::simulator::computed::{shown, written};
use crate::simulator::guests::Presence;
use crate::simulator::later::Later;
use crate::simulator::menus::access::{guest_address, guest_mac, guest_name, guests, lease_is_dynamic};
use crate::simulator::stored::Stored;
use crate::simulator::values::{put_duration, put_mac};
use crate::simulator::world::{Name, Refused};
use std::time::Duration;

/// How long it takes until a cookie has let a guest back in.
const BY_COOKIE: Duration = Duration::from_secs(4);

pub(super) fn send_away(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    let isp = order.isp;
    let index = (0..guests(isp)).find(|index| guest_address(*index) == key).ok_or_else(gone)?;
    if isp.guests.presence(key) == Presence::Away {
        return Err(gone());
    }
    let (user, hardware) = (guest_name(index), written(|out| put_mac(out, guest_mac(isp, index))));
    order.may_touch(&user)?;
    isp.guests.send_away(key);
    let line = [&*user, b" logged out: admin reset"].concat();
    isp.log.write("hotspot,info,debug", line);
    let knows =
        |(_, cells): &(u64, Cells)| cell(cells, "user") == user && cell(cells, "mac-address") == hardware;
    if isp.guests.cookies.rows().iter().any(knows) {
        isp.later.add(isp.clock.now().after(BY_COOKIE), Later::Guest(key));
    }
    Ok(())
}

pub(super) fn forget_cookie(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    order.only(&[".id", "numbers"])?;
    let cookies = &order.isp.guests.cookies;
    if let Some((_, cells)) = cookies.rows().iter().find(|(known, _)| *known == key) {
        order.may_touch(&[b"cookie of ", cell(cells, "user")].concat())?;
    }
    cookies.remove(key).then_some(()).ok_or_else(gone)
}

pub(super) fn add(order: &Order<'_>) -> Result<u64, Refused> {
    let known =
        ["name", "password", "profile", "server", "limit-uptime", "limit-bytes-total", "comment", "disabled"];
    order.only(&known)?;
    let (name, change) = (order.name()?, change(order)?);
    order.may_touch(name)?;
    let users = &order.isp.guests.users;
    if users.rows().iter().any(|(_, cells)| cell(cells, "name") == name) {
        return Err(refused("failure: already have user with this name for this server"));
    }
    let mut cells: Cells = [
        ("server", shown("all")),
        ("name", name.to_vec()),
        ("password", Vec::new()),
        ("profile", shown("default")),
        ("uptime", shown("0s")),
        ("bytes-in", shown(0)),
        ("bytes-out", shown(0)),
        ("dynamic", shown(false)),
        ("disabled", shown(false)),
    ]
    .map(|(name, value)| (Name::Borrowed(name), value))
    .into();
    merge(&mut cells, change);
    let key = users.rows().last().map_or(1, |(key, _)| key + 1);
    users.put(key, cells);
    order.log("hotspot user", name, "added");
    Ok(key)
}

pub(super) fn set(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    let known = [
        ".id",
        "numbers",
        "password",
        "profile",
        "server",
        "limit-uptime",
        "limit-bytes-total",
        "comment",
        "disabled",
    ];
    order.only(&known)?;
    let change = change(order)?;
    alter(order, key, change)
}

pub(super) fn switch(order: &Order<'_>, key: u64, enabled: bool) -> Result<(), Refused> {
    order.only(&[".id", "numbers"])?;
    alter(order, key, vec![(Name::Borrowed("disabled"), shown(!enabled))])
}

pub(super) fn remove(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    order.only(&[".id", "numbers"])?;
    let users = &order.isp.guests.users;
    let cells = row(users, key)?;
    order.may_touch(cell(&cells, "name"))?;
    users.remove(key);
    order.log("hotspot user", cell(&cells, "name"), "removed");
    Ok(())
}

pub(super) fn make_static(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    order.only(&[".id", "numbers"])?;
    if !lease_is_dynamic(order.isp, key).ok_or_else(gone)? {
        return Err(refused("failure: lease is already static"));
    }
    order.may_touch(format!("lease {key}").as_bytes())?;
    order.isp.guests.fix(key);
    order.isp.log.write("system,info", [b"dhcp lease changed by ", order.by].concat());
    Ok(())
}

type Cells = Vec<(Name, Vec<u8>)>;

fn alter(order: &Order<'_>, key: u64, change: Cells) -> Result<(), Refused> {
    let users = &order.isp.guests.users;
    let mut cells = row(users, key)?;
    let name = cell(&cells, "name").to_vec();
    order.may_touch(&name)?;
    merge(&mut cells, change);
    users.put(key, cells);
    order.log("hotspot user", &name, "changed");
    Ok(())
}

fn row(users: &Stored, key: u64) -> Result<Cells, Refused> {
    let found = users.rows().into_iter().find(|(found, _)| *found == key);
    found.map(|(_, cells)| cells).ok_or_else(gone)
}

fn cell<'c>(cells: &'c Cells, name: &str) -> &'c [u8] {
    cells.iter().find(|(found, _)| found == name).map_or(b"", |(_, value)| value)
}

fn merge(cells: &mut Cells, change: Cells) {
    for (name, value) in change {
        match cells.iter_mut().find(|(found, _)| *found == name) {
            Some(cell) => cell.1 = value,
            None => cells.push((name, value)),
        }
    }
}

/// What a command says about a user, as it is kept.
fn change(order: &Order<'_>) -> Result<Cells, Refused> {
    let mut cells = Cells::new();
    for name in ["password", "comment"] {
        if let Some(value) = order.request.attribute(name) {
            cells.push((Name::Borrowed(name), value.to_vec()));
        }
    }
    for (name, known) in [("profile", &["default"][..]), ("server", &["all", "hotspot1"])] {
        if let Some(value) = order.request.attribute(name) {
            if !known.iter().any(|known| known.as_bytes() == value) {
                return Err(refused(&format!("input does not match any value of {name}")));
            }
            cells.push((Name::Borrowed(name), value.to_vec()));
        }
    }
    if let Some(limit) = order.request.attribute("limit-uptime") {
        let limit = std::str::from_utf8(limit).ok().and_then(duration);
        let limit = limit.ok_or_else(|| refused("invalid value for argument limit-uptime"))?;
        cells.push((Name::Borrowed("limit-uptime"), written(|out| put_duration(out, limit))));
    }
    if let Some(limit) = order.request.attribute("limit-bytes-total") {
        let limit = std::str::from_utf8(limit).ok().and_then(|limit| limit.parse::<u64>().ok());
        let limit = limit.ok_or_else(|| refused("invalid value for argument limit-bytes-total"))?;
        cells.push((Name::Borrowed("limit-bytes-total"), shown(limit)));
    }
    if let Some(disabled) = order.disabled()? {
        cells.push((Name::Borrowed("disabled"), shown(disabled)));
    }
    Ok(cells)
}
