//! One group on its way into the book: a transaction in one round trip, and the truth about its end.
//!
//! ```text
//! BEGIN · fence · the feed's record · at most three statements a table · look that the fence was passed, then COMMIT · a hint
//! ```
//! The fence is an update of the one row of `office` that must meet the leader's epoch and the commit before; it and every
//! change fail inside the transaction when they do not meet exactly the rows that they should. So what is committed there is what the
//! file is about to commit, after what it committed before, by the one who leads.

use std::future::poll_fn;
use std::ops::BitOr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use tokio::time::{sleep, timeout};
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::types::ToSql;

use super::error::{BookError, at_postgres, said};
use super::feed;
use super::lease::{self, LEASE};
use super::led::Book;
use super::link::Link;
use super::record::{Record, unlike_any_other};
use super::touched::{Change, Done, Values, Way};
use super::written;

/// What became of a record.
#[derive(Debug)]
pub(crate) enum Flushed {
    /// The book has it, where PostgreSQL's settings say that a commit must stand.
    Stands,
    /// The book does not have it, and never will.
    Refused(String),
    /// The book is out of reach, and was not given the record.
    Away(String),
    /// As refused, and this node leads no longer.
    Fenced(String),
    /// Nobody knows: the book did not come back in time to be asked.
    Unknown(String),
}

/// How long a book that broke off is waited for: a database that fails over takes half a minute.
const ASK_FOR: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(250);

/// A request on its way, and then its answer.
type Sent<'a> = Pin<Box<MaybeDone<BoxFuture<'a, Result<(), tokio_postgres::Error>>>>>;

/// How a transaction ended, as far as this end of the connection can tell.
enum Ended {
    Well,
    Refused(String),
    Fenced,
    Unseen(String),
}

impl Book {
    /// Puts the group with this number into the book, with what is done alike and its facts in the words of whoever hears them.
    pub(crate) fn flush(&mut self, seq: i64, done: &[Done], changes: &[Change], facts: &[u8]) -> Flushed {
        let Some(runtime) = self.runtime.take() else { return Flushed::Refused("the book is closed".to_owned()) };
        // What is done alike comes first: the group's other changes may be of the same rows.
        let all: Vec<&Change> = done.iter().flat_map(|done| &done.rows).chain(changes).collect();
        let flushed = match written::write(&self.tables, done, changes, facts) {
            Ok(written) => runtime.block_on(self.put(seq, &all, &written)),
            Err(error) => Flushed::Refused(error.to_string()),
        };
        self.runtime = Some(runtime);
        flushed
    }

    async fn put(&mut self, seq: i64, changes: &[&Change], written: &[u8]) -> Flushed {
        let mut again = true;
        loop {
            if let Err(refused) = self.connect(seq).await {
                return refused;
            }
            let record = Record { seq, mark: unlike_any_other() };
            let why = match self.send(&record, changes, written).await {
                Ended::Well => {
                    self.last = record;
                    return Flushed::Stands;
                }
                Ended::Refused(why) => return Flushed::Refused(why),
                Ended::Fenced => return Flushed::Fenced("another leads, or its epoch was raised".to_owned()),
                Ended::Unseen(why) => why,
            };
            tracing::warn!("nobody knows yet whether record {seq} stands in the book: {why}");
            match self.ask(record).await {
                Some(Flushed::Refused(_)) if std::mem::take(&mut again) => {}
                Some(known) => return known,
                None => return Flushed::Unknown(why),
            }
        }
    }

    /// Sees to an open connection. One that broke since is replaced under a new epoch.
    async fn connect(&mut self, seq: i64) -> Result<(), Flushed> {
        if self.link.as_ref().is_some_and(Link::is_open) {
            return Ok(());
        }
        self.link = None;
        match self.begin_anew().await {
            Ok(Some(found)) if found == self.last && found.seq + 1 == seq => Ok(()),
            Ok(Some(found)) => {
                Err(Flushed::Fenced(format!("the book stands at {}, this file at {}", found.seq, self.last.seq)))
            }
            Ok(None) => Err(Flushed::Fenced("another leads".to_owned())),
            Err(error) => Err(Flushed::Away(error.to_string())),
        }
    }

    /// Connects and raises the epoch; gives the last record that stands. None when another leads.
    async fn begin_anew(&mut self) -> Result<Option<Record>, BookError> {
        self.statements.clear();
        self.own = None;
        let link = Link::open(&self.address).await?;
        let begun = lease::raise(&link, &self.me).await?;
        if link.was_warned() {
            return Err(BookError::Said("a commit's wait for the standby was cut short".to_owned()));
        }
        self.link = Some(link);
        Ok(begun.map(|begun| {
            self.epoch = begun.epoch;
            begun.last
        }))
    }

    /// Finds out whether a record stands whose end was not seen. None when that cannot be found out in time.
    async fn ask(&mut self, record: Record) -> Option<Flushed> {
        let asking = async {
            loop {
                self.link = None;
                match self.begin_anew().await {
                    Ok(found) => return found,
                    Err(error) => tracing::warn!(%error, "the book does not answer yet"),
                }
                sleep(ASK_EVERY).await;
            }
        };
        let found = timeout(ASK_FOR, asking).await.ok()?;
        // Another leads: it may have gone on from this record or without it, and its book is not this one's to read.
        let found = found?;
        if found == record {
            self.last = record;
            return Some(Flushed::Stands);
        }
        if found == self.last {
            return Some(Flushed::Refused("the connection broke before the commit".to_owned()));
        }
        Some(Flushed::Fenced(format!("the book stands at {}, which this node did not write", found.seq)))
    }

