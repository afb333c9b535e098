//! The terms under which a venue sells: what its amounts mean, who may make money, how much and how long. They are plain
//! data; the data file keeps them (`venue`), and everything above reads them here.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use oxilangtag::LanguageTag;
use parking_lot::RwLock;

use crate::brand::{Brand, WantedBrand};
use crate::column::{column_text, column_words};
use crate::money::{self, Amount};
use crate::text;

/// Seconds that a hold, a visit or a place in line may last.
pub const SECONDS: RangeInclusive<i64> = 1..=86_400;
/// Seats that one user may have of one performance.
pub const SEATS_PER_USER: RangeInclusive<i64> = 1..=64;
/// What one top-up may be, in minor units.
pub const TOP_UPS: RangeInclusive<i64> = 1..=money::LARGEST.0;

/// A currency of ISO 4217 that has a minor unit, such as KRW or EUR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);
column_text!(Currency);

impl Currency {
    /// The won: what a new data file has unless told otherwise.
    pub const KRW: Self = Self(iso_currency::Currency::KRW);

    /// Its three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals it is written with: 12000 minor units are 12,000 KRW (0) or 120.00 EUR (2).
    pub fn decimals(self) -> u8 {
        self.0.exponent().and_then(|exponent| exponent.try_into().ok()).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        let known = iso_currency::Currency::from_code(code).filter(|currency| currency.exponent().is_some());
        known.map(Self).ok_or_else(|| "a currency of ISO 4217 in capital letters, such as KRW or EUR".to_owned())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Who may put money on a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TopUpBy {
    /// Buyers themselves, as in the seed: for demonstrations, or behind a payment provider of the venue's own.
    Buyers,
    /// The operator alone, at the counter.
    Operator,
}

column_words!(TopUpBy { Buyers = "buyers", Operator = "operator" });

/// The languages a venue speaks, the first one first: tags of BCP 47 as it writes them, such as `ko` or `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages(Vec<String>);
column_text!(Languages);

impl Languages {
    /// From tags in any letter case.
    ///
    /// # Errors
    /// What is asked for, when there is none, more than twenty, one twice, or one that is no tag.
    pub fn new(tags: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, String> {
        const RULE: &str = "one to twenty language tags of BCP 47, such as ko or en, none of them twice";
        let mut kept = Vec::new();
        for tag in tags {
            let tag = LanguageTag::parse_and_normalize(tag.as_ref().trim()).map_err(|_| RULE)?.into_inner();
            if kept.contains(&tag) || kept.len() == 20 || 35 < tag.len() {
                return Err(RULE.to_owned());
            }
            kept.push(tag);
        }
        if kept.is_empty() { Err(RULE.to_owned()) } else { Ok(Self(kept)) }
    }

    /// The tags.
    pub fn tags(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Languages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::new(text.split(','))
    }
}

impl fmt::Display for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// A venue's name as it is kept: as any name (`text::name`).
///
/// # Errors
/// What is asked for.
pub fn venue_name(name: &str) -> Result<String, String> {
    text::name(name)
        .map_err(|_| "1 to 100 characters, something to see among them, and no control characters".to_owned())
}

/// A time zone of the IANA database, as its keepers spell it: `asia/seoul` is `Asia/Seoul`.
///
/// # Errors
/// What is asked for; also for a name that stands for something else on each machine, as `localtime` does.
pub fn time_zone(name: &str) -> Result<String, String> {
    let known = jiff::tz::db().get(name).ok();
    let spelled = known.as_ref().and_then(|zone| zone.iana_name()).filter(|spelled| !is_of_this_machine(spelled));
    spelled.map(str::to_owned).ok_or_else(|| "an IANA time zone, such as Asia/Seoul".to_owned())
}

/// Whether this names a file that a machine's copy of the database has beside the zones.
fn is_of_this_machine(zone: &str) -> bool {
    ["localtime", "posixrules", "Factory"].contains(&zone) || zone.starts_with("posix/") || zone.starts_with("right/")
}

/// A venue's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the venue is called.
    pub name: String,
    /// What all amounts are minor units of. It cannot change once there are any.
    pub currency: Currency,
    /// What it speaks.
    pub languages: Languages,
    /// The IANA name of its time zone.
    pub time_zone: String,
    /// Who may put money on a balance.
    pub top_up_by: TopUpBy,
    /// The most that one top-up adds.
    pub largest_top_up: Amount,
    /// Seats one user may have of one performance, held and bought together.
    pub seats_per_user: u32,
    /// How long a hold keeps its seats.
    pub hold_seconds: u32,
    /// How long an admitted buyer may choose and pay.
    pub admission_seconds: u32,
    /// How long a queue token lasts when nothing else ends it.
    pub token_seconds: u32,
    /// How it looks to buyers. No flag says it: it is made at the desk.
    pub brand: Brand,
    /// How many of a draw's numbers one commit writes, so that nobody waits long for it. The program's own: the data file
    /// does not keep it.
    pub numbers_per_commit: u32,
    /// Is mail sent? The program's own, as the last.
    pub sends_mail: bool,
    /// Through whom buyers can pay; none where nobody takes cards. The program's own, as the last.
    pub checkout_providers: Vec<&'static str>,
    /// Is anybody told by webhooks? Known from the data file, but no term: nobody says it by a flag.
    pub has_webhooks: bool,
}

impl Default for Terms {
    /// Those of a new data file, where nobody says otherwise. Buyers make no money of their own.
    fn default() -> Self {
        Self {
            name: "Box office".to_owned(),
            currency: Currency::KRW,
            languages: Languages(vec!["ko".to_owned(), "en".to_owned()]),
            time_zone: "Asia/Seoul".to_owned(),
            top_up_by: TopUpBy::Operator,
            largest_top_up: Amount(10_000_000_000),
            seats_per_user: 4,
            hold_seconds: 300,
            admission_seconds: 600,
            token_seconds: 24 * 3600,
            brand: Brand::default(),
            numbers_per_commit: 1000,
            sends_mail: false,
            checkout_providers: Vec::new(),
            has_webhooks: false,
        }
    }
}

/// The terms in force, for whoever begins an operation.
#[derive(Clone, Debug, Default)]
pub struct SharedTerms(Arc<RwLock<Arc<Terms>>>);

impl SharedTerms {
    /// Those in force now.
    pub fn get(&self) -> Arc<Terms> {
        self.0.read().clone()
    }

    /// Those of a program that writes so many numbers of a draw in one commit.
    pub fn writing(numbers_per_commit: u32) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(Terms { numbers_per_commit, ..Terms::default() }))))
    }

    /// Puts the venue's in force, for every operation that begins from now on.
    pub fn set(&self, terms: &Terms) {
        let mut current = self.0.write();
        let (numbers_per_commit, sends_mail) = (current.numbers_per_commit, current.sends_mail);
        let (checkout_providers, has_webhooks) = (current.checkout_providers.clone(), current.has_webhooks);
        let terms = terms.clone();
        *current = Arc::new(Terms { numbers_per_commit, sends_mail, checkout_providers, has_webhooks, ..terms });
    }

    /// Says through whom buyers of this program can pay.
    pub fn set_checkout_providers(&self, checkout_providers: Vec<&'static str>) {
        let mut current = self.0.write();
        *current = Arc::new(Terms { checkout_providers, ..Terms::clone(&current) });
    }

    /// Says whether anybody is told by webhooks.
    pub fn set_has_webhooks(&self, has_webhooks: bool) {
        let mut current = self.0.write();
        *current = Arc::new(Terms { has_webhooks, ..Terms::clone(&current) });
    }

    /// Says whether this program sends mail.
    pub fn set_sends_mail(&self, sends_mail: bool) {
        let mut current = self.0.write();
        *current = Arc::new(Terms { sends_mail, ..Terms::clone(&current) });
    }
}

