//! Blocks at the operator's desk.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::audit::Note;
use crate::catalog::Performance;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::ids::{BlockKey, SeatId};
use crate::office::Office;
use crate::reservation::block::{self, Block, Freed, MOST_BLOCKED, NewBlock, Places};
use crate::reservation::seat::Stand;
use crate::reservation::seat_maps::SeatMaps;
use crate::reservation::views::{StandingRequest, parse_seat_ids, standing_of};
use crate::reservation::{HoldError, Rendering};
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// What to keep from sale: `seat_ids` or `standing`, not both
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
struct BlockRequest {
    /// Why
    reason: Text,
    /// These seats, from the seat map
    #[oai(default)]
    seat_ids: Option<Vec<Text>>,
    /// Or so many standing places
    #[oai(default)]
    standing: Option<StandingRequest>,
    /// Block those of the seats that are free, and pass over the others; else none is blocked unless all are free
    #[oai(default)]
    skip_taken: Option<bool>,
}

impl Example for BlockRequest {
    fn example() -> Self {
        let seat_ids = Some(vec!["1-1".into(), "1-2".into()]);
        Self { reason: "Technical desk".into(), seat_ids, standing: None, skip_taken: None }
    }
}

/// What to put on sale again: `seat_ids` or `quantity`, not both
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none, example)]
struct FreeRequest {
    /// These seats of the block
    #[oai(default)]
    seat_ids: Option<Vec<Text>>,
    /// Or so many of its standing places
    #[oai(default)]
    quantity: Option<u32>,
}

impl Example for FreeRequest {
    fn example() -> Self {
        Self { seat_ids: Some(vec!["1-2".into()]), quantity: None }
    }
}

/// A blocked seat
#[derive(Object, Serialize)]
struct BlockedSeatView {
    /// The seat
    id: String,
    /// Section
    section: String,
    /// Row
    row: String,
    /// What is written on it
    label: String,
}

/// Blocked standing places
#[derive(Object, Serialize)]
struct BlockedStandingView {
    /// Section
    section: String,
    /// How many places
    quantity: u32,
}

/// Places that are kept from sale
#[derive(Object, Serialize)]
struct BlockView {
    /// The block
    id: Uuid,
    /// The performance
    performance_id: Uuid,
    /// Why
    reason: String,
    /// When it was made
    made_at: Instant,
    /// The seats that it keeps
    seats: Vec<BlockedSeatView>,
    /// The standing places that it keeps
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<BlockedStandingView>,
}

