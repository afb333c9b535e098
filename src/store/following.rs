//! The writer thread of a node that follows: it commits what the feed brings and tells memory of it, until this node leads.
//!
//! As where it leads, memory learns of a commit after it and never otherwise. Nothing is applied before whoever loads memory has
//! finished: the thread starts only then.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::watch;

use crate::ids::Seq;
use crate::standing::Standing;
use crate::store::around::Around;
use crate::store::book::{Book, Entry, Follower, Heard, Order};
use crate::store::hearer::Hearer;
use crate::store::statements::Statements;
use crate::store::{Fact, Tx, sequence};

/// How a node stopped following.
pub(super) enum End {
    /// It leads.
    Leads(Box<Book>),
    /// It was told to stop.
    Stopped,
    /// It cannot go on with this copy; why.
    Lost(String),
}

/// Follows until something else is to be done.
pub(super) fn follow(
    connection: &Connection,
    mut follower: Follower,
    (around, standing): (&Around, &Standing),
    hearer: &mut dyn Hearer,
    mut stop: watch::Receiver<bool>,
) -> End {
    let statements = Statements::of(connection);
    loop {
        match follower.hear(standing, around.clock.as_ref(), &mut stop) {
            Heard::Records(entries) => {
                let facts = match apply(&statements, &follower, around, hearer, &entries) {
                    Ok(facts) => facts,
                    Err(why) => return End::Lost(why),
                };
                for (entry, facts) in entries.iter().zip(facts) {
                    let told = catch_unwind(AssertUnwindSafe(|| hearer.publish(facts, around.clock.now())));
                    if told.is_err() {
                        return End::Lost("memory could not follow a commit".to_owned());
                    }
                    follower.has(entry);
                    standing.set_applied(entry.seq());
                }
            }
            Heard::Leads(book) => {
                if let Err(error) = connection.pragma_update(None, "foreign_keys", true) {
                    return End::Lost(error.to_string());
                }
                hearer.lead(around.clock.now());
                return End::Leads(book);
            }
            Heard::Lost(why) => return End::Lost(why),
            Heard::Stopped => return End::Stopped,
        }
    }
}

/// Commits these records together; gives the facts of each.
fn apply(
    statements: &Statements<'_>,
    follower: &Follower,
    around: &Around,
    hearer: &dyn Hearer,
    entries: &[Entry],
) -> Result<Vec<Vec<Fact>>, String> {
    let mut refused = String::new();
    for order in [Order::Plain, Order::Anew] {
        run(statements, "BEGIN IMMEDIATE")?;
        let applied = entries.iter().map(|entry| apply_one(statements, follower, around, hearer, entry, order));
        let committed = applied.collect::<Result<Vec<_>, String>>().and_then(|facts| {
            run(statements, "COMMIT")?;
            Ok(facts)
        });
        match committed {
            Ok(facts) => return Ok(facts),
            Err(why) => refused = why,
        }
        if !statements.connection().is_autocommit() {
            run(statements, "ROLLBACK")?;
        }
    }
    Err(refused)
}

fn apply_one(
    statements: &Statements<'_>,
    follower: &Follower,
    around: &Around,
    hearer: &dyn Hearer,
    entry: &Entry,
    order: Order,
) -> Result<Vec<Fact>, String> {
    let seq: Seq = entry.seq();
    let terms = around.terms.get();
    let tx = Tx::new(statements, around.clock.moment(), around.entropy.as_ref(), &terms, seq);
    // First: it was done by rows as they were, and what came of them in the same commit is in the record's rows.
    for (name, words) in entry.parts() {
        hearer.again(&tx, name, words).map_err(|why| format!("{name} cannot be done again: {why}"))?;
    }
    follower.apply(statements.connection(), entry, order)?;
    sequence::set(statements, seq).map_err(|error| error.to_string())?;
    let told = hearer.read(&tx, entry.facts())?;
    let mut facts = tx.into_facts().into_all();
    facts.extend(told);
    Ok(facts)
}

fn run(statements: &Statements<'_>, sql: &'static str) -> Result<(), String> {
    statements.with(sql, |statement| statement.execute([])).map(drop).map_err(|error| error.to_string())
}
