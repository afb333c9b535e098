//! What places cost: ticket types, free tickets, fees, and how many of each one buyer may have.

use boxoffice::actor::Actor;
use boxoffice::ids::StaffKey;
use boxoffice::queue::Lines;
use boxoffice::queue::domain as queue;
use boxoffice::reservation::domain::Choice;
use boxoffice::reservation::{Elsewhere, HoldError, LimitOf, SeatMaps};
use boxoffice::visit::VisitError;
use boxoffice::visit::domain as visit;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Concert, HOUR_MS, Office, refused, text};

/// A concert with these fees and limits, and a performance with these prices: two rows of ten, VIP and R.
async fn concert(office: &Office, concert: Value, performance: Value) -> Concert {
    let rows = json!([{"name": "A", "seats": 10, "grade": "VIP"}, {"name": "B", "seats": 10, "grade": "R"}]);
    let hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let mut of = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue": {"max_admitted": null}});
    of.as_object_mut().unwrap().extend(concert.as_object().unwrap().clone());
    let id = text(&office.make("/v1/operator/concerts", of).await["id"]);
    let starts_at = office.now().plus_ms(30 * 24 * HOUR_MS).to_rfc3339();
    let mut of = json!({"concert_id": id, "hall_id": hall, "starts_at": starts_at});
    of.as_object_mut().unwrap().extend(performance.as_object().unwrap().clone());
    let performance = text(&office.make("/v1/operator/performances", of).await["id"]);
    Concert { id, performance }
}

/// Full, child (at most one a buyer) and staff, who come free and sit in R alone.
fn three_types() -> Value {
    json!({"ticket_types": [
        {"name": "full", "prices": {"VIP": 1000, "R": 600}},
        {"name": "child", "prices": {"VIP": 500, "R": 300}, "seats_per_user": 1},
        {"name": "staff", "prices": {"R": 0}},
    ]})
}

fn hold(concert: &Concert, seats: &[&String], types: &[&str]) -> Value {
    json!({"performance_id": concert.performance, "seat_ids": seats, "types": types})
}

/// The types and prices of a list of seats.
fn as_sold(seats: &Value) -> Vec<(String, i64)> {
    let seats = seats.as_array().unwrap().iter();
    seats.map(|seat| (text(&seat["type"]), seat["price"].as_i64().unwrap())).collect()
}

