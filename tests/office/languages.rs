//! Refusals in the language of whoever is refused: Korean where it is preferred, English else; the code, the members and
//! what happened are the same in both.

use boxoffice::client::Answer;
use serde_json::{Value, json};

use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, refused, text};

const KOREAN: &str = "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7";

/// A request in English and the same in Korean: the same refusal, told in two languages. Gives the Korean detail.
async fn both(office: &Office, ask: (&str, &str, &str, Value), status: u16, code: &str) -> String {
    let (method, path, bearer, body) = ask;
    let sent =
        async |language| office.with_header(method, path, bearer, ("accept-language", language), body.clone()).await;
    let (english, korean) = (sent("en").await, sent(KOREAN).await);
    for (answer, tag) in [(&english, "en"), (&korean, "ko")] {
        refused(answer, status, code);
        in_language(answer, tag);
    }
    let (mut english, mut korean) = (english.json(), korean.json());
    let mut told = |member: &str| (english[member].take(), korean[member].take());
    let (titles, details) = (told("title"), told("detail"));
    assert_ne!(titles.0, titles.1, "{code}");
    assert_ne!(details.0, details.1, "{code}");
    assert_eq!(english, korean, "type, status, code and members are the same");
    text(&details.1)
}

fn in_language(answer: &Answer, tag: &str) {
    assert_eq!(answer.headers["content-language"], tag, "{}", answer.json());
    let varies = answer.headers.get_all("vary").iter().any(|on| on == "accept-language");
    assert!(varies, "caches keep the languages apart: {:?}", answer.headers);
    let is_korean = |member: &str| text(&answer.json()[member]).chars().any(|c| ('가'..='힣').contains(&c));
    let expected = tag == "ko";
    assert_eq!((is_korean("title"), is_korean("detail")), (expected, expected), "{}", answer.json());
    let sent = answer.headers.get("content-length").map(|length| length.to_str().expect("text").to_owned());
    assert!(sent.is_none_or(|sent| sent == answer.body.len().to_string()), "the length is that of what was told");
}

