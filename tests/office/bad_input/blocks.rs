//! Blocks that break a rule: what is refused, and with which code.

use serde_json::json;

use super::Refusals;
use super::rules::{Bent, all_bent};
use super::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_that_break_a_rule() {
    let stage = Stage::set().await;
    let mut refusals = Refusals::on(&stage);
    let (long, seats, taken) = ("x".repeat(7000), &stage.seats, &stage.stranger.held_seat);
    let invalid = (400, "invalid_field");
    let table: Vec<Bent<'_>> = vec![
        ("block_seats", json!({"reason": ""}), invalid),
        ("block_seats", json!({"reason": "\u{7}"}), invalid),
        ("block_seats", json!({"reason": long}), invalid),
        ("block_seats", json!({"seat_ids": []}), invalid),
        ("block_seats", json!({"seat_ids": [long]}), (404, "seat_not_found")),
        ("block_seats", json!({"seat_ids": ["1-21"]}), (404, "seat_not_found")),
        ("block_seats", json!({"seat_ids": [stage.stranger.seat_elsewhere]}), (404, "seat_not_found")),
        ("block_seats", json!({"seat_ids": [seats[6], seats[6]]}), invalid),
        ("block_seats", json!({"seat_ids": [seats[6], taken]}), (409, "seat_taken")),
        ("block_seats", json!({"seat_ids": [taken, seats[0], seats[18]], "skip_taken": true}), (409, "seat_taken")),
        ("block_seats", json!({"standing": {"section": "Stalls", "quantity": 1}}), invalid),
        (
            "block_seats",
            json!({"seat_ids": null, "standing": {"section": "Stalls", "quantity": 1}}),
            (404, "section_not_found"),
        ),
        (
            "block_seats",
            json!({"seat_ids": null, "standing": {"section": "", "quantity": 1}}),
            (404, "section_not_found"),
        ),
        ("free_seats", json!({"seat_ids": []}), invalid),
        ("free_seats", json!({"seat_ids": [seats[6]]}), invalid),
        ("free_seats", json!({"seat_ids": ["1-21"]}), invalid),
        ("free_seats", json!({"seat_ids": [stage.stranger.seat_elsewhere]}), (404, "seat_not_found")),
        ("free_seats", json!({"quantity": 1}), invalid),
        ("free_seats", json!({"seat_ids": null, "quantity": 1}), invalid),
    ];
    all_bent(&mut refusals, &table).await;
    refusals.finish(table.len());
}
