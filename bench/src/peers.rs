//! `rollcall-bench peers`: rivals doing the nearest equal work, each beside Rollcall in the same minutes.
//!
//! Rollcall runs all the time, the peers one after the other: an idle one still uses memory and CPU.

mod ber;
mod caller;
mod ejabberd;
mod http;
mod page;
mod peer;
mod pocketbase;
mod price;
mod sides;
mod slapd;
mod synapse;

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::cli::PeersArgs;
use crate::load::Window;
use crate::pair::{self, Pair};
use crate::rollcall::{self, Recipe, Rollcall};
use crate::run::{rollcall_binary, unless_interrupted};
use crate::seeds::Seeds;
use crate::{facts, machine, report};
use page::{Contest, Page};
pub(crate) use peer::Peer;
use peer::Running;
use sides::Work;

/// Measures the peers and prints the report.
pub(crate) async fn run(args: PeersArgs) -> anyhow::Result<()> {
    let page = unless_interrupted(measured(&args)).await?;
    let text = page::render(&page);
    writeln!(std::io::stdout(), "{text}")?;
    match &args.out {
        Some(path) => report::write_between_markers(path, "bench", &text),
        None => Ok(()),
    }
}

async fn measured(args: &PeersArgs) -> anyhow::Result<Page> {
    let binary = rollcall_binary(args.rollcall.as_deref())?;
    std::fs::create_dir_all(&args.dir)?;
    let dir = args.dir.canonicalize()?;
    let lock = std::fs::File::create(dir.join("lock"))?;
    lock.try_lock()
        .with_context(|| format!("another run works in {}", dir.display()))?;
    let file_system = machine::file_system(&dir);
    ensure!(
        file_system != "tmpfs",
        "{} is in memory, where a commit costs nothing; give --dir on a disk",
        dir.display()
    );
    let data = tempfile::tempdir_in(&dir)?;
    eprintln!("Rollcall: starting with {} users", args.users);
    let facts = facts(args, &binary, file_system);
    let recipe = Recipe {
        binary,
        serve_args: args.serve_arg.clone(),
        database: rollcall::sqlite(data.path()),
        dir: data.path().to_owned(),
        seeds: Seeds::of(args.users),
        keep: None,
    };
    let mut games = Match {
        args,
        rollcall: Rollcall::start(recipe).await?,
        extra: args.extra_pairs,
    };
    let mut page = Page { facts, ..Page::default() };
    for peer in &args.only {
        page.contests.push(games.contest(*peer, &dir).await?);
    }
    Ok(page)
}

/// Rollcall against one peer after the other.
struct Match<'a> {
    args: &'a PeersArgs,
    rollcall: Rollcall,
    /// Pairs that may still be added in place of noisy ones.
    extra: u8,
}

/// Whose fault it is that a pair was not measured.
enum Fault {
    Peer(anyhow::Error),
    Rollcall(anyhow::Error),
}

impl Match<'_> {
    /// All pairs with one peer; only a fault of Rollcall is an error.
    async fn contest(&mut self, peer: Peer, dir: &Path) -> anyhow::Result<Contest> {
        let mut contest = Contest::new(peer, usize::from(self.args.pairs));
        match self.against(&mut contest, dir).await {
            Ok(()) => {}
            Err(Fault::Rollcall(error)) => return Err(error),
            Err(Fault::Peer(error)) => {
                eprintln!("{}: {error:#}", peer.label());
                contest.failure = Some(format!("{error:#}"));
            }
        }
        Ok(contest)
    }

    async fn against(&mut self, contest: &mut Contest, dir: &Path) -> Result<(), Fault> {
        let PeersArgs { scripts, users, connections, .. } = self.args;
        let running = Running::start(contest.peer, scripts, dir, *users, *connections).await;
        let mut running = running.map_err(Fault::Peer)?;
        contest.version.clone_from(&running.version);
        contest.users = running.crowd.users;
        for work in [Work::Get, Work::Update] {
            while pair::quiet(contest.pairs(work)) < contest.wanted {
                let measured = contest.pairs(work).len();
                if measured >= contest.wanted {
                    if self.extra == 0 {
                        break;
                    }
                    self.extra -= 1;
                }
                let pair = self.pair(&mut running, work, measured.is_multiple_of(2)).await?;
                eprintln!(
                    "{} {}: {:.1} µs, Rollcall {:.1} µs{}",
                    contest.peer.label(),
                    work.label(),
                    pair.baseline.cpu_us,
                    pair.rollcall.cpu_us,
                    if pair.is_quiet() { "" } else { " (noisy)" }
                );
                contest.pairs_mut(work).push(pair);
            }
        }
        Ok(())
    }

    async fn pair(&mut self, running: &mut Running, work: Work, baseline_first: bool) -> Result<Pair, Fault> {
        let (connections, window) = (self.args.connections, self.window());
        if baseline_first {
            let baseline = sides::peer(running, work, window).await.map_err(Fault::Peer)?;
            let rollcall = sides::rollcall(&mut self.rollcall, work, connections, window).await;
            Ok(Pair {
                baseline,
                rollcall: rollcall.map_err(Fault::Rollcall)?,
                baseline_first,
            })
        } else {
            let rollcall = sides::rollcall(&mut self.rollcall, work, connections, window).await;
            let rollcall = rollcall.map_err(Fault::Rollcall)?;
            let baseline = sides::peer(running, work, window).await.map_err(Fault::Peer)?;
            Ok(Pair { baseline, rollcall, baseline_first })
        }
    }

    fn window(&self) -> Window {
        Window {
            warmup: Duration::from_secs_f64(self.args.warmup),
            measured: Duration::from_secs_f64(self.args.seconds),
        }
    }
}

fn facts(args: &PeersArgs, binary: &Path, file_system: String) -> Vec<(String, String)> {
    let mut facts = facts::of_machine(binary);
    facts.push((
        "Load".to_owned(),
        format!(
            "{} connections, {} s per half after {} s of warm-up",
            args.connections, args.seconds, args.warmup
        ),
    ));
    facts.push(("File system".to_owned(), file_system));
    facts
}
