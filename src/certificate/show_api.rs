//! The page that leads a phone through trusting the authority, and the authority itself. On plain HTTP, because nothing else
//! is trusted yet: whoever shall trust it compares the fingerprint.

use std::net::SocketAddr;

use askama::Template;
use poem::endpoint::make_sync;
use poem::http::header;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::Html;
use poem::{IntoResponse, Response, Route, Server, get};

use crate::certificate::authority::{LocalName, Made};

#[derive(Template)]
#[template(path = "certificate.html")]
struct Steps<'a> {
    fingerprint: String,
    names: &'a [LocalName],
}

/// Shows the page until Ctrl-C; `ready` learns the address once it listens.
///
/// # Errors
/// When the address is in use.
pub async fn show(
    address: SocketAddr,
    made: &Made,
    names: &[LocalName],
    ready: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let page = Steps { fingerprint: made.fingerprint(), names }.render()?;
    let der = made.der.clone();
    // A phone offers to install what comes by this type.
    let authority = move || {
        Response::builder()
            .content_type("application/x-x509-ca-cert")
            .header(header::CONTENT_DISPOSITION, "attachment; filename=\"boxoffice-door.crt\"")
            .body(der.clone())
    };
    let app = Route::new()
        .at("/", get(make_sync(move |_| Html(page.clone()).into_response())))
        .at("/boxoffice-door.crt", get(make_sync(move |_| authority())));
    let acceptor = TcpListener::bind(address.to_string()).into_acceptor().await?;
    let bound = acceptor.local_addr().into_iter().find_map(|local| local.as_socket_addr().copied());
    ready(bound.unwrap_or(address));
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(app, stop, None).await?;
    Ok(())
}
