//! The way from a node that follows to the one that leads: HTTP/1.1 over connections that are kept for the next request, by TLS
//! where the leader's address says so. A request is sent once. Whether it may have arrived is known, and told.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::outbound::{Outbound, Reach, Silence, host_of};

/// From node to node: the secret that all nodes of a venue know, in hex. Without it the following two say nothing.
pub const NODE: HeaderName = HeaderName::from_static("boxoffice-node");
/// To the leader: the address of the client that a request came from.
pub const CLIENT: HeaderName = HeaderName::from_static("boxoffice-client");
/// From the leader: the commit that whoever asked must have before the answer is told.
pub const SEQ: HeaderName = HeaderName::from_static("boxoffice-seq");

/// Where the leader hears who was heard of at another node; not in the document.
pub const HEARD: &str = "/nodes/heard";

/// A leader that does not take a connection for so long is not there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// A connection that was not used for so long may be about to be closed by the other side: none of its requests is risked on it.
const IDLE_PATIENCE: Duration = Duration::from_secs(30);
/// More idle connections are not kept.
const MOST_IDLE: usize = 256;

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// The request never left: nothing can have come of it.
    #[error("the leader {0}")]
    NotSent(Silence),
    /// It was sent, or part of it: nobody knows what came of it.
    #[error("the leader broke off")]
    Lost,
}

/// The connections to whoever leads.
pub struct Leader {
    out: Arc<Outbound>,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// Whose connections these are.
    address: String,
    connections: Vec<(Instant, SendRequest<Full<Bytes>>)>,
}

impl Leader {
    /// No connection is opened before it is needed.
    pub fn new(out: Arc<Outbound>) -> Self {
        Self { out, idle: Mutex::default() }
    }

    /// Sends a request to the leader at this address and waits for the head of its answer. The request's URI is a path, with a
    /// query if it has one; `Host` is put in.
    ///
    /// # Errors
    /// [`Unheard`].
    pub async fn ask(
        self: &Arc<Self>,
        address: &str,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Unheard> {
        const UNREACHABLE: Unheard = Unheard::NotSent(Silence::Unreachable);
        let url = Url::parse(address).map_err(|_| UNREACHABLE)?;
        let host = host_of(&url).and_then(|host| HeaderValue::try_from(host).ok()).ok_or(UNREACHABLE)?;
        request.headers_mut().insert(header::HOST, host);
        while let Some(kept) = self.take(address) {
            match self.send(address, kept, request).await {
                Ok(response) => return Ok(response),
                // It was closed just now.
                Err(Some(unsent)) => request = *unsent,
                Err(None) => return Err(Unheard::Lost),
            }
        }
        let fresh = timeout(CONNECT_PATIENCE, self.connect(&url)).await.unwrap_or(Err(Silence::Late));
        let sent = self.send(address, fresh.map_err(Unheard::NotSent)?, request).await;
        sent.map_err(|unsent| unsent.map_or(Unheard::Lost, |_| Unheard::NotSent(Silence::Broken)))
    }

    async fn connect(&self, url: &Url) -> Result<SendRequest<Full<Bytes>>, Silence> {
        let stream = self.out.open_to(url, Reach::Anybody).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Silence::Broken)?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Gives the request back when none of it was sent.
    async fn send(
        self: &Arc<Self>,
        address: &str,
        mut connection: SendRequest<Full<Bytes>>,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Option<Box<Request<Full<Bytes>>>>> {
        let response =
            connection.try_send_request(request).await.map_err(|mut error| error.take_message().map(Box::new))?;
        let (leader, address) = (self.clone(), address.to_owned());
        tokio::spawn(async move {
            // Once the answer's body was read, however long that takes.
            if connection.ready().await.is_ok() {
                leader.keep(&address, connection);
            }
        });
        Ok(response)
    }

    /// A connection that can be used.
    fn take(&self, address: &str) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock();
        if idle.address != address {
            address.clone_into(&mut idle.address);
            idle.connections.clear();
        }
        while let Some((since, connection)) = idle.connections.pop() {
            if connection.is_ready() && since.elapsed() < IDLE_PATIENCE {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, address: &str, connection: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.lock();
        if idle.address == address && idle.connections.len() < MOST_IDLE {
            idle.connections.push((Instant::now(), connection));
        }
    }
}
