//! Accounts and sessions: `/ppp/secret` and `/ppp/active`.

use super::{Order, gone, refused};
use crate::simulator::isp::{AccountChange, Isp};
use crate::simulator::subscribers::{Subscriber, TARIFFS};
use crate::simulator::world::Refused;

const SERVICES: [&str; 7] = ["any", "async", "l2tp", "ovpn", "pppoe", "pptp", "sstp"];

/// The account with this key: the subscriber's index and name.
fn account(isp: &Isp, key: u64) -> Result<(u32, Box<[u8]>), Refused> {
    let index = key.checked_sub(1).and_then(|index| u32::try_from(index).ok()).ok_or_else(gone)?;
    let state = isp.state();
    let who = state.subscribers.get(index as usize).filter(|who| who.has_account());
    who.map(|who| (index, who.name.clone())).ok_or_else(gone)
}

pub(super) fn disconnect(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    let number = u32::try_from(key).map_err(|_| gone())?;
    let (subscriber, _) = order.isp.holder(number).ok_or_else(gone)?;
    let name = order.isp.state().subscribers.get(subscriber as usize).map(|who| who.name.clone());
    order.may_touch(&name.unwrap_or_default())?;
    order.isp.kick(number).then_some(()).ok_or_else(gone)
}

pub(super) fn add(order: &Order<'_>) -> Result<u64, Refused> {
    order.only(&["name", "password", "service", "profile", "comment", "disabled"])?;
    let (name, change) = (order.name()?, change(order)?);
    order.may_touch(name)?;
    if order.isp.has_account(name) {
        return Err(refused("failure: secret with the same name already exists"));
    }
    let index = order.isp.add_account(name, change);
    order.log("ppp secret", name, "added");
    Ok(u64::from(index) + 1)
}

pub(super) fn set(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    order.only(&[".id", "numbers", "password", "service", "profile", "comment", "disabled"])?;
    let (index, name) = account(order.isp, key)?;
    let change = change(order)?;
    order.may_touch(&name)?;
    order.isp.change_account(index, change);
    order.log("ppp secret", &name, "changed");
    Ok(())
}

pub(super) fn switch(order: &Order<'_>, key: u64, enabled: bool) -> Result<(), Refused> {
    order.only(&[".id", "numbers"])?;
    let (index, name) = account(order.isp, key)?;
    order.may_touch(&name)?;
    order.isp.change_account(index, AccountChange { enabled: Some(enabled), ..AccountChange::default() });
    order.log("ppp secret", &name, "changed");
    Ok(())
}

pub(super) fn remove(order: &Order<'_>, key: u64) -> Result<(), Refused> {
    order.only(&[".id", "numbers"])?;
    let (index, name) = account(order.isp, key)?;
    order.may_touch(&name)?;
    order.isp.remove_account(index);
    order.log("ppp secret", &name, "removed");
    Ok(())
}

fn change(order: &Order<'_>) -> Result<AccountChange, Refused> {
    let text = |name| order.request.attribute(name);
    let no_such = |of: &str| refused(&format!("input does not match any value of {of}"));
    let tariff = match text("profile") {
        None => None,
        Some(profile) => Some(tariff(profile).ok_or_else(|| no_such("profile"))?),
    };
    let service = match text("service") {
        None => None,
        Some(word) => {
            let found = SERVICES.into_iter().find(|service| service.as_bytes() == word);
            Some(found.ok_or_else(|| no_such("service"))?)
        }
    };
    Ok(AccountChange {
        tariff,
        service,
        comment: text("comment").map(<[u8]>::to_vec),
        password: text("password").map(<[u8]>::to_vec),
        enabled: order.disabled()?.map(|disabled| !disabled),
    })
}

fn tariff(profile: &[u8]) -> Option<u8> {
    if profile == b"default" {
        return Some(Subscriber::NO_TARIFF);
    }
    (0..).zip(&TARIFFS).find(|(_, tariff)| tariff.profile.as_bytes() == profile).map(|(place, _)| place)
}
