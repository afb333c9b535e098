//! Buyers who buy without pause, each change with a key of its own, and repeat what was not answered until it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::buyer::{Buyer, Line};
use crate::cluster::Cluster;
use crate::ledger::Ledger;

/// A sale under load.
pub struct Load {
    shared: Arc<Shared>,
    buyers: JoinSet<()>,
}

/// What the buyers of a round share.
pub struct Shared {
    pub ledger: Ledger,
    pub concert: String,
    pub performance: String,
    pub operator_key: String,
    pub stops: AtomicBool,
    /// Answers that were lost or were none, so that the same was asked again.
    pub repeated: AtomicUsize,
    /// When each change was acknowledged.
    acknowledged: Mutex<Vec<Instant>>,
    /// What was refused and should not have been.
    refused: Mutex<Vec<String>>,
}

/// What a load saw.
pub struct Done {
    /// The longest time between two acknowledged changes.
    pub gap: Duration,
    pub changes: usize,
    pub repeated: usize,
    pub refused: Vec<String>,
}

/// A sale that goes on shows so many changes.
const GOES_ON: usize = 50;
/// Answers that were under way when a fault came may still arrive.
const UNDER_WAY: Duration = Duration::from_millis(500);
/// Two elections of a database, and what a node takes to load.
const GOES_ON_WITHIN: Duration = Duration::from_secs(120);

impl Shared {
    pub fn acknowledge(&self) {
        self.acknowledged.lock().push(Instant::now());
        self.ledger.count();
    }

    pub fn refuse(&self, what: String) {
        self.refused.lock().push(what);
    }
}

impl Load {
    /// Puts a sale on and lets the buyers begin.
    ///
    /// # Errors
    /// When the desk refuses.
    pub async fn start(cluster: &Cluster, ledger: &Ledger, buyers: u32, seed: u64) -> anyhow::Result<Self> {
        let mut desk = Line::new(cluster, format!("desk-{seed}"), 0);
        let (concert, performance) = open_sale(&mut desk, &cluster.operator_key, buyers, seed).await?;
        let shared = Arc::new(Shared {
            ledger: ledger.clone(),
            concert,
            performance,
            operator_key: cluster.operator_key.clone(),
            stops: AtomicBool::new(false),
            repeated: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
            refused: Mutex::default(),
        });
        let mut all = JoinSet::new();
        for number in 0..buyers {
            let line = Line::new(cluster, format!("{seed}-{number}"), number as usize);
            all.spawn(Buyer::new(shared.clone(), line, seed ^ u64::from(number)).buy());
        }
        Ok(Self { shared, buyers: all })
    }

    /// Waits until the sale goes on after a fault.
    ///
    /// # Errors
    /// When it does not.
    pub async fn goes_on_after(&self, cluster: &Cluster, fault: Instant) -> anyhow::Result<()> {
        let since = fault + UNDER_WAY;
        let goes_on = async || {
            let acknowledged = self.shared.acknowledged.lock();
            (acknowledged.iter().rev().take_while(|at| **at > since).count() >= GOES_ON).then_some(())
        };
        cluster.within(GOES_ON_WITHIN, "the sale goes on", goes_on).await
    }

    /// Lets everyone finish what they are at.
    ///
    /// # Errors
    /// When a buyer panicked.
    pub async fn stop(mut self) -> anyhow::Result<Done> {
        self.shared.stops.store(true, Ordering::Relaxed);
        // The buyers leave one by one: what is slow then is not a gap.
        let stopped = Instant::now();
        while let Some(ended) = self.buyers.join_next().await {
            ended.context("a buyer")?;
        }
        let mut acknowledged = self.shared.acknowledged.lock().clone();
        acknowledged.sort();
        let while_running: Vec<_> = acknowledged.iter().copied().filter(|at| *at < stopped).collect();
        let gap = while_running.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default();
        let refused = std::mem::take(&mut *self.shared.refused.lock());
        let repeated = self.shared.repeated.load(Ordering::Relaxed);
        Ok(Done { gap, changes: acknowledged.len(), repeated, refused })
    }
}

/// A hall that no round sells out, on sale at once; not everybody is let in at the same time. Gives concert and performance.
async fn open_sale(desk: &mut Line, key: &str, buyers: u32, seed: u64) -> anyhow::Result<(String, String)> {
    let rows: Vec<Value> = (1..=40).map(|row| json!({"name": row.to_string(), "grade": "R", "seats": 100})).collect();
    let sections: Vec<Value> = (1..=8).map(|at| json!({"name": format!("Section {at}"), "rows": rows})).collect();
    let hall = json!({"name": format!("Hall {seed}"), "sections": sections});
    let hall = desk.make("/v1/operator/halls", key, &hall).await?;
    let concert = json!({
        "title": format!("Drill {seed}"), "time_zone": "Asia/Seoul", "queue": {"max_admitted": (buyers * 3 / 4).max(1)},
    });
    let concert = desk.make("/v1/operator/concerts", key, &concert).await?;
    let starts_at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30 * 24);
    let performance = json!({
        "concert_id": concert["id"], "hall_id": hall["id"], "starts_at": starts_at.to_string(), "prices": {"R": 1000},
    });
    let performance = desk.make("/v1/operator/performances", key, &performance).await?;
    let id = |made: &Value| made["id"].as_str().map(str::to_owned).context("what was made has an id");
    Ok((id(&concert)?, id(&performance)?))
}
