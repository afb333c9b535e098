//! Keeping a performance's prices.

use std::collections::BTreeMap;

use super::sql;
use crate::catalog::error::CatalogError;
use crate::catalog::prices::list::{Prices, TicketType};
use crate::ids::{PerformanceKey, TypeNo};
use crate::money::Amount;
use crate::store::{StoreError, Tx};

/// The prices of a performance.
pub(in crate::catalog) fn prices(tx: &Tx, performance: PerformanceKey) -> Result<Prices, StoreError> {
    let mut list = Prices::default();
    for (type_no, of, is_sold) in sql::ticket_types(tx, performance)? {
        list.put_type(type_no, of, is_sold);
    }
    for (grade, type_no, price) in sql::prices(tx, performance)? {
        list.put(&grade, type_no, price);
    }
    Ok(list)
}

/// Forgets the prices of a performance that is taken back.
pub(in crate::catalog) fn forget(tx: &Tx, performance: PerformanceKey) -> Result<(), StoreError> {
    sql::delete_prices(tx, performance)
}

/// The name of a performance's ticket type.
pub(in crate::catalog) fn type_name(
    tx: &Tx,
    performance: PerformanceKey,
    of: TypeNo,
) -> Result<Option<String>, StoreError> {
    sql::type_name(tx, performance, of)
}

/// Gives a new performance its prices.
pub(in crate::catalog) fn keep(tx: &Tx, performance: PerformanceKey, prices: &Prices) -> Result<(), StoreError> {
    for (place, (type_no, of)) in (0..).zip(prices.types()) {
        insert(tx, performance, type_no, place, of, &prices.of_type(type_no))?;
    }
    Ok(())
}

fn insert(
    tx: &Tx,
    performance: PerformanceKey,
    type_no: TypeNo,
    place: u32,
    of: &TicketType,
    prices: &BTreeMap<&str, Amount>,
) -> Result<(), StoreError> {
    sql::insert_ticket_type(tx, performance, type_no, place, of)?;
    for (grade, price) in prices {
        sql::insert_price(tx, performance, grade, type_no, *price)?;
    }
    Ok(())
}

/// So many ticket types a performance has had at most, whatever has become of them.
const MOST_EVER: u16 = 1_000;

/// The type of this name and these prices, if the performance ever had it.
fn known(was: &Prices, of: &TicketType, prices: &BTreeMap<&str, Amount>) -> Option<TypeNo> {
    let is_it = |known: &(TypeNo, &TicketType)| known.1.name == of.name && was.of_type(known.0) == *prices;
    was.all_types().find(is_it).map(|(type_no, _)| type_no)
}

/// Checks that a performance may have other prices once more.
///
/// # Errors
/// [`CatalogError::Invalid`].
pub(in crate::catalog) fn require_room(was: &Prices, new: &Prices) -> Result<(), CatalogError> {
    let are_new = new.types().filter(|(new_no, of)| known(was, of, &new.of_type(*new_no)).is_none()).count();
    if was.all_types().count() + are_new > usize::from(MOST_EVER) {
        return CatalogError::invalid(format!(
            "a performance has {MOST_EVER} ticket types at most, those from before included"
        ));
    }
    Ok(())
}

/// Gives a performance other prices: [`require_room`] has seen that it may have them. A type that has the name and the prices of
/// one that it had is that one; any other is a new one.
pub(in crate::catalog) fn change(
    tx: &Tx,
    performance: PerformanceKey,
    was: &Prices,
    new: &Prices,
) -> Result<(), StoreError> {
    sql::end_types(tx, performance)?;
    let mut next = was.all_types().map(|(type_no, _)| type_no.0 + 1).max().unwrap_or_default();
    for (place, (new_no, of)) in (0..).zip(new.types()) {
        let prices = new.of_type(new_no);
        match known(was, of, &prices) {
            Some(known) => sql::sell_type(tx, performance, known, place, of)?,
            None => {
                insert(tx, performance, TypeNo(next), place, of, &prices)?;
                next += 1;
            }
        }
    }
    Ok(())
}

/// Does anything have a price?
pub(in crate::catalog) fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    sql::any_price(tx)
}
