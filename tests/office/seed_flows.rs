//! The seed's sequence diagrams, each flow with its failure branches, told as they are drawn.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice::client::{Answer, Ask};
use serde_json::{Value, json};

use crate::support::{Buyer, Concert, OPERATOR, Office, instant, refused, text};

/// One inside at a time: whoever comes second waits.
fn one_inside() -> Value {
    json!({"max_admitted": 1})
}

fn tokens_of(concert: &Concert) -> String {
    format!("/v1/concerts/{}/queue/tokens", concert.id)
}

async fn open_post(office: &Office, path: &str, body: Value) -> Answer {
    office.client().await.post(path, None, &body).await.expect("an answer")
}

async fn sign_up(office: &Office, email: &str) -> Buyer {
    let body = json!({"email": email, "password": "correct horse", "name": "Buyer"});
    let answer = open_post(office, "/v1/users", body).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let signed_up = answer.json();
    Buyer { id: text(&signed_up["user"]["id"]), session: text(&signed_up["session"]["secret"]) }
}

async fn log_in(office: &Office, email: &str, password: &str) -> Answer {
    open_post(office, "/v1/sessions", json!({"email": email, "password": password})).await
}

/// What a JWT says, read as any client could.
fn claims(token: &str) -> Value {
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "header, payload, signature");
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let header: Value = serde_json::from_slice(&decode(parts[0])).expect("JSON");
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT"}));
    serde_json::from_slice(&decode(parts[1])).expect("JSON")
}

/// Diagram: token issue (유저 토큰 발급 API). The client is known, there is no entry yet: one is stored, a token with
/// the user's UUID is made, stored and given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_stores_an_entry_and_gives_a_token_with_the_users_uuid() {
    let office = Office::open().await;
    let concert = office.concert(one_inside(), 1, 4).await;
    office.enter(&office.buyer().await, &concert).await;
    let buyer = sign_up(&office, "one@example.org").await;

    let issued = office.join(&buyer, &concert).await;

    assert_eq!(issued["user_id"], json!(buyer.id));
    assert_eq!(issued["concert_id"], json!(concert.id));
    assert_eq!((&issued["status"], &issued["number"]), (&json!("waiting"), &json!(2)));
    assert_eq!((&issued["position"], &issued["ahead"]), (&json!(1), &json!(0)));
    assert_eq!((&issued["now_serving"], &issued["admitted_until"]), (&json!(1), &Value::Null));
    assert!(issued["poll_after_ms"].as_u64().is_some_and(|ms| ms >= 1000), "{issued}");
    assert!(instant(&issued["expires_at"]) > office.now());
    let said = claims(&text(&issued["token"]));
    assert_eq!((&said["sub"], &said["number"]), (&json!(buyer.id), &json!(2)));
    assert_eq!(said["concert"], json!(concert.id));
    assert_eq!(said["iat"], json!(office.now().0 / 1000));
    assert!(said["exp"].as_i64().is_some_and(|exp| exp > office.now().0 / 1000), "{said}");
    assert!(said["jti"].is_string());
    office.verify();
}

/// Diagram: token issue, the client's information (Client 정보 조회). Who signed up logs in with the password, whatever the
/// capitals of the address, and the new session stands for the same user.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_knows_a_client_who_logs_in_with_the_password() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let signed_up = sign_up(&office, "One@Example.org").await;

    let logged_in = log_in(&office, "one@example.ORG", "correct horse").await;

    assert_eq!(logged_in.status, 201, "{}", logged_in.json());
    let logged_in = logged_in.json();
    let one = json!({"id": signed_up.id, "email": "one@example.org", "name": "Buyer", "is_email_confirmed": false});
    assert_eq!(logged_in["user"], one);
    let buyer = Buyer { id: text(&logged_in["user"]["id"]), session: text(&logged_in["session"]["secret"]) };
    assert_ne!(buyer.session, signed_up.session);
    assert_eq!(office.join(&buyer, &concert).await["user_id"], json!(signed_up.id));
    let again = json!({"email": "ONE@example.org", "password": "another horse", "name": "Buyer"});
    refused(&open_post(&office, "/v1/users", again).await, 409, "email_taken");
    office.verify();
}

