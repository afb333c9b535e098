//! The door over HTTP, with a network.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::catalog::views::OccasionView;
use crate::catalog::{self, DoorPolicy, performance};
use crate::door::domain::{self, DoorError, Gate};
use crate::door::record::Figures;
use crate::door::views::CheckInView;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text, reply};
use crate::office::Office;
use crate::payment::{Payment, PaymentError, ShownCode, TicketCodes};
use crate::staff::{Door, Staff};
use crate::store::Tx;
use crate::text;

/// A ticket that is shown at the door
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct CheckInRequest {
    /// The ticket's code
    code: Text,
    /// At which gate
    #[oai(default, skip_serializing_if_is_none)]
    gate: Option<Text>,
    /// For which performance people are let in here; any unless given
    #[oai(default, skip_serializing_if_is_none)]
    performance_id: Option<Uuid>,
}

impl Example for CheckInRequest {
    fn example() -> Self {
        Self { code: "0000-0000-4G6R-1T2V-3W4X-5Y6Z".into(), gate: Some("East".into()), performance_id: None }
    }
}

/// Why a check-in is undone
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct UndoRequest {
    /// The reason
    reason: Text,
}

impl Example for UndoRequest {
    fn example() -> Self {
        Self { reason: "Went out for a child's coat".into() }
    }
}

/// A check-in that was undone
#[derive(Object, Serialize)]
struct UndoneView {
    /// The check-in
    id: Uuid,
}

/// How many came in by one gate
#[derive(Object, Serialize)]
struct GateView {
    /// The gate; not there for those of whom none was said
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<String>,
    /// How many
    checked_in: u32,
}

/// How many are in
#[derive(Object, Serialize)]
struct DoorFiguresView {
    /// Tickets that stand
    tickets: u32,
    /// How many of them were checked in
    checked_in: u32,
    /// By gate
    gates: Vec<GateView>,
    /// Tickets by which doors without a network let somebody in once more
    doubles: u32,
    /// How many of those who are in a door let in without a network; where that is `strict` there should be none
    without_network: u32,
    /// What a door does while it cannot reach the box office
    door_policy: DoorPolicy,
}

/// The name of a gate, as people say it.
pub(super) fn clean_gate(gate: Option<&Text>) -> Result<Option<String>, Problem> {
    let clean =
        |gate: &Text| text::name(&gate.0).map_err(|rule| Problem::new(Code::InvalidField, format!("gate {rule}.")));
    gate.map(clean).transpose()
}

