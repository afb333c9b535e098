//! The reference model: what a box office is, in the most obvious code there is. Lists of everything that ever was, searched
//! from one end to the other for every question. It must not use any rule of the product, only its words.
//!
//! Where the product may choose (an id, which of the seats that would do) the model is shown what it chose, and says whether
//! that was one of the choices.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice::queue::{Cause, EntryStatus, QueueState};
use uuid::Uuid;

use crate::asked::{Asked, CODES, DATES, Done, KEPT_MS, Place, R_SEATS, Req, S_SEATS, Said, Sold, USERS};

/// Who keeps places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Owner {
    Guest(usize),
    Wait(usize),
}

#[derive(Clone, Debug)]
pub struct Guest {
    pub id: Uuid,
    pub user: usize,
    pub is_friend: bool,
    pub number: Option<u32>,
    pub status: EntryStatus,
    pub cause: Option<Cause>,
    pub admitted_until: Option<i64>,
    pub ends_at: i64,
}

#[derive(Clone, Debug)]
pub struct Hold {
    pub id: Uuid,
    pub owner: Owner,
    pub date: usize,
    pub places: Vec<(Place, u16)>,
    pub until: i64,
}

#[derive(Clone, Debug)]
pub struct Payment {
    pub key: i64,
    pub user: usize,
    pub order_fee: i64,
    /// Each ticket, and whether it stands.
    pub tickets: Vec<(Sold, bool)>,
}

#[derive(Clone, Debug)]
pub struct Block {
    pub id: Uuid,
    pub date: usize,
    pub places: Vec<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WaitState {
    Waiting,
    Offered(i64),
    Taken,
    Passed,
    Left,
}

#[derive(Clone, Debug)]
pub struct Wait {
    pub user: usize,
    pub grade: Option<&'static str>,
    pub date: Option<usize>,
    pub quantity: u32,
    pub state: WaitState,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub now: i64,
    /// What stands for the standing section.
    pub stand: Place,
    pub balances: [Option<i64>; USERS],
    pub cap: Option<u32>,
    pub state: QueueState,
    pub opens_at: i64,
    pub on_sale_at: i64,
    pub seed: [u8; 32],
    pub is_drawn: bool,
    pub last_number: u32,
    pub guests: Vec<Guest>,
    pub holds: Vec<Hold>,
    pub payments: Vec<Payment>,
    pub blocks: Vec<Block>,
    pub waits: Vec<Wait>,
    pub uses: [u32; CODES.len()],
    pub friends: BTreeSet<usize>,
    /// Check-ins that count: their ids, and whose payment's which ticket.
    pub inside: BTreeMap<Uuid, (usize, usize)>,
    /// What was answered to which key, and when.
    pub answers: BTreeMap<u64, (Req, Done, i64)>,
}

impl Model {
    /// Answers a request. `real` is what the product answered to it.
    pub fn answer(&mut self, asked: &Asked, real: &Said) -> Said {
        if !is_keyed(&asked.req) {
            return self.act(&asked.req, real);
        }
        if let Some((req, done, at)) = self.answers.get(&asked.key)
            && self.now < at + KEPT_MS
        {
            return if *req == asked.req { Ok(done.clone()) } else { Err("key reused".into()) };
        }
        let done = self.act(&asked.req, real)?;
        self.answers.insert(asked.key, (asked.req.clone(), done.clone(), self.now));
        Ok(done)
    }

    fn act(&mut self, req: &Req, real: &Said) -> Said {
        match req {
            Req::SignUp(user) => self.sign_up(*user),
            Req::TopUp(user, amount) if *amount < 1 => Err(format!("out of range: {user}")),
            Req::TopUp(user, amount) | Req::Correct(user, amount) => self.move_money(*user, *amount),
            Req::PayOut(user, amount) => self.move_money(*user, -amount),
            Req::Spoil(_) => Err("spoiled".into()),
            Req::Join(user, is_friend) => self.join(*user, *is_friend, real),
            Req::Leave(guest) => self.leave(*guest),
            Req::Hold(guest, date, what, types) => self.hold(*guest, *date, what, types, real),
            Req::Release(guest, hold) => self.release(*guest, *hold),
            Req::Pay(guest, basket, code, amount) => self.pay(*guest, basket, *code, *amount, real),
            Req::Refund(payment, tickets, kept, cash) => self.refund(*payment, tickets.as_deref(), *kept, true, *cash),
            Req::Cancel(payment, tickets) => self.cancel(*payment, tickets.as_deref()),
            Req::CheckIn(payment, ticket) => self.check_in(*payment, *ticket, real),
            Req::Undo(id) => self.inside.remove(id).map(|_| Done::Plainly).ok_or("no such check-in".into()),
            Req::Block(date, what) => self.block(*date, what, real),
            Req::Free(date, id, one) => self.free(*date, *id, *one),
            Req::Want(user, grade, date, quantity) => self.want(*user, *grade, *date, *quantity),
            Req::Unwant(user) => self.unwant(*user),
            Req::TakeOffer(user, code, amount) => self.take_offer(*user, *code, *amount, real),
            Req::Cap(cap) => Ok(self.set(|model| model.cap = *cap)),
            Req::State(state) => Ok(self.set(|model| model.state = *state)),
        }
    }

