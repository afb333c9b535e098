//! Concerts at the desk: made, listed, shown, corrected, published, cancelled, taken back.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::concert::views::ConcertTextRequest;
use crate::catalog::concert::{ConcertChange, ConcertSpec, ConcertState, domain};
use crate::catalog::error::CatalogError;
use crate::catalog::performance::domain::change_concert;
use crate::catalog::prices::{Fees, SaleTerms};
use crate::catalog::views::ConcertView;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, NoContent, Problem, Reply, Tag, Text, page, reply};
use crate::ids::ConcertKey;
use crate::money::Amount;
use crate::office::Office;
use crate::paging::cut;
use crate::queue::views::QueueSettingsRequest;
use crate::queue::{Settings, life};
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
    /// True for one that only the venue shall know of until it is published
    #[oai(default, skip_serializing_if_is_none)]
    draft: Option<bool>,
    /// What is said of it, by language
    #[oai(default, skip_serializing_if_is_none)]
    texts: Option<Vec<ConcertTextRequest>>,
    /// From which age on people may come
    #[oai(default, skip_serializing_if_is_none)]
    age_limit: Option<u32>,
    /// From when buyers are let in; now unless given
    #[oai(default)]
    on_sale_at: Option<Instant>,
    /// From when buyers may join the queue; 30 minutes before on_sale_at unless given
    #[oai(default)]
    queue_opens_at: Option<Instant>,
    /// From when nothing is sold any more; each performance is sold until it starts unless given
    #[oai(default, skip_serializing_if_is_none)]
    sale_ends_at: Option<Instant>,
    /// How the queue lets in
    #[oai(default)]
    queue: Option<QueueSettingsRequest>,
    /// How many seats of all its performances together one buyer may have; unless given, only each performance's limit holds
    #[oai(default, skip_serializing_if_is_none)]
    seats_per_user: Option<u32>,
    /// What is asked for each ticket beside its price, unless that is nothing; in minor units, 0 unless given
    #[oai(default, skip_serializing_if_is_none)]
    fee_per_ticket: Option<Amount>,
    /// What is asked for each payment beside, unless all its tickets are free; in minor units, 0 unless given
    #[oai(default, skip_serializing_if_is_none)]
    fee_per_order: Option<Amount>,
    /// Until how many minutes before a performance buyers may cancel their tickets by themselves; not at all unless given
    #[oai(default, skip_serializing_if_is_none)]
    cancel_until_minutes: Option<u32>,
    /// What the venue keeps of each ticket that its buyer cancels; in minor units, 0 unless given
    #[oai(default, skip_serializing_if_is_none)]
    cancel_fee: Option<Amount>,
}

impl Example for ConcertRequest {
    fn example() -> Self {
        let text = ConcertTextRequest {
            language: "ko".into(),
            title: Some("신년 음악회".into()),
            text: Some("빈 왈츠로 여는 새해.".into()),
            policy: None,
        };
        Self {
            title: "New Year's Concert".into(),
            time_zone: "Asia/Seoul".into(),
            draft: Some(true),
            texts: Some(vec![text]),
            age_limit: Some(8),
            on_sale_at: None,
            queue_opens_at: None,
            sale_ends_at: None,
            queue: Some(QueueSettingsRequest::example()),
            seats_per_user: None,
            fee_per_ticket: Some(Amount(1_000)),
            fee_per_order: None,
            cancel_until_minutes: Some(2_880),
            cancel_fee: Some(Amount(2_000)),
        }
    }
}

impl ConcertRequest {
    fn spec(self) -> ConcertSpec {
        let mut settings = Settings::DEFAULT;
        if let Some(queue) = self.queue {
            queue.apply(&mut settings);
        }
        let fees = Fees {
            per_ticket: self.fee_per_ticket.unwrap_or_default(),
            per_order: self.fee_per_order.unwrap_or_default(),
        };
        ConcertSpec {
            is_draft: self.draft.unwrap_or_default(),
            title: self.title.0,
            time_zone: self.time_zone.0,
            age_limit: self.age_limit,
            texts: self.texts.unwrap_or_default().into_iter().map(Into::into).collect(),
            on_sale_at: self.on_sale_at,
            queue_opens_at: self.queue_opens_at,
            sale_ends_at: self.sale_ends_at,
            settings,
            terms: SaleTerms {
                seats_per_user: self.seats_per_user,
                fees,
                cancel_until_minutes: self.cancel_until_minutes,
                cancel_fee: self.cancel_fee.unwrap_or_default(),
            },
        }
    }
}

/// What to change of a concert. What is left out stays as it is
#[derive(Object, Default)]
#[oai(deny_unknown_fields, example)]
struct ConcertChangeRequest {
    /// `published` for a draft, `cancelled` for what is published: nothing is sold any more then
    #[oai(default)]
    state: Option<ConcertState>,
    /// Title
    #[oai(default)]
    title: Option<Text>,
    /// The venue's IANA time zone
    #[oai(default)]
    time_zone: Option<Text>,
    /// All that is said of it, by language
    #[oai(default)]
    texts: Option<Vec<ConcertTextRequest>>,
    /// From which age on people may come; null for any
    age_limit: MaybeUndefined<u32>,
    /// From when buyers are let in; until the draw is made
    #[oai(default)]
    on_sale_at: Option<Instant>,
    /// From when buyers may join the queue; until the draw is made
    #[oai(default)]
    queue_opens_at: Option<Instant>,
    /// From when nothing is sold any more; null for each performance's start
    sale_ends_at: MaybeUndefined<Instant>,
    /// Let the sale begin although one of its performances has started then
    #[oai(default)]
    allow_late_sale: Option<bool>,
}

