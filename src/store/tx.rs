//! What an operation sees of the store: a few verbs, one frozen moment, randomness, and the facts it leaves.

use std::any::Any;
use std::cell::{Cell, RefCell};

use rusqlite::{OptionalExtension, Params, Row};
use uuid::Uuid;

use crate::actor::Actor;
use crate::audit::Note;
use crate::clock::{Instant, Moment};
use crate::entropy::{self, Entropy};
use crate::ids::Seq;
use crate::store::book::Notes;
use crate::store::facts::Facts;
use crate::store::shared::SharedRows;
use crate::store::statements::Statements;
use crate::store::types::{Part, Query, RowResult};
use crate::store::{StoreError, integrity};
use crate::terms::Terms;

/// A row that is handed on inside a group ([`Tx::share`]).
pub trait SharedRow: Any + Clone {
    /// Writes all of the row that can change and is not written at once.
    ///
    /// # Errors
    /// Only the store's.
    fn write(&self, tx: &Tx) -> Result<(), StoreError>;
}

/// Writes a row of one kind.
pub(super) type WriteRow = fn(&Tx<'_, '_>, &dyn Any) -> Result<(), StoreError>;

fn write_row<T: SharedRow>(tx: &Tx<'_, '_>, row: &dyn Any) -> Result<(), StoreError> {
    row.downcast_ref::<T>().map_or(Ok(()), |row| row.write(tx))
}

/// One operation's view of the data file.
pub struct Tx<'a, 'c> {
    statements: &'a Statements<'c>,
    /// None for a reader.
    shared: Option<&'a SharedRows<WriteRow>>,
    now: Moment,
    entropy: &'a dyn Entropy,
    terms: &'a Terms,
    seq: Seq,
    actor: Cell<Actor>,
    facts: RefCell<Facts>,
    /// What notes touched rows for a book, where there is one.
    noted: Option<&'a Notes>,
    notes: RefCell<Vec<Note>>,
}

impl<'a, 'c> Tx<'a, 'c> {
    pub(super) fn new(
        statements: &'a Statements<'c>,
        now: Moment,
        entropy: &'a dyn Entropy,
        terms: &'a Terms,
        seq: Seq,
    ) -> Self {
        Self {
            statements,
            shared: None,
            now,
            entropy,
            terms,
            seq,
            actor: Cell::default(),
            facts: RefCell::default(),
            noted: None,
            notes: RefCell::default(),
        }
    }

    /// Of an operation in a group, which hands these rows on.
    pub(super) fn sharing(self, rows: &'a SharedRows<WriteRow>) -> Self {
        Self { shared: Some(rows), ..self }
    }

    /// Of an operation whose rows go into a book.
    pub(super) fn noting(self, noted: Option<&'a Notes>) -> Self {
        Self { noted, ..self }
    }

    /// The moment of this operation; it does not move while the operation runs.
    pub fn now(&self) -> Instant {
        self.now.now
    }

    /// The time of day at this moment, for what is promised for one: a sale's start, a show's.
    pub fn wall(&self) -> Instant {
        self.now.wall
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy
    }

    /// The terms in force when this operation's group began.
    pub fn terms(&self) -> &Terms {
        self.terms
    }

    /// The number of the commit that this operation is part of; for a read, of the last commit it sees. It grows for ever,
    /// across restarts too.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// In whose name this operation acts; the box office's own unless [`Tx::act_as`] said otherwise.
    pub fn actor(&self) -> Actor {
        self.actor.get()
    }

    /// Says in whose name this operation acts, once it knows.
    pub fn act_as(&self, actor: Actor) {
        self.actor.set(actor);
    }

    /// A new public id.
    pub fn new_id(&self) -> Uuid {
        entropy::new_id(self.entropy, self.now())
    }

    /// Says what happened. It becomes known after the commit, or never.
    pub fn tell<F: Any + Send>(&self, fact: F) {
        self.facts.borrow_mut().own.push(Box::new(fact));
    }

    /// Runs a part of this operation that every node does alike: it may look at nothing but its words, and at rows as they were before
    /// this operation's group. Other nodes are told the words, and neither the rows nor what it tells.
    ///
    /// # Errors
    /// What it says, or the store's.
    pub fn alike<E: From<StoreError>>(&self, part: Part, run: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let Some(noted) = self.noted else { return run() };
        let connection = self.statements.connection();
        let (since, told) = (noted.last(connection).map_err(StoreError::from)?, self.facts.borrow().own.len());
        run()?;
        let done = noted.take_part(connection, since, part).map_err(StoreError::from)?;
        let mut facts = self.facts.borrow_mut();
        let mut of_part = facts.own.split_off(told);
        facts.of_parts.append(&mut of_part);
        facts.parts.push(done);
        Ok(())
    }