    async fn send(&mut self, record: &Record, changes: &[&Change], written: &[u8]) -> Ended {
        // What was warned of before is not about this record.
        if let Some(link) = &self.link {
            link.was_warned();
        }
        match self.prepare(changes).await {
            Ok(()) => {}
            Err(error) if self.link.as_ref().is_some_and(Link::is_open) => return Ended::Refused(error.to_string()),
            Err(error) => return Ended::Unseen(error.to_string()),
        }
        let Some(link) = &self.link else { return Ended::Unseen("there is no connection".to_owned()) };
        let ended = self.pipeline(link, record, changes, written).await;
        // A transaction that failed is still open.
        if matches!(ended, Ended::Refused(_) | Ended::Fenced) && link.client.batch_execute("ROLLBACK").await.is_err() {
            self.link = None;
            return ended;
        }
        match ended {
            Ended::Well if link.was_warned() => Ended::Unseen("the commit came with a warning".to_owned()),
            ended => ended,
        }
    }

    async fn prepare(&mut self, changes: &[&Change]) -> Result<(), BookError> {
        let Some(link) = &self.link else { return Err(BookError::Said("there is no connection".to_owned())) };
        if self.own.is_none() {
            let fence = link.client.prepare(&fence()).await.map_err(at_postgres)?;
            self.own = Some((fence, link.client.prepare(feed::ADD).await.map_err(at_postgres)?));
        }
        for change in changes {
            let shape = change.shape();
            if !self.statements.contains_key(&shape) {
                let table = &self.tables[change.table];
                let sql = match change.way {
                    Way::New => table.add(),
                    Way::Changed => table.change(&change.which),
                    Way::Gone => table.take_away(),
                };
                self.statements.insert(shape, link.client.prepare(&sql).await.map_err(at_postgres)?);
            }
        }
        Ok(())
    }

    /// All at once: each is sent before any is answered.
    async fn pipeline(&self, link: &Link, record: &Record, changes: &[&Change], written: &[u8]) -> Ended {
        let Some((fence, add)) = &self.own else { return Ended::Unseen("no fence".to_owned()) };
        let client = &link.client;
        let own: [&(dyn ToSql + Sync); 3] = [&record.seq, &record.mark, &self.epoch];
        let told: [&(dyn ToSql + Sync); 5] = [&record.seq, &self.epoch, &record.mark, &self.last.mark, &written];
        let parameters: Vec<Vec<&(dyn ToSql + Sync)>> = changes.iter().map(|change| parameters(change)).collect();
        let ours = [
            client.batch_execute("BEGIN").boxed(),
            client.query(fence, &own).map(|answer| answer.map(drop)).boxed(),
            client.execute(add, &told).map(|answer| answer.map(drop)).boxed(),
        ];
        let rows = changes.iter().zip(&parameters).map(|(change, parameters)| {
            let statement = &self.statements[&change.shape()];
            client.query(statement, parameters).map(|answer| answer.map(drop)).boxed()
        });
        let end = record.commit(self.epoch);
        let end = client.batch_execute(&end).boxed();
        let mut sent: Vec<Sent<'_>> =
            ours.into_iter().chain(rows).chain([end]).map(|one| Box::pin(maybe_done(one))).collect();
        let hint = feed::hint(&self.address);
        let mut hint: Sent<'_> = Box::pin(maybe_done(client.batch_execute(&hint).boxed()));
        poll_fn(|context| {
            // In their order: a request is sent when it is first asked for its answer.
            let waits = sent.iter_mut().map(|one| one.as_mut().poll(context).is_pending()).fold(false, BitOr::bitor);
            // Nobody waits for what becomes of the hint.
            let _ = hint.as_mut().poll(context);
            if waits { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        let answers = sent.iter_mut().map(|one| one.as_mut().take_output().unwrap_or(Ok(())));
        let failed = answers.enumerate().find_map(|(place, answer)| answer.err().map(|error| (place, error)));
        failed.map_or(Ended::Well, |(place, error)| ended(place, &error))
    }
}

/// What the first error says: of a statement that failed inside the transaction nothing can stand; of a COMMIT that was not
/// answered nobody knows.
fn ended(place: usize, error: &tokio_postgres::Error) -> Ended {
    const FENCE: usize = 1;
    let Some(refusal) = error.as_db_error() else { return Ended::Unseen(said(error)) };
    let is_end = matches!(refusal.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    match place {
        FENCE if *refusal.code() == SqlState::DIVISION_BY_ZERO => Ended::Fenced,
        // The server ended the connection: between two groups, in one, or in its commit.
        _ if is_end => Ended::Unseen(said(error)),
        _ => Ended::Refused(said(error)),
    }
}

fn fence() -> String {
    format!(
        "WITH met AS (UPDATE office SET seq = $1::bigint, mark = $2, until = clock_timestamp() + {LEASE} \
         WHERE epoch = $3 AND seq = $1::bigint - 1 RETURNING 1) SELECT 1 / count(*)::int FROM met"
    )
}

/// As the statement of its way has them.
fn parameters(change: &Change) -> Vec<&(dyn ToSql + Sync)> {
    let columns = change.columns.iter().map(Values::as_sql);
    let count = (change.way != Way::New).then_some(&change.rows as &(dyn ToSql + Sync));
    columns.chain(count).collect()
}
