//! The places for connections: how many there are in all and for one client, who holds them, and who goes first when
//! there is none left. A place is a value that its connection's task owns; it is free again when that is dropped.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::config::Limits;
use crate::network::{Network, client_of};
use crate::server::asker::{Asker, Side};
use crate::server::ledger::{Ledger, Taken};
use crate::server::pulse::{Pulse, Wish};
use crate::server::turns::Turns;

/// So many places are looked at for whoever goes first: a look at all of 50,000 would hold up a thread.
const SAMPLE: usize = 1024;

/// Connections that wait for a place of their own client's; each keeps a descriptor meanwhile.
pub(super) const MOST_WAITING: usize = 64;

/// Of one client.
pub(super) const MOST_WAITING_OF_CLIENT: usize = 8;

/// What is known of a connection beyond its own task.
pub(super) struct Connection {
    pub(super) pulse: Pulse,
    /// Bytes of answers that were handed over and have not left.
    pub(super) owed: AtomicUsize,
    pub(super) asker: Arc<Asker>,
    pub(super) client: Arc<Client>,
    pub(super) places: Arc<Places>,
}

/// Everything that comes from one address, or from one IPv6 network: what one household or machine is given.
pub(super) struct Client {
    pub(super) address: IpAddr,
    unread: Arc<Ledger>,
    owed: Arc<Ledger>,
    pub(super) freed: Notify,
    pub(super) waiting: Waiting,
}

/// All places.
pub(super) struct Places {
    pub(super) limits: Limits,
    proxies: Vec<Network>,
    born: Instant,
    unread: Arc<Ledger>,
    owed: Arc<Ledger>,
    held: Mutex<Held>,
    pub(super) freed: Notify,
    pub(super) waiting: Waiting,
    turns: Arc<Turns>,
}

#[derive(Default)]
struct Held {
    slots: Vec<Option<Arc<Connection>>>,
    free: Vec<usize>,
    /// Those who have a place, and how many.
    clients: HashMap<IpAddr, (Arc<Client>, usize)>,
    /// Where the next sample begins.
    next: usize,
}

/// How many more may wait.
pub(super) struct Waiting(Arc<Semaphore>);

/// Why there is no place.
pub(super) enum Full {
    /// All are taken.
    All,
    /// This client has its share.
    Share(Arc<Client>),
}

/// A place; free again when dropped.
pub(super) struct Place {
    pub(super) connection: Arc<Connection>,
    slot: usize,
}

impl Places {
    /// `proxies` speak for many clients and have no share.
    pub(super) fn new(limits: &Limits, proxies: &[Network]) -> Arc<Self> {
        Arc::new(Self {
            proxies: proxies.to_vec(),
            born: Instant::now(),
            unread: Ledger::new(limits.unread_bytes),
            owed: Ledger::new(limits.owed_bytes),
            limits: limits.clone(),
            held: Mutex::default(),
            freed: Notify::new(),
            waiting: Waiting::of(MOST_WAITING),
            turns: Turns::new(),
        })
    }

    /// A place for a connection from this address.
    pub(super) fn take(self: &Arc<Self>, from: IpAddr) -> Result<Place, Full> {
        let client = client_of(from);
        self.take_for(client, self.asker(client))
    }

    /// For a connection on which nobody has asked yet.
    pub(super) fn asker(&self, client: IpAddr) -> Arc<Asker> {
        Asker::new(if self.speaks_for_many(client) { Side::Inside } else { Side::Unknown })
    }

    pub(super) fn take_for(self: &Arc<Self>, address: IpAddr, asker: Arc<Asker>) -> Result<Place, Full> {
        let mut held = self.held.lock();
        // First: nobody else has to go for a client that could not take the place.
        if let Some((client, _)) = held.clients.get(&address).filter(|(_, has)| *has >= self.share(address)) {
            return Err(Full::Share(client.clone()));
        }
        if held.open() >= self.limits.connections {
            return Err(Full::All);
        }
        let (client, has) = held.clients.entry(address).or_insert_with(|| (Arc::new(self.client(address)), 0));
        *has += 1;
        let connection = Arc::new(Connection {
            pulse: Pulse::new(&self.limits, self.born),
            owed: AtomicUsize::new(0),
            asker,
            client: client.clone(),
            places: self.clone(),
        });
        let slot = held.free.pop().unwrap_or_else(|| {
            held.slots.push(None);
            held.slots.len() - 1
        });
        held.slots[slot] = Some(connection.clone());
        Ok(Place { connection, slot })
    }

    fn share(&self, address: IpAddr) -> usize {
        if self.speaks_for_many(address) { usize::MAX } else { self.limits.connections_per_client }
    }

