//! One visit and another: joining anew, two concerts at once, paying twice, limits over several visits, and who gets
//! the place that becomes free.

use serde_json::{Value, json};

use crate::checked::Client;
use crate::support::{Buyer, Concert, HOUR_MS, Office, refused, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_anew_while_holding_gives_the_seats_back() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let buyer = office.buyer().await;
    let old = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&old, &concert).await;
    let hold = office.held(&old, &concert, &[&seats[0], &seats[1], &seats[2], &seats[3]]).await;

    let anew = office.enter(&buyer, &concert).await;

    refused(&office.pay(&old, &[&seats[0]], 1000).await, 401, "token_replaced");
    assert_eq!(office.holds(&anew).await, [] as [Value; 0]);
    assert_eq!(office.seat_states(&anew, &concert).await, ["available"; 5]);
    refused(&office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &anew).await, 404, "hold_not_found");
    office.held(&anew, &concert, &[&seats[4], &seats[3], &seats[2], &seats[1]]).await;
    office.advance_ms(299_999).await;
    assert_eq!(office.holds(&anew).await.len(), 1, "the old hold's end means nothing to the new one");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_payment_of_one_visit_is_refused() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 5000).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 1000).await.status, 201);

    refused(&office.pay(&token, &[&seats[0]], 1000).await, 401, "token_completed");
    refused(&office.pay(&token, &[&seats[1]], 1000).await, 401, "token_completed");

    assert_eq!(office.balance(&buyer.session).await, 4000);
    let anew = office.enter(&buyer, &concert).await;
    refused(&office.pay(&anew, &[&seats[0]], 1000).await, 409, "seat_taken");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_payments_of_one_visit_at_the_same_time_one_stands() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 2, 8).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 50_000).await;

    let payments = seats.iter().map(|seat| {
        let (token, body, address) = (token.clone(), json!({"seat_ids": [seat], "amount": 1000}), office.address);
        tokio::spawn(async move {
            let mut client = Client::connect(address).await.expect("the server listens");
            client.post("/v1/payments", Some(&token), &body).await.expect("an answer")
        })
    });
    let payments: Vec<_> = payments.collect();
    let mut stand = 0;
    for payment in payments {
        match payment.await.expect("no panic") {
            paid if paid.status == 201 => stand += 1,
            refusal => refused(&refusal, 401, "token_completed"),
        }
    }

    assert_eq!(stand, 1);
    assert_eq!(office.balance(&buyer.session).await, 49_000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buyer_visits_two_concerts_at_once() {
    let office = Office::open().await;
    let (first, second) = (office.concert(Value::Null, 1, 4).await, office.concert(Value::Null, 1, 4).await);
    let buyer = office.buyer().await;
    let (in_first, in_second) = (office.enter(&buyer, &first).await, office.enter(&buyer, &second).await);
    let seats = (office.seat_ids(&in_first, &first).await, office.seat_ids(&in_second, &second).await);
    office.held(&in_first, &first, &[&seats.0[0]]).await;
    office.held(&in_second, &second, &[&seats.1[0]]).await;
    office.top_up(&in_first, 2000).await;

    assert_eq!(office.balance(&in_second).await, 2000, "one balance");
    assert_eq!(office.pay(&in_first, &[&seats.0[0]], 1000).await.status, 201);

    refused(&office.get("/v1/queue/position", &in_first).await, 401, "token_completed");
    assert_eq!(office.holds(&in_second).await.len(), 1);
    assert_eq!(office.pay(&in_second, &[&seats.1[0]], 1000).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_tokens_for_one_concert_the_older_is_dead() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    office.enter(&office.buyer().await, &concert).await;
    let buyer = office.buyer().await;
    let older = text(&office.join(&buyer, &concert).await["token"]);
    let newer = text(&office.join(&buyer, &concert).await["token"]);

    refused(&office.get("/v1/queue/position", &older).await, 401, "token_replaced");
    refused(&office.delete("/v1/queue/tokens/current", &older).await, 401, "token_replaced");
    assert_eq!(office.position(&newer).await["position"], 1);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_nothing_of_another_concert() {
    let office = Office::open().await;
    let (ours, theirs) = (office.concert(Value::Null, 1, 4).await, office.concert(Value::Null, 1, 4).await);
    let (buyer, other) = (office.buyer().await, office.buyer().await);
    let (token, foreign) = (office.enter(&buyer, &ours).await, office.enter(&other, &theirs).await);
    let (our_seats, their_seats) = (office.seat_ids(&token, &ours).await, office.seat_ids(&foreign, &theirs).await);
    let their_hold = office.held(&foreign, &theirs, &[&their_seats[0]]).await;
    office.top_up(&token, 5000).await;

    let map = format!("/v1/performances/{}/seats", theirs.performance);
    refused(&office.get(&map, &token).await, 404, "performance_not_found");
    refused(&office.get(&format!("{map}/stream"), &token).await, 404, "performance_not_found");
    refused(&office.hold(&token, &theirs, &[&their_seats[1]]).await, 404, "performance_not_found");
    refused(&office.hold(&token, &ours, &[&their_seats[1]]).await, 404, "seat_not_found");
    refused(&office.hold(&token, &ours, &[&our_seats[0], &their_seats[1]]).await, 404, "seat_not_found");
    refused(&office.pay(&token, &[&their_seats[1]], 1000).await, 404, "seat_not_found");
    refused(&office.pay(&token, &[&our_seats[0], &their_seats[1]], 2000).await, 404, "seat_not_found");
    refused(&office.delete(&format!("/v1/holds/{}", text(&their_hold["id"])), &token).await, 404, "hold_not_found");

    let dates = office.get("/v1/dates", &token).await.json();
    assert_eq!(dates["dates"].as_array().map(Vec::len), Some(1));
    assert_eq!(dates["dates"][0]["performance_id"], json!(ours.performance));
    assert_eq!(office.balance(&token).await, 5000);
    assert_eq!(office.seat_states(&foreign, &theirs).await, ["held", "available", "available", "available"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_buyer_holds_bought_or_is_is_not_another_buyers_to_see() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (one, other) = (office.buyer().await, office.buyer().await);
    let (mine, theirs) = (office.enter(&one, &concert).await, office.enter(&other, &concert).await);
    let seats = office.seat_ids(&mine, &concert).await;
    let hold = office.held(&mine, &concert, &[&seats[0]]).await;

    refused(&office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &theirs).await, 404, "hold_not_found");
    assert_eq!(office.holds(&theirs).await, [] as [Value; 0]);
    office.top_up(&mine, 1000).await;
    let paid = office.pay(&mine, &[&seats[0]], 1000).await.json();
    let payment = format!("/v1/payments/{}", text(&paid["id"]));
    let ticket = format!("/v1/tickets/{}", text(&paid["tickets"][0]["code"]));

    assert_eq!(office.get(&payment, &one.session).await.status, 200);
    assert_eq!(office.get(&ticket, &one.session).await.status, 200);
    refused(&office.get(&payment, &other.session).await, 404, "payment_not_found");
    refused(&office.get(&ticket, &other.session).await, 404, "ticket_not_found");
    assert_eq!(office.get("/v1/payments", &other.session).await.json()["payments"], json!([]));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seat_limit_counts_what_is_held_and_what_was_bought_over_all_visits() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 10).await;
    let tomorrow = office.performance(&concert, 10, office.now().plus_ms(48 * HOUR_MS)).await;
    let buyer = office.buyer().await;
    let first_visit = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&first_visit, &concert).await;
    office.top_up(&first_visit, 20_000).await;
    let five = [seats[0].as_str(), &seats[1], &seats[2], &seats[3], &seats[4]];
    refused(&office.hold(&first_visit, &concert, &five).await, 409, "seat_limit");
    refused(&office.pay(&first_visit, &five, 5000).await, 409, "seat_limit");
    assert_eq!(office.pay(&first_visit, &five[..2], 2000).await.status, 201);

    let second_visit = office.enter(&buyer, &concert).await;
    let too_many = office.hold(&second_visit, &concert, &five[2..]).await;
    refused(&too_many, 409, "seat_limit");
    assert_eq!((&too_many.json()["limit"], &too_many.json()["already"]), (&json!(4), &json!(2)));
    let hold = office.held(&second_visit, &concert, &[&seats[2]]).await;
    office.held(&second_visit, &concert, &[&seats[3]]).await;
    let full = office.hold(&second_visit, &concert, &[&seats[4]]).await;
    refused(&full, 409, "seat_limit");
    assert_eq!(full.json()["already"], 4);
    let best = json!({"performance_id": concert.performance, "best": {"grade": "R", "quantity": 1}});
    refused(&office.post("/v1/holds", &second_visit, best).await, 409, "seat_limit");
    let other_date = office.seat_ids(&second_visit, &tomorrow).await;
    office.held(&second_visit, &tomorrow, &[&other_date[0]]).await;

    assert_eq!(office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &second_visit).await.status, 204);
    office.held(&second_visit, &concert, &[&seats[5]]).await;
    office.advance_ms(300_000).await;
    refused(&office.pay(&second_visit, &five[2..], 3000).await, 409, "seat_limit");
    assert_eq!(office.pay(&second_visit, &five[2..4], 2000).await.status, 201, "ended holds do not count");

    let third_visit = office.enter(&buyer, &concert).await;
    refused(&office.hold(&third_visit, &concert, &[&seats[6]]).await, 409, "seat_limit");
    refused(&office.pay(&third_visit, &[&seats[6]], 1000).await, 409, "seat_limit");
    office.verify();
}

/// One inside and two in line: gives the tokens of all three, and the first one's buyer.
async fn line_of_three(office: &Office) -> (Concert, Buyer, [String; 3]) {
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let buyers = office.buyers(3).await;
    let inside = office.enter(&buyers[0], &concert).await;
    let next = text(&office.join(&buyers[1], &concert).await["token"]);
    let last = text(&office.join(&buyers[2], &concert).await["token"]);
    assert_eq!(office.position(&next).await["position"], 1);
    (concert, buyers[0].clone(), [inside, next, last])
}

/// The place has gone to the next in line, and to nobody else.
async fn the_next_is_inside(office: &Office, next: &str, last: &str) {
    assert_eq!(office.position(next).await["status"], "admitted");
    assert_eq!(office.get("/v1/dates", next).await.status, 200);
    let last = office.position(last).await;
    assert_eq!((&last["status"], &last["position"]), (&json!("waiting"), &json!(1)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_lets_the_next_in_at_once() {
    let office = Office::open().await;
    let (_, _, [inside, next, last]) = line_of_three(&office).await;
    assert_eq!(office.delete("/v1/queue/tokens/current", &inside).await.status, 204);
    the_next_is_inside(&office, &next, &last).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paying_lets_the_next_in_at_once() {
    let office = Office::open().await;
    let (concert, _, [inside, next, last]) = line_of_three(&office).await;
    let seats = office.seat_ids(&inside, &concert).await;
    office.top_up(&inside, 1000).await;
    assert_eq!(office.pay(&inside, &[&seats[0]], 1000).await.status, 201);
    the_next_is_inside(&office, &next, &last).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_anew_lets_the_next_in_at_once() {
    let office = Office::open().await;
    let (concert, buyer, [_, next, last]) = line_of_three(&office).await;
    assert_eq!(office.join(&buyer, &concert).await["position"], 2);
    the_next_is_inside(&office, &next, &last).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_an_admission_lets_the_next_in_at_its_instant() {
    let office = Office::open().await;
    let (_, _, [inside, next, last]) = line_of_three(&office).await;
    // Those in line are heard of now and then, or they would drop out.
    for ms in [200_000, 200_000, 199_999] {
        office.advance_ms(ms).await;
        assert_eq!(office.position(&next).await["status"], "waiting");
        assert_eq!(office.position(&last).await["position"], 2);
    }
    office.advance_ms(1).await;
    refused(&office.get("/v1/queue/position", &inside).await, 401, "token_expired");
    the_next_is_inside(&office, &next, &last).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_hold_that_outlasts_the_admission_lets_the_next_in() {
    let office = Office::open().await;
    let (concert, _, [inside, next, last]) = line_of_three(&office).await;
    let seats = office.seat_ids(&inside, &concert).await;
    for ms in [200_000, 200_000, 199_999, 150_000, 149_999] {
        office.advance_ms(ms).await;
        if ms == 199_999 {
            office.held(&inside, &concert, &[&seats[0]]).await;
        }
        assert_eq!(office.position(&inside).await["status"], "admitted");
        assert_eq!(office.position(&next).await["status"], "waiting");
        assert_eq!(office.position(&last).await["position"], 2);
    }
    office.advance_ms(1).await;
    refused(&office.get("/v1/queue/position", &inside).await, 401, "token_expired");
    the_next_is_inside(&office, &next, &last).await;
    assert_eq!(office.seat_states(&next, &concert).await, ["available"; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releasing_the_last_hold_after_the_admission_lets_the_next_in() {
    let office = Office::open().await;
    let (concert, _, [inside, next, last]) = line_of_three(&office).await;
    let seats = office.seat_ids(&inside, &concert).await;
    let mut hold = Value::Null;
    for ms in [200_000, 200_000, 199_999, 1] {
        office.advance_ms(ms).await;
        if ms == 199_999 {
            hold = office.held(&inside, &concert, &[&seats[0]]).await;
        }
        assert_eq!(office.position(&next).await["status"], "waiting");
        assert_eq!(office.position(&last).await["position"], 2);
    }
    assert_eq!(office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &inside).await.status, 204);
    the_next_is_inside(&office, &next, &last).await;
}
