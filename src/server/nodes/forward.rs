//! Handing a request on to the node that leads, and its answer back: whole, but for what two ends of one connection say to each
//! other. It is handed on once: whoever asked decides whether to ask again.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use futures_util::StreamExt;
use http_body_util::{BodyDataStream, BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response as Heard};
use poem::http::request::Parts;
use poem::http::{Method, Version};
use poem::{Body, Response};
use tokio::time::timeout;

use crate::http::{Code, Problem};
use crate::ids::Seq;
use crate::leader::{CLIENT, Leader, NODE, SEQ, Unheard};
use crate::office::Office;
use crate::standing::{Role, Standing};

/// Between the two ends of one connection (RFC 9110, section 7.6.1; RFC 9112, section 6).
const OF_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
/// Beside those: what the leader is told anew, or was answered here already.
const OF_REQUEST: [HeaderName; 7] =
    [header::HOST, header::CONTENT_LENGTH, header::EXPECT, header::FORWARDED, header::ORIGIN, NODE, CLIENT];
const UNNAMED: [&str; 6] =
    ["keep-alive", "proxy-connection", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "boxoffice-seq"];

/// Hands requests on.
pub(super) struct Forward {
    standing: Arc<Standing>,
    leader: Arc<Leader>,
    /// Answers that left before this node had what they tell of.
    ahead: AtomicU64,
}

impl Forward {
    pub(super) fn of(office: &Office) -> Self {
        let (standing, leader) = (office.part::<Standing>().clone(), office.part::<Leader>().clone());
        Self { standing, leader, ahead: AtomicU64::new(0) }
    }

    /// How many answers left before this node had what they tell of.
    pub(super) fn ahead(&self) -> u64 {
        self.ahead.load(Relaxed)
    }

    /// The leader's answer to this request, once this node has what it tells of.
    ///
    /// # Errors
    /// [`Code::NoLeader`] when nothing can have come of the request; [`Code::OutcomeUnknown`].
    pub(super) async fn answer(
        &self,
        office: &Office,
        parts: Parts,
        body: Bytes,
        client: IpAddr,
    ) -> Result<Response, Problem> {
        let Role::Following { leader: Some(address) } = self.standing.role() else { return Err(no_leader()) };
        let Some(secret) = self.standing.node_secret() else { return Err(no_leader()) };
        let changes = !matches!(parts.method, Method::GET | Method::HEAD);
        let request = request(parts, body, &secret, client);
        let heard = tokio::select! {
            heard = timeout(office.limits.leader_patience, self.leader.ask(&address, request)) => {
                heard.unwrap_or(Err(Unheard::Lost))
            }
            () = self.another_leads(&address) => Err(Unheard::Lost),
        };
        let heard = heard.map_err(|unheard| {
            tracing::warn!(leader = address, %unheard, "a request was not answered by the node that leads");
            if unheard == Unheard::Lost && changes {
                Problem::of(Code::OutcomeUnknown).retry_after(1)
            } else {
                no_leader()
            }
        })?;
        let seq = heard.headers().get(SEQ).and_then(|seq| seq.to_str().ok()?.parse().ok());
        if let Some(seq) = seq
            && !self.standing.reaches(Seq(seq), office.limits.catch_up_patience).await
        {
            // It stands all the same, and whoever asked must know that.
            self.ahead.fetch_add(1, Relaxed);
        }
        Ok(response(office, heard))
    }

    /// Resolves when the venue is led by another than the node at this address: what was sent there is answered by nobody, or
    /// too late.
    async fn another_leads(&self, address: &str) {
        let mut roles = self.standing.roles();
        let is_another = |role: &Role| match role {
            Role::Leading => true,
            Role::Following { leader } => leader.as_ref().is_some_and(|leader| leader != address),
        };
        if roles.wait_for(is_another).await.is_err() {
            std::future::pending().await
        }
    }
}

/// Nothing was changed: there is nobody who could have.
pub(super) fn no_leader() -> Problem {
    Problem::of(Code::NoLeader).retry_after(2)
}

fn request(parts: Parts, body: Bytes, secret: &str, client: IpAddr) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = parts.method;
    *request.uri_mut() = parts.uri.path_and_query().cloned().map_or_else(Default::default, Into::into);
    *request.version_mut() = Version::HTTP_11;
    let mut headers = parts.headers;
    strip(&mut headers);
    OF_REQUEST.iter().for_each(|name| drop(headers.remove(name)));
    if let Ok(secret) = HeaderValue::try_from(secret) {
        headers.insert(NODE, secret);
    }
    if let Ok(client) = HeaderValue::try_from(client.to_string()) {
        headers.insert(CLIENT, client);
    }
    *request.headers_mut() = headers;
    request
}

/// Takes away what is between the two ends of a connection, what they themselves named so, and what is between nodes.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<_> = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok()).collect();
    let named: Vec<HeaderName> =
        named.iter().flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    named.iter().chain(&OF_CONNECTION).for_each(|name| drop(headers.remove(name)));
    UNNAMED.iter().for_each(|name| drop(headers.remove(*name)));
}

fn response(office: &Office, heard: Heard<Incoming>) -> Response {
    let (head, body) = heard.into_parts();
    let mut response = Response::builder().status(head.status).finish();
    *response.headers_mut() = head.headers;
    strip(response.headers_mut());
    let is_stream = response.content_type().is_some_and(|kind| kind.starts_with("text/event-stream"));
    response.set_body(if is_stream {
        // It would last as long as the leader does.
        let mut stopping = office.stopping.subscribe();
        let stop = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
        let data = BodyDataStream::new(body).map(|data| data.map_err(io::Error::other));
        Body::from_bytes_stream(data.take_until(Box::pin(stop)))
    } else {
        Body::from(body.map_err(io::Error::other).boxed())
    });
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_a_client_says_in_a_nodes_name_is_not_handed_on() {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = Method::POST;
        parts.uri = "http://anywhere/v1/holds?a=b".parse().expect("a URI");
        parts.headers = headers(&[
            ("authorization", "Bearer x"),
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("boxoffice-node", "guess"),
            ("boxoffice-client", "192.0.2.9"),
            ("boxoffice-seq", "9"),
            ("x-forwarded-for", "192.0.2.9"),
            ("content-length", "99"),
            ("transfer-encoding", "chunked"),
            ("idempotency-key", "k"),
        ]);
        let asked = request(parts, Bytes::from_static(b"{}"), "secret", [192, 0, 2, 1].into());
        assert_eq!((asked.method(), asked.uri().to_string().as_str()), (&Method::POST, "/v1/holds?a=b"));
        let expected = [
            ("authorization", "Bearer x"),
            ("idempotency-key", "k"),
            ("boxoffice-node", "secret"),
            ("boxoffice-client", "192.0.2.1"),
        ];
        assert_eq!(*asked.headers(), headers(&expected));
    }
}
