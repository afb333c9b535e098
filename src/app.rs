//! The box office as a whole: open the data file, load memory, do what is due, stop in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::{Mutex, Semaphore, watch};
use uuid::Uuid;

use crate::account::Passwords;
use crate::catalog;
use crate::catalog::domain::CatalogError;
use crate::clock::{Clock, Instant, SystemClock};
use crate::config::{Config, Limits};
use crate::entropy::{Entropy, SystemEntropy};
use crate::events::Event;
use crate::ids::{ConcertKey, Ordinal};
use crate::keys::{self, Keys, OperatorKeyNews};
use crate::live::Live;
use crate::queue::domain::Durations;
use crate::queue::{self, Line, QueueError};
use crate::reservation::domain::DueHold;
use crate::reservation::{self, SeatMap};
use crate::store::{Store, StoreError, Tx};
use crate::terms::Terms;
use crate::venue::domain::{AnyMoney, VenueError};
use crate::{account, idempotency, venue, wallet};

/// When what the store refused is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// An open box office. Every request works on one of these.
pub struct App {
    /// What the operator set.
    pub config: Config,
    /// The bounds.
    pub limits: Limits,
    /// The data file.
    pub store: Store,
    /// Memory's picture of it.
    pub live: Arc<Live>,
    /// The venue's terms.
    venue: Arc<venue::Current>,
    /// Is there any amount in the data file?
    pub any_money: AnyMoney,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The secrets.
    pub keys: Keys,
    /// The password hasher.
    pub passwords: Arc<Passwords>,
    /// Held by whoever loads seat maps, so that a rush at a fresh start loads them once.
    maps_loading: Mutex<()>,
    /// Places for open event streams.
    pub streams: Arc<Semaphore>,
    /// Turns true when the box office stops; streams end then.
    pub stopping: watch::Sender<bool>,
    /// Held by whoever does what is due.
    doing_due: Mutex<()>,
}

/// What a start shows once.
pub struct Opened {
    /// The box office.
    pub app: Arc<App>,
    /// What became of the operator's key.
    pub operator_key: OperatorKeyNews,
}

