//! The places for connections: how many there are in all and for one client, who holds them, and who goes first when
//! there is none left. A place is a value that its connection's task owns; it is free again when that is dropped.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::config::Limits;
use crate::network::{Network, client_of};
use crate::server::ledger::{Ledger, Taken};
use crate::server::pulse::{Pulse, Wish};

/// So many places are looked at for whoever goes first: a look at all of 50,000 would hold up a thread.
const SAMPLE: usize = 1024;

/// The second refusal in a row waits so long, each further one twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Between looks for a place.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// More are not counted.
const MOST_REFUSED: u32 = 16;

/// What is known of a connection beyond its own task.
pub(super) struct Connection {
    pub(super) pulse: Pulse,
    /// Bytes of answers that were handed over and have not left.
    pub(super) owed: AtomicUsize,
    /// Requests that were refused because they were too many; half of them are forgotten with each that was not.
    refused: Arc<AtomicU32>,
    client: Arc<Client>,
    places: Arc<Places>,
}

/// Everything that comes from one address, or from one IPv6 network: what one household or machine is given.
struct Client {
    address: IpAddr,
    unread: Arc<Ledger>,
    owed: Arc<Ledger>,
}

/// All places.
pub(super) struct Places {
    pub(super) limits: Limits,
    proxies: Vec<Network>,
    born: Instant,
    unread: Arc<Ledger>,
    owed: Arc<Ledger>,
    held: Mutex<Held>,
    freed: Notify,
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

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// All are taken.
    All,
    /// This client has its share.
    Share,
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
        })
    }

    /// A place for a connection from this address.
    pub(super) fn take(self: &Arc<Self>, from: IpAddr) -> Result<Place, Full> {
        self.take_for(client_of(from), Arc::default())
    }

    fn take_for(self: &Arc<Self>, address: IpAddr, refused: Arc<AtomicU32>) -> Result<Place, Full> {
        let mut held = self.held.lock();
        if held.open() >= self.limits.connections {
            return Err(Full::All);
        }
        let has = held.clients.get(&address).map_or(0, |(_, has)| *has);
        if has >= self.share(address) {
            return Err(Full::Share);
        }
        let (client, has) = held.clients.entry(address).or_insert_with(|| (Arc::new(self.client(address)), 0));
        *has += 1;
        let connection = Arc::new(Connection {
            pulse: Pulse::new(&self.limits, self.born),
            owed: AtomicUsize::new(0),
            refused,
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
        Client { address, unread: Ledger::new(unread), owed: Ledger::new(owed) }
    }

    /// Asks the connection that can best be spared to make room: the longest idle of all, else the one that has kept
    /// the office waiting for longest; or the longest idle of the client's own. False when none can be spared.
    pub(super) fn make_room(&self, full: Full, of: IpAddr) -> bool {
        let of = (full == Full::Share).then(|| client_of(of));
        let mut held = self.held.lock();
        let spare = held.sample(of).filter_map(|connection| Some((connection.pulse.spare_since()?, connection)));
        // A client that has its share waits for its own requests.
        let spare = spare.filter(|((is_busy, _), _)| full == Full::All || !is_busy);
        let first = spare.min_by_key(|(since, _)| *since).map(|(_, connection)| connection.clone());
        drop(held);
        if let Some(connection) = &first {
            connection.pulse.ask(Wish::MakeRoom);
        }
        first.is_some()
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

    /// Asks all connections.
    pub(super) fn ask_all(&self, wish: Wish) {
        let held = self.held.lock();
        held.slots.iter().flatten().for_each(|connection| connection.pulse.ask(wish));
    }

    /// Resolves when a place has been freed since the last look.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Resolves when all places are free.
    pub(super) async fn empty(&self) {
        while self.held.lock().open() > 0 {
            self.freed.notified().await;
        }
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
    /// One more place of the same client, for what is asked on this connection beside something else: a request on HTTP/2 counts as
    /// a connection of its own. None where none comes free in time.
    pub(super) async fn take_another(&self) -> Option<Place> {
        let take = || self.places.take_for(self.client.address, self.refused.clone());
        // Most find one at once, and need no alarm.
        if let Ok(place) = take() {
            return Some(place);
        }
        let taken = async {
            loop {
                match take() {
                    Ok(place) => return place,
                    Err(full) => self.places.make_room(full, self.client.address),
                };
                let _ = timeout(PAUSE, self.places.freed()).await;
            }
        };
        timeout(self.places.limits.refusal_patience, taken).await.ok()
    }

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

    /// How long an answer waits before it leaves. The first that says "too much" leaves at once; whoever asks on as if it had
    /// not been said hears each further one later, so that a crowd that cannot be served does not keep the cores from those
    /// who can.
    pub(super) fn waits(&self, is_too_much: bool) -> Option<Duration> {
        let before = self.refused.load(Ordering::Relaxed);
        // Only the connection's own task changes it. What is served now and then among refusals does not make them good.
        let after = if is_too_much { before.saturating_add(1).min(MOST_REFUSED) } else { before / 2 };
        self.refused.store(after, Ordering::Relaxed);
        let longest = self.places.limits.refusal_patience;
        (is_too_much && before > 0).then(|| FIRST_WAIT.saturating_mul(1 << (before - 1).min(20)).min(longest))
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
        let take = |from: &str| places.take(address(from));
        let first = take("2001:db8::1").expect("a place");
        let second = take("2001:db8::ffff:1").expect("a place");
        assert_eq!(take("2001:db8::2").err(), Some(Full::Share), "one /64 is one client");
        let third = take("::ffff:192.0.2.1").expect("a place");
        assert_eq!(take("192.0.2.2").err(), Some(Full::All));
        drop(first);
        let fourth = take("192.0.2.1").expect("the freed place");
        assert_eq!(take("192.0.2.1").err(), Some(Full::All));
        drop((second, third, fourth));
        assert_eq!(places.taken(), (0, 0));
    }

    #[test]
    fn who_asks_on_hears_each_refusal_later() {
        let places = Places::new(&Limits { refusal_patience: Duration::from_millis(300), ..Limits::default() }, &[]);
        let place = places.take(address("192.0.2.1")).expect("a place");
        let waits: Vec<_> = [false, true, true, true, true, true, false, true, false, false, true]
            .map(|is_too_much| place.connection.waits(is_too_much).map_or(0, |wait| wait.as_millis()))
            .into();
        assert_eq!(waits, [0, 0, 50, 100, 200, 300, 0, 100, 0, 0, 0]);
    }

    #[test]
    fn this_machine_and_proxies_have_no_share() {
        let places = Places::new(
            &Limits { connections: 3, connections_per_client: 1, ..Limits::default() },
            &["192.0.2.0/24".parse().expect("a network")],
        );
        let _held: Vec<_> =
            ["127.0.0.1", "192.0.2.1", "192.0.2.1"].map(|from| places.take(address(from)).expect("a place")).into();
        assert_eq!(places.take(address("127.0.0.2")).err(), Some(Full::All));
    }
}
