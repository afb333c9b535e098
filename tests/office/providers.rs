//! Each provider's adapter against a real HTTP server that speaks that provider's form: what it is asked, what follows from
//! what it says, its refusals, silence and nonsense; and its notices, genuine, forged and old.

use boxoffice::client::{Answer, Ask};
use boxoffice::signature::{SigningSecret, mac};
use serde_json::{Value, json};

use crate::provider_server::{Asked, ProviderServer, Said};
use crate::support::{Buyer, OPERATOR, Office, refused, text};

pub const WEBHOOK: &str = "whsec_bm90aWNlcyBhcmUgc2lnbmVkIHdpdGggdGhpcw==";
pub const OWN: &str = "whsec_d2UgYXNrIGFuZCBzZW5kIGJ1eWVycyB3aXRoIHRoaXM=";

/// An office with one provider, which is this server.
async fn office(server: &ProviderServer, setting: &str) -> (Office, Buyer) {
    let setting = setting.replace("HOST", &server.address.to_string());
    let office = Office::with(|config| {
        config.checkout.fake_provider = false;
        config.checkout.provider = vec![setting.parse().expect("a setting")];
        config.mail.public_url = Some("https://hall.example/".to_owned());
    })
    .await;
    let buyer = office.buyer().await;
    (office, buyer)
}

async fn open(office: &Office, buyer: &Buyer) -> Value {
    let answer = office.post("/v1/balance/checkouts", &buyer.session, json!({"amount": 12_000})).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()
}

