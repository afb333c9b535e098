//! A whole on-sale by `boxoffice rehearse`: 100,000 buyers who come within ten seconds for 10,000 seats.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::Bench;
use crate::report::{Table, number};

pub fn run(bench: &mut Bench) -> Result<()> {
    let (buyers, seats) = if bench.quick { ("10000", "1000") } else { ("100000", "10000") };
    let folder = tempfile::tempdir()?;
    let status = Command::new(env!("CARGO_BIN_EXE_boxoffice"))
        .args(["rehearse", "--buyers", buyers, "--seats", seats, "--arrive-within", "10", "--max-admitted", "4000"])
        .args(["--think-ms", "0", "--connections", "512", "--stream-share", "0.02", "--out"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("report.json"))?)?;
    anyhow::ensure!(status.success() && report["passed"] == true, "the drill failed: {}", report["failures"]);
    let figure = |path: &str| report.pointer(path).and_then(Value::as_f64);
    let sold_out = figure("/sold_out_after_seconds").context("it was sold out")?;
    let operations = report["operations"].as_array().context("operations")?;
    let mut table = Table::new(&["operation", "times", "p50 ms", "p95 ms", "p99 ms", "max ms"]);
    for operation in operations {
        let name = operation["name"].as_str().unwrap_or_default().to_owned();
        let figures = ["count", "p50_ms", "p95_ms", "p99_ms", "max_ms"];
        let figures = figures.map(|figure| number(operation[figure].as_f64().unwrap_or(0.0)));
        table.row([name].into_iter().chain(figures));
    }
    let all = figure("/seconds").unwrap_or(0.0);
    let busiest = figure("/best_requests_per_second").unwrap_or(0.0);
    table.print(&format!(
        "On sale: {buyers} buyers within 10 s, {seats} seats; sold out after {} s, everyone done after {} s, {} requests in \
         the busiest second",
        number(sold_out),
        number(all),
        number(busiest)
    ));
    let polls = operations.iter().find(|operation| operation["name"] == "queue_position");
    let polls = polls.and_then(|polls| polls["p99_ms"].as_f64()).context("somebody polled")?;
    bench.targets.at_most(&format!("{buyers} buyers on {seats} seats: sold out after, s"), 30.0, sold_out);
    bench.targets.at_most("p99 of their polls, ms", 100.0, polls);
    bench.targets.at_most("buyers lost", 0.0, figure("/ends/lost").unwrap_or(f64::MAX));
    Ok(())
}
