//! A national sale in fast motion: two million wait, fifty thousand seats are sold, and the rest leave in a rush. The product's own
//! operations through its own writer, memory and jobs, on a data file and a scripted clock, in this process.
//!
//! What it shows is whether one leader does what CLUSTER's reckoning asks of it (`docs/cluster.md`, "How large"), and how much memory and
//! disk that takes. It shows nothing of HTTP, TLS, the network, PostgreSQL, several machines, or passwords: `NOT_TRIED` says so.

use std::sync::Arc;
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result};
use boxoffice::account;
use boxoffice::app::App;
use boxoffice::catalog::Performance;
use boxoffice::clock::{Clock, Instant, ScriptedClock, SystemClock};
use boxoffice::config::Limits;
use boxoffice::demo;
use boxoffice::entropy::SystemEntropy;
use boxoffice::ids::{ConcertKey, Ordinal, SeatId, UserKey};
use boxoffice::money::Amount;
use boxoffice::payment::{Basket, domain as payments};
use boxoffice::queue::draw::Order;
use boxoffice::queue::{Line, Lines, domain as queue};
use boxoffice::reservation::domain::Choice;
use boxoffice::reservation::{Elsewhere, SeatMaps};
use boxoffice::store::Tx;
use boxoffice::visit::domain as visits;
use boxoffice::{verify, wallet};
use futures_util::future::try_join_all;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Bench;
use crate::ground::{PRICE, Spec, make_concert};
use crate::report::{Table, number};

const NOT_TRIED: &str = "Not tried here: HTTP, TLS and the network (the sections on positions, writes and nodes measure them), PostgreSQL \
                         beneath a crowd of this size, several machines, log-ins with passwords, mails.";

/// What the reckoning asks of a leader, a second.
const JOINS: f64 = 3_300.0;
const CHANGES: f64 = 2_000.0;
const POLLS: f64 = 67_000.0;
/// Everybody who got nothing has left after so many seconds.
const LEFT_WITHIN: f64 = 180.0;
/// So many requests are under way at once.
const AT_ONCE: usize = 256;
/// From the first who joins to the sale.
const BEFORE_SALE_SECONDS: u32 = 15 * 60;
/// Every so many seconds each of those who wait asks for their position: as often as the product tells most of them to.
const POLL_EVERY_SECONDS: i64 = 60;
const INSIDE: u32 = 4_000;
/// Accounts made by one commit, before anything is measured.
const ACCOUNTS_AT_ONCE: u32 = 1_000;
const SEATS_EACH: u32 = 2;
/// Every so-manieth who is let in leaves without buying.
const LEAVES: usize = 10;

struct Sale {
    app: Arc<App>,
    clock: ScriptedClock,
    folder: TempDir,
    line: Arc<Line>,
    performance: Arc<Performance>,
    /// By the order of joining.
    entries: Vec<Uuid>,
    polls: u64,
    poll_seconds: f64,
    polled_at: Instant,
    table: Table,
}

pub fn run(bench: &mut Bench) -> Result<()> {
    let (crowd, seats) = if bench.quick { (100_000, 2_500) } else { (2_000_000, 50_000) };
    boxoffice::run::runtime()?.block_on(sale(bench, crowd, seats))
}

