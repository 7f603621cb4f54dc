//! `/system`: what the router is, and how it feels.

use crate::simulator::clock::Moment;
use crate::simulator::computed::{Computed, Values, shown, written};
use crate::simulator::isp::Isp;
use crate::simulator::ros::Ros;
use crate::simulator::stored::Stored;
use crate::simulator::traffic::mix;
use crate::simulator::values::{Local, put_duration};
use crate::simulator::world::{Feed, Menu, Name, Source, World};
use std::sync::Arc;

/// Adds the menus.
pub fn add(world: &mut World, isp: &Arc<Isp>) {
    let plan = &isp.plan;
    let single = |row: &[(&'static str, Vec<u8>)]| {
        let table = Stored::new();
        table.put(1, row.iter().map(|(name, value)| (Name::Borrowed(*name), value.clone())));
        Menu::single(table)
    };
    world.add("/system/identity", single(&[("name", plan.name.clone().into_bytes())]));
    world.add("/system/resource", Menu::single(resource(isp.clone())));
    world.add("/system/resource/cpu", Menu::list(cores(isp.clone()), Feed::default()));
    world.add("/system/clock", Menu::single(clock(isp.clone())));
    let health = if plan.ros.is_7() {
        // The readings are rows with ids, but nothing can be listened to.
        Menu { singleton: false, ..Menu::single(health(isp.clone())) }
    } else {
        Menu::single(old_health(isp.clone()))
    };
    world.add("/system/health", health);
    let board = plan.ros.board();
    let serial = format!("{:012X}", mix(plan.seed) >> 16);
    world.add(
        "/system/routerboard",
        single(&[
            ("routerboard", shown(true)),
            ("model", shown(board.model)),
            ("serial-number", serial.into_bytes()),
            ("firmware-type", shown(board.firmware)),
            ("factory-firmware", shown("6.47.10")),
            ("current-firmware", shown(plan.ros.number())),
            ("upgrade-firmware", shown(plan.ros.number())),
        ]),
    );
    world.add(
        "/system/license",
        single(&[
            ("software-id", format!("SIM{:X}-0001", mix(plan.seed) & 0xF).into_bytes()),
            ("nlevel", shown(6)),
            ("features", Vec::new()),
        ]),
    );
    let package = Stored::new();
    let name = if plan.ros.is_7() { "routeros" } else { "routeros-tile" };
    let cells =
        [("name", name), ("version", plan.ros.number()), ("build-time", built(plan.ros)), ("scheduled", "")];
    let cells = cells.into_iter().chain([("disabled", "false")]);
    package.put(1, cells.map(|(name, value)| (Name::Borrowed(name), shown(value))));
    let feed = package.feed();
    world.add("/system/package", Menu::list(package, feed));
    world.add(
        "/system/package/update",
        single(&[("channel", shown("stable")), ("installed-version", shown(plan.ros.number()))]),
    );
}

fn built(ros: Ros) -> &'static str {
    match ros {
        Ros::V6_49 => "Jul/20/2023 09:35:10",
        Ros::V7_14 => "2024-04-17 12:47:58",
        Ros::V7_21 => "2026-01-12 09:13:21",
    }
}

/// The load of all cores in percent: it follows the number of sessions, and moves every few seconds.
fn load(isp: &Isp, now: Moment) -> u64 {
    let base = 3 + (isp.state().sessions.len() / 1500).min(60) as u64;
    base + mix(isp.plan.seed ^ (now.0 / 3000)) % 9
}

fn resource(isp: Arc<Isp>) -> impl Source {
    static COLUMNS: [&str; 18] = [
        "uptime",
        "version",
        "build-time",
        "factory-software",
        "free-memory",
        "total-memory",
        "cpu",
        "cpu-count",
        "cpu-frequency",
        "cpu-load",
        "free-hdd-space",
        "total-hdd-space",
        "write-sect-since-reboot",
        "write-sect-total",
        "bad-blocks",
        "architecture-name",
        "board-name",
        "platform",
    ];
    Computed::new(&COLUMNS, move || {
        let (plan, board, now) = (&isp.plan, isp.plan.ros.board(), isp.clock.now());
        let (boot, sessions) = {
            let state = isp.state();
            (state.boot, state.sessions.len() as u64)
        };
        let used = board.memory / 8 + sessions * 20_000 + mix(now.0 / 5000) % 4_000_000;
        let written_sectors = now.since(boot).as_secs() / 90;
        let values: Values = vec![
            ("uptime", written(|out| put_duration(out, now.since(boot)))),
            ("version", shown(plan.ros.version())),
            ("build-time", shown(built(plan.ros))),
            ("factory-software", shown("6.47.10")),
            ("free-memory", shown(board.memory.saturating_sub(used))),
            ("total-memory", shown(board.memory)),
            ("cpu", shown(board.cpu)),
            ("cpu-count", shown(board.cores)),
            ("cpu-frequency", shown(board.frequency)),
            ("cpu-load", shown(load(&isp, now))),
            ("free-hdd-space", shown(board.flash / 4 * 3)),
            ("total-hdd-space", shown(board.flash)),
            ("write-sect-since-reboot", shown(written_sectors)),
            ("write-sect-total", shown(written_sectors + 553_343)),
            ("bad-blocks", shown(0)),
            ("architecture-name", shown(board.architecture)),
            ("board-name", shown(board.model)),
            ("platform", shown("MikroTik")),
        ];
        vec![(1, values)]
    })
}

