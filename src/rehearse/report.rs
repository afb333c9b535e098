//! The report: what report.json holds, and the same as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;

use serde::Serialize;

use crate::rehearse::arguments::Arguments;
use crate::rehearse::desk::QueueFigures;
use crate::rehearse::drill::Drill;
use crate::rehearse::measure::{Refusal, Tick, Times};
use crate::rehearse::server::Usage;
use crate::rehearse::suggestion::{Basis, Suggestion, suggest};
use crate::rehearse::words::Span;

/// What became of the laws.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Laws {
    /// The data file was checked.
    Checked {
        /// What breaks a law.
        breaches: Vec<String>,
        /// How many rows were looked at.
        rows: Vec<(&'static str, u32)>,
        /// Where the data file is kept, because it breaks a law.
        kept: Option<PathBuf>,
    },
    /// The data file is on the named server.
    NotChecked,
}

/// What the drill and the server say of the same things.
#[derive(Clone, Debug, Serialize)]
pub struct Agreement {
    /// Buyers who got tickets, by the drill.
    pub bought: u64,
    /// Visits that ended with a payment, by the server.
    pub completed: u64,
    /// Who waits still, by the server.
    pub waiting: u64,
    /// Who is inside still, by the server.
    pub admitted: u64,
}

/// What buyers did on purpose, and what happened to them.
#[derive(Clone, Debug, Serialize)]
pub struct Mishaps {
    /// Connections that buyers broke in the middle of a request.
    pub broken_on_purpose: u64,
    /// Connections that broke by themselves.
    pub connection_errors: u64,
    /// Requests sent twice with the same key.
    pub repeats: u64,
    /// Those with two different answers.
    pub repeats_that_differ: u64,
    /// Buyers who wanted a stream and polled, because there was no place.
    pub without_stream: u64,
}

/// The machine's part.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Processors.
    pub processors: usize,
    /// The throw-away server.
    pub server: Option<Usage>,
    /// The drill itself.
    pub drill: Usage,
}

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The laws hold, nobody was lost, drill and server agree.
    pub passed: bool,
    /// Why not.
    pub failures: Vec<String>,
    /// Whose version.
    pub version: &'static str,
    /// Which server.
    pub server: String,
    /// What was asked for.
    pub arguments: Arguments,
    /// From the first moment to the last journey's end.
    pub seconds: f64,
    /// Seats sold.
    pub sold: u64,
    /// When the last seat was sold; null when some were left.
    pub sold_out_after_seconds: Option<f64>,
    /// Whole journeys, from coming to tickets, per second until the last seat was sold.
    pub bought_per_second: f64,
    /// Answers.
    pub requests: u64,
    /// Answers per second.
    pub requests_per_second: f64,
    /// Answers in the busiest second.
    pub best_requests_per_second: f64,
    /// How the journeys ended.
    pub ends: BTreeMap<&'static str, u64>,
    /// Why buyers were lost.
    pub lost_because: BTreeMap<String, u64>,
    /// Times by operation.
    pub operations: Vec<Times>,
    /// Times of what is longer than a request.
    pub spans: Vec<Times>,
    /// Refusals by operation and code.
    pub refusals: Vec<Refusal>,
    /// Mishaps.
    pub mishaps: Mishaps,
    /// Both sides' counts.
    pub agreement: Agreement,
    /// The laws.
    pub laws: Laws,
    /// What the queue might be set to; null when no second stayed under the bound.
    pub suggestion: Option<Suggestion>,
    /// The machine.
    pub machine: Machine,
    /// The drill's seconds.
    pub ticks: Vec<Tick>,
}

