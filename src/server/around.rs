//! What goes around every request: the shortest road is chosen, every refusal is told as a problem, and one line goes to the log.
//!
//! The log names operation, status and duration; never a credential, a body or a query string (streams may carry a
//! token there).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::Instant as Stopwatch;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either};
use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::{HeaderMap, Request};
use poem::http::request::Parts;
use poem::http::uri::{Scheme, Uri};
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, Endpoint, IntoResponse, Response};
use poem_openapi::OperationId;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::http::language::Asked;
use crate::http::problem::{code_of, retell};
use crate::http::{Code, Problem};
use crate::office::Office;
use crate::queue::heard::MOST_REPORT_BYTES;
use crate::server::addresses::Addresses;
use crate::server::asker::Side;
use crate::server::document::{Methods, is_documented};
use crate::server::door::{Asks, Door};
use crate::server::ends::{Content, Ends, Sending};
use crate::server::figures::Figures;
use crate::server::headers::{self, Origins};
use crate::server::health::Health;
use crate::server::nodes::{Nodes, Way, take_report};
use crate::server::places::Connection;
use crate::server::shortcut::Poll;
use crate::server::traces::{Ended, Traces};
use crate::server::{body, head, misread, shortcut};

/// A larger body is read into its type off the async threads: that takes long enough to be felt by all others.
const LARGE_BODY_BYTES: usize = 64 << 10;

/// All of the box office that answers requests.
pub struct Around {
    methods: LazyLock<Methods>,
    pub(super) office: Arc<Office>,
    pub(super) figures: Arc<Figures>,
    pub(super) health: Health,
    pub(super) door: Door,
    pub(super) nodes: Nodes,
    /// Of what is handed on to the leader: where that waits, what is answered here does not.
    door_to_leader: Door,
    origins: Origins,
    traces: Option<Traces>,
    /// Clients come by TLS, to us or to a proxy before us.
    by_tls: bool,
    /// What stands on the answer to each plain poll.
    of_polls: HeaderMap,
    inner: Arc<Addresses>,
}