async fn back(office: &Office, buyer: &Buyer, id: &str, parameters: Value) -> Value {
    let path = format!("/v1/balance/checkouts/{id}/return");
    let answer = office.post(&path, &buyer.session, json!({ "parameters": parameters })).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn balance(office: &Office, buyer: &Buyer) -> i64 {
    office.get("/v1/balance", &buyer.session).await.json()["balance"].as_i64().expect("a balance")
}

pub async fn notify(office: &Office, provider: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let path = format!("/v1/webhooks/{provider}");
    let ask = Ask { method: "POST", path: &path, bearer: None, body: Some(body.as_bytes().to_vec()), headers };
    office.client().await.send(&ask).await.expect("an answer")
}

/// A Standard Webhook signed so many seconds ago.
pub async fn standard_notice(office: &Office, provider: &str, secret: &str, body: &Value, ago: i64) -> Answer {
    let (body, at) = (body.to_string(), (office.now().0 / 1000 - ago).to_string());
    let signature = SigningSecret::read(secret).expect("a secret").sign("msg_1", &at, body.as_bytes());
    let headers = [("webhook-id", "msg_1"), ("webhook-timestamp", at.as_str()), ("webhook-signature", &signature)];
    notify(office, provider, &headers, &body).await
}

/// What a provider says that is of no use leaves the checkout open, and it is asked again.
async fn nonsense_leaves_it_open(office: &Office, buyer: &Buyer, server: &ProviderServer, id: &str) {
    let nonsense = [
        Said::answer(500, json!({"code": "oops"})),
        Said::answer(401, json!({"code": "UNAUTHORIZED"})),
        Said::answer(429, json!({})),
        Said::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"half\""),
        Said::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}"),
        Said::raw(b"not HTTP at all\r\n\r\n"),
        Said::raw(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
        Said::answer(200, json!([])),
        Said::answer(200, json!({})),
        Said::answer(200, json!({"status": "NEW_AND_UNKNOWN", "state": "new", "amount": "12000"})),
        Said::answer(200, json!({"status": 7, "state": {}, "amount": 1e30})),
        Said::Hangs,
        Said::Drops,
    ];
    for said in nonsense {
        let what = format!("{said:?}");
        server.say(said);
        let shown = back(office, buyer, id, json!({})).await;
        assert_eq!(shown["state"], "pending", "{what}");
    }
    assert_eq!(balance(office, buyer).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripe_checkout() {
    let server = ProviderServer::start().await;
    let (office, buyer) =
        office(&server, &format!("stripe://sk_test_a%2Bb@HOST?webhook={WEBHOOK}&webhook=whsec_old")).await;
    server.say(Said::answer(200, json!({"id": "cs_test_1", "url": "https://checkout.stripe.com/c/1"})));
    let opened = open(&office, &buyer).await;
    let id = text(&opened["id"]);
    assert_eq!(opened["redirect_url"], "https://checkout.stripe.com/c/1");
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /v1/checkout/sessions HTTP/1.1");
    assert_eq!(asked[0].header("authorization"), "Bearer sk_test_a+b");
    assert_eq!(asked[0].header("idempotency-key"), format!("begin-{id}"));
    let form: std::collections::BTreeMap<_, _> = url_form(&asked[0].body).into_iter().collect();
    assert_eq!(form["client_reference_id"], id);
    assert_eq!(form["line_items[0][price_data][unit_amount]"], "12000");
    assert_eq!(form["line_items[0][price_data][currency]"], "krw");
    assert_eq!(form["success_url"], format!("https://hall.example/?checkout={id}"));
    let expires_at: i64 = form["expires_at"].parse().expect("seconds");
    assert!(expires_at >= office.now().0 / 1000 + 30 * 60, "a session lives half an hour at least");

    let session = |status: &str, paid: &str, amount: i64, live: bool, of: &str| {
        json!({"id": "cs_test_1", "status": status, "payment_status": paid, "amount_total": amount, "currency": "krw",
            "client_reference_id": of, "livemode": live})
    };
    nonsense_leaves_it_open(&office, &buyer, &server, &id).await;
    server.say(Said::answer(200, session("complete", "unpaid", 12_000, false, &id)));
    assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "pending", "a method that takes days");

    let event = json!({"id": "evt_1", "type": "checkout.session.completed",
        "data": {"object": {"id": "cs_test_1", "client_reference_id": id}}})
    .to_string();
    let signed = |secret: &str, at: i64| {
        let mac = mac(secret.as_bytes(), &[at.to_string().as_bytes(), b".", event.as_bytes()]);
        format!("t={at},v1=00ff,v1={},v0=aa", data_encoding::HEXLOWER.encode(&mac))
    };
    let now = office.now().0 / 1000;
    for forged in [signed("whsec_other", now), signed("whsec_old", now - 301), "t=1".to_owned(), String::new()] {
        let answer = notify(&office, "stripe", &[("stripe-signature", &forged)], &event).await;
        refused(&answer, 400, "notice_not_genuine");
    }
    server.say(Said::answer(200, session("complete", "paid", 12_000, false, &id)));
    let answer = notify(&office, "stripe", &[("stripe-signature", &signed("whsec_old", now))], &event).await;
    assert_eq!(answer.status, 204, "either secret, while one is being replaced: {}", answer.json());
    assert_eq!(balance(&office, &buyer).await, 12_000);
    assert_eq!(server.asked().last().expect("asked").line, "GET /v1/checkout/sessions/cs_test_1 HTTP/1.1");

    // Not ours in one way or another: never credited.
    for bent in [
        session("complete", "paid", 11_999, false, "ID"),
        session("complete", "paid", 12_000, true, "ID"),
        session("complete", "paid", 12_000, false, "00000000-0000-0000-0000-000000000000"),
    ] {
        server.say(Said::answer(200, json!({"id": "cs_test_2", "url": "https://checkout.stripe.com/c/2"})));
        let id = text(&open(&office, &buyer).await["id"]);
        let mut bent = bent;
        if bent["client_reference_id"] == "ID" {
            bent["client_reference_id"] = json!(id);
        }
        server.say(Said::answer(200, bent));
        assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "disputed");
    }
    assert_eq!(balance(&office, &buyer).await, 12_000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_refuses_or_is_silent_at_the_beginning() {
    let server = ProviderServer::start().await;
    let (office, buyer) = office(&server, &format!("stripe://sk_test_1@HOST?webhook={WEBHOOK}")).await;
    server.say(Said::answer(400, json!({"error": {"code": "amount_too_small", "message": "no"}})));
    let failed = open(&office, &buyer).await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(failed["problem"], "it answers 400 amount_too_small");

    let body = json!({"amount": 12_000});
    server.say(Said::Hangs);
    let silent = office.post_once("/v1/balance/checkouts", &buyer.session, "k", body.clone()).await;
    refused(&silent, 503, "provider_silent");
    server.say(Said::answer(200, json!({"id": "cs_test_3", "url": "https://checkout.stripe.com/c/3"})));
    let again = office.post_once("/v1/balance/checkouts", &buyer.session, "k", body).await;
    assert_eq!((again.status, &again.json()["state"]), (201, &json!("pending")), "{}", again.json());
    let keys: Vec<_> = server.asked().iter().skip(1).map(|asked| asked.header("idempotency-key")).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "the provider makes one session: {keys:?}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toss_payments() {
    let server = ProviderServer::start().await;
    let (office, buyer) = office(&server, "toss://test_sk_1@HOST?account=mid_1").await;
    let payment = |id: &str, status: &str, amount: i64| {
        json!({"mId": "mid_1", "paymentKey": "key_1", "orderId": id, "status": status, "totalAmount": amount,
            "balanceAmount": amount, "currency": "KRW", "checkout": {"url": "https://pay.toss.im/1"}})
    };
    server.say(Said::answer(200, payment("", "READY", 12_000)));
    let opened = open(&office, &buyer).await;
    let id = text(&opened["id"]);
    assert_eq!(opened["redirect_url"], "https://pay.toss.im/1");
    let first = server.asked().remove(0);
    assert_eq!(
        (first.line.as_str(), first.json()["orderId"].as_str()),
        ("POST /v1/payments HTTP/1.1", Some(id.as_str()))
    );
    assert_eq!(first.header("authorization"), "Basic dGVzdF9za18xOg==");
    nonsense_leaves_it_open(&office, &buyer, &server, &id).await;

    // What comes back with the buyer is compared before anything is confirmed.
    for (order, amount) in [(id.as_str(), "1"), ("another", "12000")] {
        server.say(Said::answer(200, payment(&id, "READY", 12_000)));
        let came = json!({"paymentKey": "key_1", "orderId": order, "amount": amount});
        assert_eq!(back(&office, &buyer, &id, came).await["state"], "pending");
        let last = server.asked().pop().expect("asked");
        assert_eq!(last.line, format!("GET /v1/payments/orders/{id} HTTP/1.1"), "not confirmed");
    }
    // A notice is signed by nobody: it only says where to look.
    server.say(Said::answer(200, payment(&id, "READY", 12_000)));
    let notice = json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": id, "status": "DONE"}}).to_string();
    assert_eq!(notify(&office, "toss", &[], &notice).await.status, 204);
    assert_eq!(balance(&office, &buyer).await, 0);

    server.say(Said::answer(200, payment(&id, "DONE", 12_000)));
    let came = json!({"paymentKey": "key_1", "orderId": id, "amount": "12000"});
    assert_eq!(back(&office, &buyer, &id, came).await["state"], "paid");
    let confirmed = server.asked().pop().expect("asked");
    assert_eq!(confirmed.line, "POST /v1/payments/confirm HTTP/1.1");
    assert_eq!(confirmed.json(), json!({"paymentKey": "key_1", "orderId": id, "amount": 12_000}));
    assert_eq!(balance(&office, &buyer).await, 12_000);

    // The buyer agreed and never came back: the sweep confirms. And one whose confirmation was lost.
    server.say(Said::answer(200, payment("", "READY", 12_000)));
    let id = text(&open(&office, &buyer).await["id"]);
    server.say(Said::answer(200, payment(&id, "IN_PROGRESS", 12_000)));
    server.say(Said::answer(400, json!({"code": "ALREADY_PROCESSED_PAYMENT"})));
    server.say(Said::answer(200, payment(&id, "DONE", 12_000)));
    office.advance_ms(20_000).await;
    assert_eq!(balance(&office, &buyer).await, 24_000);

    server.say(Said::answer(200, payment("", "READY", 12_000)));
    let id = text(&open(&office, &buyer).await["id"]);
    let mut theirs = payment(&id, "DONE", 12_000);
    theirs["mId"] = json!("mid_2");
    server.say(Said::answer(200, theirs));
    assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "disputed", "another shop's");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn portone() {
    let server = ProviderServer::start().await;
    let setting = format!("portone://api_secret@HOST?store=store-1&channel=channel-1&webhook={WEBHOOK}");
    let (office, buyer) = office(&server, &setting).await;
    server.say(Said::answer(200, json!({})));
    let opened = open(&office, &buyer).await;
    let id = text(&opened["id"]);
    let parameters: Value = serde_json::from_str(&text(&opened["parameters"])).expect("JSON");
    assert_eq!((&parameters["paymentId"], &parameters["totalAmount"]), (&json!(id), &json!(12_000)), "{parameters}");
    let first = server.asked().remove(0);
    assert_eq!(first.line, format!("POST /payments/{id}/pre-register HTTP/1.1"));
    assert_eq!(first.header("authorization"), "PortOne api_secret");
    assert_eq!(first.json()["totalAmount"], 12_000, "its amount is pinned before the browser opens it");
    nonsense_leaves_it_open(&office, &buyer, &server, &id).await;

    let payment = |id: &str, status: &str, store: &str, channel: &str| {
        json!({"status": status, "id": id, "storeId": store, "channel": {"type": channel}, "currency": "KRW",
            "amount": {"total": 12_000, "paid": 12_000, "cancelled": 0}})
    };
    let notice = |id: &str| json!({"type": "Transaction.Paid", "data": {"paymentId": id, "storeId": "store-1"}});
    refused(&standard_notice(&office, "portone", OWN, &notice(&id), 0).await, 400, "notice_not_genuine");
    refused(&standard_notice(&office, "portone", WEBHOOK, &notice(&id), 301).await, 400, "notice_not_genuine");
    server.say(Said::answer(200, payment(&id, "PAID", "store-1", "LIVE")));
    let answer = standard_notice(&office, "portone", WEBHOOK, &notice(&id), 299).await;
    assert_eq!(answer.status, 204, "{}", answer.json());
    assert_eq!(balance(&office, &buyer).await, 12_000);
    let last = server.asked().pop().expect("asked");
    assert_eq!(last.line, format!("GET /payments/{id}?storeId=store-1 HTTP/1.1"));

    for (store, channel) in [("store-2", "LIVE"), ("store-1", "TEST")] {
        server.say(Said::answer(200, json!({})));
        let id = text(&open(&office, &buyer).await["id"]);
        server.say(Said::answer(200, payment(&id, "PAID", store, channel)));
        assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "disputed", "{store} {channel}");
    }
    for (status, state) in [("FAILED", "failed"), ("CANCELLED", "cancelled"), ("VIRTUAL_ACCOUNT_ISSUED", "pending")] {
        server.say(Said::answer(200, json!({})));
        let id = text(&open(&office, &buyer).await["id"]);
        server.say(Said::answer(200, payment(&id, status, "store-1", "LIVE")));
        assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], state);
    }
    server.say(Said::answer(404, json!({"type": "PAYMENT_NOT_FOUND"})));
    assert_eq!(balance(&office, &buyer).await, 12_000);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_venues_own_payment_page() {
    let server = ProviderServer::start().await;
    let (office, buyer) = office(&server, &format!("standard://{OWN}@HOST/pay?account=till-1&webhook={WEBHOOK}")).await;
    let opened = open(&office, &buyer).await;
    let id = text(&opened["id"]);
    let url = text(&opened["redirect_url"]);
    let (base, query) = url.split_once('?').expect("a query");
    assert_eq!(base, format!("http://{}/pay", server.address));
    let form: std::collections::BTreeMap<_, _> = url_form(query.as_bytes()).into_iter().collect();
    assert_eq!((form["checkout_id"].as_str(), form["amount"].as_str()), (id.as_str(), "12000"));
    // The page checks that nobody bent what the browser brings: all that stands before the timestamp is signed.
    let signed = query.split("&timestamp=").next().expect("what is signed");
    let expected = SigningSecret::read(OWN).expect("a secret").sign(&id, &form["timestamp"], signed.as_bytes());
    assert_eq!(form["signature"], expected);
    assert!(server.asked().is_empty(), "nothing is asked before the buyer goes there");
    nonsense_leaves_it_open(&office, &buyer, &server, &id).await;

    let said = |id: &str, state: &str, account: &str, live: bool| json!({"checkout_id": id, "state": state, "amount": 12_000, "currency": "KRW", "account": account, "live": live});
    server.say(Said::answer(404, json!({})));
    assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "pending");
    let asked = server.asked().pop().expect("asked");
    assert_eq!(asked.line, format!("GET /pay/checkouts/{id} HTTP/1.1"));
    let expected = SigningSecret::read(OWN).expect("a secret").sign(&id, &asked.header("webhook-timestamp"), b"");
    assert_eq!(asked.header("webhook-signature"), expected);

    let notice = json!({"type": "checkout.changed", "data": {"checkout_id": id}});
    refused(&standard_notice(&office, "standard", OWN, &notice, 0).await, 400, "notice_not_genuine");
    server.say(Said::answer(200, said(&id, "paid", "till-1", true)));
    assert_eq!(standard_notice(&office, "standard", WEBHOOK, &notice, 0).await.status, 204);
    assert_eq!(balance(&office, &buyer).await, 12_000);
    for (account, live) in [("till-2", true), ("till-1", false)] {
        let id = text(&open(&office, &buyer).await["id"]);
        server.say(Said::answer(200, said(&id, "paid", account, live)));
        assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "disputed");
    }
    office.verify();
}

