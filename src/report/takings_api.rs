//! Takings over HTTP: as figures, reconciled.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::checkout::ProviderName;
use crate::http::problems::{self, Problems};
use crate::http::{Code, Problem, Reply, Tag, reply};
use crate::ids::PostingKey;
use crate::money::Amount;
use crate::office::Office;
use crate::report::error::ReportError;
use crate::report::labels::Key;
use crate::report::narrow::Narrow;
use crate::report::posted::MoneyMeans;
use crate::report::stream;
use crate::report::takings::{Against, Held, Moved, Movement, Takings};
use crate::staff::{Report, Staff};
use crate::store::Tx;
use crate::wallet::{Means, PostingKind};

/// Where postings are listed.
const POSTINGS: &str = "postings";

/// Movements of one kind
#[derive(Object, Serialize)]
struct MovementView {
    /// Why balances changed
    kind: PostingKind,
    /// By which means the money came in or went out, if it did
    #[serde(skip_serializing_if = "Option::is_none")]
    means: Option<MoneyMeans>,
    /// Through which provider
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderName>,
    /// How many postings
    postings: u32,
    /// By how much the balances changed; negative where money was paid or went out
    amount: Amount,
    /// Where the postings are listed that it is made of
    made_of: String,
}

/// What a staff key booked in one form of money
#[derive(Object, Serialize)]
struct CounterView {
    /// The key
    staff_key_id: Uuid,
    /// Its name
    staff_key: String,
    /// The form
    means: Means,
    /// What came in, less what went out
    booked: Amount,
    /// How much of that stands in day closes
    closed: Amount,
    /// How much does not yet, or in one that reaches beyond these days
    open: Amount,
    /// How much more was counted than booked, in these day closes
    difference: Amount,
    /// Where the postings are listed that it is made of
    made_of: String,
    /// Where the key's day closes are listed
    closes: String,
}

/// What the books say, held against what somebody else wrote down of the same
#[derive(Object, Serialize)]
struct HeldView {
    /// Against what
    against: Against,
    /// What the postings say
    books: Amount,
    /// What the others say
    others: Amount,
    /// By how much the postings say more: 0, or something is wrong
    difference: Amount,
    /// Where the postings are listed
    made_of: String,
    /// Where the others are listed
    others_made_of: String,
}

/// A report of takings
#[derive(Object, Serialize)]
struct TakingsView {
    /// The currency
    currency: String,
    /// The state of the books that it is of: send it along, and other reports and lists are of the same
    as_of: String,
    /// All balances together before these days
    opening_balances: Amount,
    /// What moved, by kind
    movements: Vec<MovementView>,
    /// All balances together after them
    closing_balances: Amount,
    /// What was paid for tickets, less what went back
    takings: Amount,
    /// The counter's part, by key and form of money
    counter: Vec<CounterView>,
    /// The books against everybody else
    held_against: Vec<HeldView>,
    /// True: there is no difference
    reconciled: bool,
}

/// A report that is made, with what it was narrowed to.
struct Made<'a> {
    narrow: &'a Narrow,
    as_of: PostingKey,
    of: &'a Takings,
}

