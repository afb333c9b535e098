//! The table `block`, and of `seat` what concerns blocked seats.

use uuid::Uuid;

use crate::ids::{BlockKey, PerformanceKey, SeatKey};
use crate::reservation::block::record::{Block, Places};
use crate::reservation::seat::Stand;
use crate::store::{Row, RowResult, StoreError, Tx, params};

fn read_block(row: &Row<'_>) -> RowResult<Block> {
    let (seat_numbers, section_no): (String, Option<u32>) = (row.get(4)?, row.get(5)?);
    Ok(Block {
        key: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        performance: row.get(2)?,
        reason: row.get(3)?,
        places: match section_no {
            Some(section_no) => Places::Standing(Stand { section_no, quantity: row.get(6)? }),
            None => Places::Seats(serde_json::from_str(&seat_numbers).unwrap_or_default()),
        },
        made_at: row.get(7)?,
    })
}

/// What the columns say of places: seats as a list, or section and number.
fn columns(places: &Places) -> (String, Option<u32>, u32) {
    match places {
        Places::Seats(seats) => (serde_json::to_string(seats).unwrap_or_default(), None, 0),
        Places::Standing(stand) => ("[]".to_owned(), Some(stand.section_no), stand.quantity),
    }
}

pub(super) fn insert_block(tx: &Tx, block: &Block) -> Result<BlockKey, StoreError> {
    let (seat_numbers, section_no, quantity) = columns(&block.places);
    tx.insert(
        "INSERT INTO block (id, performance_key, reason, seat_numbers, section_no, quantity, made_at, staff_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            block.id.as_bytes(),
            block.performance,
            block.reason,
            seat_numbers,
            section_no,
            quantity,
            block.made_at,
            tx.actor().staff()
        ],
    )
    .map(BlockKey)
}

pub(super) fn block(tx: &Tx, performance: PerformanceKey, id: Uuid) -> Result<Option<Block>, StoreError> {
    tx.maybe(
        "SELECT block_key, id, performance_key, reason, seat_numbers, section_no, quantity, made_at FROM block
         WHERE id = ?1 AND performance_key = ?2",
        params![id.as_bytes(), performance],
        read_block,
    )
}

pub(super) fn blocks(
    tx: &Tx,
    performance: PerformanceKey,
    before: BlockKey,
    limit: u32,
) -> Result<Vec<Block>, StoreError> {
    tx.all(
        "SELECT block_key, id, performance_key, reason, seat_numbers, section_no, quantity, made_at FROM block
         WHERE performance_key = ?1 AND block_key < ?2 ORDER BY block_key DESC LIMIT ?3 + 0",
        params![performance, before, limit],
        read_block,
    )
}

/// Writes down what is still blocked.
pub(super) fn shrink_block(tx: &Tx, block: &Block) -> Result<(), StoreError> {
    let (seat_numbers, _, quantity) = columns(&block.places);
    tx.change(
        "UPDATE block SET seat_numbers = ?2, quantity = ?3 WHERE block_key = ?1",
        params![block.key, seat_numbers, quantity],
    )
}

/// A block's places have other numbers.
pub(super) fn renumber_block(tx: &Tx, block: &Block) -> Result<(), StoreError> {
    let (seat_numbers, section_no, _) = columns(&block.places);
    tx.change(
        "UPDATE block SET seat_numbers = ?2, section_no = ?3 WHERE block_key = ?1",
        params![block.key, seat_numbers, section_no],
    )
}

pub(super) fn delete_block(tx: &Tx, block: BlockKey) -> Result<(), StoreError> {
    tx.change("DELETE FROM block WHERE block_key = ?1", params![block])
}

/// Blocks a free seat; there must be one.
pub(super) fn block_seat(
    tx: &Tx,
    performance: PerformanceKey,
    seat_no: u32,
    block: BlockKey,
) -> Result<(), StoreError> {
    tx.change(
        "INSERT INTO seat (seat_key, state, block_key, changed_in) VALUES (?1, 'blocked', ?2, ?4)
         ON CONFLICT (seat_key) DO UPDATE
           SET state = 'blocked', block_key = ?2, hold_id = NULL, held_by = NULL, held_until = NULL, type_no = NULL,
               changed_in = ?4
           WHERE state = 'available' OR (state = 'held' AND held_until <= ?3)",
        params![SeatKey::new(performance, seat_no), block, tx.now(), tx.seq()],
    )
}

/// Puts a seat of the block on sale again; it must be blocked by it.
pub(super) fn free_seat(tx: &Tx, performance: PerformanceKey, seat_no: u32, block: BlockKey) -> Result<(), StoreError> {
    tx.change(
        "UPDATE seat SET state = 'available', block_key = NULL, changed_in = ?3
         WHERE seat_key = ?1 AND state = 'blocked' AND block_key = ?2",
        params![SeatKey::new(performance, seat_no), block, tx.seq()],
    )
}
