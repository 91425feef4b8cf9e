//! `rollcall-bench run`: starts everything, measures part after part, reports, and leaves nothing running.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::RunArgs;
use crate::facts;
use crate::machine;
use crate::pgbench::Pgbench;
use crate::postgres::{Cluster, FLOOR_DATABASE, ROLLCALL_DATABASE};
use crate::report::{self, Comparison, Done, Report, Sizes};
use crate::rollcall::{self, Recipe};
use crate::scenario::{Engine, Part, SCENARIOS, Scenario, Size, Work, works};
use crate::seeds::Seeds;
use crate::stand::{Pace, Spare, Stand};

/// Starts that the time to ready is the median of.
const STARTS: usize = 3;

/// Runs the benchmark; failure means that a requirement was missed.
pub(crate) async fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let cluster = match &args.postgres {
        Some(url) => Some(Cluster::open(url).await?),
        None => None,
    };
    let outcome = unless_interrupted(measured(&args, cluster.as_ref())).await;
    // The servers have ended with the future that owned them, so nobody needs these databases any more.
    if let Some(cluster) = &cluster {
        cluster.drop(ROLLCALL_DATABASE).await?;
        cluster.drop(FLOOR_DATABASE).await?;
    }
    let report = outcome?;
    let text = report::render(&report);
    writeln!(std::io::stdout(), "{text}")?;
    if let Some(path) = &args.out {
        report::write_between_markers(path, "bench", &text)?;
    }
    let missed = report.missed();
    for line in &missed {
        eprintln!("missed: {line}");
    }
    let passed = args.no_gate || missed.is_empty();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Ends the work, and with it the servers that it owns, when somebody asks for it.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = work => outcome,
        _ = interrupt.recv() => Err(anyhow::anyhow!("interrupted")),
        _ = terminate.recv() => Err(anyhow::anyhow!("terminated")),
    }
}

/// What a run has at hand.
struct Run<'a> {
    args: &'a RunArgs,
    cluster: Option<&'a Cluster>,
    binary: PathBuf,
    dir: PathBuf,
    scenarios: Vec<Scenario>,
    works: Vec<Work>,
    spare: Spare,
    report: Report,
}

async fn measured(args: &RunArgs, cluster: Option<&Cluster>) -> anyhow::Result<Report> {
    let binary = rollcall_binary(args.rollcall.as_deref())?;
    let temporary = scratch(args.dir.as_deref())?;
    let dir = temporary.path().canonicalize()?;
    let mut report = Report {
        facts: facts::of_run(args, cluster, &binary),
        sizes: Sizes {
            small: args.users,
            large: args.large_users,
            huge: args.huge_users,
        },
        connections: args.connections,
        ..Report::default()
    };
    report
        .facts
        .push(("File system of SQLite".to_owned(), machine::file_system(&dir)));
    let (scenarios, works) = plan(args, cluster.is_some(), &mut report.notes)?;
    let spare = Spare(args.extra);
    let mut run = Run { args, cluster, binary, dir, scenarios, works, spare, report };
    let pgbench = run.pgbench().await?;
    for (engine, size) in [
        (Engine::Sqlite, Size::Small),
        (Engine::Postgres, Size::Small),
        (Engine::Sqlite, Size::Large),
        (Engine::Sqlite, Size::Huge),
    ] {
        run.stand(engine, size, pgbench.as_ref()).await?;
    }
    Ok(run.report)
}

