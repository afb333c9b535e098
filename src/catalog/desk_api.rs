//! Concerts and performances at the operator's desk.

use std::collections::HashMap;
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::domain::{self, PerformanceSpec};
use crate::catalog::error::CatalogError;
use crate::catalog::prices::{PriceSpec, TypeSpec};
use crate::catalog::record::DoorPolicy;
use crate::catalog::views::OccasionView;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text};
use crate::money::Amount;
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A ticket type
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct TicketTypeRequest {
    /// Its name
    name: Text,
    /// A price for each of the hall's grades in which it is sold, in minor units
    prices: HashMap<String, Amount>,
    /// How many seats of the performance one buyer may have as this type; only the performance's own limit unless given
    #[oai(default, skip_serializing_if_is_none)]
    seats_per_user: Option<u32>,
}

/// A performance, with `prices` or `ticket_types`
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PerformanceRequest {
    /// The concert
    concert_id: Uuid,
    /// The hall
    hall_id: Uuid,
    /// When it starts
    starts_at: Instant,
    /// A price for each of the hall's grades, in minor units: of the one ticket type `full`
    #[oai(default, skip_serializing_if_is_none)]
    prices: Option<HashMap<String, Amount>>,
    /// Or the ticket types that the venue has, each with its prices. Where a buyer names none, a seat is sold as the first
    /// that has a price for its grade
    #[oai(default, skip_serializing_if_is_none)]
    ticket_types: Option<Vec<TicketTypeRequest>>,
    /// How many seats one buyer may have, held and bought together; the venue's limit unless given
    #[oai(default, skip_serializing_if_is_none)]
    seats_per_user: Option<u32>,
    /// For how many minutes it takes the hall; 60 unless given
    #[oai(default, skip_serializing_if_is_none)]
    duration_minutes: Option<u32>,
    /// Refuse seats that a buyer picks if they leave a single free seat alone, as long as there are other seats side by side
    /// that do not
    #[oai(default, skip_serializing_if_is_none)]
    refuse_lone_seats: Option<bool>,
    /// What a door does while it cannot reach the box office; `lenient` unless given
    #[oai(default, skip_serializing_if_is_none)]
    door_policy: Option<DoorPolicy>,
    /// When the doors open
    #[oai(default, skip_serializing_if_is_none)]
    doors_at: Option<Instant>,
    /// Make it although the hall is taken at that time
    #[oai(default, skip_serializing_if_is_none)]
    allow_overlap: Option<bool>,
    /// Make it although the concert's sale begins only when it has started
    #[oai(default, skip_serializing_if_is_none)]
    allow_late_sale: Option<bool>,
}

/// A performance that was made
#[derive(Object, Serialize)]
struct MadePerformanceView {
    /// Its id
    id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
}

impl Example for PerformanceRequest {
    fn example() -> Self {
        Self {
            concert_id: Uuid::nil(),
            hall_id: Uuid::nil(),
            starts_at: Instant(1_893_493_800_000),
            prices: None,
            ticket_types: Some(vec![
                TicketTypeRequest {
                    name: "full".into(),
                    prices: HashMap::from([("VIP".into(), Amount(150_000)), ("R".into(), Amount(110_000))]),
                    seats_per_user: None,
                },
                TicketTypeRequest {
                    name: "child".into(),
                    prices: HashMap::from([("R".into(), Amount(55_000))]),
                    seats_per_user: Some(2),
                },
            ]),
            seats_per_user: None,
            duration_minutes: Some(150),
            refuse_lone_seats: Some(true),
            door_policy: Some(DoorPolicy::Strict),
            doors_at: Some(Instant(1_893_491_100_000)),
            allow_overlap: None,
            allow_late_sale: None,
        }
    }
}

/// Prices as they are sent: of one type, or by types.
///
/// # Errors
/// [`Code::InvalidField`] for both, or none.
pub fn price_spec(
    prices: Option<HashMap<String, Amount>>,
    types: Option<Vec<TicketTypeRequest>>,
) -> Result<PriceSpec, Problem> {
    let of_type = |of: TicketTypeRequest| TypeSpec {
        name: of.name.0,
        seats_per_user: of.seats_per_user,
        prices: of.prices.into_iter().collect(),
    };
    match (prices, types) {
        (Some(prices), None) => Ok(PriceSpec::One(prices.into_iter().collect())),
        (None, Some(types)) => Ok(PriceSpec::Types(types.into_iter().map(of_type).collect())),
        _ => Err(Problem::new(Code::InvalidField, "Send either prices or ticket_types.")),
    }
}

/// The desk's hand on the catalogue.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make a performance
    ///
    /// One date of a concert in a hall, with a price at least for each of the hall's grades. Its seats are on sale at once. A
    /// second performance in a hall that is taken at that time is refused unless `allow_overlap` says so, and one that
    /// starts before the concert's sale unless `allow_late_sale` does. The answer shows the local time: look at it.
    #[oai(path = "/performances", method = "post", operation_id = "create_performance")]
    async fn create_performance(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<PerformanceRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MadePerformanceView, 201>, Problem> {
        let request = body.0;
        let spec = PerformanceSpec {
            concert_id: request.concert_id,
            hall_id: request.hall_id,
            starts_at: request.starts_at,
            duration_minutes: request.duration_minutes,
            doors_at: request.doors_at,
            prices: price_spec(request.prices, request.ticket_types)?,
            seats_per_user: request.seats_per_user,
            refuse_lone_seats: request.refuse_lone_seats.unwrap_or_default(),
            door_policy: request.door_policy.unwrap_or_default(),
            allow_overlap: request.allow_overlap.unwrap_or_default(),
            allow_late_sale: request.allow_late_sale.unwrap_or_default(),
        };
        let once = idempotent::request(&office, key, "create_performance", &spec)?;
        let made = move |tx: &Tx| {
            let occasion = domain::create_performance(tx, &spec)?;
            Ok::<_, CatalogError>(MadePerformanceView {
                id: occasion.performance_id,
                occasion: OccasionView::from(&occasion),
            })
        };
        Ok(auth.once(&office, "create_performance", once, made).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[(
    "create_performance",
    &[
        problems::STAFF,
        problems::BODY,
        &[
            Code::ConcertNotFound,
            Code::HallNotFound,
            Code::HallTaken,
            Code::SaleTooLate,
            Code::ConcertStateFixed,
            Code::IdempotencyKeyReused,
        ],
    ],
)];
