//! The report as markdown tables.

use std::fmt::Write as _;

use super::peer::Peer;
use super::price;
use super::sides::Work;
use crate::half::Half;
use crate::pair::{Pair, Selection};

/// All that a run found.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Where, when and with what.
    pub(crate) facts: Vec<(String, String)>,
    /// The peers, in the order measured.
    pub(crate) contests: Vec<Contest>,
}

/// What was measured with one peer.
#[derive(Debug)]
pub(crate) struct Contest {
    /// Which.
    pub(crate) peer: Peer,
    /// What it says it is; empty when it did not start.
    pub(crate) version: String,
    /// How many users it held.
    pub(crate) users: u32,
    /// How many quiet pairs were wanted.
    pub(crate) wanted: usize,
    /// Why it was not measured to the end.
    pub(crate) failure: Option<String>,
    gets: Vec<Pair>,
    updates: Vec<Pair>,
}

impl Contest {
    /// Nothing measured yet.
    pub(crate) fn new(peer: Peer, wanted: usize) -> Self {
        Self {
            peer,
            version: String::new(),
            users: 0,
            wanted,
            failure: None,
            gets: Vec::new(),
            updates: Vec::new(),
        }
    }

    /// Every pair measured, in order.
    pub(crate) fn pairs(&self, work: Work) -> &[Pair] {
        match work {
            Work::Get => &self.gets,
            Work::Update => &self.updates,
        }
    }

    /// The same, to add to.
    pub(crate) fn pairs_mut(&mut self, work: Work) -> &mut Vec<Pair> {
        match work {
            Work::Get => &mut self.gets,
            Work::Update => &mut self.updates,
        }
    }

    fn selection(&self, work: Work) -> Selection<'_> {
        Selection::of(self.pairs(work), self.wanted)
    }
}

/// The whole report.
pub(crate) fn render(page: &Page) -> String {
    let parts = [figures(page), prices(page), pairs(page), conditions(page)];
    parts.join("\n").trim_end().to_owned()
}

fn figures(page: &Page) -> String {
    let mut rows = String::from(
        "| server | work | CPU µs per request | times Rollcall's CPU | requests/s | p50 ms | p99 ms | RssAnon MB |\n\
         | --- | --- | ---: | --- | ---: | ---: | ---: | ---: |\n",
    );
    for work in [Work::Get, Work::Update] {
        let all = page.contests.iter().flat_map(|contest| contest.selection(work).pairs).collect();
        let all = Selection { pairs: all, noisy: false };
        if !all.pairs.is_empty() {
            side(&mut rows, &all, ("**Rollcall**", work), "1", |pair| &pair.rollcall);
        }
        for contest in page.contests.iter().filter(|contest| !contest.pairs(work).is_empty()) {
            let selection = contest.selection(work);
            let times = |pair: &Pair| pair.baseline.cpu_us / pair.rollcall.cpu_us;
            let each: Vec<_> = selection.pairs.iter().map(|pair| format!("{:.1}", times(pair))).collect();
            let noisy = if selection.noisy { ", noisy" } else { "" };
            let times = format!("**{:.1}** ({}{noisy})", selection.median(times), each.join(" · "));
            side(&mut rows, &selection, (contest.peer.label(), work), &times, |pair| &pair.baseline);
        }
    }
    for contest in page.contests.iter().filter(|contest| contest.failure.is_some()) {
        let label = contest.peer.label();
        let _ = writeln!(rows, "| {label} | not measured to the end, see below | – | – | – | – | – | – |");
    }
    rows
}

fn side(
    rows: &mut String,
    selection: &Selection<'_>,
    (name, work): (&str, Work),
    times: &str,
    half: fn(&Pair) -> &Half,
) {
    let median = |figure: fn(&Half) -> f64| selection.median(|pair| figure(half(pair)));
    let memory = median(|half| half.rss_anon_kb.map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1024.0));
    // Writing to a string cannot fail.
    let _ = writeln!(
        rows,
        "| {name} | {} | {:.1} | {times} | {:.0} | {:.2} | {:.2} | {memory:.0} |",
        work.label(),
        median(|half| half.cpu_us),
        median(|half| half.rps),
        median(|half| half.latency.p50),
        median(|half| half.latency.p99),
    );
}

fn prices(page: &Page) -> String {
    let mut rows = String::from(
        "| server | a get gives | an update changes | who asks is checked | on disk before the answer | besides |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    let peers = page
        .contests
        .iter()
        .map(|contest| (contest.peer.label(), price::of(contest.peer)));
    for (name, price) in std::iter::once(("**Rollcall**", price::ROLLCALL)).chain(peers) {
        let price::Price { get, update, caller, durable, besides } = price;
        let _ = writeln!(rows, "| {name} | {get} | {update} | {caller} | {durable} | {besides} |");
    }
    rows
}

fn pairs(page: &Page) -> String {
    let mut rows = String::from(
        "| pair | first half | requests/s: peer / Rollcall | CPU µs: peer / Rollcall | other CPU, cores: peer / Rollcall | counted |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for contest in &page.contests {
        for work in [Work::Get, Work::Update] {
            let noisy = contest.selection(work).noisy;
            for (index, pair) in contest.pairs(work).iter().enumerate() {
                let counted = match (pair.is_quiet(), noisy) {
                    (true, _) => "yes",
                    (false, true) => "yes, **noisy**",
                    (false, false) => "no: noise",
                };
                let Pair { baseline, rollcall, baseline_first } = pair;
                let _ = writeln!(
                    rows,
                    "| {} {} {} | {} | {:.0} / {:.0} | {:.1} / {:.1} | {:.2} / {:.2} | {counted} |",
                    contest.peer.label(),
                    work.label(),
                    index + 1,
                    if *baseline_first { "peer" } else { "Rollcall" },
                    baseline.rps,
                    rollcall.rps,
                    baseline.cpu_us,
                    rollcall.cpu_us,
                    baseline.other_cores,
                    rollcall.other_cores,
                );
            }
        }
    }
    rows
}

fn conditions(page: &Page) -> String {
    let mut text = String::new();
    for (name, value) in &page.facts {
        let _ = writeln!(text, "- {name}: {value}");
    }
    for contest in &page.contests {
        let label = contest.peer.label();
        if !contest.version.is_empty() {
            let _ = writeln!(text, "- {label}: {}, {} users", contest.version, contest.users);
        }
        if let Some(failure) = &contest.failure {
            // A line of the list has no line ends.
            let failure = failure.lines().map(str::trim).collect::<Vec<_>>().join(" / ");
            let _ = writeln!(text, "- **{label} was not measured to the end**: {failure}");
        }
    }
    text
}

#[cfg(test)]
mod tests;
