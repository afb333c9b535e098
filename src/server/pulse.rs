//! What a connection is doing and until when it may: the deadlines of idleness, of a request from its first byte to its
//! last, and of an answer that its client must go on reading.
//!
//! The connection's own task writes it, once per change and without asking for the time: moments are stamped when the task
//! comes to rest ([`Pulse::settle`]). Others read it to choose whose connection goes first, and [ask](Pulse::ask) for that.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use crate::config::Limits;

/// A moment that [`Pulse::settle`] will stamp.
const UNSTAMPED: u64 = 0;
/// No moment.
const NEVER: u64 = u64::MAX;

/// Where a connection is in its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// Open; its client has said nothing yet.
    Fresh,
    /// Between an answer and the next request.
    Idle,
    /// A request's head has begun to arrive.
    Head,
    /// The head is here, the body not whole.
    Body,
    /// The office is at work; the client waits.
    Working,
    /// An answer goes out.
    Answering,
    /// An event stream goes out, which may last.
    Streaming,
    /// The answer is whole but not all of it has left.
    Flushing,
}

impl Phase {
    const ALL: [Self; 8] = [
        Self::Fresh,
        Self::Idle,
        Self::Head,
        Self::Body,
        Self::Working,
        Self::Answering,
        Self::Streaming,
        Self::Flushing,
    ];
}

/// What others want of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Wish {
    /// Nothing.
    None,
    /// Close if it can be [spared](Pulse::spare_since): another needs the place.
    MakeRoom,
    /// Finish the request under way, then close: the office stops.
    Finish,
    /// Close now.
    Close,
}

/// How long each phase may last, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Patience {
    idle: u64,
    read: u64,
    crowded: u64,
    write: u64,
    answer: u64,
}

#[derive(Debug)]
pub(super) struct Pulse {
    /// What all moments count from.
    born: Instant,
    patience: Patience,
    phase: AtomicU8,
    /// Since when the phase lasts; from a head to its body it goes on.
    since: AtomicU64,
    /// Since when the client has not taken a byte that is ready for it.
    stalled: AtomicU64,
    /// When the answer's client first made it wait.
    first_stall: AtomicU64,
    /// Since when a frame of HTTP/2, or a head in frames, is half here.
    half: AtomicU64,
    /// The head's or the body's time was over.
    late: AtomicU8,
    wish: AtomicU8,
    waker: AtomicWaker,
}

