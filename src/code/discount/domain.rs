//! Making, finding, using and revoking discounts.

use uuid::Uuid;

use super::rules::{Discount, DiscountSpec, clean_code};
use super::sql;
use crate::catalog::{self, CatalogError};
use crate::code::error::CodeError;
use crate::ids::{ConcertKey, DiscountKey};
use crate::store::Tx;

/// Makes a discount for payments at a concert.
///
/// # Errors
/// [`CodeError::Invalid`], [`CatalogError::NoSuchPerformance`] unless it is the concert's, [`CodeError::Taken`].
pub fn create_discount(tx: &Tx, concert: ConcertKey, spec: &DiscountSpec) -> Result<Discount, CodeError> {
    let code = spec.check()?;
    let performance = match spec.performance {
        Some(id) => {
            let (key, of) = catalog::domain::find_performance(tx, id)?;
            if of != concert {
                return Err(CatalogError::NoSuchPerformance.into());
            }
            Some((key, id))
        }
        None => None,
    };
    if sql::by_code(tx, concert, &code)?.is_some() {
        return Err(CodeError::Taken);
    }
    // From here it must succeed.
    let mut discount = Discount {
        key: DiscountKey(0),
        id: tx.new_id(),
        concert,
        performance,
        code,
        worth: spec.worth,
        most_uses: spec.most_uses,
        uses: 0,
        is_revoked: false,
    };
    discount.key = sql::insert(tx, &discount)?;
    Ok(discount)
}

/// The discount of a concert with this code, if one use of it is left.
///
/// # Errors
/// [`CodeError::NoSuchCode`], also for a revoked one; [`CodeError::UsedUp`].
pub fn usable_discount(tx: &Tx, concert: ConcertKey, code: &str) -> Result<Discount, CodeError> {
    // What can be no code is nobody's.
    let code = clean_code(code).map_err(|_| CodeError::NoSuchCode)?;
    let discount = sql::by_code(tx, concert, &code)?.ok_or(CodeError::NoSuchCode)?;
    if discount.is_revoked {
        return Err(CodeError::NoSuchCode);
    }
    if discount.most_uses.is_some_and(|most| discount.uses >= most) {
        return Err(CodeError::UsedUp);
    }
    Ok(discount)
}

/// Uses a discount that [`usable_discount`] gave in this transaction.
///
/// # Errors
/// Only the store's.
pub fn use_discount(tx: &Tx, discount: &Discount) -> Result<(), CodeError> {
    Ok(sql::use_once(tx, discount.key)?)
}

/// Up to `limit` discounts of a concert, newest first, before `cursor`.
///
/// # Errors
/// Only the store's.
pub fn discounts(
    tx: &Tx,
    concert: ConcertKey,
    cursor: Option<DiscountKey>,
    limit: u32,
) -> Result<Vec<Discount>, CodeError> {
    Ok(sql::of_concert(tx, concert, cursor.unwrap_or(DiscountKey(i64::MAX)), limit)?)
}

/// Takes a discount out of use. What was paid with it stays as it is.
///
/// # Errors
/// [`CodeError::NotMade`].
pub fn revoke_discount(tx: &Tx, id: Uuid) -> Result<(), CodeError> {
    let discount = sql::by_id(tx, id)?.ok_or(CodeError::NotMade)?;
    // From here it must succeed.
    Ok(sql::revoke(tx, discount.key)?)
}
