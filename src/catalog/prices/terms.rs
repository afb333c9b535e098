//! Fees, limits, and the sum that a buyer sees. Pure: no store, no clock.

use crate::catalog::error::CatalogError;
use crate::catalog::prices::spec::check_seats_per_user;
use crate::money::{Amount, LARGEST};

/// What a fee may be: sixty-five of them beside sixty-four prices are still an amount.
pub const LARGEST_FEE: Amount = Amount(LARGEST.0 / 512);

/// What the venue asks for beside the prices. What costs nothing carries no fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Fees {
    /// For each ticket.
    pub per_ticket: Amount,
    /// For each payment.
    pub per_order: Amount,
}

/// What holds for the sale of a whole concert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SaleTerms {
    /// How many places one buyer may have of all its performances together, where that is set.
    pub seats_per_user: Option<u32>,
    /// Its fees.
    pub fees: Fees,
    /// Until how many minutes before a performance buyers may cancel by themselves; not at all where none is set.
    pub cancel_until_minutes: Option<u32>,
    /// What the venue keeps of each ticket then, as far as it cost that much.
    pub cancel_fee: Amount,
}

/// A year: nobody cancels longer before.
pub const LONGEST_CANCEL_MINUTES: u32 = 366 * 24 * 60;

/// How many places one buyer may have, where that is set. The venue's own limit holds for a performance without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of all performances of the concert together.
    pub concert: Option<u32>,
    /// Of the performance.
    pub performance: Option<u32>,
}

impl SaleTerms {
    /// Checks what the operator may set.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`].
    pub(in crate::catalog) fn check(&self) -> Result<(), CatalogError> {
        check_seats_per_user(self.seats_per_user)?;
        if self.cancel_until_minutes.is_some_and(|minutes| minutes > LONGEST_CANCEL_MINUTES) {
            return CatalogError::invalid(format!("cancel_until_minutes must be 0 to {LONGEST_CANCEL_MINUTES}"));
        }
        let fees = [
            ("fee_per_ticket", self.fees.per_ticket),
            ("fee_per_order", self.fees.per_order),
            ("cancel_fee", self.cancel_fee),
        ];
        for (field, fee) in fees {
            if fee < Amount(0) || fee > LARGEST_FEE {
                return CatalogError::invalid(format!("{field} must be 0 to {}", LARGEST_FEE.0));
            }
        }
        Ok(())
    }
}

/// What places cost together, fees included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Each ticket's fee, in the order of the prices.
    pub ticket_fees: Vec<Amount>,
    /// The payment's own fee.
    pub order_fee: Amount,
    /// All of it: prices and fees.
    pub amount: Amount,
}

impl Bill {
    /// The bill for tickets at these prices.
    pub fn new(prices: impl IntoIterator<Item = Amount>, fees: Fees) -> Self {
        let prices: Vec<_> = prices.into_iter().collect();
        let unless_free = |price: &Amount, fee: Amount| if price.0 > 0 { fee } else { Amount(0) };
        let ticket_fees: Vec<_> = prices.iter().map(|price| unless_free(price, fees.per_ticket)).collect();
        let tickets = Amount::sum(prices.iter().chain(&ticket_fees).copied());
        let order_fee = unless_free(&tickets.unwrap_or(LARGEST), fees.per_order);
        // The rules for prices and fees keep every sum of one payment within an amount.
        let amount = tickets.and_then(|tickets| tickets.plus(order_fee)).unwrap_or(LARGEST);
        Self { ticket_fees, order_fee, amount }
    }

    /// All fees.
    pub fn fees(&self) -> Amount {
        Amount::sum(self.ticket_fees.iter().copied().chain([self.order_fee])).unwrap_or(LARGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bill, Fees};
    use crate::money::Amount;

    #[test]
    fn what_costs_nothing_carries_no_fee() {
        let fees = Fees { per_ticket: Amount(10), per_order: Amount(100) };
        let bill = |prices: &[i64]| Bill::new(prices.iter().copied().map(Amount), fees);
        assert_eq!((bill(&[500, 0, 300]).amount, bill(&[500, 0, 300]).fees()), (Amount(920), Amount(120)));
        assert_eq!((bill(&[0, 0]).amount, bill(&[]).amount), (Amount(0), Amount(0)));
        assert_eq!(Bill::new([Amount(7)], Fees::default()).amount, Amount(7));
    }
}
