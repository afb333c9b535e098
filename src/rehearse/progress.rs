//! What is shown while the drill runs, on standard error: bars on a terminal, otherwise a line every few seconds.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::rehearse::arguments::Arguments;
use crate::rehearse::drill::Drill;
use crate::rehearse::measure::Tick;
use crate::terminal;

const EVERY: Duration = Duration::from_secs(1);
/// Without a terminal one tick in so many gets a line.
const LINE_EVERY: usize = 3;

/// The display.
#[derive(Clone)]
pub struct Progress {
    bars: Option<Bars>,
    buyers: u64,
    seats: u64,
}

#[derive(Clone)]
struct Bars {
    all: MultiProgress,
    made: ProgressBar,
    done: ProgressBar,
    sold: ProgressBar,
    now: ProgressBar,
}

impl Progress {
    /// Shows that the drill is being prepared.
    pub fn new(arguments: &Arguments) -> Self {
        let (buyers, seats) = (u64::from(arguments.buyers), u64::from(arguments.seats));
        let bars = std::io::stderr().is_terminal().then(|| Bars::new(buyers, seats));
        if bars.is_none() {
            terminal::note(&format!("preparing {buyers} buyers and {seats} seats"));
        }
        Self { bars, buyers, seats }
    }

    /// So many buyers are made.
    pub fn sessions(&self, made: usize) {
        if let Some(bars) = &self.bars {
            bars.made.set_position(made as u64);
        }
    }

    /// Ends the drill's seconds and shows each, until aborted.
    pub fn watch(&self, drill: Arc<Drill>) -> JoinHandle<()> {
        let progress = self.clone();
        if let Some(bars) = &self.bars {
            bars.made.finish_and_clear();
        }
        tokio::spawn(async move {
            let mut every = tokio::time::interval(EVERY);
            every.tick().await;
            for count in 1.. {
                every.tick().await;
                let tick = drill.measure.tick();
                let ended = drill.counts().ended.load(std::sync::atomic::Ordering::Relaxed);
                progress.show(count, &tick, ended);
            }
        })
    }

    fn show(&self, count: usize, tick: &Tick, ended: u64) {
        let now = format!(
            "{} came, {} wait, {} inside; {:.0} requests/s; p99 of polls {:.1} ms, inside {:.1} ms",
            tick.arrived,
            tick.waiting,
            tick.inside,
            tick.requests as f64 / tick.seconds,
            tick.p99_position_ms,
            tick.p99_inside_ms,
        );
        match &self.bars {
            Some(bars) => {
                bars.done.set_position(ended);
                bars.sold.set_position(tick.sold);
                bars.now.set_message(now);
            }
            None if count.is_multiple_of(LINE_EVERY) => {
                let (buyers, seats) = (self.buyers, self.seats);
                let (at, sold) = (tick.at_seconds, tick.sold);
                terminal::note(&format!("{at:4.0} s: {sold} of {seats} seats sold, {ended} of {buyers} done; {now}"));
            }
            None => {}
        }
    }

    /// Takes the bars away.
    pub fn finish(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.all.clear();
        }
    }
}

impl Bars {
    fn new(buyers: u64, seats: u64) -> Self {
        let all = MultiProgress::new();
        let bar = |length, name: &'static str| {
            let style = ProgressStyle::with_template("{prefix:>14} {bar:40} {pos}/{len} {elapsed}");
            let bar = ProgressBar::new(length).with_prefix(name);
            all.add(style.map(|style| bar.clone().with_style(style)).unwrap_or(bar))
        };
        let (made, sold, done) = (bar(buyers, "accounts made"), bar(seats, "seats sold"), bar(buyers, "journeys done"));
        let now = all.add(ProgressBar::new_spinner());
        Self { all, made, done, sold, now }
    }
}
