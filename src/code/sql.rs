//! The codes' tables: `code_batch`, `code` and `code_bearer`.

use uuid::Uuid;

use crate::code::batch::{Batch, CodeUses, Gives, NamedCode};
use crate::code::discount::{Discount, Worth};
use crate::ids::{BatchKey, CodeKey, ConcertKey, UserKey};
use crate::queue::{Pass, Tier};
use crate::store::{Row, RowResult, StoreError, Tx, params};

/// What a batch's codes give, in the columns from `at` on: amount, percent, performance_key, performance_id, tier, opens_at.
fn read_gives(row: &Row<'_>, at: usize) -> RowResult<Gives> {
    let tier: Option<Tier> = row.get(at + 4)?;
    if let Some(tier) = tier {
        return Ok(Gives::Presale(Pass { tier, opens_at: row.get(at + 5)? }));
    }
    let performance: Option<(_, _)> = match row.get::<_, Option<[u8; 16]>>(at + 3)? {
        Some(id) => Some((row.get(at + 2)?, Uuid::from_bytes(id))),
        None => None,
    };
    let amount: Option<_> = row.get(at)?;
    let worth = match amount {
        Some(amount) => Worth::Amount(amount),
        None => Worth::Percent(row.get(at + 1)?),
    };
    Ok(Gives::Discount(Discount { worth, performance }))
}

macro_rules! select_batch {
    ($rest:literal) => {
        concat!(
            "SELECT batch_key, id, concert_key, concert_id, name, uses_per_code, code_count, uses, ended_at, changed_in, ",
            "amount, percent, performance_key, performance_id, tier, opens_at ",
            "FROM code_batch ",
            $rest
        )
    };
}

fn read_batch(row: &Row<'_>) -> RowResult<Batch> {
    Ok(Batch {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        concert: row.get(2)?,
        concert_id: Uuid::from_bytes(row.get(3)?),
        name: row.get(4)?,
        uses_per_code: row.get(5)?,
        code_count: row.get(6)?,
        uses: row.get(7)?,
        ended_at: row.get(8)?,
        changed_in: row.get(9)?,
        gives: read_gives(row, 10)?,
    })
}

pub(super) fn insert_batch(tx: &Tx, batch: &Batch) -> Result<BatchKey, StoreError> {
    let (mut amount, mut percent, mut performance, mut tier, mut opens_at) = (None, None, None, None, None);
    match batch.gives {
        Gives::Discount(discount) => {
            performance = discount.performance;
            match discount.worth {
                Worth::Amount(of) => amount = Some(of),
                Worth::Percent(of) => percent = Some(of),
            }
        }
        Gives::Presale(pass) => (tier, opens_at) = (Some(pass.tier), pass.opens_at),
    }
    tx.insert(
        "INSERT INTO code_batch (id, concert_key, concert_id, name, uses_per_code, code_count, amount, percent,
                                 performance_key, performance_id, tier, opens_at, created_at, changed_in)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            batch.id.as_bytes(),
            batch.concert,
            batch.concert_id.as_bytes(),
            batch.name,
            batch.uses_per_code,
            batch.code_count,
            amount,
            percent,
            performance.map(|(key, _)| key),
            performance.map(|(_, id)| id.into_bytes()),
            tier,
            opens_at,
            tx.now(),
            batch.changed_in
        ],
    )
    .map(BatchKey)
}

/// Adds a code to a batch. Gives whether no other of the concert reads the same.
pub(super) fn insert_code(tx: &Tx, batch: &Batch, code: &str, read: &str) -> Result<bool, StoreError> {
    let inserted = tx.run(
        "INSERT INTO code (concert_key, read_as, batch_key, code, most_uses) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (concert_key, read_as) DO NOTHING",
        params![batch.concert, read, batch.key, code, batch.uses_per_code],
    )?;
    Ok(inserted > 0)
}

