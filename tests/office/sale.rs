//! A sale as the desk watches it: its places, its pace, its line, by one stream; and what needs attention.

use serde_json::{Value, json};

use crate::streams::Stream;
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

fn address(concert: &Concert) -> String {
    format!("/v1/operator/concerts/{}/sale", concert.id)
}

async fn sale(office: &Office, concert: &Concert) -> Value {
    let answer = office.get(&address(concert), OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn codes(office: &Office) -> Vec<String> {
    let answer = office.get("/v1/operator/attention", OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["needs"].as_array().expect("needs").iter().map(|need| text(&need["code"])).collect()
}

async fn set(office: &Office, concert: &Concert, settings: Value) {
    let answer = office.patch(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR, settings).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_place_is_counted_once_and_what_was_sold_by_minute() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 2}), 2, 10).await;
    let empty = sale(&office, &concert).await;
    assert_eq!(empty["dates"][0]["performance_id"], concert.performance);
    assert_eq!((&empty["lately"]["tickets"], &empty["sells_out_in_minutes"]), (&json!(0), &Value::Null));

    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 2000).await;
    assert_eq!(office.pay(&token, &[&seats[0], &seats[1]], 2000).await.status, 201);
    let counter = json!({"performance_id": concert.performance, "seat_ids": seats[2..5], "paid_by": "cash"});
    office.make("/v1/operator/sales", counter).await;
    let held = office.enter(&office.buyer().await, &concert).await;
    office.held(&held, &concert, &[&seats[5], &seats[6]]).await;
    let blocks = format!("/v1/operator/performances/{}/blocks", concert.performance);
    office.make(&blocks, json!({"reason": "Desk", "seat_ids": [seats[19]]})).await;

    let now = sale(&office, &concert).await;
    let grades = now["dates"][0]["grades"].as_array().expect("grades");
    let sum = |of: &str| grades.iter().filter_map(|grade| grade[of].as_u64()).sum::<u64>();
    assert_eq!(["free", "held", "sold", "blocked"].map(sum), [12, 2, 5, 1]);
    assert_eq!(now["queue"]["admitted"], 1, "who paid is done");
    let lately = &now["lately"];
    assert_eq!((&lately["payments"], &lately["tickets"], &lately["takings"]), (&json!(2), &json!(5), &json!(5000)));
    assert_eq!(lately["tickets_by_minute"].as_array().map(Vec::len), Some(60));
    assert_eq!((&lately["tickets_by_minute"][59], &lately["takings_by_minute"][59]), (&json!(5), &json!(5000)));
    assert_eq!(now["sells_out_in_minutes"], 3, "twelve are free, five go in a minute");

    // Held until its instant and no longer; a minute later the minute is the last but one.
    office.advance_ms(600_000).await;
    let later = sale(&office, &concert).await;
    let grades = later["dates"][0]["grades"].as_array().expect("grades").clone();
    assert_eq!(grades.iter().filter_map(|grade| grade["held"].as_u64()).sum::<u64>(), 0);
    assert_eq!(later["lately"]["tickets_by_minute"][49], 5);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_places_are_counted_too() {
    let office = Office::open().await;
    let hall = json!({"name": "Club", "sections": [{"name": "Floor", "capacity": 50, "grade": "F"}]});
    let hall = text(&office.make("/v1/operator/halls", hall).await["id"]);
    let concert = office.make("/v1/operator/concerts", json!({"title": "Club", "time_zone": "Asia/Seoul"})).await;
    let performance = json!({"concert_id": concert["id"], "hall_id": hall, "prices": {"F": 500},
        "starts_at": "2027-03-01T10:00:00Z"});
    let performance = text(&office.make("/v1/operator/performances", performance).await["id"]);
    let sold =
        json!({"performance_id": performance, "standing": {"section": "Floor", "quantity": 3}, "paid_by": "cash"});
    office.make("/v1/operator/sales", sold).await;
    let concert = Concert { id: text(&concert["id"]), performance };
    let now = sale(&office, &concert).await;
    assert_eq!(now["dates"][0]["grades"], json!([{"grade": "F", "free": 47, "held": 0, "sold": 3, "blocked": 0}]));
    assert_eq!(now["lately"]["takings"], 1500, "the counter's sales count");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_is_followed_by_one_stream_as_long_as_the_key_may() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let key = json!({"name": "Hall manager", "scopes": ["manage"]});
    let key = office.make("/v1/operator/staff-keys", key).await;
    let path = address(&concert) + "/stream";
    let mut stream = Stream::open(&office, &path, Some(&text(&key["secret"])), &[]).await;
    let first = stream.next().await.expect("a message");
    assert_eq!((first.event.as_str(), first.id.as_str()), ("sale", "1"));
    assert_eq!(first.data["queue"]["waiting"], 0);

    office.enter(&office.buyer().await, &concert).await;
    office.join(&office.buyer().await, &concert).await;
    // What is shared is shared for less than a second of the office's time.
    office.advance_ms(1000).await;
    let later = stream.until(|data| data["queue"]["waiting"] == 1).await;
    assert_eq!(later["queue"]["admitted"], 1);
    let revoke = format!("/v1/operator/staff-keys/{}", text(&key["staff_key"]["id"]));
    assert_eq!(office.delete(&revoke, OPERATOR).await.status, 204);
    while stream.next().await.is_some() {}

    let nowhere = "/v1/operator/concerts/00000000-0000-0000-0000-000000000000/sale/stream";
    refused(&office.get(nowhere, OPERATOR).await, 404, "concert_not_found");
    let seller = office.make("/v1/operator/staff-keys", json!({"name": "Box", "scopes": ["sell"]})).await;
    refused(&office.get(&path, &text(&seller["secret"])).await, 403, "scope_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_attention_is_told_until_it_is_done() {
    let office = Office::open().await;
    assert_eq!(codes(&office).await, [""; 0]);
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    office.enter(&office.buyer().await, &concert).await;
    office.join(&office.buyer().await, &concert).await;
    office.advance_ms(1000).await;
    assert_eq!(codes(&office).await, [""; 0], "whoever waits for a full room waits in order");

    set(&office, &concert, json!({"state": "paused"})).await;
    office.advance_ms(1000).await;
    assert_eq!(codes(&office).await, ["queue_paused"]);
    let need = &office.get("/v1/operator/attention", OPERATOR).await.json()["needs"][0];
    assert_eq!((&need["concert_id"], &need["count"]), (&json!(concert.id), &json!(1)));
    assert_eq!(sale(&office, &concert).await["needs"][0]["code"], "queue_paused");

    set(&office, &concert, json!({"state": "open"})).await;
    office.advance_ms(1000).await;
    assert_eq!(codes(&office).await, [""; 0]);
    // The time of day was set by an hour while the program runs.
    office.clock.step_wall_ms(HOUR_MS);
    // A leap is believed once it has stood.
    office.advance_ms(120_000).await;
    assert!(codes(&office).await.contains(&"clock_set".to_owned()));
}
