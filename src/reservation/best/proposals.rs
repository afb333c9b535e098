//! Seats that memory proposed to askers whose transactions have not come yet. Nobody else is proposed the same meanwhile, so
//! that a rush for the best seats does not want the same ones all at once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::catalog::Room;
use crate::reservation::best::find::find;
use crate::reservation::best::search::{Found, Wish};

/// The proposals under way of one performance.
#[derive(Default)]
pub struct Proposals {
    /// Whose turn it is to look for seats: one after the other, so that no two find the same.
    turn: Mutex<()>,
    /// Never locked while somebody looks: proposals end on the writer's thread, which waits for nobody.
    proposed: Mutex<BTreeSet<usize>>,
}

/// Seats proposed to one asker, until the last copy of it is dropped.
#[derive(Clone)]
pub struct Proposal(Arc<Kept>);

struct Kept {
    found: Found,
    /// Those of its seats that nobody else was proposed before.
    own: Vec<usize>,
    of: Arc<Proposals>,
}

impl Proposals {
    /// The best seats that are free and proposed to nobody; if those are too few, of all that are free. `free` is looked at
    /// while no other proposal is made; of one that ends meanwhile the seats are passed over.
    ///
    /// # Errors
    /// As [`find`].
    pub fn propose(
        self: &Arc<Self>,
        room: &Room,
        wish: &Wish,
        free: impl FnOnce() -> Vec<bool>,
    ) -> Result<Proposal, usize> {
        let _turn = self.turn.lock();
        let proposed: Vec<_> = self.proposed.lock().iter().copied().collect();
        let mut free = free();
        let others: Vec<_> = proposed.into_iter().filter(|spot| free[*spot]).collect();
        others.iter().for_each(|spot| free[*spot] = false);
        let found = find(room, &free, wish).or_else(|left| {
            if others.is_empty() {
                return Err(left);
            }
            others.iter().for_each(|spot| free[*spot] = true);
            find(room, &free, wish)
        })?;
        let mut proposed = self.proposed.lock();
        let own: Vec<_> = found.spots.iter().copied().filter(|spot| proposed.insert(*spot)).collect();
        drop(proposed);
        Ok(Proposal(Arc::new(Kept { found, own, of: self.clone() })))
    }
}

impl Proposal {
    /// What is proposed.
    pub fn found(&self) -> &Found {
        &self.0.found
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut proposed = self.of.proposed.lock();
        for spot in &self.own {
            proposed.remove(spot);
        }
    }
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proposal").field(self.found()).finish()
    }
}
