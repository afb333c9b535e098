//! The payment's tables: `payment` and `ticket`.

use uuid::Uuid;

use crate::ids::{CodeKey, PaymentKey, SeatId};
use crate::payment::ticket::{Payment, Ticket};
use crate::queue::Visit;
use crate::reservation::rules::MOST_SEATS;
use crate::store::{StoreError, Tx, params};

pub(super) fn insert_payment(
    tx: &Tx,
    payment: &Payment,
    visit: &Visit,
    code: Option<CodeKey>,
    ticket_count: u32,
) -> Result<PaymentKey, StoreError> {
    tx.insert(
        "INSERT INTO payment (id, user_key, concert_key, ordinal, amount, order_fee, code_key, discount, paid_at, ticket_count,
                              actor, staff_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            payment.id.as_bytes(),
            payment.user,
            visit.concert,
            visit.ordinal,
            payment.amount,
            payment.order_fee,
            code,
            payment.discount,
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

pub(super) fn find_payment(tx: &Tx, id: Uuid) -> Result<Option<PaymentKey>, StoreError> {
    tx.maybe("SELECT payment_key FROM payment WHERE id = ?1", params![id.as_bytes()], |row| row.get(0))
}

/// The payment without its tickets.
pub(super) fn payment(tx: &Tx, key: PaymentKey) -> Result<Option<Payment>, StoreError> {
    tx.maybe(
        "SELECT id, user_key, amount, order_fee, paid_at, discount FROM payment WHERE payment_key = ?1",
        params![key],
        |row| {
            let (amount, order_fee, discount) = (row.get(2)?, row.get(3)?, row.get(5)?);
            let (id, user, paid_at) = (Uuid::from_bytes(row.get(0)?), row.get(1)?, row.get(4)?);
            Ok(Payment { key, id, user, amount, order_fee, discount, paid_at, tickets: Vec::new() })
        },
    )
}

fn ticket_keys(payment: PaymentKey) -> (i64, i64) {
    (payment.0 * MOST_SEATS as i64, (payment.0 + 1) * MOST_SEATS as i64)
}

pub(super) fn tickets(tx: &Tx, payment: PaymentKey) -> Result<Vec<Ticket>, StoreError> {
    let (first, end) = ticket_keys(payment);
    tx.all(
        "SELECT ticket_key, performance_key, seat_no, type_no, price, fee FROM ticket
         WHERE ticket_key >= ?1 AND ticket_key < ?2 ORDER BY ticket_key",
        params![first, end],
        |row| {
            let seat = SeatId { performance: row.get(1)?, seat_no: row.get(2)? };
            Ok(Ticket { key: row.get(0)?, seat, type_no: row.get(3)?, price: row.get(4)?, fee: row.get(5)? })
        },
    )
}
