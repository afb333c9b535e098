//! Plays a sequence on the real box office and compares after the steps. Some steps are not followed by a look: what nobody
//! looked at in between comes together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use boxoffice::clock::{Clock, Instant};
use boxoffice::ids::PerformanceKey;
use boxoffice::reservation::{Rendered, Rendering};
use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample;
use proptest::test_runner::TestCaseResult;

use crate::by_hand::ByHand;
use crate::house::{HOLD_MS, House, Op, Show, USERS};
use crate::look::Shown;

/// 2026-11-25T00:00:00Z; every sequence has a day of its own.
const START_MS: i64 = 1_795_564_800_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// So many sequences share a data file.
const SEQUENCES_PER_FILE: u32 = 50;

#[derive(Clone, Debug)]
pub enum Step {
    Do(Op),
    /// All at once, so that they share commits, while another thread looks on.
    Rush(Vec<Op>),
    /// Time passes and nobody does anything.
    Pass(i64),
    /// The jobs do what is due.
    Sweep,
    /// The process ends, in order or not, and another opens the data file.
    Restart(bool),
    /// Memory forgets what nobody looks at.
    Evict,
    /// Somebody goes on looking at the maps as they are now.
    Keep,
    /// Nobody does any more.
    LetGo,
    /// Memory forgets; the maps are loaded again, and at one of the awaits in between all this happens.
    Reload(usize, Vec<Op>),
    /// Memory forgets; two load it again, and the first gives up at one of the awaits.
    Abandon(usize, Vec<Op>),
}

#[derive(Clone, Debug)]
pub struct Sequence {
    steps: Vec<(Step, bool)>,
}

fn op() -> impl Strategy<Value = Op> {
    let (guest, of) = (0..16_usize, 0..4_usize);
    prop_oneof![
        4 => (0..USERS).prop_map(Op::Join),
        1 => guest.clone().prop_map(Op::Leave),
        6 => (guest.clone(), of.clone(), vec(0..24_u32, 1..4)).prop_map(|(guest, of, seats)| Op::Hold(guest, of, seats)),
        4 => (guest.clone(), of.clone(), sample::select(vec!["R", "S"]), 1..4_u32)
            .prop_map(|(guest, of, grade, quantity)| Op::Best(guest, of, grade, quantity)),
        3 => (guest.clone(), of.clone(), 1..4_u32).prop_map(|(guest, of, quantity)| Op::HoldStanding(guest, of, quantity)),
        3 => guest.clone().prop_map(Op::Release),
        1 => (0..USERS, 0..8_usize, any::<bool>()).prop_map(|(user, pick, whole)| Op::Refund(user, pick, whole)),
        3 => (guest, of, 0..24_u32).prop_map(|(guest, of, seat)| Op::Pay(guest, of, seat)),
        1 => (0..4_usize).prop_map(Op::Add),
        1 => (0..4_usize, vec(0..24_u32, 1..4)).prop_map(|(of, seats)| Op::Block(of, seats)),
        2 => (0..4_usize, 1..5_u32).prop_map(|(of, quantity)| Op::BlockStanding(of, quantity)),
        2 => (0..4_usize, 0..8_usize, any::<bool>()).prop_map(|(of, pick, whole)| Op::Free(of, pick, whole)),
        1 => (0..2_usize, 0..8_usize).prop_map(|(at, changes)| Op::Rebuild(at, changes)),
        2 => (0..4_usize).prop_map(Op::Replan),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let ops = || vec(op(), 1..8);
    prop_oneof![
        16 => op().prop_map(Step::Do),
        3 => ops().prop_map(Step::Rush),
        5 => prop_oneof![1..2_000_i64, 1..2 * HOLD_MS].prop_map(Step::Pass),
        2 => Just(Step::Sweep),
        1 => any::<bool>().prop_map(Step::Restart),
        1 => Just(Step::Evict),
        1 => Just(Step::Keep),
        1 => Just(Step::LetGo),
        3 => (1..4_usize, ops()).prop_map(|(polls, ops)| Step::Reload(polls, ops)),
        1 => (1..4_usize, ops()).prop_map(|(polls, ops)| Step::Abandon(polls, ops)),
    ]
}

pub fn sequence() -> impl Strategy<Value = Sequence> {
    vec((step(), prop::bool::weighted(0.8)), 1..40).prop_map(|steps| Sequence { steps })
}

/// How often something worked that could have been refused, and how often it came to what is rare.
#[derive(Clone, Debug, Default)]
pub struct Done {
    worked: BTreeMap<&'static str, u32>,
}

impl Done {
    fn count(&mut self, what: &'static str) {
        *self.worked.entry(what).or_default() += 1;
    }

    pub fn add(&mut self, other: &Self) {
        other.worked.iter().for_each(|(what, times)| *self.worked.entry(what).or_default() += times);
    }

    pub fn is_worth_something(&self) -> bool {
        let all = [
            "join",
            "leave",
            "hold",
            "best",
            "hold standing",
            "release",
            "refund",
            "pay",
            "add",
            "block",
            "block standing",
            "free",
            "rebuild",
            "replan",
            "loaded in between",
            "abandoned",
            "evicted",
        ];
        all.iter().all(|what| self.worked.contains_key(what))
    }
}

/// Where sequences are played: many on one data file, each on a concert and a day of its own.
pub struct Stage {
    seed: u64,
    played: u32,
    house: Option<House>,
    pub done: Done,
}

struct Scene<'a> {
    house: &'a mut House,
    show: Show,
    shown: BTreeMap<PerformanceKey, Shown>,
    kept: Vec<Arc<Rendering>>,
    done: &'a mut Done,
}

