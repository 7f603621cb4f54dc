//! Routers all of whose texts are hostile: each string of the corpus stands once in each field.

use crate::corpus::hostile;
use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tikwatch::simulator::computed::{Computed, Values};
use tikwatch::simulator::service::Service;
use tikwatch::simulator::stored::Stored;
use tikwatch::simulator::world::{Menu, Name};
use tikwatch::simulator::{Listening, RouterPlan, World};

/// The routers among which the rows are dealt out.
pub const ROUTERS: usize = 60;

/// A field that is filled with the corpus: how the router calls it, and the column in which a page shows it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The property of RouterOS.
    pub property: &'static str,
    /// The column.
    pub column: &'static str,
    /// Whether long values are cut.
    pub is_cut: bool,
}

/// Rows of one menu, and where they are shown.
#[derive(Debug)]
pub struct Filled {
    /// The menu.
    pub menu: &'static str,
    /// The page.
    pub page: &'static str,
    /// The list of the API that has the same rows.
    pub list: &'static str,
    /// Its texts.
    pub fields: &'static [Field],
}

const fn cut(property: &'static str, column: &'static str) -> Field {
    Field { property, column, is_cut: true }
}

const fn whole(property: &'static str, column: &'static str) -> Field {
    Field { property, column, is_cut: false }
}

/// Menus of many rows.
pub const FILLED: [Filled; 9] = [
    Filled {
        menu: "/ppp/secret",
        page: "/subscribers?state=offline",
        list: "/api/v1/subscribers?state=offline",
        fields: &[
            cut("name", "name"),
            cut("profile", "profile"),
            cut("comment", "comment"),
            whole("last-caller-id", "caller_id"),
        ],
    },
    Filled {
        menu: "/ppp/active",
        page: "/subscribers?state=online",
        list: "/api/v1/subscribers?state=online",
        fields: &[
            cut("name", "name"),
            whole("service", "service"),
            whole("address", "address"),
            whole("caller-id", "caller_id"),
        ],
    },
    Filled {
        menu: "/interface",
        page: "/interfaces",
        list: "/api/v1/interfaces",
        fields: &[
            cut("name", "name"),
            cut("type", "kind"),
            whole("mac-address", "mac_address"),
            cut("comment", "comment"),
        ],
    },
    Filled {
        menu: "/ip/dhcp-server/lease",
        page: "/dhcp",
        list: "/api/v1/leases",
        fields: &[
            whole("address", "address"),
            cut("status", "status"),
            cut("host-name", "host_name"),
            whole("mac-address", "mac_address"),
            cut("server", "server"),
            cut("comment", "comment"),
        ],
    },
    Filled {
        menu: "/ip/pool",
        page: "/dhcp/pools",
        list: "/api/v1/pools",
        fields: &[cut("name", "name"), cut("ranges", "ranges"), cut("next-pool", "next_pool")],
    },
    Filled {
        menu: "/ip/hotspot/active",
        page: "/hotspot",
        list: "/api/v1/hotspot",
        fields: &[
            cut("user", "user"),
            whole("address", "address"),
            cut("server", "server"),
            whole("mac-address", "mac_address"),
            cut("login-by", "login_by"),
            cut("comment", "comment"),
        ],
    },
    Filled {
        menu: "/ip/hotspot/host",
        page: "/hotspot/hosts",
        list: "/api/v1/hotspot/hosts",
        fields: &[
            whole("address", "address"),
            whole("mac-address", "mac_address"),
            whole("to-address", "to_address"),
            cut("server", "server"),
            cut("comment", "comment"),
        ],
    },
    Filled {
        menu: "/ip/hotspot/user",
        page: "/hotspot/users",
        list: "/api/v1/hotspot/users",
        fields: &[
            cut("name", "name"),
            cut("server", "server"),
            cut("profile", "profile"),
            whole("address", "address"),
            whole("mac-address", "mac_address"),
            cut("comment", "comment"),
        ],
    },
    Filled {
        menu: "/queue/simple",
        page: "/queues",
        list: "/api/v1/queues",
        fields: &[
            cut("name", "name"),
            cut("target", "target"),
            cut("parent", "parent"),
            cut("comment", "comment"),
        ],
    },
];

