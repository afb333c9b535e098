//! What the mail about an offer tells.

use serde_json::{Value, json};

use crate::catalog::{self, CatalogError, LocalTime, performance};
use crate::ids::{ConcertKey, Ordinal, SeatId, UserKey};
use crate::money::Amount;
use crate::reservation;
use crate::store::Tx;
use crate::waitlist::error::WaitlistError;
use crate::waitlist::record::Entry;
use crate::waitlist::sql;

/// By what the mail knows the offer.
pub(super) fn subject(entry: &Entry) -> String {
    format!("{} {}", entry.concert.0, entry.ordinal.0)
}

/// An offer to this user while it lasts, for people to read, and what it costs.
///
/// # Errors
/// [`WaitlistError::NoOffer`] when it is none any more.
pub fn told(tx: &Tx, user: UserKey, subject: &str) -> Result<(Value, Amount), WaitlistError> {
    let missing = || WaitlistError::NoOffer;
    let (concert, ordinal) = subject.split_once(' ').ok_or_else(missing)?;
    let concert = ConcertKey(concert.parse().map_err(|_| missing())?);
    let ordinal = Ordinal(ordinal.parse().map_err(|_| missing())?);
    let entry = sql::entry(tx, concert, ordinal)?.filter(|entry| entry.user == user && entry.has_offer(tx.now()));
    let entry = entry.ok_or_else(missing)?;
    let holds = reservation::domain::live_holds(tx, concert, entry.ordinal)?;
    let hold = holds.first().ok_or_else(missing)?;
    let of = catalog::domain::occasion(tx, hold.performance).map_err(refusal)?;
    let dated = performance::domain::performance(tx, of.performance_id).map_err(refusal)?;
    let mut seats = Vec::new();
    for seat_no in &hold.seat_numbers {
        let seat = SeatId { performance: hold.performance, version_no: dated.version_no, seat_no: *seat_no };
        let label = catalog::domain::seat_label(tx, seat).map_err(refusal)?;
        seats.push(format!("{} {} {}", label.section, label.row, label.label).trim().to_owned());
    }
    let until = LocalTime::in_zone(&dated.time_zone, hold.held_until);
    let told = json!({
        "concert_id": dated.concert_id,
        "concert": of.concert_title,
        "local_date": of.local.date,
        "local_time": of.local.time,
        "utc_offset": of.local.utc_offset,
        "hall": of.hall,
        "seats": seats,
        "until": { "local_date": until.date, "local_time": until.time },
    });
    Ok((told, hold.amount))
}

/// What is not there any more is not offered.
fn refusal(error: CatalogError) -> WaitlistError {
    match error {
        CatalogError::Store(error) => error.into(),
        _ => WaitlistError::NoOffer,
    }
}