    /// Behind this machine's own address stands the venue's own front end.
    fn speaks_for_many(&self, address: IpAddr) -> bool {
        is_this_machine(address) || self.proxies.iter().any(|proxies| proxies.contains(address))
    }

    fn client(&self, address: IpAddr) -> Client {
        let part = |all: usize| if self.speaks_for_many(address) { all } else { all / self.limits.byte_shares.max(1) };
        let (unread, owed) = (part(self.limits.unread_bytes), part(self.limits.owed_bytes));
        let (unread, owed) = (Ledger::new(unread), Ledger::new(owed));
        Client { address, unread, owed, freed: Notify::new(), waiting: Waiting::of(MOST_WAITING_OF_CLIENT) }
    }

    /// Asks the connection that can best be spared to make room, if any can: the longest idle of all, else the one that has
    /// kept the office waiting for longest; or the longest idle of the client's own.
    pub(super) fn make_room(&self, full: &Full) {
        let of = match full {
            Full::All => None,
            Full::Share(client) => Some(client.address),
        };
        let mut held = self.held.lock();
        let spare = held.sample(of).filter_map(|connection| Some((connection.pulse.spare_since()?, connection)));
        // A client that has its share waits for its own requests.
        let spare = spare.filter(|((is_busy, _), _)| of.is_none() || !is_busy);
        let first = spare.min_by_key(|(since, _)| *since).map(|(_, connection)| connection.clone());
        drop(held);
        if let Some(connection) = first {
            connection.pulse.ask(Wish::MakeRoom);
        }
    }

    /// Closes the connection whose client has read nothing for longest: of this client if it owes more than its share.
    fn relieve(&self, client: &Client) {
        let of = client.owed.is_over().then_some(client.address);
        let mut held = self.held.lock();
        let longest = held.sample(of).filter_map(|connection| Some((connection.pulse.stalled_since()?, connection)));
        let longest = longest.min_by_key(|(since, _)| *since).map(|(_, connection)| connection.clone());
        drop(held);
        if let Some(connection) = longest {
            tracing::debug!(client = %connection.client.address, "too many bytes wait to be read; a connection is closed");
            connection.pulse.ask(Wish::Close);
        }
    }

    /// How many are taken, and by how many clients.
    pub(super) fn taken(&self) -> (usize, usize) {
        let held = self.held.lock();
        (held.open(), held.clients.len())
    }

    /// How many bytes of bodies are not whole, and how many of answers are left unread.
    pub(super) fn bytes(&self) -> [usize; 2] {
        [self.unread.taken(), self.owed.taken()]
    }

    /// Asks all connections. Whoever waits for a place of its client's gets none from now on.
    pub(super) fn ask_all(&self, wish: Wish) {
        self.waiting.close();
        let held = self.held.lock();
        held.slots.iter().flatten().for_each(|connection| connection.pulse.ask(wish));
    }

    /// Resolves when all places are free.
    pub(super) async fn empty(&self) {
        while self.held.lock().open() > 0 {
            self.freed.notified().await;
        }
    }
}

