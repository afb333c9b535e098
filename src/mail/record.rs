//! What a mail in the outbox is, and when it is tried again. No store, no clock.

use uuid::Uuid;

use crate::clock::Instant;
use crate::column::column_words;
use crate::ids::{MailKey, PerformanceKey, TicketKey, UserKey};

/// What a mail is about. One more is a word here, its templates in `templates/`, what it tells in `jobs::mails`, and a
/// [`put`](super::put) where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Tickets were paid for.
    Payment,
    /// Tickets were refunded, perhaps because their performance is cancelled.
    Refund,
    /// A performance that somebody has tickets for is at another time.
    PerformanceMoved,
    /// Seats are kept for somebody on a waitlist.
    WaitlistOffer,
    /// Somebody wants a new password.
    PasswordReset,
    /// Is the address the buyer's?
    EmailConfirmation,
}

column_words!(MailKind {
    Payment = "payment",
    Refund = "refund",
    PerformanceMoved = "performance_moved",
    WaitlistOffer = "waitlist_offer",
    PasswordReset = "password_reset",
    EmailConfirmation = "email_confirmation",
});

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is sent as soon as the mail server takes it.
    Waiting,
    /// The mail server has taken it.
    Sent,
    /// It cannot be sent, or was tried for long enough.
    Failed,
}

column_words!(MailState { Waiting = "waiting", Sent = "sent", Failed = "failed" });

/// A mail in the outbox.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its key.
    pub key: MailKey,
    /// Outside.
    pub id: Uuid,
    /// What it is about.
    pub kind: MailKind,
    /// To whom.
    pub user: UserKey,
    /// Which payment, which link: as the kind understands it.
    pub subject: String,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Instant,
    /// When it was written.
    pub made_at: Instant,
    /// When it was sent, or given up.
    pub done_at: Option<Instant>,
    /// The `Message-ID` of the last attempt: each has one of its own.
    pub message_id: Option<String>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
}

/// A mail to all who have tickets for a performance: it is put into the outbox behind, a few at each commit.
#[derive(Clone, Debug)]
pub struct Mailing {
    /// Of which kind.
    pub kind: MailKind,
    /// The performance.
    pub performance: PerformanceKey,
    /// When it would have started.
    pub started_before: Instant,
    /// The last ticket that was looked at, in the order of their seats.
    pub last_ticket: Option<TicketKey>,
}

/// After so many attempts, three days in all, a mail is given up.
pub(super) const MOST_ATTEMPTS: u32 = 20;

/// How long after its attempt no. `attempt` (from 1) a mail is tried again: a minute, then twice as long each time, at most
/// six hours.
pub(super) fn wait_ms(attempt: u32) -> i64 {
    const MINUTE_MS: i64 = 60_000;
    const MOST_MS: i64 = 6 * 60 * MINUTE_MS;
    (MINUTE_MS << attempt.saturating_sub(1).min(16)).min(MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_about_three_days() {
        let total: i64 = (1..MOST_ATTEMPTS).map(wait_ms).sum();
        assert_eq!((wait_ms(1), wait_ms(2), wait_ms(40)), (60_000, 120_000, 21_600_000));
        assert!((48..72).contains(&(total / 3_600_000)), "{} hours", total / 3_600_000);
    }
}