impl Example for ConcertChangeRequest {
    fn example() -> Self {
        Self { state: Some(ConcertState::Published), age_limit: MaybeUndefined::Value(12), ..Self::default() }
    }
}

/// What is given, null included.
fn maybe<T>(of: MaybeUndefined<T>) -> Option<Option<T>> {
    match of {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

impl ConcertChangeRequest {
    fn change(self) -> ConcertChange {
        ConcertChange {
            state: self.state,
            title: self.title.map(|title| title.0),
            time_zone: self.time_zone.map(|zone| zone.0),
            texts: self.texts.map(|texts| texts.into_iter().map(Into::into).collect()),
            age_limit: maybe(self.age_limit),
            on_sale_at: self.on_sale_at,
            queue_opens_at: self.queue_opens_at,
            sale_ends_at: maybe(self.sale_ends_at),
            allow_late_sale: self.allow_late_sale.unwrap_or_default(),
        }
    }
}

/// Concerts at the desk, newest first
#[derive(Object, Serialize)]
struct DeskConcertsView {
    /// The concerts, drafts and ended ones too
    concerts: Vec<ConcertView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Concerts at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make a concert
    ///
    /// With its queue. Buyers who join before `on_sale_at` are drawn then; later ones follow in order of arrival. A draft is
    /// known to the venue alone until it is published.
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
        let spec = body.0.spec();
        let made = move |tx: &Tx| {
            let (concert, queue) = domain::create_concert(tx, &spec)?;
            Ok::<_, CatalogError>(ConcertView::new(&concert, &queue, tx.wall()))
        };
        Ok(auth.once(&office, "create_concert", once, made).await?.into())
    }

    /// List all concerts
    ///
    /// Drafts, cancelled and ended ones too, newest first.
    #[oai(path = "/concerts", method = "get", operation_id = "list_all_concerts")]
    async fn list_all_concerts(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Concerts on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<DeskConcertsView, 200>, Problem> {
        let (before, limit) = (page::cursor(cursor.0)?.map(ConcertKey), page::length(&office, limit.0)?);
        let read = move |tx: &Tx| {
            let mut concerts = domain::all_concerts(tx, before, limit + 1)?;
            let next_cursor = cut(&mut concerts, limit).map(|last| last.key.0.to_string());
            let view = |concert| Ok(ConcertView::new(concert, &life::queue(tx, concert.key)?, tx.wall()));
            let concerts = concerts.iter().map(view).collect::<Result<_, CatalogError>>()?;
            Ok::<_, CatalogError>(DeskConcertsView { concerts, next_cursor })
        };
        Ok(reply(&office.store.read(read).await?))
    }

    /// Show a concert at the desk
    ///
    /// A draft too. Its `ETag` is what a change is sent with as `If-Match`.
    #[oai(path = "/concerts/:concert_id", method = "get", operation_id = "inspect_concert")]
    async fn inspect_concert(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Tagged<ConcertView>, Problem> {
        let read = move |tx: &Tx| {
            let concert = domain::concert(tx, concert_id.0)?;
            let view = ConcertView::new(&concert, &life::queue(tx, concert.key)?, tx.wall());
            Ok::<_, CatalogError>((view, concert.changed_in))
        };
        let (view, seq) = office.store.read(read).await?;
        Ok(tagged(&view, seq))
    }

    /// Change a concert
    ///
    /// Correct it, publish a draft, or cancel it. When its sale begins can change until the draw is made. A cancelled concert
    /// sells nothing any more, and everyone sees that it is cancelled; tickets are not paid back by it.
    #[oai(path = "/concerts/:concert_id", method = "patch", operation_id = "change_concert")]
    async fn change_concert(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<ConcertChangeRequest>,
        /// The `ETag` of the version that is to be changed
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<ConcertView>, Problem> {
        let (expected, change) = (Expected::new(if_match), body.0.change());
        let write = move |tx: &Tx| {
            let concert = domain::concert(tx, concert_id.0)?;
            expected.check(concert.changed_in)?;
            let (concert, queue) = change_concert(tx, &concert, &change)?;
            Ok::<_, Problem>((ConcertView::new(&concert, &queue, tx.wall()), concert.changed_in))
        };
        let (view, seq) = auth.write(&office, "change_concert", write).await?;
        Ok(tagged(&view, seq))
    }

    /// Take a concert back
    ///
    /// Only while it has no performances and nobody ever joined its queue: otherwise cancel it.
    #[oai(path = "/concerts/:concert_id", method = "delete", operation_id = "take_back_concert")]
    async fn take_back_concert(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `ETag` of the version that is to be taken back
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<NoContent, Problem> {
        let expected = Expected::new(if_match);
        let write = move |tx: &Tx| {
            let concert = domain::concert(tx, concert_id.0)?;
            expected.check(concert.changed_in)?;
            Ok::<_, Problem>(domain::take_back_concert(tx, &concert)?)
        };
        auth.write(&office, "take_back_concert", write).await?;
        Ok(NoContent)
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("create_concert", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]]),
    ("list_all_concerts", &[problems::STAFF, &[Code::InvalidField]]),
    ("inspect_concert", &[problems::STAFF, &[Code::ConcertNotFound]]),
    (
        "change_concert",
        &[
            problems::STAFF,
            problems::BODY,
            &[
                Code::ConcertNotFound,
                Code::ChangedMeanwhile,
                Code::ConcertStateFixed,
                Code::DrawMade,
                Code::SaleTooLate,
            ],
        ],
    ),
    ("take_back_concert", &[problems::STAFF, &[Code::ConcertNotFound, Code::ChangedMeanwhile, Code::InUse]]),
];
