//! The table `venue`: its one row.

use crate::brand::Brand;
use crate::store::{StoreError, Tx, params};
use crate::terms::Terms;

pub(super) fn terms(tx: &Tx) -> Result<Option<Terms>, StoreError> {
    tx.maybe(
        "SELECT name, currency, languages, time_zone, top_up_by, largest_top_up, seats_per_user, hold_seconds,
                admission_seconds, token_seconds, accent, logo, welcome
         FROM venue",
        params![],
        |row| {
            Ok(Terms {
                name: row.get(0)?,
                currency: row.get(1)?,
                languages: row.get(2)?,
                time_zone: row.get(3)?,
                top_up_by: row.get(4)?,
                largest_top_up: row.get(5)?,
                seats_per_user: row.get(6)?,
                hold_seconds: row.get(7)?,
                admission_seconds: row.get(8)?,
                token_seconds: row.get(9)?,
                brand: Brand { accent: row.get(10)?, logo: row.get(11)?, welcome: row.get(12)? },
                ..Terms::default()
            })
        },
    )
}

pub(super) fn insert(tx: &Tx, terms: &Terms) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO venue (venue_key, name, currency, languages, time_zone, top_up_by, largest_top_up, seats_per_user,
                            hold_seconds, admission_seconds, token_seconds, accent, logo, welcome)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            terms.name,
            terms.currency,
            terms.languages,
            terms.time_zone,
            terms.top_up_by,
            terms.largest_top_up,
            terms.seats_per_user,
            terms.hold_seconds,
            terms.admission_seconds,
            terms.token_seconds,
            terms.brand.accent,
            terms.brand.logo,
            terms.brand.welcome,
        ],
    )?;
    Ok(())
}

pub(super) fn update(tx: &Tx, terms: &Terms) -> Result<(), StoreError> {
    tx.change(
        "UPDATE venue SET name = ?1, currency = ?2, languages = ?3, time_zone = ?4, top_up_by = ?5, largest_top_up = ?6,
                          seats_per_user = ?7, hold_seconds = ?8, admission_seconds = ?9, token_seconds = ?10,
                          accent = ?11, logo = ?12, welcome = ?13
         WHERE venue_key = 1",
        params![
            terms.name,
            terms.currency,
            terms.languages,
            terms.time_zone,
            terms.top_up_by,
            terms.largest_top_up,
            terms.seats_per_user,
            terms.hold_seconds,
            terms.admission_seconds,
            terms.token_seconds,
            terms.brand.accent,
            terms.brand.logo,
            terms.brand.welcome,
        ],
    )
}
