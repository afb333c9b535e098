//! The discounts' table: `discount`.

use uuid::Uuid;

use super::rules::{Discount, Worth};
use crate::ids::{ConcertKey, DiscountKey, PerformanceKey};
use crate::money::Amount;
use crate::store::{Row, RowResult, StoreError, Tx, params};

macro_rules! select_discount {
    ($rest:literal) => {
        concat!(
            "SELECT discount_key, id, concert_key, performance_key, performance_id, code, amount, percent, most_uses, uses, ",
            "revoked_at IS NOT NULL FROM discount ",
            $rest
        )
    };
}

fn read_discount(row: &Row<'_>) -> RowResult<Discount> {
    let performance: Option<PerformanceKey> = row.get(3)?;
    let performance_id: Option<[u8; 16]> = row.get(4)?;
    let amount: Option<Amount> = row.get(6)?;
    Ok(Discount {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        concert: row.get(2)?,
        performance: performance.zip(performance_id.map(Uuid::from_bytes)),
        code: row.get(5)?,
        worth: match amount {
            Some(amount) => Worth::Amount(amount),
            None => Worth::Percent(row.get(7)?),
        },
        most_uses: row.get(8)?,
        uses: row.get(9)?,
        is_revoked: row.get(10)?,
    })
}

pub(super) fn by_code(tx: &Tx, concert: ConcertKey, code: &str) -> Result<Option<Discount>, StoreError> {
    tx.maybe(select_discount!("WHERE concert_key = ?1 AND code = ?2"), params![concert, code], read_discount)
}

pub(super) fn by_id(tx: &Tx, id: Uuid) -> Result<Option<Discount>, StoreError> {
    tx.maybe(select_discount!("WHERE id = ?1"), params![id.as_bytes()], read_discount)
}

/// Those of a concert, newest first.
pub(super) fn of_concert(
    tx: &Tx,
    concert: ConcertKey,
    before: DiscountKey,
    limit: u32,
) -> Result<Vec<Discount>, StoreError> {
    tx.all(
        select_discount!("WHERE concert_key = ?1 AND discount_key < ?2 ORDER BY discount_key DESC LIMIT ?3"),
        params![concert, before, limit],
        read_discount,
    )
}

pub(super) fn insert(tx: &Tx, discount: &Discount) -> Result<DiscountKey, StoreError> {
    let (amount, percent) = match discount.worth {
        Worth::Amount(amount) => (Some(amount), None),
        Worth::Percent(percent) => (None, Some(percent)),
    };
    tx.insert(
        "INSERT INTO discount (id, concert_key, performance_key, performance_id, code, amount, percent, most_uses, uses,
                               created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)",
        params![
            discount.id.as_bytes(),
            discount.concert,
            discount.performance.map(|(key, _)| key),
            discount.performance.map(|(_, id)| id.into_bytes()),
            discount.code,
            amount,
            percent,
            discount.most_uses,
            tx.now()
        ],
    )
    .map(DiscountKey)
}

/// One use more; there must be one left.
pub(super) fn use_once(tx: &Tx, discount: DiscountKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE discount SET uses = uses + 1
         WHERE discount_key = ?1 AND revoked_at IS NULL AND (most_uses IS NULL OR uses < most_uses)",
        params![discount],
    )
}

pub(super) fn revoke(tx: &Tx, discount: DiscountKey) -> Result<(), StoreError> {
    tx.run(
        "UPDATE discount SET revoked_at = ?2 WHERE discount_key = ?1 AND revoked_at IS NULL",
        params![discount, tx.now()],
    )?;
    Ok(())
}