/// Terms that somebody wants: those of a new data file, those that one in use must have, or a change of them.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(
    next_help_heading = "What the data file means (said at its first start, kept in it, later changed at the desk)"
)]
pub struct WantedTerms {
    /// What the venue is called [at first: Box office]
    #[arg(long = "venue-name", env = "BOXOFFICE_VENUE_NAME", value_name = "NAME", value_parser = venue_name)]
    pub name: Option<String>,
    /// ISO 4217 code of the one currency; amounts are its minor units [at first: KRW]
    #[arg(long, env = "BOXOFFICE_CURRENCY", value_name = "CODE")]
    pub currency: Option<Currency>,
    /// The languages the venue speaks, by commas [at first: ko,en]
    #[arg(long, env = "BOXOFFICE_LANGUAGES", value_name = "TAGS")]
    pub languages: Option<Languages>,
    /// The venue's IANA time zone [at first: Asia/Seoul]
    #[arg(long, env = "BOXOFFICE_TIME_ZONE", value_name = "ZONE", value_parser = time_zone)]
    pub time_zone: Option<String>,
    /// Who may top up a balance [at first: operator; in a demo: buyers]
    #[arg(long, env = "BOXOFFICE_TOP_UP_BY", value_enum)]
    pub top_up_by: Option<TopUpBy>,
    /// The most that one top-up adds, in minor units [at first: 10000000000]
    #[arg(long, env = "BOXOFFICE_LARGEST_TOP_UP", value_name = "AMOUNT",
          value_parser = clap::value_parser!(i64).range(TOP_UPS))]
    pub largest_top_up: Option<i64>,
    /// Seats one user may have of one performance, held and bought together [at first: 4]
    #[arg(long, env = "BOXOFFICE_SEATS_PER_USER", value_name = "SEATS",
          value_parser = clap::value_parser!(u32).range(SEATS_PER_USER))]
    pub seats_per_user: Option<u32>,
    /// How long a hold keeps its seats [at first: 300]
    #[arg(long, env = "BOXOFFICE_HOLD_SECONDS", value_name = "SECONDS",
          value_parser = clap::value_parser!(u32).range(SECONDS))]
    pub hold_seconds: Option<u32>,
    /// How long an admitted buyer may choose and pay [at first: 600]
    #[arg(long, env = "BOXOFFICE_ADMISSION_SECONDS", value_name = "SECONDS",
          value_parser = clap::value_parser!(u32).range(SECONDS))]
    pub admission_seconds: Option<u32>,
    /// How long a queue token lasts when nothing else ends it [at first: 86400]
    #[arg(long, env = "BOXOFFICE_TOKEN_SECONDS", value_name = "SECONDS",
          value_parser = clap::value_parser!(u32).range(SECONDS))]
    pub token_seconds: Option<u32>,
    /// How it looks; said at the desk alone.
    #[arg(skip)]
    pub brand: WantedBrand,
}

