//! The payment's tables: `payment` and `ticket`.

use std::ops::Range;

use uuid::Uuid;

use crate::ids::{
    CodeKey, ConcertKey, Ordinal, PaymentKey, PerformanceKey, RefundKey, SeatId, TICKETS_PER_PAYMENT, TicketKey,
    UserKey,
};
use crate::money::Amount;
use crate::payment::channel::{Channel, PaidBy};
use crate::payment::ticket::{Payment, Refunded, SoldPayment, Ticket};
use crate::reservation::Holder;
use crate::store::{Row, RowResult, StoreError, Tx, params};

pub(super) fn insert_payment(
    tx: &Tx,
    payment: &Payment,
    holder: &Holder,
    code: Option<CodeKey>,
    paid_by: Option<PaidBy>,
    ticket_count: u32,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO payment (payment_key, id, user_key, concert_key, ordinal, amount, order_fee, code_key, discount, paid_at,
                              ticket_count, actor, staff_key, paid_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            payment.key,
            payment.id.as_bytes(),
            payment.user,
            holder.concert,
            holder.ordinal,
            payment.amount,
            payment.order_fee,
            code,
            payment.discount,
            payment.paid_at,
            ticket_count,
            tx.actor().kind(),
            tx.actor().staff(),
            paid_by
        ],
    )?;
    Ok(())
}

/// The last payment's key.
pub(super) fn last_payment(tx: &Tx) -> Result<Option<PaymentKey>, StoreError> {
    tx.one("SELECT max(payment_key) FROM payment", params![], |row| row.get(0))
}

pub(super) fn insert_ticket(tx: &Tx, ticket: &Ticket) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO ticket (ticket_key, performance_key, seat_no, type_no, price, fee) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            ticket.key,
            ticket.seat.performance,
            ticket.seat.seat_no,
            ticket.type_no,
            ticket.price,
            ticket.fee
        ],
    )?;
    Ok(())
}

/// How many tickets for places of a range were given back while the performance is played in the version of the hall in which it
/// is, up to so many.
pub(super) fn count_given_back(
    tx: &Tx,
    performance: PerformanceKey,
    range: &Range<u32>,
    limit: u32,
) -> Result<u32, StoreError> {
    tx.one(
        "SELECT count(*) FROM (
           SELECT 1 FROM ticket WHERE performance_key = ?1 AND seat_no >= ?2 AND seat_no < ?3
             AND refund_key IS NOT NULL AND version_no = 0 LIMIT ?4 + 0)",
        params![performance, range.start, range.end, limit],
        |row| row.get(0),
    )
}

/// The same tickets are for places of this version from now on, from which the performance moves on.
pub(super) fn leave_behind(
    tx: &Tx,
    performance: PerformanceKey,
    version_no: u32,
    range: &Range<u32>,
) -> Result<usize, StoreError> {
    tx.run(
        "UPDATE ticket SET version_no = ?2 WHERE performance_key = ?1 AND seat_no >= ?3 AND seat_no < ?4
           AND refund_key IS NOT NULL AND version_no = 0",
        params![performance, version_no, range.start, range.end],
    )
}

/// A ticket's seat has another number.
pub(super) fn renumber(tx: &Tx, ticket: TicketKey, seat_no: u32) -> Result<(), StoreError> {
    tx.change("UPDATE ticket SET seat_no = ?2 WHERE ticket_key = ?1", params![ticket, seat_no])
}

/// Sets the number of a standing section's tickets aside, from 2^25 on, until all are set: sections change places among each
/// other.
pub(super) fn set_section_aside(tx: &Tx, performance: PerformanceKey, from: u32, to: u32) -> Result<(), StoreError> {
    tx.run(
        "UPDATE ticket SET seat_no = ?3 + 16777216
         WHERE performance_key = ?1 AND seat_no = ?2 AND seat_no >= 16777216 AND refund_key IS NULL",
        params![performance, from, to],
    )?;
    Ok(())
}

/// Numbers that were set aside hold from now on.
pub(super) fn take_sections(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run(
        "UPDATE ticket SET seat_no = seat_no - 16777216 WHERE performance_key = ?1 AND seat_no >= 16777216 AND seat_no >= 33554432",
        params![performance],
    )?;
    Ok(())
}

