//! Values of the right type that break a rule, one at a time in a good body.

use serde_json::{Value, json};

use super::bodies::{send, with_bodies};
use super::stage::Stage;
use super::{Refusals, as_bytes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_the_right_type_that_break_a_rule() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let rows: Vec<_> = (0..10_000).map(|_| json!({"name": "A", "seats": 1, "grade": "R"})).collect();
    let row =
        |seats: Value| json!({"sections": [{"name": "S", "rows": [{"name": "A", "seats": seats, "grade": "R"}]}]});
    let standing = |name: &str, capacity: u32| json!({"name": name, "capacity": capacity, "grade": "R"});
    let long = "x".repeat(7000);
    let full = |prices: Value| json!({"name": "full", "prices": prices});
    let types = |types: Value| json!({"prices": null, "ticket_types": types});
    let nobody = "00000000-0000-0000-0000-000000000000";
    let (invalid, malformed) = ((400, "invalid_field"), (400, "malformed_request"));
    let table: Vec<Bent<'_>> = vec![
        ("sign_up", json!({"email": ""}), invalid),
        ("sign_up", json!({"email": "nobody"}), invalid),
        ("sign_up", json!({"email": "a@b@example.org"}), invalid),
        ("sign_up", json!({"email": format!("{long}@example.org")}), invalid),
        ("sign_up", json!({"email": super::stage::REGULAR.to_uppercase()}), (409, "email_taken")),
        ("sign_up", json!({"name": ""}), invalid),
        ("sign_up", json!({"name": " \u{a0} "}), invalid),
        ("sign_up", json!({"name": long}), invalid),
        ("sign_up", json!({"password": "short"}), invalid),
        ("sign_up", json!({"password": long}), invalid),
        ("log_in", json!({"email": "nobody@example.org"}), (401, "credentials_wrong")),
        ("log_in", json!({"email": ""}), (401, "credentials_wrong")),
        ("log_in", json!({"email": long}), (401, "credentials_wrong")),
        ("log_in", json!({"password": ""}), (401, "credentials_wrong")),
        ("log_in", json!({"password": "wrong password"}), (401, "credentials_wrong")),
        ("log_in", json!({"password": long}), (401, "credentials_wrong")),
        ("create_webhook", json!({"url": ""}), invalid),
        ("create_webhook", json!({"url": "hall.example/hooks"}), invalid),
        ("create_webhook", json!({"url": "ftp://hall.example/"}), invalid),
        ("create_webhook", json!({"url": "https://user:password@hall.example/"}), invalid),
        ("create_webhook", json!({"url": format!("https://hall.example/{long}")}), invalid),
        ("create_webhook", json!({"events": []}), invalid),
        ("create_webhook", json!({"events": ["everything"]}), malformed),
        ("open_checkout", json!({"amount": 0}), invalid),
        ("open_checkout", json!({"amount": 10_000_000_001_i64}), invalid),
        ("open_checkout", json!({"provider": "stripe"}), (404, "provider_not_found")),
        ("open_checkout", json!({"provider": "purse"}), malformed),
        (
            "open_checkout",
            json!({"then_pay": {"concert_id": nobody, "seat_ids": ["1-1"], "amount": 1000}}),
            (404, "concert_not_found"),
        ),
        (
            "open_checkout",
            json!({"then_pay": {"concert_id": nobody, "seat_ids": [""], "amount": 1000}}),
            (404, "seat_not_found"),
        ),
        ("return_checkout", json!({"parameters": {"long": long}}), invalid),
        ("top_up", json!({"amount": 0}), invalid),
        ("top_up", json!({"amount": 10_000_000_001_i64}), invalid),
        ("create_hall", json!({"sections": []}), invalid),
        ("create_hall", json!({"name": long}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "rows": []}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "rows": rows}]}), invalid),
        ("create_hall", row(json!(0)), invalid),
        ("create_hall", row(json!([])), invalid),
        ("create_hall", row(json!([1, 1])), invalid),
        ("create_hall", row(json!([-1])), invalid),
        ("create_hall", row(json!(["1", 1])), invalid),
        ("create_hall", row(json!([{"label": ""}])), invalid),
        ("create_hall", row(json!([{"label": long}])), invalid),
        ("create_hall", row(json!([{"label": 1, "note": long}])), invalid),
        ("create_hall", row(json!([{"label": 1, "kind": "sofa"}])), invalid),
        ("create_hall", row(json!([{"label": 1, "gap_before": 101}])), invalid),
        ("create_hall", row(json!([{"label": 1, "colour": "red"}])), invalid),
        ("create_hall", json!({"floors": ["Ground", "Ground"]}), invalid),
        ("create_hall", json!({"floors": ["Above"]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S"}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "capacity": 1}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "capacity": 0, "grade": "R"}]}), invalid),
        ("create_hall", json!({"sections": [{"name": "S", "capacity": 100_001, "grade": "R"}]}), invalid),
        ("create_hall", json!({"sections": [standing("S", 60_000), standing("T", 60_000)]}), invalid),
        ("create_hall", json!({"sections": [standing("S", 1), standing("Ｓ", 1)]}), invalid),
        ("create_hall", row(json!(100_001)), invalid),
        ("create_hall", row(json!(u64::MAX)), invalid),
        ("create_concert", json!({"title": ""}), invalid),
        ("create_concert", json!({"title": long}), invalid),
        ("create_concert", json!({"time_zone": "Asia/Atlantis"}), invalid),
        ("create_concert", json!({"time_zone": "../../etc/passwd"}), invalid),
        ("create_concert", json!({"time_zone": ""}), invalid),
        ("create_concert", json!({"time_zone": long}), invalid),
        ("create_concert", json!({"seats_per_user": 0}), invalid),
        ("create_concert", json!({"seats_per_user": 65}), invalid),
        ("create_concert", json!({"fee_per_ticket": -1}), invalid),
        ("create_concert", json!({"fee_per_order": 1_i64 << 50}), invalid),
        ("create_concert", json!({"on_sale_at": "tomorrow"}), (400, "malformed_request")),
        ("create_concert", json!({"on_sale_at": "2027-01-01T10:00:00"}), (400, "malformed_request")),
        ("create_concert", json!({"on_sale_at": "10000-01-01T10:00:00Z"}), (400, "malformed_request")),
        ("create_concert", json!({"on_sale_at": "2027-01-01T08:59:59Z"}), invalid),
        ("create_concert", json!({"queue": {"max_admitted": 0}}), invalid),
        ("create_concert", json!({"queue": {"state": "ajar"}}), (400, "malformed_request")),
        ("create_performance", json!({"concert_id": nobody}), (404, "concert_not_found")),
        ("create_performance", json!({"hall_id": nobody}), (404, "hall_not_found")),
        ("create_performance", json!({"starts_at": "2020-01-01T00:00:00Z"}), invalid),
        ("create_performance", json!({"prices": {}}), invalid),
        ("create_performance", json!({"prices": {"R": 1000, "VIP": 2000}}), invalid),
        ("create_performance", json!({"prices": {"R": -1}}), invalid),
        ("create_performance", json!({"prices": {"R": 1_i64 << 50}}), invalid),
        ("create_performance", json!({"seats_per_user": 0}), invalid),
        ("create_performance", json!({"seats_per_user": 65}), invalid),
        ("create_performance", json!({"ticket_types": [full(json!({"R": 1000}))]}), invalid),
        ("create_performance", json!({"prices": null, "ticket_types": []}), invalid),
        ("create_performance", json!({"prices": null, "ticket_types": [full(json!({}))]}), invalid),
        ("create_performance", types(json!([full(json!({"VIP": 1}))])), invalid),
        ("create_performance", types(json!([full(json!({"R": -1}))])), invalid),
        ("create_performance", types(json!([full(json!({"R": 1})), full(json!({"R": 2}))])), invalid),
        ("create_performance", types(json!([{"name": " ", "prices": {"R": 1}}])), invalid),
        ("create_performance", types(json!([{"name": long, "prices": {"R": 1}}])), invalid),
        ("create_performance", types(json!([{"name": "full", "prices": {"R": 1}, "seats_per_user": 0}])), invalid),
        ("create_performance", types(json!([{"name": "full"}])), (400, "malformed_request")),
        ("create_performance", types(json!(vec![full(json!({"R": 1})); 33])), invalid),
        ("create_concert", json!({"age_limit": 0}), invalid),
        ("create_concert", json!({"sale_ends_at": "2027-01-01T10:00:00Z"}), invalid),
        ("create_concert", json!({"texts": [{"language": "ko"}]}), invalid),
        ("create_concert", json!({"texts": [{"language": "Korean!", "text": "a"}]}), invalid),
        (
            "create_concert",
            json!({"texts": [{"language": "ko", "text": "a"}, {"language": "KO", "text": "b"}]}),
            invalid,
        ),
        ("create_performance", json!({"doors_at": "2027-06-01T19:30:01+09:00"}), invalid),
        ("create_performance", json!({"concert_id": stage.bare, "doors_at": "yesterday"}), (400, "malformed_request")),
        ("change_concert", json!({"state": "draft"}), (409, "concert_state_fixed")),
        ("change_concert", json!({"state": "ended"}), (400, "malformed_request")),
        ("change_concert", json!({"on_sale_at": "2027-01-01T10:00:00Z", "allow_late_sale": true}), (409, "draw_made")),
        ("change_concert", json!({"queue_opens_at": "2026-01-01T10:00:00Z"}), (409, "draw_made")),
        ("change_concert", json!({"sale_ends_at": "2020-01-01T10:00:00Z"}), invalid),
        ("change_concert", json!({"title": " "}), invalid),
        ("change_concert", json!({"time_zone": "Asia/Atlantis"}), invalid),
        ("change_concert", json!({"age_limit": 100}), invalid),
        ("change_performance", json!({"starts_at": "2020-01-01T10:00:00Z"}), invalid),
        ("change_performance", json!({"duration_minutes": 0}), invalid),
        ("change_performance", json!({"doors_at": "2029-01-01T10:00:00Z"}), invalid),
        ("replan_performance", json!({"hall_version": 1}), invalid),
        ("set_picture", json!({"data": "not Base64"}), invalid),
        ("set_picture", json!({"data": "PHN2Zz48L3N2Zz4="}), invalid),
        ("change_queue", json!({"max_admitted": 0}), invalid),
        ("change_queue", json!({"max_admitted": 1_000_001}), invalid),
        ("change_queue", json!({"admissions_per_minute": 0}), invalid),
        ("change_queue", json!({"absence_seconds": 59}), invalid),
        ("change_queue", json!({"no_show_seconds": 9}), invalid),
        ("change_queue", json!({"state": ""}), (400, "malformed_request")),
        ("change_venue", json!({"name": " "}), invalid),
        ("change_venue", json!({"name": long}), invalid),
        ("change_venue", json!({"currency": "won"}), invalid),
        ("change_venue", json!({"currency": "EUR"}), (409, "currency_fixed")),
        ("change_venue", json!({"languages": []}), invalid),
        ("change_venue", json!({"languages": ["ko", "KO"]}), invalid),
        ("change_venue", json!({"languages": ["Korean, please"]}), invalid),
        ("change_venue", json!({"time_zone": "Asia/Atlantis"}), invalid),
        ("change_venue", json!({"top_up_by": "anyone"}), (400, "malformed_request")),
        ("change_venue", json!({"largest_top_up": 0}), invalid),
        ("change_venue", json!({"largest_top_up": 1_i64 << 53}), invalid),
        ("change_venue", json!({"seats_per_user": 65}), invalid),
        ("change_venue", json!({"accent": "#ffcc00"}), invalid),
        ("change_venue", json!({"accent": "red"}), invalid),
        ("change_venue", json!({"logo": "https://venue.example/logo.png"}), invalid),
        ("change_venue", json!({"welcome": {"no language": "Welcome"}}), invalid),
        ("change_venue", json!({"hold_seconds": 0}), invalid),
        ("change_venue", json!({"admission_seconds": 86_401}), invalid),
        ("change_venue", json!({"token_seconds": 0}), invalid),
        ("top_up_user", json!({"amount": 0}), invalid),
        ("open_sessions", json!({"count": 0}), invalid),
        ("open_sessions", json!({"count": 1001}), invalid),
        ("open_sessions", json!({"count": u32::MAX}), invalid),
    ];
    all_bent(&mut refusals, &table).await;
    refusals.finish(table.len());
}

/// A good body with some of its values bent, and what it is refused with.
pub type Bent<'a> = (&'a str, Value, (u16, &'a str));

/// Sends the operations' good bodies, each bent in one way.
pub async fn all_bent(refusals: &mut Refusals<'_>, table: &[Bent<'_>]) {
    for (id, bent, (status, code)) in table {
        let operation = with_bodies().find(|operation| operation.id == *id).expect("an operation");
        let mut body = refusals.stage.sample(operation).expect("a sample");
        for (name, value) in bent.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let what: String = bent.to_string().chars().take(80).collect();
        send(refusals, operation, &what, as_bytes(&body).expect("bytes"), *status, &[code]).await;
    }
}
