//! A box office where every operation has something to work on, and what each operation needs to succeed.

use std::sync::OnceLock;

use boxoffice::account::Purpose;
use serde_json::{Value, json};

use crate::support::{Buyer, Concert, OPERATOR, Office, text};

/// The address of an account with a password.
pub const REGULAR: &str = "regular@example.org";

/// An operation as the document describes it.
pub struct Operation {
    pub id: String,
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// The security schemes that open it; none for everybody.
    pub schemes: Vec<String>,
    /// What a staff key must have.
    pub scope: Option<String>,
    pub has_body: bool,
    pub needs_body: bool,
    pub takes_key: bool,
}

pub struct Stage {
    pub office: Office,
    pub concert: Concert,
    /// Lets one in at a time, and somebody is in.
    pub full: Concert,
    pub hall: String,
    pub buyer: Buyer,
    /// The buyer's, admitted.
    pub token: String,
    /// The buyer's, waiting at the full concert.
    pub waiting: String,
    pub seats: Vec<String>,
    /// The desk's block of the last two seats.
    pub block: String,
    /// The buyer's hold of the first two seats.
    pub hold: String,
    /// The buyer's payment for the third seat, made in an earlier visit.
    pub payment: String,
    pub ticket: String,
    /// The buyer's checkout, not paid.
    pub checkout: String,
    /// An address that is told something, and what it is told.
    pub webhook: String,
    pub delivery: String,
    /// What lets its reader choose a new password, and confirm an address.
    pub links: [String; 2],
    /// A mail in the outbox.
    pub mail: String,
    /// A session of the account with a password, and the id of another of its sessions.
    pub regular: String,
    pub other_session: String,
    /// A member of the venue's own site.
    pub member: String,
    /// The id of a staff key for the door.
    pub staff_key: String,
    /// A concert that nobody joined, without performances.
    pub bare: String,
    /// A performance that nobody has tickets for.
    pub unsold: Concert,
    /// A performance in a hall that has a second version.
    pub replanned: String,
    /// The stranger's check-in.
    pub check_in: String,
    /// One that is cancelled.
    pub called_off: Concert,
    /// The hash of the concert's picture.
    pub picture: String,
    /// A concert of which somebody holds the only seat.
    pub sold_out: String,
    /// A concert whose waitlist offers its only seat to the buyer.
    pub offered: String,
    /// A batch of codes.
    pub code_batch: String,
    /// Somebody else, who has all of that too.
    pub stranger: Stranger,
}

pub struct Stranger {
    pub buyer: Buyer,
    pub token: String,
    pub hold: String,
    pub held_seat: String,
    pub payment: String,
    pub ticket: String,
    /// An entry of their balance's history.
    pub posting: String,
    /// A seat of the full concert.
    pub seat_elsewhere: String,
}

