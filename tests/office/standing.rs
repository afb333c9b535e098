//! Standing places: held, paid, released and given back by number, exact under contention, without a row for each.

use boxoffice::ids::PerformanceKey;
use boxoffice::payment;
use serde_json::{Value, json};

use crate::contention::{enter_all, post, rush, tally};
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, instant, refused, text};

/// A concert in a club: two seats, a floor for so many, two ticket types.
async fn club(office: &Office, capacity: u32) -> Concert {
    let free = office.concert(json!({"max_admitted": null}), 1, 1).await;
    let hall = json!({"name": "Club", "sections": [
        {"name": "Bar", "rows": [{"name": "1", "seats": 2, "grade": "R"}]},
        {"name": "Floor", "capacity": capacity, "grade": "S"}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let starts_at = office.now().plus_ms(30 * 24 * HOUR_MS).to_rfc3339();
    let types = json!([{"name": "full", "prices": {"R": 3000, "S": 1000}}, {"name": "child", "prices": {"S": 600}}]);
    let performance = json!({"concert_id": free.id, "hall_id": hall, "starts_at": starts_at, "ticket_types": types,
        "seats_per_user": 8});
    let performance = office.make("/v1/operator/performances", performance).await["id"].clone();
    Concert { id: free.id, performance: text(&performance) }
}

fn floor(concert: &Concert, quantity: u32) -> Value {
    json!({"performance_id": concert.performance, "standing": {"section": "Floor", "quantity": quantity}})
}

async fn made(office: &Office, token: &str, wanted: Value) -> Value {
    let answer = office.post("/v1/holds", token, wanted).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()
}

async fn available(office: &Office, token: &str, concert: &Concert) -> Value {
    let map = office.get(&format!("/v1/performances/{}/seats", concert.performance), token).await.json();
    map["standing"][0]["available"].clone()
}

fn ids(hold: &Value) -> Vec<String> {
    hold["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_are_held_paid_and_given_back_by_number() {
    let office = Office::open().await;
    let concert = club(&office, 5).await;
    let (buyer, other) = (office.buyer().await, office.buyer().await);
    let (token, rival) = (office.enter(&buyer, &concert).await, office.enter(&other, &concert).await);
    office.top_up(&token, 20_000).await;
    let mut wanted = floor(&concert, 3);
    wanted["types"] = json!(["full", "child", "full"]);
    let hold = made(&office, &token, wanted).await;
    assert_eq!((&hold["amount"], hold["seats"].as_array().map(Vec::len)), (&json!(2600), Some(3)));
    let one = &hold["seats"][1];
    assert_eq!(
        [&one["section"], &one["row"], &one["label"], &one["grade"], &one["type"]],
        ["Floor", "", "", "S", "child"]
    );
    assert_eq!(available(&office, &rival, &concert).await, 2);
    let many = office.post("/v1/holds", &rival, floor(&concert, 3)).await;
    refused(&many, 409, "not_enough_seats");
    made(&office, &rival, floor(&concert, 1)).await;

    let paid = office.post("/v1/payments", &token, json!({"hold_ids": [hold["id"]], "amount": 2600})).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    let tickets = paid.json()["tickets"].as_array().expect("tickets").clone();
    assert_eq!(tickets.iter().map(|of| text(&of["seat"]["type"])).collect::<Vec<_>>(), ["full", "child", "full"]);
    let code = text(&tickets[1]["code"]);
    let ticket = office.get(&format!("/v1/tickets/{code}"), &buyer.session).await.json();
    assert_eq!((&ticket["seat"]["section"], &ticket["seat"]["price"]), (&json!("Floor"), &json!(600)));
    let performance =
        office.get(&format!("/v1/operator/performances/{}/check-ins", concert.performance), OPERATOR).await.json();
    assert_eq!(performance["tickets"], 3, "{performance}");
    let checked = office.post("/v1/operator/check-ins", OPERATOR, json!({"code": code})).await.json();
    assert_eq!(
        (&checked["section"], &checked["row"], &checked["type"]),
        (&json!("Floor"), &json!(""), &json!("child"))
    );
    office.verify();

    let refund = format!("/v1/operator/payments/{}/refunds", text(&paid.json()["id"]));
    let back =
        office.post(&refund, OPERATOR, json!({"tickets": [tickets[0]["code"], tickets[2]["code"]], "to": "balance"}));
    assert_eq!(back.await.status, 201);
    assert_eq!(available(&office, &rival, &concert).await, 3, "one is held, one is sold");
    let office = office.restart().await;
    assert_eq!(available(&office, &rival, &concert).await, 3);
    office.verify();
}

/// Paid one by one, in one request with seats, beyond what is held, and by the section's id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_are_paid_by_their_sections_id() {
    let office = Office::open().await;
    let concert = club(&office, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    office.top_up(&token, 20_000).await;
    let mut wanted = floor(&concert, 2);
    wanted["types"] = json!(["child", "child"]);
    let hold = made(&office, &token, wanted).await;
    let (place, seat) = (ids(&hold)[0].clone(), office.seat_ids(&token, &concert).await[0].clone());
    let five = [&place, &place, &place, &place, &place].map(String::as_str);
    refused(&office.pay(&token, &five, 1).await, 409, "not_enough_seats");
    refused(&office.pay(&token, &[&place, &place, &place, &seat], 1).await, 409, "amount_mismatch");
    // Two as they are held, one that is free as what it is, and a seat.
    let paid = office.pay(&token, &[&place, &place, &place, &seat], 600 + 600 + 1000 + 3000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    // Seats come first, then places, and no more than are wanted.
    // The club's is the second that this office has.
    let key = PerformanceKey(2);
    let some = |most| office.app.store.read(move |tx| payment::domain::sold_tickets(tx, key, None, most));
    for (most, given) in [(1, 1), (2, 2), (4, 4), (9, 4)] {
        assert_eq!(some(most).await.expect("tickets").len(), given);
    }
    let token = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(available(&office, &token, &concert).await, 1);
    office.top_up(&token, 20_000).await;
    made(&office, &token, floor(&concert, 1)).await;
    refused(&office.pay(&token, &[&format!("{}9", place)], 1000).await, 404, "seat_not_found");
    let hold_ids = json!({"hold_ids": ["00000000-0000-0000-0000-000000000000"], "amount": 1000});
    refused(&office.post("/v1/payments", &token, hold_ids).await, 404, "hold_not_found");
    let both = json!({"hold_ids": [hold["id"]], "seat_ids": [place], "amount": 1000});
    refused(&office.post("/v1/payments", &token, both).await, 400, "invalid_field");
    office.verify();
}

/// What is not paid of a hold is free, a hold that has ended keeps nobody out, and one released either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_holds_is_free() {
    let office = Office::open().await;
    let concert = club(&office, 6).await;
    let (first, second) = (office.buyer().await, office.buyer().await);
    let (first, second) = (office.enter(&first, &concert).await, office.enter(&second, &concert).await);
    office.top_up(&first, 20_000).await;
    let hold = made(&office, &first, floor(&concert, 4)).await;
    let place = ids(&hold)[0].clone();
    assert_eq!(office.pay(&first, &[&place], 1000).await.status, 201);
    assert_eq!(available(&office, &second, &concert).await, 5);
    let hold = made(&office, &second, floor(&concert, 2)).await;
    made(&office, &second, floor(&concert, 2)).await;
    assert_eq!(available(&office, &second, &concert).await, 1);
    assert_eq!(office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &second).await.status, 204);
    assert_eq!(available(&office, &second, &concert).await, 3);
    let last = made(&office, &second, floor(&concert, 3)).await;
    office.clock.set(instant(&last["held_until"]));
    let third = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(available(&office, &third, &concert).await, 5);
    made(&office, &third, floor(&concert, 5)).await;
    office.verify();
    office.advance_ms(1).await;
    assert_eq!(available(&office, &third, &concert).await, 0);
    office.verify();
}

/// At the instant at which its hold ends a place is sold as any other, and all that was held is free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_ends_now_has_none_of_what_is_sold_now() {
    let office = Office::open().await;
    let concert = club(&office, 6).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    office.top_up(&token, 20_000).await;
    let hold = made(&office, &token, floor(&concert, 2)).await;
    let place = ids(&hold)[0].clone();
    office.clock.set(instant(&hold["held_until"]));
    let paid = office.pay(&token, &[&place, &place, &place], 3000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.advance_ms(1).await;
    let other = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(available(&office, &other, &concert).await, 3);
    office.verify();
}

/// A hundred buyers want three each of a hundred places.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rush_sells_as_many_as_there_are() {
    let office = Office::open().await;
    let concert = club(&office, 100).await;
    let tokens = enter_all(&office, &office.buyers(100).await, &concert).await;
    let hold = |token: &String| post("/v1/holds", token, floor(&concert, 3));
    let kinds = tally(&rush(&office, tokens.iter().map(hold).collect()).await);
    let count = |status: u16, code: &str| kinds.get(&(status, code.to_owned())).copied().unwrap_or_default();
    assert_eq!((count(201, ""), count(409, "not_enough_seats")), (33, 67), "{kinds:?}");
    assert_eq!(available(&office, &tokens[0], &concert).await, 1);
    office.verify();
}

/// At the counter: free places, places of a block, an exchange for a seat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_counter_sells_places_and_blocked_ones() {
    let office = Office::open().await;
    let concert = club(&office, 4).await;
    let blocks = format!("/v1/operator/performances/{}/blocks", concert.performance);
    let block = json!({"reason": "Guests", "standing": {"section": "Floor", "quantity": 3}});
    let block = text(&office.make(&blocks, block).await["id"]);
    let sale = |quantity: u32, block: Option<&str>| {
        let mut sale = json!({"performance_id": concert.performance, "paid_by": "cash",
            "standing": {"section": "Floor", "quantity": quantity}});
        if let Some(block) = block {
            sale["block_id"] = json!(block);
        }
        sale
    };
    refused(&office.post("/v1/operator/sales", OPERATOR, sale(2, None)).await, 409, "not_enough_seats");
    refused(&office.post("/v1/operator/sales", OPERATOR, sale(4, Some(&block))).await, 400, "invalid_field");
    let sold = office.post("/v1/operator/sales", OPERATOR, sale(2, Some(&block))).await;
    assert_eq!((sold.status, &sold.json()["amount"]), (201, &json!(2000)), "{}", sold.json());
    let left = office.get(&blocks, OPERATOR).await.json();
    assert_eq!(left["blocks"][0]["standing"]["quantity"], 1, "{left}");
    assert_eq!(office.post("/v1/operator/sales", OPERATOR, sale(1, None)).await.status, 201);
    office.verify();

    let exchange = format!("/v1/operator/payments/{}/exchanges", text(&sold.json()["id"]));
    let token = office.enter(&office.buyer().await, &concert).await;
    let seat = office.seat_ids(&token, &concert).await[0].clone();
    let wanted = json!({"performance_id": concert.performance, "seat_ids": [seat], "paid_by": "cash"});
    let exchanged = office.post(&exchange, OPERATOR, wanted).await;
    assert_eq!(exchanged.status, 201, "{}", exchanged.json());
    assert_eq!(available(&office, &token, &concert).await, 2);
    let seats = json!({"reason": "Guests", "seat_ids": [office.seat_ids(&token, &concert).await[1]]});
    let block = text(&office.make(&blocks, seats).await["id"]);
    let blocked = json!({"performance_id": concert.performance, "paid_by": "free", "block_id": block,
        "seat_ids": [office.seat_ids(&token, &concert).await[1]]});
    assert_eq!(office.post("/v1/operator/sales", OPERATOR, blocked.clone()).await.status, 201);
    refused(&office.post("/v1/operator/sales", OPERATOR, blocked).await, 404, "block_not_found");
    office.verify();
}

/// A performance that is cancelled gives all back, those for standing places after those for seats.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_performance_refunds_places_too() {
    let office = Office::open().await;
    let concert = club(&office, 100).await;
    for _ in 0..3 {
        let sale = json!({"performance_id": concert.performance, "paid_by": "cash",
            "standing": {"section": "Floor", "quantity": 30}});
        assert_eq!(office.post("/v1/operator/sales", OPERATOR, sale).await.status, 201);
    }
    let list = format!("/v1/operator/performances/{}/door-list?limit=50", concert.performance);
    let page = office.get(&list, OPERATOR).await.json();
    let rest = office.get(&format!("{list}&cursor={}", text(&page["next_cursor"])), OPERATOR).await.json();
    let of = |page: &Value| page["tickets"].as_array().expect("tickets").len();
    assert_eq!((of(&page), of(&rest), rest.get("next_cursor")), (50, 40, None));
    let cancellation = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    assert_eq!(office.post(&cancellation, OPERATOR, Value::Null).await.status, 202);
    office.app.run_due().await;
    let done = office.get(&cancellation, OPERATOR).await.json();
    assert_eq!((&done["tickets"], &done["refunded"]), (&json!(90), &json!(90)), "{done}");
    office.verify();
}

