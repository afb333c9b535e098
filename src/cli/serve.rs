//! `boxoffice serve`: opens the data file, or joins the nodes of a book, shows what a start shows once, serves.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use sd_notify::NotifyState;
use tokio::sync::watch;

use crate::app::{App, Opened};
use crate::config::{Config, Limits};
use crate::run::{raise_open_files, serve_until_stopped};
use crate::server::Bound;
use crate::staff::{OperatorKeyNews, first};
use crate::standing::Role;
use crate::store::book::{Address, Seat};
use crate::{server, terminal};

/// Which settings with a secret in them were given as arguments, as flag and variable: everybody on the machine can read those.
pub(super) fn shown_secrets(given: &ArgMatches) -> Vec<(String, String)> {
    let Some(given) = given.subcommand_matches("serve") else { return Vec::new() };
    let settings = Config::augment_args(clap::Command::new("serve"));
    let is_secret = |setting: &&clap::Arg| {
        let name = setting.get_id().as_str();
        let is_argument = given.value_source(name) == Some(ValueSource::CommandLine);
        // A data file's name is none; an address has a password.
        let is_file = name == "data" && !given.get_raw(name).into_iter().flatten().any(has_password);
        setting.is_hide_env_values_set() && is_argument && !is_file
    };
    let names = |setting: &clap::Arg| {
        let variable = setting.get_env().map(|variable| variable.to_string_lossy().into_owned());
        Some((format!("--{}", setting.get_long()?), variable?))
    };
    settings.get_arguments().filter(is_secret).filter_map(names).collect()
}

fn has_password(address: &OsStr) -> bool {
    address.to_string_lossy().split_once("://").is_some_and(|(_, rest)| rest.contains('@'))
}

pub(super) async fn serve(config: Config, shown: &[(String, String)]) -> anyhow::Result<()> {
    // Before anything is made or shown that would be in vain without it.
    let bound = bind(&config)?;
    let limits = Limits::default().within(raise_open_files());
    let (data, opened) = match Address::parse(&config.data)? {
        None => (config.data.display().to_string(), App::open(config, limits).await?),
        Some(address) => (address.to_string(), join(address, config, limits, &bound).await?),
    };
    let (scheme, metrics) = (bound.scheme(), bound.metrics_address());
    let Opened { app, operator_key } = opened;
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
    for (flag, variable) in shown {
        tracing::warn!(
            "{flag} stands in the list of processes, for everybody on this machine to read; {variable} does not"
        );
    }
    for network in &app.config.lift_limits_for {
        tracing::warn!("no limits for what comes from {network}, which is for a load drill");
    }
    serve_until_stopped(app, bound, |address| {
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

fn bind(config: &Config) -> anyhow::Result<Bound> {
    let bound = server::bind(&config.listen)?.with_tls(config.tls.as_ref())?;
    let bound = bound.with_metrics(config.metrics_listen.as_ref())?;
    require_encryption(config, bound.address)?;
    Ok(bound)
}

/// Opens a venue that is kept in PostgreSQL: leads it, or follows whoever leads.
async fn join(address: Address, config: Config, limits: Limits, bound: &Bound) -> anyhow::Result<Opened> {
    let url = if config.book.node_url.is_none() && bound.address.ip().is_unspecified() {
        tracing::warn!("the other nodes cannot know where to reach this one, which listens everywhere: say --node-url");
        String::new()
    } else {
        config.book.reached_at(bound.scheme(), bound.address)
    };
    // Loading takes what it takes; the watchdog counts since this process was started.
    let feeding = tokio::spawn(async {
        loop {
            let _ = sd_notify::notify(&[NotifyState::Watchdog]);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let is_unreplicated = config.book.unreplicated;
    let seat = tokio::task::spawn_blocking(move || Seat::take(&address, is_unreplicated, &url)).await?;
    let opened = match seat {
        Ok(seat) => App::open_in_book(config, limits, seat).await,
        Err(error) => Err(error.into()),
    };
    feeding.abort();
    let opened = opened?;
    tokio::spawn(tell_role(opened.app.store.standing().roles()));
    Ok(opened)
}

/// Says what this node is, whenever that changes.
async fn tell_role(mut roles: watch::Receiver<Role>) {
    loop {
        let role = roles.borrow_and_update().clone();
        let said = match role {
            Role::Leading => "leads".to_owned(),
            Role::Following { leader: Some(leader) } => format!("follows {leader}"),
            Role::Following { leader: None } => "follows; nobody leads".to_owned(),
        };
        let _ = sd_notify::notify(&[NotifyState::Status(&said)]);
        tracing::info!("this box office {said}");
        if roles.changed().await.is_err() {
            return;
        }
    }
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
