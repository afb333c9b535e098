//! Plays a sequence on the real room and on the model side by side, and compares everything after every step.

use boxoffice::clock::{Clock, Instant};
use boxoffice::ids::Ordinal;
use boxoffice::queue::{EntryStatus, QueueState, Settings};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use proptest::{option, sample};
use uuid::Uuid;

use crate::model::{Model, TOKEN_MS};
use crate::room::{Room, Row, Show, USERS};

/// 2026-11-23T00:00:00Z; every sequence has a day of its own.
const START_MS: i64 = 1_795_392_000_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// So many sequences share a data file.
const SEQUENCES_PER_FILE: u32 = 50;

/// What can happen. Guests are named by a number that is taken modulo those who ever joined.
#[derive(Clone, Debug)]
pub enum Step {
    /// A user joins, or joins anew.
    Join(usize),
    Leave(usize),
    /// Those whose bit is set ask for their position.
    Poll(u32),
    Hold(usize),
    Release(usize),
    Pay(usize),
    Cap(Option<u32>),
    Rate(Option<u32>),
    State(QueueState),
    Absence(u32),
    NoShow(Option<u32>),
    /// Time passes and nobody looks; what is due stays undone.
    Jump(i64),
    /// The process ends, the wall clock is set back, and another process opens the data file.
    Back(i64),
    /// The clockwork does what is due.
    Sweep,
    /// Time passes and the clockwork wakes at every instant at which something is due.
    Pass(i64),
    /// As `Pass`, while those whose bit is set poll every twenty seconds and the others are silent.
    Silence(i64, u32),
    /// The process ends, in order or not, and another opens the data file.
    Restart(bool),
}

#[derive(Clone, Debug)]
pub struct Sequence {
    /// The queue opens and the sale begins so long after the first step (negative: before).
    pub opens_ms: i64,
    pub on_sale_ms: i64,
    pub settings: Settings,
    /// The process ends in the middle of the draw.
    pub breaks_in_draw: bool,
    pub steps: Vec<Step>,
}

fn cap() -> impl Strategy<Value = Option<u32>> {
    option::weighted(0.8, 1..=4_u32)
}

fn rate() -> impl Strategy<Value = Option<u32>> {
    option::weighted(0.5, sample::select(vec![1, 6, 7, 30, 60, 600, 100_000]))
}

fn state() -> impl Strategy<Value = QueueState> {
    prop_oneof![
        5 => Just(QueueState::Open),
        1 => Just(QueueState::Paused),
        1 => Just(QueueState::Draining),
        1 => Just(QueueState::Closed),
    ]
}

fn no_show() -> impl Strategy<Value = Option<u32>> {
    option::weighted(0.5, 60..=110_u32)
}