impl Waiting {
    fn of(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// One more waits, until what is given is dropped; nothing where that is too many.
    pub(super) fn begin(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }

    /// Whoever waits from now on gets nothing.
    fn close(&self) {
        self.0.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl Held {
    fn open(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Some of the connections, others each time.
    fn sample(&mut self, of: Option<IpAddr>) -> impl Iterator<Item = &Arc<Connection>> {
        let (all, from) = (self.slots.len(), self.next);
        self.next = if all == 0 { 0 } else { (from + SAMPLE) % all };
        let slots = &self.slots;
        let some = (0..all.min(SAMPLE)).filter_map(move |at| slots[(from + at) % all].as_ref());
        some.filter(move |connection| of.is_none_or(|of| connection.client.address == of))
    }
}

impl Connection {
    /// To count a body that is not whole yet.
    pub(super) fn unread(&self) -> Taken {
        Taken::nothing(&self.places.unread, &self.client.unread)
    }

    /// To count what the client leaves unread.
    pub(super) fn owing(&self) -> Taken {
        Taken::nothing(&self.places.owed, &self.client.owed)
    }

    /// Too many bytes wait to be read: somebody has to go.
    pub(super) fn relieve(&self) {
        self.places.relieve(&self.client);
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.places.limits
    }

    /// How long an answer waits before it leaves: nothing, but for those who go on asking for too much.
    pub(super) fn waits(&self, is_too_much: bool) -> Option<Duration> {
        self.asker.waits(is_too_much, self.places.limits.refusal_patience)
    }

    /// Notes from where it is asked on this connection. Where many ask on one, nobody is taken for another.
    pub(super) fn set_side(&self, side: Side) {
        if side == Side::Inside || !self.places.speaks_for_many(self.client.address) {
            self.asker.set_side(side);
        }
    }

    /// Notes what is known of one who asked, where that is the first that is known or better than it: others may ask on the
    /// same connection, and one of them may be inside.
    pub(super) fn suppose(&self, is_inside: bool) {
        if is_inside || self.side() == Side::Unknown {
            self.set_side(Side::of(is_inside));
        }
    }

    /// Notes that an answer goes out; `denies` says that the credential was none.
    pub(super) fn answered(&self, denies: bool) {
        if denies {
            self.set_side(Side::Outside);
        } else {
            self.asker.answered();
        }
    }

    pub(super) fn side(&self) -> Side {
        self.asker.side()
    }

    pub(super) fn turns(&self) -> &Arc<Turns> {
        &self.places.turns
    }

    /// `bytes` of an answer were handed over for sending.
    pub(super) fn owe(&self, bytes: usize) {
        // Only the connection's own task changes it, so no addition is lost.
        self.owed.store(self.owed.load(Ordering::Relaxed).saturating_add(bytes), Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let places = &self.connection.places;
        let mut held = places.held.lock();
        held.slots[self.slot] = None;
        held.free.push(self.slot);
        if let std::collections::hash_map::Entry::Occupied(mut entry) =
            held.clients.entry(self.connection.client.address)
        {
            entry.get_mut().1 -= 1;
            if entry.get().1 == 0 {
                entry.remove();
            }
        }
        drop(held);
        self.connection.client.freed.notify_one();
        places.freed.notify_one();
    }
}

fn is_this_machine(address: IpAddr) -> bool {
    address == IpAddr::from([127, 0, 0, 1]) || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn places_are_shared_by_networks_and_free_again_when_dropped() {
        let limits = Limits { connections: 3, connections_per_client: 2, ..Limits::default() };
        let places = Places::new(&limits, &[]);
        let take = |from: &str| places.take(address(from)).ok();
        let first = take("2001:db8::1").expect("a place");
        let second = take("2001:db8::ffff:1").expect("a place");
        let third = places.take(address("2001:db8::2"));
        assert!(matches!(third, Err(Full::Share(_))), "one /64 is one client");
        let third = take("::ffff:192.0.2.1").expect("a place");
        assert!(matches!(places.take(address("192.0.2.2")), Err(Full::All)));
        drop(first);
        let fourth = take("192.0.2.1").expect("the freed place");
        assert!(matches!(places.take(address("192.0.2.2")), Err(Full::All)));
        assert!(matches!(places.take(address("192.0.2.1")), Err(Full::Share(_))), "its own share counts first");
        drop((second, third, fourth));
        assert_eq!(places.taken(), (0, 0));
    }

    #[test]
    fn this_machine_and_proxies_have_no_share() {
        let places = Places::new(
            &Limits { connections: 3, connections_per_client: 1, ..Limits::default() },
            &["192.0.2.0/24".parse().expect("a network")],
        );
        let _held: Vec<_> = ["127.0.0.1", "192.0.2.1", "192.0.2.1"]
            .map(|from| places.take(address(from)).ok().expect("a place"))
            .into();
        assert!(matches!(places.take(address("127.0.0.2")), Err(Full::All)));
    }

    #[test]
    fn nobody_is_known_at_first_and_nobody_is_taken_for_another() {
        let proxy = "192.0.2.0/24".parse().expect("a network");
        let places = Places::new(&Limits::default(), &[proxy]);
        let place = |from: &str| places.take(address(from)).ok().expect("a place");
        let (buyer, proxied) = (place("198.51.100.1"), place("192.0.2.1"));
        let sides = || (buyer.connection.side(), proxied.connection.side());
        assert_eq!(sides(), (Side::Unknown, Side::Inside));
        for side in [Side::Inside, Side::Outside] {
            buyer.connection.set_side(side);
            proxied.connection.set_side(side);
            assert_eq!(sides(), (side, Side::Inside));
        }
        buyer.connection.suppose(true);
        buyer.connection.suppose(false);
        assert_eq!(sides(), (Side::Inside, Side::Inside), "who waits for another concert stays inside this one");
        buyer.connection.answered(false);
        assert_eq!(sides(), (Side::Inside, Side::Inside));
        for connection in [&buyer.connection, &proxied.connection] {
            connection.answered(true);
        }
        assert_eq!(sides(), (Side::Outside, Side::Inside));
    }
}
