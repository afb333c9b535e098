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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_back_stays_a_ticket_for_the_seat_it_was() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &played.concert).await;
    let seats = office.seat_ids(&token, &played.concert).await;
    office.top_up(&token, 2000).await;
    // A 1 is no more in the second version; A 2 has another number there.
    let paid = office.pay(&token, &[&seats[0], &seats[1]], 2000).await.json();
    let refund = format!("/v1/operator/payments/{}/refunds", text(&paid["id"]));
    played.rebuild(&office, second()).await;
    refused(&played.replan(&office, 2).await, 409, "seats_missing");
    assert_eq!(office.post(&refund, OPERATOR, json!({})).await.status, 201);
    assert_eq!(played.replan(&office, 2).await.status, 200);
    let seen = |payments: Value| -> Vec<Value> {
        let of = &payments["payments"][0]["tickets"];
        of.as_array().expect("tickets").iter().map(|ticket| ticket["seat_id"].clone()).collect()
    };
    let list = office.get("/v1/payments", &buyer.session).await.json();
    assert_eq!(seen(list.clone()), [json!(seats[0]), json!(seats[1])], "under the ids that nobody has now");

    // Somebody else has the second one now, and its number is not the ticket's.
    let other = office.enter(&office.buyer().await, &played.concert).await;
    let new = office.seat_ids(&other, &played.concert).await;
    office.top_up(&other, 1000).await;
    let sold = office.pay(&other, &[&new[4]], 1000).await;
    assert_eq!(sold.status, 201, "{}", sold.json());
    refused(&office.post(&refund, OPERATOR, json!({})).await, 409, "ticket_cancelled");
    assert_eq!(office.get("/v1/payments", &buyer.session).await.json(), list);

    // What the tickets name stays, though another performance leaves it, and the hall goes on.
    let mut third = second();
    third["sections"][0]["rows"][0]["seats"] = json!(5);
    played.rebuild(&office, third).await;
    assert_eq!(played.replan(&office, 3).await.status, 200);
    let office = office.restart().await;
    assert_eq!(office.get("/v1/payments", &buyer.session).await.json(), list);
    office.verify();
    // Whatever was sold of it once: it is not taken back.
    let sold = sold.json();
    let back = format!("/v1/operator/payments/{}/refunds", text(&sold["id"]));
    assert_eq!(office.post(&back, OPERATOR, json!({})).await.status, 201);
    played.rebuild(&office, first()).await;
    assert_eq!(played.replan(&office, 4).await.status, 200);
    refused(&office.delete(&played.path(), OPERATOR).await, 409, "in_use");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_and_the_doors_list_follow() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let (concert, holder) = (&played.concert, office.buyer().await);
    let token = office.enter(&holder, concert).await;
    let ids = office.seat_ids(&token, concert).await;
    office.top_up(&token, 1500).await;
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let hold = office.held(&token, concert, &all[1..]).await;
    let others = office.enter(&office.buyer().await, concert).await;
    let first_seat = office.held(&others, concert, &all[..1]).await;
    let waits = office.buyer().await;
    let waitlist = format!("/v1/concerts/{}/waitlist", concert.id);
    assert_eq!(office.post(&waitlist, &waits.session, json!({"quantity": 2, "grade": "S"})).await.status, 201);
    office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &token).await;
    office.app.run_due().await;
    let offered = office.get(&waitlist, &waits.session).await.json();
    let words_of = |place: &Value| -> Vec<Value> {
        place["offer"]["seats"].as_array().expect("seats").iter().map(words).collect()
    };
    assert_eq!(words_of(&offered).len(), 2, "{offered}");
    let paid = office.pay(&token, &[&ids[1], &ids[2]], 2000).await;
    refused(&paid, 402, "insufficient_balance");
    office.top_up(&token, 500).await;
    assert_eq!(office.pay(&token, &[&ids[1], &ids[2]], 2000).await.status, 201);
    let door = format!("{}/door-list", played.path());
    let page = office.get(&format!("{door}?limit=1"), OPERATOR).await.json();
    let listed = office.get(&door, OPERATOR).await.json();

    // The first seat is held, and not there: nothing moves.
    played.rebuild(&office, second()).await;
    refused(&played.replan(&office, 2).await, 409, "seats_missing");
    office.delete(&format!("/v1/holds/{}", text(&first_seat["id"])), &others).await;
    assert_eq!(played.replan(&office, 2).await.status, 200);
    let now = office.get(&waitlist, &waits.session).await.json();
    assert_eq!((words_of(&now), &now["offer"]["held_until"]), (words_of(&offered), &offered["offer"]["held_until"]));
    assert_ne!(now["offer"]["seats"][0]["id"], offered["offer"]["seats"][0]["id"]);
    // Codes stay what they are; who has read half of the list begins anew.
    let moved = office.get(&door, OPERATOR).await.json();
    let hashes = |list: &Value| -> Vec<Value> {
        list["tickets"].as_array().expect("tickets").iter().map(|of| of["hash"].clone()).collect()
    };
    assert_eq!(hashes(&moved), hashes(&listed));
    let rest = office.get(&format!("{door}?cursor={}", text(&page["next_cursor"])), OPERATOR).await;
    refused(&rest, 400, "invalid_field");
    let wallet = format!("/v1/operator/users/{}/top-ups", waits.id);
    assert_eq!(office.post(&wallet, OPERATOR, json!({"amount": 1000})).await.status, 201);
    let paid = office.post(&format!("{waitlist}/payment"), &waits.session, json!({"amount": 1000})).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_that_a_newer_version_adds_are_offered_to_those_who_wait() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let token = office.enter(&office.buyer().await, &played.concert).await;
    let ids = office.seat_ids(&token, &played.concert).await;
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    office.held(&token, &played.concert, &all[..4]).await;
    let other = office.enter(&office.buyer().await, &played.concert).await;
    office.held(&other, &played.concert, &all[4..]).await;
    let waits = office.buyer().await;
    let waitlist = format!("/v1/concerts/{}/waitlist", played.concert.id);
    assert_eq!(office.post(&waitlist, &waits.session, json!({"quantity": 1})).await.status, 201);
    let mut larger = first();
    larger["sections"][0]["rows"][0]["seats"] = json!(["0", "1", "2", "3"]);
    played.rebuild(&office, larger).await;
    assert_eq!(played.replan(&office, 2).await.status, 200);
    office.app.run_due().await;
    let place = office.get(&waitlist, &waits.session).await.json();
    assert_eq!(place["offer"]["seats"][0]["label"], "0", "{place}");
    office.verify();
}

