//! Routes, and serving them until told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use hyper::body::Bytes;
use poem::endpoint::make_sync;
use poem::{Endpoint, Response, Route, Server, get};
use poem_openapi::{OpenApi, OpenApiService};

use crate::app::App;
use crate::jobs::Jobs;
use crate::server::addresses::Addresses;
use crate::server::around::Around;
use crate::server::document::{Methods, document, document_json, document_yaml};
use crate::server::listener::Bounded;
use crate::{account, catalog, payment, queue, reservation, visit, wallet};

const DESCRIPTION: &str = "\
A ticket office in one binary and one SQLite file: buyers queue, are let in a few at a time, hold seats, top up a \
balance, pay, and walk in with a ticket.

**A buyer's way:** `sign_up` or `log_in` gives a *session*; `issue_token` with it gives a place in a concert's queue and \
a *queue token*; `queue_position` tells when it is your turn; once admitted, the queue token opens dates, seats, holds, \
balance and payment. A payment ends the visit, and the token with it. On this page each answer's credential is used for \
the calls that follow.

**Refusals** are `application/problem+json` (RFC 9457) with a stable `code`, and changed nothing.

**Repeating a request** is safe with an `Idempotency-Key`: the same key, operation and body have one effect and get one \
answer, for 24 hours. Where the answer holds a secret (`sign_up`, `log_in`, `open_sessions`) a repeat gives a new one. Only \
POST takes a key; elsewhere it is refused.

**Amounts** are whole minor units of the one currency; **instants** are RFC 3339; **ids** are opaque.";

/// Every feature's part of the API.
fn apis() -> impl OpenApi + Send + Sync + 'static {
    (
        account::api::Api,
        catalog::api::Api,
        reservation::api::Api,
        visit::api::QueueApi,
        queue::api::Api,
        reservation::map_api::Api,
        visit::api::HoldApi,
        wallet::api::Api,
        payment::api::Api,
        catalog::desk_api::Api,
        wallet::desk_api::Api,
        account::desk_api::Api,
        queue::desk_api::Api,
    )
}

pub(super) fn service() -> OpenApiService<impl OpenApi + Send + Sync + 'static, ()> {
    OpenApiService::new(apis(), "boxoffice", env!("CARGO_PKG_VERSION")).description(DESCRIPTION)
}

/// Uses the credential of an answer for the calls that follow, so that a newcomer authorises once by signing up.
const REMEMBER: &str = "\
        persistAuthorization: true,
        responseInterceptor: (response) => {
            const body = response.obj || (() => { try { return JSON.parse(response.text) } catch { return {} } })();
            if (body.session) { window.ui.preauthorizeApiKey('Session', body.session.secret); }
            if (body.token) { window.ui.preauthorizeApiKey('QueueToken', body.token); }
            return response;
        },
        deepLinking: true,";

fn docs_page() -> String {
    let service = service();
    let page = service.swagger_ui_html();
    let plain = format!("let spec = {};", service.spec());
    let full = format!("let spec = {};", serde_json::to_string(&document()).unwrap_or_default());
    page.replacen(&plain, &full, 1)
        .replacen("SwaggerUIBundle({", "window.ui = SwaggerUIBundle({", 1)
        .replacen("deepLinking: true,", REMEMBER, 1)
        .replacen("<title>Swagger UI</title>", "<title>boxoffice API</title>", 1)
}

fn problems_page() -> String {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for code in crate::http::Code::ALL {
        let (word, status, title) = (code.as_str(), code.status(), code.title());
        let _ = write!(rows, "<tr id=\"{word}\"><td><code>{word}</code></td><td>{status}</td><td>{title}</td></tr>");
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>boxoffice problems</title>\
         <style>body{{font:16px sans-serif;margin:2em}}td{{padding:.3em 1em}}tr:target{{background:#ffd}}</style>\
         <h1>Problem codes</h1><table>{rows}</table></html>"
    )
}

/// A text that is made when it is first asked for: at the start nobody needs it.
fn page(content_type: &'static str, make: fn() -> String) -> impl Endpoint<Output = Response> {
    let body = LazyLock::new(move || Bytes::from(make()));
    get(make_sync(move |_| Response::builder().content_type(content_type).body(Bytes::clone(&body))))
}

/// All routes of an open box office.
pub fn routes(app: Arc<App>) -> impl Endpoint {
    const HTML: &str = "text/html; charset=utf-8";
    let router = Route::new()
        .at("/", get(make_sync(|_| poem::web::Redirect::see_other("/docs"))))
        .at("/docs", page(HTML, docs_page))
        .at("/docs/problems", page(HTML, problems_page))
        .at("/openapi.json", page("application/json", document_json))
        .at("/openapi.yaml", page("application/yaml", document_yaml))
        .nest_no_strip("/v1", service());
    let office = app.office.clone();
    Around::new(office.clone(), || Methods::of(&document()), Addresses::new(office, apis(), router))
}

/// A server that listens already.
pub struct Serving {
    listener: Bounded,
    app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Binds the address; nothing is answered before [`Serving::run`].
///
/// # Errors
/// When the address cannot be had.
pub async fn serve(app: Arc<App>, address: SocketAddr) -> anyhow::Result<Serving> {
    let listener = Bounded::bind(address, &app.limits)
        .map_err(|error| anyhow::anyhow!("cannot listen on {address}: {error}; choose another with --listen"))?;
    let address = listener.address()?;
    Ok(Serving { listener, app, address })
}

impl Serving {
    /// Answers until `stop` resolves, then lets open requests finish, for a bounded time.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let (app, patience) = (self.app.clone(), self.app.limits.stop_patience);
        let stop = async move {
            stop.await;
            app.stopping.send_replace(true);
        };
        let jobs = Jobs::start(&self.app.office);
        let served = Server::new_with_acceptor(self.listener)
            .run_with_graceful_shutdown(routes(self.app.clone()), stop, Some(patience))
            .await;
        jobs.stop().await;
        let app = self.app;
        tokio::task::spawn_blocking(move || app.stop()).await?;
        Ok(served?)
    }
}
