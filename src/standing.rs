//! What this node is among those of its venue, and how far it has come. It is told here and asked here; nothing is decided here
//! and nobody is spoken to. An office on a data file leads for ever.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::clock::Instant;
use crate::ids::Seq;

/// How many bytes the secret has that all nodes of a venue know.
pub const NODE_SECRET_BYTES: usize = 32;

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Changes are made here.
    Leading,
    /// Changes are made elsewhere, and come here by the feed.
    Following {
        /// The leader's address (`http://HOST:PORT`) as other nodes reach it; nothing while nobody leads.
        leader: Option<String>,
    },
}

/// What this node is, and how far it has come.
#[derive(Debug)]
pub struct Standing {
    role: watch::Sender<Role>,
    /// The same as `role`, for every request to ask.
    leads: AtomicBool,
    applied: watch::Sender<Seq>,
    /// How often a group of changes began or ended here: odd while one is under way.
    groups: watch::Sender<u64>,
    /// The last commit there is, as the feed told.
    last: AtomicI64,
    fed_at_ms: AtomicI64,
    epoch: AtomicI64,
    node_secret: OnceLock<[u8; NODE_SECRET_BYTES]>,
}

impl Standing {
    /// Of an office on a data file: it leads, and there is no other.
    pub fn alone() -> Self {
        Self::of(Role::Leading)
    }

    /// Of a node that begins as this.
    pub fn of(role: Role) -> Self {
        let leads = AtomicBool::new(role == Role::Leading);
        Self {
            role: watch::channel(role).0,
            leads,
            applied: watch::channel(Seq(0)).0,
            groups: watch::channel(0).0,
            last: AtomicI64::new(0),
            fed_at_ms: AtomicI64::new(i64::MIN),
            epoch: AtomicI64::new(0),
            node_secret: OnceLock::new(),
        }
    }

    /// What this node is.
    pub fn role(&self) -> Role {
        self.role.borrow().clone()
    }

    /// True where changes are made.
    pub fn leads(&self) -> bool {
        self.leads.load(Relaxed)
    }

    /// From now on it is this.
    pub fn set_role(&self, role: Role) {
        self.leads.store(role == Role::Leading, Relaxed);
        self.role.send_replace(role);
    }

    /// For whoever must hear of a change.
    pub fn roles(&self) -> watch::Receiver<Role> {
        self.role.subscribe()
    }

    /// For whoever waits for the next commit.
    pub fn commits(&self) -> watch::Receiver<Seq> {
        self.applied.subscribe()
    }

    /// The last commit that stands here and that memory knows.
    pub fn applied(&self) -> Seq {
        *self.applied.borrow()
    }

    /// This commit stands here now, and memory knows it. An earlier one than before when the copy was loaded anew.
    pub fn set_applied(&self, seq: Seq) {
        self.applied.send_replace(seq);
    }

    /// Waits until a commit is applied here. False when that took longer than `within`.
    pub async fn reaches(&self, seq: Seq, within: Duration) -> bool {
        if self.applied() >= seq {
            return true;
        }
        let mut applied = self.applied.subscribe();
        let reached = applied.wait_for(|applied| *applied >= seq);
        tokio::time::timeout(within, reached).await.is_ok_and(|reached| reached.is_ok())
    }

    /// A group of changes begins here, where other nodes may know of it before this one does.
    pub fn begin_group(&self) {
        self.groups.send_modify(|count| *count += 1);
    }

    /// It ended, and memory knows what became of it.
    pub fn end_group(&self) {
        self.begin_group();
    }

    /// Waits until what is under way here has ended: another node may have told somebody of it already. False when that took longer
    /// than `within`.
    pub async fn settles(&self, within: Duration) -> bool {
        let mut groups = self.groups.subscribe();
        let seen = *groups.borrow_and_update();
        if seen.is_multiple_of(2) {
            return true;
        }
        tokio::time::timeout(within, groups.changed()).await.is_ok()
    }

    /// The feed was asked at this moment, and answered that this is the last commit there is.
    pub fn set_fed(&self, at: Instant, last: Seq) {
        self.last.store(last.0, Relaxed);
        self.fed_at_ms.store(at.0, Relaxed);
    }

    /// When the feed answered last; nothing when it never did.
    pub fn fed_at(&self) -> Option<Instant> {
        Some(self.fed_at_ms.load(Relaxed)).filter(|at| *at != i64::MIN).map(Instant)
    }