/// TLS, with a certificate of our own to trust; without it nothing is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_spoken_to_by_tls_that_is_trusted() {
    let server = ProviderServer::start_with_tls().await;
    for trusted in [true, false] {
        let ca = trusted.then(|| server.ca.clone());
        let setting = format!("stripe://sk_test_1@localhost:{}?webhook=x&tls=1", server.address.port());
        let office = Office::with(|config| {
            config.checkout.provider = vec![setting.parse().expect("a setting")];
            config.checkout.outbound_ca = ca;
            config.mail.public_url = Some("https://hall.example".to_owned());
        })
        .await;
        let buyer = office.buyer().await;
        server.say(Said::answer(200, json!({"id": "cs_test_1", "url": "https://checkout.stripe.com/c/1"})));
        let answer = office.post("/v1/balance/checkouts", &buyer.session, json!({"amount": 1000})).await;
        assert_eq!(answer.status, if trusted { 201 } else { 503 }, "{}", answer.json());
        office.verify();
    }
}

/// A payment whose money came through this provider is refunded through it; gives what the provider was asked.
async fn refunded_through(
    server: &ProviderServer,
    setting: &str,
    paid: impl Fn(&str) -> Vec<Said>,
    more: Vec<Said>,
) -> (String, Asked) {
    let (office, buyer) = office(server, setting).await;
    let concert = office.concert(Value::Null, 1, 12).await;
    let path = "/v1/balance/checkouts";
    if !setting.starts_with("standard") {
        server.say(paid("").remove(0));
    }
    let id = text(&office.post(path, &buyer.session, json!({"amount": 12_000})).await.json()["id"]);
    server.say(paid(&id).remove(1));
    assert_eq!(back(&office, &buyer, &id, json!({})).await["state"], "paid");
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let payment = text(&office.pay(&token, &[&seats[0], &seats[1]], 2000).await.json()["id"]);
    let path = format!("/v1/operator/payments/{payment}/refunds");
    let before = server.asked().len();
    let answer = office.post(&path, OPERATOR, json!({"to": "provider"})).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    // Silence first: it is asked for again under the same id.
    server.say(Said::answer(500, json!({})));
    for said in &more {
        server.say(said.clone());
    }
    office.advance_ms(1000).await;
    office.advance_ms(60_000).await;
    let asked = server.asked().split_off(before);
    assert_eq!(asked.len(), 1 + more.len(), "{asked:?}");
    assert_eq!(asked[0].header("idempotency-key"), asked[asked.len() - more.len()].header("idempotency-key"));
    office.verify();
    assert_eq!(balance(&office, &buyer).await, 10_000);
    (id, asked.last().expect("asked").clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunds_are_asked_for_in_each_providers_form() {
    let server = ProviderServer::start().await;
    let paid = |id: &str| {
        vec![
            Said::answer(200, json!({"id": "cs_1", "url": "https://checkout.stripe.com/c/1"})),
            Said::answer(
                200,
                json!({"id": "cs_1", "status": "complete", "payment_status": "paid", "amount_total": 12_000,
                "currency": "krw", "client_reference_id": id, "livemode": false}),
            ),
        ]
    };
    let more = vec![
        Said::answer(200, json!({"id": "cs_1", "payment_intent": "pi_1"})),
        Said::answer(200, json!({"id": "re_1", "status": "succeeded"})),
    ];
    let (_, asked) = refunded_through(&server, "stripe://sk_test_1@HOST?webhook=whsec_1", paid, more).await;
    assert_eq!(
        (asked.line.as_str(), asked.body.as_slice()),
        ("POST /v1/refunds HTTP/1.1", &b"payment_intent=pi_1&amount=2000"[..])
    );
    assert!(asked.header("idempotency-key").starts_with("refund-"));

    let paid = |id: &str| {
        let payment = |status: &str| {
            Said::answer(
                200,
                json!({"paymentKey": "key_1", "orderId": id, "status": status, "totalAmount": 12_000,
                "currency": "KRW", "checkout": {"url": "https://pay.toss.im/1"}}),
            )
        };
        vec![payment("READY"), payment("DONE")]
    };
    let done = || vec![Said::answer(200, json!({}))];
    let (_, asked) = refunded_through(&server, "toss://test_sk_1@HOST", paid, done()).await;
    assert_eq!(asked.line, "POST /v1/payments/key_1/cancel HTTP/1.1");
    assert_eq!(asked.json()["cancelAmount"], 2000);

    let paid = |id: &str| {
        let payment = json!({"status": "PAID", "id": id, "storeId": "s", "channel": {"type": "LIVE"}, "currency": "KRW",
            "amount": {"total": 12_000}});
        vec![Said::answer(200, json!({})), Said::answer(200, payment)]
    };
    let setting = format!("portone://secret@HOST?store=s&channel=c&webhook={WEBHOOK}");
    let (id, asked) = refunded_through(&server, &setting, paid, done()).await;
    assert_eq!(asked.line, format!("POST /payments/{id}/cancel HTTP/1.1"));
    assert_eq!(asked.json(), json!({"storeId": "s", "amount": 2000, "reason": "refund"}));

    let paid = |id: &str| {
        let said = json!({"checkout_id": id, "state": "paid", "amount": 12_000, "currency": "KRW", "live": true});
        vec![Said::Drops, Said::answer(200, said)]
    };
    let (id, asked) = refunded_through(&server, &format!("standard://{OWN}@HOST"), paid, done()).await;
    assert_eq!(asked.line, format!("POST /checkouts/{id}/refunds HTTP/1.1"));
    let refund = asked.json();
    let (id, at) = (text(&refund["refund_id"]), asked.header("webhook-timestamp"));
    let expected = SigningSecret::read(OWN).expect("a secret").sign(&id, &at, &asked.body);
    assert_eq!((&refund["amount"], asked.header("webhook-signature")), (&json!(2000), expected));
}

fn url_form(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}
