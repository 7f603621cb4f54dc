//! Guesses of a password, from one address and from a hundred, while its owner signs in from another.

use super::honest::Honest;
use super::line::{address, ask, form};
use anyhow::ensure;
use integration_tests::report::{Report, percentile};
use integration_tests::service::{ADMIN, Service, urlencode};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const GUESSES: u32 = 1_000;
const ADDRESSES: u8 = 100;
/// A minute, but for how much longer one answer may be on its way than another.
const MINUTE: Duration = Duration::from_secs(59);

/// From where the owner signs in; ten attempts a minute are heard there, whoever makes them.
const OWNER: Ipv4Addr = Ipv4Addr::new(127, 0, 10, 1);

/// What became of the guesses of one address.
#[derive(Default)]
struct Guesses {
    made: u32,
    refused: u32,
    /// When those were answered that were evaluated.
    evaluated: Vec<Instant>,
}

impl Guesses {
    /// The most that were evaluated in any minute.
    fn most_in_a_minute(&self) -> usize {
        let in_minute = |from: &Instant| {
            self.evaluated.iter().filter(|at| from <= *at && at.duration_since(*from) < MINUTE).count()
        };
        self.evaluated.iter().map(in_minute).max().unwrap_or_default()
    }
}

pub(super) async fn measure(report: &mut Report, service: &Service) -> anyhow::Result<()> {
    let to = address(service)?;
    // More than two minutes, so that what is evaluated in one is seen to end in the next.
    let lasting = Duration::from_secs(report.size().pick(8, 130));
    let honest = Honest::begin(service);
    let one = tokio::spawn(guess(to, Ipv4Addr::new(127, 0, 8, 1), GUESSES, lasting));
    let mut many = JoinSet::new();
    for n in 1..=ADDRESSES {
        many.spawn(guess(to, Ipv4Addr::new(127, 0, 9, n), GUESSES / u32::from(ADDRESSES), lasting));
    }
    let times = report.size().pick(4, 20);
    let (mut let_in, mut took) = (0, Vec::new());
    let mut due = tokio::time::interval(lasting / times);
    for _ in 0..times {
        due.tick().await;
        let fields = format!("name={}&password={}&next=/", ADMIN.0, urlencode(ADMIN.1));
        let (status, lasted) = ask(to, OWNER, &form(to, "/sign-in", &fields)).await?;
        let_in += u32::from(status == 303);
        took.push(lasted.as_secs_f64() * 1e3);
    }
    let one = one.await??;
    let many = many.join_all().await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let seconds = lasting.as_secs();
    honest.end(report, "while a password is guessed from 101 addresses")?;
    row(report, &format!("{GUESSES} guesses from one address in {seconds} s"), &[one])?;
    row(report, &format!("{GUESSES} guesses from {ADDRESSES} addresses in {seconds} s"), &many)?;
    let measured = format!(
        "{let_in} of {times}, median {:.0} ms, worst {:.0} ms",
        percentile(&mut took, 0.5),
        percentile(&mut took, 1.0)
    );
    report.hold("the owner signs in meanwhile", "each time", &measured, let_in == times);
    Ok(())
}

fn row(report: &mut Report, what: &str, guesses: &[Guesses]) -> anyhow::Result<()> {
    let sum = |of: fn(&Guesses) -> usize| guesses.iter().map(of).sum::<usize>();
    let (evaluated, refused) = (sum(|one| one.evaluated.len()), sum(|one| one.refused as usize));
    let made = sum(|one| one.made as usize);
    ensure!(evaluated + refused == made, "{made} guesses, {evaluated} evaluated, {refused} refused");
    let most = guesses.iter().map(Guesses::most_in_a_minute).max().unwrap_or_default();
    let measured =
        format!("at most {most} in a minute; {evaluated} evaluated (401), {refused} refused (429)");
    // None at all would mean that somebody else was hit.
    let is_held = (1..=5).contains(&most) && made == GUESSES as usize;
    report.hold(what, "at most 5 evaluated a minute and address", &measured, is_held);
    Ok(())
}

/// Guesses so many times, evenly over this time.
async fn guess(to: SocketAddr, from: Ipv4Addr, times: u32, lasting: Duration) -> anyhow::Result<Guesses> {
    let mut guesses = Guesses::default();
    let mut due = tokio::time::interval(lasting / times);
    for n in 0..times {
        due.tick().await;
        let fields = format!("name={}&password=correct+horse+{n}&next=/", ADMIN.0);
        let (status, _) = ask(to, from, &form(to, "/sign-in", &fields)).await?;
        guesses.made += 1;
        match status {
            401 => guesses.evaluated.push(Instant::now()),
            429 => guesses.refused += 1,
            other => anyhow::bail!("a guess was answered {other}"),
        }
    }
    Ok(guesses)
}
