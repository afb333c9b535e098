//! What follows from decided draws, while their numbers are written behind: worked out once on each node, and the same on all.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::ids::ConcertKey;
use crate::picture::{Alike, read_words};
use crate::queue::domain;
use crate::queue::draw::{Order, Piece};
use crate::queue::error::QueueError;
use crate::queue::turn::{PIECE, write_piece};
use crate::store::Tx;

/// One draw's, once it is worked out.
type Slot = Arc<Mutex<Option<Arc<Order>>>>;

/// The orders of all draws that are being numbered.
#[derive(Default)]
pub struct Orders(Mutex<HashMap<ConcertKey, Slot>>);

impl Orders {
    /// The order of a decided draw. Walks the queue's entries and draws, a second's work for a million, unless it was done before;
    /// whoever asks meanwhile waits for it. For a reader, or for the writer of a node that follows.
    ///
    /// # Errors
    /// As [`domain::drawn`].
    pub fn of(&self, tx: &Tx, concert: ConcertKey) -> Result<Arc<Order>, QueueError> {
        let slot = self.0.lock().entry(concert).or_default().clone();
        let mut known = slot.lock();
        if let Some(order) = &*known {
            return Ok(order.clone());
        }
        let drawn = domain::drawn(tx, concert)?;
        let order = Arc::new(Order::of(&drawn.seed, &drawn.entries));
        *known = Some(order.clone());
        Ok(order)
    }

    /// True when the order of this draw is known, or being worked out.
    pub fn are_known(&self, concert: ConcertKey) -> bool {
        self.0.lock().contains_key(&concert)
    }

    /// All numbers of a draw are written.
    pub(super) fn forget(&self, concert: ConcertKey) {
        self.0.lock().remove(&concert);
    }
}

impl Alike for Orders {
    const NAME: &'static str = PIECE;

    fn again(&self, tx: &Tx, words: &[u8]) -> Result<(), String> {
        let piece: Piece = read_words(words)?;
        let order = self.of(tx, piece.concert).map_err(|error| error.to_string())?;
        write_piece(tx, &piece, &order).map_err(|error| error.to_string())
    }
}
