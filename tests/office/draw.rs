//! The draw: equal chances whatever the order of arrival, and one order whatever breaks in between.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use boxoffice::account;
use boxoffice::app::App;
use boxoffice::catalog::CatalogError;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::clock::{Clock, Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::{self, SeededEntropy};
use boxoffice::ids::{ConcertKey, Ordinal, UserKey};
use boxoffice::queue::domain as queue;
use boxoffice::queue::{EntryStatus, Lines, Queue, QueueError, draw};
use boxoffice::store::{StoreError, Tx};
use boxoffice::terms::Terms;
use uuid::Uuid;

use crate::support::{START, limits};

const SEED: u64 = 3;

/// So long before the sale the buyers of these tests join; shorter than anyone's patience with the silent.
pub const PRESALE_MS: i64 = 4 * 60_000;

// Equal chances -------------------------------------------------------------------------------------------------

/// How often who arrived `i`-th got number `j`, as a table, against equal chances for all.
fn chi_square(table: &[Vec<u32>]) -> f64 {
    let draws: u32 = table[0].iter().sum();
    let expected = f64::from(draws) / table.len() as f64;
    table.iter().flatten().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

/// Of a fair draw among ten, a thousandth of all tables is further off than this (81 degrees of freedom).
const FAIR_AMONG_TEN: f64 = 124.8;

fn table_of(draws: u32, order: impl Fn(&[u8; 32], Vec<(usize, Uuid)>) -> Vec<usize>) -> Vec<Vec<u32>> {
    let entropy = SeededEntropy::new(SEED);
    let mut table = vec![vec![0; 10]; 10];
    for _ in 0..draws {
        let seed = entropy::new_secret(&entropy);
        let entries = (0..10).map(|arrival| (arrival, entropy::new_id(&entropy, START.plus_ms(arrival as i64))));
        for (place, arrival) in order(&seed, entries.collect()).into_iter().enumerate() {
            table[arrival][place] += 1;
        }
    }
    table
}

#[test]
fn arriving_early_or_late_changes_no_chances() {
    let fair = chi_square(&table_of(20_000, draw::order));
    assert!(fair < FAIR_AMONG_TEN, "seed {SEED}: {fair}");

    // The measure would notice an order that prefers the first comer in one draw of twenty.
    let biased = chi_square(&table_of(20_000, |seed, entries| {
        let mut order = draw::order(seed, entries);
        if seed[0] < 13 {
            order.sort_by_key(|&arrival| arrival != 0);
        }
        order
    }));
    assert!(biased > FAIR_AMONG_TEN, "{biased}");
}

/// The same through the data file: what the draw reads, and in which order, must not matter either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_data_file_prefers_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let room = Room::open(folder.path(), ScriptedClock::at(START)).await;
    let users = room.users(10).await;
    let mut table = vec![vec![0; 10]; 10];
    for _ in 0..300 {
        let show = room.concert(PRESALE_MS).await;
        room.join(&show, &users).await;
        room.clock.set(show.on_sale_at);
        room.app.run_due().await;
        for (arrival, number) in room.numbers(&show).await.into_iter().enumerate() {
            table[arrival][number.unwrap() as usize - 1] += 1;
        }
    }
    let fair = chi_square(&table);
    assert!(fair < FAIR_AMONG_TEN, "seed {SEED}: {fair} in {table:?}");
}

// One order, whatever breaks ------------------------------------------------------------------------------------

/// A box office without a server, on seeded entropy.
struct Room {
    app: Arc<App>,
    clock: ScriptedClock,
    data: PathBuf,
}

impl Room {
    async fn open(folder: &Path, clock: ScriptedClock) -> Self {
        Self::open_in_pieces(folder, clock, limits().numbers_per_commit).await
    }

    /// One that writes so many drawn numbers in a commit.
    async fn open_in_pieces(folder: &Path, clock: ScriptedClock, numbers_per_commit: u32) -> Self {
        let config = boxoffice::demo::config(&folder.join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
        // Another seed at each start, as with real entropy.
        let entropy = Arc::new(SeededEntropy::new(SEED ^ clock.now().0 as u64));
        let opened =
            App::open_with(config, Limits { numbers_per_commit, ..limits() }, Arc::new(clock.clone()), entropy);
        Self { app: opened.await.unwrap().app, clock, data: folder.join("boxoffice.db") }
    }

    async fn users(&self, count: u32) -> Vec<UserKey> {
        let made = self.app.store.write(move |tx| sign_up(tx, count)).await;
        made.unwrap()
    }

    /// A concert on sale so much later, in which nobody is let in at once.
    async fn concert(&self, on_sale_in_ms: i64) -> Queue {
        let on_sale_at = self.clock.now().plus_ms(on_sale_in_ms);
        let made = self.app.store.write(move |tx| put_on_sale(tx, on_sale_at)).await;
        made.unwrap()
    }

    async fn join(&self, show: &Queue, users: &[UserKey]) {
        let (concert, users) = (show.concert, users.to_vec());
        let joined =
            self.app.store.write(move |tx| users.iter().try_for_each(|&user| queue::join(tx, user, concert).map(drop)));
        joined.await.unwrap();
    }

    async fn leave(&self, show: &Queue, ordinal: u32) {
        let concert = show.concert;
        let left = self.app.store.write(move |tx| queue::leave(tx, &queue::entry(tx, concert, Ordinal(ordinal))?));
        left.await.unwrap();
    }

    /// Writes one piece of a decided draw's numbers.
    async fn number_some(&self, show: &Queue) {
        let concert = show.concert;
        let drawn = self.app.store.read(move |tx| queue::drawn(tx, concert)).await.unwrap();
        let order = draw::Order::of(&drawn.seed, &drawn.entries);
        self.app.store.write(move |tx| queue::number(tx, concert, &order)).await.unwrap();
    }

    fn verify(&self) {
        assert_eq!(boxoffice::verify::verify(&self.data).unwrap().breaches, []);
    }

    async fn numbers(&self, show: &Queue) -> Vec<Option<u32>> {
        let (concert, last) = (show.concert, self.queue(show).last_ordinal);
        self.app.store.read(move |tx| numbers(tx, concert, last)).await.unwrap()
    }

    fn queue(&self, show: &Queue) -> Queue {
        self.app.part::<Lines>().by_key(show.concert).unwrap().queue()
    }
}

pub fn sign_up(tx: &Tx, count: u32) -> Result<Vec<UserKey>, account::AccountError> {
    (0..count)
        .map(|_| {
            let email = format!("{}@boxoffice.example", tx.new_id().simple());
            Ok(account::domain::sign_up(tx, &email, "Buyer", None)?.key)
        })
        .collect()
}

fn put_on_sale(tx: &Tx, on_sale_at: Instant) -> Result<Queue, CatalogError> {
    let spec = ConcertSpec {
        on_sale_at: Some(on_sale_at),
        queue_opens_at: Some(tx.now()),
        ..ConcertSpec::new("Concert", "Asia/Seoul")
    };
    Ok(create_concert(tx, &spec)?.1)
}

fn numbers(tx: &Tx, concert: ConcertKey, last: Ordinal) -> Result<Vec<Option<u32>>, QueueError> {
    (1..=last.0).map(|ordinal| Ok(queue::entry(tx, concert, Ordinal(ordinal))?.number)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_in_the_middle_of_the_draw_never_gives_two_orders() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ScriptedClock::at(START);
    let room = Room::open(folder.path(), clock.clone()).await;
    let show = room.concert(PRESALE_MS).await;
    room.join(&show, &room.users(40).await).await;
    clock.set(show.on_sale_at);

    // The process dies after the numbers were written and before the commit.
    let (concert, (seen, lost)) = (show.concert, std::sync::mpsc::channel());
    let died = room.app.store.write(move |tx| {
        queue::turn(tx, concert)?;
        seen.send(numbers(tx, concert, Ordinal(40))?).unwrap();
        Err::<(), QueueError>(StoreError::Stopped.into())
    });
    assert!(died.await.is_err());
    let lost = lost.recv().unwrap();
    assert!(lost.iter().all(Option::is_some));
    assert_eq!(room.numbers(&show).await, vec![None; 40], "nothing of it stands");
    drop(room);

    // It starts again right at the sale's beginning, and dies again as soon as the draw is committed.
    let room = Room::open(folder.path(), clock.clone()).await;
    assert_eq!(room.queue(&show).drawn_at, None);
    room.app.run_due().await;
    assert_eq!(room.numbers(&show).await, lost, "the order follows from the seed that was there from the beginning");
    drop(room);

    let room = Room::open(folder.path(), clock.clone()).await;
    clock.advance_ms(60_000);
    room.app.run_due().await;
    assert_eq!(room.numbers(&show).await, lost);
    assert_eq!(room.queue(&show).drawn_at, Some(show.on_sale_at), "drawn once");
}

/// A draw of many is written behind in pieces. Buyers leave and come meanwhile, and the process dies twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_in_the_middle_of_the_numbering_changes_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ScriptedClock::at(START);
    let room = Room::open_in_pieces(folder.path(), clock.clone(), 7).await;
    let show = room.concert(PRESALE_MS).await;
    let users = room.users(40).await;
    room.join(&show, &users).await;
    room.leave(&show, 20).await;
    clock.set(show.on_sale_at);
    let entries = room.app.store.read(move |tx| drawable(tx, show.concert)).await.unwrap();
    let mut expected = vec![None; 41];
    for (ordinal, number) in draw::order(&show.draw_seed, entries).into_iter().zip(1..) {
        expected[ordinal.0 as usize - 1] = Some(number);
    }

    // It is decided by the commit of whoever comes first, here one who joins anew, and nothing is written yet.
    room.join(&show, &users[39..]).await;
    assert!(room.queue(&show).is_numbering());
    expected[40] = Some(40);
    assert_eq!(room.numbers(&show).await, [vec![None; 40], vec![Some(40)]].concat());
    // One leaves before its number is written, one after.
    room.number_some(&show).await;
    room.leave(&show, 1).await;
    room.leave(&show, 30).await;
    let first_piece = [&expected[..7], &[None; 33], &expected[40..]].concat();
    assert_eq!(room.numbers(&show).await, first_piece, "in the order of joining");
    room.verify();
    let line = room.app.part::<Lines>().by_key(show.concert).unwrap();
    let told = |ordinal| line.look(Ordinal(ordinal), clock.now()).map(|standing| (standing.number, standing.ahead));
    assert_eq!((told(2), told(9)), (Some((None, None)), Some((None, None))), "nobody is told before all are written");
    assert_eq!(told(41), Some((Some(40), Some(36))), "behind all who were drawn and wait");
    drop((line, room));

    let room = Room::open_in_pieces(folder.path(), clock.clone(), 7).await;
    room.number_some(&show).await;
    room.leave(&show, 25).await;
    assert_eq!(room.queue(&show).numbered_count, 14);
    assert_eq!(room.queue(&show).now_serving, 0, "nobody is let in before all are written");
    drop(room);

    let room = Room::open_in_pieces(folder.path(), clock.clone(), 7).await;
    room.app.run_due().await;
    assert_eq!(room.numbers(&show).await, expected);
    let queue = room.queue(&show);
    assert_eq!((queue.drawn_at, queue.drawn_count, queue.last_number), (Some(show.on_sale_at), 39, 40));
    assert_eq!((queue.waiting_count, queue.admitted_count, queue.ended.left), (0, 36, 4), "all are let in");
    room.verify();
}

fn drawable(tx: &Tx, concert: ConcertKey) -> Result<Vec<(Ordinal, Uuid)>, QueueError> {
    let all = (1..=40).map(|ordinal| queue::entry(tx, concert, Ordinal(ordinal)));
    let waiting = all.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.status == EntryStatus::Waiting));
    waiting.map(|entry| entry.map(|entry| (entry.ordinal, entry.id))).collect()
}

