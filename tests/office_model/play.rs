//! Plays a sequence on the real office and on the model side by side, and compares everything after every step.

use std::collections::BTreeMap;

use boxoffice::clock::{Clock, Instant};
use boxoffice::queue::QueueState;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::asked::{Asked, CODES, DATES, Done, R_SEATS, Req, S_SEATS, STANDING, Said, TOKEN_MS, USERS};
use crate::model::Model;
use crate::office::{House, Show, stand};
use crate::steps::{Op, Sequence, Step};

/// 2026-11-26T00:00:00Z; every sequence has days of its own.
const START_MS: i64 = 1_795_651_200_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// No sequence lasts so many days: each step passes little more than one at most.
const DAYS: i64 = 80;
/// So many sequences share a data file.
const SEQUENCES_PER_FILE: u32 = 12;

/// How often something was done, and how often it was refused and why.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub steps: u64,
    pub said: BTreeMap<String, u64>,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        other.said.iter().for_each(|(what, times)| *self.said.entry(what.clone()).or_default() += times);
    }

    fn count(&mut self, req: &Req, said: &Said) {
        let name = format!("{req:?}");
        let name = name.split(['(', ' ']).next().unwrap_or_default();
        let what = match said {
            Ok(_) => format!("{name} ok"),
            Err(word) => format!("{name}: {}", word.split(':').next().unwrap_or_default()),
        };
        *self.said.entry(what).or_default() += 1;
    }
}

/// Where sequences are played: many on one data file, each on a concert, with accounts and on days of its own.
pub struct Stage {
    seed: u64,
    played: u32,
    house: Option<House>,
    pub tally: Tally,
}

struct Scene<'a> {
    house: &'a mut House,
    show: Show,
    model: Model,
    /// Everything that was asked with a key.
    asked: Vec<Asked>,
    tally: &'a mut Tally,
}

impl Stage {
    pub fn new(seed: u64) -> Self {
        Self { seed, played: 0, house: None, tally: Tally::default() }
    }

    pub fn play(&mut self, sequence: &Sequence) -> TestCaseResult {
        self.played += 1;
        let today = Instant(START_MS + i64::from(self.played) * DAYS * DAY_MS);
        // Taken out while it is used: after a failure the next sequence gets a fresh one.
        let house = self.house.take().filter(|_| !self.played.is_multiple_of(SEQUENCES_PER_FILE));
        let mut house =
            house.unwrap_or_else(|| House::open(self.seed.wrapping_add(u64::from(self.played) << 16), today));
        house.clock.set(today);
        house.sweep();
        // Presale codes can be made as long as the sale has not begun.
        let on_sale_at = today.plus_ms(sequence.presale_ms.max(1));
        let show = house.put_on_sale(on_sale_at, sequence.cap);
        let model = Model {
            now: today.0,
            stand: stand(&show.dates[0]),
            balances: [None; USERS],
            cap: sequence.cap,
            state: QueueState::Open,
            opens_at: today.0,
            on_sale_at: on_sale_at.0,
            seed: show.queue.draw_seed,
            is_drawn: false,
            last_number: 0,
            guests: Vec::new(),
            holds: Vec::new(),
            payments: Vec::new(),
            blocks: Vec::new(),
            waits: Vec::new(),
            uses: [0; CODES.len()],
            friends: Default::default(),
            inside: Default::default(),
            answers: Default::default(),
        };
        let mut scene = Scene { house: &mut house, show, model, asked: Vec::new(), tally: &mut self.tally };
        if sequence.presale_ms == 0 {
            scene.pass(1);
        }
        let accounts: Vec<_> = (0..USERS - 1).map(Op::SignUp).collect();
        let money: Vec<_> = (0..USERS - 1).map(|user| Op::TopUp(user, 4_000)).collect();
        scene.ask(&accounts)?;
        scene.ask(&money)?;
        if sequence.is_scarce {
            let all = || (0..R_SEATS + S_SEATS).collect::<Vec<_>>();
            let second_grade = all().split_off(R_SEATS as usize);
            let blocked = [(0, second_grade), (1, all())];
            let standing = (0..DATES).map(|date| Op::BlockStanding(date, STANDING));
            let blocks = blocked.into_iter().map(|(date, seats)| Op::Block(date, seats)).chain(standing);
            scene.ask(&blocks.collect::<Vec<_>>())?;
        }
        for step in &sequence.steps {
            scene.step(step)?;
            scene.compare()?;
        }
        // Whatever was begun ends.
        scene.pass(2 * TOKEN_MS);
        scene.sweep()?;
        scene.compare()?;
        prop_assert_eq!(house.verify(), []);
        self.house = Some(house);
        Ok(())
    }
}

