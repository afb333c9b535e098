//! How the operator names a provider: `NAME://SECRET@HOST?option=…`, as a mail server is named.

use anyhow::Context as _;
use url::Url;

use crate::checkout::record::ProviderName;
use crate::signature::SigningSecret;

/// A provider as it was named. What was written is never shown: it has secrets in it.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) name: ProviderName,
    pub(super) secret: String,
    /// Where it is asked.
    pub(super) base: Url,
    options: Vec<(String, String)>,
}

const SHAPE: &str = "--provider must be NAME://SECRET@HOST?OPTIONS with the name stripe, toss, portone or standard";

/// Undoes the percent signs of an address's part.
fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("a={}", part.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

impl Setting {
    /// Reads what was written.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = text.split_once("://").context(SHAPE)?;
        let name = ProviderName::ALL.iter().copied().find(|name| name.as_str() == scheme).context(SHAPE)?;
        anyhow::ensure!(name != ProviderName::Fake, "the provider `fake` is a demonstration's alone");
        // A scheme that the URL parser knows has a host, a port and a path as we mean them.
        let url = Url::parse(&format!("https://{rest}")).ok().context(SHAPE)?;
        let secret = decoded(url.username());
        anyhow::ensure!(!secret.is_empty(), SHAPE);
        let options: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let host = url.host_str().context(SHAPE)?.trim_matches(['[', ']']).to_owned();
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let _ = base.set_username("");
        let _ = base.set_password(None);
        // Only this machine is spoken to in the clear, as with mail.
        if ["localhost", "127.0.0.1", "::1"].contains(&host.as_str())
            && !options.iter().any(|(option, _)| option == "tls")
        {
            base = Url::parse(&base.as_str().replacen("https://", "http://", 1)).ok().context(SHAPE)?;
        }
        Ok(Self { name, secret, base, options })
    }

    /// An option's value.
    pub(super) fn option(&self, name: &str) -> Option<String> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The same, which must be there.
    pub(super) fn required(&self, name: &str) -> anyhow::Result<String> {
        let of = self.name.as_str();
        self.option(name).with_context(|| format!("--provider {of}://… needs the option {name}"))
    }

    /// Every option of this name: several while one is being replaced.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.options.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// The secrets that its notices are signed with.
    pub(super) fn signing_secrets(&self) -> anyhow::Result<Vec<SigningSecret>> {
        let (of, named) = (self.name.as_str(), self.all("webhook"));
        anyhow::ensure!(!named.is_empty(), "--provider {of}://… needs the option webhook");
        // A blank is what a `+` of Base64 becomes in an address.
        let read = named.iter().map(|text| SigningSecret::read(&text.replace(' ', "+")));
        read.collect::<Result<_, _>>().with_context(|| format!("--provider {of}://…?webhook="))
    }
}
