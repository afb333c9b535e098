//! The draw of a large pre-sale: one transaction gives all who joined before the sale their numbers, and nobody else
//! writes meanwhile.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use boxoffice::app::App;
use boxoffice::clock::ScriptedClock;
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::queue::Lines;
use boxoffice::store::StoreError;

use crate::ground::{Ground, Spec, config};
use crate::load::runtime;
use crate::report::{Table, number};
use crate::{Bench, verified};

/// How long before the sale everyone joined.
const EARLY_SECONDS: u32 = 3600;

pub fn run(bench: &mut Bench) -> Result<()> {
    let mut table = Table::new(&["joined before the sale", "drawn within, ms", "µs each"]);
    let sizes: &[u32] = if bench.quick { &[1_000, 100_000] } else { &[1_000, 100_000, 1_000_000] };
    for &joined in sizes {
        let spec = Spec {
            users: joined,
            joined,
            rows: 1,
            max_admitted: Some(1),
            on_sale_in: Some(EARLY_SECONDS),
            ..Spec::default()
        };
        let ground = runtime()?.block_on(Ground::prepare(&spec))?;
        let ms = boxoffice::run::runtime()?.block_on(draw(&ground, joined))?;
        table.row([number(f64::from(joined)), number(ms), number(ms * 1000.0 / f64::from(joined))]);
        verified(&ground)?;
    }
    table.print("Draws (so long does any other change wait that comes at the sale's first moment)");
    Ok(())
}

/// Opens the box office at the sale's first moment. Gives how long a change waits that comes with the draw.
async fn draw(ground: &Ground, joined: u32) -> Result<f64> {
    let clock = ScriptedClock::at(boxoffice::clock::Clock::now(&boxoffice::clock::SystemClock::start()));
    let opened =
        App::open_with(config(&ground.data), Limits::default(), Arc::new(clock.clone()), Arc::new(SystemEntropy));
    let app = opened.await?.app;
    let line = app.part::<Lines>().by_id(ground.concerts[0].id).context("the concert's queue")?;
    clock.advance_ms(i64::from(EARLY_SECONDS) * 1000);
    let started = Instant::now();
    let other = app.store.write(|_| Ok::<_, StoreError>(()));
    let (_, waited) = tokio::join!(app.run_due(), other);
    waited?;
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    ensure!(line.queue().last_number == joined, "everyone has a number");
    tokio::task::spawn_blocking(move || app.stop()).await?;
    Ok(ms)
}
