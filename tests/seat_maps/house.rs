//! The real box office below HTTP: a real data file, its operations on the writer thread, memory's seat maps, a scripted
//! clock. Nothing replaced.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use boxoffice::account::{self, AccountError};
use boxoffice::app::App;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::catalog::domain::{self as catalog, PerformanceSpec};
use boxoffice::catalog::hall::domain as halls;
use boxoffice::catalog::hall::plan::{PlanPlace, PlanSection, SeatKind};
use boxoffice::catalog::hall::spec::{HallSpec, PlacesSpec, RowSpec, SectionSpec};
use boxoffice::catalog::performance::domain as performances;
use boxoffice::catalog::{CatalogError, Performance};
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::{Config, Limits};
use boxoffice::entropy::SeededEntropy;
use boxoffice::ids::{ConcertKey, Ordinal, SeatId, UserKey, standing_no};
use boxoffice::money::Amount;
use boxoffice::payment::domain as payment;
use boxoffice::payment::{Basket, PaymentError};
use boxoffice::queue::{self, QueueError, QueueState, Settings};
use boxoffice::refund::domain::Wish;
use boxoffice::refund::{self, Cause};
use boxoffice::replan::domain::{ReplanError, mapping, replan};
use boxoffice::reservation::best::Best;
use boxoffice::reservation::block::{self, Freed, NewBlock, Places};
use boxoffice::reservation::domain::Choice;
use boxoffice::reservation::{Elsewhere, Hold, HoldError, Maps, SeatMaps, Stand};
use boxoffice::store::{StoreError, Tx, params};
use boxoffice::visit::{self, VisitError};
use boxoffice::{demo, verify, wallet};
use tempfile::TempDir;
use uuid::Uuid;

use crate::look::sign;

pub const HOLD_MS: i64 = 90_000;
pub const USERS: usize = 5;
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

pub struct House {
    app: Option<Arc<App>>,
    pub clock: ScriptedClock,
    config: Config,
    entropy_seed: u64,
    pub runtime: tokio::runtime::Runtime,
    folder: TempDir,
    halls: Vec<Uuid>,
    users: Vec<UserKey>,
}

/// A concert of one sequence.
pub struct Show {
    pub concert: ConcertKey,
    concert_id: Uuid,
    pub performances: Vec<Arc<Performance>>,
    pub guests: Vec<Ordinal>,
}

/// Something that is asked for. Guests, performances and seats are named by numbers taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Op {
    Join(usize),
    Leave(usize),
    Hold(usize, usize, Vec<u32>),
    Best(usize, usize, &'static str, u32),
    /// Holds so many standing places.
    HoldStanding(usize, usize, u32),
    Release(usize),
    /// Pays for what is held, else for a seat or standing place that nobody holds.
    Pay(usize, usize, u32),
    /// Refunds a ticket of this user, or all of its payment.
    Refund(usize, usize, bool),
    Add(usize),
    /// Blocks those of these seats that are free.
    Block(usize, Vec<u32>),
    /// Blocks so many standing places.
    BlockStanding(usize, u32),
    /// Frees a block, or one seat or place of it.
    Free(usize, usize, bool),
    /// A hall gets another version.
    Rebuild(usize, usize),
    /// A performance moves to the latest version of its hall.
    Replan(usize),
}

/// A refusal; a failure of the store fails the test.
#[derive(Debug)]
pub struct Refused;

macro_rules! refusals {
    ($($error:ty),*) => {$(
        impl From<$error> for Refused {
            fn from(error: $error) -> Self {
                // Whatever has an error of the store inside says its words.
                let words = error.to_string();
                assert!(!words.contains("constraint") && !words.contains("changed"), "{words}");
                Self
            }
        }
    )*};
}
refusals!(StoreError, HoldError, VisitError, PaymentError, QueueError, CatalogError, AccountError, ReplanError);

