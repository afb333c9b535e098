//! How fast a sale goes, and when nothing will be left at that pace. Pure.

/// The pace is measured over so many of the last minutes.
const MINUTES: usize = 10;
/// Fewer tickets than this are no pace.
const ENOUGH: u64 = 5;

/// In how many minutes so many free places are sold, at the pace of the last minutes, oldest first; none where there is no
/// pace, or nothing left.
pub(super) fn sells_out_in_minutes(free: u64, tickets: &[u32]) -> Option<u32> {
    let last: Vec<_> = tickets.iter().rev().take(MINUTES).map(|count| u64::from(*count)).collect();
    // A sale that has just begun is measured since its first ticket.
    let minutes = last.iter().rposition(|count| *count > 0)? as u64 + 1;
    let sold: u64 = last.iter().sum();
    if free == 0 || sold < ENOUGH {
        return None;
    }
    u32::try_from((free * minutes).div_ceil(sold)).ok()
}

#[cfg(test)]
mod tests {
    use super::sells_out_in_minutes;

    #[test]
    fn the_pace_is_that_of_the_last_ten_minutes_or_since_the_first_ticket() {
        assert_eq!(sells_out_in_minutes(100, &[]), None);
        assert_eq!(sells_out_in_minutes(100, &[0, 0, 4]), None, "too few to say");
        assert_eq!(sells_out_in_minutes(0, &[50]), None, "nothing is left");
        assert_eq!(sells_out_in_minutes(100, &[0, 0, 50]), Some(2), "measured since it began");
        assert_eq!(sells_out_in_minutes(101, &[50]), Some(3), "rounded up");
        assert_eq!(
            sells_out_in_minutes(100, &[1000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
            Some(100),
            "older minutes count no more"
        );
    }
}
