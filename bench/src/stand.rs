//! One test stand: Rollcall and what it is compared with side by side, measured half by half.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::child::{Server, free_address};
use crate::half::{Half, Snapshot};
use crate::load::{Op, Outcome, Plan, Target, Window, measure};
use crate::pair::{self, Pair};
use crate::pgbench::Pgbench;
use crate::rollcall::{Recipe, Rollcall};
use crate::scenario::{Baseline, Scenario, Work};
use crate::{noise, procfs};

/// How long and how often is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Load before measuring and while measuring.
    pub(crate) window: Window,
    /// Quiet measurements wanted of everything.
    pub(crate) wanted: usize,
    /// Connections where nothing else is said.
    pub(crate) connections: u16,
}

/// Measurements that may still be added in the whole run to replace noisy ones.
#[derive(Debug)]
pub(crate) struct Spare(pub(crate) u16);

/// The servers.
#[derive(Debug)]
pub(crate) struct Stand<'a> {
    /// Rollcall.
    pub(crate) rollcall: Rollcall,
    pace: Pace,
    bare: Option<Server>,
    pgbench: Option<&'a Pgbench>,
    /// The database's root process, where Rollcall has one.
    database: Option<u32>,
}

impl<'a> Stand<'a> {
    /// Starts Rollcall and seeds it. `database` is the root process of its database.
    pub(crate) async fn start(recipe: Recipe, pace: Pace, database: Option<u32>) -> anyhow::Result<Self> {
        let rollcall = Rollcall::start(recipe).await?;
        Ok(Self { rollcall, pace, bare: None, pgbench: None, database })
    }

    /// Starts a bare server beside it that answers with the same bytes.
    pub(crate) async fn with_bare(&mut self, recipe: &Recipe) -> anyhow::Result<()> {
        let sample = recipe.dir.join("sample.json");
        std::fs::write(&sample, &self.rollcall.sample)?;
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        let (listen, users) = (address.to_string(), recipe.seeds.users.to_string());
        command
            .args(["bare", "--listen", &listen, "--users", &users, "--sample"])
            .arg(sample);
        self.bare = Some(Server::start(&mut command, address, &recipe.dir.join("bare.log")).await?);
        Ok(())
    }

    /// Has pgbench to compare with.
    pub(crate) fn with_pgbench(&mut self, pgbench: Option<&'a Pgbench>) {
        self.pgbench = pgbench;
    }

    /// Measures pairs until enough were quiet; noisy ones are replaced at the cost of `spare`.
    pub(crate) async fn pairs(
        &mut self,
        scenario: &Scenario,
        spare: &mut Spare,
    ) -> anyhow::Result<Vec<Pair>> {
        let mut pairs: Vec<Pair> = Vec::new();
        self.settle().await?;
        while pair::quiet(&pairs) < self.pace.wanted {
            if pairs.len() >= self.pace.wanted && !spare.take() {
                break;
            }
            let pair = self.pair(scenario, pairs.len().is_multiple_of(2)).await?;
            let noise = if pair.is_quiet() { "" } else { " (noisy)" };
            eprintln!("  {:.3} of the rate, {:.2} times the CPU{noise}", pair.ratio(), pair.cpu_ratio());
            pairs.push(pair);
        }
        Ok(pairs)
    }

    /// Measures something alone until enough was quiet, in the same way.
    pub(crate) async fn alone(&mut self, work: &Work, spare: &mut Spare) -> anyhow::Result<Vec<Half>> {
        let mut halves: Vec<Half> = Vec::new();
        self.settle().await?;
        while halves.iter().filter(|half| noise::is_quiet_half(half)).count() < self.pace.wanted {
            if halves.len() >= self.pace.wanted && !spare.take() {
                break;
            }
            let half = self.once(work.op, work.crowd.connections(self.pace.connections)).await?;
            eprintln!("  {:.0}/s, {:.1} µs of CPU", half.rps, half.cpu_us);
            halves.push(half);
        }
        Ok(halves)
    }

    /// Asks Rollcall for something over so many connections, once.
    pub(crate) async fn once(&mut self, op: Op, connections: u16) -> anyhow::Result<Half> {
        let plan = self.rollcall.plan(op, connections);
        let pid = self.rollcall.server.pid();
        let side: Vec<u32> = std::iter::once(pid).chain(self.database).collect();
        let outcome = measure(&plan, self.pace.window, || Snapshot::take(&side)).await;
        let outcome = outcome
            .with_context(|| format!("Rollcall, which wrote:\n{}\n", self.rollcall.server.log_tail()))?;
        self.rollcall.next_revision = outcome.next_revision;
        self.rollcall.next_new = outcome.next_new;
        if op.is_watched() && plan.apps.is_empty() {
            self.rollcall.verify(op, &outcome.acknowledged).await?;
        }
        half(&outcome, pid)
    }

    /// Waits until the servers have nothing to do.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.rollcall.server.settle().await
    }

    async fn pair(&mut self, scenario: &Scenario, baseline_first: bool) -> anyhow::Result<Pair> {
        let connections = scenario.crowd.connections(self.pace.connections);
        if baseline_first {
            let baseline = self.baseline(scenario, connections).await?;
            let rollcall = self.once(scenario.op, connections).await?;
            Ok(Pair { baseline, rollcall, baseline_first })
        } else {
            let rollcall = self.once(scenario.op, connections).await?;
            let baseline = self.baseline(scenario, connections).await?;
            Ok(Pair { baseline, rollcall, baseline_first })
        }
    }

    async fn baseline(&mut self, scenario: &Scenario, connections: u16) -> anyhow::Result<Half> {
        match scenario.baseline {
            Baseline::FirstPage => self.once(scenario.baseline_op(), connections).await,
            Baseline::Pgbench => {
                let script = if scenario.op == Op::Get { "get.sql" } else { "put.sql" };
                let seconds = self.pace.window.measured.as_secs_f64();
                self.pgbench.context("no pgbench")?.half(script, seconds).await
            }
            Baseline::Bare => {
                let bare = self.bare.as_ref().context("no bare server")?;
                let plan = self.rollcall.plan(scenario.op, connections);
                let target = Target { address: bare.address, ..plan.target.clone() };
                let length = self.rollcall.sample.len();
                let plan = Plan { target, body_lengths: Some([length; 2]), ..plan };
                let pid = bare.pid();
                let outcome = measure(&plan, self.pace.window, || Snapshot::take(&[pid]))
                    .await
                    .context("the bare server")?;
                half(&outcome, pid)
            }
        }
    }
}

impl Spare {
    fn take(&mut self) -> bool {
        let some = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        some
    }
}

impl Pace {
    /// Measures for so many seconds, after some of load.
    pub(crate) fn new((warmup, measured): (f64, f64), wanted: u8, connections: u16) -> Self {
        let span = Duration::from_secs_f64;
        Self {
            window: Window { warmup: span(warmup), measured: span(measured) },
            wanted: usize::from(wanted),
            connections,
        }
    }
}

fn half(outcome: &Outcome<Snapshot>, pid: u32) -> anyhow::Result<Half> {
    let spent = outcome.before.until(&outcome.after);
    Ok(Half {
        rps: outcome.requests as f64 / outcome.seconds,
        latency: outcome.latency,
        cpu_us: spent.side_us / outcome.requests as f64,
        other_cores: spent.other_cores,
        rss_anon_kb: Some(procfs::rss_anon_kb(pid)?),
    })
}
