//! The best free seats of a room: side by side without an aisle between, nobody's neighbour left alone, nearest the focal
//! point. What cannot be had is relaxed rule by rule, and the answer says which; nobody is refused while seats enough are
//! free. Pure decisions; what is free is told.

use crate::catalog::Room;
use crate::reservation::best::apart;
use crate::reservation::best::search::{Found, Search, Wish};
use crate::reservation::best::split;

/// Finds the best free seats, or tells how many could have been had.
///
/// # Errors
/// The number of free seats that fit the wish, when they are too few; the fewest that some kind has left, when that is
/// what is lacking.
pub fn find(room: &Room, free: &[bool], wish: &Wish) -> Result<Found, usize> {
    let full_view = Search::new(room, free, wish, false);
    let any_view = Search::new(room, free, wish, true);
    let searches: Vec<_> = [full_view, any_view].into_iter().filter(|search| search.left() >= wish.quantity).collect();
    let near = searches.iter().find_map(|search| search.side_by_side().or_else(|| split::find(search)));
    let found = near.or_else(|| searches.iter().find_map(apart::find));
    let mut spots = found.ok_or_else(|| any_view.left())?;
    spots.sort_unstable();
    let relaxed = full_view.relaxed(&spots);
    Ok(Found { spots, relaxed })
}
