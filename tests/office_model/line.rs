//! The model's queue: who joins, waits, is drawn, let in, and goes. `tests/waiting_room` has one that also knows rates and
//! silences; this one knows presale codes and what a visit keeps.

use boxoffice::queue::{Cause, EntryStatus, QueueState};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::asked::{ADMISSION_MS, CODES, Done, FRIENDS, Said, TOKEN_MS};
use crate::model::{Guest, Model, Owner};

impl Model {
    pub fn count(&self, status: EntryStatus) -> u32 {
        self.guests.iter().filter(|guest| guest.status == status).count() as u32
    }

    /// What happens by itself before anything else does.
    fn settle(&mut self) {
        if !self.is_drawn && self.now >= self.on_sale_at {
            self.draw();
        }
        for at in 0..self.guests.len() {
            if self.guests[at].status == EntryStatus::Admitted && self.now >= self.guests[at].ends_at {
                self.end(at, EntryStatus::Expired, Some(Cause::Time));
            }
        }
    }

    /// Friends first; within friends and others the lot decides.
    fn draw(&mut self) {
        self.is_drawn = true;
        let mut lots = Vec::new();
        for at in 0..self.guests.len() {
            if self.guests[at].status != EntryStatus::Waiting {
                continue;
            }
            if self.now >= self.guests[at].ends_at {
                self.end(at, EntryStatus::Expired, Some(Cause::Time));
                continue;
            }
            let mut lot = Hmac::<Sha256>::new_from_slice(&self.seed).unwrap();
            lot.update(self.guests[at].id.as_bytes());
            lots.push((!self.guests[at].is_friend, lot.finalize().into_bytes(), at));
        }
        lots.sort();
        for (.., at) in lots {
            self.last_number += 1;
            self.guests[at].number = Some(self.last_number);
        }
    }

    fn admit(&mut self) {
        let lets_in = matches!(self.state, QueueState::Open | QueueState::Draining);
        while lets_in && self.is_drawn && self.cap.is_none_or(|cap| self.count(EntryStatus::Admitted) < cap) {
            let waiting = (0..self.guests.len()).filter(|at| self.guests[*at].status == EntryStatus::Waiting);
            let Some(next) = waiting.min_by_key(|at| self.guests[*at].number) else { return };
            if self.now >= self.guests[next].ends_at {
                self.end(next, EntryStatus::Expired, Some(Cause::Time));
                continue;
            }
            let guest = &mut self.guests[next];
            guest.status = EntryStatus::Admitted;
            guest.admitted_until = Some(self.now + ADMISSION_MS);
            guest.ends_at = self.now + ADMISSION_MS;
        }
    }

    /// A guest is gone, and keeps nothing.
    fn end(&mut self, at: usize, status: EntryStatus, cause: Option<Cause>) {
        let guest = &mut self.guests[at];
        (guest.status, guest.cause, guest.ends_at) = (status, cause, self.now);
        self.holds.retain(|hold| hold.owner != Owner::Guest(at));
    }

    /// What the clockwork does with a queue. The end of a wait is acted upon within a second.
    pub fn turn(&mut self) {
        self.settle();
        for at in 0..self.guests.len() {
            let is_over = (self.guests[at].ends_at.div_euclid(1000) + 1) * 1000 <= self.now;
            if self.guests[at].status == EntryStatus::Waiting && is_over {
                self.end(at, EntryStatus::Expired, Some(Cause::Time));
            }
        }
        self.admit();
    }

    pub fn join(&mut self, user: usize, is_friend: bool, real: &Said) -> Said {
        if is_friend && self.uses[FRIENDS] >= CODES[FRIENDS].1 && !self.friends.contains(&user) {
            return Err("code used up".into());
        }
        if !self.is_drawn && self.now < self.opens_at {
            return Err("not open yet".into());
        }
        if is_friend && (self.is_drawn || self.now >= self.on_sale_at) {
            return Err("presale over".into());
        }
        if !matches!(self.state, QueueState::Open | QueueState::Paused) {
            return Err("not joinable".into());
        }
        let Ok(Done::Joined { id, .. }) = *real else { return Err("the model lets them join".into()) };
        self.settle();
        for at in 0..self.guests.len() {
            let lives = matches!(self.guests[at].status, EntryStatus::Waiting | EntryStatus::Admitted);
            if lives && self.guests[at].user == user {
                self.end(at, EntryStatus::Replaced, None);
            }
        }
        if self.is_drawn {
            self.last_number += 1;
        }
        self.guests.push(Guest {
            id,
            user,
            is_friend,
            number: self.is_drawn.then_some(self.last_number),
            status: EntryStatus::Waiting,
            cause: None,
            admitted_until: None,
            ends_at: self.now + TOKEN_MS,
        });
        self.admit();
        if is_friend && self.friends.insert(user) {
            self.uses[FRIENDS] += 1;
        }
        let guest = self.guests.last().expect("who has just joined");
        Ok(Done::Joined { id, number: guest.number, is_inside: guest.status == EntryStatus::Admitted })
    }

    fn require_live(&self, at: usize) -> Result<(), String> {
        let guest = &self.guests[at];
        match guest.status {
            EntryStatus::Waiting | EntryStatus::Admitted if self.now < guest.ends_at => Ok(()),
            EntryStatus::Waiting | EntryStatus::Admitted => Err(over(EntryStatus::Expired, Some(Cause::Time))),
            ended => Err(over(ended, guest.cause)),
        }
    }

    pub fn require_inside(&self, at: usize) -> Result<(), String> {
        self.require_live(at)?;
        if self.guests[at].status == EntryStatus::Admitted { Ok(()) } else { Err("not admitted".into()) }
    }

    fn finish(&mut self, at: usize, status: EntryStatus) {
        self.settle();
        self.end(at, status, None);
        self.admit();
    }

    pub fn leave(&mut self, at: usize) -> Said {
        self.require_live(at)?;
        self.finish(at, EntryStatus::Left);
        Ok(Done::Plainly)
    }

    pub fn complete(&mut self, at: usize) {
        self.finish(at, EntryStatus::Completed);
    }

    /// A visit lasts as long as its admission, or its last hold where that is later. One that has ended by this makes room.
    pub fn move_end(&mut self, at: usize) {
        let last = self.live_holds_of(Owner::Guest(at)).iter().map(|hold| hold.until).max().unwrap_or(0);
        let admitted_until = self.guests[at].admitted_until.expect("an admitted one");
        self.guests[at].ends_at = admitted_until.max(last);
        if self.guests[at].ends_at <= self.now {
            self.settle();
            self.admit();
        }
    }

    pub fn set(&mut self, change: impl FnOnce(&mut Self)) -> Done {
        self.settle();
        change(self);
        self.admit();
        Done::Plainly
    }
}

/// The word for a place that has ended.
pub fn over(status: EntryStatus, cause: Option<Cause>) -> String {
    format!("over: {status:?} {cause:?}")
}
