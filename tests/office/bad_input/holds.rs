//! Holds and payments that break a rule: what is refused, and with which code.

use serde_json::json;

use super::Refusals;
use super::rules::{Bent, all_bent};
use super::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_and_payments_that_break_a_rule() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let many: Vec<_> = (1..=800).map(|seat| format!("1-{seat}")).collect();
    let (long, seats, taken) = ("x".repeat(7000), &stage.seats, &stage.stranger.held_seat);
    let nobody = "00000000-0000-0000-0000-000000000000";
    let (invalid, malformed) = ((400, "invalid_field"), (400, "malformed_request"));
    let table: Vec<Bent<'_>> = vec![
        ("hold_seats", json!({"performance_id": "not-a-uuid"}), (400, "malformed_request")),
        ("hold_seats", json!({"performance_id": nobody}), (404, "performance_not_found")),
        ("hold_seats", json!({"performance_id": stage.full.performance}), (404, "performance_not_found")),
        ("hold_seats", json!({"seat_ids": []}), invalid),
        ("hold_seats", json!({"seat_ids": many}), invalid),
        ("hold_seats", json!({"seat_ids": [long]}), (404, "seat_not_found")),
        ("hold_seats", json!({"seat_ids": [""]}), (404, "seat_not_found")),
        ("hold_seats", json!({"seat_ids": ["1-0"]}), (404, "seat_not_found")),
        ("hold_seats", json!({"seat_ids": ["1-21"]}), (404, "seat_not_found")),
        ("hold_seats", json!({"seat_ids": ["1-4294967296"]}), (404, "seat_not_found")),
        ("hold_seats", json!({"seat_ids": [seats[6], seats[6]]}), invalid),
        ("hold_seats", json!({"seat_ids": [seats[6], seats[7]], "types": null}), (409, "seat_limit")),
        ("hold_seats", json!({"seat_ids": [taken]}), (409, "seat_taken")),
        ("hold_seats", json!({"seat_ids": [seats[0]]}), (409, "seat_taken")),
        ("hold_seats", json!({"best": {"grade": "R", "quantity": 1}}), invalid),
        ("hold_seats", json!({"seat_ids": null, "best": {"grade": "R", "quantity": 0}}), invalid),
        ("hold_seats", json!({"seat_ids": null, "best": {"grade": "R", "quantity": 65}}), invalid),
        (
            "hold_seats",
            json!({"seat_ids": null, "best": {"grade": "R", "quantity": 2}, "types": ["full", "full"]}),
            (409, "seat_limit"),
        ),
        ("hold_seats", json!({"seat_ids": null, "best": {"grade": "", "quantity": 1}}), (404, "grade_not_found")),
        ("hold_seats", json!({"seat_ids": null, "best": {"grade": long, "quantity": 1}}), (404, "grade_not_found")),
        ("hold_seats", json!({"types": []}), invalid),
        ("hold_seats", json!({"types": ["full", "full"]}), invalid),
        ("hold_seats", json!({"types": vec!["full"; 65]}), invalid),
        ("hold_seats", json!({"types": ["student"]}), (404, "ticket_type_not_found")),
        ("hold_seats", json!({"types": [""]}), (404, "ticket_type_not_found")),
        ("hold_seats", json!({"types": [long]}), (404, "ticket_type_not_found")),
        ("hold_seats", json!({"seat_ids": null, "best": {"section": "", "quantity": 1}}), (404, "section_not_found")),
        ("hold_seats", json!({"seat_ids": null, "best": {"section": long, "quantity": 1}}), (404, "section_not_found")),
        ("hold_seats", json!({"seat_ids": null, "best": {"quantity": 1, "kinds": ["throne"]}}), malformed),
        (
            "hold_seats",
            json!({"seat_ids": null, "best": {"quantity": 1, "kinds": ["wheelchair", "companion"]}}),
            invalid,
        ),
        (
            "hold_seats",
            json!({"seat_ids": null, "best": {"quantity": 1, "kinds": ["wheelchair"]}}),
            (409, "not_enough_seats"),
        ),
        ("hold_seats", json!({"standing": {"section": "Floor", "quantity": 1}}), invalid),
        (
            "hold_seats",
            json!({"seat_ids": null, "standing": {"section": "", "quantity": 1}}),
            (404, "section_not_found"),
        ),
        (
            "hold_seats",
            json!({"seat_ids": null, "standing": {"section": long, "quantity": 1}}),
            (404, "section_not_found"),
        ),
        ("hold_seats", json!({"seat_ids": null, "standing": {"quantity": 1}}), malformed),
        ("hold_seats", json!({"seat_ids": ["1-16777217"]}), (404, "seat_not_found")),
        ("pay", json!({"seat_ids": null}), invalid),
        ("pay", json!({"hold_ids": [nobody]}), invalid),
        ("pay", json!({"seat_ids": null, "hold_ids": []}), invalid),
        ("pay", json!({"seat_ids": null, "hold_ids": [nobody]}), (404, "hold_not_found")),
        ("pay", json!({"seat_ids": null, "hold_ids": ["mine"]}), malformed),
        ("pay", json!({"seat_ids": null, "hold_ids": vec![nobody; 65]}), invalid),
        ("pay", json!({"seat_ids": ["1-16777217"]}), (404, "seat_not_found")),
        ("pay", json!({"seat_ids": []}), invalid),
        ("pay", json!({"seat_ids": many}), invalid),
        ("pay", json!({"seat_ids": [long]}), (404, "seat_not_found")),
        ("pay", json!({"seat_ids": [seats[0], seats[0]]}), invalid),
        ("pay", json!({"seat_ids": [taken], "amount": 1000}), (409, "seat_taken")),
        ("pay", json!({"seat_ids": [stage.stranger.seat_elsewhere], "amount": 1000}), (404, "seat_not_found")),
        ("pay", json!({"amount": 0}), (409, "amount_mismatch")),
        ("pay", json!({"amount": 1999}), (409, "amount_mismatch")),
    ];
    all_bent(&mut refusals, &table).await;
    refusals.finish(table.len());
}
