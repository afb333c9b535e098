//! Accounts and sessions: what can be done with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::account::user::{NewSession, SessionSecret, User};
use crate::account::{common, sql};
use crate::clock::Instant;
use crate::entropy::{self, Entropy};
use crate::ids::UserKey;
use crate::mail::MailError;
use crate::store::{StoreError, Tx};
use crate::text;

/// Why an account operation is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A field breaks its rule.
    #[error("{0}")]
    Invalid(String),
    /// Somebody has this e-mail address already.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Unknown e-mail or wrong password: nobody is told which.
    #[error("e-mail or password is wrong")]
    WrongCredentials,
    /// The session is unknown or over.
    #[error("no such session")]
    NoSession,
    /// The venue's own site knows another by this.
    #[error("the external id is taken")]
    ExternalIdTaken,
    /// There is no such session of this user.
    #[error("no such session of this user")]
    NoSuchSession,
    /// The link was used, is over, or is none of ours.
    #[error("no such link")]
    NoSuchLink,
    /// No mail is sent here.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An e-mail address as it is kept and compared.
///
/// # Errors
/// [`AccountError::Invalid`] when it cannot be one.
pub fn clean_email(email: &str) -> Result<String, AccountError> {
    text::email(email).map_err(|rule| invalid("email", rule))
}

/// A name as it is kept.
///
/// # Errors
/// [`AccountError::Invalid`].
pub fn clean_name(name: &str) -> Result<String, AccountError> {
    text::name(name).map_err(|rule| invalid("name", rule))
}

/// A password as it is hashed: the same characters give the same bytes on every device.
///
/// # Errors
/// [`AccountError::Invalid`] when it cannot be one.
pub fn clean_password(password: &str) -> Result<String, AccountError> {
    const RULE: &str = "must have at least 8 characters and at most 256 bytes";
    // The bound comes first: nothing long is normalized.
    if password.len() > 4 * MOST_PASSWORD_BYTES {
        return Err(invalid("password", RULE));
    }
    let password = text::password(password).map_err(|rule| invalid("password", rule))?;
    if password.chars().count() < 8 || password.len() > MOST_PASSWORD_BYTES {
        return Err(invalid("password", RULE));
    }
    Ok(password)
}

const MOST_PASSWORD_BYTES: usize = 256;

fn invalid(field: &str, rule: &str) -> AccountError {
    AccountError::Invalid(format!("{field} {rule}."))
}

/// Checks that a password is not one of those that everybody tries first.
///
/// # Errors
/// [`AccountError::Invalid`].
pub fn require_uncommon(password: &str, email: &str, name: &str) -> Result<(), AccountError> {
    if common::is_common(password, email, name) {
        return Err(invalid("password", "must not be one of the first that anybody would try"));
    }
    Ok(())
}

/// Makes an account with an empty balance, and a mail that asks whether its address is right.
///
/// # Errors
/// [`AccountError::EmailTaken`].
pub fn sign_up(tx: &Tx, email: &str, name: &str, password_hash: Option<&str>) -> Result<User, AccountError> {
    if sql::find_by_email(tx, email)?.is_some() {
        return Err(AccountError::EmailTaken);
    }
    // From here it must succeed.
    insert(tx, Some(email), name, password_hash)
}

fn insert(tx: &Tx, email: Option<&str>, name: &str, password_hash: Option<&str>) -> Result<User, AccountError> {
    let mut user = User::new(tx.new_id(), email.map(str::to_owned), name.to_owned());
    user.key = sql::insert_user(tx, &user, password_hash)?;
    Ok(user)
}

/// The account with this address and its password hash.
///
/// # Errors
/// Only the store's.
pub fn find_credentials(tx: &Tx, email: &str) -> Result<Option<(User, Option<String>)>, AccountError> {
    Ok(sql::find_by_email(tx, email)?)
}

/// The account's password hash; none where nobody logs in to it.
///
/// # Errors
/// Only the store's.
pub fn password_hash(tx: &Tx, id: Uuid) -> Result<Option<String>, AccountError> {
    Ok(sql::password_hash(tx, id)?)
}

/// Opens a session of the account with this public id, which is known to be there.
///
/// # Errors
/// [`AccountError::NoSession`] when it is not.
pub fn sign_in(tx: &Tx, id: Uuid, seconds: u32) -> Result<(User, NewSession), AccountError> {
    let user = sql::find_user(tx, id)?.ok_or(AccountError::NoSession)?;
    let session = open_session(tx, user.key, seconds)?;
    Ok((user, session))
}

/// Opens a session for a user who proved who they are.
///
/// # Errors
/// Only the store's.
pub fn open_session(tx: &Tx, user: UserKey, seconds: u32) -> Result<NewSession, AccountError> {
    let session = new_session(tx.entropy(), tx.now(), seconds);
    sql::insert_session(tx, SessionSecret::presented(&session.secret), user, tx.now(), session.expires_at)?;
    Ok(session)
}

fn new_session(entropy: &dyn Entropy, now: Instant, seconds: u32) -> NewSession {
    let secret = format!("bs_{}", URL_SAFE_NO_PAD.encode(entropy::new_secret(entropy)));
    NewSession { secret, expires_at: now.plus_seconds(seconds) }
}

/// Whose session it is.
///
/// # Errors
/// [`AccountError::NoSession`].
pub fn authenticate(tx: &Tx, secret: SessionSecret) -> Result<User, AccountError> {
    sql::session_user(tx, secret, tx.now())?.ok_or(AccountError::NoSession)
}

/// Ends a session at once.
///
/// # Errors
/// [`AccountError::NoSession`].
pub fn log_out(tx: &Tx, secret: SessionSecret) -> Result<(), AccountError> {
    authenticate(tx, secret)?;
    sql::delete_session(tx, secret)?;
    Ok(())
}

/// Forgets up to `limit` sessions that are over. Gives how many.
///
/// # Errors
/// Only the store's.
pub fn sweep_sessions(tx: &Tx, limit: u32) -> Result<usize, AccountError> {
    Ok(sql::delete_expired_sessions(tx, tx.now(), limit)?)
}

/// The account with this public id.
///
/// # Errors
/// Only the store's.
pub fn find_user(tx: &Tx, id: Uuid) -> Result<Option<User>, AccountError> {
    Ok(sql::find_user(tx, id)?)
}

/// Makes `count` accounts that nobody can log in to: for rehearsals and load tests.
///
/// # Errors
/// Only the store's.
pub fn make_rehearsal_users(tx: &Tx, count: u32) -> Result<Vec<Uuid>, AccountError> {
    let make = |_| Ok(insert(tx, None, "Rehearsal", None)?.id);
    (0..count).map(make).collect()
}

/// Opens a session of each of these accounts.
///
/// # Errors
/// As [`sign_in`].
pub fn sign_in_each(tx: &Tx, ids: &[Uuid], seconds: u32) -> Result<Vec<(Uuid, String)>, AccountError> {
    ids.iter().map(|&id| Ok((id, sign_in(tx, id, seconds)?.1.secret))).collect()
}

/// Makes `count` accounts that nobody can log in to, each with a session.
///
/// # Errors
/// Only the store's.
pub fn open_sessions(tx: &Tx, count: u32, seconds: u32) -> Result<Vec<(Uuid, String)>, AccountError> {
    let ids = make_rehearsal_users(tx, count)?;
    sign_in_each(tx, &ids, seconds)
}

/// The account that a row names.
///
/// # Errors
/// Only the store's.
pub fn user(tx: &Tx, key: UserKey) -> Result<Option<User>, StoreError> {
    sql::user(tx, key)
}
