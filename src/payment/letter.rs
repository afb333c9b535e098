//! What the mail about a payment tells.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::catalog;
use crate::ids::UserKey;
use crate::payment::PaymentError;
use crate::payment::domain;
use crate::payment::ticket_code::TicketCodes;
use crate::store::Tx;
use crate::terms::Currency;

/// A payment of this user with its tickets, for people to read.
///
/// # Errors
/// [`PaymentError::NoSuchPayment`], also when none of its tickets is the payer's any more.
pub fn told(tx: &Tx, codes: &TicketCodes, user: UserKey, id: Uuid) -> Result<Value, PaymentError> {
    let payment = domain::payment(tx, user, id)?;
    let currency = tx.terms().currency;
    let mut tickets = Vec::new();
    for ticket in payment.tickets.iter().filter(|ticket| ticket.stands() && ticket.holder.is_none()) {
        let label = catalog::domain::seat_label(tx, ticket.seat)?;
        let of = &label.occasion;
        tickets.push(json!({
            "code": codes.code(ticket, payment.id),
            "concert": of.concert_title,
            "starts_at": of.starts_at,
            "local_date": of.local.date,
            "local_time": of.local.time,
            "utc_offset": of.local.utc_offset,
            "hall": of.hall,
            "seat": format!("{} {} {}", label.section, label.row, label.label),
            "price": written(currency, ticket.price.0),
        }));
    }
    if tickets.is_empty() {
        return Err(PaymentError::NoSuchPayment);
    }
    Ok(json!({ "id": payment.id, "amount": written(currency, payment.amount.0), "tickets": tickets }))
}

/// An amount as people write it: with its decimals, and commas between thousands.
pub fn written(currency: Currency, minor: i64) -> String {
    let (decimals, digits) = (usize::from(currency.decimals()), minor.unsigned_abs().to_string());
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if minor < 0 { "-" } else { "" };
    if decimals == 0 { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_decimals() {
        let of = |code: &str, minor| written(code.parse().expect("a currency"), minor);
        assert_eq!([of("KRW", 0), of("KRW", 999), of("KRW", 1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!([of("EUR", 5), of("EUR", 123_456), of("KWD", -1_000_001)], ["0.05", "1,234.56", "-1,000.001"]);
    }
}
