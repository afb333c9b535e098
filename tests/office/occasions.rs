//! When and where: whatever happens at a performance shows it on the venue's clock; and no two shows are in one hall at
//! one time, nor a sale after its show, by a slip.

use serde_json::{Value, json};

use crate::support::{Concert, OPERATOR, Office, refused, text};

/// A concert there, and a hall of one row of four seats of grade R.
async fn stage(office: &Office, time_zone: &str) -> (String, String) {
    let rows = json!([{"name": "A", "seats": 4, "grade": "R"}]);
    let hall = json!({"name": "소극장", "sections": [{"name": "Stalls", "rows": rows}]});
    let hall = text(&office.make("/v1/operator/halls", hall).await["id"]);
    let concert = json!({"title": "Concert", "time_zone": time_zone});
    (text(&office.make("/v1/operator/concerts", concert).await["id"]), hall)
}

fn performance(concert: &str, hall: &str, starts_at: &str) -> Value {
    json!({"concert_id": concert, "hall_id": hall, "starts_at": starts_at, "prices": {"R": 1000}})
}

/// What every view says of a performance.
fn occasion(value: &Value) -> Value {
    let members = ["starts_at", "local_date", "local_time", "utc_offset", "hall"];
    members.iter().map(|name| value[name].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_show_after_midnight_is_the_same_night_everywhere() {
    let office = Office::open().await;
    let (concert, hall) = stage(&office, "asia/seoul").await;
    let made = performance(&concert, &hall, "2027-12-25T00:30:00+09:00");
    let made = office.make("/v1/operator/performances", made).await;
    let expected = json!(["2027-12-24T15:30:00.000Z", "2027-12-25", "00:30", "+09:00", "소극장"]);
    assert_eq!(occasion(&made), expected);

    let concert = Concert { id: concert, performance: text(&made["id"]) };
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    office.top_up(&token, 1000).await;
    assert_eq!(occasion(&office.get("/v1/dates", &token).await.json()["dates"][0]), expected);
    let seats = office.seat_ids(&token, &concert).await;
    assert_eq!(occasion(&office.held(&token, &concert, &[&seats[0]]).await), expected);
    assert_eq!(occasion(&office.holds(&token).await[0]), expected);
    let paid = office.pay(&token, &[&seats[0]], 1000).await.json();
    let code = text(&paid["tickets"][0]["code"]);
    let ticket = office.get(&format!("/v1/tickets/{code}"), &buyer.session).await.json();
    let payment = office.get(&format!("/v1/payments/{}", text(&paid["id"])), &buyer.session).await.json();
    let listed = office.get("/v1/payments", &buyer.session).await.json();
    let listed = &listed["payments"][0]["tickets"][0];
    for shown in [&paid["tickets"][0], &ticket, &payment["tickets"][0], listed] {
        assert_eq!((occasion(shown), &shown["performance_id"]), (expected.clone(), &made["id"]), "{shown}");
    }
    assert_eq!((&listed["concert"], &ticket["concert"]), (&json!("Concert"), &json!("Concert")));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_that_comes_twice_is_told_apart() {
    let office = Office::open().await;
    let (concert, hall) = stage(&office, "America/New_York").await;
    for starts_at in ["2027-11-07T01:30:00-04:00", "2027-11-07T01:30:00-05:00"] {
        office.make("/v1/operator/performances", performance(&concert, &hall, starts_at)).await;
    }
    let token = office.enter(&office.buyer().await, &Concert { id: concert, performance: String::new() }).await;
    let dates = office.get("/v1/dates", &token).await.json();
    let shown = |at: usize| ["local_date", "local_time", "utc_offset"].map(|name| text(&dates["dates"][at][name]));
    assert_eq!([shown(0), shown(1)], [["2027-11-07", "01:30", "-04:00"], ["2027-11-07", "01:30", "-05:00"]]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concert_shows_when_its_sale_begins_there() {
    let office = Office::open().await;
    let concert = json!({"title": "Concert", "time_zone": "US/Eastern", "on_sale_at": "2027-07-01T14:00:00Z"});
    let made = office.make("/v1/operator/concerts", concert).await;
    let shown = office.get(&format!("/v1/concerts/{}", text(&made["id"])), "").await.json();
    for concert in [&made, &shown] {
        let on_sale = json!({"local_date": "2027-07-01", "local_time": "10:00", "utc_offset": "-04:00"});
        let opens = json!({"local_date": "2027-07-01", "local_time": "09:30", "utc_offset": "-04:00"});
        assert_eq!((&concert["on_sale_local"], &concert["queue_opens_local"]), (&on_sale, &opens));
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hall_that_is_taken_is_not_given_twice_unless_told() {
    let office = Office::open().await;
    let (concert, hall) = stage(&office, "Asia/Seoul").await;
    let (other_concert, other_hall) = stage(&office, "Asia/Seoul").await;
    let path = "/v1/operator/performances";
    let mut long = performance(&concert, &hall, "2027-06-01T19:30:00Z");
    long["duration_minutes"] = json!(150);
    let made = office.make(path, long.clone()).await;

    let mut before = performance(&concert, &hall, "2027-06-01T18:00:00Z");
    before["duration_minutes"] = json!(91);
    for taken in [&long, &performance(&other_concert, &hall, "2027-06-01T21:59:59.999Z"), &before] {
        let refusal = office.post(path, OPERATOR, taken.clone()).await;
        refused(&refusal, 409, "hall_taken");
        assert_eq!(refusal.json()["performance_id"], made["id"]);
        assert_eq!(refusal.json()["starts_at"], "2027-06-01T19:30:00.000Z");
    }
    // From one end to the next beginning, elsewhere, and where the operator says so.
    before["duration_minutes"] = json!(90);
    office.make(path, before).await;
    office.make(path, performance(&concert, &hall, "2027-06-01T22:00:00Z")).await;
    refused(
        &office.post(path, OPERATOR, performance(&concert, &hall, "2027-06-01T22:59:00Z")).await,
        409,
        "hall_taken",
    );
    office.make(path, performance(&concert, &hall, "2027-06-01T23:00:00Z")).await;
    office.make(path, performance(&concert, &other_hall, "2027-06-01T19:30:00Z")).await;
    long["allow_overlap"] = json!(true);
    office.make(path, long.clone()).await;
    for minutes in [0, 1441] {
        long["duration_minutes"] = json!(minutes);
        refused(&office.post(path, OPERATOR, long.clone()).await, 400, "invalid_field");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_does_not_begin_after_its_show_unless_told() {
    let office = Office::open().await;
    let (_, hall) = stage(&office, "Asia/Seoul").await;
    let on_sale_at = "2027-07-01T10:00:00.000Z";
    let concert = json!({"title": "Late", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at});
    let concert = text(&office.make("/v1/operator/concerts", concert).await["id"]);
    let path = "/v1/operator/performances";
    for starts_at in ["2027-06-01T10:00:00Z", on_sale_at] {
        let refusal = office.post(path, OPERATOR, performance(&concert, &hall, starts_at)).await;
        refused(&refusal, 409, "sale_too_late");
        assert_eq!(refusal.json()["on_sale_at"], on_sale_at);
    }
    office.make(path, performance(&concert, &hall, "2027-07-01T10:00:00.001Z")).await;
    let mut told = performance(&concert, &hall, "2027-06-01T10:00:00Z");
    told["allow_late_sale"] = json!(true);
    office.make(path, told).await;
    office.verify();
}
