//! Sales and exchanges at the counter over HTTP.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::Performance;
use crate::catalog::performance;
use crate::counter::domain::{self, CounterError, Paying, Wanted};
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text};
use crate::ids::SeatId;
use crate::office::Office;
use crate::payment::views::{PaidView, paid_view};
use crate::payment::{self, TicketCodes};
use crate::refund::desk_api::{named, texts};
use crate::refund::views::RefundView;
use crate::reservation::SeatMaps;
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::standing;
use crate::reservation::views::{StandingRequest, parse_seat_ids, standing_of, type_nos};
use crate::staff::{Sell, Staff};
use crate::store::Tx;
use crate::wallet::Means;

/// How it is paid at the counter
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
enum WayToPay {
    /// Notes and coins
    Cash,
    /// A card, by a device of its own
    Card,
    /// Later, by an invoice
    Invoice,
    /// The buyer's balance
    Balance,
    /// Not at all: it is given away
    Free,
}

impl From<WayToPay> for Paying {
    fn from(by: WayToPay) -> Self {
        match by {
            WayToPay::Cash => Self::By(Means::Cash),
            WayToPay::Card => Self::By(Means::Card),
            WayToPay::Invoice => Self::By(Means::Invoice),
            WayToPay::Balance => Self::Balance,
            WayToPay::Free => Self::Free,
        }
    }
}

/// What to sell at the counter: `seat_ids` or `standing`
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct SaleRequest {
    /// The performance
    performance_id: Uuid,
    /// Free seats of it
    #[oai(default, skip_serializing_if_is_none)]
    seat_ids: Option<Vec<Text>>,
    /// Or places of a standing section
    #[oai(default, skip_serializing_if_is_none)]
    standing: Option<StandingRequest>,
    /// The block that keeps these places from other sale; they are taken out of it
    #[oai(default, skip_serializing_if_is_none)]
    block_id: Option<Uuid>,
    /// A ticket type for each place; unless given, each is sold as the first type that it has a price for
    #[oai(default, skip_serializing_if_is_none)]
    types: Option<Vec<Text>>,
    /// How it is paid
    paid_by: WayToPay,
    /// The buyer; a nameless one unless given
    #[oai(default, skip_serializing_if_is_none)]
    user_id: Option<Uuid>,
}

impl Example for SaleRequest {
    fn example() -> Self {
        Self {
            performance_id: Uuid::nil(),
            seat_ids: Some(vec!["1-1".into(), "1-2".into()]),
            standing: None,
            block_id: None,
            types: None,
            paid_by: WayToPay::Cash,
            user_id: None,
        }
    }
}

/// Which tickets to exchange for which other places: `seat_ids` or `standing`
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct ExchangeRequest {
    /// Codes of tickets of the payment; all that stand unless given
    #[oai(default, skip_serializing_if_is_none)]
    tickets: Option<Vec<Text>>,
    /// The performance of the other seats
    performance_id: Uuid,
    /// The other seats, free ones
    #[oai(default, skip_serializing_if_is_none)]
    seat_ids: Option<Vec<Text>>,
    /// Or places of a standing section
    #[oai(default, skip_serializing_if_is_none)]
    standing: Option<StandingRequest>,
    /// The block that keeps these places from other sale; they are taken out of it
    #[oai(default, skip_serializing_if_is_none)]
    block_id: Option<Uuid>,
    /// A ticket type for each of them
    #[oai(default, skip_serializing_if_is_none)]
    types: Option<Vec<Text>>,
    /// How it is paid if they cost more; what they cost less stays on the balance
    paid_by: WayToPay,
}

impl Example for ExchangeRequest {
    fn example() -> Self {
        Self {
            tickets: None,
            performance_id: Uuid::nil(),
            seat_ids: Some(vec!["1-3".into()]),
            standing: None,
            block_id: None,
            types: None,
            paid_by: WayToPay::Cash,
        }
    }
}

/// An exchange
#[derive(Object, Serialize)]
struct ExchangeView {
    /// The tickets that were given back
    refund: RefundView,
    /// The payment with the other tickets
    payment: PaidView,
}

async fn the_performance(office: &Arc<Office>, id: Uuid) -> Result<Arc<Performance>, Problem> {
    let dated = office.store.read(move |tx| performance::domain::performance(tx, id)).await?;
    let map = office.part::<SeatMaps>().of_performance(office, dated.concert, id).await?;
    Ok(map.map.performance.clone())
}

