//! The seed's sequence diagrams behind the queue: dates, seats, balance, payment, each with its failure branches.

use boxoffice::client::Ask;
use boxoffice::terms::TopUpBy;
use serde_json::{Value, json};

use crate::support::{Concert, Office, refused, text};

/// Branch 토큰이 유효하지 않음 (token not valid) of every diagram: each dead token is refused with the code that says why,
/// one who waits is told where and when to come back, and nobody at all is let in. Money is also added by the session.
async fn needs_an_admitted_token(office: &Office, concert: &Concert, method: &str, path: &str, body: Value) {
    let takes_session = path == "/v1/balance/top-ups";
    let body = (!body.is_null()).then(|| body.to_string().into_bytes());
    let ask = |bearer: Option<String>| {
        let body = body.clone();
        async move {
            let ask = Ask { method, path, bearer: bearer.as_deref(), body, ..Ask::default() };
            office.client().await.send(&ask).await.expect("an answer")
        }
    };
    for (token, code) in office.dead_tokens(concert).await {
        if takes_session && token.starts_with("bs_") {
            assert_eq!(ask(Some(token)).await.status, 201);
            continue;
        }
        refused(&ask(Some(token)).await, 401, code);
    }
    refused(&ask(None).await, 401, "unauthenticated");
    let buyers = office.buyers(3).await;
    office.enter(&buyers[0], concert).await;
    office.join(&buyers[1], concert).await;
    let waiting = text(&office.join(&buyers[2], concert).await["token"]);
    let told_to_wait = ask(Some(waiting)).await;
    refused(&told_to_wait, 403, "not_admitted");
    assert_eq!(told_to_wait.json()["position"], 2);
    let poll_after_ms = told_to_wait.json()["poll_after_ms"].as_u64().expect("milliseconds");
    let retry_after: u64 = told_to_wait.headers["retry-after"].to_str().unwrap().parse().expect("seconds");
    assert_eq!(retry_after, poll_after_ms.div_ceil(1000));
    office.verify();
}

async fn one_inside(office: &Office) -> Concert {
    office.concert(json!({"max_admitted": 1}), 1, 4).await
}

/// Diagram: bookable dates (예약 가능 날짜 조회 API).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_are_listed_with_the_seats_left() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 2, 5).await;
    let token = office.enter(&office.buyer().await, &concert).await;

    let dates = office.get("/v1/dates", &token).await;

    assert_eq!(dates.status, 200, "{}", dates.json());
    let grades = json!([{"grade": "R", "price": 1000, "available": 10, "prices": [{"type": "full", "price": 1000}]}]);
    let date = json!({
        "performance_id": concert.performance, "starts_at": "2026-12-23T00:00:00.000Z", "local_date": "2026-12-23",
        "local_time": "09:00", "utc_offset": "+09:00", "hall": "Hall", "available": 10, "total": 10, "grades": grades,
        "ticket_types": [{"name": "full"}], "seats_per_user": 4, "fee_per_ticket": 0, "fee_per_order": 0,
    });
    assert_eq!(dates.json(), json!({"concert_id": concert.id, "dates": [date]}));
    office.verify();
}

/// Diagram: bookable dates, branch 토큰이 유효하지 않음.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dates_need_an_admitted_token() {
    let office = Office::open().await;
    let concert = one_inside(&office).await;
    needs_an_admitted_token(&office, &concert, "GET", "/v1/dates", Value::Null).await;
}

/// Diagram: bookable seats (예약 가능 좌석 조회 API).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_are_shown_with_price_and_state() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 3).await;
    let (mine, theirs) = (office.buyer().await, office.buyer().await);
    let (mine, theirs) = (office.enter(&mine, &concert).await, office.enter(&theirs, &concert).await);
    let ids = office.seat_ids(&mine, &concert).await;
    office.held(&theirs, &concert, &[&ids[1]]).await;

    let map = office.get(&format!("/v1/performances/{}/seats", concert.performance), &mine).await;

    assert_eq!(map.status, 200, "{}", map.json());
    let map = map.json();
    assert_eq!(map["performance_id"], json!(concert.performance));
    let seat = |place: usize, state: &str| {
        json!({"id": ids[place], "section": "Stalls", "row": "1", "label": format!("{}", place + 1), "grade": "R",
               "kind": "standard", "price": 1000, "state": state})
    };
    assert_eq!(map["seats"], json!([seat(0, "available"), seat(1, "held"), seat(2, "available")]));
    office.verify();
}

/// Diagram: bookable seats, branch 토큰이 유효하지 않음.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_need_an_admitted_token() {
    let office = Office::open().await;
    let concert = one_inside(&office).await;
    let path = format!("/v1/performances/{}/seats", concert.performance);
    needs_an_admitted_token(&office, &concert, "GET", &path, Value::Null).await;
}

