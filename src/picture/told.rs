//! In which words the facts of a commit go to the nodes that follow. The store hands the words on as they are.
//!
//! A fact is written by its kind's name and its own fields; or, where the rows say it as well, as a hint to read them.

use std::any::{Any, TypeId};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Fact, Tx};

/// A fact that memory learns here and on every node that follows.
pub trait Told: Any + Send + Sized {
    /// What it is called there. Never changed, never another's.
    const NAME: &'static str;

    /// Writes some of a commit down.
    ///
    /// # Errors
    /// Why it cannot be written.
    fn write(facts: &[&Self]) -> Result<Vec<u8>, String>;

    /// Reads what [`Told::write`] wrote. `tx` sees the rows as that commit left them.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(tx: &Tx, words: &[u8]) -> Result<Vec<Self>, String>;
}

/// A fact that says all by itself.
pub trait Plain: Any + Send + Serialize + DeserializeOwned {
    /// As [`Told::NAME`].
    const NAME: &'static str;
}

impl<F: Plain> Told for F {
    const NAME: &'static str = F::NAME;

    fn write(facts: &[&Self]) -> Result<Vec<u8>, String> {
        words(&facts)
    }

    fn read(_: &Tx, words: &[u8]) -> Result<Vec<Self>, String> {
        read_words(words)
    }
}

/// A value in words.
///
/// # Errors
/// Why it cannot be written.
pub fn words(value: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_extend(value, Vec::new()).map_err(|error| error.to_string())
}

/// A value from [`words`].
///
/// # Errors
/// Why it is none.
pub fn read_words<T: DeserializeOwned>(words: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(words) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

/// How one kind of facts is written and read.
pub(super) struct Words {
    pub(super) kind: TypeId,
    pub(super) name: &'static str,
    pub(super) write: fn(&[&Fact]) -> Result<Vec<u8>, String>,
    pub(super) read: fn(&Tx, &[u8]) -> Result<Vec<Fact>, String>,
}

impl Words {
    pub(super) fn of<F: Told>() -> Self {
        Self { kind: TypeId::of::<F>(), name: F::NAME, write: write::<F>, read: read::<F> }
    }
}

fn write<F: Told>(facts: &[&Fact]) -> Result<Vec<u8>, String> {
    let known: Vec<&F> = facts.iter().filter_map(|fact| fact.downcast_ref()).collect();
    F::write(&known)
}

fn read<F: Told>(tx: &Tx, words: &[u8]) -> Result<Vec<Fact>, String> {
    Ok(F::read(tx, words)?.into_iter().map(|fact| Box::new(fact) as Fact).collect())
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use uuid::Uuid;

    use super::*;
    use crate::clock::Instant;
    use crate::ids::{ConcertKey, Ordinal, PerformanceKey, Seq, UserKey};
    use crate::queue::record::{Entry, Queue, Settings};
    use crate::queue::{Cause, EntryStatus, QueueFact, Tier};
    use crate::reservation::{HoldKey, SeatChange, SeatFact, SeatState};
    use crate::waitlist::{Status, WaitlistFact, Wish};

    const AT: Instant = Instant(1_800_000_000_000);

    fn there_and_back<F: Plain + Debug>(facts: &[F]) -> String {
        let words = words(&facts).unwrap();
        let back: Vec<F> = read_words(&words).unwrap();
        assert_eq!(format!("{back:?}"), format!("{facts:?}"));
        assert!(read_words::<Vec<F>>(&words[..words.len() - 1]).is_err());
        assert!(read_words::<Vec<F>>(&[&words[..], &[0]].concat()).is_err());
        words.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Nodes of two versions may hear each other: who changes these words raises `store::book::written::FORMAT`.
    #[test]
    fn facts_are_read_as_they_were_written_and_written_as_ever() {
        let (concert, ordinal, id) = (ConcertKey(7), Ordinal(300), Uuid::from_u128(1 << 100 | 5));
        let entry = Entry {
            concert,
            ordinal,
            id,
            user: UserKey(-1),
            tier: Tier::STANDARD,
            number: Some(9),
            status: EntryStatus::Expired,
            cause: Some(Cause::NoShow),
            joined_at: AT,
            admitted_at: None,
            admitted_until: Some(Instant(i64::MAX)),
            ends_at: AT,
        };
        let queue = Queue::new((concert, id), Settings::DEFAULT, AT, AT, [3; 32]);
        let ended = QueueFact::Ended { concert, ordinal, status: EntryStatus::Left };
        let numbered = QueueFact::Numbered { concert, numbers: vec![(ordinal, 1), (Ordinal(1), 2)] };
        let queue = there_and_back(&[QueueFact::Joined(entry), QueueFact::Changed(queue), numbered, ended]);
        let hold = HoldKey { concert, ordinal, id };
        let seats = vec![SeatChange { seat_no: 1, state: SeatState::Held, held_until: Some(AT) }];
        let changed = SeatFact::Changed { concert, performance: PerformanceKey(8), seq: Seq(9), seats };
        let seats = there_and_back(&[changed, SeatFact::HoldPlaced { hold, held_until: AT }]);
        let wish = Wish { performances: vec![PerformanceKey(8)], grade: Some("R석".to_owned()), quantity: 2 };
        let waitlist = WaitlistFact { concert, ordinal, wish, was: None, is: Status::Offered };
        let ever = [
            "04030eac021000000010000000000000000000000005010a010903010280c0e285e3680001feffffffffffffffff0180c0e285e368020e10000000\
             1000000000000000000000000500013200ac02000180c0e285e36880c0e285e3680003030303030303030303030303030303030303030303030303\
             030303030303030000000000000000000000000000000000040e02ac02010102070eac0204",
            "02000e10120101010180c0e285e368020eac02100000001000000000000000000000000580c0e285e368",
            "010eac020110010452ec849d020001",
        ];
        assert_eq!([queue, seats, there_and_back(&[waitlist])], ever);
    }
}
