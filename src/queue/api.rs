//! The waiting room over HTTP, as far as it is about a place in line. Joining and leaving are `visit`'s.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::iter as numbered;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::clock::Instant;
use crate::http::problems::{self, Problems};
use crate::http::sse::{self, Events, StreamPlaces};
use crate::http::{Code, Problem, Reply, Tag, reply};
use crate::ids::Ordinal;
use crate::office::Office;
use crate::queue::error::QueueError;
use crate::queue::gate::{self, StreamAuth, TokenAuth};
use crate::queue::lines::Lines;
use crate::queue::record::Queue;
use crate::queue::state::{Cause, EntryStatus, Phase, QueueState};
use crate::queue::token::TokenError;
use crate::queue::views::{PositionView, QueueTokenView};
use crate::queue::{domain, draw, fold, life, stream};
use crate::store::Tx;

/// The record of a draw
#[derive(Object, Serialize)]
struct DrawnView {
    /// SHA-256 of the seed, hexadecimal, as it was published before
    seed_hash: String,
    /// The seed, hexadecimal
    seed: String,
    /// When the draw was made
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn_at: Option<Instant>,
    /// How many took part
    drawn_count: u32,
    /// Who took part, in the order of joining, and the number each was given; empty once the list is folded
    entries: Vec<DrawnEntryView>,
    /// When the list was folded, long after the concert; none while it can be shown
    #[serde(skip_serializing_if = "Option::is_none")]
    folded_at: Option<Instant>,
    /// What the list was that was folded, hexadecimal: from 32 zero bytes on, for each entry in the order of joining, SHA-256 of the
    /// digest before, the entry's id (16 bytes), its tier (1 byte) and its number (4 bytes, big-endian)
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<u32>,
}

/// An entry that took part in the draw
#[derive(Object, Serialize)]
struct DrawnEntryView {
    /// The entry: the queue token's `jti`
    id: Uuid,
    /// The part of the draw in which it took part: 1 to 9 with a presale code, 10 for everybody else
    tier: u8,
    /// Its number
    number: u32,
}

/// The waiting room.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Queue")]
impl Api {
    /// Get your token again
    ///
    /// The live queue token of the session's user in this concert, without losing the place.
    #[oai(path = "/concerts/:concert_id/queue/tokens/current", method = "get", operation_id = "current_token")]
    async fn current_token(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<QueueTokenView, 200>, Problem> {
        let line = office.part::<Lines>().require(concert_id.0)?;
        let concert = line.concert;
        let (user, entry) = office
            .store
            .read(move |tx| {
                let user = auth::user(tx, auth.0)?;
                Ok::<_, Problem>((user.id, domain::current_entry(tx, concert, user.key)?))
            })
            .await?;
        let standing = line.standing(entry.ordinal, entry.id, office.now()).ok_or(QueueError::NoSuchEntry)?;
        Ok(reply(&gate::token_view(&office, &line, &entry, user, &standing)))
    }

    /// Ask for your position
    ///
    /// Costs the same however many wait. Ask again after `poll_after_ms`: often near the front, rarely far back. With
    /// `seats=true` it also tells what is left of the next dates.
    #[oai(path = "/queue/position", method = "get", operation_id = "queue_position")]
    async fn queue_position(
        &self,
        office: Data<&Arc<Office>>,
        auth: TokenAuth,
        /// Whether to tell what is left
        seats: Query<Option<bool>>,
    ) -> Result<Reply<PositionView, 200>, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        let standing = gate::standing(&office, &line, &auth.0).await?;
        let view = PositionView::new(auth.0.sub, &line, &standing).with_seats(seats.0 == Some(true), &line);
        Ok(Reply::written(view.to_json()))
    }

