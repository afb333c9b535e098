//! Payments and refunds at the desk.

use std::collections::BTreeSet;
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::account;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text, reply};
use crate::ids::TicketKey;
use crate::money::{Amount, LARGEST};
use crate::office::Office;
use crate::payment::{self, Payment, PaymentError, ShownCode, Ticket, TicketCodes};
use crate::refund::domain::{self, Fate, RefundError, Wish};
use crate::refund::record::{Cause, Places, Way};
use crate::refund::views::RefundView;
use crate::reservation::SeatMaps;
use crate::reservation::rules::MOST_SEATS;
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::text;

/// What to refund
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct RefundRequest {
    /// Codes of tickets of the payment; all that stand unless given
    #[oai(default, skip_serializing_if_is_none)]
    tickets: Option<Vec<Text>>,
    /// How the money goes back; to the balance unless given
    #[oai(default, skip_serializing_if_is_none)]
    to: Option<Way>,
    /// What the venue keeps of each ticket, as far as it cost that much; in minor units, 0 unless given
    #[oai(default, skip_serializing_if_is_none)]
    keep_per_ticket: Option<Amount>,
    /// True: the payment's own fee stays with the venue, also when none of its tickets stands any more
    #[oai(default, skip_serializing_if_is_none)]
    keep_order_fee: Option<bool>,
    /// What becomes of the places; on sale again unless given
    #[oai(default, skip_serializing_if_is_none)]
    places: Option<Places>,
    /// Why they are kept from sale, where they are `blocked`
    #[oai(default, skip_serializing_if_is_none)]
    block_reason: Option<Text>,
}

impl Example for RefundRequest {
    fn example() -> Self {
        Self {
            tickets: None,
            to: Some(Way::Balance),
            keep_per_ticket: Some(Amount(1_000)),
            keep_order_fee: None,
            places: Some(Places::Blocked),
            block_reason: Some("The seat is broken".into()),
        }
    }
}

/// A ticket of a payment as the desk sees it
#[derive(Object, Serialize)]
struct DeskTicketView {
    /// What is shown at the door
    code: String,
    /// The performance
    performance_id: Uuid,
    /// The seat
    seat_id: String,
    /// Ticket type
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    ticket_type: String,
    /// What it cost, without fees
    price: Amount,
    /// What was asked for it beside
    fee: Amount,
    /// What went back for it, if it was refunded: then it opens nothing any more
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<Amount>,
    /// True when it is another account's than the one that paid
    handed_on: bool,
}

/// A payment as the desk sees it
#[derive(Object, Serialize)]
struct DeskPaymentView {
    /// The payment
    id: Uuid,
    /// Who paid
    user_id: Uuid,
    /// What was paid
    amount: Amount,
    /// How much of it was fees
    fees: Amount,
    /// When
    paid_at: Instant,
    /// Its tickets
    tickets: Vec<DeskTicketView>,
    /// What of it was refunded
    refunds: Vec<RefundView>,
}

/// The tickets that are named by their codes; each once, and each of this payment.
///
/// # Errors
/// [`Code::TicketNotFound`], [`Code::InvalidField`].
pub fn named(
    codes: &TicketCodes,
    payment: &Payment,
    named: Option<&[String]>,
) -> Result<Option<Vec<TicketKey>>, Problem> {
    let Some(named) = named else { return Ok(None) };
    let key = |code: &String| {
        let shown = ShownCode::read(code).filter(|shown| codes.is_genuine(shown, payment));
        shown.map(|shown| shown.ticket).ok_or(PaymentError::NoSuchTicket)
    };
    let keys: Vec<_> = named.iter().map(key).collect::<Result<_, _>>()?;
    if keys.iter().collect::<BTreeSet<_>>().len() != keys.len() {
        return Err(Problem::new(Code::InvalidField, "tickets must name each ticket once."));
    }
    Ok(Some(keys))
}

/// The codes of a request: of as many tickets as a payment has at most.
///
/// # Errors
/// [`Code::InvalidField`].
pub fn texts(tickets: Option<Vec<Text>>) -> Result<Option<Vec<String>>, Problem> {
    if tickets.as_ref().is_some_and(|tickets| tickets.is_empty() || tickets.len() > MOST_SEATS) {
        return Err(Problem::new(Code::InvalidField, format!("tickets must name 1 to {MOST_SEATS} tickets.")));
    }
    Ok(tickets.map(|tickets| tickets.into_iter().map(|code| code.0).collect()))
}

fn desk_payment(tx: &Tx, codes: &TicketCodes, payment: &Payment) -> Result<DeskPaymentView, Problem> {
    let words = payment::domain::words(tx, std::slice::from_ref(payment))?;
    let refunds = domain::refunds(tx, payment)?;
    let user = account::domain::user(tx, payment.user)?.map(|user| user.id).unwrap_or_default();
    let ticket = |ticket: &Ticket| {
        let occasion = words.occasions.get(&ticket.seat.performance)?;
        Some(DeskTicketView {
            code: codes.code(ticket, payment.id),
            performance_id: occasion.performance_id,
            seat_id: ticket.seat.to_string(),
            ticket_type: words.types.get(&(ticket.seat.performance, ticket.type_no))?.clone(),
            price: ticket.price,
            fee: ticket.fee,
            refunded: ticket.refund.map(|refund| refund.amount),
            handed_on: ticket.holder.is_some(),
        })
    };
    Ok(DeskPaymentView {
        id: payment.id,
        user_id: user,
        amount: payment.amount,
        fees: payment.fees(),
        paid_at: payment.paid_at,
        tickets: payment.tickets.iter().filter_map(ticket).collect(),
        refunds: refunds.iter().map(|refund| RefundView::new(codes, payment, refund)).collect(),
    })
}

