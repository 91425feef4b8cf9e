//! What is measured: comparisons in pairs, and work that is measured alone.

use clap::ValueEnum;

use crate::load::Op;
use crate::load::op::thousands;

/// Where Rollcall keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Engine {
    /// The default engine.
    Sqlite,
    /// The private cluster.
    Postgres,
}

/// How many users there are; the command line says what that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Size {
    /// 10,000 unless told otherwise.
    Small,
    /// 1,000,000 unless told otherwise.
    Large,
    /// Only on demand.
    Huge,
}

/// What Rollcall is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Baseline {
    /// The bare server.
    Bare,
    /// The same transaction, or the same select, by pgbench.
    Pgbench,
    /// Its own first page of a list.
    FirstPage,
}

/// How many connections there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// As the command line says, 64 by default.
    Usual,
    /// So many, whatever the command line says.
    Of(u16),
}

/// Connections for lists, which keep all cores busy with less.
pub(crate) const FEW: Crowd = Crowd::Of(4);

/// A part of the run that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// SQLite with few users against the bare server.
    Small,
    /// SQLite with many users: against the bare server, lists, searches, counts, memory, start.
    Large,
    /// SQLite against pgbench.
    Pgbench,
    /// PostgreSQL against pgbench.
    Postgres,
    /// Everything for which nothing is required, and other numbers of connections.
    Works,
    /// Counting very many users; only with --huge-users.
    Huge,
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// Where Rollcall keeps its data.
    pub(crate) engine: Engine,
    /// How many users there are.
    pub(crate) size: Size,
    /// What is asked of Rollcall.
    pub(crate) op: Op,
    /// What it is compared with.
    pub(crate) baseline: Baseline,
    /// Over how many connections.
    pub(crate) crowd: Crowd,
    /// The part it belongs to.
    pub(crate) part: Part,
}

/// Something that is measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    /// Where Rollcall keeps its data.
    pub(crate) engine: Engine,
    /// How many users there are.
    pub(crate) size: Size,
    /// What is asked of Rollcall.
    pub(crate) op: Op,
    /// Over how many connections.
    pub(crate) crowd: Crowd,
    /// The part it belongs to.
    pub(crate) part: Part,
}

use Baseline::{Bare, FirstPage, Pgbench};
use Engine::{Postgres, Sqlite};
use Size::{Huge, Large, Small};

/// Every comparison, in the order measured.
pub(crate) const SCENARIOS: &[Scenario] = &[
    compared(Part::Small, (Sqlite, Small), Op::Get, Bare),
    compared(Part::Small, (Sqlite, Small), Op::Put, Bare),
    compared(Part::Works, (Sqlite, Small), Op::PutName, Bare),
    compared(Part::Pgbench, (Sqlite, Small), Op::Put, Pgbench),
    crowded(compared(Part::Works, (Sqlite, Small), Op::Get, Bare), 1),
    crowded(compared(Part::Works, (Sqlite, Small), Op::Get, Bare), 256),
    crowded(compared(Part::Works, (Sqlite, Small), Op::Put, Bare), 1),
    crowded(compared(Part::Works, (Sqlite, Small), Op::Put, Bare), 256),
    compared(Part::Postgres, (Postgres, Small), Op::Get, Pgbench),
    compared(Part::Postgres, (Postgres, Small), Op::Put, Pgbench),
    compared(Part::Works, (Postgres, Small), Op::Get, Bare),
    compared(Part::Works, (Postgres, Small), Op::Put, Bare),
    compared(Part::Large, (Sqlite, Large), Op::Get, Bare),
    compared(Part::Large, (Sqlite, Large), Op::Put, Bare),
    Scenario {
        crowd: FEW,
        ..compared(Part::Large, (Sqlite, Large), Op::ListPage, FirstPage)
    },
    Scenario {
        crowd: FEW,
        ..compared(Part::Large, (Sqlite, Large), Op::ListLast, FirstPage)
    },
];

/// Searches that must all be cheap.
pub(crate) const SEARCHES: [Op; 7] = [
    Op::SearchAll,
    Op::SearchName,
    Op::SearchMany,
    Op::SearchSome,
    Op::SearchFew,
    Op::SearchOne,
    Op::SearchNone,
];

/// The two ways to count.
pub(crate) const COUNTS: [Op; 2] = [Op::Count, Op::Total];

