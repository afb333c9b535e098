//! Routes, and serving them until told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use poem::{Endpoint, Server};

use crate::app::App;
use crate::jobs::Jobs;
use crate::server::addresses::Addresses;
use crate::server::around::Around;
use crate::server::document::{Methods, apis, document, service};
use crate::server::listener::Bounded;
use crate::server::pages;

/// All routes of an open box office.
pub fn routes(app: Arc<App>) -> impl Endpoint {
    let router = pages::routes().nest_no_strip("/v1", service());
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
