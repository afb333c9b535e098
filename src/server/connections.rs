//! All connections of a server: each finds its place, and is answered in it. What they have taken together can be looked
//! at; nothing here decides who goes first (that is `places`) or how long anything may take (that is `pulse`).

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::Either;
use poem::Addr;
use poem::web::{LocalAddr, RemoteAddr};
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::server::around::Around;
use crate::server::connection;
use crate::server::ends::Ends;
use crate::server::places::Places;
use crate::server::pulse::Wish;
use crate::server::stream::Stream;
use crate::server::waiting::Comer;

/// The connections, and what answers them.
#[derive(Clone)]
pub struct Connections {
    places: Arc<Places>,
    around: Arc<Around>,
    tls: Option<TlsAcceptor>,
}

/// What connections and their requests have taken and not given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    /// Connections that have a place, and requests on HTTP/2, each of which has one too.
    pub connections: usize,
    /// Clients they come from.
    pub clients: usize,
    /// Bytes of bodies that are not whole yet.
    pub unread_bytes: usize,
    /// Bytes of answers that clients leave unread.
    pub owed_bytes: usize,
    /// Requests that are worked on, of those outside and of who came while there was room for all; but for who waits for a hasher.
    pub worked_on: usize,
    /// Requests of those outside that wait to be worked on.
    pub at_door: usize,
}

impl Connections {
    /// None yet, in clear.
    pub fn new(around: Arc<Around>) -> Self {
        let places = Places::new(&around.office.limits, &around.office.config.trusted_proxy);
        Self { places, around, tls: None }
    }

    pub(super) fn with_tls(self, tls: Option<TlsAcceptor>) -> Self {
        Self { tls, ..self }
    }

    /// A connection that was accepted: finds it a place, at the cost of the longest idle if need be, and gives what answers
    /// it until either side has had enough; of a client that has its share, once one of its own has ended. Nothing for one
    /// too many of these, and for a client that is gone already.
    pub async fn take(&self, stream: TcpStream, remote: SocketAddr) -> Option<impl Future<Output = ()> + Send + use<>> {
        let refused =
            move || tracing::debug!(client = %remote.ip(), "a client has its share of connections; one is refused");
        let Some(comer) = self.places.come(remote.ip()).await else {
            refused();
            return None;
        };
        let local = prepare(&stream, self.places.limits.write_patience).and_then(|()| stream.local_addr());
        let local = local.inspect_err(|error| tracing::debug!(%error, "a connection could not be prepared")).ok()?;
        let (local, remote) = (LocalAddr(Addr::SocketAddr(local)), RemoteAddr(Addr::SocketAddr(remote)));
        let (ends, around) = (Ends { local, remote, is_node: false }, self.around.clone());
        let stream = Stream::new(stream, self.tls.as_ref());
        let answers = |place| connection::serve(stream, place, ends, around);
        Some(match comer {
            Comer::In(place) => Either::Left(answers(place)),
            // In a box: few wait, and all others would have to have the room for it.
            Comer::Waits(waits) => Either::Right(Box::pin(async move {
                match waits.place().await {
                    Some(place) => answers(place).await,
                    None => refused(),
                }
            })),
        })
    }

    /// Lets requests under way finish, for so long at most, and takes no other.
    pub(super) async fn finish(&self, patience: Duration) {
        self.places.ask_all(Wish::Finish);
        if timeout(patience, self.places.empty()).await.is_err() {
            tracing::warn!("requests that did not end in time are broken off");
            self.places.ask_all(Wish::Close);
            self.places.empty().await;
        }
    }

    /// As it is at this moment.
    pub fn in_use(&self) -> InUse {
        let (connections, clients) = self.places.taken();
        let [unread_bytes, owed_bytes] = self.places.bytes();
        let (worked_on, at_door) = (self.around.door.worked_on(), self.around.door.waiting());
        InUse { connections, clients, unread_bytes, owed_bytes, worked_on, at_door }
    }
}

/// Small answers leave at once; and a peer that vanished, or whose window stays shut, is noticed by the system even when
/// all that is owed fits into its buffers.
fn prepare(stream: &TcpStream, write_patience: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let patience = u32::try_from(write_patience.as_millis()).unwrap_or(u32::MAX);
    set_tcp_user_timeout(stream, patience)?;
    Ok(())
}
