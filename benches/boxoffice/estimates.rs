//! How honest `estimated_wait_seconds` is: a sale simulated on the real queue under a scripted clock, each estimate
//! compared with what the wait turned out to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use boxoffice::app::App;
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::ids::Ordinal;
use boxoffice::queue::{EntryStatus, Lines, domain};
use boxoffice::visit::domain::leave_queue;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::ground::{Ground, Spec, config};
use crate::load::runtime;
use crate::report::{Table, number};
use crate::{Bench, verified};

const CAP: u32 = 50;
const SEED: u64 = 20_261_123;

/// How visits end.
#[derive(Clone, Copy)]
enum Visits {
    /// After two minutes on average, each on its own.
    Steady,
    /// The same, but in the middle of every ten minutes nobody finishes for two minutes, and then all at once.
    Bursty,
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let buyers = if bench.quick { 600 } else { 2000 };
    let mut table = Table::new(&["sale", "estimates", "unknown", "median error", "p90 error", "median bias"]);
    for (visits, what) in [(Visits::Steady, "steady"), (Visits::Bursty, "bursty")] {
        let mut errors = simulate(buyers, visits)?;
        errors.relative.sort_by(f64::total_cmp);
        let known = errors.relative.len();
        let mut sizes: Vec<_> = errors.relative.iter().map(|error| error.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let percent = |values: &[f64], quantile: f64| {
            format!("{} %", number(100.0 * values[((known - 1) as f64 * quantile) as usize]))
        };
        table.row([
            what.to_owned(),
            number(known as f64),
            number(errors.unknown as f64),
            percent(&sizes, 0.5),
            percent(&sizes, 0.9),
            percent(&errors.relative, 0.5),
        ]);
    }
    table.print(&format!(
        "Estimated waits against the truth ({buyers} buyers, {CAP} inside, visits of 2 minutes, seed {SEED})"
    ));
    Ok(())
}

#[derive(Default)]
struct Errors {
    /// (estimate − truth) ÷ truth, of waits of a minute and more.
    relative: Vec<f64>,
    unknown: u64,
}

fn simulate(buyers: u32, visits: Visits) -> Result<Errors> {
    let spec = Spec { users: buyers, joined: buyers, rows: 1, max_admitted: Some(CAP), ..Spec::default() };
    let ground = runtime()?.block_on(Ground::prepare(&spec))?;
    let errors = boxoffice::run::runtime()?.block_on(sale(&ground, buyers, visits))?;
    verified(&ground)?;
    Ok(errors)
}

/// Every second some visits end; every half minute some buyers in line look at their estimate.
async fn sale(ground: &Ground, buyers: u32, visits: Visits) -> Result<Errors> {
    let begin = boxoffice::clock::Clock::now(&boxoffice::clock::SystemClock::start());
    let clock = ScriptedClock::at(begin);
    let opened =
        App::open_with(config(&ground.data), Limits::default(), Arc::new(clock.clone()), Arc::new(SystemEntropy));
    let app = opened.await?.app;
    let line = app.part::<Lines>().by_id(ground.concerts[0].id).context("the concert's queue")?;
    let mut random = StdRng::seed_from_u64(SEED);
    let mut looked: BTreeMap<Ordinal, Vec<(Instant, Option<u32>)>> = BTreeMap::new();
    let (mut ends, mut errors): (BTreeMap<Ordinal, i64>, _) = (BTreeMap::new(), Errors::default());
    let mut waiting: Vec<Ordinal> = (1..=buyers).map(Ordinal).collect();
    for second in 0_i64.. {
        let now = begin.plus_ms(second * 1000);
        let admitted = |ordinal: &Ordinal| {
            line.look(*ordinal, now).is_some_and(|standing| standing.status == EntryStatus::Admitted)
        };
        for ordinal in waiting.extract_if(.., |ordinal| admitted(ordinal)) {
            let length = -120_000.0 * (1.0 - random.random::<f64>()).ln();
            ends.insert(ordinal, now.0 + 5000 + length as i64);
            for (at, estimate) in looked.remove(&ordinal).unwrap_or_default() {
                errors.add(estimate, now.0 - at.0);
            }
        }
        if waiting.is_empty() {
            break;
        }
        if second % 30 == 7 {
            for ordinal in waiting.iter().step_by(7) {
                let standing = line.look(*ordinal, now).context("who waits stands somewhere")?;
                looked.entry(*ordinal).or_default().push((now, standing.estimated_wait_seconds));
            }
        }
        let stuck = matches!(visits, Visits::Bursty) && (240..360).contains(&(second % 600));
        let over: Vec<_> = ends.extract_if(.., |_, end| *end <= now.0 && !stuck).map(|(ordinal, _)| ordinal).collect();
        for ordinal in over {
            let concert = line.concert;
            app.store.write(move |tx| leave_queue(tx, &domain::entry(tx, concert, ordinal)?)).await?;
        }
        clock.advance_ms(1000);
    }
    tokio::task::spawn_blocking(move || app.stop()).await?;
    Ok(errors)
}

impl Errors {
    fn add(&mut self, estimate: Option<u32>, truth_ms: i64) {
        match estimate {
            None => self.unknown += 1,
            Some(seconds) if truth_ms >= 60_000 => {
                let truth = truth_ms as f64 / 1000.0;
                self.relative.push((f64::from(seconds) - truth) / truth);
            }
            Some(_) => {}
        }
    }
}
