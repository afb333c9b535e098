//! Whose password is hashed next. Clients take turns, so that nobody's crowd stands before another's one log-in; and a
//! client has only a part of the places to wait.
//!
//! A place in the wait and a place at work are values, each owned by what it bounds: whoever asked may be gone at any await,
//! and then the place comes back by itself, while a hash that runs on keeps its own until it is done.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::config::Limits;

/// What is known of a hash's duration moves by an eighth towards each new one.
const EIGHTH: u32 = 8;

/// All hashers and all who wait for one.
pub(super) struct Hashers {
    at_once: usize,
    most: usize,
    most_of_client: usize,
    turns: Mutex<Turns>,
}

struct Turns {
    at_work: usize,
    /// The clients who wait, in the order of their turns.
    order: VecDeque<IpAddr>,
    waiting: HashMap<IpAddr, VecDeque<Waiting>>,
    count: usize,
    last_ticket: u64,
    /// How long a hash takes.
    takes: Duration,
}

struct Waiting {
    ticket: u64,
    tell: oneshot::Sender<Hasher>,
}

/// A place at work; free for the next when dropped.
pub(super) struct Hasher {
    of: Option<Arc<Hashers>>,
    began: Stopwatch,
}

/// A place in the wait; free again when dropped.
struct Wait {
    of: Arc<Hashers>,
    client: IpAddr,
    ticket: u64,
}

/// There is no place to wait; in about so many seconds there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy {
    pub(super) seconds: u32,
}

impl Hashers {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let turns = Turns {
            at_work: 0,
            order: VecDeque::new(),
            waiting: HashMap::new(),
            count: 0,
            last_ticket: 0,
            takes: Duration::from_millis(50),
        };
        Arc::new(Self {
            at_once: limits.password_hashers,
            most: limits.password_queue,
            most_of_client: limits.password_queue_per_client,
            turns: Mutex::new(turns),
        })
    }

    /// A hasher, when it is this client's turn.
    ///
    /// # Errors
    /// [`Busy`] when too many wait already.
    pub(super) async fn take(self: &Arc<Self>, client: IpAddr) -> Result<Hasher, Busy> {
        let (_place, told) = {
            let mut turns = self.turns.lock();
            if turns.at_work < self.at_once {
                turns.at_work += 1;
                return Ok(Hasher::of(self));
            }
            let own = turns.waiting.get(&client).map_or(0, VecDeque::len);
            if turns.count >= self.most || own >= self.most_of_client {
                return Err(self.busy(&turns, own));
            }
            turns.last_ticket += 1;
            let ticket = turns.last_ticket;
            let (tell, told) = oneshot::channel();
            turns.wait(client, Waiting { ticket, tell });
            (Wait { of: self.clone(), client, ticket }, told)
        };
        told.await.map_err(|_| Busy { seconds: 1 })
    }

    /// In each round every client has one turn.
    fn busy(&self, turns: &Turns, own: usize) -> Busy {
        let ahead = if own == 0 { turns.count } else { own * turns.order.len() };
        let wait = turns.takes * u32::try_from(ahead.div_ceil(self.at_once.max(1))).unwrap_or(u32::MAX);
        Busy { seconds: u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1) }
    }

    /// How many more may wait, and how many more may be hashed now.
    pub(super) fn free_places(&self) -> (usize, usize) {
        let turns = self.turns.lock();
        (self.most - turns.count, self.at_once - turns.at_work)
    }

    /// Hands a place at work that has become free on to whose turn it is.
    fn hand_on(self: &Arc<Self>, took: Duration) {
        self.turns.lock().learn(took);
        loop {
            let next = {
                let mut turns = self.turns.lock();
                let next = turns.next();
                if next.is_none() {
                    turns.at_work -= 1;
                }
                next
            };
            let Some(next) = next else { return };
            // Without the lock: what is not taken comes back here.
            match next.tell.send(Hasher::of(self)) {
                Ok(()) => return,
                Err(mut refused) => refused.of = None,
            }
        }
    }
}

