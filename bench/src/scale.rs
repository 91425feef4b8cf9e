//! `rollcall-bench scale`: several Rollcall processes on one PostgreSQL, each with its share of the connections.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::future::try_join_all;

use crate::child::{Server, free_address};
use crate::half::Snapshot;
use crate::load::{self, Acknowledged, Op, Outcome, Plan, Target, Window, measure};
use crate::postgres::{Cluster, ROLLCALL_DATABASE};
use crate::records;
use crate::rollcall::{Recipe, Rollcall};
use crate::run::rollcall_binary;
use crate::seeds::Seeds;

/// Loaders count revisions apart from each other, so that each knows its own.
const REVISIONS: u64 = 1_000_000_000;

/// Options of `scale`.
#[derive(Debug, Args)]
pub(crate) struct ScaleArgs {
    /// The server to measure (default: `rollcall` in the folder of this program).
    #[arg(long, value_name = "PATH")]
    rollcall: Option<PathBuf>,
    /// How many processes, in ascending order; each further figure is compared with the first.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4], value_parser = clap::value_parser!(u8).range(1..=8))]
    processes: Vec<u8>,
    /// What to ask.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Op::Get, Op::Put])]
    ops: Vec<Op>,
    /// Rounds: each measures every number of processes, forwards and backwards in turn; medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// How many users to seed.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(64..=8_000_000))]
    users: u32,
    /// Connections kept open, shared evenly among the processes.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(8..=4096))]
    connections: u16,
    /// Seconds measured each time.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Seconds before measuring starts.
    #[arg(long, default_value_t = 0.6)]
    warmup: f64,
    /// Superuser URL of a private PostgreSQL cluster with fsync on; the database rollcall_bench is dropped and made there.
    #[arg(long, value_name = "URL", env = "ROLLCALL_TEST_POSTGRES", hide_env_values = true)]
    postgres: String,
}

/// What one number of processes did in one round.
#[derive(Debug, Clone, Copy)]
struct Run {
    op: Op,
    processes: u8,
    rps: f64,
    p99_ms: f64,
    cpu_us: f64,
    other_cores: f64,
}

/// Measures, and prints a table.
pub(crate) async fn run(args: ScaleArgs) -> anyhow::Result<ExitCode> {
    ensure!(args.processes.is_sorted() && !args.processes.is_empty(), "--processes in ascending order");
    // Several loaders would make the same ones.
    ensure!(!args.ops.iter().any(|op| matches!(op, Op::Create | Op::New)), "--ops that make no users");
    let cluster = Cluster::open(&args.postgres).await?;
    cluster.create(ROLLCALL_DATABASE).await?;
    let measured = measured(&args, &cluster).await;
    cluster.drop(ROLLCALL_DATABASE).await?;
    write!(std::io::stdout(), "{}", render(&args, &measured?))?;
    Ok(ExitCode::SUCCESS)
}

async fn measured(args: &ScaleArgs, cluster: &Cluster) -> anyhow::Result<Vec<Run>> {
    let folder = tempfile::tempdir()?;
    let recipe = Recipe {
        binary: rollcall_binary(args.rollcall.as_deref())?,
        serve_args: Vec::new(),
        database: cluster.url_of(ROLLCALL_DATABASE),
        dir: folder.path().join("1"),
        seeds: Seeds::of(args.users),
        keep: None,
    };
    let mut first = Rollcall::start(recipe.clone()).await?;
    let mut others = Vec::new();
    for number in 2..=args.processes.iter().copied().max().unwrap_or(1) {
        others.push(beside(&recipe, &folder.path().join(number.to_string())).await?);
    }
    let mut runs = Vec::new();
    for round in 0..args.rounds {
        for op in &args.ops {
            let mut numbers = args.processes.clone();
            if round % 2 == 1 {
                numbers.reverse();
            }
            for processes in numbers {
                let servers: Vec<&Server> =
                    std::iter::once(&first.server).chain(&others).take(processes.into()).collect();
                let (run, next) = one(args, cluster, &first, &servers, *op).await?;
                eprintln!("{op:?}, {processes} processes: {:.0}/s", run.rps);
                first.next_revision = next;
                runs.push(run);
            }
        }
    }
    Ok(runs)
}

/// One more process on the same database.
async fn beside(recipe: &Recipe, dir: &Path) -> anyhow::Result<Server> {
    std::fs::create_dir_all(dir)?;
    let address = free_address()?;
    let mut command = Command::new(&recipe.binary);
    command.args(["serve", "--listen", &address.to_string(), "--database", &recipe.database]);
    Server::start(command.current_dir(dir), address, &dir.join("serve.log")).await
}

