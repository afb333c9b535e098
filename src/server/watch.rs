//! The address for those who watch: `/healthz`, `/healthz/leader`, `/readyz` and `/metrics`, apart from the buyers' so that a proxy need not
//! hide it, and a full house does not.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::server::around::Around;
use crate::server::connections::Connections;
use crate::server::metrics;

/// So many watch at once at most.
const WATCHERS: usize = 16;
/// A request has so long to arrive, and a connection to be of use.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(300);
/// After an error that accepting alone cannot mend.
const PAUSE: Duration = Duration::from_millis(100);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Answers those who watch. Runs until it is dropped.
pub(super) async fn serve(listener: TcpListener, around: Arc<Around>, connections: Connections) {
    let places = Arc::new(Semaphore::new(WATCHERS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (around, connections) = (around.clone(), connections.clone());
                tokio::spawn(async move {
                    let _place = place;
                    let _ = timeout(LONGEST, answer_all(stream, &around, &connections)).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a watcher's connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn answer_all(stream: TcpStream, around: &Around, connections: &Connections) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| async move {
        Ok::<_, Infallible>(answer(&request, around, connections).await)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a watcher's connection broke");
    }
}

async fn answer<B>(request: &Request<B>, around: &Around, connections: &Connections) -> Response<Full<Bytes>> {
    let (status, kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => (StatusCode::OK, TEXT, "ok\n".to_owned()),
        (&Method::GET, "/healthz/leader") => {
            let (status, body) = around.health.leadership();
            (status, TEXT, body)
        }
        (&Method::GET, "/readyz") => {
            let (status, body) = around.health.readiness().await;
            (status, TEXT, body)
        }
        (&Method::GET, "/metrics") => {
            let checks = around.health.checks().await;
            let text = metrics::render(around, connections.in_use(), checks);
            (StatusCode::OK, OPEN_METRICS, text)
        }
        _ => (StatusCode::NOT_FOUND, TEXT, "GET /healthz, /healthz/leader, /readyz or /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