impl Stage {
    pub async fn set() -> Self {
        // Nobody listens there: mail stays in the outbox.
        let office = Office::with(|config| {
            config.mail.smtp = "smtp://127.0.0.1:9".parse().ok();
            config.mail.mail_from = Some("tickets@hall.example".to_owned());
            config.webhooks_to_private = true;
        })
        .await;
        let regular = json!({"email": REGULAR, "password": "correct horse", "name": "Regular"});
        let signed_up = office.client().await.post("/v1/users", None, &regular).await.expect("an answer");
        assert_eq!(signed_up.status, 201, "{}", signed_up.json());
        let concert = office.concert(json!({"max_admitted": null}), 2, 10).await;
        let full = office.concert(json!({"max_admitted": 1}), 1, 4).await;
        let hall = json!({"name": "Annex", "sections": [{"name": "Floor", "rows": [
            {"name": "1", "seats": 3, "grade": "R"}]}]});
        let hall = text(&office.make("/v1/operator/halls", hall).await["id"]);
        let (buyer, stranger) = (office.buyer().await, office.buyer().await);
        let inside = office.enter(&stranger, &full).await;
        let seat_elsewhere = office.seat_ids(&inside, &full).await.remove(0);

        let first = office.enter(&buyer, &concert).await;
        let seats = office.seat_ids(&first, &concert).await;
        let (payment, ticket, _) = buy(&office, &first, &seats[2]).await;
        let theirs = office.enter(&stranger, &concert).await;
        let (their_payment, their_ticket, posting) = buy(&office, &theirs, &seats[3]).await;

        let token = office.enter(&buyer, &concert).await;
        let waiting = text(&office.join(&buyer, &full).await["token"]);
        let their_token = office.enter(&stranger, &concert).await;
        office.top_up(&token, 10_000).await;
        let hold = text(&office.hold(&token, &concert, &[&seats[0], &seats[1]]).await.json()["id"]);
        let their_hold = text(&office.hold(&their_token, &concert, &[&seats[4]]).await.json()["id"]);
        let blocks = format!("/v1/operator/performances/{}/blocks", concert.performance);
        let block = json!({"reason": "Technical desk", "seat_ids": [seats[18], seats[19]]});
        let block = text(&office.make(&blocks, block).await["id"]);
        let stranger = Stranger {
            buyer: stranger,
            token: their_token,
            hold: their_hold,
            held_seat: seats[4].clone(),
            payment: their_payment,
            ticket: their_ticket,
            posting,
            seat_elsewhere,
        };
        let checkout = office.post("/v1/balance/checkouts", &buyer.session, json!({"amount": 1000})).await;
        assert_eq!(checkout.status, 201, "{}", checkout.json());
        let checkout = text(&checkout.json()["id"]);
        let made = office.make("/v1/operator/staff-keys", json!({"name": "Door", "scopes": ["door"]})).await;
        let asked = office.client().await.post("/v1/password-resets", None, &json!({"email": REGULAR})).await;
        assert_eq!(asked.expect("an answer").status, 202);
        office.app.run_due().await;
        let links = [Purpose::PasswordReset, Purpose::EmailConfirmation].map(|purpose| office.link(purpose));
        let mail = text(&office.get("/v1/operator/mails", OPERATOR).await.json()["mails"][0]["id"]);
        let staff_key = text(&made["staff_key"]["id"]);
        let member = json!({"external_id": "member-0", "name": "Member"});
        let member = text(&office.make("/v1/operator/users", member).await["id"]);
        let log_in = json!({"email": REGULAR, "password": "correct horse"});
        let regular = office.client().await.post("/v1/sessions", None, &log_in).await.expect("an answer").json();
        let regular = text(&regular["session"]["secret"]);
        let sessions =
            office.get("/v1/account/sessions", &regular).await.json()["sessions"].as_array().expect("a list").clone();
        let other = sessions.iter().find(|session| session["is_current"] == false).expect("the one of the sign-up");
        let other_session = text(&other["id"]);
        let bare = json!({"title": "Bare", "time_zone": "Asia/Seoul", "draft": true});
        let bare = text(&office.make("/v1/operator/concerts", bare).await["id"]);
        let (sold_out, _) = only_seat_held(&office).await;
        let (offered, (their_token, their_seat)) = only_seat_held(&office).await;
        let wish = json!({"quantity": 1});
        let waits = office.post(&format!("/v1/concerts/{}/waitlist", offered.id), &buyer.session, wish).await;
        assert_eq!(waits.status, 201, "{}", waits.json());
        assert_eq!(office.delete(&format!("/v1/holds/{their_seat}"), &their_token).await.status, 204);
        office.app.run_due().await;
        let half = json!({"name": "Half", "discount": {"percent": 50}, "code": "HALF"});
        let code_batches = format!("/v1/operator/concerts/{}/code-batches", concert.id);
        let code_batch = text(&office.make(&code_batches, half).await["id"]);
        let unsold = office.concert(Value::Null, 1, 2).await;
        let replanned = office.concert(Value::Null, 1, 2).await.performance;
        let its_hall = office.get("/v1/operator/halls", OPERATOR).await.json()["halls"][0]["id"].clone();
        let its_hall = format!("/v1/operator/halls/{}", text(&its_hall));
        let plan = office.get(&its_hall, OPERATOR).await.json()["hall"].clone();
        assert_eq!(office.put(&its_hall, OPERATOR, plan).await.status, 200, "a second version");
        let (webhook, delivery) = webhook(&office, &unsold).await;
        let check_in = json!({"code": stranger.ticket});
        let check_in = text(&office.make("/v1/operator/check-ins", check_in).await["id"]);
        let called_off = office.concert(Value::Null, 1, 2).await;
        let cancellation = format!("/v1/operator/performances/{}/cancellation", called_off.performance);
        assert_eq!(office.post(&cancellation, OPERATOR, Value::Null).await.status, 202);
        // Its refunds are done, and change nothing any more while somebody looks.
        office.app.run_due().await;
        let path = format!("/v1/operator/concerts/{}/picture", concert.id);
        let picture = office.put(&path, OPERATOR, json!({ "data": PICTURE })).await.json();
        let picture = text(&picture["picture"]).rsplit('/').next().expect("a hash").to_owned();
        Self {
            office,
            concert,
            full,
            hall,
            buyer,
            token,
            waiting,
            seats,
            block,
            hold,
            payment,
            ticket,
            checkout,
            webhook,
            delivery,
            links,
            mail,
            regular,
            other_session,
            member,
            staff_key,
            bare,
            unsold,
            replanned,
            called_off,
            check_in,
            picture,
            sold_out: sold_out.id,
            offered: offered.id,
            code_batch,
            stranger,
        }
    }

