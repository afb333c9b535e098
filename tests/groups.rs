//! Operations that share a commit: each stands or falls alone, whatever becomes of the others of its group.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SeededEntropy;
use boxoffice::store::{SharedRow, Store, StoreError, Tx, params};
use futures_util::future::{BoxFuture, FutureExt, join_all};

/// What an operation of these tests does after it has written its row.
#[derive(Clone, Copy, Debug)]
enum Then {
    Succeed,
    Refuse,
    Panic,
    BreakAConstraint,
}

/// An open store that notes which facts became known.
struct Office {
    store: Store,
    known: Arc<Mutex<Vec<i64>>>,
    runs: Arc<AtomicU32>,
}

impl Office {
    fn open(path: &Path) -> Self {
        let (clock, entropy) = (ScriptedClock::at(Instant(1_800_000_000_000)), SeededEntropy::new(1));
        let (store, writer) = Store::open(path, &Limits::default(), Arc::new(clock), Arc::new(entropy)).unwrap();
        let known = Arc::new(Mutex::new(Vec::new()));
        let to = known.clone();
        writer.start(Box::new(move |facts, _| {
            to.lock().unwrap().extend(facts.iter().map(|fact| *fact.downcast_ref::<i64>().expect("a row's number")));
        }));
        Self { store, known, runs: Arc::default() }
    }

    /// Runs these operations as one group: they wait together behind one that holds the writer until all are there. None is
    /// handed in before that one runs: the writer could take some of them along with it.
    fn group(&self, operations: Vec<BoxFuture<'_, Result<(), StoreError>>>) -> Vec<Result<(), StoreError>> {
        let (open, gate) = mpsc::channel::<()>();
        let (enter, entered) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let first = self.store.write(move |_| {
            enter.send(()).ok();
            gate.lock().unwrap().recv().ok();
            Ok::<_, StoreError>(())
        });
        let second = async move {
            entered.recv().expect("the writer runs the first");
            Ok(())
        };
        let last = async {
            drop(open);
            Ok(())
        };
        let all = [first.boxed(), second.boxed()].into_iter().chain(operations).chain([last.boxed()]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut done = runtime.block_on(join_all(all));
        done.pop();
        done.split_off(2)
    }

    /// Writes the row `number`, then goes on as told.
    fn row(&self, number: i64, then: Then) -> BoxFuture<'_, Result<(), StoreError>> {
        let runs = self.runs.clone();
        let operation = move |tx: &Tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            insert(tx, number)?;
            tx.tell(number);
            match then {
                Then::Succeed => Ok(()),
                Then::Refuse => Err(StoreError::Overloaded),
                Then::Panic => panic!("on purpose"),
                Then::BreakAConstraint => insert(tx, number),
            }
        };
        self.store.write(operation).boxed()
    }

    /// Refuses before it changes anything.
    fn refusal(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        let runs = self.runs.clone();
        let operation = move |_: &Tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(StoreError::Overloaded)
        };
        self.store.write(operation).boxed()
    }

    fn rows(&self) -> Vec<i64> {
        let sql = "SELECT CAST(name AS INTEGER) FROM setting WHERE name GLOB '[0-9]*' ORDER BY 1";
        self.store.read_blocking(|tx| tx.all(sql, [], |row| row.get(0))).unwrap()
    }

    fn known(&self) -> Vec<i64> {
        self.known.lock().unwrap().clone()
    }
}

fn insert(tx: &Tx, number: i64) -> Result<(), StoreError> {
    tx.run("INSERT INTO setting (name, value) VALUES (?1, x'00')", params![number.to_string()]).map(drop)
}

fn opened() -> (tempfile::TempDir, Office) {
    let folder = tempfile::tempdir().unwrap();
    let opened = Office::open(&folder.path().join("boxoffice.db"));
    (folder, opened)
}

#[test]
fn a_refusal_that_changed_nothing_costs_the_others_nothing() {
    let (_folder, office) = opened();
    let done = office.group(vec![office.row(1, Then::Succeed), office.refusal(), office.row(2, Then::Succeed)]);
    assert!(done[0].is_ok() && done[1].is_err() && done[2].is_ok(), "{done:?}");
    assert_eq!((office.rows(), office.known()), (vec![1, 2], vec![1, 2]));
    assert_eq!(office.runs.load(Ordering::SeqCst), 3, "each ran once");
    assert_eq!(office.store.groups_run_again(), 0);
}

#[test]
fn who_fails_half_way_undoes_only_itself() {
    for then in [Then::Refuse, Then::Panic, Then::BreakAConstraint] {
        let (_folder, office) = opened();
        let done = office.group(vec![
            office.row(1, Then::Succeed),
            office.row(2, then),
            office.refusal(),
            office.row(3, Then::Succeed),
            office.row(4, then),
        ]);
        let stands: Vec<_> = done.iter().map(Result::is_ok).collect();
        assert_eq!(stands, [true, false, false, true, false], "{then:?}: {done:?}");
        assert_eq!(office.rows(), [1, 3], "{then:?}: what failed left nothing behind, what did not is there");
        assert_eq!(office.known(), [1, 3], "{then:?}: what happened is told once, and only that");
        assert_eq!(office.runs.load(Ordering::SeqCst), 2 + 5, "{then:?}: up to the failure, then all once more");
        assert_eq!(office.store.groups_run_again(), 1, "{then:?}");
    }
}

