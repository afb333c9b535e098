//! The reference model: what a waiting room is, in the most obvious code there is. A list of everyone who ever joined,
//! searched from one end to the other for every question. It must not use any rule of the product, only its words.

use boxoffice::ids::UserKey;
use boxoffice::queue::{Cause, EntryStatus, QueueState, Settings};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// How long a token, an admission and a hold last in these tests, in milliseconds.
pub const TOKEN_MS: i64 = 300_000;
pub const ADMISSION_MS: i64 = 120_000;
pub const HOLD_MS: i64 = 90_000;

/// Why the room says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotOpenYet,
    NotJoinable,
    Ended(EntryStatus, Option<Cause>),
    NotAdmitted,
    AdmissionOver,
    NoSuchHold,
}

/// Someone who joined.
#[derive(Clone, Debug)]
pub struct Guest {
    pub id: Uuid,
    pub user: UserKey,
    pub number: Option<u32>,
    pub status: EntryStatus,
    pub cause: Option<Cause>,
    pub seen: i64,
    pub admitted_until: Option<i64>,
    pub ends_at: i64,
    /// Hold and its end.
    pub holds: Vec<(Uuid, i64)>,
}

/// What a living guest is told.
#[derive(Debug, PartialEq)]
pub struct Place {
    pub status: EntryStatus,
    pub number: Option<u32>,
    pub ahead: Option<u32>,
    pub now_serving: u32,
    pub queue_state: QueueState,
    pub admitted_until: Option<i64>,
    pub ends_at: i64,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub settings: Settings,
    pub opens_at: i64,
    pub on_sale_at: i64,
    pub seed: [u8; 32],
    pub drawn: bool,
    pub last_number: u32,
    pub now_serving: u32,
    /// When the rate allows the next one in, in microseconds.
    pub next_us: i64,
    /// Silence is looked at again from here on, because the patience was changed.
    pub patience_changed_at: i64,
    pub guests: Vec<Guest>,
}

impl Guest {
    fn is(&self, status: EntryStatus) -> bool {
        self.status == status
    }

    pub fn lives(&self, now: i64) -> bool {
        (self.is(EntryStatus::Waiting) || self.is(EntryStatus::Admitted)) && now < self.ends_at
    }

    fn waits_with_a_number(&self) -> bool {
        self.is(EntryStatus::Waiting) && self.number.is_some()
    }

    pub fn hear(&mut self, now: i64) {
        self.seen = self.seen.max(now);
    }

    pub fn live_holds(&self, now: i64) -> Vec<Uuid> {
        self.holds.iter().filter(|(_, until)| now < *until).map(|(id, _)| *id).collect()
    }

    fn end(&mut self, now: i64, status: EntryStatus, cause: Option<Cause>) {
        (self.status, self.cause, self.ends_at) = (status, cause, now);
        self.holds.clear();
    }

    /// A visit ends with its admission, or with its last hold where that is later.
    fn move_end(&mut self, now: i64) {
        let admitted_until = self.admitted_until.unwrap();
        let last_hold = self.holds.iter().map(|(_, until)| *until).filter(|until| now < *until).max();
        self.ends_at = last_hold.unwrap_or(0).max(admitted_until);
    }
}

impl Model {
    pub fn waiting(&self) -> u32 {
        self.guests.iter().filter(|guest| guest.is(EntryStatus::Waiting)).count() as u32
    }

    pub fn admitted(&self) -> u32 {
        self.guests.iter().filter(|guest| guest.is(EntryStatus::Admitted)).count() as u32
    }

    fn has_room(&self) -> bool {
        self.settings.max_admitted.is_none_or(|cap| self.admitted() < cap)
    }

    fn lets_in(&self) -> bool {
        self.drawn && matches!(self.settings.state, QueueState::Open | QueueState::Draining)
    }

    /// The rate is kept by the distance of two admissions; a plan made on a faster clock is drawn near.
    fn rate_allows_us(&self, now: i64) -> i64 {
        match self.settings.admissions_per_minute {
            Some(rate) => self.next_us.min(now * 1000 + 60_000_000 / i64::from(rate)),
            None => 0,
        }
    }

    fn next_in_line(&self) -> Option<usize> {
        let waiting = self.guests.iter().enumerate().filter(|(_, guest)| guest.waits_with_a_number());
        waiting.min_by_key(|(_, guest)| guest.number).map(|(at, _)| at)
    }

    // What happens by itself -----------------------------------------------------------------------------------