impl Pulse {
    pub(super) fn new(limits: &Limits, born: Instant) -> Self {
        let ms = |patience: Duration| patience.as_millis() as u64;
        let patience = Patience {
            idle: ms(limits.idle_patience),
            read: ms(limits.read_patience),
            crowded: ms(limits.crowded_patience),
            write: ms(limits.write_patience),
            answer: ms(limits.answer_patience),
        };
        Self {
            born,
            patience,
            phase: AtomicU8::new(Phase::Fresh as u8),
            since: AtomicU64::new(UNSTAMPED),
            stalled: AtomicU64::new(NEVER),
            first_stall: AtomicU64::new(NEVER),
            half: AtomicU64::new(NEVER),
            late: AtomicU8::new(0),
            wish: AtomicU8::new(Wish::None as u8),
            waker: AtomicWaker::new(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Relaxed)) % Phase::ALL.len()]
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
        self.since.store(UNSTAMPED, Relaxed);
    }

    /// Bytes came from the client.
    pub(super) fn heard(&self) {
        if matches!(self.phase(), Phase::Fresh | Phase::Idle) {
            self.enter(Phase::Head);
        }
    }

    /// A request's head is whole.
    pub(super) fn begin(&self, has_body: bool) {
        self.first_stall.store(NEVER, Relaxed);
        match (has_body, self.phase()) {
            (false, _) => self.enter(Phase::Working),
            // The body shares its head's time.
            (true, Phase::Head) => self.phase.store(Phase::Body as u8, Relaxed),
            (true, _) => self.enter(Phase::Body),
        }
    }

    /// The request is whole.
    pub(super) fn work(&self) {
        self.enter(Phase::Working);
    }

    /// An answer begins.
    pub(super) fn answer(&self, is_stream: bool) {
        self.enter(if is_stream { Phase::Streaming } else { Phase::Answering });
    }

    /// All of the answer was handed over for sending.
    pub(super) fn answered(&self) {
        self.enter(Phase::Flushing);
    }

    /// Everything handed over has left.
    pub(super) fn flushed(&self) {
        if self.phase() == Phase::Flushing {
            self.enter(Phase::Idle);
        }
    }

    /// The client took something.
    pub(super) fn progressed(&self) {
        if self.stalled.load(Relaxed) != NEVER {
            self.stalled.store(NEVER, Relaxed);
        }
    }

    /// Bytes are ready and the client takes none. True when that is new.
    pub(super) fn stall(&self) -> bool {
        if self.stalled.load(Relaxed) != NEVER {
            return false;
        }
        self.stalled.store(UNSTAMPED, Relaxed);
        if self.first_stall.load(Relaxed) == NEVER {
            self.first_stall.store(UNSTAMPED, Relaxed);
        }
        true
    }

    /// Nothing is under way any more on a connection of several requests.
    pub(super) fn rest(&self) {
        self.enter(Phase::Idle);
    }

    /// A frame has begun to arrive, or has arrived whole.
    pub(super) fn is_half(&self, is_half: bool) {
        self.half.store(if is_half { UNSTAMPED } else { NEVER }, Relaxed);
    }

    /// The head's or the body's time is over, and its reader shall say so.
    pub(super) fn set_late(&self) {
        self.late.store(1, Relaxed);
    }

    pub(super) fn is_late(&self) -> bool {
        self.late.load(Relaxed) != 0
    }

    /// Stamps what changed since the task last rested, and gives the next deadline; and the time, where it had to be asked for.
    pub(super) fn settle(&self) -> Option<(u64, Option<u64>)> {
        let mut asked = None;
        for moment in [&self.since, &self.stalled, &self.first_stall, &self.half] {
            if moment.load(Relaxed) == UNSTAMPED {
                moment.store(*asked.get_or_insert_with(|| self.now()), Relaxed);
            }
        }
        let phase = match self.phase() {
            Phase::Fresh | Phase::Head | Phase::Body => self.since.load(Relaxed).saturating_add(self.patience.read),
            Phase::Idle => self.since.load(Relaxed).saturating_add(self.patience.idle),
            Phase::Answering | Phase::Flushing => self.first_stall.load(Relaxed).saturating_add(self.patience.answer),
            Phase::Working | Phase::Streaming => NEVER,
        };
        let due = phase.min(self.stalled.load(Relaxed).saturating_add(self.patience.write));
        let due = due.min(self.half.load(Relaxed).saturating_add(self.patience.read));
        (due != NEVER).then_some((due, asked))
    }

    /// Milliseconds since the server began; never 0, which means [`UNSTAMPED`].
    pub(super) fn now(&self) -> u64 {
        self.born.elapsed().as_millis() as u64 + 1
    }

    /// The moment `ms` as the runtime counts.
    pub(super) fn at(&self, ms: u64) -> Instant {
        self.born + Duration::from_millis(ms - 1)
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase(), Phase::Fresh | Phase::Idle) && self.since.load(Relaxed) != UNSTAMPED
    }

    /// Since when it does nothing for which it must keep its place, and whether it is in the middle of something; `None` for one
    /// that must. First in order goes first: whoever is idle before whoever has been sending a request, or has left an answer
    /// unread, for longer than a client needs.
    pub(super) fn spare_since(&self) -> Option<(bool, u64)> {
        let since = self.since.load(Relaxed);
        let waits_since = match self.phase() {
            Phase::Fresh | Phase::Idle => return (since != UNSTAMPED).then_some((false, since)),
            Phase::Head | Phase::Body => since,
            Phase::Answering | Phase::Streaming | Phase::Flushing => self.stalled.load(Relaxed),
            Phase::Working => NEVER,
        };
        let is_long = waits_since != UNSTAMPED && self.now().saturating_sub(waits_since) >= self.patience.crowded;
        is_long.then_some((true, waits_since))
    }

    /// Since when the client takes nothing of what is ready for it; `None` while it does.
    pub(super) fn stalled_since(&self) -> Option<u64> {
        match self.stalled.load(Relaxed) {
            NEVER => None,
            UNSTAMPED => Some(self.now()),
            since => Some(since),
        }
    }

    /// Asks the connection's task for something; the stronger wish stays.
    pub(super) fn ask(&self, wish: Wish) {
        self.wish.fetch_max(wish as u8, Relaxed);
        self.waker.wake();
    }

    /// Takes a wish that has had its answer back.
    pub(super) fn withdraw(&self) {
        let _ = self.wish.compare_exchange(Wish::MakeRoom as u8, Wish::None as u8, Relaxed, Relaxed);
    }

    pub(super) fn wish(&self) -> Wish {
        match self.wish.load(Relaxed) {
            0 => Wish::None,
            1 => Wish::MakeRoom,
            2 => Wish::Finish,
            _ => Wish::Close,
        }
    }

    /// The task that answers wishes.
    pub(super) fn listens(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}
