//! Prepared statements, found again by the address of their text.
//!
//! rusqlite's own cache finds a statement by hashing and comparing its text, and copies that text at each use: a tenth
//! of what a payment costs the writer thread. Every [`Query`] is one constant of the program, so its address says the
//! same. What is kept here goes back to rusqlite's cache when this is dropped.

use std::cell::{Cell, RefCell};

use rusqlite::{CachedStatement, Connection};

use crate::store::Query;

/// The statements of one connection that are at hand.
pub(super) struct Statements<'c> {
    connection: &'c Connection,
    /// A few dozen, looked through faster than hashed; `None` while in use.
    at_hand: RefCell<Vec<(Address, Option<CachedStatement<'c>>)>>,
    /// Where the last one that was used is.
    last: Cell<usize>,
}

/// Where a constant text lies, and how long it is: of two texts that begin at one place, one may be the shorter.
type Address = (usize, usize);

impl<'c> Statements<'c> {
    pub(super) fn of(connection: &'c Connection) -> Self {
        Self { connection, at_hand: RefCell::default(), last: Cell::default() }
    }

    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Hands the statement to `work`. One that is in use already (a query inside the walk over its own rows) is
    /// prepared a second time.
    pub(super) fn with<T>(
        &self,
        query: Query,
        work: impl FnOnce(&mut CachedStatement<'c>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let place = self.place((query.as_ptr() as usize, query.len()));
        let at_hand = self.at_hand.borrow_mut()[place].1.take();
        let mut statement = match at_hand {
            Some(statement) => statement,
            None => self.connection.prepare_cached(query)?,
        };
        let done = work(&mut statement);
        self.at_hand.borrow_mut()[place].1 = Some(statement);
        done
    }

    /// Begins to look behind the last one: operations of a kind use the same ones in the same order.
    fn place(&self, address: Address) -> usize {
        let mut at_hand = self.at_hand.borrow_mut();
        let (before, behind) = at_hand.split_at((self.last.get() + 1).min(at_hand.len()));
        let is_it = |(known, _): &(Address, _)| *known == address;
        let found = behind.iter().position(is_it).map(|at| before.len() + at).or_else(|| before.iter().position(is_it));
        let place = found.unwrap_or_else(|| {
            at_hand.push((address, None));
            at_hand.len() - 1
        });
        self.last.set(place);
        place
    }
}
