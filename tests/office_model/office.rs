//! The real box office below HTTP: a real data file, its operations on the writer thread, memory, a scripted clock and seeded
//! entropy. Nothing replaced. Each request does in one operation what its address does.

use std::future::Future;
use std::sync::{Arc, Condvar, Mutex};

use boxoffice::account;
use boxoffice::actor::Actor;
use boxoffice::app::App;
use boxoffice::catalog::Performance;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::catalog::domain::{self as catalog, PerformanceSpec};
use boxoffice::catalog::hall::domain as halls;
use boxoffice::catalog::hall::plan::PlanPlace;
use boxoffice::catalog::hall::spec::{HallSpec, PlacesSpec, RowSpec, SectionSpec};
use boxoffice::catalog::prices::{Fees, PriceSpec, SaleTerms, TypeSpec};
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::code::domain::create_codes;
use boxoffice::code::{CodeSpec, CodesSpec, GivesSpec, Worth};
use boxoffice::config::{Config, Limits};
use boxoffice::entropy::SeededEntropy;
use boxoffice::ids::{ConcertKey, StaffKey, UserKey, standing_no};
use boxoffice::money::Amount;
use boxoffice::queue::{Queue, QueueState, Settings};
use boxoffice::reservation::SeatMaps;
use boxoffice::store::StoreError;
use boxoffice::waitlist::domain as waitlist;
use boxoffice::{demo, verify};
use tempfile::TempDir;
use uuid::Uuid;

use crate::ask::{Scene, ask};
use crate::asked::{
    ADMISSION_MS, Asked, CANCEL_FEE, CODES, DATES, FEE_PER_ORDER, FEE_PER_TICKET, HOLD_MS, LIMITS, OFF_FIRST_NIGHT,
    OFFER_MS, PRICES, R_SEATS, S_SEATS, STANDING, Said, TOKEN_MS, USERS,
};
use crate::nodes::{self, Follower};

const YEAR_MS: i64 = 365 * 24 * 3_600_000;

pub struct House {
    app: Option<Arc<App>>,
    /// Where the office is on PostgreSQL.
    follower: Option<Follower>,
    pub clock: ScriptedClock,
    config: Config,
    entropy_seed: u64,
    pub runtime: tokio::runtime::Runtime,
    _folder: TempDir,
    hall: Uuid,
    shows: u32,
}

/// A concert of one sequence.
pub struct Show {
    pub concert: ConcertKey,
    pub queue: Queue,
    pub dates: Vec<Arc<Performance>>,
    /// Whose accounts were made, by the model's number.
    pub users: [Option<UserKey>; USERS],
    /// The payments' keys, by the model's number.
    pub payments: Vec<i64>,
    /// Tells its accounts from those of other shows.
    pub number: u32,
}

/// Holds the writer until it is opened, so that what is asked meanwhile shares a commit.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn pass(&self) {
        drop(self.1.wait_while(self.0.lock().unwrap(), |open| !*open));
    }

    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }
}

fn hall() -> HallSpec {
    let row = |name, grade, seats| RowSpec::new(name, grade, PlanPlace::labelled(1..=seats));
    let mut hall = HallSpec::seated("Stalls", vec![row("A", "R", R_SEATS), row("B", "S", S_SEATS)]);
    let places = PlacesSpec::Standing { capacity: u64::from(STANDING), grade: "S".into() };
    hall.sections.push(SectionSpec { name: "Pit".into(), floor: None, places, drawing: Default::default() });
    hall
}

fn prices() -> PriceSpec {
    let of = |name: &str, at: usize, seats_per_user| {
        let prices = PRICES.iter().filter_map(|(grade, prices)| Some(((*grade).to_owned(), Amount(prices[at]?))));
        TypeSpec { name: name.into(), seats_per_user, prices: prices.collect() }
    };
    PriceSpec::Types(vec![of("full", 0, None), of("child", 1, Some(LIMITS[1]))])
}

