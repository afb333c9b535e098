//! What a discount is and what it takes off. Pure: no store, no clock.

use uuid::Uuid;

use crate::ids::PerformanceKey;
use crate::money::Amount;

/// What a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Worth {
    /// So much of a payment, once.
    Amount(Amount),
    /// So much of a hundred of each ticket's price.
    Percent(u8),
}

/// What a discount code gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discount {
    /// What it takes off.
    pub worth: Worth,
    /// Its one performance, if it is not for all of the concert.
    pub performance: Option<(PerformanceKey, Uuid)>,
}

impl Discount {
    /// Is it for tickets of this performance?
    pub fn is_for(&self, performance: PerformanceKey) -> bool {
        self.performance.is_none_or(|(only, _)| only == performance)
    }

    /// Takes it off the prices of a payment's tickets, as far as it is for them. Gives how much it took off.
    ///
    /// A share is rounded down for each ticket. An amount is spread over the tickets by their prices, so that each can be given
    /// back by itself; what is left of the division goes off the first of them.
    pub fn take_off(&self, tickets: &mut [(PerformanceKey, Amount)]) -> Amount {
        let mut prices: Vec<_> =
            tickets.iter_mut().filter(|(of, _)| self.is_for(*of)).map(|(_, price)| price).collect();
        let before: i64 = prices.iter().map(|price| price.0).sum();
        match self.worth {
            Worth::Percent(percent) => {
                for price in prices {
                    // In wider numbers: a hundred times a price may be no amount.
                    let off = i128::from(price.0) * i128::from(percent.min(100)) / 100;
                    price.0 -= off as i64;
                }
            }
            Worth::Amount(Amount(amount)) => {
                let off = amount.min(before);
                let mut left = off;
                for price in prices.iter_mut().filter(|_| before > 0) {
                    let share = (i128::from(price.0) * i128::from(off) / i128::from(before)) as i64;
                    price.0 -= share;
                    left -= share;
                }
                for price in prices {
                    let rest = left.min(price.0);
                    price.0 -= rest;
                    left -= rest;
                }
            }
        }
        let after: i64 = tickets.iter().filter(|(of, _)| self.is_for(*of)).map(|(_, price)| price.0).sum();
        Amount(before - after)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Discount, Worth};
    use crate::ids::PerformanceKey;
    use crate::money::Amount;

    fn discount(worth: Worth, performance: Option<i64>) -> Discount {
        Discount { worth, performance: performance.map(|key| (PerformanceKey(key), Uuid::nil())) }
    }

    fn off(of: &Discount, prices: &[(i64, i64)]) -> (Vec<i64>, i64) {
        let mut tickets: Vec<_> = prices.iter().map(|&(key, price)| (PerformanceKey(key), Amount(price))).collect();
        let taken = of.take_off(&mut tickets);
        (tickets.into_iter().map(|(_, price)| price.0).collect(), taken.0)
    }

    #[test]
    fn nothing_goes_off_what_is_free() {
        let mut free = [(PerformanceKey(1), Amount(0)), (PerformanceKey(1), Amount(0))];
        for worth in [Worth::Amount(Amount(500)), Worth::Percent(50)] {
            assert_eq!(discount(worth, None).take_off(&mut free), Amount(0));
        }
        assert!(free.iter().all(|(_, price)| *price == Amount(0)));
    }

    #[test]
    fn a_share_goes_off_each_ticket_and_an_amount_off_the_payment() {
        assert_eq!(off(&discount(Worth::Percent(15), None), &[(1, 999), (2, 10)]), (vec![850, 9], 150));
        assert_eq!(off(&discount(Worth::Percent(100), Some(2)), &[(1, 999), (2, 10)]), (vec![999, 0], 10));
        assert_eq!(
            off(&discount(Worth::Amount(Amount(100)), None), &[(1, 100), (1, 100), (1, 0)]),
            (vec![50, 50, 0], 100)
        );
        assert_eq!(off(&discount(Worth::Amount(Amount(100)), None), &[(1, 1), (1, 1), (1, 1)]), (vec![0, 0, 0], 3));
        assert_eq!(off(&discount(Worth::Amount(Amount(10)), None), &[(1, 10), (1, 10), (1, 10)]), (vec![6, 7, 7], 10));
        assert_eq!(off(&discount(Worth::Amount(Amount(10)), Some(3)), &[(1, 10)]), (vec![10], 0));
        assert_eq!(off(&discount(Worth::Amount(Amount(10)), None), &[]), (vec![], 0));
    }

    proptest! {
        /// Whatever it is worth: no ticket costs more than before or less than nothing, and what goes off goes off exactly.
        #[test]
        fn nothing_is_lost_in_the_division(
            prices in proptest::collection::vec((1..3_i64, 0..=70_000_000_000_000_i64), 1..64),
            amount in 1..=9_000_000_000_000_000_i64,
            percent in 1..=100_u8,
            only in proptest::option::of(1..3_i64),
        ) {
            for worth in [Worth::Amount(Amount(amount)), Worth::Percent(percent)] {
                let of = discount(worth, only);
                let (after, taken) = off(&of, &prices);
                let before: i64 = prices.iter().map(|(_, price)| price).sum();
                prop_assert_eq!(before - after.iter().sum::<i64>(), taken);
                for ((key, before), after) in prices.iter().zip(&after) {
                    prop_assert!((0..=*before).contains(after));
                    prop_assert!(only.is_none_or(|only| only == *key) || before == after);
                }
                let its: i64 = prices.iter().filter(|(key, _)| only.is_none_or(|only| only == *key)).map(|(_, p)| p).sum();
                if let Worth::Amount(_) = worth {
                    prop_assert_eq!(taken, amount.min(its));
                }
            }
        }
    }
}
