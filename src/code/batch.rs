//! A batch of codes: what the operator makes, what a code of it gives, and what makes that sound. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::code::discount::{Discount, Worth};
use crate::code::error::CodeError;
use crate::ids::{BatchKey, CodeKey, ConcertKey, Seq};
use crate::money::{Amount, LARGEST};
use crate::queue::Pass;
use crate::queue::tier::PRESALE_TIERS;

/// So many codes are made by one commit at most, so that nobody waits long for it.
pub const MOST_CODES: u32 = 5_000;
/// Times that a code may be used at most, where they are bounded.
pub const MOST_USES: u32 = 1_000_000;

/// What a code gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Something off a payment.
    Discount(Discount),
    /// A place in the draw ahead of the others.
    Presale(Pass),
}

/// A batch of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Inside.
    pub key: BatchKey,
    /// Outside.
    pub id: Uuid,
    /// The concert it is for.
    pub concert: ConcertKey,
    /// The concert, outside.
    pub concert_id: Uuid,
    /// What the venue calls it.
    pub name: String,
    /// What each of its codes gives.
    pub gives: Gives,
    /// How often each may be used, if that is bounded.
    pub uses_per_code: Option<u32>,
    /// How many codes it has.
    pub code_count: u32,
    /// How often they were used.
    pub uses: i64,
    /// From when on they are taken no more.
    pub ended_at: Option<Instant>,
    /// The commit that made it what it is.
    pub changed_in: Seq,
}

/// A code as people know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedCode {
    /// As it is written.
    pub code: String,
    /// Its batch.
    pub batch_id: Uuid,
    /// What the venue calls that.
    pub batch: String,
}

/// A code of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeUses {
    /// Inside.
    pub key: CodeKey,
    /// As it is written.
    pub code: String,
    /// How often it was used.
    pub uses: u32,
}

/// A code that may be used once more, found in this transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableCode<T> {
    /// The code.
    pub key: CodeKey,
    /// Its batch.
    pub batch: BatchKey,
    /// What it gives.
    pub gives: T,
}

/// Which codes a batch shall have.
#[derive(Clone, Debug, serde::Serialize)]
pub enum CodeSpec {
    /// This one.
    Chosen(String),
    /// So many that nobody can guess.
    Made(u32),
}

/// What a batch's codes shall give.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub enum GivesSpec {
    /// Something off a payment, for all performances of the concert or one.
    Discount(Worth, Option<Uuid>),
    /// A tier of the draw, and from when its bearers may join if that is earlier than everybody may.
    Presale(u8, Option<Instant>),
}

/// A batch as the operator describes it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CodesSpec {
    /// What the venue calls it.
    pub name: String,
    /// What its codes give.
    pub gives: GivesSpec,
    /// How often each may be used: a discount by so many payments, a presale by so many buyers.
    pub uses_per_code: Option<u32>,
    /// Which codes.
    pub codes: CodeSpec,
}

impl CodesSpec {
    /// Checks the numbers that the operator may give.
    ///
    /// # Errors
    /// [`CodeError::Invalid`].
    pub(super) fn check(&self) -> Result<(), CodeError> {
        let invalid = |rule: String| Err(CodeError::Invalid(rule));
        match self.gives {
            GivesSpec::Discount(Worth::Amount(amount), _) if !(Amount(1)..=LARGEST).contains(&amount) => {
                return invalid(format!("amount must be 1 to {}.", LARGEST.0));
            }
            GivesSpec::Discount(Worth::Percent(percent), _) if !(1..=100).contains(&percent) => {
                return invalid("percent must be 1 to 100.".to_owned());
            }
            GivesSpec::Presale(tier, _) if !PRESALE_TIERS.contains(&tier) => {
                let (first, last) = PRESALE_TIERS.into_inner();
                return invalid(format!("tier must be {first} to {last}."));
            }
            GivesSpec::Discount(..) | GivesSpec::Presale(..) => {}
        }
        if self.uses_per_code.is_some_and(|uses| !(1..=MOST_USES).contains(&uses)) {
            return invalid(format!("uses_per_code must be 1 to {MOST_USES}."));
        }
        match self.codes {
            CodeSpec::Made(quantity) if !(1..=MOST_CODES).contains(&quantity) => {
                invalid(format!("quantity must be 1 to {MOST_CODES}; make another batch for more."))
            }
            CodeSpec::Made(_) | CodeSpec::Chosen(_) => Ok(()),
        }
    }
}
