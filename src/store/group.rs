//! One group: the operations that share a commit.
//!
//! A group runs without savepoints first. Operations check everything before they change anything, so a refusal has
//! nothing to undo; and a savepoint makes SQLite copy every page before its first change. Only when an operation fails
//! after it changed something, the whole group is rolled back and runs once more, now each operation in a savepoint of
//! its own, so that the failed one undoes only itself. That is why an operation can run twice.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use rusqlite::Connection;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::ids::Seq;
use crate::standing::Standing;
use crate::store::around::Around;
use crate::store::book::{Book, Flushed, Notes};
use crate::store::facts::Facts;
use crate::store::figures::Figures;
use crate::store::hearer::Hearer;
use crate::store::pace::Pace;
use crate::store::place::Place;
use crate::store::sequence;
use crate::store::shared::SharedRows;
use crate::store::statements::Statements;
use crate::store::tx::WriteRow;
use crate::store::{Fact, StoreError, Tx};
use crate::terms::{SharedTerms, Terms};

/// An operation on its way through the writer.
pub(super) trait Job: Send {
    /// Runs it, perhaps for the second time. True when its changes shall stand.
    fn run(&mut self, tx: &Tx) -> bool;
    /// Replaces its result by a failure of the store.
    fn fail(&mut self, failure: StoreError);
    /// Sends the result to whoever waits.
    fn answer(self: Box<Self>);
}

/// Runs and commits groups on the writer's connection.
pub(super) struct Groups<'c> {
    statements: Statements<'c>,
    /// Of the group that runs.
    shared: SharedRows<WriteRow>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    shared_terms: SharedTerms,
    /// Those of the group that runs.
    terms: Arc<Terms>,
    /// The last commit's number.
    seq: Seq,
    file: Arc<Place>,
    pace: Pace,
    figures: Arc<Figures>,
    /// Where a commit must stand first, if there is such a place, and what it is told of.
    book: Option<(Book, Notes)>,
}

/// What became of a group.
pub(super) enum Outcome {
    /// It is on disk; these facts may become known.
    Committed(Vec<Fact>),
    /// Nothing of it stands.
    RolledBack(String),
    /// Nothing of it stands: where it must stand first is out of reach.
    Away(String),
    /// Nothing of it stands, and another node leads: nothing can be committed here any more.
    Fenced(String),
    /// Nothing of it stands: it was not committed, because nobody would find the file it went into, or found another's content in
    /// it.
    FileLost,
    /// The commit failed, and nobody knows what reached the disk: neither success nor a retry would be honest. The next
    /// start recovers what was synced.
    Unknown(String),
}

impl<'c> Groups<'c> {
    /// `figures` learn of every group.
    pub(super) fn on(
        connection: &'c Connection,
        around: Around,
        file: Arc<Place>,
        pace: Pace,
        figures: Arc<Figures>,
        book: Option<Book>,
    ) -> rusqlite::Result<Self> {
        let Around { clock, entropy, terms: shared_terms } = around;
        let (terms, statements) = (shared_terms.get(), Statements::of(connection));
        let seq = sequence::last(&statements)?;
        let shared = SharedRows::default();
        let book = match book {
            Some(book) => {
                let notes = book.note(connection)?;
                Some((book, notes))
            }
            None => None,
        };
        Ok(Self { statements, shared, clock, entropy, shared_terms, terms, seq, file, pace, figures, book })
    }

    /// How many operations the next group shall have at most.
    pub(super) fn most(&self) -> usize {
        self.pace.group()
    }

    /// Tells how far this node is, and in which epoch.
    pub(super) fn tell(&self, standing: &Standing) {
        if let Some((book, _)) = &self.book {
            standing.set_epoch(book.epoch());
        }
        if standing.applied() != self.seq {
            standing.set_applied(self.seq);
        }
    }

    /// Runs the group inside one transaction and commits it. `hearer` says what other nodes are told of it.
    pub(super) fn commit(&mut self, group: &mut [Box<dyn Job>], hearer: &dyn Hearer) -> Outcome {
        self.terms = self.shared_terms.get();
        let before = self.statements.connection().total_changes();
        let (ran, run_took) = timed(|| self.run(group).and_then(|facts| self.count(before).map(|()| facts)));
        let facts = match ran {
            Ok(facts) => facts,
            Err(error) => {
                self.give_up();
                return Outcome::RolledBack(error.to_string());
            }
        };
        // A microsecond, against a sync: nothing is acknowledged into a file that has lost its name.
        if !self.file.is_kept() {
            self.give_up();
            return Outcome::FileLost;
        }
        let (committed, commit_took) = timed(|| {
            self.put_in_book(before, &facts, hearer)?;
            // In the book it stands, whatever the copy says: then this node ends, and whoever leads next has it.
            self.execute("COMMIT").map_err(|error| Outcome::Unknown(error.to_string()))
        });
        self.pace.took(group.len(), run_took, commit_took);
        match committed {
            Ok(()) => {
                self.figures.committed(group.len(), run_took, commit_took);
                if self.statements.connection().total_changes() != before {
                    self.seq = self.seq.next();
                }
                Outcome::Committed(facts.into_all())
            }
            Err(outcome) => {
                self.give_up();
                outcome
            }
        }
    }