    /// Follow your position
    ///
    /// Server-sent events: the object of `queue_position` at once and whenever it changes. Near the front changes come
    /// within a second, far back as seldom as `poll_after_ms`; number, admission and end come at once. The last message
    /// has a `reason` when the token died. While you wait, a stream ends by itself after a while without a `reason`: open it
    /// again, as a browser's EventSource does, to show that you are still there. A browser's EventSource sends the token as `?token=…`.
    #[oai(path = "/queue/position/stream", method = "get", operation_id = "stream_position")]
    async fn stream_position(
        &self,
        office: Data<&Arc<Office>>,
        auth: StreamAuth,
        /// Whether to tell what is left
        seats: Query<Option<bool>>,
    ) -> Result<Events<PositionView>, Problem> {
        let claims = auth.into_claims()?;
        let line = gate::line_of(&office, &claims)?;
        let standing = gate::standing(&office, &line, &claims).await?;
        let wants_seats = seats.0 == Some(true);
        let first = PositionView::new(claims.sub, &line, &standing).with_seats(wants_seats, &line);
        let place = office.part::<StreamPlaces>().take(claims.jti)?;
        let over = stream::over(office.0.clone(), line.clone(), &claims);
        let views = stream::positions(office.0.clone(), line, claims, wants_seats, first);
        let to_event = |(id, view): (u64, PositionView)| sse::event("position", id, view.to_json().into());
        Ok(Events::new(place, over, numbered(1..).zip(views).map(to_event)))
    }

    /// Audit the draw
    ///
    /// The seed and the list of those who took part, ids only. The numbers follow the tiers, and within a tier the order of
    /// HMAC-SHA256(seed, entry id); anyone can recompute them. Thirty days after the concert the list is folded: from then on seed,
    /// count and the list's digest are shown, by which whoever kept the list can prove it.
    #[oai(path = "/concerts/:concert_id/queue/draw", method = "get", operation_id = "show_draw")]
    async fn show_draw(
        &self,
        office: Data<&Arc<Office>>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<u32>>,
    ) -> Result<Reply<DrawnView, 200>, Problem> {
        const PAGE: u32 = 1000;
        let queue = drawn_queue(&office, concert_id.0).await?;
        if queue.drawn_at.is_none() {
            return Err(Problem::of(Code::DrawNotMade));
        }
        if queue.is_numbering() {
            return Err(Problem::new(Code::DrawNotMade, "It is being made. Ask again in some seconds.")
                .in_korean("추첨하는 중입니다. 몇 초 뒤에 다시 요청하세요."));
        }
        let after = Ordinal(cursor.0.unwrap_or(0));
        let (concert, up_to) = (queue.concert, queue.drawn_ordinal);
        // One more than the page tells whether another page follows.
        let shown = move |tx: &Tx| {
            let folded = fold::folded_of(tx, concert)?.filter(|folded| folded.drawn_count > 0);
            let entries = match folded {
                None => domain::drawn_entries(tx, concert, after, up_to, PAGE + 1)?,
                // What is left of a list that is being folded is no list.
                Some(_) => Vec::new(),
            };
            Ok::<_, QueueError>((entries, folded))
        };
        let (mut entries, folded) = office.store.read(shown).await?;
        let more = entries.len() > PAGE as usize;
        entries.truncate(PAGE as usize);
        let next_cursor = entries.last().filter(|_| more).map(|((last, ..), _)| last.0);
        let entries =
            entries.into_iter().map(|((_, tier, id), number)| DrawnEntryView { id, tier: tier.0, number }).collect();
        Ok(reply(&DrawnView {
            seed_hash: draw::hex(&draw::commitment(&queue.draw_seed)),
            seed: draw::hex(&queue.draw_seed),
            drawn_at: queue.drawn_at,
            drawn_count: queue.drawn_count,
            entries,
            folded_at: folded.as_ref().and_then(|folded| folded.draw_folded_at),
            digest: folded
                .filter(|folded| folded.drawn_count == queue.drawn_count)
                .map(|folded| draw::hex(&folded.draw_digest)),
            next_cursor,
        }))
    }
}