impl Turns {
    fn wait(&mut self, client: IpAddr, waiting: Waiting) {
        let of_client = self.waiting.entry(client).or_default();
        if of_client.is_empty() {
            self.order.push_back(client);
        }
        of_client.push_back(waiting);
        self.count += 1;
    }

    fn next(&mut self) -> Option<Waiting> {
        let client = self.order.pop_front()?;
        let of_client = self.waiting.get_mut(&client)?;
        let next = of_client.pop_front();
        if of_client.is_empty() {
            self.waiting.remove(&client);
        } else {
            self.order.push_back(client);
        }
        self.count -= usize::from(next.is_some());
        next
    }

    fn leave(&mut self, client: IpAddr, ticket: u64) {
        let Some(of_client) = self.waiting.get_mut(&client) else { return };
        let before = of_client.len();
        of_client.retain(|waiting| waiting.ticket != ticket);
        self.count -= before - of_client.len();
        if of_client.is_empty() {
            self.waiting.remove(&client);
            self.order.retain(|waits| *waits != client);
        }
    }

    fn learn(&mut self, took: Duration) {
        self.takes = (self.takes * (EIGHTH - 1) + took) / EIGHTH;
    }
}

impl Hasher {
    fn of(hashers: &Arc<Hashers>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "measures how long a hash takes")]
        let began = Stopwatch::now();
        Self { of: Some(hashers.clone()), began }
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        if let Some(hashers) = self.of.take() {
            hashers.hand_on(self.began.elapsed());
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.of.turns.lock().leave(self.client, self.ticket);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::panic)]
    use std::task::Poll;

    use futures_util::future::BoxFuture;
    use futures_util::{FutureExt, poll};

    use super::*;

    fn client(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn hashers(most: usize, most_of_client: usize) -> Arc<Hashers> {
        Hashers::new(&Limits {
            password_hashers: 1,
            password_queue: most,
            password_queue_per_client: most_of_client,
            ..Limits::default()
        })
    }

    #[tokio::test]
    async fn clients_take_turns() {
        let hashers = hashers(100, 100);
        let mut at_work = hashers.take(client(0)).await.ok();
        let mut waiting: Vec<(u8, BoxFuture<'_, _>)> = Vec::new();
        // A crowd of one client first, then one log-in each of two others.
        for of in [1, 1, 1, 1, 2, 3] {
            let mut take = hashers.take(client(of)).boxed();
            assert!(poll!(&mut take).is_pending());
            waiting.push((of, take));
        }
        let mut order = Vec::new();
        while !waiting.is_empty() {
            drop(at_work.take());
            for place in 0..waiting.len() {
                if let Poll::Ready(hasher) = poll!(&mut waiting[place].1) {
                    at_work = hasher.ok();
                    order.push(waiting.remove(place).0);
                    break;
                }
            }
        }
        assert_eq!(order, [1, 2, 3, 1, 1, 1]);
        drop(at_work);
        assert_eq!(hashers.free_places(), (100, 1));
    }

    #[tokio::test]
    async fn a_client_has_a_part_of_the_places_and_whoever_is_gone_gives_back_its_own() {
        let hashers = hashers(3, 2);
        let at_work = hashers.take(client(0)).await.ok();
        let mut waiting: Vec<_> = [1, 1].into_iter().map(|of| hashers.take(client(of)).boxed()).collect();
        for take in &mut waiting {
            assert!(poll!(take).is_pending());
        }
        assert!(hashers.take(client(1)).await.is_err(), "it has its part");
        let mut other = hashers.take(client(2)).boxed();
        assert!(poll!(&mut other).is_pending());
        let busy = hashers.take(client(3)).await.err().expect("all places are taken");
        assert_eq!(busy.seconds, 1);
        drop(waiting);
        assert_eq!(hashers.free_places(), (2, 0));
        // Told that it is its turn, and gone before it heard so.
        drop(at_work);
        drop(other);
        assert_eq!(hashers.free_places(), (3, 1));
    }
}
