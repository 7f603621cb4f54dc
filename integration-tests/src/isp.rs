//! Simulated routers inside a test, which may be looked into and pushed around.

use secrecy::SecretString;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tikwatch::routeros::client::{Client, ClientOptions};
use tikwatch::routeros::stream::{Endpoint, Tls, connect};
use tikwatch::routeros::{Command, Row};
use tikwatch::simulator::{Listening, Ros, RouterPlan, SimulatedRouter};

/// A simulated router that listens on loopback.
pub struct Router {
    /// The router itself.
    pub router: SimulatedRouter,
    /// Its port; dropping it kills the router.
    pub listening: Option<Listening>,
    /// Where it listens, or listened.
    pub address: SocketAddr,
    /// Whether the test is about changing it.
    pub is_acted_on: bool,
}

impl Router {
    /// Starts a router after this plan on any free port.
    pub async fn start(plan: RouterPlan) -> std::io::Result<Self> {
        let router = SimulatedRouter::new(plan);
        let listening = router.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let address = listening.address;
        Ok(Self { router, listening: Some(listening), address, is_acted_on: false })
    }

    /// Starts a router of this many subscribers, none of whom comes or goes by itself.
    pub async fn calm(subscribers: usize) -> std::io::Result<Self> {
        Self::start(calm(subscribers)).await
    }

    /// Cuts the power: the port and all connections are gone.
    pub fn kill(&mut self) {
        self.listening = None;
    }

    /// Gives the power back.
    pub async fn revive(&mut self) -> std::io::Result<()> {
        self.router.reboot();
        // The port was ours a moment ago; the kernel may need a moment to give it back.
        let mut last = None;
        for _ in 0..50 {
            match self.router.listen(self.address).await {
                Ok(listening) => {
                    self.listening = Some(listening);
                    return Ok(());
                }
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(last.unwrap_or_else(|| std::io::Error::other("no attempt")))
    }

    /// The names of its interfaces by their ids, asked for over the wire.
    pub async fn interfaces(&self) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        let mut client = self.sign_in(("monitor", "x")).await?;
        let mut names = BTreeMap::new();
        let print = Command::new("/interface/print").proplist(".id,name");
        let take = |row: Row<'_>| {
            if let (Some(id), Some(name)) = (row.text(".id"), row.bytes("name")) {
                names.insert(id.into_owned(), name.to_vec());
            }
        };
        client.ask(&print, take).await?;
        Ok(names)
    }

    /// By which cookies its hotspot lets guests back in, as user and hardware address, asked for over the wire.
    pub async fn cookies(&self, user: (&str, &str)) -> anyhow::Result<BTreeSet<(String, String)>> {
        let mut client = self.sign_in(user).await?;
        let mut cookies = BTreeSet::new();
        let print = Command::new("/ip/hotspot/cookie/print").proplist("user,mac-address");
        let take = |row: Row<'_>| {
            let text = |name: &str| row.text(name).map(Cow::into_owned).unwrap_or_default();
            cookies.insert((text("user"), text("mac-address")));
        };
        let told = client.ask(&print, take).await?;
        anyhow::ensure!(told.traps.is_empty(), "{:?}", told.traps);
        Ok(cookies)
    }

    async fn sign_in(&self, (user, password): (&str, &str)) -> anyhow::Result<Client> {
        let host = self.address.ip().to_string();
        let endpoint = Endpoint { host, port: self.address.port(), tls: Tls::Off };
        let deadline = Duration::from_secs(10);
        let connected = connect(&endpoint, deadline).await?;
        let (password, options) = (SecretString::from(password), ClientOptions::default());
        Ok(Client::sign_in(connected, user, &password, options, deadline).await?)
    }

    /// The names of everybody online, once each, as text, without those that are not UTF-8.
    pub fn online(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let names = self.router.online_names().into_iter();
        names
            .filter_map(|name| String::from_utf8(name).ok())
            .filter(|name| seen.insert(name.clone()))
            .collect()
    }
}

impl Drop for Router {
    /// Whatever a test is about: its router must not have heard a command that could change it.
    fn drop(&mut self) {
        let changing = self.router.counters().changing_by_path;
        assert!(
            changing.is_empty() || self.is_acted_on || std::thread::panicking(),
            "a router that is only watched heard {changing:?}"
        );
    }
}

/// The plan of a router of this many subscribers, none of whom comes or goes by itself.
pub fn calm(subscribers: usize) -> RouterPlan {
    RouterPlan { subscribers, churn_per_minute: 0.0, ros: Ros::V7_21, ..RouterPlan::default() }
}
