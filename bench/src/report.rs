//! The report: markdown tables, and their place in a page.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::half::Half;
use crate::pair::{Pair, Selection};
use crate::scenario::{Engine, Scenario};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// All that a run found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Where, when and with what.
    pub(crate) facts: Vec<(String, String)>,
    /// The comparisons, in the order measured.
    pub(crate) comparisons: Vec<Comparison>,
    /// Sentences that the reader must know.
    pub(crate) notes: Vec<String>,
}

/// The pairs of one scenario on one engine.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// Where Rollcall kept its data.
    pub(crate) engine: Engine,
    /// What was compared.
    pub(crate) scenario: Scenario,
    /// Every pair measured, in order.
    pub(crate) pairs: Vec<Pair>,
    /// How many quiet pairs were wanted.
    pub(crate) wanted: usize,
}

impl Comparison {
    fn selection(&self) -> Selection<'_> {
        Selection::of(&self.pairs, self.wanted)
    }

    fn title(&self) -> String {
        format!("{} {}", self.engine.label(), self.scenario.label())
    }

    fn ratio(&self) -> f64 {
        self.selection().median(Pair::ratio)
    }

    fn misses(&self) -> bool {
        // A ratio that is not a number misses too.
        self.scenario
            .minimum(self.engine)
            .is_some_and(|minimum| self.ratio().partial_cmp(&minimum).is_none_or(|order| order.is_lt()))
    }
}

impl Report {
    /// The required ratios that were not reached.
    pub(crate) fn missed(&self) -> Vec<String> {
        let missed = self.comparisons.iter().filter(|comparison| comparison.misses());
        missed
            .map(|of| format!("{} is {:.3} of {}", of.title(), of.ratio(), of.scenario.baseline()))
            .collect()
    }
}

/// The whole report as markdown.
pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    for part in [ratios(report), figures(report), pairs(report), conditions(report)] {
        text.push_str(&part);
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn ratios(report: &Report) -> String {
    let mut rows = String::from(
        "| Rollcall | against | requests/s, ratio | spread | required | verdict | CPU µs per request: baseline → Rollcall |\n\
         | --- | --- | ---: | --- | ---: | --- | --- |\n",
    );
    for of in &report.comparisons {
        let selection = of.selection();
        let spread = selection
            .pairs
            .iter()
            .map(|pair| format!("{:.2}", pair.ratio()))
            .collect::<Vec<_>>()
            .join(" · ");
        let required = of
            .scenario
            .minimum(of.engine)
            .map_or_else(|| "–".to_owned(), |minimum| format!("≥ {minimum:.2}"));
        let verdict = match (of.misses(), of.scenario.minimum(of.engine)) {
            (true, _) => "**BELOW**",
            (false, Some(_)) => "met",
            (false, None) => "–",
        };
        let noisy = if selection.noisy { " (noisy)" } else { "" };
        row(
            &mut rows,
            &[
                of.title(),
                of.scenario.baseline().to_owned(),
                format!("**{:.2}**{noisy}", of.ratio()),
                spread,
                required,
                verdict.to_owned(),
                format!(
                    "{:.1} → {:.1}",
                    selection.median(|pair| pair.baseline.cpu_us),
                    selection.median(|pair| pair.rollcall.cpu_us)
                ),
            ],
        );
    }
    rows
}

fn figures(report: &Report) -> String {
    let mut rows = String::from(
        "| side | requests/s | p50 ms | p99 ms | p99.9 ms | max ms | CPU µs/request | RssAnon MB |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for of in &report.comparisons {
        let baseline = format!("{} ({})", of.scenario.baseline(), of.scenario.label());
        side(&mut rows, &of.selection(), &baseline, |pair| &pair.baseline);
        side(&mut rows, &of.selection(), &format!("Rollcall {}", of.title()), |pair| &pair.rollcall);
    }
    rows
}

fn side(rows: &mut String, selection: &Selection<'_>, name: &str, half: fn(&Pair) -> &Half) {
    let median = |figure: fn(&Half) -> f64| selection.median(|pair| figure(half(pair)));
    let memory = median(|half| half.rss_anon_kb.map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1024.0));
    row(
        rows,
        &[
            name.to_owned(),
            format!("{:.0}", median(|half| half.rps)),
            format!("{:.2}", median(|half| half.latency.p50)),
            format!("{:.2}", median(|half| half.latency.p99)),
            format!("{:.2}", median(|half| half.latency.p999)),
            format!("{:.1}", median(|half| half.latency.max)),
            format!("{:.1}", median(|half| half.cpu_us)),
            if memory.is_nan() {
                "–".to_owned()
            } else {
                format!("{memory:.1}")
            },
        ],
    );
}

fn pairs(report: &Report) -> String {
    let mut rows = String::from(
        "| pair | first half | baseline requests/s | Rollcall requests/s | ratio | other CPU, cores: baseline / Rollcall | counted |\n\
         | --- | --- | ---: | ---: | ---: | --- | --- |\n",
    );
    for of in &report.comparisons {
        let noisy = of.selection().noisy;
        for (index, pair) in of.pairs.iter().enumerate() {
            let counted = match (pair.is_quiet(), noisy) {
                (true, _) => "yes",
                (false, true) => "yes, **noisy**",
                (false, false) => "no: noise",
            };
            row(
                &mut rows,
                &[
                    format!("{} / {} {}", of.title(), of.scenario.baseline(), index + 1),
                    if pair.baseline_first { "baseline" } else { "Rollcall" }.to_owned(),
                    format!("{:.0}", pair.baseline.rps),
                    format!("{:.0}", pair.rollcall.rps),
                    format!("{:.3}", pair.ratio()),
                    format!("{:.2} / {:.2}", pair.baseline.other_cores, pair.rollcall.other_cores),
                    counted.to_owned(),
                ],
            );
        }
    }
    rows
}

fn conditions(report: &Report) -> String {
    let mut text = String::new();
    for (name, value) in &report.facts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {name}: {value}");
    }
    for of in report.comparisons.iter().filter(|of| of.selection().noisy) {
        let _ = writeln!(
            text,
            "- **Noisy**: {} against {} has fewer than {} quiet pairs; all its pairs are counted.",
            of.title(),
            of.scenario.baseline(),
            of.wanted
        );
    }
    for note in &report.notes {
        let _ = writeln!(text, "- {note}");
    }
    text
}

fn row(rows: &mut String, cells: &[String]) {
    let _ = writeln!(rows, "| {} |", cells.join(" | "));
}

/// Replaces what stands between the markers of a page; a page without markers gets them at its end.
pub(crate) fn write_between_markers(path: &Path, text: &str) -> anyhow::Result<()> {
    let page = match std::fs::read_to_string(path) {
        Ok(page) => page,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, between_markers(&page, text)).with_context(|| format!("writing {}", path.display()))
}

fn between_markers(page: &str, text: &str) -> String {
    let block = format!("{BEGIN}\n\n{text}\n\n{END}");
    let parts = page
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    match parts {
        Some((before, after)) => format!("{before}{block}{after}"),
        None if page.is_empty() => format!("{block}\n"),
        None => format!("{}\n\n{block}\n", page.trim_end()),
    }
}

#[cfg(test)]
mod tests;
