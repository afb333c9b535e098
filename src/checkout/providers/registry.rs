//! The providers of this box office, and asking whichever it is: with a time-out, and nothing else in common.

use std::time::Duration;

use uuid::Uuid;

use crate::checkout::providers::call::{Begin, Begun, Hint, Notice, ProviderError, Seen};
use crate::checkout::providers::fake::Fake;
use crate::checkout::providers::portone::PortOne;
use crate::checkout::providers::setting::Setting;
use crate::checkout::providers::standard::Standard;
use crate::checkout::providers::stripe::Stripe;
use crate::checkout::providers::toss::Toss;
use crate::checkout::record::{Back, Checkout, ProviderName};
use crate::clock::Instant;
use crate::config::CheckoutConfig;
use crate::outbound::Outbound;

enum Adapter {
    Fake(Fake),
    Standard(Standard),
    PortOne(PortOne),
    Toss(Toss),
    Stripe(Stripe),
}

/// A provider of this box office.
pub struct Provider {
    /// Which.
    pub name: ProviderName,
    /// Our account there, where it is known.
    pub account: Option<String>,
    /// Real money, not a test's.
    pub is_live: bool,
    adapter: Adapter,
}

/// All of them.
pub struct Providers {
    all: Vec<Provider>,
    patience: Duration,
}

impl Provider {
    fn open(setting: &Setting) -> anyhow::Result<Self> {
        let (account, is_live) = (setting.option("account"), setting.option("mode").is_none_or(|mode| mode == "live"));
        let name = setting.name;
        Ok(match name {
            ProviderName::Fake => Self::fake(),
            ProviderName::Standard => {
                Self { name, account, is_live, adapter: Adapter::Standard(Standard::open(setting)?) }
            }
            ProviderName::Portone => {
                let adapter = PortOne::open(setting)?;
                Self { name, account: Some(adapter.store.clone()), is_live, adapter: Adapter::PortOne(adapter) }
            }
            ProviderName::Toss => {
                let adapter = Toss::open(setting);
                Self { name, account, is_live: adapter.is_live(), adapter: Adapter::Toss(adapter) }
            }
            ProviderName::Stripe => {
                let adapter = Stripe::open(setting)?;
                // The key is one account's: it shows no other's.
                Self { name, account: None, is_live: adapter.is_live(), adapter: Adapter::Stripe(adapter) }
            }
        })
    }

    fn fake() -> Self {
        Self {
            name: ProviderName::Fake,
            account: Some("fake".to_owned()),
            is_live: false,
            adapter: Adapter::Fake(Fake),
        }
    }
}

impl Providers {
    /// The providers that `config` names; with the built-in one where that is on.
    ///
    /// # Errors
    /// When one cannot be meant so.
    pub fn open(config: &CheckoutConfig, public_url: Option<&str>, patience: Duration) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for named in &config.provider {
            let provider = Provider::open(&Setting::read(&named.0)?)?;
            anyhow::ensure!(
                all.iter().all(|known: &Provider| known.name != provider.name),
                "a provider is named twice"
            );
            all.push(provider);
        }
        anyhow::ensure!(
            all.is_empty() || public_url.is_some(),
            "--provider needs --public-url: where are buyers sent back to?"
        );
        if config.fake_provider {
            all.push(Provider::fake());
        }
        Ok(Self { all, patience })
    }

    /// Their names, the first one first.
    pub fn names(&self) -> Vec<&'static str> {
        self.all.iter().map(|provider| provider.name.as_str()).collect()
    }

    /// The one with this name; the first one where none is said.
    pub fn find(&self, name: Option<ProviderName>) -> Option<&Provider> {
        self.all.iter().find(|provider| name.is_none_or(|name| provider.name == name))
    }

    /// The one with this name, as an address has it.
    pub fn named(&self, name: &str) -> Option<&Provider> {
        self.all.iter().find(|provider| provider.name.as_str() == name)
    }

    async fn in_time<T>(&self, asking: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        let late = || Err(ProviderError::Silent("did not answer in time".to_owned()));
        tokio::time::timeout(self.patience, asking).await.unwrap_or_else(|_| late())
    }

    /// Tells the provider of a checkout. Repeating it makes no second one.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn begin(&self, out: &Outbound, provider: &Provider, begin: &Begin) -> Result<Begun, ProviderError> {
        self.in_time(async {
            match &provider.adapter {
                Adapter::Fake(_) => Ok(Fake::begin(begin)),
                Adapter::Standard(adapter) => adapter.begin(begin),
                Adapter::PortOne(adapter) => adapter.begin(out, begin).await,
                Adapter::Toss(adapter) => adapter.begin(out, begin).await,
                Adapter::Stripe(adapter) => adapter.begin(out, begin).await,
            }
        })
        .await
    }

    /// Asks the provider where a checkout stands. `hint` says where to look, and is not believed.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn look(
        &self,
        out: &Outbound,
        provider: &Provider,
        of: &Checkout,
        hint: &Hint,
        now: Instant,
    ) -> Result<Seen, ProviderError> {
        self.in_time(async {
            match &provider.adapter {
                Adapter::Fake(_) => Fake::look(of, now).await,
                Adapter::Standard(adapter) => adapter.look(out, of, now).await,
                Adapter::PortOne(adapter) => adapter.look(out, of).await,
                Adapter::Toss(adapter) => adapter.look(out, of, hint).await,
                Adapter::Stripe(adapter) => adapter.look(out, of, hint).await,
            }
        })
        .await
    }

    /// Asks the provider to give so much of a checkout back. Repeating it under the same `id` gives nothing more.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn give_back(
        &self,
        out: &Outbound,
        provider: &Provider,
        back: &Back,
        now: Instant,
    ) -> Result<(), ProviderError> {
        self.in_time(async {
            match &provider.adapter {
                Adapter::Fake(_) => Fake::give_back(&back.checkout).await,
                Adapter::Standard(adapter) => adapter.give_back(out, back, now).await,
                Adapter::PortOne(adapter) => adapter.give_back(out, back).await,
                Adapter::Toss(adapter) => adapter.give_back(out, back).await,
                Adapter::Stripe(adapter) => adapter.give_back(out, back).await,
            }
        })
        .await
    }

    /// Which checkout a notice is about, if it is about any.
    ///
    /// # Errors
    /// [`ProviderError::NotGenuine`] where the provider signs its notices and this one is not, or not lately.
    pub fn hear(&self, provider: &Provider, notice: &Notice<'_>) -> Result<Option<(Uuid, Hint)>, ProviderError> {
        match &provider.adapter {
            Adapter::Fake(_) => Fake::hear(notice),
            Adapter::Standard(adapter) => adapter.hear(notice),
            Adapter::PortOne(adapter) => adapter.hear(notice),
            Adapter::Toss(_) => Ok(Toss::hear(notice)),
            Adapter::Stripe(adapter) => adapter.hear(notice),
        }
    }
}