/// The payment without its tickets.
pub(super) fn payment(tx: &Tx, key: PaymentKey) -> Result<Option<Payment>, StoreError> {
    tx.maybe(
        "SELECT id, user_key, amount, order_fee, paid_at, discount, concert_key FROM payment WHERE payment_key = ?1",
        params![key],
        |row| {
            let (amount, order_fee, discount) = (row.get(2)?, row.get(3)?, row.get(5)?);
            let (id, user, paid_at, concert) = (Uuid::from_bytes(row.get(0)?), row.get(1)?, row.get(4)?, row.get(6)?);
            Ok(Payment { key, id, user, concert, amount, order_fee, discount, paid_at, tickets: Vec::new() })
        },
    )
}

macro_rules! select_tickets {
    ($rest:literal) => {
        concat!(
            "SELECT ticket_key, performance_key, seat_no, type_no, price, fee, handovers, code_salt, holder_key, refund_key, \
             refunded, version_no \
             FROM ticket ",
            $rest
        )
    };
}

fn read_ticket(row: &Row<'_>) -> RowResult<Ticket> {
    let refund: Option<RefundKey> = row.get(9)?;
    let refunded: Option<Amount> = row.get(10)?;
    Ok(Ticket {
        key: row.get(0)?,
        seat: SeatId { performance: row.get(1)?, version_no: row.get(11)?, seat_no: row.get(2)? },
        type_no: row.get(3)?,
        price: row.get(4)?,
        fee: row.get(5)?,
        handovers: row.get(6)?,
        code_salt: row.get(7)?,
        holder: row.get(8)?,
        refund: refund.zip(refunded).map(|(key, amount)| Refunded { key, amount }),
    })
}

/// The tickets of a payment. Of which version of the hall their seats are the catalogue knows: `version_no` is 0 where it is the
/// one in which the performance is played.
pub(super) fn tickets(tx: &Tx, payment: PaymentKey) -> Result<Vec<Ticket>, StoreError> {
    tickets_of(tx, payment, payment)
}

/// The tickets of all payments from one to another.
pub(super) fn tickets_of(tx: &Tx, first: PaymentKey, last: PaymentKey) -> Result<Vec<Ticket>, StoreError> {
    tx.all(
        select_tickets!("WHERE ticket_key >= ?1 AND ticket_key < ?2 ORDER BY ticket_key"),
        params![first.0 * TICKETS_PER_PAYMENT, (last.0 + 1) * TICKETS_PER_PAYMENT],
        read_ticket,
    )
}

/// Payments without their tickets, in the order in which they were made.
pub(super) fn sold(tx: &Tx, after: PaymentKey, up_to: PaymentKey, limit: u32) -> Result<Vec<SoldPayment>, StoreError> {
    tx.all(
        "SELECT payment_key, id, concert_key, ordinal, paid_by, amount, order_fee, order_fee_back, code_key, discount, paid_at
         FROM payment WHERE payment_key > ?1 AND payment_key <= ?2 ORDER BY payment_key LIMIT ?3 + 0",
        params![after, up_to, limit],
        |row| {
            Ok(SoldPayment {
                key: row.get(0)?,
                id: Uuid::from_bytes(row.get(1)?),
                concert: row.get(2)?,
                channel: Channel::of(row.get(3)?),
                paid_by: row.get(4)?,
                amount: row.get(5)?,
                order_fee: row.get(6)?,
                is_order_fee_back: row.get::<_, Amount>(7)? > Amount(0),
                code: row.get(8)?,
                discount: row.get(9)?,
                paid_at: row.get(10)?,
                tickets: Vec::new(),
            })
        },
    )
}

pub(super) fn payment_id(tx: &Tx, key: PaymentKey) -> Result<Option<Uuid>, StoreError> {
    let of = "SELECT id FROM payment WHERE payment_key = ?1";
    tx.maybe(of, params![key], |row| Ok(Uuid::from_bytes(row.get(0)?)))
}

