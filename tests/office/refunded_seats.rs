//! What becomes of the seats of refunded tickets: on sale again, kept from sale, or offered to the waitlist before anybody else.

use serde_json::{Value, json};

use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

const SALES: &str = "/v1/operator/sales";

/// Sells these places at the counter; gives the payment's refunds and the tickets' codes.
async fn sold(office: &Office, concert: &Concert, places: Value) -> (String, Vec<String>) {
    let mut sale = json!({"performance_id": concert.performance, "paid_by": "cash"});
    sale.as_object_mut().expect("an object").extend(places.as_object().expect("an object").clone());
    let payment = office.make(SALES, sale).await;
    let codes = payment["tickets"].as_array().expect("tickets").iter().map(|ticket| text(&ticket["code"]));
    (format!("/v1/operator/payments/{}/refunds", text(&payment["id"])), codes.collect())
}

async fn desk_map(office: &Office, concert: &Concert) -> Value {
    office.get(&format!("/v1/operator/performances/{}/seats", concert.performance), OPERATOR).await.json()
}

async fn seats(office: &Office, concert: &Concert) -> Vec<String> {
    desk_map(office, concert).await["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect()
}

async fn states(office: &Office, concert: &Concert) -> Vec<String> {
    let map = desk_map(office, concert).await;
    map["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["state"])).collect()
}

async fn blocks(office: &Office, concert: &Concert) -> Vec<Value> {
    let path = format!("/v1/operator/performances/{}/blocks", concert.performance);
    office.get(&path, OPERATOR).await.json()["blocks"].as_array().expect("blocks").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunded_seats_are_on_sale_again_or_kept_from_it_for_a_reason() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let ids = seats(&office, &concert).await;
    let (refunds, codes) = sold(&office, &concert, json!({"seat_ids": ids[..3]})).await;
    let on_sale = office.post(&refunds, OPERATOR, json!({"tickets": [codes[0]]})).await;
    assert_eq!((on_sale.status, &on_sale.json()["places"]), (201, &json!("on_sale")), "{}", on_sale.json());
    let unsaid = json!({"tickets": [codes[1]], "places": "blocked"});
    refused(&office.post(&refunds, OPERATOR, unsaid).await, 400, "invalid_field");
    let idle = json!({"tickets": [codes[1]], "places": "on_sale", "block_reason": "Broken"});
    refused(&office.post(&refunds, OPERATOR, idle).await, 400, "invalid_field");
    let wish = json!({"tickets": [codes[1], codes[2]], "places": "blocked", "block_reason": " Broken "});
    let blocked = office.post_once(&refunds, OPERATOR, "blocked", wish.clone()).await;
    assert_eq!((blocked.status, &blocked.json()["places"]), (201, &json!("blocked")), "{}", blocked.json());
    assert_eq!(office.post_once(&refunds, OPERATOR, "blocked", wish).await.json(), blocked.json());
    assert_eq!(states(&office, &concert).await, ["available", "blocked", "blocked", "available"]);
    let [block] = &blocks(&office, &concert).await[..] else { panic!("one block") };
    assert_eq!((&block["reason"], &block["seats"][0]["id"]), (&json!("Broken"), &json!(ids[1])), "{block}");
    let sale = json!({"performance_id": concert.performance, "seat_ids": [ids[1]], "paid_by": "cash"});
    refused(&office.post(SALES, OPERATOR, sale).await, 409, "seat_taken");
    // The counter may sell out of it, as out of any block; and it is freed as any block.
    let places = json!({"seat_ids": [ids[1]], "block_id": block["id"]});
    let (again, _) = sold(&office, &concert, places).await;
    let free = format!("/v1/operator/performances/{}/blocks/{}", concert.performance, text(&block["id"]));
    assert_eq!(office.delete(&free, OPERATOR).await.status, 204);
    assert_eq!(states(&office, &concert).await, ["available", "sold", "available", "available"]);
    assert_eq!(office.post(&again, OPERATOR, json!({})).await.status, 201);
    let shown = office.get(refunds.trim_end_matches("/refunds"), OPERATOR).await.json();
    let said: Vec<_> = shown["refunds"].as_array().expect("refunds").iter().map(|of| &of["places"]).collect();
    assert_eq!(said, ["on_sale", "blocked"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunded_standing_places_are_kept_from_sale_by_number() {
    let office = Office::open().await;
    let club = office.concert(Value::Null, 1, 1).await;
    let hall = json!({"name": "Club", "sections": [
        {"name": "Bar", "rows": [{"name": "1", "seats": 1, "grade": "R"}]},
        {"name": "Floor", "capacity": 5, "grade": "R"}]});
    let hall = office.make("/v1/operator/halls", hall).await["id"].clone();
    let starts_at = office.now().plus_ms(20 * 24 * HOUR_MS).to_rfc3339();
    let performance = json!({"concert_id": club.id, "hall_id": hall, "starts_at": starts_at, "prices": {"R": 1000}});
    let performance = text(&office.make("/v1/operator/performances", performance).await["id"]);
    let club = Concert { id: club.id, performance };
    let floor = json!({"standing": {"section": "Floor", "quantity": 5}});
    let (refunds, codes) = sold(&office, &club, floor.clone()).await;
    let wish = json!({"tickets": codes[..3], "places": "blocked", "block_reason": "Camera crane"});
    assert_eq!(office.post(&refunds, OPERATOR, wish).await.status, 201);
    assert_eq!(office.post(&refunds, OPERATOR, json!({"tickets": [codes[3]]})).await.status, 201);
    let map = desk_map(&office, &club).await;
    assert_eq!(map["standing"][0]["available"], 1, "{map}");
    let [block] = &blocks(&office, &club).await[..] else { panic!("one block") };
    assert_eq!((&block["reason"], &block["standing"]["quantity"]), (&json!("Camera crane"), &json!(3)), "{block}");
    let free = format!("/v1/operator/performances/{}/blocks/{}", club.performance, text(&block["id"]));
    assert_eq!(office.delete(&free, OPERATOR).await.status, 204);
    assert_eq!(desk_map(&office, &club).await["standing"][0]["available"], 4);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refunded_seat_is_offered_to_the_waitlist_before_the_counter_can_have_it() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 2).await;
    let ids = seats(&office, &concert).await;
    let (refunds, codes) = sold(&office, &concert, json!({"seat_ids": ids})).await;
    let waiter = office.buyer().await;
    let waitlist = format!("/v1/concerts/{}/waitlist", concert.id);
    assert_eq!(office.post(&waitlist, &waiter.session, json!({"quantity": 1})).await.status, 201);
    let wish = json!({"tickets": [codes[0]], "places": "waitlist"});
    let refund = office.post(&refunds, OPERATOR, wish).await;
    assert_eq!((refund.status, &refund.json()["places"]), (201, &json!("waitlist")), "{}", refund.json());
    // No job has run: the offer was made in the refund's own commit.
    let place = office.get(&waitlist, &waiter.session).await.json();
    assert_eq!((&place["status"], &place["offer"]["seats"][0]["id"]), (&json!("offered"), &json!(ids[0])), "{place}");
    let sale = json!({"performance_id": concert.performance, "seat_ids": [ids[0]], "paid_by": "cash"});
    refused(&office.post(SALES, OPERATOR, sale.clone()).await, 409, "seat_taken");
    // Nobody waits for the second one: it is on sale.
    assert_eq!(office.post(&refunds, OPERATOR, json!({"places": "waitlist"})).await.status, 201);
    assert_eq!(states(&office, &concert).await, ["held", "available"]);
    let top_up = format!("/v1/operator/users/{}/top-ups", waiter.id);
    assert_eq!(office.post(&top_up, OPERATOR, json!({"amount": 1000})).await.status, 201);
    let paid = office.post(&format!("{waitlist}/payment"), &waiter.session, json!({"amount": 1000})).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_concurrent_refunds_one_decides_what_becomes_of_a_seat() {
    const SEATS: usize = 12;
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, SEATS as u32).await;
    let ids = seats(&office, &concert).await;
    let (refunds, codes) = sold(&office, &concert, json!({"seat_ids": ids})).await;
    let asks = (0..SEATS * 4).map(|no| {
        let (office, refunds, code) = (&office, &refunds, &codes[no * 5 % SEATS]);
        async move {
            let wish = match no % 3 {
                0 => json!({"tickets": [code]}),
                1 => json!({"tickets": [code], "places": "waitlist"}),
                _ => json!({"tickets": [code], "places": "blocked", "block_reason": "Kept"}),
            };
            let answer = office.post(refunds, OPERATOR, wish).await;
            let blocks = answer.status == 201 && answer.json()["places"] == "blocked";
            (answer.status == 201, blocks)
        }
    });
    let done = futures_util::future::join_all(asks).await;
    let blocked = done.iter().filter(|(_, blocks)| *blocks).count();
    assert_eq!(done.iter().filter(|(refunded, _)| *refunded).count(), SEATS, "each ticket once");
    let states = states(&office, &concert).await;
    let count = |state: &str| states.iter().filter(|of| *of == state).count();
    assert_eq!((count("blocked"), count("available")), (blocked, SEATS - blocked));
    assert_eq!(blocks(&office, &concert).await.len(), blocked);
    office.verify();
}
