//! Finding, making and correcting buyers, and taking an account away: what binds an account to its money and tickets.

use serde_json::json;
use uuid::Uuid;

use crate::account::buyers::{self, Correction};
use crate::account::{self, AccountError, User};
use crate::audit::Note;
use crate::checkout;
use crate::ids::{TicketKey, UserKey};
use crate::money::Amount;
use crate::payment::{self, Payment, PaymentError};
use crate::queue::{self, QueueError};
use crate::store::{StoreError, Tx};
use crate::visit::{self, VisitError};
use crate::waitlist::{self, WaitlistError};
use crate::wallet::{self, WalletError};

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
    /// Two accounts have too much history to be made one in one commit.
    #[error("too much history")]
    TooMuch,
    /// The waiting room's refusal.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The visit's refusal.
    #[error(transparent)]
    Visit(#[from] VisitError),
    /// The waitlist's refusal.
    #[error(transparent)]
    Waitlist(#[from] WaitlistError),
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
    end_places(tx, user.key)?;
    Ok(buyers::forget(tx, user.key)?)
}

/// Ends a user's places in line and on waitlists; what they hold is free.
fn end_places(tx: &Tx, user: UserKey) -> Result<(), BuyerError> {
    for queue in queue::domain::queues(tx)? {
        match queue::domain::current_entry(tx, queue.concert, user) {
            Ok(entry) => visit::domain::leave_queue(tx, &entry)?,
            Err(QueueError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
        match waitlist::domain::leave_waitlist(tx, queue.concert, user) {
            Err(WaitlistError::Store(error)) => return Err(error.into()),
            Ok(()) | Err(WaitlistError::NotOn) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Makes an account one with another, which stays: balance, history, payments and tickets are the other's from then on. The one that
/// goes is as a deleted one: its sessions are over, and its places in line and on waitlists.
///
/// # Errors
/// [`BuyerError::NoSuchUser`]; as [`buyers::require_two`]; [`BuyerError::TooMuch`]; [`WalletError::BalanceTooLarge`].
pub fn merge_users(tx: &Tx, into: Uuid, from: Uuid, takes_address: bool) -> Result<(), BuyerError> {
    let (into, from) = (require(tx, into)?, require(tx, from)?);
    buyers::require_two(&from, &into)?;
    let histories = match wallet::merge::histories(tx, from.key, into.key) {
        Err(WalletError::TooLong) => return Err(BuyerError::TooMuch),
        histories => histories.map_err(PaymentError::from)?,
    };
    let handed = payment::follow::handed(tx, from.key)?.ok_or(BuyerError::TooMuch)?;
    // From here it must succeed.
    end_places(tx, from.key)?;
    let (moved, payments) = (histories.moved(), histories.payments().collect::<Vec<_>>());
    wallet::merge::merge(tx, from.key, into.key, histories)?;
    payment::follow::follow(tx, payments.iter().copied(), &handed, (from.key, into.key))?;
    checkout::domain::follow(tx, from.key, into.key)?;
    buyers::merge(tx, &from, &into, takes_address)?;
    let after = || json!({ "merged": from.id, "postings": moved, "payments": payments.len() });
    tx.audit(|| Note::on("user", into.id).after(after()));
    tx.audit(|| Note::on("user", from.id).after(json!({ "merged_into": into.id })));
    Ok(())
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