    fn settle(&mut self, now: i64) {
        if !self.drawn && now >= self.on_sale_at {
            self.draw(now);
        }
        for guest in &mut self.guests {
            if guest.is(EntryStatus::Admitted) && now >= guest.ends_at {
                guest.end(now, EntryStatus::Expired, Some(Cause::Time));
            }
        }
    }

    fn draw(&mut self, now: i64) {
        self.drawn = true;
        let mut lots = Vec::new();
        for (at, guest) in self.guests.iter_mut().enumerate() {
            if !guest.is(EntryStatus::Waiting) {
                continue;
            }
            if now >= guest.ends_at {
                guest.end(now, EntryStatus::Expired, Some(Cause::Time));
                continue;
            }
            let mut lot = Hmac::<Sha256>::new_from_slice(&self.seed).unwrap();
            lot.update(guest.id.as_bytes());
            lots.push((lot.finalize().into_bytes(), at));
        }
        lots.sort();
        for (_, at) in lots {
            self.last_number += 1;
            self.guests[at].number = Some(self.last_number);
        }
    }

    fn admit(&mut self, now: i64) {
        while self.lets_in() {
            if self.settings.admissions_per_minute.is_some() {
                self.next_us = self.rate_allows_us(now);
            }
            if !self.has_room() || self.rate_allows_us(now) > now * 1000 {
                return;
            }
            let Some(next) = self.next_in_line() else { return };
            let allowed_us = self.rate_allows_us(now);
            let guest = &mut self.guests[next];
            if now >= guest.ends_at {
                guest.end(now, EntryStatus::Expired, Some(Cause::Time));
                continue;
            }
            guest.status = EntryStatus::Admitted;
            guest.admitted_until = Some(now + ADMISSION_MS);
            guest.ends_at = now + ADMISSION_MS;
            guest.hear(now);
            self.now_serving = guest.number.unwrap();
            if let Some(rate) = self.settings.admissions_per_minute {
                // One second may be made up for after a late look.
                self.next_us = allowed_us.max((now - 1000) * 1000) + 60_000_000 / i64::from(rate);
            }
        }
    }

    /// The instant from which this guest's silence, or the end of its time in line, is acted upon: within a second.
    fn dropped_at(&self, guest: &Guest) -> Option<i64> {
        let at = match guest.status {
            EntryStatus::Waiting => (guest.seen + i64::from(self.settings.absence_seconds) * 1000).min(guest.ends_at),
            EntryStatus::Admitted => guest.seen + i64::from(self.settings.no_show_seconds?) * 1000,
            _ => return None,
        };
        Some((at.max(self.patience_changed_at).div_euclid(1000) + 1) * 1000)
    }

    /// Everything that is due; without that, nothing.
    pub fn sweep(&mut self, now: i64) {
        if self.next_due(now).is_none_or(|at| at > now) {
            return;
        }
        let all = 0..self.guests.len();
        let silent: Vec<_> = all.filter(|&at| self.dropped_at(&self.guests[at]).is_some_and(|at| at <= now)).collect();
        self.settle(now);
        for at in silent {
            let guest = &mut self.guests[at];
            match guest.status {
                EntryStatus::Waiting if now >= guest.ends_at => guest.end(now, EntryStatus::Expired, Some(Cause::Time)),
                EntryStatus::Waiting => guest.end(now, EntryStatus::Expired, Some(Cause::Absence)),
                EntryStatus::Admitted if !guest.live_holds(now).is_empty() => guest.hear(now),
                EntryStatus::Admitted => guest.end(now, EntryStatus::Expired, Some(Cause::NoShow)),
                _ => {}
            }
        }
        self.admit(now);
    }

    /// The next instant at which the data has something to do, silence aside.
    pub fn next_turn(&self, now: i64) -> Option<i64> {
        let draw = (!self.drawn).then_some(self.on_sale_at);
        let visit = self.guests.iter().filter(|guest| guest.is(EntryStatus::Admitted)).map(|g| g.ends_at).min();
        let admission = (self.lets_in() && self.has_room() && self.next_in_line().is_some()).then(|| {
            // A plan that was made on a faster clock is drawn near at once.
            let is_far = self.settings.admissions_per_minute.is_some() && self.rate_allows_us(now) < self.next_us;
            if is_far { now } else { (self.rate_allows_us(now) + 999).div_euclid(1000).max(now) }
        });
        [draw, visit, admission].into_iter().flatten().min()
    }

    /// The next instant at which anything happens by itself.
    pub fn next_due(&self, now: i64) -> Option<i64> {
        let silence = self.guests.iter().filter_map(|guest| self.dropped_at(guest)).min();
        [self.next_turn(now), silence].into_iter().flatten().min()
    }

