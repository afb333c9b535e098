//! The real waiting room: a real data file, its operations on the writer thread, memory's picture of the line, and a
//! scripted clock. No HTTP, nothing replaced.

use std::path::PathBuf;
use std::sync::Arc;

use boxoffice::account::{self, AccountError};
use boxoffice::app::App;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::catalog::domain::{self as catalog, PerformanceSpec};
use boxoffice::catalog::hall::domain as halls;
use boxoffice::catalog::hall::plan::PlanPlace;
use boxoffice::catalog::hall::spec::{HallSpec, RowSpec};
use boxoffice::catalog::{CatalogError, Performance};
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::{Config, Limits};
use boxoffice::entropy::SeededEntropy;
use boxoffice::ids::{ConcertKey, Ordinal, UserKey};
use boxoffice::money::Amount;
use boxoffice::payment::domain as payment;
use boxoffice::payment::{Basket, PaymentError};
use boxoffice::queue::domain as queue;
use boxoffice::queue::draw::Order;
use boxoffice::queue::{Cause, EntryStatus, Line, Lines, Queue, QueueError, Settings};
use boxoffice::reservation::HoldError;
use boxoffice::reservation::best::{Best, Hint};
use boxoffice::reservation::domain::Choice;
use boxoffice::store::{StoreError, Tx, params};
use boxoffice::visit::VisitError;
use boxoffice::visit::domain as visit;
use boxoffice::{demo, verify, wallet};
use tempfile::TempDir;
use uuid::Uuid;

use crate::model::{ADMISSION_MS, HOLD_MS, Place, Refusal, TOKEN_MS};

const SEATS: u32 = 24;
pub const USERS: usize = 7;

pub struct Room {
    app: Option<Arc<App>>,
    pub clock: ScriptedClock,
    config: Config,
    entropy_seed: u64,
    runtime: tokio::runtime::Runtime,
    _folder: TempDir,
    data: PathBuf,
    hall: Uuid,
    pub users: Vec<UserKey>,
}

/// A concert that was opened for one sequence.
pub struct Show {
    pub concert: ConcertKey,
    pub concert_id: Uuid,
    pub queue: Queue,
    performance: Arc<Performance>,
}

/// A guest's row as the data file has it.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub id: Uuid,
    pub user: UserKey,
    pub number: Option<u32>,
    pub status: EntryStatus,
    pub cause: Option<Cause>,
    pub admitted_until: Option<i64>,
    pub ends_at: i64,
}

/// The queue's own row, as far as the laws speak of it.
#[derive(Debug, PartialEq)]
pub struct Counters {
    pub waiting: u32,
    pub admitted: u32,
    pub now_serving: u32,
    pub last_number: u32,
}

fn limits() -> Limits {
    Limits {
        password_memory_kib: 8,
        password_passes: 1,
        readers: 1,
        // The draws of these tests are small; their numbers are written in pieces all the same.
        numbers_per_commit: 2,
        ..Limits::default()
    }
}

impl From<QueueError> for Refusal {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::NotOpenYet(_) => Self::NotOpenYet,
            QueueError::NotJoinable(_) => Self::NotJoinable,
            QueueError::Ended(status, cause) => Self::Ended(status, cause),
            QueueError::NotAdmitted => Self::NotAdmitted,
            other => panic!("{other}"),
        }
    }
}

impl From<HoldError> for Refusal {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::AdmissionOver => Self::AdmissionOver,
            HoldError::NoSuchHold => Self::NoSuchHold,
            other => panic!("{other}"),
        }
    }
}

impl From<VisitError> for Refusal {
    fn from(error: VisitError) -> Self {
        match error {
            VisitError::Queue(error) => error.into(),
            VisitError::Hold(error) => error.into(),
            VisitError::Code(error) => panic!("{error}"),
            VisitError::Store(error) => panic!("{error}"),
        }
    }
}

impl From<PaymentError> for Refusal {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::Seats(error) => error.into(),
            PaymentError::Queue(error) => error.into(),
            other => panic!("{other}"),
        }
    }
}

