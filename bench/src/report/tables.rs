//! The tables of the report.

use std::fmt::Write as _;

use super::Report;
use crate::half::Half;
use crate::pair::{self, Pair};
use crate::requirements::{REQUIREMENTS, Verdict};

/// What must be and what is.
pub(super) fn required(report: &Report) -> String {
    let mut rows = table(&["Work", "measured", "must", "aim", "verdict", "pair by pair"], "-:----");
    for requirement in REQUIREMENTS {
        let finding = requirement.finding(report);
        let verdict = match requirement.verdict(finding.as_ref()) {
            Verdict::Aim => "met, and the aim",
            Verdict::Met => "met",
            Verdict::Missed => "**MISSED**",
            Verdict::Unmeasured => "not measured",
        };
        let (measured, detail) = match &finding {
            Some(found) => (
                format!("**{}**{}", requirement.show(found.value), noisy(found.noisy)),
                found.detail.clone(),
            ),
            None => ("–".to_owned(), String::new()),
        };
        let what = requirement.what.to_owned();
        row(
            &mut rows,
            &[what, measured, requirement.must(), requirement.aim(), verdict.to_owned(), detail],
        );
    }
    rows
}

/// Every comparison.
pub(super) fn ratios(report: &Report) -> String {
    let head = [
        "Rollcall",
        "against",
        "requests/s, ratio",
        "pair by pair",
        "CPU µs per request: baseline → Rollcall",
    ];
    let mut rows = table(&head, "--:-:");
    for of in &report.comparisons {
        let selection = of.selection();
        let spread: Vec<_> = selection.pairs.iter().map(|pair| format!("{:.2}", pair.ratio())).collect();
        let ratio = format!("**{:.2}**{}", selection.median(Pair::ratio), noisy(selection.noisy));
        let cpu = format!(
            "{:.1} → {:.1}",
            selection.median(|pair| pair.baseline.cpu_us),
            selection.median(|pair| pair.rollcall.cpu_us)
        );
        let against = of.scenario.baseline().to_owned();
        row(&mut rows, &[title(report, of), against, ratio, spread.join(" · "), cpu]);
    }
    rows
}

/// What was measured alone.
pub(super) fn works(report: &Report) -> String {
    if report.works.is_empty() {
        return String::new();
    }
    let mut rows = table(&["Rollcall", "CPU µs per request", "requests/s", "p50 ms", "p99 ms"], "-::::");
    for of in &report.works {
        let connections = of.work.crowd.connections(report.connections);
        let cells = [
            of.work.title(report.users(of.work.size), connections),
            format!("**{:.1}**{}", of.median(|half| half.cpu_us), noisy(of.selection().noisy)),
            format!("{:.0}", of.median(|half| half.rps)),
            format!("{:.2}", of.median(|half| half.latency.p50)),
            format!("{:.2}", of.median(|half| half.latency.p99)),
        ];
        row(&mut rows, &cells);
    }
    rows
}

/// Both sides of every comparison.
pub(super) fn sides(report: &Report) -> String {
    let head = [
        "side",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms",
        "CPU µs/request",
        "RssAnon MB",
    ];
    let mut rows = table(&head, "-:::::::");
    for of in &report.comparisons {
        let selection = of.selection();
        let mut side = |name: String, half: fn(&Pair) -> &Half| {
            let halves: Vec<&Half> = selection.pairs.iter().map(|pair| half(pair)).collect();
            row(&mut rows, &figures(name, &halves));
        };
        side(format!("{} ({})", of.scenario.baseline(), title(report, of)), |pair| &pair.baseline);
        side(format!("Rollcall {}", title(report, of)), |pair| &pair.rollcall);
    }
    rows
}

fn figures(name: String, halves: &[&Half]) -> [String; 8] {
    let median = |figure: fn(&Half) -> f64| pair::median(halves.iter().map(|half| figure(half)).collect());
    let memory = median(|half| half.rss_anon_kb.map_or(f64::NAN, |kilobytes| kilobytes as f64 / 1024.0));
    [
        name,
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
    ]
}

/// Every pair, folded away.
pub(super) fn pairs(report: &Report) -> String {
    let head = [
        "pair",
        "first half",
        "baseline requests/s",
        "Rollcall requests/s",
        "ratio",
        "other CPU, cores: baseline / Rollcall",
        "counted",
    ];
    let mut rows = table(&head, "--:::--");
    for of in &report.comparisons {
        let noisy = of.selection().noisy;
        for (index, pair) in of.pairs.iter().enumerate() {
            let counted = match (pair.is_quiet(), noisy) {
                (true, _) => "yes",
                (false, true) => "yes, **noisy**",
                (false, false) => "no: noise",
            };
            let cells = [
                format!("{} / {} {}", title(report, of), of.scenario.baseline(), index + 1),
                if pair.baseline_first { "baseline" } else { "Rollcall" }.to_owned(),
                format!("{:.0}", pair.baseline.rps),
                format!("{:.0}", pair.rollcall.rps),
                format!("{:.3}", pair.ratio()),
                format!("{:.2} / {:.2}", pair.baseline.other_cores, pair.rollcall.other_cores),
                counted.to_owned(),
            ];
            row(&mut rows, &cells);
        }
    }
    format!("<details><summary>Every pair</summary>\n\n{rows}\n</details>\n")
}

/// Where, when, how, and how noisy.
pub(super) fn conditions(report: &Report) -> String {
    let mut text = format!("- Noise: {}\n", report.noise().sentence());
    for (name, value) in &report.facts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {name}: {value}");
    }
    for note in &report.notes {
        let _ = writeln!(text, "- {note}");
    }
    text
}

fn title(report: &Report, of: &super::Comparison) -> String {
    let connections = of.scenario.crowd.connections(report.connections);
    of.scenario.title(report.users(of.scenario.size), connections)
}

fn noisy(noisy: bool) -> &'static str {
    if noisy { " (noisy)" } else { "" }
}

/// The head of a table; `:` in `sides` stands for a column of numbers.
fn table(head: &[&str], sides: &str) -> String {
    let line = sides.chars().map(|side| if side == ':' { "---:" } else { "---" });
    format!("| {} |\n| {} |\n", head.join(" | "), line.collect::<Vec<_>>().join(" | "))
}

fn row(rows: &mut String, cells: &[String]) {
    let _ = writeln!(rows, "| {} |", cells.join(" | "));
}