    /// Notes for the audit log what was changed, if it is the staff who act; only then `note` is made.
    pub fn audit(&self, note: impl FnOnce() -> Note) {
        if self.actor().staff().is_some() {
            self.notes.borrow_mut().push(note());
        }
    }

    /// The notes so far; whoever takes them writes them.
    pub fn take_notes(&self) -> Vec<Note> {
        self.notes.take()
    }

    pub(super) fn into_facts(self) -> Facts {
        self.facts.into_inner()
    }

    /// What an operation of this group before this one made of a row that is handed on; none if nobody did, and then the
    /// file tells. Whoever reads such a row asks here first.
    pub fn shared<T: Any + Clone>(&self, key: i64) -> Option<T> {
        self.shared.and_then(|rows| rows.get(key))
    }

    /// Hands a changed row on to the group's operations after this one; it is written before the commit. Outside a group it
    /// is written at once.
    pub fn share<T: SharedRow>(&self, key: i64, row: T) -> Result<(), StoreError> {
        match self.shared {
            Some(rows) => {
                rows.put(key, row, write_row::<T>);
                Ok(())
            }
            None => row.write(self),
        }
    }

    /// Hands what was read of a row on to the group's operations after this one. Whoever changes it must [`Tx::unshare`] it.
    pub fn keep<T: Any + Clone>(&self, key: i64, row: T) {
        if let Some(rows) = self.shared {
            rows.keep(key, row);
        }
    }

    /// Hands on no more of a row: it is deleted, or was changed in the file.
    pub fn unshare<T: Any>(&self, key: i64) {
        if let Some(rows) = self.shared {
            rows.forget::<T>(key);
        }
    }

    /// What is unsound in the data file itself, in words; nothing when all is well. Reads all of it.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        Ok(integrity::faults(self.statements.connection())?)
    }

    /// The tables of the data file, by name.
    pub fn tables(&self) -> Result<Vec<String>, StoreError> {
        Ok(integrity::tables(self.statements.connection())?)
    }

    /// What is unsound in one table. Reads all of it.
    pub fn faults_of(&self, table: &str) -> Result<Vec<String>, StoreError> {
        Ok(integrity::faults_of(self.statements.connection(), table)?)
    }

    /// The row that must be there.
    pub fn one<T>(
        &self,
        query: Query,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> RowResult<T>,
    ) -> Result<T, StoreError> {
        Ok(self.statements.with(query, |statement| statement.query_row(params, read))?)
    }

    /// The row, if there is one.
    pub fn maybe<T>(
        &self,
        query: Query,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> RowResult<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.statements.with(query, |statement| statement.query_row(params, read).optional())?)
    }

    /// All rows, in the statement's order.
    pub fn all<T>(
        &self,
        query: Query,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> RowResult<T>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(self
            .statements
            .with(query, |statement| statement.query_map(params, read)?.collect::<RowResult<Vec<T>>>())?)
    }

    /// Hands over all rows one by one, for more than should stand in memory at once.
    pub fn each<T>(
        &self,
        query: Query,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> RowResult<T>,
        mut take: impl FnMut(T),
    ) -> Result<(), StoreError> {
        Ok(self.statements.with(query, |statement| {
            for row in statement.query_map(params, read)? {
                take(row?);
            }
            Ok(())
        })?)
    }

    /// Runs a change; gives the number of rows it changed.
    pub fn run(&self, query: Query, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.statements.with(query, |statement| statement.execute(params))?)
    }

    /// Runs a change of the one row that must be there. (`RETURNING` would say the same, and build a table for it.)
    pub fn change(&self, query: Query, params: impl Params) -> Result<(), StoreError> {
        match self.run(query, params)? {
            1 => Ok(()),
            changed => Err(rusqlite::Error::StatementChangedRows(changed).into()),
        }
    }

    /// Runs an insert into a table with an integer key; gives the new key.
    pub fn insert(&self, query: Query, params: impl Params) -> Result<i64, StoreError> {
        Ok(self.statements.with(query, |statement| statement.insert(params))?)
    }
}