/// Whoever dies in a crowd dies in bounded commits; the draw waits until the dead are gone, and takes the living.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_died_before_the_sale_takes_no_part() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ScriptedClock::at(START);
    let room = Room::open(folder.path(), clock.clone()).await;
    let a_day_ms = i64::from(Terms::default().token_seconds) * 1000;
    let show = room.concert(a_day_ms).await;
    let users = room.users(1300).await;
    room.join(&show, &users[..1200]).await;
    clock.advance_ms(60_000);
    room.join(&show, &users[1200..]).await;
    clock.set(show.on_sale_at);

    // Not the sweep of the silent, which would find them too: the queue's own turn, as any operation begins.
    let concert = show.concert;
    let turn = |tx: &Tx| queue::turn(tx, ConcertKey(1));
    assert_eq!(concert, ConcertKey(1));
    let mut steps = Vec::new();
    while room.queue(&show).drawn_at.is_none() {
        room.app.store.write(turn).await.unwrap();
        steps.push(room.queue(&show).ended.expired);
    }
    assert_eq!(steps, [500, 1000, 1200], "in bounded commits");
    assert_eq!(room.queue(&show).drawn_count, 100);
    room.verify();
}

/// Nobody waits long for the ends of a crowd's visits, and places are given on one for one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_comes_and_goes_in_bounded_commits() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ScriptedClock::at(START);
    let room = Room::open(folder.path(), clock.clone()).await;
    let show = room.concert(0).await;
    let users = room.users(1500).await;
    let concert = show.concert;
    let lift = |cap| {
        room.app.store.write(move |tx| queue::change_settings(tx, concert, |settings| settings.max_admitted = cap))
    };
    lift(Some(1)).await.unwrap();
    room.join(&show, &users).await;
    assert_eq!(lift(Some(1300)).await.unwrap().admitted_count, 101, "100 more in this commit");
    room.app.run_due().await;
    assert_eq!(room.queue(&show).admitted_count, 1300, "the rest at once");

    clock.advance_ms(600_000);
    room.app.store.write(move |tx| queue::turn(tx, concert)).await.unwrap();
    let queue = room.queue(&show);
    assert_eq!((queue.ended.expired, queue.admitted_count), (500, 900), "500 of them go in this commit, 100 come");
    room.verify();
}