/// Three rows in two sections, with a seat of another grade, and names that JSON has to quote; `changes` of it are other
/// versions: with the balcony in front, a row more, a seat less.
fn hall_of(scale: usize, changes: usize) -> HallSpec {
    let row = |name: &str, grade: &str, seats: usize| {
        RowSpec::new(name, grade, PlanPlace::labelled((1..=seats * scale).rev()))
    };
    let mut mixed = row("나\\", "S", 3);
    mixed.seats[1] = PlanPlace { label: "\"2\" bis".into(), kind: SeatKind::RestrictedView, ..mixed.seats[1].clone() };
    mixed.seats[1].grade = Some("R".into());
    if changes & 4 != 0 {
        mixed.seats.pop();
    }
    let (mut stalls, balcony) = (vec![row("가", "R", 4), mixed], vec![row("가", "R", 5)]);
    if changes & 2 != 0 {
        stalls.insert(0, row("Front", "S", 1));
    }
    let mut hall = match changes & 1 {
        0 => HallSpec::seated("Stalls \"left\"", stalls).with_rows("Balcony", balcony),
        _ => HallSpec::seated("Balcony", balcony).with_rows("Stalls \"left\"", stalls),
    };
    let standing = |name: &str, places: usize| {
        let places = PlacesSpec::Standing { capacity: (places * scale) as u64, grade: "S".into() };
        SectionSpec { name: name.into(), floor: None, places, drawing: Default::default() }
    };
    hall.sections.push(standing("\"Pit\"", if changes & 4 != 0 { 3 } else { 4 }));
    hall.sections.insert(if changes & 1 != 0 { 0 } else { 3 }, standing("Wall", 2));
    hall
}