impl Room {
    /// A fresh data file with a hall and some users who have money.
    pub fn open(entropy_seed: u64, start: Instant) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("boxoffice.db");
        let mut config = demo::config(&data, ([127, 0, 0, 1], 0).into());
        config.operator_key = Some("op_of_the_room_under_test".to_owned());
        config.lift_limits_for = vec!["127.0.0.0/8".parse().unwrap()];
        config.terms.admission_seconds = Some((ADMISSION_MS / 1000) as u32);
        config.terms.hold_seconds = Some((HOLD_MS / 1000) as u32);
        config.terms.token_seconds = Some((TOKEN_MS / 1000) as u32);
        config.terms.seats_per_user = Some(64);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = ScriptedClock::at(start);
        let (hall, users) = (Uuid::nil(), Vec::new());
        let mut room = Self { app: None, clock, config, entropy_seed, runtime, _folder: folder, data, hall, users };
        room.start();
        let made = room.app().store.write_blocking(|tx| {
            let row = RowSpec::new("A", "R", PlanPlace::labelled(1..=SEATS));
            let plan = HallSpec::seated("Stalls", vec![row]).plan(100).expect("a plan");
            let hall = halls::create_hall(tx, "Hall", &plan).expect("a hall");
            let mut users = Vec::new();
            for user in 0..USERS {
                let user = account::domain::sign_up(tx, &format!("user-{user}@boxoffice.example"), "User", None)?;
                wallet::domain::top_up(tx, user.key, Amount(1_000_000), None).unwrap();
                users.push(user.key);
            }
            Ok::<_, AccountError>((hall, users))
        });
        (room.hall, room.users) = made.unwrap();
        room
    }

    fn start(&mut self) {
        self.entropy_seed = self.entropy_seed.wrapping_add(1);
        let entropy = Arc::new(SeededEntropy::new(self.entropy_seed));
        let opened = App::open_with(self.config.clone(), limits(), Arc::new(self.clock.clone()), entropy);
        self.app = Some(self.runtime.block_on(opened).unwrap().app);
    }

    /// Ends the process as far as a test can, in order or not, and opens the same data file again.
    pub fn restart(&mut self, in_order: bool) {
        let app = self.app.take().unwrap();
        if in_order {
            app.stop();
        }
        drop(app);
        self.clock.restart();
        self.start();
    }

    pub fn app(&self) -> &Arc<App> {
        self.app.as_ref().unwrap()
    }

    pub fn line(&self, show: &Show) -> Arc<Line> {
        self.app().part::<Lines>().by_id(show.concert_id).unwrap()
    }

    fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        operation: impl Fn(&Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.app().store.write_blocking(operation)
    }

    /// Writes the first of a decided draw's numbers.
    pub fn number_some(&self, show: &Show) {
        let concert = show.concert;
        let drawn = self.app().store.read_blocking(|tx| queue::drawn(tx, concert)).unwrap();
        let order = Order::of(&drawn.seed, &drawn.entries);
        self.write(move |tx| queue::number(tx, concert, &order)).unwrap();
    }

    /// Writes all that is left of them.
    pub fn number(&self, show: &Show) {
        while self.line(show).is_numbering() {
            self.number_some(show);
        }
    }

    /// Does what is due, as the clockwork would. While time stands still there is an end to it.
    pub fn sweep(&self) {
        self.runtime.block_on(self.app().run_due());
    }

    pub fn put_on_sale(&self, settings: Settings, opens_at: Instant, on_sale_at: Instant) -> Show {
        let hall = self.hall;
        let made = self.write(move |tx| {
            let spec = ConcertSpec {
                on_sale_at: Some(on_sale_at),
                queue_opens_at: Some(opens_at),
                settings: settings.clone(),
                ..ConcertSpec::new("Concert", "Asia/Seoul")
            };
            let (concert, queue) = create_concert(tx, &spec)?;
            let in_a_year = tx.now().plus_ms(365 * 24 * 3_600_000);
            let prices = [("R".to_owned(), Amount(1))].into();
            catalog::create_performance(tx, &PerformanceSpec::new(concert.id, hall, in_a_year, prices))?;
            let performance = catalog::performances(tx, concert.key)?.remove(0);
            Ok::<_, CatalogError>((concert, queue, performance))
        });
        let (concert, queue, performance) = made.unwrap();
        Show { concert: concert.key, concert_id: concert.id, queue, performance: Arc::new(performance) }
    }

    pub fn join(&self, show: &Show, user: UserKey) -> Result<Uuid, Refusal> {
        let concert = show.concert;
        let joined = self.write(move |tx| visit::issue_token(tx, user, concert, None));
        joined.map(|joined| joined.entry.id).map_err(Refusal::from)
    }

    pub fn leave(&self, show: &Show, ordinal: Ordinal) -> Result<(), Refusal> {
        let concert = show.concert;
        self.write(move |tx| visit::leave_queue(tx, &queue::entry(tx, concert, ordinal)?)).map_err(Refusal::from)
    }

    pub fn change(&self, show: &Show, change: impl Fn(&mut Settings) + Send + 'static) {
        let concert = show.concert;
        self.write(move |tx| queue::change_settings(tx, concert, &change)).unwrap();
    }

    /// As a request of the guest would, on memory's word.
    fn heard_inside(&self, show: &Show, ordinal: Ordinal) {
        let concert = show.concert;
        let entry = self.app().store.read_blocking(|tx| queue::entry(tx, concert, ordinal));
        if let Ok(entry) = entry {
            self.line(show).heard_inside(ordinal, entry.id, self.app().now());
        }
    }

    /// Holds the best seat there is, as a request would: heard of first, then decided on the data.
    pub fn hold(&self, show: &Show, ordinal: Ordinal) -> Result<Uuid, Refusal> {
        self.heard_inside(show, ordinal);
        let (concert, performance) = (show.concert, show.performance.clone());
        let held = self.write(move |tx| {
            let visit = queue::entry(tx, concert, ordinal)?.require_admitted(tx.now())?;
            let best = Best { grade: Some("R".into()), quantity: 1, ..Best::default() };
            visit::hold_seats(tx, &visit, &performance, &Choice::Best(best, Hint::Unknown), &[])
        });
        held.map(|placed| placed.hold.id).map_err(Refusal::from)
    }

    pub fn release(&self, show: &Show, ordinal: Ordinal, hold: Uuid) -> Result<(), Refusal> {
        self.heard_inside(show, ordinal);
        let concert = show.concert;
        let released = self.write(move |tx| {
            let visit = queue::entry(tx, concert, ordinal)?.require_admitted(tx.now())?;
            visit::release_hold(tx, &visit, hold)
        });
        released.map_err(Refusal::from)
    }

    /// Pays for the seats of this hold.
    pub fn pay(&self, show: &Show, ordinal: Ordinal, hold: Uuid) -> Result<(), Refusal> {
        self.heard_inside(show, ordinal);
        let (concert, performance) = (show.concert, show.performance.clone());
        let paid = self.write(move |tx| {
            let visit = queue::entry(tx, concert, ordinal)?.require_admitted(tx.now())?;
            let holds = visit::live_holds(tx, &visit)?;
            let hold = holds.iter().find(|of| of.id == hold).ok_or(HoldError::NoSuchHold)?;
            let seat = |seat_no: &u32| performance.seat_id(*seat_no);
            let seats: Vec<_> = hold.seat_numbers.iter().map(seat).collect();
            payment::pay(tx, &visit, std::slice::from_ref(&performance), &Basket::of(seats), hold.amount)
        });
        paid.map(drop).map_err(Refusal::from)
    }

    /// What a guest would be told now, without being heard of by it.
    pub fn look(&self, show: &Show, ordinal: Ordinal) -> Option<Place> {
        self.line(show).look(ordinal, self.app().now()).map(|standing| Place {
            status: standing.status,
            number: standing.number,
            ahead: standing.ahead,
            now_serving: standing.now_serving,
            queue_state: standing.queue_state,
            admitted_until: standing.admitted_until.map(|until| until.0),
            ends_at: standing.ends_at.0,
        })
    }

    /// All rows of a queue in the data file, in the order of joining, and the queue's own.
    pub fn rows(&self, show: &Show) -> (Vec<Row>, Counters) {
        let concert = show.concert;
        let read = self.app().store.read_blocking(|tx| {
            let rows = tx.all(
                "SELECT id, user_key, number, status, cause, admitted_until, ends_at FROM queue_entry
                 WHERE concert_key = ?1 ORDER BY ordinal",
                params![concert],
                |row| {
                    Ok(Row {
                        id: Uuid::from_bytes(row.get(0)?),
                        user: row.get(1)?,
                        number: row.get(2)?,
                        status: row.get(3)?,
                        cause: row.get(4)?,
                        admitted_until: row.get(5)?,
                        ends_at: row.get(6)?,
                    })
                },
            )?;
            let counters = tx.one(
                "SELECT waiting_count, admitted_count, now_serving, last_number FROM queue WHERE concert_key = ?1",
                params![concert],
                |row| {
                    let (waiting, admitted) = (row.get(0)?, row.get(1)?);
                    Ok(Counters { waiting, admitted, now_serving: row.get(2)?, last_number: row.get(3)? })
                },
            )?;
            Ok::<_, StoreError>((rows, counters))
        });
        read.unwrap()
    }

    /// The laws hold on the whole data file.
    pub fn verify(&self) {
        assert_eq!(verify::verify(&self.data).unwrap().breaches, []);
    }
}
