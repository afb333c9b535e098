//! What the venue looks like on the wire.

use std::collections::BTreeMap;

use poem_openapi::Object;
use serde::Serialize;

use crate::money::Amount;
use crate::terms::{Terms, TopUpBy};

/// The venue and its terms
#[derive(Object, Serialize)]
pub struct VenueView {
    /// What it is called
    name: String,
    /// ISO 4217; every amount is in its minor units
    currency: String,
    /// How many decimals the currency is written with: with 2, an amount of 1250 is 12.50
    currency_decimals: u8,
    /// BCP 47, the first one first
    languages: Vec<String>,
    /// IANA
    time_zone: String,
    /// Who may put money on a balance
    top_up_by: TopUpBy,
    /// The most that one top-up adds
    largest_top_up: Amount,
    /// Seats you may have of one performance, held and bought together
    seats_per_user: u32,
    /// How long a hold keeps its seats
    hold_seconds: u32,
    /// How long you may choose and pay once you are let in
    admission_seconds: u32,
    /// How long a queue token lasts when nothing else ends it
    token_seconds: u32,
    /// Does this box office send mail: tickets, new passwords?
    sends_mail: bool,
    /// Through whom you can pay by card: what `open_checkout` takes as `provider`; none where nobody takes cards
    checkout_providers: Vec<String>,
    /// The colour of buttons and links, such as #1f4fbf, if it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    accent: Option<String>,
    /// The address of its picture, beside `/v1`, if it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    logo: Option<String>,
    /// What stands above the concerts, by language, if anything does
    #[serde(skip_serializing_if = "Option::is_none")]
    welcome: Option<BTreeMap<String, String>>,
}

impl VenueView {
    /// From the terms.
    pub fn new(terms: &Terms) -> Self {
        Self {
            name: terms.name.clone(),
            currency: terms.currency.code().to_owned(),
            currency_decimals: terms.currency.decimals(),
            languages: terms.languages.tags().to_vec(),
            time_zone: terms.time_zone.clone(),
            top_up_by: terms.top_up_by,
            largest_top_up: terms.largest_top_up,
            seats_per_user: terms.seats_per_user,
            hold_seconds: terms.hold_seconds,
            admission_seconds: terms.admission_seconds,
            token_seconds: terms.token_seconds,
            sends_mail: terms.sends_mail,
            checkout_providers: terms.checkout_providers.iter().map(|&name| name.to_owned()).collect(),
            accent: terms.brand.accent.map(|accent| accent.to_string()),
            logo: terms.brand.logo.as_ref().map(|_| "/logo".to_owned()),
            welcome: Some(terms.brand.welcome.0.clone()).filter(|texts| !texts.is_empty()),
        }
    }
}
