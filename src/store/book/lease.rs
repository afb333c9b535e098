//! Who leads. One row says it: the leader's name, its epoch, and until when, by PostgreSQL's clock.
//!
//! The lease keeps others from trying; it is not what keeps two from selling. That is the fence: a leader whose epoch is not the
//! row's any more can commit nothing (`flush`), however late it wakes.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::address::Address;
use super::error::{BookError, at_postgres};
use super::link::Link;
use super::record::{Record, unlike_any_other};

/// A leader that was not heard of for so long, by PostgreSQL's clock, is taken for gone.
pub(super) const LEASE: &str = "interval '3 seconds'";
/// How often a leader says that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// How often one that stands by looks, and how long what it sees must not have moved by its own clock.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// A beat, and the time that a connection takes which is not answered.
const LOOKS_AFTER_A_BREAK: u32 = 4;
/// A leader that could not reach the book for so long no longer shows what it knows: it ends.
const SILENT_AT_MOST: Duration = Duration::from_secs(60);

/// Asked after each look in vain, with its number: shall it go on?
pub type Waits<'a> = &'a (dyn Fn(u32) -> bool + Sync);

/// Who contends or leads.
#[derive(Clone, Debug)]
pub(super) struct Me {
    /// Another name at each start.
    pub(super) name: String,
    /// Where other nodes reach it.
    pub(super) url: String,
}

impl Me {
    pub(super) fn at(url: &str) -> Self {
        let name = unlike_any_other().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { name, url: url.to_owned() }
    }
}

/// Where a new epoch begins.
pub(super) struct Begin {
    pub(super) epoch: i64,
    /// The last record.
    pub(super) last: Record,
}

fn begin(row: &tokio_postgres::Row) -> Begin {
    Begin { epoch: row.get(0), last: Record { seq: row.get(1), mark: row.get(2) } }
}

/// The lease as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    epoch: i64,
    pub(super) seq: i64,
    until: String,
}

/// One that looks whether it may lead.
#[derive(Default)]
pub(super) struct Contender {
    seen: Option<Seen>,
    /// So many looks more it takes nothing.
    waits: u32,
}

impl Contender {
    /// One that leaves some time to whoever led when all lost the book: its lease is over and it still leads.
    pub(super) fn after_a_break() -> Self {
        Self { seen: None, waits: LOOKS_AFTER_A_BREAK }
    }

    /// Looks once; gives the lease if it may be taken: it was given up, or it is over and has not moved since the look before,
    /// which was [`LOOK`] ago.
    ///
    /// # Errors
    /// The book moved away, or PostgreSQL is.
    pub(super) async fn look(&mut self, link: &Link) -> Result<Option<Seen>, BookError> {
        let look =
            "SELECT epoch, seq, until::text, until = '-infinity', until < clock_timestamp(), moved_to FROM office";
        let row = link.client.query_one(look, &[]).await.map_err(at_postgres)?;
        if let Some(to) = row.get::<_, Option<String>>(5) {
            return Err(BookError::Moved { to });
        }
        let now = Seen { epoch: row.get(0), seq: row.get(1), until: row.get(2) };
        let (is_free, is_over): (bool, bool) = (row.get(3), row.get(4));
        // By its own clock too: PostgreSQL's may be set.
        let may = is_free || (is_over && self.waits == 0 && self.seen.as_ref() == Some(&now));
        self.waits = self.waits.saturating_sub(1);
        self.seen = Some(now.clone());
        Ok(may.then_some(now))
    }
}

/// Ends whoever stopped in the middle of a transaction on the lease: its row would be locked for as long as it stands still, or
/// for the hours in which PostgreSQL finds out that a machine is gone. Whoever waits for PostgreSQL instead, such as for the commit's
/// standby, is left alone.
const END_WHO_STANDS_STILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) \
     WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() \
     AND locktype = 'relation' AND relation = 'office'::regclass AND mode = 'RowExclusiveLock' AND granted \
     AND wait_event_type = 'Client' AND xact_start < clock_timestamp() - interval '2 seconds'";

