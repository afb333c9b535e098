//! The report as one page that needs nothing else: its style and charts stand in it.

use std::fmt::Write as _;

use crate::rehearse::measure::{Tick, Times};
use crate::rehearse::report::{Report, per_second};
use crate::rehearse::svg::{Series, escape, lines, log_bars, short};

const STYLE: &str = "\
body{font:15px/1.5 sans-serif;color:#222;background:#f6f7f8;margin:0}\
main{max-width:780px;margin:2em auto;padding:0 1em}\
h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:2em 0 .5em}p{margin:.5em 0}\
.card{background:#fff;border:1px solid #e4e7ea;border-radius:8px;padding:1em;margin:.5em 0}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.5em;margin:1em 0}\
.figures div{background:#fff;border:1px solid #e4e7ea;border-radius:8px;padding:.7em 1em}\
.figures b{display:block;font-size:1.5em}\
.verdict{padding:.6em 1em;border-radius:8px;margin:1em 0;background:#e3f4e7}.failed{background:#fbe3e1}\
table{border-collapse:collapse;width:100%}th,td{padding:.25em .6em;text-align:right;border-bottom:1px solid #eef0f2}\
th:first-child,td:first-child{text-align:left}th{font-weight:600;color:#555}small{color:#666}svg{width:100%;height:auto}";

const BLUE: &str = "#2f6fb3";
const GREEN: &str = "#3a9a5b";
const ORANGE: &str = "#d98324";
const RED: &str = "#c0433a";

/// The page.
pub fn page(report: &Report) -> String {
    let arguments = &report.arguments;
    let title = format!("Rehearsal: {} buyers, {} seats", arguments.buyers, arguments.seats);
    let mut body = format!("<h1>{title}</h1><small>boxoffice {} on {}</small>", report.version, escape(&report.server));
    body += &verdict(report);
    body += &figures(report);
    body += "<h2>Suggestion</h2>";
    let _ = write!(body, "<div class=\"card\">{}</div>", escape(&report.suggestion_text()));
    body += &charts(report);
    body += "<h2>How long things took</h2><div class=\"card\">";
    body += &times_table("operation", &report.operations);
    body += &times_table("longer", &report.spans);
    body += "<small>Each from the moment at which a buyer meant to begin, so waiting for a free connection counts. \
             drill_lateness is the drill's own part.</small></div>";
    body += &tables(report);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
}

fn verdict(report: &Report) -> String {
    let (class, text) = if report.passed {
        ("verdict", "Passed: nobody was lost; drill and server agree.".to_owned())
    } else {
        ("verdict failed", format!("Failed: {}.", report.failures.join("; ")))
    };
    format!("<div class=\"{class}\">{} Laws: {}.</div>", escape(&text), escape(&report.laws_text()))
}

fn figures(report: &Report) -> String {
    let sold_out = report.sold_out_after_seconds.map_or("–".to_owned(), |after| format!("{after:.1} s"));
    let figures = [
        (format!("{} of {}", report.sold, report.arguments.seats), "seats sold"),
        (sold_out, "until sold out"),
        (format!("{:.0}/s", report.bought_per_second), "whole journeys"),
        (format!("{:.0}/s", report.requests_per_second), "requests"),
        (report.ends["lost"].to_string(), "buyers lost"),
    ];
    let figures = figures.map(|(figure, of)| format!("<div><b>{figure}</b>{of}</div>"));
    format!("<div class=\"figures\">{}</div>", figures.concat())
}

fn charts(report: &Report) -> String {
    let line = |name, color, of: fn(&Tick) -> f64| {
        let points = report.ticks.iter().map(|tick| (tick.at_seconds, of(tick)));
        Series { name, color, points: std::iter::once((0.0, 0.0)).chain(points).collect() }
    };
    let crowd = lines(&[
        line("came", ORANGE, |tick| tick.arrived as f64),
        line("waiting", BLUE, |tick| tick.waiting as f64),
        line("inside", GREEN, |tick| tick.inside as f64),
        line("seats sold", RED, |tick| tick.sold as f64),
    ]);
    let requests = lines(&[
        line("requests per second", BLUE, per_second),
        line("visits ended per second", GREEN, |tick| tick.visits as f64 / tick.seconds.max(0.001)),
    ]);
    let slow = lines(&[
        line("p99 of polls, ms", BLUE, |tick| tick.p99_position_ms),
        line("p99 inside, ms", GREEN, |tick| tick.p99_inside_ms),
    ]);
    let rows: Vec<_> =
        report.operations.iter().map(|of| (of.name, [of.p50_ms, of.p95_ms, of.p99_ms, of.max_ms])).collect();
    let bars = log_bars(&rows, ["p50", "p95", "p99", "max"], [GREEN, BLUE, ORANGE, RED], "ms");
    [("The crowd", crowd), ("Load", requests), ("The slowest answers", slow), ("Times by operation", bars)]
        .map(|(title, chart)| format!("<h2>{title}</h2><div class=\"card\">{chart}</div>"))
        .concat()
}

fn times_table(head: &str, times: &[Times]) -> String {
    let rows = times.iter().map(|of| {
        let cells = [of.p50_ms, of.p95_ms, of.p99_ms, of.max_ms].map(|ms| format!("<td>{}</td>", short(ms)));
        format!("<tr><td>{}</td><td>{}</td>{}</tr>", of.name, of.count, cells.concat())
    });
    let head = ["times", "p50 ms", "p95 ms", "p99 ms", "max ms"]
        .iter()
        .fold(format!("<th>{head}</th>"), |head, name| head + "<th>" + name + "</th>");
    format!("<table><tr>{head}</tr>{}</table>", rows.collect::<String>())
}

fn tables(report: &Report) -> String {
    let row = |cells: &[String]| format!("<tr><td>{}</td></tr>", cells.join("</td><td>"));
    let ends: String =
        report.ends.iter().map(|(end, count)| row(&[end.replace('_', " "), count.to_string()])).collect();
    let refusals = report.refusals.iter();
    let refusals: String = refusals
        .map(|refusal| row(&[format!("{}: {}", refusal.operation, escape(&refusal.code)), refusal.count.to_string()]))
        .collect();
    let lost: String = report
        .lost_because
        .iter()
        .map(|(why, count)| row(&[format!("lost: {}", escape(why)), count.to_string()]))
        .collect();
    let mishaps = &report.mishaps;
    let mishaps: String = [
        ("requests sent twice with one key", mishaps.repeats),
        ("of these answered differently", mishaps.repeats_that_differ),
        ("connections lost on purpose", mishaps.broken_on_purpose),
        ("connections lost by themselves", mishaps.connection_errors),
        ("buyers without a place for a stream", mishaps.without_stream),
    ]
    .map(|(what, count)| row(&[what.to_owned(), count.to_string()]))
    .concat();
    let machine: String = report.machine_lines().iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
    let arguments = serde_json::to_string_pretty(&report.arguments).unwrap_or_default();
    format!(
        "<h2>How the journeys ended</h2><div class=\"card\"><table>{ends}{lost}</table></div>\
         <h2>Refusals and mishaps</h2><div class=\"card\"><table>{refusals}{mishaps}</table></div>\
         <h2>The machine</h2><div class=\"card\"><p>{} processors, shared by server and drill unless they are apart</p>{machine}</div>\
         <h2>The drill</h2><div class=\"card\"><pre>{}</pre></div>",
        report.machine.processors,
        escape(&arguments)
    )
}
