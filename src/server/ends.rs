//! What a request has of its connection, and the connection of its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body_util::Full;
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

/// What an answer says.
pub(super) enum Content {
    /// All of it is here.
    Whole(Full<Bytes>),
    /// As the framework has it.
    Any(BoxBody<Bytes, io::Error>),
}

/// An answer's body on its way out: what is handed over is owed until the client has taken it.
pub(super) struct Sending {
    content: Content,
    connection: Arc<Connection>,
}

impl Sending {
    pub(super) fn new(content: Content, connection: Arc<Connection>) -> Self {
        Self { content, connection }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = match &mut self.content {
            Content::Whole(whole) => {
                ready!(Pin::new(whole).poll_frame(cx)).map(|frame| frame.map_err(|none| match none {}))
            }
            Content::Any(any) => ready!(Pin::new(any).poll_frame(cx)),
        };
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.connection.owe(data.len());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(whole) => whole.is_end_stream(),
            Content::Any(any) => any.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(whole) => whole.size_hint(),
            Content::Any(any) => any.size_hint(),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.connection.pulse.answered();
    }
}
