//! The venue's terms at the operator's desk.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use poem::web::Data;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use crate::brand::{self, WantedBrand, Welcome};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text, reply};
use crate::money::Amount;
use crate::office::Office;
use crate::staff::{Manage, Staff};
use crate::store::Tx;
use crate::terms::{self, Languages, TopUpBy, WantedTerms};
use crate::venue::domain::{self, AnyMoney};
use crate::venue::views::VenueView;

/// Terms to change. What is left out stays as it is
#[derive(Object, Serialize, Default)]
#[oai(deny_unknown_fields, example)]
struct VenueRequest {
    /// What the venue is called
    #[oai(default)]
    name: Option<Text>,
    /// ISO 4217; only while there are no prices and no balances
    #[oai(default)]
    currency: Option<Text>,
    /// BCP 47, the first one first
    #[oai(default)]
    languages: Option<Vec<Text>>,
    /// IANA
    #[oai(default)]
    time_zone: Option<Text>,
    /// Who may put money on a balance
    #[oai(default)]
    top_up_by: Option<TopUpBy>,
    /// The most that one top-up adds
    #[oai(default)]
    largest_top_up: Option<Amount>,
    /// Seats one user may have of one performance; 1 to 64
    #[oai(default)]
    seats_per_user: Option<u32>,
    /// How long a hold keeps its seats; 1 to 86400
    #[oai(default)]
    hold_seconds: Option<u32>,
    /// How long an admitted buyer may choose and pay; 1 to 86400
    #[oai(default)]
    admission_seconds: Option<u32>,
    /// How long a queue token lasts when nothing else ends it; 1 to 86400
    #[oai(default)]
    token_seconds: Option<u32>,
    /// The colour of buttons and links, such as #1f4fbf: dark enough to be read on white. An empty text takes it away
    #[oai(default)]
    accent: Option<Text>,
    /// A picture for the head of every page, as a data: address in base64 (PNG or SVG, 64 KiB at most). An empty text takes
    /// it away
    #[oai(default)]
    logo: Option<Text>,
    /// What stands above the concerts, by language tag
    #[oai(default)]
    welcome: Option<BTreeMap<String, Text>>,
}

impl Example for VenueRequest {
    fn example() -> Self {
        Self { name: Some("Great Hall".into()), seats_per_user: Some(6), ..Self::default() }
    }
}

/// A field that is given, if it keeps its rule.
fn read<T, R>(field: &str, given: Option<T>, rule: impl FnOnce(T) -> Result<R, String>) -> Result<Option<R>, Problem> {
    let refuse = |wanted: String| Problem::new(Code::InvalidField, format!("{field} must be {wanted}."));
    given.map(rule).transpose().map_err(refuse)
}

/// What an empty text takes away.
fn given<T>(text: &str, rule: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { rule(text).map(Some) }
}

fn within<T: Copy + Into<i64>>(range: RangeInclusive<i64>) -> impl FnOnce(T) -> Result<T, String> {
    move |value| {
        let is_within = range.contains(&value.into());
        if is_within { Ok(value) } else { Err(format!("{} to {}", range.start(), range.end())) }
    }
}

impl VenueRequest {
    fn wanted(self) -> Result<WantedTerms, Problem> {
        let languages = |tags: Vec<Text>| Languages::new(tags.iter().map(|tag| &tag.0));
        let welcome =
            |texts: BTreeMap<String, Text>| Welcome::new(texts.into_iter().map(|(tag, text)| (tag, text.0)).collect());
        let brand = WantedBrand {
            accent: read("accent", self.accent, |text| given(&text.0, brand::accent))?,
            logo: read("logo", self.logo, |text| given(&text.0, str::parse))?,
            welcome: read("welcome", self.welcome, welcome)?,
        };
        Ok(WantedTerms {
            brand,
            name: read("name", self.name, |name| terms::venue_name(&name.0))?,
            currency: read("currency", self.currency, |code| code.0.parse())?,
            languages: read("languages", self.languages, languages)?,
            time_zone: read("time_zone", self.time_zone, |zone| terms::time_zone(&zone.0))?,
            top_up_by: self.top_up_by,
            largest_top_up: read("largest_top_up", self.largest_top_up.map(|most| most.0), within(terms::TOP_UPS))?,
            seats_per_user: read("seats_per_user", self.seats_per_user, within(terms::SEATS_PER_USER))?,
            hold_seconds: read("hold_seconds", self.hold_seconds, within(terms::SECONDS))?,
            admission_seconds: read("admission_seconds", self.admission_seconds, within(terms::SECONDS))?,
            token_seconds: read("token_seconds", self.token_seconds, within(terms::SECONDS))?,
        })
    }
}

/// The venue at the desk.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// Change the venue's terms
    ///
    /// They hold from now on; whoever is inside or holds seats keeps the time they were given.
    #[oai(path = "/venue", method = "patch", operation_id = "change_venue")]
    async fn change_venue(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Manage>,
        body: Body<VenueRequest>,
    ) -> Result<Reply<VenueView, 200>, Problem> {
        let (wanted, any_money) = (body.0.wanted()?, office.part::<AnyMoney>().clone());
        let change = move |tx: &Tx| domain::change_venue(tx, &wanted, &any_money);
        let terms = auth.write(&office, "change_venue", change).await?;
        Ok(reply(&VenueView::new(&terms)))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("change_venue", &[problems::STAFF, problems::BODY, &[Code::CurrencyFixed]])];
