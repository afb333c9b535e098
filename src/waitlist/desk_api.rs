//! The operator's hand on a waitlist.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::catalog::concert;
use crate::http::problems::{self, Problems};
use crate::http::version::{Expected, IfMatch, Tagged, tagged};
use crate::http::{Body, Code, Problem, Tag};
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;
use crate::waitlist::domain;
use crate::waitlist::record::Mode;
use crate::waitlist::views::WaitlistView;

/// What to change of a waitlist. What is left out stays as it is
#[derive(Object, Default)]
#[oai(deny_unknown_fields, example)]
struct WaitlistChangeRequest {
    /// To whom seats that come back are offered: `in_order` of joining, or `by_draw`; `closed` lets nobody join
    #[oai(default)]
    mode: Option<Mode>,
    /// How long an offer lasts; those that are made stay as they are
    #[oai(default)]
    offer_seconds: Option<u32>,
}

impl Example for WaitlistChangeRequest {
    fn example() -> Self {
        Self { mode: Some(Mode::ByDraw), offer_seconds: Some(3600) }
    }
}

/// Waitlists at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Show a waitlist
    ///
    /// Its settings and how many are on it. Its `ETag` is what a change is sent with as `If-Match`.
    #[oai(path = "/concerts/:concert_id/waitlist", method = "get", operation_id = "inspect_waitlist")]
    async fn inspect_waitlist(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
    ) -> Result<Tagged<WaitlistView>, Problem> {
        let read = move |tx: &Tx| {
            let concert = concert::domain::concert(tx, concert_id.0)?.key;
            let list = domain::waitlist(tx, concert)?;
            let view = WaitlistView::new(concert_id.0, &list, domain::living(tx, concert)?);
            Ok::<_, Problem>((view, list.changed_in))
        };
        let (view, seq) = office.store.read(read).await?;
        Ok(tagged(&view, seq))
    }

    /// Change a waitlist
    ///
    /// Whoever is on it keeps their place.
    #[oai(path = "/concerts/:concert_id/waitlist", method = "patch", operation_id = "change_waitlist")]
    async fn change_waitlist(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        /// The concert
        concert_id: Path<Uuid>,
        body: Body<WaitlistChangeRequest>,
        /// The `ETag` of the version that is to be changed
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Tagged<WaitlistView>, Problem> {
        let expected = Expected::new(if_match);
        let change = move |tx: &Tx| {
            let concert = concert::domain::concert(tx, concert_id.0)?.key;
            let was = domain::waitlist(tx, concert)?;
            expected.check(was.changed_in)?;
            let list = domain::change_waitlist(tx, &was, |list| {
                list.mode = body.0.mode.unwrap_or(list.mode);
                list.offer_seconds = body.0.offer_seconds.unwrap_or(list.offer_seconds);
            })?;
            domain::note(tx, concert_id.0, &was, &list);
            let view = WaitlistView::new(concert_id.0, &list, domain::living(tx, concert)?);
            Ok::<_, Problem>((view, list.changed_in))
        };
        let (view, seq) = auth.write(&office, "change_waitlist", change).await?;
        Ok(tagged(&view, seq))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("inspect_waitlist", &[problems::STAFF, &[Code::ConcertNotFound]]),
    ("change_waitlist", &[problems::STAFF, problems::BODY, &[Code::ConcertNotFound, Code::ChangedMeanwhile]]),
];
