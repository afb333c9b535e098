//! The door: each ticket once, undone with a reason, counted by gate; without a network, and merged in every order.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

const CHECK_INS: &str = "/v1/operator/check-ins";

/// Sells so many seats at the counter; gives the codes.
async fn sold(office: &Office, concert: &Concert, count: usize) -> Vec<String> {
    let map = office.get(&format!("/v1/operator/performances/{}/seats", concert.performance), OPERATOR).await.json();
    let seats: Vec<_> = map["seats"].as_array().expect("seats").iter().take(count).map(|seat| &seat["id"]).collect();
    let mut codes = Vec::new();
    for seats in seats.chunks(60) {
        let sale = json!({"performance_id": concert.performance, "seat_ids": seats, "paid_by": "cash"});
        let payment = office.make("/v1/operator/sales", sale).await;
        codes.extend(payment["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"])));
    }
    codes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_lets_in_once_until_that_is_undone() {
    let office = Office::open().await;
    let (concert, other) = (office.concert(Value::Null, 1, 5).await, office.concert(Value::Null, 1, 5).await);
    let codes = sold(&office, &concert, 3).await;
    let door =
        text(&office.make("/v1/operator/staff-keys", json!({"name": "East", "scopes": ["door"]})).await["secret"]);
    let scan = |code: &str, gate: &str| json!({"code": code, "gate": gate, "performance_id": concert.performance});
    let first = office.post_once(CHECK_INS, &door, "first", scan(&codes[0].to_lowercase(), "East")).await;
    assert_eq!(
        (first.status, &first.json()["gate"], &first.json()["type"]),
        (201, &json!("East"), &json!("full")),
        "{}",
        first.json()
    );
    assert_eq!(
        office.post_once(CHECK_INS, &door, "first", scan(&codes[0].to_lowercase(), "East")).await.json(),
        first.json()
    );
    office.advance_ms(60_000).await;
    let second = office.post(CHECK_INS, &door, scan(&codes[0], "West")).await;
    refused(&second, 409, "checked_in");
    assert_eq!(
        (&second.json()["checked_in_at"], &second.json()["gate"]),
        (&first.json()["checked_in_at"], &json!("East"))
    );
    let elsewhere = json!({"code": codes[1], "performance_id": other.performance});
    refused(&office.post(CHECK_INS, &door, elsewhere).await, 409, "other_performance");
    refused(
        &office.post(CHECK_INS, &door, scan("0000-0000-0000-0000-0000-0000", "East")).await,
        404,
        "ticket_not_found",
    );
    let undo = format!("{CHECK_INS}/{}/undo", text(&first.json()["id"]));
    assert_eq!(office.post(&undo, &door, json!({"reason": "Went out"})).await.status, 201);
    refused(&office.post(&undo, &door, json!({"reason": "Went out"})).await, 404, "check_in_not_found");
    assert_eq!(office.post(CHECK_INS, &door, scan(&codes[0], "West")).await.status, 201);
    assert_eq!(office.post(CHECK_INS, &door, json!({"code": codes[1]})).await.status, 201);
    let figures =
        office.get(&format!("/v1/operator/performances/{}/check-ins", concert.performance), &door).await.json();
    assert_eq!((&figures["tickets"], &figures["checked_in"], &figures["doubles"]), (&json!(3), &json!(2), &json!(0)));
    assert_eq!(figures["gates"], json!([{"checked_in": 1}, {"gate": "West", "checked_in": 1}]));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_show_a_ticket_is_found_by_name_and_let_in_by_hand() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let made = |scope| office.make("/v1/operator/staff-keys", json!({"name": scope, "scopes": [scope]}));
    let (till, door) = (text(&made("sell").await["secret"]), text(&made("door").await["secret"]));
    let member = json!({"external_id": "member-1", "name": "Kim Sora"});
    let member = text(&office.post("/v1/operator/users", &till, member).await.json()["id"]);
    let map = office.get(&format!("/v1/operator/performances/{}/seats", concert.performance), &till).await.json();
    let sale = json!({"performance_id": concert.performance, "seat_ids": [map["seats"][0]["id"]], "paid_by": "cash",
        "user_id": member});
    assert_eq!(office.post("/v1/operator/sales", &till, sale).await.status, 201);

    // All by the till's key: no code was shown to anybody.
    let found = office.get("/v1/operator/users?name=kim", &till).await.json();
    let user = text(&found["users"][0]["id"]);
    let payments = office.get(&format!("/v1/operator/users/{user}/payments"), &till).await.json();
    let code = text(&payments["payments"][0]["tickets"][0]["code"]);
    let by_hand = format!("/v1/operator/tickets/{code}/check-ins");
    let reason = json!({"reason": "The phone is broken", "gate": "East"});
    refused(&office.post(&by_hand, &door, reason.clone()).await, 403, "scope_missing");
    refused(&office.post(&by_hand, &till, json!({"reason": " "})).await, 400, "invalid_field");
    let made = office.post_once(&by_hand, &till, "once", reason.clone()).await;
    assert_eq!((made.status, &made.json()["gate"]), (201, &json!("East")), "{}", made.json());
    assert_eq!(office.post_once(&by_hand, &till, "once", reason.clone()).await.json(), made.json());
    refused(&office.post(&by_hand, &till, reason).await, 409, "checked_in");
    refused(&office.post(CHECK_INS, &door, json!({"code": code})).await, 409, "checked_in");
    let line = office.get("/v1/operator/audit?limit=1", OPERATOR).await.json()["lines"][0].clone();
    assert_eq!(
        (&line["operation"], &line["after"]["reason"]),
        (&json!("check_in_by_hand"), &json!("The phone is broken")),
        "{line}"
    );
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_gates_at_once_let_each_ticket_in_once() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 2, 50).await;
    let codes = sold(&office, &concert, 100).await;
    let gates = (0..20).map(|gate| {
        let (office, codes) = (&office, &codes);
        async move {
            let mut client = office.client().await;
            let mut let_in = 0;
            for at in 0..codes.len() {
                // Each gate begins somewhere else, so that they meet everywhere.
                let body = json!({"code": codes[(at + gate * 5) % codes.len()], "gate": format!("Gate {gate}")});
                let status = client.post(CHECK_INS, Some(OPERATOR), &body).await.expect("an answer").status;
                assert!(status == 201 || status == 409, "{status}");
                let_in += usize::from(status == 201);
            }
            let_in
        }
    });
    let let_in: usize = futures_util::future::join_all(gates).await.into_iter().sum();
    assert_eq!(let_in, codes.len());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refunded_ticket_lets_nobody_in_and_one_that_let_in_is_not_cancelled_by_its_buyer() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 2000).await;
    let payment = office.pay(&token, &[&seats[0], &seats[1]], 2000).await.json();
    let code = |at: usize| text(&payment["tickets"][at]["code"]);
    let cancel = format!("/v1/payments/{}/cancellations", text(&payment["id"]));
    assert_eq!(office.post(&cancel, &buyer.session, json!({"tickets": [code(0)]})).await.status, 201);
    refused(&office.post(CHECK_INS, OPERATOR, json!({"code": code(0)})).await, 409, "ticket_cancelled");
    assert_eq!(office.post(CHECK_INS, OPERATOR, json!({"code": code(1)})).await.status, 201);
    refused(&office.post(&cancel, &buyer.session, json!({})).await, 409, "ticket_used");
    office.verify();
}

