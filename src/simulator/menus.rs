//! The menus of a simulated router, filled from a synthetic ISP.

pub mod access;
pub mod accounts;
pub mod configuration;
pub mod interfaces;
pub mod sessions;
pub mod system;

use super::isp::Isp;
use super::operator::Operator;
use super::stored::Stored;
use super::world::{Menu, World};
use interfaces::{Interfaces, Port};
use sessions::Sessions;
use std::sync::Arc;

/// All menus; `signed_in` is the table of API users.
pub fn world(isp: &Arc<Isp>, ports: &Arc<Vec<Port>>, signed_in: &Stored) -> World {
    let mut world = World::new();
    let feeds = &isp.feeds;
    let interfaces = || Interfaces::new(isp.clone(), ports.clone());
    world.add("/interface", Menu::list(interfaces(), feeds.interface.clone()));
    world.monitor_with(interfaces());
    world.add("/interface/ethernet/monitor", interfaces::links(ports.clone()));
    world.add("/interface/pppoe-server", Menu::list(Sessions::servers(isp.clone()), feeds.server.clone()));
    world.add("/ppp/active", Menu::list(Sessions::active(isp.clone()), feeds.active.clone()));
    let accounts = accounts::Accounts::new(isp.clone());
    world.add("/ppp/secret", Menu::list(accounts, feeds.account.clone()).hiding(&["password"]));
    world.add("/queue/simple", Menu::list(Sessions::queues(isp.clone()), feeds.queue.clone()));
    world.add("/ip/pool/used", Menu::list(Sessions::addresses(isp.clone()), feeds.pool.clone()));
    // Before 7 it is a package of its own, which hardly anybody has.
    if isp.plan.ros.is_7() {
        let prefixes = Sessions::prefixes(isp.clone());
        world.add("/ipv6/dhcp-server/binding", Menu::list(prefixes, feeds.pool.clone()));
    }
    world.add("/log", Menu::list(isp.log.clone(), isp.log.feed()));
    world.add("/user/active", Menu::list(signed_in.clone(), signed_in.feed()));
    access::add(&mut world, isp);
    configuration::add(&mut world, isp);
    configuration::add_vlans(&mut world, ports);
    system::add(&mut world, isp);
    world.change_with(Operator::new(isp.clone()));
    world
}
