//! The same request with the same `Idempotency-Key` has the effect of one and gets the same answer (law 9): at the same
//! time, after a lost answer, after a restart, for 24 hours.

use boxoffice::client::{Answer, Ask};
use boxoffice::jobs::sweep_answers;
use serde_json::{Value, json};

use crate::checked::Client;
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

const DAY_MS: i64 = 24 * HOUR_MS;

fn tokens_of(concert: &Concert) -> String {
    format!("/v1/concerts/{}/queue/tokens", concert.id)
}

/// Sends the same request on 64 connections at once; all answers must be one answer. Gives it.
async fn sixty_four_times(office: &Office, path: &str, bearer: &str, body: &Value) -> Value {
    let send = || {
        let (path, bearer, address) = (path.to_owned(), bearer.to_owned(), office.address);
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        tokio::spawn(async move {
            let headers = &[("idempotency-key", "once")][..];
            let ask = Ask { method: "POST", path: &path, bearer: Some(&bearer), body, headers };
            Client::connect(address).await.expect("the server listens").send(&ask).await.expect("an answer")
        })
    };
    let sent: Vec<_> = (0..64).map(|_| send()).collect();
    let mut answers: Vec<Answer> = Vec::new();
    for answer in sent {
        answers.push(answer.await.expect("no panic"));
    }
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body), "{}", answer.json());
    }
    let first_hand = answers.iter().filter(|answer| !is_replayed(answer)).count();
    assert_eq!(first_hand, 1, "all but one are told from the record");
    answers[0].json()
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

/// The answer is the one that was given before.
#[track_caller]
fn replayed(again: &Answer, before: &Answer) {
    assert_eq!((again.status, &again.body), (before.status, &before.body), "{}", again.json());
    assert!(is_replayed(again), "it comes from the record");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issue_token_64_times_at_once_joins_once() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;

    let issued = sixty_four_times(&office, &tokens_of(&concert), &buyer.session, &Value::Null).await;

    assert_eq!(issued["number"], 1);
    assert_eq!(office.position(&text(&issued["token"])).await["status"], "admitted");
    assert_eq!(office.join(&office.buyer().await, &concert).await["number"], 2);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hold_seats_64_times_at_once_holds_once() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let best = json!({"performance_id": concert.performance, "best": {"grade": "R", "quantity": 1}});

    let mut hold = sixty_four_times(&office, "/v1/holds", &token, &best).await;

    // Only the one who asked for the best seats is told what they are not.
    assert_eq!(hold.as_object_mut().expect("a hold").remove("relaxed"), Some(json!([])));
    assert_eq!(office.holds(&token).await, [hold]);
    let states = office.seat_states(&token, &concert).await;
    assert_eq!(states.iter().filter(|state| *state == "held").count(), 1);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn top_up_64_times_at_once_adds_once() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;

    let line = sixty_four_times(&office, "/v1/balance/top-ups", &token, &json!({"amount": 700})).await;

    assert_eq!(line["balance"], 700);
    assert_eq!(office.balance(&token).await, 700);
    let history = office.get("/v1/balance/postings", &token).await.json();
    assert_eq!(history["postings"].as_array().map(Vec::len), Some(1));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_tops_up_before_its_turn_and_with_the_token_s_key_once() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let inside = office.enter(&office.buyer().await, &concert).await;
    let buyer = office.buyer().await;
    let token = text(&office.join(&buyer, &concert).await["token"]);
    let (path, body) = ("/v1/balance/top-ups", json!({"amount": 700}));

    refused(&office.post_once(path, &token, "once", body.clone()).await, 403, "not_admitted");
    assert_eq!(office.post_once(path, &buyer.session, "once", body.clone()).await.status, 201);
    assert_eq!(office.delete("/v1/queue/tokens/current", &inside).await.status, 204);
    let repeated = office.post_once(path, &token, "once", body).await;
    assert!(repeated.status == 201 && is_replayed(&repeated), "the buyer's key, whatever they show with it");
    assert_eq!(office.balance(&buyer.session).await, 700);
    office.verify();
}

/// The first of them ends the visit: the others ask with a dead token, and are answered all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pay_64_times_at_once_pays_once() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 5000).await;

    let body = json!({"seat_ids": [seats[0]], "amount": 1000});
    let paid = sixty_four_times(&office, "/v1/payments", &token, &body).await;

    assert_eq!(paid["balance"], 4000);
    assert_eq!(office.balance(&buyer.session).await, 4000);
    let listed = office.get("/v1/payments", &buyer.session).await.json();
    assert_eq!(listed["payments"].as_array().map(Vec::len), Some(1));
    refused(&office.get("/v1/queue/position", &token).await, 401, "token_completed");
    office.verify();
}