/// `first` with more rows behind.
fn with_rows_behind(rows: &[(&str, u32)]) -> Value {
    let mut hall = first();
    let all = hall["sections"][0]["rows"].as_array_mut().expect("rows");
    all.extend(rows.iter().map(|(name, seats)| json!({"name": name, "grade": "S", "seats": seats})));
    hall
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_its_number_is_not_touched() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let (has, holds) = (office.buyer().await, office.buyer().await);
    let (token, holding) = (office.enter(&has, &played.concert).await, office.enter(&holds, &played.concert).await);
    let old = office.seat_ids(&token, &played.concert).await;
    office.top_up(&token, 3000).await;
    let paid = office.pay(&token, &[&old[0], &old[1]], 2000).await.json();
    let hold = office.held(&holding, &played.concert, &[&old[3]]).await;
    let refund = format!("/v1/operator/payments/{}/refunds", text(&paid["id"]));
    let back = json!({"tickets": [paid["tickets"][0]["code"]]});
    assert_eq!(office.post(&refund, OPERATOR, back).await.status, 201);

    played.rebuild(&office, with_rows_behind(&[("C", 3)])).await;
    assert_eq!(played.replan(&office, 2).await.status, 200);
    let new = office.seat_ids(&holding, &played.concert).await;
    let states = ["available", "sold", "available", "held", "available", "available", "available", "available"];
    assert_eq!(office.seat_states(&holding, &played.concert).await, states);
    let now = office.holds(&holding).await.remove(0);
    assert_eq!((&now["id"], &now["seats"][0]["id"]), (&hold["id"], &json!(new[3])));
    let seen = |list: Value| -> Vec<Value> {
        let of = &list["payments"][0]["tickets"];
        of.as_array().expect("tickets").iter().map(|ticket| ticket["seat_id"].clone()).collect()
    };
    let list = office.get("/v1/payments", &has.session).await.json();
    assert_eq!(seen(list), [json!(new[0]), json!(new[1])], "given back or not: the seat is the same");

    // Then a row comes in front, and what was given back stays what it was.
    let mut third = with_rows_behind(&[("C", 3)]);
    third["sections"][0]["rows"].as_array_mut().expect("rows").insert(0, second()["sections"][0]["rows"][0].clone());
    played.rebuild(&office, third).await;
    assert_eq!(played.replan(&office, 3).await.status, 200);
    let third = office.seat_ids(&holding, &played.concert).await;
    let list = office.get("/v1/payments", &has.session).await.json();
    assert_eq!(seen(list), [json!(new[0]), json!(third[5])]);
    assert_eq!(office.holds(&holding).await[0]["seats"][0]["id"], json!(third[7]));
    let office = office.restart().await;
    assert_eq!(office.seat_states(&holding, &played.concert).await[4..9], states[..5]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stays_where_it_is_while_too_many_would_have_other_numbers() {
    let office = Office::open().await;
    let played = Played::put_on(&office).await;
    let rows: Vec<_> = (0..101).map(|at| (format!("Row {at}"), 100)).collect();
    let rows: Vec<_> = rows.iter().map(|(name, seats)| (name.as_str(), *seats)).collect();
    played.rebuild(&office, with_rows_behind(&rows)).await;
    assert_eq!(played.replan(&office, 2).await.status, 200);
    let token = office.enter(&office.buyer().await, &played.concert).await;
    let seats = office.seat_ids(&token, &played.concert).await;
    for (at, some) in seats[5..10_005].chunks(1000).enumerate() {
        let block = json!({"reason": format!("Part {at}"), "seat_ids": some});
        let blocked = office.post(&format!("{}/blocks", played.path()), OPERATOR, block).await;
        assert_eq!(blocked.status, 201, "{}", blocked.json());
    }
    // Row B goes, and 10,000 seats have other numbers.
    let mut without = with_rows_behind(&rows);
    without["sections"][0]["rows"].as_array_mut().expect("rows").remove(1);
    played.rebuild(&office, without.clone()).await;
    assert_eq!(played.replan(&office, 3).await.status, 200);
    let seats = office.seat_ids(&token, &played.concert).await;
    let hold = office.held(&token, &played.concert, &[&seats[10_003]]).await;
    let before = office.seat_states(&token, &played.concert).await;
    assert_eq!((before.iter().position(|state| state == "blocked"), before[10_003].as_str()), (Some(3), "held"));
    // It comes back, and one seat more is touched.
    played.rebuild(&office, with_rows_behind(&rows)).await;
    refused(&played.replan(&office, 4).await, 409, "move_too_large");
    assert_eq!(office.seat_states(&token, &played.concert).await, before);
    // Behind the others it costs nothing.
    without["sections"][0]["rows"].as_array_mut().expect("rows").push(json!({"name": "B", "grade": "S", "seats": 2}));
    played.rebuild(&office, without).await;
    assert_eq!(played.replan(&office, 5).await.status, 200);
    assert_eq!(office.seat_states(&token, &played.concert).await[..before.len()], before);
    assert_eq!(office.holds(&token).await[0]["id"], hold["id"]);
    // Once it is cancelled it stays where it is.
    assert_eq!(office.post(&format!("{}/cancellation", played.path()), OPERATOR, Value::Null).await.status, 202);
    refused(&played.replan(&office, 6).await, 409, "performance_cancelled");
    office.verify();
}