/// Places that come back are offered to who waits for as many of that grade, and paid without a visit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_that_come_back_are_offered() {
    let office = Office::open().await;
    let concert = club(&office, 4).await;
    let (buyer, waiting) = (office.buyer().await, office.buyer().await);
    let sale = json!({"performance_id": concert.performance, "paid_by": "card",
        "standing": {"section": "Floor", "quantity": 4}});
    let sold = office.post("/v1/operator/sales", OPERATOR, sale).await.json();
    let list = format!("/v1/concerts/{}/waitlist", concert.id);
    let settings = format!("/v1/operator/concerts/{}/waitlist", concert.id);
    assert_eq!(office.patch(&settings, OPERATOR, json!({"mode": "in_order"})).await.status, 200);
    let wish = json!({"grade": "S", "quantity": 3});
    assert_eq!(office.post(&list, &waiting.session, wish).await.status, 201);
    let refund = format!("/v1/operator/payments/{}/refunds", text(&sold["id"]));
    let some = |from: usize, to: usize| {
        json!({"to": "balance", "tickets": sold["tickets"].as_array().expect("tickets")[from..to]
            .iter().map(|ticket| ticket["code"].clone()).collect::<Vec<_>>()})
    };
    assert_eq!(office.post(&refund, OPERATOR, some(0, 2)).await.status, 201);
    office.app.run_due().await;
    assert_eq!(office.get(&list, &waiting.session).await.json()["status"], "waiting", "two are too few");
    assert_eq!(office.post(&refund, OPERATOR, some(2, 3)).await.status, 201);
    office.app.run_due().await;
    let offered = office.get(&list, &waiting.session).await.json();
    assert_eq!((&offered["status"], &offered["offer"]["amount"]), (&json!("offered"), &json!(3000)), "{offered}");
    let token = office.enter(&buyer, &concert).await;
    refused(&office.post("/v1/holds", &token, floor(&concert, 1)).await, 409, "not_enough_seats");
    let top_up = format!("/v1/operator/users/{}/top-ups", waiting.id);
    assert_eq!(office.post(&top_up, OPERATOR, json!({"amount": 3000})).await.status, 201);
    let paid = office.post(&format!("{list}/payment"), &waiting.session, json!({"amount": 3000})).await;
    assert_eq!((paid.status, paid.json()["tickets"].as_array().map(Vec::len)), (201, Some(3)), "{}", paid.json());
    office.verify();
}
