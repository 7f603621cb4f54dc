//! Each action against a simulated router: what it does to the tables, and each way in which it does not happen.

use super::*;
use crate::actors::connection::Dialled;
use crate::actors::peer::{Manner, Peer};
use crate::domain::action::*;
use crate::domain::id::ItemId;
use crate::routeros::stream::{ConnectError, Protection, Stream};
use crate::simulator::{RouterPlan, SimulatedRouter};
use futures_util::future::LocalBoxFuture;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::oneshot;

mod refusals;
mod tables;

use tables::item;

/// Someone who is online, and not by chance.
const WHO: &str = "anna maria";

/// Lets through what goes to a router, and cuts the connection when it hears something.
#[derive(Debug, Clone, Copy)]
struct Cut {
    at: &'static str,
    /// Whether the router still hears it.
    hears: bool,
}

#[derive(Debug)]
struct Way {
    router: SimulatedRouter,
    cut: Option<Cut>,
}

impl Dial for Way {
    fn dial(&self, _: Duration) -> LocalBoxFuture<'_, Result<Dialled, ConnectError>> {
        Box::pin(async {
            let (ours, front) = tokio::io::duplex(64 << 10);
            let (back, theirs) = tokio::io::duplex(64 << 10);
            self.router.serve(theirs);
            actix::spawn(pass(front, back, self.cut));
            Ok(Dialled { stream: Stream::Memory(ours), protection: Protection::Clear, fingerprint: None })
        })
    }
}

async fn pass(front: DuplexStream, back: DuplexStream, cut: Option<Cut>) {
    let (mut from_us, mut to_us) = tokio::io::split(front);
    let (mut from_router, mut to_router) = tokio::io::split(back);
    let answers = actix::spawn(async move { tokio::io::copy(&mut from_router, &mut to_us).await });
    let mut bytes = vec![0; 4096];
    while let Ok(read @ 1..) = from_us.read(&mut bytes).await {
        let said = &bytes[..read];
        let cut = cut.filter(|cut| said.windows(cut.at.len()).any(|part| part == cut.at.as_bytes()));
        if cut.is_some() {
            // What the router answers gets nowhere.
            answers.abort();
        }
        if cut.is_none_or(|cut| cut.hears) {
            to_router.write_all(said).await.unwrap();
        }
        if cut.is_some() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            break;
        }
    }
    // Only then the router sees that we hung up.
    answers.abort();
}

fn router() -> SimulatedRouter {
    let user = |name: &str, password: &str| Some((name.to_owned(), SecretString::from(password)));
    SimulatedRouter::new(RouterPlan {
        subscribers: 60,
        churn_per_minute: 0.0,
        user: user("monitor", "m"),
        operator: user("operator", "o"),
        ..RouterPlan::default()
    })
}

fn setup(dial: impl Dial, (username, password): (&str, &str)) -> ActingSetup {
    ActingSetup {
        router: RouterName::try_from("r1".to_owned()).unwrap(),
        dial: Arc::new(dial),
        credentials: Credentials {
            username: username.to_owned(),
            password: SecretString::from(password),
            forbid_clear_sign_in: false,
        },
        charset: Charset::default(),
        deadline: Duration::from_secs(10),
        again: Again::default(),
        gate: Arc::new(AtomicBool::new(true)),
    }
}

const OPERATOR: (&str, &str) = ("operator", "o");

/// Carries an action out on a router.
async fn act(router: &SimulatedRouter, action: Action) -> Outcome {
    let way = Way { router: router.clone(), cut: None };
    ask(setup(way, OPERATOR), action).await
}

/// Gives one order to somebody who acts by this setup, and no more.
async fn ask(setup: ActingSetup, action: Action) -> Outcome {
    let orders = Acting::begin(setup, &Arbiter::current());
    order(&orders, action).await.await.unwrap()
}

/// Gives an order.
async fn order(orders: &mpsc::Sender<ActionOrder>, action: Action) -> oneshot::Receiver<Outcome> {
    let (answer, told) = oneshot::channel();
    orders.send(ActionOrder { action, asked: clock::instant(), answer }).await.unwrap();
    told
}

fn profile(name: &str) -> ProfileName {
    ProfileName::among(name, [name]).unwrap()
}

/// The row that a router has afterwards.
#[track_caller]
fn done(outcome: Outcome) -> Item {
    let Outcome::Done { after: Afterwards::Row(item) } = outcome else { panic!("{outcome:?}") };
    item
}
