//! What the product must reach and aims at, row by row, and where each figure comes from.

use crate::load::Op;
use crate::pair::Pair;
use crate::report::{Comparison, Report};
use crate::scenario::{Baseline, COUNTS, Engine, Part, SEARCHES, Size};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Requirement {
    /// The work, as in the report.
    pub(crate) what: &'static str,
    /// Where its figure comes from.
    figure: Figure,
    /// What it must reach.
    must: f64,
    /// What it aims at.
    aim: f64,
}

/// A figure of a run.
#[derive(Debug, Clone, Copy)]
enum Figure {
    /// Requests per second over the baseline's.
    Rate(Engine, Size, Op, Baseline),
    /// CPU microseconds per request, beside the bare server.
    Cpu(Size, Op),
    /// Milliseconds that 99 of 100 requests do not exceed, beside the bare server.
    P99(Size, Op),
    /// CPU over that of the first page.
    Pages(Op),
    /// CPU milliseconds of the dearest of several.
    Worst(Size, &'static [Op]),
    /// Megabytes of anonymous memory.
    Memory(Size),
    /// Seconds from start to ready with many users.
    Start,
}

/// What a run found for a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// The figure.
    pub(crate) value: f64,
    /// What it was made of.
    pub(crate) detail: String,
    /// Whether there were too few quiet measurements.
    pub(crate) noisy: bool,
}

/// How a figure stands to what is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It reaches the aim.
    Aim,
    /// It reaches what it must.
    Met,
    /// It does not.
    Missed,
    /// This run did not measure it.
    Unmeasured,
}

use Baseline::{Bare, Pgbench};
use Engine::{Postgres, Sqlite};
use Size::{Huge, Large, Small};

/// The table of the issue on speed and size.
pub(crate) const REQUIREMENTS: &[Requirement] = &[
    row("GET user, small, of bare", Figure::Rate(Sqlite, Small, Op::Get, Bare), 0.70, 0.90),
    row("GET user, large, of bare", Figure::Rate(Sqlite, Large, Op::Get, Bare), 0.38, 0.50),
    row("PUT user, small, of bare", Figure::Rate(Sqlite, Small, Op::Put, Bare), 0.26, 0.38),
    row("PUT user, small, CPU", Figure::Cpu(Small, Op::Put), 28.0, 18.0),
    row("PUT user, large, of bare", Figure::Rate(Sqlite, Large, Op::Put, Bare), 0.16, 0.26),
    row("PUT user, large, p99", Figure::P99(Large, Op::Put), 20.0, 8.0),
    row(
        "PUT user, small, of pgbench's transaction",
        Figure::Rate(Sqlite, Small, Op::Put, Pgbench),
        2.0,
        3.0,
    ),
    row(
        "list of 100, large: CPU of a random page, of the first",
        Figure::Pages(Op::ListPage),
        1.5,
        1.1,
    ),
    row(
        "list of 100, large: CPU of the last page, of the first",
        Figure::Pages(Op::ListLast),
        1.5,
        1.1,
    ),
    row("`searchKey`, large, CPU of the dearest key", Figure::Worst(Large, &SEARCHES), 2.0, 0.2),
    row("count and `total`, large, CPU of the dearer", Figure::Worst(Large, &COUNTS), 2.0, 0.05),
    row("count and `total`, huge, CPU of the dearer", Figure::Worst(Huge, &COUNTS), 2.0, 0.05),
    row("RssAnon after the load, small", Figure::Memory(Small), 60.0, 40.0),
    row("RssAnon after the load, large", Figure::Memory(Large), 300.0, 200.0),
    row("start to ready, large", Figure::Start, 2.0, 0.2),
    row(
        "PostgreSQL PUT user, small, of pgbench's transaction",
        Figure::Rate(Postgres, Small, Op::Put, Pgbench),
        0.8,
        1.2,
    ),
    row(
        "PostgreSQL GET user, small, of pgbench's select",
        Figure::Rate(Postgres, Small, Op::Get, Pgbench),
        0.7,
        0.95,
    ),
];

