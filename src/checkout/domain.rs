//! Opening, beginning and settling checkouts. What a provider says comes in as [`Seen`]; nothing here speaks to one.

use std::sync::Arc;

use uuid::Uuid;

use crate::actor::Actor;
use crate::catalog::Performance;
use crate::catalog::concert;
use crate::checkout::error::CheckoutError;
use crate::checkout::providers::{Begun, Seen};
use crate::checkout::record::{Checkout, CheckoutState, Mismatch, ProviderName, Unpaid, Wish};
use crate::checkout::rules::{self, Step};
use crate::checkout::sql;
use crate::clock::Instant;
use crate::code::CodeError;
use crate::ids::{CheckoutKey, SeatId, UserKey};
use crate::money::Amount;
use crate::paging::cut;
use crate::payment::{self, Basket, Payment, PaymentError};
use crate::queue::{self, QueueError};
use crate::reservation::HoldError;
use crate::store::{StoreError, Tx};
use crate::waitlist::WaitlistError;
use crate::wallet::{self, WalletError};

/// What a buyer wants to be paid for with the money.
#[derive(Clone, Debug)]
pub struct Then {
    /// The concert.
    pub concert: Uuid,
    /// Seats that the buyer holds there.
    pub seats: Vec<SeatId>,
    /// What they cost.
    pub amount: Amount,
    /// A discount code.
    pub code: Option<String>,
}

/// What a buyer wants to pay, through whom.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How much.
    pub amount: Amount,
    /// The provider.
    pub provider: ProviderName,
    /// Our account there, as far as it is known.
    pub account: Option<String>,
    /// Real money, not a test's.
    pub is_live: bool,
    /// Until when it may be paid.
    pub seconds: u32,
    /// What is paid for then.
    pub then: Option<Then>,
}

/// Writes a checkout down, before its provider hears of it.
///
/// # Errors
/// [`CheckoutError::AmountOutOfRange`]; [`CatalogError::NoSuchConcert`](crate::catalog::CatalogError::NoSuchConcert);
/// [`WalletError::BalanceTooLarge`].
pub fn open_checkout(tx: &Tx, user: UserKey, wanted: &Wanted) -> Result<Checkout, CheckoutError> {
    let largest = tx.terms().largest_top_up;
    if wanted.amount < Amount(1) || wanted.amount > largest {
        return Err(CheckoutError::AmountOutOfRange(largest));
    }
    let wish = match &wanted.then {
        None => None,
        Some(then) => Some(Wish {
            concert: concert::domain::concert(tx, then.concert)?.key.0,
            seats: then.seats.iter().map(ToString::to_string).collect(),
            amount: then.amount,
            code: then.code.clone(),
        }),
    };
    wallet::domain::require_room(tx, user, wanted.amount)?;
    // From here it must succeed.
    let mut checkout = Checkout {
        key: CheckoutKey(0),
        id: tx.new_id(),
        user,
        provider: wanted.provider,
        account: wanted.account.clone(),
        is_live: wanted.is_live,
        amount: wanted.amount,
        currency: tx.terms().currency.code().to_owned(),
        state: CheckoutState::Created,
        reference: None,
        redirect_url: None,
        parameters: None,
        wish,
        opened_at: tx.now(),
        ends_at: tx.now().plus_seconds(wanted.seconds),
        next_at: None,
        asked: 0,
        settled_at: None,
        posting: None,
        payment: None,
        unpaid: None,
        mismatch: None,
        problem: None,
        refunded: Amount(0),
    };
    checkout.next_at = rules::next_at(&checkout, checkout.state, 0, tx.now());
    checkout.key = sql::insert(tx, &checkout)?;
    Ok(checkout)
}

/// A checkout, whoever's it is.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`].
pub fn checkout(tx: &Tx, id: Uuid) -> Result<Checkout, CheckoutError> {
    sql::find(tx, id)?.ok_or(CheckoutError::NoSuchCheckout)
}

