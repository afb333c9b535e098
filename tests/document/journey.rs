//! A journey through a fresh demo that gives every operation's example: what was sent, what came.
//!
//! Clock and randomness are scripted; ids, secrets and instants are compared by their shape all the same, so that only a
//! change of what clients see asks for new examples.

use std::path::Path;
use std::sync::Arc;

use boxoffice::account::{LinkSecrets, Purpose};
use boxoffice::app::App;
use boxoffice::checkout::providers::Conduct;
use boxoffice::client::{Answer, Ask, Client};
use boxoffice::clock::{Clock, Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SeededEntropy;
use boxoffice::{demo, server};
use serde_json::{Map, Value, json};

use crate::{reports, schema::checked, texts};

pub const OPERATOR: &str = "op_of_the_examples_and_nobody_else";
const START: Instant = Instant(1_795_392_000_000);

/// One who calls and takes notes.
pub struct Traveller {
    pub client: Client,
    pub notes: Map<String, Value>,
}

impl Traveller {
    /// Sends a request, which must work, and notes it unless its operation was noted before.
    pub async fn call(&mut self, method: &str, path: &str, bearer: &str, body: Value) -> Value {
        let sent = (!body.is_null()).then(|| body.to_string().into_bytes());
        let bearer = (!bearer.is_empty()).then_some(bearer);
        let ask = Ask { method, path, bearer, body: sent, ..Ask::default() };
        let answer: Answer = self.client.send(&ask).await.expect("an answer");
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.json());
        let complaints = checked().complaints(method, path, &answer);
        assert!(complaints.is_empty(), "{method} {path}: {complaints:?}: {}", answer.json());
        let operation = checked().operation(method, path.split('?').next().unwrap_or_default()).expect("an operation");
        let mut note = Map::new();
        for (name, mut value) in [("request", body), ("answer", answer.json())] {
            if !value.is_null() {
                shorten(&mut value);
                note.insert(name.to_owned(), value);
            }
        }
        if !note.is_empty() {
            self.notes.entry(text(&operation["operationId"])).or_insert(Value::Object(note));
        }
        answer.json()
    }

    pub async fn get(&mut self, path: &str, bearer: &str) -> Value {
        self.call("GET", path, bearer, Value::Null).await
    }

    pub async fn post(&mut self, path: &str, bearer: &str, body: Value) -> Value {
        self.call("POST", path, bearer, body).await
    }
}

/// Two of a kind tell what a list is of.
pub fn shorten(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.truncate(2);
            list.iter_mut().for_each(shorten);
        }
        Value::Object(object) => object.values_mut().for_each(shorten),
        _ => {}
    }
}

