//! Memory's picture of all seats: a [`Rendering`] for each performance in use, loaded at first use and dropped when its
//! concert is over (a cache), and the list of holds by their ends.
//!
//! A map is loaded on a reader, so that a large hall never keeps the writer: what commits change meanwhile is kept and
//! taken over afterwards, as far as the snapshot does not have it yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

use crate::catalog::{self, CatalogError, CatalogFact, Performance};
use crate::clock::Instant;
use crate::ids::{ConcertKey, PerformanceKey, Seq};
use crate::office::Office;
use crate::picture::{Memory, Schedule};
use crate::queue::Left;
use crate::reservation::domain;
use crate::reservation::facts::SeatFact;
use crate::reservation::rendering::Rendering;
use crate::reservation::seat::{HoldKey, SeatChange, StandingChange};
use crate::reservation::seat_map::SeatMap;
use crate::reservation::standing;
use crate::store::{StoreError, Tx};

/// The maps of a concert's performances, in order of time.
pub type Maps = Arc<Vec<Arc<Rendering>>>;

/// How long after its last performance's start a concert's maps stay in memory.
const KEPT_AFTER_START_MS: i64 = 3_600_000;

/// All seat maps in memory.
pub struct SeatMaps {
    all: RwLock<All>,
    holds: Schedule<HoldKey>,
    /// Held by whoever loads maps, so that a rush at a fresh start loads them once.
    loading: [Mutex<()>; 16],
    /// Held by whoever ends holds.
    pub doing_due: Mutex<()>,
    /// Places for those who turn large maps into bytes.
    pub(super) renderers: Arc<Semaphore>,
}

impl Default for SeatMaps {
    fn default() -> Self {
        let renderers = Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));
        let (all, holds, loading, doing_due) = Default::default();
        Self { all, holds, loading, doing_due, renderers }
    }
}

#[derive(Default)]
struct All {
    of_concert: HashMap<ConcertKey, Maps>,
    by_key: HashMap<PerformanceKey, Arc<Rendering>>,
    by_id: HashMap<Uuid, Arc<Rendering>>,
    /// The writer thread adds to it while it holds `all` for reading; who loads takes it out holding `all` for writing.
    missed: parking_lot::Mutex<HashMap<ConcertKey, Missed>>,
}

impl All {
    /// Puts what a performance is now in the place of what it was, if it is in memory. Its plan stays what it is here.
    fn replace(&mut self, performance: &Performance) {
        if let Some(map) = self.by_key.get_mut(&performance.key) {
            let was = &map.map.performance;
            let now = Performance { plan: was.plan.clone(), room: was.room.clone(), ..performance.clone() };
            *map = Arc::new(Rendering::new(map.map.with(now)));
            self.by_id.insert(performance.id, map.clone());
        }
    }
}

/// What happened to a concert while its maps were being read.
#[derive(Default)]
struct Missed {
    commits: Vec<(PerformanceKey, Seq, Vec<SeatChange>, Vec<StandingChange>)>,
    /// The catalogue itself changed: what was read is out of date.
    outdated: bool,
}

impl SeatMaps {
    /// With the holds there are.
    ///
    /// # Errors
    /// Only the store's.
    pub fn load(tx: &Tx) -> Result<Self, StoreError> {
        let maps = Self::default();
        maps.holds.extend(domain::all_holds(tx)?);
        Ok(maps)
    }

    /// When each hold ends.
    pub fn holds(&self) -> &Schedule<HoldKey> {
        &self.holds
    }

    /// How many are loading maps now, and how many more may turn large ones into bytes.
    pub fn at_work(&self) -> (usize, usize) {
        (self.all.read().missed.lock().len(), self.renderers.available_permits())
    }

    /// Which performances in memory have nothing left, and nothing held that may come back.
    pub fn sold_out(&self, now: Instant) -> Vec<(PerformanceKey, Uuid)> {
        let maps: Vec<_> = self.all.read().by_key.values().cloned().collect();
        let is_gone = |map: &&Arc<Rendering>| map.map.stock(now).left == Left::SoldOut;
        maps.iter().filter(is_gone).map(|map| (map.map.performance.key, map.map.performance.id)).collect()
    }