impl Stage {
    pub fn new(seed: u64) -> Self {
        Self { seed, played: 0, house: None, done: Done::default() }
    }

    pub fn play(&mut self, sequence: &Sequence) -> TestCaseResult {
        self.played += 1;
        let today = Instant(START_MS + i64::from(self.played) * DAY_MS);
        // Taken out while it is used: after a failure the next sequence gets a fresh one.
        let house = self.house.take().filter(|_| !self.played.is_multiple_of(SEQUENCES_PER_FILE));
        let mut house =
            house.unwrap_or_else(|| House::open(self.seed.wrapping_add(u64::from(self.played) << 16), today));
        house.clock.set(today);
        house.sweep();
        let show = house.put_on_sale();
        let (shown, kept) = (BTreeMap::new(), Vec::new());
        let mut scene = Scene { house: &mut house, show, shown, kept, done: &mut self.done };
        scene.all(&[Op::Add(1), Op::Join(0), Op::Join(1)]);
        for (step, looks) in &sequence.steps {
            scene.step(step)?;
            if *looks {
                scene.compare()?;
            }
        }
        scene.compare()?;
        // Whatever was held ends.
        scene.house.clock.advance_ms(HOLD_MS);
        scene.compare()?;
        scene.house.sweep();
        scene.compare()?;
        if self.played % SEQUENCES_PER_FILE == SEQUENCES_PER_FILE - 1 {
            house.verify();
        }
        self.house = Some(house);
        Ok(())
    }
}