/// The notes of the whole journey.
pub async fn travel(folder: &Path) -> Value {
    let mut config = demo::config(&folder.join("boxoffice.db"), ([127, 0, 0, 1], 0).into());
    config.operator_key = Some(OPERATOR.to_owned());
    // Nobody listens there: mail stays in the outbox.
    config.mail.smtp = "smtp://127.0.0.1:9".parse().ok();
    config.mail.mail_from = Some("tickets@hall.example".to_owned());
    config.webhooks_to_private = true;
    let limits = Limits { password_memory_kib: 8, password_passes: 1, ..Limits::default() };
    let clock = ScriptedClock::at(START);
    let opened = App::open_with(config.clone(), limits, Arc::new(clock.clone()), Arc::new(SeededEntropy::new(1)));
    let app = opened.await.expect("a data file").app;
    let passwords = app.part::<boxoffice::account::Passwords>();
    let here = std::net::Ipv4Addr::LOCALHOST.into();
    let hash = passwords.hash(here, demo::BUYER_PASSWORD.to_owned()).await.expect("a hash");
    app.store.write(move |tx| demo::fill(tx, &hash, 0)).await.expect("the demo's data");
    let serving = server::serve(app.clone(), server::bind(&config.listen).expect("a free port"));
    let client = Client::connect(serving.address).await.expect("the server listens");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serving.run(async { drop(stopped.await) }));
    let mut traveller = Traveller { client, notes: Map::new() };
    traveller.get("/v1/venue", "").await;
    buyer(&mut traveller, &clock).await;
    staff(&mut traveller).await;
    mail(&mut traveller, &clock, &app).await;
    checkout(&mut traveller).await;
    webhook(&mut traveller, &app).await;
    member(&mut traveller).await;
    operator(&mut traveller, &clock, &app).await;
    crate::desk::file(&mut traveller, &app).await;
    texts::fetch(&mut traveller, &app).await;

    let notes = traveller.notes;
    drop((traveller.client, stop, app));
    server.await.expect("the server ends").expect("in order");
    Value::Object(notes)
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The demo buyer buys two tickets.
async fn buyer(traveller: &mut Traveller, clock: &ScriptedClock) {
    let new = json!({"email": "buyer@example.org", "password": "correct horse", "name": "Buyer"});
    traveller.post("/v1/users", "", new).await;
    let demo = json!({"email": demo::BUYER_EMAIL, "password": demo::BUYER_PASSWORD});
    let session = text(&traveller.post("/v1/sessions", "", demo).await["session"]["secret"]);
    let concert = text(&traveller.get("/v1/concerts", "").await["concerts"][0]["id"]);
    traveller.get(&format!("/v1/concerts/{concert}"), "").await;
    let tokens = format!("/v1/concerts/{concert}/queue/tokens");
    let token = text(&traveller.post(&tokens, &session, json!({})).await["token"]);
    traveller.get(&format!("{tokens}/current"), &session).await;
    traveller.get("/v1/queue/position?seats=true", &token).await;
    let performance = traveller.get("/v1/dates", &token).await["dates"][0]["performance_id"].clone();
    traveller.get(&format!("/v1/performances/{}/seats", text(&performance)), &token).await;
    let best = json!({"performance_id": performance, "best": {"grade": "R", "quantity": 2}});
    let hold = traveller.post("/v1/holds", &token, best).await;
    traveller.get("/v1/holds", &token).await;
    traveller.get("/v1/balance", &token).await;
    traveller.post("/v1/balance/top-ups", &token, json!({"amount": hold["amount"]})).await;
    traveller.get("/v1/bill", &token).await;
    clock.advance_ms(42_000);
    let seats: Vec<_> = hold["seats"].as_array().expect("seats").iter().map(|seat| &seat["id"]).collect();
    let paid = traveller.post("/v1/payments", &token, json!({"seat_ids": seats, "amount": hold["amount"]})).await;
    traveller.get("/v1/balance/postings", &session).await;
    traveller.get("/v1/payments", &session).await;
    traveller.get(&format!("/v1/payments/{}", text(&paid["id"])), &session).await;
    traveller.get(&format!("/v1/tickets/{}", text(&paid["tickets"][0]["code"])), &session).await;
    let ticket = format!("/v1/tickets/{}", text(&paid["tickets"][0]["code"]));
    traveller.post(&format!("{ticket}/handovers"), &session, json!({"email": "buyer@example.org"})).await;
    let friend = json!({"email": "buyer@example.org", "password": "correct horse"});
    let friend = text(&traveller.post("/v1/sessions", "", friend).await["session"]["secret"]);
    traveller.get("/v1/tickets", &friend).await;
    let payment = text(&paid["id"]);
    traveller.post(&format!("/v1/payments/{payment}/cancellations"), &session, json!({})).await;
    let refund = json!({"to": "balance", "keep_per_ticket": 1000});
    traveller.post(&format!("/v1/operator/payments/{payment}/refunds"), OPERATOR, refund).await;
    traveller.get(&format!("/v1/operator/payments/{payment}"), OPERATOR).await;
    traveller.call("DELETE", "/v1/sessions/current", &session, Value::Null).await;
}

/// Somebody comes through the door, and a door without a network tells of the same ticket.
async fn door(traveller: &mut Traveller, performance: &str, code: &str) {
    let desk = "/v1/operator";
    let check_in = json!({"code": code, "gate": "East", "performance_id": performance});
    let made = traveller.post(&format!("{desk}/check-ins"), OPERATOR, check_in.clone()).await;
    let scan = json!({"scan_id": "01a205b3-d000-711e-9fae-b222f27b9947", "code": code, "gate": "West",
                      "scanned_at": "2027-01-01T10:05:00Z"});
    traveller.post(&format!("{desk}/scans"), OPERATOR, json!({"scans": [scan]})).await;
    traveller.get(&format!("{desk}/performances/{performance}/check-ins"), OPERATOR).await;
    traveller.get(&format!("{desk}/performances/{performance}/door-list"), OPERATOR).await;
    let undo = format!("{desk}/check-ins/{}/undo", text(&made["id"]));
    traveller.post(&undo, OPERATOR, json!({"reason": "Went out for a coat"})).await;
}