    /// How many performances are in memory.
    pub fn len(&self) -> usize {
        self.all.read().by_key.len()
    }

    /// True when no performance is in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The maps of a concert's performances, in order of time, loaded at first use.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchConcert`] when it was taken back meanwhile.
    pub async fn of_concert(&self, office: &Office, concert: ConcertKey) -> Result<Maps, CatalogError> {
        if let Some(maps) = self.loaded(concert) {
            return Ok(maps);
        }
        let _alone = self.loading[concert.0.unsigned_abs() as usize % self.loading.len()].lock().await;
        loop {
            if let Some(maps) = self.loaded(concert) {
                return Ok(maps);
            }
            self.all.read().missed.lock().insert(concert, Missed::default());
            // Ends on every way out, also when whoever asked is gone.
            let listening = Listening { maps: self, concert };
            let known: Vec<_> = self.all.read().by_key.keys().copied().collect();
            let read = office.store.read(move |tx| read_maps(tx, concert, &known)).await?;
            self.take_in(concert, read);
            drop(listening);
        }
    }

    /// The seat map of a performance of this concert.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchPerformance`].
    pub async fn of_performance(
        &self,
        office: &Office,
        concert: ConcertKey,
        performance: Uuid,
    ) -> Result<Arc<Rendering>, CatalogError> {
        let found = self.all.read().by_id.get(&performance).cloned();
        let map = match found {
            Some(map) => Some(map),
            None => {
                let maps = self.of_concert(office, concert).await?;
                maps.iter().find(|map| map.map.performance.id == performance).cloned()
            }
        };
        map.filter(|map| map.map.performance.concert == concert).ok_or(CatalogError::NoSuchPerformance)
    }

    /// The seat map of a performance, whatever its concert.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchPerformance`].
    pub async fn find(&self, office: &Office, performance: Uuid) -> Result<Arc<Rendering>, CatalogError> {
        let found = self.all.read().by_id.get(&performance).cloned();
        match found {
            Some(map) => Ok(map),
            None => {
                let read = office.store.read(move |tx| catalog::domain::concert_of(tx, performance));
                let concert = read.await?;
                self.of_performance(office, concert, performance).await
            }
        }
    }

    fn loaded(&self, concert: ConcertKey) -> Option<Maps> {
        self.all.read().of_concert.get(&concert).cloned()
    }

    /// Takes over what was read, unless the catalogue has changed meanwhile.
    fn take_in(&self, concert: ConcertKey, read: Vec<Loaded>) {
        let mut all = self.all.write();
        let missed = all.missed.get_mut().remove(&concert).unwrap_or_default();
        if missed.outdated {
            return;
        }
        let mut maps = Vec::with_capacity(read.len());
        for loaded in read {
            let map = match loaded {
                Loaded::New(map) => {
                    for (_, seq, seats, standing) in missed.commits.iter().filter(|(of, ..)| *of == map.performance.key)
                    {
                        map.apply(*seq, seats, standing);
                    }
                    let map = Arc::new(Rendering::new(*map));
                    all.by_key.insert(map.map.performance.key, map.clone());
                    all.by_id.insert(map.map.performance.id, map.clone());
                    map
                }
                // A map in use has its listeners, and knows all that happened since.
                Loaded::Known(key) => match all.by_key.get(&key) {
                    Some(map) => map.clone(),
                    None => return,
                },
            };
            maps.push(map);
        }
        all.of_concert.insert(concert, Arc::new(maps));
    }