/// Which operation answered, if one did, and what goes out.
type Answered = (Option<&'static str>, Response);

/// What is at hand as soon as the head is read.
enum AtOnce {
    Poll(Poll),
    Other(Response),
}

/// What goes out, and what is noted of it.
struct Outgoing {
    operation: Option<&'static str>,
    code: Option<Code>,
    is_stream: bool,
    response: hyper::Response<Content>,
}

impl Around {
    pub(super) fn new(office: Arc<Office>, methods: fn() -> Methods, inner: Addresses) -> Self {
        let origins = Origins::new(&office.config.allow_origin);
        let by_tls = office.config.tls.is_some() || office.config.is_behind_proxy();
        let traces = Traces::of(&office);
        let (figures, health, door) = (Arc::default(), Health::of(office.clone()), Door::new(&office.limits));
        let (nodes, door_to_leader) = (Nodes::of(office.clone()), Door::new(&office.limits));
        let mut of_polls = shortcut::headers();
        headers::secure(&mut of_polls, by_tls);
        Self {
            methods: LazyLock::new(methods),
            office,
            figures,
            health,
            door,
            nodes,
            door_to_leader,
            origins,
            traces,
            by_tls,
            of_polls,
            inner: Arc::new(inner),
        }
    }

    /// The answer to a request, on its way out.
    // No `async fn`: a future that holds the request is copied with it at every layer.
    pub(super) fn call<'a>(
        &'a self,
        request: Request<Incoming>,
        connection: &'a Arc<Connection>,
        ends: Ends,
    ) -> impl Future<Output = hyper::Response<Sending>> + Send + 'a {
        #[expect(clippy::disallowed_methods, reason = "measures how long the answer took")]
        let started = Stopwatch::now();
        let (parts, body) = request.into_parts();
        let body = (!body.is_end_stream()).then_some(body);
        connection.pulse.begin(body.is_some());
        // Where a length was said too, the library takes it away before anybody can see it, and somebody in front may have gone by
        // it: whatever follows on this connection is not believed (RFC 9112, section 6.1).
        let is_last = body.is_some() && parts.headers.contains_key(header::TRANSFER_ENCODING);
        let method = parts.method.clone();
        let ends = self.nodes.ends(ends, &parts.headers);
        let is_node = ends.is_node;
        let allowed = self.origins.allowed(&parts.headers);
        let traced = self.traces.as_ref().map(|traces| (traces, traces.begin(&parts.headers, self.office.now())));
        let begun = begin(|| match self.at_once(&parts, body.is_some(), allowed.is_some()) {
            Some(answered) => Either::Left(answered),
            None => {
                let asked = (parts.uri.clone(), Asked::of(&parts.headers));
                Either::Right((asked, self.whole_road(parts, body, connection, ends)))
            }
        });
        async move {
            let Outgoing { operation, code, is_stream, mut response } = match begun {
                Ok(Either::Left(AtOnce::Poll(poll))) => {
                    connection.suppose(poll.is_inside);
                    self.poll(poll.json)
                }
                begun => self.outgoing(self.finish(begun).await),
            };
            let (operation, status, took) = (operation.unwrap_or("-"), response.status().as_u16(), started.elapsed());
            self.figures.answered(operation, status, code, took);
            // It may be any word, of any length.
            let method = method.as_str().get(..16).unwrap_or(method.as_str());
            if tracing::enabled!(target: "boxoffice::request", tracing::Level::INFO) {
                let (code, micros) = (code.map(Code::as_str), took.as_micros() as u64);
                tracing::info!(target: "boxoffice::request", operation, method, status, code, micros);
            }
            if let Some((traces, begun)) = traced {
                traces.end(&begun, &Ended { operation, method, status, code, took });
            }
            let is_too_much = matches!(code, Some(Code::SlowDown | Code::Overloaded));
            connection.answered(status == 401);
            // A node's connection carries many clients, each of whom waits at that node.
            if let Some(wait) = connection.waits(is_too_much && !is_node) {
                tokio::time::sleep(wait).await;
            }
            if is_node {
                connection.set_side(Side::Inside);
                self.nodes.tell(response.headers_mut());
            } else {
                self.origins.grant(allowed, response.headers_mut());
            }
            if is_last {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            connection.pulse.answer(is_stream);
            response.map(|content| Sending::new(content, connection.clone()))
        }
    }

    /// The answer to a plain poll. A whole line asks for it again and again: nothing is looked up or put together for it but its JSON.
    fn poll(&self, json: Vec<u8>) -> Outgoing {
        let mut response = hyper::Response::new(Content::Whole(Full::from(json)));
        *response.headers_mut() = self.of_polls.clone();
        Outgoing { operation: Some(shortcut::OPERATION), code: None, is_stream: false, response }
    }

    fn outgoing(&self, (operation, response): Answered) -> Outgoing {
        let is_stream = response.content_type().is_some_and(|kind| kind.starts_with("text/event-stream"));
        let code = code_of(&response);
        let mut response = hyper::Response::from(response).map(Content::Any);
        headers::secure(response.headers_mut(), self.by_tls);
        Outgoing { operation, code, is_stream, response }
    }

    /// The answer to a load balancer that asks at the buyers' address.
    async fn health(&self, path: &str) -> Response {
        let (status, body) = match path {
            "/readyz" => self.health.readiness().await,
            "/healthz/leader" => self.health.leadership(),
            _ => (StatusCode::OK, "ok\n".to_owned()),
        };
        Response::builder()
            .status(status)
            .header(header::CACHE_CONTROL, "no-store")
            .content_type("text/plain")
            .body(body)
    }

    /// The answer where none of the office's work is needed for it.
    fn at_once(&self, parts: &Parts, has_body: bool, may_call: bool) -> Option<AtOnce> {
        if let Err(problem) = head::check(parts) {
            let mut response = problem.into_response();
            retell(&mut response, || Asked::of(&parts.headers).language());
            return Some(AtOnce::Other(response));
        }
        if may_call && let Some(answer) = headers::preflight(parts) {
            return Some(AtOnce::Other(answer));
        }
        if has_body {
            return None;
        }
        shortcut::answer(&self.office, parts).map(AtOnce::Poll)
    }

    fn whole_road<'a>(
        &'a self,
        parts: Parts,
        body: Option<Incoming>,
        connection: &'a Connection,
        ends: Ends,
    ) -> BoxFuture<'a, poem::Result<Response>> {
        if parts.method == Method::GET && matches!(parts.uri.path(), "/healthz" | "/healthz/leader" | "/readyz") {
            return async move { Ok(self.health(parts.uri.path()).await) }.boxed();
        }
        let way = self.nodes.way(&parts, &ends);
        if way != Way::Here {
            return self.other_way(way, parts, body, connection, ends).boxed();
        }
        let request = |parts: Parts, body: Body| whole(parts, body, ends);
        let Some(body) = body else {
            return async move {
                let _entered = self.door.enter(&self.office, &Asks::of(&parts), connection).await?;
                self.inner.call(request(parts, Body::empty())).await
            }
            .boxed();
        };
        async move {
            let most = body::most_bytes(&self.office.limits, &parts.method, parts.uri.path());
            let body = body::gather(body, &parts.headers, most, connection).await?;
            connection.pulse.work();
            let entered = self.door.enter(&self.office, &Asks::of(&parts), connection).await?;
            let is_large = body.len() > LARGE_BODY_BYTES;
            let request = request(parts, body.into());
            if !is_large {
                return self.inner.call(request).await;
            }
            let (inner, runtime) = (self.inner.clone(), Handle::current());
            // It runs on when its client hangs up, and keeps its place inside until it ends.
            let answer = spawn_blocking(move || {
                let _entered = entered;
                runtime.block_on(inner.call(request))
            });
            answer.await.unwrap_or_else(|error| {
                tracing::error!(%error, "a request with a large body failed");
                Err(Problem::of(Code::Internal).into())
            })
        }
        .boxed()
    }

    /// The answer where another node of the venue has to do with it.
    async fn other_way(
        &self,
        way: Way,
        parts: Parts,
        body: Option<Incoming>,
        connection: &Connection,
        ends: Ends,
    ) -> poem::Result<Response> {
        let mut gathered = Bytes::new();
        if let Some(body) = body {
            let most = match way {
                Way::Report => MOST_REPORT_BYTES,
                _ => body::most_bytes(&self.office.limits, &parts.method, parts.uri.path()),
            };
            gathered = body::gather(body, &parts.headers, most, connection).await?;
            connection.pulse.work();
        }
        match way {
            Way::Report => Ok(take_report(&self.office, &gathered)?),
            Way::NoLeader => Err(self.nodes.refuse().into()),
            Way::Leader => {
                let _entered = self.door_to_leader.enter(&self.office, &Asks::of(&parts), connection).await?;
                Ok(self.nodes.forward(parts, gathered, &ends).await)
            }
            Way::HereOnceKnown | Way::Here => {
                self.nodes.known(&parts).await?;
                let _entered = self.door.enter(&self.office, &Asks::of(&parts), connection).await?;
                self.inner.call(whole(parts, gathered.into(), ends)).await
            }
        }
    }

    async fn finish(&self, begun: Begun<'_>) -> Answered {
        let (operation, response) = match begun {
            Ok(Either::Left(AtOnce::Poll(poll))) => (Some(shortcut::OPERATION), shortcut::response(poll.json)),
            Ok(Either::Left(AtOnce::Other(response))) => (None, response),
            Ok(Either::Right(((uri, asked), answer))) => {
                let caught = AssertUnwindSafe(answer).catch_unwind().await;
                let (operation, mut response) =
                    self.response(caught.unwrap_or_else(|_| Err(panicked().into())), uri.path());
                retell(&mut response, || asked.language());
                (operation, response)
            }
            Err(()) => (None, panicked().into_response()),
        };
        if cfg!(debug_assertions) {
            check_documented(operation, &response);
        }
        (operation, response)
    }

    fn response(&self, answer: poem::Result<Response>, path: &str) -> Answered {
        match answer {
            Ok(response) => (response.data::<OperationId>().map(|id| id.0), response),
            Err(error) => (error.data::<OperationId>().map(|id| id.0), misread::problem(&self.methods, error, path)),
        }
    }
}

