//! Following a position: messages when it changes, paced by distance, at once when it is the buyer's own turn.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use crate::http::Code;
use crate::http::sse::HEARTBEAT;
use crate::office::Office;
use crate::queue::gate;
use crate::queue::line::Line;
use crate::queue::listener::Listener;
use crate::queue::state::EntryStatus;
use crate::queue::token::Claims;
use crate::queue::views::PositionView;

struct Follower {
    office: Arc<Office>,
    line: Arc<Line>,
    claims: Claims,
    listener: Listener,
    changes: watch::Receiver<u64>,
    last: PositionView,
    said_anything: bool,
    over: bool,
}

/// The positions of an entry until it ends or the box office stops. Listening counts as presence.
pub fn positions(
    office: Arc<Office>,
    line: Arc<Line>,
    claims: Claims,
    first: PositionView,
) -> impl Stream<Item = PositionView> + Send + 'static {
    let listener = line.listen(claims.ordinal());
    let changes = line.changes();
    let (said_anything, over) = (false, false);
    let follower = Follower { office, line, claims, listener, changes, last: first, said_anything, over };
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
            if !self.something_happens(pace).await {
                return None;
            }
            let view = self.look().await;
            if view != self.last {
                self.last = view.clone();
                return Some(view);
            }
        }
        None
    }

    /// Waits for the entry's own change, or for the line's after the pace. False when the box office stops.
    async fn something_happens(&mut self, pace: Duration) -> bool {
        let mut stopping = self.office.stopping.subscribe();
        let line_moves = async {
            tokio::time::sleep(pace).await;
            // Without any change the buyer still counts as present: looking notes it.
            let _ = tokio::time::timeout(HEARTBEAT, self.changes.changed()).await;
        };
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => false,
            () = self.listener.changed() => true,
            () = line_moves => true,
        }
    }

    async fn look(&mut self) -> PositionView {
        // What changes from here on is news, also while this looks.
        self.changes.borrow_and_update();
        match gate::standing(&self.office, &self.line, &self.claims).await {
            Ok(standing) => PositionView::new(self.claims.sub, self.line.concert_id, &standing),
            Err(problem) => {
                self.over = true;
                let mut view = self.last.clone();
                view.status = status_of(problem.code);
                view.reason = Some(problem.code);
                view.position = None;
                view.ahead = None;
                view.estimated_wait_seconds = None;
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