async fn one(
    args: &ScaleArgs,
    cluster: &Cluster,
    rollcall: &Rollcall,
    servers: &[&Server],
    op: Op,
) -> anyhow::Result<(Run, u64)> {
    let side: Vec<u32> = servers.iter().map(|server| server.pid()).chain([cluster.postmaster]).collect();
    let span = Duration::from_secs_f64;
    let window = Window { warmup: span(args.warmup), measured: span(args.seconds) };
    let plan = rollcall.plan(op, args.connections / u16::try_from(servers.len())?);
    let plans: Vec<Plan> = (0..)
        .zip(servers)
        .map(|(loader, server)| Plan {
            target: Target { address: server.address, ..plan.target.clone() },
            first_revision: plan.first_revision + loader * REVISIONS,
            ..plan.clone()
        })
        .collect();
    let outcomes =
        try_join_all(plans.iter().map(|plan| measure(plan, window, || Snapshot::take(&side)))).await?;
    if op.is_watched() {
        verify(&plans, &outcomes).await?;
    }
    let requests: u64 = outcomes.iter().map(|outcome| outcome.requests).sum();
    let first = outcomes.first().context("no process")?;
    let spent = first.before.until(&first.after);
    let run = Run {
        op,
        processes: u8::try_from(servers.len())?,
        rps: outcomes.iter().map(|outcome| outcome.requests as f64 / outcome.seconds).sum(),
        p99_ms: outcomes.iter().map(|outcome| outcome.latency.p99).fold(0.0, f64::max),
        cpu_us: spent.side_us / requests as f64,
        other_cores: spent.other_cores,
    };
    let used = outcomes
        .iter()
        .zip(&plans)
        .map(|(outcome, plan)| outcome.next_revision - plan.first_revision);
    Ok((run, rollcall.next_revision + used.max().unwrap_or(0)))
}

/// Every process answers the last write that one of the loaders was told of.
async fn verify(plans: &[Plan], outcomes: &[Outcome<Snapshot>]) -> anyhow::Result<()> {
    let told: Vec<Acknowledged> = outcomes.iter().flat_map(|outcome| outcome.acknowledged.clone()).collect();
    ensure!(!told.is_empty(), "no write was watched");
    for user in 0..u32::try_from(told.len())? {
        let last: Vec<String> = told
            .iter()
            .filter(|write| write.user == user)
            .map(|write| format!("{}{:010}", records::STATUS_PREFIX, write.revision))
            .collect();
        for plan in plans.iter().filter(|_| !last.is_empty()) {
            let body = load::single(&plan.target, Op::Get, user, 0).await?;
            let kept = last.iter().any(|status| body.contains(status.as_str()));
            ensure!(kept, "a write was lost: {last:?} were acknowledged, and there is {body}");
        }
    }
    Ok(())
}

fn render(args: &ScaleArgs, runs: &[Run]) -> String {
    let mut text = String::from(
        "| request | processes | requests/s, median | against the first | p99 ms | CPU µs/request, database included | other cores |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for op in &args.ops {
        let of = |processes: u8| runs.iter().filter(move |run| run.op == *op && run.processes == processes);
        for processes in &args.processes {
            let pick = |figure: fn(&Run) -> f64| median(of(*processes).map(figure).collect());
            let base = of(args.processes[0]).map(|run| run.rps);
            let ratio = median(
                of(*processes)
                    .map(|run| run.rps)
                    .zip(base)
                    .map(|(rps, base)| rps / base)
                    .collect(),
            );
            text += &format!(
                "| {op:?} | {processes} | {:.0} | {ratio:.2} | {:.1} | {:.0} | {:.2} |\n",
                pick(|run| run.rps),
                pick(|run| run.p99_ms),
                pick(|run| run.cpu_us),
                pick(|run| run.other_cores),
            );
        }
    }
    text
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(processes: Vec<u8>) -> ScaleArgs {
        ScaleArgs {
            rollcall: None,
            processes,
            ops: vec![Op::Put],
            rounds: 3,
            users: 64,
            connections: 8,
            seconds: 1.0,
            warmup: 0.1,
            postgres: String::new(),
        }
    }

    #[test]
    fn a_round_is_compared_with_itself() {
        let run = |processes, rps| Run {
            op: Op::Put,
            processes,
            rps,
            p99_ms: 1.0,
            cpu_us: 2.0,
            other_cores: 0.0,
        };
        // A machine that slows down: the ratios stay.
        let runs = [run(1, 900.0), run(2, 990.0), run(2, 110.0), run(1, 100.0), run(1, 10.0), run(2, 11.0)];
        let text = render(&args(vec![1, 2]), &runs);
        assert!(text.contains("| Put | 1 | 100 | 1.00 |"), "{text}");
        assert!(text.contains("| Put | 2 | 110 | 1.10 |"), "{text}");
    }
}
