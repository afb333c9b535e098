//! `boxoffice demo`: a concert on sale, a buyer and an operator key, in a data file that is thrown away.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use clap::Parser;
use uuid::Uuid;

use crate::account::{self, AccountError, Passwords};
use crate::app::{App, Opened};
use crate::catalog::CatalogError;
use crate::catalog::concert::ConcertSpec;
use crate::catalog::concert::domain::create_concert;
use crate::catalog::domain::{self as catalog, PerformanceSpec};
use crate::catalog::hall::domain as halls;
use crate::catalog::hall::plan::PlanPlace;
use crate::catalog::hall::spec::{HallSpec, RowSpec};
use crate::clock::Instant;
use crate::config::{Config, Limits};
use crate::money::Amount;
use crate::network::{Listen, Origin};
use crate::office::Guide;
use crate::rehearse::crowd;
use crate::rehearse::desk::Sale;
use crate::run::{raise_open_files, serve_until_stopped};
use crate::server::{self, Bound};
use crate::staff::{OperatorKeyNews, first};
use crate::store::{StoreError, Tx};
use crate::terminal;
use crate::terms::TopUpBy;
use crate::wallet::{self, WalletError};

/// The demo buyer's address.
pub const BUYER_EMAIL: &str = "buyer@boxoffice.example";
/// The demo buyer's password.
pub const BUYER_PASSWORD: &str = "boxoffice";

/// The largest crowd of a demonstration.
pub const LARGEST_CROWD: u32 = 2000;
/// A crowd needs a row for so many of them: each buys some two seats.
const BUYERS_A_ROW: u32 = 8;
const MOST_SEATS: usize = 20 * (8 + (LARGEST_CROWD / BUYERS_A_ROW) as usize);

#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    config: Config,
}

/// The settings that `serve` has without flags, for a data file of one's own, but buyers top up their balances
/// themselves. The environment still counts.
pub fn config(data: &Path, listen: SocketAddr) -> Config {
    let mut defaults = Defaults::parse_from(["boxoffice"]).config;
    defaults.terms.top_up_by.get_or_insert(TopUpBy::Buyers);
    defaults.checkout.fake_provider = true;
    Config { data: data.to_owned(), listen: listen.into(), ..defaults }
}

/// What the demo's data file holds.
pub struct DemoData {
    /// The concert.
    pub concert_id: Uuid,
    /// Its first date.
    pub performance_id: Uuid,
}

/// Why the demo's data cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The catalogue's refusal.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The accounts' refusal.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The wallet's refusal.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Serves the demo until stopped.
///
/// # Errors
/// When the data file exists already or the address is in use.
pub async fn run(keep: Option<PathBuf>, listen: &Listen, crowd: u32) -> anyhow::Result<()> {
    let bound = server::bind(listen)?;
    let folder = std::env::temp_dir().join(format!("boxoffice-demo-{}", std::process::id()));
    let data = match &keep {
        Some(data) if data.exists() => anyhow::bail!(
            "{} exists already; a demo starts fresh. Serve it with `boxoffice serve --data {0}`, or name another file",
            data.display()
        ),
        Some(data) => data.clone(),
        None => {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            folder.join("boxoffice.db")
        }
    };
    let served = serve_demo(&data, bound, keep.is_some(), crowd).await;
    if keep.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    served
}

