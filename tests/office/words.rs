//! Refusals say what is wrong in the words of whoever reads them: the field's path, what was expected, whose the seat is.

use boxoffice::client::Ask;
use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, refused, text};

async fn detail(office: &Office, path: &str, body: &[u8]) -> String {
    let ask = Ask { method: "POST", path, bearer: Some(OPERATOR), body: Some(body.to_vec()), headers: &[] };
    let answer = office.client().await.send(&ask).await.expect("an answer");
    refused(&answer, 400, "malformed_request");
    text(&answer.json()["detail"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_body_names_the_field_and_what_was_expected() {
    let office = Office::open().await;
    let (halls, concerts, performances) = ("/v1/operator/halls", "/v1/operator/concerts", "/v1/operator/performances");
    let an_id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    let instant = "an instant with its offset from UTC, such as 2027-12-24T19:30:00+09:00";
    let performance = |name: &str, value: Value| {
        let mut body =
            json!({"concert_id": an_id, "hall_id": an_id, "starts_at": "2027-06-01T19:30:00Z", "prices": {}});
        body[name] = value;
        body
    };
    let table = [
        (performances, performance("hall_id", Value::Null), "hall_id must be an id (a UUID), not null.".to_owned()),
        (performances, performance("hall_id", json!("x")), "hall_id must be an id (a UUID), not \"x\".".to_owned()),
        (
            performances,
            performance("starts_at", json!("2027-01-01T19:30:00")),
            format!("starts_at must be {instant}, not \"2027-01-01T19:30:00\"."),
        ),
        (
            performances,
            performance("prices", json!({"R": 50_000.0})),
            "prices.R must be a whole number written without a fraction, not 50000.0.".to_owned(),
        ),
        (
            performances,
            performance("duration_minutes", json!(-1)),
            "duration_minutes must be a whole number from 0 to 4294967295, not -1.".to_owned(),
        ),
        (
            performances,
            performance("allow_overlap", json!("yes")),
            "allow_overlap must be true or false, not \"yes\".".to_owned(),
        ),
        (
            concerts,
            json!({"title": "C", "time_zone": "UTC", "queue": {"state": "Paused"}}),
            "queue.state must be one of open, paused, draining, closed, not \"Paused\".".to_owned(),
        ),
        (concerts, json!({"title": "C"}), "time_zone is missing.".to_owned()),
        (
            halls,
            json!({"name": "H", "sections": [{"name": "S", "rows": [{"name": "1", "seats": 1, "grade": 7}]}]}),
            "sections[0].rows[0].grade must be a text, not 7.".to_owned(),
        ),
        (
            halls,
            json!({"name": "H", "sections": [], "capacity": 7}),
            "capacity is no field here; those are name, floors, stage, focal, colors, signs, sections.".to_owned(),
        ),
        (halls, json!([]), "The body must be an object, not [].".to_owned()),
    ];
    for (path, body, expected) in table {
        assert_eq!(detail(&office, path, body.to_string().as_bytes()).await, expected);
    }
    let bytes: [(&[u8], &str); 4] = [
        (b"\xef\xbb\xbf{\"name\": \"H\"}", "byte order mark"),
        (b"\xff\xfe{\0}\0", "UTF-8"),
        (b" ", "empty"),
        (b"{'name': 1}", "no JSON"),
    ];
    for (body, expected) in bytes {
        let detail = detail(&office, halls, body).await;
        assert!(detail.contains(expected), "{detail}");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parameters_have_the_documents_names() {
    let office = Office::open().await;
    let buyer = office.buyer().await;
    for (path, expected) in [
        ("/v1/concerts/7", "concert_id must be an id (a UUID)."),
        ("/v1/payments/x", "payment_id must be an id (a UUID)."),
        ("/v1/payments?limit=many", "limit must be a whole number."),
        (
            "/v1/operator/reports/check-ins?performance_id=01a205b3-d000-711e-9fae-b222f27b9947&doubles=some",
            "doubles must be true or false.",
        ),
        ("/v1/tickets/0000/qr?format=gif", "format must be one of svg, png."),
        ("/v1/operator/reports/csv", "report is missing."),
    ] {
        let bearer = if path.starts_with("/v1/operator/") { OPERATOR } else { &buyer.session };
        let answer = office.get(path, bearer).await;
        refused(&answer, 400, "malformed_request");
        assert_eq!(answer.json()["detail"], expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_little_money_says_whether_the_seats_are_held() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0], &seats[1]]).await;
    for (wanted, expected) in [
        (vec![&seats[0], &seats[1]], "Your seats are still held."),
        (vec![&seats[2]], "The seats are not held meanwhile"),
        (vec![&seats[0], &seats[2]], "Only some of the seats are held meanwhile"),
    ] {
        let wanted: Vec<&str> = wanted.into_iter().map(String::as_str).collect();
        let amount = 1000 * wanted.len() as i64;
        let refusal = office.pay(&token, &wanted, amount).await;
        refused(&refusal, 402, "insufficient_balance");
        let problem = refusal.json();
        assert!(text(&problem["detail"]).contains(expected), "{problem}");
        assert_eq!((&problem["balance"], &problem["needed"]), (&json!(0), &json!(amount)));
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_that_is_yours_already_is_called_yours() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (one, other) = (office.buyer().await, office.buyer().await);
    let (one, other) = (office.enter(&one, &concert).await, office.enter(&other, &concert).await);
    let seats = office.seat_ids(&one, &concert).await;
    office.held(&one, &concert, &[&seats[0]]).await;
    office.held(&other, &concert, &[&seats[1]]).await;
    for (wanted, expected, yours) in [
        (vec![&seats[0]], "You hold them already", json!([seats[0]])),
        (vec![&seats[0], &seats[1], &seats[2]], "Some of them you hold already", json!([seats[0]])),
        (vec![&seats[1]], "Choose other seats", Value::Null),
    ] {
        let wanted: Vec<&str> = wanted.into_iter().map(String::as_str).collect();
        let refusal = office.hold(&one, &concert, &wanted).await;
        refused(&refusal, 409, "seat_taken");
        let problem = refusal.json();
        assert!(text(&problem["detail"]).contains(expected), "{problem}");
        assert_eq!(problem["yours"], yours);
    }
    office.verify();
}
