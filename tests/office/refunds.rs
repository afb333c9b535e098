//! Money that goes back: refunds at the desk, the buyer's own cancellation, tickets that are handed on, and cancelled
//! performances, also through a crash.

use boxoffice::app::App;
use boxoffice::catalog::concert::domain as concerts;
use boxoffice::clock::ScriptedClock;
use boxoffice::entropy::SystemEntropy;
use boxoffice::refund::RefundError;
use boxoffice::refund::cancellation::{self, Counting, PERFORMANCES_PER_COMMIT, Step};
use boxoffice::store::Tx;
use boxoffice::{store, verify};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, limits, refused, text};

/// Buys these seats for 1,000 each; gives the payment.
async fn buy(office: &Office, buyer: &Buyer, concert: &Concert, seats: std::ops::Range<usize>) -> Value {
    let token = office.enter(buyer, concert).await;
    let ids = office.seat_ids(&token, concert).await;
    let ids: Vec<&str> = ids[seats].iter().map(String::as_str).collect();
    let amount = 1000 * ids.len() as i64;
    office.top_up(&token, amount).await;
    let paid = office.pay(&token, &ids, amount).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    paid.json()
}

fn codes(payment: &Value) -> Vec<String> {
    payment["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"])).collect()
}

fn refunds(payment: &Value) -> String {
    format!("/v1/operator/payments/{}/refunds", text(&payment["id"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_refunded_once_to_the_balance_or_as_cash() {
    let office = Office::open().await;
    let (buyer, concert) = (office.buyer().await, office.concert(Value::Null, 1, 5).await);
    let payment = buy(&office, &buyer, &concert, 0..3).await;
    let (codes, path) = (codes(&payment), refunds(&payment));
    let one = json!({"tickets": [codes[0]], "keep_per_ticket": 300});
    let refund = office.post_once(&path, OPERATOR, "one", one.clone()).await;
    assert_eq!((refund.status, &refund.json()["amount"]), (201, &json!(700)), "{}", refund.json());
    let again = office.post_once(&path, OPERATOR, "one", one.clone()).await;
    assert_eq!(again.json(), refund.json());
    refused(&office.post(&path, OPERATOR, one).await, 409, "ticket_cancelled");
    assert_eq!(office.balance(&buyer.session).await, 700);
    refused(&office.get(&format!("/v1/tickets/{}", codes[0]), &buyer.session).await, 409, "ticket_cancelled");
    // As cash: the balance stays.
    let cash = office.post(&path, OPERATOR, json!({"tickets": [codes[1]], "to": "cash"})).await;
    assert_eq!((cash.status, &cash.json()["amount"]), (201, &json!(1000)));
    assert_eq!(office.balance(&buyer.session).await, 700);
    let other = office.buyer().await;
    let others = buy(&office, &other, &concert, 3..4).await;
    let foreign = json!({"tickets": [crate::refunds::codes(&others)[0]]});
    refused(&office.post(&path, OPERATOR, foreign).await, 404, "ticket_not_found");
    let twice = json!({"tickets": [codes[2], codes[2]]});
    refused(&office.post(&path, OPERATOR, twice).await, 400, "invalid_field");
    // The rest, whatever stands; and then nothing does.
    let rest = office.post(&path, OPERATOR, json!({})).await;
    assert_eq!((rest.status, rest.json()["tickets"].as_array().map(Vec::len)), (201, Some(1)));
    refused(&office.post(&path, OPERATOR, json!({})).await, 409, "ticket_cancelled");
    let token = office.enter(&buyer, &concert).await;
    let states = office.seat_states(&token, &concert).await;
    assert_eq!(states, ["available", "available", "available", "sold", "available"]);
    let seen = office.get(&format!("/v1/operator/payments/{}", text(&payment["id"])), OPERATOR).await.json();
    let back: Vec<_> = seen["tickets"].as_array().expect("tickets").iter().map(|of| of["refunded"].clone()).collect();
    assert_eq!((back, seen["refunds"].as_array().map(Vec::len)), (vec![json!(700), json!(1000), json!(1000)], Some(3)));
    let kinds = office.get("/v1/balance/postings", &buyer.session).await.json();
    let kinds: Vec<_> = kinds["postings"].as_array().expect("postings").iter().map(|of| text(&of["kind"])).collect();
    assert_eq!(kinds, ["refund", "pay_out", "refund", "refund", "payment", "top_up"]);
    office.verify();
    // What was sold once is not taken back.
    let path = format!("/v1/operator/performances/{}", concert.performance);
    office.post(&refunds(&others), OPERATOR, json!({})).await;
    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
    refused(&office.delete(&path, OPERATOR).await, 409, "in_use");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_refunds_give_no_more_than_was_paid() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let (buyer, concert) = (office.buyer().await, office.concert(Value::Null, 1, 8).await);
    let payment = buy(&office, &buyer, &concert, 0..8).await;
    let (codes, path) = (codes(&payment), refunds(&payment));
    let own = format!("/v1/payments/{}/cancellations", text(&payment["id"]));
    let asks = (0..32).map(|no| {
        let (office, path, own, buyer, codes) = (&office, &path, &own, &buyer, &codes);
        async move {
            let body = match no % 4 {
                0 => json!({}),
                1 => json!({"tickets": [codes[no % 8]]}),
                _ => json!({"tickets": [codes[no % 8], codes[(no + 3) % 8]]}),
            };
            let answer = if no % 2 == 0 {
                office.post(path, OPERATOR, body).await
            } else {
                office.post(own, &buyer.session, body).await
            };
            if answer.status == 201 { answer.json()["amount"].as_i64().expect("an amount") } else { 0 }
        }
    });
    let back: i64 = futures_util::future::join_all(asks).await.into_iter().sum();
    assert_eq!((back, office.balance(&buyer.session).await), (8000, json!(8000)));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buyer_cancels_until_the_set_time_for_the_set_fee() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let hall =
        json!({"name": "Other", "sections": [{"name": "Stalls", "rows": [{"name": "1", "seats": 4, "grade": "R"}]}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let strict = json!({"title": "Strict", "time_zone": "Asia/Seoul", "fee_per_ticket": 100, "fee_per_order": 50,
                        "cancel_until_minutes": 120, "cancel_fee": 250});
    let strict = office.make("/v1/operator/concerts", strict).await["id"].clone();
    let starts_at = office.now().plus_ms(5 * HOUR_MS);
    let performance =
        json!({"concert_id": strict, "hall_id": hall, "starts_at": starts_at.to_rfc3339(), "prices": {"R": 1000}});
    let performance = office.make("/v1/operator/performances", performance).await["id"].clone();
    let strict = Concert { id: text(&strict), performance: text(&performance) };
    let seen = office.get(&format!("/v1/concerts/{}", strict.id), "").await.json();
    assert_eq!((&seen["cancel_until_minutes"], &seen["cancel_fee"]), (&json!(120), &json!(250)));
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &strict).await;
    let seats = office.seat_ids(&token, &strict).await;
    office.top_up(&token, 2250).await;
    let payment = office.pay(&token, &[&seats[0], &seats[1]], 2250).await.json();
    let path = format!("/v1/payments/{}/cancellations", text(&payment["id"]));
    let codes = codes(&payment);
    office.advance_to(starts_at, -2 * HOUR_MS - 1).await;
    let cancelled = office.post(&path, &buyer.session, json!({"tickets": [codes[1]]})).await;
    assert_eq!(
        (cancelled.status, &cancelled.json()["amount"]),
        (201, &json!(850)),
        "price and fee less the fee for it"
    );
    // To the millisecond.
    office.advance_to(starts_at, -2 * HOUR_MS).await;
    refused(&office.post(&path, &buyer.session, json!({})).await, 409, "cancellation_closed");
    assert_eq!(office.balance(&buyer.session).await, 850);
    let stranger = office.buyer().await;
    refused(&office.post(&path, &stranger.session, json!({})).await, 404, "payment_not_found");
    // The desk is not bound to it, and gives the payment's own fee back with its last ticket.
    let rest = office.post(&refunds(&payment), OPERATOR, json!({})).await;
    assert_eq!(rest.json()["amount"], 1150);
    let _ = concert;
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_is_handed_on_is_its_new_holders_alone() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let new = json!({"email": "friend@example.org", "password": "correct horse", "name": "Friend"});
    let signed_up = office.client().await.post("/v1/users", None, &new).await.expect("an answer").json();
    let friend = text(&signed_up["session"]["secret"]);
    let buyer = office.buyer().await;
    let payment = buy(&office, &buyer, &concert, 0..2).await;
    let codes = codes(&payment);
    let path = format!("/v1/tickets/{}/handovers", codes[0]);
    let nobody = json!({"email": "nobody@example.org"});
    refused(&office.post(&path, &buyer.session, nobody).await, 404, "user_not_found");
    let to = json!({"email": "Friend@example.org"});
    refused(&office.post(&path, &friend, to.clone()).await, 404, "ticket_not_found");
    let handed = office.post_once(&path, &buyer.session, "hand", to.clone()).await;
    assert_eq!((handed.status, &handed.json()["handovers"]), (201, &json!(1)), "{}", handed.json());
    assert_eq!(office.post_once(&path, &buyer.session, "hand", to.clone()).await.json(), handed.json());
    // The old code is dead for everybody, and the payer sees no new one.
    for session in [&buyer.session, &friend] {
        refused(&office.get(&format!("/v1/tickets/{}", codes[0]), session).await, 404, "ticket_not_found");
    }
    let listed = office.get("/v1/payments", &buyer.session).await.json()["payments"][0]["tickets"].clone();
    assert_eq!((&listed[0]["state"], listed[0].get("code")), (&json!("handed_on"), None));
    assert_eq!((&listed[1]["state"], &listed[1]["code"]), (&json!("valid"), &json!(codes[1])));
    let theirs = office.get("/v1/tickets", &friend).await.json();
    assert_eq!(theirs["tickets"].as_array().map(Vec::len), Some(1), "{theirs}");
    let code = text(&theirs["tickets"][0]["code"]);
    assert_eq!(office.get(&format!("/v1/tickets/{code}"), &friend).await.status, 200);
    refused(&office.get(&format!("/v1/tickets/{code}"), &buyer.session).await, 404, "ticket_not_found");
    // Neither cancels it: the payer has it no more, the friend paid nothing.
    let cancel = format!("/v1/payments/{}/cancellations", text(&payment["id"]));
    refused(&office.post(&cancel, &buyer.session, json!({"tickets": [code]})).await, 409, "ticket_handed_on");
    refused(&office.post(&cancel, &friend, json!({})).await, 404, "payment_not_found");
    assert_eq!(office.post(&cancel, &buyer.session, json!({})).await.json()["amount"], 1000, "the one that is theirs");
    // The desk refunds it, to whoever paid.
    assert_eq!(office.post(&refunds(&payment), OPERATOR, json!({})).await.status, 201);
    assert_eq!((office.balance(&buyer.session).await, office.balance(&friend).await), (json!(2000), json!(0)));
    refused(&office.get(&format!("/v1/tickets/{code}"), &friend).await, 409, "ticket_cancelled");
    office.verify();
}

/// So many buyers with 50 seats each; gives their sessions.
async fn sell_out(office: &Office, concert: &Concert, buyers: u32) -> Vec<Buyer> {
    let buyers = office.buyers(buyers).await;
    for (at, buyer) in buyers.iter().enumerate() {
        buy(office, buyer, concert, at * 50..at * 50 + 50).await;
    }
    buyers
}

async fn progress(office: &Office, concert: &Concert) -> Value {
    let path = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    let answer = office.get(&path, OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_performance_is_refunded_through_a_crash_each_ticket_once() {
    const BUYERS: u32 = 40;
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let (concert, other) = (office.concert(Value::Null, 40, 50).await, office.concert(Value::Null, 1, 5).await);
    let buyers = sell_out(&office, &concert, BUYERS).await;
    // One has a ticket refunded before.
    let first = office.get("/v1/payments", &buyers[0].session).await.json()["payments"][0].clone();
    let one = json!({"tickets": [first["tickets"][0]["code"]]});
    assert_eq!(office.post(&refunds(&first), OPERATOR, one).await.status, 201);
    let path = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    refused(&office.get(&path, OPERATOR).await, 409, "not_cancelled");
    let waiting = office.enter(&buyers[1], &concert).await;
    let begun = office.post_once(&path, OPERATOR, "cancel", Value::Null).await;
    assert_eq!((begun.status, &begun.json()["tickets"]), (202, &json!(50 * BUYERS - 1)), "{}", begun.json());
    let again = office.post_once(&path, OPERATOR, "cancel", Value::Null).await;
    assert_eq!(again.json(), begun.json());
    // As the plug was pulled now: what was committed, and nothing else.
    let crashed = tempfile::tempdir().expect("a folder");
    let copy = crashed.path().join("copy.db");
    store::backup(&office.data, &copy).expect("a copy of this moment");
    refused(&office.post(&path, OPERATOR, Value::Null).await, 409, "performance_cancelled");
    let seat = office.seat_ids(&waiting, &concert).await.remove(0);
    refused(&office.hold(&waiting, &concert, &[&seat]).await, 409, "performance_cancelled");
    // Others go on meanwhile.
    buy(&office, &buyers[2], &other, 0..1).await;
    office.app.run_due().await;
    let done = progress(&office, &concert).await;
    assert!(done["done_at"].is_string() && done["refunded"] == done["tickets"], "{done}");
    assert_eq!(done["amount"], 1000 * (50 * BUYERS - 1));
    for buyer in &buyers {
        assert_eq!(office.balance(&buyer.session).await, 50_000);
    }
    office.verify();

    let half = verify::verify(&copy).expect("the copy opens");
    assert_eq!(half.breaches, [], "in the middle the laws hold too");
    let mut config = office.config.clone();
    config.data = copy.clone();
    let clock = ScriptedClock::at(office.now());
    let opened = App::open_with(config, limits(), Arc::new(clock), Arc::new(SystemEntropy)).await;
    let app = opened.expect("the copy opens").app;
    app.run_due().await;
    app.stop();
    drop(app);
    let file = rusqlite::Connection::open(&copy).expect("the copy opens");
    let count = |query: &str| file.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a count");
    assert_eq!(count("SELECT count(*) FROM ticket WHERE refund_key IS NULL"), 0);
    assert_eq!(count("SELECT sum(amount) FROM refund"), i64::from(50_000 * BUYERS));
    let balances = "SELECT user_key, max(posting_key), balance_after FROM posting GROUP BY user_key";
    assert_eq!(count(&format!("SELECT count(*) FROM ({balances}) WHERE balance_after <> 50000")), 0);
    assert_eq!(verify::verify(&copy).expect("the copy opens").breaches, []);
}

/// One payment for two evenings, of which one is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_paid_for_another_evening_stands() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let second = office.performance(&concert, 5, office.now().plus_ms(40 * 24 * HOUR_MS)).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let (of_first, of_second) = (office.seat_ids(&token, &concert).await, office.seat_ids(&token, &second).await);
    office.top_up(&token, 3000).await;
    let paid = office.pay(&token, &[&of_first[0], &of_second[0], &of_second[1]], 3000).await.json();
    let path = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    assert_eq!(office.post(&path, OPERATOR, Value::Null).await.status, 202);
    office.app.run_due().await;
    let done = progress(&office, &concert).await;
    assert_eq!([&done["tickets"], &done["refunded"], &done["amount"]], [&json!(1), &json!(1), &json!(1000)]);
    let seen = office.get(&format!("/v1/operator/payments/{}", text(&paid["id"])), OPERATOR).await.json();
    let back: Vec<_> = seen["tickets"].as_array().expect("tickets").iter().map(|of| of["refunded"].clone()).collect();
    assert_eq!(back, [json!(1000), Value::Null, Value::Null]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_concert_refunds_all_its_performances() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let second = office.performance(&concert, 5, office.now().plus_ms(40 * 24 * HOUR_MS)).await;
    let buyer = office.buyer().await;
    buy(&office, &buyer, &concert, 0..2).await;
    buy(&office, &buyer, &second, 0..3).await;
    let path = format!("/v1/operator/concerts/{}/cancellation", concert.id);
    let cancelled = office.post(&path, OPERATOR, Value::Null).await;
    assert_eq!(cancelled.status, 202, "{}", cancelled.json());
    office.app.run_due().await;
    let listed = office.get(&path, OPERATOR).await.json();
    let refunded: Vec<_> =
        listed["cancellations"].as_array().expect("a list").iter().map(|of| &of["refunded"]).collect();
    assert_eq!(refunded, [&json!(2), &json!(3)]);
    assert_eq!(office.balance(&buyer.session).await, 5000);
    assert_eq!(office.get(&format!("/v1/concerts/{}", concert.id), "").await.json()["state"], "cancelled");
    // Asked again it goes on, and finds nothing more.
    assert_eq!(office.post(&path, OPERATOR, Value::Null).await.status, 202);
    office.app.run_due().await;
    assert_eq!(office.balance(&buyer.session).await, 5000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_that_are_too_many_for_the_commit_are_counted_behind() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let second = office.performance(&concert, 5, office.now().plus_ms(40 * 24 * HOUR_MS)).await;
    let buyer = office.buyer().await;
    buy(&office, &buyer, &concert, 0..2).await;
    buy(&office, &buyer, &second, 0..3).await;
    let id = concert.id.parse().expect("an id");
    let cancel = move |tx: &Tx| {
        let of = concerts::concert(tx, id)?;
        // Of the first two seats were touched, of the second three, which are too many.
        cancellation::cancel_concert(tx, &of, PERFORMANCES_PER_COMMIT, Counting(4))?;
        Ok::<_, RefundError>((cancellation::cancellations(tx, &of, None, 9)?, cancellation::next_step(tx)?))
    };
    let (begun, next) = office.app.store.write(cancel).await.expect("it is cancelled");
    let counted: Vec<_> = begun.iter().map(|of| of.tickets).collect();
    assert_eq!((counted, next), (vec![Some(2), None], Some(Step::Refund)));
    office.app.run_due().await;
    let done = progress(&office, &second).await;
    assert_eq!((&done["tickets"], &done["refunded"]), (&json!(3), &json!(3)), "{done}");
    assert_eq!(office.balance(&buyer.session).await, 5000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn performances_that_are_too_many_for_the_commit_are_cancelled_behind() {
    let office = Office::open().await;
    let mut concert = office.concert(Value::Null, 1, 5).await;
    let buyer = office.buyer().await;
    buy(&office, &buyer, &concert, 0..2).await;
    let mut later = Vec::new();
    for day in 0..4 {
        later.push(office.performance(&concert, 5, office.now().plus_ms((40 + day) * 24 * HOUR_MS)).await);
    }
    buy(&office, &buyer, &later[3], 0..3).await;
    let id = concert.id.parse().expect("an id");
    // Looked at in the same commit: the job that goes on with it is awake right after.
    let cancel = move |tx: &Tx| {
        let cancelled = cancellation::cancel_concert(tx, &concerts::concert(tx, id)?, 2, Counting::default());
        cancelled.and_then(|_| cancellation::next_step(tx).map_err(Into::into))
    };
    let next = office.app.store.write(cancel).await.expect("it is cancelled");
    assert_eq!(next, Some(Step::Cancel));
    // Nothing is sold any more of those either that are cancelled behind.
    let shown = office.get(&format!("/v1/concerts/{id}"), "").await.json();
    assert_eq!(shown["state"], "cancelled", "{shown}");
    // As far as a crash let it come, and on from there.
    let office = office.restart().await;
    concert = later.remove(3);
    office.app.run_due().await;
    let done = progress(&office, &concert).await;
    assert_eq!((&done["tickets"], &done["refunded"]), (&json!(3), &json!(3)), "{done}");
    let path = format!("/v1/operator/concerts/{id}/cancellation");
    let listed = office.get(&path, OPERATOR).await.json();
    let all = listed["cancellations"].as_array().expect("a list");
    assert!(all.len() == 5 && all.iter().all(|of| of["done_at"].is_string()), "{listed}");
    assert_eq!(office.balance(&buyer.session).await, 5000);
    assert_eq!(office.app.store.read(cancellation::next_step).await.expect("it reads"), None);
    office.verify();
}