/// Those of a concert, newest first.
pub(super) fn batches(tx: &Tx, concert: ConcertKey, before: BatchKey, limit: u32) -> Result<Vec<Batch>, StoreError> {
    tx.all(
        select_batch!("WHERE concert_key = ?1 AND batch_key < ?2 ORDER BY batch_key DESC LIMIT ?3 + 0"),
        params![concert, before, limit],
        read_batch,
    )
}

pub(super) fn batch(tx: &Tx, id: Uuid) -> Result<Option<Batch>, StoreError> {
    tx.maybe(select_batch!("WHERE id = ?1"), params![id.as_bytes()], read_batch)
}

pub(super) fn codes(tx: &Tx, batch: BatchKey, after: CodeKey, limit: u32) -> Result<Vec<CodeUses>, StoreError> {
    tx.all(
        "SELECT code_key, code, uses FROM code WHERE batch_key = ?1 AND code_key > ?2 ORDER BY code_key LIMIT ?3 + 0",
        params![batch, after, limit],
        |row| Ok(CodeUses { key: row.get(0)?, code: row.get(1)?, uses: row.get(2)? }),
    )
}

/// A code by its key with its batch: the code as it is written, the batch's id and name.
pub(super) fn named(tx: &Tx, code: CodeKey) -> Result<Option<NamedCode>, StoreError> {
    tx.maybe(
        "SELECT code, b.id, b.name FROM code k JOIN code_batch b USING (batch_key) WHERE code_key = ?1",
        params![code],
        |row| Ok(NamedCode { code: row.get(0)?, batch_id: Uuid::from_bytes(row.get(1)?), batch: row.get(2)? }),
    )
}

pub(super) fn end(tx: &Tx, batch: BatchKey) -> Result<(), StoreError> {
    tx.run(
        "UPDATE code_batch SET ended_at = ?2, changed_in = ?3 WHERE batch_key = ?1 AND ended_at IS NULL",
        params![batch, tx.now(), tx.seq()],
    )?;
    Ok(())
}

/// A code as it is found.
pub(super) struct Found {
    pub(super) key: CodeKey,
    pub(super) batch: BatchKey,
    pub(super) uses: u32,
    pub(super) most_uses: Option<u32>,
    pub(super) is_ended: bool,
    pub(super) gives: Gives,
}

pub(super) fn find(tx: &Tx, concert: ConcertKey, read: &str) -> Result<Option<Found>, StoreError> {
    tx.maybe(
        "SELECT code_key, batch_key, k.uses, most_uses, ended_at IS NOT NULL,
                amount, percent, performance_key, performance_id, tier, opens_at
         FROM code k JOIN code_batch b USING (batch_key) WHERE k.concert_key = ?1 AND read_as = ?2",
        params![concert, read],
        |row| {
            Ok(Found {
                key: row.get(0)?,
                batch: row.get(1)?,
                uses: row.get(2)?,
                most_uses: row.get(3)?,
                is_ended: row.get(4)?,
                gives: read_gives(row, 5)?,
            })
        },
    )
}

/// One use more; there must be one left.
pub(super) fn use_once(tx: &Tx, code: CodeKey, batch: BatchKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE code SET uses = uses + 1 WHERE code_key = ?1 AND (most_uses IS NULL OR uses < most_uses)",
        params![code],
    )?;
    tx.change("UPDATE code_batch SET uses = uses + 1 WHERE batch_key = ?1 AND ended_at IS NULL", params![batch])
}

pub(super) fn is_bearer(tx: &Tx, code: CodeKey, user: UserKey) -> Result<bool, StoreError> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM code_bearer WHERE code_key = ?1 AND user_key = ?2)",
        params![code, user],
        |row| row.get(0),
    )
}

/// Gives whether the buyer was none yet.
pub(super) fn insert_bearer(tx: &Tx, code: CodeKey, user: UserKey) -> Result<bool, StoreError> {
    let inserted = tx.run(
        "INSERT INTO code_bearer (code_key, user_key) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![code, user],
    )?;
    Ok(inserted > 0)
}