/// A checkout of this user.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`], also when it is somebody else's.
pub fn own_checkout(tx: &Tx, user: UserKey, id: Uuid) -> Result<Checkout, CheckoutError> {
    sql::find(tx, id)?.filter(|checkout| checkout.user == user).ok_or(CheckoutError::NoSuchCheckout)
}

/// Up to `limit` checkouts older than `cursor`, newest first, perhaps only those in one state; and the cursor of the page
/// that follows, if one does.
///
/// # Errors
/// [`CheckoutError::NoSuchCursor`].
pub fn list_checkouts(
    tx: &Tx,
    state: Option<CheckoutState>,
    cursor: Option<Uuid>,
    limit: u32,
) -> Result<(Vec<Checkout>, Option<Uuid>), CheckoutError> {
    let before = match cursor {
        Some(id) => sql::find(tx, id)?.ok_or(CheckoutError::NoSuchCursor)?.key,
        None => CheckoutKey(i64::MAX),
    };
    let mut page = match state {
        Some(state) => sql::list_in(tx, state, before, limit + 1)?,
        None => sql::list(tx, before, limit + 1)?,
    };
    let next = cut(&mut page, limit).map(|last| last.id);
    Ok((page, next))
}

/// How many checkouts are disputed, up to a hundred.
///
/// # Errors
/// Only the store's.
pub fn count_disputed(tx: &Tx) -> Result<u32, StoreError> {
    sql::count_in(tx, CheckoutState::Disputed)
}

/// How much was to go back through a provider, several times in vain; up to a hundred.
///
/// # Errors
/// Only the store's.
pub fn count_stuck_refunds(tx: &Tx) -> Result<u32, StoreError> {
    sql::count_stuck_back(tx)
}

/// Up to `limit` checkouts that are to be asked after.
///
/// # Errors
/// Only the store's.
pub fn due(tx: &Tx, limit: u32) -> Result<Vec<Checkout>, StoreError> {
    sql::due(tx, limit)
}

/// When the next one is to be asked after.
///
/// # Errors
/// Only the store's.
pub fn next_due(tx: &Tx) -> Result<Option<Instant>, StoreError> {
    sql::next_due(tx)
}

/// The provider has the checkout: the buyer may pay. Gives it as it is now.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`].
pub fn begun(tx: &Tx, id: Uuid, begun: &Begun) -> Result<Checkout, CheckoutError> {
    let was = checkout(tx, id)?;
    let parameters = begun.parameters.as_ref().map(ToString::to_string);
    // Nothing to do where it was begun before, or ended meanwhile.
    sql::begun(tx, &was, begun.reference.as_deref(), begun.redirect_url.as_deref(), parameters.as_deref())?;
    checkout(tx, id)
}

/// The provider refuses to begin: nobody can pay it. Gives it as it is now.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`].
pub fn refused(tx: &Tx, id: Uuid, problem: &str) -> Result<Checkout, CheckoutError> {
    let was = checkout(tx, id)?;
    if was.state == CheckoutState::Created {
        let next_at = rules::next_at(&was, CheckoutState::Failed, was.asked, tx.now());
        sql::end(tx, &was, CheckoutState::Failed, None, Some(problem), next_at)?;
    }
    checkout(tx, id)
}

/// The provider said nothing: it is asked again later.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`].
pub fn not_seen(tx: &Tx, id: Uuid) -> Result<(), CheckoutError> {
    let was = checkout(tx, id)?;
    let next_at = rules::next_at(&was, was.state, was.asked + 1, tx.now());
    Ok(sql::asked(tx, &was, None, next_at)?)
}