const fn row(what: &'static str, figure: Figure, must: f64, aim: f64) -> Requirement {
    Requirement { what, figure, must, aim }
}

impl Requirement {
    /// What a run found for it; none when it did not measure it.
    pub(crate) fn finding(&self, report: &Report) -> Option<Finding> {
        match self.figure {
            Figure::Rate(engine, size, op, baseline) => {
                of_pairs(report.comparison(engine, size, op, baseline)?, Pair::ratio, 2)
            }
            Figure::Cpu(size, op) => {
                of_pairs(report.comparison(Sqlite, size, op, Bare)?, |pair| pair.rollcall.cpu_us, 1)
            }
            Figure::P99(size, op) => {
                of_pairs(report.comparison(Sqlite, size, op, Bare)?, |pair| pair.rollcall.latency.p99, 1)
            }
            Figure::Pages(op) => {
                of_pairs(report.comparison(Sqlite, Large, op, Baseline::FirstPage)?, Pair::cpu_ratio, 2)
            }
            Figure::Worst(size, ops) => worst(report, size, ops),
            Figure::Memory(size) => memory(report, size),
            Figure::Start => start(report),
        }
    }

    /// How a figure stands to it.
    pub(crate) fn verdict(&self, finding: Option<&Finding>) -> Verdict {
        let Some(Finding { value, .. }) = finding else {
            return Verdict::Unmeasured;
        };
        // What is not a number is neither more nor less than anything, and misses.
        let reaches = |bound: f64| {
            if self.more_is_better() {
                *value >= bound
            } else {
                *value <= bound
            }
        };
        match (reaches(self.aim), reaches(self.must)) {
            (true, _) => Verdict::Aim,
            (false, true) => Verdict::Met,
            (false, false) => Verdict::Missed,
        }
    }

    /// What it must reach, as in the report.
    pub(crate) fn must(&self) -> String {
        self.bound(self.must)
    }

    /// What it aims at, as in the report.
    pub(crate) fn aim(&self) -> String {
        self.bound(self.aim)
    }

    /// A figure with its unit, as in the report.
    pub(crate) fn show(&self, value: f64) -> String {
        match self.figure {
            Figure::Rate(..) => format!("{value:.2}"),
            Figure::Cpu(..) => format!("{value:.1} µs"),
            Figure::P99(..) => format!("{value:.1} ms"),
            Figure::Pages(_) => format!("{value:.2}×"),
            Figure::Worst(..) => format!("{value:.3} ms"),
            Figure::Memory(_) => format!("{value:.0} MB"),
            Figure::Start => format!("{value:.2} s"),
        }
    }

    fn more_is_better(&self) -> bool {
        matches!(self.figure, Figure::Rate(..))
    }

    fn bound(&self, value: f64) -> String {
        let sign = if self.more_is_better() { "≥" } else { "≤" };
        let number = match self.figure {
            Figure::Rate(..) => format!("{value:.2}"),
            Figure::Cpu(..) => format!("{value} µs"),
            Figure::P99(..) | Figure::Worst(..) => format!("{value} ms"),
            Figure::Pages(_) => format!("{value}×"),
            Figure::Memory(_) => format!("{value} MB"),
            Figure::Start => format!("{value} s"),
        };
        format!("{sign} {number}")
    }
}

fn of_pairs(of: &Comparison, figure: impl Fn(&Pair) -> f64, digits: usize) -> Option<Finding> {
    let selection = of.selection();
    let each: Vec<String> = selection
        .pairs
        .iter()
        .map(|pair| format!("{:.digits$}", figure(pair)))
        .collect();
    Some(Finding {
        value: selection.median(figure),
        detail: each.join(" · "),
        noisy: selection.noisy,
    })
}

