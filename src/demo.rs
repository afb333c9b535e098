//! `boxoffice demo`: a concert on sale, a buyer and an operator key, in a data file that is thrown away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Parser;
use uuid::Uuid;

use crate::account::{self, AccountError, Passwords};
use crate::app::{App, Opened};
use crate::catalog::CatalogError;
use crate::catalog::domain::{self as catalog, ConcertSpec, PerformanceSpec};
use crate::catalog::plan::{RowSpec, plan};
use crate::cli::serve_until_stopped;
use crate::config::{Config, Limits, raise_open_files};
use crate::money::Amount;
use crate::queue::Settings;
use crate::store::{StoreError, Tx};
use crate::wallet::{self, WalletError};

/// The demo buyer's address.
pub const BUYER_EMAIL: &str = "buyer@boxoffice.example";
/// The demo buyer's password.
pub const BUYER_PASSWORD: &str = "boxoffice";

#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    config: Config,
}

/// The settings that `serve` has without flags, for a data file of one's own. The environment still counts.
pub fn config(data: &Path, listen: SocketAddr) -> Config {
    let defaults = Defaults::parse_from(["boxoffice"]).config;
    Config { data: data.to_owned(), listen, ..defaults }
}

/// What the demo's data file holds.
pub struct DemoData {
    /// The concert.
    pub concert_id: Uuid,
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
pub async fn run(keep: Option<PathBuf>, listen: SocketAddr) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("boxoffice-demo-{}", std::process::id()));
    let data = match &keep {
        Some(data) if data.exists() => anyhow::bail!(
            "{} exists already; a demo starts fresh. Serve it with `boxoffice serve --data {0}`, or name another file",
            data.display()
        ),
        Some(data) => data.clone(),
        None => {
            std::fs::create_dir_all(&folder)?;
            folder.join("boxoffice.db")
        }
    };
    let served = serve_demo(&data, listen).await;
    if keep.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    served
}

async fn serve_demo(data: &Path, listen: SocketAddr) -> anyhow::Result<()> {
    let Opened { app, new_operator_key } =
        App::open(config(data, listen), Limits::default().within(raise_open_files())).await?;
    let hash = app.part::<Passwords>().hash(BUYER_PASSWORD.to_owned()).await?;
    let demo = app.store.write(move |tx| fill(tx, &hash)).await?;
    let operator_key = new_operator_key.unwrap_or_else(|| "(the one in BOXOFFICE_OPERATOR_KEY)".to_owned());
    serve_until_stopped(app, listen, |address| {
        println!("boxoffice demo: a concert is on sale. Stop it with Ctrl-C; its data is thrown away.");
        println!();
        println!("  server        http://{address}");
        println!("  API and docs  http://{address}/docs");
        println!("  data file     {}", data.display());
        println!("  concert       {}", demo.concert_id);
        println!("  buyer         {BUYER_EMAIL}  password {BUYER_PASSWORD}  balance 500000");
        println!("  operator key  {operator_key}");
        println!();
        println!("Buy a ticket: bash examples/journey.sh http://{address}   (or follow the README's tour)");
    })
    .await
}

/// Puts a hall, a concert with two dates, and a buyer with money into an empty data file.
///
/// # Errors
/// Only the store's.
pub fn fill(tx: &Tx, password_hash: &str) -> Result<DemoData, DemoError> {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let rows = ["A", "B", "C", "D", "E", "F", "G", "H"].iter().enumerate().map(|(at, name)| RowSpec {
        section: "Stalls".to_owned(),
        name: (*name).to_owned(),
        grade: if at < 2 { "VIP" } else { "R" }.to_owned(),
        seat_numbers: (1..=20).collect(),
    });
    let plan = plan(rows.collect(), 1000)?;
    let hall = catalog::create_hall(tx, "Demo Hall", &plan)?;
    let spec = ConcertSpec {
        title: "Demo Concert".to_owned(),
        time_zone: "Asia/Seoul".to_owned(),
        on_sale_at: None,
        queue_opens_at: None,
        settings: Settings::DEFAULT,
    };
    let (concert, _) = catalog::create_concert(tx, &spec)?;
    let prices = BTreeMap::from([("VIP".to_owned(), Amount(150_000)), ("R".to_owned(), Amount(110_000))]);
    for days in [30, 31] {
        let starts_at = tx.now().plus_ms(days * DAY_MS);
        catalog::create_performance(tx, &PerformanceSpec::new(concert.id, hall, starts_at, prices.clone()))?;
    }
    let buyer = account::domain::sign_up(tx, BUYER_EMAIL, "Demo Buyer", Some(password_hash))?;
    wallet::domain::top_up(tx, buyer.key, Amount(500_000))?;
    Ok(DemoData { concert_id: concert.id })
}
