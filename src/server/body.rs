//! Reading a request's body: whole, before anything is asked of the office; within its operation's bound, in its time,
//! and within what may be unread in all.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use hyper::HeaderMap;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header;
use poem::http::Method;

use crate::config::Limits;
use crate::http::{Code, Problem};
use crate::server::door::OF_STAFF;
use crate::server::places::Connection;

/// An operation whose body may be larger than [`Limits::body_bytes`].
struct Large {
    method: Method,
    /// Behind [`OF_STAFF`]: only the staff send large ones. With `*` for each id.
    path: &'static str,
    most_bytes: fn(&Limits) -> usize,
}

const fn large(method: Method, path: &'static str, most_bytes: fn(&Limits) -> usize) -> Large {
    Large { method, path, most_bytes }
}

static LARGE: [Large; 9] = [
    large(Method::POST, "halls", |limits| limits.hall_body_bytes),
    large(Method::PUT, "halls/*", |limits| limits.hall_body_bytes),
    large(Method::POST, "hall-imports", |limits| limits.hall_body_bytes),
    large(Method::PATCH, "venue", |limits| limits.venue_body_bytes),
    large(Method::POST, "concerts", |limits| limits.concert_body_bytes),
    large(Method::PATCH, "concerts/*", |limits| limits.concert_body_bytes),
    large(Method::PUT, "concerts/*/picture", |limits| limits.picture_bytes / 3 * 4 + 1024),
    large(Method::POST, "performances/*/blocks", |limits| limits.block_body_bytes),
    large(Method::POST, "performances/*/blocks/*/free", |limits| limits.block_body_bytes),
];

impl Large {
    fn is(&self, method: &Method, path: &str) -> bool {
        let (mut known, mut asked) = (self.path.split('/'), path.split('/'));
        self.method == method
            && loop {
                match (known.next(), asked.next()) {
                    (None, None) => break true,
                    (Some("*"), Some(id)) if !id.is_empty() => {}
                    (Some(known), Some(asked)) if known == asked => {}
                    _ => break false,
                }
            }
    }
}

/// How large this request's body may be.
pub(super) fn most_bytes(limits: &Limits, method: &Method, path: &str) -> usize {
    let large = path.strip_prefix(OF_STAFF).and_then(|path| LARGE.iter().find(|large| large.is(method, path)));
    large.map_or(limits.body_bytes, |large| (large.most_bytes)(limits))
}

/// Reads a body of at most `most` bytes.
///
/// # Errors
/// [`Code::BodyTooLarge`], [`Code::RequestTimeout`], [`Code::MalformedRequest`], [`Code::Overloaded`].
pub(super) async fn gather(
    mut body: Incoming,
    headers: &HeaderMap,
    most: usize,
    connection: &Connection,
) -> Result<Bytes, Problem> {
    let announced = body.size_hint().exact();
    if announced.is_some_and(|length| length > most as u64) {
        return Err(refuse_large(body, headers, most, connection).await);
    }
    let mut gathered = Gathered::new(connection);
    while let Some(data) = next(&mut body, connection).await? {
        if gathered.len() + data.len() > most {
            return Err(refuse_large(body, headers, most, connection).await);
        }
        gathered.add(data, body.is_end_stream())?;
    }
    Ok(gathered.into_bytes())
}

/// What has come of a body.
struct Gathered {
    first: Bytes,
    /// Used from the second piece on: most bodies come in one, which need not be copied.
    all: Vec<u8>,
    counted: super::ledger::Taken,
}

impl Gathered {
    fn new(connection: &Connection) -> Self {
        Self { first: Bytes::new(), all: Vec::new(), counted: connection.unread() }
    }

    fn len(&self) -> usize {
        self.all.len().max(self.first.len())
    }

    fn add(&mut self, data: Bytes, is_last: bool) -> Result<(), Problem> {
        if self.len() == 0 {
            self.first = data;
        } else {
            if self.all.is_empty() {
                self.all.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.all.extend_from_slice(&data);
        }
        if !is_last {
            self.counted.become_bytes(self.len());
            if self.counted.is_over() {
                let full = "Too many requests are half here; nothing was changed.";
                return Err(Problem::new(Code::Overloaded, full).retry_after(1));
            }
        }
        Ok(())
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

/// The next piece of a body.
async fn next(body: &mut Incoming, connection: &Connection) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
            // The connection's alarm wakes this task when the time is over.
            Poll::Pending if connection.pulse.is_late() => Poll::Ready(Err(late())),
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => Poll::Ready(Ok(frame)),
        });
        match frame.await? {
            None => return Ok(None),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => return Ok(Some(data)),
                // Trailers say nothing here.
                Err(_) => continue,
            },
            Some(Err(error)) => {
                let detail = short(&format_args!("The body breaks off or its chunks are broken: {error}."));
                return Err(Problem::new(Code::MalformedRequest, detail));
            }
        }
    }
}

fn late() -> Problem {
    Problem::new(Code::RequestTimeout, "The body did not arrive in time; nothing was changed.")
}

/// The refusal of a body that is too large. What its client is about to send is read and forgotten first, within bounds:
/// many clients look for the answer only after they have sent everything, and would find a broken connection.
async fn refuse_large(mut body: Incoming, headers: &HeaderMap, most: usize, connection: &Connection) -> Problem {
    let bound = connection.limits().hall_body_bytes.max(most) as u64 * 2;
    let waits = headers.contains_key(header::EXPECT);
    if !waits && body.size_hint().lower() <= bound {
        let mut forgotten = 0;
        while forgotten <= bound
            && let Ok(Some(data)) = next(&mut body, connection).await
        {
            forgotten += data.len() as u64;
        }
    }
    let detail = format!("This body may have at most {most} bytes.");
    Problem::new(Code::BodyTooLarge, detail).in_korean(format!("이 본문은 {most}바이트까지입니다."))
}

/// A reason without what the client sent in it at length. What is cut off is never written.
pub(super) fn short(reason: &dyn std::fmt::Display) -> String {
    const LONGEST: usize = 300;
    struct Short(String, usize);
    impl std::fmt::Write for Short {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for c in text.chars().filter(|c| !c.is_control()) {
                if self.1 == LONGEST {
                    return Err(std::fmt::Error);
                }
                self.1 += 1;
                self.0.push(c);
            }
            Ok(())
        }
    }
    let mut short = Short(String::new(), 0);
    let whole = write!(short, "{reason}").is_ok();
    if whole { short.0 } else { short.0 + "…" }
}
