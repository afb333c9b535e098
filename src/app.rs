//! Opens the box office, wires its parts, stops it in order. Nothing else: what happens without a request is `jobs`',
//! what memory knows is each subject's.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use tokio::sync::watch;

use crate::account::{LinkSecrets, Passwords, SeenSessions};
use crate::catalog::hall::Plans;
use crate::catalog::{self, CatalogFact};
use crate::checkout::Providers;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Limits};
use crate::desk::Watched;
use crate::entropy::{Entropy, SystemEntropy};
use crate::http::sse::StreamPlaces;
use crate::jobs::{self, Backups, Verification, VerificationAsked};
use crate::keys;
use crate::leader::Leader;
use crate::limiter::Limiter;
use crate::mail::{MailPut, Outbox, Post};
use crate::office::{Office, Parts};
use crate::outbound::Outbound;
use crate::payment::{Paid, Sales, TicketCodes};
use crate::picture::Picture;
use crate::queue::{Lines, QueueFact, TokenKey};
use crate::refund::{Cancellations, Noticed};
use crate::reservation::{SeatFact, SeatMaps};
use crate::staff::{self, OperatorKeyNews};
use crate::store::book::{Address, Seat};
use crate::store::{Store, StoreError, Tx};
use crate::venue::domain::{AnyMoney, TermsChanged, VenueError};
use crate::venue::{self, Current};
use crate::waitlist::{WaitlistFact, Waits};
use crate::wallet;
use crate::webhook::{self, Calls, Telling, WebhookPut, WebhooksChanged};

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
    /// What became of the operator's key.
    pub operator_key: OperatorKeyNews,
}

impl App {
    /// Opens the box office on the machine's clock and randomness.
    ///
    /// # Errors
    /// With the cause and the remedy, for whoever typed the command.
    pub async fn open(config: Config, limits: Limits) -> anyhow::Result<Opened> {
        Self::open_with(config, limits, Arc::new(SystemClock::start()), Arc::new(SystemEntropy)).await
    }

    /// As [`App::open`], on a book that this node leads or follows.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_in_book(config: Config, limits: Limits, seat: Seat) -> anyhow::Result<Opened> {
        let (clock, entropy) = (Arc::new(SystemClock::start()), Arc::new(SystemEntropy));
        Self::open_on(config, limits, Some(seat), clock, entropy).await
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
        let seat = match Address::parse(&config.data)? {
            Some(address) => {
                let url = config.book.reached_at("http", &config.listen);
                Some(Seat::take(&address, config.book.unreplicated, &url)?)
            }
            None => None,
        };
        Self::open_on(config, limits, seat, clock, entropy).await
    }

    async fn open_on(
        mut config: Config,
        limits: Limits,
        seat: Option<Seat>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> anyhow::Result<Opened> {
        if let Some(chosen) = &config.operator_key {
            staff::first::check_operator_key(chosen)?;
        }
        let (store, writer) = match seat {
            Some(seat) => {
                // From here on the data file is this node's copy.
                config.data.clone_from(&config.book.copy);
                Store::open_in_book(seat, &config.data, &limits, clock.clone(), entropy.clone())?
            }
            None => Store::open(&config.data, &limits, clock.clone(), entropy.clone())?,
        };
        let post = Post::open(&config.mail, limits.mail_patience)?;
        store.shared_terms().set_sends_mail(post.is_some());
        let out = Arc::new(Outbound::open(config.checkout.outbound_ca.as_deref(), limits.provider_patience)?);
        let providers = Providers::open(&config.checkout, config.mail.public_url.as_deref(), limits.provider_patience)?;
        store.shared_terms().set_checkout_providers(providers.names());
        // Loaded before the writer runs, so that no change can fall between loading and publishing.
        let (picture, memories) = remember(&store, &clock)?;
        writer.start_with(Box::new(picture));
        let (secrets, operator_key) = settle(&store, &config).await?;
        let parts = memories
            .with(Arc::new(Leader::new(out.clone())))
            .with(Arc::new(post))
            .with(out)
            .with(Arc::new(providers))
            .with(Arc::new(LinkSecrets::new(&secrets.link_key)))
            .with(Arc::new(Plans::default()))
            .with(Arc::new(Backups::default()))
            .with(Arc::new(Watched::default()))
            .with(Arc::new(AnyMoney(any_money)))
            .with(Arc::new(StreamPlaces::new(&limits)))
            .with(Arc::new(Limiter::new(&limits, clock.clone())))
            .with(Arc::new(SeenSessions::default()))
            .with(Arc::new(TokenKey::new(&secrets.token_key).after(secrets.former_token_key.as_ref())))
            .with(Arc::new(TicketCodes::new(&secrets.ticket_key).after(&secrets.former_ticket_keys)))
            .with(Arc::new(Passwords::new(&limits, entropy)?))
            .with(store.standing().clone());
        let (stopping, broken) = (watch::channel(false).0, watch::channel(false).0);
        let guide = OnceLock::new();
        let office = Office { config, limits, store, clock, stopping, broken, parts, guide };
        Ok(Opened { app: Arc::new(Self { office: Arc::new(office) }), operator_key })
    }

    /// Does everything that is due now.
    pub async fn run_due(&self) {
        // Elsewhere it is done where this node follows.
        if !self.store.standing().leads() {
            return;
        }
        jobs::run_due(&self.office).await;
    }

    /// Ends streams, finishes accepted changes, closes the data file.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
        self.store.stop();
    }
}

