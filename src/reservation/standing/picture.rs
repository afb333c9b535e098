//! Memory's picture of a performance's standing sections: how many places are free, by section.

use std::collections::BTreeMap;

use crate::catalog::HallPlan;
use crate::clock::Instant;
use crate::ids::Seq;
use crate::reservation::seat::{HoldKey, StandingChange, StandingHold};
use crate::reservation::standing::count::Count;
use crate::reservation::stock::Tally;

/// How many places of a section are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// The section's number in the plan.
    pub section_no: u32,
    /// How many are free.
    pub free: u32,
    /// How many are kept for buyers.
    pub held: u32,
}

/// The standing sections of one performance, by number.
#[derive(Debug, Default)]
pub struct Standing(BTreeMap<u32, Section>);

#[derive(Debug, Default)]
struct Section {
    capacity: u32,
    sold: u32,
    blocked: u32,
    holds: BTreeMap<HoldKey, (Instant, u32)>,
    held: u32,
    /// The version in which it changed last.
    changed_in: u64,
}

impl Section {
    fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.sold + self.blocked + self.held)
    }

    fn begin(&mut self, hold: &StandingHold) {
        self.end(&hold.hold);
        self.holds.insert(hold.hold, (hold.held_until, hold.quantity));
        self.held += hold.quantity;
    }

    fn end(&mut self, hold: &HoldKey) {
        if let Some((_, quantity)) = self.holds.remove(hold) {
            self.held -= quantity;
        }
    }
}

impl Standing {
    /// Of this plan, touched so far.
    pub fn of(plan: &HallPlan, touched: &[(Count, Vec<StandingHold>)], version_of: impl Fn(Seq) -> u64) -> Self {
        let untouched =
            plan.standing().map(|of| (of.section_no, Section { capacity: of.capacity, ..Section::default() }));
        let mut standing = Self(untouched.collect());
        for (count, holds) in touched {
            if let Some(section) = standing.0.get_mut(&count.section_no) {
                (section.sold, section.blocked) = (count.sold, count.blocked);
                section.changed_in = version_of(count.changed_in);
                holds.iter().for_each(|hold| section.begin(hold));
            }
        }
        standing
    }

    /// How many places of each section are what.
    pub fn tally(&self) -> Vec<(u32, Tally)> {
        let of = |of: &Section| Tally { free: of.free(), held: of.held, sold: of.sold, blocked: of.blocked };
        self.0.iter().map(|(section_no, section)| (*section_no, of(section))).collect()
    }

    /// When which hold of which section ends.
    pub fn ends(&self) -> impl Iterator<Item = (Instant, u32, HoldKey)> {
        self.0.iter().flat_map(|(section_no, section)| {
            section.holds.iter().map(|(hold, (until, _))| (*until, *section_no, *hold))
        })
    }

    /// When a hold ends, if it is known here.
    pub fn held_until(&self, section_no: u32, hold: &HoldKey) -> Option<Instant> {
        self.0.get(&section_no)?.holds.get(hold).map(|(until, _)| *until)
    }

    /// What is free in each section.
    pub fn free(&self) -> Vec<Places> {
        self.0
            .iter()
            .map(|(&section_no, section)| Places { section_no, free: section.free(), held: section.held })
            .collect()
    }

    /// What is free in the sections that changed after this version.
    pub fn changed_since(&self, since: u64) -> Vec<Places> {
        let changed = self.0.iter().filter(|(_, section)| section.changed_in > since);
        changed.map(|(&section_no, section)| Places { section_no, free: section.free(), held: section.held }).collect()
    }

    /// Whether a change is nothing new, such as the end of a hold at its instant.
    pub fn shows(&self, change: &StandingChange) -> bool {
        self.0.get(&change.section_no).is_none_or(|section| {
            let began = change.began.as_ref();
            (section.sold, section.blocked) == (change.sold, change.blocked)
                && began.is_none_or(|hold| section.holds.get(&hold.hold) == Some(&(hold.held_until, hold.quantity)))
                && !change.over.iter().any(|hold| section.holds.contains_key(hold))
        })
    }

    /// Takes a change over.
    pub fn change(&mut self, change: &StandingChange, version: u64) {
        let Some(section) = self.0.get_mut(&change.section_no) else { return };
        change.over.iter().for_each(|hold| section.end(hold));
        if let Some(hold) = &change.began {
            section.begin(hold);
        }
        (section.sold, section.blocked) = (change.sold, change.blocked);
        section.changed_in = version;
    }

    /// A hold's time is over.
    pub fn end(&mut self, section_no: u32, hold: &HoldKey, version: u64) {
        if let Some(section) = self.0.get_mut(&section_no) {
            section.end(hold);
            section.changed_in = version;
        }
    }
}