/// Menus whose rows are shown on the pages of their router, and in logs.
const TOLD: [(&str, &[&str]); 2] =
    [("/system/health", &["name", "value"]), ("/log", &["time", "topics", "message"])];

/// The routers, on loopback.
pub struct HostileRouters {
    /// Where they listen.
    pub addresses: Vec<SocketAddr>,
    corpus: Arc<Vec<String>>,
    round: Arc<AtomicUsize>,
    services: Vec<Arc<Service>>,
    tables: Vec<HashMap<&'static str, Stored>>,
    _listening: Vec<Listening>,
}

impl HostileRouters {
    /// Starts them.
    pub async fn start() -> std::io::Result<Self> {
        let corpus = Arc::new(hostile());
        let round = Arc::new(AtomicUsize::new(0));
        let (mut services, mut tables, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for router in 0..ROUTERS {
            let (world, stored) = world(router, &corpus, &round);
            tables.push(stored);
            let plan = RouterPlan::default();
            let service = Arc::new(Service::new(&plan, world, None, Stored::new()));
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            all.push(Listening::start(Arc::clone(&service), any, None).await?);
            services.push(service);
        }
        let addresses = all.iter().map(|listening| listening.address).collect();
        Ok(Self { addresses, corpus, round, services, tables, _listening: all })
    }

    /// The strings.
    pub fn corpus(&self) -> &[String] {
        &self.corpus
    }

    /// What the rows of a menu hold at one router, in all of their fields; nothing if there is no such menu.
    pub fn rows_of(&self, menu: &str, router: usize) -> Vec<Vec<String>> {
        let Some(fields) = fields(menu) else { return Vec::new() };
        let text = |row, place| self.corpus.get(at(row, place, self.corpus.len())).cloned();
        let row = |row| (0..fields).filter_map(|place| text(row, place)).collect();
        own(menu, router, self.corpus.len()).map(row).collect()
    }

    /// Has routers write the next lines into their logs.
    pub fn write_logs(&self) {
        for (router, tables) in self.tables.iter().enumerate() {
            let Some(log) = tables.get("/log") else { continue };
            fill(log, "/log", TOLD[1].1, router, &self.corpus);
        }
    }

    /// Ends all sessions of people.
    pub fn end_sessions(&self) {
        for (router, tables) in self.tables.iter().enumerate() {
            let Some(sessions) = tables.get("/ppp/active") else { continue };
            for row in own("/ppp/active", router, self.corpus.len()) {
                sessions.remove(row as u64 + 1);
            }
        }
    }

    /// How many strings there are.
    pub fn strings(&self) -> usize {
        self.corpus.len()
    }

    /// Has every router say something else of itself, on new connections.
    pub fn turn(&self, round: usize) {
        self.round.store(round, Ordering::Relaxed);
        for service in &self.services {
            service.boots.send_modify(|boots| *boots += 1);
        }
    }

    /// How many rounds it takes until every string was said by some router in each field.
    pub fn rounds(&self) -> usize {
        2 * half(self.corpus.len())
    }

    /// What each row of a menu must show, in all of its fields, as the API has it.
    pub fn rows(&self, filled: &Filled) -> BTreeSet<Vec<String>> {
        let text = |row, place| self.corpus.get(at(row, place, self.corpus.len())).cloned();
        let row = |row| (0..filled.fields.len()).filter_map(|place| text(row, place)).collect();
        (0..self.corpus.len()).map(row).collect()
    }

    /// What a router says of itself in this round: its identity, its version, and its model, be it that of its board or
    /// what it calls its board.
    pub fn said(&self, router: usize, round: usize) -> [String; 3] {
        let text = |field| self.corpus.get(singly(router, round, field, self.corpus.len())).cloned();
        [0, 1, 2].map(|field| text(field).unwrap_or_default())
    }
}

/// Which string stands in a row's field: another one in each field of a row, and each once in a field.
fn at(row: usize, place: usize, strings: usize) -> usize {
    (row + 37 * place) % strings
}

/// The same for fields of which a router has one.
fn singly(router: usize, round: usize, field: usize, strings: usize) -> usize {
    at(round % half(strings) * ROUTERS + router, field, strings)
}

/// How many rounds it takes until every string was said once.
fn half(strings: usize) -> usize {
    strings.div_ceil(ROUTERS)
}

/// Half of the routers are shown by their board's model, the others by what they call their board; then the other way.
fn has_board(router: usize, round: usize, strings: usize) -> bool {
    (router + round / half(strings)).is_multiple_of(2)
}

/// How many fields of a menu are filled.
fn fields(menu: &str) -> Option<usize> {
    let filled = FILLED.iter().find(|filled| filled.menu == menu).map(|filled| filled.fields.len());
    filled.or_else(|| TOLD.iter().find(|(told, _)| *told == menu).map(|(_, fields)| fields.len()))
}

/// Which rows of a menu are at a router.
fn own(menu: &str, router: usize, strings: usize) -> impl Iterator<Item = usize> + use<> {
    // An account and a session of one name would be one subscriber.
    let first = if menu == "/ppp/active" { (router + 1) % ROUTERS } else { router };
    (first..strings).step_by(ROUTERS)
}

fn fill(table: &Stored, menu: &str, properties: &[&'static str], router: usize, corpus: &[String]) {
    for row in own(menu, router, corpus.len()) {
        let texts = properties.iter().enumerate().filter_map(|(place, property)| {
            let text = corpus.get(at(row, place, corpus.len()))?;
            Some((Name::Borrowed(*property), text.clone().into_bytes()))
        });
        let more = [("dynamic", "false"), ("uptime", "1d2h")];
        let more = more.map(|(name, value)| (Name::Borrowed(name), value.as_bytes().to_vec()));
        table.put(row as u64 + 1, texts.chain(more));
    }
}

fn world(
    router: usize,
    corpus: &Arc<Vec<String>>,
    round: &Arc<AtomicUsize>,
) -> (World, HashMap<&'static str, Stored>) {
    let mut world = World::new();
    let mut tables = HashMap::new();
    for filled in &FILLED {
        let table = Stored::new();
        let properties: Vec<_> = filled.fields.iter().map(|field| field.property).collect();
        fill(&table, filled.menu, &properties, router, corpus);
        tables.insert(filled.menu, table);
    }
    let health = Stored::new();
    fill(&health, TOLD[0].0, TOLD[0].1, router, corpus);
    tables.insert(TOLD[0].0, health);
    // Its lines are written later, when somebody looks; whoever listens is told of the columns that it has by then.
    let log = Stored::new();
    fill(&log, TOLD[1].0, TOLD[1].1, router, corpus);
    own(TOLD[1].0, router, corpus.len()).for_each(|row| {
        log.remove(row as u64 + 1);
    });
    tables.insert(TOLD[1].0, log);
    for (menu, table) in &tables {
        world.add(*menu, Menu::list(table.clone(), table.feed()));
    }
    let said = |columns, values: fn(&[String; 3], bool) -> Values| {
        let (corpus, round) = (Arc::clone(corpus), Arc::clone(round));
        Computed::new(columns, move || {
            let now = round.load(Ordering::Relaxed);
            let text = |field| corpus.get(singly(router, now, field, corpus.len())).cloned();
            let texts = [0, 1, 2].map(|field| text(field).unwrap_or_default());
            vec![(1, values(&texts, has_board(router, now, corpus.len())))]
        })
    };
    let identity = said(&["name"], |[identity, ..], _| vec![("name", identity.clone().into_bytes())]);
    world.add("/system/identity", Menu::single(identity));
    let resource = said(&["uptime", "version", "board-name", "cpu-load"], |[_, version, model], _| {
        vec![
            ("uptime", b"1w2d".to_vec()),
            ("version", version.clone().into_bytes()),
            ("board-name", model.clone().into_bytes()),
            ("cpu-load", b"3".to_vec()),
        ]
    });
    world.add("/system/resource", Menu::single(resource));
    let board = said(&["routerboard", "model"], |[.., model], has_board| {
        let model = if has_board { model.clone().into_bytes() } else { Vec::new() };
        vec![("routerboard", b"true".to_vec()), ("model", model)]
    });
    world.add("/system/routerboard", Menu::single(board));
    let clock = Computed::new(&["gmt-offset", "date", "time"], || {
        vec![(1, vec![("gmt-offset", b"+00:00".to_vec())])]
    });
    world.add("/system/clock", Menu::single(clock));
    (world, tables)
}
