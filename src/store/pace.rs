//! How many operations a group takes.
//!
//! Large groups share a sync among many, which a slow disk needs. But while a large group runs, all its buyers wait for
//! the one thread that runs it and the other cores have nothing to do: on a fast disk smaller groups sell more and answer
//! sooner (docs/speed.md). So a group may run a few times as long as its commit will take, by what the last ones took.

use std::time::Duration;

use crate::config::Limits;

/// What is known of a duration moves by so much towards each new one, and so comes to rest at their median: one commit
/// in some forty carries a checkpoint, takes twenty times as long as the others, and shall not count for more than they.
const STEP: f64 = 1.1;

/// What operations and commits have taken lately.
pub(super) struct Pace {
    most: usize,
    run_per_commit: f64,
    /// Of one operation, in seconds.
    run: f64,
    /// Of one commit, in seconds.
    commit: f64,
}

impl Pace {
    pub(super) fn new(limits: &Limits) -> Self {
        let (most, run_per_commit) = (limits.group_commit.max(1), limits.group_run_per_commit);
        // Until more is known: large groups.
        Self { most, run_per_commit, run: 20e-6, commit: 10e-3 }
    }

    /// The size of the next group.
    pub(super) fn group(&self) -> usize {
        // A float beyond the range of `usize` becomes its largest value.
        ((self.run_per_commit * self.commit / self.run) as usize).clamp(1, self.most)
    }

    /// Takes note of a group: its size, how long its operations ran together, and how long its commit took.
    pub(super) fn took(&mut self, operations: usize, run: Duration, commit: Duration) {
        let note = |known: &mut f64, last: f64| *known *= if last > *known { STEP } else { 1.0 / STEP };
        note(&mut self.run, run.as_secs_f64() / operations.max(1) as f64);
        note(&mut self.commit, commit.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of a group after many of which each operation and each commit took so long.
    fn settled(run: Duration, commit: impl Fn(u32) -> Duration) -> usize {
        let mut pace = Pace::new(&Limits { group_commit: 256, group_run_per_commit: 2.0, ..Limits::default() });
        for group in 1..=2000 {
            let size = pace.group();
            pace.took(size, run * size as u32, commit(group));
        }
        pace.group()
    }

    #[test]
    fn a_group_runs_twice_as_long_as_its_commit() {
        let (us, ms) = (Duration::from_micros, Duration::from_millis);
        let fast_disk = settled(us(20), |_| us(300));
        assert!((24..=37).contains(&fast_disk), "30 within two steps, not {fast_disk}");
        assert_eq!(settled(us(20), |_| ms(10)), 256, "a slow disk");
        assert_eq!(settled(ms(50), |_| us(300)), 1, "long operations");
        let with_checkpoints = settled(us(20), |group| if group % 40 == 0 { ms(9) } else { us(300) });
        assert!((24..=37).contains(&with_checkpoints), "checkpoints do not count, {with_checkpoints}");
    }
}
