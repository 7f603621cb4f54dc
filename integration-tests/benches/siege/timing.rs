//! Whether there is an account of a name cannot be told from how long its refusal takes.

use super::line::{address, ask, form};
use anyhow::ensure;
use integration_tests::report::{Report, percentile};
use integration_tests::service::{ADMIN, Service};
use std::net::Ipv4Addr;

/// No account, and as long as one that there is.
const NOBODY: &str = "nobod";

/// So many attempts are evaluated for an account from one address, and twice as many from the address.
const PER_ADDRESS: usize = 5;

pub(super) async fn measure(report: &mut Report, service: &Service) -> anyhow::Result<()> {
    let to = address(service)?;
    let addresses = report.size().pick(40, 400);
    let (mut somebody, mut nobody) = (Vec::new(), Vec::new());
    for n in 0..u32::try_from(addresses)? {
        let from = Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + n);
        for turn in 0..PER_ADDRESS {
            // Who comes first takes turns, as what is done first in a minute is written to the disk.
            let first = (n as usize + turn) % 2;
            for place in 0..2 {
                let is_somebody = place == first;
                let name = if is_somebody { ADMIN.0 } else { NOBODY };
                let fields = format!("name={name}&password=a+wrong+password&next=/");
                let (status, took) = ask(to, from, &form(to, "/sign-in", &fields)).await?;
                ensure!(status == 401, "{name} from {from} was answered {status}");
                let times = if is_somebody { &mut somebody } else { &mut nobody };
                times.push(took.as_secs_f64() * 1e3);
            }
        }
    }
    // What takes longest tells of the machine's other work; it would hide a difference rather than show one.
    let mut all = [somebody.as_slice(), &nobody].concat();
    let most = percentile(&mut all, 0.9);
    for times in [&mut somebody, &mut nobody] {
        times.retain(|took| *took <= most);
    }
    let t = welch(&somebody, &nobody);
    let measured = format!(
        "t = {t:.2}; {:.2} ms and {:.2} ms in the mean, of {} and {} (2 × {}, the slowest tenth left out)",
        mean(&somebody),
        mean(&nobody),
        somebody.len(),
        nobody.len(),
        addresses * PER_ADDRESS
    );
    report.hold("a wrong password for somebody, and for nobody", "|t| under 4.5", &measured, t.abs() < 4.5);
    Ok(())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Welch's t: how many standard errors the means are apart.
fn welch(one: &[f64], two: &[f64]) -> f64 {
    let error = |values: &[f64]| {
        let (mean, count) = (mean(values), values.len() as f64);
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0) / count
    };
    (mean(one) - mean(two)) / (error(one) + error(two)).sqrt()
}
