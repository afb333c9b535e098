//! What is on, for everyone: concerts with their dates, prices, and what is left.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::catalog::concert::domain::{self, Which};
use crate::catalog::views::{ConcertView, LocalTimeView, OccasionView};
use crate::catalog::{CatalogError, Concert, ConcertState};
use crate::clock::{Instant, Moment};
use crate::http::problems::Problems;
use crate::http::version::{IfNoneMatch, Shown, shown};
use crate::http::{Code, Problem, Tag, page};
use crate::ids::{ConcertKey, TypeNo};
use crate::money::Amount;
use crate::office::Office;
use crate::paging::cut;
use crate::queue::{Left, Queue, SaleState, life};
use crate::reservation::api::PriceView;
use crate::reservation::seat_map::SeatMap;
use crate::reservation::seat_maps::SeatMaps;
use crate::reservation::stock::{GradeStock, sale_of, sale_of_all};
use crate::store::Tx;

/// What is left of a grade
#[derive(Clone, Object, Serialize)]
struct GradeLeftView {
    /// The grade
    grade: String,
    /// In a word
    left: Left,
    /// Seats free now
    available: u32,
    /// What a seat costs as each ticket type that is sold in this grade
    prices: Vec<PriceView>,
}

/// A date of a concert, for everyone
#[derive(Object, Serialize)]
struct ConcertDateView {
    /// The performance
    performance_id: Uuid,
    /// When and where
    #[oai(flatten)]
    #[serde(flatten)]
    occasion: OccasionView,
    /// When the doors open, if that is said
    #[serde(skip_serializing_if = "Option::is_none")]
    doors_at: Option<Instant>,
    /// The same on the venue's clock
    #[serde(skip_serializing_if = "Option::is_none")]
    doors_local: Option<LocalTimeView>,
    /// How its sale stands
    sale: SaleState,
    /// What is left of it
    left: Left,
    /// What is left of each grade, and what it costs
    grades: Vec<GradeLeftView>,
}

impl ConcertDateView {
    fn new(map: &SeatMap, concert: &Concert, queue: &Queue, Moment { now, wall }: Moment) -> Self {
        let (performance, stock) = (&map.performance, map.stock(now));
        let prices = |grade: &str| {
            let of_grade = performance.prices.by_grade().find(|(of, _)| *of == grade).map(|(_, prices)| prices);
            let price = |&(of, price): &(TypeNo, Amount)| PriceView {
                ticket_type: performance.prices.type_name(of).to_owned(),
                price,
            };
            of_grade.unwrap_or_default().iter().map(price).collect()
        };
        let grade = |of: &GradeStock| GradeLeftView {
            grade: of.grade.clone(),
            left: of.left,
            available: of.free,
            prices: prices(&of.grade),
        };
        Self {
            performance_id: performance.id,
            occasion: OccasionView::of(performance),
            doors_at: performance.doors_at,
            doors_local: performance.doors_at.map(|at| LocalTimeView::at(&concert.time_zone, at)),
            sale: sale_of(performance, stock.left, queue.on_sale_at, wall),
            left: stock.left,
            grades: stock.grades.iter().map(grade).collect(),
        }
    }
}

/// A concert in the list of all
#[derive(Object, Serialize)]
struct ListedConcertView {
    /// The concert
    #[oai(flatten)]
    #[serde(flatten)]
    concert: ConcertView,
    /// How its sale stands: as its best date's
    sale: SaleState,
    /// What is left of the date of which most is left
    left: Left,
    /// How many dates it has that have not begun
    dates_to_come: u32,
    /// The next of them
    #[serde(skip_serializing_if = "Option::is_none")]
    next_date: Option<OccasionView>,
}

