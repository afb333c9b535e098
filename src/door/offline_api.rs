//! The door without a network: the list that it keeps, and what it tells of afterwards. No names are on the list, and not the
//! codes themselves: their hashes tell whether a code is on it.

use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::catalog::{DoorPolicy, performance};
use crate::clock::Instant;
use crate::door::desk_api::clean_gate;
use crate::door::domain::{self, DoorError, Listed, Merged, Scan};
use crate::door::views::{FirstCheckInView, ScanResult};
use crate::http::idempotent::{self, IdempotencyKey};
use crate::http::problems::{self, Problems};
use crate::http::{Body, Code, Problem, Reply, Tag, Text, page, reply};
use crate::ids::TicketKey;
use crate::office::Office;
use crate::paging::cut;
use crate::payment::{Payment, PaymentError, ShownCode, TicketCodes};
use crate::staff::{Door, Staff};
use crate::store::Tx;

/// The seats had other numbers when the page before was made.
const MOVED: &str =
    "cursor must be of this performance as it is: it has moved to another version of its hall. Begin anew.";

/// So many scans are told of at once.
pub const MOST_SCANS: usize = 100;

/// A ticket on the list
#[derive(Object, Serialize)]
struct ListedTicketHashView {
    /// The first 16 bytes of the SHA-256 of the ticket's code, in capitals and without dashes, in hexadecimal
    hash: String,
    /// The seat
    seat_id: String,
    /// True when somebody came in by it
    checked_in: bool,
}

/// The tickets of a performance, for a door without a network
#[derive(Object, Serialize)]
struct DoorListView {
    /// What a door does while it cannot reach the box office
    door_policy: DoorPolicy,
    /// The tickets, in the order of their seats
    tickets: Vec<ListedTicketHashView>,
    /// Send it as `cursor` for the next page, if there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A scan that a door made without a network
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields)]
struct ScanRequest {
    /// As the device calls it: a UUID of its own for every scan
    scan_id: Uuid,
    /// The ticket's code
    code: Text,
    /// When, by the device's clock
    scanned_at: Instant,
    /// At which gate
    #[oai(default, skip_serializing_if_is_none)]
    gate: Option<Text>,
}

/// What doors did without a network
#[derive(Object, Serialize)]
#[oai(deny_unknown_fields, example)]
struct ScansRequest {
    /// The scans, in any order
    scans: Vec<ScanRequest>,
}

impl Example for ScansRequest {
    fn example() -> Self {
        let scan = ScanRequest {
            scan_id: Uuid::nil(),
            code: "0000-0000-4G6R-1T2V-3W4X-5Y6Z".into(),
            scanned_at: Instant(1_893_580_200_000),
            gate: Some("East".into()),
        };
        Self { scans: vec![scan] }
    }
}

/// What became of a scan
#[derive(Object, Serialize)]
struct MergedView {
    /// The scan
    scan_id: Uuid,
    /// What became of it
    result: ScanResult,
    /// The check-in that counts in its place
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<FirstCheckInView>,
}

/// What became of scans
#[derive(Object, Serialize)]
struct MergedScansView {
    /// In the order of the request
    scans: Vec<MergedView>,
}

/// The last ticket of a page, and the version of the hall in whose order of seats it was the last.
struct Last {
    version_no: u32,
    ticket: TicketKey,
}

impl FromStr for Last {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (version_no, ticket) = text.split_once('.').ok_or(())?;
        let ticket = TicketKey(ticket.parse().map_err(drop)?);
        Ok(Self { version_no: version_no.parse().map_err(drop)?, ticket })
    }
}

/// What a door finds a code by.
fn hash(code: &str) -> String {
    let digits: String = code.chars().filter(|digit| *digit != '-').collect();
    HEXLOWER.encode(&Sha256::digest(digits.as_bytes())[..16])
}

/// The door without a network.
pub struct Api;

