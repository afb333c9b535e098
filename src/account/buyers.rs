//! Accounts as the venue's staff handle them: found, made for the venue's own members, corrected; and forgotten.

use crate::account::AccountError;
use crate::account::link::Purpose;
use crate::account::sql;
use crate::account::user::User;
use crate::ids::UserKey;
use crate::store::{StoreError, Tx};

/// Who has this address.
///
/// # Errors
/// Only the store's.
pub fn by_email(tx: &Tx, email: &str) -> Result<Option<User>, StoreError> {
    Ok(sql::find_by_email(tx, email)?.map(|(user, _)| user))
}

/// Up to `limit` users whose name begins so; capitals and width do not matter.
///
/// # Errors
/// Only the store's.
pub fn by_name(tx: &Tx, beginning: &str, limit: u32) -> Result<Vec<User>, StoreError> {
    sql::find_by_name(tx, &sql::sought(beginning), limit)
}

/// The member whom the venue's own site knows by this.
///
/// # Errors
/// Only the store's.
pub fn by_external_id(tx: &Tx, external_id: &str) -> Result<Option<User>, StoreError> {
    sql::find_by_external_id(tx, external_id)
}

/// A new member of the venue's own site: without a password, and with an address only if the venue says one.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// By what the venue's site knows the member.
    pub external_id: String,
    /// What to call them.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// In which language to write to them (BCP 47).
    pub language: Option<String>,
}

/// Makes an account for a member.
///
/// # Errors
/// [`AccountError::ExternalIdTaken`], [`AccountError::EmailTaken`].
pub fn create_user(tx: &Tx, member: &NewMember) -> Result<User, AccountError> {
    if sql::find_by_external_id(tx, &member.external_id)?.is_some() {
        return Err(AccountError::ExternalIdTaken);
    }
    if let Some(email) = &member.email
        && sql::find_by_email(tx, email)?.is_some()
    {
        return Err(AccountError::EmailTaken);
    }
    // From here it must succeed.
    let NewMember { external_id, name, email, language } = member.clone();
    let mut user = User::new(tx.new_id(), email, name);
    (user.external_id, user.language) = (Some(external_id), language);
    user.key = sql::insert_user(tx, &user, None)?;
    Ok(user)
}

/// Makes an account for somebody whom the counter does not know: without a name, and without anything to log in by.
///
/// # Errors
/// Only the store's.
pub fn nameless(tx: &Tx) -> Result<UserKey, StoreError> {
    sql::insert_user(tx, &User::new(tx.new_id(), None, String::new()), None)
}

/// What of an account is corrected; what is not said stays.
#[derive(Clone, Debug, Default)]
pub struct Correction {
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The language.
    pub language: Option<String>,
}

/// Corrects an account. An address that is new is not known to be the user's, and links that went to the old one are dead.
///
/// # Errors
/// [`AccountError::EmailTaken`].
pub fn correct(tx: &Tx, user: &User, correction: &Correction) -> Result<(), AccountError> {
    let mut corrected = user.clone();
    if let Some(email) = &correction.email
        && user.email.as_ref() != Some(email)
    {
        if sql::find_by_email(tx, email)?.is_some() {
            return Err(AccountError::EmailTaken);
        }
        corrected.email = Some(email.clone());
        corrected.confirmed_at = None;
    }
    // From here it must succeed.
    if corrected.email != user.email {
        sql::delete_links(tx, user.key, Purpose::PasswordReset)?;
        sql::delete_links(tx, user.key, Purpose::EmailConfirmation)?;
    }
    corrected.name = correction.name.clone().unwrap_or(corrected.name);
    corrected.language = correction.language.clone().or(corrected.language);
    Ok(sql::update_user(tx, &corrected)?)
}

/// Whether an account can be made one with another: nobody logs in to it any more then, and what it was known by is the other's
/// where that has nothing in its place, or where its address is wanted. What each has bought is not looked at here.
///
/// # Errors
/// [`AccountError::Invalid`] when it is the same account; [`AccountError::ExternalIdTaken`] when the venue's own site knows both.
pub fn require_two(from: &User, into: &User) -> Result<(), AccountError> {
    if from.key == into.key {
        return Err(AccountError::Invalid("from_user_id must be another account's.".to_owned()));
    }
    if from.external_id.is_some() && into.external_id.is_some() {
        return Err(AccountError::ExternalIdTaken);
    }
    Ok(())
}

/// Makes an account one with another, which [`require_two`] allows.
///
/// # Errors
/// Only the store's.
pub fn merge(tx: &Tx, from: &User, into: &User, takes_address: bool) -> Result<(), StoreError> {
    let password = sql::password_hash(tx, from.id)?;
    forget(tx, from.key)?;
    sql::merge_into(tx, from.key, into.key)?;
    let mut merged = into.clone();
    if from.email.is_some() && (takes_address || into.email.is_none()) {
        (merged.email, merged.confirmed_at) = (from.email.clone(), from.confirmed_at);
        sql::delete_links(tx, into.key, Purpose::PasswordReset)?;
        sql::delete_links(tx, into.key, Purpose::EmailConfirmation)?;
        let own = sql::password_hash(tx, into.id)?;
        if let (None, Some(password)) = (&own, &password) {
            sql::set_password(tx, into.key, None, password)?;
        }
    }
    if merged.name.is_empty() {
        merged.name.clone_from(&from.name);
    }
    merged.language = into.language.clone().or_else(|| from.language.clone());
    merged.external_id = into.external_id.clone().or_else(|| from.external_id.clone());
    sql::update_user(tx, &merged)
}

/// So many accounts may stand one behind the other.
const MOST_MERGED: usize = 100;

/// The account of this row, or the one that it was made one with.
///
/// # Errors
/// Only the store's.
pub fn remaining(tx: &Tx, key: UserKey) -> Result<Option<User>, StoreError> {
    let mut user = sql::user(tx, key)?;
    for _ in 0..MOST_MERGED {
        let Some(into) = user.as_ref().and_then(|user| user.merged_into) else { break };
        user = sql::user(tx, into)?;
    }
    Ok(user)
}

/// Forgets who an account was: what is left has no name, no address and nothing to log in by.
///
/// # Errors
/// Only the store's.
pub fn forget(tx: &Tx, user: UserKey) -> Result<(), StoreError> {
    sql::delete_sessions_of(tx, user, None)?;
    sql::delete_links(tx, user, Purpose::PasswordReset)?;
    sql::delete_links(tx, user, Purpose::EmailConfirmation)?;
    sql::forget_user(tx, user)
}
