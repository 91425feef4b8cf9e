//! One half of a pair: what one side did in its window, and what the rest of the machine did meanwhile.

use std::time::Instant;

use crate::load::Latency;
use crate::procfs;

/// Figures of one side over one window.
#[derive(Debug, Clone)]
pub(crate) struct Half {
    /// Requests (pgbench: transactions) per second.
    pub(crate) rps: f64,
    /// Latencies.
    pub(crate) latency: Latency,
    /// CPU microseconds per request of the side measured: server, and database where it has one.
    pub(crate) cpu_us: f64,
    /// Cores used by neither the side measured nor the loader.
    pub(crate) other_cores: f64,
    /// Anonymous memory of the server at the end, in kilobytes; none for pgbench.
    pub(crate) rss_anon_kb: Option<u64>,
}

/// CPU clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot {
    side: u64,
    loader: u64,
    machine: u64,
    at: Instant,
}

/// CPU time between two snapshots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spent {
    /// Of the side measured, in microseconds.
    pub(crate) side_us: f64,
    /// Of everything that is neither the side measured nor the loader, in cores.
    pub(crate) other_cores: f64,
}

impl Snapshot {
    /// Reads the clocks; `side` are the roots of the process trees being measured.
    pub(crate) fn take(side: &[u32]) -> anyhow::Result<Self> {
        let mut total = 0;
        for pid in side {
            total += procfs::tree_ns(*pid)?;
        }
        Ok(Self {
            side: total,
            // Children are not part of it, unless waited for: pgbench, which loads instead of us, is.
            loader: procfs::own_ns(std::process::id())?,
            machine: procfs::machine_ns()?,
            at: Instant::now(),
        })
    }

    /// What was spent from `self` to `after`.
    pub(crate) fn until(&self, after: &Self) -> Spent {
        let side = after.side.saturating_sub(self.side);
        let loader = after.loader.saturating_sub(self.loader);
        let machine = after.machine.saturating_sub(self.machine);
        let elapsed = (after.at - self.at).as_nanos() as f64;
        Spent {
            side_us: side as f64 / 1e3,
            other_cores: machine.saturating_sub(side + loader) as f64 / elapsed.max(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_rest_of_the_machine_is_what_remains() {
        let before = Snapshot { side: 100, loader: 0, machine: 5_000, at: Instant::now() };
        let after = Snapshot {
            side: 100 + 900_000_000,
            loader: 500_000_000,
            machine: 5_000 + 1_900_000_000,
            at: before.at + Duration::from_secs(1),
        };
        assert_eq!(before.until(&after), Spent { side_us: 900_000.0, other_cores: 0.5 });
    }

    #[test]
    fn ticks_that_lag_behind_do_not_make_it_negative() {
        let before = Snapshot { side: 0, loader: 0, machine: 0, at: Instant::now() };
        let after = Snapshot {
            side: 11_000_000,
            at: before.at + Duration::from_millis(10),
            machine: 10_000_000,
            ..before
        };
        assert_eq!(before.until(&after).other_cores, 0.0);
    }
}
