//! Payments and tickets over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::account::auth::{self, SessionAuth};
use crate::catalog;
use crate::code;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Caller, Code, Problem, Reply, Tag, Text, page, reply};
use crate::idempotency;
use crate::ids::{ConcertKey, PerformanceKey, PostingKey, SeatId};
use crate::money::Amount;
use crate::office::Office;
use crate::payment::PaymentError;
use crate::payment::basket::Basket;
use crate::payment::domain;
use crate::payment::ticket::Payment;
use crate::payment::ticket_code::{ShownCode, TicketCodes};
use crate::payment::views::{
    BillView, PaidView, PaymentView, PaymentsView, TicketView, bill_view, paid_view, payment_view, ticket_view,
};
use crate::queue::gate::{self, TokenAuth};
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::views::{NotTaken, ROUNDS, parse_seat_ids};
use crate::reservation::{Elsewhere, HoldError, Rendering, SeatMaps, map_api};
use crate::waitlist::{Tries, Waits, offers};

/// What to pay for: `seat_ids` or `hold_ids`, not both
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PayRequest {
    /// Seats you hold, or free ones; the id of a standing section as often as you want places there
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seat_ids: Option<Vec<Text>>,
    /// Or all that these holds keep
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_ids: Option<Vec<Uuid>>,
    /// What they cost together with all fees and less what the code takes off, as you saw it
    amount: Amount,
    /// A discount code; `show_bill` tells what the seats that you hold cost with it
    #[oai(default, skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Text>,
}

impl Example for PayRequest {
    fn example() -> Self {
        let seat_ids = Some(vec!["1-1".into(), "1-2".into()]);
        Self { seat_ids, hold_ids: None, amount: Amount(260_000), code: None }
    }
}

/// What a request names, with its code.
fn basket(request: PayRequest) -> Result<Basket, Problem> {
    let code = code::views::sent(request.code)?;
    match (request.seat_ids, request.hold_ids) {
        (Some(ids), None) => Ok(Basket { code, ..Basket::of(parse_seat_ids(&ids, MOST_SEATS)?) }),
        (None, Some(hold_ids)) if (1..=MOST_SEATS).contains(&hold_ids.len()) => {
            Ok(Basket { code, hold_ids, ..Basket::default() })
        }
        (None, Some(_)) => Err(Problem::new(Code::InvalidField, format!("name 1 to {MOST_SEATS} holds."))),
        _ => Err(Problem::new(Code::InvalidField, "Send either seat_ids or hold_ids.")),
    }
}

/// The maps of these seats' performances; of all where holds are named, of which only the data file knows what they keep.
async fn maps_of(office: &Office, concert: ConcertKey, basket: &Basket) -> Result<Vec<Arc<Rendering>>, Problem> {
    let maps = office.part::<SeatMaps>().of_concert(office, concert).await?;
    let wanted = |map: &&Arc<Rendering>| {
        let is_of = |id: &SeatId| id.performance == map.map.performance.key;
        !basket.hold_ids.is_empty() || basket.seat_ids.iter().any(is_of)
    };
    Ok(maps.iter().filter(wanted).cloned().collect())
}

/// What memory knows of other seats than these now, for the performances that let nobody leave a seat alone.
async fn elsewhere(
    office: &Office,
    maps: &[Arc<Rendering>],
    seat_ids: &[SeatId],
    round: usize,
) -> Result<BTreeMap<PerformanceKey, Elsewhere>, Problem> {
    let (mut known, now) = (BTreeMap::new(), office.now());
    for map in maps.iter().filter(|map| map.map.performance.refuse_lone_seats && round < ROUNDS) {
        let picked = seat_ids.to_vec();
        let elsewhere = map_api::work(office, map, move |map| map.map.elsewhere(&picked, now)).await?;
        known.insert(map.map.performance.key, elsewhere);
    }
    Ok(known)
}

fn outrun(error: PaymentError) -> NotTaken {
    match error {
        PaymentError::Seats(HoldError::Outrun) => NotTaken::Outrun,
        error => error.into(),
    }
}

