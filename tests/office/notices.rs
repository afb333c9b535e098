//! Notices of providers where there are two: each is believed about its own checkouts alone.

use serde_json::json;

use crate::provider_server::{ProviderServer, Said};
use crate::providers::{OWN, WEBHOOK, notify, standard_notice};
use crate::support::{Office, text};

/// Of two providers neither speaks for the other's checkouts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_heard_of_its_own_checkouts_alone() {
    let server = ProviderServer::start().await;
    let settings = [
        "toss://test_sk_1@HOST?account=mid_1".to_owned(),
        format!("standard://{OWN}@HOST/pay?account=till-1&webhook={WEBHOOK}"),
    ];
    let settings = settings.map(|of| of.replace("HOST", &server.address.to_string()).parse().expect("a setting"));
    let office = Office::with(|config| {
        config.checkout.fake_provider = false;
        config.checkout.provider = settings.into();
        config.mail.public_url = Some("https://hall.example/".to_owned());
    })
    .await;
    let buyer = office.buyer().await;
    let body = json!({"amount": 12_000, "provider": "standard"});
    let opened = office.post("/v1/balance/checkouts", &buyer.session, body).await;
    assert_eq!(opened.status, 201, "{}", opened.json());
    let id = text(&opened.json()["id"]);
    let of_toss = json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": id, "status": "DONE"}}).to_string();
    assert_eq!(notify(&office, "toss", &[], &of_toss).await.status, 204);
    assert!(server.asked().is_empty(), "it is the other's");
    let own = json!({"type": "checkout.changed", "data": {"checkout_id": id}});
    server.say(Said::answer(404, json!({})));
    assert_eq!(standard_notice(&office, "standard", WEBHOOK, &own, 0).await.status, 204);
    assert_eq!(server.asked().len(), 1);
    office.verify();
}