impl Report {
    /// Puts together what a finished drill has measured. `used` is what server and drill have used.
    pub fn new(drill: &Drill, server: String, figures: QueueFigures, laws: Laws, used: (Option<Usage>, Usage)) -> Self {
        let (measure, counts, arguments) = (&drill.measure, drill.counts(), &drill.arguments);
        let (ticks, ends, spans) = (measure.ticks(), measure.ends(), measure.spans());
        let seconds = ticks.last().map_or(0.0, |tick| tick.at_seconds);
        let sold_out_after_seconds = measure.sold_out_after().map(|after| after.as_secs_f64());
        let visit = spans.iter().find(|span| span.name == Span::Visit.as_str());
        let basis = Basis {
            p99_bound_ms: arguments.p99_bound_ms,
            visit_seconds: arguments.visit_seconds,
            drill_visit_seconds: visit.map_or(0.0, |visit| visit.mean_ms / 1000.0),
            seats: arguments.seats,
        };
        let requests = counts.requests.load(Relaxed);
        let mut report = Self {
            passed: false,
            failures: Vec::new(),
            version: env!("CARGO_PKG_VERSION"),
            server,
            arguments: arguments.clone(),
            seconds,
            sold: counts.sold.load(Relaxed),
            sold_out_after_seconds,
            bought_per_second: ends["bought"] as f64 / sold_out_after_seconds.unwrap_or(seconds).max(0.001),
            requests,
            requests_per_second: requests as f64 / seconds.max(0.001),
            best_requests_per_second: ticks.iter().map(per_second).fold(0.0, f64::max),
            agreement: Agreement {
                bought: ends["bought"],
                completed: figures.completed,
                waiting: figures.waiting,
                admitted: figures.admitted,
            },
            ends,
            lost_because: measure.lost_because(),
            operations: measure.operations(),
            spans,
            refusals: measure.refusals(),
            mishaps: Mishaps {
                broken_on_purpose: counts.breaks.load(Relaxed),
                connection_errors: counts.connection_errors.load(Relaxed),
                repeats: counts.repeats.load(Relaxed),
                repeats_that_differ: counts.differences.load(Relaxed),
                without_stream: counts.without_stream.load(Relaxed),
            },
            laws,
            suggestion: suggest(&ticks, basis),
            machine: Machine {
                processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
                server: used.0,
                drill: used.1,
            },
            ticks,
        };
        report.failures = report.judge();
        report.passed = report.failures.is_empty();
        report
    }

    fn judge(&self) -> Vec<String> {
        let mut failures = Vec::new();
        let agreement = &self.agreement;
        if let Laws::Checked { breaches, kept, .. } = &self.laws {
            failures.extend(breaches.iter().cloned());
            failures.extend(kept.iter().map(|kept| format!("the data file is kept in {}", kept.display())));
        }
        if self.ends["lost"] > 0 {
            failures.push(format!("{} buyers were lost", self.ends["lost"]));
        }
        if self.mishaps.repeats_that_differ > 0 {
            failures.push(format!("{} repeated requests had another answer", self.mishaps.repeats_that_differ));
        }
        if agreement.bought != agreement.completed {
            let (drill, server) = (agreement.bought, agreement.completed);
            failures.push(format!("{drill} buyers have tickets, but the server counts {server} paid visits"));
        }
        if agreement.waiting + agreement.admitted > 0 {
            let (waiting, admitted) = (agreement.waiting, agreement.admitted);
            failures.push(format!("all buyers are done, but for the server {waiting} wait and {admitted} are inside"));
        }
        failures
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A String takes everything.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        let arguments = &self.arguments;
        writeln!(to, "Rehearsal: {} buyers, {} seats, on {}", arguments.buyers, arguments.seats, self.server)?;
        writeln!(to)?;
        match self.sold_out_after_seconds {
            Some(after) => writeln!(to, "  sold out            {} seats in {after:.1} s", self.sold)?,
            None => writeln!(to, "  sold                {} of {} seats", self.sold, arguments.seats)?,
        }
        writeln!(to, "  whole journeys      {:.0} a second until then", self.bought_per_second)?;
        writeln!(
            to,
            "  requests            {} in {:.1} s: {:.0} a second, {:.0} in the busiest",
            self.requests, self.seconds, self.requests_per_second, self.best_requests_per_second
        )?;
        let ends = self.ends.iter().filter(|(_, count)| **count > 0);
        let ends: Vec<_> = ends.map(|(end, count)| format!("{count} {}", end.replace('_', " "))).collect();
        writeln!(to, "  buyers              {}", ends.join(", "))?;
        let mishaps = &self.mishaps;
        writeln!(
            to,
            "  mishaps             {} requests sent twice ({} answered differently), {} connections lost on purpose, {} by themselves",
            mishaps.repeats, mishaps.repeats_that_differ, mishaps.broken_on_purpose, mishaps.connection_errors
        )?;
        if mishaps.without_stream > 0 {
            writeln!(to, "                      {} buyers had to poll for want of a stream", mishaps.without_stream)?;
        }
        for line in self.machine_lines() {
            writeln!(to, "  {line}")?;
        }
        write_times(to, &self.operations, "operation")?;
        write_times(to, &self.spans, "from … to")?;
        if !self.refusals.is_empty() {
            writeln!(to, "\n  {:<18} {:<24} {:>9}", "refused", "code", "times")?;
            for refusal in &self.refusals {
                writeln!(to, "  {:<18} {:<24} {:>9}", refusal.operation, refusal.code, refusal.count)?;
            }
        }
        for (why, count) in &self.lost_because {
            writeln!(to, "\n  lost: {count} × {why}")?;
        }
        writeln!(to, "\nSuggestion: {}", self.suggestion_text())?;
        writeln!(to, "\nLaws: {}", self.laws_text())?;
        match self.passed {
            true => writeln!(
                to,
                "PASSED: nobody was lost; drill and server agree on {} paid visits.",
                self.agreement.bought
            ),
            false => writeln!(to, "FAILED: {}.", self.failures.join("; ")),
        }
    }