/// Leads from now on, if the lease is still as it was seen. No change of the epoch before can be committed after this.
pub(super) async fn take(link: &Link, me: &Me, seen: &Seen) -> Result<Option<Begin>, BookError> {
    link.client.query(END_WHO_STANDS_STILL, &[]).await.map_err(at_postgres)?;
    let take = format!(
        "UPDATE office SET epoch = epoch + 1, leader = $1, leader_url = $2, until = clock_timestamp() + {LEASE} \
         WHERE epoch = $3 AND seq = $4 AND until::text = $5 AND moved_to IS NULL RETURNING epoch, seq, mark"
    );
    let taken = link.client.query_opt(&take, &[&me.name, &me.url, &seen.epoch, &seen.seq, &seen.until]).await;
    Ok(taken.map_err(at_postgres)?.as_ref().map(begin))
}

/// Waits until this node may lead, and leads from then on; after each look that found another leading `waits` is asked, with
/// their number, whether to go on.
///
/// # Errors
/// [`BookError::Led`] when `waits` says no; the book moved away, or PostgreSQL is.
pub(super) async fn stand_by(link: &Link, me: &Me, waits: Waits<'_>) -> Result<Begin, BookError> {
    let mut contender = Contender::default();
    let mut looks = 0;
    loop {
        if let Some(seen) = contender.look(link).await?
            && let Some(begin) = take(link, me, &seen).await?
        {
            return Ok(begin);
        }
        looks += 1;
        if !waits(looks) {
            return Err(BookError::Led);
        }
        sleep(LOOK).await;
    }
}

/// A new epoch of the same leader, over a new connection: nothing that the old one still has under way can commit any more.
/// None when another leads.
pub(super) async fn raise(link: &Link, me: &Me) -> Result<Option<Begin>, BookError> {
    let raise = format!(
        "UPDATE office SET epoch = epoch + 1, until = clock_timestamp() + {LEASE} WHERE leader = $1 RETURNING epoch, seq, mark"
    );
    Ok(link.client.query_opt(&raise, &[&me.name]).await.map_err(at_postgres)?.as_ref().map(begin))
}

/// Gives the lead up, so that another need not wait for the lease to end.
pub(super) async fn release(link: &Link, me: &Me) {
    let release = "UPDATE office SET until = '-infinity' WHERE leader = $1";
    let _ = timeout(Duration::from_secs(2), link.client.execute(release, &[&me.name])).await;
}

/// Says every second that this leader is there, on a connection of its own, until `stop`; `lost` once another leads, or once
/// the book was out of reach for too long. A beat that waits for a standby waits as long as it takes: then nobody else can
/// begin to lead either.
pub(super) async fn beat(
    address: &Address,
    me: &Me,
    lost: &tokio::sync::watch::Sender<bool>,
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    let mut silent = Duration::ZERO;
    let mut link = None;
    let beating = async {
        loop {
            match beat_once(address, me, &mut link).await {
                Ok(true) => silent = Duration::ZERO,
                Ok(false) => {
                    tracing::error!("another box office leads at {address}: this one stops");
                    break;
                }
                Err(error) => {
                    link = None;
                    silent += BEAT;
                    tracing::warn!(%error, "the book is out of reach; nothing can be sold until it is back");
                    if silent >= SILENT_AT_MOST {
                        tracing::error!("{address} was out of reach for too long: this box office stops");
                        break;
                    }
                }
            }
            sleep(BEAT).await;
        }
        lost.send_replace(true);
    };
    tokio::select! {
        () = beating => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn beat_once(address: &Address, me: &Me, link: &mut Option<Link>) -> Result<bool, BookError> {
    let open = match link.take().filter(Link::is_open) {
        Some(open) => open,
        None => Link::open(address).await?,
    };
    let beat = format!("UPDATE office SET until = clock_timestamp() + {LEASE}, leader_url = $2 WHERE leader = $1");
    let met = open.client.execute(&beat, &[&me.name, &me.url]).await.map_err(at_postgres)?;
    *link = Some(open);
    Ok(met == 1)
}
