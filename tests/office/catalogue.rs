//! What is on: concerts and their pages, halls, dates in the venue's time zone, the seat map and its versions.

use std::io::Read;

use boxoffice::client::{Answer, Ask};
use boxoffice::clock::Instant;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{Concert, Office, instant, refused, text};

/// A concert with one performance in a hall with these rows; every grade costs 1,000.
pub async fn concert_in(office: &Office, time_zone: &str, rows: Value, starts_at: &[&str]) -> Concert {
    let grades = rows.as_array().expect("rows").iter().map(|row| (text(&row["grade"]), json!(1000)));
    let prices: Value = grades.collect::<serde_json::Map<_, _>>().into();
    let hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let concert = office.make("/v1/operator/concerts", json!({"title": "Concert", "time_zone": time_zone})).await;
    let mut performance = Value::Null;
    for starts_at in starts_at {
        let body = json!({"concert_id": concert["id"], "hall_id": hall, "starts_at": starts_at, "prices": prices,
            "allow_overlap": true});
        performance = office.make("/v1/operator/performances", body).await["id"].clone();
    }
    Concert { id: text(&concert["id"]), performance: text(&performance) }
}

pub fn row(name: &str, seats: Value, grade: &str) -> Value {
    json!({"name": name, "seats": seats, "grade": grade})
}

pub const CHRISTMAS: &[&str] = &["2026-12-24T10:30:00Z"];

