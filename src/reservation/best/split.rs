//! A group that fits in no row: parted into blocks of two or more in neighbouring rows, so that nobody sits alone. Pure
//! decisions.

use std::ops::Range;

use crate::catalog::room::RoomRow;
use crate::reservation::best::search::Search;

/// Free seats side by side, at least two.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: usize,
    length: usize,
    /// Twice where its middle is, counted from the middle of its row.
    middle: i64,
}

/// Of a run so many seats.
#[derive(Clone, Copy)]
struct Block {
    run: Run,
    size: usize,
}

impl Block {
    fn spare(&self) -> usize {
        self.run.length - self.size
    }

    /// Its seats: at the end of the run that is nearer to the middle of the group, so that what stays free stays together.
    fn spots(&self, middle: i64) -> Range<usize> {
        let first = if self.run.middle < middle { self.run.first + self.spare() } else { self.run.first };
        first..first + self.size
    }
}

/// Blocks in as few neighbouring rows as can be, and of those the ones nearest the focal point.
pub(super) fn find(search: &Search<'_>) -> Option<Vec<usize>> {
    let quantity = search.quantity();
    if quantity < 4 || !search.all_alike() {
        return None;
    }
    let runs = runs(search);
    for rows in 1..=quantity / 2 {
        let windows = (0..(runs.len() + 1).saturating_sub(rows)).map(|first| first..first + rows);
        let fits = |window: &Range<usize>| is_one_section(search, window) && is_enough(&runs[window.clone()], quantity);
        let best = windows.filter(fits).map(|window| best_of(search, &runs[window])).min_by_key(|(cost, _)| *cost);
        if let Some((_, spots)) = best {
            return Some(spots);
        }
    }
    None
}

/// Of each row its runs.
fn runs(search: &Search<'_>) -> Vec<Vec<Run>> {
    let room = search.room;
    let of_row = |at: &RoomRow| {
        let mut runs: Vec<Run> = Vec::new();
        let spots = at.spots.clone().filter(|spot| search.may_use(at) && search.fits(*spot).is_some());
        for spot in spots {
            match runs.last_mut() {
                Some(run) if run.first + run.length == spot && !room.spots[spot].gap_before => run.length += 1,
                _ => runs.push(Run { first: spot, length: 1, middle: 0 }),
            }
        }
        runs.retain(|run| run.length > 1);
        let half = |range: Range<usize>| (range.start + range.end) as i64;
        runs.iter_mut().for_each(|run| {
            run.middle = half(run.first..run.first + run.length) - half(at.spots.clone());
        });
        runs
    };
    room.rows.iter().map(of_row).collect()
}

fn is_one_section(search: &Search<'_>, window: &Range<usize>) -> bool {
    let rows = &search.room.rows[window.clone()];
    rows.iter().all(|row| row.section == rows[0].section)
}

/// Whether blocks of these rows, at least one in each, can be so many seats. A block takes two seats or more, so that only
/// half as many blocks as seats are of use; the longest ones are.
fn is_enough(rows: &[Vec<Run>], quantity: usize) -> bool {
    longest(rows, quantity / 2).is_some_and(|runs| runs.iter().map(|run| run.length).sum::<usize>() >= quantity)
}

/// The longest runs, at most so many, among them one of each row.
fn longest(rows: &[Vec<Run>], most: usize) -> Option<Vec<Run>> {
    let of_each = rows.iter().map(|runs| runs.iter().copied().max_by_key(|run| run.length));
    let mut chosen: Vec<Run> = of_each.collect::<Option<_>>()?;
    let is_chosen = |run: &&Run| chosen.iter().any(|of| of.first == run.first);
    let mut others: Vec<Run> = rows.iter().flatten().filter(|run| !is_chosen(run)).copied().collect();
    others.sort_by_key(|run| std::cmp::Reverse(run.length));
    chosen.extend(others.into_iter().take(most.saturating_sub(chosen.len())));
    Some(chosen)
}

/// The best choice within these rows, with its cost: tried about each of a few runs, and with the longest ones.
fn best_of(search: &Search<'_>, rows: &[Vec<Run>]) -> (u64, Vec<usize>) {
    const ABOUT: usize = 8;
    let quantity = search.quantity();
    let all = longest(rows, quantity / 2).unwrap_or_default();
    let about = all.iter().take(ABOUT).filter_map(|run| nearest(rows, run, quantity).map(|runs| (run.middle, runs)));
    let middle = all.first().map_or(0, |run| run.middle);
    let tried = about.chain([(middle, all.clone())]);
    let costs = tried.map(|(middle, runs)| {
        let blocks = blocks(&runs, quantity);
        let spots: Vec<usize> = blocks.iter().flat_map(|block| block.spots(middle)).collect();
        let far: u64 = spots.iter().map(|spot| u64::from(search.room.spots[*spot].distance)).sum();
        (far, spots)
    });
    costs.min_by_key(|(cost, _)| *cost).unwrap_or_default()
}

/// One run of each row and as many more as are needed, the nearest to this one first; nothing if those are not enough.
fn nearest(rows: &[Vec<Run>], about: &Run, quantity: usize) -> Option<Vec<Run>> {
    let far = |run: &Run| (run.middle - about.middle).abs();
    let of_each = rows.iter().map(|runs| runs.iter().copied().min_by_key(far));
    let mut chosen: Vec<Run> = of_each.collect::<Option<_>>()?;
    chosen.sort_by_key(far);
    let mut others: Vec<Run> = rows.iter().flatten().copied().collect();
    others.retain(|run| chosen.iter().all(|of| of.first != run.first));
    others.sort_by_key(far);
    let mut seats: usize = chosen.iter().map(|run| run.length).sum();
    for run in others {
        if seats >= quantity {
            break;
        }
        seats += run.length;
        chosen.push(run);
    }
    (seats >= quantity && chosen.len() * 2 <= quantity).then_some(chosen)
}

/// Two seats of each run, then of each in turn as many as are still wanted; no run is left with one seat where that can be
/// helped.
fn blocks(runs: &[Run], quantity: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = runs.iter().map(|run| Block { run: *run, size: 2 }).collect();
    let mut wanted = quantity.saturating_sub(2 * runs.len());
    for block in &mut blocks {
        let more = wanted.min(block.spare());
        block.size += more;
        wanted -= more;
    }
    for at in 0..blocks.len() {
        if blocks[at].spare() != 1 {
            continue;
        }
        // One seat more here and one less there, or the other way round.
        let gives = |of: &Block| of.size > 2 && of.spare() != 0;
        let takes = |of: &Block| of.spare() > 2 || of.spare() == 1;
        let other = |fits: &dyn Fn(&Block) -> bool| (0..blocks.len()).find(|&of| of != at && fits(&blocks[of]));
        if let Some(other) = other(&gives) {
            blocks[at].size += 1;
            blocks[other].size -= 1;
        } else if blocks[at].size > 2
            && let Some(other) = other(&takes)
        {
            blocks[at].size -= 1;
            blocks[other].size += 1;
        }
    }
    blocks
}