    /// The operation's path with things of the buyer's own in it.
    pub fn path(&self, operation: &Operation) -> String {
        self.filled(operation, &operation.path)
    }

    /// A path of the operation with things of the buyer's own in place of its parameters.
    pub fn filled(&self, operation: &Operation, path: &str) -> String {
        // The token is for the first concert; the queue of the second would replace the waiting token just as well.
        let concert = match operation.id.as_str() {
            "take_back_concert" => &self.bare,
            "cancel_concert" => &self.unsold.id,
            "join_waitlist" => &self.sold_out,
            "show_waitlist_place" | "leave_waitlist" | "pay_offer" => &self.offered,
            _ => &self.concert.id,
        };
        let performance = match operation.id.as_str() {
            "take_back_performance" | "cancel_performance" => &self.unsold.performance,
            "show_cancellation" => &self.called_off.performance,
            "replan_performance" => &self.replanned,
            _ => &self.concert.performance,
        };
        let query = match operation.id.as_str() {
            "find_users" => "?name=b",
            "best_seats" => "?quantity=1",
            "delete_account" => "?give_up_balance=true",
            "export_report" => "?report=sales",
            "list_check_ins" => &format!("?performance_id={}", self.concert.performance),
            _ => "",
        };
        let path = path
            .replace("{concert_id}", concert)
            .replace("{performance_id}", performance)
            .replace("{picture_hash}", &self.picture)
            .replace("{hall_id}", &self.hall)
            .replace("{hold_id}", &self.hold)
            .replace("{payment_id}", &self.payment)
            .replace("{code}", &self.ticket)
            .replace("{user_id}/sessions", &format!("{}/sessions", self.member))
            .replace("{user_id}", &self.buyer.id)
            .replace("{block_id}", &self.block)
            .replace("{code_batch_id}", &self.code_batch)
            .replace("{session_id}", &self.other_session)
            .replace("{check_in_id}", &self.check_in)
            .replace("{webhook_id}", &self.webhook)
            .replace("{delivery_id}", &self.delivery)
            .replace("{checkout_id}", &self.checkout)
            .replace("{provider}", "fake")
            .replace("{mail_id}", &self.mail)
            .replace("{staff_key_id}", &self.staff_key);
        path + query
    }

    /// A credential that opens the operation.
    pub fn credential(&self, operation: &Operation) -> Option<String> {
        let names = |name: &str| operation.schemes.iter().any(|scheme| scheme == name);
        match () {
            () if names("QueueToken") => Some(self.token.clone()),
            // What is done to one's own log-in needs an account that has one.
            () if ["end_session", "change_password"].contains(&operation.id.as_str()) => Some(self.regular.clone()),
            () if names("Session") => Some(self.buyer.session.clone()),
            () if names("StaffKey") => Some(OPERATOR.to_owned()),
            () => {
                assert!(operation.schemes.is_empty(), "{} has an unknown scheme", operation.id);
                None
            }
        }
    }

