//! The job of a node that follows: it tells the leader who was heard of here, so that nobody who waits at this node is taken
//! for gone. What cannot be told is told with the next report.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::{Method, Request, StatusCode};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::leader::{HEARD, Leader, NODE};
use crate::office::Office;
use crate::queue::Lines;
use crate::queue::heard::REPORT_EVERY;
use crate::standing::{Role, Standing};

/// The leader has so long to take a piece of a report.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs until it is dropped.
pub(super) async fn run(office: Arc<Office>) {
    let mut every = interval(REPORT_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        report_heard(&office).await;
    }
}

/// Tells the leader who was heard of here since the last time. On the node that leads nobody is told, and nothing noted.
pub async fn report_heard(office: &Office) {
    let (lines, standing) = (office.part::<Lines>(), office.part::<Standing>());
    let Role::Following { leader } = standing.role() else { return lines.stop_noting() };
    // Also while nobody leads: whoever leads next hears of it.
    for heard in lines.take_heard(office.now()) {
        for (piece, bytes) in heard.pieces() {
            let told = match (&leader, standing.node_secret()) {
                (Some(leader), Some(secret)) => tell(office, leader, &secret, bytes).await,
                _ => false,
            };
            if !told {
                lines.put_back(&piece);
            }
        }
    }
}

async fn tell(office: &Office, leader: &str, secret: &str, piece: Vec<u8>) -> bool {
    let request = Request::builder().method(Method::POST).uri(HEARD).header(NODE, secret).body(Full::from(piece));
    let Ok(request) = request else { return false };
    let heard = timeout(PATIENCE, office.part::<Leader>().ask(leader, request)).await;
    let is_told = matches!(&heard, Ok(Ok(answer)) if answer.status() == StatusCode::NO_CONTENT);
    if !is_told {
        tracing::warn!(leader, "who was heard of here could not be told to the node that leads");
    }
    is_told
}
