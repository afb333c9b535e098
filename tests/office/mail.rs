//! Mail against a real SMTP server: what it tells, that nothing is lost and nothing leaves twice under one `Message-ID`
//! whatever the server does and however often the office restarts, TLS and log-in, and that nothing is pretended without one.

use std::collections::BTreeSet;

use boxoffice::account::Purpose;
use boxoffice::config::Config;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::smtp::{Conduct, MailServer, Wire};
use crate::support::{HOUR_MS, OPERATOR, Office, refused, text};

const PASSWORD: &str = "correct horse";

fn to(server: &MailServer) -> impl FnOnce(&mut Config) {
    let url = format!("smtp://{}", server.address);
    move |config| {
        config.mail.smtp = url.parse().ok();
        config.mail.mail_from = Some("Great Hall <tickets@hall.example>".to_owned());
        config.mail.public_url = Some("https://hall.example/".to_owned());
    }
}

/// Signs up; gives the session.
async fn sign_up(office: &Office, email: &str) -> String {
    let new = json!({"email": email, "password": PASSWORD, "name": "Kim <b>Min</b>"});
    let answer = office.client().await.post("/v1/users", None, &new).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.json());
    text(&answer.json()["session"]["secret"])
}

async fn post(office: &Office, path: &str, body: Value) -> boxoffice::client::Answer {
    office.client().await.post(path, None, &body).await.expect("an answer")
}

