//! Finding, making and correcting buyers, and taking an account away: what binds an account to its money and tickets.

use serde_json::json;
use uuid::Uuid;

use crate::account::buyers::{self, Correction};
use crate::account::{self, AccountError, User};
use crate::audit::Note;
use crate::ids::{TicketKey, UserKey};
use crate::money::Amount;
use crate::payment::{self, Payment, PaymentError};
use crate::store::{StoreError, Tx};
use crate::wallet;

/// Why something about a buyer is refused, in the order in which it is checked.
#[derive(Debug, thiserror::Error)]
pub enum BuyerError {
    /// There is no such user, or the account is deleted.
    #[error("no such user")]
    NoSuchUser,
    /// The buyer has a log-in of their own.
    #[error("no member of the venue's own site")]
    NoMember,
    /// There is money on the balance.
    #[error("the balance is {0:?}")]
    BalanceLeft(Amount),
    /// The account's refusal.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The payment's refusal.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// By what a buyer is looked for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// This e-mail address.
    Email(String),
    /// A name that begins so.
    Name(String),
    /// The venue's own number for its member.
    ExternalId(String),
    /// A ticket of theirs, if its code is genuine.
    Ticket(TicketKey),
}

/// Up to `limit` buyers who are meant, and what each has.
///
/// # Errors
/// Only the store's.
pub fn find_users(
    tx: &Tx,
    wanted: &Wanted,
    is_genuine: impl FnOnce(&Payment) -> bool,
    limit: u32,
) -> Result<Vec<(User, Amount)>, BuyerError> {
    let users = match wanted {
        Wanted::Email(email) => buyers::by_email(tx, email)?.into_iter().collect(),
        Wanted::Name(name) => buyers::by_name(tx, name, limit)?,
        Wanted::ExternalId(id) => buyers::by_external_id(tx, id)?.into_iter().collect(),
        Wanted::Ticket(ticket) => of_ticket(tx, *ticket, is_genuine)?.into_iter().collect(),
    };
    users.into_iter().map(|user| with_balance(tx, user)).collect()
}

fn of_ticket(
    tx: &Tx,
    ticket: TicketKey,
    is_genuine: impl FnOnce(&Payment) -> bool,
) -> Result<Option<User>, BuyerError> {
    match payment::domain::payment_by_key(tx, ticket.payment()) {
        Ok(payment) if is_genuine(&payment) => {
            let holder = payment.tickets.iter().find(|of| of.key == ticket).and_then(|ticket| ticket.holder);
            Ok(account::domain::user(tx, holder.unwrap_or(payment.user))?)
        }
        Ok(_) | Err(PaymentError::NoSuchPayment) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn with_balance(tx: &Tx, user: User) -> Result<(User, Amount), BuyerError> {
    let balance = wallet::domain::wallet(tx, user.key)?.balance;
    Ok((user, balance))
}

/// A buyer and what they have.
///
/// # Errors
/// [`BuyerError::NoSuchUser`].
pub fn show_user(tx: &Tx, id: Uuid) -> Result<(User, Amount), BuyerError> {
    with_balance(tx, require(tx, id)?)
}

fn require(tx: &Tx, id: Uuid) -> Result<User, BuyerError> {
    account::domain::find_user(tx, id)?.filter(|user| !user.is_deleted()).ok_or(BuyerError::NoSuchUser)
}

/// A buyer whom the venue's own site made.
///
/// # Errors
/// [`BuyerError::NoSuchUser`]; [`BuyerError::NoMember`].
pub fn require_member(tx: &Tx, id: Uuid) -> Result<User, BuyerError> {
    let user = require(tx, id)?;
    if user.external_id.is_some() { Ok(user) } else { Err(BuyerError::NoMember) }
}

/// Corrects a buyer's name, language and address.
///
/// # Errors
/// [`BuyerError::NoSuchUser`]; [`AccountError::EmailTaken`].
pub fn correct_user(tx: &Tx, id: Uuid, correction: &Correction) -> Result<(User, Amount), BuyerError> {
    let user = require(tx, id)?;
    buyers::correct(tx, &user, correction)?;
    // What it was and is stays out of the log, which is kept for ever.
    let said = [
        ("email", correction.email.is_some()),
        ("name", correction.name.is_some()),
        ("language", correction.language.is_some()),
    ];
    let said: Vec<_> = said.into_iter().filter_map(|(what, is_said)| is_said.then_some(what)).collect();
    tx.audit(|| Note::on("user", id).after(json!({ "corrected": said })));
    show_user(tx, id)
}

/// Takes an account away: name, address, password and everything to log in by are gone at once. Postings, payments and tickets
/// stay whole, of an account without a name; a ticket still opens the door.
///
/// # Errors
/// [`BuyerError::BalanceLeft`] unless the balance is given up.
pub fn delete_account(tx: &Tx, user: &User, give_up_balance: bool) -> Result<(), BuyerError> {
    let balance = wallet::domain::wallet(tx, user.key)?.balance;
    if balance > Amount(0) && !give_up_balance {
        return Err(BuyerError::BalanceLeft(balance));
    }
    // From here it must succeed.
    Ok(buyers::forget(tx, user.key)?)
}

/// All payments and postings that an export shows at most; the lists show the rest.
pub const MOST_EXPORTED: u32 = 1000;

/// What the box office knows of a buyer's purchases.
///
/// # Errors
/// Only the store's.
pub fn export(tx: &Tx, user: UserKey) -> Result<(Vec<wallet::Posting>, Vec<Payment>), BuyerError> {
    use crate::wallet::domain::Chain;
    let (postings, _) =
        wallet::domain::postings(tx, user, Chain::All, None, MOST_EXPORTED).map_err(PaymentError::from)?;
    let (payments, _) = payment::domain::payments(tx, user, None, MOST_EXPORTED)?;
    Ok((postings, payments))
}
