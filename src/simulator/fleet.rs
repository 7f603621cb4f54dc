//! Several simulated routers at once, as the demo and `tikwatch simulate` start them.

use super::listening::Listening;
use super::plan::RouterPlan;
use super::ros::Ros;
use super::router::SimulatedRouter;
use crate::routeros::stream::{IdentityError, TlsIdentity};
use secrecy::SecretString;
use std::io;
use std::net::SocketAddr;

/// What is to be simulated.
#[derive(Debug, Clone)]
pub struct SimulateOptions {
    /// Where the first router listens; the others take the ports above, or any if the port is 0.
    pub listen: SocketAddr,
    /// The same with TLS.
    pub tls_listen: Option<SocketAddr>,
    /// How many routers there are.
    pub routers: usize,
    /// How many subscribers there are in all, dealt out evenly.
    pub subscribers: usize,
    /// RouterOS versions, dealt out in turn.
    pub ros: Vec<Ros>,
    /// What everything random is drawn from.
    pub seed: u64,
    /// The only user who may sign in; without one, anybody may.
    pub user: Option<String>,
    /// That user's password; empty if it is left out.
    pub password: Option<SecretString>,
    /// A second user, who may also change something.
    pub operator: Option<(String, SecretString)>,
    /// Whether the sign-in of versions before 6.43 is asked for.
    pub legacy_login: bool,
    /// Whether time stands still.
    pub frozen: bool,
}

/// Why a simulation cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The address is in use, or not ours.
    #[error("a simulated router cannot listen on {address}")]
    Listen {
        /// Where it should have listened.
        address: SocketAddr,
        /// Why it cannot.
        source: io::Error,
    },
    /// There are more routers than ports above the first one.
    #[error("there is no port for router {number} above port {first}")]
    NoPort {
        /// Which router, from 1.
        number: usize,
        /// The first router's port.
        first: u16,
    },
    /// No certificate could be made.
    #[error("a simulated router has no certificate")]
    Identity(#[from] IdentityError),
}

/// A router and the ports on which it listens; dropping it closes them.
#[derive(Debug)]
pub struct Started {
    /// The router.
    pub router: SimulatedRouter,
    /// Its port in clear.
    pub plain: Listening,
    /// Its port with TLS.
    pub tls: Option<Listening>,
    /// The SHA-256 fingerprint of its certificate.
    pub fingerprint: Option<String>,
}

impl Started {
    /// One line of JSON that says where the router can be reached. It holds no password.
    pub fn ready_line(&self) -> String {
        let plan = self.router.plan();
        serde_json::json!({
            "router": plan.name,
            "address": self.plain.address,
            "tls_address": self.tls.as_ref().map(|listening| listening.address),
            "fingerprint": self.fingerprint,
            "ros": plan.ros.to_string(),
            "subscribers": plan.subscribers,
            "user": plan.user.as_ref().map(|(name, _)| name),
        })
        .to_string()
    }
}

/// Starts all routers on the current runtime; if one cannot start, none does.
pub async fn start(options: SimulateOptions) -> Result<Vec<Started>, SimulateError> {
    let mut all = Vec::with_capacity(options.routers);
    for index in 0..options.routers {
        let router = SimulatedRouter::new(plan(&options, index));
        let plain = at(options.listen, index)?;
        let plain =
            router.listen(plain).await.map_err(|source| SimulateError::Listen { address: plain, source })?;
        let (mut tls, mut fingerprint) = (None, None);
        if let Some(address) = options.tls_listen {
            let address = at(address, index)?;
            let identity = TlsIdentity::self_signed(&router.plan().name)?;
            fingerprint = identity.fingerprint().map(|fingerprint| fingerprint.to_string());
            let listening = router.listen_tls(address, identity).await;
            tls = Some(listening.map_err(|source| SimulateError::Listen { address, source })?);
        }
        all.push(Started { router, plain, tls, fingerprint });
    }
    Ok(all)
}

