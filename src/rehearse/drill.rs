//! What all buyers of a drill share, and how they ask: with patience, and measured from when they meant to.

use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::time::sleep_until;

use crate::client::{Answer, Ask};
use crate::rehearse::arguments::Arguments;
use crate::rehearse::board::Board;
use crate::rehearse::desk::Sale;
use crate::rehearse::measure::{Counts, Measure};
use crate::rehearse::pool::Pool;
use crate::rehearse::words::{End, Operation, Span};

/// How often a request is sent again after a broken connection, and after a 503.
const TRIES_AFTER_BREAK: u32 = 5;
const TRIES_AFTER_OVERLOAD: u32 = 30;

/// What all buyers share.
pub struct Drill {
    /// What was asked for.
    pub arguments: Arguments,
    /// How they reach the server.
    pub pool: Pool,
    /// The operator's key, for money at the counter where buyers may not top up themselves.
    pub operator_key: String,
    /// What is on sale.
    pub sale: Sale,
    /// The seats as the front end shows them.
    pub board: Board,
    /// What is measured.
    pub measure: Measure,
    /// Places for streams.
    pub streams: Semaphore,
    /// Turns true when the last seat is sold: the front end says so to everyone.
    pub sold_out: watch::Sender<bool>,
}

impl Drill {
    /// The counts.
    pub fn counts(&self) -> &Counts {
        &self.measure.counts
    }

    /// Resolves when everything is sold.
    pub async fn sold_out(&self) {
        let _ = self.sold_out.subscribe().wait_for(|sold_out| *sold_out).await;
    }

    /// Asks, and asks again where a front end would: after a broken connection, and after a 503. So only send what may
    /// be repeated. `due` is when the buyer meant to ask; the time is measured from there.
    ///
    /// # Errors
    /// [`End::Lost`] when there is no answer.
    pub async fn ask(&self, operation: Operation, ask: &Ask<'_>, due: Instant) -> Result<Answer, End> {
        let (mut due, mut breaks, mut overloads) = (due, 0, 0);
        loop {
            self.measure.took(Span::DrillLateness, due.elapsed());
            let pause = match self.pool.send(ask).await {
                Ok(answer) => {
                    self.measure.answered(operation, due.elapsed());
                    let code = if answer.status >= 400 { answer.code() } else { String::new() };
                    if !code.is_empty() {
                        self.measure.refused(operation, &code);
                    }
                    if answer.status != 503 || overloads == TRIES_AFTER_OVERLOAD {
                        return Ok(answer);
                    }
                    overloads += 1;
                    let after = answer.headers.get("retry-after").and_then(|after| after.to_str().ok()?.parse().ok());
                    // Not all at once again.
                    Duration::from_secs(after.unwrap_or(1))
                        + Duration::from_millis(u64::from(due.elapsed().subsec_micros() % 1000))
                }
                Err(error) => {
                    Counts::add(&self.counts().connection_errors, 1);
                    if breaks == TRIES_AFTER_BREAK {
                        return Err(self.lost(format!("{}: {error:#}", operation.as_str())));
                    }
                    breaks += 1;
                    Duration::from_millis(200) * breaks
                }
            };
            due = Instant::now() + pause;
            sleep_until(due.into()).await;
        }
    }

    /// Notes why a buyer is lost.
    pub fn lost(&self, why: String) -> End {
        self.measure.lost(why);
        End::Lost
    }

    /// How a journey ends with an answer that does not lead on.
    pub fn end_of(&self, operation: Operation, answer: &Answer) -> End {
        match answer.code().as_str() {
            "token_expired" | "admission_over" => End::Expired,
            code => self.lost(format!("{}: {} {code}", operation.as_str(), answer.status)),
        }
    }
}