/// All orders of three.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_doors_did_without_a_network_is_merged_the_same_in_every_order() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 10).await;
    let codes = sold(&office, &concert, ORDERS.len()).await;
    let list =
        office.get(&format!("/v1/operator/performances/{}/door-list", concert.performance), OPERATOR).await.json();
    let hash = |code: &str| data_encoding::HEXLOWER.encode(&Sha256::digest(code.replace('-', "").as_bytes())[..16]);
    let hashes: Vec<_> = list["tickets"].as_array().expect("tickets").iter().map(|of| text(&of["hash"])).collect();
    assert_eq!(hashes, codes.iter().map(|code| hash(code)).collect::<Vec<_>>());
    let at = |minutes: i64| office.now().plus_ms(HOUR_MS + minutes * 60_000).to_rfc3339();
    for (code, order) in codes.iter().zip(ORDERS) {
        let id = |no: usize| {
            let digest = Sha256::digest(format!("{code} {no}").as_bytes());
            uuid::Uuid::from_slice(&digest[..16]).expect("16 bytes").to_string()
        };
        let scans = [("East", 7), ("West", 3), ("South", 5)];
        for no in order {
            let (gate, minutes) = scans[no];
            let scan = json!({"scan_id": id(no), "code": code, "gate": gate, "scanned_at": at(minutes)});
            for _ in 0..2 {
                let merged = office.post("/v1/operator/scans", OPERATOR, json!({"scans": [scan]})).await;
                assert_eq!(merged.status, 201, "{}", merged.json());
            }
        }
        // In the end the earliest counts, whichever came first.
        let all: Vec<_> = (0..3)
            .map(|no| json!({"scan_id": id(no), "code": code, "gate": scans[no].0, "scanned_at": at(scans[no].1)}))
            .collect();
        let told = office.post("/v1/operator/scans", OPERATOR, json!({"scans": all})).await.json();
        let results: Vec<_> = told["scans"].as_array().expect("scans").iter().map(|of| text(&of["result"])).collect();
        assert_eq!(results, ["double", "checked_in", "double"], "{order:?}");
        assert_eq!(told["scans"][0]["first"]["gate"], "West");
    }
    let strange = json!({"scans": [{"scan_id": concert.id, "code": "nonsense", "scanned_at": at(0)}]});
    assert_eq!(office.post("/v1/operator/scans", OPERATOR, strange).await.json()["scans"][0]["result"], "unknown");
    let figures =
        office.get(&format!("/v1/operator/performances/{}/check-ins", concert.performance), OPERATOR).await.json();
    assert_eq!((&figures["checked_in"], &figures["doubles"]), (&json!(6), &json!(12)));
    office.verify();
}
