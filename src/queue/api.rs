//! The waiting room over HTTP.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use poem::web::Data;
use poem::web::sse::Event as SseEvent;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::EventStream;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::account;
use crate::app::App;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::security::{self, SessionAuth, StreamAuth, TokenAuth};
use crate::http::{Code, NoContent, Problem, Reply, reply};
use crate::idempotency;
use crate::ids::Ordinal;
use crate::operator::api::Tag;
use crate::queue::domain::{self, Entry};
use crate::queue::rules::{Cause, EntryStatus, QueueState};
use crate::queue::standing::Standing;
use crate::queue::token::TokenError;
use crate::queue::{Line, QueueError, draw, stream};

/// Your place in a queue
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
pub struct PositionView {
    /// You
    pub user_id: Uuid,
    /// The concert
    pub concert_id: Uuid,
    /// `waiting` or `admitted`; the stream's last message may say how it ended
    pub status: EntryStatus,
    /// Your number, once the draw gave it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// How many are ahead of you, plus one; 0 once admitted. Not before the draw
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// How many are ahead of you. Not before the draw
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u32>,
    /// The highest number let in so far
    pub now_serving: u32,
    /// What the queue does
    pub queue_state: QueueState,
    /// Seconds until your turn at the speed measured now, if known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_wait_seconds: Option<u32>,
    /// When to ask again, in milliseconds
    pub poll_after_ms: u32,
    /// Until when you may take new holds, once admitted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_until: Option<Instant>,
    /// When your place ends
    pub expires_at: Instant,
    /// Why the place ended, in the last message of the stream
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Code>,
}

/// A place in a queue and the token for it
#[derive(Clone, Debug, Object, Serialize)]
pub struct QueueTokenView {
    /// The queue token: send it as `Authorization: Bearer …`
    token: String,
    #[oai(flatten)]
    #[serde(flatten)]
    position: PositionView,
}

impl PositionView {
    /// What a standing looks like to its buyer.
    pub fn new(user_id: Uuid, concert_id: Uuid, standing: &Standing) -> Self {
        let position = match standing.status {
            EntryStatus::Admitted => Some(0),
            _ => standing.ahead.map(|ahead| ahead + 1),
        };
        Self {
            user_id,
            concert_id,
            status: standing.status,
            number: standing.number,
            position,
            ahead: standing.ahead,
            now_serving: standing.now_serving,
            queue_state: standing.queue_state,
            estimated_wait_seconds: standing.estimated_wait_seconds,
            poll_after_ms: standing.poll_after_ms,
            admitted_until: standing.admitted_until,
            expires_at: standing.ends_at,
            reason: None,
        }
    }
}

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
    /// Who took part, in the order of joining, and the number each was given
    entries: Vec<DrawnEntryView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<u32>,
}

/// An entry that took part in the draw
#[derive(Object, Serialize)]
struct DrawnEntryView {
    /// The entry: the queue token's `jti`
    id: Uuid,
    /// Its number
    number: u32,
}

