//! The draw's record: a promise before, a list after, from which anyone can recompute it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boxoffice::queue::domain as queue;
use boxoffice::queue::{Lines, QueueError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit_draw::{audit, fetch};
use crate::draw::{PRESALE_MS, sign_up};
use crate::support::{OPERATOR, Office, refused, text};

/// A concert whose sale begins soon and whose queue is open.
async fn presale(office: &Office) -> String {
    let on_sale_at = office.now().plus_ms(PRESALE_MS).to_rfc3339();
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at,
                         "queue": {"max_admitted": 2}});
    text(&office.make("/v1/operator/concerts", concert).await["id"])
}

async fn join(office: &Office, concert: &str, session: &str) -> Value {
    let joined = office.post(&format!("/v1/concerts/{concert}/queue/tokens"), session, Value::Null).await;
    assert_eq!(joined.status, 201, "{}", joined.json());
    joined.json()
}

/// The entry that a token is for: its `jti`.
fn entry_of(joined: &Value) -> String {
    let token = text(&joined["token"]);
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    text(&serde_json::from_slice::<Value>(&payload).unwrap()["jti"])
}

async fn fetched(office: &Office, concert: &str) -> Value {
    let (url, concert) = (format!("http://{}", office.address), concert.to_owned());
    tokio::task::spawn_blocking(move || fetch(&url, &concert).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seed_is_promised_before_and_the_list_shown_after() {
    let office = Office::open().await;
    let concert = presale(&office).await;
    let shown = office.get(&format!("/v1/concerts/{concert}"), "").await.json();
    let promised = text(&shown["draw"]["seed_hash"]);
    assert_eq!(shown["draw"]["seed"], Value::Null, "a secret until the draw");
    refused(&office.get(&format!("/v1/concerts/{concert}/queue/draw"), "").await, 409, "draw_not_made");

    let buyers = office.buyers(8).await;
    let mut joined = Vec::new();
    for buyer in &buyers[..6] {
        let answer = join(&office, &concert, &buyer.session).await;
        assert_eq!((&answer["number"], &answer["position"]), (&Value::Null, &Value::Null));
        joined.push(answer);
    }
    // The first leaves before the draw, the second joins anew.
    let left = office.delete("/v1/queue/tokens/current", &text(&joined[0]["token"])).await;
    assert_eq!(left.status, 204);
    joined.push(join(&office, &concert, &buyers[1].session).await);

    office.advance_ms(PRESALE_MS).await;
    // Late comers follow in the order of their arrival.
    for (buyer, number) in buyers[6..].iter().zip(6..) {
        assert_eq!(join(&office, &concert, &buyer.session).await["number"], number);
    }

    let draw = fetched(&office, &concert).await;
    assert_eq!(draw["seed_hash"], promised.as_str());
    assert_eq!(audit(&draw, Some(&promised)), Ok(5));
    let listed: Vec<_> = draw["entries"].as_array().unwrap().iter().map(|entry| text(&entry["id"])).collect();
    let took_part: Vec<_> = joined[2..].iter().map(entry_of).collect();
    assert_eq!(listed, took_part, "those in line at the sale's beginning, in the order of joining");

    // What each buyer is told is what the record says.
    let of: BTreeMap<_, _> = listed.iter().zip(draw["entries"].as_array().unwrap()).collect();
    for answer in &joined[2..] {
        let position = office.get("/v1/queue/position", &text(&answer["token"])).await.json();
        assert_eq!(position["number"], of[&entry_of(answer)]["number"]);
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_passes_a_real_draw_and_finds_a_tampered_one() {
    let office = Office::open().await;
    let concert = presale(&office).await;
    let key = office.app.part::<Lines>().by_id(concert.parse().unwrap()).unwrap().concert;
    let joined = office.app.store.write(move |tx| {
        for user in sign_up(tx, 2003).expect("accounts") {
            queue::join(tx, user, key)?;
        }
        Ok::<_, QueueError>(())
    });
    joined.await.unwrap();
    office.advance_ms(PRESALE_MS).await;

    let draw = fetched(&office, &concert).await;
    assert_eq!(audit(&draw, None), Ok(2003), "all pages of it");

    let tampered = |change: &dyn Fn(&mut Value)| {
        let mut draw = draw.clone();
        change(&mut draw);
        audit(&draw, None).unwrap_err()
    };
    let swapped = tampered(&|draw| {
        let mut first = draw["entries"][0]["number"].take();
        std::mem::swap(&mut first, &mut draw["entries"][1]["number"]);
        draw["entries"][0]["number"] = first;
    });
    assert!(swapped.contains("seed and list give it"), "{swapped}");
    let dropped = tampered(&|draw| drop(draw["entries"].as_array_mut().unwrap().remove(7)));
    assert!(dropped.contains("seed and list give it"), "{dropped}");
    let slipped_in = tampered(&|draw| {
        let guest = json!({"id": Uuid::from_u128(7), "tier": 10, "number": 2004});
        draw["entries"].as_array_mut().unwrap().push(guest);
    });
    assert!(slipped_in.contains("seed and list give it"), "{slipped_in}");
    let twice = tampered(&|draw| draw["entries"][1] = draw["entries"][0].clone());
    assert!(twice.contains("listed twice"), "{twice}");
    let another_seed = tampered(&|draw| draw["seed"] = json!("00".repeat(32)));
    assert!(another_seed.contains("was published"), "{another_seed}");
    let not_as_noted = audit(&draw, Some(&"00".repeat(32))).unwrap_err();
    assert!(not_as_noted.contains("was published"), "{not_as_noted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_keeps_the_promise() {
    let office = Office::open().await;
    let concert = presale(&office).await;
    let promised = |shown: Value| text(&shown["draw"]["seed_hash"]);
    let before = promised(office.get(&format!("/v1/concerts/{concert}"), OPERATOR).await.json());
    join(&office, &concert, &office.buyer().await.session).await;

    let office = office.restart().await;
    office.advance_ms(PRESALE_MS).await;

    assert_eq!(audit(&fetched(&office, &concert).await, Some(&before)), Ok(1));
}
