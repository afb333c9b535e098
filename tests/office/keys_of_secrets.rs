//! `Idempotency-Key` where an answer holds a secret that is kept as a hash only, where a key does nothing, and for
//! whoever waits.

use boxoffice::client::{Answer, Ask, Client};
use serde_json::{Value, json};

use crate::support::{HOUR_MS, OPERATOR, Office, refused, text};

async fn anyone_posts(office: &Office, path: &str, key: &str, body: &Value) -> Answer {
    let headers = &[("idempotency-key", key)][..];
    let ask = Ask { method: "POST", path, bearer: None, body: Some(body.to_string().into_bytes()), headers };
    office.client().await.send(&ask).await.expect("an answer")
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

fn account(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password, "name": "Buyer"})
}

#[track_caller]
fn secret(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.json());
    text(&answer.json()["session"]["secret"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_up_repeated_makes_one_account_and_a_new_session() {
    let office = Office::open().await;
    let body = account("lost@example.org", "correct horse");
    let first = anyone_posts(&office, "/v1/users", "once", &body).await;
    // The same as it is understood: another spelling of the address.
    let again = anyone_posts(&office, "/v1/users", "once", &account("LOST@example.org ", "correct horse")).await;
    assert!(!is_replayed(&first) && is_replayed(&again));
    assert_eq!(again.json()["user"], first.json()["user"]);
    assert_ne!(secret(&again), secret(&first));
    for session in [secret(&first), secret(&again)] {
        assert_eq!(office.balance(&session).await, 0);
    }

    let office = office.restart().await;
    assert!(is_replayed(&anyone_posts(&office, "/v1/users", "once", &body).await));
    let mut renamed = body.clone();
    renamed["name"] = json!("Another");
    for other in [renamed, account("lost@example.org", "correct horses")] {
        refused(&anyone_posts(&office, "/v1/users", "once", &other).await, 422, "idempotency_key_reused");
    }
    refused(&anyone_posts(&office, "/v1/users", "twice", &body).await, 409, "email_taken");
    // The key is the address's own.
    let other = anyone_posts(&office, "/v1/users", "once", &account("other@example.org", "correct horse")).await;
    assert_eq!((other.status, is_replayed(&other)), (201, false));
    office.advance_ms(24 * HOUR_MS).await;
    refused(&anyone_posts(&office, "/v1/users", "once", &body).await, 409, "email_taken");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_up_sixteen_times_at_once_makes_one_account() {
    let office = Office::open().await;
    let sent: Vec<_> = (0..16)
        .map(|_| {
            let address = office.address;
            tokio::spawn(async move {
                let headers = &[("idempotency-key", "once")][..];
                let body = Some(account("lost@example.org", "correct horse").to_string().into_bytes());
                let ask = Ask { method: "POST", path: "/v1/users", bearer: None, body, headers };
                Client::connect(address).await.expect("the server listens").send(&ask).await.expect("an answer")
            })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.expect("no panic"));
    }
    for answer in &answers {
        assert_eq!(answer.json()["user"], answers[0].json()["user"], "{}", answer.json());
        assert_eq!(office.balance(&secret(answer)).await, 0);
    }
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    office.verify();
}

/// Nothing that is kept of a sign-up or log-in tells a password without argon2's cost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_of_a_sign_up_is_the_same_for_every_password() {
    let mut records = Vec::new();
    for password in ["correct horse", "battery staple"] {
        let office = Office::open().await;
        let body = account("lost@example.org", password);
        let signed_up = anyone_posts(&office, "/v1/users", "once", &body).await;
        assert_eq!(signed_up.status, 201);
        let log_in = json!({"email": "lost@example.org", "password": password});
        assert_eq!(anyone_posts(&office, "/v1/sessions", "once", &log_in).await.status, 201);
        let file = rusqlite::Connection::open(&office.data).expect("the data file");
        let hash = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let mut statement = file.prepare("SELECT body_hash FROM idempotency ORDER BY record_key").expect("SQL");
        let hashes: Vec<_> = statement.query_map([], hash).expect("rows").map(Result::unwrap).collect();
        assert_eq!(hashes.len(), 2);
        records.push(hashes);
    }
    assert_eq!(records[0], records[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_in_repeated_proves_the_password_and_gives_a_new_secret() {
    let office = Office::open().await;
    assert_eq!(anyone_posts(&office, "/v1/users", "a", &account("one@example.org", "correct horse")).await.status, 201);
    let log_in = json!({"email": "one@example.org", "password": "correct horse"});
    let first = anyone_posts(&office, "/v1/sessions", "once", &log_in).await;
    let again = anyone_posts(&office, "/v1/sessions", "once", &log_in).await;
    assert!(!is_replayed(&first) && is_replayed(&again));
    assert_ne!(secret(&again), secret(&first));
    assert_eq!(office.balance(&secret(&again)).await, 0);
    let wrong = json!({"email": "one@example.org", "password": "wrong horse"});
    refused(&anyone_posts(&office, "/v1/sessions", "once", &wrong).await, 401, "credentials_wrong");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_sessions_repeated_makes_no_further_accounts() {
    let office = Office::open().await;
    let open =
        async |count: u32| office.post_once("/v1/operator/sessions", OPERATOR, "once", json!({"count": count})).await;
    let (first, again) = (open(3).await, open(3).await);
    assert!(!is_replayed(&first) && is_replayed(&again), "{}", again.json());
    let column = |answer: &Answer, name: &str| -> Vec<String> {
        let sessions = answer.json()["sessions"].as_array().expect("sessions").clone();
        sessions.iter().map(|session| text(&session[name])).collect()
    };
    assert_eq!(column(&again, "user_id"), column(&first, "user_id"));
    assert_eq!(column(&first, "user_id").len(), 3);
    for secret in column(&first, "secret").iter().chain(&column(&again, "secret")) {
        assert_eq!(office.balance(secret).await, 0);
    }
    refused(&open(4).await, 422, "idempotency_key_reused");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_key_does_nothing_it_is_refused() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let queue = format!("/v1/operator/concerts/{}/queue", concert.id);
    let requests = [
        ("GET", "/v1/queue/position", token.as_str(), Value::Null),
        ("GET", "/v1/dates", &token, Value::Null),
        ("GET", "/v1/payments?limit=1", &buyer.session, Value::Null),
        ("PATCH", &queue, OPERATOR, json!({"state": "closed"})),
        ("DELETE", "/v1/queue/tokens/current", &token, Value::Null),
        ("DELETE", "/v1/sessions/current", &buyer.session, Value::Null),
        // A provider's notice is made one by the provider's own id.
        ("POST", "/v1/webhooks/fake", "", json!({})),
    ];
    for (method, path, bearer, body) in requests {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let headers = &[("idempotency-key", "once")][..];
        let ask = Ask { method, path, bearer: Some(bearer), body, headers };
        let answer = office.client().await.send(&ask).await.expect("an answer");
        refused(&answer, 400, "idempotency_key_useless");
    }
    let position = office.position(&token).await;
    assert_eq!(
        (&position["status"], &position["queue_state"]),
        (&json!("admitted"), &json!("open")),
        "nothing changed"
    );
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_gets_the_answers_of_the_visit_before() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let requests = [
        ("/v1/holds", json!({"performance_id": concert.performance, "seat_ids": [seats[0]]})),
        ("/v1/balance/top-ups", json!({"amount": 3000})),
        ("/v1/payments", json!({"seat_ids": [seats[0]], "amount": 1000})),
    ];
    let mut answers = Vec::new();
    for (path, body) in &requests {
        answers.push(office.post_once(path, &token, "once", body.clone()).await);
        assert_eq!(answers[answers.len() - 1].status, 201, "{}", answers[answers.len() - 1].json());
    }
    let queue = format!("/v1/operator/concerts/{}/queue", concert.id);
    assert_eq!(office.patch(&queue, OPERATOR, json!({"state": "paused"})).await.status, 200);
    let waiting = text(&office.join(&buyer, &concert).await["token"]);
    let stranger = text(&office.join(&office.buyer().await, &concert).await["token"]);
    assert_eq!(office.position(&waiting).await["status"], "waiting");

    for ((path, body), before) in requests.iter().zip(&answers) {
        let again = office.post_once(path, &waiting, "once", body.clone()).await;
        assert_eq!((again.status, &again.body, is_replayed(&again)), (201, &before.body, true), "{path}");
        refused(&office.post_once(path, &waiting, "twice", body.clone()).await, 403, "not_admitted");
        refused(&office.post(path, &waiting, body.clone()).await, 403, "not_admitted");
        refused(&office.post_once(path, &stranger, "once", body.clone()).await, 403, "not_admitted");
    }
    let other = json!({"amount": 3001});
    refused(&office.post_once("/v1/balance/top-ups", &waiting, "once", other).await, 422, "idempotency_key_reused");
    assert_eq!(office.balance(&buyer.session).await, 2000);
    office.verify();
}
