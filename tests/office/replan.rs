//! A performance moves to a newer version of its hall: whoever has or holds a seat keeps it, under another number, and nobody
//! gets one that was not meant.

use serde_json::{Value, json};

use crate::support::{Concert, OPERATOR, Office, refused, text};

/// Two rows, as the hall is at first.
fn first() -> Value {
    json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": [
        {"name": "A", "grade": "R", "seats": ["1", "2", "3"]}, {"name": "B", "grade": "S", "seats": ["1", "2"]}]}]})
}

/// A row in front, A without its first seat, B the other way round.
fn second() -> Value {
    json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": [
        {"name": "Front", "grade": "R", "seats": 4}, {"name": "A", "grade": "R", "seats": ["2", "3"]},
        {"name": "B", "grade": "S", "seats": ["2", "1"]}]}]})
}

struct Played {
    hall: String,
    concert: Concert,
}

impl Played {
    async fn put_on(office: &Office) -> Self {
        let hall = text(&office.make("/v1/operator/halls", first()).await["id"]);
        let concert =
            office.make("/v1/operator/concerts", json!({"title": "Concert", "time_zone": "Asia/Seoul"})).await;
        let performance = json!({"concert_id": concert["id"], "hall_id": hall, "starts_at": "2027-06-01T10:30:00Z",
            "prices": {"R": 1000, "S": 500}});
        let performance = text(&office.make("/v1/operator/performances", performance).await["id"]);
        Self { hall, concert: Concert { id: text(&concert["id"]), performance } }
    }

    async fn rebuild(&self, office: &Office, hall: Value) {
        let changed = office.put(&format!("/v1/operator/halls/{}", self.hall), OPERATOR, hall).await;
        assert_eq!(changed.status, 200, "{}", changed.json());
    }

    fn path(&self) -> String {
        format!("/v1/operator/performances/{}", self.concert.performance)
    }

    async fn replan(&self, office: &Office, version: u32) -> boxoffice::client::Answer {
        office.put(&format!("{}/plan", self.path()), OPERATOR, json!({"hall_version": version})).await
    }
}

