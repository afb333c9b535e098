//! Presale codes: their bearers join earlier, and are drawn ahead of everybody in a tier of their own.

use boxoffice::client::Answer;
use serde_json::{Value, json};

use crate::audit_draw::{audit, fetch};
use crate::contention::{post, rush, tally};
use crate::draw::PRESALE_MS;
use crate::support::{OPERATOR, Office, refused, text};

/// A concert whose queue opens in `opens_ms` and whose sale begins in [`PRESALE_MS`]; one is let in at a time.
async fn concert(office: &Office, opens_ms: i64) -> String {
    let at = |ms| office.now().plus_ms(ms).to_rfc3339();
    let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue_opens_at": at(opens_ms),
                         "on_sale_at": at(PRESALE_MS), "queue": {"max_admitted": 1}});
    text(&office.make("/v1/operator/concerts", concert).await["id"])
}

async fn code(office: &Office, concert: &str, code: &str, presale: Value, uses: Value) {
    let mut batch = json!({"name": code, "presale": presale, "code": code});
    if !uses.is_null() {
        batch["uses_per_code"] = uses;
    }
    office.make(&format!("/v1/operator/concerts/{concert}/code-batches"), batch).await;
}

fn path(concert: &str) -> String {
    format!("/v1/concerts/{concert}/queue/tokens")
}

