//! Who leads. One row says it: the leader's name, its epoch, and until when, by PostgreSQL's clock.
//!
//! The lease keeps others from trying; it is not what keeps two from selling. That is the fence: a leader whose epoch is not the
//! row's any more can commit nothing (`flush`), however late it wakes.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::address::Address;
use super::error::{BookError, at_postgres};
use super::link::Link;

/// A leader that was not heard of for so long, by PostgreSQL's clock, is taken for gone.
pub(super) const LEASE: &str = "interval '3 seconds'";
/// How often a leader says that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// How often one that stands by looks, and how long what it sees must not have moved by its own clock.
const LOOK: Duration = Duration::from_secs(1);
/// A leader that could not reach the book for so long no longer shows what it knows: it ends.
const SILENT_AT_MOST: Duration = Duration::from_secs(60);

/// Asked after each look in vain, with its number: shall it go on?
pub type Waits<'a> = &'a (dyn Fn(u32) -> bool + Sync);

/// Where a new epoch begins.
pub(super) struct Begin {
    pub(super) epoch: i64,
    pub(super) seq: i64,
    /// Of the last record; none has the same.
    pub(super) mark: Vec<u8>,
}

fn begin(row: &tokio_postgres::Row) -> Begin {
    Begin { epoch: row.get(0), seq: row.get(1), mark: row.get(2) }
}

/// Waits until this node may lead, and leads from then on; after each look that found another leading `waits` is asked, with
/// their number, whether to go on. No change of the epoch before can be committed after this.
///
/// # Errors
/// [`BookError::Led`] when `waits` says no; the book moved away, or PostgreSQL is.
pub(super) async fn stand_by(link: &Link, node: &str, waits: Waits<'_>) -> Result<Begin, BookError> {
    let look = "SELECT epoch, seq, until::text, until = '-infinity', until < clock_timestamp(), moved_to FROM office";
    let take = format!(
        "UPDATE office SET epoch = epoch + 1, leader = $1, until = clock_timestamp() + {LEASE} \
         WHERE epoch = $2 AND seq = $3 AND until::text = $4 RETURNING epoch, seq, mark"
    );
    let mut seen: Option<(i64, i64, String)> = None;
    let mut looks = 0;
    loop {
        let row = link.client.query_one(look, &[]).await.map_err(at_postgres)?;
        if let Some(to) = row.get::<_, Option<String>>(5) {
            return Err(BookError::Moved { to });
        }
        let now: (i64, i64, String) = (row.get(0), row.get(1), row.get(2));
        let (is_free, is_over): (bool, bool) = (row.get(3), row.get(4));
        // By its own clock too: PostgreSQL's may be set.
        if is_free || (is_over && seen.as_ref() == Some(&now)) {
            let taken = link.client.query_opt(&take, &[&node, &now.0, &now.1, &now.2]).await.map_err(at_postgres)?;
            if let Some(row) = taken {
                return Ok(begin(&row));
            }
        }
        looks += 1;
        if !waits(looks) {
            return Err(BookError::Led);
        }
        seen = Some(now);
        sleep(LOOK).await;
    }
}

/// A new epoch of the same leader, over a new connection: nothing that the old one still has under way can commit any more.
/// None when another leads.
pub(super) async fn raise(link: &Link, node: &str) -> Result<Option<Begin>, BookError> {
    let raise = format!(
        "UPDATE office SET epoch = epoch + 1, until = clock_timestamp() + {LEASE} WHERE leader = $1 RETURNING epoch, seq, mark"
    );
    Ok(link.client.query_opt(&raise, &[&node]).await.map_err(at_postgres)?.as_ref().map(begin))
}

/// Gives the lead up, so that another need not wait for the lease to end.
pub(super) async fn release(link: &Link, node: &str) {
    let release = "UPDATE office SET until = '-infinity' WHERE leader = $1";
    let _ = timeout(Duration::from_secs(2), link.client.execute(release, &[&node])).await;
}

/// Says every second that this leader is there, on a connection of its own, until `stop`; `lost` once another leads, or once
/// the book was out of reach for too long. A beat that waits for a standby waits as long as it takes: then nobody else can
/// begin to lead either.
pub(super) async fn beat(
    address: &Address,
    node: &str,
    lost: &tokio::sync::watch::Sender<bool>,
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    let mut silent = Duration::ZERO;
    let mut link = None;
    let beating = async {
        loop {
            match beat_once(address, node, &mut link).await {
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

async fn beat_once(address: &Address, node: &str, link: &mut Option<Link>) -> Result<bool, BookError> {
    let open = match link.take().filter(Link::is_open) {
        Some(open) => open,
        None => Link::open(address).await?,
    };
    let beat = format!("UPDATE office SET until = clock_timestamp() + {LEASE} WHERE leader = $1");
    let met = open.client.execute(&beat, &[&node]).await.map_err(at_postgres)?;
    *link = Some(open);
    Ok(met == 1)
}