/// Answers whoever is in the same process, with no connection around it and no head to check.
impl Endpoint for Around {
    type Output = Response;

    async fn call(&self, request: poem::Request) -> poem::Result<Response> {
        let (asked, body) = request.into_parts();
        let (mut parts, ()) = Request::new(()).into_parts();
        (parts.method, parts.uri, parts.headers) = (asked.method, asked.uri, asked.headers);
        let begun = begin(|| match shortcut::answer(&self.office, &parts).filter(|_| body.is_empty()) {
            Some(poll) => Either::Left(AtOnce::Poll(poll)),
            None => {
                let asked = (parts.uri.clone(), Asked::of(&parts.headers));
                let whole = (parts, LocalAddr::default(), RemoteAddr::default(), Scheme::HTTP).into();
                Either::Right((asked, self.inner.call(poem::Request::from_parts(whole, body))))
            }
        });
        Ok(self.finish(begun).await.1)
    }
}

/// A request as the framework has it.
fn whole(parts: Parts, body: Body, ends: Ends) -> poem::Request {
    poem::Request::from_parts((parts, ends.local, ends.remote, Scheme::HTTP).into(), body)
}

/// What is at hand already, or the work that makes it; nothing when it panicked.
type Begun<'a> = Result<Either<AtOnce, Working<'a>>, ()>;

/// The work that makes an answer, and what it is for.
type Working<'a> = (WhatFor, BoxFuture<'a, poem::Result<Response>>);

/// What of a request is looked at once more, when it is refused.
type WhatFor = (Uri, Asked);

/// A mistake in one request's code is that request's failure; else its whole connection would be cut.
fn begin<'a>(work: impl FnOnce() -> Either<AtOnce, Working<'a>>) -> Begun<'a> {
    catch_unwind(AssertUnwindSafe(work)).map_err(drop)
}

/// What panicked has said so to the log already.
fn panicked() -> Problem {
    tracing::error!("a request panicked");
    Problem::of(Code::Internal)
}

/// In tests every problem that an operation gives must be one that its document names.
fn check_documented(operation: Option<&str>, response: &Response) {
    if let (Some(operation), Some(code)) = (operation, code_of(response)) {
        assert!(is_documented(operation, code), "{operation} gives {} and its document does not say so", code.as_str());
    }
}
