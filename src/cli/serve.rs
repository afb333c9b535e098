//! `boxoffice serve`: opens the data file, shows what a start shows once, serves.

use sd_notify::NotifyState;

use crate::app::{App, Opened};
use crate::config::{Config, Limits};
use crate::run::{raise_open_files, serve_until_stopped};
use crate::staff::{OperatorKeyNews, first};
use crate::{server, terminal};

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    // Before anything is made or shown that would be in vain without it.
    let bound = server::bind(&config.listen)?;
    let data = config.data.clone();
    let Opened { app, operator_key } = App::open(config, Limits::default().within(raise_open_files())).await?;
    let is_new = app.store.is_new();
    let does = if is_new { "made a new data file and serves" } else { "serves" };
    match operator_key {
        OperatorKeyNews::Kept | OperatorKeyNews::Chosen => {}
        OperatorKeyNews::Replaced => {
            tracing::warn!("operator key replaced: the one before opens nothing any more");
            terminal::mention("operator key replaced: the one before opens nothing any more");
        }
        OperatorKeyNews::Made(key) => match terminal::say(&format!("operator key (shown once, keep it): {key}")) {
            Ok(()) => app.store.write(first::shown).await?,
            Err(error) => {
                tracing::error!(%error, "the new operator key could not be shown; the next start shows another")
            }
        },
    }
    serve_until_stopped(app, bound, |address| {
        if !address.ip().is_loopback() {
            tracing::warn!("{address} is open to others, and not encrypted: let a proxy with TLS stand before it");
        }
        let data = data.display();
        // Where systemd does not ask, there is nobody to tell.
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        terminal::mention(&format!("boxoffice {does} {data} on http://{address} (docs: http://{address}/docs)"));
        if is_new {
            terminal::mention(&format!("put your first concert on sale in a browser: http://{address}/#/set-up"));
        }
    })
    .await
}