    /// What server and drill used, a line each.
    pub fn machine_lines(&self) -> Vec<String> {
        let line = |name: &str, usage: &Usage| {
            let cpu = usage.cpu_seconds.map(|cpu| format!("{cpu:.1} s of processor time"));
            let memory = usage.peak_memory_bytes.map(|bytes| format!("{} MB at most", bytes / 1_000_000));
            let known: Vec<_> = cpu.into_iter().chain(memory).collect();
            (!known.is_empty()).then(|| format!("{name:<20}{}", known.join(", ")))
        };
        let server = self.machine.server.as_ref().and_then(|usage| line("the server used", usage));
        server.into_iter().chain(line("the drill used", &self.machine.drill)).collect()
    }

    /// The suggestion in a few sentences.
    pub fn suggestion_text(&self) -> String {
        match &self.suggestion {
            Some(suggestion) => format!(
                "admissions_per_minute {}, max_admitted {}. {}",
                suggestion.admissions_per_minute, suggestion.max_admitted, suggestion.because
            ),
            None => format!(
                "none: in no second did visits end while 99 % of the answers came within {} ms. Rehearse with a smaller \
                 --max-admitted, or --per-minute.",
                self.arguments.p99_bound_ms
            ),
        }
    }

    /// The laws in a sentence.
    pub fn laws_text(&self) -> String {
        match &self.laws {
            Laws::Checked { breaches, rows, .. } => {
                let rows: Vec<_> = rows.iter().map(|(what, count)| format!("{count} {what}")).collect();
                format!("{} breaches in the server's data file ({})", breaches.len(), rows.join(", "))
            }
            Laws::NotChecked => {
                "not checked: run `boxoffice verify FILE` on the server's data file, in use or not".to_owned()
            }
        }
    }
}

/// A tick's requests per second.
pub fn per_second(tick: &Tick) -> f64 {
    tick.requests as f64 / tick.seconds.max(0.001)
}

fn write_times(to: &mut String, times: &[Times], head: &str) -> std::fmt::Result {
    writeln!(to, "\n  {head:<18} {:>9} {:>10} {:>10} {:>10} {:>10}", "times", "p50 ms", "p95 ms", "p99 ms", "max ms")?;
    for of in times {
        writeln!(
            to,
            "  {:<18} {:>9} {:>10.2} {:>10.2} {:>10.2} {:>10.2}",
            of.name, of.count, of.p50_ms, of.p95_ms, of.p99_ms, of.max_ms
        )?;
    }
    Ok(())
}
