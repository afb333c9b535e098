//! How long an insider's payment waits while something large happens: no change waits more than 50 ms for another.
//! In-process, so that it is the writer's wait that is seen and not the load's; one insider after the other pays.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use boxoffice::app::App;
use boxoffice::catalog::domain::PerformanceSpec;
use boxoffice::clock::{Clock, ScriptedClock, SystemClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::ids::{ConcertKey, Ordinal};
use boxoffice::money::Amount;
use boxoffice::queue::domain as queue;
use boxoffice::queue::{Line, Lines};
use boxoffice::refund::cancellation::{self, Counting, PERFORMANCES_PER_COMMIT};
use boxoffice::reservation::SeatMaps;
use boxoffice::store::Tx;
use boxoffice::{account, catalog, jobs, payment};

use crate::ground::{Ground, PRICE, Spec, config, make_concert, sell_each};
use crate::load::runtime;
use crate::report::{ROUNDS, Table, median, number};
use crate::{Bench, verified};

/// Half of a visit's length here: the crowd comes in so long before the insiders, and goes so long after.
const HALF_A_DAY_MS: i64 = 12 * 3_600_000;
/// Between two payments.
const PAUSE: Duration = Duration::from_millis(2);

pub fn run(bench: &mut Bench) -> Result<()> {
    let insiders = Spec { users: 10_000, joined: 10_000, ..Spec::default() };
    let ground = runtime()?.block_on(Ground::prepare(&insiders))?;
    let sizes: &[u32] = if bench.quick { &[100_000] } else { &[100_000, 1_000_000] };
    let mut stalls = Stalls::new(bench);
    let rt = boxoffice::run::runtime()?;
    stalls.add("nothing", || rt.block_on(nothing(&ground)))?;
    for &crowd in sizes {
        stalls.add(&format!("a draw of {}", number(f64::from(crowd))), || rt.block_on(draw(&ground, crowd)))?;
    }
    stalls.add("a new performance of 100,000 seats", || rt.block_on(new_performance(&ground)))?;
    let both = (0..ROUNDS).map(|_| rt.block_on(cap_and_ends(&ground, 100_000))).collect::<Result<Vec<_>>>()?;
    let (caps, ends): (Vec<_>, Vec<_>) = both.into_iter().unzip();
    stalls.add_rounds("a cap taken away, 100,000 waiting", caps);
    stalls.add_rounds("their visits ending at once", ends);
    stalls.add("10,000 tickets of a cancelled performance refunded", || rt.block_on(cancelled(&ground)))?;
    stalls.add("a concert of 500 performances cancelled", || rt.block_on(cancelled_concert(&ground)))?;
    stalls.add("sweeps of 1,000,000 sessions and answers", || rt.block_on(sweeps(&ground)))?;
    stalls.print("Stalls");
    Ok(())
}

/// What is measured of each event: so many rounds, of which the worst has to meet the target.
pub struct Stalls<'a> {
    table: Table,
    bench: &'a mut Bench,
}

impl<'a> Stalls<'a> {
    pub fn new(bench: &'a mut Bench) -> Self {
        let titles = ["an insider pays while", "it takes, s", "payments", "p50 ms", "max ms", "worst max ms"];
        Self { table: Table::new(&titles), bench }
    }

    /// Measures an event in rounds.
    pub fn add(&mut self, what: &str, mut measure: impl FnMut() -> Result<Stall>) -> Result<()> {
        let rounds = (0..ROUNDS).map(|_| measure()).collect::<Result<Vec<_>>>()?;
        self.add_rounds(what, rounds);
        Ok(())
    }

    /// The middle round is shown, and the longest wait of all of them.
    fn add_rounds(&mut self, what: &str, rounds: Vec<Stall>) {
        let worst = rounds.iter().map(|stall| stall.ms(1.0)).fold(0.0, f64::max);
        let middle = median(rounds, |stall| stall.ms(1.0));
        let took = middle.took.as_secs_f64();
        let figures = [took, middle.waits.len() as f64, middle.ms(0.5), middle.ms(1.0), worst].map(number);
        self.table.row([what.to_owned()].into_iter().chain(figures));
        self.bench.targets.at_most(&format!("most that a payment waits for {what}, ms"), 50.0, worst);
    }

    pub fn print(&self, title: &str) {
        let how = "in-process, one insider after the other; the middle round, and the longest wait of all";
        self.table.print(&format!("{title} ({how} {ROUNDS})"));
    }
}

/// What insiders saw.
pub struct Stall {
    pub took: Duration,
    pub waits: Vec<Duration>,
}

impl Stall {
    /// So long a share of them waited at most.
    pub fn ms(&self, share: f64) -> f64 {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        let at = (waits.len() as f64 * share) as usize;
        waits.get(at.min(waits.len().saturating_sub(1))).map_or(0.0, |wait| wait.as_secs_f64() * 1000.0)
    }
}

