//! What one client and one account may ask for in a time: beyond it 429 with a `Retry-After` that is kept, and nobody else
//! feels it. Limits cost time, not places.

use boxoffice::client::{Answer, Ask};
use boxoffice::config::{Config, Limits};
use boxoffice::limiter::What;
use serde_json::{Value, json};

use crate::support::{Buyer, Concert, OPERATOR, Office, refused, text};

/// An office with its limits in force, behind a proxy on this machine: so that the tests come from many addresses.
async fn guarded() -> Office {
    Office::with(|config: &mut Config| {
        config.lift_limits_for.clear();
        config.behind_proxy = true;
    })
    .await
}

/// A request that comes from this address, as the proxy says.
async fn from(office: &Office, address: &str, method: &str, path: &str, bearer: &str, body: Value) -> Answer {
    let body = (!body.is_null()).then(|| body.to_string().into_bytes());
    let headers = &[("x-forwarded-for", address)][..];
    let bearer = (!bearer.is_empty()).then_some(bearer);
    let ask = Ask { method, path, bearer, body, headers };
    office.client().await.send(&ask).await.expect("an answer")
}

/// A refusal for having asked too often; gives its `Retry-After`, in milliseconds.
#[track_caller]
fn slowed(answer: &Answer, what: What) -> i64 {
    refused(answer, 429, "slow_down");
    let header = |name: &str| answer.headers[name].to_str().expect("text").to_owned();
    let seconds: i64 = header("retry-after").parse().expect("a number");
    assert!(seconds > 0);
    assert!(header("ratelimit-policy").starts_with(&format!("\"{}\";q=", what.as_str())), "{answer:?}");
    assert_eq!(header("ratelimit"), format!("\"{}\";r=0;t={seconds}", what.as_str()));
    assert!(answer.json()["detail"].as_str().expect("a detail").contains(&format!("{seconds} seconds")));
    seconds * 1000
}

/// Refused until exactly then: a second before it is refused still.
async fn kept_its_word(office: &Office, what: What, wait_ms: i64, ask: impl AsyncFn() -> Answer) {
    if wait_ms > 1000 {
        office.advance_ms(wait_ms - 1000).await;
        assert_eq!(slowed(&ask().await, what), 1000);
    }
    office.advance_ms(1000).await;
    let answer = ask().await;
    assert_ne!(answer.status, 429, "{}", answer.json());
}

async fn join(office: &Office, buyer: &Buyer, concert: &Concert) -> Answer {
    office.post(&format!("/v1/concerts/{}/queue/tokens", concert.id), &buyer.session, Value::Null).await
}

async fn sign_up(office: &Office, address: &str, name: &str) -> Answer {
    let body = json!({"email": format!("{name}@example.org"), "password": "correct horse", "name": name});
    from(office, address, "POST", "/v1/users", "", body).await
}