async fn sale(bench: &mut Bench, crowd: u32, seats: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let clock = ScriptedClock::at(SystemClock::start().now());
    let app = open(&folder, &clock).await?;
    let rows = seats / 100;
    let on_sale_in = Some(BEFORE_SALE_SECONDS);
    let spec = Spec { rows, max_admitted: Some(INSIDE), absence_seconds: 300, on_sale_in, ..Spec::default() };
    let concert = app.store.write(move |tx| make_concert(tx, &spec)).await?;
    let line = app.part::<Lines>().by_id(concert.id).context("the concert's queue")?;
    let performance = performance(&app, line.concert).await?;
    let head = ["", "of them", "in the sale, s", "here, s", "a second", "anonymous MB"];
    let (polled_at, table) = (clock.now(), Table::new(&head));
    let (entries, polls, poll_seconds) = (Vec::new(), 0, 0.0);
    let mut sale = Sale { app, clock, folder, line, performance, entries, polls, poll_seconds, polled_at, table };
    let users = sale.accounts(crowd).await?;
    let joins = sale.join(&users).await?;
    drop(users);
    let turns = sale.draw().await?;
    let mut sale = sale.restart().await?;
    let (changes, sold) = sale.sell(&turns, seats).await?;
    anyhow::ensure!(sold == seats, "{sold} of {seats} seats are sold");
    let left_after = sale.leave().await?;
    let (polls, poll_seconds) = (sale.polls, sale.poll_seconds);
    let bytes = sale.end(seats).await?;
    println!(
        "{} polls between, {} a second on one thread; the data file has {} MB; at most {} MB were resident. {NOT_TRIED}",
        number(polls as f64),
        number(polls as f64 / poll_seconds),
        number(bytes as f64 / 1e6),
        number(status_kb("VmHWM")? as f64 / 1024.0)
    );
    let crowd = number(f64::from(crowd));
    bench.targets.at_least(&format!("{crowd} join: a second"), JOINS, joins);
    bench.targets.at_least(&format!("changes a second of a sale for which {crowd} wait"), CHANGES, changes);
    bench.targets.at_least("their positions a second, in memory", POLLS, polls as f64 / poll_seconds);
    bench.targets.at_most("all who got nothing have left after, s", LEFT_WITHIN, left_after);
    Ok(())
}

async fn open(folder: &TempDir, clock: &ScriptedClock) -> Result<Arc<App>> {
    let config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
    let opened = App::open_with(config, Limits::default(), Arc::new(clock.clone()), Arc::new(SystemEntropy));
    Ok(opened.await?.app)
}

async fn performance(app: &App, concert: ConcertKey) -> Result<Arc<Performance>> {
    Ok(app.part::<SeatMaps>().of_concert(app, concert).await?.first().context("a performance")?.map.performance.clone())
}

impl Sale {
    /// Runs an operation for each of these, so many at once, each for itself as a request of its own; the clock goes on as if so many
    /// were asked a second. Gives the results.
    async fn each<T, R, F>(&mut self, things: &[T], a_second: f64, operation: F) -> Result<Vec<R>>
    where
        T: Copy + Send + 'static,
        R: Send + 'static,
        F: Fn(&Tx, T) -> Result<R> + Clone + Send + 'static,
    {
        let mut results = Vec::with_capacity(things.len());
        for some in things.chunks(AT_ONCE) {
            let run = some.iter().map(|&thing| {
                let operation = operation.clone();
                self.app.store.write(move |tx| operation(tx, thing))
            });
            results.extend(try_join_all(run).await?);
            self.pass((some.len() as f64 * 1000.0 / a_second) as i64).await;
        }
        Ok(results)
    }

    /// Time passes: what is due is done, and those who wait poll.
    async fn pass(&mut self, ms: i64) {
        let second = self.clock.now().0 / 1000;
        self.clock.advance_ms(ms);
        let now = self.clock.now();
        if now.0 / 1000 != second {
            self.app.run_due().await;
        }
        if now.0 - self.polled_at.0 >= POLL_EVERY_SECONDS * 1000 {
            self.polled_at = now;
            let started = Stopwatch::now();
            let ids = (1..).map(Ordinal).zip(&self.entries);
            self.polls += ids.filter(|&(ordinal, id)| self.line.standing(ordinal, *id, now).is_some()).count() as u64;
            self.poll_seconds += started.elapsed().as_secs_f64();
        }
    }

    /// Measures a part of the sale; gives how many a second it did here, beside the polls.
    fn part(&mut self, name: &str, begun: Begun, count: usize) -> Result<f64> {
        let seconds = begun.here.elapsed().as_secs_f64() - (self.poll_seconds - begun.poll_seconds);
        let rate = count as f64 / seconds;
        self.table.row([
            name.to_owned(),
            number(count as f64),
            number((self.clock.now().0 - begun.there.0) as f64 / 1000.0),
            number(seconds),
            number(rate),
            number(status_kb("RssAnon")? as f64 / 1024.0),
        ]);
        Ok(rate)
    }

    fn begin(&self) -> Begun {
        Begun { here: Stopwatch::now(), there: self.clock.now(), poll_seconds: self.poll_seconds }
    }