/// A box office on a copy of the insiders' file, whose clock can be moved.
pub struct Stage {
    ground: Ground,
    pub app: Arc<App>,
    clock: ScriptedClock,
    paid: u32,
}

impl Stage {
    /// Opened half a day before the insiders came in.
    pub async fn open(ground: &Ground) -> Result<Self> {
        let ground = ground.copy()?;
        let clock = ScriptedClock::at(SystemClock::start().now().plus_ms(-HALF_A_DAY_MS));
        let (of, entropy) = (Arc::new(clock.clone()), Arc::new(SystemEntropy));
        let app = App::open_with(config(&ground.data), Limits::default(), of, entropy).await?.app;
        Ok(Self { ground, app, clock, paid: 0 })
    }

    /// Another concert with a crowd in line; its sale begins so long after now.
    async fn crowd(&self, crowd: u32, on_sale_in_ms: i64, max_admitted: u32) -> Result<Arc<Line>> {
        let on_sale_in = Some((on_sale_in_ms / 1000) as u32).filter(|_| on_sale_in_ms > 0);
        let spec = Spec { max_admitted: Some(max_admitted), on_sale_in, rows: 1, ..Spec::default() };
        let concert = self.app.store.write(move |tx| make_concert(tx, &spec)).await?.id;
        let line = self.app.part::<Lines>().by_id(concert).context("the concert's queue")?;
        let key = line.concert;
        for first in (0..crowd).step_by(1000) {
            let some = 1000.min(crowd - first);
            let joined = self.app.store.write(move |tx| {
                for _ in 0..some {
                    let email = format!("{}@boxoffice.example", tx.new_id().simple());
                    let user = account::domain::sign_up(tx, &email, "Crowd", None)?.key;
                    queue::join(tx, user, key)?;
                }
                Ok::<_, anyhow::Error>(())
            });
            joined.await?;
        }
        Ok(line)
    }

