//! The connections that all buyers share. A hundred thousand who wait need none while they wait: each takes one for a
//! request and gives it back, as they would through a venue's proxy. Only streams have their own.
//!
//! Half of them are for reading, a quarter for the door (joining and leaving) and a quarter for the till (what is changed
//! inside): as on connections of their own, who asks for a position or pays does not stand behind a crowd that joins.
//!
//! Where a venue has several nodes, new connections go to each in turn, and to the next one where a node is gone: as a load
//! balancer would send them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::client::{Answer, Ask, Client};

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that does not take a connection for so long is gone, if there is another.
const NEXT_AFTER: Duration = Duration::from_secs(2);

/// A bounded number of connections to one server, or to the nodes of one venue.
pub struct Pool {
    addresses: Vec<SocketAddr>,
    /// To which of them the next connection goes.
    next: AtomicUsize,
    reading: Lane,
    door: Lane,
    till: Lane,
}

struct Lane {
    places: Semaphore,
    idle: Mutex<Vec<Client>>,
}

impl Pool {
    /// No connection is opened before it is needed.
    pub fn new(addresses: Vec<SocketAddr>, connections: u32) -> Self {
        let lane = |places: u32| Lane { places: Semaphore::new(places.max(1) as usize), idle: Mutex::default() };
        let quarter = connections / 4;
        let next = AtomicUsize::new(0);
        Self { addresses, next, reading: lane(connections - 2 * quarter), door: lane(quarter), till: lane(quarter) }
    }

    /// Where the server listens; the first of several.
    pub fn address(&self) -> String {
        self.addresses.first().map(SocketAddr::to_string).unwrap_or_default()
    }

    /// A connection of one's own.
    ///
    /// # Errors
    /// When nothing listens there, or nowhere of several.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        let patience = if self.addresses.len() > 1 { NEXT_AFTER } else { PATIENCE };
        let first = self.next.fetch_add(1, Relaxed);
        let mut gone = anyhow::anyhow!("there is no address to connect to");
        for at in 0..self.addresses.len() {
            let address = self.addresses[(first + at) % self.addresses.len()];
            match timeout(patience, Client::connect(address)).await {
                Ok(Ok(client)) => return Ok(client),
                Ok(Err(error)) => gone = error,
                Err(late) => gone = late.into(),
            }
        }
        Err(gone)
    }

    fn lane(&self, ask: &Ask<'_>) -> &Lane {
        match ask.method {
            "GET" => &self.reading,
            _ if ask.path.contains("/queue/") => &self.door,
            _ => &self.till,
        }
    }

    /// Sends a request on the first connection that is free and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks; it is not used again.
    pub async fn send(&self, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        let lane = self.lane(ask);
        let _place = lane.places.acquire().await?;
        // Boxed here, so that whoever waits for a place is small.
        Box::pin(self.exchange(lane, ask)).await
    }

    async fn exchange(&self, lane: &Lane, ask: &Ask<'_>) -> anyhow::Result<Answer> {
        let idle = lane.idle.lock().pop();
        let mut client = match idle {
            Some(client) => client,
            None => self.connect().await?,
        };
        let answer = timeout(PATIENCE, client.send(ask)).await??;
        lane.idle.lock().push(client);
        Ok(answer)
    }

    /// Sends a request and closes the connection `after` this time, whatever has come back by then.
    pub async fn send_and_break(&self, ask: &Ask<'_>, after: Duration) {
        let Ok(_place) = self.lane(ask).places.acquire().await else { return };
        if let Ok(mut client) = self.connect().await {
            let _ = timeout(after, client.send(ask)).await;
        }
    }
}