/// The waiting room.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Queue")]
impl Api {
    /// Join a queue
    ///
    /// Gives a place at the back of the concert's queue and the queue token for it. Whoever has a place already gives
    /// it up: the old token is dead and its holds are released. To get a lost token back, repeat the request with the
    /// same `Idempotency-Key`, or use `current_token`.
    #[oai(path = "/concerts/:concert_id/queue/tokens", method = "post", operation_id = "issue_token")]
    async fn issue_token(
        &self,
        app: Data<&Arc<App>>,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<QueueTokenView, 201>, Problem> {
        let app = app.0.clone();
        let once = idempotent::request(&app, key, format!("issue_token {}", concert_id.0), &())?;
        let line = app.live.line(concert_id.0).ok_or(QueueError::NoSuchConcert)?;
        let (durations, in_tx) = (app.durations(), app.clone());
        let answer = app
            .store
            .write(move |tx| {
                let user = account::domain::authenticate(tx, auth.0)?;
                idempotency::once(tx, once.as_ref(), Some(user.key), || {
                    let (entry, queue) = domain::issue_token(tx, user.key, line.concert, durations)?;
                    let standing = line.standing_of_new(&entry, &queue, tx.now());
                    Ok::<_, Problem>(token_view(&in_tx, &line, &entry, user.id, &standing))
                })
            })
            .await?;
        Ok(answer.into())
    }

    /// Get your token again
    ///
    /// The live queue token of the session's user in this concert, without losing the place.
    #[oai(path = "/concerts/:concert_id/queue/tokens/current", method = "get", operation_id = "current_token")]
    async fn current_token(
        &self,
        app: Data<&Arc<App>>,
        auth: SessionAuth,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Reply<QueueTokenView, 200>, Problem> {
        let line = app.live.line(concert_id.0).ok_or(QueueError::NoSuchConcert)?;
        let concert = line.concert;
        let (user, entry) = app
            .store
            .read(move |tx| {
                let user = account::domain::authenticate(tx, auth.0)?;
                Ok::<_, Problem>((user.id, domain::current_entry(tx, concert, user.key)?))
            })
            .await?;
        let standing = line.standing(entry.ordinal, app.now()).ok_or(QueueError::NoSuchEntry)?;
        Ok(reply(&token_view(&app, &line, &entry, user, &standing)))
    }

    /// Ask for your position
    ///
    /// Costs the same however many wait. Ask again after `poll_after_ms`: often near the front, rarely far back.
    #[oai(path = "/queue/position", method = "get", operation_id = "queue_position")]
    async fn queue_position(&self, app: Data<&Arc<App>>, auth: TokenAuth) -> Result<Reply<PositionView, 200>, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        let standing = security::standing(&app, &line, &auth.0).await?;
        Ok(reply(&PositionView::new(auth.0.sub, line.concert_id, &standing)))
    }

    /// Follow your position
    ///
    /// Server-sent events: the object of `queue_position` at once and whenever it changes. Near the front changes come
    /// within a second, far back as seldom as `poll_after_ms`; number, admission and end come at once. The last message
    /// has a `reason` when the token died. A browser's EventSource sends the token as `?token=…`.
    #[oai(path = "/queue/position/stream", method = "get", operation_id = "stream_position")]
    async fn stream_position(
        &self,
        app: Data<&Arc<App>>,
        auth: StreamAuth,
    ) -> Result<EventStream<BoxStream<'static, PositionView>>, Problem> {
        let claims = auth.into_claims()?;
        let line = security::line_of(&app, &claims)?;
        let standing = security::standing(&app, &line, &claims).await?;
        let first = PositionView::new(claims.sub, line.concert_id, &standing);
        let place = security::stream_place(&app)?;
        let views = stream::positions(app.0.clone(), line, claims, first, place);
        let mut id = 0_u64;
        let to_event = move |view: PositionView| {
            id += 1;
            SseEvent::message(serde_json::to_string(&view).unwrap_or_default())
                .event_type("position")
                .id(id.to_string())
        };
        Ok(EventStream::new(views).to_event(to_event).keep_alive(stream::HEARTBEAT))
    }

    /// Leave the queue
    ///
    /// Waiting or admitted: the token is dead, holds are released, the place is free at once.
    #[oai(path = "/queue/tokens/current", method = "delete", operation_id = "leave_queue")]
    async fn leave_queue(&self, app: Data<&Arc<App>>, auth: TokenAuth) -> Result<NoContent, Problem> {
        let line = security::line_of(&app, &auth.0)?;
        let (concert, ordinal, durations) = (line.concert, auth.0.ordinal(), app.durations());
        let left = app.store.write(move |tx| domain::leave_queue(tx, concert, ordinal, durations)).await;
        match left {
            Err(QueueError::NoSuchEntry) => Err(Problem::new(Code::TokenInvalid, "Its entry is unknown here.")),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(NoContent),
        }
    }

