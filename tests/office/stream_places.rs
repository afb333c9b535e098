//! Event streams are bounded for each queue token, share what they say, and end with their visit whether or not anybody
//! reads.

use std::sync::Arc;

use boxoffice::clock::Instant;
use boxoffice::http::sse::StreamPlaces;
use boxoffice::queue::Lines;
use boxoffice::reservation::SeatMaps;
use boxoffice::server::routes;
use futures_util::{Stream, StreamExt};
use hyper::body::Bytes;
use poem::{Body, Endpoint, Request, Response};
use serde_json::{Value, json};

use crate::support::{Concert, Office, text};

async fn open(endpoint: &impl Endpoint, path: &str, token: &str) -> Response {
    let request = Request::builder().uri(path.parse().unwrap()).header("authorization", format!("Bearer {token}"));
    endpoint.get_response(request.finish()).await
}

fn pieces(response: Response) -> impl Stream<Item = Bytes> + Unpin {
    Body::into_bytes_stream(response.into_body()).map(|piece| piece.expect("a piece")).boxed()
}

fn taken(office: &Office) -> (usize, usize) {
    office.app.part::<StreamPlaces>().taken(&office.app.limits)
}

fn listeners(office: &Office, concert: &Concert) -> usize {
    office.app.part::<Lines>().by_id(concert.id.parse().unwrap()).expect("a queue").listeners()
}

async fn until(what: impl Fn() -> bool) {
    let patience = std::time::Duration::from_secs(60);
    let so = async {
        while !what() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(patience, so).await.expect("it comes to that");
}

async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&response.into_body().into_bytes().await.unwrap()).expect("JSON");
    (status, text(&body["code"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_has_four_streams_at_once_of_whatever_kind() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let endpoint = routes(office.app.clone());
    let (one, other) = (office.buyer().await, office.buyer().await);
    let (one, other) = (office.enter(&one, &concert).await, office.enter(&other, &concert).await);
    let seats = format!("/v1/performances/{}/seats/stream", concert.performance);
    let position = "/v1/queue/position/stream";
    let mut streams = Vec::new();
    for path in [&seats, position, &seats, position] {
        let stream = open(&endpoint, path, &one).await;
        assert_eq!(stream.status(), 200);
        streams.push(stream);
    }

    for path in [&seats, position] {
        let refused = refusal(open(&endpoint, path, &one).await).await;
        assert_eq!(refused, (429, "too_many_streams".to_owned()));
    }
    assert_eq!(open(&endpoint, &seats, &other).await.status(), 200, "others have their own");

    streams.pop();
    until(|| taken(&office) == (3, 1)).await;
    streams.push(open(&endpoint, position, &one).await);
    assert_eq!(streams[3].status(), 200);
    drop(streams);
    until(|| taken(&office) == (0, 0) && listeners(&office, &concert) == 0).await;
    assert_eq!(office.app.part::<SeatMaps>().evict(Instant(i64::MAX)), 1, "nobody looks at the map any more");
}

/// Who never reads keeps a place, a listener and a map only as long as the visit lasts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_ends_with_its_visit() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let endpoint = routes(office.app.clone());
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = format!("/v1/performances/{}/seats/stream", concert.performance);
    let unread = [open(&endpoint, &seats, &token).await, open(&endpoint, "/v1/queue/position/stream", &token).await];
    assert_eq!(taken(&office), (2, 1));

    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
    // The server waits some seconds for them to take the last word.
    until(|| taken(&office) == (0, 0) && listeners(&office, &concert) == 0).await;
    assert_eq!(office.app.part::<SeatMaps>().evict(Instant(i64::MAX)), 1);
    drop(unread);
}

/// The next piece that is the data of an event.
async fn data(pieces: &mut (impl Stream<Item = Bytes> + Unpin)) -> Bytes {
    loop {
        let piece = pieces.next().await.expect("a piece");
        if piece.starts_with(b"{") {
            return piece;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_follow_share_the_bytes_of_a_version() {
    let office = Office::open().await;
    // Large enough for its bytes to be made on a thread that may block.
    let concert = office.concert(Value::Null, 3, 500).await;
    let endpoint = Arc::new(routes(office.app.clone()));
    let seats = format!("/v1/performances/{}/seats/stream", concert.performance);
    let buyer = office.enter(&office.buyer().await, &concert).await;
    let (mut streams, mut first) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let token = office.enter(&office.buyer().await, &concert).await;
        let mut stream = pieces(open(&*endpoint, &seats, &token).await);
        first.push(data(&mut stream).await);
        streams.push(stream);
    }
    assert!(first.iter().all(|bytes| bytes.as_ptr() == first[0].as_ptr()), "one list for all who begin");

    let ids = office.seat_ids(&buyer, &concert).await;
    office.held(&buyer, &concert, &[&ids[7], &ids[8]]).await;
    let mut changes = Vec::new();
    for stream in &mut streams {
        changes.push(data(stream).await);
    }
    assert!(
        changes.iter().all(|bytes| bytes.as_ptr() == changes[0].as_ptr()),
        "one list of changes for all who follow"
    );
    let view: Value = serde_json::from_slice(&changes[0]).expect("JSON");
    assert_eq!(view["seats"], json!([{"id": ids[7], "state": "held"}, {"id": ids[8], "state": "held"}]));
}