/// Diagram: balance top-up (잔액 충전 API). The answer is the balance's new line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn top_up_adds_to_the_balance_and_its_history() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;

    let first = office.post("/v1/balance/top-ups", &token, json!({"amount": 700})).await;
    let second = office.post("/v1/balance/top-ups", &token, json!({"amount": 300})).await;

    assert_eq!((first.status, second.status), (201, 201), "{}", second.json());
    assert_eq!((&first.json()["amount"], &first.json()["balance"]), (&json!(700), &json!(700)));
    assert_eq!((&second.json()["amount"], &second.json()["balance"]), (&json!(300), &json!(1000)));
    let history = office.get("/v1/balance/postings", &token).await.json();
    assert_eq!(history["postings"][0]["id"], second.json()["posting_id"]);
    assert_eq!(history["postings"][1]["id"], first.json()["posting_id"]);
    assert_eq!(history["postings"][0]["kind"], "top_up");
    assert_eq!(history["next_cursor"], Value::Null);
    refused(&office.post("/v1/balance/top-ups", &token, json!({"amount": 0})).await, 400, "invalid_field");
    assert_eq!(office.balance(&token).await, 1000);
    office.verify();
}

/// Diagram: balance top-up, branch 토큰 유효하지 않음.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn top_up_needs_an_admitted_token_or_a_session() {
    let office = Office::open().await;
    let concert = one_inside(&office).await;
    needs_an_admitted_token(&office, &concert, "POST", "/v1/balance/top-ups", json!({"amount": 1})).await;
}

/// Diagram: balance top-up, where the operator alone takes money: the buyer is refused, the counter serves them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn top_up_is_the_operators_where_the_venue_says_so() {
    let office = Office::with(|config| config.terms.top_up_by = Some(TopUpBy::Operator)).await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let counter = format!("/v1/operator/users/{}/top-ups", buyer.id);

    refused(&office.post("/v1/balance/top-ups", &token, json!({"amount": 500})).await, 403, "top_up_forbidden");
    assert_eq!(office.balance(&token).await, 0);
    assert_eq!(office.make(&counter, json!({"amount": 500})).await["balance"], 500);

    assert_eq!(office.balance(&token).await, 500);
    refused(&office.post(&counter, &token, json!({"amount": 500})).await, 401, "staff_key_wrong");
    office.verify();
}

/// Diagram: balance (잔액 조회 API). An admitted token shows it, and so does the session of the same buyer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn balance_is_shown_to_token_and_session_alike() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (buyer, other) = (office.buyer().await, office.buyer().await);
    let token = office.enter(&buyer, &concert).await;
    office.top_up(&token, 1234).await;

    for credential in [&token, &buyer.session] {
        let shown = office.get("/v1/balance", credential).await;
        assert_eq!((shown.status, shown.json()), (200, json!({"balance": 1234, "currency": "KRW"})));
    }
    assert_eq!(office.balance(&other.session).await, 0);
    office.verify();
}

/// Diagram: balance, branch 토큰 유효하지 않음. Here a session is as good as an admitted token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn balance_needs_an_admitted_token_or_a_session() {
    let office = Office::open().await;
    let concert = one_inside(&office).await;

    for (token, code) in office.dead_tokens(&concert).await {
        if code != "token_invalid" {
            refused(&office.get("/v1/balance", &token).await, 401, code);
        }
    }
    refused(&office.get("/v1/balance", "no-session").await, 401, "session_invalid");
    refused(&office.client().await.get("/v1/balance", None).await.expect("an answer"), 401, "unauthenticated");
    office.enter(&office.buyer().await, &concert).await;
    let waiting = office.buyer().await;
    let token = text(&office.join(&waiting, &concert).await["token"]);
    refused(&office.get("/v1/balance", &token).await, 403, "not_admitted");
    assert_eq!(office.balance(&waiting.session).await, 0);
    office.verify();
}

/// Diagram: payment (결제 API), for seats that were held before. Balance read, debit, seats booked, token expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_for_held_seats_books_them_and_ends_the_token() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 2, 10).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let hold = office.held(&token, &concert, &[&seats[0], &seats[1]]).await;
    office.held(&token, &concert, &[&seats[5]]).await;
    office.top_up(&token, 5000).await;

    let paid = office.pay(&token, &[&seats[0], &seats[1]], hold["amount"].as_i64().unwrap()).await;

    assert_eq!(paid.status, 201, "{}", paid.json());
    let paid = paid.json();
    assert_eq!((&paid["amount"], &paid["balance"]), (&json!(2000), &json!(3000)));
    assert_eq!(paid["paid_at"], json!(office.now().to_rfc3339()));
    let tickets = paid["tickets"].as_array().expect("tickets");
    assert_eq!(
        tickets.iter().map(|ticket| &ticket["seat"]).collect::<Vec<_>>(),
        vec![&hold["seats"][0], &hold["seats"][1]]
    );
    for path in ["/v1/queue/position", "/v1/dates", "/v1/holds"] {
        refused(&office.get(path, &token).await, 401, "token_completed");
    }
    assert_eq!(office.balance(&buyer.session).await, 3000);
    let shown = office.get(&format!("/v1/tickets/{}", text(&tickets[0]["code"])), &buyer.session).await.json();
    assert_eq!((&shown["seat"]["id"], &shown["payment_id"]), (&json!(seats[0]), &paid["id"]));
    let listed = office.get("/v1/payments", &buyer.session).await.json();
    assert_eq!(listed["payments"][0]["id"], paid["id"]);
    let debit = office.get("/v1/balance/postings", &buyer.session).await.json()["postings"][0].clone();
    assert_eq!((&debit["kind"], &debit["amount"]), (&json!("payment"), &json!(-2000)));
    let next = office.enter(&office.buyer().await, &concert).await;
    let states = office.seat_states(&next, &concert).await;
    assert_eq!((states[0].as_str(), states[1].as_str(), states[5].as_str()), ("sold", "sold", "available"));
    office.verify();
}

