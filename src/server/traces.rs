//! Traces: a span for each request, told to an OpenTelemetry collector by OTLP, if one is named. A span says what was asked, how it
//! ended and how long it took; never by whom, and nothing of what was sent. No answer waits for it: what the collector does not take
//! in time is left out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use hyper::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;
use url::Url;

use crate::clock::Instant;
use crate::http::Code;
use crate::office::Office;
use crate::outbound::{Call, Outbound, Reach};

/// Where collectors take spans, unless the address says otherwise (OTLP's specification, "OTLP/HTTP Request").
const PATH: &str = "/v1/traces";
/// The last spans have so long to be sent when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Traces requests. The last spans are sent when it is dropped.
pub(super) struct Traces {
    tracer: SdkTracer,
    provider: SdkTracerProvider,
    parents: TraceContextPropagator,
}

/// A request that began.
pub(super) struct Begun {
    parent: Context,
    at: Instant,
}

/// How a request ended.
pub(super) struct Ended<'a> {
    pub(super) operation: &'a str,
    pub(super) method: &'a str,
    pub(super) status: u16,
    pub(super) code: Option<Code>,
    pub(super) took: Duration,
}

impl Traces {
    /// As the settings say; nothing where no collector is named. Call it inside the runtime.
    pub(super) fn of(office: &Office) -> Option<Self> {
        let settings = &office.config.traces;
        let opened = Self::open(&settings.otlp.as_ref()?.0, settings.otlp_share.0, office.part::<Outbound>().clone());
        opened.inspect_err(|error| tracing::error!(error = %format!("{error:#}"), "requests are not traced")).ok()
    }

    fn open(collector: &Url, share: f64, out: Arc<Outbound>) -> anyhow::Result<Self> {
        let mut endpoint = collector.clone();
        if endpoint.path() == "/" {
            endpoint.set_path(PATH);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender { out, runtime: Handle::current() })
            .with_endpoint(endpoint)
            .with_protocol(Protocol::HttpJson)
            .build()
            .context("tracing requests (--otlp)")?;
        // By the trace's number alone: whoever asks does not decide what is kept of it.
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::TraceIdRatioBased(share))
            .with_resource(Resource::builder().with_service_name("boxoffice").build())
            .build();
        let scope = InstrumentationScope::builder("boxoffice").with_version(env!("CARGO_PKG_VERSION")).build();
        Ok(Self { tracer: provider.tracer_with_scope(scope), provider, parents: TraceContextPropagator::new() })
    }

    /// Notes when a request began, and whose trace it belongs to (W3C Trace Context).
    pub(super) fn begin(&self, headers: &HeaderMap, now: Instant) -> Begun {
        let parent = self.parents.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        Begun { parent, at: now }
    }

    /// Keeps a request's span until it is sent.
    pub(super) fn end(&self, begun: &Begun, ended: &Ended<'_>) {
        let mut about = vec![
            KeyValue::new("http.request.method", ended.method.to_owned()),
            KeyValue::new("http.response.status_code", i64::from(ended.status)),
        ];
        about.extend(ended.code.map(|code| KeyValue::new("error.type", code.as_str())));
        let span = self.tracer.span_builder(ended.operation.to_owned()).with_kind(SpanKind::Server);
        let span = span.with_start_time(begun.at.to_system()).with_attributes(about);
        let mut span = self.tracer.build_with_context(span, &begun.parent);
        if ended.status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(begun.at.to_system() + ended.took);
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FAREWELL) {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// The way to the collector; its thread is the exporter's, its network the runtime's.
struct Sender {
    out: Arc<Outbound>,
    runtime: Handle,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (out, url) = (self.out.clone(), Url::parse(&request.uri().to_string())?);
        let sent = self.runtime.spawn(async move {
            let (parts, body) = request.into_parts();
            let text = |value: &hyper::header::HeaderValue| value.to_str().ok().map(str::to_owned);
            let headers = parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), text(value)?)));
            let call = Call {
                method: "POST",
                url: &url,
                headers: headers.collect(),
                body: body.into(),
                reach: Reach::Anybody,
            };
            out.send(&call).await
        });
        let heard = sent.await??;
        Ok(Response::builder().status(heard.status).body(heard.body)?)
    }
}
