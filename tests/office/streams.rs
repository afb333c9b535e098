//! Following a position and a seat map by server-sent events: what comes first, what comes on a change, how it ends,
//! and how one comes back.

use boxoffice::client::Ask;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::time::Duration;

use crate::checked;
use crate::support::{Concert, OPERATOR, Office, instant, refused, text};

const POSITION: &str = "/v1/queue/position/stream";

/// A stream that never says what is expected fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open event stream.
pub struct Stream {
    body: Incoming,
    read: String,
}

/// One message of it.
pub struct Message {
    pub id: String,
    pub event: String,
    pub data: Value,
}

impl Stream {
    pub async fn open(office: &Office, path: &str, bearer: Option<&str>, headers: &[(&str, &str)]) -> Self {
        let ask = Ask { method: "GET", path, bearer, headers, ..Ask::default() };
        let answer = office.client().await.open(&ask).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.into_body(), read: String::new() }
    }

    /// The next message; none when the server has ended the stream.
    pub async fn next(&mut self) -> Option<Message> {
        tokio::time::timeout(PATIENCE, self.read_message()).await.expect("a message or the end")
    }

    async fn read_message(&mut self) -> Option<Message> {
        loop {
            if let Some((block, rest)) = self.read.split_once("\n\n") {
                let field = |name| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let message = field("data:").map(|data| Message {
                    id: field("id:").unwrap_or_default().to_owned(),
                    event: field("event:").unwrap_or_default().to_owned(),
                    data: serde_json::from_str(data).expect("JSON"),
                });
                self.read = rest.to_owned();
                if let Some(message) = message {
                    checked::event(&message.event, &message.data);
                    return Some(message);
                }
                continue;
            }
            let frame = self.body.frame().await?;
            let bytes = frame.expect("an unbroken connection").into_data().expect("data");
            self.read.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
    }

    pub async fn data(&mut self) -> Value {
        self.next().await.expect("a message").data
    }

    /// Reads on until a message is as wanted: what lies between may be any step on the way.
    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let data = self.data().await;
            if wanted(&data) {
                return data;
            }
        }
    }
}