    fn sign_up(&mut self, user: usize) -> Said {
        match self.balances[user] {
            Some(_) => Err("address taken".into()),
            None => {
                self.balances[user] = Some(0);
                Ok(Done::Plainly)
            }
        }
    }

    fn move_money(&mut self, user: usize, amount: i64) -> Said {
        let balance = self.balance(user) + amount;
        if balance < 0 {
            return Err("too little".into());
        }
        self.balances[user] = Some(balance);
        Ok(Done::Balance(balance))
    }

    pub fn balance(&self, user: usize) -> i64 {
        self.balances[user].expect("an account")
    }

    // What places are ------------------------------------------------------------------------------------------

    /// The tickets that stand.
    pub fn standing_tickets(&self) -> impl Iterator<Item = (usize, &Sold)> {
        let of = |payment: &'_ Payment| payment.user;
        self.payments.iter().flat_map(move |payment| {
            payment.tickets.iter().filter(|(_, stands)| *stands).map(move |(sold, _)| (of(payment), sold))
        })
    }

    pub fn live_holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(|hold| self.now < hold.until)
    }

    pub fn live_holds_of(&self, owner: Owner) -> Vec<&Hold> {
        let mut holds: Vec<_> = self.live_holds().filter(|hold| hold.owner == owner).collect();
        holds.sort_by_key(|hold| hold.id);
        holds
    }

    fn sold(&self, date: usize, place: Place) -> u32 {
        self.standing_tickets().filter(|(_, sold)| (sold.0, sold.1) == (date, place)).count() as u32
    }

    fn blocked(&self, date: usize, place: Place) -> u32 {
        let of_date = self.blocks.iter().filter(|block| block.date == date);
        of_date.flat_map(|block| &block.places).filter(|of| **of == place).count() as u32
    }

    fn held(&self, date: usize, place: Place) -> u32 {
        let of_date = self.live_holds().filter(|hold| hold.date == date);
        of_date.flat_map(|hold| &hold.places).filter(|(of, _)| *of == place).count() as u32
    }

    /// How many of a place are free: one or none of a seat.
    pub fn free_of(&self, date: usize, place: Place) -> u32 {
        let all = if place == self.stand { crate::asked::STANDING } else { 1 };
        let taken = self.sold(date, place) + self.blocked(date, place) + self.held(date, place);
        assert!(taken <= all, "law 1: {taken} have place {place} of date {date}");
        all - taken
    }

    /// The free seats of a grade, or of both.
    pub fn free_seats(&self, date: usize, grade: Option<&str>) -> Vec<Place> {
        let fits = |seat: &Place| grade.is_none_or(|grade| grade == grade_of(*seat));
        (1..=R_SEATS + S_SEATS).filter(fits).filter(|seat| self.free_of(date, *seat) > 0).collect()
    }

    /// When the next hold or place in line ends.
    pub fn next_end(&self) -> Option<i64> {
        let holds = self.holds.iter().map(|hold| hold.until);
        let ends = holds.chain(self.guests.iter().map(|guest| guest.ends_at));
        ends.filter(|end| *end > self.now).min()
    }

    /// What the rows should say of a date: a letter a seat, and how many may stand.
    pub fn letters(&self, date: usize) -> String {
        let letter = |seat: Place| match seat {
            _ if self.sold(date, seat) > 0 => 's',
            _ if self.blocked(date, seat) > 0 => 'b',
            _ if self.held(date, seat) > 0 => 'h',
            _ => 'a',
        };
        let seats: String = (1..=R_SEATS + S_SEATS).map(letter).collect();
        format!("{seats}{}", self.free_of(date, self.stand))
    }
}

/// Everything that the API takes a key for.
fn is_keyed(req: &Req) -> bool {
    matches!(req, Req::TopUp(..) | Req::Join(..) | Req::Hold(..) | Req::Pay(..) | Req::TakeOffer(..) | Req::Want(..))
}

pub fn grade_of(place: Place) -> &'static str {
    if place <= R_SEATS { "R" } else { "S" }
}

pub fn dates() -> std::ops::Range<usize> {
    0..DATES
}
