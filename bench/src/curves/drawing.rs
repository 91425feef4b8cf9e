//! A curve as an SVG picture that can be read on white and on black.

use anyhow::anyhow;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Curves;
use crate::load::op::thousands;

const SIZE: (u32, u32) = (900, 460);
/// Room to the right of the last point, for the lines' names.
const NAMES: i32 = 265;
/// Pixels that two names are apart at least.
const APART: i32 = 18;

const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
const INK: RGBColor = RGBColor(0x24, 0x29, 0x2f);
const FAINT: RGBColor = RGBColor(0xd8, 0xde, 0xe4);
/// Told apart by people who do not see red or green alike, and on both papers (Okabe and Ito, somewhat darkened).
const LINES: [RGBColor; 6] = [
    RGBColor(0x1f, 0x83, 0xc9),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xb8, 0x5c, 0x93),
    RGBColor(0xb0, 0x83, 0x00),
    RGBColor(0x7a, 0x86, 0x92),
];
/// What stands for paper, ink and faint lines where the reader prefers dark pages.
const DARK: [(RGBColor, &str); 3] = [(PAPER, "#0D1117"), (INK, "#E6EDF3"), (FAINT, "#30363D")];

/// Draws the curves, both axes logarithmic.
pub(super) fn svg(curves: &Curves) -> anyhow::Result<String> {
    let mut text = String::new();
    draw(&mut text, curves).map_err(|error| anyhow!("drawing {}: {error}", curves.growth.name))?;
    Ok(for_dark_pages(&text, &curves.growth.of))
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn draw(text: &mut String, curves: &Curves) -> Outcome {
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.fill(&PAPER)?;
    let steps = &curves.growth.steps;
    let (first, last) = (steps.first().copied().unwrap_or(1), steps.last().copied().unwrap_or(2));
    let costs = curves.lines.iter().flat_map(|(_, points)| points.iter().copied());
    let (least, most) =
        costs.fold((f64::MAX, 0.0_f64), |(least, most), cost| (least.min(cost), most.max(cost)));
    let (bottom, top) = (power_of_ten(least, f64::floor), power_of_ten(most, f64::ceil));
    let caption = format!("CPU per request against {}, SQLite", curves.growth.of);
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 20).into_font().color(&INK))
        .margin(12)
        .margin_right(NAMES)
        .x_label_area_size(46)
        .y_label_area_size(74)
        .build_cartesian_2d(
            (f64::from(first)..f64::from(last.max(first + 1))).log_scale(),
            (bottom..top.max(bottom * 10.0)).log_scale(),
        )?;
    chart
        .configure_mesh()
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .label_style(("sans-serif", 16).into_font().color(&INK))
        .axis_desc_style(("sans-serif", 17).into_font().color(&INK))
        .x_desc(&curves.growth.of)
        .y_desc("server CPU, µs per request")
        .x_label_formatter(&|value| {
            // Others would run into each other.
            let measured = steps.contains(&(value.round() as u32));
            if measured {
                thousands(value.round() as u32)
            } else {
                String::new()
            }
        })
        .y_label_formatter(&|value| amount(*value))
        .draw()?;
    let mut names = Vec::new();
    for ((op, points), colour) in curves.lines.iter().zip(LINES.iter().cycle()) {
        let line: Vec<(f64, f64)> =
            steps.iter().map(|step| f64::from(*step)).zip(points.iter().copied()).collect();
        chart.draw_series(LineSeries::new(line.iter().copied(), colour.stroke_width(2)))?;
        chart.draw_series(line.iter().map(|point| Circle::new(*point, 4, colour.filled())))?;
        if let Some(end) = line.last() {
            names.push((chart.backend_coord(end), format!("{}: {} µs", op.plain(), amount(end.1)), *colour));
        }
    }
    for (place, name, colour) in spread(names) {
        let style = ("sans-serif", 16)
            .into_font()
            .color(&colour)
            .pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(name, place, style))?;
    }
    area.present()?;
    Ok(())
}

type Name = ((i32, i32), String, RGBColor);

/// Moves names beside their lines' ends and off each other.
fn spread(mut names: Vec<Name>) -> Vec<Name> {
    names.sort_by_key(|((_, y), _, _)| *y);
    let mut free = i32::MIN;
    for ((x, y), _, _) in &mut names {
        *x += 10;
        *y = (*y).max(free);
        free = *y + APART;
    }
    names
}

fn power_of_ten(value: f64, round: fn(f64) -> f64) -> f64 {
    10_f64.powf(round(value.max(0.1).log10()))
}

/// A number of microseconds with two figures that matter.
fn amount(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.1}")
    } else {
        thousands(value.round() as u32)
    }
}

/// Adds the colours for dark pages, and a name for those who do not see the picture.
fn for_dark_pages(svg: &str, of: &str) -> String {
    let mut style = String::from("<style>@media (prefers-color-scheme: dark) {");
    for (RGBColor(red, green, blue), dark) in DARK {
        let light = format!("#{red:02X}{green:02X}{blue:02X}");
        style.push_str(&format!(
            " [fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }}"
        ));
    }
    style.push_str(" }</style>\n");
    match svg.split_once(">\n") {
        Some((head, rest)) => {
            format!("{head} role=\"img\">\n<title>CPU per request against {of}</title>\n{style}{rest}")
        }
        None => svg.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::curves;
    use super::*;
    use crate::load::Op;

    #[test]
    fn a_picture_has_its_lines_units_and_both_papers() {
        let curves = curves(vec![
            (Op::Get, vec![9.0, 10.0, 12.0, 19.5]),
            (Op::ListFirst, vec![70.0, 400.0, 6_000.0, 58_000.0]),
        ]);
        let text = svg(&curves).unwrap();
        for part in [
            "GET user: 20 µs",
            "list, first page of 100: 58,000 µs",
            "server CPU, µs per request",
            "1,000,000",
            "prefers-color-scheme: dark",
            "[fill=\"#FFFFFF\"] { fill: #0D1117 }",
            "</svg>",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        for RGBColor(red, green, blue) in &LINES[..2] {
            let line = format!("stroke=\"#{red:02X}{green:02X}{blue:02X}\" stroke-width=\"2\"");
            assert_eq!(text.matches(&line).count(), 1, "{line} {text}");
        }
    }

    #[test]
    fn names_do_not_cover_each_other() {
        let names = [100, 103, 90, 300].map(|y| ((50, y), String::new(), INK)).to_vec();
        let spread = spread(names);
        let heights: Vec<i32> = spread.iter().map(|((_, y), _, _)| *y).collect();
        assert_eq!(heights, [90, 108, 126, 300]);
    }

    #[test]
    fn one_step_is_a_picture_too() {
        let mut curves = curves(vec![(Op::Get, vec![9.0])]);
        curves.growth.steps.truncate(1);
        assert!(svg(&curves).unwrap().contains("GET user"));
    }
}