async fn join(office: &Office, concert: &str, session: &str, code: &str) -> Answer {
    let body = if code.is_empty() { Value::Null } else { json!({ "code": code }) };
    office.post(&path(concert), session, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiers_come_one_after_another_each_drawn_by_itself() {
    let office = Office::open().await;
    let concert = concert(&office, 0).await;
    code(&office, &concert, "FRIENDS", json!({"tier": 1}), Value::Null).await;
    code(&office, &concert, "MEMBERS", json!({"tier": 2}), Value::Null).await;
    let buyers = office.buyers(30).await;
    // Whoever bears no code comes first, and it helps nothing.
    let code_of = |at: usize| ["", "MEMBERS", "FRIENDS"][at / 10];
    let mut tokens = Vec::new();
    for (at, buyer) in buyers.iter().enumerate() {
        let joined = join(&office, &concert, &buyer.session, code_of(at)).await.json();
        let tier = [Value::Null, json!(2), json!(1)][at / 10].clone();
        assert_eq!((&joined["tier"], &joined["number"]), (&tier, &Value::Null), "{joined}");
        tokens.push(text(&joined["token"]));
    }
    office.advance_ms(PRESALE_MS).await;
    let (mut numbers, mut order) = (Vec::new(), Vec::new());
    for token in &tokens {
        let position = office.position(token).await;
        numbers.push(position["number"].as_u64().unwrap());
    }
    for (tier, range) in [(2, 1..=10), (1, 11..=20), (0, 21..=30)] {
        let mut of_tier = numbers[tier * 10..tier * 10 + 10].to_vec();
        order.push(of_tier.clone());
        of_tier.sort_unstable();
        assert_eq!(of_tier, range.collect::<Vec<_>>(), "tier {tier}");
    }
    assert!(order.iter().any(|of_tier| !of_tier.is_sorted()), "drawn, not in the order of joining: {order:?}");
    // The record shows the tiers, and whoever computes it comes to the same.
    let (url, of) = (format!("http://{}", office.address), concert.clone());
    let draw = tokio::task::spawn_blocking(move || fetch(&url, &of).unwrap()).await.unwrap();
    assert_eq!(audit(&draw, None), Ok(30));
    let mut cheated = draw.clone();
    let last = cheated["entries"].as_array().unwrap().iter().position(|entry| entry["tier"] == 10).unwrap();
    cheated["entries"][last]["tier"] = json!(1);
    assert!(audit(&cheated, None).is_err(), "one who is put into another tier afterwards");

    // The draw is made: a code moves nobody back any more. Nobody lost a place by the attempt.
    refused(&join(&office, &concert, &buyers[3].session, "FRIENDS").await, 409, "presale_over");
    assert_eq!(office.position(&tokens[3]).await["number"], numbers[3]);
    let late = office.buyer().await;
    refused(&join(&office, &concert, &late.session, "FRIENDS").await, 409, "presale_over");
    let joined = join(&office, &concert, &late.session, "").await.json();
    assert_eq!((&joined["number"], &joined["tier"]), (&json!(31), &Value::Null), "{joined}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bearers_join_before_the_queue_opens() {
    let office = Office::open().await;
    let concert = concert(&office, PRESALE_MS / 2).await;
    let opens_at = office.now().plus_ms(1000).to_rfc3339();
    code(&office, &concert, "EARLY", json!({"tier": 1, "opens_at": opens_at}), Value::Null).await;
    code(&office, &concert, "AHEAD", json!({"tier": 1}), Value::Null).await;
    let (member, other) = (office.buyer().await, office.buyer().await);
    let too_early = join(&office, &concert, &member.session, "EARLY").await;
    refused(&too_early, 409, "queue_not_open");
    assert_eq!(too_early.json()["opens_at"], opens_at);
    office.advance_ms(1000).await;
    assert_eq!(join(&office, &concert, &member.session, "EARLY").await.status, 201);
    refused(&join(&office, &concert, &other.session, "").await, 409, "queue_not_open");
    refused(&join(&office, &concert, &other.session, "AHEAD").await, 409, "queue_not_open");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_for_two_is_borne_by_two_of_twenty_at_once() {
    let office = Office::open().await;
    let concert = concert(&office, 0).await;
    code(&office, &concert, "PAIR", json!({"tier": 3}), json!(2)).await;
    let buyers = office.buyers(20).await;
    let ask = |session: &String| post(&path(&concert), session, json!({"code": "pair"}));
    let answers = rush(&office, buyers.iter().map(|buyer| ask(&buyer.session)).collect()).await;
    let counts = tally(&answers);
    assert_eq!((counts[&(201, String::new())], counts[&(409, "code_used_up".to_owned())]), (2, 18), "{counts:?}");

    // Whoever bears it joins with it again, and uses it for nothing; whoever does not stays where they are.
    let bearer = answers.iter().position(|answer| answer.status == 201).unwrap();
    assert_eq!(join(&office, &concert, &buyers[bearer].session, "PAIR").await.json()["tier"], 3);
    let path = format!("/v1/operator/concerts/{concert}/code-batches");
    assert_eq!(office.get(&path, OPERATOR).await.json()["code_batches"][0]["uses"], 2);
    assert_eq!(join(&office, &concert, &buyers[bearer].session, "").await.json()["tier"], Value::Null);
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_presale_code_lets_nobody_in_ahead() {
    let office = Office::open().await;
    let concert = concert(&office, 0).await;
    let batches = format!("/v1/operator/concerts/{concert}/code-batches");
    office.make(&batches, json!({"name": "Off", "discount": {"percent": 5}, "code": "OFF"})).await;
    let ended = office.make(&batches, json!({"name": "Gone", "presale": {"tier": 1}, "code": "GONE"})).await;
    let gone = format!("/v1/operator/code-batches/{}", text(&ended["id"]));
    assert_eq!(office.delete(&gone, OPERATOR).await.status, 204);
    let buyer = office.buyer().await;
    for code in ["OFF", "GONE", "NOBODYS"] {
        refused(&join(&office, &concert, &buyer.session, code).await, 404, "code_not_found");
    }
    refused(&office.post(&path(&concert), &buyer.session, json!({"kode": "OFF"})).await, 400, "malformed_request");
    for tier in [0, 10] {
        let bad = json!({"name": "X", "presale": {"tier": tier}, "code": "ABC"});
        refused(&office.post(&batches, OPERATOR, bad).await, 400, "invalid_field");
    }
    office.advance_ms(PRESALE_MS).await;
    let late = json!({"name": "X", "presale": {"tier": 1}, "code": "ABC"});
    refused(&office.post(&batches, OPERATOR, late.clone()).await, 409, "presale_over");
    // Nor where nothing was drawn by then, because nobody knows of the concert yet.
    let on_sale_at = office.now().plus_ms(1000).to_rfc3339();
    let draft = json!({"title": "Draft", "time_zone": "Asia/Seoul", "draft": true, "on_sale_at": on_sale_at});
    let draft = text(&office.make("/v1/operator/concerts", draft).await["id"]);
    office.advance_ms(1000).await;
    let batches = format!("/v1/operator/concerts/{draft}/code-batches");
    refused(&office.post(&batches, OPERATOR, late).await, 409, "presale_over");
    office.verify();
}