impl Scene<'_> {
    fn step(&mut self, step: &Step) -> TestCaseResult {
        self.tally.steps += 1;
        match step {
            Step::Do(op) => self.ask(std::slice::from_ref(op))?,
            Step::Together(ops) => {
                self.tally.steps += ops.len() as u64 - 1;
                self.ask(ops)?;
            }
            Step::Pass(ms) => self.pass(*ms),
            Step::PassToEnd(before) => {
                let left = self.model.next_end().map_or(1, |end| end - self.model.now);
                self.pass(left - i64::from(*before));
            }
            Step::Pause(ms) => {
                self.house.clock.pause_ms(*ms);
                self.house.clock.look();
                self.model.now = self.house.clock.now().0;
            }
            Step::Sweep => self.sweep()?,
            Step::Restart(in_order) => self.house.restart(*in_order),
        }
        Ok(())
    }

    fn pass(&mut self, ms: i64) {
        self.house.clock.advance_ms(ms);
        self.model.now = self.house.clock.now().0;
    }

    fn sweep(&mut self) -> TestCaseResult {
        self.house.sweep();
        self.model.turn();
        let offers = self.house.offers(&self.show, self.model.waits.len());
        self.model.offer(&offers).map_err(TestCaseError::fail)
    }

    /// The request that a step means, new or again.
    fn meant_by(&self, op: &Op, key: u64) -> Option<Asked> {
        let Op::Again(pick, is_other) = *op else {
            return Some(Asked { key, req: self.model.meant_by(op)? });
        };
        let mut again = self.asked.get(pick.checked_rem(self.asked.len())?)?.clone();
        match &mut again.req {
            Req::TopUp(_, amount) | Req::Pay(.., amount) if is_other => *amount += 1,
            _ => {}
        }
        Some(again)
    }

    /// Asks the real office for all of these at once, and the model for one after the other.
    fn ask(&mut self, ops: &[Op]) -> TestCaseResult {
        let first = self.asked.len() as u64;
        let meant = ops.iter().zip(first..).filter_map(|(op, key)| self.meant_by(op, key));
        let asked: Vec<_> = meant.collect();
        let said = self.house.ask(&mut self.show, &asked);
        for (asked, real) in asked.iter().zip(&said) {
            let expected = self.model.answer(asked, real);
            prop_assert_eq!(real, &expected, "what is answered to {:?}", asked);
            self.tally.count(&asked.req, real);
            if let Ok(Done::Paid { payment, .. }) = real
                && !self.show.payments.contains(payment)
            {
                self.show.payments.push(*payment);
            }
        }
        // Keys are not given twice, whatever was left out.
        self.asked.extend(asked);
        while (self.asked.len() as u64) < first + ops.len() as u64 {
            self.asked.push(Asked { key: self.asked.len() as u64, req: Req::Cap(None) });
        }
        self.house.look_up(&mut self.show);
        self.house.catch_up();
        Ok(())
    }

    fn compare(&self) -> TestCaseResult {
        prop_assert_eq!(self.house.seen(&self.show), self.model.seen());
        prop_assert_eq!(self.house.differences(), Vec::<String>::new(), "a node that follows");
        let inside = self.model.count(boxoffice::queue::EntryStatus::Admitted);
        prop_assert!(self.model.balances.iter().flatten().all(|balance| *balance >= 0), "law 2");
        prop_assert!(inside as usize <= self.model.guests.len());
        Ok(())
    }
}
