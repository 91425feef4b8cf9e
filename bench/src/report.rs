//! The report: what was measured, and its text.

mod page;
mod tables;

pub(crate) use page::write_between_markers;

use crate::half::Half;
use crate::load::Op;
use crate::load::op::thousands;
use crate::noise::{self, Noise};
use crate::pair::{self, Pair, Selection};
use crate::requirements::{REQUIREMENTS, Verdict};
use crate::scenario::{Baseline, Crowd, Engine, Scenario, Size, Work};

/// All that a run found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Where, when and with what.
    pub(crate) facts: Vec<(String, String)>,
    /// How many users there were.
    pub(crate) sizes: Sizes,
    /// The usual number of connections.
    pub(crate) connections: u16,
    /// The comparisons, in the order measured.
    pub(crate) comparisons: Vec<Comparison>,
    /// What was measured alone, in the order measured.
    pub(crate) works: Vec<Done>,
    /// Seconds from start to ready with many users, start by start.
    pub(crate) starts: Vec<f64>,
    /// Sentences that the reader must know.
    pub(crate) notes: Vec<String>,
}

/// Numbers of users.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sizes {
    /// Few.
    pub(crate) small: u32,
    /// Many.
    pub(crate) large: u32,
    /// Very many, when that was asked for.
    pub(crate) huge: Option<u32>,
}

/// The pairs of one scenario.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// What was compared.
    pub(crate) scenario: Scenario,
    /// Every pair measured, in order.
    pub(crate) pairs: Vec<Pair>,
    /// How many quiet pairs were wanted.
    pub(crate) wanted: usize,
}

/// The halves of one work.
#[derive(Debug)]
pub(crate) struct Done {
    /// What was measured.
    pub(crate) work: Work,
    /// Every half measured, in order.
    pub(crate) halves: Vec<Half>,
    /// How many quiet ones were wanted.
    pub(crate) wanted: usize,
}

/// The halves of one work that count.
#[derive(Debug)]
pub(crate) struct Quiet<'a> {
    /// The quiet ones; all of them when too few were quiet.
    pub(crate) halves: Vec<&'a Half>,
    /// Too few were quiet.
    pub(crate) noisy: bool,
}

impl Sizes {
    /// How many users a size stands for.
    pub(crate) fn users(&self, size: Size) -> Option<u32> {
        match size {
            Size::Small => Some(self.small),
            Size::Large => Some(self.large),
            Size::Huge => self.huge,
        }
    }
}

impl Comparison {
    /// The pairs that count.
    pub(crate) fn selection(&self) -> Selection<'_> {
        Selection::of(&self.pairs, self.wanted)
    }
}

impl Done {
    /// The halves that count.
    pub(crate) fn selection(&self) -> Quiet<'_> {
        let quiet: Vec<&Half> = self.halves.iter().filter(|half| noise::is_quiet_half(half)).collect();
        if quiet.len() >= self.wanted {
            Quiet { halves: quiet, noisy: false }
        } else {
            Quiet { halves: self.halves.iter().collect(), noisy: true }
        }
    }

    /// Median over the halves that count of some figure.
    pub(crate) fn median(&self, figure: impl Fn(&Half) -> f64) -> f64 {
        pair::median(self.selection().halves.iter().map(|half| figure(half)).collect())
    }
}

impl Report {
    /// A comparison over the usual connections, or over few for lists.
    pub(crate) fn comparison(
        &self,
        engine: Engine,
        size: Size,
        op: Op,
        baseline: Baseline,
    ) -> Option<&Comparison> {
        let usual = |crowd: Crowd| crowd == Crowd::Usual || baseline == Baseline::FirstPage;
        self.comparisons.iter().find(|of| {
            let scenario = &of.scenario;
            (scenario.engine, scenario.size, scenario.op) == (engine, size, op)
                && scenario.baseline == baseline
                && usual(scenario.crowd)
        })
    }

    /// Something that was measured alone.
    pub(crate) fn work(&self, engine: Engine, size: Size, op: Op) -> Option<&Done> {
        self.works
            .iter()
            .find(|of| (of.work.engine, of.work.size, of.work.op) == (engine, size, op))
    }

    /// What was measured and does not reach what it must.
    pub(crate) fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        for row in REQUIREMENTS {
            let finding = row.finding(self);
            if let (Some(found), Verdict::Missed) = (&finding, row.verdict(finding.as_ref())) {
                missed.push(format!("{} is {}, must be {}", row.what, row.show(found.value), row.must()));
            }
        }
        missed
    }

    /// How noisy the run was.
    pub(crate) fn noise(&self) -> Noise {
        let mut noise = Noise::default();
        for of in &self.comparisons {
            let selection = of.selection();
            let halves = selection.pairs.iter().flat_map(|pair| [&pair.baseline, &pair.rollcall]);
            noise.add(halves, (selection.pairs.len(), of.pairs.len()), selection.noisy);
        }
        for of in &self.works {
            let selection = of.selection();
            let counts = (selection.halves.len(), of.halves.len());
            noise.add(selection.halves.iter().copied(), counts, selection.noisy);
        }
        noise
    }

    fn users(&self, size: Size) -> u32 {
        self.sizes.users(size).unwrap_or_default()
    }
}

/// The whole report as markdown.
pub(crate) fn render(report: &Report) -> String {
    let Sizes { small, large, huge } = report.sizes;
    let huge = huge.map_or_else(|| "10,000,000 (`--huge-users`)".to_owned(), thousands);
    let mut text = format!(
        "Small stands for {} users, large for {}, huge for {huge}; {} connections where nothing else is said.\n\n",
        thousands(small),
        thousands(large),
        report.connections
    );
    for part in [
        tables::required(report),
        tables::ratios(report),
        tables::works(report),
        tables::sides(report),
        tables::pairs(report),
        tables::conditions(report),
    ] {
        text.push_str(&part);
        text.push('\n');
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
