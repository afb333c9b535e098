//! What happens without a request: no job waits for another.

use boxoffice::reservation::SeatMaps;
use serde_json::json;

use crate::support::{Concert, Office, text};

/// The job that ends holds stands still; draws and admissions go on. The jobs are the running server's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draws_and_admissions_go_on_while_another_job_is_stuck() {
    let office = Office::open().await;
    let _stuck = office.app.part::<SeatMaps>().doing_due.lock().await;
    let on_sale_at = office.now().plus_ms(60_000);
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at.to_rfc3339()});
    let concert =
        Concert { id: text(&office.make("/v1/operator/concerts", concert).await["id"]), performance: String::new() };
    let token = text(&office.join(&office.buyer().await, &concert).await["token"]);
    assert_eq!(office.position(&token).await["number"], json!(null));

    office.clock.set(on_sale_at);

    let drawn = async { while office.position(&token).await["status"] != "admitted" {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), drawn).await.expect("the draw is made");
}