    /// Puts what was changed since `before` where it must stand first; what else became of it otherwise.
    fn put_in_book(&mut self, before: u64, facts: &Facts, hearer: &dyn Hearer) -> Result<(), Outcome> {
        let connection = self.statements.connection();
        let Some((book, notes)) = &mut self.book else { return Ok(()) };
        if connection.total_changes() == before {
            return Ok(());
        }
        let changes = notes.take(connection).map_err(|error| Outcome::RolledBack(error.to_string()))?;
        let words = hearer.write(&facts.own).map_err(Outcome::RolledBack)?;
        match book.flush(self.seq.next().0, &facts.parts, &changes, &words) {
            Flushed::Stands => Ok(()),
            Flushed::Refused(why) => Err(Outcome::RolledBack(why)),
            Flushed::Away(why) => Err(Outcome::Away(why)),
            Flushed::Fenced(why) => Err(Outcome::Fenced(why)),
            Flushed::Unknown(why) => Err(Outcome::Unknown(why)),
        }
    }

    /// Gives the commit its number, if it has changed anything since `before`.
    fn count(&self, before: u64) -> rusqlite::Result<()> {
        if self.statements.connection().total_changes() == before {
            return Ok(());
        }
        sequence::set(&self.statements, self.seq.next())
    }

    fn run(&self, group: &mut [Box<dyn Job>]) -> rusqlite::Result<Facts> {
        self.begin()?;
        if let Some(facts) = self.run_together(group)? {
            return Ok(facts);
        }
        tracing::warn!("an operation failed after it had changed something: its group runs again, each undone apart");
        self.figures.ran_again();
        self.execute("ROLLBACK")?;
        self.begin()?;
        self.run_apart(group)
    }

    fn begin(&self) -> rusqlite::Result<()> {
        self.shared.clear();
        self.execute("BEGIN IMMEDIATE")
    }

    /// Without savepoints; none when an operation failed after it changed something.
    fn run_together(&self, group: &mut [Box<dyn Job>]) -> rusqlite::Result<Option<Facts>> {
        let changes = || (self.statements.connection().total_changes(), self.shared.changes());
        let mut facts = Facts::default();
        for job in group {
            let before = changes();
            match self.run_one(job.as_mut())? {
                Some(of_job) => facts.append(of_job),
                None if changes() != before => return Ok(None),
                None => {}
            }
        }
        // A row that cannot be written is one operation's fault: apart it shows whose.
        Ok(self.write_shared()?.is_ok().then_some(facts))
    }

    /// Each in a savepoint of its own.
    fn run_apart(&self, group: &mut [Box<dyn Job>]) -> rusqlite::Result<Facts> {
        let mut facts = Facts::default();
        for job in group {
            self.execute("SAVEPOINT operation")?;
            let shared = self.shared.snapshot();
            let mut ran = self.run_one(job.as_mut())?;
            if ran.is_some()
                && let Err(failure) = self.write_shared()?
            {
                job.fail(failure);
                ran = None;
            }
            match ran {
                Some(of_job) => facts.append(of_job),
                None => {
                    self.execute("ROLLBACK TO operation")?;
                    self.shared.restore(shared);
                }
            }
            self.execute("RELEASE operation")?;
        }
        Ok(facts)
    }

    /// What the operation leaves, when its changes shall stand.
    fn run_one(&self, job: &mut dyn Job) -> rusqlite::Result<Option<Facts>> {
        let tx = self.tx();
        if job.run(&tx) {
            return Ok(Some(tx.into_facts()));
        }
        self.require_transaction().map(|()| None)
    }

    /// Writes the rows that the operations handed on.
    fn write_shared(&self) -> rusqlite::Result<Result<(), StoreError>> {
        let tx = self.tx();
        let written = self.shared.write(|write, row| write(&tx, row));
        if written.is_err() {
            self.require_transaction()?;
        }
        Ok(written)
    }

    fn tx(&self) -> Tx<'_, 'c> {
        Tx::new(&self.statements, self.clock.moment(), self.entropy.as_ref(), &self.terms, self.seq.next())
            .sharing(&self.shared)
            .noting(self.book.as_ref().map(|(_, notes)| notes))
    }

    /// A full disk or an I/O error ends the whole transaction, not only the operation.
    fn require_transaction(&self) -> rusqlite::Result<()> {
        match self.statements.connection().is_autocommit() {
            true => Err(rusqlite::Error::ExecuteReturnedResults),
            false => Ok(()),
        }
    }

    fn give_up(&self) {
        if !self.statements.connection().is_autocommit() {
            let _ = self.execute("ROLLBACK");
        }
    }

    fn execute(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.statements.with(sql, |statement| statement.execute([])).map(drop)
    }
}

#[expect(clippy::disallowed_methods, reason = "measures durations; no operation sees them")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Stopwatch::now();
    let done = work();
    (done, started.elapsed())
}