/// What the tests above would see if the key did nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_or_with_another_each_request_counts() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;

    office.top_up(&token, 100).await;
    office.top_up(&token, 100).await;
    for key in ["a", "b"] {
        let line = office.post_once("/v1/balance/top-ups", &token, key, json!({"amount": 100})).await;
        assert!(line.status == 201 && !is_replayed(&line));
    }

    assert_eq!(office.balance(&token).await, 400);
    for key in ["", &"k".repeat(256)] {
        let refusal = office.post_once("/v1/balance/top-ups", &token, key, json!({"amount": 100})).await;
        refused(&refusal, 400, "invalid_field");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_another_body_is_refused_and_the_first_answer_kept() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let seat = |place: usize| json!({"performance_id": concert.performance, "seat_ids": [seats[place]]});
    let pay = |place: usize| json!({"seat_ids": [seats[place]], "amount": 1000});
    let requests = [
        ("/v1/holds", seat(0), seat(1)),
        ("/v1/balance/top-ups", json!({"amount": 3000}), json!({"amount": 3001})),
        ("/v1/payments", pay(0), pay(1)),
    ];

    for (path, body, other_body) in requests {
        let first = office.post_once(path, &token, "once", body.clone()).await;
        assert_eq!(first.status, 201, "{}", first.json());
        let reused = office.post_once(path, &token, "once", other_body).await;
        refused(&reused, 422, "idempotency_key_reused");
        replayed(&office.post_once(path, &token, "once", body).await, &first);
    }
    assert_eq!(office.balance(&buyer.session).await, 2000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_body_counts_as_it_is_understood_not_as_it_is_written() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let first = office.post_once("/v1/balance/top-ups", &token, "once", json!({"amount": 700})).await;

    let headers = &[("idempotency-key", "once")][..];
    let body = Some(b"{\n  \"amount\" : 700\n}\n".to_vec());
    let ask = Ask { method: "POST", path: "/v1/balance/top-ups", bearer: Some(&token), body, headers };
    let again = office.client().await.send(&ask).await.expect("an answer");

    replayed(&again, &first);
    assert_eq!(office.balance(&token).await, 700);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_belongs_to_its_user_and_its_operation() {
    let office = Office::open().await;
    let (concert, another) = (office.concert(Value::Null, 1, 4).await, office.concert(Value::Null, 1, 4).await);
    let (one, other) = (office.buyer().await, office.buyer().await);
    let first = office.post_once(&tokens_of(&concert), &one.session, "once", Value::Null).await;
    let elsewhere = office.post_once(&tokens_of(&another), &one.session, "once", Value::Null).await;
    let second = office.post_once(&tokens_of(&concert), &other.session, "once", Value::Null).await;
    assert_eq!((first.status, elsewhere.status, second.status), (201, 201, 201));
    assert_ne!(elsewhere.json()["concert_id"], first.json()["concert_id"]);
    assert_eq!(second.json()["user_id"], json!(other.id));

    for (token, amount) in [(text(&first.json()["token"]), 100), (text(&second.json()["token"]), 200)] {
        let line = office.post_once("/v1/balance/top-ups", &token, "once", json!({"amount": amount})).await;
        assert_eq!((line.status, &line.json()["balance"]), (201, &json!(amount)));
        assert!(!is_replayed(&line));
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_logs_in_anew_gets_the_answer_of_the_session_before() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let credentials = json!({"email": "one@example.org", "password": "correct horse"});
    let mut account = credentials.clone();
    account["name"] = json!("Buyer");
    let mut client = office.client().await;
    let signed_up = client.post("/v1/users", None, &account).await.expect("an answer").json();
    let before = text(&signed_up["session"]["secret"]);
    let issued = office.post_once(&tokens_of(&concert), &before, "once", Value::Null).await;
    office.delete("/v1/sessions/current", &before).await;

    refused(&office.post_once(&tokens_of(&concert), &before, "once", Value::Null).await, 401, "session_invalid");
    let logged_in = client.post("/v1/sessions", None, &credentials).await.expect("an answer").json();
    let anew = text(&logged_in["session"]["secret"]);
    replayed(&office.post_once(&tokens_of(&concert), &anew, "once", Value::Null).await, &issued);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_not_recorded() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 2}), 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let rival = office.enter(&office.buyer().await, &concert).await;
    let waiting = office.buyer().await;
    let waiting_token = text(&office.join(&waiting, &concert).await["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    let rivals_hold = office.held(&rival, &concert, &[&seats[0]]).await;
    let hold = json!({"performance_id": concert.performance, "seat_ids": [seats[0]]});
    let pay = json!({"seat_ids": [seats[0]], "amount": 1000});
    let top_up = json!({"amount": 1});

    refused(&office.post_once("/v1/holds", &token, "once", hold.clone()).await, 409, "seat_taken");
    office.delete(&format!("/v1/holds/{}", text(&rivals_hold["id"])), &rival).await;
    assert_eq!(office.post_once("/v1/holds", &token, "once", hold).await.status, 201);

    refused(&office.post_once("/v1/payments", &token, "once", pay.clone()).await, 402, "insufficient_balance");
    office.top_up(&token, 1000).await;
    assert_eq!(office.post_once("/v1/payments", &token, "once", pay).await.status, 201);

    // The payment let the one who waited in.
    let path = "/v1/balance/top-ups";
    assert_eq!(office.position(&waiting_token).await["status"], "admitted");
    refused(&office.post_once(path, &waiting_token, "once", json!({"amount": 0})).await, 400, "invalid_field");
    assert_eq!(office.post_once(path, &waiting_token, "once", top_up).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_kept_over_a_restart_and_after_the_token_died() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let issued = office.post_once(&tokens_of(&concert), &buyer.session, "once", Value::Null).await;
    let token = text(&issued.json()["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    let requests = [
        ("/v1/holds", json!({"performance_id": concert.performance, "seat_ids": [seats[0]]})),
        ("/v1/balance/top-ups", json!({"amount": 3000})),
        ("/v1/payments", json!({"seat_ids": [seats[0]], "amount": 1000})),
    ];
    let mut answers = Vec::new();
    for (path, body) in &requests {
        let answer = office.post_once(path, &token, "once", body.clone()).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answers.push(answer);
    }

    let office = office.restart().await;

    replayed(&office.post_once(&tokens_of(&concert), &buyer.session, "once", Value::Null).await, &issued);
    for ((path, body), answer) in requests.iter().zip(&answers) {
        replayed(&office.post_once(path, &token, "once", body.clone()).await, answer);
        refused(&office.post_once(path, &token, "twice", body.clone()).await, 401, "token_completed");
    }
    assert_eq!(office.balance(&buyer.session).await, 2000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_forgotten_after_24_hours() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let issued = office.post_once(&tokens_of(&concert), &buyer.session, "once", Value::Null).await;
    let token = text(&issued.json()["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 1000).await;
    let pay = json!({"seat_ids": [seats[0]], "amount": 1000});
    let paid = office.post_once("/v1/payments", &token, "once", pay.clone()).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    let counter = format!("/v1/operator/users/{}/top-ups", buyer.id);
    let topped_up = office.post_once(&counter, OPERATOR, "once", json!({"amount": 500})).await;

    office.advance_ms(DAY_MS - 1).await;
    assert_eq!(sweep_answers(&office.app).await.expect("a sweep"), 0);
    replayed(&office.post_once(&tokens_of(&concert), &buyer.session, "once", Value::Null).await, &issued);
    replayed(&office.post_once("/v1/payments", &token, "once", pay.clone()).await, &paid);
    replayed(&office.post_once(&counter, OPERATOR, "once", json!({"amount": 500})).await, &topped_up);

    office.advance_ms(1).await;
    let anew = office.post_once(&tokens_of(&concert), &buyer.session, "once", Value::Null).await;
    assert_eq!((anew.status, &anew.json()["number"]), (201, &json!(2)));
    refused(&office.post_once("/v1/payments", &token, "once", pay).await, 401, "token_completed");
    let again = office.post_once(&counter, OPERATOR, "once", json!({"amount": 500})).await;
    assert_eq!((again.status, &again.json()["balance"]), (201, &json!(1000)));
    // A key that was forgotten is remembered anew.
    replayed(&office.post_once(&counter, OPERATOR, "once", json!({"amount": 500})).await, &again);

    office.advance_ms(1).await;
    assert_eq!(sweep_answers(&office.app).await.expect("a sweep"), 1, "the payment's answer; the others are new");
    office.verify();
}