    /// Drops the maps of concerts that are over and that nobody looks at. Gives how many performances were dropped.
    pub fn evict(&self, wall: Instant) -> usize {
        let mut all = self.all.write();
        let all = &mut *all;
        // A list that a new performance made out of date is gone already; its maps are still found by their keys.
        let mut concerts: BTreeMap<ConcertKey, Vec<&Arc<Rendering>>> = BTreeMap::new();
        for map in all.by_key.values() {
            concerts.entry(map.map.performance.concert).or_default().push(map);
        }
        let is_over = |map: &&Arc<Rendering>| map.map.performance.starts_at.plus_ms(KEPT_AFTER_START_MS) < wall;
        concerts.retain(|concert, maps| {
            let list = all.of_concert.get(concert);
            // One by its concert's list, one by key, one by id: more means that somebody looks at it.
            let known = 2 + usize::from(list.is_some());
            let nobody_looks = list.is_none_or(|list| Arc::strong_count(list) == 1);
            nobody_looks && maps.iter().all(|map| is_over(map) && Arc::strong_count(map) == known)
        });
        let over: Vec<_> = concerts.into_keys().collect();
        let before = all.by_key.len();
        all.of_concert.retain(|concert, _| over.binary_search(concert).is_err());
        all.by_key.retain(|_, map| over.binary_search(&map.map.performance.concert).is_err());
        all.by_id.retain(|_, map| over.binary_search(&map.map.performance.concert).is_err());
        before - all.by_key.len()
    }
}

/// Stops keeping what happens to a concert, however its loading ends.
struct Listening<'a> {
    maps: &'a SeatMaps,
    concert: ConcertKey,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.maps.all.read().missed.lock().remove(&self.concert);
    }
}

enum Loaded {
    New(Box<SeatMap>),
    Known(PerformanceKey),
}

fn read_maps(tx: &Tx, concert: ConcertKey, known: &[PerformanceKey]) -> Result<Vec<Loaded>, CatalogError> {
    let load = |performance: Performance| {
        if known.contains(&performance.key) {
            return Ok(Loaded::Known(performance.key));
        }
        let touched = domain::touched_seats(tx, performance.key)?;
        let standing = standing::all(tx, performance.key)?;
        Ok(Loaded::New(Box::new(SeatMap::new(performance, &touched, &standing, tx.seq()))))
    };
    catalog::domain::performances(tx, concert)?.into_iter().map(load).collect()
}

impl Memory<SeatFact> for SeatMaps {
    fn apply(&self, facts: &[&SeatFact], _: Instant) {
        type Changed<'f> = (ConcertKey, Seq, Vec<&'f SeatChange>, Vec<&'f StandingChange>);
        let mut changed: BTreeMap<PerformanceKey, Changed<'_>> = BTreeMap::new();
        for fact in facts {
            match fact {
                SeatFact::Changed { concert, performance, seq, seats } => {
                    let new = || (*concert, *seq, Vec::new(), Vec::new());
                    changed.entry(*performance).or_insert_with(new).2.extend(seats);
                }
                SeatFact::StandingChanged { concert, performance, seq, change } => {
                    let new = || (*concert, *seq, Vec::new(), Vec::new());
                    changed.entry(*performance).or_insert_with(new).3.push(change);
                }
                SeatFact::HoldPlaced { hold, held_until } => self.holds.add(*hold, *held_until),
                SeatFact::HoldEnded { hold, held_until } => self.holds.remove(*hold, *held_until),
            }
        }
        let all = self.all.read();
        let mut missed = all.missed.lock();
        for (performance, (concert, seq, seats, standing)) in changed {
            if let Some(map) = all.by_key.get(&performance) {
                map.map.apply(seq, seats.iter().copied(), standing.iter().copied());
            }
            if let Some(missed) = missed.get_mut(&concert) {
                let (seats, standing) = (seats.into_iter().cloned(), standing.into_iter().cloned());
                missed.commits.push((performance, seq, seats.collect(), standing.collect()));
            }
        }
    }
}

impl Memory<CatalogFact> for SeatMaps {
    fn apply(&self, facts: &[&CatalogFact], _: Instant) {
        let mut all = self.all.write();
        for fact in facts {
            let concert = match fact {
                CatalogFact::PerformancesChanged { concert, performances } => {
                    performances.iter().for_each(|performance| all.replace(performance));
                    concert
                }
                // One that has moved is read again, its seats are others; also one whose prices its map shows.
                CatalogFact::PerformanceGone { concert, performance }
                | CatalogFact::PerformanceRedrawn { concert, performance } => {
                    if let Some(gone) = all.by_key.remove(performance) {
                        all.by_id.remove(&gone.map.performance.id);
                        gone.map.end();
                    }
                    concert
                }
            };
            all.of_concert.remove(concert);
            if let Some(missed) = all.missed.get_mut().get_mut(concert) {
                missed.outdated = true;
            }
        }
    }
}
