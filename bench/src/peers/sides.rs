//! One half of a pair: Rollcall or a peer, measured in the same way.

use anyhow::Context as _;

use super::caller;
use super::peer::Running;
use crate::half::{Half, Snapshot};
use crate::load::{Acknowledged, Op, Outcome, Window, measure};
use crate::procfs;
use crate::rollcall::Rollcall;

/// The work that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Read one user.
    Get,
    /// Change one user's profile.
    Update,
}

impl Work {
    /// As in the report.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Update => "update",
        }
    }
}

/// Measures Rollcall; after updates, watched users are read back.
pub(crate) async fn rollcall(
    rollcall: &mut Rollcall,
    work: Work,
    connections: u16,
    window: Window,
) -> anyhow::Result<Half> {
    let op = match work {
        Work::Get => Op::Get,
        Work::Update => Op::Put,
    };
    let plan = rollcall.plan(op, connections);
    let pid = rollcall.server.pid();
    let outcome = measure(&plan, window, || Snapshot::take(&[pid])).await;
    let outcome =
        outcome.with_context(|| format!("Rollcall, which wrote:\n{}\n", rollcall.server.log_tail()))?;
    rollcall.next_revision = outcome.next_revision;
    if work == Work::Update {
        rollcall.verify(op, &outcome.acknowledged).await?;
    }
    half(&outcome, pid)
}

/// Measures a peer; after updates, watched users are read back.
pub(crate) async fn peer(running: &mut Running, work: Work, window: Window) -> anyhow::Result<Half> {
    let question = match work {
        Work::Get => &running.questions.get,
        Work::Update => &running.questions.update,
    };
    let (pid, first) = (running.server.pid(), running.next_revision);
    let probe = || Snapshot::take(&[pid]);
    let outcome = caller::measure(running.crowd, question, first, window, probe).await;
    let outcome = outcome.map_err(|error| running.with_its_words(error))?;
    running.next_revision = outcome.next_revision;
    for Acknowledged { user, revision } in &outcome.acknowledged {
        running.verify(*user, *revision).await?;
    }
    half(&outcome, pid)
}

fn half(outcome: &Outcome<Snapshot>, pid: u32) -> anyhow::Result<Half> {
    let spent = outcome.before.until(&outcome.after);
    Ok(Half {
        rps: outcome.requests as f64 / outcome.seconds,
        latency: outcome.latency,
        cpu_us: spent.side_us / outcome.requests as f64,
        other_cores: spent.other_cores,
        rss_anon_kb: Some(procfs::tree_anon_kb(pid)?),
    })
}
