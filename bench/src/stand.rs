//! One engine's test stand: Rollcall and its baselines side by side, measured half by half.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::child::{Server, free_address};
use crate::cli::RunArgs;
use crate::half::{Half, Snapshot};
use crate::load::{Op, Outcome, Plan, Target, Window, measure};
use crate::pair::{self, Pair};
use crate::pgbench::Pgbench;
use crate::postgres::{Cluster, ROLLCALL_DATABASE};
use crate::procfs;
use crate::rollcall::{Recipe, Rollcall};
use crate::scenario::{Engine, Scenario};

/// One engine's servers.
pub(crate) struct Stand<'a> {
    args: &'a RunArgs,
    engine: Engine,
    rollcall: Rollcall,
    bare: Server,
    pgbench: Option<&'a Pgbench>,
    /// The database's root process, where Rollcall has one.
    database: Option<u32>,
}

impl<'a> Stand<'a> {
    /// Starts Rollcall on the engine, seeds it, and starts a bare server that answers with the same bytes.
    pub(crate) async fn start(
        args: &'a RunArgs,
        engine: Engine,
        cluster: Option<&Cluster>,
        pgbench: Option<&'a Pgbench>,
        binary: &Path,
        dir: &Path,
    ) -> anyhow::Result<Self> {
        let dir = dir.join(engine.label());
        let (database, postmaster) = match (engine, cluster) {
            (Engine::Sqlite, _) => (format!("sqlite:{}", dir.join("rollcall.db").display()), None),
            (Engine::Postgres, Some(cluster)) => {
                cluster.create(ROLLCALL_DATABASE).await?;
                (cluster.url_of(ROLLCALL_DATABASE), Some(cluster.postmaster))
            }
            (Engine::Postgres, None) => bail!("no PostgreSQL cluster"),
        };
        eprintln!("{}: seeding {} users", engine.label(), args.users);
        let recipe = Recipe {
            binary,
            serve_args: &args.serve_arg,
            database: &database,
            dir: dir.clone(),
            users: args.users,
            connections: args.connections,
        };
        let rollcall = Rollcall::start(&recipe).await?;
        let sample = dir.join("sample.json");
        std::fs::write(&sample, &rollcall.sample)?;
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args([
            "bare",
            "--listen",
            &address.to_string(),
            "--users",
            &args.users.to_string(),
            "--sample",
        ]);
        let bare = Server::start(command.arg(sample), address, &dir.join("bare.log")).await?;
        Ok(Self { args, engine, rollcall, bare, pgbench, database: postmaster })
    }

    /// Measures pairs until enough were quiet; noisy ones are replaced at the cost of `extra`.
    pub(crate) async fn pairs(&mut self, scenario: Scenario, extra: &mut u8) -> anyhow::Result<Vec<Pair>> {
        let wanted = usize::from(self.args.pairs);
        let mut pairs: Vec<Pair> = Vec::new();
        while pair::quiet(&pairs) < wanted {
            if pairs.len() >= wanted {
                if *extra == 0 {
                    break;
                }
                *extra -= 1;
            }
            let pair = self.pair(scenario, pairs.len().is_multiple_of(2)).await?;
            eprintln!(
                "{} {} against {}: {:.3}{}",
                self.engine.label(),
                scenario.label(),
                scenario.baseline(),
                pair.ratio(),
                if pair.is_quiet() { "" } else { " (noisy)" }
            );
            pairs.push(pair);
        }
        Ok(pairs)
    }

    async fn pair(&mut self, scenario: Scenario, baseline_first: bool) -> anyhow::Result<Pair> {
        if baseline_first {
            let baseline = self.baseline(scenario).await?;
            Ok(Pair {
                baseline,
                rollcall: self.rollcall(scenario.op()).await?,
                baseline_first,
            })
        } else {
            let rollcall = self.rollcall(scenario.op()).await?;
            Ok(Pair {
                baseline: self.baseline(scenario).await?,
                rollcall,
                baseline_first,
            })
        }
    }

    async fn baseline(&self, scenario: Scenario) -> anyhow::Result<Half> {
        if scenario.against_pgbench() {
            let script = if scenario.op() == Op::Get { "get.sql" } else { "put.sql" };
            return self.pgbench.context("no pgbench")?.half(script, self.args.seconds).await;
        }
        let target = Target { address: self.bare.address, ..self.rollcall.target.clone() };
        let plan = self.plan(target, scenario.op(), self.rollcall.sample.len());
        let pid = self.bare.pid();
        let outcome = measure(&plan, self.window(), || Snapshot::take(&[pid]))
            .await
            .context("the bare server")?;
        half(&outcome, pid)
    }

    async fn rollcall(&mut self, op: Op) -> anyhow::Result<Half> {
        let length = if op == Op::Get {
            self.rollcall.sample.len()
        } else {
            self.rollcall.put_length
        };
        let plan = self.plan(self.rollcall.target.clone(), op, length);
        let pid = self.rollcall.server.pid();
        let side: Vec<u32> = std::iter::once(pid).chain(self.database).collect();
        let outcome = measure(&plan, self.window(), || Snapshot::take(&side)).await;
        let outcome = outcome
            .with_context(|| format!("Rollcall, which wrote:\n{}\n", self.rollcall.server.log_tail()))?;
        self.rollcall.next_revision = outcome.next_revision;
        if op != Op::Get {
            self.rollcall.verify(op, &outcome.acknowledged).await?;
        }
        half(&outcome, pid)
    }

    fn plan(&self, target: Target, op: Op, body_length: usize) -> Plan {
        Plan {
            target,
            op,
            users: self.args.users,
            connections: self.args.connections,
            first_revision: self.rollcall.next_revision,
            body_length: Some(body_length),
        }
    }

    fn window(&self) -> Window {
        let span = Duration::from_secs_f64;
        Window {
            warmup: span(self.args.warmup),
            measured: span(self.args.seconds),
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