    /// A body that the operation accepts, with every field of it.
    pub fn sample(&self, operation: &Operation) -> Option<Value> {
        Some(match operation.id.as_str() {
            "sign_up" => json!({"email": "new@example.org", "password": "correct horse", "name": "New"}),
            "log_in" => json!({"email": REGULAR, "password": "correct horse"}),
            // Without an address: elsewhere one is required.
            "create_user" => json!({"external_id": "member-1", "name": "Member", "language": "en"}),
            "merge_users" => json!({"from_user_id": self.member, "take_address": false}),
            "correct_user" => json!({"language": "en"}),
            "request_password_reset" => json!({"email": REGULAR}),
            "reset_password" => json!({"token": self.links[0], "password": "battery staple"}),
            "confirm_email" => json!({"token": self.links[1]}),
            "change_password" => json!({"current_password": "correct horse", "password": "battery staple"}),
            "hold_seats" => json!({"performance_id": self.concert.performance, "seat_ids": [self.seats[5]],
                "types": ["full"]}),
            "refund_payment" => json!({"tickets": [self.ticket], "to": "cash", "keep_per_ticket": 100,
                "keep_order_fee": false, "places": "blocked", "block_reason": "Broken"}),
            "cancel_payment" => json!({"tickets": [self.ticket]}),
            "hand_on_ticket" => json!({"email": REGULAR}),
            "sell" => {
                json!({"performance_id": self.concert.performance, "seat_ids": [self.seats[6]], "types": ["full"],
                "paid_by": "cash", "user_id": self.buyer.id})
            }
            "exchange" => json!({"tickets": [self.ticket], "performance_id": self.concert.performance,
                "seat_ids": [self.seats[6]], "types": ["full"], "paid_by": "card"}),
            "check_in" => json!({"code": self.ticket, "gate": "East", "performance_id": self.concert.performance}),
            "check_in_by_hand" => json!({"reason": "The phone is broken", "gate": "East"}),
            "undo_check_in" => json!({"reason": "By mistake"}),
            "merge_scans" => json!({"scans": [{"scan_id": self.concert.id, "code": self.ticket, "gate": "East",
                "scanned_at": "2026-11-23T10:00:00Z"}]}),
            "close_day" => json!({"counted": [{"means": "cash", "amount": 1000}]}),
            "pay_out" => json!({"amount": 1, "means": "cash", "note": "Closed"}),
            "correct_balance" => json!({"amount": 1, "note": "Mistake"}),
            "top_up_user" => json!({"amount": 1000, "means": "card"}),
            "create_webhook" => json!({"url": "https://hall.example/hooks", "events": ["payment_completed"]}),
            "open_checkout" => json!({"amount": 1000, "provider": "fake", "then_pay": {"concert_id": self.concert.id,
                "seat_ids": [self.seats[0], self.seats[1]], "amount": 1000, "code": "half"}}),
            "return_checkout" => json!({"parameters": {"paymentKey": "k", "amount": "1000"}}),
            "top_up" => json!({"amount": 1000}),
            "pay" => json!({"seat_ids": [self.seats[0], self.seats[1]], "amount": 1000, "code": "half"}),
            // Its queue is drawn: a presale code would be refused there.
            "issue_token" => json!({}),
            "join_waitlist" => json!({"quantity": 1, "grade": "R"}),
            "pay_offer" => json!({"amount": 1000}),
            "change_waitlist" => json!({"mode": "by_draw", "offer_seconds": 600}),
            "create_codes" => {
                json!({"name": "Codes", "discount": {"percent": 50, "performance_id": self.concert.performance},
                "quantity": 3, "uses_per_code": 1})
            }
            // A file of one seat.
            "import_hall" => json!({"name": "Hall", "csv": "c2VjdGlvbixyb3csc2VhdCxncmFkZQpTdGFsbHMsQSwxMkEsUgo="}),
            "create_hall" | "change_hall" => json!({"name": "Hall", "floors": ["Ground"], "sections": [
                {"name": "Stalls", "floor": "Ground", "rows": [{"name": "A", "grade": "R", "seats": [
                    {"label": "12A", "grade": "S", "kind": "wheelchair", "note": "No step", "gap_before": 1}, 3, "5"]}]},
                {"name": "Floor", "capacity": 100, "grade": "S"}]}),
            "create_concert" => json!({"title": "Concert", "time_zone": "Asia/Seoul",
                "on_sale_at": "2027-01-01T10:00:00Z", "queue_opens_at": "2027-01-01T09:00:00Z",
                "seats_per_user": 8, "fee_per_ticket": 100, "fee_per_order": 0, "cancel_until_minutes": 60, "cancel_fee": 0,
                "draft": false, "age_limit": 12,
                "sale_ends_at": "2027-05-01T10:00:00Z", "texts": texts(),
                "queue": queue_settings()}),
            "create_performance" => json!({"concert_id": self.concert.id, "hall_id": self.hall,
                "starts_at": "2027-06-01T19:30:00+09:00", "prices": {"R": 1000}, "refuse_lone_seats": true, "door_policy": "strict"}),
            "block_seats" => json!({"reason": "Camera", "seat_ids": [self.seats[17]], "skip_taken": false}),
            "free_seats" => json!({"seat_ids": [self.seats[18]]}),
            // Without a title: elsewhere one is required. The draw is made already.
            "change_concert" => json!({"state": "published", "time_zone": "Asia/Seoul", "texts": texts(),
                "age_limit": 12, "sale_ends_at": "2027-05-01T10:00:00Z", "allow_late_sale": false}),
            // Without its start, which is required elsewhere.
            "replan_performance" => json!({"hall_version": 2}),
            "change_performance" => json!({"duration_minutes": 90, "doors_at": "2026-11-24T10:00:00Z", "paused": false,
                "refuse_lone_seats": false, "door_policy": "lenient", "ticket_types": [{"name": "full", "prices": {"R": 1000}}],
                "seats_per_user": 4, "allow_overlap": false, "allow_late_sale": false}),
            "set_picture" => json!({ "data": PICTURE }),
            "change_queue" => queue_settings(),
            // Without its name: elsewhere a name is required.
            "change_venue" => json!({"languages": ["ko", "en"], "time_zone": "Asia/Seoul",
                "top_up_by": "buyers", "largest_top_up": 10_000_000_000_i64, "seats_per_user": 4, "hold_seconds": 300,
                "admission_seconds": 600, "token_seconds": 86400, "currency": "KRW"}),
            "create_staff_key" => {
                json!({"name": "Box", "scopes": ["sell", "report"], "ends_at": "2027-01-01T09:00:00Z"})
            }
            "open_sessions" => json!({"count": 1}),
            _ => return None,
        })
    }
}

