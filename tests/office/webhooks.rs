//! Webhooks against a real receiver: what is told and how it is signed, in which order; one that fails, hangs, answers 410 or
//! recovers; and none that is behind the public network unless the operator allows it.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice::signature::{SignedBy, SigningSecret, is_genuine};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::provider_server::{Asked, ProviderServer, Said};
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, refused, text};

const ALL: [&str; 6] = [
    "payment_completed",
    "payment_refunded",
    "performance_cancelled",
    "performance_moved",
    "performance_sold_out",
    "ticket_checked_in",
];

/// An office that tells this receiver of all; the webhook's address at the desk, and its secret.
async fn telling(server: &ProviderServer) -> (Office, String, SigningSecret) {
    let office = Office::with(|config| config.webhooks_to_private = true).await;
    let (path, secret) = name(&office, server).await;
    (office, path, secret)
}

async fn name(office: &Office, server: &ProviderServer) -> (String, SigningSecret) {
    let wanted = json!({"url": format!("http://{}/hooks?a=1", server.address), "events": ALL});
    let made = office.make("/v1/operator/webhooks", wanted).await;
    let secret = SigningSecret::read(&text(&made["secret"])).expect("a secret");
    (format!("/v1/operator/webhooks/{}", text(&made["webhook"]["id"])), secret)
}

fn taken() -> Said {
    Said::answer(204, Value::Null)
}