async fn anyone_gets(office: &Office, path: &str) -> Answer {
    office.client().await.get(path, None).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concerts_are_listed_by_their_end_and_page_by_page() {
    let office = Office::open().await;
    assert_eq!(anyone_gets(&office, "/v1/concerts").await.json(), json!({"concerts": []}));
    let mut made = Vec::new();
    for at in 0..23 {
        let concert = json!({"title": format!("Concert {at}"), "time_zone": "Asia/Seoul"});
        made.push(office.make("/v1/operator/concerts", concert).await["id"].clone());
    }
    // The last one has a date, and with it an end.
    let last = Concert { id: text(&made[22]), performance: String::new() };
    office.performance(&last, 2, office.now().plus_ms(1000)).await;
    made.rotate_right(1);

    let first = anyone_gets(&office, "/v1/concerts").await.json();
    let cursor = text(&first["next_cursor"]);
    let second = anyone_gets(&office, &format!("/v1/concerts?cursor={cursor}")).await.json();

    let ids = |page: &Value| -> Vec<Value> {
        page["concerts"].as_array().expect("a page").iter().map(|concert| concert["id"].clone()).collect()
    };
    assert_eq!((ids(&first), ids(&second)), (made[..20].to_vec(), made[20..].to_vec()));
    assert_eq!(second["next_cursor"], Value::Null);
    refused(&anyone_gets(&office, "/v1/concerts?cursor=nonsense").await, 400, "invalid_field");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concert_shows_its_queue_as_it_stands() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let path = format!("/v1/concerts/{}", concert.id);
    for buyer in office.buyers(3).await {
        office.join(&buyer, &concert).await;
    }

    let shown = anyone_gets(&office, &path).await.json();

    assert_eq!((&shown["id"], &shown["title"]), (&json!(concert.id), &json!("Concert")));
    assert_eq!((&shown["time_zone"], &shown["queue_state"]), (&json!("Asia/Seoul"), &json!("open")));
    assert_eq!(shown["waiting"], 2);
    assert_eq!(instant(&shown["on_sale_at"]), office.now());
    assert_eq!(instant(&shown["queue_opens_at"]), office.now().plus_ms(-30 * 60_000));
    let unknown = format!("/v1/concerts/{}", concert.performance);
    refused(&anyone_gets(&office, &unknown).await, 404, "concert_not_found");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_halls_rows_are_given_as_a_count_or_as_the_numbers_on_the_seats() {
    let office = Office::open().await;
    let rows = json!([row("A", json!(3), "VIP"), row("B", json!([7, 5, 3, 1]), "R"), row("\"<Ω>\"", json!([0]), "R")]);
    let concert = concert_in(&office, "Asia/Seoul", rows, CHRISTMAS).await;
    let token = office.enter(&office.buyer().await, &concert).await;

    let map = office.get(&format!("/v1/performances/{}/seats", concert.performance), &token).await.json();

    let seats = map["seats"].as_array().expect("seats");
    let labels: Vec<_> = seats.iter().map(|seat| text(&seat["row"]) + " " + &text(&seat["label"])).collect();
    assert_eq!(labels, ["A 1", "A 2", "A 3", "B 7", "B 5", "B 3", "B 1", "\"<Ω>\" 0"]);
    assert_eq!(seats[2]["grade"], "VIP");
    assert_eq!(seats[3]["grade"], "R");
    office.verify();
}

/// Performances that start then are listed in order of time, with these local dates and times.
async fn dates_are_shown_as(office: &Office, time_zone: &str, starts_at: &[&str], local: &[(&str, &str)]) {
    let concert = concert_in(office, time_zone, json!([row("A", json!(2), "R")]), starts_at).await;
    let token = office.enter(&office.buyer().await, &concert).await;

    let dates = office.get("/v1/dates", &token).await.json();

    let dates = dates["dates"].as_array().expect("dates");
    let shown = dates.iter().map(|date| (date["local_date"].as_str(), date["local_time"].as_str()));
    let expected = local.iter().map(|&(date, time)| (Some(date), Some(time)));
    assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{time_zone}");
    let mut given: Vec<_> = starts_at.iter().map(|text| Instant::parse_rfc3339(text)).collect();
    given.sort_unstable();
    assert!(dates.iter().map(|date| Some(instant(&date["starts_at"]))).eq(given), "{time_zone}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_stand_in_the_venues_time_zone_and_in_order() {
    let office = Office::open().await;
    // The evening before, there; and both sides of the hour that summer time skips.
    let in_new_york = &["2027-03-14T07:00:00Z", "2026-12-25T01:30:00Z", "2027-03-14T06:59:00Z"][..];
    let there = &[("2026-12-24", "20:30"), ("2027-03-14", "01:59"), ("2027-03-14", "03:00")][..];
    dates_are_shown_as(&office, "America/New_York", in_new_york, there).await;
    dates_are_shown_as(&office, "Pacific/Kiritimati", &["2026-12-24T10:00:00Z"], &[("2026-12-25", "00:00")]).await;
    dates_are_shown_as(&office, "Asia/Seoul", &["2026-12-24T19:30:00+09:00"], &[("2026-12-24", "19:30")]).await;
    office.verify();
}

/// A seat map as one buyer sees it.
struct Viewer<'a> {
    office: &'a Office,
    token: &'a str,
    path: String,
}

impl<'a> Viewer<'a> {
    fn new(office: &'a Office, token: &'a str, concert: &Concert) -> Self {
        Self { office, token, path: format!("/v1/performances/{}/seats", concert.performance) }
    }

    async fn unless(&self, etag: &str) -> Answer {
        let headers = &[("if-none-match", etag)][..];
        let ask = Ask { method: "GET", path: &self.path, bearer: Some(self.token), headers, ..Ask::default() };
        self.office.client().await.send(&ask).await.expect("an answer")
    }

    async fn taking(&self, encodings: &str) -> Answer {
        let headers = &[("accept-encoding", encodings)][..];
        let ask = Ask { method: "GET", path: &self.path, bearer: Some(self.token), headers, ..Ask::default() };
        self.office.client().await.send(&ask).await.expect("an answer")
    }

    async fn since(&self, version: u64) -> Value {
        let answer = self.office.get(&format!("{}?since={version}", self.path), self.token).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    }

    async fn available(&self) -> Vec<(String, u64)> {
        let date = self.office.get("/v1/dates", self.token).await.json()["dates"][0].clone();
        let grades = date["grades"].as_array().expect("grades").iter();
        let left: Vec<_> =
            grades.map(|grade| (text(&grade["grade"]), grade["available"].as_u64().expect("a number"))).collect();
        assert_eq!(date["available"], left.iter().map(|(_, left)| left).sum::<u64>());
        left
    }
}

fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_map_that_has_not_changed_is_not_sent_again() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let viewer = Viewer::new(&office, &token, &concert);
    let whole = viewer.unless("\"0\"").await;
    let tag = etag(&whole);
    assert_eq!(tag, format!("\"{}\"", whole.json()["version"]));

    for known in [tag.clone(), format!("W/{tag}"), format!("\"1\", {tag}"), "*".to_owned()] {
        let unchanged = viewer.unless(&known).await;
        assert_eq!((unchanged.status, unchanged.body.len(), etag(&unchanged)), (304, 0, tag.clone()), "{known}");
    }

    let until = instant(&office.held(&token, &concert, &[&seats[0]]).await["held_until"]);
    let changed = viewer.unless(&tag).await;
    assert_eq!((changed.status, &changed.json()["seats"][0]["state"]), (200, &json!("held")));
    let held = etag(&changed);
    assert_ne!(held, tag);
    assert_eq!(viewer.unless(&held).await.status, 304);
    // The end of a hold is a change too, at its instant.
    office.clock.set(until.plus_ms(-1));
    assert_eq!(viewer.unless(&held).await.status, 304);
    office.clock.set(until);
    let freed = viewer.unless(&held).await;
    assert_eq!((freed.status, &freed.json()["seats"][0]["state"]), (200, &json!("available")));
    refused(
        &office.get(&viewer.path.replace(&concert.performance, &concert.id), &token).await,
        404,
        "performance_not_found",
    );
    office.verify();
}

/// Whoever takes gzip gets the same map in it; whoever does not, does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_map_is_compressed_for_who_asks() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 10, 40).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let viewer = Viewer::new(&office, &token, &concert);
    let plain = office.get(&viewer.path, &token).await;
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(plain.headers["vary"], "accept-encoding");

    for accepted in ["gzip", "br, GZIP;q=0.5", "deflate, gzip , *;q=0"] {
        let packed = viewer.taking(accepted).await;
        assert_eq!(packed.headers["content-encoding"], "gzip", "{accepted}");
        // RFC 9110 §8.8.3: what differs by its encoding differs by its tag, and either tells that nothing changed.
        let tag = etag(&plain).trim_end_matches('"').to_owned() + "-gzip\"";
        assert_eq!((packed.status, etag(&packed)), (200, tag.clone()), "{accepted}");
        assert_eq!(viewer.unless(&tag).await.status, 304, "{accepted}");
        assert!(packed.body.len() * 5 < plain.body.len(), "{} of {} bytes", packed.body.len(), plain.body.len());
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain.body, "{accepted}");
    }
    for refused in ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"] {
        let answer = viewer.taking(refused).await;
        assert_eq!((answer.headers.get("content-encoding"), &answer.body), (None, &plain.body), "{refused}");
    }
}

