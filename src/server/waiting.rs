//! Waiting for a place when there is none. While all are taken whoever accepts waits, as everybody who comes would: nobody
//! could have one. A client that has its share waits for its own and holds up nobody else: a few of its connections at a
//! time, in tasks of their own, and each for a bounded time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::server::asker::Asker;
use crate::server::places::{Client, Connection, Full, Place, Places};

/// Between looks for a place.
const PAUSE: Duration = Duration::from_millis(100);

/// Whoever waits for its own client's asks one that can be spared, and after so many looks another: the first may have been busy
/// again, or on a busy machine needs its time to hear of it.
const LOOKS_AN_ASK: usize = 10;

/// A connection that came.
pub(super) enum Comer {
    /// It has its place.
    In(Place),
    /// Its client has its share.
    Waits(Waits),
}

/// Until one of the client's own connections ends.
pub(super) struct Waits {
    places: Arc<Places>,
    client: Arc<Client>,
    _counted: [OwnedSemaphorePermit; 2],
}

impl Places {
    /// A connection from this address: waits while all places are taken. None for one too many of a client that has its
    /// share.
    pub(super) async fn come(self: &Arc<Self>, from: IpAddr) -> Option<Comer> {
        loop {
            match self.take(from) {
                Ok(place) => return Some(Comer::In(place)),
                Err(Full::Share(client)) => return self.wait(client).map(Comer::Waits),
                Err(full) => self.look_again(&full, true).await,
            }
        }
    }

    fn wait(self: &Arc<Self>, client: Arc<Client>) -> Option<Waits> {
        let _counted = [client.waiting.begin()?, self.waiting.begin()?];
        Some(Waits { places: self.clone(), client, _counted })
    }

    /// A place for this client as soon as there is one; none where that takes too long.
    async fn take_in_time(self: &Arc<Self>, client: IpAddr, asker: &Arc<Asker>) -> Option<Place> {
        let taken = async {
            let mut looks = 0;
            loop {
                match self.take_for(client, asker.clone()) {
                    Ok(place) => return place,
                    Err(full) => self.look_again(&full, looks % LOOKS_AN_ASK == 0).await,
                }
                looks += 1;
            }
        };
        timeout(self.limits.refusal_patience, taken).await.ok()
    }

    /// Resolves when a place has been freed, or a moment later; `asks` a connection that can be spared to go before.
    async fn look_again(&self, full: &Full, asks: bool) {
        if asks {
            self.make_room(full);
        }
        let freed = match full {
            Full::All => &self.freed,
            Full::Share(client) => &client.freed,
        };
        let _ = timeout(PAUSE, freed.notified()).await;
    }
}

impl Connection {
    /// One more place of the same client, for what is asked on this connection beside something else: a request on HTTP/2 counts
    /// as a connection of its own. None where none comes free in time.
    pub(super) async fn take_another(&self) -> Option<Place> {
        self.places.take_in_time(self.client.address, &self.asker).await
    }
}