    /// Everybody has an account, for instance of the sale before.
    async fn accounts(&mut self, crowd: u32) -> Result<Vec<UserKey>> {
        let begun = self.begin();
        let mut users = Vec::with_capacity(crowd as usize);
        for first in (0..crowd).step_by(ACCOUNTS_AT_ONCE as usize) {
            let some = first..(first + ACCOUNTS_AT_ONCE).min(crowd);
            let made = self.app.store.write(move |tx| {
                let sign_up = |number: u32| {
                    let email = format!("{number}@boxoffice.example");
                    Ok::<_, anyhow::Error>(account::domain::sign_up(tx, &email, "Buyer", None)?.key)
                };
                some.clone().map(sign_up).collect::<Result<Vec<_>>>()
            });
            users.extend(made.await?);
        }
        self.part("accounts, made before", begun, users.len())?;
        Ok(users)
    }

    async fn join(&mut self, users: &[UserKey]) -> Result<f64> {
        let (begun, concert) = (self.begin(), self.line.concert);
        self.entries.reserve_exact(users.len());
        for some in users.chunks(AT_ONCE) {
            let joined = self.each(some, JOINS, move |tx, user| {
                let entry = visits::issue_token(tx, user, concert, None)?.entry;
                Ok((entry.ordinal, entry.id))
            });
            let mut joined = joined.await?;
            joined.sort_unstable();
            self.entries.extend(joined.into_iter().map(|(_, id)| id));
        }
        self.part("join", begun, users.len())
    }

    /// Gives in which order they come up.
    async fn draw(&mut self) -> Result<Vec<Ordinal>> {
        let on_sale_at = self.line.queue().on_sale_at;
        let late = self.clock.now().0 - on_sale_at.0;
        anyhow::ensure!(late < 0, "all have joined before the sale");
        // They poll on until then.
        while self.clock.now().0 + POLL_EVERY_SECONDS * 1000 < on_sale_at.0 {
            self.pass(POLL_EVERY_SECONDS * 1000).await;
        }
        self.clock.set(on_sale_at);
        let begun = self.begin();
        self.app.run_due().await;
        let queue = self.line.queue();
        anyhow::ensure!(queue.drawn_at.is_some() && !queue.is_numbering(), "the draw is made and written");
        anyhow::ensure!(queue.drawn_count as usize == self.entries.len(), "nobody dropped out: {}", queue.drawn_count);
        self.part("drawn, and their numbers written", begun, queue.drawn_count as usize)?;
        let concert = self.line.concert;
        let drawn = self.app.store.read(move |tx| queue::drawn(tx, concert)).await?;
        let order = Order::of(&drawn.seed, &drawn.entries);
        Ok(order.turns(0, order.count()).to_vec())
    }

    /// The box office stops and starts again in the middle of it.
    async fn restart(self) -> Result<Self> {
        let (begun, waiting, concert) = (self.begin(), self.line.counts().0, self.line.concert_id);
        let app = self.app.clone();
        tokio::task::spawn_blocking(move || app.stop()).await?;
        // What memory knew is gone before it is loaded again, as with another process.
        drop((self.app, self.line));
        let app = open(&self.folder, &self.clock).await?;
        let line = app.part::<Lines>().by_id(concert).context("the queue is there again")?;
        let performance = performance(&app, line.concert).await?;
        let mut sale = Self { app, line, performance, ..self };
        anyhow::ensure!(sale.line.counts().0 == waiting, "all are there again");
        sale.part("stopped, and loaded anew", begun, waiting as usize)?;
        Ok(sale)
    }

    /// Whoever is let in tops up, holds two seats and pays; some leave. Gives the changes a second, and how many seats are sold.
    async fn sell(&mut self, turns: &[Ordinal], seats: u32) -> Result<(f64, u32)> {
        let (begun, concert) = (self.begin(), self.line.concert);
        let (mut done, mut sold, mut changes) = (0, 0, 0);
        while sold < seats {
            let let_in = self.line.queue().now_serving as usize;
            if done == let_in {
                self.pass(100).await;
                continue;
            }
            let some = &turns[done..let_in.min(done + AT_ONCE)];
            let (leave, buy): (Vec<_>, Vec<_>) = (done..).zip(some).partition(|(turn, _)| turn % LEAVES == 0);
            done += some.len();
            let leave: Vec<_> = leave.into_iter().map(|(_, ordinal)| *ordinal).collect();
            self.each(&leave, CHANGES, move |tx, ordinal| {
                Ok(visits::leave_queue(tx, &queue::entry(tx, concert, ordinal)?)?)
            })
            .await?;
            let free = ((seats - sold) / SEATS_EACH) as usize;
            let buy: Vec<_> = buy.into_iter().take(free).zip((sold + 1..).step_by(SEATS_EACH as usize)).collect();
            let buy: Vec<_> = buy.into_iter().map(|((_, ordinal), seat)| (*ordinal, seat)).collect();
            self.buy(&buy).await?;
            sold += buy.len() as u32 * SEATS_EACH;
            changes += leave.len() + 3 * buy.len();
        }
        let rate = self.part("changes: top up, hold two seats, pay, leave", begun, changes)?;
        Ok((rate, sold))
    }

