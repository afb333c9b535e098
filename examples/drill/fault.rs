//! What goes wrong, and how it is made well again.

use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use rustix::process::Signal;

use crate::cluster::Cluster;
use crate::server;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9` of the node that leads; it stays away until another was seen to sell.
    LeaderKilled,
    /// `kill -9` of a node that does not lead.
    OtherKilled,
    /// The node that leads stands still for longer than its lease, and wakes.
    LeaderStalls,
    /// Somebody raises the epoch in the book.
    EpochRaised,
    /// `kill -9` of all that runs on the machine of PostgreSQL's primary: Patroni and PostgreSQL.
    PrimaryKilled,
    /// `kill -9` of an etcd.
    EtcdKilled,
    /// Another PostgreSQL is made the primary, in order: what an operator does before work on a machine.
    PrimarySwitched,
    /// The primary's machine with all that is on it: PostgreSQL, etcd and a node.
    MachineGone,
}

/// A fault that was struck.
pub struct Struck {
    pub at: Instant,
    /// Parts that are away.
    away: Vec<String>,
    /// The process that must end by itself.
    must_end: Option<(String, i32)>,
}

/// Longer than a lease.
const STALL: Duration = Duration::from_secs(9);
/// Until everything that was away is part of the whole again.
const MENDED_WITHIN: Duration = Duration::from_secs(180);
/// Until a node that lost the lead has ended.
const ENDED_WITHIN: Duration = Duration::from_secs(20);

impl Fault {
    /// Those that can be struck here.
    pub fn on(cluster: &Cluster) -> Vec<Self> {
        let mut faults = vec![Self::LeaderKilled, Self::LeaderStalls, Self::EpochRaised];
        if !cluster.parts("postgres").is_empty() {
            faults.extend([
                Self::OtherKilled,
                Self::PrimaryKilled,
                Self::EtcdKilled,
                Self::PrimarySwitched,
                Self::MachineGone,
            ]);
        }
        faults
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::LeaderKilled => "leader-killed",
            Self::OtherKilled => "other-node-killed",
            Self::LeaderStalls => "leader-stalls-9s",
            Self::EpochRaised => "epoch-raised",
            Self::PrimaryKilled => "primary-killed",
            Self::EtcdKilled => "etcd-killed",
            Self::PrimarySwitched => "primary-switched",
            Self::MachineGone => "machine-gone",
        }
    }

    /// Strikes.
    ///
    /// # Errors
    /// When there is nothing that could be struck.
    pub async fn strike(self, cluster: &Cluster, random: &mut StdRng) -> anyhow::Result<Struck> {
        let leader = cluster.leader().await?.part.clone();
        let other = cluster.nodes.iter().map(|node| &node.part).find(|part| **part != leader);
        let away = match self {
            Self::LeaderKilled => vec![leader.clone()],
            Self::OtherKilled => other.cloned().into_iter().collect(),
            Self::PrimaryKilled => vec![server::primary(cluster).await?],
            Self::EtcdKilled => vec![format!("etcd{}", random.random_range(1..=cluster.parts("etcd").len()))],
            Self::MachineGone => {
                let primary = server::primary(cluster).await?;
                let machine = primary.trim_start_matches("postgres");
                vec![primary.clone(), format!("etcd{machine}"), format!("office{machine}")]
            }
            Self::LeaderStalls | Self::EpochRaised | Self::PrimarySwitched => Vec::new(),
        };
        let id = cluster.id(&leader);
        let mut at = Instant::now();
        for part in &away {
            cluster.kill(part)?;
        }
        match self {
            Self::LeaderStalls => {
                cluster.signal(&leader, Signal::STOP)?;
                tokio::time::sleep(STALL).await;
                cluster.signal(&leader, Signal::CONT)?;
            }
            Self::EpochRaised => {
                server::operate(cluster, "UPDATE VENUE.office SET epoch = epoch + 1").await?;
                at = Instant::now();
            }
            Self::PrimarySwitched => server::switch_over(cluster).await?,
            _ => {}
        }
        let loses_lead = matches!(self, Self::LeaderStalls | Self::EpochRaised);
        Ok(Struck { at, away, must_end: id.filter(|_| loses_lead).map(|id| (leader, id)) })
    }

    /// Brings back what was away, and waits until all is as it was. Gives what is not as it should be.
    ///
    /// # Errors
    /// When it does not become whole again.
    pub async fn mend(struck: &Struck, cluster: &Cluster) -> anyhow::Result<Vec<String>> {
        let mut breaches = Vec::new();
        if let Some((part, id)) = &struck.must_end {
            let ended = async || (cluster.id(part) != Some(*id)).then_some(());
            if cluster.within(ENDED_WITHIN, "it ends", ended).await.is_err() {
                breaches.push(format!("{part} lost the lead and goes on"));
            }
        }
        for part in &struck.away {
            cluster.bring_back(part)?;
        }
        let what = "everything is there again";
        let whole = async || {
            // One that has come back can take over only once it follows.
            for node in &cluster.nodes {
                if cluster.id(&node.part).is_none() || !node.is_ready().await {
                    return None;
                }
            }
            server::is_whole(cluster).await.then_some(())
        };
        cluster.within(MENDED_WITHIN, what, whole).await?;
        cluster.leader().await?;
        Ok(breaches)
    }
}
