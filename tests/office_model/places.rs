//! The model's places: held, released, blocked, freed, waited for and offered.

use uuid::Uuid;

use crate::asked::{CHILD, Done, FULL, HOLD_MS, LIMITS, OFFER_MS, PRICES, Place, Said, What};
use crate::model::{Block, Hold, Model, Owner, Wait, WaitState, dates, grade_of};
use crate::money::bill;

pub fn price(place: Place, of: u16) -> Option<i64> {
    let (_, prices) = PRICES.iter().find(|(grade, _)| *grade == grade_of(place)).expect("a grade");
    prices[usize::from(of)]
}

impl Model {
    /// Whether a buyer may have these too, as these types: beside what stands of their tickets, and `held`.
    pub fn require_few(&self, user: usize, held: &[(usize, u16)], date: usize, types: &[u16]) -> Result<(), String> {
        let bought = self.standing_tickets().filter(|(of, _)| *of == user).map(|(_, sold)| (sold.0, sold.2));
        let had: Vec<_> = bought.chain(held.iter().copied()).collect();
        let here = had.iter().filter(|(of, _)| *of == date).count();
        let children = had.iter().filter(|had| **had == (date, CHILD)).count();
        let wanted_children = types.iter().filter(|of| **of == CHILD).count();
        let all = [(here, types.len()), (children, wanted_children), (had.len(), types.len())];
        for ((already, wanted), limit) in all.into_iter().zip(LIMITS) {
            if wanted > 0 && already + wanted > limit as usize {
                return Err(format!("too many: {already} of {limit}"));
            }
        }
        Ok(())
    }

    pub fn held_by(&self, owner: Owner) -> Vec<(usize, u16)> {
        let holds = self.live_holds_of(owner).into_iter();
        holds.flat_map(|hold| hold.places.iter().map(|(_, of)| (hold.date, *of))).collect()
    }

    pub fn hold(&mut self, at: usize, date: usize, what: &What, types: &[u16], real: &Said) -> Said {
        self.require_inside(at)?;
        self.require_none_waits(date)?;
        if self.now >= self.guests[at].admitted_until.expect("an admitted one") {
            return Err("admission over".into());
        }
        let (user, held) = (self.guests[at].user, self.held_by(Owner::Guest(at)));
        let wanted = match what {
            What::Seats(seats) => seats.len(),
            What::Best(_, quantity) | What::Stand(quantity) => *quantity as usize,
        };
        let types = if types.is_empty() { vec![FULL; wanted] } else { types.to_vec() };
        // Before they are found it is not known what the best of any grade are.
        let is_any = matches!(what, What::Best(None, _));
        if !is_any {
            self.require_few(user, &held, date, &types)?;
        }
        let places = self.choose(date, what, real)?;
        if is_any {
            self.require_few(user, &held, date, &types)?;
        }
        let prices = places.iter().zip(&types).map(|(place, of)| price(*place, *of).ok_or("type not sold".to_owned()));
        let prices = prices.collect::<Result<Vec<_>, _>>()?;
        let Ok(Done::Held { id, .. }) = *real else { return Err("the model holds them".into()) };
        let (places, until): (Vec<_>, _) = (places.into_iter().zip(types).collect(), self.now + HOLD_MS);
        self.holds.push(Hold { id, owner: Owner::Guest(at), date, places: places.clone(), until });
        self.move_end(at);
        Ok(Done::Held { id, places, amount: bill(&prices).amount, until })
    }

    /// The places that are meant, all free. Of the best the product chooses; nobody is refused while enough are free.
    fn choose(&self, date: usize, what: &What, real: &Said) -> Result<Vec<Place>, String> {
        match what {
            What::Seats(seats) if seats.iter().all(|seat| self.free_of(date, *seat) > 0) => Ok(seats.clone()),
            What::Seats(_) => Err("taken".into()),
            What::Stand(quantity) if *quantity <= self.free_of(date, self.stand) => {
                Ok(vec![self.stand; *quantity as usize])
            }
            What::Stand(_) => Err("not enough".into()),
            What::Best(grade, quantity) => {
                let free = self.free_seats(date, *grade);
                match real {
                    _ if free.len() < *quantity as usize => Err("not enough".into()),
                    Ok(Done::Held { places, .. }) => {
                        chosen_of(&free, places.iter().map(|(place, _)| *place), *quantity)
                    }
                    _ => Ok(free[..*quantity as usize].to_vec()),
                }
            }
        }
    }

    pub fn release(&mut self, at: usize, id: Uuid) -> Said {
        self.require_inside(at)?;
        if !self.live_holds_of(Owner::Guest(at)).iter().any(|hold| hold.id == id) {
            return Err("no such hold".into());
        }
        self.holds.retain(|hold| hold.id != id);
        self.move_end(at);
        Ok(Done::Plainly)
    }

    pub fn block(&mut self, date: usize, what: &What, real: &Said) -> Said {
        let places = match what {
            What::Seats(seats) => seats.iter().copied().filter(|seat| self.free_of(date, *seat) > 0).collect(),
            what => self.choose(date, what, real)?,
        };
        if places.is_empty() {
            return Err("taken".into());
        }
        let Ok(Done::Blocked(id, _)) = *real else { return Err("the model blocks them".into()) };
        self.blocks.push(Block { id, date, places: places.clone() });
        Ok(Done::Blocked(id, places))
    }

    /// A block goes, or one place of it.
    pub fn free(&mut self, date: usize, id: Uuid, one: Option<Place>) -> Said {
        let block = self.blocks.iter_mut().find(|block| (block.id, block.date) == (id, date));
        let block = block.ok_or("no such block".to_owned())?;
        match one {
            None => block.places.clear(),
            Some(place) => {
                let at = block.places.iter().position(|of| *of == place).ok_or("not of the block".to_owned())?;
                block.places.remove(at);
            }
        }
        self.blocks.retain(|block| !block.places.is_empty());
        Ok(Done::Plainly)
    }