fn cores(isp: Arc<Isp>) -> impl Source {
    Computed::new(&["cpu", "load", "irq", "disk"], move || {
        let now = isp.clock.now();
        let core = |index: u64| {
            let load = load(&isp, now) + mix(index ^ (now.0 / 3000)) % 5;
            let name = shown(format_args!("cpu{}", index - 1));
            (index, vec![("cpu", name), ("load", shown(load)), ("irq", shown(0)), ("disk", shown(0))])
        };
        (1..=u64::from(isp.plan.ros.board().cores)).map(core).collect()
    })
}

fn clock(isp: Arc<Isp>) -> impl Source {
    static COLUMNS: [&str; 6] =
        ["time", "date", "time-zone-autodetect", "time-zone-name", "gmt-offset", "dst-active"];
    Computed::new(&COLUMNS, move || {
        let plan = &isp.plan;
        let local = Local::new(isp.clock.wall(isp.clock.now()), plan.utc_offset, plan.ros);
        let sign = if plan.utc_offset < 0 { '-' } else { '+' };
        let minutes = plan.utc_offset.unsigned_abs() / 60;
        let values: Values = vec![
            ("time", written(|out| local.put_time(out))),
            ("date", written(|out| local.put_date(out))),
            ("time-zone-autodetect", shown(false)),
            ("time-zone-name", shown("manual")),
            ("gmt-offset", shown(format_args!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))),
            ("dst-active", shown(false)),
        ];
        vec![(1, values)]
    })
}

/// RouterOS 7 has a row for each reading.
fn health(isp: Arc<Isp>) -> impl Source {
    Computed::new(&["name", "value", "type"], move || {
        let now = isp.clock.now();
        let moving = |index: u64| mix(isp.plan.seed ^ index ^ (now.0 / 10_000)) % 4;
        let row = |key: u64, name: &'static str, value: Vec<u8>, kind: &'static str| {
            (key, vec![("name", shown(name)), ("value", value), ("type", shown(kind))])
        };
        vec![
            row(0x11, "cpu-temperature", shown(52 + moving(1)), "C"),
            row(0x1B59, "fan1-speed", shown(6000 + 30 * moving(2)), "RPM"),
            row(0x1B5A, "fan2-speed", shown(5970 + 30 * moving(3)), "RPM"),
            row(0x1CE9, "psu1-state", shown("ok"), ""),
            row(0x1CEA, "psu2-state", shown("fail"), ""),
            row(0x1CF3, "psu1-voltage", shown(format_args!("24.{}", moving(4))), "V"),
        ]
    })
}

/// RouterOS 6 has all readings in one row; volts are written in tenths.
fn old_health(isp: Arc<Isp>) -> impl Source {
    static COLUMNS: [&str; 6] =
        ["voltage", "temperature", "cpu-temperature", "power-consumption", "fan1-speed", "fan2-speed"];
    Computed::new(&COLUMNS, move || {
        let now = isp.clock.now();
        let moving = |index: u64| mix(isp.plan.seed ^ index ^ (now.0 / 10_000)) % 4;
        let values: Values = vec![
            ("voltage", shown(240 + moving(1))),
            ("temperature", shown(31 + moving(2))),
            ("cpu-temperature", shown(47 + moving(3))),
            ("power-consumption", shown(412 + moving(4))),
            ("fan1-speed", shown(4200 + 30 * moving(5))),
            ("fan2-speed", shown(4170 + 30 * moving(6))),
        ];
        vec![(1, values)]
    })
}
