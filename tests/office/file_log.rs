//! The data file's log: while somebody looks at an old state for long it grows, which is noticed; afterwards it gives back what is more
//! than it needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boxoffice::config::Limits;
use boxoffice::jobs;
use serde_json::{Value, json};

use crate::support::{Concert, OPERATOR, Office, limits};

const KEPT: u64 = 1 << 20;

/// A commit of a megabyte.
async fn write(office: &Office, concert: &Concert, nth: u8) {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.resize(1 << 20, nth);
    let path = format!("/v1/operator/concerts/{}/picture", concert.id);
    let answer = office.put(&path, OPERATOR, json!({ "data": STANDARD.encode(picture) })).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_grows_while_an_old_state_is_looked_at_and_gives_back_what_it_took() {
    let office = Office::with_limits(Limits { log_bytes: KEPT, ..limits() }, |_| {}).await;
    let concert = office.concert(Value::Null, 1, 4).await;
    let log = || office.app.store.file_bytes()[1];
    let looks = rusqlite::Connection::open(&office.data).expect("the data file");
    let pins = looks.unchecked_transaction().expect("a transaction");
    let halls: i64 = pins.query_row("SELECT count(*) FROM hall", [], |row| row.get(0)).expect("a count");
    assert_eq!(halls, 1);

    let app = office.app.clone();
    let noticed = tokio::spawn(async move { jobs::log_has_grown(&app.office).await });
    // It has seen the log before it grows.
    tokio::task::yield_now().await;
    while !noticed.is_finished() {
        for nth in 0..4 {
            write(&office, &concert, nth).await;
        }
        assert!(log() < 256 << 20, "nobody notices");
    }
    noticed.await.expect("it noticed");
    assert!(log() > 2 * KEPT, "{} bytes", log());

    drop(pins);
    // One commit empties it, the next begins it anew.
    for nth in 0..3 {
        write(&office, &concert, nth).await;
    }
    office.concert(Value::Null, 1, 4).await;
    assert!(log() <= 4 * KEPT, "{} bytes stay", log());
    office.verify();
}
