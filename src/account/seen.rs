//! Sessions that this process has opened or found: whoever comes with one of these is let through to the operation, which
//! asks the data file as ever. Anything else is asked for before it reaches the writer, so that made-up sessions never do.
//! A session that has ended since is refused by the operation, so nothing has to be taken out of here in time.

use std::collections::HashMap;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::account::user::SessionSecret;

/// So many are remembered at least, of those that came last; twice as many at most.
const REMEMBERED: usize = 20_000;

/// The sessions that were seen.
#[derive(Default)]
pub struct SeenSessions {
    seen: Mutex<Seen>,
}

/// Those of lately, and those before them: what is asked for again moves over.
#[derive(Default)]
struct Seen {
    lately: HashMap<SessionSecret, Uuid>,
    before: HashMap<SessionSecret, Uuid>,
}

impl SeenSessions {
    /// Whose account it is, if it was seen.
    pub fn account(&self, session: SessionSecret) -> Option<Uuid> {
        let mut seen = self.seen.lock();
        if let Some(account) = seen.lately.get(&session) {
            return Some(*account);
        }
        let account = seen.before.remove(&session)?;
        seen.add(session, account);
        Some(account)
    }

    /// This one is an account's.
    pub fn add(&self, session: SessionSecret, account: Uuid) {
        self.seen.lock().add(session, account);
    }
}

impl Seen {
    fn add(&mut self, session: SessionSecret, account: Uuid) {
        if self.lately.len() >= REMEMBERED {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(session, account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_come_again_are_remembered_and_memory_has_a_bound() {
        let (seen, of) = (SeenSessions::default(), |number: u32| SessionSecret::presented(&number.to_string()));
        let count = 5 * REMEMBERED as u32;
        for number in 0..count {
            seen.add(of(number), Uuid::from_u128(number.into()));
            assert_eq!(seen.account(of(0)), Some(Uuid::nil()), "it comes again and again");
        }
        assert_eq!(seen.account(of(count - 1)), Some(Uuid::from_u128((count - 1).into())));
        assert_eq!(seen.account(of(1)), None);
        let seen = seen.seen.lock();
        assert!(seen.lately.len() + seen.before.len() <= 2 * REMEMBERED);
    }
}
