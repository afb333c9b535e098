//! Attendance: of each performance how many tickets stand, and how many of their bearers came, by which gate. Of now: a check-in
//! may be undone.

use crate::catalog::performance;
use crate::catalog::performance::Dated;
use crate::door;
use crate::ids::{ConcertKey, PerformanceKey};
use crate::report::error::ReportError;
use crate::report::labels::Labels;
use crate::report::period::{Calendar, Period};
use crate::report::walk::Walk;
use crate::store::Tx;

/// So many performances are looked at for one piece; of those that fit it is one.
const LOOKED_AT: u32 = 200;

/// Who came to a performance.
#[derive(Clone, Debug)]
pub struct Attended {
    /// The performance.
    pub dated: Dated,
    /// Its concert's title.
    pub concert: String,
    /// Tickets that stand.
    pub tickets: u32,
    /// How many were checked in, by gate.
    pub gates: Vec<(Option<String>, u32)>,
    /// How many were let in twice.
    pub doubles: u32,
}

impl Attended {
    /// How many were checked in.
    pub fn checked_in(&self) -> u32 {
        self.gates.iter().map(|(_, count)| count).sum()
    }
}

/// Which performances: all that fit what is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct AttendanceFilter {
    /// Of this concert.
    pub concert: Option<ConcertKey>,
    /// This one.
    pub performance: Option<PerformanceKey>,
    /// Those that begin on these days.
    pub period: Period,
}

/// A walk over performances, in the order in which they were made.
#[derive(Clone, Debug)]
pub struct Attendance {
    filter: AttendanceFilter,
    after: PerformanceKey,
    is_done: bool,
}

impl Attendance {
    /// From the beginning, or from behind a performance.
    pub fn new(filter: AttendanceFilter, after: Option<PerformanceKey>) -> Self {
        // One that is named is found at once.
        let first = filter.performance.map_or(PerformanceKey(0), |key| PerformanceKey(key.0 - 1));
        Self { filter, after: after.map_or(first, |after| after.max(first)), is_done: false }
    }

    /// Behind which performance it stands.
    pub fn position(&self) -> PerformanceKey {
        self.after
    }

    fn look(&self, tx: &Tx, dated: Dated) -> Result<Attended, ReportError> {
        let figures = door::domain::figures(tx, dated.key)?;
        let concert = Labels::default().show(tx, dated.key)?.occasion.concert_title.clone();
        Ok(Attended { dated, concert, tickets: figures.tickets, gates: figures.gates, doubles: figures.doubles })
    }
}

impl Walk for Attendance {
    type Row = Attended;

    fn is_done(&self) -> bool {
        self.is_done
    }

    /// Up to the next performance that fits, if there is one among the next few: counting its seats is a piece.
    fn read(&mut self, tx: &Tx, _: usize) -> Result<Vec<Self::Row>, ReportError> {
        let looked_at = if self.filter.performance.is_some() { 1 } else { LOOKED_AT };
        let performances = performance::domain::all_after(tx, self.after, looked_at)?;
        let calendar = Calendar::of(tx);
        self.is_done = performances.len() < LOOKED_AT as usize;
        let count = performances.len();
        for (place, dated) in performances.into_iter().enumerate() {
            self.after = dated.key;
            let fits = self.filter.concert.is_none_or(|concert| concert == dated.concert)
                && self.filter.performance.is_none_or(|performance| performance == dated.key)
                && self.filter.period.has(calendar.day(dated.starts_at));
            if fits {
                self.is_done &= place + 1 == count;
                return Ok(vec![self.look(tx, dated)?]);
            }
        }
        Ok(Vec::new())
    }
}