/// Diagram: payment, as drawn: token, seats and amount alone, without an earlier hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_without_an_earlier_hold_takes_the_seats_itself() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 2000).await;

    let paid = office.pay(&token, &[&seats[3], &seats[0]], 2000).await;

    assert_eq!(paid.status, 201, "{}", paid.json());
    assert_eq!(paid.json()["balance"], 0);
    assert_eq!(paid.json()["tickets"][0]["seat"]["id"], json!(seats[3]));
    refused(&office.get("/v1/queue/position", &token).await, 401, "token_completed");
    let next = office.enter(&office.buyer().await, &concert).await;
    assert_eq!(office.seat_states(&next, &concert).await, ["sold", "available", "available", "sold"]);
    office.verify();
}

/// Diagram: payment, branch 토큰 유효하지 않음.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_needs_an_admitted_token() {
    let office = Office::open().await;
    let concert = one_inside(&office).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.delete("/v1/queue/tokens/current", &token).await;
    let body = json!({"seat_ids": [seats[0]], "amount": 1000});
    needs_an_admitted_token(&office, &concert, "POST", "/v1/payments", body).await;
}

/// Nothing of a refused payment stands: same money, same holds, same visit.
async fn nothing_changed(office: &Office, token: &str, balance: i64, holds: usize) {
    assert_eq!(office.balance(token).await, balance);
    let listed = office.get("/v1/holds", token).await.json();
    assert_eq!(listed["holds"].as_array().map(Vec::len), Some(holds));
    assert_eq!(office.position(token).await["status"], "admitted");
    office.verify();
}

/// Diagram: payment, branch 잔액이 충분하지 않음 (balance too small). The held seat stays held, and after a top-up it is paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_without_enough_money_changes_nothing() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    office.top_up(&token, 999).await;

    let refusal = office.pay(&token, &[&seats[0]], 1000).await;

    refused(&refusal, 402, "insufficient_balance");
    assert_eq!((&refusal.json()["balance"], &refusal.json()["needed"]), (&json!(999), &json!(1000)));
    nothing_changed(&office, &token, 999, 1).await;
    office.top_up(&token, 1).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 1000).await.status, 201);
    office.verify();
}

/// Diagram: payment. The amount is part of the request: one that is not the seats' price is refused, too low and too high.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_of_another_amount_than_the_price_changes_nothing() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    office.top_up(&token, 5000).await;

    for amount in [999, 1001, 0] {
        let refusal = office.pay(&token, &[&seats[0]], amount).await;
        refused(&refusal, 409, "amount_mismatch");
        assert_eq!(refusal.json()["amount"], 1000);
    }

    nothing_changed(&office, &token, 5000, 1).await;
}

/// Diagram: payment. Seats of somebody else cannot be booked, whether held or sold; the answer names them, and no other
/// seat of the request is booked either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_for_taken_seats_names_them_and_changes_nothing() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let (mine, holder, owner) = (office.buyer().await, office.buyer().await, office.buyer().await);
    let (mine, holder) = (office.enter(&mine, &concert).await, office.enter(&holder, &concert).await);
    let owner = office.enter(&owner, &concert).await;
    let seats = office.seat_ids(&mine, &concert).await;
    office.held(&holder, &concert, &[&seats[1]]).await;
    office.top_up(&owner, 1000).await;
    assert_eq!(office.pay(&owner, &[&seats[2]], 1000).await.status, 201);
    office.held(&mine, &concert, &[&seats[0]]).await;
    office.top_up(&mine, 5000).await;

    let refusal = office.pay(&mine, &[&seats[0], &seats[1], &seats[2], &seats[3]], 4000).await;

    refused(&refusal, 409, "seat_taken");
    assert_eq!(refusal.json()["seat_ids"], json!([seats[1], seats[2]]));
    nothing_changed(&office, &mine, 5000, 1).await;
    assert_eq!(office.seat_states(&mine, &concert).await, ["held", "held", "sold", "available"]);
}
