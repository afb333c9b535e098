//! One connection: HTTP/1.1 by hyper's own builder, each request handed to what answers it, and the end of whoever is
//! too slow. HTTP/2 is spoken where a client chose it in the greeting of TLS (`multiplex`), and never in clear, where nobody needs it.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use crate::server::alarm::Alarm;
use crate::server::around::Around;
use crate::server::ends::Ends;
use crate::server::places::Place;
use crate::server::pulse::{Phase, Wish};
use crate::server::stream::Stream;
use crate::server::turns::Turn;
use crate::server::wire::Wire;
use crate::server::{head, multiplex};

/// What is kept of a connection beyond its head: read ahead of a body's reader, or made ahead of its client.
const BUFFER_BYTES: usize = 64 * 1024;

/// Answers the requests of a connection until either side has had enough.
pub(super) async fn serve(stream: Stream, place: Place, ends: Ends, around: Arc<Around>) {
    let mut wire = Wire::new(stream, place.connection.clone());
    if wire.is_greeting() {
        let Some(Ok(())) = Watched::new(Greeting(&mut wire), &place).await else { return };
        if wire.chose_http2() {
            return Box::pin(multiplex::serve(wire, place, ends, around)).await;
        }
    }
    let service = service_fn(|request: Request<Incoming>| {
        let answer = around.call(request, &place.connection, ends.clone());
        async { Ok::<_, Infallible>(answer.await) }
    });
    let mut http1 = http1::Builder::new();
    let served = http1.max_header_size(head::MOST_BYTES).max_buf_size(BUFFER_BYTES);
    let served = served.serve_connection(TokioIo::new(wire), service);
    // A connection that broke has nobody to be told.
    let _ = Watched::new(served, &place).await;
}

/// The greeting of TLS.
struct Greeting<'w>(&'w mut Wire);

impl Future for Greeting<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_greeting(cx)
    }
}

/// Something on a connection with its deadlines: until it is done, or overdue, or another needs its place.
struct Watched<'p, C> {
    served: Pin<Box<C>>,
    place: &'p Place,
    alarm: Alarm,
    turn: Turn,
    finishing: bool,
}

/// What can be told to finish its request and take no other.
trait Finish {
    fn finish(self: Pin<&mut Self>);
}

impl<S> Finish for http1::Connection<TokioIo<Wire>, S>
where
    S: hyper::service::HttpService<Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: Body + 'static,
    <S::ResBody as Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl Finish for Greeting<'_> {
    /// It has the deadline of a head, and is idle until it is over.
    fn finish(self: Pin<&mut Self>) {}
}

impl<'p, C> Watched<'p, C> {
    fn new(served: C, place: &'p Place) -> Self {
        Self { served: Box::pin(served), place, alarm: Alarm::new(), turn: Turn::default(), finishing: false }
    }
}

impl<C: Future + Finish> Future for Watched<'_, C> {
    /// Nothing when it was ended.
    type Output = Option<C::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<C::Output>> {
        let this = self.get_mut();
        let pulse = &this.place.connection.pulse;
        // A wish that is heard takes the waker with it.
        if !this.alarm.is_set() || pulse.wish() != Wish::None {
            pulse.listens(cx.waker());
        }
        match pulse.wish() {
            Wish::None => {}
            Wish::Finish if pulse.is_idle() => return Poll::Ready(None),
            Wish::MakeRoom if pulse.spare_since().is_some() => return Poll::Ready(None),
            Wish::MakeRoom => pulse.withdraw(),
            Wish::Finish if this.finishing => {}
            Wish::Finish => {
                this.finishing = true;
                this.served.as_mut().finish();
            }
            Wish::Close => return Poll::Ready(None),
        }
        let connection = &this.place.connection;
        let _turn = ready!(this.turn.poll(connection.turns(), connection.side(), cx));
        loop {
            if let Poll::Ready(served) = this.served.as_mut().poll(cx) {
                return Poll::Ready(Some(served));
            }
            let Some((due, now)) = pulse.settle() else { return Poll::Pending };
            if now.is_some_and(|now| this.alarm.sleeps_on(due, now)) {
                return Poll::Pending;
            }
            ready!(this.alarm.poll(due, pulse, cx));
            let phase = pulse.phase();
            if matches!(phase, Phase::Head | Phase::Body) && !pulse.is_late() {
                // Whoever reads it says so; the connection ends with that answer.
                pulse.set_late();
                continue;
            }
            tracing::debug!(?phase, "a connection was too slow");
            return Poll::Ready(None);
        }
    }
}
