//! A small network of all kinds of routers, as most pages are looked at with.

use crate::free_port;
use crate::isp::{Router, calm};
use crate::service::{Service, online};
use serde_json::{Value, json};
use tikwatch::simulator::{Ros, RouterPlan};

/// Two routers, one of each generation and with hostile labels, and a third that is not there.
pub struct Network {
    /// Those that are there: `r1` and `r2`.
    pub routers: Vec<Router>,
    /// What watches them.
    pub service: Service,
}

/// What the settings say of the nth router.
pub fn settings(n: usize, router: &Router) -> Value {
    let (host, port) = (router.address.ip().to_string(), router.address.port());
    json!({ "name": format!("r{n}"), "label": format!("<b>POP</b> {n}"), "host": host, "port": port,
        "username": "monitor", "password": "x" })
}

impl Network {
    /// So many subscribers on both together, most of them online and known to the service.
    pub async fn start(subscribers: usize) -> anyhow::Result<Self> {
        let plan = |ros, seed| RouterPlan { ros, seed, ..calm(subscribers / 2) };
        let routers =
            vec![Router::start(plan(Ros::V7_21, 1)).await?, Router::start(plan(Ros::V6_49, 2)).await?];
        let mut list: Vec<Value> = (1..).zip(&routers).map(|(n, router)| settings(n, router)).collect();
        list.push(
            json!({ "name": "gone", "host": "127.0.0.1", "port": free_port()?, "username": "monitor" }),
        );
        let service = Service::start(&json!({ "routers": list }), &[])?;
        let most = subscribers as u64 / 2;
        service.wait_for("/api/pppoe_interfaces", |answer| most < online(answer)).await?;
        Ok(Self { routers, service })
    }

    /// Waits until the lists at these paths are read from both routers.
    pub async fn has_read(&self, lists: &[String]) -> anyhow::Result<()> {
        let are_read = |answer: &Value| {
            let tables = answer.pointer("/meta/tables").and_then(Value::as_array);
            tables.is_some_and(|all| all.iter().filter(|table| table["state"] == "fresh").count() == 2)
        };
        for path in lists {
            self.service.wait_for(path, are_read).await?;
        }
        Ok(())
    }
}