/// Moves a performance by so many minutes of its length: something is told of it.
async fn moved(office: &Office, concert: &Concert, minutes: u32) {
    let path = format!("/v1/operator/performances/{}", concert.performance);
    let answer = office.patch(&path, OPERATOR, json!({"duration_minutes": minutes})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

fn is_signed_by(office: &Office, asked: &Asked, secret: &SigningSecret) -> bool {
    let (id, at, signatures) =
        (asked.header("webhook-id"), asked.header("webhook-timestamp"), asked.header("webhook-signature"));
    let by = SignedBy { id: &id, timestamp: &at, signatures: &signatures };
    is_genuine(std::slice::from_ref(secret), by, &asked.body, office.now())
}

async fn deliveries(office: &Office, path: &str) -> Vec<Value> {
    let answer = office.get(&format!("{path}/deliveries"), OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["deliveries"].as_array().expect("deliveries").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_told_in_order_and_signed() {
    let server = ProviderServer::start().await;
    let (office, path, secret) = telling(&server).await;
    (0..9).for_each(|_| server.say(taken()));
    let concert = office.concert(Value::Null, 1, 2).await;
    let buyer = office.buyer().await;
    let token = office.enter(&buyer, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 5000).await;
    let paid = office.pay(&token, &[&seats[0], &seats[1]], 2000).await.json();
    office.app.run_due().await;
    let code = &paid["tickets"][0]["code"];
    let checked = office.make("/v1/operator/check-ins", json!({"code": code, "gate": "East"})).await;
    let refund = format!("/v1/operator/payments/{}/refunds", text(&paid["id"]));
    office.make(&refund, json!({"tickets": [paid["tickets"][1]["code"]]})).await;
    moved(&office, &concert, 90).await;
    let cancel = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    assert_eq!(office.post(&cancel, OPERATOR, Value::Null).await.status, 202);
    office.app.run_due().await;

    let asked = server.asked();
    let told: Vec<_> = asked.iter().map(|asked| text(&asked.json()["type"])).collect();
    let expected = [
        "payment_completed",
        "performance_sold_out",
        "ticket_checked_in",
        "payment_refunded",
        "performance_moved",
        "performance_cancelled",
        "payment_refunded",
    ];
    assert_eq!(told, expected);
    for asked in &asked {
        assert_eq!(asked.line, "POST /hooks?a=1 HTTP/1.1");
        assert!(is_signed_by(&office, asked, &secret), "{asked:?}");
        assert_eq!(asked.json()["data"]["performance_id"], concert.performance, "{asked:?}");
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        assert!(!body.contains(code.as_str().expect("a code")), "no code leaves: {body}");
    }
    assert_eq!(asked[0].json()["data"]["amount"], 2000);
    let tickets = |at: usize| asked[at].json()["data"]["tickets"].clone();
    assert_eq!([tickets(0), tickets(3), tickets(6)], [json!(2), json!(1), json!(1)]);
    assert_eq!(asked[2].json()["data"]["check_in_id"], checked["id"]);
    assert!(deliveries(&office, &path).await.iter().all(|of| of["state"] == "delivered" && of["attempts"] == 1));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fails_and_hangs_is_told_again_until_it_recovers_and_nothing_overtakes() {
    let server = ProviderServer::start().await;
    let (office, path, _) = telling(&server).await;
    let (slow, other) = (office.concert(Value::Null, 1, 2).await, office.concert(Value::Null, 1, 2).await);
    for said in [Said::answer(500, json!({})), Said::Hangs, Said::Drops, Said::raw(b"no HTTP\r\n\r\n")] {
        server.say(said);
    }
    moved(&office, &slow, 91).await;
    office.app.run_due().await;
    moved(&office, &slow, 92).await;
    // Meanwhile others are told: only what is of one performance waits for each other.
    for wait_ms in [5_000, 10_000, 20_000] {
        office.advance_ms(wait_ms).await;
    }
    assert_eq!(server.asked().len(), 4, "the second message waits");
    let waiting = deliveries(&office, &path).await;
    assert_eq!((&waiting[0]["attempts"], &waiting[1]["attempts"]), (&json!(0), &json!(4)), "{waiting:?}");
    assert!(waiting[0]["next_at"].is_null() && waiting[1]["problem"] == "it broke off", "{waiting:?}");
    server.say(taken());
    moved(&office, &other, 93).await;
    office.app.run_due().await;
    assert_eq!(server.asked().last().expect("asked").json()["data"]["performance_id"], other.performance);

    // A restart loses nothing.
    let office = office.restart().await;
    (0..2).for_each(|_| server.say(taken()));
    office.advance_ms(40_000).await;
    let asked = server.asked().split_off(5);
    let ends: Vec<_> = asked.iter().map(|asked| asked.json()["data"]["ends_at"].clone()).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends[0].as_str() < ends[1].as_str(), "in order: {ends:?}");
    let ids: Vec<_> = server.asked().iter().map(|asked| asked.header("webhook-id")).collect();
    assert!(ids[..4].iter().all(|id| *id == ids[5]) && ids[6] != ids[5], "a repeat is known by its id: {ids:?}");
    assert!(deliveries(&office, &path).await.iter().all(|of| of["state"] == "delivered"));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_takes_for_three_days_is_given_up_seen_and_replayed() {
    let server = ProviderServer::start().await;
    let (office, path, _) = telling(&server).await;
    let concert = office.concert(Value::Null, 1, 2).await;
    moved(&office, &concert, 91).await;
    // It answers 503 to all.
    for _ in 0..60 {
        office.advance_ms(6 * HOUR_MS / 4).await;
    }
    let given_up = deliveries(&office, &path).await.remove(0);
    assert_eq!((&given_up["state"], &given_up["problem"]), (&json!("failed"), &json!("it answers 503")), "{given_up}");
    assert_eq!(given_up["attempts"], server.asked().len());
    let replay = format!("{path}/deliveries/{}/replays", text(&given_up["id"]));
    server.say(taken());
    assert_eq!(office.post(&replay, OPERATOR, Value::Null).await.status, 202);
    office.app.run_due().await;
    let again = deliveries(&office, &path).await.remove(0);
    assert_eq!((&again["state"], &again["id"]), (&json!("delivered"), &given_up["id"]));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_answers_410_is_told_nothing_more() {
    let server = ProviderServer::start().await;
    let (office, path, _) = telling(&server).await;
    let concert = office.concert(Value::Null, 1, 2).await;
    server.say(Said::answer(410, json!({})));
    moved(&office, &concert, 91).await;
    moved(&office, &concert, 92).await;
    office.app.run_due().await;
    moved(&office, &concert, 93).await;
    office.advance_ms(HOUR_MS).await;
    assert_eq!(server.asked().len(), 1);
    // The office's own job may have asked before the second change was made: then that one was not written either.
    let failed = deliveries(&office, &path).await;
    assert!((1..=2).contains(&failed.len()), "what came later was not even written: {failed:?}");
    assert!(failed.iter().all(|of| of["state"] == "failed"), "{failed:?}");
    let listed = office.get("/v1/operator/webhooks", OPERATOR).await.json();
    assert!(listed["webhooks"][0]["disabled_at"].is_string(), "{listed}");
    let replay = format!("{path}/deliveries/{}/replays", text(&failed[0]["id"]));
    refused(&office.post(&replay, OPERATOR, Value::Null).await, 409, "webhook_disabled");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_replaced_while_both_sign_and_a_webhook_taken_away_is_told_nothing() {
    let server = ProviderServer::start().await;
    let (office, path, old) = telling(&server).await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let turned = office.post_once(&format!("{path}/secrets"), OPERATOR, "k", Value::Null).await;
    let again = office.post_once(&format!("{path}/secrets"), OPERATOR, "k", Value::Null).await;
    assert_eq!(turned.json(), again.json(), "no third");
    let new = SigningSecret::read(&text(&turned.json()["secret"])).expect("a secret");
    (0..3).for_each(|_| server.say(taken()));
    moved(&office, &concert, 91).await;
    office.app.run_due().await;
    let both = server.asked().pop().expect("asked");
    assert!(is_signed_by(&office, &both, &old) && is_signed_by(&office, &both, &new));
    office.advance_ms(24 * HOUR_MS).await;
    moved(&office, &concert, 92).await;
    office.app.run_due().await;
    let one = server.asked().pop().expect("asked");
    assert!(!is_signed_by(&office, &one, &old) && is_signed_by(&office, &one, &new));
    assert_eq!(office.delete(&path, OPERATOR).await.status, 204);
    moved(&office, &concert, 93).await;
    office.app.run_due().await;
    assert_eq!(server.asked().len(), 2);
    refused(&office.get(&format!("{path}/deliveries"), OPERATOR).await, 404, "webhook_not_found");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_public_addresses_are_told_whatever_a_name_stands_for() {
    let server = ProviderServer::start_with_tls().await;
    let office = Office::with(|config| config.checkout.outbound_ca = Some(server.ca.clone())).await;
    for url in [
        "http://hall.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/",
    ] {
        let answer = office.post("/v1/operator/webhooks", OPERATOR, json!({"url": url, "events": ALL})).await;
        refused(&answer, 400, "invalid_field");
    }
    // A name that stands for this machine is only known by asking for it.
    let url = format!("https://localhost:{}/", server.address.port());
    let made = office.make("/v1/operator/webhooks", json!({"url": url, "events": ALL})).await;
    let path = format!("/v1/operator/webhooks/{}", text(&made["webhook"]["id"]));
    let concert = office.concert(Value::Null, 1, 2).await;
    moved(&office, &concert, 91).await;
    office.app.run_due().await;
    let kept = deliveries(&office, &path).await.remove(0);
    assert_eq!((&kept["state"], &kept["problem"]), (&json!("waiting"), &json!("it has an address that is not public")));
    assert!(server.asked().is_empty());
    office.verify();
}

/// Two performances change again and again, the receiver does what it likes, the office restarts; then the receiver recovers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_receiver_does_nothing_is_lost_and_nothing_overtakes() {
    const CHANGES: u32 = 14;
    #[expect(clippy::disallowed_methods, reason = "the seed is printed, so the choices can be made again")]
    let fresh = rand::random();
    let seed = std::env::var("BOXOFFICE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(fresh);
    println!("seed {seed} (BOXOFFICE_SEED={seed} repeats it)");
    let mut random = StdRng::seed_from_u64(seed);
    let server = ProviderServer::start().await;
    // Which requests it takes is known beforehand: it says so in this order.
    let mut takes = Vec::new();
    for at in 0..25 {
        let said = match random.random_range(0..7) {
            0 => Said::answer(500, json!({})),
            1 => Said::answer(429, json!({})),
            2 => Said::Drops,
            3 => Said::raw(b"no HTTP\r\n\r\n"),
            4 if at < 6 => Said::Hangs,
            _ => taken(),
        };
        takes.push(matches!(&said, Said::Bytes(bytes) if bytes.starts_with(b"HTTP/1.1 204")));
        server.say(said);
    }
    (0..200).for_each(|_| server.say(taken()));
    let (mut office, path, _) = telling(&server).await;
    let concerts = [office.concert(Value::Null, 1, 2).await, office.concert(Value::Null, 1, 2).await];
    for minutes in 1..=CHANGES {
        moved(&office, &concerts[random.random_range(0..2)], 90 + minutes).await;
        match random.random_range(0..4) {
            0 => office.app.run_due().await,
            1 => office.advance_ms(30_000).await,
            2 => office = office.restart().await,
            _ => {}
        }
    }
    for _ in 0..60 {
        office.advance_ms(HOUR_MS / 2).await;
        if deliveries(&office, &path).await.iter().all(|of| of["state"] == "delivered") {
            break;
        }
    }
    let told = deliveries(&office, &path).await;
    assert_eq!(told.len() as u32, CHANGES, "seed {seed}: {told:?}");
    assert!(told.iter().all(|of| of["state"] == "delivered"), "seed {seed}: {told:?}");
    let (mut known, mut in_order) = (BTreeSet::new(), BTreeMap::<String, Vec<String>>::new());
    for (at, asked) in server.asked().iter().enumerate() {
        let (id, data) = (asked.header("webhook-id"), asked.json()["data"].clone());
        let of_it = in_order.entry(text(&data["performance_id"])).or_default();
        let ends_at = text(&data["ends_at"]);
        assert!(of_it.last().is_none_or(|last| *last <= ends_at), "seed {seed}: {ends_at} came after {of_it:?}");
        if takes.get(at).copied().unwrap_or(true) && known.insert(id) {
            of_it.push(ends_at);
        }
    }
    let taken: usize = in_order.values().map(Vec::len).sum();
    assert_eq!((taken as u32, known.len() as u32), (CHANGES, CHANGES), "seed {seed}: {in_order:?}");
    office.verify();
}
