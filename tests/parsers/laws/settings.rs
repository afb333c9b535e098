//! Settings of the command line and of the desk: what is taken is shown as something that is taken again and means the same, and
//! no refusal tells a secret.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use boxoffice::brand::{self, Colour, Logo, Welcome};
use boxoffice::certificate::LocalName;
use boxoffice::checkout::Providers;
use boxoffice::config::{CheckoutConfig, Config, Every, Hidden, NodeUrl, Share};
use boxoffice::network::{Listen, Network, Origin};
use boxoffice::staff::Scopes;
use boxoffice::store::book::Address;
use boxoffice::terms::{Currency, Languages, time_zone, venue_name};
use clap::Parser;

/// The flags of `serve`.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

pub fn law(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    network(text);
    venue(text);
    secrets(text);
    if let Ok(Every(every)) = text.parse() {
        assert!((Duration::from_secs(60)..=Duration::from_secs(86_400)).contains(&every), "{text:?} is {every:?}");
    }
    if let Ok(Share(share)) = text.parse() {
        assert!((0.0..=1.0).contains(&share), "{text:?} is {share}");
    }
    let flags = ["boxoffice"].into_iter().chain(text.split('\n'));
    if let Ok(Flags { config }) = Flags::try_parse_from(flags) {
        assert!((1..=3650).contains(&config.backups.keep_days), "{text:?}");
    }
}

/// What a value is shown as is read as the same value, shown in the same way.
fn again<T: FromStr + Display + PartialEq>(text: &str) -> Option<String> {
    let value: T = text.parse().ok()?;
    let shown = value.to_string();
    let Ok(read) = shown.parse::<T>() else { panic!("{text:?} is shown as {shown:?}, which is none") };
    assert!(read == value && read.to_string() == shown, "{text:?} is shown as {shown:?}, which is another");
    Some(shown)
}

fn network(text: &str) {
    assert!(again::<Listen>(text).is_none_or(|shown| shown == text));
    again::<Network>(text);
    again::<LocalName>(text);
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.as_str(), text);
        assert!(!text.contains(char::is_whitespace) && !text.contains(char::is_uppercase), "{text:?}");
    }
    if let Ok(NodeUrl(url)) = text.parse() {
        assert_eq!(url.parse::<NodeUrl>().map(|NodeUrl(url)| url), Ok(url.clone()), "{text:?}");
        assert!(url.starts_with("http") && !url.ends_with('/') && !url.contains('@'), "{url:?}");
    }
}

fn venue(text: &str) {
    assert!(again::<Colour>(text).is_none_or(|shown| shown == text.to_ascii_lowercase()), "{text:?}");
    if let Ok(colour) = brand::accent(text) {
        assert_eq!(brand::accent(&colour.to_string()), Ok(colour));
    }
    again::<Logo>(text);
    again::<Currency>(text);
    again::<Scopes>(text);
    again::<Languages>(text);
    if let Ok(Welcome(texts)) = text.parse()
        && let Ok(kept) = Welcome::new(texts)
    {
        assert_eq!(kept.to_string().parse().as_ref(), Ok(&kept));
        assert_eq!(Welcome::new(kept.0.clone()).as_ref(), Ok(&kept));
    }
    if let Ok(name) = venue_name(text) {
        assert_eq!(venue_name(&name), Ok(name.clone()));
    }
    if let Ok(zone) = time_zone(text) {
        assert_eq!(time_zone(&zone), Ok(zone.clone()));
    }
}

/// What stands between `://` and `@`, where that is long enough to be told from other words.
fn secret(text: &str) -> Option<&str> {
    let (user, _) = text.split_once("://")?.1.rsplit_once('@')?;
    let secret = user.rsplit_once(':').map_or(user, |(_, password)| password);
    (secret.len() > 12 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(secret)
}

fn secrets(text: &str) {
    let tells = |shown: &str| secret(text).is_some_and(|secret| shown.contains(secret));
    match Address::parse(Path::new(text)) {
        Ok(Some(address)) => assert!(!tells(&address.to_string()), "{address}"),
        Ok(None) => assert!(!text.starts_with("postgres://")),
        Err(error) => assert!(!tells(&format!("{error} {error:?}")), "{error}"),
    }
    let provider = vec![Hidden(text.to_owned())];
    let config = CheckoutConfig { provider, ..CheckoutConfig::default() };
    if let Err(error) = Providers::open(&config, Some("https://tickets.example"), Duration::from_secs(1)) {
        assert!(!tells(&format!("{error:#} {error:?}")), "{error:#}");
    }
}
