//! `rollcall-bench run`: starts everything, measures pair after pair, reports, and leaves nothing running.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail, ensure};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::RunArgs;
use crate::machine;
use crate::pgbench::Pgbench;
use crate::postgres::{Cluster, FLOOR_DATABASE, ROLLCALL_DATABASE};
use crate::report::{self, Comparison, Report};
use crate::rollcall;
use crate::scenario::{Engine, Scenario};
use crate::stand::Stand;

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
    let binary = rollcall::binary(args.rollcall.as_deref())?;
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
        let mut stand = Stand::start(args, *engine, cluster, pgbench.as_ref(), &binary, &dir).await?;
        for scenario in scenarios {
            let pairs = stand.pairs(scenario, &mut extra).await;
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
    let RunArgs { users, connections, seconds, warmup, .. } = args;
    facts.push((
        "Command".to_owned(),
        format!("`rollcall-bench {}`", command_line(std::env::args().skip(1))),
    ));
    facts.push((
        "Load".to_owned(),
        format!("{users} users, {connections} connections, {seconds} s per half after {warmup} s of warm-up"),
    ));
    facts
}

/// The arguments as they were given, but for the cluster's address, which may hold a password.
fn command_line(arguments: impl Iterator<Item = String>) -> String {
    let mut shown = Vec::new();
    let mut hide = false;
    for argument in arguments {
        if std::mem::take(&mut hide) {
            shown.push("URL".to_owned());
        } else if argument.starts_with("--postgres=") {
            shown.push("--postgres=URL".to_owned());
        } else {
            hide = argument == "--postgres";
            shown.push(argument);
        }
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_reach_the_report() {
        for line in [
            "run --postgres postgres://u:secret@h/d --pairs 3",
            "run --postgres=postgres://u:secret@h/d --pairs 3",
        ] {
            let shown = command_line(line.split(' ').map(str::to_owned));
            assert!(!shown.contains("secret") && shown.ends_with("--pairs 3"), "{shown}");
        }
    }
}