/// The places that are named, standing ones by their section's id.
fn seats(
    performance: &Performance,
    seat_ids: Option<&[Text]>,
    standing: Option<&StandingRequest>,
) -> Result<Vec<SeatId>, Problem> {
    match (seat_ids, standing) {
        (Some(ids), None) => parse_seat_ids(ids, MOST_SEATS),
        (None, Some(asked)) => {
            let stand = standing_of(performance, asked)?;
            standing::check(performance, &stand)?;
            Ok(stand.seat_numbers().into_iter().map(|seat_no| performance.seat_id(seat_no)).collect())
        }
        _ => Err(Problem::new(Code::InvalidField, "Send either seat_ids or standing.")),
    }
}

/// The counter.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Sell at the counter
    ///
    /// Free seats to a buyer or to nobody known, without a queue and without the limits of buyers; also after the performance
    /// began, and while its sale is paused. The money that is taken and the sale stand in one commit.
    #[oai(path = "/sales", method = "post", operation_id = "sell")]
    async fn sell(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        body: Body<SaleRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<PaidView, 201>, Problem> {
        let once = idempotent::request(&office, key, "sell", &body.0)?;
        let performance = the_performance(&office, body.0.performance_id).await?;
        let seats = seats(&performance, body.0.seat_ids.as_deref(), body.0.standing.as_ref())?;
        let types = type_nos(&performance, body.0.types.as_deref())?;
        let (wanted, buyer) =
            (Wanted { seats, block: body.0.block_id, types, paying: body.0.paid_by.into() }, body.0.user_id);
        let codes = office.part::<TicketCodes>().clone();
        let sell = move |tx: &Tx| {
            let (payment, balance) = domain::sell(tx, &performance, &wanted, buyer)?;
            Ok::<_, Problem>(paid_view(&codes, std::slice::from_ref(&performance), &payment, balance))
        };
        Ok(auth.once(&office, "sell", once, sell).await?.into())
    }

    /// Exchange tickets
    ///
    /// Tickets of a payment for other seats, in one commit: the old codes are dead, the old seats on sale again, and what they
    /// cost is paid for the new ones.
    #[oai(path = "/payments/:payment_id/exchanges", method = "post", operation_id = "exchange")]
    async fn exchange(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Sell>,
        /// The payment
        payment_id: Path<Uuid>,
        body: Body<ExchangeRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<ExchangeView, 201>, Problem> {
        let once = idempotent::request(&office, key, format!("exchange {}", payment_id.0), &body.0)?;
        let performance = the_performance(&office, body.0.performance_id).await?;
        let seats = seats(&performance, body.0.seat_ids.as_deref(), body.0.standing.as_ref())?;
        let types = type_nos(&performance, body.0.types.as_deref())?;
        let (wanted, tickets) =
            (Wanted { seats, block: body.0.block_id, types, paying: body.0.paid_by.into() }, texts(body.0.tickets)?);
        let codes = office.part::<TicketCodes>().clone();
        let exchange = move |tx: &Tx| {
            let payment = payment::domain::any_payment(tx, payment_id.0)?;
            let tickets = named(&codes, &payment, tickets.as_deref())?;
            let (refund, bought, balance) = domain::exchange(tx, &payment, tickets, &performance, &wanted)?;
            Ok::<_, Problem>(ExchangeView {
                refund: RefundView::new(&codes, &payment, &refund),
                payment: paid_view(&codes, std::slice::from_ref(&performance), &bought, balance),
            })
        };
        Ok(auth.once(&office, "exchange", once, exchange).await?.into())
    }
}

impl From<CounterError> for Problem {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::NoSuchUser => Self::new(
                Code::UserNotFound,
                "GET /v1/operator/users finds buyers; leave user_id out for a nameless one.",
            )
            .in_korean("구매자는 GET /v1/operator/users로 찾습니다. 이름 없는 구매자라면 user_id를 빼세요."),
            CounterError::Payment(error) => error.into(),
            CounterError::Refund(error) => error.into(),
            CounterError::Wallet(error) => error.into(),
            CounterError::Account(error) => error.into(),
            CounterError::Store(error) => error.into(),
        }
    }
}

/// What a sale at the counter can be refused for.
const SALE: &[Code] = &[
    Code::PerformanceNotFound,
    Code::SeatNotFound,
    Code::TicketTypeNotFound,
    Code::TicketTypeNotSold,
    Code::SectionNotFound,
    Code::SeatTaken,
    Code::NotEnoughSeats,
    Code::BlockNotFound,
    Code::ConcertCancelled,
    Code::PerformanceCancelled,
    Code::InsufficientBalance,
    Code::BalanceTooLarge,
    Code::IdempotencyKeyReused,
];

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("sell", &[problems::STAFF, problems::BODY, SALE, &[Code::UserNotFound]]),
    (
        "exchange",
        &[problems::STAFF, problems::BODY, SALE, &[Code::PaymentNotFound, Code::TicketNotFound, Code::TicketCancelled]],
    ),
];