/// Somebody comes to the counter, and comes back; and the day's close.
async fn counter(traveller: &mut Traveller, performance: &str, user: &str) {
    let desk = "/v1/operator";
    let map = traveller.get(&format!("{desk}/performances/{performance}/seats"), OPERATOR).await;
    let seat = |at: usize| map["seats"][at]["id"].clone();
    let sale = json!({"performance_id": performance, "seat_ids": [seat(4), seat(5)], "paid_by": "cash"});
    let sold = traveller.post(&format!("{desk}/sales"), OPERATOR, sale).await;
    let exchange = json!({"performance_id": performance, "seat_ids": [seat(8), seat(9)], "paid_by": "card"});
    let payment = format!("{desk}/payments/{}", text(&sold["id"]));
    let other = traveller.post(&format!("{payment}/exchanges"), OPERATOR, exchange).await;
    let code = text(&other["payment"]["tickets"][0]["code"]);
    crate::desk::watched(traveller, performance, user, &code).await;
    door(traveller, performance, &code).await;
    let user = format!("{desk}/users/{user}");
    let paid_out = json!({"amount": 20_000, "note": "Not needed any more"});
    traveller.post(&format!("{user}/pay-outs"), OPERATOR, paid_out).await;
    let correction = json!({"amount": -10_000, "note": "Topped up twice by mistake"});
    traveller.post(&format!("{user}/corrections"), OPERATOR, correction).await;
    let counted = json!({"counted": [{"means": "cash", "amount": 582_000}]});
    traveller.post(&format!("{desk}/day-closes"), OPERATOR, counted).await;
    traveller.get(&format!("{desk}/day-closes"), OPERATOR).await;
    reports::read(traveller, performance).await;
}

/// A performance is cancelled, and then its concert.
async fn cancelled(traveller: &mut Traveller, app: &App, concert: &str, performance: &str) {
    let cancellation = format!("/v1/operator/performances/{performance}/cancellation");
    traveller.post(&cancellation, OPERATOR, Value::Null).await;
    app.run_due().await;
    traveller.get(&cancellation, OPERATOR).await;
    let of_concert = format!("/v1/operator/concerts/{concert}/cancellation");
    traveller.post(&of_concert, OPERATOR, Value::Null).await;
    traveller.get(&of_concert, OPERATOR).await;
}

/// An address at which nobody listens, told of a refund to come.
async fn webhook(traveller: &mut Traveller, app: &App) {
    let webhooks = "/v1/operator/webhooks";
    let wanted = json!({"url": "http://127.0.0.1:9/boxoffice", "events": ["performance_moved"]});
    let made = traveller.post(webhooks, OPERATOR, wanted).await;
    let path = format!("{webhooks}/{}", text(&made["webhook"]["id"]));
    traveller.get(webhooks, OPERATOR).await;
    traveller.post(&format!("{path}/secrets"), OPERATOR, Value::Null).await;
    let concerts = traveller.get("/v1/concerts", "").await;
    let concert = format!("/v1/operator/concerts/{}/performances", text(&concerts["concerts"][0]["id"]));
    let performances = traveller.get(&concert, OPERATOR).await;
    let performance = format!("/v1/operator/performances/{}", text(&performances["performances"][0]["id"]));
    traveller.call("PATCH", &performance, OPERATOR, json!({"duration_minutes": 130})).await;
    app.run_due().await;
    let told = traveller.get(&format!("{path}/deliveries"), OPERATOR).await;
    let again = format!("{path}/deliveries/{}/replays", text(&told["deliveries"][0]["id"]));
    traveller.post(&again, OPERATOR, Value::Null).await;
}

/// Money through the built-in provider.
async fn checkout(traveller: &mut Traveller) {
    let buyer = json!({"email": "buyer@example.org", "password": "correct horse"});
    let session = text(&traveller.post("/v1/sessions", "", buyer).await["session"]["secret"]);
    let opened = traveller.post("/v1/balance/checkouts", &session, json!({"amount": 260_000})).await;
    let id = text(&opened["id"]);
    Conduct::Pays.set(id.parse().expect("an id"));
    let path = format!("/v1/balance/checkouts/{id}");
    traveller.post(&format!("{path}/return"), &session, json!({"parameters": {"outcome": "done"}})).await;
    traveller.get(&path, &session).await;
    traveller.get("/v1/operator/checkouts?state=paid", OPERATOR).await;
}

