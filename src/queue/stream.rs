//! Following a position: messages when it changes, paced by distance, at once when it is the buyer's own turn.
//!
//! Listening counts as presence, and nobody can tell a listener from a frozen one whose machine still takes what comes.
//! So a stream ends by itself when one in line could have been silent for long enough: whoever is there comes back (an
//! EventSource by itself), and who does not is dropped like everyone who is silent.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use crate::clock::Instant;
use crate::http::Code;
use crate::http::sse::HEARTBEAT;
use crate::office::Office;
use crate::queue::gate;
use crate::queue::line::Line;
use crate::queue::listener::Listener;
use crate::queue::rules;
use crate::queue::state::EntryStatus;
use crate::queue::token::Claims;
use crate::queue::views::PositionView;

struct Follower {
    office: Arc<Office>,
    line: Arc<Line>,
    claims: Claims,
    wants_seats: bool,
    listener: Listener,
    changes: watch::Receiver<u64>,
    last: PositionView,
    since: Instant,
    said_anything: bool,
    over: bool,
}

/// The positions of an entry until it ends, the box office stops, or the follower has to show that it is there.
pub fn positions(
    office: Arc<Office>,
    line: Arc<Line>,
    claims: Claims,
    wants_seats: bool,
    first: PositionView,
) -> impl Stream<Item = PositionView> + Send + 'static {
    let listener = line.listen(claims.ordinal());
    let changes = line.changes();
    let (since, said_anything, over) = (office.now(), false, false);
    let last = first;
    let follower = Follower { office, line, claims, wants_seats, listener, changes, last, since, said_anything, over };
    stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) })
}

/// Resolves when the entry of `claims` has ended or the box office stops.
pub fn over(office: Arc<Office>, line: Arc<Line>, claims: &Claims) -> impl Future<Output = ()> + Send + 'static {
    let listener = line.listen(claims.ordinal());
    async move {
        let mut stopping = office.stopping.subscribe();
        tokio::select! {
            () = line.ended(&listener) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }
}

/// Why a follower wakes.
enum Wake {
    Stopping,
    /// The entry itself has changed.
    Own,
    /// The line has, or it is time to look again.
    Line,
}

impl Follower {
    async fn next(&mut self) -> Option<PositionView> {
        if !self.said_anything {
            self.said_anything = true;
            // Looked at again: between the first look and the ear's opening the entry may have changed.
            self.last = self.look().await;
            return Some(self.last.clone());
        }
        while !self.over {
            let pace = Duration::from_millis(u64::from(self.last.poll_after_ms));
            match self.something_happens(pace).await {
                Wake::Stopping => return None,
                // Before looking, which would count as presence once more.
                Wake::Line if self.left_to_follow().is_zero() => return None,
                Wake::Line | Wake::Own => {}
            }
            let view = self.look().await;
            if view != self.last {
                self.last = view.clone();
                return Some(view);
            }
        }
        None
    }

    /// How long this stream still stands for presence. Who is inside is not measured by it.
    fn left_to_follow(&self) -> Duration {
        if self.last.status != EntryStatus::Waiting {
            return Duration::MAX;
        }
        let absence_seconds = self.line.queue().settings.absence_seconds;
        let followed_ms = self.office.now().0 - self.since.0;
        rules::follow_for(absence_seconds, self.claims.ordinal().0)
            .saturating_sub(Duration::from_millis(u64::try_from(followed_ms).unwrap_or(0)))
    }

    /// Waits for the entry's own change, or for the line's after the pace.
    async fn something_happens(&mut self, pace: Duration) -> Wake {
        let left = self.left_to_follow();
        let mut stopping = self.office.stopping.subscribe();
        let line_moves = async {
            tokio::time::sleep(pace).await;
            // Without any change the buyer still counts as present: looking notes it.
            let _ = tokio::time::timeout(HEARTBEAT, self.changes.changed()).await;
        };
        let line_moves = tokio::time::timeout(left, line_moves);
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => Wake::Stopping,
            () = self.listener.changed() => Wake::Own,
            _ = line_moves => Wake::Line,
        }
    }

    async fn look(&mut self) -> PositionView {
        // What changes from here on is news, also while this looks.
        self.changes.borrow_and_update();
        match gate::standing(&self.office, &self.line, &self.claims).await {
            Ok(standing) => {
                PositionView::new(self.claims.sub, &self.line, &standing).with_seats(self.wants_seats, &self.line)
            }
            Err(problem) => {
                self.over = true;
                let mut view = self.last.clone();
                view.status = status_of(problem.code);
                view.reason = Some(problem.code);
                view.position = None;
                view.ahead = None;
                view.estimated_wait_seconds = None;
                view.seats_left = None;
                view
            }
        }
    }
}

fn status_of(code: Code) -> EntryStatus {
    match code {
        Code::TokenReplaced => EntryStatus::Replaced,
        Code::TokenLeft => EntryStatus::Left,
        Code::TokenCompleted => EntryStatus::Completed,
        _ => EntryStatus::Expired,
    }
}
