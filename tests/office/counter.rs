//! The counter: sales to known and nameless buyers, by every form of money, exchanges, money paid out and put right, and the
//! day's close of each key.

use serde_json::{Value, json};

use crate::support::{Concert, OPERATOR, Office, refused, text};

const SALES: &str = "/v1/operator/sales";

async fn seats(office: &Office, concert: &Concert) -> Vec<String> {
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, concert).await;
    let seats = office.seat_ids(&token, concert).await;
    assert_eq!(office.delete("/v1/queue/tokens/current", &token).await.status, 204);
    seats
}

fn sale(concert: &Concert, seats: &[&String], paid_by: &str) -> Value {
    json!({"performance_id": concert.performance, "seat_ids": seats, "paid_by": paid_by})
}

fn codes(payment: &Value) -> Vec<String> {
    payment["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"])).collect()
}

/// A key that sells, and nothing else.
async fn seller(office: &Office, name: &str) -> String {
    let key = json!({"name": name, "scopes": ["sell"]});
    text(&office.make("/v1/operator/staff-keys", key).await["secret"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_counter_sells_to_anybody_without_a_queue_or_limits() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": 1}), 2, 10).await;
    let seats = seats(&office, &concert).await;
    let key = seller(&office, "Box").await;
    // More than one buyer may have, to nobody known.
    let some: Vec<_> = seats[..8].iter().collect();
    let sold = office.post_once(SALES, &key, "sale", sale(&concert, &some, "cash")).await;
    assert_eq!(
        (sold.status, &sold.json()["amount"], &sold.json()["balance"]),
        (201, &json!(8000), &json!(0)),
        "{}",
        sold.json()
    );
    assert_eq!(office.post_once(SALES, &key, "sale", sale(&concert, &some, "cash")).await.json(), sold.json());
    refused(&office.post(SALES, &key, sale(&concert, &[&seats[0]], "cash")).await, 409, "seat_taken");
    refused(&office.post(SALES, &key, sale(&concert, &[&seats[8], &seats[8]], "cash")).await, 400, "invalid_field");
    let nobody = json!({"performance_id": concert.performance, "seat_ids": [seats[8]], "paid_by": "cash", "user_id": concert.id});
    refused(&office.post(SALES, &key, nobody).await, 404, "user_not_found");
    // A buyer who is known finds it among their payments; from the balance, if there is enough.
    let buyer = office.buyer().await;
    let known = |by: &str| json!({"performance_id": concert.performance, "seat_ids": [seats[9]], "paid_by": by, "user_id": buyer.id});
    refused(&office.post(SALES, &key, known("balance")).await, 402, "insufficient_balance");
    let card = office.post(SALES, &key, known("card")).await;
    assert_eq!(card.status, 201, "{}", card.json());
    let listed = office.get("/v1/payments", &buyer.session).await.json();
    assert_eq!(listed["payments"][0]["id"], card.json()["id"]);
    let free = office.post(SALES, &key, sale(&concert, &[&seats[10]], "free")).await;
    assert_eq!((free.status, &free.json()["amount"]), (201, &json!(0)));
    // A seat that a buyer holds is theirs.
    let token = office.enter(&office.buyer().await, &concert).await;
    office.held(&token, &concert, &[&seats[11]]).await;
    refused(&office.post(SALES, &key, sale(&concert, &[&seats[11]], "cash")).await, 409, "seat_taken");
    // Paused, and begun: the counter sells on. Cancelled: nobody does.
    let path = format!("/v1/operator/performances/{}", concert.performance);
    assert_eq!(office.patch(&path, OPERATOR, json!({"paused": true})).await.status, 200);
    assert_eq!(office.post(SALES, &key, sale(&concert, &[&seats[12]], "invoice")).await.status, 201);
    assert_eq!(office.post(&format!("{path}/cancellation"), OPERATOR, Value::Null).await.status, 202);
    refused(&office.post(SALES, &key, sale(&concert, &[&seats[13]], "cash")).await, 409, "performance_cancelled");
    office.app.run_due().await;
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_exchanged_in_one_commit() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 10).await;
    let seats = seats(&office, &concert).await;
    let sold = office.post(SALES, OPERATOR, sale(&concert, &[&seats[0], &seats[1]], "cash")).await.json();
    let path = format!("/v1/operator/payments/{}/exchanges", text(&sold["id"]));
    let exchange = |tickets: Value, wanted: &[&String], by: &str| {
        let mut body = sale(&concert, wanted, by);
        if !tickets.is_null() {
            body["tickets"] = tickets;
        }
        body
    };
    let codes = codes(&sold);
    // What is taken is refused, and nothing is given back.
    let taken = office.post(&path, OPERATOR, exchange(Value::Null, &[&seats[1]], "cash")).await;
    refused(&taken, 409, "seat_taken");
    let one = json!([codes[0]]);
    refused(
        &office.post(&path, OPERATOR, exchange(one.clone(), &[&seats[4], &seats[5]], "balance")).await,
        402,
        "insufficient_balance",
    );
    // One for two: the second is paid; two for one: the rest stays on the balance.
    let dearer = office.post(&path, OPERATOR, exchange(one.clone(), &[&seats[4], &seats[5]], "card")).await;
    assert_eq!(dearer.status, 201, "{}", dearer.json());
    let answer = dearer.json();
    assert_eq!(
        (&answer["refund"]["amount"], &answer["payment"]["amount"], &answer["payment"]["balance"]),
        (&json!(1000), &json!(2000), &json!(0))
    );
    refused(&office.post(&path, OPERATOR, exchange(one, &[&seats[6]], "cash")).await, 409, "ticket_cancelled");
    let second = format!("/v1/operator/payments/{}/exchanges", text(&answer["payment"]["id"]));
    let cheaper = office.post(&second, OPERATOR, exchange(Value::Null, &[&seats[0]], "cash")).await.json();
    assert_eq!(cheaper["payment"]["balance"], 1000, "{cheaper}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_day_is_closed_for_each_key_against_what_was_counted() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 20).await;
    let seats = seats(&office, &concert).await;
    let (east, west) = (seller(&office, "East").await, seller(&office, "West").await);
    let buyer = office.buyer().await;
    let money = |path: &str| format!("/v1/operator/users/{}/{path}", buyer.id);
    let cash = office.post(SALES, &east, sale(&concert, &[&seats[0], &seats[1]], "cash")).await.json();
    office.post(SALES, &east, sale(&concert, &[&seats[2]], "card")).await;
    office.post(SALES, &west, sale(&concert, &[&seats[3]], "cash")).await;
    let refund = format!("/v1/operator/payments/{}/refunds", text(&cash["id"]));
    let one = json!({"tickets": [codes(&cash)[0]], "to": "cash"});
    assert_eq!(office.post(&refund, &east, one).await.status, 201);
    assert_eq!(office.post(&money("top-ups"), &east, json!({"amount": 5000})).await.status, 201);
    let paid_out = office.post(&money("pay-outs"), &east, json!({"amount": 700, "note": "Change"})).await;
    assert_eq!((paid_out.status, &paid_out.json()["balance"]), (201, &json!(4300)));
    refused(
        &office.post(&money("pay-outs"), &east, json!({"amount": 5000, "note": "All"})).await,
        409,
        "balance_too_small",
    );
    let close = |key: String, counted: Value| {
        let office = &office;
        async move {
            let answer = office.post("/v1/operator/day-closes", &key, json!({"counted": counted})).await;
            assert_eq!(answer.status, 201, "{}", answer.json());
            answer.json()["tills"].clone()
        }
    };
    let counted = json!([{"means": "cash", "amount": 5200}]);
    let tills = close(east.clone(), counted).await;
    assert_eq!(
        tills,
        json!([{"means": "cash", "booked": 5300, "counted": 5200, "difference": -100}, {"means": "card", "booked": 1000}])
    );
    assert_eq!(close(east.clone(), json!([])).await, json!([]), "nothing since");
    assert_eq!(close(west, json!([])).await, json!([{"means": "cash", "booked": 1000}]));
    let listed = office.get("/v1/operator/day-closes", &east).await.json();
    assert_eq!(listed["day_closes"].as_array().map(Vec::len), Some(2));
    // Who sells puts nothing right.
    let wrong = json!({"amount": -4300, "note": "Topped up by mistake"});
    refused(&office.post(&money("corrections"), &east, wrong.clone()).await, 403, "scope_missing");
    assert_eq!(office.post(&money("corrections"), OPERATOR, wrong).await.json()["balance"], 0);
    refused(
        &office.post(&money("corrections"), OPERATOR, json!({"amount": -1, "note": "More"})).await,
        409,
        "balance_too_small",
    );
    office.verify();
}