/// One inside, one who waits, and the seats.
async fn one_inside_one_waiting(office: &Office) -> (Concert, String, String) {
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let inside = office.enter(&office.buyer().await, &concert).await;
    let waiting = text(&office.join(&office.buyer().await, &concert).await["token"]);
    (concert, inside, waiting)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_position_comes_at_once_on_change_and_with_the_reason_of_its_end() {
    let office = Office::open().await;
    let (concert, inside, waiting) = one_inside_one_waiting(&office).await;
    let mut stream = Stream::open(&office, POSITION, Some(&waiting), &[]).await;

    let first = stream.next().await.expect("a message");
    assert_eq!((first.event.as_str(), first.id.as_str()), ("position", "1"));
    assert_eq!(first.data, office.position(&waiting).await);
    assert_eq!((&first.data["position"], &first.data["reason"]), (&json!(1), &Value::Null));

    office.delete("/v1/queue/tokens/current", &inside).await;
    let admitted = stream.until(|data| data["status"] == "admitted").await;
    assert_eq!(admitted, office.position(&waiting).await);
    assert_eq!(instant(&admitted["admitted_until"]), office.now().plus_ms(600_000));

    let seats = office.seat_ids(&waiting, &concert).await;
    office.top_up(&waiting, 1000).await;
    assert_eq!(office.pay(&waiting, &[&seats[0]], 1000).await.status, 201);
    let last = stream.until(|data| !data["reason"].is_null()).await;
    assert_eq!((&last["reason"], &last["status"]), (&json!("token_completed"), &json!("completed")));
    assert!(stream.next().await.is_none(), "nothing follows the reason");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_position_follows_the_line() {
    let office = Office::open().await;
    let (concert, _, ahead) = one_inside_one_waiting(&office).await;
    let token = text(&office.join(&office.buyer().await, &concert).await["token"]);
    let mut stream = Stream::open(&office, POSITION, Some(&token), &[]).await;
    assert_eq!(stream.data().await["position"], 2);

    office.delete("/v1/queue/tokens/current", &ahead).await;

    let moved = stream.until(|data| data["position"] == 1).await;
    assert_eq!((&moved["ahead"], &moved["status"]), (&json!(0), &json!("waiting")));
    office.verify();
}

/// A frozen tab takes what comes and reads nothing: following alone proves nobody's presence for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_comes_back_from_time_to_time_or_is_dropped() {
    let office = Office::open().await;
    let queue = json!({"max_admitted": 1, "absence_seconds": 60});
    let concert = office.concert(queue, 1, 4).await;
    office.enter(&office.buyer().await, &concert).await;
    let mut ahead = Vec::new();
    for buyer in office.buyers(2).await {
        ahead.push(text(&office.join(&buyer, &concert).await["token"]));
    }
    let token = text(&office.join(&office.buyer().await, &concert).await["token"]);
    let frozen = text(&office.join(&office.buyer().await, &concert).await["token"]);
    let mut streams = Vec::new();
    for (token, position) in [(&token, 3), (&frozen, 4)] {
        let mut stream = Stream::open(&office, POSITION, Some(token), &[]).await;
        assert_eq!(stream.data().await["position"], position);
        streams.push(stream);
    }
    office.advance_ms(30_000).await;
    office.delete("/v1/queue/tokens/current", &ahead[0]).await;
    streams[0].until(|data| data["position"] == 2).await;
    streams[1].until(|data| data["position"] == 3).await;

    // The other one ahead has been silent for a minute; that is news for both, and both have listened for as long.
    office.advance_ms(office.silence_ms(31_000)).await;
    for stream in &mut streams {
        assert!(stream.next().await.is_none(), "it ends without a reason");
    }
    let mut stream = Stream::open(&office, POSITION, Some(&token), &[]).await;
    assert_eq!(stream.data().await["position"], 1);
    office.advance_ms(office.silence_ms(31_000)).await;
    refused(&office.get("/v1/queue/position", &frozen).await, 401, "token_expired");
    assert_eq!(office.position(&token).await["position"], 1);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_draw_gives_the_number_at_once() {
    let office = Office::open().await;
    let on_sale_at = office.now().plus_ms(60_000);
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at.to_rfc3339()});
    let concert = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let concert = Concert { id: concert, performance: String::new() };
    let token = text(&office.join(&office.buyer().await, &concert).await["token"]);
    let mut stream = Stream::open(&office, POSITION, Some(&token), &[]).await;
    assert_eq!(stream.data().await["number"], Value::Null);

    office.advance_to(on_sale_at, 0).await;

    assert_eq!(stream.until(|data| data["number"] == 1).await["status"], "admitted");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_the_reason_however_the_place_ended() {
    let office = Office::open().await;
    let (concert, expiring, waiting) = one_inside_one_waiting(&office).await;
    let buyer = office.buyer().await;
    let replaced = text(&office.join(&buyer, &concert).await["token"]);
    let mut streams = Vec::new();
    for token in [&waiting, &replaced, &expiring] {
        let mut stream = Stream::open(&office, POSITION, Some(token), &[]).await;
        stream.data().await;
        streams.push(stream);
    }

    office.delete("/v1/queue/tokens/current", &waiting).await;
    office.join(&buyer, &concert).await;
    office.advance_ms(600_000).await;

    let reasons = [("token_left", "left"), ("token_replaced", "replaced"), ("token_expired", "expired")];
    for (stream, (reason, status)) in streams.iter_mut().zip(reasons) {
        let last = stream.until(|data| !data["reason"].is_null()).await;
        assert_eq!((&last["reason"], &last["status"]), (&json!(reason), &json!(status)));
        assert_eq!((&last["position"], &last["ahead"]), (&Value::Null, &Value::Null));
        assert!(stream.next().await.is_none());
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_sends_the_token_in_the_query_and_comes_back_with_the_last_id() {
    let office = Office::open().await;
    let (_, inside, waiting) = one_inside_one_waiting(&office).await;
    let path = format!("{POSITION}?token={waiting}");
    let mut stream = Stream::open(&office, &path, None, &[]).await;
    let first = stream.next().await.expect("a message");
    assert_eq!(first.data["status"], "waiting");
    drop(stream);
    office.delete("/v1/queue/tokens/current", &inside).await;

    let mut again = Stream::open(&office, &path, None, &[("last-event-id", &first.id)]).await;
    assert_eq!(again.data().await, office.position(&waiting).await, "what was missed is not sent, what is true now is");

    office.delete("/v1/queue/tokens/current", &waiting).await;
    assert_eq!(again.until(|data| !data["reason"].is_null()).await["reason"], "token_left");
    let get = async |path: &str| office.client().await.get(path, None).await.expect("an answer");
    refused(&get(&path).await, 401, "token_left");
    refused(&get(&format!("{POSITION}?token=nonsense")).await, 401, "token_invalid");
    refused(&get(POSITION).await, 401, "unauthenticated");
    // Only streams take a token from the query.
    refused(&get(&format!("/v1/queue/position?token={waiting}")).await, 401, "unauthenticated");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seat_map_comes_whole_then_change_by_change_and_ends_with_the_visit() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 2}), 1, 4).await;
    let (watcher, token) = (office.buyer().await, office.buyer().await);
    let (watcher, token) = (office.enter(&watcher, &concert).await, office.enter(&token, &concert).await);
    let seats = office.seat_ids(&watcher, &concert).await;
    let path = format!("/v1/performances/{}/seats/stream", concert.performance);
    let mut stream = Stream::open(&office, &path, Some(&watcher), &[]).await;
    let all = |state: &str| seats.iter().map(|id| json!({"id": id, "state": state})).collect::<Vec<_>>();
    let one = |place: usize, state: &str| json!([{"id": seats[place], "state": state}]);

    let first = stream.next().await.expect("a message");
    assert_eq!((first.event.as_str(), &first.data["performance_id"]), ("seats", &json!(concert.performance)));
    assert_eq!(first.id, first.data["version"].to_string());
    assert_eq!(first.data["seats"], json!(all("available")));

    let hold = office.held(&token, &concert, &[&seats[0]]).await;
    let held = stream.data().await;
    assert_eq!(held["seats"], one(0, "held"));
    assert!(held["version"].as_u64() > first.data["version"].as_u64());
    office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &token).await;
    assert_eq!(stream.data().await["seats"], one(0, "available"));
    office.held(&token, &concert, &[&seats[1]]).await;
    assert_eq!(stream.data().await["seats"], one(1, "held"));
    office.advance_ms(300_000).await;
    assert_eq!(stream.data().await["seats"], one(1, "available"), "the end of a hold is a change");
    office.top_up(&token, 1000).await;
    assert_eq!(office.pay(&token, &[&seats[2]], 1000).await.status, 201);
    assert_eq!(stream.data().await["seats"], one(2, "sold"));

    office.advance_ms(300_000).await;
    assert!(stream.next().await.is_none(), "the visit is over");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_the_seats_goes_on_in_the_hall_s_newer_version_and_ends_when_it_is_taken_back() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 3).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let path = format!("/v1/performances/{}/seats/stream", concert.performance);
    let mut ids = Stream::open(&office, &path, Some(&token), &[]).await;
    let mut states = Stream::open(&office, &format!("{path}?view=states"), Some(&token), &[]).await;
    let (before, first) = (ids.data().await, states.data().await);
    assert_eq!(first["states"], "aaa");

    let hall = text(&first["plan"]).trim_end_matches("-1").to_owned();
    let halls = format!("/v1/operator/halls/{hall}");
    let mut plan = office.get(&halls, OPERATOR).await.json()["hall"].clone();
    plan["sections"][0]["rows"][0]["seats"] = json!(["0", "1", "2", "3"]);
    assert_eq!(office.put(&halls, OPERATOR, plan).await.status, 200);
    let performance = format!("/v1/operator/performances/{}", concert.performance);
    assert_eq!(office.put(&format!("{performance}/plan"), OPERATOR, json!({"hall_version": 2})).await.status, 200);
    let moved = states.data().await;
    assert_eq!((&moved["plan"], &moved["states"]), (&json!(format!("{hall}-2")), &json!("aaaa")));
    let all = ids.data().await;
    assert_eq!(all["seats"].as_array().expect("seats").len(), 4);
    assert!(all["version"].as_u64() > before["version"].as_u64());
    let seats = office.seat_ids(&token, &concert).await;
    let hold = office.held(&token, &concert, &[&seats[3]]).await;
    assert_eq!(states.data().await["changed"], json!({"h": [3]}));
    assert_eq!(ids.data().await["seats"], json!([{"id": seats[3], "state": "held"}]));
    office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &token).await;
    assert_eq!(states.data().await["changed"], json!({"a": [3]}));
    assert_eq!(office.delete(&performance, OPERATOR).await.status, 204);
    assert!(states.next().await.is_none(), "there is nothing to follow any more");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_stream_needs_an_admitted_token_and_takes_it_from_the_query() {
    let office = Office::open().await;
    let (concert, inside, waiting) = one_inside_one_waiting(&office).await;
    let path = format!("/v1/performances/{}/seats/stream", concert.performance);

    refused(&office.get(&path, &waiting).await, 403, "not_admitted");
    let told = office.client().await.get(&format!("{path}?token={waiting}"), None).await.expect("an answer");
    refused(&told, 403, "not_admitted");
    let last_id = &[("last-event-id", "1")][..];
    let mut stream = Stream::open(&office, &format!("{path}?token={inside}"), None, last_id).await;
    assert_eq!(stream.data().await["seats"].as_array().map(Vec::len), Some(4));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_when_the_box_office_stops_and_go_on_after_it_starts() {
    let office = Office::open().await;
    let (concert, inside, waiting) = one_inside_one_waiting(&office).await;
    let seats = format!("/v1/performances/{}/seats/stream", concert.performance);
    let mut followed = [
        Stream::open(&office, POSITION, Some(&waiting), &[]).await,
        Stream::open(&office, &seats, Some(&inside), &[]).await,
    ];
    let before = followed[0].data().await;
    let ids = followed[1].data().await["seats"].clone();
    let hold = office.held(&inside, &concert, &[ids[0]["id"].as_str().expect("an id")]).await;
    assert_eq!(followed[1].data().await["seats"][0]["state"], "held");

    let office = office.restart().await;

    for stream in &mut followed {
        assert!(stream.next().await.is_none(), "the end of a stream is not the end of a place: no reason");
    }
    let mut again = Stream::open(&office, POSITION, Some(&waiting), &[("last-event-id", "1")]).await;
    assert_eq!(again.data().await, before);
    let mut again = Stream::open(&office, &seats, Some(&inside), &[]).await;
    let all = again.data().await["seats"].clone();
    assert_eq!((all.as_array().map(Vec::len), &all[0]["state"]), (Some(4), &json!("held")));
    office.advance_to(instant(&hold["held_until"]), 0).await;
    assert_eq!(again.data().await["seats"], json!([{"id": all[0]["id"], "state": "available"}]));
    office.verify();
}
