//! Making, finding, using and ending codes.

use uuid::Uuid;

use crate::audit::Note;
use crate::catalog::{self, CatalogError, concert};
use crate::code::batch::{Batch, CodeSpec, CodeUses, CodesSpec, Gives, GivesSpec, NamedCode, UsableCode};
use crate::code::discount::Discount;
use crate::code::error::CodeError;
use crate::code::{sql, writing};
use crate::ids::{BatchKey, CodeKey, ConcertKey, UserKey};
use crate::queue::{Pass, QueueError, Tier, life};
use crate::store::Tx;
use crate::text;

/// Makes a batch of codes for a concert.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`], [`CodeError::Invalid`], [`CatalogError::NoSuchPerformance`] unless it is the concert's,
/// [`QueueError::PresaleOver`] for a presale once the draw is made, [`CodeError::Taken`].
pub fn create_codes(tx: &Tx, concert_id: Uuid, spec: &CodesSpec) -> Result<Batch, CodeError> {
    let concert = concert::domain::concert(tx, concert_id)?.key;
    spec.check()?;
    let name = text::name(&spec.name).map_err(|rule| CodeError::Invalid(format!("name {rule}.")))?;
    let gives = gives(tx, concert, spec.gives)?;
    let chosen = match &spec.codes {
        CodeSpec::Chosen(code) => Some(writing::clean(code)?),
        CodeSpec::Made(_) => None,
    };
    if let Some(code) = &chosen
        && sql::find(tx, concert, &writing::read(code))?.is_some()
    {
        return Err(CodeError::Taken);
    }
    // From here it must succeed.
    let code_count = if let CodeSpec::Made(quantity) = spec.codes { quantity } else { 1 };
    let (id, uses_per_code) = (tx.new_id(), spec.uses_per_code);
    let (key, changed_in) = (BatchKey(0), tx.seq());
    let mut batch = Batch {
        key,
        id,
        concert,
        concert_id,
        name,
        gives,
        uses_per_code,
        code_count,
        uses: 0,
        ended_at: None,
        changed_in,
    };
    batch.key = sql::insert_batch(tx, &batch)?;
    match chosen {
        Some(code) => {
            sql::insert_code(tx, &batch, &code, &writing::read(&code))?;
        }
        None => make_codes(tx, &batch)?,
    }
    Ok(batch)
}

fn gives(tx: &Tx, concert: ConcertKey, spec: GivesSpec) -> Result<Gives, CodeError> {
    match spec {
        GivesSpec::Discount(worth, None) => Ok(Gives::Discount(Discount { worth, performance: None })),
        GivesSpec::Discount(worth, Some(id)) => {
            let of = catalog::performance::domain::performance(tx, id)?;
            if of.concert != concert {
                return Err(CatalogError::NoSuchPerformance.into());
            }
            Ok(Gives::Discount(Discount { worth, performance: Some((of.key, id)) }))
        }
        GivesSpec::Presale(tier, opens_at) => {
            let queue = life::queue(tx, concert)?;
            if queue.drawn_at.is_some() || tx.wall() >= queue.on_sale_at {
                return Err(QueueError::PresaleOver.into());
            }
            Ok(Gives::Presale(Pass { tier: Tier(tier), opens_at }))
        }
    }
}

fn make_codes(tx: &Tx, batch: &Batch) -> Result<(), CodeError> {
    let mut made = 0;
    while made < batch.code_count {
        let mut bytes = [0; writing::CODE_BYTES];
        tx.entropy().fill(&mut bytes);
        let code = writing::write(bytes);
        // One that the concert has already counts for nothing.
        made += u32::from(sql::insert_code(tx, batch, &code, &writing::read(&code))?);
    }
    Ok(())
}

/// Up to `limit` batches of a concert, newest first, before `cursor`.
///
/// # Errors
/// [`CatalogError::NoSuchConcert`].
pub fn batches(tx: &Tx, concert_id: Uuid, cursor: Option<BatchKey>, limit: u32) -> Result<Vec<Batch>, CodeError> {
    let concert = concert::domain::concert(tx, concert_id)?.key;
    Ok(sql::batches(tx, concert, cursor.unwrap_or(BatchKey(i64::MAX)), limit)?)
}

