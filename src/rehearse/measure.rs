//! What is measured while the drill runs. Every operation's time runs from the moment at which its buyer meant to begin,
//! not from when a connection was free: a server that stalls cannot hide the requests it kept from being sent
//! ("coordinated omission").
//!
//! The machine's monotonic clock is read here and by the buyers: a drill measures real time, so the scripted clock of
//! the tests has no place in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use parking_lot::Mutex;
use serde::Serialize;

use crate::rehearse::words::{End, Operation, Span};

/// A second of the drill.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tick {
    /// When it ended, from the drill's start.
    pub at_seconds: f64,
    /// How long it was.
    pub seconds: f64,
    /// Buyers who had come.
    pub arrived: u64,
    /// Who waited.
    pub waiting: u64,
    /// Who was inside and knew it.
    pub inside: u64,
    /// Seats sold so far.
    pub sold: u64,
    /// Answers in this second.
    pub requests: u64,
    /// Visits that ended in this second.
    pub visits: u64,
    /// 99 % of the polls took at most so long.
    pub p99_position_ms: f64,
    /// 99 % of what was asked inside took at most so long.
    pub p99_inside_ms: f64,
}

/// What is counted while the drill runs.
#[derive(Default)]
pub struct Counts {
    /// Buyers who came.
    pub arrived: AtomicU64,
    /// Who waits.
    pub waiting: AtomicU64,
    /// Who is inside.
    pub inside: AtomicU64,
    /// Visits that ended.
    pub visits: AtomicU64,
    /// Seats sold.
    pub sold: AtomicU64,
    /// Journeys that ended.
    pub ended: AtomicU64,
    /// Answers.
    pub requests: AtomicU64,
    /// Connections that broke by themselves.
    pub connection_errors: AtomicU64,
    /// Connections that buyers broke.
    pub breaks: AtomicU64,
    /// Requests sent twice.
    pub repeats: AtomicU64,
    /// Repeated requests with another answer (law 9).
    pub differences: AtomicU64,
    /// Buyers who wanted a stream and had to poll.
    pub without_stream: AtomicU64,
}

impl Counts {
    /// More.
    pub fn add(count: &AtomicU64, by: u64) {
        count.fetch_add(by, Relaxed);
    }

    /// Fewer.
    pub fn sub(count: &AtomicU64, by: u64) {
        count.fetch_sub(by, Relaxed);
    }
}

/// Everything measured.
pub struct Measure {
    /// When the drill began.
    pub began: Instant,
    /// The counts.
    pub counts: Counts,
    operations: Vec<Mutex<Histogram<u64>>>,
    spans: Vec<Mutex<Histogram<u64>>>,
    tick: Mutex<TickNow>,
    ticks: Mutex<Vec<Tick>>,
    refusals: Mutex<BTreeMap<(Operation, String), u64>>,
    ends: Mutex<BTreeMap<End, u64>>,
    lost: Mutex<BTreeMap<String, u64>>,
    sold_out_after: Mutex<Option<Duration>>,
}

struct TickNow {
    began: Instant,
    requests: u64,
    visits: u64,
    position: Histogram<u64>,
    inside: Histogram<u64>,
}