#[OpenApi(prefix_path = "/v1/operator", tag = "Tag::Operator")]
impl Api {
    /// List tickets for the door
    ///
    /// For when it has no network: hashes of codes, and seats. Tickets that were refunded are not on it. Whether it may then let
    /// anybody in by it, `door_policy` says.
    #[oai(path = "/performances/:performance_id/door-list", method = "get", operation_id = "door_list")]
    async fn door_list(
        &self,
        office: Data<&Arc<Office>>,
        _auth: Staff<Door>,
        /// The performance
        performance_id: Path<Uuid>,
        /// The `next_cursor` of the page before
        cursor: Query<Option<String>>,
        /// Tickets on a page
        limit: Query<Option<u32>>,
    ) -> Result<Reply<DoorListView, 200>, Problem> {
        let (after, limit) = (page::cursor::<Last>(cursor.0)?, page::length(&office, limit.0)?);
        let read = move |tx: &Tx| {
            let dated = performance::domain::performance(tx, performance_id.0)?;
            if after.as_ref().is_some_and(|after| after.version_no != dated.version_no) {
                return Err(Problem::new(Code::InvalidField, MOVED));
            }
            match domain::door_list(tx, dated.key, after.map(|after| after.ticket), limit + 1) {
                Err(DoorError::Payment(PaymentError::NoSuchTicket)) => Err(page::bad_cursor()),
                listed => Ok((dated, listed?)),
            }
        };
        let (dated, mut listed) = office.store.read(read).await?;
        let next_cursor = cut(&mut listed, limit).map(|last| format!("{}.{}", dated.version_no, last.ticket.key.0));
        let codes = office.part::<TicketCodes>();
        let view = |of: &Listed| ListedTicketHashView {
            hash: hash(&codes.code(&of.ticket, of.payment_id)),
            seat_id: of.ticket.seat.to_string(),
            checked_in: of.is_checked_in,
        };
        let (door_policy, tickets) = (dated.door_policy, listed.iter().map(view).collect());
        Ok(reply(&DoorListView { door_policy, tickets, next_cursor }))
    }

    /// Merge a door's scans
    ///
    /// That it made without a network. Each is noted once, by its `scan_id`, however often it is sent. Of two scans of one
    /// ticket the earlier counts, in whichever order they come; the other is kept and reported as a double.
    #[oai(path = "/scans", method = "post", operation_id = "merge_scans")]
    async fn merge_scans(
        &self,
        office: Data<&Arc<Office>>,
        auth: Staff<Door>,
        body: Body<ScansRequest>,
        /// Repeating the request with the same key has no further effect
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
    ) -> Result<Reply<MergedScansView, 201>, Problem> {
        let once = idempotent::request(&office, key, "merge_scans", &body.0)?;
        if body.0.scans.is_empty() || body.0.scans.len() > MOST_SCANS {
            return Err(Problem::new(Code::InvalidField, format!("scans must be 1 to {MOST_SCANS}.")));
        }
        let read = |scan: &ScanRequest| {
            let gate = clean_gate(scan.gate.as_ref())?;
            let told = Scan { id: scan.scan_id, scanned_at: scan.scanned_at, gate };
            Ok::<_, Problem>((told, ShownCode::read(&scan.code.0)))
        };
        let scans: Vec<_> = body.0.scans.iter().map(read).collect::<Result<_, _>>()?;
        let (staff, codes) = (auth.known.key.key, office.part::<TicketCodes>().clone());
        let merge = move |tx: &Tx| {
            let one = |(scan, shown): &(Scan, Option<ShownCode>)| {
                let merged = match shown {
                    Some(shown) => {
                        let is_genuine = |payment: &Payment| codes.is_genuine(shown, payment);
                        domain::merge(tx, staff, scan, shown.ticket, is_genuine)?
                    }
                    None => Merged::Unknown,
                };
                let (result, first) = match merged {
                    Merged::Counts => (ScanResult::CheckedIn, None),
                    Merged::Double(first) => (ScanResult::Double, Some(FirstCheckInView::from(&first))),
                    Merged::Cancelled => (ScanResult::Cancelled, None),
                    Merged::Unknown => (ScanResult::Unknown, None),
                };
                Ok::<_, DoorError>(MergedView { scan_id: scan.id, result, first })
            };
            Ok::<_, DoorError>(MergedScansView { scans: scans.iter().map(one).collect::<Result<_, _>>()? })
        };
        Ok(auth.once(&office, "merge_scans", once, merge).await?.into())
    }
}

/// What each operation can refuse with, beside what any can.
pub const PROBLEMS: Problems = &[
    ("door_list", &[problems::STAFF, &[Code::PerformanceNotFound, Code::InvalidField]]),
    ("merge_scans", &[problems::STAFF, problems::BODY, &[Code::IdempotencyKeyReused]]),
];
