//! What the store owes to whoever waits: a true word whatever becomes of the writer, and its places back whatever becomes
//! of those who asked.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use boxoffice::clock::{Clock, Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SeededEntropy;
use boxoffice::store::{Lane, Publish, Store, StoreError, Tx, params};
use futures_util::future::{FutureExt, join_all};
use futures_util::poll;

fn open(path: &Path, limits: &Limits, clock: impl Clock + 'static, publish: Publish) -> Arc<Store> {
    let (store, writer) = Store::open(path, limits, Arc::new(clock), Arc::new(SeededEntropy::new(1))).unwrap();
    writer.start(publish);
    Arc::new(store)
}

fn scripted() -> ScriptedClock {
    ScriptedClock::at(Instant(1_800_000_000_000))
}

fn insert(tx: &Tx, number: i64) -> Result<(), StoreError> {
    tx.tell(number);
    tx.run("INSERT INTO setting (name, value) VALUES (?1, x'00')", params![number.to_string()]).map(drop)
}

fn rows(store: &Store) -> Vec<i64> {
    let sql = "SELECT CAST(name AS INTEGER) FROM setting WHERE name GLOB '[0-9]*' ORDER BY 1";
    store.read_blocking(|tx| tx.all(sql, [], |row| row.get(0))).unwrap()
}

/// A gate that an operation waits at, and the two ends of it: who is there, and who may go on.
fn gate() -> (Receiver<()>, Sender<()>, impl Fn() + Send + 'static) {
    let ((here, arrived), (open, wait)) = (channel(), channel());
    let wait = Mutex::new(wait);
    (arrived, open, move || {
        here.send(()).ok();
        wait.lock().unwrap().recv().ok();
    })
}

/// Waits for what another thread is about to do.
fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..50_000_000_u64 {
        if holds() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("never: {what}");
}

#[test]
fn a_panic_after_the_commit_is_answered_by_success_and_ends_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boxoffice.db");
    let store = open(&path, &Limits::default(), scripted(), Box::new(|_, _| panic!("on purpose")));
    assert!(store.write_blocking(|tx| insert(tx, 1)).is_ok(), "it is committed, so that is the answer");
    assert!(store.has_failed(), "memory no longer follows the file: the process must end");
    assert!(store.failed().now_or_never().is_some());
    assert!(matches!(store.write_blocking(|tx| insert(tx, 2)), Err(StoreError::Stopped)));
    store.stop();
    drop(store);
    let store = open(&path, &Limits::default(), scripted(), Box::new(|_, _| {}));
    assert_eq!(rows(&store), [1]);
    store.stop();
}

/// A clock that breaks when it is asked for the time once too often: a panic on the writer thread itself.
#[derive(Clone)]
struct BreakingClock(Arc<AtomicI64>);

impl Clock for BreakingClock {
    fn now(&self) -> Instant {
        assert!(self.0.fetch_sub(1, Ordering::SeqCst) > 0, "on purpose");
        Instant(1_800_000_000_000)
    }

    fn wall_ahead_ms(&self) -> i64 {
        0
    }

    fn awake_since(&self) -> Instant {
        Instant(0)
    }

    fn look(&self) {}
}