pub(super) fn seat_no(tx: &Tx, ticket: TicketKey) -> Result<Option<u32>, StoreError> {
    tx.maybe("SELECT seat_no FROM ticket WHERE ticket_key = ?1", params![ticket], |row| row.get(0))
}

/// The tickets for standing places of a performance that stand, by section and in the order of their sales, after this one.
pub(super) fn standing_tickets(
    tx: &Tx,
    performance: PerformanceKey,
    (after_seat, after): (u32, TicketKey),
    limit: u32,
) -> Result<Vec<TicketKey>, StoreError> {
    tx.all(
        "SELECT ticket_key FROM ticket
         WHERE performance_key = ?1 AND seat_no >= 16777216 AND (seat_no, ticket_key) > (?2, ?3) AND refund_key IS NULL
         ORDER BY seat_no, ticket_key LIMIT ?4 + 0",
        params![performance, after_seat, after, limit],
        |row| row.get(0),
    )
}

/// Those that others handed on to this user, the newest first, older than `before`.
pub(super) fn handed_to(tx: &Tx, user: UserKey, before: TicketKey, limit: u32) -> Result<Vec<Ticket>, StoreError> {
    tx.all(
        select_tickets!("WHERE holder_key = ?1 AND ticket_key < ?2 ORDER BY ticket_key DESC LIMIT ?3 + 0"),
        params![user, before, limit],
        read_ticket,
    )
}

/// Makes a ticket that stands somebody else's, by another code, made with this salt; none for the payer's again.
pub(super) fn hand_on(tx: &Tx, ticket: &Ticket, to: Option<UserKey>, code_salt: i64) -> Result<(), StoreError> {
    tx.change(
        "UPDATE ticket SET holder_key = ?3, handovers = handovers + 1, code_salt = ?4
         WHERE ticket_key = ?1 AND handovers = ?2 AND refund_key IS NULL",
        params![ticket.key, ticket.handovers, to, code_salt],
    )
}

/// A payment is another account's.
pub(super) fn set_payer(tx: &Tx, payment: PaymentKey, user: UserKey) -> Result<(), StoreError> {
    tx.change("UPDATE payment SET user_key = ?2 WHERE payment_key = ?1", params![payment, user])
}

/// Tickets of a payment that were handed on to this user are the payer's.
pub(super) fn take_home(tx: &Tx, payment: PaymentKey, user: UserKey) -> Result<(), StoreError> {
    let first = payment.0 * TICKETS_PER_PAYMENT;
    tx.run(
        "UPDATE ticket SET holder_key = NULL WHERE ticket_key >= ?1 AND ticket_key < ?2 AND holder_key = ?3",
        params![first, first + TICKETS_PER_PAYMENT, user],
    )?;
    Ok(())
}

/// A ticket is another account's, by the code it has.
pub(super) fn set_holder(tx: &Tx, ticket: TicketKey, user: Option<UserKey>) -> Result<(), StoreError> {
    tx.change("UPDATE ticket SET holder_key = ?2 WHERE ticket_key = ?1", params![ticket, user])
}

/// In which concert's line, or on its waitlist, a payment was made.
pub(super) fn place_of(tx: &Tx, payment: PaymentKey) -> Result<(ConcertKey, Ordinal), StoreError> {
    tx.one("SELECT concert_key, ordinal FROM payment WHERE payment_key = ?1", params![payment], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Cancels a ticket that stands.
pub(super) fn cancel_ticket(tx: &Tx, ticket: TicketKey, refund: RefundKey, back: Amount) -> Result<(), StoreError> {
    tx.change(
        "UPDATE ticket SET refund_key = ?2, refunded = ?3 WHERE ticket_key = ?1 AND refund_key IS NULL",
        params![ticket, refund, back],
    )
}

pub(super) fn return_order_fee(tx: &Tx, payment: PaymentKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE payment SET order_fee_back = order_fee WHERE payment_key = ?1 AND order_fee_back = 0",
        params![payment],
    )
}

pub(super) fn last_ticket(tx: &Tx) -> Result<Option<TicketKey>, StoreError> {
    tx.one("SELECT max(ticket_key) FROM ticket", params![], |row| row.get(0))
}