/// The queue of a concert that was ever published; of one that is over the data file knows it, memory no more.
async fn drawn_queue(office: &Office, concert_id: Uuid) -> Result<Queue, Problem> {
    if let Some(line) = office.part::<Lines>().by_id(concert_id) {
        return Ok(line.queue());
    }
    let queue = office.store.read(move |tx| life::queue_of(tx, concert_id)).await?;
    Some(queue).filter(|queue| queue.phase == Phase::Over).ok_or_else(|| QueueError::NoSuchConcert.into())
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Self::of(Code::TokenInvalid),
            TokenError::Expired => Self::of(Code::TokenExpired),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::NoSuchConcert => Self::of(Code::ConcertNotFound),
            QueueError::NoSuchEntry => Self::of(Code::NotInQueue),
            QueueError::Ended(status, cause) => ended(status, cause),
            QueueError::NotAdmitted => Self::of(Code::NotAdmitted),
            QueueError::Cancelled => Self::of(Code::ConcertCancelled),
            QueueError::SaleOver => Self::of(Code::SaleOver),
            QueueError::DrawMade => Self::of(Code::DrawMade),
            QueueError::WasJoined => {
                Self::new(Code::InUse, "Buyers have joined its queue: cancel the concert instead.")
                    .in_korean("이미 대기열에 들어온 구매자가 있습니다. 대신 공연을 취소하세요.")
            }
            QueueError::NotOpenYet(opens_at) => Self::of(Code::QueueNotOpen).with("opens_at", json!(opens_at)),
            QueueError::NotJoinable(QueueState::Draining) => Self::of(Code::QueueDraining),
            QueueError::NotJoinable(QueueState::Open | QueueState::Paused | QueueState::Closed) => {
                Self::of(Code::QueueClosed)
            }
            QueueError::PresaleOver => Self::of(Code::PresaleOver),
            QueueError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            QueueError::DrawBroken { .. } => {
                Self::new(Code::Internal, "Nothing was changed. The operator finds the cause in the log.")
                    .in_korean("바뀐 것은 없습니다. 원인은 운영자의 로그에 있습니다.")
            }
            QueueError::Full => {
                Self::new(Code::QueueClosed, "No number is left in it.").in_korean("남은 번호가 없습니다.")
            }
            QueueError::Store(error) => error.into(),
        }
    }
}

fn ended(status: EntryStatus, cause: Option<Cause>) -> Problem {
    let (english, korean) = match (status, cause) {
        (EntryStatus::Replaced, _) => return Problem::of(Code::TokenReplaced),
        (EntryStatus::Left, _) => return Problem::of(Code::TokenLeft),
        (EntryStatus::Completed, _) => return Problem::of(Code::TokenCompleted),
        (_, Some(Cause::Absence)) => (
            "You were not heard of for too long. Join the queue again.",
            "너무 오래 소식이 없었습니다. 대기열에 다시 들어가세요.",
        ),
        (_, Some(Cause::NoShow)) => (
            "You were let in and did nothing. Join the queue again.",
            "들어온 뒤 아무것도 하지 않았습니다. 대기열에 다시 들어가세요.",
        ),
        (EntryStatus::Waiting | EntryStatus::Admitted | EntryStatus::Expired, _) => (
            "Your time is over. Join the queue again for a new token.",
            "시간이 끝났습니다. 대기열에 다시 들어가 새 토큰을 받으세요.",
        ),
    };
    Problem::new(Code::TokenExpired, english).in_korean(korean)
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("current_token", &[problems::SESSION, &[Code::ConcertNotFound, Code::NotInQueue]]),
    ("queue_position", &[problems::TOKEN]),
    ("stream_position", &[problems::TOKEN, &[Code::TooManyStreams]]),
    ("show_draw", &[&[Code::ConcertNotFound, Code::DrawNotMade, Code::InvalidField]]),
];