impl Waits {
    /// The place, or none in time; and none once the office stops, when nobody would ask the connection to finish.
    pub(super) async fn place(self) -> Option<Place> {
        let (places, client) = (&self.places, self.client.address);
        let place = places.take_in_time(client, &places.asker(client)).await?;
        (!places.waiting.is_closed()).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use futures_util::FutureExt;
    use futures_util::future::join_all;

    use super::*;
    use crate::config::Limits;
    use crate::server::places::{MOST_WAITING as MOST, MOST_WAITING_OF_CLIENT as MOST_OF_CLIENT};
    use crate::server::pulse::Wish;

    const GREEDY: [u8; 4] = [192, 0, 2, 1];

    async fn come(places: &Arc<Places>, from: [u8; 4]) -> Option<Comer> {
        // Polled once: whoever accepts must not have to wait.
        places.come(from.into()).now_or_never().expect("whoever accepts goes on")
    }

    fn places(connections: usize, connections_per_client: usize) -> Arc<Places> {
        let refusal_patience = PAUSE.mul_f32(2.5);
        Places::new(&Limits { connections, connections_per_client, refusal_patience, ..Limits::default() }, &[])
    }

    async fn waits(places: &Arc<Places>, from: [u8; 4]) -> Waits {
        match come(places, from).await {
            Some(Comer::Waits(waits)) => waits,
            Some(Comer::In(_)) => panic!("its client has its share"),
            None => panic!("one more may wait"),
        }
    }

    async fn comes_in(places: &Arc<Places>, from: [u8; 4]) -> Place {
        let Some(Comer::In(place)) = come(places, from).await else { panic!("there is a place") };
        place
    }

    #[tokio::test]
    async fn a_client_that_has_its_share_holds_up_nobody_and_few_of_its_own_wait() {
        let places = places(100, 2);
        let (ends, stays) = (comes_in(&places, GREEDY).await, comes_in(&places, GREEDY).await);
        let mut line = Vec::new();
        for _ in 0..MOST_OF_CLIENT {
            line.push(waits(&places, GREEDY).await);
        }
        assert!(come(&places, GREEDY).await.is_none(), "one too many is refused at once");
        for other in 2..40 {
            drop(comes_in(&places, [192, 0, 2, other]).await);
        }
        // One that ends makes room for one of them; the others hear in a bounded time that there is none.
        drop(ends);
        let found = join_all(line.into_iter().map(Waits::place)).await;
        assert_eq!(found.iter().flatten().count(), 1);
        drop((found, stays));
        assert_eq!(places.taken(), (0, 0));
        drop(comes_in(&places, GREEDY).await);
    }

    #[tokio::test]
    async fn those_who_wait_have_a_bound_in_all_and_get_nothing_once_the_office_stops() {
        let places = places(100, 1);
        let (mut held, mut line) = (Vec::new(), Vec::new());
        for client in 0..=MOST / MOST_OF_CLIENT {
            let from = [192, 0, 2, u8::try_from(client).expect("few")];
            held.push(comes_in(&places, from).await);
            for _ in 0..if client < MOST / MOST_OF_CLIENT { MOST_OF_CLIENT } else { 0 } {
                line.push(waits(&places, from).await);
            }
        }
        let last = u8::try_from(MOST / MOST_OF_CLIENT).expect("few");
        assert!(come(&places, [192, 0, 2, last]).await.is_none(), "all who may wait do");
        places.ask_all(Wish::Finish);
        drop(held);
        let found = join_all(line.into_iter().map(Waits::place)).await;
        assert!(found.iter().all(Option::is_none));
        assert_eq!(places.taken(), (0, 0));
    }

    #[tokio::test]
    async fn one_goes_for_one_that_waits_however_long_it_takes() {
        // More than are looked at at a time.
        let places = places(4000, 3000);
        let mut idle = Vec::new();
        for _ in 0..3000 {
            idle.push(comes_in(&places, GREEDY).await);
        }
        idle.iter().for_each(|place| assert!(place.connection.pulse.settle().is_some()));
        let waits = waits(&places, GREEDY).await;
        assert!(waits.place().await.is_none(), "nobody went");
        let asked = idle.iter().filter(|place| place.connection.pulse.wish() == Wish::MakeRoom).count();
        assert_eq!(asked, 1);
    }

    #[tokio::test]
    async fn nobody_else_goes_for_a_client_that_has_its_share() {
        let places = places(3, 2);
        let other = comes_in(&places, [192, 0, 2, 2]).await;
        let _own = [comes_in(&places, GREEDY).await, comes_in(&places, GREEDY).await];
        // It is idle, and for longest.
        other.connection.pulse.settle();
        let _waits = waits(&places, GREEDY).await;
        assert_eq!(other.connection.pulse.wish(), Wish::None);
    }
}