/// A member of the venue's own site, and what is known of one.
async fn member(traveller: &mut Traveller) {
    let made = json!({"external_id": "member-4711", "name": "Member", "language": "en"});
    let made = traveller.post("/v1/operator/users", OPERATOR, made).await;
    let path = format!("/v1/operator/users/{}", text(&made["id"]));
    traveller.get("/v1/operator/users?external_id=member-4711", OPERATOR).await;
    traveller.get(&path, OPERATOR).await;
    traveller.call("PATCH", &path, OPERATOR, json!({"email": "member@example.org"})).await;
    let opened = traveller.post(&format!("{path}/sessions"), OPERATOR, Value::Null).await;
    traveller.get("/v1/account", &text(&opened["secret"])).await;
    traveller.get("/v1/account/export", &text(&opened["secret"])).await;
    let b = json!({"email": "b@example.org", "password": "correct horse", "name": "B"});
    let b = json!({"from_user_id": traveller.post("/v1/users", "", b).await["user"]["id"]});
    traveller.post(&format!("{path}/merges"), OPERATOR, b).await;
}

/// A forgotten password, an address that is confirmed, and what the desk sees of it.
async fn mail(traveller: &mut Traveller, clock: &ScriptedClock, app: &App) {
    // Each mail is tried once while its link is good, so that what became of it is the same each time.
    traveller.post("/v1/password-resets", "", json!({"email": demo::BUYER_EMAIL})).await;
    app.run_due().await;
    let token = link(app, Purpose::PasswordReset);
    let new = json!({"token": token, "password": "battery staple"});
    let session = text(&traveller.post("/v1/passwords", "", new).await["session"]["secret"]);
    traveller.get("/v1/account/sessions", &session).await;
    let change = json!({"current_password": "battery staple", "password": "correct horse battery"});
    traveller.call("PUT", "/v1/account/password", &session, change).await;
    let stranger = json!({"email": "buyer@example.org", "password": "correct horse"});
    let session = text(&traveller.post("/v1/sessions", "", stranger).await["session"]["secret"]);
    clock.advance_ms(120_000);
    traveller.post("/v1/account/email-confirmations", &session, Value::Null).await;
    app.run_due().await;
    let token = link(app, Purpose::EmailConfirmation);
    traveller.post("/v1/email-confirmations", "", json!({"token": token})).await;
    app.run_due().await;
    let mails = traveller.get("/v1/operator/mails", OPERATOR).await;
    let again = format!("/v1/operator/mails/{}/resends", text(&mails["mails"][0]["id"]));
    traveller.post(&again, OPERATOR, Value::Null).await;
}

/// The secret in the mail of the last link that was made for this.
fn link(app: &App, purpose: Purpose) -> String {
    let file = rusqlite::Connection::open(&app.config.data).expect("the data file opens");
    let query = "SELECT id FROM account_link WHERE purpose = ?1 ORDER BY made_at DESC LIMIT 1";
    let id: [u8; 16] = file.query_row(query, [purpose.as_str()], |row| row.get(0)).expect("a link");
    app.part::<LinkSecrets>().secret(purpose, uuid::Uuid::from_bytes(id))
}

/// A key for the door, and a browser at the desk.
async fn staff(traveller: &mut Traveller) {
    let keys = "/v1/operator/staff-keys";
    let key = json!({"name": "Door east", "scopes": ["door"]});
    let made = traveller.post(keys, OPERATOR, key).await;
    traveller.get(keys, OPERATOR).await;
    traveller.get(&format!("{keys}/{}", text(&made["staff_key"]["id"])), OPERATOR).await;
    let sessions = "/v1/operator/desk-sessions";
    let opened = traveller.post(sessions, OPERATOR, Value::Null).await;
    traveller.get(&format!("{sessions}/current"), &text(&opened["secret"])).await;
    traveller.get("/v1/operator/audit", OPERATOR).await;
}