/// The batch with this id.
///
/// # Errors
/// [`CodeError::NoSuchBatch`].
pub fn batch(tx: &Tx, id: Uuid) -> Result<Batch, CodeError> {
    sql::batch(tx, id)?.ok_or(CodeError::NoSuchBatch)
}

/// Up to `limit` codes of a batch in the order in which they were made, after `cursor`.
///
/// # Errors
/// Only the store's.
pub fn codes(tx: &Tx, batch: &Batch, cursor: Option<CodeKey>, limit: u32) -> Result<Vec<CodeUses>, CodeError> {
    Ok(sql::codes(tx, batch.key, cursor.unwrap_or(CodeKey(0)), limit)?)
}

/// A code by its key, as people know it.
///
/// # Errors
/// [`CodeError::NoSuchCode`].
pub fn named(tx: &Tx, code: CodeKey) -> Result<NamedCode, CodeError> {
    sql::named(tx, code)?.ok_or(CodeError::NoSuchCode)
}

/// Takes a batch's codes out of use. What was paid with them, and who joined with them, stays.
///
/// # Errors
/// Only the store's.
pub fn end_codes(tx: &Tx, batch: &Batch) -> Result<(), CodeError> {
    sql::end(tx, batch.key)?;
    tx.audit(|| Note::on("code_batch", batch.id).before(serde_json::json!({ "name": batch.name, "uses": batch.uses })));
    Ok(())
}

fn usable(tx: &Tx, concert: ConcertKey, code: &str) -> Result<(UsableCode<Gives>, bool), CodeError> {
    let found = sql::find(tx, concert, &writing::read(code))?.ok_or(CodeError::NoSuchCode)?;
    if found.is_ended {
        return Err(CodeError::NoSuchCode);
    }
    let is_used_up = found.most_uses.is_some_and(|most| found.uses >= most);
    Ok((UsableCode { key: found.key, batch: found.batch, gives: found.gives }, is_used_up))
}

/// The discount that a code of this concert gives, if one use of it is left.
///
/// # Errors
/// [`CodeError::NoSuchCode`], also for one that is no discount or was ended; [`CodeError::UsedUp`].
pub fn discount(tx: &Tx, concert: ConcertKey, code: &str) -> Result<UsableCode<Discount>, CodeError> {
    let (UsableCode { key, batch, gives }, is_used_up) = usable(tx, concert, code)?;
    let Gives::Discount(gives) = gives else { return Err(CodeError::NoSuchCode) };
    if is_used_up { Err(CodeError::UsedUp) } else { Ok(UsableCode { key, batch, gives }) }
}

/// Uses a discount that [`discount`] gave in this transaction.
///
/// # Errors
/// Only the store's.
pub fn use_discount(tx: &Tx, code: &UsableCode<Discount>) -> Result<(), CodeError> {
    Ok(sql::use_once(tx, code.key, code.batch)?)
}

/// The pass that a presale code of this concert gives this buyer: whoever has used it already uses it for nothing.
///
/// # Errors
/// [`CodeError::NoSuchCode`], also for one that is no presale's or was ended; [`CodeError::UsedUp`].
pub fn presale(tx: &Tx, concert: ConcertKey, user: UserKey, code: &str) -> Result<UsableCode<Pass>, CodeError> {
    let (UsableCode { key, batch, gives }, is_used_up) = usable(tx, concert, code)?;
    let Gives::Presale(gives) = gives else { return Err(CodeError::NoSuchCode) };
    if is_used_up && !sql::is_bearer(tx, key, user)? {
        return Err(CodeError::UsedUp);
    }
    Ok(UsableCode { key, batch, gives })
}

/// Makes the buyer the bearer of a code that [`presale`] gave in this transaction.
///
/// # Errors
/// Only the store's.
pub fn bear(tx: &Tx, code: &UsableCode<Pass>, user: UserKey) -> Result<(), CodeError> {
    if sql::insert_bearer(tx, code.key, user)? {
        sql::use_once(tx, code.key, code.batch)?;
    }
    Ok(())
}
