//! Whether a history could have happened one thing after another: is there an order of all its operations, each between its
//! beginning and its end, in which a plain office gives all these answers? (Wing and Gong's search, with the states that led
//! nowhere remembered.)

use std::collections::HashSet;
use std::hash::Hash;

/// An office in which one thing happens after another.
pub trait Plain: Clone + Eq + Hash {
    type Op;
    type Answer;
    /// Does it, and says whether this is what it answers.
    fn answers(&mut self, op: &Self::Op, answer: &Self::Answer) -> bool;
}

/// One operation of a history: when it was begun and when its answer had come, by one counter for all.
#[derive(Clone, Debug)]
pub struct Event<O, A> {
    pub began: u64,
    pub ended: u64,
    pub op: O,
    pub answer: A,
}

/// An order in which the history could have happened, or the longest beginning of one that there is.
///
/// # Panics
/// For a history of more than 128 operations.
pub fn explain<P: Plain>(first: &P, history: &[Event<P::Op, P::Answer>]) -> Result<Vec<usize>, Vec<usize>> {
    assert!(history.len() <= 128, "{} operations are too many", history.len());
    let mut search = Search { history, seen: HashSet::new(), order: Vec::new(), longest: Vec::new() };
    if search.from(first, 0) { Ok(search.order) } else { Err(search.longest) }
}

struct Search<'h, P: Plain> {
    history: &'h [Event<P::Op, P::Answer>],
    /// What was done, and the office after it, from where the rest cannot be explained.
    seen: HashSet<(u128, P)>,
    order: Vec<usize>,
    longest: Vec<usize>,
}

impl<P: Plain> Search<'_, P> {
    fn from(&mut self, office: &P, done: u128) -> bool {
        if self.order.len() == self.history.len() {
            return true;
        }
        if !self.seen.insert((done, office.clone())) {
            return false;
        }
        if self.order.len() > self.longest.len() {
            self.longest.clone_from(&self.order);
        }
        let open = |at: &usize| done >> at & 1 == 0;
        let first_end = (0..self.history.len()).filter(open).map(|at| self.history[at].ended).min();
        for at in (0..self.history.len()).filter(open) {
            let event = &self.history[at];
            // What began after another had ended comes after it.
            if Some(event.began) > first_end {
                continue;
            }
            let mut next = office.clone();
            if next.answers(&event.op, &event.answer) {
                self.order.push(at);
                if self.from(&next, done | 1 << at) {
                    return true;
                }
                self.order.pop();
            }
        }
        false
    }
}

/// A register, for the checker's own tests.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Register(u32);

impl Plain for Register {
    type Op = Option<u32>;
    type Answer = u32;

    fn answers(&mut self, op: &Self::Op, answer: &u32) -> bool {
        self.0 = op.unwrap_or(self.0);
        self.0 == *answer
    }
}

fn event(began: u64, ended: u64, op: Option<u32>, answer: u32) -> Event<Option<u32>, u32> {
    Event { began, ended, op, answer }
}

#[test]
fn what_overlaps_may_come_in_either_order_and_what_does_not_may_not() {
    let (write, before, after) = (event(0, 5, Some(1), 1), event(1, 2, None, 0), event(3, 4, None, 1));
    assert_eq!(explain(&Register(0), &[write.clone(), before.clone(), after.clone()]), Ok(vec![1, 0, 2]));
    let late = event(6, 7, None, 0);
    assert!(explain(&Register(0), &[write.clone(), late]).is_err(), "it was written by then");
    let back = [write, event(1, 2, None, 1), event(3, 4, None, 0)];
    assert_eq!(explain(&Register(0), &back), Err(vec![0, 1]), "what was seen does not unhappen");
}
