//! Concerts and performances at the operator's desk.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::domain::{self, ConcertSpec, PerformanceSpec};
use crate::catalog::error::CatalogError;
use crate::catalog::views::{ConcertView, OccasionView};
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text};
use crate::money::Amount;
use crate::office::Office;
use crate::queue::Settings;
use crate::queue::views::QueueSettingsRequest;
use crate::staff::{Manage, Staff};
use crate::store::Tx;

/// A concert
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct ConcertRequest {
    /// Title
    title: Text,
    /// The venue's IANA time zone
    time_zone: Text,
    /// From when buyers are let in; now unless given
    #[oai(default)]
    on_sale_at: Option<Instant>,
    /// From when buyers may join the queue; 30 minutes before on_sale_at unless given
    #[oai(default)]
    queue_opens_at: Option<Instant>,
    /// How the queue lets in
    #[oai(default)]
    queue: Option<QueueSettingsRequest>,
}

impl Example for ConcertRequest {
    fn example() -> Self {
        Self {
            title: "New Year's Concert".into(),
            time_zone: "Asia/Seoul".into(),
            on_sale_at: None,
            queue_opens_at: None,
            queue: Some(QueueSettingsRequest::example()),
        }
    }
}

/// A performance
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct PerformanceRequest {
    /// The concert
    concert_id: Uuid,
    /// The hall
    hall_id: Uuid,
    /// When it starts
    starts_at: Instant,
    /// A price for each of the hall's grades, in minor units
    prices: HashMap<String, Amount>,
    /// For how many minutes it takes the hall; 60 unless given
    #[oai(default, skip_serializing_if_is_none)]
    duration_minutes: Option<u32>,
    /// Refuse seats that a buyer picks if they leave a single free seat alone, as long as there are other seats side by side
    /// that do not
    #[oai(default, skip_serializing_if_is_none)]
    refuse_lone_seats: Option<bool>,
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
            prices: HashMap::from([("VIP".into(), Amount(150_000)), ("R".into(), Amount(110_000))]),
            duration_minutes: Some(150),
            refuse_lone_seats: Some(true),
            allow_overlap: None,
            allow_late_sale: None,
        }
    }
}

/// The desk's hand on the catalogue.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make a concert
    ///
    /// With its queue. Buyers who join before `on_sale_at` are drawn then; later ones follow in order of arrival.
    #[oai(path = "/concerts", method = "post", operation_id = "create_concert")]
    async fn create_concert(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<ConcertRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<ConcertView, 201>, Problem> {
        let once = idempotent::request(&office, key, "create_concert", &body.0)?;
        let mut settings = Settings::DEFAULT;
        if let Some(queue) = body.0.queue {
            queue.apply(&mut settings);
        }
        let spec = ConcertSpec {
            title: body.0.title.0,
            time_zone: body.0.time_zone.0,
            on_sale_at: body.0.on_sale_at,
            queue_opens_at: body.0.queue_opens_at,
            settings,
        };
        let made = move |tx: &Tx| {
            let (concert, queue) = domain::create_concert(tx, &spec)?;
            Ok::<_, CatalogError>(ConcertView::new(concert, &queue, 0))
        };
        Ok(auth.once(&office, "create_concert", once, made).await?.into())
    }

    /// Make a performance
    ///
    /// One date of a concert in a hall, with a price for each of the hall's grades. Its seats are on sale at once. A
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
        let PerformanceRequest { concert_id, hall_id, starts_at, prices, duration_minutes, .. } = body.0;
        let prices: BTreeMap<_, _> = prices.into_iter().collect();
        let allowed = (body.0.allow_overlap.unwrap_or_default(), body.0.allow_late_sale.unwrap_or_default());
        let refuse_lone_seats = body.0.refuse_lone_seats.unwrap_or_default();
        let understood = (concert_id, hall_id, starts_at, &prices, duration_minutes, refuse_lone_seats, allowed);
        let once = idempotent::request(&office, key, "create_performance", &understood)?;
        let mut spec = PerformanceSpec::new(concert_id, hall_id, starts_at, prices);
        spec.duration_minutes = duration_minutes;
        spec.refuse_lone_seats = refuse_lone_seats;
        (spec.allow_overlap, spec.allow_late_sale) = allowed;
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
pub const PROBLEMS: Problems = &[
    ("create_concert", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]]),
    (
        "create_performance",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::ConcertNotFound,
                Code::HallNotFound,
                Code::HallTaken,
                Code::SaleTooLate,
                Code::IdempotencyKeyReused,
            ],
        ],
    ),
];
