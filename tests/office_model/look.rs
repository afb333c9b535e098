//! What can be seen of a concert at one moment: in the data file, in memory, and in the model. The same words for all, so that
//! they can be compared whole.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice::clock::Instant;
use boxoffice::ids::{Ordinal, TICKETS_PER_PAYMENT, UserKey};
use boxoffice::queue::{Cause, EntryStatus, Lines};
use boxoffice::reservation::{SeatMaps, domain as reservation};
use boxoffice::store::{StoreError, Tx, params};
use boxoffice::wallet;
use uuid::Uuid;

use crate::asked::{CODES, Place, R_SEATS, S_SEATS, STANDING, USERS};
use crate::model::{Hold, Model, Owner, WaitState, dates};
use crate::office::{House, Show};

/// Id, number, what became of them and why, until when they chose, when they end or ended.
type Guest = (Uuid, Option<u32>, Option<(EntryStatus, Option<Cause>)>, Option<i64>, i64);
/// Its owner, date, places and end.
type Kept = (String, usize, Vec<(Place, u16)>, i64);

#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    /// Everyone who ever joined.
    guests: Vec<Guest>,
    /// Waiting and inside, as memory counts.
    counted: (u32, u32),
    /// A letter a seat, and how many may stand, by date; the same as memory has it, by grade.
    letters: Vec<String>,
    free: Vec<BTreeMap<String, u32>>,
    /// What lives.
    holds: BTreeMap<Uuid, Kept>,
    balances: Vec<Option<i64>>,
    /// Tickets that stand, by key, and where; those by which somebody came in.
    tickets: BTreeSet<(i64, usize, Place)>,
    inside: BTreeSet<i64>,
    /// On the waitlist: whose, and what became of it.
    waits: Vec<(usize, String)>,
    uses: Vec<u32>,
}

impl Model {
    pub fn seen(&self) -> Seen {
        let guests = self.guests.iter();
        let ticket = |payment: usize, at: usize| self.payments[payment].key * TICKETS_PER_PAYMENT + at as i64;
        let tickets = self.payments.iter().enumerate().flat_map(|(at, payment)| {
            let stands = payment.tickets.iter().enumerate().filter(|(_, (_, stands))| *stands);
            stands.map(move |(of, (sold, _))| (ticket(at, of), sold.0, sold.1))
        });
        let free = |date, grade: &str| {
            let may_stand = if grade == "S" { self.free_of(date, self.stand) } else { 0 };
            (grade.to_owned(), self.free_seats(date, Some(grade)).len() as u32 + may_stand)
        };
        let of = |hold: &Hold| (hold.id, (format!("{:?}", hold.owner), hold.date, hold.places.clone(), hold.until));
        Seen {
            guests: guests
                .map(|of| (of.id, of.number, Some((of.status, of.cause)), of.admitted_until, of.ends_at))
                .collect(),
            counted: (self.count(EntryStatus::Waiting), self.count(EntryStatus::Admitted)),
            letters: dates().map(|date| self.letters(date)).collect(),
            free: dates().map(|date| ["R", "S"].map(|grade| free(date, grade)).into()).collect(),
            holds: self.live_holds().map(of).collect(),
            balances: self.balances.to_vec(),
            tickets: tickets.collect(),
            inside: self.inside.values().map(|(payment, at)| ticket(*payment, *at)).collect(),
            waits: self.waits.iter().map(|wait| (wait.user, state(wait.state, self.now))).collect(),
            uses: self.uses.to_vec(),
        }
    }
}

/// An offer whose time is over has passed, whether or not somebody wrote it down.
fn state(of: WaitState, now: i64) -> String {
    match of {
        WaitState::Offered(until) if now >= until => "passed".into(),
        WaitState::Offered(until) => format!("offered until {until}"),
        WaitState::Waiting => "waiting".into(),
        WaitState::Taken => "taken".into(),
        WaitState::Passed => "passed".into(),
        WaitState::Left => "left".into(),
    }
}

impl House {
    pub fn seen(&self, show: &Show) -> Seen {
        let now = self.app().now();
        let mut seen = self.app().store.read_blocking(|tx| rows(tx, show, now)).unwrap();
        seen.holds = self
            .kept(show)
            .into_iter()
            .map(|of| (of.id, (format!("{:?}", of.owner), of.date, of.places, of.until)))
            .collect();
        let lines = self.app().part::<Lines>();
        seen.counted = lines.by_key(show.concert).expect("a queue").counts();
        let maps = self.app().part::<SeatMaps>().of_concert(self.app(), show.concert);
        seen.free = self.runtime.block_on(maps).unwrap().iter().map(|map| map.map.available(now)).collect();
        seen
    }

