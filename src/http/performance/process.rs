//! What the process takes of the machine.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// What the process takes. What the machine does not tell is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// Memory that it holds, in bytes.
    pub memory: Option<u64>,
    /// The most that it ever held.
    pub peak_memory: Option<u64>,
    /// Processor time since the start.
    pub cpu: Duration,
    /// Of one core, over the last minute.
    pub cpu_percent: Option<f64>,
    /// Threads.
    pub threads: Option<u64>,
}

impl Process {
    /// As it is now; the share of the processor is for whoever knows what was before.
    pub(super) fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kilobytes = |name| figure(&status, name).map(|figure| figure * 1024);
        Self {
            memory: kilobytes("VmRSS:"),
            peak_memory: kilobytes("VmHWM:"),
            cpu: cpu(),
            cpu_percent: None,
            threads: figure(&status, "Threads:"),
        }
    }
}

/// Processor time that the process has used.
pub(super) fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}

/// The number behind a name.
fn figure(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_holds_memory_and_has_used_its_processor() {
        let process = Process::now();
        assert!(process.memory.is_some_and(|bytes| 100_000 < bytes) && process.memory <= process.peak_memory);
        assert!(Duration::ZERO < process.cpu && process.threads.is_some_and(|threads| 1 <= threads));
        assert_eq!(figure("VmRSS:\t  12 kB\n", "VmHWM:"), None);
    }
}
