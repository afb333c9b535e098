//! Routes, and serving them until told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::app::App;
use crate::jobs::Jobs;
use crate::pages;
use crate::server::accept::Bound;
use crate::server::addresses::Addresses;
use crate::server::around::Around;
use crate::server::docs;
use crate::server::document::{Methods, apis, document, service};

/// All routes of an open box office, with what goes around them.
pub fn routes(app: Arc<App>) -> Around {
    let router = docs::add_to(pages::routes()).nest_no_strip("/v1", service());
    let office = app.office.clone();
    Around::new(office.clone(), || Methods::of(&document()), Addresses::new(office, apis(), router))
}

/// A box office that has its port.
pub struct Serving {
    bound: Bound,
    app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Brings an open box office and its port together; nothing is answered before [`Serving::run`].
pub fn serve(app: Arc<App>, bound: Bound) -> Serving {
    let address = bound.address;
    Serving { bound, app, address }
}

impl Serving {
    /// Answers until `stop` resolves, then lets open requests finish, for a bounded time.
    ///
    /// # Errors
    /// When the box office cannot be closed in order.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let app = self.app.clone();
        let stop = async move {
            stop.await;
            app.stopping.send_replace(true);
        };
        let jobs = Jobs::start(&self.app.office);
        let around = Arc::new(routes(self.app.clone()));
        let served = self.bound.serve(around, &self.app.office, stop).await;
        jobs.stop().await;
        let app = self.app;
        tokio::task::spawn_blocking(move || app.stop()).await?;
        served
    }
}