/// What is written on a seat, wherever it is shown.
fn words(seat: &Value) -> Value {
    ["section", "row", "label", "grade", "price"].into_iter().map(|word| seat[word].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_and_holds_follow_and_old_ids_are_nobodys() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let (has, holds) = (office.buyer().await, office.buyer().await);
    let (token, holding) = (office.enter(&has, &played.concert).await, office.enter(&holds, &played.concert).await);
    let old = office.seat_ids(&token, &played.concert).await;
    office.top_up(&token, 1000).await;
    let paid = office.pay(&token, &[&old[1]], 1000).await.json();
    let code = text(&paid["tickets"][0]["code"]);
    let held = office.held(&holding, &played.concert, &[&old[2], &old[3]]).await;
    let of_seats = format!("/v1/performances/{}/seats", played.concert.performance);
    let before = office.get(&format!("{of_seats}?view=states"), &holding).await.json();
    let ticket = office.get(&format!("/v1/tickets/{code}"), &has.session).await.json();

    played.rebuild(&office, second()).await;
    let shown = office.get(&played.path(), OPERATOR).await;
    assert_eq!(shown.json()["hall_version"], 1);
    let tag = shown.headers["etag"].to_str().expect("text").to_owned();
    let body = json!({"hall_version": 2});
    let plan = format!("{}/plan", played.path());
    let late = office.with_header("PUT", &plan, OPERATOR, ("if-match", "\"0\""), body.clone()).await;
    refused(&late, 412, "changed_meanwhile");
    let moved = office.with_header("PUT", &plan, OPERATOR, ("if-match", &tag), body).await;
    assert_eq!((moved.status, &moved.json()["hall_version"]), (200, &json!(2)), "{}", moved.json());

    // Front 1-4, A 2-3, B 2-1: sold, held and held.
    let states = office.get(&format!("{of_seats}?view=states&since={}", before["version"]), &holding).await.json();
    assert_eq!((&states["states"], states.get("changed")), (&json!("aaaashah"), None), "older versions help nobody");
    assert_eq!(states["plan"], json!(format!("{}-2", played.hall)));
    let plan = office.get(&format!("/v1/performances/{}/plan", played.concert.performance), "").await.json();
    assert_eq!(plan["plan"], states["plan"]);

    let new = office.seat_ids(&holding, &played.concert).await;
    assert!(old.iter().all(|id| !new.contains(id)), "{old:?} {new:?}");
    let now = office.get(&format!("/v1/tickets/{code}"), &has.session).await.json();
    assert_eq!((words(&now["seat"]), &now["seat"]["id"]), (words(&ticket["seat"]), &json!(new[4])));
    let listed = office.get("/v1/payments", &has.session).await.json();
    assert_eq!(listed["payments"][0]["tickets"][0]["seat_id"], json!(new[4]));
    let now = office.holds(&holding).await.remove(0);
    let all = |hold: &Value| hold["seats"].as_array().expect("seats").iter().map(words).collect::<Vec<_>>();
    assert_eq!((all(&now), &now["held_until"]), (all(&held), &held["held_until"]));
    assert_eq!(now["seats"][1]["id"], json!(new[7]));

    // Under its old id a seat is none, though the number is in the plan.
    let other = office.enter(&office.buyer().await, &played.concert).await;
    refused(&office.hold(&other, &played.concert, &[&old[0]]).await, 404, "seat_not_found");
    refused(&office.pay(&holding, &[&old[2], &old[3]], 1500).await, 404, "seat_not_found");
    let office = office.restart().await;
    let after = office.get(&format!("{of_seats}?view=states&since={}", states["version"]), &holding).await.json();
    assert_eq!(after["changed"], json!({}), "a version means the same after a restart");
    office.top_up(&holding, 1500).await;
    assert_eq!(office.pay(&holding, &[&new[5], &new[7]], 1500).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stays_where_it_is_while_seats_would_be_missing() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let (has, holds) = (office.buyer().await, office.buyer().await);
    let (token, holding) = (office.enter(&has, &played.concert).await, office.enter(&holds, &played.concert).await);
    let seats = office.seat_ids(&token, &played.concert).await;
    office.top_up(&token, 1000).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 1000).await.status, 201);
    let hold = office.held(&holding, &played.concert, &[&seats[3]]).await;

    played.rebuild(&office, second()).await;
    let missing = played.replan(&office, 2).await;
    refused(&missing, 409, "seats_missing");
    assert_eq!(missing.json()["seats"], json!(["Stalls, A, 1"]));
    // The seat held is there, but at another price than its buyer saw.
    let mut dearer = first();
    dearer["sections"][0]["rows"][1]["grade"] = json!("R");
    played.rebuild(&office, dearer.clone()).await;
    let missing = played.replan(&office, 3).await;
    assert_eq!((missing.status, &missing.json()["seats"]), (409, &json!(["Stalls, B, 1"])));
    let mut unpriced = first();
    unpriced["sections"][0]["rows"][0]["grade"] = json!("VIP");
    played.rebuild(&office, unpriced).await;
    refused(&played.replan(&office, 4).await, 400, "invalid_field");
    // Nothing is played in the versions between: they are gone.
    refused(&played.replan(&office, 3).await, 400, "invalid_field");
    assert_eq!(office.get(&played.path(), OPERATOR).await.json()["hall_version"], 1);
    assert_eq!(office.seat_ids(&holding, &played.concert).await, seats);

    // Held no more, nobody has been told a price.
    office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &holding).await;
    played.rebuild(&office, dearer).await;
    assert_eq!(played.replan(&office, 5).await.json()["hall_version"], 5);
    assert_eq!(office.seat_states(&holding, &played.concert).await[0], "sold");
    let dated = office.get("/v1/dates", &holding).await.json()["dates"][0].clone();
    assert_eq!((&dated["available"], &dated["total"]), (&json!(4), &json!(5)));
    office.verify();
}
