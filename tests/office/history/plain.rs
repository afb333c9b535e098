//! A plain office: seats, balances and a queue with a cap, in which one thing happens after another. Time stands still.

use serde_json::Value;

use super::check::Plain;

pub const PRICE: i64 = 1000;

/// What a client did. Buyers and seats are named by number, a place in line by its number there.
#[derive(Clone, Debug)]
pub enum Op {
    Join(usize),
    Leave(u32),
    Hold(u32, Vec<usize>),
    Release(u32, String),
    Pay(u32, Vec<usize>),
    TopUp(u32, i64),
    Position(u32),
    Balance(usize),
    /// All seats.
    Look,
}

/// What came back: status and JSON.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Waiting,
    Inside,
    Over(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Office {
    cap: usize,
    balances: Vec<i64>,
    /// Everyone who joined, by number: which buyer, and where that stands.
    line: Vec<(usize, Place)>,
    holds: Vec<(String, u32, Vec<usize>)>,
    sold: Vec<bool>,
    seat_ids: Vec<String>,
}

impl Office {
    pub fn new(cap: usize, buyers: usize, seat_ids: Vec<String>) -> Self {
        let (balances, sold) = (vec![0; buyers], vec![false; seat_ids.len()]);
        Self { cap, balances, line: Vec::new(), holds: Vec::new(), sold, seat_ids }
    }

    fn place(&mut self, number: u32) -> &mut Place {
        &mut self.line[number as usize - 1].1
    }

    fn end(&mut self, number: u32, why: &'static str) {
        *self.place(number) = Place::Over(why);
        self.holds.retain(|(_, of, _)| *of != number);
    }

    fn let_in(&mut self) {
        while self.line.iter().filter(|(_, place)| *place == Place::Inside).count() < self.cap {
            let Some((_, next)) = self.line.iter_mut().find(|(_, place)| *place == Place::Waiting) else { return };
            *next = Place::Inside;
        }
    }

    fn holder(&self, seat: usize) -> Option<u32> {
        self.holds.iter().find(|(.., seats)| seats.contains(&seat)).map(|(_, of, _)| *of)
    }

    /// Why a place in line may not do what those inside may.
    fn outside(&self, number: u32) -> Option<(u16, &'static str)> {
        match self.line[number as usize - 1].1 {
            Place::Waiting => Some((403, "not_admitted")),
            Place::Over(why) => Some((401, why)),
            Place::Inside => None,
        }
    }

    fn seats(&self, seats: &[usize]) -> Vec<&str> {
        seats.iter().map(|seat| self.seat_ids[*seat].as_str()).collect()
    }

    fn letter(&self, seat: usize) -> char {
        match self.holder(seat) {
            _ if self.sold[seat] => 's',
            Some(_) => 'h',
            None => 'a',
        }
    }
}

impl Answer {
    fn refuses(&self, (status, code): (u16, &str)) -> bool {
        self.status == status && self.body["code"] == code
    }

    /// The seats that it names: those of a hold, or those that are taken.
    fn ids(&self) -> Vec<&str> {
        let seats = self.body["seats"].as_array().or(self.body["seat_ids"].as_array());
        let seats = seats.map(Vec::as_slice).unwrap_or_default();
        seats.iter().filter_map(|seat| seat["id"].as_str().or(seat.as_str())).collect()
    }
}

impl Plain for Office {
    type Op = Op;
    type Answer = Answer;

    fn answers(&mut self, op: &Op, answer: &Answer) -> bool {
        match op {
            Op::Join(buyer) => {
                let old = self.line.iter().position(|(of, place)| of == buyer && !matches!(place, Place::Over(_)));
                if let Some(old) = old {
                    self.end(old as u32 + 1, "token_replaced");
                }
                self.line.push((*buyer, Place::Waiting));
                self.let_in();
                let number = self.line.len() as u32;
                let status = if *self.place(number) == Place::Inside { "admitted" } else { "waiting" };
                answer.status == 201 && answer.body["number"] == number && answer.body["status"] == status
            }
            Op::Leave(number) => match self.line[*number as usize - 1].1 {
                Place::Over(why) => answer.refuses((401, why)),
                Place::Waiting | Place::Inside => {
                    self.end(*number, "token_left");
                    self.let_in();
                    answer.status == 204
                }
            },
            Op::Hold(number, seats) => {
                if let Some(outside) = self.outside(*number) {
                    return answer.refuses(outside);
                }
                let taken: Vec<_> = seats.iter().copied().filter(|seat| self.letter(*seat) != 'a').collect();
                if !taken.is_empty() {
                    return answer.refuses((409, "seat_taken")) && answer.ids() == self.seats(&taken);
                }
                let Some(id) = answer.body["id"].as_str() else { return false };
                self.holds.push((id.to_owned(), *number, seats.clone()));
                answer.status == 201 && answer.ids() == self.seats(seats)
            }
            Op::Release(number, id) => {
                if let Some(outside) = self.outside(*number) {
                    return answer.refuses(outside);
                }
                let Some(at) = self.holds.iter().position(|(of, ..)| of == id) else {
                    return answer.refuses((404, "hold_not_found"));
                };
                self.holds.remove(at);
                answer.status == 204
            }
            Op::Pay(number, seats) => {
                if let Some(outside) = self.outside(*number) {
                    return answer.refuses(outside);
                }
                let is_others = |seat: &usize| self.sold[*seat] || self.holder(*seat).is_some_and(|of| of != *number);
                let taken: Vec<_> = seats.iter().copied().filter(is_others).collect();
                if !taken.is_empty() {
                    return answer.refuses((409, "seat_taken")) && answer.ids() == self.seats(&taken);
                }
                let (buyer, amount) = (self.line[*number as usize - 1].0, PRICE * seats.len() as i64);
                if self.balances[buyer] < amount {
                    let balance = self.balances[buyer];
                    return answer.refuses((402, "insufficient_balance")) && answer.body["balance"] == balance;
                }
                self.balances[buyer] -= amount;
                seats.iter().for_each(|seat| self.sold[*seat] = true);
                self.end(*number, "token_completed");
                self.let_in();
                answer.status == 201 && answer.body["balance"] == self.balances[buyer]
            }
            Op::TopUp(number, amount) => {
                if let Some(outside) = self.outside(*number) {
                    return answer.refuses(outside);
                }
                let buyer = self.line[*number as usize - 1].0;
                self.balances[buyer] += amount;
                answer.status == 201 && answer.body["balance"] == self.balances[buyer]
            }
            Op::Position(number) => match *self.place(*number) {
                Place::Over(why) => answer.refuses((401, why)),
                Place::Inside => answer.status == 200 && answer.body["status"] == "admitted",
                Place::Waiting => {
                    let before = &self.line[..*number as usize - 1];
                    let ahead = before.iter().filter(|(_, place)| *place == Place::Waiting).count();
                    answer.status == 200 && answer.body["status"] == "waiting" && answer.body["ahead"] == ahead
                }
            },
            Op::Balance(buyer) => answer.status == 200 && answer.body["balance"] == self.balances[*buyer],
            Op::Look => {
                let letters: String = (0..self.sold.len()).map(|seat| self.letter(seat)).collect();
                answer.status == 200 && answer.body["letters"] == letters
            }
        }
    }
}