/// Hold, release, expiry and sale, each as the change since the version before, and in the seats left by grade.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_a_seat_shows_in_the_delta_and_in_the_seats_left() {
    let office = Office::open().await;
    let rows = json!([row("A", json!(3), "VIP"), row("B", json!(5), "R")]);
    let concert = concert_in(&office, "Asia/Seoul", rows, CHRISTMAS).await;
    let (watcher, token) = (office.buyer().await, office.buyer().await);
    let (watcher, token) = (office.enter(&watcher, &concert).await, office.enter(&token, &concert).await);
    let seats = office.seat_ids(&token, &concert).await;
    let viewer = Viewer::new(&office, &watcher, &concert);
    let left = |r, vip| vec![("R".to_owned(), r), ("VIP".to_owned(), vip)];
    let whole = office.get(&viewer.path, &watcher).await.json();
    let mut version = whole["version"].as_u64().expect("a version");
    let delta = async |version: &mut u64| {
        let changes = viewer.since(*version).await;
        assert_eq!(changes["performance_id"], json!(concert.performance));
        *version = changes["version"].as_u64().expect("a version");
        changes["seats"].clone()
    };
    assert_eq!(delta(&mut version).await, json!([]));
    assert_eq!(viewer.available().await, left(5, 3));

    let hold = office.held(&token, &concert, &[&seats[0], &seats[4]]).await;
    let both = |state: &str| json!([{"id": seats[0], "state": state}, {"id": seats[4], "state": state}]);
    assert_eq!(delta(&mut version).await, both("held"));
    assert_eq!(viewer.available().await, left(4, 2));

    office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &token).await;
    assert_eq!(delta(&mut version).await, both("available"));
    assert_eq!(viewer.available().await, left(5, 3));

    let hold = office.held(&token, &concert, &[&seats[0], &seats[4]]).await;
    assert_eq!(delta(&mut version).await, both("held"));
    office.clock.set(instant(&hold["held_until"]));
    assert_eq!(viewer.available().await, left(5, 3));
    assert_eq!(delta(&mut version).await, both("available"));
    // Noting what ended at its instant is no further change.
    office.advance_ms(0).await;
    assert_eq!(viewer.unless(&format!("\"{version}\"")).await.status, 304);
    assert_eq!(viewer.available().await, left(5, 3));

    office.top_up(&token, 1000).await;
    assert_eq!(office.pay(&token, &[&seats[2]], 1000).await.status, 201);
    assert_eq!(delta(&mut version).await, json!([{"id": seats[2], "state": "sold"}]));
    assert_eq!(viewer.available().await, left(5, 2));

    // Of a version that is none, only the whole map helps.
    let whole = office.get(&viewer.path, &watcher).await.json();
    assert_eq!(viewer.since(version + 1000).await, whole);
    let touched = json!([{"id": seats[0], "state": "available"}, {"id": seats[2], "state": "sold"},
        {"id": seats[4], "state": "available"}]);
    assert_eq!(viewer.since(0).await["seats"], touched, "since the beginning");
    office.verify();
}