    /// All holds that live now, by whoever keeps them.
    pub fn kept(&self, show: &Show) -> Vec<Hold> {
        let read = self.app().store.read_blocking(|tx| {
            let count = |table| format!("SELECT count(*) FROM {table} WHERE concert_key = ?1");
            let (guests, waits) = (count("queue_entry"), count("waitlist_entry"));
            let count = |sql: &str| tx.one(sql.to_owned().leak(), params![show.concert], |row| row.get::<_, u32>(0));
            let (guests, waits) = (count(&guests)?, count(&waits)?);
            let first = Ordinal::FIRST_OF_WAITLIST.0;
            let owners = (0..guests).map(|at| (Owner::Guest(at as usize), Ordinal(at + 1)));
            let owners = owners.chain((0..waits).map(|at| (Owner::Wait(at as usize), Ordinal(first + at))));
            let mut kept = Vec::new();
            for (owner, ordinal) in owners {
                for hold in reservation::live_holds(tx, show.concert, ordinal)? {
                    let date = show.dates.iter().position(|date| date.key == hold.performance).expect("a date");
                    let types = hold.type_nos.iter().map(|of| of.0);
                    let places = hold.seat_numbers.iter().copied().zip(types).collect();
                    kept.push(Hold { id: hold.id, owner, date, places, until: hold.held_until.0 });
                }
            }
            Ok::<_, StoreError>(kept)
        });
        read.unwrap()
    }

    /// What is kept for each of the waitlist now.
    pub fn offers(&self, show: &Show, waits: usize) -> Vec<Option<Hold>> {
        let kept = self.kept(show);
        let of = |at| kept.iter().find(|hold| hold.owner == Owner::Wait(at)).cloned();
        (0..waits).map(of).collect()
    }
}

fn rows(tx: &Tx, show: &Show, now: Instant) -> Result<Seen, StoreError> {
    let (concert, mut seen) = (show.concert, Seen::default());
    seen.guests = tx.all(
        "SELECT id, number, status, cause, admitted_until, ends_at FROM queue_entry WHERE concert_key = ?1 ORDER BY ordinal",
        params![concert],
        |row| {
            let state = Some((row.get(2)?, row.get(3)?));
            Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?, state, row.get(4)?, row.get(5)?))
        },
    )?;
    for date in &show.dates {
        let mut letters = vec!['a'; (R_SEATS + S_SEATS) as usize];
        let touched = tx.all(
            "SELECT seat_no, state, held_until FROM seat WHERE performance_key = ?1",
            params![date.key],
            |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<Instant>>(2)?)),
        )?;
        for (seat, state, until) in touched {
            let has_ended = until.is_some_and(|until| until <= now);
            letters[seat as usize - 1] = if has_ended { 'a' } else { state.chars().next().expect("a word") };
        }
        let taken = tx.maybe(
            "SELECT sold + blocked + (SELECT coalesce(sum(quantity), 0) FROM hold h
               WHERE h.performance_key = s.performance_key AND h.section_no = s.section_no AND held_until > ?2)
             FROM standing s WHERE performance_key = ?1",
            params![date.key, now],
            |row| row.get::<_, u32>(0),
        )?;
        let letters: String = letters.into_iter().collect();
        seen.letters.push(format!("{letters}{}", STANDING - taken.unwrap_or(0)));
    }
    let at_date = |key: i64| show.dates.iter().position(|date| date.key.0 == key).expect("a date");
    for date in &show.dates {
        let of_date = tx.all(
            "SELECT ticket_key, performance_key, seat_no FROM ticket WHERE performance_key = ?1 AND refund_key IS NULL",
            params![date.key],
            |row| Ok((row.get(0)?, at_date(row.get(1)?), row.get(2)?)),
        )?;
        seen.tickets.extend(of_date);
        seen.inside.extend(tx.all(
            "SELECT ticket_key FROM check_in WHERE performance_key = ?1 AND undone_at IS NULL AND is_double = 0",
            params![date.key],
            |row| row.get::<_, i64>(0),
        )?);
    }
    for user in show.users {
        let balance = user.map(|user| wallet::domain::wallet(tx, user)).transpose()?;
        seen.balances.push(balance.map(|wallet| wallet.balance.0));
    }
    let user_at = |key| show.users.iter().position(|user| *user == Some(key)).expect("one of the users");
    seen.waits = tx.all(
        "SELECT user_key, status, offered_until FROM waitlist_entry WHERE concert_key = ?1 ORDER BY ordinal",
        params![concert],
        |row| {
            let (user, status, until): (UserKey, String, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let said = match (status.as_str(), until) {
                ("offered", Some(until)) => state(WaitState::Offered(until), now.0),
                _ => status,
            };
            Ok((user_at(user), said))
        },
    )?;
    for (code, _) in CODES {
        seen.uses.push(tx.one(
            "SELECT uses FROM code WHERE concert_key = ?1 AND code = ?2",
            params![concert, code],
            |row| row.get(0),
        )?);
    }
    debug_assert_eq!(seen.balances.len(), USERS);
    Ok(seen)
}
