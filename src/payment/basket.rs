//! What is paid for, and what it costs: seats that may be bought, with what a code takes off. Nothing is changed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::Performance;
use crate::catalog::prices::{Bill, Fees};
use crate::code::{self, CodeError, Discount, UsableCode};
use crate::ids::{PerformanceKey, SeatId};
use crate::money::Amount;
use crate::payment::error::PaymentError;
use crate::reservation::rules::MOST_SEATS;
use crate::reservation::{self, Elsewhere, Had, HoldError, Holder, Offer};
use crate::store::Tx;
use crate::wallet::Wallet;

/// What is paid for.
#[derive(Clone, Debug, Default)]
pub struct Basket {
    /// Seats that the buyer holds, or free ones.
    pub seat_ids: Vec<SeatId>,
    /// Or all that these holds keep, where no seat is named.
    pub hold_ids: Vec<Uuid>,
    /// A discount code.
    pub code: Option<String>,
    /// What memory knew of other seats, by performance.
    pub elsewhere: BTreeMap<PerformanceKey, Elsewhere>,
}

impl Basket {
    /// These seats, without a code.
    pub fn of(seat_ids: Vec<SeatId>) -> Self {
        Self { seat_ids, ..Self::default() }
    }
}

/// A basket with its price.
#[derive(Clone, Debug)]
pub struct Priced {
    /// Each seat as what it is sold and for how much, in the basket's order. What the code takes off is off.
    pub offers: Vec<(SeatId, Offer)>,
    /// The sum, with fees.
    pub bill: Bill,
    /// The code, and how much it takes off; none where none was given.
    pub discount: Option<(UsableCode<Discount>, Amount)>,
}

/// What a basket costs this holder, who may buy it, from this wallet: whoever never paid has bought nothing, which need not be
/// looked up.
///
/// # Errors
/// [`PaymentError::Seats`], [`PaymentError::Code`].
pub fn price(
    tx: &Tx,
    holder: &Holder,
    wallet: &Wallet,
    performances: &[Arc<Performance>],
    basket: &Basket,
) -> Result<Priced, PaymentError> {
    let seat_ids = basket.seat_ids.as_slice();
    let mut by_performance: BTreeMap<PerformanceKey, (Vec<usize>, Vec<SeatId>)> = BTreeMap::new();
    for (at, &id) in seat_ids.iter().enumerate() {
        let (places, ids) = by_performance.entry(id.performance).or_default();
        places.push(at);
        ids.push(id);
    }
    if seat_ids.is_empty() || seat_ids.len() > MOST_SEATS {
        return Err(HoldError::BadChoice("name 1 to 64 seats").into());
    }
    reservation::domain::require_named_once(seat_ids)?;
    let mut had = if wallet.has_paid() { Had::of(tx, holder, &[])? } else { Had::nothing() };
    let (mut offers, mut fees) = (Vec::with_capacity(seat_ids.len()), Fees::default());
    for (key, (places, ids)) in &by_performance {
        let performance = performances.iter().find(|p| p.key == *key).ok_or(HoldError::NoSuchSeat)?;
        let elsewhere = basket.elsewhere.get(key).unwrap_or(&Elsewhere::Unknown);
        let of_performance = reservation::selling::require_buyable(tx, holder, performance, ids, &mut had, elsewhere)?;
        let offered = of_performance.into_iter().zip(ids).map(|(offer, id)| (*id, offer));
        offers.extend(places.iter().copied().zip(offered));
        fees = performance.fees;
    }
    offers.sort_unstable_by_key(|(at, _)| *at);
    let mut offers: Vec<_> = offers.into_iter().map(|(_, offered)| offered).collect();
    let discount = match &basket.code {
        Some(code) => Some(take_off(tx, holder, code, &mut offers)?),
        None => None,
    };
    let bill = Bill::new(offers.iter().map(|(_, offer)| offer.price), fees);
    Ok(Priced { offers, bill, discount })
}

fn take_off(
    tx: &Tx,
    holder: &Holder,
    code: &str,
    offers: &mut [(SeatId, Offer)],
) -> Result<(UsableCode<Discount>, Amount), CodeError> {
    let code = code::domain::discount(tx, holder.concert, code)?;
    let mut prices: Vec<_> = offers.iter().map(|(seat, offer)| (seat.performance, offer.price)).collect();
    let off = code.gives.take_off(&mut prices);
    if off == Amount(0) {
        return Err(CodeError::NotForThese);
    }
    for ((_, offer), (_, price)) in offers.iter_mut().zip(prices) {
        offer.price = price;
    }
    Ok((code, off))
}