impl House {
    pub fn open(entropy_seed: u64, start: Instant) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = demo::config(&folder.path().join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
        config.operator_key = Some("op_of_the_office_under_test".to_owned());
        config.lift_limits_for = vec!["127.0.0.0/8".parse().unwrap()];
        config.terms.admission_seconds = Some((ADMISSION_MS / 1000) as u32);
        config.terms.hold_seconds = Some((HOLD_MS / 1000) as u32);
        config.terms.token_seconds = Some((TOKEN_MS / 1000) as u32);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = ScriptedClock::at(start);
        let hall_id = Uuid::nil();
        if let Some((data, settings)) = nodes::book(config.data.clone()) {
            (config.data, config.book) = (data, settings);
        }
        let (app, follower) = (None, None);
        let mut house =
            Self { app, follower, clock, config, entropy_seed, runtime, _folder: folder, hall: hall_id, shows: 0 };
        house.start();
        let made = house.app().store.write_blocking(|tx| halls::create_hall(tx, "Hall", &hall().plan(100).unwrap()));
        house.hall = made.unwrap();
        house
    }

    fn start(&mut self) {
        self.entropy_seed = self.entropy_seed.wrapping_add(1);
        let entropy = Arc::new(SeededEntropy::new(self.entropy_seed));
        let limits = Limits { password_memory_kib: 8, password_passes: 1, readers: 1, ..Limits::default() };
        if let Some(follower) = self.follower.take() {
            let (leader, config, next) = self.runtime.block_on(follower.lead(limits, &self.clock, self.entropy_seed));
            (self.app, self.config, self.follower) = (Some(leader), config, Some(next));
            return;
        }
        let opened = App::open_with(self.config.clone(), limits.clone(), Arc::new(self.clock.clone()), entropy);
        self.app = Some(self.runtime.block_on(opened).unwrap().app);
        if self.app().config.data != self.config.data {
            let of = Follower::of(&self.config, limits, &self.clock, self.entropy_seed, 1);
            self.follower = Some(self.runtime.block_on(of));
        }
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

    /// Does what is due, as the clockwork would.
    pub fn sweep(&self) {
        self.runtime.block_on(self.app().run_due());
        self.catch_up();
    }

    /// Waits for whoever follows, before the clock moves on.
    pub fn catch_up(&self) {
        if let Some(follower) = &self.follower {
            self.runtime.block_on(follower.catch_up(self.app()));
        }
    }

    /// What whoever follows has not as the leader has it.
    pub fn differences(&self) -> Vec<String> {
        let differences = self.follower.as_ref().map(|follower| follower.differences(self.app(), self.app().now()));
        differences.map_or_else(Vec::new, |differences| self.runtime.block_on(differences))
    }

    /// What breaks a law on the whole data file. What staff do is logged on the way of their addresses (law 14), which nobody
    /// goes here.
    pub fn verify(&self) -> Vec<verify::Breach> {
        let found = verify::verify(&self.app().config.data).unwrap().breaches;
        found.into_iter().filter(|breach| breach.law != 14).collect()
    }

    /// A concert whose queue opens now and whose sale begins later.
    pub fn put_on_sale(&mut self, on_sale_at: Instant, cap: Option<u32>) -> Show {
        let (hall, now) = (self.hall, on_sale_at);
        let settings = Settings {
            state: QueueState::Open,
            max_admitted: cap,
            admissions_per_minute: None,
            absence_seconds: 86_400,
            no_show_seconds: None,
        };
        let terms = SaleTerms {
            seats_per_user: Some(LIMITS[2]),
            fees: Fees { per_ticket: Amount(FEE_PER_TICKET), per_order: Amount(FEE_PER_ORDER) },
            cancel_until_minutes: Some(60),
            cancel_fee: Amount(CANCEL_FEE),
        };
        let made = self.app().store.write_blocking(move |tx| {
            let spec = ConcertSpec {
                on_sale_at: Some(on_sale_at),
                queue_opens_at: Some(tx.wall()),
                settings: settings.clone(),
                terms,
                ..ConcertSpec::new("Concert", "Asia/Seoul")
            };
            let (concert, queue) = create_concert(tx, &spec).unwrap();
            for date in 0..DATES {
                let starts_at = now.plus_ms(YEAR_MS + date as i64 * 24 * 3_600_000);
                let spec = PerformanceSpec {
                    prices: prices(),
                    seats_per_user: Some(LIMITS[0]),
                    allow_overlap: true,
                    ..PerformanceSpec::new(concert.id, hall, starts_at, Default::default())
                };
                catalog::create_performance(tx, &spec).unwrap();
            }
            let dates = catalog::performances(tx, concert.key).unwrap();
            let first = Some(dates[0].id);
            let gives = [
                GivesSpec::Discount(Worth::Percent(10), None),
                GivesSpec::Discount(Worth::Amount(Amount(OFF_FIRST_NIGHT)), first),
                GivesSpec::Presale(1, None),
            ];
            for ((code, uses), gives) in CODES.into_iter().zip(gives) {
                let (name, codes) = (code.to_owned(), CodeSpec::Chosen(code.into()));
                let spec = CodesSpec { name, gives, uses_per_code: Some(uses), codes };
                create_codes(tx, concert.id, &spec).unwrap();
            }
            let list = waitlist::waitlist(tx, concert.key).unwrap();
            waitlist::change_waitlist(tx, &list, |list| list.offer_seconds = (OFFER_MS / 1000) as u32).unwrap();
            Ok::<_, StoreError>((concert, queue, dates))
        });
        let (concert, queue, dates) = made.unwrap();
        self.shows += 1;
        self.catch_up();
        let dates = dates.into_iter().map(Arc::new).collect();
        Show { concert: concert.key, queue, dates, users: [None; USERS], payments: Vec::new(), number: self.shows }
    }

    /// Asks for all of these at once: they share commits, in this order.
    pub fn ask(&self, show: &mut Show, asked: &[Asked]) -> Vec<Said> {
        let gate = Arc::new(Gate::default());
        let closed = gate.clone();
        let store = &self.app().store;
        let blocked = async move {
            store
                .write(move |_| {
                    closed.pass();
                    Ok::<_, StoreError>(())
                })
                .await
                .unwrap();
        };
        let said = self.runtime.block_on(async {
            let maps = self.app().part::<SeatMaps>().of_concert(self.app(), show.concert).await.unwrap();
            let asked = futures_util::future::join_all(asked.iter().map(|asked| {
                let (scene, asked) = (Scene::of(self.app(), &maps, show), asked.clone());
                store.write(move |tx| ask(tx, &scene, &asked))
            }));
            let mut all = Box::pin(async { futures_util::join!(blocked, asked).1 });
            // Once around: each of them is with the writer, behind the one that waits at the gate.
            std::future::poll_fn(|context| {
                assert!(all.as_mut().poll(context).is_pending(), "nobody passes a closed gate");
                std::task::Poll::Ready(())
            })
            .await;
            gate.open();
            all.await
        });
        said.into_iter().map(|answer| answer.map_err(|refused| refused.0)).collect()
    }

    /// Finds the accounts that were made.
    pub fn look_up(&self, show: &mut Show) {
        for user in 0..USERS {
            if show.users[user].is_none() {
                let email = email(show.number, user);
                let found = self.app().store.read_blocking(|tx| account::domain::find_credentials(tx, &email)).unwrap();
                show.users[user] = found.map(|(user, _)| user.key);
            }
        }
    }
}

pub fn email(show: u32, user: usize) -> String {
    format!("user-{user}-of-{show}@boxoffice.example")
}

/// In whose name the staff's requests are made.
pub const STAFF: StaffKey = StaffKey(1);

/// The number of the standing section's places.
pub fn stand(of: &Performance) -> u32 {
    standing_no(of.plan.standing().next().unwrap().section_no)
}

pub fn as_buyer(tx: &boxoffice::store::Tx, user: UserKey) {
    tx.act_as(Actor::Buyer(user));
}