impl House {
    pub fn open(entropy_seed: u64, start: Instant) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
        config.operator_key = Some("op_of_the_seat_maps_under_test".to_owned());
        config.lift_limits_for = vec!["127.0.0.0/8".parse().unwrap()];
        config.terms.admission_seconds = Some(3600);
        config.terms.hold_seconds = Some((HOLD_MS / 1000) as u32);
        config.terms.seats_per_user = Some(64);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let clock = ScriptedClock::at(start);
        let (halls, users) = (Vec::new(), Vec::new());
        let mut house = Self { app: None, clock, config, entropy_seed, runtime, folder, halls, users };
        house.start();
        let made = house.app().store.write_blocking(|tx| {
            let mut users = Vec::new();
            for user in 0..USERS {
                let user = account::domain::sign_up(tx, &format!("user-{user}@boxoffice.example"), "User", None)?;
                wallet::domain::top_up(tx, user.key, Amount(1_000_000_000), None).unwrap();
                users.push(user.key);
            }
            let hall = |scale| halls::create_hall(tx, "Hall", &hall_of(scale, 0).plan(100).unwrap()).unwrap();
            Ok::<_, AccountError>((vec![hall(1), hall(2)], users))
        });
        (house.halls, house.users) = made.unwrap();
        house
    }

    fn start(&mut self) {
        self.entropy_seed = self.entropy_seed.wrapping_add(1);
        let entropy = Arc::new(SeededEntropy::new(self.entropy_seed));
        let limits = Limits { password_memory_kib: 8, password_passes: 1, readers: 2, ..Limits::default() };
        let opened = App::open_with(self.config.clone(), limits, Arc::new(self.clock.clone()), entropy);
        self.app = Some(self.runtime.block_on(opened).unwrap().app);
    }

    /// Ends the process as far as a test can, in order or not, and opens the same data file again.
    pub fn restart(&mut self, in_order: bool) {
        let app = self.app.take().unwrap();
        if in_order {
            app.stop();
        }
        drop(app);
        self.start();
    }

    pub fn app(&self) -> &Arc<App> {
        self.app.as_ref().unwrap()
    }

    pub fn maps(&self) -> &Arc<SeatMaps> {
        self.app().part::<SeatMaps>()
    }

    pub fn sweep(&self) {
        self.runtime.block_on(self.app().run_due());
    }

    /// Loads the concert's maps, or takes them as they are.
    pub fn load(&self, concert: ConcertKey) -> impl Future<Output = Maps> + 'static {
        let app = self.app().clone();
        async move { app.part::<SeatMaps>().of_concert(&app, concert).await.expect("the file is read") }
    }

    pub fn put_on_sale(&self) -> Show {
        let settings = Settings {
            state: QueueState::Open,
            max_admitted: None,
            admissions_per_minute: None,
            absence_seconds: 86_400,
            no_show_seconds: None,
        };
        let spec = ConcertSpec { settings, ..ConcertSpec::new("Concert", "Asia/Seoul") };
        let (concert, _) = self.app().store.write_blocking(move |tx| create_concert(tx, &spec)).unwrap();
        Show { concert: concert.key, concert_id: concert.id, performances: Vec::new(), guests: Vec::new() }
    }

    /// Reads the concert's performances from the data file.
    pub fn look_up(&self, show: &mut Show) {
        let concert = show.concert;
        let all = self.app().store.read_blocking(|tx| catalog::performances(tx, concert));
        show.performances = all.unwrap().into_iter().map(Arc::new).collect();
    }

    /// What is asked for, on its way through the writer. Gives the entry of who joined.
    pub fn ask(&self, show: &Show, op: &Op) -> impl Future<Output = Result<Option<Ordinal>, Refused>> + 'static {
        let (app, op, work) = (self.app().clone(), op.clone(), self.work(show, op));
        async move {
            let Some(work) = work else { return Err(Refused) };
            let done = app.store.write(move |tx| work(tx)).await;
            if let Err(error) = &done {
                tracing::debug!(?op, ?error, "refused");
            }
            done
        }
    }

    fn work(&self, show: &Show, op: &Op) -> Option<impl Fn(&Tx) -> Result<Option<Ordinal>, Refused> + Send + 'static> {
        type Work = Box<dyn Fn(&Tx) -> Result<(), Refused> + Send>;
        let concert = show.concert;
        let guest = |pick: usize| show.guests.get(pick % show.guests.len().max(1)).copied();
        let performance = |pick: usize| show.performances.get(pick % show.performances.len().max(1)).cloned();
        let inside = move |tx: &Tx, ordinal| queue::domain::entry(tx, concert, ordinal)?.require_admitted(tx.now());
        let seat = |of: &Performance, pick: u32| of.seat_id(pick % of.plan.seat_count() + 1);
        let hold = move |ordinal, performance: Arc<Performance>, choice| -> Work {
            Box::new(move |tx| {
                Ok(visit::domain::hold_seats(tx, &inside(tx, ordinal)?, &performance, &choice, &[]).map(drop)?)
            })
        };
        let work: Work = match *op {
            Op::Join(user) => {
                let user = self.users[user % USERS];
                return Some(boxed(move |tx| {
                    Ok(Some(visit::domain::issue_token(tx, user, concert, None)?.entry.ordinal))
                }));
            }
            Op::Leave(pick) => {
                let ordinal = guest(pick)?;
                Box::new(move |tx| Ok(visit::domain::leave_queue(tx, &queue::domain::entry(tx, concert, ordinal)?)?))
            }
            Op::Hold(pick, of, ref seats) => {
                let of = performance(of)?;
                let mut seats: Vec<_> = seats.iter().map(|&pick| seat(&of, pick)).collect();
                seats.sort_unstable();
                seats.dedup();
                hold(guest(pick)?, of, Choice::Seats(seats, Elsewhere::Unknown))
            }
            Op::Best(pick, of, grade, quantity) => {
                let of = performance(of)?;
                let maps = self.runtime.block_on(self.load(concert));
                let map = maps.iter().find(|map| map.map.performance.key == of.key)?;
                let best = Best { grade: Some(grade.to_owned()), quantity, ..Best::default() };
                let hint = map.map.propose(&best, self.app().now());
                hold(guest(pick)?, of, Choice::Best(best, hint))
            }
            Op::HoldStanding(pick, of, quantity) => {
                let of = performance(of)?;
                let section_no = of.plan.standing().next()?.section_no;
                hold(guest(pick)?, of, Choice::Standing(Stand { section_no, quantity }))
            }
            Op::Release(pick) => {
                let ordinal = guest(pick)?;
                Box::new(move |tx| {
                    let visit = inside(tx, ordinal)?;
                    let hold = visit::domain::live_holds(tx, &visit)?.first().map_or(Uuid::nil(), |hold| hold.id);
                    Ok(visit::domain::release_hold(tx, &visit, hold)?)
                })
            }
            Op::Pay(pick, of, at) => {
                let (ordinal, all, of) = (guest(pick)?, show.performances.clone(), performance(of)?);
                let standing = of.plan.standing().next().map(|section| standing_no(section.section_no));
                let place = match standing.filter(|_| at % 4 == 0) {
                    Some(seat_no) => of.seat_id(seat_no),
                    None => seat(&of, at),
                };
                Box::new(move |tx| pay(tx, &inside(tx, ordinal)?, &all, place))
            }
            Op::Refund(user, pick, whole) => {
                let user = self.users[user % USERS];
                Box::new(move |tx| refund(tx, user, concert, pick, whole))
            }
            Op::Block(of, ref seats) => {
                let of = performance(of)?;
                let mut seats: Vec<_> = seats.iter().map(|&pick| seat(&of, pick).seat_no).collect();
                seats.sort_unstable();
                seats.dedup();
                let new = NewBlock { reason: "Desk".into(), places: Places::Seats(seats), skip_taken: true };
                Box::new(move |tx| Ok(block::block(tx, &of, &new).map(drop)?))
            }
            Op::BlockStanding(of, quantity) => {
                let of = performance(of)?;
                let section_no = of.plan.standing().next()?.section_no;
                let places = Places::Standing(Stand { section_no, quantity });
                let new = NewBlock { reason: "Ramp".into(), places, skip_taken: false };
                Box::new(move |tx| Ok(block::block(tx, &of, &new).map(drop)?))
            }
            Op::Free(of, pick, whole) => {
                let of = performance(of)?;
                Box::new(move |tx| free(tx, &of, pick, whole))
            }
            Op::Rebuild(at, changes) => {
                let (scale, hall) = (at % self.halls.len() + 1, self.halls[at % self.halls.len()]);
                Box::new(move |tx| {
                    let plan = hall_of(scale, changes).plan(100).unwrap();
                    Ok(halls::change_hall(tx, &halls::latest(tx, hall)?, "Hall", &plan).map(drop)?)
                })
            }
            Op::Replan(of) => {
                let of = performance(of)?;
                Box::new(move |tx| {
                    let dated = performances::performance(tx, of.id)?;
                    let hall = of.plan_id.rsplit_once('-').and_then(|(hall, _)| hall.parse().ok()).unwrap();
                    let version_no = halls::latest(tx, hall)?.version_no;
                    let mapping = mapping(tx, &dated, version_no)?;
                    Ok(replan(tx, &dated, version_no, &mapping).map(drop)?)
                })
            }
            Op::Add(at) => {
                let (hall, id) = (self.halls[at % self.halls.len()], show.concert_id);
                Box::new(move |tx| {
                    let prices = [("R".to_owned(), Amount(1_000)), ("S".to_owned(), Amount(500))];
                    let starts_at = tx.now().plus_ms(YEAR_MS + at as i64);
                    let spec = PerformanceSpec {
                        allow_overlap: true,
                        ..PerformanceSpec::new(id, hall, starts_at, prices.into())
                    };
                    Ok(catalog::create_performance(tx, &spec).map(drop)?)
                })
            }
        };
        Some(boxed(move |tx| work(tx).map(|()| None)))
    }

    /// What the rows say of a performance's seats now: a letter each, in the plan's order.
    pub fn rows(&self, of: &Performance) -> String {
        let (key, now) = (of.key, self.app().now());
        let touched = self.app().store.read_blocking(|tx| {
            tx.all("SELECT seat_no, state, held_until FROM seat WHERE performance_key = ?1", params![key], |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<Instant>>(2)?))
            })
        });
        let mut letters = vec![b'a'; of.plan.seat_count() as usize];
        for (seat_no, state, held_until) in touched.unwrap() {
            let ended = held_until.is_some_and(|until| until <= now);
            letters[seat_no as usize - 1] = if ended { b'a' } else { state.as_bytes()[0] };
        }
        let mut letters = String::from_utf8(letters).unwrap();
        let counted = self.app().store.read_blocking(|tx| {
            tx.all(
                "SELECT section_no, sold + blocked + (SELECT coalesce(sum(quantity), 0) FROM hold h
                   WHERE h.performance_key = s.performance_key AND h.section_no = s.section_no AND held_until > ?2)
                 FROM standing s WHERE performance_key = ?1",
                params![key, now],
                |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)),
            )
        });
        let counted: BTreeMap<_, _> = counted.unwrap().into_iter().collect();
        let free = |of: &PlanSection| of.capacity - counted.get(&of.section_no).copied().unwrap_or_default();
        letters.extend(of.plan.standing().map(|of| sign(free(of))));
        letters
    }

    /// The laws hold on the whole data file.
    pub fn verify(&self) {
        assert_eq!(verify::verify(&self.folder.path().join("boxoffice.db")).unwrap().breaches, []);
        assert_eq!(self.app().store.groups_run_again(), 0);
    }
}

