//! The clock of tests and simulations: both of the machine's clocks stand still until a script moves them, under the same
//! [rule](Steady) as the real ones.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::steady::{Reading, Steady};
use crate::clock::time::{Clock, Instant};

/// A process looks about so often.
const LOOKS_MS: i64 = 1_000;

struct Script {
    machine: Reading,
    steady: Steady,
}

impl Script {
    fn now(&self) -> Instant {
        Instant(self.machine.elapsed_ms + self.steady.offset_ms())
    }

    fn pass_unheard(&mut self, ms: i64) {
        self.machine.elapsed_ms += ms;
        self.machine.wall_ms += ms;
    }

    fn pass(&mut self, ms: i64) {
        self.steady.look(self.machine);
        let mut left_ms = ms;
        while left_ms > 0 {
            if self.steady.is_settled() {
                // Every further look would find nothing.
                self.pass_unheard(left_ms);
                self.steady.count_as_looked_at(self.machine);
                return;
            }
            let step_ms = left_ms.min(LOOKS_MS);
            self.pass_unheard(step_ms);
            self.steady.look(self.machine);
            left_ms -= step_ms;
        }
    }
}

/// Two clocks that stand still until they are moved.
#[derive(Clone)]
pub struct ScriptedClock(Arc<Mutex<Script>>);

impl ScriptedClock {
    /// Clocks of a process that starts when the wall clock shows `start`.
    pub fn at(start: Instant) -> Self {
        let machine = Reading { wall_ms: start.0, elapsed_ms: 0 };
        Self(Arc::new(Mutex::new(Script { machine, steady: Steady::start(machine) })))
    }

    /// Lets time pass while the process is there and listens.
    ///
    /// # Panics
    /// When `ms` is negative: time does not run backwards, only a wall clock does.
    pub fn advance_ms(&self, ms: i64) {
        assert!(ms >= 0, "time does not pass backwards: {ms} ms");
        self.0.lock().pass(ms);
    }

    /// Lets time pass until [`Clock::now`] shows `instant`.
    ///
    /// # Panics
    /// When it shows a later one already, or does not run as fast as real time.
    pub fn set(&self, instant: Instant) {
        let mut script = self.0.lock();
        let ms = instant.0 - script.now().0;
        assert!(ms >= 0, "{instant} is over already: it is {}", script.now());
        script.pass(ms);
        assert_eq!(script.now(), instant, "it is drawing near to the wall clock");
    }

    /// Lets time pass while the process is away: suspended, stopped or stalled.
    pub fn pause_ms(&self, ms: i64) {
        let mut script = self.0.lock();
        let machine = script.machine;
        script.steady.look(machine);
        script.pass_unheard(ms);
    }

    /// Somebody sets the wall clock by `ms`, forwards or backwards.
    pub fn step_wall_ms(&self, ms: i64) {
        self.0.lock().machine.wall_ms += ms;
    }

    /// What the wall clock shows.
    pub fn machine_wall(&self) -> Instant {
        Instant(self.0.lock().machine.wall_ms)
    }

    /// A new process starts on the machine: its time begins at the wall clock.
    pub fn restart(&self) {
        let mut script = self.0.lock();
        script.steady = Steady::start(script.machine);
    }
}

impl Clock for ScriptedClock {
    fn now(&self) -> Instant {
        self.0.lock().now()
    }

    fn wall_ahead_ms(&self) -> i64 {
        self.0.lock().steady.wall_ahead_ms()
    }

    fn awake_since(&self) -> Instant {
        self.0.lock().steady.awake_since()
    }

    fn look(&self) {
        let mut script = self.0.lock();
        let machine = script.machine;
        script.steady.look(machine);
    }
}