impl Made<'_> {
    fn list(&self, further: &[(&str, Option<&str>)]) -> String {
        self.narrow.address(POSTINGS, self.as_of, further)
    }

    fn movement(&self, (kind, means, provider): &Movement, moved: &Moved) -> MovementView {
        let further = [
            ("kind", Some(kind.as_str())),
            ("means", means.map(|means| means.as_str())),
            ("provider", provider.map(|provider| provider.as_str())),
        ];
        MovementView {
            kind: *kind,
            means: *means,
            provider: *provider,
            postings: moved.postings,
            amount: Amount(moved.amount),
            made_of: self.list(&further),
        }
    }

    fn counter(&self) -> Vec<CounterView> {
        let known = |((staff, means), till): (&(_, Means), &crate::report::takings::Till)| {
            let key: &Arc<Key> = self.of.keys.get(staff)?;
            let id = key.id.to_string();
            let of_key = ("staff_key_id", Some(id.as_str()));
            Some(CounterView {
                staff_key_id: key.id,
                staff_key: key.name.clone(),
                means: *means,
                booked: Amount(till.booked),
                closed: Amount(till.closed),
                open: Amount(till.booked - till.closed),
                difference: Amount(till.difference),
                made_of: self.list(&[("means", Some(means.as_str())), of_key]),
                closes: crate::report::narrow::address("day-closes", [of_key]),
            })
        };
        self.of.tills.iter().filter_map(known).collect()
    }

    fn held(&self, against: Against, held: &Held) -> HeldView {
        let (further, others) = match against {
            Against::Payments => (vec![("kind", Some("payment"))], "sold-tickets"),
            Against::Refunds => (vec![("kind", Some("refund"))], "refunded-tickets"),
            Against::ProvidersIn => (vec![("kind", Some("top_up")), ("means", Some("provider"))], POSTINGS),
            Against::ProvidersOut => (vec![("kind", Some("pay_out")), ("means", Some("provider"))], POSTINGS),
            Against::DayCloses => (vec![], "day-closes"),
            Against::Balances => (vec![], POSTINGS),
        };
        let made_of = self.list(&further);
        let others_made_of = match others {
            POSTINGS => made_of.clone(),
            "day-closes" => crate::report::narrow::address(others, []),
            list => self.narrow.address(list, self.as_of, &[]),
        };
        HeldView {
            against,
            books: Amount(held.books),
            others: Amount(held.others),
            difference: Amount(held.books - held.others),
            made_of,
            others_made_of,
        }
    }

    fn view(&self, currency: String) -> TakingsView {
        let of = self.of;
        let movements = of.movements.iter();
        let paid =
            movements.clone().filter(|((kind, ..), _)| matches!(kind, PostingKind::Payment | PostingKind::Refund));
        TakingsView {
            currency,
            as_of: self.as_of.0.to_string(),
            opening_balances: of.balances[0],
            movements: movements.map(|(movement, moved)| self.movement(movement, moved)).collect(),
            closing_balances: of.balances[1],
            takings: Amount(-paid.map(|(_, moved)| moved.amount).sum::<i64>()),
            counter: self.counter(),
            held_against: of.held.iter().map(|(against, held)| self.held(*against, held)).collect(),
            reconciled: of.held.values().all(|held| held.books == held.others),
        }
    }
}

/// Begins a report of takings, and says which state of the books it is of.
pub(super) fn open(tx: &Tx, narrow: &Narrow) -> Result<(Takings, PostingKey), ReportError> {
    let span = narrow.span(tx)?;
    Ok((Takings::new(&span), span.as_of))
}

/// Takings.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator/reports", tag = "Tag::Operator")]
impl Api {
    /// Report takings
    ///
    /// What moved on these days, by what it came from or went to, and the same held against payments, refunds, the providers'
    /// checkouts, the counter's day closes and the balances themselves. Each figure says where the postings are listed that it is
    /// made of.
    #[oai(path = "/takings", method = "get", operation_id = "report_takings")]
    async fn report_takings(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Report>,
        /// From this day on, on the venue's calendar: `2026-12-24`
        from: Query<Option<String>>,
        /// Up to and including this day
        to: Query<Option<String>>,
        /// The `as_of` of a report: the books as they stood then
        as_of: Query<Option<String>>,
    ) -> Result<Reply<TakingsView, 200>, Problem> {
        let narrow = Narrow::read(from.0.as_deref(), to.0.as_deref(), as_of.0.as_deref())?;
        let wanted = narrow.clone();
        let (takings, as_of) = office.store.read(move |tx| open(tx, &wanted)).await?;
        let takings = stream::finish(&office, takings, Takings::step).await?;
        let made = Made { narrow: &narrow, as_of, of: &takings };
        Ok(reply(&made.view(office.store.terms().currency.to_string())))
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[("report_takings", &[problems::STAFF, &[Code::InvalidField]])];
