//! The operator's desk over HTTP: halls, concerts, performances, money at the counter.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::{Any, Example};
use poem_openapi::{Object, OpenApi, Tags};
use serde::Serialize;
use uuid::Uuid;

use crate::account;
use crate::app::App;
use crate::catalog::api::ConcertView;
use crate::clock::Instant;
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::security::OperatorAuth;
use crate::http::{Code, Problem, Reply, Text, reply};
use crate::idempotency;
use crate::ids::UserKey;
use crate::money::Amount;
use crate::operator::domain::{self, ConcertSpec, OperatorError, RowSpec};
use crate::operator::queue_api::{self, QueueSettingsRequest};
use crate::store::Tx;
use crate::wallet::api::{TopUpRequest, TopUpView};

/// The parts of the API.
#[derive(Tags)]
pub enum Tag {
    /// The venue and its terms
    Venue,
    /// Accounts and sessions
    Account,
    /// Concerts and dates
    Catalogue,
    /// The waiting room
    Queue,
    /// Seats and holds
    Reservation,
    /// Balances
    Wallet,
    /// Payments and tickets
    Payment,
    /// The operator's desk
    Operator,
}

/// A row of seats
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct RowRequest {
    /// The row's name, once in its section
    name: Text,
    /// A count (numbered from 1), or a list of the numbers written on the seats, side by side
    seats: Any<serde_json::Value>,
    /// Price level
    grade: Text,
}

/// A section of rows
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct SectionRequest {
    /// The section's name
    name: Text,
    /// Its rows, best first
    rows: Vec<RowRequest>,
}

/// A hall
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct HallRequest {
    /// The hall's name
    name: Text,
    /// Its sections, best first
    sections: Vec<SectionRequest>,
}

impl Example for HallRequest {
    fn example() -> Self {
        let row =
            |name: &str, grade: &str, seats| RowRequest { name: name.into(), seats: Any(seats), grade: grade.into() };
        let rows = vec![row("A", "VIP", serde_json::json!(20)), row("B", "R", serde_json::json!([1, 3, 5, 7]))];
        Self { name: "Great Hall".into(), sections: vec![SectionRequest { name: "Stalls".into(), rows }] }
    }
}

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
}

impl Example for PerformanceRequest {
    fn example() -> Self {
        Self {
            concert_id: Uuid::nil(),
            hall_id: Uuid::nil(),
            starts_at: Instant(1_893_493_800_000),
            prices: HashMap::from([("VIP".into(), Amount(150_000)), ("R".into(), Amount(110_000))]),
        }
    }
}

/// What was made
#[derive(Object, Serialize)]
struct MadeView {
    /// Its id
    id: Uuid,
}

/// How many sessions
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct SessionsRequest {
    /// 1 to 1000
    count: u32,
}

impl Example for SessionsRequest {
    fn example() -> Self {
        Self { count: 10 }
    }
}

/// Sessions of accounts that nobody can log in to
#[derive(Object, Serialize)]
struct SessionsView {
    /// The sessions
    sessions: Vec<RehearsalSessionView>,
}

/// A session of a rehearsal's buyer
#[derive(Object, Serialize)]
struct RehearsalSessionView {
    /// The account
    user_id: Uuid,
    /// Its session
    secret: String,
}

impl From<OperatorError> for Problem {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::Invalid(rule) => Self::new(Code::InvalidField, rule),
            OperatorError::NoSuchUser => Self::new(Code::UserNotFound, "The buyer's id is in the answer of sign_up."),
            OperatorError::Catalog(error) => error.into(),
            OperatorError::Queue(error) => error.into(),
            OperatorError::Account(error) => error.into(),
            OperatorError::Store(error) => error.into(),
        }
    }
}

fn rows(sections: Vec<SectionRequest>, most_seats: usize) -> Result<Vec<RowSpec>, Problem> {
    let mut rows = Vec::new();
    for section in sections {
        for row in section.rows {
            let seat_numbers = match row.seats.0 {
                serde_json::Value::Number(count) => {
                    domain::count_seats(count.as_u64().unwrap_or(u64::MAX), most_seats)?
                }
                list => serde_json::from_value(list).map_err(|_| {
                    Problem::new(Code::InvalidField, "seats must be a count or a list of whole numbers from 0.")
                })?,
            };
            rows.push(RowSpec { section: section.name.0.clone(), name: row.name.0, grade: row.grade.0, seat_numbers });
        }
    }
    Ok(rows)
}

/// The operator's desk.
pub struct Api;