fn hold<'a>(token: &'a str, concert: &Concert, seats: &[&str]) -> (&'static str, &'static str, &'a str, Value) {
    ("POST", "/v1/holds", token, json!({"performance_id": concert.performance, "seat_ids": seats}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buyer_is_refused_in_korean_all_the_way() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 1, 8).await;
    let [one, other]: [Buyer; 2] = office.buyers(2).await.try_into().expect("two");
    let sign_up = |email: &str, password: &str| {
        ("POST", "/v1/users", "", json!({"email": email, "password": password, "name": "이름"}))
    };
    let detail = both(&office, sign_up("kim", "correct horse"), 400, "invalid_field").await;
    assert_eq!(detail, "email: name@example.org 같은 이메일 주소여야 합니다.");
    let detail = both(&office, sign_up("kim@example.org", "short"), 400, "invalid_field").await;
    assert_eq!(detail, "password: 8자 이상이고 256바이트를 넘지 않아야 합니다.");
    let ask = ("POST", "/v1/users", "", json!({"email": 7}));
    let detail = both(&office, ask, 400, "malformed_request").await;
    assert_eq!(detail, "email: 문자열이어야 합니다. 받은 값: 7.");
    let wrong = json!({"email": "kim@example.org", "password": "not this one"});
    both(&office, ("POST", "/v1/sessions", "", wrong), 401, "credentials_wrong").await;
    both(&office, ("GET", "/v1/account", "", Value::Null), 401, "unauthenticated").await;
    both(&office, ("GET", "/v1/nowhere", "", Value::Null), 404, "not_found").await;
    let ask = ("GET", "/v1/concerts/7", "", Value::Null);
    assert_eq!(both(&office, ask, 400, "malformed_request").await, "concert_id: ID(UUID)여야 합니다.");
    let ask = ("DELETE", "/v1/venue", "", Value::Null);
    both(&office, ask, 405, "method_not_allowed").await;

    let token = office.enter(&one, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let waits = text(&office.join(&other, &concert).await["token"]);
    both(&office, ("GET", "/v1/dates", &waits, Value::Null), 403, "not_admitted").await;
    office.held(&token, &concert, &[&seats[0]]).await;
    let detail = both(&office, hold(&token, &concert, &[&seats[0]]), 409, "seat_taken").await;
    assert!(detail.contains("이미 내가 선점한 좌석입니다"), "{detail}");
    both(&office, hold(&token, &concert, &["1-999"]), 404, "seat_not_found").await;
    let most: Vec<_> = seats[1..6].iter().map(String::as_str).collect();
    let detail = both(&office, hold(&token, &concert, &most), 409, "seat_limit").await;
    assert!(detail.ends_with("석까지 살 수 있는데 이미 1석이 있습니다."), "{detail}");
    let pay = |amount: i64| ("POST", "/v1/payments", token.as_str(), json!({"seat_ids": [seats[0]], "amount": amount}));
    let detail = both(&office, pay(999), 409, "amount_mismatch").await;
    assert_eq!(detail, "좌석 값은 1000입니다. 금액을 다시 확인하세요.");
    let detail = both(&office, pay(1000), 402, "insufficient_balance").await;
    assert_eq!(detail, "충전하고 다시 결제하세요. 좌석은 그대로 선점되어 있습니다.");
    office.advance_ms(HOUR_MS).await;
    let detail = both(&office, ("GET", "/v1/dates", &token, Value::Null), 401, "token_expired").await;
    assert!(detail.contains("대기열에 다시 들어가"), "{detail}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_is_refused_in_korean_too() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let performance = format!("/v1/operator/performances/{}", concert.performance);
    let ask = ("GET", performance.as_str(), "op_of_nobody_in_this_office", Value::Null);
    both(&office, ask, 401, "staff_key_wrong").await;
    let door = json!({"name": "Door", "scopes": ["door"]});
    let door = text(&office.make("/v1/operator/staff-keys", door).await["secret"]);
    let detail = both(&office, ("DELETE", &performance, &door, Value::Null), 403, "scope_missing").await;
    assert_eq!(detail, "권한이 `manage`인 키를 받으세요.");
    let rows = json!([{"name": "1", "seats": 2, "grade": "R"}, {"name": "1", "seats": 2, "grade": "R"}]);
    let hall = json!({"name": "Hall", "sections": [{"name": "Stalls", "rows": rows}]});
    let detail = both(&office, ("POST", "/v1/operator/halls", OPERATOR, hall), 400, "invalid_field").await;
    assert_eq!(detail, "구역 Stalls에 열 1이(가) 두 개 있습니다.");
    let shown = office.get(&performance, OPERATOR).await.json();
    let halls = office.get("/v1/operator/halls", OPERATOR).await.json();
    let again = json!({"concert_id": concert.id, "hall_id": halls["halls"][0]["id"], "starts_at": shown["starts_at"],
                       "prices": {"R": 1000}});
    let detail = both(&office, ("POST", "/v1/operator/performances", OPERATOR, again), 409, "hall_taken").await;
    assert!(detail.contains("Hall") && detail.contains("(+09:00)"), "its members stand in it: {detail}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_for_no_language_there_is_gets_english() {
    let office = Office::open().await;
    let long = format!("{}ko", "x, ".repeat(2000));
    for (asked, expected) in [
        ("fr", "en"),
        ("*", "en"),
        ("en, ko", "en"),
        ("ko;q=0", "en"),
        ("ko;q=NaN", "en"),
        ("ko;q=1e400", "en"),
        (";;;,,,===", "en"),
        ("", "en"),
        ("de, ko;q=0.1", "ko"),
        (&long, "ko"),
    ] {
        let answer = office.with_header("GET", "/v1/account", "", ("accept-language", asked), Value::Null).await;
        refused(&answer, 401, "unauthenticated");
        in_language(&answer, expected);
    }
    let answer = office.client().await.get("/v1/account", None).await.expect("an answer");
    in_language(&answer, "en");
    office.verify();
}

/// An answer that is no refusal is the same in every language, also on its way through caches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_knows_no_languages() {
    let office = Office::open().await;
    let sent =
        async |language| office.with_header("GET", "/v1/venue", "", ("accept-language", language), Value::Null).await;
    let (english, korean) = (sent("en").await, sent(KOREAN).await);
    assert_eq!((english.status, &english.body), (200, &korean.body));
    for answer in [english, korean] {
        assert!(!answer.headers.contains_key("content-language"), "{:?}", answer.headers);
        assert!(!answer.headers.get_all("vary").iter().any(|on| on == "accept-language"), "{:?}", answer.headers);
    }
}

/// What is recorded under a key is what was done. A refusal did nothing: the repeat is tried anew, and told in the language
/// that it asks in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_refused_in_the_language_it_asks_in() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let body = json!({"seat_ids": [seats[0]], "amount": 1000}).to_string().into_bytes();
    let pay = async |language| {
        let headers = [("idempotency-key", "once"), ("accept-language", language)];
        let ask = boxoffice::client::Ask {
            method: "POST",
            path: "/v1/payments",
            bearer: Some(&token),
            body: Some(body.clone()),
            headers: &headers,
        };
        office.client().await.send(&ask).await.expect("an answer")
    };
    for (language, tag) in [("en", "en"), (KOREAN, "ko"), ("en", "en")] {
        let answer = pay(language).await;
        refused(&answer, 402, "insufficient_balance");
        in_language(&answer, tag);
    }
    office.top_up(&token, 1000).await;
    let (paid, again) = (pay("en").await, pay(KOREAN).await);
    assert_eq!((paid.status, again.status), (201, 201));
    assert_eq!(paid.body, again.body, "the recorded answer, whatever language the repeat asks in");
    assert_eq!(again.headers["idempotent-replayed"], "true");
    office.verify();
}
