//! Credentials that are missing, garbled, dead, or of the wrong kind, for every operation that wants one.

use boxoffice::client::Ask;

use super::stage::{Operation, Stage, operations};
use super::{Refusals, as_bytes, raw, send_raw};
use crate::support::{HOUR_MS, OPERATOR, refused, text};

fn guarded() -> impl Iterator<Item = &'static Operation> {
    operations().iter().filter(|operation| !operation.schemes.is_empty())
}

/// Sends the operation's good request with this credential.
async fn send(refusals: &mut Refusals<'_>, on: &Operation, what: &str, bearer: Option<&str>, status: u16, code: &str) {
    let (path, body) = (refusals.stage.path(on), refusals.stage.sample(on).and_then(|body| as_bytes(&body)));
    let ask = Ask { method: &on.method, path: &path, bearer, body, headers: &[] };
    refusals.send(&format!("{} with {what}", on.id), &ask, status, &[code]).await;
}

/// What a credential that is nobody's is called by an operation with these schemes.
fn nobodys(operation: &Operation) -> &'static str {
    let takes = |scheme: &str| operation.schemes.iter().any(|known| known == scheme);
    match () {
        () if takes("Session") => "session_invalid",
        () if takes("QueueToken") => "token_invalid",
        () if takes("StaffKey") => "staff_key_wrong",
        () => panic!("{} has the schemes {:?}", operation.id, operation.schemes),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_and_garbled_credentials() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let long = "a".repeat(8000);
    for operation in guarded() {
        send(&mut refusals, operation, "no credential", None, 401, "unauthenticated").await;
        let garbled = ["garbage", "null", "'; DROP TABLE session; --", &long, "op_", "bs_"];
        for garbage in garbled {
            let what: String = garbage.chars().take(30).collect();
            send(&mut refusals, operation, &what, Some(garbage), 401, nobodys(operation)).await;
        }
        // Two dots make it look like a queue token wherever either is taken.
        for forged in ["..", "a.b.c", &format!("{}x", stage.token), "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30."] {
            let takes_token = operation.schemes.iter().any(|scheme| scheme == "QueueToken");
            let code = if takes_token { "token_invalid" } else { nobodys(operation) };
            let what: String = forged.chars().take(30).collect();
            send(&mut refusals, operation, &what, Some(forged), 401, code).await;
        }
    }
    refusals.finish(25 * 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_in_another_scheme_or_shape() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in guarded() {
        let (path, body) = (stage.path(operation), stage.sample(operation));
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let good = stage.credential(operation).expect("a credential");
        let shapes: &[&[u8]] = &[
            b"authorization: Basic b3A6dGVzdA==",
            b"authorization: Bearer",
            b"authorization:",
            b"authorization: \xff\xfe",
            &[b"authorization: ", good.as_bytes()].concat(),
            &[b"x-authorization: Bearer ", good.as_bytes()].concat(),
        ];
        for shape in shapes {
            let length = format!("content-length: {}", body.len());
            let bytes = raw(&operation.method, &path, None, &["content-type: application/json", &length], &body);
            // The header stands first, as bytes: some of them are no text.
            let at = bytes.windows(2).position(|end| end == b"\r\n").expect("a request line") + 2;
            let bytes = [&bytes[..at], shape, b"\r\n", &bytes[at..]].concat();
            let what = format!("{} with {}", operation.id, String::from_utf8_lossy(&shape[..shape.len().min(40)]));
            refusals.check(&what, &send_raw(&stage, &bytes).await, 401, &["unauthenticated"]);
        }
    }
    refusals.finish(25 * 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_of_the_wrong_kind() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in guarded() {
        let takes = |scheme: &str| operation.schemes.iter().any(|one| one == scheme);
        let nobodys = nobodys(operation);
        if !takes("StaffKey") {
            send(&mut refusals, operation, "the operator key", Some(OPERATOR), 401, nobodys).await;
        }
        if !takes("Session") {
            send(&mut refusals, operation, "a session", Some(&stage.buyer.session), 401, nobodys).await;
        }
        if !takes("QueueToken") {
            send(&mut refusals, operation, "a queue token", Some(&stage.token), 401, nobodys).await;
        }
        send(&mut refusals, operation, "a ticket's code", Some(&stage.ticket), 401, nobodys).await;
    }
    refusals.finish(70);
}

/// The operations of a visit, refused to those who only wait.
const VISIT: &[&str] =
    &["list_dates", "seat_map", "stream_seats", "hold_seats", "list_holds", "release_hold", "top_up", "pay", "balance"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_token_opens_nothing_and_learns_its_position() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in guarded() {
        let id = operation.id.as_str();
        if VISIT.contains(&id) || id == "list_postings" {
            send(&mut refusals, operation, "a waiting token", Some(&stage.waiting), 403, "not_admitted").await;
            let (path, body) = (stage.path(operation), stage.sample(operation).and_then(|body| as_bytes(&body)));
            let bearer = Some(stage.waiting.as_str());
            let ask = Ask { method: &operation.method, path: &path, bearer, body, headers: &[] };
            let answer = stage.office.client().await.send(&ask).await.expect("an answer");
            assert_eq!(answer.json()["position"], 1, "{id}: {}", answer.json());
            assert!(answer.headers.contains_key("retry-after"), "{id} does not say when to come back");
        }
    }
    refusals.finish(10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_token_opens_nothing_and_learns_why() {
    let stage = Stage::set().await;
    let office = &stage.office;
    let [replaced, left, completed] = office.buyers(3).await.try_into().expect("three buyers");
    let dead_replaced = office.enter(&replaced, &stage.concert).await;
    office.enter(&replaced, &stage.concert).await;
    let dead_left = office.enter(&left, &stage.concert).await;
    assert_eq!(office.delete("/v1/queue/tokens/current", &dead_left).await.status, 204);
    let dead_completed = office.enter(&completed, &stage.concert).await;
    office.top_up(&dead_completed, 1000).await;
    assert_eq!(office.pay(&dead_completed, &[&stage.seats[9]], 1000).await.status, 201);

    let mut refusals = Refusals::on(&stage);
    for operation in guarded() {
        if !operation.schemes.iter().any(|scheme| scheme == "QueueToken") {
            continue;
        }
        let dead =
            [("token_replaced", &dead_replaced), ("token_left", &dead_left), ("token_completed", &dead_completed)];
        for (code, token) in dead {
            send(&mut refusals, operation, code, Some(token), 401, code).await;
        }
    }
    refusals.finish(13 * 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_over_opens_nothing() {
    let stage = Stage::set().await;
    let gone = stage.office.buyer().await.session;
    assert_eq!(stage.office.delete("/v1/sessions/current", &gone).await.status, 204);
    let mut refusals = Refusals::on(&stage);
    for operation in guarded().filter(|one| one.schemes == ["Session"]) {
        send(&mut refusals, operation, "an ended session", Some(&gone), 401, "session_invalid").await;
    }
    refusals.finish(6);

    stage.office.advance_ms(30 * 24 * HOUR_MS).await;
    let answer = stage.office.get("/v1/payments", &stage.buyer.session).await;
    refused(&answer, 401, "session_invalid");
    refused(&stage.office.get("/v1/queue/position", &stage.token).await, 401, "token_expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_in_the_query_opens_streams_alone() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    for operation in guarded() {
        let in_query = operation.schemes.iter().any(|scheme| scheme == "QueueTokenInQuery");
        let tokens = if in_query { vec!["", "garbage", "a.b.c"] } else { vec![stage.token.as_str()] };
        for token in tokens {
            let path = format!("{}?token={token}", stage.path(operation));
            let body = stage.sample(operation).and_then(|body| as_bytes(&body));
            let ask = Ask { method: &operation.method, path: &path, bearer: None, body, headers: &[] };
            let codes = if in_query { ["token_invalid", "unauthenticated"] } else { ["unauthenticated"; 2] };
            let what = format!("{} with ?token={token}", operation.id);
            refusals.send(&what, &ask, 401, &codes).await;
        }
    }
    refusals.finish(29);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_keys_and_desk_sessions_that_are_over_open_nothing() {
    let stage = Stage::set().await;
    let (office, keys, sessions) = (&stage.office, "/v1/operator/staff-keys", "/v1/operator/desk-sessions");
    let scopes = ["manage", "sell", "door", "report"];
    let session_of =
        async |secret: &str| text(&office.post(sessions, secret, serde_json::Value::Null).await.json()["secret"]);
    let revoked = office.make(keys, serde_json::json!({"name": "Revoked", "scopes": scopes})).await;
    let ends_at = office.now().plus_ms(1000).to_rfc3339();
    let ended = office.make(keys, serde_json::json!({"name": "Ended", "scopes": scopes, "ends_at": ends_at})).await;
    let (revoked_secret, ended_secret) = (text(&revoked["secret"]), text(&ended["secret"]));
    let (of_revoked, of_ended) = (session_of(&revoked_secret).await, session_of(&ended_secret).await);
    let closed = session_of(OPERATOR).await;
    let revoke = format!("{keys}/{}", text(&revoked["staff_key"]["id"]));
    assert_eq!(office.delete(&revoke, OPERATOR).await.status, 204);
    assert_eq!(office.delete(&format!("{sessions}/current"), &closed).await.status, 204);
    office.advance_ms(1000).await;
    let over = [
        ("a revoked key", &revoked_secret),
        ("a key past its end", &ended_secret),
        ("a session of a revoked key", &of_revoked),
        ("a session of a key past its end", &of_ended),
        ("a closed desk session", &closed),
    ];
    let mut refusals = Refusals::on(&stage);
    for operation in guarded().filter(|one| one.schemes == ["StaffKey"]) {
        for (what, bearer) in over {
            send(&mut refusals, operation, what, Some(bearer), 401, "staff_key_wrong").await;
        }
    }
    refusals.finish(50 * over.len());
}
