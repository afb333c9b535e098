//! The payment's tables: `payment` and `ticket`.

use uuid::Uuid;

use crate::ids::{PaymentKey, SeatId};
use crate::payment::ticket::{Payment, Ticket};
use crate::queue::Visit;
use crate::reservation::rules::MOST_SEATS;
use crate::store::{StoreError, Tx, params};

pub(super) fn insert_payment(
    tx: &Tx,
    payment: &Payment,
    visit: &Visit,
    ticket_count: u32,
) -> Result<PaymentKey, StoreError> {
    tx.insert(
        "INSERT INTO payment (id, user_key, concert_key, ordinal, amount, paid_at, ticket_count, actor, staff_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            payment.id.as_bytes(),
            payment.user,
            visit.concert,
            visit.ordinal,
            payment.amount,
            payment.paid_at,
            ticket_count,
            tx.actor().kind(),
            tx.actor().staff()
        ],
    )
    .map(PaymentKey)
}

pub(super) fn insert_ticket(tx: &Tx, ticket: &Ticket) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO ticket (ticket_key, performance_key, seat_no, price) VALUES (?1, ?2, ?3, ?4)",
        params![ticket.key, ticket.seat.performance, ticket.seat.seat_no, ticket.price],
    )?;
    Ok(())
}

pub(super) fn find_payment(tx: &Tx, id: Uuid) -> Result<Option<PaymentKey>, StoreError> {
    tx.maybe("SELECT payment_key FROM payment WHERE id = ?1", params![id.as_bytes()], |row| row.get(0))
}

/// The payment without its tickets.
pub(super) fn payment(tx: &Tx, key: PaymentKey) -> Result<Option<Payment>, StoreError> {
    tx.maybe("SELECT id, user_key, amount, paid_at FROM payment WHERE payment_key = ?1", params![key], |row| {
        Ok(Payment {
            key,
            id: Uuid::from_bytes(row.get(0)?),
            user: row.get(1)?,
            amount: row.get(2)?,
            paid_at: row.get(3)?,
            tickets: Vec::new(),
        })
    })
}

fn ticket_keys(payment: PaymentKey) -> (i64, i64) {
    (payment.0 * MOST_SEATS as i64, (payment.0 + 1) * MOST_SEATS as i64)
}

pub(super) fn tickets(tx: &Tx, payment: PaymentKey) -> Result<Vec<Ticket>, StoreError> {
    let (first, end) = ticket_keys(payment);
    tx.all(
        "SELECT ticket_key, performance_key, seat_no, price FROM ticket
         WHERE ticket_key >= ?1 AND ticket_key < ?2 ORDER BY ticket_key",
        params![first, end],
        |row| {
            let seat = SeatId { performance: row.get(1)?, seat_no: row.get(2)? };
            Ok(Ticket { key: row.get(0)?, seat, price: row.get(3)? })
        },
    )
}
