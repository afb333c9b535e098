//! Which seats are best: side by side in one row where possible, else nearest to each other. Pure decisions.

/// Seats of one request at most. A payment's tickets are numbered within sixty-four, see the table `ticket`.
pub const MOST_SEATS: usize = 64;

/// A free seat of a plan, in rows as the operator ordered them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeSeat {
    /// Its row's place in the plan.
    pub row: u32,
    /// Its place in the row, from 0.
    pub place: u32,
    /// Its `seat_no`.
    pub seat_no: u32,
}

/// The `quantity` neighbouring seats of one row of `row_length` that are nearest to its middle, if it has such.
/// `free` are the row's free places in ascending order.
pub fn side_by_side(free: &[FreeSeat], row_length: u32, quantity: usize) -> Option<Vec<u32>> {
    let middle = i64::from(row_length) - 1;
    free.windows(quantity)
        .filter(|run| run[quantity - 1].place - run[0].place == quantity as u32 - 1)
        // Twice the distance of the run's middle from the row's, to stay with whole numbers; the first wins a tie.
        .min_by_key(|run| (i64::from(run[0].place) + i64::from(run[quantity - 1].place) - middle).abs())
        .map(|run| run.iter().map(|seat| seat.seat_no).collect())
}

/// The `quantity` free seats that lie nearest together: in rows one after another, places one beside another.
///
/// Each free seat is tried as the first of a group; within the rows that can still better the best group so far the
/// nearest others join it. `free` is in plan order.
pub fn nearest_together(free: &[FreeSeat], quantity: usize) -> Option<Vec<u32>> {
    const CANDIDATES: usize = 128;
    if free.len() < quantity {
        return None;
    }
    // Many free seats without two together lie dense; the first ones in plan order are the better ones anyway.
    let free = &free[..free.len().min(CANDIDATES.max(quantity))];
    let mut best: Option<(u32, Vec<u32>)> = None;
    for first in free {
        let mut others: Vec<(u32, u32)> = free.iter().map(|seat| (distance(first, seat), seat.seat_no)).collect();
        others.sort_unstable();
        others.truncate(quantity);
        let spread = others.iter().map(|(distance, _)| distance).sum();
        if best.as_ref().is_none_or(|(least, _)| spread < *least) {
            best = Some((spread, others.into_iter().map(|(_, seat_no)| seat_no).collect()));
        }
    }
    best.map(|(_, seats)| seats)
}

/// A row further away counts as two seats further.
fn distance(a: &FreeSeat, b: &FreeSeat) -> u32 {
    2 * a.row.abs_diff(b.row) + a.place.abs_diff(b.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(row: u32, places: &[u32]) -> Vec<FreeSeat> {
        places.iter().map(|&place| FreeSeat { row, place, seat_no: row * 100 + place }).collect()
    }

    #[test]
    fn neighbours_are_taken_from_the_middle() {
        let all: Vec<u32> = (0..10).collect();
        assert_eq!(side_by_side(&row(0, &all), 10, 2), Some(vec![4, 5]));
        assert_eq!(side_by_side(&row(0, &[0, 1, 5, 7, 8]), 10, 2), Some(vec![7, 8]));
        assert_eq!(side_by_side(&row(0, &[0, 2, 4]), 10, 2), None);
        assert_eq!(side_by_side(&row(0, &[3]), 10, 1), Some(vec![3]));
        assert_eq!(side_by_side(&[], 10, 1), None);
    }

    #[test]
    fn without_neighbours_the_nearest_are_taken() {
        let mut free = row(0, &[0, 9]);
        free.extend(row(1, &[1, 8]));
        assert_eq!(nearest_together(&free, 2), Some(vec![0, 101]));
        assert_eq!(nearest_together(&free, 5), None);
        assert_eq!(nearest_together(&free, 4).map(|seats| seats.len()), Some(4));
    }
}