fn worst(report: &Report, size: Size, ops: &[Op]) -> Option<Finding> {
    let users = report.sizes.users(size)?;
    let mut dearest: Option<Finding> = None;
    for op in ops {
        // A row that stands for several is measured only when all of them were.
        let done = report.work(Sqlite, size, *op)?;
        let value = done.median(|half| half.cpu_us) / 1e3;
        let finding = Finding {
            value,
            detail: op.label(users),
            noisy: done.selection().noisy,
        };
        if dearest.as_ref().is_none_or(|before| value.total_cmp(&before.value).is_gt()) {
            dearest = Some(finding);
        }
    }
    dearest
}

fn memory(report: &Report, size: Size) -> Option<Finding> {
    let required = |part: &Part| Part::REQUIRED.contains(part);
    let pairs = report
        .comparisons
        .iter()
        .filter(|of| of.scenario.engine == Sqlite && of.scenario.size == size && required(&of.scenario.part))
        .flat_map(|of| of.pairs.iter().map(|pair| pair.rollcall.rss_anon_kb));
    let alone = report
        .works
        .iter()
        .filter(|of| of.work.engine == Sqlite && of.work.size == size && required(&of.work.part))
        .flat_map(|of| of.halves.iter().map(|half| half.rss_anon_kb));
    let most = pairs.chain(alone).flatten().max()?;
    Some(Finding {
        value: most as f64 / 1024.0,
        detail: "the most after any measurement".to_owned(),
        noisy: false,
    })
}

fn start(report: &Report) -> Option<Finding> {
    if report.starts.is_empty() {
        return None;
    }
    let each: Vec<String> = report.starts.iter().map(|seconds| format!("{seconds:.3}")).collect();
    Some(Finding {
        value: crate::pair::median(report.starts.clone()),
        detail: each.join(" · "),
        noisy: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(value: f64) -> Finding {
        Finding { value, detail: String::new(), noisy: false }
    }

    #[test]
    fn verdicts_at_the_edges() {
        let rate = &REQUIREMENTS[0];
        let cpu = &REQUIREMENTS[3];
        for (row, value, expected) in [
            (rate, 0.90, Verdict::Aim),
            (rate, 0.899, Verdict::Met),
            (rate, 0.70, Verdict::Met),
            (rate, 0.699, Verdict::Missed),
            (rate, f64::NAN, Verdict::Missed),
            (cpu, 18.0, Verdict::Aim),
            (cpu, 18.1, Verdict::Met),
            (cpu, 28.0, Verdict::Met),
            (cpu, 28.1, Verdict::Missed),
            (cpu, f64::NAN, Verdict::Missed),
        ] {
            assert_eq!(row.verdict(Some(&finding(value))), expected, "{} {value}", row.what);
        }
        assert_eq!(rate.verdict(None), Verdict::Unmeasured);
    }

    #[test]
    fn an_aim_is_never_below_what_must_be() {
        for row in REQUIREMENTS {
            assert_eq!(row.verdict(Some(&finding(row.aim))), Verdict::Aim, "{}", row.what);
            assert_ne!(row.verdict(Some(&finding(row.must))), Verdict::Missed, "{}", row.what);
            assert_ne!(row.verdict(Some(&finding(row.must))), Verdict::Aim, "{}", row.what);
        }
    }

    #[test]
    fn bounds_have_their_units() {
        let bounds: Vec<_> = REQUIREMENTS.iter().map(|row| format!("{} {}", row.must(), row.aim())).collect();
        for expected in [
            "≥ 0.70 ≥ 0.90",
            "≤ 28 µs ≤ 18 µs",
            "≤ 1.5× ≤ 1.1×",
            "≤ 2 ms ≤ 0.05 ms",
            "≤ 300 MB ≤ 200 MB",
            "≤ 2 s ≤ 0.2 s",
        ] {
            assert!(bounds.iter().any(|bound| bound == expected), "{expected} {bounds:?}");
        }
    }
}
