//! One request on a connection of HTTP/2, with its answer ("stream" in the RFC's words, which here is an event stream's): its
//! place, its deadlines, its answer in small pieces. To what answers it, it looks like a connection with a single request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderValue};
use hyper::{Request, Response, Uri};

use crate::server::ends::Sending;
use crate::server::ledger::Taken;
use crate::server::multiplex::shared::{Shared, UnderWay};
use crate::server::places::Place;

/// So much of an answer is handed over at once: what a client leaves untaken beyond it stays with us, where it is seen.
const PIECE_BYTES: usize = 16 * 1024;

/// A request that is under way, and its place. It ends with this: whole, or cut by the client or by us.
pub(super) struct Exchange {
    pub(super) place: Place,
    _under_way: UnderWay,
    shared: Arc<Shared>,
    is_whole: bool,
}

impl Exchange {
    pub(super) fn new(place: Place, under_way: UnderWay, shared: Arc<Shared>) -> Self {
        shared.add(&place.connection);
        Self { place, _under_way: under_way, shared, is_whole: false }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.shared.remove(&self.place.connection, self.is_whole);
    }
}

/// A request as HTTP/1.1 would bring it: the host in its header (RFC 9113, section 8.3.1), the address without it. Whoever says both,
/// and not the same, has sent two hosts.
pub(super) fn like_any_other<B>(mut request: Request<B>) -> Request<B> {
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    if let Some(authority) = authority {
        let said = request.headers().get(HOST);
        let is_said = said.is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()));
        if let Ok(host) = HeaderValue::from_str(&authority)
            && !is_said
        {
            request.headers_mut().append(HOST, host);
        }
    }
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    request
}

/// An answer's body, piece by piece.
pub(super) struct Pieces {
    sending: Sending,
    /// What the office has handed over and the client has not asked for yet.
    left: Bytes,
    owing: Taken,
    /// The answer to HEAD has none.
    is_withheld: bool,
    exchange: Exchange,
}

impl Pieces {
    /// The answer of an exchange; without its body where only its head was asked for.
    pub(super) fn of(answer: Response<Sending>, exchange: Exchange, is_withheld: bool) -> Response<Self> {
        let (mut head, sending) = answer.into_parts();
        if is_withheld && let Some(length) = sending.size_hint().exact() {
            head.headers.entry(CONTENT_LENGTH).or_insert(length.into());
        }
        let owing = exchange.place.connection.owing();
        let pieces = Self { sending, left: Bytes::new(), owing, is_withheld, exchange };
        // Until it is asked for its first piece, the client keeps us waiting.
        pieces.exchange.place.connection.pulse.stall();
        Response::from_parts(head, pieces)
    }

    fn is_over(&self) -> bool {
        self.is_withheld || (self.left.is_empty() && self.sending.is_end_stream())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let connection = &this.exchange.place.connection;
        // The library asks for more once the client has room for more.
        connection.pulse.progressed();
        if this.left.is_empty() {
            match ready!(Pin::new(&mut this.sending).poll_frame(cx)) {
                None => {
                    this.exchange.is_whole = true;
                    return Poll::Ready(None);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.left = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
        let piece = this.left.split_to(this.left.len().min(PIECE_BYTES));
        this.owing.become_bytes(this.left.len());
        this.exchange.shared.connection.owe(piece.len());
        connection.pulse.stall();
        if this.owing.is_over() && !this.left.is_empty() {
            connection.relieve();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        let (left, mut hint) = (self.left.len() as u64, self.sending.size_hint());
        if let Some(exact) = hint.exact() {
            hint.set_exact(exact + left);
        } else {
            hint.set_lower(hint.lower() + left);
        }
        hint
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.exchange.is_whole |= self.is_over();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    fn hosts(uri: &str, host: Option<&str>) -> (Vec<String>, String) {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let request = like_any_other(request.body(()).expect("a request"));
        let hosts = request.headers().get_all(HOST).iter().map(|host| host.to_str().expect("text").to_owned());
        (hosts.collect(), request.uri().to_string())
    }

    #[test]
    fn the_host_stands_in_its_header_and_two_are_two() {
        let one = (vec!["saal.example:8443".to_owned()], "/v1/venue?a=b".to_owned());
        assert_eq!(hosts("https://saal.example:8443/v1/venue?a=b", None), one);
        assert_eq!(hosts("https://saal.example:8443/v1/venue?a=b", Some("saal.example:8443")), one);
        assert_eq!(hosts("/v1/venue", Some("saal.example")), (vec!["saal.example".to_owned()], "/v1/venue".to_owned()));
        let (two, _) = hosts("https://saal.example/", Some("other.example"));
        assert_eq!(two, ["other.example", "saal.example"], "for the head's check to refuse");
        assert_eq!(hosts("saal.example:443", None).1, "/", "CONNECT has no path");
    }
}