    pub fn restart(&mut self, now: i64) {
        self.patience_changed_at = 0;
        for guest in &mut self.guests {
            guest.seen = now;
        }
    }

    // What is asked for ----------------------------------------------------------------------------------------

    pub fn join(&mut self, now: i64, user: UserKey, id: Uuid) -> Result<usize, Refusal> {
        if now < self.opens_at {
            return Err(Refusal::NotOpenYet);
        }
        if !matches!(self.settings.state, QueueState::Open | QueueState::Paused) {
            return Err(Refusal::NotJoinable);
        }
        self.settle(now);
        for guest in self.guests.iter_mut().filter(|guest| guest.user == user) {
            if guest.is(EntryStatus::Waiting) || guest.is(EntryStatus::Admitted) {
                guest.end(now, EntryStatus::Replaced, None);
            }
        }
        let number = self.drawn.then(|| self.last_number + 1);
        self.last_number = number.unwrap_or(self.last_number);
        self.guests.push(Guest {
            id,
            user,
            number,
            status: EntryStatus::Waiting,
            cause: None,
            seen: now,
            admitted_until: None,
            ends_at: now + TOKEN_MS,
            holds: Vec::new(),
        });
        self.admit(now);
        Ok(self.guests.len() - 1)
    }

    fn require_live(&self, now: i64, at: usize) -> Result<(), Refusal> {
        let guest = &self.guests[at];
        match guest.status {
            _ if guest.lives(now) => Ok(()),
            EntryStatus::Waiting | EntryStatus::Admitted => {
                Err(Refusal::Ended(EntryStatus::Expired, Some(Cause::Time)))
            }
            ended => Err(Refusal::Ended(ended, guest.cause)),
        }
    }

    fn require_inside(&self, now: i64, at: usize) -> Result<(), Refusal> {
        self.require_live(now, at)?;
        if self.guests[at].is(EntryStatus::Admitted) { Ok(()) } else { Err(Refusal::NotAdmitted) }
    }

    fn finish(&mut self, now: i64, at: usize, status: EntryStatus) {
        self.settle(now);
        self.guests[at].end(now, status, None);
        self.admit(now);
    }

    pub fn leave(&mut self, now: i64, at: usize) -> Result<(), Refusal> {
        self.require_live(now, at)?;
        self.finish(now, at, EntryStatus::Left);
        Ok(())
    }

    pub fn hold(&mut self, now: i64, at: usize, id: Uuid) -> Result<(), Refusal> {
        self.require_inside(now, at)?;
        let guest = &mut self.guests[at];
        guest.hear(now);
        if now >= guest.admitted_until.unwrap() {
            return Err(Refusal::AdmissionOver);
        }
        guest.holds.push((id, now + HOLD_MS));
        guest.move_end(now);
        Ok(())
    }

    pub fn release(&mut self, now: i64, at: usize, id: Uuid) -> Result<(), Refusal> {
        self.require_inside(now, at)?;
        let guest = &mut self.guests[at];
        guest.hear(now);
        if !guest.live_holds(now).contains(&id) {
            return Err(Refusal::NoSuchHold);
        }
        guest.holds.retain(|(hold, _)| *hold != id);
        guest.move_end(now);
        if guest.ends_at <= now {
            // It lived on this hold alone: its place goes to the next at once.
            self.settle(now);
            self.admit(now);
        }
        Ok(())
    }

    pub fn pay(&mut self, now: i64, at: usize) -> Result<(), Refusal> {
        self.require_inside(now, at)?;
        self.finish(now, at, EntryStatus::Completed);
        Ok(())
    }

    pub fn set(&mut self, now: i64, change: impl Fn(&mut Settings)) {
        self.settle(now);
        let before = (self.settings.absence_seconds, self.settings.no_show_seconds);
        change(&mut self.settings);
        if before != (self.settings.absence_seconds, self.settings.no_show_seconds) {
            self.patience_changed_at = now;
        }
        self.admit(now);
    }

    pub fn place(&self, now: i64, at: usize) -> Option<Place> {
        let guest = &self.guests[at];
        if !guest.lives(now) {
            return None;
        }
        let ahead = match guest.status {
            EntryStatus::Admitted => Some(0),
            _ => guest.number.map(|number| {
                let smaller = |other: &&Guest| other.waits_with_a_number() && other.number < Some(number);
                self.guests.iter().filter(smaller).count() as u32
            }),
        };
        Some(Place {
            status: guest.status,
            number: guest.number,
            ahead,
            now_serving: self.now_serving,
            queue_state: self.settings.state,
            admitted_until: guest.admitted_until,
            ends_at: guest.ends_at,
        })
    }
}
