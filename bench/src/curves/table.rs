//! The curves as tables.

use super::Curves;
use crate::load::op::thousands;

/// The part of the page.
pub(super) fn render(curves: &[Curves], facts: &[(String, String)], pictures: &str) -> String {
    let mut text = String::new();
    for curve in curves {
        let growth = &curve.growth;
        text.push_str(&format!(
            "![CPU per request against {}]({pictures}/{}.svg)\n\n",
            growth.of, growth.name
        ));
        let steps: Vec<String> = growth.steps.iter().map(|step| thousands(*step)).collect();
        text.push_str(&format!(
            "| CPU µs per request, by {} | {} | last over first |\n",
            growth.of,
            steps.join(" | ")
        ));
        text.push_str(&format!("| --- |{}\n", " ---: |".repeat(steps.len() + 1)));
        for (op, points) in &curve.lines {
            let shown: Vec<String> = points.iter().map(|point| format!("{point:.1}")).collect();
            let grown = points.last().zip(points.first()).map_or(f64::NAN, |(last, first)| last / first);
            text.push_str(&format!("| {} | {} | {grown:.2}× |\n", op.plain(), shown.join(" | ")));
        }
        text.push('\n');
    }
    let (made, quiet) = curves
        .iter()
        .fold((0, 0), |sum, of| (sum.0 + of.counted.0, sum.1 + of.counted.1));
    text.push_str(&format!(
        "- Noise: {quiet} of {made} measurements were quiet; where a point has any, only those count\n"
    ));
    for (name, value) in facts {
        text.push_str(&format!("- {name}: {value}\n"));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::curves;
    use super::*;
    use crate::load::Op;

    #[test]
    fn growth_is_in_the_last_column() {
        let curves =
            curves(vec![(Op::Get, vec![10.0, 11.0, 12.0, 15.0]), (Op::SearchFew, vec![1.0, 1.0, 1.0, 0.5])]);
        let text = render(&[curves], &[("Kernel".to_owned(), "Linux".to_owned())], "performance");
        for line in [
            "![CPU per request against users in one app](performance/users.svg)",
            "| CPU µs per request, by users in one app | 1,000 | 10,000 | 100,000 | 1,000,000 | last over first |",
            "| GET user | 10.0 | 11.0 | 12.0 | 15.0 | 1.50× |",
            "| search | 1.0 | 1.0 | 1.0 | 0.5 | 0.50× |",
            "- Noise: 58 of 60 measurements were quiet",
            "- Kernel: Linux",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
