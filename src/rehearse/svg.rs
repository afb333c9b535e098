//! Charts as inline SVG: lines over time, and bars on a logarithmic scale. Plain text out of numbers; no script, no
//! style sheet from elsewhere.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 26.0;

/// A line of a chart.
pub struct Series<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Its colour.
    pub color: &'a str,
    /// Its points, in order of x.
    pub points: Vec<(f64, f64)>,
}

/// Lines over the seconds of a drill, from zero up.
pub fn lines(series: &[Series<'_>]) -> String {
    let all = || series.iter().flat_map(|line| &line.points);
    let last = nice(all().map(|point| point.0).fold(0.0, f64::max));
    let highest = nice(all().map(|point| point.1).fold(0.0, f64::max));
    let x = |at: f64| LEFT + at / last * (WIDTH - LEFT - RIGHT);
    let y = |at: f64| HEIGHT - BOTTOM - at / highest * (HEIGHT - TOP - BOTTOM);
    let mut svg = open(HEIGHT);
    for step in 0..=4 {
        let part = f64::from(step) / 4.0;
        rule(&mut svg, LEFT, y(highest * part), WIDTH - RIGHT, y(highest * part));
        label(&mut svg, LEFT - 6.0, y(highest * part) + 4.0, "end", &short(highest * part));
        label(&mut svg, x(last * part), HEIGHT - 8.0, "middle", &format!("{} s", short(last * part)));
    }
    let mut legend = LEFT;
    for line in series {
        let points: Vec<_> = line.points.iter().map(|&(at, value)| format!("{:.1},{:.1}", x(at), y(value))).collect();
        let (color, points) = (line.color, points.join(" "));
        let _ = write!(svg, "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{points}\"/>");
        let _ = write!(svg, "<rect x=\"{legend:.0}\" y=\"8\" width=\"12\" height=\"4\" fill=\"{color}\"/>");
        label(&mut svg, legend + 17.0, 14.0, "start", line.name);
        legend += 34.0 + 6.6 * line.name.chars().count() as f64;
    }
    svg + "</svg>"
}

/// A row of marks on one logarithmic scale: what it is, and its values from small to large.
pub fn log_bars(rows: &[(&str, [f64; 4])], names: [&str; 4], colors: [&str; 4], unit: &str) -> String {
    const ROW: f64 = 26.0;
    const NAMES: f64 = 130.0;
    let values = || rows.iter().flat_map(|row| row.1).filter(|value| *value > 0.0);
    let from = values().fold(f64::MAX, f64::min).log10().floor().clamp(-3.0, 6.0);
    let to = values().fold(0.0_f64, f64::max).max(0.001).log10().ceil().clamp(from + 1.0, 7.0);
    let height = TOP + ROW * rows.len() as f64 + BOTTOM;
    let x = |value: f64| {
        let part = (value.max(0.0001).log10() - from) / (to - from);
        NAMES + part.clamp(0.0, 1.0) * (WIDTH - NAMES - RIGHT)
    };
    let mut svg = open(height);
    for power in from as i32..=to as i32 {
        let value = 10_f64.powi(power);
        rule(&mut svg, x(value), TOP, x(value), height - BOTTOM);
        let anchor = if power == to as i32 { "end" } else { "middle" };
        label(&mut svg, x(value), height - 8.0, anchor, &format!("{} {unit}", short(value)));
    }
    for (at, (name, values)) in rows.iter().enumerate() {
        let y = TOP + ROW * (at as f64 + 0.5);
        label(&mut svg, NAMES - 8.0, y + 4.0, "end", name);
        let (first, last) = (x(values[0]), x(values[3]));
        let _ = write!(
            svg,
            "<line x1=\"{first:.1}\" y1=\"{y:.1}\" x2=\"{last:.1}\" y2=\"{y:.1}\" stroke=\"#c8ccd0\" stroke-width=\"6\"/>"
        );
        for ((value, color), mark) in values.iter().zip(colors).zip(names) {
            let _ = write!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{color}\"><title>{} {mark}: {} {unit}</title></circle>",
                x(*value),
                escape(name),
                short(*value)
            );
        }
    }
    let mut legend = NAMES;
    for (name, color) in names.iter().zip(colors) {
        let _ = write!(svg, "<circle cx=\"{:.0}\" cy=\"10\" r=\"5\" fill=\"{color}\"/>", legend + 5.0);
        label(&mut svg, legend + 14.0, 14.0, "start", name);
        legend += 34.0 + 7.0 * name.len() as f64;
    }
    svg + "</svg>"
}

fn open(height: f64) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">")
}

fn rule(svg: &mut String, x1: f64, y1: f64, x2: f64, y2: f64) {
    let _ = write!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#e4e7ea\"/>");
}

fn label(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let text = escape(text);
    let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#555\">{text}</text>");
}

/// Text that HTML and SVG take as such.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The next of 1, 2, 4, 5, 8, 10, 20, … that is at least `value`: an axis ends at a round number.
fn nice(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    steps.iter().map(|step| step * power).find(|round| *round >= value * 0.999_999).unwrap_or(10.0 * power)
}

/// A number with as many digits as matter.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        1e6.. => format!("{:.1}M", value / 1e6).replace(".0M", "M"),
        1e4.. => format!("{:.0}k", value / 1e3),
        100.0.. => format!("{value:.0}"),
        _ => {
            let text = format!("{value:.3}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            if value.abs() >= 10.0 { format!("{value:.1}").trim_end_matches(".0").to_owned() } else { text.to_owned() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Series, lines, log_bars, nice, short};

    #[test]
    fn an_axis_ends_at_a_round_number_that_holds_all() {
        for (value, end) in
            [(0.0, 1.0), (0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (37.0, 40.0), (41.0, 50.0), (990.0, 1000.0)]
        {
            assert!((nice(value) - end).abs() < 1e-9, "{value} → {}", nice(value));
        }
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.123_4, 2.5, 12.34, 123.4, 12_345.0, 2e6].map(short);
        assert_eq!(shown, ["0", "0.123", "2.5", "12.3", "123", "12k", "2M"]);
    }

    #[test]
    fn a_line_runs_from_corner_to_corner() {
        let series = Series { name: "a<b", color: "#123456", points: vec![(0.0, 0.0), (10.0, 100.0)] };
        let svg = lines(&[series]);
        assert!(svg.contains("points=\"64.0,194.0 708.0,28.0\""), "{svg}");
        assert!(svg.contains("a&lt;b") && svg.ends_with("</svg>"));
        assert!(lines(&[]).ends_with("</svg>"), "an empty chart is a chart");
    }

    #[test]
    fn larger_values_stand_further_right() {
        let svg = log_bars(&[("pay", [1.0, 10.0, 100.0, 1000.0])], ["p50", "p95", "p99", "max"], ["#1"; 4], "ms");
        let places = svg.split("<circle cx=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
        let places: Vec<f64> = places.take(4).collect();
        assert!(places.is_sorted() && places[0] < places[3], "{places:?}");
    }
}
