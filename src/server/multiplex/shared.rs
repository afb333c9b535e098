//! What the requests of one HTTP/2 connection have in common: how many there are, which of them is overdue, and how often their
//! client cut them off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::server::places::Connection;
use crate::server::pulse::{Phase, Wish};

/// Requests that a client may cut off before their answer is whole; each whole answer makes one good. Beyond it somebody asks only
/// to make work.
const MOST_CUT: u32 = 64;

/// All that is under way on a connection. Only the connection's own task changes it.
pub(super) struct Shared {
    pub(super) connection: Arc<Connection>,
    exchanges: Mutex<Vec<Arc<Connection>>>,
    /// Requests that have come and are not done, those among them that still look for their place.
    under_way: AtomicU32,
    cut: AtomicU32,
}

/// A request that has come. It is done with this.
pub(super) struct UnderWay(Arc<Shared>);

/// What the deadlines of all requests come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// The next is then, if there is any.
    Next(Option<u64>),
    /// A client was too slow in something that cannot be told apart from the connection, or its place is needed.
    Over,
}

impl Shared {
    pub(super) fn new(connection: Arc<Connection>) -> Arc<Self> {
        let (exchanges, under_way, cut) = (Mutex::default(), AtomicU32::new(0), AtomicU32::new(0));
        Arc::new(Self { connection, exchanges, under_way, cut })
    }

    /// A request has come.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        if self.under_way.fetch_add(1, Relaxed) == 0 {
            self.connection.pulse.work();
        }
        UnderWay(self.clone())
    }

    pub(super) fn is_idle(&self) -> bool {
        self.under_way.load(Relaxed) == 0
    }

    pub(super) fn add(&self, exchange: &Arc<Connection>) {
        self.exchanges.lock().push(exchange.clone());
    }

    pub(super) fn remove(&self, exchange: &Arc<Connection>, is_whole: bool) {
        self.exchanges.lock().retain(|one| !Arc::ptr_eq(one, exchange));
        let cut = self.cut.load(Relaxed);
        self.cut.store(if is_whole { cut.saturating_sub(1) } else { cut.saturating_add(1) }, Relaxed);
    }

    /// The client has cut off more than anybody needs to.
    pub(super) fn is_cut_too_often(&self) -> bool {
        self.cut.load(Relaxed) > MOST_CUT
    }

    /// Looks at the deadlines and wishes of all requests. One whose body is late is told so; whoever does not take its answer
    /// loses the connection.
    pub(super) fn settle(&self) -> Settled {
        let (now, mut next) = (self.connection.pulse.now(), None::<u64>);
        for pulse in self.exchanges.lock().iter().map(|exchange| &exchange.pulse) {
            let is_answering = matches!(pulse.phase(), Phase::Answering | Phase::Streaming | Phase::Flushing);
            match pulse.wish() {
                Wish::Close if is_answering => return Settled::Over,
                Wish::MakeRoom if is_answering && pulse.spare_since().is_some() => return Settled::Over,
                Wish::MakeRoom if is_answering => pulse.withdraw(),
                // A request that is not answered yet hears it itself.
                Wish::None | Wish::MakeRoom | Wish::Finish | Wish::Close => {}
            }
            match pulse.settle().map(|(due, _)| due) {
                Some(due) if due > now => next = Some(next.map_or(due, |next| next.min(due))),
                Some(_) if pulse.phase() == Phase::Body && !pulse.is_late() => {
                    pulse.set_late();
                    // Its reader looks again.
                    pulse.ask(Wish::None);
                }
                Some(_) if pulse.phase() == Phase::Body => {}
                Some(_) => return Settled::Over,
                None => {}
            }
        }
        Settled::Next(next)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Relaxed) == 1 {
            self.0.connection.pulse.rest();
        }
    }
}
