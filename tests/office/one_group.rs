//! Operations of one commit see each other's work: what one of them has read or done is not taken for so once another changed it.

use boxoffice::client::Answer;
use boxoffice::config::Limits;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::poll;
use futures_util::stream::{FuturesOrdered, StreamExt};
use serde_json::{Value, json};

use crate::support::{self, OPERATOR, Office, instant, refused, text};

/// An office whose groups take all that wait, however long they run.
async fn open() -> Office {
    Office::with_limits(Limits { group_run_per_commit: f64::INFINITY, ..support::limits() }, |_| {}).await
}

/// Sends these requests, each once the one before waits for the writer, who then takes them all as one group in this order.
async fn in_one_group(office: &Office, requests: Vec<BoxFuture<'_, Answer>>) -> Vec<Answer> {
    let writer = office.hold_writer().await;
    let mut answers = FuturesOrdered::new();
    for (waiting, request) in (1..).zip(requests) {
        answers.push_back(request);
        while office.app.store.waiting() != [waiting, 0] {
            assert!(poll!(answers.next()).is_pending(), "nothing is answered while the writer is held");
            tokio::task::yield_now().await;
        }
    }
    writer.go().await;
    answers.collect().await
}

/// A visit that ends by its last hold, at the very instant at which another operation of the group has looked for visits that are
/// over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_that_a_release_ends_makes_room_though_the_group_has_looked_at_that_instant() {
    let office = open().await;
    let concert = office.concert(json!({"max_admitted": 2}), 1, 4).await;
    let buyers = office.buyers(4).await;
    let (pays, releases) = (office.enter(&buyers[0], &concert).await, office.enter(&buyers[1], &concert).await);
    let seats = office.seat_ids(&pays, &concert).await;
    office.top_up(&pays, 1000).await;
    let admitted_until = instant(&office.position(&releases).await["admitted_until"]);
    office.clock.set(admitted_until.plus_ms(-1000));
    office.held(&pays, &concert, &[&seats[0]]).await;
    let hold = text(&office.held(&releases, &concert, &[&seats[1]]).await["id"]);
    let third = text(&office.join(&buyers[2], &concert).await["token"]);
    let fourth = text(&office.join(&buyers[3], &concert).await["token"]);

    office.clock.set(admitted_until);
    let path = format!("/v1/holds/{hold}");
    let held = [seats[0].as_str()];
    let requests = vec![office.pay(&pays, &held, 1000).boxed(), office.delete(&path, &releases).boxed()];
    let answers = in_one_group(&office, requests).await;

    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [201, 204]);
    assert_eq!(office.position(&third).await["status"], "admitted", "who paid made room");
    assert_eq!(office.position(&fourth).await["status"], "admitted", "and who released the last hold");
    refused(&office.get("/v1/queue/position", &releases).await, 401, "token_expired");
    office.verify();
}

/// What the first payment read of the performance no longer holds for the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sold_behind_the_cancellation_in_a_group() {
    let office = open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (one, other) = (office.buyer().await, office.buyer().await);
    let (one, other) = (office.enter(&one, &concert).await, office.enter(&other, &concert).await);
    let seats = office.seat_ids(&one, &concert).await;
    office.top_up(&one, 1000).await;
    office.top_up(&other, 1000).await;

    let path = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    let (first, second) = ([seats[0].as_str()], [seats[1].as_str()]);
    let requests = vec![
        office.pay(&one, &first, 1000).boxed(),
        office.post(&path, OPERATOR, Value::Null).boxed(),
        office.pay(&other, &second, 1000).boxed(),
    ];
    let answers = in_one_group(&office, requests).await;

    assert_eq!(answers[0].status, 201, "{}", answers[0].json());
    assert!(answers[1].status < 300, "{}", answers[1].json());
    refused(&answers[2], 409, "performance_cancelled");
    assert_eq!(office.balance(&other).await, 1000);
    office.verify();
}
