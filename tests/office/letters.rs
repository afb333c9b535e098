//! Letters about performances that are at another time and about seats that came back; and what is forgotten once it was told.

use std::sync::Arc;

use boxoffice::app::App;
use boxoffice::catalog::performance::domain::{self as performances, PerformanceChange};
use boxoffice::clock::ScriptedClock;
use boxoffice::config::Config;
use boxoffice::entropy::SystemEntropy;
use boxoffice::{jobs, mail, payment, store, verify};
use serde_json::{Value, json};

use crate::provider_server::{ProviderServer, Said};
use crate::smtp::{MailServer, Wire};
use crate::support::{Concert, HOUR_MS, OPERATOR, Office, limits, text};

fn to(server: &MailServer) -> impl FnOnce(&mut Config) {
    let url = format!("smtp://{}", server.address);
    move |config| {
        config.mail.smtp = url.parse().ok();
        config.mail.mail_from = Some("Great Hall <tickets@hall.example>".to_owned());
        config.mail.public_url = Some("https://hall.example/".to_owned());
        config.terms.seats_per_user = Some(64);
    }
}

/// Signs up and confirms nothing; gives the account and the session.
async fn sign_up(office: &Office, email: &str) -> (String, String) {
    let new = json!({"email": email, "password": "correct horse", "name": "Kim"});
    let answer = office.client().await.post("/v1/users", None, &new).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.json());
    (text(&answer.json()["user"]["id"]), text(&answer.json()["session"]["secret"]))
}

async fn buy(office: &Office, session: &str, concert: &Concert, seats: std::ops::Range<usize>) -> Value {
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let token = text(&office.post(&path, session, Value::Null).await.json()["token"]);
    let ids = office.seat_ids(&token, concert).await;
    let ids: Vec<&str> = ids[seats].iter().map(String::as_str).collect();
    office.top_up(&token, 1000 * ids.len() as i64).await;
    let paid = office.pay(&token, &ids, 1000 * ids.len() as i64).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    paid.json()
}