fn settings() -> impl Strategy<Value = Settings> {
    (cap(), rate(), 60..=240_u32, no_show()).prop_map(|(max_admitted, rate, absence_seconds, no_show_seconds)| {
        let (state, admissions_per_minute) = (QueueState::Open, rate);
        Settings { state, max_admitted, admissions_per_minute, absence_seconds, no_show_seconds }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let guest = 0..64_usize;
    prop_oneof![
        14 => (0..USERS).prop_map(Step::Join),
        3 => guest.clone().prop_map(Step::Leave),
        3 => any::<u32>().prop_map(Step::Poll),
        4 => guest.clone().prop_map(Step::Hold),
        2 => guest.clone().prop_map(Step::Release),
        4 => guest.prop_map(Step::Pay),
        2 => cap().prop_map(Step::Cap),
        2 => rate().prop_map(Step::Rate),
        2 => state().prop_map(Step::State),
        1 => (60..=240_u32).prop_map(Step::Absence),
        1 => no_show().prop_map(Step::NoShow),
        3 => (1..200_000_i64).prop_map(Step::Jump),
        1 => (1..=5_000_i64).prop_map(Step::Back),
        2 => Just(Step::Sweep),
        5 => prop_oneof![1..3_000_i64, 1..150_000_i64].prop_map(Step::Pass),
        2 => (20_000..300_000_i64, any::<u32>()).prop_map(|(ms, heard)| Step::Silence(ms, heard)),
        1 => any::<bool>().prop_map(Step::Restart),
    ]
}

pub fn sequence() -> impl Strategy<Value = Sequence> {
    let sale = prop_oneof![
        2 => Just((-1_800_000_i64, 0_i64)),
        2 => (0..200_000_i64).prop_map(|on_sale| (on_sale - 1_800_000, on_sale)),
        1 => (0..60_000_i64, 0..100_000_i64).prop_map(|(opens, presale)| (opens, opens + presale)),
    ];
    (sale, settings(), any::<bool>(), vec(step(), 1..45)).prop_map(
        |((opens_ms, on_sale_ms), settings, breaks_in_draw, steps)| Sequence {
            opens_ms,
            on_sale_ms,
            settings,
            breaks_in_draw,
            steps,
        },
    )
}

/// Where sequences are played: many on one data file, each on a concert and a day of its own.
pub struct Stage {
    seed: u64,
    played: u32,
    room: Option<Room>,
}

struct Scene<'a> {
    room: &'a mut Room,
    show: Show,
    model: Model,
    /// How many were ever let in, as of the last comparison.
    let_in: usize,
}

impl Stage {
    pub fn new(seed: u64) -> Self {
        Self { seed, played: 0, room: None }
    }

    pub fn play(&mut self, sequence: &Sequence) -> TestCaseResult {
        self.played += 1;
        let today = Instant(START_MS + i64::from(self.played) * DAY_MS);
        // Taken out while it is used: after a failure the next sequence gets a fresh one.
        let room = self.room.take().filter(|_| !self.played.is_multiple_of(SEQUENCES_PER_FILE));
        let mut room = room.unwrap_or_else(|| Room::open(self.seed.wrapping_add(u64::from(self.played) << 16), today));
        room.clock.set(today);
        let (opens_at, on_sale_at) = (today.plus_ms(sequence.opens_ms), today.plus_ms(sequence.on_sale_ms));
        let show = room.put_on_sale(sequence.settings.clone(), opens_at, on_sale_at);
        let model = Model {
            settings: sequence.settings.clone(),
            opens_at: opens_at.0,
            on_sale_at: on_sale_at.0,
            seed: show.queue.draw_seed,
            drawn: false,
            last_number: 0,
            now_serving: 0,
            next_us: 0,
            patience_changed_at: 0,
            guests: Vec::new(),
        };
        let mut scene = Scene { room: &mut room, show, model, let_in: 0 };
        for step in &sequence.steps {
            scene.step(step)?;
            scene.finish_draw(sequence.breaks_in_draw)?;
            scene.compare()?;
        }
        scene.curtain()?;
        if self.played % SEQUENCES_PER_FILE == SEQUENCES_PER_FILE - 1 {
            room.verify();
        }
        self.room = Some(room);
        Ok(())
    }
}

impl Scene<'_> {
    fn now(&self) -> i64 {
        self.room.clock.now().0
    }

    fn set_clock(&self, ms: i64) {
        self.room.clock.set(Instant(ms));
    }

    fn guest(&self, pick: usize) -> Option<(usize, Ordinal)> {
        let guests = self.model.guests.len();
        (guests > 0).then(|| (pick % guests, Ordinal((pick % guests) as u32 + 1)))
    }

    fn step(&mut self, step: &Step) -> TestCaseResult {
        let now = self.now();
        match *step {
            Step::Join(user) => {
                let user = self.room.users[user];
                let joined = self.room.join(&self.show, user);
                let expected = self.model.join(now, user, joined.unwrap_or(Uuid::nil()));
                prop_assert_eq!(joined.map(drop), expected.map(drop));
            }
            Step::Leave(pick) => {
                if let Some((at, ordinal)) = self.guest(pick) {
                    prop_assert_eq!(self.room.leave(&self.show, ordinal), self.model.leave(now, at));
                }
            }
            Step::Poll(who) => self.poll(who)?,
            Step::Hold(pick) => {
                self.hold(pick)?;
            }
            Step::Release(pick) => {
                if let Some((at, ordinal)) = self.guest(pick) {
                    let hold = self.model.guests[at].holds.first().map_or(Uuid::nil(), |(hold, _)| *hold);
                    let released = self.room.release(&self.show, ordinal, hold);
                    prop_assert_eq!(released, self.model.release(now, at, hold));
                }
            }
            Step::Pay(pick) => self.pay(pick)?,
            Step::Cap(cap) => self.set(move |settings| settings.max_admitted = cap),
            Step::Rate(rate) => self.set(move |settings| settings.admissions_per_minute = rate),
            Step::State(state) => self.set(move |settings| settings.state = state),
            Step::Absence(seconds) => self.set(move |settings| settings.absence_seconds = seconds),
            Step::NoShow(seconds) => self.set(move |settings| settings.no_show_seconds = seconds),
            Step::Jump(ms) => self.set_clock(now + ms),
            Step::Back(ms) => {
                self.room.clock.step_wall_ms(-ms);
                self.room.restart(true);
                self.model.restart(now - ms);
            }
            Step::Sweep => self.sweep(),
            Step::Pass(ms) => self.pass(now + ms)?,
            Step::Silence(ms, heard) => {
                for from in (now..now + ms).step_by(20_000) {
                    self.pass((from + 20_000).min(now + ms))?;
                    self.poll(heard)?;
                }
            }
            Step::Restart(in_order) => {
                self.room.restart(in_order);
                self.model.restart(now);
            }
        }
        Ok(())
    }

    /// What a step drew is written behind at once, in pieces, perhaps by another process. The model draws in one go.
    fn finish_draw(&mut self, breaks: bool) -> TestCaseResult {
        let line = self.room.line(&self.show);
        if !line.is_numbering() {
            return Ok(());
        }
        for at in 0..self.model.guests.len() {
            let place = self.room.look(&self.show, Ordinal(at as u32 + 1));
            let drawn =
                place.as_ref().and_then(|place| place.number).is_none_or(|number| number > line.queue().drawn_count);
            prop_assert!(drawn, "told {:?} before all numbers are written", place);
            let status = place.map_or(EntryStatus::Waiting, |place| place.status);
            prop_assert_eq!(status, EntryStatus::Waiting, "let in before all numbers are written");
        }
        if breaks {
            self.room.number_some(&self.show);
            self.room.restart(false);
            self.model.restart(self.now());
        }
        self.room.number(&self.show);
        Ok(())
    }

    fn set(&mut self, change: impl Fn(&mut Settings) + Send + Copy + 'static) {
        self.room.change(&self.show, change);
        self.model.set(self.now(), change);
    }

    fn poll(&mut self, who: u32) -> TestCaseResult {
        let (now, line) = (self.now(), self.room.line(&self.show));
        for at in (0..self.model.guests.len()).filter(|at| who >> (at % 32) & 1 == 1) {
            let guest = &mut self.model.guests[at];
            let standing = line.standing(Ordinal(at as u32 + 1), guest.id, Instant(now));
            prop_assert_eq!(standing.is_some(), guest.lives(now), "guest {} polls", at);
            if guest.lives(now) && guest.status == EntryStatus::Waiting {
                guest.hear(now);
            }
        }
        Ok(())
    }

    fn hold(&mut self, pick: usize) -> TestCaseResult {
        if let Some((at, ordinal)) = self.guest(pick) {
            let held = self.room.hold(&self.show, ordinal);
            let expected = self.model.hold(self.now(), at, held.unwrap_or(Uuid::nil()));
            prop_assert_eq!(held.map(drop), expected);
        }
        Ok(())
    }

    fn pay(&mut self, pick: usize) -> TestCaseResult {
        let (now, Some((at, ordinal))) = (self.now(), self.guest(pick)) else { return Ok(()) };
        if self.model.guests[at].live_holds(now).is_empty() {
            self.hold(pick)?;
        }
        if let Some(&hold) = self.model.guests[at].live_holds(now).first() {
            prop_assert_eq!(self.room.pay(&self.show, ordinal, hold), self.model.pay(now, at));
        }
        Ok(())
    }

    fn sweep(&mut self) {
        self.room.sweep();
        self.model.sweep(self.now());
    }

    /// Lets time pass until `until`; the model says when something is due, the room must do it then and not before.
    fn pass(&mut self, until: i64) -> TestCaseResult {
        const MOST_WAKES: usize = 12;
        for _ in 0..MOST_WAKES {
            let Some(due) = self.model.next_due(self.now()).filter(|due| *due <= until) else { break };
            if due - 1 > self.now() {
                self.set_clock(due - 1);
                self.room.sweep();
                self.compare()?;
            }
            self.set_clock(due.max(self.now()));
            self.sweep();
            self.compare()?;
        }
        self.set_clock(until);
        self.sweep();
        Ok(())
    }

    /// Whatever was left ends: nobody lives longer than a token and a visit.
    fn curtain(&mut self) -> TestCaseResult {
        self.set_clock(self.now() + 2 * TOKEN_MS);
        self.sweep();
        self.compare()?;
        prop_assert_eq!((self.model.waiting(), self.model.admitted()), (0, 0));
        Ok(())
    }

    fn compare(&mut self) -> TestCaseResult {
        let now = self.now();
        let (rows, counters) = self.room.rows(&self.show);
        self.laws(&rows, counters.now_serving)?;
        prop_assert_eq!(rows.len(), self.model.guests.len());
        for (at, (row, guest)) in rows.iter().zip(&self.model.guests).enumerate() {
            let expected = Row {
                id: guest.id,
                user: guest.user,
                number: guest.number,
                status: guest.status,
                cause: guest.cause,
                admitted_until: guest.admitted_until,
                ends_at: guest.ends_at,
            };
            prop_assert_eq!(row, &expected, "guest {} in the data file", at);
            let place = self.room.look(&self.show, Ordinal(at as u32 + 1));
            prop_assert_eq!(place, self.model.place(now, at), "what guest {} is told", at);
        }
        let model = (self.model.waiting(), self.model.admitted());
        prop_assert_eq!((counters.waiting, counters.admitted), model, "the counters of the queue's row");
        let (line, model_turn) = (self.room.line(&self.show), self.model.next_turn(now));
        prop_assert_eq!(line.counts(), model, "the counters in memory");
        prop_assert_eq!(counters.now_serving, self.model.now_serving);
        prop_assert_eq!(counters.last_number, self.model.last_number);
        prop_assert_eq!(line.next_turn(Instant(now)).map(|at| at.0), model_turn, "when something is due next");
        Ok(())
    }

    /// Laws 4 to 6, from the rows alone: the model is not asked.
    fn laws(&mut self, rows: &[Row], now_serving: u32) -> TestCaseResult {
        let inside = rows.iter().filter(|row| row.status == EntryStatus::Admitted).count();
        let let_in = rows.iter().filter(|row| row.admitted_until.is_some()).count();
        if let Some(cap) = self.model.settings.max_admitted.filter(|_| let_in > self.let_in) {
            prop_assert!(inside <= cap as usize, "law 4: {inside} inside, cap {cap}");
        }
        self.let_in = let_in;
        let mut numbers: Vec<_> = rows.iter().filter_map(|row| row.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), rows.iter().filter(|row| row.number.is_some()).count(), "law 5: given once");
        for row in rows.iter().filter(|row| row.number.is_some()) {
            let passed = row.number <= Some(now_serving);
            prop_assert!(row.status != EntryStatus::Waiting || !passed, "law 5: {row:?} was passed over");
            prop_assert!(row.admitted_until.is_none() || passed, "law 5: {row:?} came before its number");
        }
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_live(row)) {
            let twin = rows[..at].iter().find(|other| is_live(other) && other.user == row.user);
            prop_assert!(twin.is_none(), "law 6: {row:?} and {twin:?}");
        }
        Ok(())
    }
}

fn is_live(row: &Row) -> bool {
    matches!(row.status, EntryStatus::Waiting | EntryStatus::Admitted)
}
