//! The model's money: what places cost, paid, given back; and who came in by what was paid for.

use crate::asked::{
    CANCEL_FEE, CODES, Done, FEE_PER_ORDER, FEE_PER_TICKET, FIRST_NIGHT, FRIENDS, FULL, OFF_FIRST_NIGHT, Place, Said,
    TEN_OFF,
};
use crate::model::{Model, Owner, Payment, dates};
use crate::places::price;

pub struct Bill {
    pub ticket_fees: Vec<i64>,
    pub order_fee: i64,
    pub amount: i64,
}

/// What costs nothing carries no fee.
pub fn bill(prices: &[i64]) -> Bill {
    let ticket_fees: Vec<_> = prices.iter().map(|price| if *price > 0 { FEE_PER_TICKET } else { 0 }).collect();
    let tickets: i64 = prices.iter().chain(&ticket_fees).sum();
    let order_fee = if tickets > 0 { FEE_PER_ORDER } else { 0 };
    Bill { ticket_fees, order_fee, amount: tickets + order_fee }
}

/// A place of a basket as what it is sold.
struct Priced {
    date: usize,
    place: Place,
    of: u16,
    price: i64,
}

impl Model {
    /// Everything that is kept for somebody.
    pub fn basket_of(&self, owner: Owner) -> Vec<(usize, Place)> {
        let holds = self.live_holds_of(owner).into_iter();
        holds.flat_map(|hold| hold.places.iter().map(|(place, _)| (hold.date, *place))).collect()
    }

    /// What a basket costs with a code, where it may be bought.
    pub fn worth(
        &self,
        user: usize,
        owner: Owner,
        basket: &[(usize, Place)],
        code: Option<usize>,
    ) -> Result<i64, String> {
        let prices: Vec<_> = self.price(user, owner, basket, code)?.iter().map(|priced| priced.price).collect();
        Ok(bill(&prices).amount)
    }

    fn price(
        &self,
        user: usize,
        owner: Owner,
        basket: &[(usize, Place)],
        code: Option<usize>,
    ) -> Result<Vec<Priced>, String> {
        let (mut priced, mut had) = (Vec::new(), Vec::new());
        for date in dates().filter(|date| basket.iter().any(|(of, _)| of == date)) {
            let types = self.types(owner, date, basket)?;
            self.require_few(user, &had, date, &types)?;
            had.extend(types.iter().map(|of| (date, *of)));
            let of_date = basket.iter().enumerate().filter(|(_, (of, _))| *of == date);
            for ((at, (_, place)), of) in of_date.zip(types) {
                let price = price(*place, of).ok_or("type not sold".to_owned())?;
                priced.push((at, Priced { date, place: *place, of, price }));
            }
        }
        priced.sort_by_key(|(at, _)| *at);
        let mut priced: Vec<_> = priced.into_iter().map(|(_, priced)| priced).collect();
        if let Some(code) = code {
            self.take_off(code, &mut priced)?;
        }
        Ok(priced)
    }

    /// As what each place of a date is sold: what is kept as what was said, what is free as a full one.
    fn types(&self, owner: Owner, date: usize, basket: &[(usize, Place)]) -> Result<Vec<u16>, String> {
        let holds = self.live_holds_of(owner).into_iter().filter(|hold| hold.date == date);
        let mut kept: Vec<_> = holds.flat_map(|hold| hold.places.clone()).collect();
        let places: Vec<_> = basket.iter().filter(|(of, _)| *of == date).map(|(_, place)| *place).collect();
        let stand = |place: &&Place| **place == self.stand;
        let more = places.iter().filter(stand).count()
            - kept.iter().map(|(place, _)| place).filter(stand).count().min(places.iter().filter(stand).count());
        if more as u32 > self.free_of(date, self.stand) {
            return Err("not enough".into());
        }
        let may_choose = match owner {
            Owner::Guest(at) => self.guests[at].admitted_until.is_some_and(|until| self.now < until),
            Owner::Wait(_) => true,
        };
        let (mut types, mut is_taken) = (Vec::new(), false);
        for place in places {
            if let Some(at) = kept.iter().position(|(of, _)| *of == place) {
                types.push(kept.remove(at).1);
            } else if self.free_of(date, place) == 0 {
                is_taken = true;
            } else if !may_choose {
                return Err("admission over".into());
            } else {
                types.push(FULL);
            }
        }
        if is_taken { Err("taken".into()) } else { Ok(types) }
    }

