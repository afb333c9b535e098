//! How often a buyer's wish for seats is tried before it is refused: others may have been faster than memory, and what came
//! back is the waitlist's first.

use std::sync::Arc;

use crate::http::{Code, Problem};
use crate::ids::ConcertKey;
use crate::office::Office;
use crate::reservation::HoldError;
use crate::reservation::views::{NotTaken, ROUNDS};
use crate::waitlist::due;
use crate::waitlist::error::WaitlistError;

/// How often the waitlist is offered what came back before one asker is refused for it.
const OFFERS: usize = 3;

/// What stands before somebody who takes places: the waitlist, or others who were faster than memory.
pub fn missed(error: WaitlistError) -> NotTaken {
    match error {
        WaitlistError::Hold(HoldError::Outrun) => NotTaken::Outrun,
        error => error.into(),
    }
}

/// The tries of one request.
#[derive(Debug, Default)]
pub struct Tries {
    outruns: usize,
    offers: usize,
}

impl Tries {
    /// How often others were faster.
    pub fn round(&self) -> usize {
        self.outruns
    }

    /// Makes ready for another try after this one.
    ///
    /// # Errors
    /// What refuses the request for good.
    pub async fn again(&mut self, office: &Arc<Office>, concert: ConcertKey, missed: NotTaken) -> Result<(), Problem> {
        match missed {
            NotTaken::Outrun if self.outruns < ROUNDS => self.outruns += 1,
            NotTaken::Outrun => return Err(HoldError::Outrun.into()),
            NotTaken::Refused(problem) if problem.code == Code::WaitlistFirst && self.offers < OFFERS => {
                self.offers += 1;
                due::offer(office, concert).await?;
            }
            NotTaken::Refused(problem) => return Err(problem),
        }
        Ok(())
    }
}
