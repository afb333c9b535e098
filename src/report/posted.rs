//! The lines of all balances' histories, in the order in which they were made, read in pieces.

use std::sync::Arc;

use uuid::Uuid;

use crate::checkout::{self, ProviderName, Through};
use crate::clock::Instant;
use crate::ids::{PostingKey, StaffKey};
use crate::money::Amount;
use crate::payment;
use crate::report::error::ReportError;
use crate::report::labels::{Key, Labels};
use crate::report::period::Span;
use crate::report::walk::Walk;
use crate::store::Tx;
use crate::wallet::{self, Means, Posting, PostingKind};

/// So many postings are one piece.
pub const PIECE: u32 = 1_000;

/// By which means money came in or went out. What is paid for tickets, goes back for them or is put right stays in the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MoneyMeans {
    /// Notes and coins at the counter
    Cash,
    /// A card at the counter, by a device of its own
    Card,
    /// An invoice
    Invoice,
    /// A payment provider
    Provider,
    /// Buyers themselves, without any of these, where the venue lets them
    Buyer,
}

impl MoneyMeans {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::Invoice => "invoice",
            Self::Provider => "provider",
            Self::Buyer => "buyer",
        }
    }

    fn of(posting: &Posting, through: Option<Through>) -> Option<Self> {
        match (posting.kind, posting.means, through) {
            (_, Some(Means::Cash), _) => Some(Self::Cash),
            (_, Some(Means::Card), _) => Some(Self::Card),
            (_, Some(Means::Invoice), _) => Some(Self::Invoice),
            (_, None, Some(_)) => Some(Self::Provider),
            (PostingKind::TopUp | PostingKind::PayOut, None, None) => Some(Self::Buyer),
            (PostingKind::Payment | PostingKind::Refund | PostingKind::Correction, None, None) => None,
        }
    }
}

/// Which postings: all that fit what is said.
#[derive(Clone, Debug, Default)]
pub struct PostedFilter {
    /// Of this kind.
    pub kind: Option<PostingKind>,
    /// Money that came or went so.
    pub means: Option<MoneyMeans>,
    /// Through this provider.
    pub provider: Option<ProviderName>,
    /// By this staff key.
    pub staff: Option<StaffKey>,
}

/// A posting with where its money came from or went to.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The posting.
    pub posting: Posting,
    /// By which means its money came or went.
    pub means: Option<MoneyMeans>,
    /// The checkout, if that was a provider.
    pub through: Option<Through>,
}

/// The same with what people call it.
#[derive(Clone, Debug)]
pub struct PostedLine {
    /// The posting.
    pub posted: Posted,
    /// The payment it belongs to.
    pub payment_id: Option<Uuid>,
    /// By whose key.
    pub key: Option<Arc<Key>>,
    /// Why staff did it.
    pub note: Option<String>,
}

impl Posted {
    /// When.
    pub fn at(&self) -> Instant {
        self.posting.posted_at
    }

    /// How much.
    pub fn amount(&self) -> Amount {
        self.posting.amount
    }
}

/// A walk over postings.
#[derive(Clone, Debug)]
pub struct PostedWalk {
    filter: PostedFilter,
    up_to: PostingKey,
    after: PostingKey,
    is_done: bool,
}

impl PostedWalk {
    /// From a span's beginning, or from behind a posting of it.
    pub fn new(span: &Span, filter: PostedFilter, after: Option<PostingKey>) -> Self {
        let (first, up_to) = span.postings;
        let after = after.map_or(first, |after| after.max(first));
        Self { filter, up_to, after, is_done: false }
    }

    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Reads on, by one piece: up to `most` postings that fit.
    ///
    /// # Errors
    /// Only the store's.
    pub fn step(&mut self, tx: &Tx, most: usize) -> Result<Vec<Posted>, ReportError> {
        let mut found = Vec::new();
        let postings = wallet::books::postings(tx, (self.after, self.up_to), PIECE)?;
        self.is_done = postings.len() < PIECE as usize;
        for posting in postings {
            if found.len() == most {
                self.is_done = false;
                break;
            }
            self.after = posting.key;
            let leaves_the_house = matches!(posting.kind, PostingKind::TopUp | PostingKind::PayOut);
            let through = match leaves_the_house && posting.means.is_none() {
                true => checkout::books::through(tx, posting.key)?,
                false => None,
            };
            let posted = Posted { means: MoneyMeans::of(&posting, through), posting, through };
            if self.filter.fits(&posted) {
                found.push(posted);
            }
        }
        Ok(found)
    }
}

/// The same walk, with what people call its postings.
#[derive(Clone, Debug)]
pub struct PostedLines {
    walk: PostedWalk,
    labels: Labels,
}

impl PostedLines {
    /// As [`PostedWalk::new`].
    pub fn new(span: &Span, filter: PostedFilter, after: Option<PostingKey>) -> Self {
        Self { walk: PostedWalk::new(span, filter, after), labels: Labels::default() }
    }

    /// Behind which posting it stands.
    pub fn position(&self) -> PostingKey {
        self.walk.after
    }
}

impl Walk for PostedLines {
    type Row = PostedLine;

    fn is_done(&self) -> bool {
        self.walk.is_done
    }

    fn read(&mut self, tx: &Tx, most: usize) -> Result<Vec<Self::Row>, ReportError> {
        let mut lines = Vec::new();
        for posted in self.walk.step(tx, most)? {
            let posting = &posted.posting;
            let payment_id = posting.payment.map(|key| payment::books::payment_id(tx, key)).transpose()?;
            let key = posting.actor.staff().map(|key| self.labels.key(tx, key)).transpose()?;
            let note = wallet::books::note_of(tx, posting.key)?;
            lines.push(PostedLine { posted, payment_id, key, note });
        }
        Ok(lines)
    }
}

impl PostedFilter {
    fn fits(&self, posted: &Posted) -> bool {
        self.kind.is_none_or(|kind| kind == posted.posting.kind)
            && self.means.is_none_or(|means| Some(means) == posted.means)
            && self.provider.is_none_or(|provider| posted.through.is_some_and(|of| of.provider == provider))
            && self.staff.is_none_or(|staff| posted.posting.actor.staff() == Some(staff))
    }
}
