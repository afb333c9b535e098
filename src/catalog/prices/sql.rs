//! The prices' tables: `ticket_type` and `performance_price`.

use crate::catalog::prices::list::TicketType;
use crate::ids::{PerformanceKey, TypeNo};
use crate::money::Amount;
use crate::store::{StoreError, Tx, params};

/// All that a performance ever had, in the venue's order; whether each is sold.
pub(super) fn ticket_types(
    tx: &Tx,
    performance: PerformanceKey,
) -> Result<Vec<(TypeNo, TicketType, bool)>, StoreError> {
    tx.all(
        "SELECT type_no, name, seats_per_user, place IS NOT NULL FROM ticket_type WHERE performance_key = ?1 ORDER BY place",
        params![performance],
        |row| Ok((row.get(0)?, TicketType { name: row.get(1)?, seats_per_user: row.get(2)? }, row.get(3)?)),
    )
}

/// None of a performance's types is sold any more.
pub(super) fn end_types(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run("UPDATE ticket_type SET place = NULL WHERE performance_key = ?1", params![performance])?;
    Ok(())
}

/// A type is sold again, at this place of the list.
pub(super) fn sell_type(
    tx: &Tx,
    performance: PerformanceKey,
    type_no: TypeNo,
    place: u32,
    of: &TicketType,
) -> Result<(), StoreError> {
    tx.change(
        "UPDATE ticket_type SET place = ?3, seats_per_user = ?4 WHERE performance_key = ?1 AND type_no = ?2",
        params![performance, type_no, place, of.seats_per_user],
    )
}

pub(super) fn type_name(tx: &Tx, performance: PerformanceKey, of: TypeNo) -> Result<Option<String>, StoreError> {
    tx.maybe(
        "SELECT name FROM ticket_type WHERE performance_key = ?1 AND type_no = ?2",
        params![performance, of],
        |row| row.get(0),
    )
}

pub(super) fn prices(tx: &Tx, performance: PerformanceKey) -> Result<Vec<(String, TypeNo, Amount)>, StoreError> {
    tx.all(
        "SELECT grade, type_no, price FROM performance_price WHERE performance_key = ?1",
        params![performance],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn insert_ticket_type(
    tx: &Tx,
    performance: PerformanceKey,
    type_no: TypeNo,
    place: u32,
    of: &TicketType,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO ticket_type (performance_key, type_no, name, seats_per_user, place) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![performance, type_no, of.name, of.seats_per_user, place],
    )?;
    Ok(())
}

pub(super) fn insert_price(
    tx: &Tx,
    performance: PerformanceKey,
    grade: &str,
    type_no: TypeNo,
    price: Amount,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO performance_price (performance_key, grade, type_no, price) VALUES (?1, ?2, ?3, ?4)",
        params![performance, grade, type_no, price],
    )?;
    Ok(())
}

pub(super) fn delete_prices(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    tx.run("DELETE FROM performance_price WHERE performance_key = ?1", params![performance])?;
    tx.run("DELETE FROM ticket_type WHERE performance_key = ?1", params![performance])?;
    Ok(())
}

pub(super) fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    tx.one("SELECT EXISTS (SELECT 1 FROM performance_price)", params![], |row| row.get(0))
}
