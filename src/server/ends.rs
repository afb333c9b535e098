//! What a request has of its connection, and the connection of its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use poem::web::{LocalAddr, RemoteAddr};

use crate::server::places::Connection;

/// The two ends of a connection, as the framework's requests name them.
#[derive(Clone)]
pub(super) struct Ends {
    pub(super) local: LocalAddr,
    pub(super) remote: RemoteAddr,
    /// At the other end sits another node of this venue.
    pub(super) is_node: bool,
}

/// An answer's body on its way out: what is handed over is owed until the client has taken it.
pub(super) struct Sending {
    body: BoxBody<Bytes, io::Error>,
    connection: Arc<Connection>,
}

impl Sending {
    pub(super) fn new(body: BoxBody<Bytes, io::Error>, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.connection.owe(data.len());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.connection.pulse.answered();
    }
}
