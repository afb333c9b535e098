//! One connection: HTTP/1.1 by hyper's own builder, each request handed to what answers it, and the end of whoever is
//! too slow. HTTP/2 is not spoken: in clear nobody needs it, and one connection could carry requests without number.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::{Sleep, sleep_until};

use crate::server::around::Around;
use crate::server::ends::Ends;
use crate::server::places::Place;
use crate::server::pulse::{Phase, Pulse, Wish};
use crate::server::stream::Stream;
use crate::server::wire::Wire;

/// A request's head: line and headers. The longest of ours is a queue token in an address.
const HEAD_BYTES: usize = 16 * 1024;
/// What is kept of a connection beyond its head: read ahead of a body's reader, or made ahead of its client.
const BUFFER_BYTES: usize = 64 * 1024;

/// Answers the requests of a connection until either side has had enough.
pub(super) async fn serve(stream: Stream, place: Place, ends: Ends, around: Arc<Around>) {
    let connection = place.connection.clone();
    let service = service_fn({
        let connection = connection.clone();
        move |request: Request<Incoming>| {
            let (around, connection, ends) = (around.clone(), connection.clone(), ends.clone());
            async move { Ok::<_, Infallible>(around.call(request, &connection, ends).await) }
        }
    });
    let wire = TokioIo::new(Wire::new(stream, connection));
    let served =
        http1::Builder::new().max_header_size(HEAD_BYTES).max_buf_size(BUFFER_BYTES).serve_connection(wire, service);
    Watched { served: Box::pin(served), place, alarm: None, due: u64::MAX, finishing: false }.await;
}

/// A connection with its deadlines. It ends when it is served, when it is overdue, or when another needs its place.
struct Watched<C> {
    served: Pin<Box<C>>,
    place: Place,
    /// Sleeps until some deadline, perhaps one that was met since: setting it anew for each request would cost more.
    alarm: Option<Pin<Box<Sleep>>>,
    /// When the alarm rings.
    due: u64,
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

impl<C: Future<Output = hyper::Result<()>> + Finish> Future for Watched<C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let pulse = &this.place.connection.pulse;
        // A wish that is heard takes the waker with it.
        if this.alarm.is_none() || pulse.wish() != Wish::None {
            pulse.listens(cx.waker());
        }
        match pulse.wish() {
            Wish::None => {}
            Wish::Finish if pulse.is_idle() => return Poll::Ready(()),
            Wish::MakeRoom if pulse.spare_since().is_some() => return Poll::Ready(()),
            Wish::MakeRoom => pulse.withdraw(),
            Wish::Finish if this.finishing => {}
            Wish::Finish => {
                this.finishing = true;
                this.served.as_mut().finish();
            }
            Wish::Close => return Poll::Ready(()),
        }
        loop {
            // A connection that broke has nobody to be told.
            if this.served.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let due = pulse.settle();
            let phase = ready!(poll_alarm(&mut this.alarm, &mut this.due, due, pulse, cx));
            if matches!(phase, Phase::Head | Phase::Body) && !pulse.is_late() {
                // Whoever reads it says so; the connection ends with that answer.
                pulse.set_late();
                continue;
            }
            tracing::debug!(?phase, "a connection was too slow");
            return Poll::Ready(());
        }
    }
}

/// Ready once the deadline `due` has passed; gives what took too long.
fn poll_alarm(
    alarm: &mut Option<Pin<Box<Sleep>>>,
    rings: &mut u64,
    due: Option<u64>,
    pulse: &Pulse,
    cx: &mut Context<'_>,
) -> Poll<Phase> {
    let Some(due) = due else { return Poll::Pending };
    let alarm = alarm.get_or_insert_with(|| {
        *rings = due;
        Box::pin(sleep_until(pulse.at(due)))
    });
    if due < *rings {
        *rings = due;
        alarm.as_mut().reset(pulse.at(due));
    }
    while alarm.as_mut().poll(cx).is_ready() {
        if pulse.now() >= due {
            return Poll::Ready(pulse.phase());
        }
        *rings = due;
        alarm.as_mut().reset(pulse.at(due));
    }
    Poll::Pending
}
