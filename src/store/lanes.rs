//! The two lanes to the writer. Those inside go before those outside: their time runs, and they have seats to lose. A part
//! of each group is kept for those outside all the same, so that they never starve; and each lane has a bound of its own,
//! so that no crowd outside takes the places of those inside.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::config::Limits;
use crate::store::StoreError;
use crate::store::group::Job;

/// Who waits for the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    /// Buyers who were let in, the operator, and the box office itself.
    #[default]
    Inside,
    /// Everybody else: those who sign up, log in, join, leave the line, or come with a dead credential.
    Outside,
}

/// One place of a full group in so many is kept for those outside.
const OUTSIDE_SHARE: usize = 8;

type Waiter = Box<dyn Job>;

/// What waits for the writer.
pub(super) struct Lanes {
    waiting: Mutex<Waiting>,
    came: Condvar,
    most: [usize; 2],
}

struct Waiting {
    inside: VecDeque<Waiter>,
    outside: VecDeque<Waiter>,
    /// False once nothing more is taken in.
    is_open: bool,
    /// The writer sleeps.
    is_idle: bool,
}

impl Lanes {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let waiting = Waiting { inside: VecDeque::new(), outside: VecDeque::new(), is_open: true, is_idle: false };
        let most = [limits.writer_queue, limits.outside_queue];
        Arc::new(Self { waiting: Mutex::new(waiting), came: Condvar::new(), most })
    }

    /// Puts an operation at the end of its lane.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] when the lane is full, [`StoreError::Stopped`] once the lanes are closed.
    pub(super) fn push(&self, lane: Lane, job: Waiter) -> Result<(), StoreError> {
        let mut waiting = self.waiting.lock();
        if !waiting.is_open {
            return Err(StoreError::Stopped);
        }
        let most = self.most[lane as usize];
        let of_lane = waiting.lane(lane);
        if of_lane.len() >= most {
            return Err(StoreError::Overloaded);
        }
        of_lane.push_back(job);
        if std::mem::take(&mut waiting.is_idle) {
            drop(waiting);
            self.came.notify_one();
        }
        Ok(())
    }

    /// Fills `group` with those who go next, some `most` of them; waits until there is one. False once the lanes are closed
    /// and empty.
    pub(super) fn take(&self, group: &mut Vec<Waiter>, most: usize) -> bool {
        let mut waiting = self.waiting.lock();
        while waiting.inside.is_empty() && waiting.outside.is_empty() {
            if !waiting.is_open {
                return false;
            }
            waiting.is_idle = true;
            self.came.wait(&mut waiting);
        }
        let kept = if waiting.outside.is_empty() { 0 } else { most.div_ceil(OUTSIDE_SHARE) };
        let inside = waiting.inside.len().min(most.saturating_sub(kept).max(1));
        group.extend(waiting.inside.drain(..inside));
        let outside = waiting.outside.len().min(most.saturating_sub(inside).max(kept));
        group.extend(waiting.outside.drain(..outside));
        true
    }

    /// Takes nothing more in; what waits already is still taken.
    pub(super) fn close(&self) {
        self.waiting.lock().is_open = false;
        self.came.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        !self.waiting.lock().is_open
    }

    /// How many wait inside and outside.
    pub(super) fn waiting(&self) -> [usize; 2] {
        let waiting = self.waiting.lock();
        [waiting.inside.len(), waiting.outside.len()]
    }

    /// How many more may wait inside and outside.
    pub(super) fn free_places(&self) -> [usize; 2] {
        let waiting = self.waiting();
        std::array::from_fn(|lane| self.most[lane] - waiting[lane])
    }
}

impl Waiting {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Waiter> {
        match lane {
            Lane::Inside => &mut self.inside,
            Lane::Outside => &mut self.outside,
        }
    }
}

/// The writer's end of the lanes: when it goes, for whatever reason, nobody waits in vain.
pub(super) struct WriterEnd(pub(super) Arc<Lanes>);

impl Drop for WriterEnd {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.lock();
        waiting.is_open = false;
        let left = (std::mem::take(&mut waiting.inside), std::mem::take(&mut waiting.outside));
        // Dropped without the lock: each answers whoever waits for it.
        drop(waiting);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Tx;

    struct Named(Lane);

    impl Job for Named {
        fn run(&mut self, _: &Tx) -> bool {
            // Tells the test which lane it came from.
            self.0 == Lane::Inside
        }
        fn fail(&mut self, _: StoreError) {}
        fn answer(self: Box<Self>) {}
    }

    fn lanes(inside: usize, outside: usize) -> Arc<Lanes> {
        let lanes = Lanes::new(&Limits { writer_queue: 100, outside_queue: 100, ..Limits::default() });
        for (lane, count) in [(Lane::Outside, outside), (Lane::Inside, inside)] {
            (0..count).for_each(|_| assert!(lanes.push(lane, Box::new(Named(lane))).is_ok()));
        }
        lanes
    }

    /// How many of the next group come from inside and from outside.
    fn next(lanes: &Lanes, most: usize) -> (usize, usize) {
        let (before, mut group) = (lanes.waiting(), Vec::new());
        assert!(lanes.take(&mut group, most));
        let after = lanes.waiting();
        assert_eq!(group.len(), before[0] + before[1] - after[0] - after[1]);
        (before[0] - after[0], before[1] - after[1])
    }

    #[test]
    fn those_inside_go_first_and_an_eighth_is_kept_for_those_outside() {
        let crowd = lanes(50, 90);
        assert_eq!(next(&crowd, 16), (14, 2), "they came later and go first");
        assert_eq!(next(&crowd, 16), (14, 2));
        assert_eq!(next(&crowd, 32), (22, 10), "what those inside leave is for those outside");
        assert_eq!(next(&crowd, 16), (0, 16));
        assert_eq!(next(&lanes(50, 0), 16), (16, 0), "nothing is kept for nobody");
        assert_eq!(next(&lanes(5, 5), 1), (1, 1), "nobody starves in groups of one either");
    }

    #[test]
    fn a_full_lane_refuses_and_the_other_does_not() {
        let crowd = lanes(3, 100);
        let push = |lane| crowd.push(lane, Box::new(Named(lane)));
        assert!(matches!(push(Lane::Outside), Err(StoreError::Overloaded)));
        assert!(push(Lane::Inside).is_ok());
        assert_eq!(crowd.free_places(), [96, 0]);
        crowd.close();
        assert!(matches!(push(Lane::Inside), Err(StoreError::Stopped)));
        let mut rest = Vec::new();
        while crowd.take(&mut rest, 10) {}
        assert_eq!(rest.len(), 104, "what was taken in is done");
    }
}