/// Loads what memory keeps of the data file, and sees that it is told of every commit.
fn remember(store: &Store, clock: &Arc<dyn Clock>) -> anyhow::Result<(Picture, Parts)> {
    let lines = store.read_blocking(|tx| Lines::load(tx, clock.clone()));
    let lines = Arc::new(lines.context("loading the queues")?);
    lines.among(store.standing().clone());
    let seat_maps = Arc::new(store.read_blocking(SeatMaps::load).context("loading the holds")?);
    let waits = Arc::new(store.read_blocking(Waits::load).context("loading the waitlists")?);
    let has_webhooks = store.read_blocking(webhook::domain::any).context("loading the webhooks")?;
    store.shared_terms().set_has_webhooks(has_webhooks);
    let (outbox, calls, cancellations) = (Arc::<Outbox>::default(), Arc::<Calls>::default(), Arc::default());
    let (sales, verification) = (Arc::<Sales>::default(), Arc::<Verification>::default());
    let heard_of = lines.clone();
    let picture = Picture::default()
        .with::<WebhookPut, _>(calls.clone())
        .with::<WebhooksChanged, _>(Arc::new(Telling(store.shared_terms())))
        .with::<MailPut, _>(outbox.clone())
        .with::<Noticed, Cancellations>(Arc::clone(&cancellations))
        .with::<TermsChanged, _>(Arc::new(Current(store.shared_terms())))
        .with::<QueueFact, _>(lines.clone())
        .doing(lines.orders().clone())
        .with::<CatalogFact, _>(seat_maps.clone())
        .with::<SeatFact, _>(seat_maps.clone())
        .with::<SeatFact, _>(waits.clone())
        .with::<CatalogFact, _>(waits.clone())
        .with::<WaitlistFact, _>(waits.clone())
        .with::<Paid, _>(sales.clone())
        .with::<VerificationAsked, _>(verification.clone())
        .when_it_leads(move |now| heard_of.hear_from(now));
    let parts = Parts::default().with(lines).with(seat_maps).with(waits).with(outbox).with(calls);
    Ok((picture, parts.with(cancellations).with(verification).with(sales)))
}

/// Sees that the venue has its terms and its secrets: where this node leads by making them if need be, where it follows by waiting
/// for whoever leads.
async fn settle(store: &Store, config: &Config) -> anyhow::Result<(keys::Secrets, OperatorKeyNews)> {
    let standing = store.standing().clone();
    let (mut applied, mut roles) = (standing.commits(), standing.roles());
    loop {
        let wanted = config.terms.clone();
        if standing.leads() {
            let chosen = config.operator_key.clone();
            let opened = store.write(move |tx| {
                // First what can be refused: then no key was changed.
                venue::domain::open_venue(tx, &wanted)?;
                Ok::<_, VenueError>((keys::load(tx)?, staff::first::load(tx, chosen.as_deref())?))
            });
            return Ok(opened.await?);
        }
        let found =
            store.read(move |tx| Ok::<_, VenueError>(venue::domain::look_at_venue(tx, &wanted)?.zip(keys::find(tx)?)));
        if let Some((terms, secrets)) = found.await? {
            store.shared_terms().set(&terms);
            return Ok((secrets, OperatorKeyNews::Kept));
        }
        tokio::select! {
            _ = applied.changed() => {}
            _ = roles.changed() => {}
            () = store.failed() => anyhow::bail!("the feed was lost before the venue was known; see the log for the cause"),
        }
    }
}

/// Prices and postings are all the amounts that others are made of.
fn any_money(tx: &Tx) -> Result<bool, StoreError> {
    Ok(catalog::domain::any_price(tx)? || wallet::domain::any_posting(tx)?)
}