    // The waitlist ---------------------------------------------------------------------------------------------

    fn lives(&self, wait: &Wait) -> bool {
        match wait.state {
            WaitState::Waiting => true,
            WaitState::Offered(until) => self.now < until,
            _ => false,
        }
    }

    /// What of a date somebody would get: seats before standing places.
    fn suits(&self, wait: &Wait, quantity: u32, date: usize) -> Option<What> {
        let seats = self.free_seats(date, wait.grade).len() as u32;
        let may_stand = wait.grade.is_none_or(|grade| grade == grade_of(self.stand));
        match () {
            () if wait.date.is_some_and(|wanted| wanted != date) => None,
            () if seats >= quantity => Some(What::Best(wait.grade, quantity)),
            () if may_stand && self.free_of(date, self.stand) >= quantity => Some(What::Stand(quantity)),
            () => None,
        }
    }

    /// Nobody takes what somebody who waits has not been offered yet.
    pub fn require_none_waits(&self, date: usize) -> Result<(), String> {
        let mut waiting = self.waits.iter().filter(|wait| wait.state == WaitState::Waiting);
        match waiting.any(|wait| self.suits(wait, wait.quantity, date).is_some()) {
            true => Err("waitlist first".into()),
            false => Ok(()),
        }
    }

    /// The place of a user that nobody ended, alive or not.
    fn wait_of(&self, user: usize) -> Option<usize> {
        let is_open = |wait: &Wait| matches!(wait.state, WaitState::Waiting | WaitState::Offered(_));
        self.waits.iter().position(|wait| wait.user == user && is_open(wait))
    }

    fn end_wait(&mut self, at: usize, state: WaitState) {
        self.waits[at].state = state;
        self.holds.retain(|hold| hold.owner != Owner::Wait(at));
    }

    pub fn want(&mut self, user: usize, grade: Option<&'static str>, date: Option<usize>, quantity: u32) -> Said {
        let old = self.wait_of(user);
        if old.is_some_and(|old| self.lives(&self.waits[old])) {
            return Err("already on the list".into());
        }
        let wait = Wait { user, grade, date, quantity, state: WaitState::Waiting };
        if dates().any(|date| self.suits(&wait, 1, date).is_some()) {
            return Err("not sold out".into());
        }
        if let Some(old) = old {
            self.end_wait(old, WaitState::Passed);
        }
        self.waits.push(wait);
        Ok(Done::Plainly)
    }

    pub fn unwant(&mut self, user: usize) -> Said {
        let at = self.wait_of(user).filter(|at| self.lives(&self.waits[*at])).ok_or("not on the list".to_owned())?;
        self.end_wait(at, WaitState::Left);
        Ok(Done::Plainly)
    }

    pub fn take_offer(&mut self, user: usize, code: Option<usize>, amount: i64, real: &Said) -> Said {
        let at = self.wait_of(user).ok_or("not on the list".to_owned())?;
        if !matches!(self.waits[at].state, WaitState::Offered(until) if self.now < until) {
            return Err("no offer".into());
        }
        let basket = self.basket_of(Owner::Wait(at));
        let paid = self.sell(user, Owner::Wait(at), &basket, code, amount, real)?;
        self.end_wait(at, WaitState::Taken);
        Ok(paid)
    }

    /// Offers what is free to those who wait, the first first. `kept` is what the product keeps for each of them now.
    pub fn offer(&mut self, kept: &[Option<Hold>]) -> Result<(), String> {
        for at in 0..self.waits.len() {
            if matches!(self.waits[at].state, WaitState::Offered(until) if self.now >= until) {
                self.end_wait(at, WaitState::Passed);
            }
        }
        for at in 0..self.waits.len() {
            let wait = self.waits[at].clone();
            let suits = |date| Some((date, self.suits(&wait, wait.quantity, date)?));
            let Some((date, what)) = dates().find_map(suits).filter(|_| wait.state == WaitState::Waiting) else {
                continue;
            };
            if self.require_few(wait.user, &[], date, &vec![FULL; wait.quantity as usize]).is_err() {
                self.end_wait(at, WaitState::Passed);
                continue;
            }
            let kept = kept[at].clone().ok_or(format!("nothing is offered to {at} of the waitlist: {wait:?}"))?;
            let until = self.now + OFFER_MS;
            let is_due = (kept.date, kept.until) == (date, until);
            let places = kept.places.iter().map(|(place, _)| *place);
            let fits = match what {
                What::Best(grade, quantity) => chosen_of(&self.free_seats(date, grade), places, quantity).is_ok(),
                _ => places.eq(vec![self.stand; wait.quantity as usize]),
            };
            if !is_due || !fits {
                return Err(format!("{kept:?} is offered to {at} of the waitlist: {wait:?}"));
            }
            self.waits[at].state = WaitState::Offered(until);
            self.holds.push(Hold { owner: Owner::Wait(at), ..kept });
        }
        Ok(())
    }
}

/// So many different ones of the free.
fn chosen_of(free: &[Place], chosen: impl Iterator<Item = Place>, quantity: u32) -> Result<Vec<Place>, String> {
    let chosen: Vec<_> = chosen.collect();
    let once = |place: &Place| chosen.iter().filter(|of| *of == place).count() == 1;
    let is_fine = chosen.len() == quantity as usize && chosen.iter().all(|place| free.contains(place) && once(place));
    if is_fine { Ok(chosen) } else { Err(format!("{chosen:?} are not {quantity} of {free:?}")) }
}