    /// Audit the draw
    ///
    /// The seed and the list of those who took part, ids only. The numbers follow the order of
    /// HMAC-SHA256(seed, entry id); anyone can recompute them.
    #[oai(path = "/concerts/:concert_id/queue/draw", method = "get", operation_id = "show_draw")]
    async fn show_draw(
        &self,
        app: Data<&Arc<App>>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<u32>>,
    ) -> Result<Reply<DrawnView, 200>, Problem> {
        const PAGE: u32 = 1000;
        let line = app.live.line(concert_id.0).ok_or(QueueError::NoSuchConcert)?;
        let queue = line.queue();
        if queue.drawn_at.is_none() {
            return Err(Problem::new(Code::DrawNotMade, "It is made when the sale begins."));
        }
        let after = Ordinal(cursor.0.unwrap_or(0));
        let (concert, up_to) = (line.concert, queue.drawn_ordinal);
        // One more than the page tells whether another page follows.
        let mut entries = app.store.read(move |tx| domain::drawn_entries(tx, concert, after, up_to, PAGE + 1)).await?;
        let more = entries.len() > PAGE as usize;
        entries.truncate(PAGE as usize);
        let next_cursor = entries.last().filter(|_| more).map(|last| last.0.0);
        let entries = entries.into_iter().map(|(_, id, number)| DrawnEntryView { id, number }).collect();
        Ok(reply(&DrawnView {
            seed_hash: draw::hex(&draw::commitment(&queue.draw_seed)),
            seed: draw::hex(&queue.draw_seed),
            drawn_at: queue.drawn_at,
            entries,
            next_cursor,
        }))
    }
}

fn token_view(app: &App, line: &Line, entry: &Entry, user_id: Uuid, standing: &Standing) -> QueueTokenView {
    let token = app.keys.token.sign(entry, user_id, line.concert_id, app.token_expiry(entry.joined_at));
    QueueTokenView { token, position: PositionView::new(user_id, line.concert_id, standing) }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Self::new(Code::TokenInvalid, "Send the queue token as `Authorization: Bearer …`."),
            TokenError::Expired => Self::new(Code::TokenExpired, "Join the queue again for a new token."),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::NoSuchConcert => Self::new(Code::ConcertNotFound, "GET /v1/concerts lists all concerts."),
            QueueError::NoSuchEntry => Self::new(Code::NotInQueue, "Join the queue first."),
            QueueError::Ended(status, cause) => ended(status, cause),
            QueueError::NotAdmitted => Self::new(Code::NotAdmitted, "Wait until the queue lets you in."),
            QueueError::NotOpenYet(opens_at) => {
                Self::new(Code::QueueNotOpen, "Join when the queue opens.").with("opens_at", json!(opens_at))
            }
            QueueError::NotJoinable(QueueState::Draining) => {
                Self::new(Code::QueueDraining, "Only those who are in line already are still let in.")
            }
            QueueError::NotJoinable(QueueState::Open | QueueState::Paused | QueueState::Closed) => {
                Self::new(Code::QueueClosed, "The operator has closed the queue.")
            }
            QueueError::Store(error) => error.into(),
        }
    }
}

fn ended(status: EntryStatus, cause: Option<Cause>) -> Problem {
    let (code, detail) = match (status, cause) {
        (EntryStatus::Replaced, _) => (Code::TokenReplaced, "Use the newer token."),
        (EntryStatus::Left, _) => (Code::TokenLeft, "Join the queue again for a new token."),
        (EntryStatus::Completed, _) => (Code::TokenCompleted, "Join the queue again to buy more."),
        (_, Some(Cause::Absence)) => (Code::TokenExpired, "You were not heard of for too long. Join the queue again."),
        (_, Some(Cause::NoShow)) => (Code::TokenExpired, "You were let in and did nothing. Join the queue again."),
        (EntryStatus::Waiting | EntryStatus::Admitted | EntryStatus::Expired, _) => {
            (Code::TokenExpired, "Your time is over. Join the queue again for a new token.")
        }
    };
    Problem::new(code, detail)
}
