//! The living file verified beside the sale: by the desk's wish, told how far it is and what it found.

use boxoffice::jobs::{Verification, verify_living};
use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, refused};

const PATH: &str = "/v1/operator/verification";

async fn status(office: &Office) -> Value {
    office.get(PATH, OPERATOR).await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_sees_whether_the_living_file_keeps_the_laws() {
    let office = Office::open().await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 10).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    office.top_up(&token, 5000).await;
    assert_eq!(status(&office).await["last"], Value::Null, "nobody has looked yet");

    // A sale goes on beside it.
    let seats = office.seat_ids(&token, &concert).await;
    let first = [seats[0].as_str()];
    let (sound, paid) = tokio::join!(verify_living(&office.app.office), office.pay(&token, &first, 1000));
    assert_eq!(paid.status, 201, "{}", paid.json());
    assert!(sound.is_sound(), "{sound:?}");
    let seen = status(&office).await;
    assert_eq!((&seen["last"]["result"], &seen["last"]["breach_count"]), (&json!("sound"), &json!(0)), "{seen}");
    assert_eq!(office.get("/v1/operator/attention", OPERATOR).await.json()["needs"], json!([]));

    let file = rusqlite::Connection::open(&office.data).expect("the data file");
    assert_eq!(
        file.execute("UPDATE posting SET balance_after = balance_after + 1 WHERE amount < 0", []).expect("a lock"),
        1
    );
    assert!(!verify_living(&office.app.office).await.is_sound());
    let seen = status(&office).await;
    let last = &seen["last"];
    assert_eq!((&last["result"], last["breaches"][0]["law"].as_i64()), (&json!("broken"), Some(2)), "{seen}");
    office.clock.advance_ms(1000);
    let needs = office.get("/v1/operator/attention", OPERATOR).await.json()["needs"].clone();
    assert_eq!(needs[0], json!({"code": "file_broken", "count": last["breach_count"]}));

    assert_eq!(
        file.execute("UPDATE posting SET balance_after = balance_after - 1 WHERE amount < 0", []).expect("a lock"),
        1
    );
    assert!(verify_living(&office.app.office).await.is_sound(), "mended");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_that_is_asked_for_is_made_once_and_stands_in_the_log() {
    let office = Office::open().await;
    let mut told = tokio::time::interval(std::time::Duration::from_millis(5));
    let asked = office.post_once(PATH, OPERATOR, "the wish", Value::Null).await;
    assert_eq!(asked.status, 202, "{}", asked.json());
    let verification = office.app.part::<Verification>();
    while verification.status().last.is_none() {
        told.tick().await;
    }
    let first = verification.status().last;
    assert_eq!(status(&office).await["last"]["result"], "sound");
    let again = office.post_once(PATH, OPERATOR, "the wish", Value::Null).await;
    assert_eq!((again.status, again.json()), (202, asked.json()), "the same wish said again");
    assert_eq!(verification.status().last, first, "and nothing was made of it");
    let log = office.get("/v1/operator/audit?subject=verification", OPERATOR).await.json();
    assert_eq!(log["lines"].as_array().map(Vec::len), Some(1), "{log}");
    refused(&office.get(PATH, &office.buyer().await.session).await, 401, "staff_key_wrong");
}