async fn log_in(office: &Office, address: &str, email: &str, password: &str) -> Answer {
    from(office, address, "POST", "/v1/sessions", "", json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn an_account_that_joins_again_and_again_has_to_wait_and_others_do_not() {
    let office = guarded().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 10).await;
    let buyers = office.buyers(30).await;
    for _ in 0..Limits::default().joins_per_account.at_once {
        assert_eq!(join(&office, &buyers[0], &concert).await.status, 201);
    }
    let wait_ms = slowed(&join(&office, &buyers[0], &concert).await, What::Join);
    // All of them come from one address, as a school's pupils do.
    for buyer in &buyers[1..] {
        assert_eq!(join(&office, buyer, &concert).await.status, 201);
    }
    kept_its_word(&office, What::Join, wait_ms, async || join(&office, &buyers[0], &concert).await).await;
    office.verify();
}

#[tokio::test]
async fn one_address_makes_so_many_accounts_and_a_subscribers_network_is_one_address() {
    let office = guarded().await;
    let at_once = Limits::default().sign_ups_per_client.at_once;
    for number in 0..at_once {
        let address = format!("2001:db8:1:2::{number:x}");
        assert_eq!(sign_up(&office, &address, &format!("buyer{number}")).await.status, 201);
    }
    let wait_ms = slowed(&sign_up(&office, "2001:db8:1:2:ffff::1", "more").await, What::SignUp);
    assert_eq!(sign_up(&office, "2001:db8:1:3::1", "neighbour").await.status, 201);
    assert_eq!(sign_up(&office, "192.0.2.1", "elsewhere").await.status, 201);
    // Only the last hop that is no proxy of ours counts: whatever is before it anybody could have written.
    let spoofed = sign_up(&office, "192.0.2.77, 2001:db8:1:2::1, 127.0.0.1", "spoofed").await;
    slowed(&spoofed, What::SignUp);
    let again = async || sign_up(&office, "2001:db8:1:2::1", "later").await;
    kept_its_word(&office, What::SignUp, wait_ms, again).await;
}

#[tokio::test]
async fn a_proxy_that_was_not_named_is_not_believed() {
    let office = Office::with(|config| config.lift_limits_for.clear()).await;
    for number in 0..Limits::default().sign_ups_per_client.at_once {
        let answer = sign_up(&office, &format!("192.0.2.{number}"), &format!("buyer{number}")).await;
        assert_eq!(answer.status, 201);
    }
    slowed(&sign_up(&office, "192.0.2.200", "more").await, What::SignUp);
}

#[tokio::test]
async fn limits_are_lifted_for_the_addresses_that_the_operator_named_and_no_other() {
    let office = Office::with(|config| {
        config.behind_proxy = true;
        config.lift_limits_for = vec!["198.51.100.0/24".parse().expect("a network")];
    })
    .await;
    let more = Limits::default().sign_ups_per_client.at_once + 1;
    let mut last = None;
    for (network, status) in [("198.51.100", 201), ("192.0.2", 429)] {
        for number in 0..more {
            last = Some(sign_up(&office, &format!("{network}.1"), &format!("{network}.{number}")).await.status);
        }
        assert_eq!(last, Some(status), "{network}");
    }
}

#[tokio::test]
async fn guessing_takes_longer_each_time_and_the_owner_is_not_locked_out() {
    let office = guarded().await;
    let email = "owner@example.org";
    assert_eq!(sign_up(&office, "203.0.113.1", "owner").await.status, 201);
    assert_eq!(log_in(&office, "203.0.113.1", email, "correct horse").await.status, 201);
    let mut waits = Vec::new();
    while waits.len() < 8 {
        let answer = log_in(&office, "192.0.2.1", email, "wrong horse").await;
        if answer.status == 401 {
            continue;
        }
        let wait_ms = slowed(&answer, What::Guess);
        // The right one has to wait as well: nobody learns which it is.
        assert_eq!(slowed(&log_in(&office, "192.0.2.1", email, "correct horse").await, What::Guess), wait_ms);
        waits.push(wait_ms / 1000);
        office.advance_ms(wait_ms).await;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128]);
    // From many addresses: each has its first tries, all together have a bound.
    let mut tried = 0;
    for number in 2..100 {
        tried += usize::from(log_in(&office, &format!("192.0.2.{number}"), email, "wrong horse").await.status == 401);
    }
    assert!(tried < 40, "{tried} of 98 guesses were answered");
    assert_eq!(log_in(&office, "203.0.113.1", email, "correct horse").await.status, 201, "its owner");
    let unknown = log_in(&office, "192.0.2.200", "nobody@example.org", "correct horse").await;
    refused(&unknown, 401, "credentials_wrong");
}

#[tokio::test]
async fn log_ins_of_one_address_are_counted_whatever_the_account() {
    let office = guarded().await;
    let at_once = Limits::default().log_ins_per_client.at_once;
    for number in 0..at_once {
        let answer = log_in(&office, "192.0.2.1", &format!("buyer{number}@example.org"), "correct horse").await;
        refused(&answer, 401, "credentials_wrong");
    }
    let again = async || log_in(&office, "192.0.2.1", "more@example.org", "correct horse").await;
    let wait_ms = slowed(&again().await, What::LogIn);
    kept_its_word(&office, What::LogIn, wait_ms, again).await;
}

#[tokio::test]
async fn passwords_that_everybody_tries_first_are_refused() {
    let office = guarded().await;
    for password in
        ["password", "Password1", "12345678", "aaaaaaaaaa", "kim@example.org", "Kim Buyer", "kim@EXAMPLE.org"]
    {
        let body = json!({"email": "kim@example.org", "password": password, "name": "Kim Buyer"});
        let answer = from(&office, "192.0.2.1", "POST", "/v1/users", "", body).await;
        refused(&answer, 400, "invalid_field");
        assert!(text(&answer.json()["detail"]).starts_with("password must not be"), "{}", answer.json());
    }
}

