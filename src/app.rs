//! Opens the box office, wires its parts, stops it in order. Nothing else: what happens without a request is `jobs`',
//! what memory knows is each subject's.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context;
use tokio::sync::{Semaphore, watch};

use crate::account::Passwords;
use crate::catalog::{self, CatalogFact};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Limits};
use crate::entropy::{Entropy, SystemEntropy};
use crate::jobs;
use crate::keys;
use crate::office::{Office, Parts};
use crate::payment::TicketCodes;
use crate::picture::Picture;
use crate::queue::{Lines, QueueError, QueueFact, TokenKey};
use crate::reservation::{SeatFact, SeatMaps};
use crate::store::Store;
use crate::terms::Terms;

/// An open box office.
pub struct App {
    /// What every request works on.
    pub office: Arc<Office>,
}

impl Deref for App {
    type Target = Arc<Office>;

    fn deref(&self) -> &Arc<Office> {
        &self.office
    }
}

/// What a start shows once.
pub struct Opened {
    /// The box office.
    pub app: Arc<App>,
    /// The operator's key, if it was made just now.
    pub new_operator_key: Option<String>,
}

impl App {
    /// Opens the box office on the machine's clock and randomness.
    ///
    /// # Errors
    /// With the cause and the remedy, for whoever typed the command.
    pub async fn open(config: Config, limits: Limits) -> anyhow::Result<Opened> {
        Self::open_with(config, limits, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// As [`App::open`], with a scripted clock or seeded randomness.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        config: Config,
        limits: Limits,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> anyhow::Result<Opened> {
        let (store, writer) = Store::open(&config.data, &limits, clock.clone(), entropy.clone())?;
        store.set_terms(terms(&config, &limits));
        // Loaded before the writer runs, so that no change can fall between loading and publishing.
        let lines = store.read_blocking(|tx| {
            Lines::load(tx, |concert| catalog::domain::concert_id(tx, concert).map_err(QueueError::from))
        });
        let lines = Arc::new(lines.context("loading the queues")?);
        let seat_maps = Arc::new(store.read_blocking(SeatMaps::load).context("loading the holds")?);
        let picture = Picture::default()
            .with::<QueueFact, _>(lines.clone())
            .with::<CatalogFact, _>(seat_maps.clone())
            .with::<SeatFact, _>(seat_maps.clone());
        writer.start(Box::new(move |facts, now| picture.publish(&facts, now)));
        let chosen = config.operator_key.clone();
        let (secrets, new_operator_key) = store.write(move |tx| keys::load(tx, chosen.as_deref())).await?;
        let parts = Parts::default()
            .with(lines)
            .with(seat_maps)
            .with(Arc::new(TokenKey::new(&secrets.token_key)))
            .with(Arc::new(TicketCodes::new(&secrets.ticket_key)))
            .with(Arc::new(Passwords::new(&limits, entropy)?));
        let streams = Arc::new(Semaphore::new(limits.streams));
        let (stopping, broken) = (watch::channel(false).0, watch::channel(false).0);
        let office = Office { config, limits, store, clock, secrets, streams, stopping, broken, parts };
        Ok(Opened { app: Arc::new(Self { office: Arc::new(office) }), new_operator_key })
    }

    /// Does everything that is due now.
    pub async fn run_due(&self) {
        jobs::run_due(&self.office).await;
    }

    /// Ends streams, finishes accepted changes, closes the data file.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
        self.store.stop();
    }
}

fn terms(config: &Config, limits: &Limits) -> Terms {
    Terms {
        admission_seconds: config.admission_seconds,
        hold_seconds: config.hold_seconds,
        token_seconds: limits.queue_token_seconds,
        seats_per_user: config.seats_per_user,
        largest_top_up: limits.largest_top_up,
        numbers_per_commit: limits.numbers_per_commit,
    }
}