fn plan(options: &SimulateOptions, index: usize) -> RouterPlan {
    let routers = options.routers.max(1);
    // The first routers take one more each of what does not divide.
    let more = usize::from(index < options.subscribers % routers);
    let versions = options.ros.len().max(1);
    let password = || options.password.clone().unwrap_or_else(|| SecretString::from(""));
    RouterPlan {
        name: format!("sim{}", index + 1),
        ros: options.ros.get(index % versions).copied().unwrap_or_default(),
        subscribers: options.subscribers / routers + more,
        seed: options.seed.wrapping_add(index as u64),
        user: options.user.as_ref().map(|name| (name.clone(), password())),
        operator: options.operator.clone(),
        legacy_login: options.legacy_login,
        frozen: options.frozen,
        ..RouterPlan::default()
    }
}

fn at(mut address: SocketAddr, index: usize) -> Result<SocketAddr, SimulateError> {
    let first = address.port();
    if first != 0 {
        let above = u16::try_from(index).ok().and_then(|index| first.checked_add(index));
        address.set_port(above.ok_or(SimulateError::NoPort { number: index + 1, first })?);
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    fn options() -> SimulateOptions {
        SimulateOptions {
            listen: ([127, 0, 0, 1], 0).into(),
            tls_listen: None,
            routers: 3,
            subscribers: 100,
            ros: vec![Ros::V6_49, Ros::V7_21],
            seed: 1,
            user: Some("monitor".to_owned()),
            password: Some(SecretString::from("open sesame")),
            operator: None,
            legacy_login: false,
            frozen: true,
        }
    }

    #[tokio::test]
    async fn every_router_says_where_it_is_and_never_its_password() {
        let started = start(options()).await.unwrap();
        let lines: Vec<serde_json::Value> =
            started.iter().map(|one| serde_json::from_str(&one.ready_line()).unwrap()).collect();
        let versions: Vec<_> = lines.iter().map(|line| line["ros"].as_str().unwrap()).collect();
        assert_eq!(versions, ["6.49", "7.21", "6.49"]);
        let subscribers: Vec<_> = lines.iter().map(|line| line["subscribers"].as_u64().unwrap()).collect();
        assert_eq!(subscribers, [34, 33, 33]);
        assert_eq!(lines[0]["address"], started[0].plain.address.to_string());
        assert!(lines.iter().all(|line| line["user"] == "monitor" && line["tls_address"].is_null()));
        assert!(started.iter().all(|one| !one.ready_line().contains("sesame")));
    }

    #[tokio::test]
    async fn a_port_that_closes_cuts_its_connections() {
        let mut started = start(SimulateOptions { routers: 1, ..options() }).await.unwrap();
        let Started { router, plain, .. } = started.remove(0);
        let address = plain.address;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"\x06/login\x0d=name=monitor\x15=password=open sesame\x00").await.unwrap();
        let mut reply = [0; 7];
        stream.read_exact(&mut reply).await.unwrap();
        assert_eq!(&reply, b"\x05!done\x00");
        plain.stop().await;
        assert!(matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_)));
        assert!(TcpStream::connect(address).await.is_err());
        let back = router.listen(address).await.unwrap();
        assert!(TcpStream::connect(back.address).await.is_ok());
    }

    #[tokio::test]
    async fn a_legacy_router_asks_before_it_lets_anybody_in() {
        let started = start(SimulateOptions { routers: 1, legacy_login: true, ..options() }).await.unwrap();
        let mut stream = TcpStream::connect(started[0].plain.address).await.unwrap();
        stream.write_all(b"\x06/login\x0d=name=monitor\x15=password=open sesame\x00").await.unwrap();
        let mut reply = [0; 12];
        stream.read_exact(&mut reply).await.unwrap();
        assert_eq!(&reply, b"\x05!done\x25=ret=");
    }

    #[tokio::test]
    async fn ports_run_out_with_a_clear_error() {
        let address = SocketAddr::from(([127, 0, 0, 1], 65_535));
        assert_eq!(at(address, 0).unwrap(), address);
        let error = at(address, 1).unwrap_err().to_string();
        assert_eq!(error, "there is no port for router 2 above port 65535");
    }
}
