//! `rollcall-bench run`: starts everything, measures pair after pair, reports, and leaves nothing running.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::signal::unix::{SignalKind, signal};

use crate::child::{Server, free_address};
use crate::cli::RunArgs;
use crate::half::{Half, Snapshot};
use crate::load::{Op, Plan, Target, Window, measure};
use crate::pair::{self, Pair};
use crate::pgbench::Pgbench;
use crate::postgres::{Cluster, FLOOR_DATABASE, ROLLCALL_DATABASE};
use crate::report::{self, Comparison, Report};
use crate::rollcall::{Recipe, Rollcall};
use crate::scenario::{Engine, Scenario};
use crate::{machine, procfs};

/// Runs the benchmark; failure means that a required ratio was missed.
pub(crate) async fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let cluster = match &args.postgres {
        Some(url) => Some(Cluster::open(url).await?),
        None => None,
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let outcome = tokio::select! {
        outcome = measured(&args, cluster.as_ref()) => outcome,
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
        _ = terminate.recv() => Err(anyhow::anyhow!("terminated")),
    };
    // The servers have ended with the future that owned them, so nobody needs these databases any more.
    if let Some(cluster) = &cluster {
        cluster.drop(ROLLCALL_DATABASE).await?;
        cluster.drop(FLOOR_DATABASE).await?;
    }
    let report = outcome?;
    let text = report::render(&report);
    writeln!(std::io::stdout(), "{text}")?;
    if let Some(path) = &args.out {
        report::write_between_markers(path, &text)?;
    }
    let passed = args.no_gate || report.missed().is_empty();
    for line in report.missed() {
        eprintln!("below the minimum: {line}");
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measured(args: &RunArgs, cluster: Option<&Cluster>) -> anyhow::Result<Report> {
    let binary = rollcall_binary(args)?;
    let mut report = Report { facts: facts(args, cluster, &binary), ..Report::default() };
    let plan = comparisons(args, cluster.is_some(), &mut report.notes)?;
    let temporary = match &args.dir {
        Some(dir) => {
            std::fs::create_dir_all(dir)?;
            tempfile::tempdir_in(dir)?
        }
        None => tempfile::tempdir()?,
    };
    let dir = temporary.path().canonicalize()?;
    let file_system = machine::file_system(&dir);
    ensure!(
        file_system != "tmpfs",
        "{} is in memory, where a commit costs nothing; give --dir on a disk",
        dir.display()
    );
    report.facts.push(("File system of SQLite".to_owned(), file_system));
    let pgbench = match cluster {
        Some(cluster) if plan.iter().any(|(_, scenario)| scenario.against_pgbench()) => {
            Some(ready_pgbench(args, cluster, &dir, &mut report).await?)
        }
        _ => None,
    };
    let mut extra = args.extra_pairs;
    for engine in &args.engines {
        let scenarios: Vec<Scenario> = plan
            .iter()
            .filter(|(of, _)| of == engine)
            .map(|(_, scenario)| *scenario)
            .collect();
        if scenarios.is_empty() {
            continue;
        }
        let mut bench = Bench::start(args, *engine, cluster, pgbench.as_ref(), &binary, &dir).await?;
        for scenario in scenarios {
            let pairs = bench.pairs(scenario, &mut extra).await;
            let pairs = pairs.with_context(|| format!("{} on {}", scenario.label(), engine.label()))?;
            report.comparisons.push(Comparison {
                engine: *engine,
                scenario,
                pairs,
                wanted: usize::from(args.pairs),
            });
        }
    }
    Ok(report)
}

/// One engine's servers.
struct Bench<'a> {
    args: &'a RunArgs,
    engine: Engine,
    rollcall: Rollcall,
    bare: Server,
    pgbench: Option<&'a Pgbench>,
    /// The database's root process, where Rollcall has one.
    database: Option<u32>,
}

impl<'a> Bench<'a> {
    async fn start(
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

    async fn pairs(&mut self, scenario: Scenario, extra: &mut u8) -> anyhow::Result<Vec<Pair>> {
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

fn half(outcome: &crate::load::Outcome<Snapshot>, pid: u32) -> anyhow::Result<Half> {
    let spent = outcome.before.until(&outcome.after);
    Ok(Half {
        rps: outcome.requests as f64 / outcome.seconds,
        latency: outcome.latency,
        cpu_us: spent.side_us / outcome.requests as f64,
        other_cores: spent.other_cores,
        rss_anon_kb: Some(procfs::rss_anon_kb(pid)?),
    })
}

async fn ready_pgbench(
    args: &RunArgs,
    cluster: &Cluster,
    dir: &Path,
    report: &mut Report,
) -> anyhow::Result<Pgbench> {
    eprintln!("pgbench: seeding {} users", args.users);
    cluster.create_floor(args.users).await?;
    let load = (args.users, args.connections, args.pgbench_threads);
    let pgbench =
        Pgbench::new(cluster.url_of(FLOOR_DATABASE), cluster.postmaster, load, &dir.join("pgbench"))?;
    report.facts.push(("pgbench".to_owned(), pgbench.version()));
    let command = pgbench.command("put.sql", args.seconds).join(" ");
    report
        .facts
        .push(("pgbench command".to_owned(), format!("`pgbench {command} URL`")));
    // The first run of a fresh database is slower than all that follow.
    pgbench.half("get.sql", 1.0).await?;
    pgbench.half("put.sql", 1.0).await?;
    Ok(pgbench)
}

fn rollcall_binary(args: &RunArgs) -> anyhow::Result<PathBuf> {
    let beside = || anyhow::Ok(std::env::current_exe()?.with_file_name("rollcall"));
    let path = args.rollcall.clone().map_or_else(beside, Ok)?;
    path.canonicalize()
        .with_context(|| format!("no server to measure at {} (give --rollcall PATH)", path.display()))
}

/// What will be measured; what cannot be is an error when a minimum depends on it, and a note otherwise.
fn comparisons(
    args: &RunArgs,
    cluster: bool,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<(Engine, Scenario)>> {
    let all = args
        .engines
        .iter()
        .flat_map(|engine| args.scenarios.iter().map(|scenario| (*engine, *scenario)));
    let mut plan = Vec::new();
    for (engine, scenario) in all.filter(|(engine, scenario)| scenario.applies(*engine)) {
        if cluster || !scenario.needs_postgres(engine) {
            plan.push((engine, scenario));
            continue;
        }
        let what = format!("{} on {} against {}", scenario.label(), engine.label(), scenario.baseline());
        if scenario.minimum(engine).is_some() && !args.no_gate {
            bail!(
                "{what} needs a private PostgreSQL cluster: set ROLLCALL_TEST_POSTGRES, \
                 narrow --engines and --scenarios, or give --no-gate"
            );
        }
        notes.push(format!("Not measured, for want of ROLLCALL_TEST_POSTGRES: {what}."));
    }
    ensure!(
        !plan.is_empty(),
        "there is nothing to measure: these scenarios do not apply to these engines"
    );
    Ok(plan)
}

fn facts(args: &RunArgs, cluster: Option<&Cluster>, binary: &Path) -> Vec<(String, String)> {
    let mut facts = machine::facts();
    facts.push(("Rollcall".to_owned(), machine::first_line(Command::new(binary).arg("--version"))));
    if let Some(cluster) = cluster {
        facts.push(("PostgreSQL".to_owned(), cluster.facts.clone()));
    }
    let RunArgs { users, connections, seconds, warmup, pairs, .. } = args;
    facts.push((
        "Command".to_owned(),
        format!("`rollcall-bench run --users {users} --connections {connections} --seconds {seconds} --warmup {warmup} --pairs {pairs}`"),
    ));
    facts
}
