//! The outbox: what is put there, what is due, and what became of it.

use uuid::Uuid;

use crate::clock::Instant;
use crate::ids::{MailKey, UserKey};
use crate::mail::outbox::MailPut;
use crate::mail::record::{MOST_ATTEMPTS, Mail, MailKind, MailState, wait_ms};
use crate::mail::sql;
use crate::paging::cut;
use crate::store::{StoreError, Tx};

/// Why something about mail is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No mail server is set.
    #[error("this box office sends no mail")]
    Off,
    /// There is no such mail.
    #[error("no such mail")]
    NoSuchMail,
    /// The cursor is no mail's.
    #[error("no such cursor")]
    NoSuchCursor,
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a mail into the outbox, if this box office sends any: one row, and nothing where it does not.
///
/// # Errors
/// Only the store's.
pub fn put(tx: &Tx, kind: MailKind, user: UserKey, subject: impl ToString) -> Result<(), StoreError> {
    if tx.terms().sends_mail {
        sql::insert(tx, kind, user, &subject.to_string())?;
        tx.tell(MailPut);
    }
    Ok(())
}

/// Is mail sent here at all?
///
/// # Errors
/// [`MailError::Off`].
pub fn require_on(tx: &Tx) -> Result<(), MailError> {
    if tx.terms().sends_mail { Ok(()) } else { Err(MailError::Off) }
}

/// Takes up to `limit` mails that are due. Each attempt is counted, and gets a `Message-ID` of its own at `host`, before it is
/// made: whatever happens to the process, no two messages leave under one.
///
/// # Errors
/// Only the store's.
pub fn take_due(tx: &Tx, host: &str, limit: u32) -> Result<Vec<Mail>, StoreError> {
    let mut due = sql::due(tx, limit)?;
    for mail in &mut due {
        let message_id = format!("<{}@{host}>", tx.new_id().simple());
        mail.attempts += 1;
        mail.next_at = tx.now().plus_ms(wait_ms(mail.attempts));
        sql::begin(tx, mail.key, &message_id, mail.next_at)?;
        mail.message_id = Some(message_id);
    }
    Ok(due)
}

/// When the next mail is due.
///
/// # Errors
/// Only the store's.
pub fn next_due(tx: &Tx) -> Result<Option<Instant>, StoreError> {
    sql::next_due(tx)
}

/// The mail server has taken it.
///
/// # Errors
/// Only the store's.
pub fn sent(tx: &Tx, key: MailKey) -> Result<(), StoreError> {
    sql::end(tx, key, MailState::Sent, None)
}

/// It cannot be sent at all.
///
/// # Errors
/// Only the store's.
pub fn failed(tx: &Tx, key: MailKey, problem: &str) -> Result<(), StoreError> {
    sql::end(tx, key, MailState::Failed, Some(problem))
}

/// It could not be sent this time; after many times it is given up.
///
/// # Errors
/// Only the store's.
pub fn not_sent(tx: &Tx, mail: &Mail, problem: &str) -> Result<(), StoreError> {
    if mail.attempts >= MOST_ATTEMPTS {
        failed(tx, mail.key, problem)
    } else {
        sql::note_problem(tx, mail.key, problem)
    }
}

/// Up to `limit` mails, newest first, older than `cursor`; and the cursor of the page that follows, if one does.
///
/// # Errors
/// [`MailError::NoSuchCursor`].
pub fn list_mails(tx: &Tx, cursor: Option<Uuid>, limit: u32) -> Result<(Vec<Mail>, Option<Uuid>), MailError> {
    let before = match cursor {
        Some(id) => sql::find_by_id(tx, id)?.ok_or(MailError::NoSuchCursor)?.key,
        None => MailKey(i64::MAX),
    };
    let mut mails = sql::list(tx, before, limit + 1)?;
    let next = cut(&mut mails, limit).map(|last| last.id);
    Ok((mails, next))
}

/// Puts a mail into the outbox once more: what it tells is looked up anew.
///
/// # Errors
/// [`MailError::Off`], [`MailError::NoSuchMail`].
pub fn resend_mail(tx: &Tx, id: Uuid) -> Result<Mail, MailError> {
    require_on(tx)?;
    let old = sql::find_by_id(tx, id)?.ok_or(MailError::NoSuchMail)?;
    // From here it must succeed.
    let key = sql::insert(tx, old.kind, old.user, &old.subject)?;
    tx.tell(MailPut);
    sql::find(tx, key)?.ok_or(MailError::NoSuchMail)
}

/// How many mails were tried several times in vain, or were given up within a day.
///
/// # Errors
/// Only the store's.
pub fn count_failing(tx: &Tx) -> Result<u32, StoreError> {
    const DAY_MS: i64 = 86_400_000;
    sql::count_failing(tx, tx.now().plus_ms(-DAY_MS))
}