/// All that is measured alone, in the order measured. The last two of an engine leave its users changed.
pub(crate) fn works() -> Vec<Work> {
    let alone = |part, engine, size, op, crowd| Work { engine, size, op, crowd, part };
    let mut works = Vec::new();
    for engine in [Sqlite, Postgres] {
        for op in [Op::Mix, Op::Patch, Op::Credits] {
            works.push(alone(Part::Works, engine, Small, op, Crowd::Usual));
        }
        for op in [Op::ListFirst, Op::SearchFew, Op::Count] {
            works.push(alone(Part::Works, engine, Small, op, FEW));
        }
        works.push(alone(Part::Works, engine, Small, Op::New, Crowd::Usual));
        works.push(alone(Part::Works, engine, Small, Op::Bulk, Crowd::Usual));
    }
    for op in SEARCHES.into_iter().chain(COUNTS) {
        works.push(alone(Part::Large, Sqlite, Large, op, FEW));
    }
    works.push(alone(Part::Works, Sqlite, Large, Op::Mix, Crowd::Usual));
    for op in COUNTS {
        works.push(alone(Part::Huge, Sqlite, Huge, op, FEW));
    }
    works
}

const fn compared(part: Part, (engine, size): (Engine, Size), op: Op, baseline: Baseline) -> Scenario {
    Scenario { engine, size, op, baseline, crowd: Crowd::Usual, part }
}

const fn crowded(scenario: Scenario, connections: u16) -> Scenario {
    Scenario { crowd: Crowd::Of(connections), ..scenario }
}

impl Part {
    /// The parts without which the table of requirements has holes.
    pub(crate) const REQUIRED: [Self; 4] = [Self::Small, Self::Large, Self::Pgbench, Self::Postgres];

    /// Whether a private PostgreSQL cluster is needed for all of it.
    pub(crate) fn needs_postgres(self) -> bool {
        matches!(self, Self::Pgbench | Self::Postgres)
    }
}

impl Engine {
    /// As in the report.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Crowd {
    /// Connections, when the command line says `usual`.
    pub(crate) fn connections(self, usual: u16) -> u16 {
        match self {
            Self::Usual => usual,
            Self::Of(connections) => connections,
        }
    }
}

impl Scenario {
    /// What it is compared with, as in the report.
    pub(crate) fn baseline(&self) -> &'static str {
        match (self.baseline, self.op) {
            (Bare, _) => "bare",
            (FirstPage, _) => "first page",
            (Pgbench, Op::Get) => "pgbench select",
            (Pgbench, _) => "pgbench transaction",
        }
    }

    /// What is asked of the baseline when it is a server.
    pub(crate) fn baseline_op(&self) -> Op {
        match self.baseline {
            FirstPage => Op::ListFirst,
            Bare | Pgbench => self.op,
        }
    }

    /// Whether a private PostgreSQL cluster is needed for it.
    pub(crate) fn needs_postgres(&self) -> bool {
        self.engine == Postgres || self.baseline == Pgbench
    }

    /// As in the report, for so many users and connections.
    pub(crate) fn title(&self, users: u32, connections: u16) -> String {
        title(self.engine, &self.op.label(users), users, connections)
    }
}

impl Work {
    /// As in the report, for so many users and connections.
    pub(crate) fn title(&self, users: u32, connections: u16) -> String {
        title(self.engine, &self.op.label(users), users, connections)
    }
}

fn title(engine: Engine, op: &str, users: u32, connections: u16) -> String {
    let plural = if connections == 1 { "" } else { "s" };
    format!("{} {op}, {} users, {connections} connection{plural}", engine.label(), thousands(users))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pgbench_does_is_measured_with_few_users() {
        for scenario in SCENARIOS {
            assert!(scenario.baseline != Pgbench || scenario.size == Small, "{scenario:?}");
            assert!(scenario.engine == Sqlite || scenario.size == Small, "{scenario:?}");
        }
    }

    #[test]
    fn what_changes_the_users_comes_last() {
        for engine in [Sqlite, Postgres] {
            let works = works();
            let small: Vec<_> = works.iter().filter(|of| of.engine == engine && of.size == Small).collect();
            assert_eq!(small[small.len() - 2].op, Op::New);
            assert_eq!(small[small.len() - 1].op, Op::Bulk);
        }
    }

    #[test]
    fn nothing_is_measured_twice() {
        for (index, one) in SCENARIOS.iter().enumerate() {
            assert!(!SCENARIOS[index + 1..].contains(one), "{one:?}");
        }
        let works = works();
        for (index, one) in works.iter().enumerate() {
            assert!(!works[index + 1..].contains(one), "{one:?}");
        }
    }
}
