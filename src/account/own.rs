//! What buyers do with their own accounts: their sessions, their passwords, their addresses; by a session, or by the link in
//! a mail.

use uuid::Uuid;

use crate::account::AccountError;
use crate::account::link::Purpose;
use crate::account::sql;
use crate::account::user::{Session, SessionSecret, User};
use crate::mail::{self, MailKind};
use crate::store::Tx;

/// So many of a user's sessions are shown, and looked through to end one.
const MOST_SESSIONS: u32 = 1000;
/// Whoever asks again so soon has the mail already.
const ASK_AGAIN_AFTER_MS: i64 = 60_000;

/// The user's sessions that live now, the newest first.
///
/// # Errors
/// Only the store's.
pub fn list_sessions(tx: &Tx, user: &User) -> Result<Vec<Session>, AccountError> {
    let mut sessions = sql::sessions(tx, user.key, MOST_SESSIONS)?;
    sessions.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.expires_at)));
    Ok(sessions)
}

/// Ends a session of the user's at once.
///
/// # Errors
/// [`AccountError::NoSuchSession`], also when it is somebody else's.
pub fn end_session(tx: &Tx, user: &User, id: Uuid) -> Result<(), AccountError> {
    let sessions = sql::sessions(tx, user.key, MOST_SESSIONS)?;
    let ended = sessions.iter().find(|session| session.secret.id() == id).ok_or(AccountError::NoSuchSession)?;
    Ok(sql::delete_session(tx, ended.secret)?)
}

/// Changes the password from the one whose hash was looked at, and ends all sessions but `kept`.
///
/// # Errors
/// [`AccountError::WrongCredentials`] when the password was changed meanwhile.
pub fn change_password(
    tx: &Tx,
    user: &User,
    was: Option<&str>,
    hash: &str,
    kept: SessionSecret,
) -> Result<(), AccountError> {
    if !sql::set_password(tx, user.key, was, hash)? {
        return Err(AccountError::WrongCredentials);
    }
    sql::delete_sessions_of(tx, user.key, Some(kept))?;
    sql::delete_links(tx, user.key, Purpose::PasswordReset)?;
    Ok(())
}

/// Puts a mail with a link for a new password into the outbox, if somebody has this address. Nobody is told whether.
///
/// # Errors
/// [`MailError::Off`](mail::MailError::Off).
pub fn request_password_reset(tx: &Tx, email: &str, seconds: u32) -> Result<(), AccountError> {
    mail::domain::require_on(tx)?;
    match sql::find_by_email(tx, email)? {
        Some((user, _)) => put_link(tx, &user, Purpose::PasswordReset, seconds),
        None => Ok(()),
    }
}

/// Chooses a new password by a link: it is used up, and all sessions end. The address is the user's, as the mail came there.
///
/// # Errors
/// [`AccountError::NoSuchLink`].
pub fn reset_password(tx: &Tx, link: Uuid, hash: &str) -> Result<User, AccountError> {
    let user = link_user(tx, link, Purpose::PasswordReset)?;
    let was = sql::password_hash(tx, user.id)?;
    // From here it must succeed.
    sql::delete_links(tx, user.key, Purpose::PasswordReset)?;
    sql::set_password(tx, user.key, was.as_deref(), hash)?;
    sql::set_confirmed(tx, user.key)?;
    sql::delete_sessions_of(tx, user.key, None)?;
    Ok(user)
}

/// Puts a mail that asks whether the address is the user's into the outbox, unless that is known, or there is none.
///
/// # Errors
/// [`MailError::Off`](mail::MailError::Off).
pub fn request_email_confirmation(tx: &Tx, user: &User, seconds: u32) -> Result<(), AccountError> {
    mail::domain::require_on(tx)?;
    if user.email.is_none() || user.confirmed_at.is_some() {
        return Ok(());
    }
    put_link(tx, user, Purpose::EmailConfirmation, seconds)
}

/// The address is the user's: its mail has come there.
///
/// # Errors
/// [`AccountError::NoSuchLink`].
pub fn confirm_email(tx: &Tx, link: Uuid) -> Result<User, AccountError> {
    let user = link_user(tx, link, Purpose::EmailConfirmation)?;
    // From here it must succeed.
    sql::delete_links(tx, user.key, Purpose::EmailConfirmation)?;
    sql::set_confirmed(tx, user.key)?;
    Ok(user)
}

/// Who chooses a password by this link; nobody once it was used.
///
/// # Errors
/// Only the store's.
pub fn password_reader(tx: &Tx, link: Uuid) -> Result<Option<User>, AccountError> {
    match link_user(tx, link, Purpose::PasswordReset) {
        Err(AccountError::NoSuchLink) => Ok(None),
        user => user.map(Some),
    }
}

/// Whose link it is.
///
/// # Errors
/// [`AccountError::NoSuchLink`] when it was used or is over.
pub fn link_user(tx: &Tx, link: Uuid, purpose: Purpose) -> Result<User, AccountError> {
    let user = sql::link_user(tx, link, purpose)?.ok_or(AccountError::NoSuchLink)?;
    sql::user(tx, user)?.ok_or(AccountError::NoSuchLink)
}

fn put_link(tx: &Tx, user: &User, purpose: Purpose, seconds: u32) -> Result<(), AccountError> {
    if sql::has_link_since(tx, user.key, purpose, tx.now().plus_ms(-ASK_AGAIN_AFTER_MS))? {
        return Ok(());
    }
    // From here it must succeed. The id is all random: one of our own ids begins with the time.
    let mut id = [0; 16];
    tx.entropy().fill(&mut id);
    let id = Uuid::from_bytes(id);
    sql::insert_link(tx, id, user.key, purpose, tx.now().plus_seconds(seconds))?;
    let kind = match purpose {
        Purpose::PasswordReset => MailKind::PasswordReset,
        Purpose::EmailConfirmation => MailKind::EmailConfirmation,
    };
    Ok(mail::put(tx, kind, user.key, id.simple())?)
}

/// Forgets up to `limit` links that are over. Gives how many.
///
/// # Errors
/// Only the store's.
pub fn sweep_links(tx: &Tx, limit: u32) -> Result<usize, AccountError> {
    Ok(sql::delete_ended_links(tx, limit)?)
}
