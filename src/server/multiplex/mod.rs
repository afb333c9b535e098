//! HTTP/2, where a client chose it in the greeting of TLS: one connection with several requests at a time, by hyper's own builder.
//! It is no way around any bound: each request has a place of its own as if it came by a connection of its own, the same road,
//! the same deadlines, and what all of them may cost together is bounded as for one connection.
//!
//! All of it is one task, as a connection of HTTP/1.1 is: when that ends, all has ended, and no client has more of the cores.

mod exchange;
mod shared;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use h2::Reason;
use hyper::body::{Body, Incoming};
use hyper::rt::Executor;
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::server::conn::http2;
use hyper::service::{HttpService, service_fn};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;

use crate::server::alarm::Alarm;
use crate::server::around::Around;
use crate::server::ends::Ends;
use crate::server::head;
use crate::server::multiplex::exchange::{Exchange, Pieces, like_any_other};
use crate::server::multiplex::shared::{Settled, Shared};
use crate::server::places::Place;
use crate::server::pulse::{Phase, Wish};
use crate::server::turns::Turn;
use crate::server::wire::Wire;

/// Requests at a time. More are refused by the protocol's own word, which says that nothing was done.
const MOST_AT_ONCE: u32 = 32;
/// What may be under way of a request's body, and of all bodies, before it is read.
const WINDOW_BYTES: u32 = 64 * 1024;
const WINDOWS_BYTES: u32 = 256 * 1024;
/// The largest frame we take: RFC 9113's least.
const FRAME_BYTES: u32 = 16 * 1024;
/// Of an answer that was handed over, before its client has room for it.
const SEND_BYTES: usize = 16 * 1024;
/// Requests that were cut off before we took them up, and those that break the protocol, until the connection ends.
const MOST_RESET: usize = 20;
/// A connection that does nothing and is to end waits so long for its client to have heard so.
const FAREWELL_MS: u64 = 500;

/// Answers the requests of a connection until either side has had enough.
pub(super) async fn serve(wire: Wire, place: Place, ends: Ends, around: Arc<Around>) {
    let (tasks, shared) = (Tasks::default(), Shared::new(place.connection.clone()));
    let service = service_fn({
        let shared = shared.clone();
        move |request| answer(request, shared.clone(), around.clone(), ends.clone())
    });
    let mut http2 = http2::Builder::new(tasks.clone());
    http2
        .max_concurrent_streams(MOST_AT_ONCE)
        .max_header_list_size(head::MOST_BYTES as u32)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOWS_BYTES)
        .max_frame_size(FRAME_BYTES)
        .max_send_buf_size(SEND_BYTES)
        .max_pending_accept_reset_streams(MOST_RESET)
        .max_local_error_reset_streams(MOST_RESET);
    let served = Box::pin(http2.serve_connection(TokioIo::new(wire.in_frames()), service));
    Many {
        served,
        tasks,
        running: FuturesUnordered::new(),
        shared,
        alarm: Alarm::new(),
        turn: Turn::default(),
        farewell: None,
    }
    .await;
    drop(place);
}

/// The answer to one request.
async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    around: Arc<Around>,
    ends: Ends,
) -> Result<Response<Pieces>, h2::Error> {
    let under_way = shared.begin();
    // Nothing was done: the client may ask again.
    let place = shared.connection.take_another().await.ok_or(Reason::REFUSED_STREAM)?;
    let exchange = Exchange::new(place, under_way, shared);
    let connection = exchange.place.connection.clone();
    let is_withheld = request.method() == Method::HEAD;
    let mut answer = pin!(around.call(like_any_other(request), &connection, ends));
    let answer = poll_fn(|cx| {
        let pulse = &connection.pulse;
        pulse.listens(cx.waker());
        match pulse.wish() {
            Wish::None | Wish::Finish => {}
            Wish::MakeRoom if pulse.spare_since().is_none() => pulse.withdraw(),
            Wish::MakeRoom | Wish::Close => return Poll::Ready(Err(Reason::ENHANCE_YOUR_CALM)),
        }
        answer.as_mut().poll(cx).map(Ok)
    });
    Ok(Pieces::of(answer.await?, exchange, is_withheld))
}

/// What the library would have run beside the connection, to be run within it.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.0.lock().push(Box::pin(task));
    }
}

/// A connection with its requests and the deadlines of all.
struct Many<C> {
    served: Pin<Box<C>>,
    tasks: Tasks,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
    shared: Arc<Shared>,
    alarm: Alarm,
    turn: Turn,
    /// It was told to take no other request; when it ends though its client says nothing, once it does nothing.
    farewell: Option<u64>,
}

/// What can be told to finish its requests and take no other.
trait Finish {
    fn finish(self: Pin<&mut Self>);
}

impl<S> Finish for http2::Connection<TokioIo<Wire>, S, Tasks>
where
    S: HttpService<Incoming>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::ResBody: Body + 'static,
    <S::ResBody as Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    Tasks: Http2ServerConnExec<S::Future, S::ResBody>,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<C: Future<Output = hyper::Result<()>> + Finish> Future for Many<C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let pulse = &this.shared.clone().connection.pulse;
        pulse.listens(cx.waker());
        match pulse.wish() {
            Wish::None => {}
            Wish::MakeRoom if pulse.spare_since().is_some() => return Poll::Ready(()),
            Wish::MakeRoom => pulse.withdraw(),
            Wish::Finish => this.say_farewell(),
            Wish::Close => return Poll::Ready(()),
        }
        let connection = &this.shared.connection;
        let _turn = ready!(this.turn.poll(connection.turns(), connection.side(), cx));
        loop {
            // A connection that broke has nobody to be told.
            if this.served.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            this.running.extend(this.tasks.0.lock().drain(..));
            while let Poll::Ready(Some(())) = this.running.poll_next_unpin(cx) {}
            if this.shared.is_cut_too_often() {
                tracing::debug!("a client cuts off what it asks for; its connection is closed");
                return Poll::Ready(());
            }
            match this.due() {
                Settled::Next(None) => return Poll::Pending,
                Settled::Next(Some(due)) => ready!(this.alarm.poll(due, pulse, cx)),
                Settled::Over => {
                    tracing::debug!(phase = ?pulse.phase(), "a connection was too slow");
                    return Poll::Ready(());
                }
            }
        }
    }
}

impl<C: Finish> Many<C> {
    /// Takes no other request; the client is told.
    fn say_farewell(&mut self) {
        if self.farewell.is_none() {
            self.farewell = Some(u64::MAX);
            self.served.as_mut().finish();
        }
    }

    /// The next deadline of the connection and its requests. An idle connection whose time is over says farewell first.
    fn due(&mut self) -> Settled {
        let pulse = &self.shared.clone().connection.pulse;
        let now = pulse.now();
        let mut own = pulse.settle().map(|(due, _)| due);
        if pulse.phase() == Phase::Idle && own.is_some_and(|due| due <= now) {
            self.say_farewell();
        }
        if let Some(ends) = &mut self.farewell
            && self.shared.is_idle()
        {
            *ends = (*ends).min(now + FAREWELL_MS);
            own = Some(*ends);
        }
        match self.shared.settle() {
            Settled::Next(_) if own.is_some_and(|due| due <= now) => Settled::Over,
            Settled::Next(next) => Settled::Next(next.into_iter().chain(own).min()),
            Settled::Over => Settled::Over,
        }
    }
}