/// The bodies of mails to this address that say this.
fn told(server: &MailServer, to: &str, says: &str) -> Vec<String> {
    let received = server.received();
    let theirs = received.iter().filter(|mail| mail.to == to).map(|mail| mail.body());
    theirs.filter(|body| body.contains(says)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_performance_is_told_to_all_who_have_tickets_once() {
    const MOVED: &str = "공연의 일시가 바뀌었습니다";
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    let concert = office.concert(Value::Null, 4, 50).await;
    let (_, buyer) = sign_up(&office, "buyer@example.org").await;
    let (_, friend) = sign_up(&office, "friend@example.org").await;
    // More tickets than one commit looks at; one is a friend's, one was refunded.
    let payment = buy(&office, &buyer, &concert, 0..60).await;
    buy(&office, &friend, &concert, 60..62).await;
    let (_, gone) = sign_up(&office, "refunded@example.org").await;
    let refunded = buy(&office, &gone, &concert, 90..91).await;
    let (_, late) = sign_up(&office, "late@example.org").await;
    let last = buy(&office, &late, &concert, 150..152).await;
    // Of two, the first was refunded; and somebody has no address.
    let refunds = format!("/v1/operator/payments/{}/refunds", text(&last["id"]));
    let first = json!({"tickets": [last["tickets"][0]["code"]]});
    assert_eq!(office.post(&refunds, OPERATOR, first).await.status, 201);
    for (seat, goes_back) in [(160, false), (170, true)] {
        let unnamed = buy(&office, &office.buyer().await.session, &concert, seat..seat + 1).await;
        if goes_back {
            office.make(&format!("/v1/operator/payments/{}/refunds", text(&unnamed["id"])), json!({})).await;
        }
    }
    let handed = format!("/v1/tickets/{}/handovers", text(&payment["tickets"][0]["code"]));
    assert_eq!(office.post(&handed, &buyer, json!({"email": "friend@example.org"})).await.status, 201);
    let refunds = format!("/v1/operator/payments/{}/refunds", text(&refunded["id"]));
    assert_eq!(office.post(&refunds, OPERATOR, json!({})).await.status, 201);
    office.app.run_due().await;
    let performance = format!("/v1/operator/performances/{}", concert.performance);
    let later = office.now().plus_ms(31 * 24 * HOUR_MS).to_rfc3339();
    assert_eq!(office.patch(&performance, OPERATOR, json!({"starts_at": later})).await.status, 200);
    // Another price is no other time.
    assert_eq!(office.patch(&performance, OPERATOR, json!({"duration_minutes": 99})).await.status, 200);
    office.app.run_due().await;
    office.app.run_due().await;
    let bodies = told(&server, "buyer@example.org", MOVED);
    let outbox = office.get("/v1/operator/mails", OPERATOR).await.json();
    assert_eq!(bodies.len(), 1, "one for the payment: {bodies:?}, {outbox}");
    let mails = outbox["mails"].as_array().expect("mails");
    let of_kind = |kind: &str| mails.iter().filter(|mail| mail["kind"] == kind).count();
    let kinds = ["payment", "refund", "performance_moved"].map(of_kind);
    assert_eq!(kinds, [4, 2, 4], "none to nobody: {outbox}");
    let says = ["변경 전: 2026-12-23 09:00", "변경 후: 2026-12-24 09:00", "Stalls 1 2"];
    assert!(says.iter().all(|says| bodies[0].contains(says)), "{}", bodies[0]);
    assert!(!bodies[0].contains("Stalls 1 1\n"), "the friend has that one: {}", bodies[0]);
    assert_eq!(
        told(&server, "friend@example.org", MOVED).len(),
        2,
        "of their own payment, and of what they were handed"
    );
    assert_eq!(told(&server, "late@example.org", MOVED).len(), 1);
    assert_eq!(told(&server, "refunded@example.org", MOVED), [] as [String; 0]);
    office.app.run_due().await;
    assert_eq!(told(&server, "buyer@example.org", MOVED).len(), 1, "once");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_is_told_while_it_lasts_in_the_readers_language() {
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    let concert = office.concert(json!({"max_admitted": null}), 1, 1).await;
    let keeper = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&keeper, &concert).await;
    let hold = text(&office.held(&keeper, &concert, &[&seats[0]]).await["id"]);
    let (first, first_session) = sign_up(&office, "first@example.org").await;
    let (_, second_session) = sign_up(&office, "second@example.org").await;
    assert_eq!(
        office.patch(&format!("/v1/operator/users/{first}"), OPERATOR, json!({"language": "en"})).await.status,
        200
    );
    let waitlist = format!("/v1/concerts/{}/waitlist", concert.id);
    for session in [&first_session, &second_session] {
        assert_eq!(office.post(&waitlist, session, json!({"quantity": 1})).await.status, 201);
    }
    assert_eq!(office.delete(&format!("/v1/holds/{hold}"), &keeper).await.status, 204);
    office.app.run_due().await;
    office.app.run_due().await;
    let english = told(&server, "first@example.org", "these seats came back");
    assert_eq!(english.len(), 1, "{:?}", server.received());
    // 00:30 in UTC is 09:30 in Seoul.
    let says =
        ["2026-11-23 09:30", "1,000 KRW", "Stalls 1 1", &format!("https://hall.example/#/waitlist/{}", concert.id)];
    assert!(says.iter().all(|says| english[0].contains(says)), "{}", english[0]);
    assert_eq!(told(&server, "second@example.org", "좌석이 나왔습니다"), [] as [String; 0]);
    office.advance_ms(HOUR_MS / 2).await;
    office.app.run_due().await;
    assert_eq!(told(&server, "second@example.org", "좌석이 나왔습니다").len(), 1, "it went to the next");
    let (mails, _) = (office.get("/v1/operator/mails", OPERATOR).await.json(), 0);
    let offers = mails["mails"].as_array().expect("mails").iter().filter(|mail| mail["kind"] == "waitlist_offer");
    assert_eq!(offers.count(), 2, "{mails}");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_is_forgotten_after_a_month() {
    let (server, hooks) = (MailServer::start(Wire::Clear).await, ProviderServer::start().await);
    let with_mail = to(&server);
    let office = Office::with(|config| {
        with_mail(config);
        config.webhooks_to_private = true;
    })
    .await;
    (0..9).for_each(|_| hooks.say(Said::answer(204, Value::Null)));
    let events = ["payment_completed", "performance_sold_out"];
    let wanted = json!({"url": format!("http://{}/", hooks.address), "events": events});
    let webhook = text(&office.make("/v1/operator/webhooks", wanted).await["webhook"]["id"]);
    let concert = office.concert(Value::Null, 1, 1).await;
    let (_, session) = sign_up(&office, "buyer@example.org").await;
    buy(&office, &session, &concert, 0..1).await;
    office.app.run_due().await;
    office.app.run_due().await;
    let left = async || {
        let mails = office.get("/v1/operator/mails", OPERATOR).await.json()["mails"].as_array().map(Vec::len);
        let path = format!("/v1/operator/webhooks/{webhook}/deliveries");
        let told = office.get(&path, OPERATOR).await.json()["deliveries"].as_array().map(Vec::len);
        (mails, told)
    };
    assert_eq!(left().await, (Some(2), Some(2)));
    jobs::sweep_told(&office.app).await.expect("a sweep");
    assert_eq!(left().await, (Some(2), Some(2)), "not so soon");
    office.clock.advance_ms(i64::from(office.app.limits.told_seconds) * 1000 + 1);
    let forgotten = jobs::sweep_told(&office.app).await.expect("a sweep");
    assert_eq!(left().await, (Some(0), Some(0)));
    assert_eq!(forgotten, 2 + 2 + 1, "mails, deliveries, and the message that is told more than once");
    // That it is sold out was told, and is not told again.
    let office = office.restart().await;
    office.app.run_due().await;
    assert_eq!(hooks.asked().len(), 2);
    office.verify();
}

/// On a copy of the data file that no job works on, so that what is stopped in the middle is known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_the_middle_of_what_is_told_to_all_tells_each_once() {
    const READERS: usize = 5;
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    let concert = office.concert(Value::Null, 4, 50).await;
    let reader = |at: usize| format!("reader{at}@example.org");
    for at in 0..READERS {
        let (_, session) = sign_up(&office, &reader(at)).await;
        buy(&office, &session, &concert, at * 40..at * 40 + 40).await;
    }
    office.app.run_due().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = office.config.clone();
    config.data = folder.path().join("copy.db");
    store::backup(&office.data, &config.data).expect("a copy of this moment");
    let open = async || {
        let (clock, entropy) = (Arc::new(ScriptedClock::at(office.now())), Arc::new(SystemEntropy));
        App::open_with(config.clone(), limits(), clock, entropy).await.expect("the copy opens").app
    };
    let app = open().await;
    let id = concert.performance.parse().expect("an id");
    let moved = app.store.write(move |tx| {
        let was = performances::performance(tx, id)?;
        let starts_at = Some(was.starts_at.plus_ms(24 * HOUR_MS));
        performances::change_performance(tx, &was, &PerformanceChange { starts_at, ..PerformanceChange::default() })
    });
    moved.await.expect("it is moved");
    assert!(app.store.write(payment::moved::go_on).await.expect("some are told"));
    assert!(app.store.read(mail::domain::open_mailing).await.expect("an answer").is_some(), "it was not the last");
    app.stop();
    drop(app);
    let app = open().await;
    app.run_due().await;
    app.run_due().await;
    for at in 0..READERS {
        assert_eq!(told(&server, &reader(at), "공연의 일시가 바뀌었습니다").len(), 1, "{}", reader(at));
    }
    app.stop();
    assert_eq!(verify::verify(&config.data).expect("the copy opens").breaches, []);
}