impl WantedTerms {
    /// `terms` with what is wanted put in its place.
    #[must_use]
    pub fn over(&self, terms: &Terms) -> Terms {
        let Self { name, currency, languages, time_zone, top_up_by, .. } = self.clone();
        Terms {
            name: name.unwrap_or_else(|| terms.name.clone()),
            currency: currency.unwrap_or(terms.currency),
            languages: languages.unwrap_or_else(|| terms.languages.clone()),
            time_zone: time_zone.unwrap_or_else(|| terms.time_zone.clone()),
            top_up_by: top_up_by.unwrap_or(terms.top_up_by),
            largest_top_up: self.largest_top_up.map_or(terms.largest_top_up, Amount),
            seats_per_user: self.seats_per_user.unwrap_or(terms.seats_per_user),
            hold_seconds: self.hold_seconds.unwrap_or(terms.hold_seconds),
            admission_seconds: self.admission_seconds.unwrap_or(terms.admission_seconds),
            token_seconds: self.token_seconds.unwrap_or(terms.token_seconds),
            brand: self.brand.over(&terms.brand),
            numbers_per_commit: terms.numbers_per_commit,
            sends_mail: terms.sends_mail,
            checkout_providers: terms.checkout_providers.clone(),
            has_webhooks: terms.has_webhooks,
        }
    }
}

impl Terms {
    /// Where `self` and `other` differ: the setting as the desk calls it, its value here, its value there.
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        let [ours, theirs] = [self, other].map(Self::written);
        let pairs = ours.into_iter().zip(theirs);
        pairs
            .filter(|((_, ours), (_, theirs))| ours != theirs)
            .map(|((what, ours), (_, theirs))| (what, ours, theirs))
            .collect()
    }

    /// Every setting and what it is, in words.
    pub fn written(&self) -> [(&'static str, String); 10] {
        [
            ("name", self.name.clone()),
            ("currency", self.currency.to_string()),
            ("languages", self.languages.to_string()),
            ("time_zone", self.time_zone.clone()),
            ("top_up_by", self.top_up_by.as_str().to_owned()),
            ("largest_top_up", self.largest_top_up.0.to_string()),
            ("seats_per_user", self.seats_per_user.to_string()),
            ("hold_seconds", self.hold_seconds.to_string()),
            ("admission_seconds", self.admission_seconds.to_string()),
            ("token_seconds", self.token_seconds.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};

    use super::{Currency, Languages, Terms, WantedTerms, time_zone};

    #[test]
    fn the_help_says_what_a_new_data_file_has() {
        let command = WantedTerms::augment_args(Command::new("boxoffice"));
        let helps: Vec<_> =
            command.get_arguments().filter_map(|flag| flag.get_help()).map(ToString::to_string).collect();
        let terms = Terms::default().written();
        assert_eq!(helps.len(), terms.len());
        for (help, (what, at_first)) in helps.iter().zip(terms) {
            assert!(help.contains(&format!("[at first: {at_first}")), "{what} is {at_first} at first: {help}");
        }
    }

    #[test]
    fn a_currency_is_one_of_iso_4217_with_a_minor_unit() {
        let decimals = |code: &str| code.parse().map(Currency::decimals);
        assert_eq!([decimals("KRW"), decimals("EUR"), decimals("KWD"), decimals("JPY")], [Ok(0), Ok(2), Ok(3), Ok(0)]);
        for code in ["", "EU", "eur", "XYZ", "ZZZ", "EURO", "XXX", "XAU"] {
            assert!(code.parse::<Currency>().is_err(), "{code}");
        }
    }

    #[test]
    fn languages_are_tags() {
        assert_eq!("KO, pt-br".parse::<Languages>().map(|languages| languages.to_string()), Ok("ko,pt-BR".to_owned()));
        for text in ["", "ko,", "ko,KO", "korean language", "1"] {
            assert!(text.parse::<Languages>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_zone_is_known_by_its_name() {
        assert_eq!(time_zone("asia/seoul").as_deref(), Ok("Asia/Seoul"));
        for name in ["Seoul", "", "+09:00", "localtime", "posixrules", "Factory", "posix/Asia/Seoul", "right/UTC"] {
            assert!(time_zone(name).is_err(), "{name}");
        }
    }
}