/// Diagram: token issue, branch 인증 실패 (authentication fails). A wrong password and an unknown address get the same
/// answer to the byte.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_does_not_say_whether_address_or_password_is_wrong() {
    let office = Office::open().await;
    sign_up(&office, "one@example.org").await;

    let wrong_password = log_in(&office, "one@example.org", "wrong horse").await;
    let unknown_address = log_in(&office, "two@example.org", "correct horse").await;
    let made_at_the_counter = log_in(&office, "no address", "correct horse").await;

    refused(&wrong_password, 401, "credentials_wrong");
    assert_eq!(unknown_address.body, wrong_password.body);
    assert_eq!(made_at_the_counter.body, wrong_password.body);
    office.verify();
}

/// Diagram: token issue, branch 인증 실패 (authentication fails). Without a session, with a false one and with one that
/// was logged out there is no token, and nothing is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_needs_a_live_session() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = sign_up(&office, "one@example.org").await;

    refused(&open_post(&office, &tokens_of(&concert), Value::Null).await, 401, "unauthenticated");
    refused(&office.post(&tokens_of(&concert), "no-session", Value::Null).await, 401, "session_invalid");
    refused(&office.post(&tokens_of(&concert), OPERATOR, Value::Null).await, 401, "session_invalid");
    assert_eq!(office.delete("/v1/sessions/current", &buyer.session).await.status, 204);
    refused(&office.post(&tokens_of(&concert), &buyer.session, Value::Null).await, 401, "session_invalid");

    assert_eq!(office.join(&office.buyer().await, &concert).await["number"], 1);
    office.verify();
}

/// Diagram: token issue. There is no such queue to store an entry in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_for_an_unknown_concert_is_refused() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    let nowhere = Concert { id: buyer.id.clone(), performance: String::new() };

    refused(&office.post(&tokens_of(&nowhere), &buyer.session, Value::Null).await, 404, "concert_not_found");
    office.verify();
}

/// Diagram: token issue, branch 대기열 정보가 있으면 (there is an entry). It is deleted and a new one stored at the back: the
/// old token is dead, its holds are released, whoever was behind is now in front.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_deletes_an_old_entry_with_its_holds_and_joins_at_the_back() {
    let office = Office::open().await;
    let concert = office.concert(one_inside(), 1, 4).await;
    let (buyer, second, third) = (office.buyer().await, office.buyer().await, office.buyer().await);
    let old = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&old, &concert).await;
    office.held(&old, &concert, &[&seats[0], &seats[1]]).await;
    let second = text(&office.join(&second, &concert).await["token"]);
    let third = text(&office.join(&third, &concert).await["token"]);

    let anew = office.join(&buyer, &concert).await;

    for path in ["/v1/queue/position", "/v1/dates", "/v1/holds", "/v1/balance"] {
        refused(&office.get(path, &old).await, 401, "token_replaced");
    }
    refused(&office.hold(&old, &concert, &[&seats[2]]).await, 401, "token_replaced");
    assert_eq!(office.position(&second).await["status"], "admitted");
    assert_eq!(office.seat_states(&second, &concert).await, ["available"; 4]);
    assert_eq!(office.position(&third).await["position"], 1);
    assert_eq!((&anew["status"], &anew["number"]), (&json!("waiting"), &json!(4)));
    assert_eq!(anew["position"], 2);
    assert_eq!(office.position(&text(&anew["token"])).await["position"], 2);
    office.verify();
}

/// Diagram: token issue, the token is given (토큰 반환) once more to a client who lost it, without losing the place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_issue_answer_that_was_lost_is_given_again() {
    let office = Office::open().await;
    let concert = office.concert(one_inside(), 1, 4).await;
    office.enter(&office.buyer().await, &concert).await;
    let buyer = office.buyer().await;
    let current = format!("{}/current", tokens_of(&concert));
    refused(&office.get(&current, &buyer.session).await, 404, "not_in_queue");
    let issued = office.join(&buyer, &concert).await;
    office.join(&office.buyer().await, &concert).await;

    let again = office.get(&current, &buyer.session).await;

    assert_eq!(again.status, 200, "{}", again.json());
    assert_eq!(again.json(), issued);
    refused(&office.get(&current, "no-session").await, 401, "session_invalid");
    office.verify();
}

