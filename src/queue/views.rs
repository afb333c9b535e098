//! What the waiting room looks like on the wire, where more than one address shows or takes it.

use poem_openapi::Object;
use poem_openapi::types::{Example, MaybeUndefined};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::clock::Instant;
use crate::http::Code;
use crate::queue::draw;
use crate::queue::line::Line;
use crate::queue::record::{Queue, Settings};
use crate::queue::sale_state::SaleState;
use crate::queue::seats_left::SeatsLeft;
use crate::queue::standing::Standing;
use crate::queue::state::{EntryStatus, QueueState};

/// Your place in a queue
#[derive(Clone, Debug, PartialEq, Object, Serialize)]
pub struct PositionView {
    /// You
    pub user_id: Uuid,
    /// The concert
    pub concert_id: Uuid,
    /// `waiting` or `admitted`; the stream's last message may say how it ended
    pub status: EntryStatus,
    /// The presale's tier in which you are drawn, if you joined with a presale code: tiers come one after another, from 1 on,
    /// and everybody else after them
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u8>,
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
    /// How the concert's sale stands, when that is news to those who wait: `sold_out`, `paused`, `over`, `cancelled`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale: Option<SaleState>,
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
    /// What is left of the next dates, the next first, if you ask with `seats=true`
    #[serde(skip)]
    pub seats_left: Option<SeatsLeft>,
}

/// A place in a queue and the token for it
#[derive(Clone, Debug, Object, Serialize)]
pub struct QueueTokenView {
    /// The queue token: send it as `Authorization: Bearer …`
    pub token: String,
    /// The place
    #[oai(flatten)]
    #[serde(flatten)]
    pub position: PositionView,
}

impl PositionView {
    /// What a standing looks like to its buyer.
    pub fn new(user_id: Uuid, line: &Line, standing: &Standing) -> Self {
        let position = match standing.status {
            EntryStatus::Admitted => Some(0),
            _ => standing.ahead.map(|ahead| ahead + 1),
        };
        Self {
            user_id,
            concert_id: line.concert_id,
            status: standing.status,
            tier: standing.tier.presale(),
            number: standing.number,
            position,
            ahead: standing.ahead,
            now_serving: standing.now_serving,
            queue_state: standing.queue_state,
            sale: line.news.sale(),
            estimated_wait_seconds: standing.estimated_wait_seconds,
            poll_after_ms: standing.poll_after_ms,
            admitted_until: standing.admitted_until,
            expires_at: standing.ends_at,
            reason: None,
            seats_left: None,
        }
    }

    /// The same with what is left, if the asker wants to know.
    #[must_use]
    pub fn with_seats(self, wanted: bool, line: &Line) -> Self {
        Self { seats_left: if wanted { line.news.seats() } else { None }, ..self }
    }

    /// As JSON. What is left stands written already, and is copied.
    pub fn to_json(&self) -> Vec<u8> {
        // Room for the answer, so that it is not copied while it grows.
        let mut json = Vec::with_capacity(512);
        // Strings and numbers always can be written.
        let _ = serde_json::to_writer(&mut json, self);
        if let Some(seats) = &self.seats_left {
            seats.append_to(&mut json);
        }
        json
    }
}

/// The draw of a queue: its seed's hash before, the seed itself after
#[derive(Object, Serialize)]
pub struct DrawView {
    /// SHA-256 of the secret seed, hexadecimal
    seed_hash: String,
    /// The seed, hexadecimal, once the draw is made
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<String>,
    /// When the draw was made
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn_at: Option<Instant>,
}

impl DrawView {
    /// What may be known of a queue's draw now.
    pub fn of(queue: &Queue) -> Self {
        Self {
            seed_hash: draw::hex(&draw::commitment(&queue.draw_seed)),
            seed: queue.drawn_at.map(|_| draw::hex(&queue.draw_seed)),
            drawn_at: queue.drawn_at,
        }
    }
}

/// How a queue lets buyers in. What is left out stays as it is
#[derive(Object, Serialize, Default)]
#[oai(deny_unknown_fields, example)]
pub struct QueueSettingsRequest {
    /// open, paused (nobody is let in), draining (nobody joins) or closed (neither)
    #[oai(default)]
    state: Option<QueueState>,
    /// How many may be inside at once; null for no bound
    #[serde(serialize_with = "maybe")]
    max_admitted: MaybeUndefined<u32>,
    /// How many are let in a minute, evenly; null for no bound
    #[serde(serialize_with = "maybe")]
    admissions_per_minute: MaybeUndefined<u32>,
    /// A waiting buyer unheard of for so long drops out; 60 or more
    #[oai(default)]
    absence_seconds: Option<u32>,
    /// An admitted buyer who does nothing for so long makes room; 60 or more, null for never
    #[serde(serialize_with = "maybe")]
    no_show_seconds: MaybeUndefined<u32>,
}

/// Tells "left out" from "null" where a request is remembered for its key.
fn maybe<S: Serializer>(value: &MaybeUndefined<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        MaybeUndefined::Undefined => serializer.serialize_str("left out"),
        MaybeUndefined::Null => serializer.serialize_none(),
        MaybeUndefined::Value(value) => serializer.serialize_u32(*value),
    }
}

impl Example for QueueSettingsRequest {
    fn example() -> Self {
        Self {
            max_admitted: MaybeUndefined::Value(50),
            admissions_per_minute: MaybeUndefined::Value(600),
            ..Self::default()
        }
    }
}

impl QueueSettingsRequest {
    /// Changes what the request names.
    pub fn apply(&self, settings: &mut Settings) {
        fn set(to: &mut Option<u32>, from: &MaybeUndefined<u32>) {
            match from {
                MaybeUndefined::Undefined => {}
                MaybeUndefined::Null => *to = None,
                MaybeUndefined::Value(value) => *to = Some(*value),
            }
        }
        settings.state = self.state.unwrap_or(settings.state);
        set(&mut settings.max_admitted, &self.max_admitted);
        set(&mut settings.admissions_per_minute, &self.admissions_per_minute);
        settings.absence_seconds = self.absence_seconds.unwrap_or(settings.absence_seconds);
        set(&mut settings.no_show_seconds, &self.no_show_seconds);
    }
}