    fn take_off(&self, code: usize, priced: &mut [Priced]) -> Result<(), String> {
        // A presale's is no discount, however often it was used.
        if code != FRIENDS && self.uses[code] >= CODES[code].1 {
            return Err("code used up".into());
        }
        let before: i64 = priced.iter().map(|priced| priced.price).sum();
        match code {
            TEN_OFF => priced.iter_mut().for_each(|priced| priced.price -= priced.price / 10),
            FIRST_NIGHT => {
                let mut of: Vec<_> = priced.iter_mut().filter(|priced| priced.date == 0).collect();
                let all: i64 = of.iter().map(|priced| priced.price).sum();
                let mut left = OFF_FIRST_NIGHT.min(all);
                for (share, priced) in
                    of.iter().map(|of| of.price * OFF_FIRST_NIGHT.min(all) / all).zip(0..).collect::<Vec<_>>()
                {
                    of[priced].price -= share;
                    left -= share;
                }
                // What is left of the division goes off the first that has as much.
                for priced in of {
                    let rest = left.min(priced.price);
                    priced.price -= rest;
                    left -= rest;
                }
            }
            _ => return Err("no such code".into()),
        }
        let after: i64 = priced.iter().map(|priced| priced.price).sum();
        if after == before { Err("code not for these".into()) } else { Ok(()) }
    }

    pub fn pay(&mut self, at: usize, basket: &[(usize, Place)], code: Option<usize>, amount: i64, real: &Said) -> Said {
        self.require_inside(at)?;
        let kept = self.basket_of(Owner::Guest(at));
        let count = |of: &[(usize, Place)], one| of.iter().filter(|of| *of == one).count();
        if basket.iter().any(|one| count(basket, one) > count(&kept, one)) {
            dates().try_for_each(|date| self.require_none_waits(date))?;
        }
        let paid = self.sell(self.guests[at].user, Owner::Guest(at), basket, code, amount, real)?;
        self.complete(at);
        Ok(paid)
    }

    pub fn sell(
        &mut self,
        user: usize,
        owner: Owner,
        basket: &[(usize, Place)],
        code: Option<usize>,
        amount: i64,
        real: &Said,
    ) -> Said {
        let priced = self.price(user, owner, basket, code)?;
        let bill = bill(&priced.iter().map(|priced| priced.price).collect::<Vec<_>>());
        if amount != bill.amount {
            return Err(format!("mismatch: {}", bill.amount));
        }
        if self.balance(user) < amount {
            return Err("too little".into());
        }
        let Ok(Done::Paid { payment: key, .. }) = *real else { return Err("the model sells them".into()) };
        let balance = self.balance(user) - amount;
        self.balances[user] = Some(balance);
        if let Some(code) = code {
            self.uses[code] += 1;
        }
        let sold = priced.iter().zip(bill.ticket_fees);
        let tickets: Vec<_> = sold.map(|(of, fee)| (of.date, of.place, of.of, of.price, fee)).collect();
        let with_state = tickets.iter().map(|ticket| (*ticket, true)).collect();
        // What was kept and is sold now is kept no more.
        self.holds.retain(|hold| hold.owner != owner);
        self.payments.push(Payment { key, user, order_fee: bill.order_fee, tickets: with_state });
        Ok(Done::Paid { payment: key, amount, balance, tickets })
    }

    /// The tickets that are meant: those that stand, unless some are named.
    fn meant(&self, payment: usize, tickets: Option<&[usize]>) -> Result<Vec<usize>, String> {
        let of = &self.payments[payment].tickets;
        let meant = match tickets {
            None => (0..of.len()).filter(|at| of[*at].1).collect(),
            Some(named) => named.to_vec(),
        };
        if meant.is_empty() || meant.iter().any(|at| !of[*at].1) { Err("ticket cancelled".into()) } else { Ok(meant) }
    }

    pub fn refund(
        &mut self,
        payment: usize,
        tickets: Option<&[usize]>,
        kept: i64,
        with_order_fee: bool,
        cash: bool,
    ) -> Said {
        let meant = self.meant(payment, tickets)?;
        let of = &mut self.payments[payment];
        let mut amount = 0;
        for at in meant {
            let (_, _, _, price, fee) = of.tickets[at].0;
            amount += (price + fee - kept).max(0);
            of.tickets[at].1 = false;
        }
        if with_order_fee && of.tickets.iter().all(|(_, stands)| !stands) {
            amount += of.order_fee;
        }
        let user = of.user;
        if !cash {
            self.balances[user] = Some(self.balance(user) + amount);
        }
        Ok(Done::Refunded(amount))
    }

    pub fn cancel(&mut self, payment: usize, tickets: Option<&[usize]>) -> Said {
        let meant = self.meant(payment, tickets)?;
        if meant.iter().any(|ticket| self.inside.values().any(|of| *of == (payment, *ticket))) {
            return Err("checked in".into());
        }
        self.refund(payment, Some(&meant), CANCEL_FEE, false, false)
    }

    pub fn check_in(&mut self, payment: usize, ticket: usize, real: &Said) -> Said {
        if !self.payments[payment].tickets[ticket].1 {
            return Err("ticket cancelled".into());
        }
        if self.inside.values().any(|of| *of == (payment, ticket)) {
            return Err("checked in".into());
        }
        let Ok(Done::CheckedIn(id)) = *real else { return Err("the model lets them in".into()) };
        self.inside.insert(id, (payment, ticket));
        Ok(Done::CheckedIn(id))
    }
}