impl App {
    /// Opens the box office on the machine's clock and randomness.
    ///
    /// # Errors
    /// With the cause and the remedy, for whoever typed the command.
    pub async fn open(config: Config, limits: Limits) -> anyhow::Result<Opened> {
        Self::open_with(config, limits, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// As [`App::open`], with a scripted clock or seeded randomness.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        config: Config,
        limits: Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> anyhow::Result<Opened> {
        if let Some(chosen) = &config.operator_key {
            keys::check_operator_key(chosen)?;
        }
        let (store, writer) = Store::open(&config.data, &limits, clock.clone(), entropy.clone())?;
        let live = Arc::new(Live::default());
        let venue = Arc::new(venue::Current::new(Terms::default()));
        let (publish_to, publish_terms) = (live.clone(), venue.clone());
        writer.start(Box::new(move |facts, now| {
            let mut events: Vec<Event> = Vec::with_capacity(facts.len());
            for fact in facts {
                match fact.downcast() {
                    Ok(event) => events.push(*event),
                    Err(fact) => {
                        if let Some(changed) = fact.downcast_ref() {
                            publish_terms.apply(changed);
                        }
                    }
                }
            }
            publish_to.publish(&events, now);
        }));
        let (chosen, wanted) = (config.operator_key.clone(), config.terms.clone());
        let (keys, operator_key) = store
            .write(move |tx| {
                // First what can be refused: then no key was changed.
                venue::domain::open_venue(tx, &wanted)?;
                Ok::<_, VenueError>(keys::load(tx, chosen.as_deref())?)
            })
            .await?;
        let passwords = Arc::new(Passwords::new(&limits, entropy)?);
        let streams = Arc::new(Semaphore::new(limits.streams));
        let (maps_loading, doing_due, stopping) = (Mutex::default(), Mutex::default(), watch::channel(false).0);
        let app = Self {
            config,
            limits,
            store,
            live,
            venue,
            any_money,
            clock,
            keys,
            passwords,
            maps_loading,
            doing_due,
            streams,
            stopping,
        };
        app.load().context("loading the queues")?;
        Ok(Opened { app: Arc::new(app), operator_key })
    }

    fn load(&self) -> Result<(), QueueError> {
        let now = self.now();
        let (lines, holds) = self.store.read_blocking(|tx| {
            let mut lines = Vec::new();
            for queue in queue::domain::queues(tx)? {
                let (concert, id) = (queue.concert, catalog::domain::concert_id(tx, queue.concert)?);
                let mut line = Line::new(id, queue, now);
                queue::domain::each_living(tx, concert, |entry| line.restore(&entry, now))?;
                lines.push(line);
            }
            Ok::<_, QueueError>((lines, reservation::domain::all_holds(tx)?))
        })?;
        for line in lines {
            self.live.add_line(line, now);
        }
        self.live.add_holds(holds);
        Ok(())
    }

    /// The venue's terms as of the last commit.
    pub fn terms(&self) -> Arc<Terms> {
        self.venue.terms()
    }

    /// The present moment.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// How long things last in the waiting room.
    pub fn durations(&self) -> Durations {
        let terms = self.terms();
        Durations { token_seconds: terms.token_seconds, admission_seconds: terms.admission_seconds }
    }

    /// When a token for an entry that joined at `joined_at` dies whatever happens: after the longest wait, the longest
    /// visit and its last hold.
    pub fn token_expiry(&self, joined_at: Instant) -> Instant {
        let terms = self.terms();
        joined_at
            .plus_seconds(terms.token_seconds)
            .plus_seconds(terms.admission_seconds)
            .plus_seconds(terms.hold_seconds)
    }

    /// The seat maps of a concert's performances, in order of time, loaded at first use.
    ///
    /// They are loaded on the writer thread, so that no change can fall between loading and publishing.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn seat_maps(&self, concert: ConcertKey) -> Result<Arc<Vec<Arc<SeatMap>>>, StoreError> {
        if let Some(maps) = self.live.maps_of(concert) {
            return Ok(maps);
        }
        let _alone = self.maps_loading.lock().await;
        if let Some(maps) = self.live.maps_of(concert) {
            return Ok(maps);
        }
        let loaded = self.store.write(move |tx| load_maps(tx, concert)).await?;
        Ok(self.live.maps_of(concert).unwrap_or(loaded))
    }

    /// The seat map of a performance of this concert.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchPerformance`].
    pub async fn seat_map(&self, concert: ConcertKey, performance: Uuid) -> Result<Arc<SeatMap>, CatalogError> {
        if let Some(map) = self.live.map(performance) {
            return if map.performance.concert == concert { Ok(map) } else { Err(CatalogError::NoSuchPerformance) };
        }
        let maps = self.seat_maps(concert).await?;
        let map = maps.iter().find(|map| map.performance.id == performance);
        map.cloned().ok_or(CatalogError::NoSuchPerformance)
    }

    /// Does everything that is due now: draws, expiries, admissions, absences, ended holds. Gives whether there was
    /// anything. One caller at a time: what another has taken up is done before this one looks, not merely begun.
    pub async fn run_due(&self) -> bool {
        const HOLDS_PER_COMMIT: usize = 256;
        let _turn = self.doing_due.lock().await;
        let now = self.now();
        let due = self.live.take_due(now, HOLDS_PER_COMMIT);
        let busy = !due.queues.is_empty() || !due.holds.is_empty();
        let turns = due.queues.iter().map(|line| self.turn(line, now));
        futures_util::future::join_all(turns).await;
        if !due.holds.is_empty() {
            self.expire_holds(due.holds).await;
        }
        busy
    }

    async fn expire_holds(&self, holds: Vec<DueHold>) {
        let ended = holds.clone();
        let expired = self.store.write(move |tx| reservation::domain::expire_holds(tx, &ended)).await;
        if let Err(error) = expired {
            tracing::warn!(%error, "ended holds wait for the next turn");
            self.live.add_holds(holds);
            // They stay due: without a pause a store that refuses at once would be asked without end, and the task
            // that asks could not even be stopped.
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn turn(&self, line: &Arc<Line>, now: Instant) {
        let (concert, durations) = (line.concert, self.durations());
        let absent = line.take_absent(now);
        let mut done: Result<(), QueueError> = Ok(());
        for some in absent.chunks(256) {
            let (some, of, clock): (Vec<Ordinal>, _, _) = (some.to_vec(), line.clone(), self.clock.clone());
            let give_up = move |ordinal| of.give_up(ordinal, clock.now());
            let dropped =
                self.store.write(move |tx| queue::turn::drop_absent(tx, concert, &some, &give_up, durations)).await;
            done = dropped.map(|holding| line.heard_holding(&holding, now));
        }
        if line.next_turn(now).is_some_and(|at| at <= now) {
            done = self.store.write(move |tx| queue::turn::turn(tx, concert, durations)).await;
        }
        match done {
            Ok(()) => self.live.schedule(line, now),
            Err(error) => {
                tracing::warn!(%error, "a queue's turn is tried again");
                self.live.schedule_at(concert, now.plus_ms(RETRY.as_millis() as i64));
            }
        }
    }

    /// Forgets sessions and recorded answers that are over. Gives how many.
    ///
    /// # Errors
    /// Only the store's.
    pub async fn sweep(&self) -> Result<usize, account::AccountError> {
        const PER_COMMIT: u32 = 500;
        let keep = self.limits.idempotency_seconds;
        let mut forgotten = 0;
        loop {
            let some = self
                .store
                .write(move |tx| {
                    let answers = idempotency::sweep(tx, keep, PER_COMMIT)?;
                    Ok::<_, account::AccountError>(answers + account::domain::sweep_sessions(tx, PER_COMMIT)?)
                })
                .await?;
            forgotten += some;
            if some == 0 {
                return Ok(forgotten);
            }
        }
    }

    /// Ends streams, finishes accepted changes, closes the data file.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
        self.store.stop();
    }
}

/// Prices and postings are all the amounts that others are made of.
fn any_money(tx: &Tx) -> Result<bool, StoreError> {
    Ok(catalog::domain::any_price(tx)? || wallet::domain::any_posting(tx)?)
}

fn load_maps(tx: &Tx, concert: ConcertKey) -> Result<Arc<Vec<Arc<SeatMap>>>, StoreError> {
    let performances = catalog::domain::performances(tx, concert)?;
    let mut maps = Vec::with_capacity(performances.len());
    for performance in performances {
        let seats = reservation::domain::seats(tx, performance.key)?;
        maps.push(Arc::new(SeatMap::new(performance, &seats, tx.now())));
    }
    let maps = Arc::new(maps);
    tx.tell(Event::SeatMapsLoaded { concert, maps: maps.clone() });
    Ok(maps)
}