/// The same four seats by hold, release, hold, and by joining anew: others get to see them free.
#[tokio::test]
async fn nobody_keeps_seats_from_others_for_ever() {
    let office = guarded().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (squatter, other) = (office.buyer().await, office.buyer().await);
    let hold_ms = i64::from(office.app.store.terms().hold_seconds) * 1000;
    let (mut token, mut held, mut free, mut longest_free_ms) = (office.enter(&squatter, &concert).await, 0, 0, 0);
    let seats = office.seat_ids(&token, &concert).await;
    let seats: Vec<_> = seats.iter().map(String::as_str).collect();
    let mut hold: Option<String> = None;
    let step_ms = 20_000;
    for _ in 0..200 {
        if let Some(id) = hold.take() {
            office.delete(&format!("/v1/holds/{id}"), &token).await;
        }
        let mut answer = office.hold(&token, &concert, &seats).await;
        if matches!(answer.status, 401 | 403) {
            token = office.enter(&squatter, &concert).await;
            answer = office.hold(&token, &concert, &seats).await;
        }
        match answer.status {
            201 => {
                hold = Some(text(&answer.json()["id"]));
                (held, free) = (held + 1, 0);
            }
            _ => {
                slowed(&answer, What::HoldTime);
                free += 1;
            }
        }
        longest_free_ms = longest_free_ms.max(free * step_ms);
        office.advance_ms(step_ms).await;
    }
    assert!(longest_free_ms > hold_ms, "{longest_free_ms} ms in one piece");
    assert!(held < 100, "held at {held} of 200 looks");
    let theirs = office.enter(&other, &concert).await;
    office.advance_ms(0).await;
    let answer = office.hold(&theirs, &concert, &seats).await;
    assert!(matches!(answer.status, 201 | 409), "others are not slowed: {}", answer.json());
    office.verify();
}

#[tokio::test]
async fn whoever_pays_may_hold_again_at_once() {
    let office = guarded().await;
    let concert = office.concert(Value::Null, 1, 10).await;
    let buyer = office.buyer().await;
    let mut token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 10_000).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    // To the last moment at which the first span still counts.
    office.advance_ms(280_000).await;
    office.held(&token, &concert, &[&seats[1]]).await;
    office.advance_ms(280_000).await;
    assert_eq!(office.pay(&token, &[&seats[1]], 1000).await.status, 201);
    token = office.enter(&buyer, &concert).await;
    office.advance_ms(300_000).await;
    office.held(&token, &concert, &[&seats[2]]).await;
}

#[tokio::test]
async fn holds_and_top_ups_and_keys_of_an_account_are_counted() {
    let office = guarded().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (buyer, other) = (office.buyer().await, office.buyer().await);
    let (token, theirs) = (office.enter(&buyer, &concert).await, office.enter(&other, &concert).await);
    let limits = Limits::default();
    let nowhere = json!({"performance_id": concert.performance, "seat_ids": ["99999-1"]});
    let hold = async || office.post("/v1/holds", &token, nowhere.clone()).await;
    for _ in 0..limits.holds_per_account.at_once {
        assert_eq!(hold().await.status, 404);
    }
    let wait_ms = slowed(&hold().await, What::Hold);
    assert_eq!(office.post("/v1/holds", &theirs, nowhere.clone()).await.status, 404);
    kept_its_word(&office, What::Hold, wait_ms, hold).await;

    let top_up = async || office.post("/v1/balance/top-ups", &token, json!({"amount": 1})).await;
    for _ in 0..limits.top_ups_per_account.at_once {
        assert_eq!(top_up().await.status, 201);
    }
    let wait_ms = slowed(&top_up().await, What::TopUp);
    kept_its_word(&office, What::TopUp, wait_ms, top_up).await;
}

#[tokio::test]
async fn idempotency_keys_of_an_account_are_counted_and_requests_without_one_are_not() {
    let office = Office::with(|config| {
        config.lift_limits_for.clear();
        config.terms.admission_seconds = Some(86_400);
    })
    .await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let top_up = async |key: u32| {
        office.post_once("/v1/balance/top-ups", &token, &format!("key {key}"), json!({"amount": 1})).await
    };
    let mut kept = 0;
    let refusal = loop {
        let answer = top_up(kept).await;
        if answer.status != 201 {
            break answer;
        }
        kept += 1;
        // So that its top-ups are none too many.
        office.clock.advance_ms(i64::from(Limits::default().top_ups_per_account.one_each_ms));
    };
    assert!(kept >= Limits::default().keys_per_account.at_once, "{kept}");
    let wait_ms = slowed(&refusal, What::Key);
    office.top_up(&token, 1).await;
    kept_its_word(&office, What::Key, wait_ms, async || top_up(kept).await).await;
}