async fn mails(office: &Office) -> Vec<Value> {
    let answer = office.get("/v1/operator/mails", OPERATOR).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["mails"].as_array().expect("mails").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_confirmed_with_its_tickets() {
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    assert_eq!(office.get("/v1/venue", "").await.json()["sends_mail"], true);
    let session = sign_up(&office, "buyer@example.org").await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let token = text(&office.post(&path, &session, Value::Null).await.json()["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 5000).await;
    let paid = office.pay(&token, &[&seats[1], &seats[2]], 2000).await.json();
    office.app.run_due().await;
    let received = server.received();
    assert_eq!(received.len(), 2, "the address to confirm, and the tickets: {received:?}");
    let mail = &received[1];
    assert_eq!(mail.to, "buyer@example.org");
    assert!(mail.header("From").contains("tickets@hall.example"));
    let body = mail.body();
    for ticket in paid["tickets"].as_array().expect("tickets") {
        let code = text(&ticket["code"]);
        assert_eq!(body.matches(&code).count(), 2, "in the text and in the HTML: {body}");
    }
    assert!(body.contains("2,000 KRW") && body.contains("예매해 주셔서"), "{body}");
    assert!(body.contains("Kim <b>Min</b>") && body.contains("Kim &lt;b&gt;Min"), "{body}");
    for mail in mails(&office).await {
        assert_eq!((&mail["state"], &mail["attempts"]), (&json!("sent"), &json!(1)), "{mail}");
    }
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_is_told_and_so_is_a_cancelled_performance() {
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    let session = sign_up(&office, "buyer@example.org").await;
    let concert = office.concert(Value::Null, 1, 5).await;
    let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let token = text(&office.post(&path, &session, Value::Null).await.json()["token"]);
    let seats = office.seat_ids(&token, &concert).await;
    office.top_up(&token, 2000).await;
    let paid = office.pay(&token, &[&seats[1], &seats[2]], 2000).await.json();
    office.app.run_due().await;
    let refunds = format!("/v1/operator/payments/{}/refunds", text(&paid["id"]));
    let one = json!({"tickets": [paid["tickets"][0]["code"]], "keep_per_ticket": 200});
    assert_eq!(office.post(&refunds, OPERATOR, one).await.status, 201);
    let cancellation = format!("/v1/operator/performances/{}/cancellation", concert.performance);
    assert_eq!(office.post(&cancellation, OPERATOR, Value::Null).await.status, 202);
    office.app.run_due().await;
    // What is put into the outbox by the last turn leaves with the next.
    office.app.run_due().await;
    let bodies: Vec<_> = server.received().iter().map(|mail| mail.body()).collect();
    let told = |says: &str| bodies.iter().filter(|body| body.contains(says)).count();
    assert_eq!((told("800 KRW"), told("아래 티켓을 환불해"), told("공연이 취소되어")), (1, 1, 1), "{bodies:?}");
    // Sent again, the confirmation has nothing to tell any more.
    let mails = mails(&office).await;
    let confirmation = mails.iter().find(|mail| mail["kind"] == "payment").expect("the confirmation");
    let again = format!("/v1/operator/mails/{}/resends", text(&confirmation["id"]));
    assert_eq!(office.post(&again, OPERATOR, Value::Null).await.status, 201);
    office.app.run_due().await;
    assert_eq!(server.received().len(), bodies.len());
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_nothing_is_pretended() {
    let office = Office::open().await;
    assert_eq!(office.get("/v1/venue", "").await.json()["sends_mail"], false);
    let session = sign_up(&office, "buyer@example.org").await;
    refused(&post(&office, "/v1/password-resets", json!({"email": "buyer@example.org"})).await, 409, "mail_off");
    refused(&post(&office, "/v1/password-resets", json!({"email": "nobody@example.org"})).await, 409, "mail_off");
    refused(&office.post("/v1/account/email-confirmations", &session, Value::Null).await, 409, "mail_off");
    let concert = office.concert(Value::Null, 1, 2).await;
    let join = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let token = text(&office.post(&join, &session, Value::Null).await.json()["token"]);
    office.top_up(&token, 1000).await;
    let seats = office.seat_ids(&token, &concert).await;
    let paid = office.pay(&token, &[&seats[0]], 1000).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    office.make(&format!("/v1/operator/payments/{}/refunds", text(&paid.json()["id"])), json!({})).await;
    assert_eq!(mails(&office).await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_reset_by_mail_once_and_all_sessions_end() {
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    let session = sign_up(&office, "buyer@example.org").await;
    office.app.run_due().await;
    let ask = |email: &'static str| post(&office, "/v1/password-resets", json!({"email": email}));
    let (known, unknown) = (ask("Buyer@Example.org").await, ask("nobody@example.org").await);
    assert_eq!((known.status, &known.body), (202, &unknown.body), "nobody is told who has an account");
    assert_eq!(ask("buyer@example.org").await.status, 202, "a second mail is not sent so soon");
    office.app.run_due().await;
    let received = server.received();
    assert_eq!(received.len(), 2, "{received:?}");
    let body = received[1].body();
    let token = office.link(Purpose::PasswordReset);
    assert!(body.contains(&format!("https://hall.example/#/reset-password/{token}")), "{body}");

    let reset = |token: &str, password: &str| json!({"token": token, "password": password});
    refused(&post(&office, "/v1/passwords", reset(&token, "short")).await, 400, "invalid_field");
    refused(&post(&office, "/v1/passwords", reset("nonsense", "battery staple")).await, 404, "link_not_found");
    let confirm = office.link(Purpose::EmailConfirmation);
    refused(&post(&office, "/v1/passwords", reset(&confirm, "battery staple")).await, 404, "link_not_found");
    let done = post(&office, "/v1/passwords", reset(&token, "battery staple")).await;
    assert_eq!((done.status, &done.json()["user"]["is_email_confirmed"]), (201, &json!(true)), "{}", done.json());
    refused(&post(&office, "/v1/passwords", reset(&token, "another staple")).await, 404, "link_not_found");
    refused(&office.get("/v1/payments", &session).await, 401, "session_invalid");
    assert_eq!(office.get("/v1/payments", &text(&done.json()["session"]["secret"])).await.status, 200);
    let log_in = |password: &str| json!({"email": "buyer@example.org", "password": password});
    refused(&post(&office, "/v1/sessions", log_in(PASSWORD)).await, 401, "credentials_wrong");
    assert_eq!(post(&office, "/v1/sessions", log_in("battery staple")).await.status, 201);

    office.advance_ms(HOUR_MS).await;
    ask("buyer@example.org").await;
    let token = office.link(Purpose::PasswordReset);
    office.advance_ms(HOUR_MS / 2).await;
    refused(&post(&office, "/v1/passwords", reset(&token, "another staple")).await, 404, "link_not_found");
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_confirmed_by_its_mail() {
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    let session = sign_up(&office, "buyer@example.org").await;
    office.app.run_due().await;
    let token = office.link(Purpose::EmailConfirmation);
    assert!(server.received()[0].body().contains(&format!("https://hall.example/#/confirm-email/{token}")));
    let confirmed = post(&office, "/v1/email-confirmations", json!({"token": token})).await;
    assert_eq!(confirmed.status, 201, "{}", confirmed.json());
    refused(&post(&office, "/v1/email-confirmations", json!({"token": token})).await, 404, "link_not_found");
    let log_in = json!({"email": "buyer@example.org", "password": PASSWORD});
    assert_eq!(post(&office, "/v1/sessions", log_in).await.json()["user"]["is_email_confirmed"], true);
    office.advance_ms(HOUR_MS).await;
    assert_eq!(office.post("/v1/account/email-confirmations", &session, Value::Null).await.status, 202);
    office.app.run_due().await;
    assert_eq!(server.received().len(), 1, "what is confirmed is not asked again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_listed_and_ended_and_a_password_change_ends_the_others() {
    let office = Office::open().await;
    let first = sign_up(&office, "buyer@example.org").await;
    let log_in = json!({"email": "buyer@example.org", "password": PASSWORD});
    let mut others = Vec::new();
    for _ in 0..2 {
        office.advance_ms(1000).await;
        others.push(text(&post(&office, "/v1/sessions", log_in.clone()).await.json()["session"]["secret"]));
    }
    let list =
        office.get("/v1/account/sessions", &first).await.json()["sessions"].as_array().expect("sessions").clone();
    let current: Vec<_> = list.iter().map(|session| session["is_current"] == true).collect();
    assert_eq!(current, [false, false, true], "the newest first: {list:?}");
    let path = format!("/v1/account/sessions/{}", text(&list[0]["id"]));
    refused(&office.delete(&path, &office.buyer().await.session).await, 404, "session_not_found");
    assert_eq!(office.delete(&path, &first).await.status, 204);
    refused(&office.get("/v1/account/sessions", &others[1]).await, 401, "session_invalid");

    let change = async |current: &str| {
        let body = json!({"current_password": current, "password": "battery staple"}).to_string().into_bytes();
        let (path, bearer) = ("/v1/account/password", Some(first.as_str()));
        let ask = boxoffice::client::Ask { method: "PUT", path, bearer, body: Some(body), headers: &[] };
        office.client().await.send(&ask).await.expect("an answer")
    };
    refused(&change("wrong horse").await, 401, "credentials_wrong");
    assert_eq!(change(PASSWORD).await.status, 204);
    refused(&office.get("/v1/account/sessions", &others[0]).await, 401, "session_invalid");
    assert_eq!(office.get("/v1/account/sessions", &first).await.status, 200);
    refused(&post(&office, "/v1/sessions", log_in).await, 401, "credentials_wrong");
}

/// By TLS from the start and by STARTTLS, with a log-in; and never to a server whose certificate nobody vouches for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_by_tls_with_a_log_in_and_never_to_a_stranger() {
    for (wire, scheme) in [(Wire::Tls, "smtps"), (Wire::StartTls, "smtp")] {
        let server = MailServer::start(wire).await;
        let url = format!("{scheme}://hall:p%40ss@localhost:{}", server.address.port());
        for trusts in [true, false] {
            let stranger = MailServer::start(Wire::Clear).await;
            let ca = if trusts { server.ca.clone() } else { stranger.ca.clone() };
            let before = server.received().len();
            let office = Office::with(|config| {
                to(&server)(config);
                config.mail.smtp = url.parse().ok();
                config.mail.smtp_ca = Some(ca);
            })
            .await;
            sign_up(&office, "buyer@example.org").await;
            office.app.run_due().await;
            assert_eq!(server.received().len() - before, usize::from(trusts), "{wire:?}, trusts: {trusts}");
            let mail = mails(&office).await.remove(0);
            let state = if trusts { "sent" } else { "waiting" };
            assert_eq!(mail["state"], state, "{mail}");
        }
        assert_eq!(server.log_ins(), [" hall p@ss"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sent_is_seen_and_sent_again_by_staff() {
    let server = MailServer::start(Wire::Clear).await;
    let office = Office::with(to(&server)).await;
    server.script([Conduct::RefusesReader(550)]);
    sign_up(&office, "buyer@example.org").await;
    office.app.run_due().await;
    let failed = mails(&office).await.remove(0);
    assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(1)), "{failed}");
    assert_eq!(failed["problem"], "the mail server refuses it: 550");
    office.advance_ms(24 * HOUR_MS).await;
    assert_eq!(server.received().len(), 0, "a refusal for good is not tried again");
    let again = format!("/v1/operator/mails/{}/resends", text(&failed["id"]));
    let new = office.post(&again, OPERATOR, Value::Null).await;
    assert_eq!((new.status, &new.json()["state"]), (201, &json!("waiting")));
    office.app.run_due().await;
    let mail = mails(&office).await.remove(0);
    assert_eq!(mail["problem"], "it has no reader any more, or is about nothing", "its link is over: {mail}");
}

/// Whatever the server does, and however often the office restarts: every mail comes to its reader, and none leaves twice
/// under one `Message-ID`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_leaves_twice_under_one_message_id() {
    const READERS: usize = 8;
    #[expect(clippy::disallowed_methods, reason = "the seed is printed, so the choices can be made again")]
    let fresh = rand::random();
    let seed = std::env::var("BOXOFFICE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(fresh);
    println!("seed {seed} (BOXOFFICE_SEED={seed} repeats it)");
    let mut random = StdRng::seed_from_u64(seed);
    let server = MailServer::start(Wire::Clear).await;
    let mut office = Office::with(to(&server)).await;
    let conducts = [
        Conduct::Takes,
        Conduct::RefusesReader(450),
        Conduct::RefusesMail(451),
        Conduct::Drops,
        Conduct::DropsAfterMail,
        Conduct::RefusesMail(421),
    ];
    server.script([Conduct::Hangs, Conduct::HangsAfterMail]);
    server.script((0..30).map(|_| conducts[random.random_range(0..conducts.len())]));
    for reader in 0..READERS {
        sign_up(&office, &format!("reader{reader}@example.org")).await;
        if reader % 3 == 0 {
            office.app.run_due().await;
        }
        if random.random_range(0..3) == 0 {
            office = office.restart().await;
        }
    }
    // The links in the mails live half an hour; what is tried for longer asks for another.
    for round in 0..40 {
        office.advance_ms(60_000 << round.min(4)).await;
        if mails(&office).await.iter().all(|mail| mail["state"] != "waiting") {
            break;
        }
        if random.random_range(0..4) == 0 {
            office = office.restart().await;
        }
    }
    let (received, mails) = (server.received(), mails(&office).await);
    assert_eq!(mails.len(), READERS, "seed {seed}: {mails:?}");
    let mut ids = BTreeSet::new();
    for mail in &received {
        assert!(ids.insert(mail.header("Message-ID")), "seed {seed}: {} twice", mail.header("Message-ID"));
    }
    for reader in 0..READERS {
        let address = format!("reader{reader}@example.org");
        let of_reader: Vec<_> = received.iter().filter(|mail| mail.to == address).collect();
        let acknowledged = of_reader.iter().filter(|mail| mail.is_acknowledged).count();
        // One whose link was over before the server took it has failed visibly; that is no loss.
        let failed = mails.iter().filter(|mail| mail["state"] == "failed").count();
        assert!(acknowledged >= 1 || failed > 0, "seed {seed}: {address} got none: {mails:?}");
    }
    let sent = mails.iter().filter(|mail| mail["state"] == "sent").count();
    // A stop between the server's word and our note of it sends once more, under another id: rather twice than never.
    assert!(sent <= received.iter().filter(|mail| mail.is_acknowledged).count(), "seed {seed}: {mails:?}");
    assert!(mails.iter().all(|mail| mail["state"] != "waiting"), "seed {seed}: {mails:?}");
    office.verify();
}