async fn serve_demo(data: &Path, bound: Bound, is_kept: bool, crowd: u32) -> anyhow::Result<()> {
    // Whoever tries it may well try it from a page of their own.
    let config = Config { allow_origin: vec![Origin::any()], ..config(data, bound.address) };
    let chosen = config.operator_key.clone();
    let Opened { app, operator_key } = App::open(config, Limits::default().within(raise_open_files())).await?;
    let hash = app.part::<Passwords>().hash(Ipv4Addr::LOCALHOST.into(), BUYER_PASSWORD.to_owned()).await?;
    let demo = app.store.write(move |tx| fill(tx, &hash, crowd)).await?;
    let (operator_key, key) = match operator_key {
        OperatorKeyNews::Made(key) => (key.clone(), key),
        _ => ("(the one in BOXOFFICE_OPERATOR_KEY)".to_owned(), chosen.unwrap_or_default()),
    };
    let _ = app.guide.set(Guide {
        buyer_email: BUYER_EMAIL.to_owned(),
        buyer_password: BUYER_PASSWORD.to_owned(),
        operator_key: operator_key.clone(),
    });
    let end = if is_kept { "its data is kept" } else { "its data is thrown away" };
    let served = app.clone();
    serve_until_stopped(served, bound, |address| {
        let said = terminal::say(&format!(
            "boxoffice demo: a concert is on sale. Stop it with Ctrl-C; {end}.

  server        http://{address}
  API and docs  http://{address}/docs
  data file     {}
  concert       {}
  buyer         {BUYER_EMAIL}  password {BUYER_PASSWORD}  balance 500000
  operator key  {operator_key}

Buy a ticket: bash examples/journey.sh http://{address}   (or follow the README's tour)",
            data.display(),
            demo.concert_id,
        ));
        match said {
            Ok(()) => drop(tokio::spawn(async move { app.store.write(first::shown).await })),
            Err(error) => tracing::warn!(%error, "standard output takes no more; the next start shows another key"),
        }
        if crowd > 0 {
            tokio::spawn(send_crowd(address, key, demo, crowd));
        }
    })
    .await
}

/// Buyers come, wait their turn and buy, until the last has gone.
async fn send_crowd(address: SocketAddr, operator_key: String, demo: DemoData, buyers: u32) {
    let (concert_id, performance_id) = (demo.concert_id.to_string(), demo.performance_id.to_string());
    if let Err(error) = crowd::come(address, operator_key, Sale { concert_id, performance_id }, buyers).await {
        tracing::warn!(%error, "the crowd could not come");
    }
}

/// Half past seven in the evening there, so many days after `now`.
fn evening(now: Instant, days: i64, time_zone: &str) -> Instant {
    let local = jiff::Timestamp::from_millisecond(now.0).and_then(|now| now.in_tz(time_zone));
    let day = local.and_then(|local| local.checked_add(jiff::Span::new().days(days)));
    let evening = day.and_then(|day| day.with().time(jiff::civil::time(19, 30, 0, 0)).build());
    evening.map_or(now, |evening| Instant(evening.timestamp().as_millisecond()))
}

/// A to Z, then AA, AB and so on.
fn row_name(at: u32) -> String {
    let letter = |at: u32| char::from(b'A' + u8::try_from(at % 26).unwrap_or_default());
    if at < 26 { letter(at).to_string() } else { format!("{}{}", letter(at / 26 - 1), letter(at)) }
}

/// Puts a hall that a `crowd` does not sell out, a concert with two dates, and a buyer with money into an empty data file.
///
/// # Errors
/// Only the store's.
pub fn fill(tx: &Tx, password_hash: &str, crowd: u32) -> Result<DemoData, DemoError> {
    let rows = 8 + crowd / BUYERS_A_ROW;
    let grade = |at: u32| if at < 2 { "VIP" } else { "R" };
    let rows = (0..rows).map(|at| RowSpec::new(row_name(at), grade(at), PlanPlace::labelled(1..=20)));
    let plan = HallSpec::seated("Stalls", rows.collect()).plan(MOST_SEATS)?;
    let hall = halls::create_hall(tx, "Demo Hall", &plan)?;
    let mut spec = ConcertSpec::new("Demo Concert", "Asia/Seoul");
    spec.terms.cancel_until_minutes = Some(24 * 60);
    let (concert, _) = create_concert(tx, &spec)?;
    let prices = BTreeMap::from([("VIP".to_owned(), Amount(150_000)), ("R".to_owned(), Amount(110_000))]);
    let mut performances = Vec::new();
    for days in [30, 31] {
        let starts_at = evening(tx.now(), days, &spec.time_zone);
        let spec = PerformanceSpec::new(concert.id, hall, starts_at, prices.clone());
        performances.push(catalog::create_performance(tx, &spec)?.performance_id);
    }
    let buyer = account::domain::sign_up(tx, BUYER_EMAIL, "Demo Buyer", Some(password_hash))?;
    wallet::domain::top_up(tx, buyer.key, Amount(500_000), None)?;
    let performance_id = performances.first().copied().unwrap_or_default();
    Ok(DemoData { concert_id: concert.id, performance_id })
}