fn sold(of: &[(&str, i64)]) -> Vec<(String, i64)> {
    of.iter().map(|(name, price)| ((*name).to_owned(), *price)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_chosen_for_each_seat_stays_on_hold_payment_and_ticket() {
    let office = Office::open().await;
    let concert = concert(&office, json!({"fee_per_ticket": 10, "fee_per_order": 5}), three_types()).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;

    let dates = office.get("/v1/dates", &token).await.json();
    let date = &dates["dates"][0];
    assert_eq!((&date["fee_per_ticket"], &date["fee_per_order"]), (&json!(10), &json!(5)));
    assert_eq!(
        date["ticket_types"],
        json!([{"name": "full"}, {"name": "child", "seats_per_user": 1}, {"name": "staff"}])
    );
    let of_r = date["grades"].as_array().unwrap().iter().find(|grade| grade["grade"] == "R").unwrap();
    let prices =
        json!([{"type": "full", "price": 600}, {"type": "child", "price": 300}, {"type": "staff", "price": 0}]);
    assert_eq!((&of_r["prices"], &of_r["price"]), (&prices, &json!(600)));

    // Written as a reader would take for the same.
    let wanted = hold(&concert, &[&seats[0], &seats[1], &seats[10]], &["full", " child", "staff"]);
    let held = office.post("/v1/holds", &token, wanted).await.json();
    assert_eq!(as_sold(&held["seats"]), sold(&[("full", 1000), ("child", 500), ("staff", 0)]));
    assert_eq!((&held["amount"], &held["fees"]), (&json!(1525), &json!(25)), "the free ticket carries no fee");
    assert_eq!(office.holds(&token).await, std::slice::from_ref(&held));

    office.top_up(&token, 2000).await;
    let ids = [&seats[0], &seats[1], &seats[10]].map(String::as_str);
    let without_fees = office.pay(&token, &ids, 1500).await;
    refused(&without_fees, 409, "amount_mismatch");
    assert_eq!(without_fees.json()["amount"], 1525);
    let paid = office.pay(&token, &ids, 1525).await.json();
    assert_eq!((&paid["amount"], &paid["fees"], &paid["balance"]), (&json!(1525), &json!(25), &json!(475)), "{paid}");
    let tickets: Vec<Value> = paid["tickets"].as_array().unwrap().iter().map(|of| of["seat"].clone()).collect();
    assert_eq!(as_sold(&json!(tickets)), sold(&[("full", 1000), ("child", 500), ("staff", 0)]));

    let shown = office.get(&format!("/v1/payments/{}", text(&paid["id"])), &buyer.session).await.json();
    assert_eq!(as_sold(&shown["tickets"]), sold(&[("full", 1000), ("child", 500), ("staff", 0)]));
    assert_eq!(shown["fees"], 25);
    let code = text(&paid["tickets"][1]["code"]);
    let ticket = office.get(&format!("/v1/tickets/{code}"), &buyer.session).await.json();
    assert_eq!((&ticket["seat"]["type"], &ticket["seat"]["price"]), (&json!("child"), &json!(500)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_type_is_said_a_seat_is_sold_as_the_first_of_its_grade() {
    let office = Office::open().await;
    let prices = json!({"ticket_types": [
        {"name": "full", "prices": {"VIP": 1000}},
        {"name": "companion", "prices": {"R": 0, "VIP": 0}},
    ]});
    let concert = concert(&office, json!({}), prices).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let held = office.held(&token, &concert, &[&seats[0], &seats[10]]).await;
    assert_eq!(as_sold(&held["seats"]), sold(&[("full", 1000), ("companion", 0)]));

    // A free seat that is paid for without a hold too; what costs nothing needs no money.
    let paid = office.pay(&token, &[&seats[11]], 0).await.json();
    assert_eq!((&paid["tickets"][0]["seat"]["type"], &paid["fees"]), (&json!("companion"), &json!(0)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_type_is_sold_where_it_has_a_price() {
    let office = Office::open().await;
    let concert = concert(&office, json!({}), three_types()).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let ask = |seats: &[&String], types: &[&str]| hold(&concert, seats, types);

    let answer = office.post("/v1/holds", &token, ask(&[&seats[10], &seats[0]], &["staff", "staff"])).await;
    refused(&answer, 409, "ticket_type_not_sold");
    let answer = office.post("/v1/holds", &token, ask(&[&seats[10]], &["student"])).await;
    refused(&answer, 404, "ticket_type_not_found");
    let best = json!({"performance_id": concert.performance, "best": {"grade": "VIP", "quantity": 2},
                      "types": ["full", "staff"]});
    refused(&office.post("/v1/holds", &token, best).await, 409, "ticket_type_not_sold");
    assert_eq!(office.holds(&token).await, [] as [Value; 0], "nothing is held after a refusal");
    let best = json!({"performance_id": concert.performance, "best": {"grade": "R", "quantity": 2},
                      "types": ["full", "child"]});
    let held = office.post("/v1/holds", &token, best).await.json();
    assert_eq!(as_sold(&held["seats"]), sold(&[("full", 600), ("child", 300)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_count_what_is_held_and_bought_by_type_performance_and_concert() {
    let office = Office::open().await;
    let mut performance = three_types();
    performance["seats_per_user"] = json!(3);
    let first = concert(&office, json!({"seats_per_user": 4}), performance).await;
    let second = office.performance(&first, 10, office.now().plus_ms(40 * 24 * HOUR_MS)).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &first).await;
    let (seats, elsewhere) = (office.seat_ids(&token, &first).await, office.seat_ids(&token, &second).await);
    let limit = |answer: &Value| (answer["limit"].as_u64().unwrap(), answer["already"].as_u64().unwrap());

    // One child, held; a second one is too many, also after the first was paid for in an earlier visit.
    let answer = office.post("/v1/holds", &token, hold(&first, &[&seats[0], &seats[1]], &["child", "child"])).await;
    refused(&answer, 409, "seat_limit");
    assert_eq!(limit(&answer.json()), (1, 0));
    let held = office.post("/v1/holds", &token, hold(&first, &[&seats[0]], &["child"])).await;
    assert_eq!(held.status, 201, "{}", held.json());
    refused(&office.post("/v1/holds", &token, hold(&first, &[&seats[1]], &["child"])).await, 409, "seat_limit");
    office.top_up(&token, 10_000).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 500).await.status, 201);
    let token = office.enter(&buyer, &first).await;
    refused(&office.post("/v1/holds", &token, hold(&first, &[&seats[1]], &["child"])).await, 409, "seat_limit");

    // Three of the performance: one bought, two held.
    office.held(&token, &first, &[&seats[1], &seats[2]]).await;
    let answer = office.hold(&token, &first, &[&seats[3]]).await;
    refused(&answer, 409, "seat_limit");
    assert_eq!(limit(&answer.json()), (3, 3));

    // Four of the concert: three of the first date, one of the second.
    let answer = office.hold(&token, &second, &[&elsewhere[0], &elsewhere[1]]).await;
    refused(&answer, 409, "seat_limit");
    assert_eq!(limit(&answer.json()), (4, 3));
    assert!(text(&answer.json()["detail"]).contains("all dates"), "{}", answer.json());
    office.held(&token, &second, &[&elsewhere[0]]).await;

    // Free seats paid for without a hold, of both dates at once.
    let other = office.buyer().await;
    let token = office.enter(&other, &first).await;
    office.top_up(&token, 10_000).await;
    let five = [&seats[4], &seats[5], &seats[6], &elsewhere[4], &elsewhere[5]].map(String::as_str);
    let answer = office.pay(&token, &five, 5000).await;
    refused(&answer, 409, "seat_limit");
    assert_eq!(limit(&answer.json()), (4, 3));
    assert_eq!(office.pay(&token, &five[..4], 4000).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_performance_may_allow_more_than_the_venue_does() {
    let office = Office::open().await;
    let mut performance = three_types();
    performance["seats_per_user"] = json!(6);
    let concert = concert(&office, json!({}), performance).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let six: Vec<&str> = seats[..6].iter().map(String::as_str).collect();
    assert_eq!(office.get("/v1/dates", &token).await.json()["dates"][0]["seats_per_user"], 6);
    office.held(&token, &concert, &six).await;
    refused(&office.hold(&token, &concert, &[&seats[6]]).await, 409, "seat_limit");
}

/// The counter acts in the operator's name, in the same operations.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_counter_no_limit_of_a_buyers_holds() {
    let office = Office::open().await;
    let concert = concert(&office, json!({"seats_per_user": 1}), three_types()).await;
    let buyer = office.buyer().await;
    office.enter(&buyer, &concert).await;
    let id = concert.id.parse::<Uuid>().unwrap();
    let line = office.app.part::<Lines>().require(id).unwrap();
    let maps = office.app.part::<SeatMaps>().of_concert(&office.app, line.concert).await.unwrap();
    let performance = maps[0].map.performance.clone();
    let user = buyer.id.parse::<Uuid>().unwrap();
    let hold_three = move |actor: Option<Actor>| {
        let performance = performance.clone();
        move |tx: &boxoffice::store::Tx| {
            let user = boxoffice::account::domain::find_user(tx, user).unwrap().unwrap();
            let entry = queue::current_entry(tx, performance.concert, user.key)?;
            tx.act_as(actor.unwrap_or(Actor::Buyer(entry.user)));
            let seat = |seat_no| performance.seat_id(seat_no);
            let choice = Choice::Seats(vec![seat(1), seat(2), seat(3)], Elsewhere::Unknown);
            visit::hold_seats(tx, &entry.require_admitted(tx.now())?, &performance, &choice, &[])
        }
    };
    let refused = office.app.store.write(hold_three(None)).await;
    let limit = HoldError::TooManySeats { limit: 1, already: 0, of: LimitOf::Concert };
    assert!(matches!(&refused, Err(VisitError::Hold(of)) if format!("{of:?}") == format!("{limit:?}")), "{refused:?}");
    let held = office.app.store.write(hold_three(Some(Actor::Staff(StaffKey(1))))).await.unwrap();
    assert_eq!(held.hold.seat_numbers, [1, 2, 3]);
    office.verify();
}
