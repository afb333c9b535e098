//! A concert as the operator describes it, and what makes that sound. No store, no clock.

use std::collections::BTreeSet;

use crate::catalog::concert::record::{ConcertState, ConcertText};
use crate::catalog::error::CatalogError;
use crate::catalog::prices::SaleTerms;
use crate::clock::Instant;
use crate::queue::Settings;
use crate::terms::Languages;
use crate::text;

/// The highest age limit.
pub const LARGEST_AGE_LIMIT: u32 = 99;

/// A concert as the operator describes it.
#[derive(Clone, Debug)]
pub struct ConcertSpec {
    /// Whether only the venue shall know of it.
    pub is_draft: bool,
    /// Title.
    pub title: String,
    /// IANA time zone.
    pub time_zone: String,
    /// From which age on people may come.
    pub age_limit: Option<u32>,
    /// What is said of it.
    pub texts: Vec<ConcertText>,
    /// From when buyers are let in; now unless given.
    pub on_sale_at: Option<Instant>,
    /// From when they may join; half an hour before unless given.
    pub queue_opens_at: Option<Instant>,
    /// From when nothing is sold any more; until each performance starts unless given.
    pub sale_ends_at: Option<Instant>,
    /// How the queue lets in.
    pub settings: Settings,
    /// Fees, and how many places one buyer may have.
    pub terms: SaleTerms,
}

impl ConcertSpec {
    /// A concert on sale now, with what holds where nothing else is said.
    pub fn new(title: impl Into<String>, time_zone: impl Into<String>) -> Self {
        Self {
            is_draft: false,
            title: title.into(),
            time_zone: time_zone.into(),
            age_limit: None,
            texts: Vec::new(),
            on_sale_at: None,
            queue_opens_at: None,
            sale_ends_at: None,
            settings: Settings::DEFAULT,
            terms: SaleTerms::default(),
        }
    }
}

/// What shall change of a concert. What is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ConcertChange {
    /// What it shall become.
    pub state: Option<ConcertState>,
    /// Title.
    pub title: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// From which age on people may come, if from any.
    pub age_limit: Option<Option<u32>>,
    /// All that is said of it.
    pub texts: Option<Vec<ConcertText>>,
    /// From when buyers are let in.
    pub on_sale_at: Option<Instant>,
    /// From when they may join.
    pub queue_opens_at: Option<Instant>,
    /// From when nothing is sold any more, if not from each performance's start on.
    pub sale_ends_at: Option<Option<Instant>>,
    /// Whether its sale may begin after one of its performances.
    pub allow_late_sale: bool,
}

/// Checks an age limit.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub(super) fn check_age_limit(age_limit: Option<u32>) -> Result<(), CatalogError> {
    match age_limit {
        Some(age) if !(1..=LARGEST_AGE_LIMIT).contains(&age) => {
            CatalogError::invalid(format!("age_limit must be 1 to {LARGEST_AGE_LIMIT}, or null for none"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Texts as they are kept: each language once, none of them without a word.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub(super) fn clean_texts(texts: Vec<ConcertText>) -> Result<Vec<ConcertText>, CatalogError> {
    const RULE: &str = "texts must name each language once, by a language tag of BCP 47 such as ko or en";
    let clean = |field: &str, given: Option<String>, rule: fn(&str) -> Result<String, &'static str>| {
        let kept = given.map(|text| rule(&text)).transpose();
        kept.or_else(|rule| CatalogError::invalid(format!("texts: {field} {rule}")))
    };
    let (mut kept, mut languages) = (Vec::new(), BTreeSet::new());
    for of in texts {
        let tags = Languages::new([&of.language]).or_else(|_| CatalogError::invalid(RULE))?;
        let language = tags.tags().first().cloned().unwrap_or_default();
        if !languages.insert(language.clone()) || languages.len() > 20 {
            return CatalogError::invalid(RULE);
        }
        let title = clean("title", of.title, text::name)?;
        let (text, policy) = (clean("text", of.text, text::prose)?, clean("policy", of.policy, text::prose)?);
        if title.is_none() && text.is_none() && policy.is_none() {
            return CatalogError::invalid(format!("texts says nothing in {language}"));
        }
        kept.push(ConcertText { language, title, text, policy });
    }
    Ok(kept)
}