#[test]
fn a_group_of_failures_leaves_the_store_as_it_was_and_working() {
    let (_folder, office) = opened();
    let done = office.group((1..=20).map(|number| office.row(number, Then::Refuse)).collect());
    assert!(done.iter().all(Result::is_err));
    assert_eq!((office.rows(), office.known()), (vec![], vec![]));
    assert!(office.group(vec![office.row(21, Then::Succeed)])[0].is_ok());
    assert_eq!((office.rows(), office.known()), (vec![21], vec![21]));
    assert!(!office.store.has_failed());
    office.store.stop();
}

/// A counter in the row of a posting, which the operations of a group hand on to each other; that no balance is ever below
/// nothing stands for any constraint.
#[derive(Clone, Debug, PartialEq)]
struct Counter(i64);

const COUNTER: i64 = 7;

impl SharedRow for Counter {
    fn write(&self, tx: &Tx) -> Result<(), StoreError> {
        tx.change("UPDATE posting SET balance_after = ?1 WHERE posting_key = 7", params![self.0])
    }
}

fn written(tx: &Tx) -> Result<i64, StoreError> {
    tx.one("SELECT balance_after FROM posting WHERE posting_key = 7", [], |row| row.get(0))
}

impl Office {
    fn make_counter(&self) {
        let made = self.group(vec![
            self.store
                .write(|tx| {
                    tx.run(
                        "INSERT INTO account (user_key, id, email, name, name_sought, created_at) VALUES (7, x'00', '', '', '', 0)",
                        [],
                    )?;
                    tx.run("INSERT INTO wallet (user_key, anchor_posting_key) VALUES (7, 7)", [])?;
                    tx.run(
                        "INSERT INTO posting (posting_key, user_key, kind, amount, balance_after, posted_at, actor)
                         VALUES (7, 7, 'top_up', 100, 100, 0, 'system')",
                        [],
                    )
                    .map(drop)
                })
                .boxed(),
        ]);
        assert!(made[0].is_ok(), "{made:?}");
    }

    /// Adds to the counter as the operations before it left it, then goes on as told.
    fn add(&self, number: i64, then: Then) -> BoxFuture<'_, Result<(), StoreError>> {
        let operation = move |tx: &Tx| {
            let Counter(before) = match tx.shared(COUNTER) {
                Some(counter) => counter,
                None => Counter(written(tx)?),
            };
            tx.share(COUNTER, Counter(before + number))?;
            tx.tell(before + number);
            match then {
                Then::Succeed => Ok(()),
                Then::Refuse => Err(StoreError::Overloaded),
                Then::Panic => panic!("on purpose"),
                Then::BreakAConstraint => insert(tx, 1).and_then(|()| insert(tx, 1)),
            }
        };
        self.store.write(operation).boxed()
    }

    fn counter(&self) -> i64 {
        self.store.read_blocking(written).unwrap()
    }
}

#[test]
fn a_row_is_handed_on_and_written_once() {
    let (_folder, office) = opened();
    office.make_counter();
    let done = office.group((1..=5).map(|number| office.add(number, Then::Succeed)).collect());
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!((office.counter(), office.known()), (115, vec![101, 103, 106, 110, 115]));
}

#[test]
fn what_a_failed_operation_handed_on_is_forgotten() {
    for then in [Then::Refuse, Then::Panic, Then::BreakAConstraint] {
        let (_folder, office) = opened();
        office.make_counter();
        let done =
            office.group(vec![office.add(1, Then::Succeed), office.add(10, then), office.add(100, Then::Succeed)]);
        assert!(done[0].is_ok() && done[1].is_err() && done[2].is_ok(), "{then:?}: {done:?}");
        assert_eq!((office.counter(), office.known()), (201, vec![101, 201]), "{then:?}");
        let alone = office.group(vec![office.add(5, then)]);
        assert!(alone[0].is_err(), "{then:?}: {alone:?}");
        assert_eq!(office.counter(), 201, "{then:?}");
    }
}

#[test]
fn a_row_that_may_not_be_written_costs_only_who_made_it_so() {
    let (_folder, office) = opened();
    office.make_counter();
    let add = |number| office.add(number, Then::Succeed);
    let done = office.group(vec![add(1), add(-1000), add(10)]);
    assert!(done[0].is_ok() && done[2].is_ok(), "{done:?}");
    assert!(done[1].as_ref().is_err_and(StoreError::is_constraint), "{done:?}");
    assert_eq!((office.counter(), office.known()), (111, vec![101, 111]));
}
