//! The best seats: which they are, what is relaxed when they cannot be had, and a rush for them.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice::client::Answer;
use serde_json::{Value, json};

use crate::catalogue::{CHRISTMAS, concert_in, row};
use crate::contention::{enter_all, post, rush, tally};
use crate::support::{Concert, Office, instant, refused, text};

async fn best(office: &Office, token: &str, concert: &Concert, grade: &str, quantity: u32) -> Answer {
    wish(office, token, concert, json!({"grade": grade, "quantity": quantity})).await
}

async fn wish(office: &Office, token: &str, concert: &Concert, best: Value) -> Answer {
    office.post("/v1/holds", token, json!({"performance_id": concert.performance, "best": best})).await
}

/// Row and number of the seats that were held.
#[track_caller]
fn labels(hold: &Answer) -> Vec<String> {
    assert_eq!(hold.status, 201, "{}", hold.json());
    let seats = hold.json()["seats"].as_array().expect("seats").clone();
    seats.iter().map(|seat| text(&seat["row"]) + &text(&seat["label"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_best_seats_are_side_by_side_near_the_middle_and_leave_nobody_alone() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(20)).await;
    let rows = json!([row("V", json!(2), "VIP"), row("A", json!(6), "R"), row("B", json!(6), "R")]);
    let concert = concert_in(&office, "Asia/Seoul", rows, CHRISTMAS).await;
    let token = office.enter(&office.buyer().await, &concert).await;

    let first = best(&office, &token, &concert, "R", 2).await;
    assert_eq!(labels(&first), ["A3", "A4"], "the middle of the best row of the grade");
    assert_eq!(first.json()["amount"], 2000);
    assert_eq!(first.json()["relaxed"], json!([]), "every rule is kept");
    let three = labels(&best(&office, &token, &concert, "R", 3).await);
    assert_eq!(three, ["B1", "B2", "B3"], "row A has no three, and B2 to B4 would leave B1 alone");
    assert_eq!(labels(&best(&office, &token, &concert, "R", 2).await), ["A1", "A2"]);
    assert_eq!(labels(&best(&office, &token, &concert, "R", 1).await), ["B4"], "A5 would leave A6 alone");
    assert_eq!(labels(&best(&office, &token, &concert, "R", 2).await), ["A5", "A6"]);
    let last = best(&office, &token, &concert, "R", 1).await;
    assert_eq!((labels(&last), &last.json()["relaxed"]), (vec!["B5".to_owned()], &json!(["no_lone_seat"])));
    assert_eq!(labels(&best(&office, &token, &concert, "VIP", 2).await), ["V1", "V2"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_neighbours_the_best_seats_are_the_nearest() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(20)).await;
    let rows = json!([row("A", json!(7), "R"), row("B", json!(7), "R")]);
    let concert = concert_in(&office, "Asia/Seoul", rows, CHRISTMAS).await;
    let (crowd, token) = (office.buyer().await, office.buyer().await);
    let (crowd, token) = (office.enter(&crowd, &concert).await, office.enter(&token, &concert).await);
    let seats = office.seat_ids(&token, &concert).await;
    // Free are A1, A7 and B6: A7 and B6 lie nearest to each other.
    let taken: Vec<_> = (0..14).filter(|at| ![0, 6, 12].contains(at)).map(|at| seats[at].as_str()).collect();
    office.held(&crowd, &concert, &taken).await;

    let nearest = best(&office, &token, &concert, "R", 2).await;
    assert_eq!(labels(&nearest), ["A7", "B6"]);
    assert_eq!(nearest.json()["relaxed"], json!(["side_by_side", "nobody_alone"]));

    let too_many = best(&office, &token, &concert, "R", 2).await;
    refused(&too_many, 409, "not_enough_seats");
    assert_eq!(too_many.json()["available"], 1);
    assert_eq!(labels(&best(&office, &token, &concert, "R", 1).await), ["A1"]);
    refused(&best(&office, &token, &concert, "R", 1).await, 409, "not_enough_seats");
    refused(&best(&office, &token, &concert, "S", 1).await, 404, "grade_not_found");
    refused(&best(&office, &token, &concert, "R", 0).await, 400, "invalid_field");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_best_seats_count_a_seat_whose_hold_has_ended() {
    let office = Office::open().await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let (first, second) = (office.buyer().await, office.buyer().await);
    let (first, second) = (office.enter(&first, &concert).await, office.enter(&second, &concert).await);
    let hold = best(&office, &first, &concert, "R", 2).await;
    assert_eq!(labels(&hold), ["11", "12"]);

    office.clock.set(instant(&hold.json()["held_until"]).plus_ms(-1));
    refused(&best(&office, &second, &concert, "R", 2).await, 409, "not_enough_seats");
    office.clock.set(instant(&hold.json()["held_until"]));
    assert_eq!(labels(&best(&office, &second, &concert, "R", 2).await), ["11", "12"]);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_fits_in_no_row_sits_in_neighbouring_rows() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let rows: Vec<_> = ["A", "B", "C"].iter().map(|name| row(name, json!(5), "R")).collect();
    let concert = concert_in(&office, "Asia/Seoul", json!(rows), CHRISTMAS).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let group = wish(&office, &token, &concert, json!({"quantity": 8})).await;
    assert_eq!(group.json()["relaxed"], json!(["side_by_side"]), "nobody sits alone, nobody is left alone");
    let rows: BTreeSet<String> = labels(&group).iter().map(|label| label[..1].to_owned()).collect();
    assert_eq!(rows, BTreeSet::from(["A".to_owned(), "B".to_owned()]));
    let rest = wish(&office, &token, &concert, json!({"quantity": 7, "section": " Stalls"})).await;
    assert_eq!(rest.status, 201, "seven are left: {}", rest.json());
    refused(&wish(&office, &token, &concert, json!({"quantity": 1})).await, 409, "not_enough_seats");
    refused(
        &wish(&office, &token, &concert, json!({"quantity": 1, "section": "Roof"})).await,
        404,
        "section_not_found",
    );
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_is_served_at_once_while_seats_last() {
    let office = Office::with(|config| config.terms.seats_per_user = Some(64)).await;
    let concert = office.concert(json!({"max_admitted": null}), 80, 100).await;
    let tokens = enter_all(&office, &office.buyers(160).await, &concert).await;
    let hold = |token: &String| {
        let best = json!({"performance_id": concert.performance, "best": {"quantity": 50}});
        post("/v1/holds", token, best)
    };
    let answers = rush(&office, tokens.iter().map(hold).collect()).await;
    assert_eq!(tally(&answers), BTreeMap::from([((201, String::new()), 160)]), "8,000 seats, fifty for each");
    let holds: Vec<_> = answers.iter().map(Answer::json).collect();
    let seats = holds.iter().flat_map(|hold| hold["seats"].as_array().expect("seats")).map(|seat| text(&seat["id"]));
    assert_eq!(seats.collect::<BTreeSet<_>>().len(), 8_000, "no seat went twice");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rush_for_the_last_seats_sells_them_all() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 5, 11).await;
    let tokens = enter_all(&office, &office.buyers(160).await, &concert).await;
    let hold = |token: &String| {
        post("/v1/holds", token, json!({"performance_id": concert.performance, "best": {"quantity": 2}}))
    };
    let answers = rush(&office, tokens.iter().map(hold).collect()).await;
    let expected = BTreeMap::from([((201, String::new()), 27), ((409, "not_enough_seats".to_owned()), 133)]);
    assert_eq!(tally(&answers), expected, "of 55 seats one is left");
    office.verify();
}
