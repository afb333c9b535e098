//! What bounds a choice of seats.

/// Seats of one request at most. A payment's tickets are numbered within sixty-four, see the table `ticket`.
pub const MOST_SEATS: usize = 64;
