//! Prices and ticket types that change while a performance is on sale: what is held or sold keeps its price, and nobody pays
//! another sum than the one that was seen.

use serde_json::{Value, json};

use crate::support::{Concert, OPERATOR, Office, refused, text};

async fn on_sale(office: &Office) -> Concert {
    let concert = office.concert(json!({"max_admitted": null}), 1, 8).await;
    change(office, &concert, types(1000, 500)).await;
    concert
}

/// Full and child, at most two of them a buyer.
fn types(full: i64, child: i64) -> Value {
    json!({"ticket_types": [{"name": "full", "prices": {"R": full}},
                            {"name": "child", "prices": {"R": child}, "seats_per_user": 2}]})
}

fn path(concert: &Concert) -> String {
    format!("/v1/operator/performances/{}", concert.performance)
}

async fn change(office: &Office, concert: &Concert, body: Value) -> Value {
    let answer = office.patch(&path(concert), OPERATOR, body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

fn hold(concert: &Concert, seats: &[&String], types: &[&str]) -> Value {
    json!({"performance_id": concert.performance, "seat_ids": seats, "types": types})
}

fn prices(seats: &Value) -> Vec<i64> {
    seats.as_array().expect("seats").iter().map(|seat| seat["price"].as_i64().expect("a price")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_or_sold_keeps_its_price_and_the_rest_has_the_new_one() {
    let office = Office::open().await;
    let concert = on_sale(&office).await;
    let (buyer, other) = (office.buyer().await, office.buyer().await);
    let (token, others) = (office.enter(&buyer, &concert).await, office.enter(&other, &concert).await);
    let seats = office.seat_ids(&token, &concert).await;
    for token in [&token, &others] {
        office.top_up(token, 20_000).await;
    }
    let bought = office.pay(&others, &[&seats[7]], 1000).await.json();
    let held = office.post("/v1/holds", &token, hold(&concert, &[&seats[0], &seats[1]], &["full", "child"])).await;
    assert_eq!(held.status, 201, "{}", held.json());
    let map = format!("/v1/performances/{}/seats", concert.performance);
    let before = office.get(&map, &token).await;
    let tag = before.headers["etag"].to_str().expect("text").to_owned();
    let version = before.json()["version"].clone();

    let changed = change(&office, &concert, types(1200, 500)).await;
    assert_eq!(changed["ticket_types"], types(1200, 500)["ticket_types"]);
    assert_eq!(office.get(&path(&concert), OPERATOR).await.json()["ticket_types"], changed["ticket_types"]);
    let after = office.with_header("GET", &map, &token, ("if-none-match", &tag), Value::Null).await;
    assert_eq!((after.status, prices(&after.json()["seats"])[2]), (200, 1200), "the map is another");
    let since = office.get(&format!("{map}?since={version}"), &token).await.json();
    assert!(since["seats"][2]["price"].is_number(), "the changes do not tell prices: {since}");
    let date = office.get("/v1/dates", &token).await.json()["dates"][0].clone();
    assert_eq!(date["grades"][0]["prices"], json!([{"type": "full", "price": 1200}, {"type": "child", "price": 500}]));
    assert_eq!(date["ticket_types"].as_array().map(Vec::len), Some(2));
    let shown = office.get(&format!("/v1/concerts/{}", concert.id), "").await.json();
    assert!(shown.to_string().contains("1200") && !shown.to_string().contains("1000"), "{shown}");

    // Held at what they were seen at; a seat that is not held, at what it is.
    let office = office.restart().await;
    let holds = office.holds(&token).await;
    assert_eq!((prices(&holds[0]["seats"]), &holds[0]["amount"]), (vec![1000, 500], &json!(1500)));
    let basket = [&seats[0], &seats[1], &seats[2]].map(String::as_str);
    let refusal = office.pay(&token, &basket, 2500).await;
    refused(&refusal, 409, "amount_mismatch");
    assert_eq!(office.get("/v1/bill", &token).await.json()["amount"], 1500);
    let paid = office.pay(&token, &basket, 2700).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    let tickets = paid.json()["tickets"].clone();
    let of_tickets: Vec<_> = tickets.as_array().expect("tickets").iter().map(|of| of["seat"].clone()).collect();
    assert_eq!(prices(&json!(of_tickets)), [1000, 500, 1200]);
    let ticket = format!("/v1/tickets/{}", text(&bought["tickets"][0]["code"]));
    let ticket = office.get(&ticket, &other.session).await.json();
    assert_eq!((&ticket["seat"]["price"], &ticket["seat"]["type"]), (&json!(1000), &json!("full")));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_come_and_go_and_their_limits_count_at_any_price() {
    let office = Office::open().await;
    let concert = on_sale(&office).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let held = office.post("/v1/holds", &token, hold(&concert, &[&seats[0], &seats[1]], &["child", "child"])).await;
    assert_eq!(held.status, 201);
    change(&office, &concert, types(1000, 400)).await;
    let third = office.post("/v1/holds", &token, hold(&concert, &[&seats[2]], &["child"])).await;
    refused(&third, 409, "seat_limit");
    // Whoever has more of a type than is allowed by now may still have others.
    let mut fewer = types(1000, 400);
    fewer["ticket_types"][1]["seats_per_user"] = json!(1);
    change(&office, &concert, fewer).await;
    let full = office.post("/v1/holds", &token, hold(&concert, &[&seats[4]], &["full"])).await;
    assert_eq!(full.status, 201, "{}", full.json());
    assert_eq!(office.delete(&format!("/v1/holds/{}", text(&full.json()["id"])), &token).await.status, 204);
    // Another order, another type, and one that is not sold any more.
    let other = json!({"ticket_types": [{"name": "senior", "prices": {"R": 700}}, {"name": "full", "prices": {"R": 1000}}],
                       "seats_per_user": 3});
    let changed = change(&office, &concert, other).await;
    assert_eq!(changed["seats_per_user"], 3);
    refused(
        &office.post("/v1/holds", &token, hold(&concert, &[&seats[2]], &["child"])).await,
        404,
        "ticket_type_not_found",
    );
    let first = office.held(&token, &concert, &[&seats[2]]).await;
    assert_eq!((&first["seats"][0]["type"], &first["seats"][0]["price"]), (&json!("senior"), &json!(700)));
    refused(&office.hold(&token, &concert, &[&seats[3]]).await, 409, "seat_limit");
    let holds = office.holds(&token).await;
    let children = holds.iter().find(|hold| hold["id"] == held.json()["id"]).expect("the hold");
    assert_eq!((&children["seats"][0]["type"], &children["amount"]), (&json!("child"), &json!(1000)));
    // As it was at first: what is held as child counts as that.
    change(&office, &concert, types(1000, 500)).await;
    change(&office, &concert, json!({"seats_per_user": null})).await;
    assert_eq!(office.get(&path(&concert), OPERATOR).await.json().get("seats_per_user"), None);
    let audit = office.get(&format!("/v1/operator/audit?subject={}", concert.performance), OPERATOR).await.json();
    let line = &audit["lines"][1];
    assert_eq!(
        (&line["after"]["ticket_types"][1]["name"], &line["before"]["ticket_types"][0]["name"]),
        (&json!("child"), &json!("senior")),
        "{line}"
    );
    office.top_up(&token, 10_000).await;
    assert_eq!(office.pay(&token, &[&seats[0], &seats[1], &seats[2]], 1700).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prices_change_under_the_seen_version_by_the_rules_and_never_after_the_start() {
    let office = Office::open().await;
    let concert = on_sale(&office).await;
    let seen = office.get(&path(&concert), OPERATOR).await;
    let tag = seen.headers["etag"].to_str().expect("text").to_owned();
    change(&office, &concert, json!({"paused": false})).await;
    let late = office.with_header("PATCH", &path(&concert), OPERATOR, ("if-match", &tag), types(1, 1)).await;
    refused(&late, 412, "changed_meanwhile");
    let both = json!({"prices": {"R": 1}, "ticket_types": [{"name": "full", "prices": {"R": 1}}]});
    for bad in [
        both,
        json!({"prices": {"R": 1, "VIP": 2}}),
        json!({"prices": {}}),
        json!({"ticket_types": []}),
        json!({"ticket_types": [{"name": "a", "prices": {"R": 1}}, {"name": " ａ", "prices": {"R": 2}}]}),
        json!({"prices": {"R": -1}}),
        json!({"seats_per_user": 0}),
    ] {
        refused(&office.patch(&path(&concert), OPERATOR, bad).await, 400, "invalid_field");
    }
    let now = office.get(&path(&concert), OPERATOR).await.json();
    assert_eq!(now["ticket_types"], types(1000, 500)["ticket_types"]);
    // Again and again, with a bound: types from before are kept.
    for price in 0..499 {
        change(&office, &concert, types(2000 + price, 3000 + price)).await;
    }
    let answer = office.patch(&path(&concert), OPERATOR, types(1, 2)).await;
    refused(&answer, 400, "invalid_field");
    change(&office, &concert, types(2000, 3000)).await;
    office.verify();
}
