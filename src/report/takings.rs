//! Takings, reconciled: every movement of money by what it came from or went to, and each held against what others wrote down of
//! the same: payments, refunds, the providers' checkouts, the day closes of the counter, and the balances themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checkout::ProviderName;
use crate::counter::{DayClose, closes};
use crate::ids::{CloseKey, PaymentKey, PostingKey, RefundKey, StaffKey, UserKey};
use crate::money::Amount;
use crate::payment;
use crate::refund;
use crate::report::error::ReportError;
use crate::report::labels::{Key, Labels};
use crate::report::period::Span;
use crate::report::posted::{MoneyMeans, PIECE, Posted, PostedFilter, PostedWalk};
use crate::store::Tx;
use crate::wallet::{self, Means, PostingKind};

/// A kind of movement.
pub type Movement = (PostingKind, Option<MoneyMeans>, Option<ProviderName>);

/// How often, and how much in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many postings.
    pub postings: u32,
    /// Their sum, in minor units.
    pub amount: i64,
}

/// What one staff key booked in one form of money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Till {
    /// What came in, less what went out.
    pub booked: i64,
    /// How much of that stands in day closes of which all postings are in the span.
    pub closed: i64,
    /// How much these closes say that it is.
    pub by_closes: i64,
    /// How much more was counted than booked, where it was counted.
    pub difference: i64,
}

/// What the books say, and what somebody else wrote down of the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// By the postings.
    pub books: i64,
    /// By the others.
    pub others: i64,
}

/// Against what the books are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// What was paid, by the payments.
    Payments,
    /// What went back, by the refunds.
    Refunds,
    /// What came in through providers, by their checkouts.
    ProvidersIn,
    /// What goes back through providers, by what was sent to them.
    ProvidersOut,
    /// What the counter booked, by its day closes.
    DayCloses,
    /// What moved, by how much the balances are more than before.
    Balances,
}

impl Against {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::ProvidersIn => "providers_in",
            Self::ProvidersOut => "providers_out",
            Self::DayCloses => "day_closes",
            Self::Balances => "balances",
        }
    }
}

/// The report while it is made.
#[derive(Clone, Debug)]
pub struct Takings {
    span: Span,
    at: At,
    walk: PostedWalk,
    labels: Labels,
    /// Of each key that closed: its last close's last posting; and what lies between in closes that are wholly in the span.
    last_close: BTreeMap<StaffKey, PostingKey>,
    closed: BTreeMap<StaffKey, (PostingKey, PostingKey)>,
    /// Movements.
    pub movements: BTreeMap<Movement, Moved>,
    /// The counter's, by key and form of money.
    pub tills: BTreeMap<(StaffKey, Means), Till>,
    /// Whose keys these are.
    pub keys: BTreeMap<StaffKey, Arc<Key>>,
    /// What the books were held against.
    pub held: BTreeMap<Against, Held>,
    /// All balances before and after.
    pub balances: [Amount; 2],
}

/// What is read next, and from where on.
#[derive(Clone, Copy, Debug)]
enum At {
    Closes(CloseKey),
    Postings,
    Payments(PaymentKey),
    Refunds(RefundKey),
    Balances(UserKey),
    End,
}

impl Takings {
    /// Of a span.
    pub fn new(span: &Span) -> Self {
        let none =
            [Against::Payments, Against::Refunds, Against::ProvidersIn, Against::ProvidersOut, Against::DayCloses];
        Self {
            span: *span,
            at: At::Closes(CloseKey(0)),
            walk: PostedWalk::new(span, PostedFilter::default(), None),
            labels: Labels::default(),
            last_close: BTreeMap::new(),
            closed: BTreeMap::new(),
            movements: BTreeMap::new(),
            tills: BTreeMap::new(),
            keys: BTreeMap::new(),
            held: none.into_iter().map(|against| (against, Held::default())).collect(),
            balances: [Amount(0); 2],
        }
    }

    /// Reads on by one piece. Gives whether there is more.
    ///
    /// # Errors
    /// Only the store's.
    pub fn step(&mut self, tx: &Tx) -> Result<bool, ReportError> {
        self.at = match self.at {
            At::Closes(after) => self.closes(tx, after)?,
            At::Postings => self.postings(tx)?,
            At::Payments(after) => self.payments(tx, after)?,
            At::Refunds(after) => self.refunds(tx, after)?,
            At::Balances(after) => self.balances(tx, after)?,
            At::End => At::End,
        };
        Ok(!matches!(self.at, At::End))
    }

