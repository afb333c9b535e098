//! Keeping a performance's prices.

use super::sql;
use crate::catalog::prices::list::Prices;
use crate::ids::{PerformanceKey, TypeNo};
use crate::store::{StoreError, Tx};

/// The prices of a performance.
pub(in crate::catalog) fn prices(tx: &Tx, performance: PerformanceKey) -> Result<Prices, StoreError> {
    let mut list = Prices::of_types(sql::ticket_types(tx, performance)?);
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
    for (type_no, of) in (0..).map(TypeNo).zip(prices.types()) {
        sql::insert_ticket_type(tx, performance, type_no, of)?;
    }
    for (grade, of_grade) in prices.by_grade() {
        for &(type_no, price) in of_grade {
            sql::insert_price(tx, performance, grade, type_no, price)?;
        }
    }
    Ok(())
}

/// Does anything have a price?
pub(in crate::catalog) fn any_price(tx: &Tx) -> Result<bool, StoreError> {
    sql::any_price(tx)
}