/// The blocks of a performance, newest first
#[derive(Object, Serialize)]
struct BlocksView {
    /// The blocks
    blocks: Vec<BlockView>,
    /// Send it as `cursor` for the next page, if there is one
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl BlockView {
    fn new(performance: &Performance, block: &Block) -> Self {
        let seat = |&seat_no: &u32| {
            let seat = performance.plan.seat(seat_no)?;
            Some(BlockedSeatView {
                id: performance.seat_id(seat_no).to_string(),
                section: seat.row.section.clone(),
                row: seat.row.name.clone(),
                label: seat.place.label.clone(),
            })
        };
        let (seats, standing) = match &block.places {
            Places::Seats(seats) => (seats.iter().filter_map(seat).collect(), None),
            Places::Standing(stand) => {
                let section = performance.plan.section(stand.section_no).map(|section| section.name.clone());
                let standing = BlockedStandingView { section: section.unwrap_or_default(), quantity: stand.quantity };
                (Vec::new(), Some(standing).filter(|standing| standing.quantity > 0))
            }
        };
        Self {
            id: block.id,
            performance_id: performance.id,
            reason: block.reason.clone(),
            made_at: block.made_at,
            seats,
            standing,
        }
    }
}

/// Seats of this performance, as its plan counts them.
fn seat_numbers(performance: &Performance, ids: &[Text]) -> Result<Vec<u32>, Problem> {
    let ids = parse_seat_ids(ids, MOST_BLOCKED)?;
    let own =
        |id: SeatId| if id.performance == performance.key { Ok(id.seat_no) } else { Err(HoldError::NoSuchSeat.into()) };
    ids.into_iter().map(own).collect()
}

fn places(performance: &Performance, body: &BlockRequest) -> Result<Places, Problem> {
    match (body.seat_ids.as_deref(), body.standing.as_ref()) {
        (Some(ids), None) => Ok(Places::Seats(seat_numbers(performance, ids)?)),
        (None, Some(standing)) => Ok(Places::Standing(standing_of(performance, standing)?)),
        _ => Err(Problem::new(Code::InvalidField, "Send either seat_ids or standing.")),
    }
}

fn freed(performance: &Performance, body: &FreeRequest) -> Result<Freed, Problem> {
    match (body.seat_ids.as_deref(), body.quantity) {
        (Some(ids), None) => Ok(Freed::Seats(seat_numbers(performance, ids)?)),
        (None, Some(quantity)) => Ok(Freed::Standing(quantity)),
        _ => Err(Problem::new(Code::InvalidField, "Send either seat_ids or quantity.")),
    }
}

async fn map(office: &Office, performance: Uuid) -> Result<Arc<Rendering>, Problem> {
    Ok(office.part::<SeatMaps>().find(office, performance).await?)
}

/// Frees, and notes in the log what was freed.
fn free(tx: &Tx, performance: &Performance, id: Uuid, freed: &Freed) -> Result<BlockView, HoldError> {
    let block = block::free(tx, performance.concert, performance.key, id, freed)?;
    let left = match &block.places {
        Places::Seats(seats) => seats.len(),
        Places::Standing(Stand { quantity, .. }) => *quantity as usize,
    };
    tx.audit(|| Note::on("block", id).after(json!({ "left": left })));
    Ok(BlockView::new(performance, &block))
}

/// The desk's hand on blocks.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Block seats or standing places
    ///
    /// Keeps them from sale until they are freed. Held and sold ones are not touched: they are named in the refusal, or
    /// passed over with `skip_taken`.
    #[oai(path = "/performances/:performance_id/blocks", method = "post", operation_id = "block_seats")]
    async fn block_seats(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        body: Body<BlockRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<BlockView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("block_seats {}", performance_id.0), &body.0)?;
        let performance = map(&office, performance_id.0).await?.map.performance.clone();
        let places = places(&performance, &body.0)?;
        let new = NewBlock { reason: body.0.reason.0, places, skip_taken: body.0.skip_taken.unwrap_or_default() };
        let made = move |tx: &Tx| {
            let block = block::block(tx, &performance, &new)?;
            let view = BlockView::new(&performance, &block);
            tx.audit(|| {
                let ids: Vec<_> = view.seats.iter().map(|seat| seat.id.clone()).collect();
                let after = json!({"performance_id": performance.id, "reason": view.reason, "seat_ids": ids,
                    "standing": view.standing});
                Note::on("block", block.id).after(after)
            });
            Ok::<_, HoldError>(view)
        };
        Ok(auth.once(&office, "block_seats", once, made).await?.into())
    }

    /// List the blocks of a performance
    ///
    /// Newest first, each with what it still keeps from sale.
    #[oai(path = "/performances/:performance_id/blocks", method = "get", operation_id = "list_blocks")]
    async fn list_blocks(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Blocks on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<BlocksView, 200>, Problem> {
        let (cursor, limit) = (page::cursor(cursor.0)?.map(BlockKey), page::length(&office, limit.0)?);
        let performance = map(&office, performance_id.0).await?.map.performance.clone();
        let key = performance.key;
        let mut blocks = office.store.read(move |tx| block::blocks(tx, key, cursor, limit + 1)).await?;
        let more = blocks.len() > limit as usize;
        blocks.truncate(limit as usize);
        let next_cursor = blocks.last().filter(|_| more).map(|last| last.key.0.to_string());
        let blocks = blocks.iter().map(|block| BlockView::new(&performance, block)).collect();
        Ok(reply(&BlocksView { blocks, next_cursor }))
    }

    /// Free some of a block
    ///
    /// Puts them on sale again; gives the block with what it still keeps. A block that keeps nothing is gone.
    #[oai(path = "/performances/:performance_id/blocks/:block_id/free", method = "post", operation_id = "free_seats")]
    async fn free_seats(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The block
        block_id: Path<Uuid>,
        body: Body<FreeRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<BlockView, 200>, Problem> {
        let once = idempotent::request(&office, key, format!("free_seats {}", block_id.0), &body.0)?;
        let performance = map(&office, performance_id.0).await?.map.performance.clone();
        let freed = freed(&performance, &body.0)?;
        let done = move |tx: &Tx| free(tx, &performance, block_id.0, &freed);
        Ok(auth.once(&office, "free_seats", once, done).await?.into())
    }

    /// Free a block
    ///
    /// All that it keeps is on sale again.
    #[oai(path = "/performances/:performance_id/blocks/:block_id", method = "delete", operation_id = "free_block")]
    async fn free_block(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The block
        block_id: Path<Uuid>,
    ) -> Result<NoContent, Problem> {
        let performance = map(&office, performance_id.0).await?.map.performance.clone();
        let done = move |tx: &Tx| free(tx, &performance, block_id.0, &Freed::All).map(drop).map_err(Problem::from);
        auth.write(&office, "free_block", done).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "block_seats",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::PerformanceNotFound,
                Code::SeatNotFound,
                Code::SectionNotFound,
                Code::SeatTaken,
                Code::NotEnoughSeats,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("list_blocks", &[problems::STAFF, &[Code::PerformanceNotFound, Code::InvalidField]]),
    (
        "free_seats",
        &[
            problems::STAFF,
            problems::BODY,
            &[Code::PerformanceNotFound, Code::BlockNotFound, Code::SeatNotFound, Code::IdempotencyKeyReused],
        ],
    ),
    ("free_block", &[problems::STAFF, &[Code::PerformanceNotFound, Code::BlockNotFound]]),
];
