//! The routers are asked as little as can be, and never for what is not ours to know.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use integration_tests::isp::{Router, calm};
use integration_tests::service::{PATIENCE, Service, online};
use integration_tests::stream::Events;
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tikwatch::routeros::Limits;
use tikwatch::routeros::server::Server;
use tikwatch::simulator::{Policies, RouterPlan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const LIST: &str = "/api/pppoe_interfaces";

/// A command as it was sent.
#[derive(Debug, Clone)]
struct Command {
    path: String,
    /// Its `.proplist`, if it had one.
    columns: Option<Vec<String>>,
    is_polite: bool,
}

/// What one connection has said.
type Said = Vec<Command>;

/// Passes everything on between the service and a router, and reads along.
struct Witness {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<Said>>>,
}

impl Witness {
    async fn before(router: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections: Arc<Mutex<Vec<Said>>> = Arc::default();
        let seen = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let router = TcpStream::connect(router).await.unwrap();
                tokio::spawn(pass(client, router, Arc::clone(&seen)));
            }
        });
        Self { address, connections }
    }

    fn said(&self) -> Vec<Said> {
        self.connections.lock().unwrap().clone()
    }
}

async fn pass(client: TcpStream, router: TcpStream, connections: Arc<Mutex<Vec<Said>>>) {
    let number = {
        let mut connections = connections.lock().unwrap();
        connections.push(Said::new());
        connections.len() - 1
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_router, mut to_router) = router.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_router, &mut to_client).await });
    let mut server = Server::new(Limits { word: 1 << 20, sentence: 1 << 20, reply: 0 });
    let mut bytes = vec![0; 65_536];
    while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
        server.buffer().extend_from_slice(&bytes[..read]);
        let mut requests = Vec::new();
        server.process(|request| requests.push(request)).unwrap();
        // Whoever writes word by word waits for an acknowledgement of each: what comes at once is whole sentences.
        if !server.buffer().is_empty() {
            let path = "(a part of a sentence)".to_owned();
            connections.lock().unwrap()[number].push(Command { path, columns: None, is_polite: false });
        }
        for request in requests {
            let columns = request.proplist().map(|columns| {
                columns.into_iter().map(|column| String::from_utf8(column.to_vec()).unwrap()).collect()
            });
            let is_polite = request.only_looks();
            let command = Command { path: request.path.clone(), columns, is_polite };
            connections.lock().unwrap()[number].push(command);
        }
        if to_router.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    back.abort();
}

/// Past the first round of everything: each menu that is watched was asked for.
async fn settled(service: &Service) {
    service.wait_for(LIST, |answer| online(answer) != 0).await.unwrap();
    service.wait_for("/api/health", |health| 6 < health["uptime_s"].as_u64().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_hears_only_what_reads_and_is_never_asked_for_passwords() {
    // A user who may see passwords: what is not asked for must still not come.
    let policies = Policies { sensitive: true, ..Policies::default() };
    let user = Some(("monitor".to_owned(), SecretString::from("canary-router-password")));
    let router = Router::start(RouterPlan { policies, user, ..calm(60) }).await.unwrap();
    let witness = Witness::before(router.address).await;
    let service = Service::watch(&[witness.address]).unwrap();
    settled(&service).await;

    let connections = witness.said();
    assert!((1..=2).contains(&connections.len()), "{} sessions", connections.len());
    let mut menus = BTreeSet::new();
    for said in &connections {
        assert_eq!(said.iter().filter(|command| command.path == "/login").count(), 1, "{said:?}");
        for Command { path, columns, is_polite } in said {
            assert!(*is_polite, "{path} was sent to a router");
            let Some((menu, "print" | "listen" | "monitor")) = path.rsplit_once('/') else { continue };
            menus.insert(menu);
            match columns {
                // Its columns are those of the hardware, which nobody knows beforehand.
                None => assert_eq!(menu, "/system/health", "{path} has no .proplist"),
                Some(columns) => {
                    assert!(!columns.is_empty(), "{path}");
                    let secret = columns.iter().find(|column| column.contains("password"));
                    assert_eq!(secret, None, "{path}");
                }
            }
        }
    }
    for menu in
        ["/ppp/secret", "/ppp/active", "/interface", "/interface/ethernet", "/system/resource", "/log"]
    {
        assert!(menus.contains(menu), "{menu} is not among {menus:?}");
    }
    // Who watches is told that this user may do more than it needs.
    let name = service.json("/api/v1/routers").await.unwrap()["routers"][0]["name"].clone();
    let page = service.text(&format!("/routers/{}?tab=connection", name.as_str().unwrap())).await.unwrap();
    assert!(page.contains("sensitive (read the passwords of subscribers)"), "{page}");
    let transcript = service.process.transcript();
    assert!(!transcript.contains("canary-router-password"), "{transcript}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_signs_in_once_also_after_an_outage() {
    let mut router = Router::calm(60).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    settled(&service).await;
    for _ in 0..3 {
        router.kill();
        service.wait_for("/api/health", |health| health["routers"][0]["status"] == "down").await.unwrap();
        router.revive().await.unwrap();
        service.wait_for("/api/health", |health| health["routers"][0]["status"] == "live").await.unwrap();
        service.wait_for(LIST, |answer| online(answer) != 0).await.unwrap();
        let counters = router.router.counters();
        assert!(counters.connections_open <= 2, "{counters:?}");
    }
    let counters = router.router.counters();
    assert_eq!(counters.commands_by_path["/login"], counters.sign_ins, "{counters:?}");
    assert_eq!(counters.failed_sign_ins, 0, "{counters:?}");
    assert!(counters.sign_ins <= counters.connections_total, "{counters:?}");
    assert!(counters.connections_total <= 8, "four lives have two sessions each: {counters:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_browsers_ask_a_router_nothing() {
    let router = Router::calm(300).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    settled(&service).await;
    let uptime = async || service.json("/api/health").await.unwrap()["uptime_s"].as_u64().unwrap();
    let later = async |seconds: u64| {
        let until = uptime().await + seconds;
        service
            .wait_for("/api/health", |health| until <= health["uptime_s"].as_u64().unwrap())
            .await
            .unwrap();
    };
    let before = router.router.counters().commands;
    later(10).await;
    let alone = router.router.counters().commands - before;

    let before = router.router.counters().commands;
    let mut streams = Vec::new();
    for _ in 0..10 {
        let mut events = Events::open(&service, "presence,subscribers,routers").await.unwrap();
        events.next(PATIENCE).await.unwrap().expect("a greeting");
        streams.push(events);
        for path in ["/", "/subscribers", LIST] {
            assert!(service.get(path).await.unwrap().status().is_success(), "{path}");
        }
    }
    later(10).await;
    let together = router.router.counters().commands - before;
    assert!(0 < alone, "the router was not asked at all");
    // Ten pages and ten streams would be tens of commands more; a slow poll may fall to either side.
    assert!(together <= alone * 2 + 10, "{alone} commands alone, {together} with ten browsers");
    assert!(router.router.counters().connections_open <= 2);
    drop(streams);
}