#[tokio::test]
async fn wrong_staff_keys_of_one_address_are_counted_and_the_right_one_is_not() {
    let office = guarded().await;
    let ask = async |address: &str, key: &str| {
        from(&office, address, "POST", "/v1/operator/sessions", key, json!({"count": 1})).await
    };
    for _ in 0..Limits::default().wrong_keys_per_client.at_once {
        refused(&ask("192.0.2.1", "op_guessed_again_and_again").await, 401, "staff_key_wrong");
    }
    slowed(&ask("192.0.2.1", "op_guessed_again_and_again").await, What::WrongKey);
    assert_eq!(ask("192.0.2.1", OPERATOR).await.status, 201, "the right key");
    refused(&ask("192.0.2.2", "op_guessed_again_and_again").await, 401, "staff_key_wrong");
}

/// What nobody opened costs a look, not a place with the writer.
#[tokio::test]
async fn made_up_sessions_never_reach_the_writer() {
    let office = guarded().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let before = office.app.store.figures().operations();
    for number in 0..50 {
        let made_up = format!("bs_made_up_{number}");
        refused(&from(&office, "192.0.2.1", "POST", &path, &made_up, Value::Null).await, 401, "session_invalid");
        let log_out = from(&office, "192.0.2.1", "DELETE", "/v1/sessions/current", &made_up, Value::Null).await;
        refused(&log_out, 401, "session_invalid");
    }
    assert_eq!(office.app.store.figures().operations(), before);
    let mut answer = None;
    for number in 50..Limits::default().strange_sessions_per_client.at_once {
        let made_up = format!("bs_made_up_{number}");
        answer = Some(from(&office, "192.0.2.1", "POST", &path, &made_up, Value::Null).await);
        if answer.as_ref().is_some_and(|answer| answer.status == 429) {
            break;
        }
    }
    slowed(&answer.expect("an answer"), What::StrangeSession);
    // A session that ended is refused by the operation itself, though it was seen.
    let buyer = office.buyer().await;
    assert_eq!(join(&office, &buyer, &concert).await.status, 201);
    assert_eq!(office.delete("/v1/sessions/current", &buyer.session).await.status, 204);
    refused(&join(&office, &buyer, &concert).await, 401, "session_invalid");
}

/// While the office is busy with a crowd outside, those inside and the staff are served, and the excess is told so at once.
#[tokio::test]
async fn a_crowd_outside_waits_at_the_door_and_those_inside_go_on() {
    let bounds = Limits { outside_at_once: 1, outside_waiting: 1, ..crate::support::limits() };
    let watched = |config: &mut Config| config.metrics_listen = Some("127.0.0.1:0".parse().expect("an address"));
    let office = Office::with_limits(bounds, watched).await;
    let concert = office.concert(Value::Null, 1, 10).await;
    let buyers = office.buyers(4).await;
    let inside = office.enter(&buyers[0], &concert).await;
    // The writer is held up, and with it the first who joins; the second waits at the door.
    let writer = office.hold_writer().await;
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let mut waiting = Vec::new();
    for buyer in &buyers[1..3] {
        let (address, path, session) = (office.address, path.clone(), buyer.session.clone());
        waiting.push(tokio::spawn(async move {
            let mut client = crate::checked::Client::connect(address).await.expect("it listens");
            client.post(&path, Some(&session), &Value::Null).await.expect("an answer")
        }));
    }
    // One is with the writer, one at the door: there is no place left to wait.
    let metrics = office.metrics.expect("an address for those who watch");
    let at_door = async || {
        let mut watcher = boxoffice::client::Client::connect(metrics).await.expect("it listens");
        let page = watcher.get("/metrics", None).await.expect("an answer");
        String::from_utf8_lossy(&page.body).contains("boxoffice_door_waiting 1\n")
    };
    while !at_door().await {
        tokio::task::yield_now().await;
    }
    let turned_away = join(&office, &buyers[3], &concert).await;
    refused(&turned_away, 503, "overloaded");
    assert_eq!(turned_away.headers["retry-after"], "1");
    assert_eq!(office.position(&inside).await["status"], "admitted");
    assert_eq!(office.holds(&inside).await.len(), 0, "a read of one who is inside");
    assert_eq!(
        office.get(&format!("/v1/operator/concerts/{}/queue", concert.id), OPERATOR).await.status,
        200,
        "the staff"
    );
    // What only looks like a key of the staff opens no door where the staff does not ask.
    refused(&office.get("/v1/concerts", "op_anybody").await, 503, "overloaded");
    writer.go().await;
    for answer in waiting {
        assert_eq!(answer.await.expect("it ends").status, 201);
    }
}
