//! Figures beside their targets, as a table that fails the run when one is missed.

use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// How large a measurement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Seconds, on a shared machine: counts, losses and ratios are held to their targets, times are not.
    Small,
    /// The size that the target is about: everything is held to its target.
    Full,
}

impl Size {
    /// Reads `--small` or `--full` from the command line; small without either.
    pub fn from_arguments() -> Self {
        if std::env::args().any(|argument| argument == "--full") { Self::Full } else { Self::Small }
    }

    /// One of two values, by size.
    pub fn pick<T>(self, small: T, full: T) -> T {
        match self {
            Self::Small => small,
            Self::Full => full,
        }
    }
}

/// Rows of figures and whether they meet their targets.
#[derive(Debug)]
pub struct Report {
    size: Size,
    wanted: Vec<String>,
    missed: usize,
    rows: usize,
}

impl Report {
    /// Begins a table.
    #[expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]
    pub fn new(size: Size) -> Self {
        println!("| what | target | measured | |");
        println!("| --- | --- | --- | --- |");
        let wanted = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
        Self { size, wanted, missed: 0, rows: 0 }
    }

    /// Whether a measurement is to be taken: all are, unless some are named on the command line.
    pub fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == name)
    }

    /// The size in force.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Adds a figure that is held to its target at every size: a count, a loss, a ratio.
    #[expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]
    pub fn hold(&mut self, what: &str, target: &str, measured: &str, held: bool) {
        println!("| {what} | {target} | {measured} | {} |", if held { "held" } else { "MISSED" });
        self.rows += 1;
        self.missed += usize::from(!held);
    }

    /// Adds a figure that is a time or a volume: held to its target at full size only, told at small size.
    #[expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]
    pub fn measure(&mut self, what: &str, target: &str, measured: &str, held: bool) {
        if self.size == Size::Full {
            self.hold(what, target, measured, held);
        } else {
            self.rows += 1;
            println!("| {what} | {target} (at full size) | {measured} | told |");
        }
    }

    /// Adds a figure that is told and not held to its target.
    #[expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]
    pub fn tell(&mut self, what: &str, target: &str, measured: &str) {
        println!("| {what} | {target} | {measured} | told |");
    }

    /// Ends the table; the process fails when a target was missed.
    #[expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]
    pub fn finish(self) -> std::process::ExitCode {
        println!("{} passed, {} failed", self.rows - self.missed, self.missed);
        if self.missed == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
    }
}

/// Keeps this thread, and the threads that it starts from now on, on the core where it runs.
pub fn on_one_core() -> std::io::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(sched_getcpu());
    Ok(sched_setaffinity(None, &cores)?)
}

/// The processor time that the calling thread has used, in user and kernel mode.
pub fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The processor time, in milliseconds, that the calling thread has used since `before`.
pub fn thread_milliseconds_since(before: Duration) -> f64 {
    thread_cpu().saturating_sub(before).as_secs_f64() * 1e3
}

/// The value that this share of the values does not exceed; the values are sorted in place.
///
/// # Panics
///
/// When there are no values.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    assert!(!values.is_empty(), "no values");
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the slice")]
    let index = (share * last as f64).ceil() as usize;
    values.get(index.min(last)).copied().unwrap_or_default()
}