    fn held(&mut self, against: Against) -> &mut Held {
        self.held.entry(against).or_default()
    }

    fn closes(&mut self, tx: &Tx, after: CloseKey) -> Result<At, ReportError> {
        let closes = closes::all_closes(tx, after, PIECE)?;
        for (staff, close) in &closes {
            self.close(*staff, close);
        }
        Ok(closes.last().map_or(At::Postings, |(_, last)| At::Closes(last.key)))
    }

    fn close(&mut self, staff: StaffKey, close: &DayClose) {
        let before = self.last_close.insert(staff, close.last_posting).unwrap_or(PostingKey(0));
        let (after, up_to) = self.span.postings;
        if before < after || close.last_posting > up_to {
            return;
        }
        self.closed.entry(staff).or_insert((before, before)).1 = close.last_posting;
        for till in &close.tills {
            let of = self.tills.entry((staff, till.means)).or_default();
            of.by_closes += till.booked.0;
            of.difference += till.counted.map_or(0, |counted| counted.0 - till.booked.0);
            self.held(Against::DayCloses).others += till.booked.0;
        }
    }

    fn postings(&mut self, tx: &Tx) -> Result<At, ReportError> {
        for posted in self.walk.step(tx, usize::MAX)? {
            self.add(&posted);
        }
        match self.walk.is_done() {
            true => Ok(At::Payments(self.span.payments.0)),
            false => Ok(At::Postings),
        }
    }

    fn add(&mut self, posted: &Posted) {
        let (posting, amount) = (&posted.posting, posted.amount().0);
        let provider = posted.through.map(|through| through.provider);
        let moved = self.movements.entry((posting.kind, posted.means, provider)).or_default();
        moved.postings += 1;
        moved.amount += amount;
        if let (Some(staff), Some(means)) = (posting.actor.staff(), posting.means) {
            let is_closed =
                self.closed.get(&staff).is_some_and(|(after, up_to)| (*after < posting.key) && (posting.key <= *up_to));
            let till = self.tills.entry((staff, means)).or_default();
            till.booked += amount;
            if is_closed {
                till.closed += amount;
                self.held(Against::DayCloses).books += amount;
            }
        }
        let against = match posting.kind {
            PostingKind::Payment => Some((Against::Payments, -amount, 0)),
            PostingKind::Refund => Some((Against::Refunds, amount, 0)),
            PostingKind::TopUp => posted.through.map(|of| (Against::ProvidersIn, amount, of.amount.0)),
            PostingKind::PayOut => posted.through.map(|of| (Against::ProvidersOut, amount, of.amount.0)),
            PostingKind::Correction => None,
        };
        if let Some((against, books, others)) = against {
            let held = self.held(against);
            held.books += books;
            held.others += others;
        }
    }

    fn payments(&mut self, tx: &Tx, after: PaymentKey) -> Result<At, ReportError> {
        let payments = payment::books::sold(tx, (after, self.span.payments.1), PIECE)?;
        self.held(Against::Payments).others += payments.iter().map(|payment| payment.amount.0).sum::<i64>();
        Ok(payments.last().map_or(At::Refunds(self.span.refunds.0), |last| At::Payments(last.key)))
    }

    fn refunds(&mut self, tx: &Tx, after: RefundKey) -> Result<At, ReportError> {
        let refunds = refund::books::refunds(tx, (after, self.span.refunds.1), PIECE)?;
        self.held(Against::Refunds).others += refunds.iter().map(|refund| refund.amount.0).sum::<i64>();
        Ok(refunds.last().map_or(At::Balances(UserKey(0)), |last| At::Refunds(last.key)))
    }

    fn balances(&mut self, tx: &Tx, after: UserKey) -> Result<At, ReportError> {
        let (sums, last) = wallet::books::balances(tx, after, self.span.postings, PIECE)?;
        self.balances[0].0 += sums[0].0;
        self.balances[1].0 += sums[1].0;
        if let Some(last) = last {
            return Ok(At::Balances(last));
        }
        let others = self.balances[1].0 - self.balances[0].0;
        let books = self.movements.values().map(|moved| moved.amount).sum();
        self.held.insert(Against::Balances, Held { books, others });
        for (staff, _) in self.tills.keys() {
            if !self.keys.contains_key(staff) {
                self.keys.insert(*staff, self.labels.key(tx, *staff)?);
            }
        }
        Ok(At::End)
    }
}
