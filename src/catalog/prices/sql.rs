//! The prices' tables: `ticket_type` and `performance_price`.

use crate::catalog::prices::list::TicketType;
use crate::ids::{PerformanceKey, TypeNo};
use crate::money::Amount;
use crate::store::{StoreError, Tx, params};

pub(super) fn ticket_types(tx: &Tx, performance: PerformanceKey) -> Result<Vec<TicketType>, StoreError> {
    tx.all(
        "SELECT name, seats_per_user FROM ticket_type WHERE performance_key = ?1 ORDER BY type_no",
        params![performance],
        |row| Ok(TicketType { name: row.get(0)?, seats_per_user: row.get(1)? }),
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
    of: &TicketType,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO ticket_type (performance_key, type_no, name, seats_per_user) VALUES (?1, ?2, ?3, ?4)",
        params![performance, type_no, of.name, of.seats_per_user],
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