#[test]
fn when_the_writer_dies_each_is_told_as_much_as_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boxoffice.db");
    let clock = BreakingClock(Arc::new(AtomicI64::new(100)));
    let limits = Limits { group_commit: 3, ..Limits::default() };
    let store = open(&path, &limits, clock.clone(), Box::new(|_, _| {}));
    let (arrived, go, wait) = gate();
    let first = store.write(move |_| {
        wait();
        Ok::<_, StoreError>(())
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let told = runtime.block_on(async {
        let mut first = Box::pin(first);
        assert!(poll!(&mut first).is_pending());
        arrived.recv().unwrap();
        // While the first one holds the writer these come together: one runs, the second breaks, the others never run.
        let mut waiting: Vec<_> = (1..=5).map(|number| Box::pin(store.write(move |tx| insert(tx, number)))).collect();
        for one in &mut waiting {
            assert!(poll!(one).is_pending());
        }
        // The first one's group asks once more, when it writes what was handed on.
        clock.0.store(2, Ordering::SeqCst);
        go.send(()).unwrap();
        first.await.unwrap();
        join_all(waiting).await
    });
    assert!(matches!(told[0], Err(StoreError::Unknown(_))), "it ran: {told:?}");
    assert!(told[1..].iter().all(|one| matches!(one, Err(StoreError::Stopped))), "they never ran: {told:?}");
    until("the store says that it failed", || store.has_failed());
    assert!(matches!(store.write_blocking(|tx| insert(tx, 9)), Err(StoreError::Stopped)));
    store.stop();
    assert!(store.has_failed());
}

#[tokio::test]
async fn a_read_keeps_its_place_until_it_ends_though_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { readers: 2, ..Limits::default() };
    let store = open(&folder.path().join("boxoffice.db"), &limits, scripted(), Box::new(|_, _| {}));
    let at_start = store.free_places();
    assert_eq!(at_start, ([limits.writer_queue, limits.outside_queue], [2, 1]));
    // Dropped before its first step, and after each that it can take before the gate opens.
    for steps in 0..4 {
        let (arrived, go, wait) = gate();
        let mut read = Box::pin(store.read(move |_| {
            wait();
            Ok::<_, StoreError>(())
        }));
        for _ in 0..steps {
            assert!(poll!(&mut read).is_pending());
            tokio::task::yield_now().await;
        }
        drop(read);
        if steps > 0 {
            arrived.recv().unwrap();
            assert_eq!(store.free_places().1, [1, 1], "after {steps} steps: the read runs on in its place");
        }
        go.send(()).ok();
        until("the place is free again", || store.free_places() == at_start);
    }
    store.stop();
}

#[tokio::test]
async fn whoever_gives_up_waiting_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { readers: 1, ..Limits::default() };
    let store = open(&folder.path().join("boxoffice.db"), &limits, scripted(), Box::new(|_, _| {}));
    let at_start = store.free_places();
    let (arrived, go, wait) = gate();
    let mut reading = Box::pin(store.read(move |_| {
        wait();
        Ok::<_, StoreError>(())
    }));
    assert!(poll!(&mut reading).is_pending());
    arrived.recv().unwrap();
    for steps in 0..4 {
        let mut waits = Box::pin(store.read(|_| Ok::<_, StoreError>(())));
        for _ in 0..steps {
            assert!(poll!(&mut waits).is_pending());
        }
        drop(waits);
        assert_eq!(store.free_places(), (at_start.0, [0, 1]));
    }
    go.send(()).unwrap();
    reading.await.unwrap();
    until("the reader is free", || store.free_places() == at_start);

    let (arrived, go, wait) = gate();
    let mut writing = Box::pin(store.write(move |_| {
        wait();
        Ok::<_, StoreError>(())
    }));
    assert!(poll!(&mut writing).is_pending());
    arrived.recv().unwrap();
    for steps in 0..4 {
        let mut waits = Box::pin(store.write(move |tx| insert(tx, steps)));
        for _ in 0..steps {
            assert!(poll!(&mut waits).is_pending());
        }
        drop(waits);
    }
    drop(writing);
    go.send(()).unwrap();
    // What was accepted is done, whoever hears of it.
    store.write(|tx| insert(tx, 10)).await.unwrap();
    assert_eq!((store.free_places(), rows(&store)), (at_start, vec![1, 2, 3, 10]));
    store.stop();
}

/// Law 8: what expired while a read waited for its reader is dead when it begins.
#[tokio::test]
async fn a_read_takes_the_time_when_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, limits) = (scripted(), Limits { readers: 1, ..Limits::default() });
    let store = open(&folder.path().join("boxoffice.db"), &limits, clock.clone(), Box::new(|_, _| {}));
    let (arrived, go, wait) = gate();
    let mut before = Box::pin(store.read(move |tx| {
        wait();
        Ok::<_, StoreError>(tx.now())
    }));
    assert!(poll!(&mut before).is_pending());
    arrived.recv().unwrap();
    let mut waits = Box::pin(store.read(|tx| Ok::<_, StoreError>(tx.now())));
    assert!(poll!(&mut waits).is_pending());
    let began = clock.now();
    clock.advance_ms(1500);
    go.send(()).unwrap();
    assert_eq!(before.await.unwrap(), began, "the time of one that runs stands still");
    assert_eq!(waits.await.unwrap(), clock.now());
    store.stop();
}

