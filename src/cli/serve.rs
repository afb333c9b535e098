//! `boxoffice serve`: opens the data file, shows what a start shows once, serves.

use std::net::SocketAddr;

use sd_notify::NotifyState;

use crate::app::{App, Opened};
use crate::config::{Config, Limits};
use crate::run::{raise_open_files, serve_until_stopped};
use crate::staff::{OperatorKeyNews, first};
use crate::{server, terminal};

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    // Before anything is made or shown that would be in vain without it.
    let bound = server::bind(&config.listen)?.with_tls(config.tls.as_ref())?;
    let bound = bound.with_metrics(config.metrics_listen.as_ref())?;
    require_encryption(&config, bound.address)?;
    let (scheme, metrics) = (bound.scheme(), bound.metrics_address());
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
    for network in &app.config.lift_limits_for {
        tracing::warn!("no limits for what comes from {network}, which is for a load drill");
    }
    serve_until_stopped(app, bound, |address| {
        let data = data.display();
        // Where systemd does not ask, there is nobody to tell.
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        let url = format!("{scheme}://{address}");
        terminal::mention(&format!("boxoffice {does} {data} on {url} (docs: {url}/docs)"));
        if let Some(metrics) = metrics {
            terminal::mention(&format!("figures for Prometheus: http://{metrics}/metrics"));
        }
        if is_new {
            terminal::mention(&format!("put your first concert on sale in a browser: {url}/#/set-up"));
        }
    })
    .await
}

/// What others can reach carries passwords and tokens.
fn require_encryption(config: &Config, address: SocketAddr) -> anyhow::Result<()> {
    if address.ip().is_loopback() || config.tls.is_some() || config.is_behind_proxy() {
        return Ok(());
    }
    anyhow::bail!(
        "{address} is open to others, and would not be encrypted: name a certificate (--tls-certificate, --tls-key), or say \
         --behind-proxy if a proxy with TLS stands before it"
    )
}