    /// Insiders pay, one after the other, while it happens.
    pub async fn pay_while<T: Send + 'static>(
        &mut self,
        event: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<Stall> {
        let maps = self.app.part::<SeatMaps>().of_concert(&self.app, ConcertKey(1)).await?;
        let performance = maps[0].map.performance.clone();
        let started = Instant::now();
        let event = tokio::spawn(async move { (event.await, Instant::now()) });
        let mut waits = Vec::new();
        while !event.is_finished() || waits.len() < 100 {
            self.paid += 1;
            let (number, performance) = (self.paid, performance.clone());
            let asked = Instant::now();
            let paid = self.app.store.write(move |tx| {
                let seat = performance.seat_id(number);
                let visit = queue::entry(tx, performance.concert, Ordinal(number))?.require_admitted(tx.now())?;
                payment::domain::pay(
                    tx,
                    &visit,
                    &[Arc::clone(&performance)],
                    &payment::Basket::of(vec![seat]),
                    Amount(PRICE),
                )
            });
            paid.await.with_context(|| format!("insider {number} pays"))?;
            waits.push(asked.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
        let (happened, ended) = event.await?;
        happened?;
        Ok(Stall { took: ended - started, waits })
    }

    /// Stops it, and looks at the laws.
    pub async fn close(self) -> Result<()> {
        let app = self.app;
        tokio::task::spawn_blocking(move || app.stop()).await?;
        verified(&self.ground)
    }
}

async fn nothing(ground: &Ground) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let stall = stage.pay_while(async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// The draw, until the first is let in; the desk looks at the queue all the while.
async fn draw(ground: &Ground, crowd: u32) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let line = stage.crowd(crowd, HALF_A_DAY_MS, 1).await?;
    stage.clock.advance_ms(HALF_A_DAY_MS);
    let (app, of) = (stage.app.clone(), line.clone());
    let stall = stage.pay_while(async move {
        app.run_due().await;
        for _ in 0..1000 {
            std::hint::black_box((of.queue(), of.figures(app.now())));
        }
        Ok(())
    });
    let stall = stall.await?;
    let queue = line.queue();
    ensure!((queue.last_number, queue.admitted_count) == (crowd, 1), "everyone has a number, the first is in");
    stage.close().await?;
    Ok(stall)
}

/// Made, and looked at for the first time.
async fn new_performance(ground: &Ground) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let spec = Spec { rows: 100, seats_per_row: 1000, performances: 0, ..Spec::default() };
    let prepared = stage.app.store.write(move |tx| make_concert(tx, &spec)).await?;
    let line = stage.app.part::<Lines>().by_id(prepared.id).context("the concert's queue")?;
    let app = stage.app.clone();
    let stall = stage.pay_while(async move {
        let starts_at = app.now().plus_seconds(30 * 24 * 3600);
        let prices = std::collections::BTreeMap::from([("R".to_owned(), Amount(PRICE))]);
        let (id, hall) = (prepared.id, prepared.hall);
        let mut spec = PerformanceSpec::new(id, hall, starts_at, prices);
        spec.allow_overlap = true;
        app.store.write(move |tx| catalog::domain::create_performance(tx, &spec)).await?;
        let maps = app.part::<SeatMaps>().of_concert(&app, line.concert).await?;
        ensure!(maps.len() == 1, "one performance");
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// Everyone is let in, and everyone's visit ends.
async fn cap_and_ends(ground: &Ground, crowd: u32) -> Result<(Stall, Stall)> {
    let mut stage = Stage::open(ground).await?;
    let line = stage.crowd(crowd, 0, 1).await?;
    let (app, key) = (stage.app.clone(), line.concert);
    let cap = stage.pay_while(async move {
        app.store.write(move |tx| queue::change_settings(tx, key, |settings| settings.max_admitted = None)).await?;
        app.run_due().await;
        Ok(())
    });
    let cap = cap.await?;
    ensure!(line.queue().admitted_count == crowd, "everyone is let in");
    stage.clock.advance_ms(2 * HALF_A_DAY_MS + 60_000);
    let app = stage.app.clone();
    let ends = stage.pay_while(async move {
        app.run_due().await;
        Ok(())
    });
    let ends = ends.await?;
    ensure!(line.queue().ended.expired == crowd, "everyone's visit has ended");
    stage.close().await?;
    Ok((cap, ends))
}

/// A performance of another concert is cancelled, and all its tickets are refunded, each of a payment of its own.
async fn cancelled(ground: &Ground) -> Result<Stall> {
    const TICKETS: u32 = 10_000;
    let mut stage = Stage::open(ground).await?;
    let prepared = stage.app.store.write(move |tx| make_concert(tx, &Spec::default())).await?;
    let line = stage.app.part::<Lines>().by_id(prepared.id).context("the concert's queue")?;
    let maps = stage.app.part::<SeatMaps>().of_concert(&stage.app, line.concert).await?;
    let performance = maps[0].map.performance.clone();
    sell_each(&stage.app, &performance, TICKETS, 1).await?;
    let (app, id, key) = (stage.app.clone(), performance.id, performance.key);
    let stall = stage.pay_while(async move {
        let cancel = move |tx: &Tx| {
            let dated = catalog::performance::domain::performance(tx, id)?;
            cancellation::cancel_performance(tx, &dated, Counting::default())
        };
        app.store.write(cancel).await?;
        app.run_due().await;
        let done = app.store.read(move |tx| cancellation::cancellation(tx, key)).await?;
        ensure!((done.refunded, done.done_at.is_some()) == (TICKETS, true), "all are refunded");
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// A concert with many performances, of each of which some tickets are sold, is cancelled with all its refunds.
async fn cancelled_concert(ground: &Ground) -> Result<Stall> {
    const PERFORMANCES: u32 = 500;
    let mut stage = Stage::open(ground).await?;
    let spec = Spec { performances: PERFORMANCES, rows: 10, ..Spec::default() };
    let prepared = stage.app.store.write(move |tx| make_concert(tx, &spec)).await?;
    let line = stage.app.part::<Lines>().by_id(prepared.id).context("the concert's queue")?;
    for map in stage.app.part::<SeatMaps>().of_concert(&stage.app, line.concert).await?.iter() {
        sell_each(&stage.app, &map.map.performance, 20, 10).await?;
    }
    let (app, id) = (stage.app.clone(), prepared.id);
    let stall = stage.pay_while(async move {
        let cancel = move |tx: &Tx| {
            let concert = catalog::concert::domain::concert(tx, id)?;
            cancellation::cancel_concert(tx, &concert, PERFORMANCES_PER_COMMIT, Counting::default())
        };
        app.store.write(cancel).await?;
        app.run_due().await;
        let begun = move |tx: &Tx| {
            let concert = catalog::concert::domain::concert(tx, id)?;
            cancellation::cancellations(tx, &concert, None, PERFORMANCES + 1)
        };
        ensure!(app.store.read(begun).await?.len() == PERFORMANCES as usize, "all are cancelled");
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

async fn sweeps(ground: &Ground) -> Result<Stall> {
    let copy = ground.copy()?;
    rusqlite::Connection::open(&copy.data)?.execute_batch(
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
         INSERT INTO session SELECT randomblob(32), 1, 0, 1 FROM n;
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
         INSERT INTO idempotency SELECT i, randomblob(16), randomblob(16), '{}', 1 FROM n;",
    )?;
    let mut stage = Stage::open(&copy).await?;
    let app = stage.app.clone();
    let stall = stage.pay_while(async move {
        jobs::sweep_sessions(&app).await?;
        jobs::sweep_answers(&app).await?;
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}