fn free(tx: &Tx, of: &Performance, pick: usize, whole: bool) -> Result<(), Refused> {
    let blocks = block::blocks(tx, of.key, None, 100)?;
    let block = blocks.get(pick % blocks.len().max(1)).ok_or(Refused)?;
    let freed = match &block.places {
        _ if whole => Freed::All,
        Places::Seats(seats) => Freed::Seats(vec![seats[0]]),
        Places::Standing(_) => Freed::Standing(1),
    };
    Ok(block::free(tx, of.concert, of.key, block.id, &freed).map(drop)?)
}

fn pay(tx: &Tx, visit: &queue::Visit, all: &[Arc<Performance>], free: SeatId) -> Result<(), Refused> {
    let holds = visit::domain::live_holds(tx, visit)?;
    let of = |hold: &Hold| all.iter().find(|of| of.key == hold.performance).cloned();
    let seats_of =
        |hold: &Hold| of(hold).map(|of| hold.seat_numbers.iter().map(|no| of.seat_id(*no)).collect::<Vec<_>>());
    let held = holds.iter().filter_map(seats_of).flatten();
    let mut seats: Vec<_> = held.take(64).collect();
    if seats.is_empty() {
        seats.push(free);
    }
    let price = |id: &SeatId| {
        let of = all.iter().find(|of| of.key == id.performance)?;
        Some(of.prices.first(of.plan.grade_of(id.seat_no)?)?.1.0)
    };
    let amount = seats.iter().filter_map(price).sum();
    Ok(payment::pay(tx, visit, all, &Basket::of(seats), Amount(amount)).map(drop)?)
}

/// Gives tickets of this concert back: one, or all of a payment. They may have been given back before.
fn refund(tx: &Tx, user: UserKey, concert: ConcertKey, pick: usize, whole: bool) -> Result<(), Refused> {
    let (payments, _) = payment::payments(tx, user, None, 20)?;
    let of_concert: Vec<_> = payments.iter().filter(|payment| payment.concert == concert).collect();
    let payment = *of_concert.get(pick % of_concert.len().max(1)).ok_or(Refused)?;
    let one = payment.tickets[pick % payment.tickets.len()].key;
    let tickets = Some(vec![one]).filter(|_| !whole);
    let wish = Wish { tickets, with_order_fee: true, ..Wish::default() };
    refund::domain::refund(tx, payment, &wish, Cause::Staff).map(drop).map_err(|_| Refused)
}

type Asked = Box<dyn Fn(&Tx) -> Result<Option<Ordinal>, Refused> + Send>;

fn boxed(work: impl Fn(&Tx) -> Result<Option<Ordinal>, Refused> + Send + 'static) -> Asked {
    Box::new(work)
}
