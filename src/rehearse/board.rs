//! The seat map as the drill's front end would keep it for everyone: fetched whole once, then brought up to date with
//! what changed since (`?since=`) by whoever looks. Ten thousand buyers thus do not fetch a megabyte each.

use std::borrow::Cow;
use std::collections::HashMap;

use parking_lot::Mutex;
use serde::Deserialize;

use crate::rehearse::plan::Dice;

/// All buyers' picture of the seats.
#[derive(Default)]
pub struct Board(Mutex<State>);

#[derive(Default)]
struct State {
    version: u64,
    ids: Vec<Box<str>>,
    index: HashMap<Box<str>, usize>,
    free: Vec<bool>,
    free_list: Vec<usize>,
    place_in_list: Vec<usize>,
}

#[derive(Deserialize)]
struct SeatsBody<'a> {
    version: u64,
    #[serde(borrow)]
    seats: Vec<SeatBody<'a>>,
}

#[derive(Deserialize)]
struct SeatBody<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    state: Cow<'a, str>,
}

impl Board {
    /// The version to ask changes since.
    pub fn version(&self) -> u64 {
        self.0.lock().version
    }

    /// Takes over a seat map, whole or changes. An older one than what is known changes nothing.
    ///
    /// # Errors
    /// When it is no seat map.
    pub fn take(&self, body: &[u8]) -> anyhow::Result<()> {
        let body: SeatsBody<'_> = serde_json::from_slice(body)?;
        let mut state = self.0.lock();
        if body.version > state.version {
            state.version = body.version;
            for seat in &body.seats {
                state.set(&seat.id, seat.state == "available");
            }
        }
        Ok(())
    }

    /// How many seats are free.
    pub fn free(&self) -> usize {
        self.0.lock().free_list.len()
    }

    /// Picks up to `count` free seats: one by chance and its free neighbours. None when none is free.
    pub fn pick(&self, dice: &mut Dice, count: usize) -> Vec<String> {
        let state = self.0.lock();
        if state.free_list.is_empty() {
            return Vec::new();
        }
        let first = state.free_list[dice.below(state.free_list.len())];
        let seats = state.ids.len();
        let around = (0..seats.min(count * 8)).map(|step| (first + step) % seats);
        around.filter(|&at| state.free[at]).take(count).map(|at| state.ids[at].to_string()).collect()
    }
}

impl State {
    fn set(&mut self, id: &str, free: bool) {
        let at = match self.index.get(id) {
            Some(&at) => at,
            None => {
                let at = self.ids.len();
                self.ids.push(id.into());
                self.index.insert(id.into(), at);
                self.free.push(false);
                self.place_in_list.push(0);
                at
            }
        };
        match (self.free[at], free) {
            (false, true) => {
                self.place_in_list[at] = self.free_list.len();
                self.free_list.push(at);
            }
            (true, false) => {
                let place = self.place_in_list[at];
                self.free_list.swap_remove(place);
                if let Some(&moved) = self.free_list.get(place) {
                    self.place_in_list[moved] = place;
                }
            }
            _ => {}
        }
        self.free[at] = free;
    }
}

#[cfg(test)]
mod tests {
    use super::Board;
    use crate::rehearse::plan::Dice;

    fn map(version: u64, seats: &[(&str, &str)]) -> Vec<u8> {
        let seats: Vec<_> = seats.iter().map(|(id, state)| serde_json::json!({"id": id, "state": state})).collect();
        serde_json::json!({"version": version, "seats": seats}).to_string().into_bytes()
    }

    #[test]
    fn only_free_seats_are_picked_and_older_news_is_ignored() -> anyhow::Result<()> {
        let (board, mut dice) = (Board::default(), Dice::of(1, 1));
        board.take(&map(5, &[("1-1", "available"), ("1-2", "held"), ("1-3", "available"), ("1-4", "sold")]))?;
        for _ in 0..100 {
            assert!(["1-1", "1-3"].contains(&board.pick(&mut dice, 1)[0].as_str()));
        }
        board.take(&map(7, &[("1-1", "sold"), ("1-2", "available")]))?;
        board.take(&map(6, &[("1-1", "available")]))?;
        assert_eq!(board.version(), 7);
        let mut both = board.pick(&mut dice, 4);
        both.sort();
        assert_eq!(both, ["1-2", "1-3"]);
        board.take(&map(8, &[("1-2", "sold"), ("1-3", "held")]))?;
        assert!(board.pick(&mut dice, 1).is_empty() && board.free() == 0);
        Ok(())
    }
}
