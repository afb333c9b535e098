//! Staff keys: what each opens, that it ends and is revoked at once, desk sessions, and the audit log's line for every
//! change.

use boxoffice::client::Ask;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::bad_input::stage::{Operation, Stage, operations};
use crate::support::{HOUR_MS, OPERATOR, Office, refused, text};

const SCOPES: [&str; 4] = ["manage", "sell", "door", "report"];

/// A key with these scopes: id and secret.
async fn key(office: &Office, scopes: &[&str]) -> (String, String) {
    let made = office.make("/v1/operator/staff-keys", json!({"name": "Somebody", "scopes": scopes})).await;
    (text(&made["staff_key"]["id"]), text(&made["secret"]))
}

/// A browser's session of a key.
async fn desk(office: &Office, key: &str) -> String {
    let opened = office.post("/v1/operator/desk-sessions", key, Value::Null).await;
    assert_eq!(opened.status, 201, "{}", opened.json());
    text(&opened.json()["secret"])
}

async fn status_and_code(stage: &Stage, operation: &Operation, bearer: &str, body: Option<Value>) -> (u16, String) {
    let path = stage.path(operation);
    let body = body.map(|body| body.to_string().into_bytes());
    let ask = Ask { method: &operation.method, path: &path, bearer: Some(bearer), body, headers: &[] };
    let mut client = stage.office.client().await;
    // What opens an event stream has no end to wait for; a refusal is the same again.
    let status = client.open(&ask).await.expect("an answer").status();
    if status.is_success() {
        return (status.as_u16(), String::new());
    }
    let answer = client.send(&ask).await.expect("an answer");
    (answer.status, answer.code())
}