impl Api {
    /// Runs an operation of the operator's once per key and answers with what `operation` makes of it.
    async fn once<V: Serialize + Send + 'static>(
        app: &Arc<App>,
        once: Option<idempotency::Once>,
        operation: impl Fn(&Tx) -> Result<V, OperatorError> + Send + 'static,
    ) -> Result<idempotency::Answer<V>, Problem> {
        app.store.write(move |tx| idempotency::once(tx, once.as_ref(), None, || Ok::<_, Problem>(operation(tx)?))).await
    }
}

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Make a hall
    ///
    /// Sections and rows are given best first; that is the order in which `best` chooses.
    #[oai(path = "/halls", method = "post", operation_id = "create_hall")]
    async fn create_hall(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        body: Json<HallRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MadeView, 201>, Problem> {
        let once = idempotent::request(&app, key, "create_hall", &body.0)?;
        let most = app.limits.hall_seats;
        let plan = domain::plan(rows(body.0.sections, most)?, most)?;
        let Text(name) = body.0.name;
        let made = move |tx: &Tx| Ok(MadeView { id: domain::create_hall(tx, &name, &plan)? });
        Ok(Self::once(&app, once, made).await?.into())
    }

    /// Make a concert
    ///
    /// With its queue. Buyers who join before `on_sale_at` are drawn then; later ones follow in order of arrival.
    #[oai(path = "/concerts", method = "post", operation_id = "create_concert")]
    async fn create_concert(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        body: Json<ConcertRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<ConcertView, 201>, Problem> {
        let once = idempotent::request(&app, key, "create_concert", &body.0)?;
        let mut settings = queue_api::default_settings();
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
            Ok(ConcertView::new(concert, &queue, 0))
        };
        Ok(Self::once(&app, once, made).await?.into())
    }

    /// Make a performance
    ///
    /// One date of a concert in a hall, with a price for each of the hall's grades. Its seats are on sale at once.
    #[oai(path = "/performances", method = "post", operation_id = "create_performance")]
    async fn create_performance(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        body: Json<PerformanceRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MadeView, 201>, Problem> {
        let PerformanceRequest { concert_id, hall_id, starts_at, prices } = body.0;
        let prices: BTreeMap<_, _> = prices.into_iter().collect();
        let once = idempotent::request(&app, key, "create_performance", &(concert_id, hall_id, starts_at, &prices))?;
        let made = move |tx: &Tx| {
            Ok(MadeView { id: domain::create_performance(tx, concert_id, hall_id, starts_at, &prices)? })
        };
        Ok(Self::once(&app, once, made).await?.into())
    }

    /// Top up a buyer's balance
    ///
    /// Money taken at the counter.
    #[oai(path = "/users/:user_id/top-ups", method = "post", operation_id = "top_up_user")]
    async fn top_up_user(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        /// The buyer
        user_id: Path<Uuid>,
        body: Json<TopUpRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<TopUpView, 201>, Problem> {
        let once = idempotent::request(&app, key, format!("top_up_user {}", user_id.0), &body.0)?;
        let (amount, largest) = (body.0.amount, app.terms().largest_top_up);
        let answer = app
            .store
            .write(move |tx| {
                idempotency::once(tx, once.as_ref(), None, || {
                    let user: UserKey =
                        account::domain::find_user(tx, user_id.0)?.ok_or(OperatorError::NoSuchUser)?.key;
                    let posting = crate::wallet::domain::top_up(tx, user, amount, largest)?;
                    Ok::<_, Problem>(TopUpView::new(&posting))
                })
            })
            .await?;
        Ok(answer.into())
    }

    /// Open sessions for a rehearsal
    ///
    /// Makes accounts that nobody can log in to, each with a session: buyers for a load drill, without the cost of
    /// hashing a password each.
    #[oai(path = "/sessions", method = "post", operation_id = "open_sessions")]
    async fn open_sessions(
        &self,
        app: Data<&Arc<App>>,
        _auth: OperatorAuth,
        body: Json<SessionsRequest>,
    ) -> Result<Reply<SessionsView, 201>, Problem> {
        let (count, seconds) = (body.0.count, app.limits.session_seconds);
        if !(1..=1000).contains(&count) {
            return Err(Problem::new(Code::InvalidField, "count must be 1 to 1000."));
        }
        let opened = app.store.write(move |tx| domain::open_sessions(tx, count, seconds)).await?;
        let sessions = opened.into_iter().map(|(user_id, secret)| RehearsalSessionView { user_id, secret }).collect();
        Ok(reply(&SessionsView { sessions }))
    }
}