/// A picture's first bytes, in Base64.
pub const PICTURE: &str = "iVBORw0KGgo=";

fn texts() -> Value {
    json!([{"language": "ko", "text": "음악회", "policy": "환불 없음"}])
}

fn queue_settings() -> Value {
    json!({"state": "open", "max_admitted": 100, "admissions_per_minute": 6000, "absence_seconds": 300,
        "no_show_seconds": 600})
}

/// Every operation of the document. `tests/document` shows that a server's own is the same.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let document: Value = serde_json::from_str(&boxoffice::server::document_json()).expect("JSON");
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                operations.push(describe(path, method, operation));
            }
        }
        operations
    })
}

fn describe(path: &str, method: &str, operation: &Value) -> Operation {
    let list = |member: &str| operation[member].as_array().map(Vec::as_slice).unwrap_or_default();
    let schemes = list("security").iter().flat_map(|one| one.as_object().expect("a scheme").keys().cloned());
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        schemes: schemes.collect(),
        scope: operation["x-scope"].as_str().map(str::to_owned),
        has_body: operation.get("requestBody").is_some(),
        needs_body: operation["requestBody"]["required"] == true,
        takes_key: list("parameters").iter().any(|one| one["name"] == "Idempotency-Key"),
    }
}

/// A webhook at which nobody listens, with a message that waits; and that message.
async fn webhook(office: &Office, unsold: &Concert) -> (String, String) {
    let wanted = json!({"url": "http://127.0.0.1:9/", "events": ["performance_moved"]});
    let webhook = text(&office.make("/v1/operator/webhooks", wanted).await["webhook"]["id"]);
    let performance = format!("/v1/operator/performances/{}", unsold.performance);
    assert_eq!(office.patch(&performance, OPERATOR, json!({"duration_minutes": 100})).await.status, 200);
    office.app.run_due().await;
    let told = office.get(&format!("/v1/operator/webhooks/{webhook}/deliveries"), OPERATOR).await.json();
    (webhook, text(&told["deliveries"][0]["id"]))
}

/// A concert with one seat, which somebody holds; their token and hold.
async fn only_seat_held(office: &Office) -> (Concert, (String, String)) {
    let concert = office.concert(json!({"max_admitted": null}), 1, 1).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    let seats = office.seat_ids(&token, &concert).await;
    let hold = text(&office.held(&token, &concert, &[&seats[0]]).await["id"]);
    (concert, (token, hold))
}

/// Buys a seat; gives payment, ticket and the posting of the top-up.
async fn buy(office: &Office, token: &str, seat: &str) -> (String, String, String) {
    let posting = office.post("/v1/balance/top-ups", token, json!({"amount": 1000})).await.json()["posting_id"].clone();
    let paid = office.pay(token, &[seat], 1000).await.json();
    (text(&paid["id"]), text(&paid["tickets"][0]["code"]), text(&posting))
}
