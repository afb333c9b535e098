//! Lists in pages, as operations and addresses cut them: whoever reads one row more than a page has knows whether another
//! page follows. Pure; what a cursor looks like is each list's own.

/// Cuts `read`, up to one more than a page, to a page of `limit`. Gives its last one if another page follows.
pub fn cut<T>(read: &mut Vec<T>, limit: u32) -> Option<&T> {
    let more = read.len() > limit as usize;
    read.truncate(limit as usize);
    read.last().filter(|_| more)
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn only_a_row_too_many_makes_another_page() {
        let (mut short, mut full, mut over) = (vec![1], vec![1, 2], vec![1, 2, 3]);
        assert_eq!((cut(&mut short, 2), cut(&mut full, 2)), (None, None));
        assert_eq!(cut(&mut over, 2), Some(&2));
        assert_eq!(over, [1, 2]);
    }
}