impl Scene<'_> {
    fn step(&mut self, step: &Step) -> TestCaseResult {
        match step {
            Step::Do(op) => self.all(std::slice::from_ref(op)),
            Step::Rush(ops) => self.rush(ops)?,
            Step::Pass(ms) => self.house.clock.advance_ms(*ms),
            Step::Sweep => self.house.sweep(),
            Step::Restart(in_order) => {
                self.kept.clear();
                self.house.restart(*in_order);
            }
            Step::Evict => self.evict()?,
            Step::Keep => {
                let maps = self.house.runtime.block_on(self.house.load(self.show.concert));
                self.kept = maps.iter().cloned().collect();
            }
            Step::LetGo => self.kept.clear(),
            Step::Reload(polls, ops) => self.load_with(*polls, ops, false)?,
            Step::Abandon(polls, ops) => self.load_with(*polls, ops, true)?,
        }
        Ok(())
    }

    /// Asks for all of these at once.
    fn all(&mut self, ops: &[Op]) {
        let asked: Vec<_> = ops.iter().map(|op| self.house.ask(&self.show, op)).collect();
        let answers = self.house.runtime.block_on(join_all(asked));
        for (op, answer) in ops.iter().zip(answers) {
            let Ok(joined) = answer else { continue };
            self.show.guests.extend(joined);
            self.done.count(match op {
                Op::Join(_) => "join",
                Op::Leave(_) => "leave",
                Op::Hold(..) => "hold",
                Op::Best(..) => "best",
                Op::HoldStanding(..) => "hold standing",
                Op::Release(_) => "release",
                Op::Refund(..) => "refund",
                Op::Pay(..) => "pay",
                Op::Add(_) => "add",
                Op::Block(..) => "block",
                Op::BlockStanding(..) => "block standing",
                Op::Free(..) => "free",
                Op::Rebuild(..) => "rebuild",
                Op::Replan(_) => "replan",
            });
        }
        self.house.look_up(&mut self.show);
    }

    fn rush(&mut self, ops: &[Op]) -> TestCaseResult {
        let maps = self.house.runtime.block_on(self.house.load(self.show.concert));
        let (now, over) = (self.house.clock.now(), AtomicBool::new(false));
        let seen = std::thread::scope(|scope| {
            let looker = scope.spawn(|| {
                let mut seen: BTreeMap<(PerformanceKey, u64), Rendered> = BTreeMap::new();
                while !over.load(Ordering::Relaxed) {
                    for map in maps.iter() {
                        let whole = map.whole(now);
                        seen.entry((map.map.performance.key, whole.version)).or_insert(whole);
                    }
                }
                seen
            });
            self.all(ops);
            over.store(true, Ordering::Relaxed);
            looker.join().expect("it only looks")
        });
        for map in maps.iter() {
            let of = &map.map.performance;
            let seen: Vec<_> = seen.range((of.key, 0)..=(of.key, u64::MAX)).map(|(_, seen)| seen.clone()).collect();
            self.shown.entry(of.key).or_default().note_all(of, &seen)?;
        }
        Ok(())
    }

    /// Long after all of them began: whatever nobody looks at is over.
    fn evict(&mut self) -> TestCaseResult {
        let dropped = self.house.maps().evict(Instant(START_MS).plus_ms(100_000 * DAY_MS));
        if dropped > 0 {
            self.done.count("evicted");
        }
        if self.kept.is_empty() {
            prop_assert_eq!(self.house.maps().len(), 0, "what nobody looks at leaves memory");
        } else {
            let loaded = self.house.runtime.block_on(self.house.load(self.show.concert));
            let still = |map: &Arc<Rendering>| map.map.is_over() || loaded.iter().any(|of| Arc::ptr_eq(of, map));
            prop_assert!(self.kept.iter().all(still), "what somebody looks at stays");
        }
        Ok(())
    }

    fn load_with(&mut self, polls: usize, ops: &[Op], give_up: bool) -> TestCaseResult {
        self.evict()?;
        // The hint of a wish for the best would load the maps by itself.
        let ops: Vec<_> = ops.iter().filter(|op| !matches!(op, Op::Best(..))).cloned().collect();
        let mut load = ByHand::new(self.house.load(self.show.concert));
        let loaded = {
            let _context = self.house.runtime.enter();
            load.polls(polls)
        };
        if loaded.is_some() {
            self.all(&ops);
            return Ok(());
        }
        if give_up {
            let mut second = ByHand::new(self.house.load(self.show.concert));
            let _context = self.house.runtime.enter();
            prop_assert!(second.poll().is_none(), "it waits for the first");
            drop(_context);
            drop(load);
            self.all(&ops);
            let _context = self.house.runtime.enter();
            prop_assert!(second.polls(100).is_some());
            self.done.count("abandoned");
        } else {
            self.all(&ops);
            let _context = self.house.runtime.enter();
            prop_assert!(load.polls(100).is_some());
            self.done.count("loaded in between");
        }
        Ok(())
    }

    fn compare(&mut self) -> TestCaseResult {
        let now = self.house.clock.now();
        let maps = self.house.runtime.block_on(self.house.load(self.show.concert));
        let performances: Vec<_> = maps.iter().map(|map| map.map.performance.clone()).collect();
        prop_assert_eq!(&performances, &self.show.performances, "the catalogue");
        for map in maps.iter() {
            let rows = self.house.rows(&map.map.performance);
            self.shown.entry(map.map.performance.key).or_default().compare(map, &rows, now)?;
        }
        // Whoever looks at maps from before sees the same.
        for map in &self.kept {
            let same = maps.iter().any(|of| Arc::ptr_eq(of, map));
            let moved = performances
                .iter()
                .all(|of| of.version != map.map.performance.version || of.key != map.map.performance.key);
            prop_assert_eq!(map.map.is_over(), moved, "one that another took the place of says so");
            prop_assert!(same || moved, "there is one map of a performance");
        }
        Ok(())
    }
}
