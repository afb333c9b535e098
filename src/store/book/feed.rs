//! The feed: what every group changed, in the order of the commits, for the nodes that follow. The leader writes a record in
//! the transaction that puts the group's rows into the tables; it stands there if and only if they do. Each names the record
//! before by its mark, so whoever follows knows whether what it has is what the book has.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::Row;

use super::address::Address;
use super::error::{BookError, at_postgres};
use super::lease::LEASE;
use super::link::Link;
use super::record::Record;
use super::written::{self, Written};

/// So long a record is kept at least: who is further behind loads the book anew.
const KEPT: &str = "interval '15 minutes'";
/// How often older ones are looked for, and how many go at once: no change waits for that.
const FORGET_EVERY: Duration = Duration::from_secs(5);
const FORGOTTEN_AT_ONCE: i64 = 2000;
/// So many records are asked for at once.
pub(super) const AT_ONCE: usize = 64;

/// A record is not compressed a second time: it is small as it is.
pub(super) const CREATE: &str = "CREATE TABLE feed (seq bigint PRIMARY KEY, epoch bigint NOT NULL, mark bytea NOT NULL,
    before bytea NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), record bytea NOT NULL);
    ALTER TABLE feed ALTER record SET STORAGE EXTERNAL";

/// Number, epoch, mark, mark of the record before, what it says.
pub(super) const ADD: &str = "INSERT INTO feed (seq, epoch, mark, before, record) VALUES ($1, $2, $3, $4, $5)";

/// Tells those who follow that there is something. Outside the transaction: inside it would make all venues of a server wait
/// for each other. It may get lost; they look by themselves too.
pub(super) fn hint(address: &Address) -> String {
    format!("NOTIFY \"{}\"", address.schema)
}

pub(super) fn listen(address: &Address) -> String {
    format!("LISTEN \"{}\"", address.schema)
}

/// Where the book stands, and what came after the record with this number, in one look.
pub(super) fn ask() -> String {
    format!(
        "SELECT o.seq, o.mark, o.epoch, o.leader_url, o.until < clock_timestamp() - {LEASE}, o.moved_to, f.seq, f.mark, f.before, f.record \
         FROM office o LEFT JOIN LATERAL (SELECT seq, mark, before, record FROM feed WHERE seq > $1 ORDER BY seq LIMIT {AT_ONCE}) f \
         ON true ORDER BY f.seq"
    )
}

/// What the book says of itself.
pub(super) struct Office {
    pub(super) last: Record,
    pub(super) epoch: i64,
    /// Where the leader is reached; nothing once it has given the lead up or was not heard of for twice its lease. One that only
    /// stalls still answers, and what it may not commit is fenced.
    pub(super) leader: Option<String>,
    pub(super) moved_to: Option<String>,
}

/// A record of the feed.
pub(crate) struct Entry {
    pub(super) record: Record,
    pub(super) before: Vec<u8>,
    pub(super) written: Written,
}

/// Takes an answer to [`ask`] apart; gives why a record in it cannot be read.
pub(super) fn answered(rows: &[Row]) -> Result<(Office, Vec<Entry>), String> {
    let first = rows.first().ok_or("the book has no row that says where it stands")?;
    let is_over: bool = first.get(4);
    let office = Office {
        last: Record { seq: first.get(0), mark: first.get(1) },
        epoch: first.get(2),
        leader: Some(first.get::<_, String>(3)).filter(|url| !is_over && !url.is_empty()),
        moved_to: first.get(5),
    };
    let entry = |row: &Row| -> Result<Option<Entry>, String> {
        let Some(seq) = row.get::<_, Option<i64>>(6) else { return Ok(None) };
        let written = written::read(row.get(9)).map_err(|why| format!("record {seq} cannot be read: {why}"))?;
        Ok(Some(Entry { record: Record { seq, mark: row.get(7) }, before: row.get(8), written }))
    };
    let entries = rows.iter().map(entry).collect::<Result<Vec<_>, String>>()?;
    Ok((office, entries.into_iter().flatten().collect()))
}

/// Looks whether the records follow the last one here without a gap, up to where the book stands; gives what does not fit.
pub(super) fn check_chain(here: &Record, there: &Record, entries: &[Entry]) -> Result<(), String> {
    let mut last = here;
    for entry in entries {
        let seq = entry.record.seq;
        if seq != last.seq + 1 {
            return Err(format!("the record after {} is not kept any more: the feed begins at {seq}", last.seq));
        }
        if entry.before != last.mark {
            return Err(format!("record {seq} does not follow on the one that this node has"));
        }
        last = &entry.record;
    }
    if entries.len() < AT_ONCE && last != there {
        return Err(format!("the book stands at {}, and this node's last record is {}", there.seq, last.seq));
    }
    Ok(())
}

/// Forgets old records for as long as it runs. A record that stays for longer does no harm.
pub(super) async fn forget(address: &Address) {
    let mut link = None;
    loop {
        sleep(FORGET_EVERY).await;
        match forget_some(address, &mut link).await {
            Ok(()) => {}
            Err(error) => {
                link = None;
                tracing::debug!(%error, "old records of the feed stay for now");
            }
        }
    }
}

async fn forget_some(address: &Address, link: &mut Option<Link>) -> Result<(), BookError> {
    let open = match link.take().filter(Link::is_open) {
        Some(open) => open,
        None => Link::open(address).await?,
    };
    // Only the oldest are looked at, by their key.
    let forget = format!(
        "DELETE FROM feed WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM feed ORDER BY seq LIMIT {FORGOTTEN_AT_ONCE}) oldest \
         WHERE at < clock_timestamp() - {KEPT})"
    );
    // What is forgotten twice is forgotten: it need not wait for a standby.
    open.client.batch_execute("SET synchronous_commit TO off").await.map_err(at_postgres)?;
    while open.client.execute(&forget, &[]).await.map_err(at_postgres)? == FORGOTTEN_AT_ONCE as u64 {}
    *link = Some(open);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seq: i64) -> Record {
        Record { seq, mark: vec![seq as u8] }
    }

    fn chain(from: i64, to: i64) -> Vec<Entry> {
        let entry = |seq| {
            let written = Written { parts: Vec::new(), rows: Vec::new(), facts: Vec::new() };
            Entry { record: record(seq), before: record(seq - 1).mark, written }
        };
        (from..=to).map(entry).collect()
    }

    #[test]
    fn a_chain_begins_at_what_is_here_has_no_gap_and_ends_where_the_book_stands() {
        let check = |here, there, entries: &[Entry]| check_chain(&record(here), &record(there), entries);
        assert_eq!(check(4, 4, &[]), Ok(()));
        assert_eq!(check(4, 7, &chain(5, 7)), Ok(()));
        let most = AT_ONCE as i64;
        assert_eq!(check(0, most + 5, &chain(1, most)), Ok(()), "there are more, for the next look");
        assert!(check(4, 7, &[]).is_err(), "the feed has lost what came after");
        assert!(check(4, 7, &chain(6, 7)).is_err(), "a gap at its beginning");
        assert!(check(4, 3, &[]).is_err(), "the book lost what this node has");
        assert!(check(4, 8, &chain(5, 7)).is_err(), "it ends too early");
        let mut broken = chain(5, 7);
        broken[1].record.mark = vec![0];
        assert!(check(4, 7, &broken).is_err(), "a record that another one follows");
        assert!(check_chain(&Record { seq: 4, mark: vec![9] }, &record(7), &chain(5, 7)).is_err(), "another history");
        assert!(check_chain(&Record { seq: 4, mark: vec![9] }, &record(4), &[]).is_err(), "another history, at rest");
    }
}