/// Payments and tickets.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Payment")]
impl Api {
    /// Pay for seats
    ///
    /// Debits the balance and gives a ticket for each seat, all in one commit. It ends the visit: the queue token is
    /// dead and leftover holds are released. Send an `Idempotency-Key`, so that a lost answer can be asked for again.
    #[oai(path = "/payments", method = "post", operation_id = "pay")]
    async fn pay(
        &self,
        office: Data<&Arc<Office>>,
        caller: Caller,
        auth: TokenAuth,
        body: Body<PayRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<PaidView, 201>, Problem> {
        let once = idempotent::request(&office, key, "pay", &body.0)?;
        let line = gate::line_of(&office, &auth.0)?;
        let lane = gate::refuse_waiting(&office, &line, &auth.0, once.as_ref()).await?;
        let (account, concert_id, concert) = (auth.0.sub, line.concert_id, line.concert);
        let (once, claims, amount) = (Arc::new(once), Arc::new(auth.0), body.0.amount);
        let basket = basket(body.0)?;
        let mut tries = Tries::default();
        let answer = loop {
            // Asked for anew each time: a performance may have changed, or moved to another version of its hall.
            let maps = maps_of(&office, concert, &basket).await?;
            let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
            let is_waited_for = office.part::<Waits>().anybody(concert);
            let elsewhere = elsewhere(&office, &maps, &basket.seat_ids, tries.round()).await?;
            let basket = Basket { elsewhere, ..basket.clone() };
            let (once, claims, line) = (once.clone(), claims.clone(), line.clone());
            let (codes, of_view) = (office.part::<TicketCodes>().clone(), performances.clone());
            let show = move |(payment, balance): (Payment, Amount)| paid_view(&codes, &of_view, &payment, balance);
            let shown = show.clone();
            let paid = office.store.write_from(lane, move |tx| {
                let (user, visit) = gate::visitor(tx, &line, &claims)?;
                idempotency::once_shown(tx, (*once).as_ref(), Some(user), &shown, || {
                    let visit = visit?;
                    if is_waited_for && domain::takes_more(tx, &visit, &basket.seat_ids)? {
                        performances.iter().try_for_each(|of| offers::require_none_waits(tx, of))?;
                    }
                    domain::pay(tx, &visit, &performances, &basket, amount).map_err(outrun)
                })
            });
            match paid.await {
                Ok(answer) => break answer.map(show),
                Err(missed) => tries.again(&office, concert, missed).await?,
            }
        };
        caller.paid(account, concert_id);
        Ok(answer.into())
    }

    /// Show your bill
    ///
    /// What the seats that you hold cost together, with all fees and less what a discount code takes off: the `amount` to pay
    /// for them. Asking uses no code.
    #[oai(path = "/bill", method = "get", operation_id = "show_bill")]
    async fn show_bill(
        &self,
        office: Data<&Arc<Office>>,
        auth: TokenAuth,
        /// A discount code
        code: Query<Option<String>>,
    ) -> Result<Reply<BillView, 200>, Problem> {
        let line = gate::line_of(&office, &auth.0)?;
        gate::require_inside(&office, &line, &auth.0).await?;
        let code = code::views::sent(code.0.as_deref().map(Text::from))?;
        let maps = office.part::<SeatMaps>().of_concert(&office, line.concert).await?;
        let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
        let read = office.store.read(move |tx| {
            let (_, visit) = gate::visitor(tx, &line, &auth.0)?;
            let priced = domain::bill(tx, &visit?, &performances, code.clone())?;
            Ok::<_, Problem>(bill_view(&performances, &priced))
        });
        Ok(reply(&read.await?))
    }

    /// List your payments
    ///
    /// With their tickets, newest first.
    #[oai(path = "/payments", method = "get", operation_id = "list_payments")]
    async fn list_payments(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Payments on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<PaymentsView, 200>, Problem> {
        let user = auth::session_user(&office, auth.0).await?.key;
        let (cursor, limit) = (page::cursor(cursor.0)?.map(PostingKey), page::length(&office, limit.0)?);
        let read = office.store.read(move |tx| {
            let (payments, next) = domain::payments(tx, user, cursor, limit)?;
            let words = domain::words(tx, &payments)?;
            Ok::<_, PaymentError>((payments, words, next))
        });
        let (payments, words, next) = read.await?;
        let next_cursor = next.map(|next| next.0.to_string());
        let codes = office.part::<TicketCodes>();
        let payments = payments.iter().map(|payment| payment_view(codes, &words, payment)).collect();
        Ok(reply(&PaymentsView { payments, next_cursor }))
    }

    /// Show a payment
    ///
    /// A payment of yours with its tickets. Somebody else's looks as if it were not there.
    #[oai(path = "/payments/:payment_id", method = "get", operation_id = "show_payment")]
    async fn show_payment(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The payment
        payment_id: Path<Uuid>,
    ) -> Result<Reply<PaymentView, 200>, Problem> {
        let user = auth::session_user(&office, auth.0).await?.key;
        let read = office.store.read(move |tx| {
            let payment = domain::payment(tx, user, payment_id.0)?;
            let words = domain::words(tx, std::slice::from_ref(&payment))?;
            Ok::<_, PaymentError>((payment, words))
        });
        let (payment, words) = read.await?;
        Ok(reply(&payment_view(office.part::<TicketCodes>(), &words, &payment)))
    }

    /// Show a ticket
    ///
    /// A ticket of yours by its code, with all that is printed on it. Case and dashes of the code do not matter.
    #[oai(path = "/tickets/:code", method = "get", operation_id = "show_ticket")]
    async fn show_ticket(
        &self,
        office: Data<&Arc<Office>>,
        auth: SessionAuth,
        /// The ticket's code
        code: Path<String>,
    ) -> Result<Reply<TicketView, 200>, Problem> {
        let user = auth::session_user(&office, auth.0).await?.key;
        let codes = office.part::<TicketCodes>().clone();
        let shown = ShownCode::read(&code).ok_or(PaymentError::NoSuchTicket)?;
        let in_tx = codes.clone();
        let is_genuine = move |payment: &Payment| in_tx.is_genuine(&shown, payment);
        let read = office.store.read(move |tx| {
            let (ticket, label, payment) = domain::ticket(tx, user, shown.ticket, is_genuine)?;
            let ticket_type = catalog::domain::type_name(tx, ticket.seat.performance, ticket.type_no)?;
            Ok::<_, PaymentError>((ticket, ticket_type, label, payment))
        });
        let (ticket, ticket_type, label, payment) = read.await?;
        Ok(reply(&ticket_view(&codes, &ticket, ticket_type, label, &payment)))
    }
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::Seats(error) => error.into(),
            PaymentError::Code(error) => error.into(),
            PaymentError::AmountMismatch(total) => Self::of(Code::AmountMismatch).with("amount", json!(total)),
            PaymentError::Insufficient { balance, needed, held } => {
                let (seats, korean) = match held {
                    (0, _) => (
                        "The seats are not held meanwhile: hold them first to be sure of them.",
                        "그동안 좌석은 선점되어 있지 않으니 먼저 선점하세요.",
                    ),
                    (held, all) if held == all => ("Your seats are still held.", "좌석은 그대로 선점되어 있습니다."),
                    _ => (
                        "Only some of the seats are held meanwhile: hold the others to be sure of them.",
                        "그동안 좌석의 일부만 선점되어 있으니 나머지도 선점하세요.",
                    ),
                };
                Self::new(Code::InsufficientBalance, format!("Top up and pay again. {seats}"))
                    .in_korean(format!("충전하고 다시 결제하세요. {korean}"))
                    .with("balance", json!(balance))
                    .with("needed", json!(needed))
            }
            PaymentError::Wallet(error) => error.into(),
            PaymentError::Waitlist(error) => error.into(),
            PaymentError::Queue(error) => error.into(),
            PaymentError::NoSuchPayment => Self::of(Code::PaymentNotFound),
            PaymentError::NoSuchTicket => Self::of(Code::TicketNotFound),
            PaymentError::TicketCancelled => Self::of(Code::TicketCancelled),
            PaymentError::NoSuchRecipient => Self::new(Code::UserNotFound, "Ask them to sign up first.")
                .in_korean("받을 사람에게 먼저 가입해 달라고 하세요."),
            PaymentError::OwnTicket => Self::new(Code::InvalidField, "email must be another account's."),
            PaymentError::Store(error) => error.into(),
        }
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    (
        "pay",
        &[
            problems::ADMITTED,
            problems::BODY,
            &[
                Code::SeatNotFound,
                Code::SeatTaken,
                Code::SeatLimit,
                Code::LoneSeat,
                Code::NotEnoughSeats,
                Code::HoldNotFound,
                Code::PerformanceStarted,
                Code::ConcertCancelled,
                Code::PerformanceCancelled,
                Code::SalePaused,
                Code::SaleOver,
                Code::AdmissionOver,
                Code::CodeNotFound,
                Code::CodeUsedUp,
                Code::CodeNotForThese,
                Code::WaitlistFirst,
                Code::InsufficientBalance,
                Code::AmountMismatch,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
    (
        "show_bill",
        &[
            problems::ADMITTED,
            &[
                Code::InvalidField,
                Code::SeatLimit,
                Code::PerformanceStarted,
                Code::ConcertCancelled,
                Code::PerformanceCancelled,
                Code::SalePaused,
                Code::SaleOver,
                Code::CodeNotFound,
                Code::CodeUsedUp,
                Code::CodeNotForThese,
            ],
        ],
    ),
    ("list_payments", &[problems::SESSION, &[Code::InvalidField]]),
    ("show_payment", &[problems::SESSION, &[Code::PaymentNotFound]]),
    ("show_ticket", &[problems::SESSION, &[Code::TicketNotFound, Code::TicketCancelled]]),
];
