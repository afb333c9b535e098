//! What those who watch are shown: `/healthz`, `/readyz`, `/metrics`.

use boxoffice::client::{Answer, Client};
use boxoffice::jobs::{Backups, back_up_if_due};

use crate::support::{HOUR_MS, Office};

async fn watched() -> Office {
    Office::with(|config| config.metrics_listen = Some("127.0.0.1:0".parse().expect("an address"))).await
}

async fn look(office: &Office, path: &str) -> Answer {
    let address = office.metrics.expect("an address for those who watch");
    Client::connect(address).await.expect("it listens").get(path, None).await.expect("an answer")
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).expect("UTF-8")
}

/// The value of a figure, by its whole name with labels.
#[track_caller]
fn figure(page: &str, name: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{page}")).parse().expect("a number")
}

#[tokio::test]
async fn figures_are_what_happened() {
    let office = watched().await;
    let concert = office.concert(serde_json::json!({"max_admitted": 1}), 1, 10).await;
    let buyers = office.buyers(3).await;
    let token = office.enter(&buyers[0], &concert).await;
    for buyer in &buyers[1..] {
        office.join(buyer, &concert).await;
    }
    let seats = office.seat_ids(&token, &concert).await;
    office.held(&token, &concert, &[&seats[0]]).await;
    office.top_up(&token, 5000).await;
    assert_eq!(office.pay(&token, &[&seats[0]], 999).await.code(), "amount_mismatch");
    assert_eq!(office.pay(&token, &[&seats[0], &seats[1]], 2000).await.status, 201);

    let answer = look(&office, "/metrics").await;
    assert_eq!(answer.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let page = text(&answer);
    for (name, value) in [
        ("boxoffice_requests_total{operation=\"issue_token\",status=\"201\"}", 3.0),
        ("boxoffice_requests_total{operation=\"pay\",status=\"409\"}", 1.0),
        ("boxoffice_request_duration_seconds_count{operation=\"pay\"}", 2.0),
        ("boxoffice_refusals_total{code=\"amount_mismatch\"}", 1.0),
        ("boxoffice_payments_total", 1.0),
        ("boxoffice_tickets_total", 2.0),
        ("boxoffice_takings_total", 2000.0),
        // The one who paid made room for the next.
        ("boxoffice_admissions_total", 2.0),
        ("boxoffice_waiting", 1.0),
        ("boxoffice_inside", 1.0),
        ("boxoffice_writer_waiting{lane=\"outside\"}", 0.0),
        ("boxoffice_ready{check=\"writer\"}", 1.0),
        ("boxoffice_limited_total{limit=\"joins\"}", 0.0),
        (&format!("boxoffice_queue_waiting{{concert=\"{}\"}}", concert.id), 1.0),
    ] {
        assert_eq!(figure(&page, name), value, "{name}");
    }
    for name in ["commit_duration_seconds_count", "changes_total", "resident_memory_bytes", "data_file_bytes"] {
        assert!(figure(&page, &format!("boxoffice_{name}")) > 0.0, "{name}");
    }
    let commits = |of: &str| figure(&page, &format!("boxoffice_commit_duration_seconds_{of}"));
    assert_eq!(commits("bucket{le=\"+Inf\"}"), commits("count"), "without the last step no quantile is a number");
    assert!(page.ends_with("# EOF\n"));
    assert_eq!(look(&office, "/v1/concerts").await.status, 404, "the office itself is elsewhere");
    assert_eq!(office.get("/metrics", "").await.status, 404, "and figures are not where buyers are");
}

#[tokio::test]
async fn an_office_is_ready_while_writer_disk_and_clock_are_well() {
    let office = watched().await;
    for path in ["/healthz", "/readyz"] {
        let here = look(&office, path).await;
        let there =
            Client::connect(office.address).await.expect("it listens").get(path, None).await.expect("an answer");
        assert_eq!((here.status, there.status), (200, 200), "{path}: {}", text(&there));
    }
    office.clock.step_wall_ms(HOUR_MS);
    // A leap is believed once it has stood.
    office.advance_ms(2 * 60_000).await;
    let unready = look(&office, "/readyz").await;
    assert_eq!(unready.status, 503);
    assert!(text(&unready).starts_with("clock: it was set by "), "{}", text(&unready));
    assert_eq!(look(&office, "/healthz").await.status, 200, "it lives");
    office.clock.step_wall_ms(-HOUR_MS);
    office.advance_ms(2 * 60_000).await;
    assert_eq!(look(&office, "/readyz").await.status, 200);

    std::fs::remove_file(&office.data).expect("the data file");
    assert!(!office.app.store.check_file());
    office.advance_ms(5000).await;
    let unready = look(&office, "/readyz").await;
    assert_eq!((unready.status, text(&unready).as_str()), (503, "writer: it has failed\n"));
    assert!(text(&look(&office, "/metrics").await).contains("boxoffice_ready{check=\"writer\"} 0\n"));
}

#[tokio::test]
async fn the_age_of_the_newest_backup_is_shown_where_there_are_any() {
    assert!(!text(&look(&watched().await, "/metrics").await).contains("boxoffice_backup"));
    let home = tempfile::TempDir::new().expect("a folder");
    let office = Office::with(|config| {
        config.metrics_listen = Some("127.0.0.1:0".parse().expect("an address"));
        config.backups.to = Some(home.path().to_owned());
    });
    let office = office.await;
    let due = back_up_if_due(&office.app.office).await.expect("a folder was named");
    office.clock.advance_ms((due.0 - office.now().0) / 2);
    let page = text(&look(&office, "/metrics").await);
    let newest = office.app.part::<Backups>().status().newest.expect("one was made");
    let age = ((office.now().0 - newest.0) / 1000) as f64;
    assert!(age > 0.0, "{age}");
    assert_eq!(figure(&page, "boxoffice_backup_age_seconds"), age);
    assert_eq!(figure(&page, "boxoffice_backup_failing"), 0.0);
}