/// Diagram: token issue, the entry is deleted (대기열 정보 삭제) because its owner leaves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_deletes_the_entry_and_kills_the_token() {
    let office = Office::open().await;
    let concert = office.concert(one_inside(), 1, 4).await;
    office.enter(&office.buyer().await, &concert).await;
    let (leaver, behind) = (office.buyer().await, office.buyer().await);
    let token = text(&office.join(&leaver, &concert).await["token"]);
    let behind = text(&office.join(&behind, &concert).await["token"]);

    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);

    refused(&office.get("/v1/queue/position", &token).await, 401, "token_left");
    refused(&office.delete("/v1/queue/tokens/current", &token).await, 401, "token_left");
    let current = format!("{}/current", tokens_of(&concert));
    refused(&office.get(&current, &leaver.session).await, 404, "not_in_queue");
    assert_eq!(office.position(&behind).await["position"], 1);
    office.verify();
}

/// Diagram: queue position (대기열 정보 조회 API). The token is valid: the client sees its own place, waiting and admitted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queue_position_shows_the_own_place() {
    let office = Office::open().await;
    let concert = office.concert(one_inside(), 1, 4).await;
    let first = office.enter(&office.buyer().await, &concert).await;
    let buyers = office.buyers(2).await;
    let second = text(&office.join(&buyers[0], &concert).await["token"]);
    let third = text(&office.join(&buyers[1], &concert).await["token"]);

    let inside = office.position(&first).await;
    assert_eq!((&inside["status"], &inside["position"], &inside["ahead"]), (&json!("admitted"), &json!(0), &json!(0)));
    assert_eq!(instant(&inside["admitted_until"]), office.now().plus_ms(600_000));
    let waiting = office.position(&third).await;
    assert_eq!(waiting["user_id"], json!(buyers[1].id));
    assert_eq!((&waiting["status"], &waiting["number"]), (&json!("waiting"), &json!(3)));
    assert_eq!((&waiting["position"], &waiting["ahead"]), (&json!(2), &json!(1)));
    assert_eq!((&waiting["now_serving"], &waiting["admitted_until"]), (&json!(1), &Value::Null));
    assert!(waiting.get("token").is_none(), "a position does not repeat the token");

    office.delete("/v1/queue/tokens/current", &first).await;
    assert_eq!(office.position(&second).await["status"], "admitted");
    assert_eq!(office.position(&third).await["now_serving"], 2);
    office.verify();
}

/// Diagram: queue position, branch 토큰 유효하지 않음 (token not valid), each way in which it can be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queue_position_says_why_a_token_is_not_valid() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;

    for (token, code) in office.dead_tokens(&concert).await {
        refused(&office.get("/v1/queue/position", &token).await, 401, code);
    }
    let without = office.client().await.get("/v1/queue/position", None).await.expect("an answer");
    refused(&without, 401, "unauthenticated");
    office.verify();
}

/// Plain polls are answered by a shortcut; a credential spelt another way takes the whole road. Both say the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shortcut_and_the_whole_road_answer_alike() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 4).await;
    let inside = office.enter(&office.buyer().await, &concert).await;
    let waiting = text(&office.join(&office.buyer().await, &concert).await["token"]);
    for token in [&inside, &waiting, &format!("{waiting}x")] {
        let credential = format!("bearer {token}");
        let headers = &[("authorization", credential.as_str())][..];
        let ask = Ask { method: "GET", path: "/v1/queue/position", headers, ..Ask::default() };
        let whole_road = office.client().await.send(&ask).await.expect("an answer");
        let plain = office.get("/v1/queue/position", token).await;
        assert_eq!((plain.status, &plain.body), (whole_road.status, &whole_road.body));
        let [plain, whole_road] = [plain, whole_road].map(|answer| {
            let mut headers = answer.headers;
            headers.remove("date");
            headers
        });
        assert_eq!(plain, whole_road);
        assert!(plain.contains_key("content-security-policy"), "{plain:?}");
    }
    office.verify();
}