/// Those inside go before those outside who came earlier; those outside have a bound of their own, and none of them starves.
#[tokio::test]
async fn a_crowd_outside_neither_holds_up_nor_turns_away_those_inside() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { group_commit: 8, outside_queue: 40, ..Limits::default() };
    let order = Arc::new(Mutex::new(Vec::new()));
    let noted = order.clone();
    let publish: Publish = Box::new(move |facts, _| {
        noted.lock().unwrap().push(facts.iter().map(|fact| *fact.downcast_ref::<i64>().unwrap()).collect::<Vec<_>>());
    });
    let store = open(&folder.path().join("boxoffice.db"), &limits, scripted(), publish);
    let (arrived, go, wait) = gate();
    let mut busy = Box::pin(store.write(move |_| {
        wait();
        Ok::<_, StoreError>(())
    }));
    assert!(poll!(&mut busy).is_pending());
    arrived.recv().unwrap();

    let outside = (0..40).map(|number| store.write_from(Lane::Outside, move |tx| insert(tx, number)));
    let mut outside: Vec<_> = outside.map(Box::pin).collect();
    for waits in &mut outside {
        assert!(poll!(waits).is_pending());
    }
    let refused = store.write_from(Lane::Outside, |tx| insert(tx, 99)).await;
    assert!(matches!(refused, Err(StoreError::Overloaded)), "{refused:?}");
    let inside = (100..120).map(|number| store.write(move |tx| insert(tx, number)));
    let mut inside: Vec<_> = inside.map(Box::pin).collect();
    for waits in &mut inside {
        assert!(poll!(waits).is_pending());
    }
    assert_eq!(store.waiting(), [20, 40]);

    go.send(()).unwrap();
    busy.await.unwrap();
    for done in join_all(inside).await.into_iter().chain(join_all(outside).await) {
        done.unwrap();
    }
    let groups = order.lock().unwrap().clone();
    let first: Vec<_> =
        groups.iter().take(2).map(|group| group.iter().filter(|number| **number < 100).count()).collect();
    assert_eq!(first, [1, 1], "one place of eight for those outside: {groups:?}");
    let last_inside = groups.iter().rposition(|group| group.iter().any(|number| *number >= 100)).unwrap();
    assert_eq!(last_inside, 2, "twenty inside need three groups of seven: {groups:?}");
    store.stop();
}

/// Those outside never have all readers.
#[tokio::test]
async fn readers_are_left_for_those_inside() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { readers: 2, ..Limits::default() };
    let store = open(&folder.path().join("boxoffice.db"), &limits, scripted(), Box::new(|_, _| {}));
    let (arrived, go, wait) = gate();
    let mut first = Box::pin(store.read_from(Lane::Outside, move |_| {
        wait();
        Ok::<_, StoreError>(())
    }));
    assert!(poll!(&mut first).is_pending());
    arrived.recv().unwrap();
    let mut second = Box::pin(store.read_from(Lane::Outside, |_| Ok::<_, StoreError>(())));
    assert!(poll!(&mut second).is_pending());
    assert!(store.read(|_| Ok::<_, StoreError>(())).await.is_ok(), "a reader is left");
    go.send(()).unwrap();
    first.await.unwrap();
    second.await.unwrap();
    store.stop();
}

#[test]
fn a_look_at_the_living_file_keeps_nobody_waiting_and_can_be_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("boxoffice.db"), &Limits::default(), scripted(), Box::new(|_, _| {}));
    let (inspector, (arrived, open, gate)) = (store.inspector().unwrap(), gate());
    let (interrupt, (seen_after, told_after)) = (inspector.interrupt(), channel());
    let looking = std::thread::spawn(move || {
        let count = |tx: &Tx| tx.one("SELECT count(*) FROM setting WHERE name = '7'", [], |row| row.get::<_, i64>(0));
        let seen = inspector.look(|tx| {
            let before = count(tx)?;
            gate();
            Ok::<_, StoreError>((before, count(tx)?))
        });
        seen_after.send(inspector.look(count).unwrap()).unwrap();
        // It never ends by itself.
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let ended = inspector.look(|tx| tx.one(endless, [], |row| row.get::<_, i64>(0)));
        (seen.unwrap(), ended.is_err(), matches!(inspector.look(count), Err(StoreError::Stopped)))
    });
    arrived.recv().unwrap();
    store.write_blocking(|tx| insert(tx, 7)).unwrap();
    open.send(()).unwrap();
    assert_eq!(told_after.recv().unwrap(), 1, "the next one sees the next");
    // A look that has not begun when it is ended does not begin; one that is about to begin has to be told again.
    until("the look ends", || {
        interrupt.now();
        looking.is_finished()
    });
    let (seen, ended, stopped) = looking.join().unwrap();
    assert_eq!(seen, (0, 0), "one look sees one commit");
    assert!(ended && stopped);
}