/// Writes down what the provider says of a checkout: the one place where its money comes in. Whoever calls it, however often
/// and in which order, a checkout is credited once. `performances` are those of its wish, as memory knows them. Gives it as it
/// is now, and what it paid for just now.
///
/// # Errors
/// [`CheckoutError::NoSuchCheckout`].
pub fn settle(
    tx: &Tx,
    id: Uuid,
    seen: &Seen,
    performances: &[Arc<Performance>],
) -> Result<(Checkout, Option<Payment>), CheckoutError> {
    let was = checkout(tx, id)?;
    tx.act_as(Actor::Buyer(was.user));
    let end = |state, mismatch| {
        let next_at = rules::next_at(&was, state, was.asked + 1, tx.now());
        sql::end(tx, &was, state, mismatch, None, next_at)
    };
    let mut paid = None;
    match rules::step(&was, seen, tx.now()) {
        Step::Stay if was.next_at.is_none() => {}
        Step::Stay => {
            let next_at = rules::next_at(&was, was.state, was.asked + 1, tx.now());
            sql::asked(tx, &was, seen.reference.as_deref(), next_at)?;
        }
        Step::Become(state) => end(state, None)?,
        Step::Dispute(mismatch) => end(CheckoutState::Disputed, Some(mismatch))?,
        Step::Credit => match wallet::domain::come_in(tx, was.user, was.amount) {
            Err(WalletError::BalanceTooLarge) => end(CheckoutState::Disputed, Some(Mismatch::Room))?,
            Err(error) => return Err(error.into()),
            Ok(posting) => {
                sql::credit(tx, &was, posting.key, seen.reference.as_deref())?;
                paid = pay_wish(tx, &was, performances)?;
            }
        },
    }
    Ok((checkout(tx, id)?, paid))
}

/// Pays for what the buyer wished for, if it is still held and costs what it did; else the money stays on the balance.
fn pay_wish(tx: &Tx, of: &Checkout, performances: &[Arc<Performance>]) -> Result<Option<Payment>, CheckoutError> {
    let Some(wish) = &of.wish else { return Ok(None) };
    let (payment, unpaid) = match try_pay(tx, of.user, wish, performances)? {
        Ok(payment) => (Some(payment), None),
        Err(unpaid) => (None, Some(unpaid)),
    };
    sql::wished(tx, of, payment.as_ref().map(|payment| payment.key), unpaid)?;
    Ok(payment)
}

fn try_pay(
    tx: &Tx,
    user: UserKey,
    wish: &Wish,
    performances: &[Arc<Performance>],
) -> Result<Result<Payment, Unpaid>, CheckoutError> {
    let visit = match queue::domain::current_entry(tx, wish.concert(), user).and_then(|e| e.require_admitted(tx.now()))
    {
        Ok(visit) => visit,
        Err(QueueError::Store(error)) => return Err(error.into()),
        Err(_) => return Ok(Err(Unpaid::VisitOver)),
    };
    let seat_ids = wish.seat_ids();
    let judged = |error| match error {
        // A refusal has changed nothing; what failed half way must not be committed.
        PaymentError::Store(error)
        | PaymentError::Wallet(WalletError::Store(error))
        | PaymentError::Queue(QueueError::Store(error))
        | PaymentError::Seats(HoldError::Store(error))
        | PaymentError::Code(CodeError::Store(error))
        | PaymentError::Waitlist(WaitlistError::Store(error)) => Err(CheckoutError::Store(error)),
        PaymentError::AmountMismatch(_) => Ok(Unpaid::PriceChanged),
        _ => Ok(Unpaid::Refused),
    };
    match payment::domain::takes_more(tx, &visit, &seat_ids) {
        Ok(false) => {}
        Ok(true) => return Ok(Err(Unpaid::HoldsOver)),
        Err(error) => return judged(error).map(Err),
    }
    let basket = Basket { code: wish.code.clone(), ..Basket::of(seat_ids) };
    match payment::domain::pay(tx, &visit, performances, &basket, wish.amount) {
        Ok((payment, _)) => Ok(Ok(payment)),
        Err(error) => judged(error).map(Err),
    }
}