    /// Each of these buys seats from this one on.
    async fn buy(&mut self, buyers: &[(Ordinal, u32)]) -> Result<()> {
        const AMOUNT: Amount = Amount(PRICE * SEATS_EACH as i64);
        let (concert, of) = (self.line.concert, self.performance.clone());
        let seats = move |first: u32| -> Vec<SeatId> { (first..first + SEATS_EACH).map(|no| of.seat_id(no)).collect() };
        self.each(buyers, CHANGES, move |tx, (ordinal, _)| {
            let visit = queue::entry(tx, concert, ordinal)?.require_admitted(tx.now())?;
            Ok(wallet::domain::top_up(tx, visit.user, AMOUNT, None).map(drop)?)
        })
        .await?;
        let (of, chosen) = (self.performance.clone(), seats.clone());
        self.each(buyers, CHANGES, move |tx, (ordinal, seat)| {
            let visit = queue::entry(tx, concert, ordinal)?.require_admitted(tx.now())?;
            let choice = Choice::Seats(chosen(seat), Elsewhere::Unknown);
            Ok(visits::hold_seats(tx, &visit, &of, &choice, &[]).map(drop)?)
        })
        .await?;
        let of = self.performance.clone();
        self.each(buyers, CHANGES, move |tx, (ordinal, seat)| {
            let visit = queue::entry(tx, concert, ordinal)?.require_admitted(tx.now())?;
            let basket = Basket::of(seats(seat));
            Ok(payments::pay(tx, &visit, std::slice::from_ref(&of), &basket, AMOUNT).map(drop)?)
        })
        .await
        .map(drop)
    }

    /// All who got nothing leave, as fast as it goes; gives after how many seconds nobody is left.
    async fn leave(&mut self) -> Result<f64> {
        let (begun, concert, now) = (self.begin(), self.line.concert, self.clock.now());
        let all = (1..=self.entries.len() as u32).map(Ordinal);
        let all: Vec<_> = all.filter(|ordinal| self.line.look(*ordinal, now).is_some()).collect();
        let started = Stopwatch::now();
        // They go faster than anything else: they have nothing to wait for.
        self.each(&all, all.len() as f64 / LEFT_WITHIN, move |tx, ordinal| {
            Ok(visits::leave_queue(tx, &queue::entry(tx, concert, ordinal)?)?)
        })
        .await?;
        let seconds = started.elapsed().as_secs_f64();
        anyhow::ensure!(self.line.is_empty(), "nobody is left");
        self.part("leave", begun, all.len())?;
        Ok(seconds)
    }

    /// The laws hold; gives the data file's bytes.
    async fn end(mut self, seats: u32) -> Result<u64> {
        let data = self.folder.path().join("boxoffice.db");
        let (begun, app) = (self.begin(), self.app.clone());
        tokio::task::spawn_blocking(move || app.stop()).await?;
        let report = verify::verify(&data)?;
        anyhow::ensure!(report.breaches.is_empty(), "the laws are broken: {:?}", report.breaches);
        self.part("entries whose laws are verified", begun, self.entries.len())?;
        self.table.print(&format!(
            "A national sale in fast motion: {} wait for {} seats, {} inside at once, {AT_ONCE} requests under way",
            number(self.entries.len() as f64),
            number(f64::from(seats)),
            number(f64::from(INSIDE))
        ));
        Ok(std::fs::metadata(data)?.len())
    }
}

/// When a part of the sale began: here, and in the sale.
struct Begun {
    here: Stopwatch,
    there: Instant,
    poll_seconds: f64,
}

/// A figure of this process's status in kilobytes.
fn status_kb(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).context("no such figure")?;
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).context("no number")
}
