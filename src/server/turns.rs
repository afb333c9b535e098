//! Turns on the cores. While more is ready than these can do, connections on which somebody outside asks are carried on in
//! turn, a few at a time, and wait for that asleep; so whoever is inside finds few before them among all that is ready to run. The
//! [door](super::door) has a request of those outside wait as well, but only once it was read.
//!
//! A turn never changes an answer, and nobody waits for it while the cores have time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::server::asker::Side;

/// So many of those outside have their turn at once, and as many of those of whom nothing is known yet: a few of these may be
/// buyers who come back on a new connection, and wait for no crowd that is known.
const AT_ONCE: usize = 8;

/// More than so many that are ready to run, beyond what each core has before it, are a crowd.
const FEW: usize = 32;

/// All turns.
pub(super) struct Turns {
    of_unknown: Arc<Semaphore>,
    of_outside: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Of what carries all connections on; nothing in a test without one.
    runtime: Option<RuntimeMetrics>,
}

/// One connection's.
#[derive(Default)]
pub(super) struct Turn(State);

#[derive(Default)]
enum State {
    #[default]
    None,
    Waits(Waits),
    /// It wakes itself, and takes its place behind those who are ready.
    Comes(OwnedSemaphorePermit),
}

struct Waits {
    permit: Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>,
    turns: Arc<Turns>,
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.turns.waiting.fetch_sub(1, Relaxed);
    }
}

impl Turns {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            of_unknown: Arc::new(Semaphore::new(AT_ONCE)),
            of_outside: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
            runtime: Handle::try_current().ok().map(|runtime| runtime.metrics()),
        })
    }

    /// Is more ready than the cores can do? As long as somebody waits there is.
    fn are_needed(&self) -> bool {
        let ready = || self.runtime.as_ref().is_some_and(|runtime| runtime.global_queue_depth() > FEW);
        self.waiting.load(Relaxed) > 0 || ready()
    }

    fn at_once(&self, side: Side) -> Arc<Semaphore> {
        if side == Side::Unknown { self.of_unknown.clone() } else { self.of_outside.clone() }
    }

    fn wait(self: &Arc<Self>, side: Side) -> Waits {
        self.waiting.fetch_add(1, Relaxed);
        let acquired = self.at_once(side).acquire_owned();
        Waits { permit: Box::pin(async move { acquired.await.ok() }), turns: self.clone() }
    }
}

impl Turn {
    /// Ready once a connection may be carried on: at once for whoever is inside, and while the cores have time. A turn ends when
    /// what is given is dropped.
    pub(super) fn poll(
        &mut self,
        turns: &Arc<Turns>,
        side: Side,
        cx: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        let is_under_way = !matches!(self.0, State::None);
        if is_under_way || (side != Side::Inside && turns.are_needed()) {
            self.poll_turn(turns, side, cx)
        } else {
            Poll::Ready(None)
        }
    }

    fn poll_turn(
        &mut self,
        turns: &Arc<Turns>,
        side: Side,
        cx: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        loop {
            match std::mem::take(&mut self.0) {
                State::None => match turns.at_once(side).try_acquire_owned() {
                    // Not at once: it would be done before any other is asked, and so nobody would ever wait.
                    Ok(permit) => {
                        self.0 = State::Comes(permit);
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    Err(_) => self.0 = State::Waits(turns.wait(side)),
                },
                State::Waits(mut waits) => {
                    let permit = waits.permit.as_mut().poll(cx);
                    if permit.is_pending() {
                        self.0 = State::Waits(waits);
                    }
                    return Poll::Ready(ready!(permit));
                }
                State::Comes(permit) => return Poll::Ready(Some(permit)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Polls once.
    fn look(turn: &mut Turn, turns: &Arc<Turns>) -> Poll<Option<OwnedSemaphorePermit>> {
        turn.poll_turn(turns, Side::Outside, &mut Context::from_waker(Waker::noop()))
    }

    fn is_under_way(turn: &Turn) -> bool {
        !matches!(turn.0, State::None)
    }

    #[test]
    fn a_few_have_their_turn_at_once_and_the_others_follow_in_order() {
        let turns = Turns::new();
        let mut crowd: Vec<_> = (0..100).map(|_| Turn::default()).collect();
        assert!(!turns.are_needed());
        assert!(crowd.iter_mut().all(|turn| look(turn, &turns).is_pending()), "nobody is carried on at once");
        assert!(turns.are_needed() && crowd.iter().all(is_under_way));
        for first in (0..100).step_by(AT_ONCE) {
            let look_again = |turn: &mut Turn| if is_under_way(turn) { look(turn, &turns) } else { Poll::Pending };
            let had: Vec<_> = crowd.iter_mut().map(look_again).collect();
            let expected: Vec<_> = (0..100).map(|at| (first..first + AT_ONCE).contains(&at)).collect();
            assert_eq!(had.iter().map(Poll::is_ready).collect::<Vec<_>>(), expected);
        }
        assert!(!turns.are_needed());
    }

    #[test]
    fn whoever_hangs_up_while_waiting_leaves_the_turn_to_the_next() {
        let turns = Turns::new();
        let mut crowd: Vec<_> = (0..AT_ONCE + 2).map(|_| Turn::default()).collect();
        crowd.iter_mut().for_each(|turn| assert!(look(turn, &turns).is_pending()));
        let mut last = crowd.pop();
        // All who have it, and one who waits.
        drop(crowd);
        assert!(last.as_mut().is_some_and(|turn| look(turn, &turns).is_ready()));
        assert!(!turns.are_needed());
    }

    #[test]
    fn whoever_is_inside_waits_for_no_turn() {
        let turns = Turns::new();
        let waits = |side| {
            let mut turn = Turn::default();
            turn.poll(&turns, side, &mut Context::from_waker(Waker::noop())).is_pending()
        };
        let all = || [Side::Outside, Side::Unknown, Side::Inside].map(waits);
        assert_eq!(all(), [false; 3], "there is no crowd");
        let mut crowd: Vec<_> = (0..=AT_ONCE).map(|_| Turn::default()).collect();
        crowd.iter_mut().for_each(|turn| assert!(look(turn, &turns).is_pending()));
        assert_eq!(all(), [true, true, false]);
    }

    #[test]
    fn who_comes_anew_waits_for_no_crowd_that_is_known() {
        let turns = Turns::new();
        let mut crowd: Vec<_> = (0..100).map(|_| Turn::default()).collect();
        crowd.iter_mut().for_each(|turn| assert!(look(turn, &turns).is_pending()));
        let mut turn = Turn::default();
        let mut look = || turn.poll(&turns, Side::Unknown, &mut Context::from_waker(Waker::noop()));
        assert!(look().is_pending() && look().is_ready(), "behind those who are ready, and no further");
    }
}
