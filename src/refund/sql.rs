//! The tables `refund` and `cancellation`.

use uuid::Uuid;

use crate::ids::{ConcertKey, PaymentKey, PerformanceKey, PostingKey, RefundKey};
use crate::refund::record::{BookedRefund, Cancellation, Refund, ToCancel};
use crate::store::{Row, RowResult, StoreError, Tx, params};

pub(super) fn insert_refund(tx: &Tx, refund: &Refund, posting: PostingKey) -> Result<RefundKey, StoreError> {
    tx.insert(
        "INSERT INTO refund (id, payment_key, posting_key, cause, way, amount, order_fee, refunded_at, actor, staff_key, places)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            refund.id.as_bytes(),
            refund.payment,
            posting,
            refund.cause,
            refund.way,
            refund.amount,
            refund.order_fee,
            refund.refunded_at,
            tx.actor().kind(),
            tx.actor().staff(),
            refund.places
        ],
    )
    .map(RefundKey)
}

/// The payment that a refund is of.
pub(super) fn payment_of(tx: &Tx, id: Uuid) -> Result<Option<PaymentKey>, StoreError> {
    tx.maybe("SELECT payment_key FROM refund WHERE id = ?1", params![id.as_bytes()], |row| row.get(0))
}

/// The refunds of a payment without their tickets, oldest first.
pub(super) fn refunds(tx: &Tx, payment: PaymentKey) -> Result<Vec<Refund>, StoreError> {
    tx.all(
        "SELECT refund_key, id, cause, way, amount, order_fee, refunded_at, places FROM refund
         WHERE payment_key = ?1 ORDER BY refund_key",
        params![payment],
        |row| {
            Ok(Refund {
                key: row.get(0)?,
                id: Uuid::from_bytes(row.get(1)?),
                payment,
                cause: row.get(2)?,
                way: row.get(3)?,
                amount: row.get(4)?,
                order_fee: row.get(5)?,
                refunded_at: row.get(6)?,
                places: row.get(7)?,
                tickets: Vec::new(),
            })
        },
    )
}

macro_rules! select_cancellation {
    ($rest:literal) => {
        concat!(
            "SELECT performance_key, performance_id, concert_key, begun_at, done_at, tickets, refunded, amount, last_ticket \
             FROM cancellation ",
            $rest
        )
    };
}

fn read_cancellation(row: &Row<'_>) -> RowResult<Cancellation> {
    Ok(Cancellation {
        performance: row.get(0)?,
        performance_id: Uuid::from_bytes(row.get(1)?),
        concert: row.get(2)?,
        begun_at: row.get(3)?,
        done_at: row.get(4)?,
        tickets: row.get(5)?,
        refunded: row.get(6)?,
        amount: row.get(7)?,
        last_ticket: row.get(8)?,
    })
}

pub(super) fn insert_cancellation(tx: &Tx, of: &Cancellation) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO cancellation (performance_key, performance_id, concert_key, begun_at, tickets, actor, staff_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            of.performance,
            of.performance_id.as_bytes(),
            of.concert,
            of.begun_at,
            of.tickets,
            tx.actor().kind(),
            tx.actor().staff()
        ],
    )?;
    Ok(())
}

pub(super) fn cancellation(tx: &Tx, performance: PerformanceKey) -> Result<Option<Cancellation>, StoreError> {
    tx.maybe(select_cancellation!("WHERE performance_key = ?1"), params![performance], read_cancellation)
}

/// One that is not done, the oldest.
pub(super) fn open_cancellation(tx: &Tx) -> Result<Option<Cancellation>, StoreError> {
    tx.maybe(select_cancellation!("WHERE done_at IS NULL ORDER BY performance_key LIMIT 1"), [], read_cancellation)
}

pub(super) fn cancellations(
    tx: &Tx,
    concert: ConcertKey,
    after: PerformanceKey,
    limit: u32,
) -> Result<Vec<Cancellation>, StoreError> {
    tx.all(
        select_cancellation!("WHERE concert_key = ?1 AND performance_key > ?2 ORDER BY performance_key LIMIT ?3 + 0"),
        params![concert, after, limit],
        read_cancellation,
    )
}

/// What is left to be cancelled of this concert, or of any.
pub(super) fn concert_cancellation(tx: &Tx, concert: Option<ConcertKey>) -> Result<Option<ToCancel>, StoreError> {
    tx.maybe(
        "SELECT concert_key, last_start, last_performance FROM concert_cancellation
         WHERE concert_key >= ?1 AND concert_key <= ?2 LIMIT 1",
        params![concert.unwrap_or(ConcertKey(0)), concert.unwrap_or(ConcertKey(i64::MAX))],
        |row| Ok(ToCancel { concert: row.get(0)?, last: (row.get(1)?, row.get(2)?) }),
    )
}

pub(super) fn leave(tx: &Tx, left: &ToCancel) -> Result<(), StoreError> {
    tx.change(
        "INSERT INTO concert_cancellation (concert_key, last_start, last_performance) VALUES (?1, ?2, ?3)
         ON CONFLICT (concert_key) DO UPDATE SET last_start = ?2, last_performance = ?3",
        params![left.concert, left.last.0, left.last.1],
    )
}

pub(super) fn leave_nothing(tx: &Tx, concert: ConcertKey) -> Result<(), StoreError> {
    tx.run("DELETE FROM concert_cancellation WHERE concert_key = ?1", params![concert])?;
    Ok(())
}

/// The tickets of a cancelled performance were counted, unless somebody else did before.
pub(super) fn set_tickets(tx: &Tx, performance: PerformanceKey, tickets: u32) -> Result<(), StoreError> {
    tx.run(
        "UPDATE cancellation SET tickets = ?2 WHERE performance_key = ?1 AND tickets IS NULL",
        params![performance, tickets],
    )?;
    Ok(())
}

/// Goes on from `from` to `to`, if nobody else did.
pub(super) fn advance(tx: &Tx, from: &Cancellation, to: &Cancellation) -> Result<(), StoreError> {
    tx.change(
        "UPDATE cancellation SET last_ticket = ?3, refunded = ?4, amount = ?5, done_at = ?6
         WHERE performance_key = ?1 AND last_ticket IS ?2 AND done_at IS NULL",
        params![from.performance, from.last_ticket, to.last_ticket, to.refunded, to.amount, to.done_at],
    )
}

pub(super) fn last_refund(tx: &Tx, up_to: PostingKey) -> Result<Option<RefundKey>, StoreError> {
    tx.maybe(
        "SELECT refund_key FROM refund WHERE posting_key <= ?1 ORDER BY posting_key DESC LIMIT 1",
        params![up_to],
        |row| row.get(0),
    )
}

/// Refunds in the order in which they were made.
pub(super) fn booked(tx: &Tx, after: RefundKey, up_to: RefundKey, limit: u32) -> Result<Vec<BookedRefund>, StoreError> {
    tx.all(
        "SELECT refund_key, id, payment_key, posting_key, cause, way, amount, order_fee, refunded_at FROM refund
         WHERE refund_key > ?1 AND refund_key <= ?2 ORDER BY refund_key LIMIT ?3 + 0",
        params![after, up_to, limit],
        |row| {
            Ok(BookedRefund {
                key: row.get(0)?,
                id: Uuid::from_bytes(row.get(1)?),
                payment: row.get(2)?,
                posting: row.get(3)?,
                cause: row.get(4)?,
                way: row.get(5)?,
                amount: row.get(6)?,
                order_fee: row.get(7)?,
                refunded_at: row.get(8)?,
            })
        },
    )
}