/// Concerts
#[derive(Object, Serialize)]
struct ConcertsView {
    /// The concerts
    concerts: Vec<ListedConcertView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A concert with its dates
#[derive(Object, Serialize)]
struct ShownConcertView {
    /// The concert
    #[oai(flatten)]
    #[serde(flatten)]
    concert: ConcertView,
    /// How its sale stands: as its best date's
    sale: SaleState,
    /// What is left of the date of which most is left
    left: Left,
    /// Its dates, in order of time
    dates: Vec<ConcertDateView>,
}

/// How the sale of a whole concert stands, by what is said of its dates.
fn overall(concert: &Concert, queue: &Queue, dates: &[(SaleState, Left)], wall: Instant) -> (SaleState, Left) {
    let sale = match sale_of_all(queue, dates.iter().map(|(sale, _)| *sale), wall) {
        _ if concert.state == ConcertState::Cancelled => SaleState::Cancelled,
        _ if concert.has_ended(wall) => SaleState::Over,
        sale => sale,
    };
    let left = dates.iter().filter(|(of, _)| *of == sale).map(|(_, left)| *left).max();
    (sale, left.unwrap_or(if sale == SaleState::Announced { Left::Available } else { Left::SoldOut }))
}

/// The dates of a concert as they stand; none of what has ended is in memory, and so none is shown of it in the list.
async fn dates(
    office: &Office,
    concert: &Concert,
    queue: &Queue,
    moment: Moment,
) -> Result<Vec<ConcertDateView>, CatalogError> {
    let maps = office.part::<SeatMaps>().of_concert(office, concert.key).await?;
    Ok(maps.iter().map(|map| ConcertDateView::new(&map.map, concert, queue, moment)).collect())
}

fn listed(concert: &Concert, queue: &Queue, dates: &[ConcertDateView], wall: Instant) -> ListedConcertView {
    let stand: Vec<_> = dates.iter().map(|date| (date.sale, date.left)).collect();
    let (sale, left) = overall(concert, queue, &stand, wall);
    let mut to_come = dates.iter().filter(|date| wall < date.occasion.starts_at);
    let mut view = ConcertView::new(concert, queue, wall);
    // What is said of it at length stands with the concert itself.
    view.texts.retain(|text| text.title.is_some());
    view.texts.iter_mut().for_each(|text| (text.text, text.policy) = (None, None));
    ListedConcertView {
        concert: view,
        sale,
        left,
        dates_to_come: to_come.clone().count() as u32,
        next_date: to_come.next().map(|date| date.occasion.clone()),
    }
}

/// What is on.
pub struct Api;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Api {
    /// List concerts
    ///
    /// Those to come, the earliest end first; with `which=past` those that have ended, the latest first. Each tells how its
    /// sale stands. Ask with `If-None-Match` for news.
    #[oai(path = "/concerts", method = "get", operation_id = "list_concerts")]
    async fn list_concerts(
        &self,
        office: Data<&Arc<Office>>,
        /// `to_come` or `past`; those to come unless given
        which: Query<Option<String>>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Concerts on a page; 20 unless given
        limit: Query<Option<u32>>,
        /// The `ETag` of what you have; answers 304 while it is current
        #[oai(name = "If-None-Match")]
        if_none_match: IfNoneMatch,
    ) -> Result<Shown<ConcertsView>, Problem> {
        const PAGE: u32 = 20;
        let (cursor, limit) = (page::by_moment(cursor.0, ConcertKey)?, page::length(&office, limit.0.or(Some(PAGE)))?);
        let which = match which.0.as_deref() {
            None | Some("to_come") => Which::ToCome,
            Some("past") => Which::Past,
            Some(_) => return Err(Problem::new(Code::InvalidField, "which must be to_come or past.")),
        };
        let read = move |tx: &Tx| {
            let mut concerts = domain::concerts(tx, which, cursor, limit + 1)?;
            let next = cut(&mut concerts, limit).map(|last| page::of_moment(last.ends_at, last.key.0));
            let queues = concerts.iter().map(|concert| life::queue(tx, concert.key)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, CatalogError>((concerts, queues, next))
        };
        let (concerts, queues, next_cursor) = office.store.read(read).await?;
        let (moment, mut views) = (office.clock.moment(), Vec::with_capacity(concerts.len()));
        for (concert, queue) in concerts.iter().zip(&queues) {
            // What has ended costs no memory.
            let is_past = concert.has_ended(moment.wall);
            let dates = if is_past { Vec::new() } else { dates(&office, concert, queue, moment).await? };
            views.push(listed(concert, queue, &dates, moment.wall));
        }
        Ok(shown(&ConcertsView { concerts: views, next_cursor }, &if_none_match))
    }

    /// Show a concert
    ///
    /// With its dates, prices and what is left; with its queue's state and the draw: the seed's hash before the sale, the seed
    /// itself after. Ask with `If-None-Match` for news.
    #[oai(path = "/concerts/:concert_id", method = "get", operation_id = "show_concert")]
    async fn show_concert(
        &self,
        office: Data<&Arc<Office>>,
        /// The concert
        concert_id: Path<Uuid>,
        /// The `ETag` of what you have; answers 304 while it is current
        #[oai(name = "If-None-Match")]
        if_none_match: IfNoneMatch,
    ) -> Result<Shown<ShownConcertView>, Problem> {
        let read = move |tx: &Tx| {
            let concert = domain::public_concert(tx, concert_id.0)?;
            let queue = life::queue(tx, concert.key)?;
            Ok::<_, CatalogError>((concert, queue))
        };
        let (concert, queue) = office.store.read(read).await?;
        let moment = office.clock.moment();
        let dates = dates(&office, &concert, &queue, moment).await?;
        let stand: Vec<_> = dates.iter().map(|date| (date.sale, date.left)).collect();
        let (sale, left) = overall(&concert, &queue, &stand, moment.wall);
        let view = ConcertView::new(&concert, &queue, moment.wall);
        Ok(shown(&ShownConcertView { concert: view, sale, left, dates }, &if_none_match))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems =
    &[("list_concerts", &[&[Code::InvalidField]]), ("show_concert", &[&[Code::ConcertNotFound]])];