impl Run<'_> {
    async fn pgbench(&mut self) -> anyhow::Result<Option<Pgbench>> {
        let wanted = self
            .scenarios
            .iter()
            .any(|of| of.baseline == crate::scenario::Baseline::Pgbench);
        let Some(cluster) = self.cluster.filter(|_| wanted) else {
            return Ok(None);
        };
        let args = self.args;
        eprintln!("pgbench: seeding {} users", args.users);
        cluster.create_floor(args.users).await?;
        let load = (args.users, args.connections, args.pgbench_threads);
        let url = cluster.url_of(FLOOR_DATABASE);
        let pgbench = Pgbench::new(url, cluster.postmaster, load, &self.dir.join("pgbench"))?;
        self.report.facts.push(("pgbench".to_owned(), pgbench.version()));
        let command = pgbench.command("put.sql", args.pace().0.1).join(" ");
        self.report
            .facts
            .push(("pgbench command".to_owned(), format!("`pgbench {command} URL`")));
        // The first run of a fresh database is slower than all that follow. What it gives, be it an error, is of no interest.
        for script in ["get.sql", "put.sql"] {
            drop(pgbench.half(script, 1.0).await);
        }
        Ok(Some(pgbench))
    }

    /// Measures everything that is wanted of an engine with so many users.
    async fn stand(&mut self, engine: Engine, size: Size, pgbench: Option<&Pgbench>) -> anyhow::Result<()> {
        let here = |of: (Engine, Size)| of == (engine, size);
        let scenarios: Vec<_> =
            self.scenarios.iter().filter(|of| here((of.engine, of.size))).copied().collect();
        let works: Vec<_> = self.works.iter().filter(|of| here((of.engine, of.size))).copied().collect();
        let Some(users) = self
            .report
            .sizes
            .users(size)
            .filter(|_| !scenarios.is_empty() || !works.is_empty())
        else {
            return Ok(());
        };
        let dir = self.dir.join(format!("{}-{users}", engine.label()));
        let (database, root) = self.database(engine, &dir).await?;
        eprintln!("{}: seeding {users} users", engine.label());
        let recipe = Recipe {
            binary: self.binary.clone(),
            serve_args: self.args.serve_arg.clone(),
            database,
            dir,
            seeds: Seeds::of(users),
            keep: self.args.keep.clone().filter(|_| engine == Engine::Sqlite),
        };
        let ((warmup, seconds), pairs) = self.args.pace();
        let pace = Pace::new((warmup, seconds), pairs, self.args.connections);
        let mut stand = Stand::start(recipe.clone(), pace, root).await?;
        stand.with_pgbench(pgbench);
        if scenarios.iter().any(|of| of.baseline == crate::scenario::Baseline::Bare) {
            stand.with_bare(&recipe).await?;
        }
        self.measure(&mut stand, users, &scenarios, &works).await?;
        if size == Size::Large {
            for _ in 0..STARTS {
                let took = stand.rollcall.restart().await?;
                eprintln!("start to ready: {took:?}");
                self.report.starts.push(took.as_secs_f64());
            }
        }
        drop(stand);
        // Large files are not left to pile up until the end.
        std::fs::remove_dir_all(&recipe.dir).with_context(|| format!("removing {}", recipe.dir.display()))
    }

    async fn measure(
        &mut self,
        stand: &mut Stand<'_>,
        users: u32,
        scenarios: &[Scenario],
        works: &[Work],
    ) -> anyhow::Result<()> {
        let wanted = usize::from(self.args.pace().1);
        let usual = self.args.connections;
        for scenario in scenarios {
            let title = scenario.title(users, scenario.crowd.connections(usual));
            eprintln!("{title}, against {}", scenario.baseline());
            let pairs = stand.pairs(scenario, &mut self.spare).await.context(title)?;
            self.report.comparisons.push(Comparison { scenario: *scenario, pairs, wanted });
        }
        if !works.is_empty() {
            stand.rollcall.verify_count().await?;
        }
        for work in works {
            let title = work.title(users, work.crowd.connections(usual));
            eprintln!("{title}");
            let halves = stand.alone(work, &mut self.spare).await.context(title)?;
            self.report.works.push(Done { work: *work, halves, wanted });
        }
        Ok(())
    }

    async fn database(&self, engine: Engine, dir: &Path) -> anyhow::Result<(String, Option<u32>)> {
        match (engine, self.cluster) {
            (Engine::Sqlite, _) => Ok((rollcall::sqlite(dir), None)),
            (Engine::Postgres, Some(cluster)) => {
                cluster.create(ROLLCALL_DATABASE).await?;
                Ok((cluster.url_of(ROLLCALL_DATABASE), Some(cluster.postmaster)))
            }
            (Engine::Postgres, None) => bail!("no PostgreSQL cluster"),
        }
    }
}

/// A folder for this run, on a disk.
pub(crate) fn scratch(parent: Option<&Path>) -> anyhow::Result<tempfile::TempDir> {
    let temporary = match parent {
        Some(dir) => {
            std::fs::create_dir_all(dir)?;
            tempfile::tempdir_in(dir)?
        }
        None => tempfile::tempdir()?,
    };
    ensure!(
        machine::file_system(temporary.path()) != "tmpfs",
        "{} is in memory, where a commit costs nothing; give --dir on a disk",
        temporary.path().display()
    );
    Ok(temporary)
}

/// The server to measure: the one named, or the one beside this program.
pub(crate) fn rollcall_binary(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let beside = || anyhow::Ok(std::env::current_exe()?.with_file_name("rollcall"));
    let path = named.map(Path::to_owned).map_or_else(beside, Ok)?;
    path.canonicalize()
        .with_context(|| format!("no server to measure at {} (give --rollcall PATH)", path.display()))
}

/// What will be measured; what cannot be is an error when something is required of it, and a note otherwise.
fn plan(
    args: &RunArgs,
    cluster: bool,
    notes: &mut Vec<String>,
) -> anyhow::Result<(Vec<Scenario>, Vec<Work>)> {
    let parts = args.parts();
    for part in parts.iter().filter(|part| part.needs_postgres() && !cluster) {
        ensure!(
            args.no_gate,
            "the part {part:?} needs a private PostgreSQL cluster: set ROLLCALL_TEST_POSTGRES, narrow --parts, or give \
             --no-gate"
        );
    }
    if !cluster && parts.iter().any(|part| part.needs_postgres() || *part == Part::Works) {
        notes.push("Nothing was measured on PostgreSQL, for want of ROLLCALL_TEST_POSTGRES.".to_owned());
    }
    let scenarios: Vec<_> = SCENARIOS
        .iter()
        .filter(|of| parts.contains(&of.part) && (cluster || !of.needs_postgres()))
        .copied()
        .collect();
    let works: Vec<_> = works()
        .into_iter()
        .filter(|of| parts.contains(&of.part) && (cluster || of.engine == Engine::Sqlite))
        .collect();
    ensure!(!scenarios.is_empty() || !works.is_empty(), "there is nothing to measure");
    Ok((scenarios, works))
}