/// The door.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Check in
    ///
    /// Lets the bearer of a ticket in, once. A second scan is refused, and says when and where the first was.
    #[oai(path = "/check-ins", method = "post", operation_id = "check_in")]
    async fn check_in(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Door>,
        body: Body<CheckInRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<CheckInView, 201>, Problem> {
        let once = idempotent::request(&office, key, "check_in", &body.0)?;
        let shown = ShownCode::read(&body.0.code.0).ok_or(PaymentError::NoSuchTicket)?;
        let (name, wanted) = (clean_gate(body.0.gate.as_ref())?, body.0.performance_id);
        let (staff, codes) = (auth.known.key.key, office.part::<TicketCodes>().clone());
        let check_in = move |tx: &Tx| {
            let performance = match wanted {
                Some(id) => Some(performance::domain::performance(tx, id)?.key),
                None => None,
            };
            let gate = Gate { staff, name: name.clone(), performance };
            let is_genuine = |payment: &Payment| codes.is_genuine(&shown, payment);
            let (made, ticket, label) = domain::check_in(tx, &gate, shown.ticket, is_genuine)?;
            let ticket_type = catalog::domain::type_name(tx, ticket.seat.performance, ticket.type_no)?;
            Ok::<_, Problem>(CheckInView {
                id: made.id,
                checked_in_at: made.scanned_at,
                gate: made.gate,
                occasion: OccasionView::from(&label.occasion),
                concert: label.occasion.concert_title,
                performance_id: label.occasion.performance_id,
                section: label.section,
                row: label.row,
                label: label.label,
                kind: label.kind,
                ticket_type,
                door_policy: label.occasion.door_policy,
            })
        };
        Ok(auth.once(&office, "check_in", once, check_in).await?.into())
    }

    /// Undo a check-in
    ///
    /// The ticket lets in again.
    #[oai(path = "/check-ins/:check_in_id/undo", method = "post", operation_id = "undo_check_in")]
    async fn undo_check_in(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Door>,
        /// The check-in
        check_in_id: Path<Uuid>,
        body: Body<UndoRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<UndoneView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("undo_check_in {}", check_in_id.0), &body.0)?;
        let reason = text::name(&body.0.reason.0);
        let reason = reason.map_err(|rule| Problem::new(Code::InvalidField, format!("reason {rule}.")))?;
        let undo = move |tx: &Tx| {
            let undone = domain::undo_check_in(tx, check_in_id.0, &reason)?;
            Ok::<_, DoorError>(UndoneView { id: undone.id })
        };
        Ok(auth.once(&office, "undo_check_in", once, undo).await?.into())
    }

    /// Count who is in
    ///
    /// Tickets that stand, and how many of them were checked in by each gate.
    #[oai(path = "/performances/:performance_id/check-ins", method = "get", operation_id = "count_check_ins")]
    async fn count_check_ins(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Door>,
        /// The performance
        performance_id: Path<Uuid>,
    ) -> Result<Reply<DoorFiguresView, 200>, Problem> {
        let read = move |tx: &Tx| {
            let dated = performance::domain::performance(tx, performance_id.0)?;
            Ok::<_, Problem>((domain::figures(tx, dated.key)?, dated.door_policy))
        };
        let (figures, door_policy) = office.store.read(read).await?;
        let gate =
            |(gate, checked_in): &(Option<String>, u32)| GateView { gate: gate.clone(), checked_in: *checked_in };
        let gates: Vec<_> = figures.gates.iter().map(gate).collect();
        let checked_in = gates.iter().map(|gate| gate.checked_in).sum();
        let Figures { tickets, doubles, without_network, .. } = figures;
        Ok(reply(&DoorFiguresView { tickets, checked_in, gates, doubles, without_network, door_policy }))
    }
}

impl From<DoorError> for Problem {
    fn from(error: DoorError) -> Self {
        match error {
            DoorError::Payment(PaymentError::NoSuchTicket) => {
                Self::new(Code::TicketNotFound, "It was not made here, or somebody else has it by another code.")
                    .in_korean("여기서 만든 티켓이 아니거나, 이제 다른 코드로 다른 사람이 가지고 있습니다.")
            }
            DoorError::Payment(error) => error.into(),
            DoorError::Catalog(error) => error.into(),
            DoorError::OtherPerformance(label) => {
                let of = label.occasion;
                Self::new(Code::OtherPerformance, format!("It is for {}, {}, {}.", of.concert_title, of.local, of.hall))
                    .with("performance_id", json!(of.performance_id))
                    .with_all(json!(OccasionView::from(&of)))
            }
            DoorError::CheckedIn(first) => {
                let problem = Self::of(Code::CheckedIn)
                    .with("check_in_id", json!(first.id))
                    .with("checked_in_at", json!(first.scanned_at));
                match first.gate {
                    Some(gate) => problem.with("gate", json!(gate)),
                    None => problem,
                }
            }
            DoorError::NoSuchCheckIn => Self::of(Code::CheckInNotFound),
            DoorError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "check_in",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::TicketNotFound,
                Code::TicketCancelled,
                Code::PerformanceNotFound,
                Code::OtherPerformance,
                Code::CheckedIn,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    ("undo_check_in", &[problems::STAFF, problems::BODY, &[Code::CheckInNotFound, Code::IdempotencyKeyReused]]),
    ("count_check_ins", &[problems::STAFF, &[Code::PerformanceNotFound]]),
];