/// What becomes of the places, with what that takes.
async fn fate(office: &Arc<Office>, places: Places, reason: Option<Text>, payment: Uuid) -> Result<Fate, Problem> {
    let invalid = |rule: &str| Problem::new(Code::InvalidField, format!("block_reason {rule}."));
    match (places, reason) {
        (Places::Blocked, Some(reason)) => Ok(Fate::Blocked(text::name(&reason.0).map_err(invalid)?)),
        (Places::Blocked, None) => Err(invalid("must say why the places are blocked")),
        (Places::OnSale | Places::Waitlist, Some(_)) => Err(invalid("is for places that are blocked")),
        (Places::OnSale, None) => Ok(Fate::OnSale),
        (Places::Waitlist, None) => {
            let concert = office.store.read(move |tx| payment::domain::any_payment(tx, payment)).await?.concert;
            let maps = office.part::<SeatMaps>().of_concert(office, concert).await?;
            Ok(Fate::Waitlist(maps.iter().map(|map| map.map.performance.clone()).collect()))
        }
    }
}

/// Refunds at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show a payment at the desk
    ///
    /// With its tickets and what of it was refunded.
    #[oai(path = "/payments/:payment_id", method = "get", operation_id = "inspect_payment")]
    async fn inspect_payment(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Sell>,
        /// The payment
        payment_id: Path<Uuid>,
    ) -> Result<Reply<DeskPaymentView, 200>, Problem> {
        let codes = office.part::<TicketCodes>().clone();
        let read = move |tx: &Tx| {
            let payment = payment::domain::any_payment(tx, payment_id.0)?;
            desk_payment(tx, &codes, &payment)
        };
        Ok(reply(&office.store.read(read).await?))
    }

    /// Refund a payment
    ///
    /// All its tickets or some: each is cancelled, its code is dead, and its money goes back to the balance, as cash, or through
    /// the payment provider that it came through (behind; should the provider refuse, it is on the balance again, with a note).
    /// A ticket is refunded once. Its seat is on sale again, or what `places` says.
    #[oai(path = "/payments/:payment_id/refunds", method = "post", operation_id = "refund_payment")]
    async fn refund_payment(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The payment
        payment_id: Path<Uuid>,
        body: Body<RefundRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<RefundView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("refund_payment {}", payment_id.0), &body.0)?;
        let RefundRequest { tickets, to, keep_per_ticket, keep_order_fee, places, block_reason } = body.0;
        let kept = keep_per_ticket.unwrap_or_default();
        if kept < Amount(0) || kept > LARGEST {
            return Err(Problem::new(Code::InvalidField, format!("keep_per_ticket must be 0 to {}.", LARGEST.0)));
        }
        let (tickets, codes) = (texts(tickets)?, office.part::<TicketCodes>().clone());
        let fate = fate(&office, places.unwrap_or_default(), block_reason, payment_id.0).await?;
        let refund = move |tx: &Tx| {
            let payment = payment::domain::any_payment(tx, payment_id.0)?;
            let tickets = named(&codes, &payment, tickets.as_deref())?;
            let with_order_fee = !keep_order_fee.unwrap_or_default();
            let wish = Wish { tickets, way: to.unwrap_or_default(), kept, with_order_fee, fate: fate.clone() };
            let refund = domain::refund(tx, &payment, &wish, Cause::Staff)?;
            Ok::<_, Problem>(RefundView::new(&codes, &payment, &refund))
        };
        Ok(auth.once(&office, "refund_payment", once, refund).await?.into())
    }
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Self {
        match error {
            RefundError::Payment(error) => error.into(),
            RefundError::Catalog(error) => error.into(),
            RefundError::CheckedIn => Self::of(Code::TicketUsed),
            RefundError::HandedOn => Self::of(Code::TicketHandedOn),
            RefundError::Closed(_) => Self::of(Code::CancellationClosed),
            RefundError::Started => Self::new(Code::PerformanceStarted, "Refund its tickets one payment at a time.")
                .in_korean("티켓을 결제별로 환불하세요."),
            RefundError::PerformanceCancelled => Self::new(
                Code::PerformanceCancelled,
                "Its tickets are refunded; show_cancellation tells how far that is.",
            )
            .in_korean("티켓을 환불하는 중입니다. 어디까지 되었는지는 show_cancellation에 있습니다."),
            RefundError::NotCancelled => Self::of(Code::NotCancelled),
            RefundError::NotThroughProvider => Self::new(
                Code::NotThroughProvider,
                "Refund it to the balance, or as cash: so much of this buyer's money did not come through a provider.",
            ),
            RefundError::Wallet(error) => error.into(),
            RefundError::Waitlist(error) => error.into(),
            RefundError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("inspect_payment", &[problems::STAFF, &[Code::PaymentNotFound]]),
    (
        "refund_payment",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::PaymentNotFound,
                Code::TicketNotFound,
                Code::TicketCancelled,
                Code::NotThroughProvider,
                Code::BalanceTooLarge,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
];