/// Every operation of the desk × every set of scopes, by key and by desk session. What passes is sent an empty body or none:
/// the gate is what is looked at, and nothing that it lets through is refused with its codes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_operation_opens_to_its_scope_and_to_no_other() {
    let stage = Stage::set().await;
    let desk_operations: Vec<_> =
        operations().iter().filter(|operation| operation.schemes.iter().any(|scheme| scheme == "StaffKey")).collect();
    assert!(desk_operations.len() >= 15, "{} operations of the desk", desk_operations.len());
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for bits in 1..1_u8 << SCOPES.len() {
        let has: Vec<_> = (0..SCOPES.len()).filter(|at| bits & 1 << at != 0).map(|at| SCOPES[at]).collect();
        let (_, secret) = key(&stage.office, &has).await;
        for operation in &desk_operations {
            let passes = operation.scope.as_deref().is_none_or(|scope| has.contains(&scope));
            for by_session in [false, true] {
                let bearer = if by_session { desk(&stage.office, &secret).await } else { secret.clone() };
                // A read is let through as it is; a change is stopped by its body, or only tried where it must be refused.
                let is_read = operation.method == "GET";
                if passes && !is_read && !operation.has_body {
                    continue;
                }
                let body = operation.has_body.then(|| json!({"no such field": 1}));
                let (status, code) = status_and_code(&stage, operation, &bearer, body).await;
                let is_right = match passes {
                    true => !["staff_key_wrong", "scope_missing", "unauthenticated"].contains(&code.as_str()),
                    false => (status, code.as_str()) == (403, "scope_missing"),
                };
                if !is_right {
                    wrong.push(format!("{} by {has:?} (session: {by_session}): {status} {code}", operation.id));
                }
                asked += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 300, "only {asked} were asked");
}

/// No operation of a buyer's opens to a staff key, and each of the desk says which scope it wants, unless any will do.
#[test]
fn the_document_tells_every_scope() {
    for operation in operations() {
        let by_staff = operation.schemes.iter().any(|scheme| scheme == "StaffKey");
        assert_eq!(by_staff, operation.path.starts_with("/v1/operator"), "{}", operation.id);
        let any_will_do = operation.path.starts_with("/v1/operator/desk-sessions");
        assert_eq!(operation.scope.is_some(), by_staff && !any_will_do, "{}", operation.id);
        assert!(operation.scope.as_deref().is_none_or(|scope| SCOPES.contains(&scope)), "{}", operation.id);
    }
}

/// The lines of the log: operation, kind of subject, subject, before, after.
fn lines(office: &Office) -> Vec<[String; 5]> {
    let file =
        Connection::open_with_flags(&office.data, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the data file opens");
    let query = "SELECT operation, subject_kind, subject, coalesce(before, ''), coalesce(after, '') FROM audit
                 ORDER BY audit_key";
    let mut statement = file.prepare(query).expect("SQL");
    let lines = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]));
    lines.expect("rows").collect::<Result<_, _>>().expect("lines")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_by_staff_leaves_its_line() {
    let mut without = Vec::new();
    for operation in operations() {
        if operation.schemes != ["StaffKey"] || operation.method == "GET" {
            continue;
        }
        let stage = Stage::set().await;
        let bearer = if operation.id == "close_desk_session" {
            desk(&stage.office, OPERATOR).await
        } else {
            OPERATOR.to_owned()
        };
        let before = lines(&stage.office).len();
        let (status, code) = status_and_code(&stage, operation, &bearer, stage.sample(operation)).await;
        assert!(status < 300, "{} refuses its sample with {status} {code}", operation.id);
        let new = lines(&stage.office).split_off(before);
        let is_told = |[by, kind, subject, before, after]: &[String; 5]| {
            *by == operation.id && ![kind, subject, &format!("{before}{after}")].iter().any(|part| part.is_empty())
        };
        if new.is_empty() || !new.iter().all(is_told) {
            without.push(format!("{}: {new:?}", operation.id));
        }
        let all = lines(&stage.office).concat().join(" ");
        for secret in ["secret_hash", "\"sk_", "\"ds_", "\"bs_", OPERATOR, "correct horse", "@"] {
            assert!(!all.contains(secret), "{}: the log tells {secret}: {all}", operation.id);
        }
        stage.office.verify();
    }
    assert!(without.is_empty(), "no line, or none that tells of a subject:\n{}", without.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_and_a_refusal_leave_no_line() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let path = format!("/v1/operator/users/{}/top-ups", buyer.id);
    let first = office.post_once(&path, OPERATOR, "one", json!({"amount": 500})).await;
    assert_eq!(first.status, 201);
    let again = office.post_once(&path, OPERATOR, "one", json!({"amount": 500})).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    refused(&office.post(&path, OPERATOR, json!({"amount": 0})).await, 400, "invalid_field");
    let lines = lines(&office);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0][..3], ["top_up_user".to_owned(), "user".to_owned(), buyer.id.clone()]);
    assert!(lines[0][4].contains("\"amount\":500"), "{lines:?}");
    // Another key's request with the same Idempotency-Key is another.
    let (_, seller) = key(&office, &["sell"]).await;
    assert_eq!(office.post_once(&path, &seller, "one", json!({"amount": 700})).await.status, 201);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_and_its_sessions_open_nothing_at_once() {
    let office = Office::open().await;
    let (id, secret) = key(&office, &["manage", "sell"]).await;
    let session = desk(&office, &secret).await;
    let who = "/v1/operator/desk-sessions/current";
    for bearer in [&secret, &session] {
        let me = office.get(who, bearer).await;
        assert_eq!((me.status, &me.json()["staff_key"]["name"]), (200, &json!("Somebody")));
    }
    let path = format!("/v1/operator/staff-keys/{id}");
    assert_eq!(office.delete(&path, OPERATOR).await.status, 204);
    for bearer in [&secret, &session] {
        refused(&office.get(who, bearer).await, 401, "staff_key_wrong");
        refused(&office.post("/v1/operator/sessions", bearer, json!({"count": 1})).await, 401, "staff_key_wrong");
    }
    assert_eq!(office.delete(&path, OPERATOR).await.status, 204, "it stays revoked");
    assert!(office.get(&path, OPERATOR).await.json()["revoked_at"].is_string());
    let office = office.restart().await;
    refused(&office.get(who, &secret).await, 401, "staff_key_wrong");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_sessions_end_at_their_instant() {
    let office = Office::open().await;
    let ends_at = office.now().plus_ms(10 * HOUR_MS);
    let request = json!({"name": "Tonight", "scopes": ["door"], "ends_at": ends_at.to_rfc3339()});
    let secret = text(&office.make("/v1/operator/staff-keys", request).await["secret"]);
    let who = "/v1/operator/desk-sessions/current";
    let session = desk(&office, &secret).await;
    office.advance_ms(6 * HOUR_MS - 1).await;
    assert_eq!(office.get(who, &session).await.status, 200);
    office.advance_ms(1).await;
    refused(&office.get(who, &session).await, 401, "staff_key_wrong");
    let session = desk(&office, &secret).await;
    office.advance_ms(4 * HOUR_MS - 1).await;
    assert_eq!(office.get(who, &secret).await.status, 200);
    office.advance_ms(1).await;
    for bearer in [&secret, &session] {
        refused(&office.get(who, bearer).await, 401, "staff_key_wrong");
    }
    let past = json!({"name": "Yesterday", "scopes": ["door"], "ends_at": office.now().to_rfc3339()});
    refused(&office.post("/v1/operator/staff-keys", OPERATOR, past).await, 400, "invalid_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_session_opens_no_other_and_ends_alone() {
    let office = Office::open().await;
    let (first, second) = (desk(&office, OPERATOR).await, desk(&office, OPERATOR).await);
    let (sessions, who) = ("/v1/operator/desk-sessions", "/v1/operator/desk-sessions/current");
    refused(&office.post(sessions, &first, Value::Null).await, 401, "staff_key_wrong");
    assert_eq!(office.delete(who, &first).await.status, 204);
    refused(&office.get(who, &first).await, 401, "staff_key_wrong");
    assert_eq!(office.get(who, &second).await.status, 200);
    assert_eq!(office.get(who, OPERATOR).await.status, 200);
    // Repeated with its key it opens another: the first one's secret is kept by nobody.
    let one = office.post_once(sessions, OPERATOR, "again", Value::Null).await;
    let two = office.post_once(sessions, OPERATOR, "again", Value::Null).await;
    assert_eq!(two.headers["idempotent-replayed"], "true");
    assert_ne!(one.json()["secret"], two.json()["secret"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_key_that_manages_stays() {
    let office = Office::open().await;
    let keys = "/v1/operator/staff-keys";
    let first = text(&office.get(keys, OPERATOR).await.json()["staff_keys"][0]["id"]);
    let first = format!("{keys}/{first}");
    key(&office, &["sell", "door", "report"]).await;
    let ends_at = office.now().plus_ms(HOUR_MS).to_rfc3339();
    office.make(keys, json!({"name": "For an hour", "scopes": ["manage"], "ends_at": ends_at})).await;
    refused(&office.delete(&first, OPERATOR).await, 409, "last_manager");
    let (_, other) = key(&office, &["manage"]).await;
    assert_eq!(office.delete(&first, OPERATOR).await.status, 204);
    refused(&office.get(keys, OPERATOR).await, 401, "staff_key_wrong");
    let list = office.get(&format!("{keys}?limit=3"), &other).await.json();
    assert_eq!(list["staff_keys"].as_array().expect("keys").len(), 3);
    let rest = office.get(&format!("{keys}?cursor={}", text(&list["next_cursor"])), &other).await.json();
    assert_eq!((rest["staff_keys"].as_array().expect("keys").len(), &rest["next_cursor"]), (1, &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_making_of_a_key_makes_none_and_gives_it_a_new_secret() {
    let office = Office::open().await;
    let (keys, request) = ("/v1/operator/staff-keys", json!({"name": "Box", "scopes": ["sell"]}));
    let one = office.post_once(keys, OPERATOR, "make", request.clone()).await.json();
    let two = office.post_once(keys, OPERATOR, "make", request).await.json();
    assert_eq!(one["staff_key"], two["staff_key"]);
    let who = "/v1/operator/desk-sessions/current";
    refused(&office.get(who, &text(&one["secret"])).await, 401, "staff_key_wrong");
    assert_eq!(office.get(who, &text(&two["secret"])).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_listed_by_subject_by_key_and_by_time() {
    let office = Office::open().await;
    let (seller, secret) = key(&office, &["sell"]).await;
    let buyers = office.buyers(2).await;
    let mut at = Vec::new();
    for (by, buyer, amount) in [(OPERATOR, 0, 1), (&secret, 1, 2), (&secret, 0, 3), (OPERATOR, 1, 4)] {
        office.advance_ms(60_000).await;
        at.push(office.now().to_rfc3339());
        let path = format!("/v1/operator/users/{}/top-ups", buyers[buyer].id);
        assert_eq!(office.post(&path, by, json!({"amount": amount})).await.status, 201);
    }
    let list = async |query: &str| {
        let answer = office.get(&format!("/v1/operator/audit{query}"), OPERATOR).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let lines = answer.json()["lines"].as_array().expect("lines").clone();
        let amounts: Vec<_> = lines.iter().filter_map(|line| line["after"]["amount"].as_i64()).collect();
        (amounts, answer.json()["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(list("").await, (vec![4, 3, 2, 1], None));
    assert_eq!(list(&format!("?staff_key_id={seller}")).await.0, [3, 2]);
    assert_eq!(list(&format!("?subject={}", buyers[0].id)).await.0, [3, 1]);
    assert_eq!(list(&format!("?subject={}&staff_key_id={seller}", buyers[0].id)).await.0, [3]);
    assert_eq!(list(&format!("?from={}&until={}", at[1], at[3])).await.0, [3, 2]);
    let (first, next) = list("?limit=3").await;
    assert_eq!(first, [4, 3, 2]);
    assert_eq!(list(&format!("?limit=3&cursor={}", next.expect("a page more"))).await.0, [1]);
    let lines = office.get(&format!("/v1/operator/audit?staff_key_id={seller}"), OPERATOR).await.json();
    assert_eq!(
        (&lines["lines"][0]["by"]["name"], &lines["lines"][0]["operation"]),
        (&json!("Somebody"), &json!("top_up_user"))
    );
    refused(&office.get("/v1/operator/audit", &secret).await, 403, "scope_missing");
    let nobody = "/v1/operator/audit?staff_key_id=00000000-0000-0000-0000-000000000000";
    refused(&office.get(nobody, OPERATOR).await, 404, "staff_key_not_found");
}