/// The operator puts a concert on sale, with a draw.
async fn operator(traveller: &mut Traveller, clock: &ScriptedClock, app: &App) {
    const HOUR_MS: i64 = 3_600_000;
    let desk = "/v1/operator";
    let row = |name: &str, grade: &str, seats: Value| json!({"name": name, "seats": seats, "grade": grade});
    let rows = [row("A", "VIP", json!(20)), row("B", "R", json!([1, 3, "5A", {"label": 7, "kind": "wheelchair"}]))];
    let hall = json!({"name": "Great Hall", "sections": [{"name": "Stalls", "rows": rows}]});
    let made = traveller.post(&format!("{desk}/halls"), OPERATOR, hall.clone()).await;
    traveller.get(&format!("{desk}/halls"), OPERATOR).await;
    let of_hall = format!("{desk}/halls/{}", text(&made["id"]));
    traveller.get(&of_hall, OPERATOR).await;
    traveller.get(&format!("{of_hall}/export"), OPERATOR).await;
    traveller.call("PUT", &of_hall, OPERATOR, hall.clone()).await;
    let great_hall = hall;
    let hall = made["id"].clone();
    let file = json!({"name": "Annex", "csv": "c2VjdGlvbixyb3csc2VhdCxncmFkZQpTdGFsbHMsQSwxMkEsUgo="});
    let annex = traveller.post(&format!("{desk}/hall-imports"), OPERATOR, file).await["id"].clone();
    traveller.call("DELETE", &format!("{desk}/halls/{}", text(&annex)), OPERATOR, Value::Null).await;
    let on_sale_at = clock.now().plus_ms(HOUR_MS).to_rfc3339();
    let queue = json!({"max_admitted": 50, "admissions_per_minute": 600});
    let concert = json!({
        "title": "New Year's Concert", "time_zone": "Asia/Seoul", "on_sale_at": on_sale_at,
        "queue_opens_at": clock.now().to_rfc3339(), "queue": queue, "fee_per_ticket": 1000, "draft": true,
    });
    let concert = traveller.post(&format!("{desk}/concerts"), OPERATOR, concert).await["id"].clone();
    let performance = json!({
        "concert_id": concert, "hall_id": hall, "starts_at": "2027-01-01T19:30:00+09:00",
        "ticket_types": [{"name": "full", "prices": {"VIP": 150_000, "R": 110_000}},
                         {"name": "child", "prices": {"R": 55_000}, "seats_per_user": 2}],
    });
    let performance = traveller.post(&format!("{desk}/performances"), OPERATOR, performance).await;
    traveller.call("PUT", &of_hall, OPERATOR, great_hall).await;
    let concert = text(&concert);
    let blocks = format!("{desk}/performances/{}/blocks", text(&performance["id"]));
    let newest = app
        .store
        .read_blocking(|tx| tx.one("SELECT max(performance_key) FROM performance", [], |row| row.get::<_, i64>(0)));
    let newest = newest.expect("a performance");
    let seat = |seat_no: u32| format!("{newest}-{seat_no}");
    let block = json!({"reason": "Technical desk", "seat_ids": [seat(3), seat(4)]});
    let block = traveller.post(&blocks, OPERATOR, block).await;
    let free = format!("{blocks}/{}/free", text(&block["id"]));
    traveller.post(&free, OPERATOR, json!({"seat_ids": [seat(4)]})).await;
    traveller.get(&blocks, OPERATOR).await;
    life(
        traveller,
        &format!("{desk}/concerts/{concert}"),
        &format!("{desk}/performances/{}", text(&performance["id"])),
    )
    .await;
    codes(traveller, &format!("{desk}/concerts/{concert}/code-batches")).await;
    traveller.get(&format!("/v1/performances/{}/plan", text(&performance["id"])), "").await;
    let second = json!({"hall_version": 3});
    traveller.call("PUT", &format!("{desk}/performances/{}/plan", text(&performance["id"])), OPERATOR, second).await;
    let queue = format!("{desk}/concerts/{concert}/queue");
    let sessions = traveller.post(&format!("{desk}/sessions"), OPERATOR, json!({"count": 2})).await;
    let buyer = &sessions["sessions"][0];
    let top_up = format!("{desk}/users/{}/top-ups", text(&buyer["user_id"]));
    traveller.post(&top_up, OPERATOR, json!({"amount": 300_000})).await;
    let tokens = format!("/v1/concerts/{concert}/queue/tokens");
    for session in sessions["sessions"].as_array().expect("sessions") {
        traveller.post(&tokens, &text(&session["secret"]), Value::Null).await;
    }
    clock.advance_ms(HOUR_MS);
    app.run_due().await;
    traveller.get(&format!("/v1/concerts/{concert}/queue/draw"), "").await;
    traveller.get(&queue, OPERATOR).await;
    let change = json!({"max_admitted": 10, "admissions_per_minute": 30});
    traveller.call("PATCH", &queue, OPERATOR, change).await;
    waitlist(traveller, clock, app).await;
    let change = json!({"name": "Great Hall", "seats_per_user": 6});
    traveller.call("PATCH", &format!("{desk}/venue"), OPERATOR, change).await;
    counter(traveller, &text(&performance["id"]), &text(&buyer["user_id"])).await;
    cancelled(traveller, app, &concert, &text(&performance["id"])).await;
}

