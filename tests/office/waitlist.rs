//! The waitlist: what comes back after a concert is sold out is offered to those who wait, one after another.

use std::collections::BTreeSet;

use boxoffice::client::Answer;
use boxoffice::reservation::{HoldError, SeatMaps};
use boxoffice::waitlist::{self, WaitlistError, Waits, Wanted};
use serde_json::{Value, json};

use crate::contention::{post, rush, tally};
use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, refused, text};

/// A concert with one row, all of whose seats somebody inside holds; the holder's token and hold.
async fn all_held(office: &Office, seats: u32) -> (Concert, String, String) {
    let concert = office.concert(json!({"max_admitted": null}), 1, seats).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let ids = office.seat_ids(&token, &concert).await;
    let hold = office.held(&token, &concert, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    (concert, token, text(&hold["id"]))
}

fn path(concert: &Concert) -> String {
    format!("/v1/concerts/{}/waitlist", concert.id)
}

async fn join(office: &Office, concert: &Concert, buyer: &Buyer, quantity: u32) -> Value {
    let answer = office.post(&path(concert), &buyer.session, json!({ "quantity": quantity })).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()
}

async fn place(office: &Office, concert: &Concert, buyer: &Buyer) -> Answer {
    office.get(&path(concert), &buyer.session).await
}

async fn pay(office: &Office, concert: &Concert, buyer: &Buyer, amount: i64) -> Answer {
    office.post(&format!("{}/payment", path(concert)), &buyer.session, json!({ "amount": amount })).await
}

async fn release(office: &Office, token: &str, hold: &str) {
    assert_eq!(office.delete(&format!("/v1/holds/{hold}"), token).await.status, 204);
    office.app.run_due().await;
}

async fn rich(office: &Office, buyers: &[Buyer]) {
    for buyer in buyers {
        let path = format!("/v1/operator/users/{}/top-ups", buyer.id);
        assert_eq!(office.post(&path, OPERATOR, json!({"amount": 10_000})).await.status, 201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_is_offered_in_order_and_paid_without_a_visit() {
    let office = Office::open().await;
    let (concert, token, hold) = all_held(&office, 3).await;
    let buyers = office.buyers(3).await;
    rich(&office, &buyers).await;
    for (ahead, buyer) in buyers.iter().enumerate() {
        let joined = join(&office, &concert, buyer, 1 + ahead as u32 % 2).await;
        assert_eq!((&joined["status"], &joined["ahead"]), (&json!("waiting"), &json!(ahead)), "{joined}");
    }
    refused(&pay(&office, &concert, &buyers[0], 1000).await, 409, "no_offer");
    release(&office, &token, &hold).await;

    let first = place(&office, &concert, &buyers[0]).await.json();
    let second = place(&office, &concert, &buyers[1]).await.json();
    assert_eq!((&first["status"], &second["status"]), (&json!("offered"), &json!("offered")), "{first} {second}");
    assert_eq!((&first["offer"]["amount"], &second["offer"]["amount"]), (&json!(1000), &json!(2000)));
    let until = office.now().plus_ms(1_800_000).to_rfc3339();
    assert_eq!(first["offer"]["held_until"], until);
    let third = place(&office, &concert, &buyers[2]).await.json();
    assert_eq!((&third["status"], &third["ahead"]), (&json!("waiting"), &json!(0)), "{third}");

    refused(&pay(&office, &concert, &buyers[1], 1000).await, 409, "amount_mismatch");
    let list = path(&concert);
    let path = format!("{list}/payment");
    let paid = office.post_once(&path, &buyers[1].session, "k", json!({"amount": 2000})).await;
    assert_eq!((paid.status, paid.json()["tickets"].as_array().unwrap().len()), (201, 2), "{}", paid.json());
    let again = office.post_once(&path, &buyers[1].session, "k", json!({"amount": 2000})).await;
    assert_eq!(again.json(), paid.json());
    refused(&place(&office, &concert, &buyers[1]).await, 404, "not_on_waitlist");
    // Who declines passes it on at once.
    assert_eq!(office.delete(&list, &buyers[0].session).await.status, 204);
    office.app.run_due().await;
    assert_eq!(place(&office, &concert, &buyers[2]).await.json()["status"], "offered");
    assert_eq!(pay(&office, &concert, &buyers[2], 1000).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_passes_on_at_its_instant() {
    let office = Office::open().await;
    let (concert, token, hold) = all_held(&office, 1).await;
    let desk = format!("/v1/operator/concerts/{}/waitlist", concert.id);
    assert_eq!(office.patch(&desk, OPERATOR, json!({"offer_seconds": 60})).await.status, 200);
    let buyers = office.buyers(2).await;
    rich(&office, &buyers).await;
    for buyer in &buyers {
        join(&office, &concert, buyer, 1).await;
    }
    release(&office, &token, &hold).await;
    office.advance_ms(59_999).await;
    assert_eq!(place(&office, &concert, &buyers[0]).await.json()["status"], "offered");
    refused(&pay(&office, &concert, &buyers[1], 1000).await, 409, "no_offer");

    // At its instant it is dead, whether or not anybody has looked.
    office.clock.advance_ms(1);
    let late = pay(&office, &concert, &buyers[0], 1000).await;
    assert!(["no_offer", "not_on_waitlist"].contains(&late.code().as_str()), "{}", late.json());
    office.app.run_due().await;
    refused(&place(&office, &concert, &buyers[0]).await, 404, "not_on_waitlist");
    let next = place(&office, &concert, &buyers[1]).await.json();
    assert_eq!(next["offer"]["held_until"], office.now().plus_ms(60_000).to_rfc3339(), "{next}");

    // Nobody is left after the second: the seat is for everyone again.
    office.advance_ms(60_000).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    assert_eq!(office.hold(&token, &concert, &[&seats[0]]).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_takes_what_is_the_waitlists() {
    let office = Office::open().await;
    let (concert, _, _) = all_held(&office, 2).await;
    let inside = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&inside, &concert).await;
    office.top_up(&inside, 5000).await;
    let buyer = office.buyer().await;
    join(&office, &concert, &buyer, 2).await;

    // The hold is over, and nobody has written it down yet.
    office.clock.advance_ms(300_000);
    let held = office.hold(&inside, &concert, &[&seats[0]]).await;
    assert!(["waitlist_first", "seat_taken"].contains(&held.code().as_str()), "{}", held.json());
    refused(&office.pay(&inside, &[&seats[1]], 1000).await, 409, "seat_taken");
    assert_eq!(place(&office, &concert, &buyer).await.json()["status"], "offered");
    assert_eq!(office.seat_states(&inside, &concert).await, ["held", "held"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hammers_at_a_seat_does_not_get_it_before_those_who_wait() {
    let office = Office::open().await;
    let (concert, token, hold) = all_held(&office, 1).await;
    let inside = office.enter(&office.buyer().await, &concert).await;
    let seat = office.seat_ids(&inside, &concert).await.remove(0);
    let holds = || {
        let body = json!({"performance_id": concert.performance, "seat_ids": [seat]});
        (0..20).map(|_| post("/v1/holds", &inside, body.clone())).collect::<Vec<_>>()
    };
    let (mut token, mut hold) = (token, hold);
    for round in 0..3 {
        let buyer = office.buyer().await;
        join(&office, &concert, &buyer, 1).await;
        // It comes back in the midst of them, whatever commit that is; nobody asks for what is due but they.
        let back = async { assert_eq!(office.delete(&format!("/v1/holds/{hold}"), &token).await.status, 204) };
        let ((), answers) = tokio::join!(back, rush(&office, holds()));
        let taken = tally(&answers).remove(&(201, String::new()));
        assert_eq!(taken, None, "round {round}: {:?}", tally(&answers));
        office.app.run_due().await;
        assert_eq!(place(&office, &concert, &buyer).await.json()["status"], "offered", "round {round}");
        assert_eq!(office.delete(&path(&concert), &buyer.session).await.status, 204);
        token = office.enter(&office.buyer().await, &concert).await;
        hold = text(&office.held(&token, &concert, &[&seat]).await["id"]);
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_memory_knew_is_put_right_by_the_data_file_and_not_for_long() {
    let office = Office::open().await;
    let (concert, token, hold) = all_held(&office, 2).await;
    let buyers = office.buyers(2).await;
    join(&office, &concert, &buyers[0], 2).await;
    let map = office.app.part::<SeatMaps>().find(&office.app, concert.performance.parse().unwrap()).await.unwrap();
    let known = || Wanted::of(office.app.part::<Waits>(), &map.map, office.now());
    let asked = |known: Wanted| office.app.store.write(move |tx| known.require_none_waits(tx));
    let (before, long_before) = (known(), known());
    assert!(asked(before.clone()).await.is_ok(), "nothing is free");

    // Both seats come back after memory was asked, and nothing of it is offered yet; then they are.
    let _alone = office.app.part::<Waits>().doing_due.lock().await;
    assert_eq!(office.delete(&format!("/v1/holds/{hold}"), &token).await.status, 204);
    assert!(matches!(asked(before).await, Err(WaitlistError::First)));
    let free = known();
    waitlist::due::offer(&office.app, map.map.performance.concert).await.unwrap();
    assert_eq!(place(&office, &concert, &buyers[0]).await.json()["status"], "offered");
    assert!(asked(free).await.is_ok(), "they were free when memory was asked, and are not any more");

    // Who joins after memory was asked comes first too; and what it knew a second ago counts for nothing.
    let before = known();
    join(&office, &concert, &buyers[1], 1).await;
    assert_eq!(office.delete(&path(&concert), &buyers[0].session).await.status, 204);
    assert!(matches!(asked(before).await, Err(WaitlistError::First)));
    office.clock.advance_ms(1_000);
    assert!(matches!(asked(long_before).await, Err(WaitlistError::Hold(HoldError::Outrun))));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_who_wait_for_three_seats_get_three() {
    let office = Office::open().await;
    let (concert, token, hold) = all_held(&office, 3).await;
    let buyers = office.buyers(40).await;
    rich(&office, &buyers).await;
    let asked = buyers.iter().map(|buyer| post(&path(&concert), &buyer.session, json!({"quantity": 1}))).collect();
    assert_eq!(tally(&rush(&office, asked).await)[&(201, String::new())], 40);
    // All pay while the seats come back.
    let paying = || {
        let path = format!("{}/payment", path(&concert));
        buyers.iter().map(|buyer| post(&path, &buyer.session, json!({"amount": 1000}))).collect::<Vec<_>>()
    };
    let early = rush(&office, paying()).await;
    assert_eq!(tally(&early)[&(409, "no_offer".to_owned())], 40);
    release(&office, &token, &hold).await;
    let answers = rush(&office, paying()).await;
    let counts = tally(&answers);
    assert_eq!((counts[&(201, String::new())], counts[&(409, "no_offer".to_owned())]), (3, 37), "{counts:?}");
    let tickets = answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.json()["tickets"].clone());
    let seats: BTreeSet<_> = tickets.map(|tickets| text(&tickets[0]["seat"]["id"])).collect();
    assert_eq!(seats.len(), 3, "each another seat");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_draw_luck_decides_and_not_the_order_of_joining() {
    let office = Office::open().await;
    let (concert, _, _) = all_held(&office, 1).await;
    let desk = format!("/v1/operator/concerts/{}/waitlist", concert.id);
    let shown = office.get(&desk, OPERATOR).await;
    assert_eq!((&shown.json()["mode"], &shown.json()["offer_seconds"]), (&json!("in_order"), &json!(1800)));
    let stale = office.with_header("PATCH", &desk, OPERATOR, ("if-match", "\"999\""), json!({"mode": "by_draw"})).await;
    refused(&stale, 412, "changed_meanwhile");
    assert_eq!(office.patch(&desk, OPERATOR, json!({"mode": "by_draw"})).await.status, 200);
    let buyers = office.buyers(16).await;
    for buyer in &buyers {
        join(&office, &concert, buyer, 1).await;
    }
    let mut ahead = Vec::new();
    for buyer in &buyers {
        ahead.push(place(&office, &concert, buyer).await.json()["ahead"].as_u64().unwrap());
    }
    assert!(!ahead.is_sorted(), "one of 16! orders is that of joining: {ahead:?}");
    ahead.sort_unstable();
    assert_eq!(ahead, (0..16).collect::<Vec<_>>());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_it_does_not_suit_is_passed_over_and_keeps_the_place() {
    let office = Office::open().await;
    let (concert, token, hold) = all_held(&office, 2).await;
    let second = office.performance(&concert, 2, office.now().plus_ms(40 * 24 * HOUR_MS)).await;
    let elsewhere = office.seat_ids(&token, &second).await;
    let other = office.held(&token, &second, &[&elsewhere[0], &elsewhere[1]]).await;
    let buyers = office.buyers(3).await;
    // The first wants more than comes back, the second another date.
    join(&office, &concert, &buyers[0], 4).await;
    let wish = json!({"quantity": 1, "performance_ids": [second.performance], "grade": "R"});
    let joined = office.post(&path(&concert), &buyers[1].session, wish).await.json();
    assert_eq!((&joined["performance_ids"], &joined["grade"]), (&json!([second.performance]), &json!("R")));
    join(&office, &concert, &buyers[2], 2).await;
    release(&office, &token, &hold).await;
    let status = |answer: Answer| answer.json()["status"].clone();
    assert_eq!(status(place(&office, &concert, &buyers[0]).await), "waiting");
    assert_eq!(status(place(&office, &concert, &buyers[1]).await), "waiting");
    let offer = place(&office, &concert, &buyers[2]).await.json()["offer"].clone();
    assert_eq!(offer["performance_id"], concert.performance);
    release(&office, &token, &text(&other["id"])).await;
    let offer = place(&office, &concert, &buyers[1]).await.json()["offer"].clone();
    assert_eq!(offer["performance_id"], second.performance);

    // One seat of the second date is left that suits nobody who waits: it is everybody's.
    assert_eq!(office.hold(&token, &second, &[&elsewhere[1]]).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_nobody_and_offers_what_came_back_meanwhile() {
    let office = Office::open().await;
    let (concert, _, _) = all_held(&office, 2).await;
    let buyers = office.buyers(3).await;
    rich(&office, &buyers).await;
    for buyer in &buyers {
        join(&office, &concert, buyer, 1).await;
    }
    // The holds end while nobody is there.
    let clock = office.clock.clone();
    let office = {
        clock.advance_ms(300_000);
        office.restart().await
    };
    office.app.run_due().await;
    for buyer in &buyers[..2] {
        assert_eq!(place(&office, &concert, buyer).await.json()["status"], "offered");
    }
    assert_eq!(place(&office, &concert, &buyers[2]).await.json()["status"], "waiting");
    let office = office.restart().await;
    assert_eq!(pay(&office, &concert, &buyers[0], 1000).await.status, 201);
    office.advance_ms(1_800_000).await;
    assert_eq!(place(&office, &concert, &buyers[2]).await.json()["status"], "offered");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_can_still_buy_does_not_wait() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 2).await;
    let (buyer, holder, next) = (office.buyer().await, office.buyer().await, office.buyer().await);
    let wish = json!({"quantity": 1});
    refused(&office.post(&path(&concert), &buyer.session, wish.clone()).await, 409, "not_sold_out");
    let token = office.enter(&holder, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0], &seats[1]]).await;
    // What is held may come back to those who wait in line.
    let waiting = text(&office.join(&next, &concert).await["token"]);
    refused(&office.post(&path(&concert), &buyer.session, wish.clone()).await, 409, "not_sold_out");
    assert_eq!(office.delete("/v1/queue/tokens/current", &waiting).await.status, 204);
    assert_eq!(office.post(&path(&concert), &buyer.session, wish.clone()).await.status, 201);
    refused(&office.post(&path(&concert), &buyer.session, wish.clone()).await, 409, "on_waitlist");
    refused(&office.post(&path(&concert), &next.session, json!({"quantity": 5})).await, 409, "seat_limit");
    let unknown = json!({"quantity": 1, "grade": "VIP"});
    refused(&office.post(&path(&concert), &next.session, unknown).await, 404, "grade_not_found");
    for quantity in [0, 65] {
        refused(
            &office.post(&path(&concert), &next.session, json!({ "quantity": quantity })).await,
            400,
            "invalid_field",
        );
    }
    assert_eq!(office.delete(&path(&concert), &buyer.session).await.status, 204);
    refused(&office.delete(&path(&concert), &buyer.session).await, 404, "not_on_waitlist");

    let desk = format!("/v1/operator/concerts/{}/waitlist", concert.id);
    assert_eq!(office.patch(&desk, OPERATOR, json!({"mode": "closed"})).await.status, 200);
    refused(&office.post(&path(&concert), &buyer.session, wish).await, 409, "waitlist_closed");
    refused(&office.patch(&desk, OPERATOR, json!({"offer_seconds": 1})).await, 400, "invalid_field");
    office.verify();
}