/// Microseconds up to an hour, to `digits` digits.
fn histogram(digits: u8) -> Histogram<u64> {
    #[expect(clippy::expect_used, reason = "constants, tried by every test")]
    Histogram::new_with_bounds(1, 3_600_000_000, digits).expect("the bounds are good for every number of digits")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds to a microsecond.
pub fn ms(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

impl Measure {
    /// Nothing measured yet; the drill begins now.
    pub fn begin() -> Self {
        let began = Instant::now();
        let tick = TickNow { began, requests: 0, visits: 0, position: histogram(2), inside: histogram(2) };
        Self {
            began,
            counts: Counts::default(),
            operations: Operation::ALL.iter().map(|_| Mutex::new(histogram(3))).collect(),
            spans: Span::ALL.iter().map(|_| Mutex::new(histogram(3))).collect(),
            tick: Mutex::new(tick),
            ticks: Mutex::default(),
            refusals: Mutex::default(),
            ends: Mutex::default(),
            lost: Mutex::default(),
            sold_out_after: Mutex::default(),
        }
    }

    /// An answer came, this long after its buyer meant to ask.
    pub fn answered(&self, operation: Operation, time: Duration) {
        let micros = micros(time);
        self.counts.requests.fetch_add(1, Relaxed);
        self.operations[operation as usize].lock().saturating_record(micros);
        let mut tick = self.tick.lock();
        match operation {
            Operation::QueuePosition => tick.position.saturating_record(micros),
            Operation::ListDates | Operation::SeatMap | Operation::HoldSeats | Operation::TopUp | Operation::Pay => {
                tick.inside.saturating_record(micros);
            }
            Operation::IssueToken | Operation::CurrentToken | Operation::StreamPosition | Operation::LeaveQueue => {}
        }
    }

    /// Something longer than a request is over.
    pub fn took(&self, span: Span, time: Duration) {
        self.spans[span as usize].lock().saturating_record(micros(time));
    }

    /// An answer was a refusal.
    pub fn refused(&self, operation: Operation, code: &str) {
        *self.refusals.lock().entry((operation, code.to_owned())).or_default() += 1;
    }

    /// A journey is over.
    pub fn ended(&self, end: End) {
        self.counts.ended.fetch_add(1, Relaxed);
        *self.ends.lock().entry(end).or_default() += 1;
    }

    /// Why a buyer is lost.
    pub fn lost(&self, why: String) {
        *self.lost.lock().entry(why).or_default() += 1;
    }

    /// Seats were sold. Gives how many are by now.
    pub fn sold(&self, seats: u64) -> u64 {
        self.counts.sold.fetch_add(seats, Relaxed) + seats
    }

    /// The last seat was sold.
    pub fn sold_out(&self) {
        self.sold_out_after.lock().get_or_insert(self.began.elapsed());
    }

    /// Ends the present second. Gives what it was.
    pub fn tick(&self) -> Tick {
        let mut now = self.tick.lock();
        let counts = &self.counts;
        let (requests, visits) = (counts.requests.load(Relaxed), counts.visits.load(Relaxed));
        let tick = Tick {
            at_seconds: self.began.elapsed().as_secs_f64(),
            seconds: now.began.elapsed().as_secs_f64(),
            arrived: counts.arrived.load(Relaxed),
            waiting: counts.waiting.load(Relaxed),
            inside: counts.inside.load(Relaxed),
            sold: counts.sold.load(Relaxed),
            requests: requests - now.requests,
            visits: visits - now.visits,
            p99_position_ms: ms(now.position.value_at_quantile(0.99)),
            p99_inside_ms: ms(now.inside.value_at_quantile(0.99)),
        };
        now.began = Instant::now();
        now.requests = requests;
        now.visits = visits;
        now.position.reset();
        now.inside.reset();
        drop(now);
        self.ticks.lock().push(tick.clone());
        tick
    }

    /// The seconds so far.
    pub fn ticks(&self) -> Vec<Tick> {
        self.ticks.lock().clone()
    }

    /// Times by operation, those that occurred.
    pub fn operations(&self) -> Vec<Times> {
        Operation::ALL.iter().filter_map(|of| Times::of(of.as_str(), &self.operations[*of as usize].lock())).collect()
    }

    /// Times of longer things, those that occurred.
    pub fn spans(&self) -> Vec<Times> {
        Span::ALL.iter().filter_map(|of| Times::of(of.as_str(), &self.spans[*of as usize].lock())).collect()
    }

    /// Refusals by operation and code, most first.
    pub fn refusals(&self) -> Vec<Refusal> {
        let refusals = self.refusals.lock();
        let of = |((operation, code), count): (&(Operation, String), &u64)| Refusal {
            operation: operation.as_str(),
            code: code.clone(),
            count: *count,
        };
        let mut refusals: Vec<_> = refusals.iter().map(of).collect();
        refusals.sort_by_key(|refusal| std::cmp::Reverse(refusal.count));
        refusals
    }

    /// How many journeys ended in each way.
    pub fn ends(&self) -> BTreeMap<&'static str, u64> {
        let ends = self.ends.lock();
        End::ALL.iter().map(|end| (end.as_str(), ends.get(end).copied().unwrap_or(0))).collect()
    }

    /// Why buyers were lost.
    pub fn lost_because(&self) -> BTreeMap<String, u64> {
        self.lost.lock().clone()
    }

    /// When the last seat was sold.
    pub fn sold_out_after(&self) -> Option<Duration> {
        *self.sold_out_after.lock()
    }
}

/// How often an operation was refused for one reason.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// What was asked.
    pub operation: &'static str,
    /// The problem's code.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// How long something took.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    /// What.
    pub name: &'static str,
    /// How often it was measured.
    pub count: u64,
    /// Its mean.
    pub mean_ms: f64,
    /// Half took at most so long.
    pub p50_ms: f64,
    /// 95 % did.
    pub p95_ms: f64,
    /// 99 % did.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Times {
    fn of(name: &'static str, histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| ms(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            name,
            count: histogram.len(),
            mean_ms: histogram.mean() / 1000.0,
            p50_ms: at(0.50),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: ms(histogram.max()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Measure;
    use crate::rehearse::words::{End, Operation};

    fn about(found: f64, wanted: f64) {
        assert!((found - wanted).abs() <= wanted * 0.002, "{found} is not about {wanted}");
    }

    #[test]
    fn percentiles_are_those_of_what_was_measured() {
        let measure = Measure::begin();
        for ms in 1..=1000 {
            measure.answered(Operation::Pay, Duration::from_millis(ms));
        }
        let times = measure.operations();
        assert_eq!(times.len(), 1, "what did not occur is left out");
        assert_eq!((times[0].name, times[0].count), ("pay", 1000));
        about(times[0].p50_ms, 500.0);
        about(times[0].p95_ms, 950.0);
        about(times[0].p99_ms, 990.0);
        about(times[0].max_ms, 1000.0);
    }

    #[test]
    fn a_tick_holds_its_own_second_alone() {
        let measure = Measure::begin();
        measure.answered(Operation::QueuePosition, Duration::from_millis(900));
        measure.answered(Operation::HoldSeats, Duration::from_millis(50));
        let first = measure.tick();
        measure.answered(Operation::HoldSeats, Duration::from_millis(5));
        let second = measure.tick();
        assert_eq!((first.requests, second.requests), (2, 1));
        assert!(first.p99_position_ms > 890.0 && second.p99_position_ms == 0.0);
        assert!((49.0..52.0).contains(&first.p99_inside_ms) && (4.9..5.2).contains(&second.p99_inside_ms));
    }

    #[test]
    fn every_end_is_named_even_at_zero() {
        let measure = Measure::begin();
        measure.ended(End::Bought);
        assert_eq!(measure.ends().len(), End::ALL.len());
        assert_eq!((measure.ends()["bought"], measure.ends()["lost"]), (1, 0));
    }
}