/// A concert with two seats that is sold out, and one who waits until they come back.
async fn waitlist(traveller: &mut Traveller, clock: &ScriptedClock, app: &App) {
    let desk = "/v1/operator";
    let rows = json!([{"name": "A", "grade": "R", "seats": 2}]);
    let hall = json!({"name": "Studio", "sections": [{"name": "Stalls", "rows": rows}]});
    let hall = traveller.post(&format!("{desk}/halls"), OPERATOR, hall).await["id"].clone();
    let concert = json!({"title": "Encore", "time_zone": "Asia/Seoul"});
    let concert = traveller.post(&format!("{desk}/concerts"), OPERATOR, concert).await["id"].clone();
    let starts_at = "2027-01-02T19:30:00+09:00";
    let date = json!({"concert_id": concert, "hall_id": hall, "starts_at": starts_at, "prices": {"R": 110_000}});
    let performance = traveller.post(&format!("{desk}/performances"), OPERATOR, date).await["id"].clone();
    let list = format!("/v1/concerts/{}/waitlist", text(&concert));
    let at_desk = format!("{desk}/concerts/{}/waitlist", text(&concert));
    traveller.call("PATCH", &at_desk, OPERATOR, json!({"offer_seconds": 3600})).await;

    let sessions = traveller.post(&format!("{desk}/sessions"), OPERATOR, json!({"count": 2})).await;
    let (holder, waits) = (text(&sessions["sessions"][0]["secret"]), &sessions["sessions"][1]);
    let top_up = format!("{desk}/users/{}/top-ups", text(&waits["user_id"]));
    traveller.post(&top_up, OPERATOR, json!({"amount": 300_000})).await;
    let waits = text(&waits["secret"]);
    let tokens = format!("/v1/concerts/{}/queue/tokens", text(&concert));
    let token = text(&traveller.post(&tokens, &holder, json!({})).await["token"]);
    let best = json!({"performance_id": performance, "best": {"quantity": 2}});
    let hold = traveller.post("/v1/holds", &token, best).await;
    traveller.post(&list, &waits, json!({"quantity": 2, "grade": "R"})).await;
    clock.advance_ms(60_000);
    traveller.call("DELETE", &format!("/v1/holds/{}", text(&hold["id"])), &token, Value::Null).await;
    app.run_due().await;
    traveller.get(&at_desk, OPERATOR).await;
    let offer = traveller.get(&list, &waits).await["offer"].clone();
    traveller.post(&format!("{list}/payment"), &waits, json!({"amount": offer["amount"]})).await;
}

/// Codes of a concert that is not on sale yet.
async fn codes(traveller: &mut Traveller, batches: &str) {
    let fans = json!({"name": "Fan club", "presale": {"tier": 1}, "quantity": 200, "uses_per_code": 1});
    let batch = traveller.post(batches, OPERATOR, fans).await;
    let spring = json!({"name": "Spring", "discount": {"percent": 15}, "code": "SPRING26"});
    traveller.post(batches, OPERATOR, spring).await;
    traveller.get(batches, OPERATOR).await;
    let batch = format!("/v1/operator/code-batches/{}", text(&batch["id"]));
    traveller.get(&batch, OPERATOR).await;
    traveller.get(&format!("{batch}/codes"), OPERATOR).await;
}

/// What the operator says of a concert and its performance before it is published.
async fn life(traveller: &mut Traveller, concert: &str, performance: &str) {
    let said = json!([{"language": "ko", "title": "신년 음악회", "text": "빈 왈츠로 여는 새해."}]);
    let change = json!({"state": "published", "texts": said, "age_limit": 8});
    traveller.call("PUT", &format!("{concert}/picture"), OPERATOR, json!({"data": "iVBORw0KGgo="})).await;
    traveller.call("PATCH", concert, OPERATOR, change).await;
    traveller.get(concert, OPERATOR).await;
    traveller.get("/v1/operator/concerts", OPERATOR).await;
    traveller.get(&format!("{concert}/performances"), OPERATOR).await;
    traveller.call("PATCH", performance, OPERATOR, json!({"doors_at": "2027-01-01T18:45:00+09:00"})).await;
    traveller.get(performance, OPERATOR).await;
}