    /// How many commits there are, as far as is known, that are not applied here yet.
    pub fn behind(&self) -> u64 {
        if self.leads() {
            return 0;
        }
        u64::try_from(self.last.load(Relaxed) - self.applied().0).unwrap_or(0)
    }

    /// The epoch in which the venue is led, as far as is known; 0 on a data file.
    pub fn epoch(&self) -> i64 {
        self.epoch.load(Relaxed)
    }

    /// The venue is led in this epoch now.
    pub fn set_epoch(&self, epoch: i64) {
        self.epoch.store(epoch, Relaxed);
    }

    /// True when all that was committed before this moment is applied here, as far as the feed can tell.
    pub fn has_all_before(&self, at: Instant) -> bool {
        self.leads() || (self.fed_at().is_some_and(|fed_at| fed_at >= at) && self.behind() == 0)
    }

    /// True where the venue may have other nodes: not on a data file.
    pub fn has_nodes(&self) -> bool {
        self.node_secret.get().is_some()
    }

    /// What all nodes of this venue know and nobody else does. It never changes; the first word counts.
    pub fn set_node_secret(&self, secret: [u8; NODE_SECRET_BYTES]) {
        let _ = self.node_secret.set(secret);
    }

    /// The node secret as nodes tell it each other, in hex; nothing on a data file.
    pub fn node_secret(&self) -> Option<String> {
        self.node_secret.get().map(|secret| secret.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// True when this is the node secret in hex. A wrong one is told from the right one in the same time, whatever it is.
    pub fn is_node_secret(&self, told: &[u8]) -> bool {
        self.node_secret().is_some_and(|secret| secret.as_bytes().ct_eq(told).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_on_a_data_file_leads_and_believes_no_node() {
        let alone = Standing::alone();
        assert!(alone.leads() && alone.role() == Role::Leading && alone.behind() == 0);
        assert!(alone.node_secret().is_none() && !alone.is_node_secret(b""));
    }

    #[test]
    fn a_secret_is_believed_only_whole() {
        let standing = Standing::of(Role::Following { leader: None });
        standing.set_node_secret([0xa5; NODE_SECRET_BYTES]);
        standing.set_node_secret([1; NODE_SECRET_BYTES]);
        let right = "a5".repeat(NODE_SECRET_BYTES);
        assert_eq!(standing.node_secret().as_deref(), Some(right.as_str()));
        assert!(standing.is_node_secret(right.as_bytes()));
        for wrong in ["", "a5", &right[1..], &right.replace("a5a5", "a5a4"), &format!("{right}a")] {
            assert!(!standing.is_node_secret(wrong.as_bytes()), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_commit_is_waited_for_and_not_for_ever() {
        let standing = Standing::of(Role::Following { leader: None });
        standing.set_applied(Seq(3));
        assert!(standing.reaches(Seq(3), Duration::ZERO).await);
        assert!(!standing.reaches(Seq(4), Duration::ZERO).await);
        let (reached, ()) =
            tokio::join!(standing.reaches(Seq(5), Duration::MAX), async { standing.set_applied(Seq(6)) });
        assert!(reached);
    }

    #[tokio::test]
    async fn a_group_under_way_is_waited_for_and_no_later_one() {
        let standing = Standing::alone();
        assert!(standing.settles(Duration::ZERO).await);
        standing.begin_group();
        assert!(!standing.settles(Duration::ZERO).await);
        let (settled, ()) = tokio::join!(standing.settles(Duration::MAX), async {
            standing.end_group();
            standing.begin_group();
        });
        assert!(settled);
    }

    #[test]
    fn what_is_behind_is_counted_by_commits_and_only_while_following() {
        let standing = Standing::of(Role::Following { leader: None });
        assert_eq!(standing.fed_at(), None);
        standing.set_fed(Instant(7), Seq(10));
        standing.set_applied(Seq(4));
        assert_eq!((standing.fed_at(), standing.behind()), (Some(Instant(7)), 6));
        assert!(!standing.has_all_before(Instant(7)));
        standing.set_applied(Seq(10));
        assert!(standing.has_all_before(Instant(7)) && !standing.has_all_before(Instant(8)));
        standing.set_fed(Instant(7), Seq(11));
        standing.set_role(Role::Leading);
        assert!(standing.leads() && standing.behind() == 0 && standing.has_all_before(Instant(8)));
    }
}
