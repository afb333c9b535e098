//! A small season of everything that moves money or tickets, and the books that the test itself keeps of it.

use boxoffice::checkout::providers::Conduct;
use serde_json::{Value, json};

use crate::support::{Buyer, Concert, HOUR_MS, OPERATOR, Office, text};

/// A ticket as the test knows it.
#[derive(Clone, Debug)]
pub struct Sold {
    pub code: String,
    pub payment: String,
    pub performance: String,
    pub grade: String,
    pub ticket_type: String,
    pub day: String,
    pub channel: String,
    pub paid_by: Option<String>,
    pub discount_code: Option<String>,
    pub price: i64,
    pub fee: i64,
    pub order_fee: i64,
    pub discount: i64,
    pub refunded: Option<i64>,
    pub order_fee_refunded: i64,
}

/// A refunded ticket as the test knows it.
#[derive(Clone, Debug)]
pub struct Refunded {
    pub performance: String,
    pub way: String,
    pub cause: String,
    pub day: String,
    pub amount: i64,
    pub order_fee: i64,
}

/// Kind, means, provider, by which key, and how much.
pub type Movement = (&'static str, Option<String>, Option<&'static str>, Option<String>, i64);

/// What happened, as it was asked for and answered.
pub struct Season {
    pub office: Office,
    /// The day it is on the venue's calendar.
    pub day: String,
    pub sold: Vec<Sold>,
    pub refunded: Vec<Refunded>,
    pub movements: Vec<Movement>,
    /// Key and id of the one who sells.
    pub seller: (String, String),
    /// With a concert in two halls, fees, two types and a code.
    pub first: Concert,
    pub second: Concert,
    pub offered: Concert,
    /// Per ticket and per order.
    pub fees: (i64, i64),
}

pub const TITLE: &str = "=1+1, \"The Show\"";
pub const CHILD: &str = "child, -6";
const CODE: &str = "SPRING26";

async fn hall(office: &Office) -> Value {
    let rows = json!([{"name": "1", "seats": 30, "grade": "R"}, {"name": "2", "seats": 30, "grade": "S & more"}]);
    let sections = json!([{"name": "Stalls", "rows": rows}, {"name": "Floor", "capacity": 50, "grade": "F"}]);
    office.make("/v1/operator/halls", json!({"name": "Hall", "sections": sections})).await["id"].clone()
}

async fn performance(office: &Office, concert: &Value, days: i64) -> Concert {
    let types = json!([{"name": "full", "prices": {"R": 5000, "S & more": 3000, "F": 2000}},
                       {"name": CHILD, "prices": {"R": 2500, "S & more": 1500}}]);
    let performance = json!({"concert_id": concert, "hall_id": hall(office).await, "ticket_types": types,
        "starts_at": office.now().plus_ms(days * 24 * HOUR_MS).to_rfc3339(), "seats_per_user": 64});
    let made = office.make("/v1/operator/performances", performance).await;
    Concert { id: text(concert), performance: text(&made["id"]) }
}

impl Season {
    pub async fn begin() -> Self {
        let office = Office::open().await;
        let concert = json!({"title": TITLE, "time_zone": "Asia/Seoul", "cancel_until_minutes": 60, "cancel_fee": 200,
            "queue": {"max_admitted": null}, "fee_per_ticket": 100, "fee_per_order": 50});
        let concert = office.make("/v1/operator/concerts", concert).await["id"].clone();
        let (first, second) = (performance(&office, &concert, 20).await, performance(&office, &concert, 30).await);
        let offered = office.concert(json!({"max_admitted": null}), 1, 1).await;
        let codes = json!({"name": "Spring, \"26\"", "discount": {"percent": 20}, "code": CODE});
        office.make(&format!("/v1/operator/concerts/{}/code-batches", first.id), codes).await;
        let key = json!({"name": "Box \"East\"", "scopes": ["sell"]});
        let made = office.make("/v1/operator/staff-keys", key).await;
        let seller = (text(&made["secret"]), text(&made["staff_key"]["id"]));
        let (sold, refunded, movements) = (Vec::new(), Vec::new(), Vec::new());
        // Midnight in Seoul was nine hours ago.
        let day = "2026-11-23".to_owned();
        Self { office, day, sold, refunded, movements, seller, first, second, offered, fees: (100, 50) }
    }

    /// The next day, at the same hour.
    pub async fn next_day(&mut self) {
        self.office.advance_ms(24 * HOUR_MS).await;
        let day: jiff::civil::Date = self.day.parse().expect("a day");
        self.day = day.tomorrow().expect("another").to_string();
    }

    pub fn moved(&mut self, kind: &'static str, means: Option<&str>, by: Option<String>, amount: i64) {
        self.movements.push((kind, means.map(str::to_owned), None, by, amount));
    }

    /// Writes a payment's answer down.
    fn paid(&mut self, paid: &Value, channel: &str, paid_by: Option<&str>, code: Option<&str>, fees: (i64, i64)) {
        let tickets = paid["tickets"].as_array().expect("tickets");
        let (mut total, discount) = (0, paid["discount"].as_i64().unwrap_or_default());
        for (place, ticket) in tickets.iter().enumerate() {
            let seat = &ticket["seat"];
            let first = place == 0;
            let sold = Sold {
                code: text(&ticket["code"]),
                payment: text(&paid["id"]),
                performance: text(&ticket["performance_id"]),
                grade: text(&seat["grade"]),
                ticket_type: text(&seat["type"]),
                day: self.day.clone(),
                channel: channel.to_owned(),
                paid_by: paid_by.map(str::to_owned),
                discount_code: code.map(str::to_owned),
                price: seat["price"].as_i64().expect("a price"),
                fee: fees.0,
                order_fee: if first { fees.1 } else { 0 },
                discount: if first { discount } else { 0 },
                refunded: None,
                order_fee_refunded: 0,
            };
            total += sold.price + sold.fee + sold.order_fee;
            self.sold.push(sold);
        }
        assert_eq!(paid["amount"], total, "the test's own sum of {paid}");
        let by = paid_by.map(|_| self.seller.1.clone());
        self.movements.push(("payment", None, None, by, -total));
    }

    /// A buyer with money on the balance comes through the queue and buys free seats, as these types.
    pub async fn buy(&mut self, buyer: &Buyer, of: &Concert, seats: &[&str], code: Option<&str>) -> Value {
        let token = self.office.enter(buyer, of).await;
        let types: Vec<_> = seats.iter().enumerate().map(|(at, _)| if at == 1 { CHILD } else { "full" }).collect();
        let hold = json!({"performance_id": of.performance, "seat_ids": seats, "types": types});
        let held = self.office.post("/v1/holds", &token, hold).await;
        assert_eq!(held.status, 201, "{}", held.json());
        let query = code.map_or(String::new(), |code| format!("?code={code}"));
        let bill = self.office.get(&format!("/v1/bill{query}"), &token).await.json();
        let mut pay = json!({"seat_ids": seats, "amount": bill["amount"]});
        if let Some(code) = code {
            pay["code"] = json!(code);
        }
        let answer = self.office.post("/v1/payments", &token, pay).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        self.paid(&answer.json(), "queue", None, code.map(|_| CODE), self.fees);
        answer.json()
    }

    /// The buyer adds money, as the venue lets them.
    pub async fn top_up(&mut self, buyer: &Buyer, of: &Concert, amount: i64) {
        let token = self.office.enter(buyer, of).await;
        self.office.top_up(&token, amount).await;
        self.moved("top_up", Some("buyer"), None, amount);
    }

    /// The buyer adds money through the built-in provider.
    pub async fn check_out(&mut self, buyer: &Buyer, amount: i64) {
        let opened = self.office.post("/v1/balance/checkouts", &buyer.session, json!({"amount": amount})).await.json();
        Conduct::Pays.set(text(&opened["id"]).parse().expect("an id"));
        let path = format!("/v1/balance/checkouts/{}/return", text(&opened["id"]));
        let back = self.office.post(&path, &buyer.session, json!({"parameters": {}})).await.json();
        assert_eq!(back["state"], "paid", "{back}");
        self.movements.push(("top_up", Some("provider".to_owned()), Some("fake"), None, amount));
    }

    /// Seats at the counter, by this form of money.
    pub async fn sell(&mut self, of: &Concert, choice: Value, paid_by: &str, buyer: Option<&Buyer>) -> Value {
        let mut sale = json!({"performance_id": of.performance, "paid_by": paid_by});
        for (name, value) in choice.as_object().expect("a choice") {
            sale[name] = value.clone();
        }
        if let Some(buyer) = buyer {
            sale["user_id"] = json!(buyer.id);
        }
        let answer = self.office.post("/v1/operator/sales", &self.seller.0, sale).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        let paid = answer.json();
        if ["cash", "card", "invoice"].contains(&paid_by) {
            let amount = paid["amount"].as_i64().expect("an amount");
            self.moved("top_up", Some(paid_by), Some(self.seller.1.clone()), amount);
        }
        let fees = if paid_by == "free" { (0, 0) } else { self.fees };
        self.paid(&paid, "counter", Some(paid_by), None, fees);
        paid
    }

    /// What somebody's refund gave back.
    pub fn gave_back(&mut self, refund: &Value, staff: bool) {
        let (way, cause) = (text(&refund["to"]), text(&refund["cause"]));
        let all = refund["amount"].as_i64().expect("an amount");
        let tickets = refund["tickets"].as_array().expect("tickets").clone();
        let of_tickets: i64 = tickets.iter().map(|ticket| ticket["amount"].as_i64().expect("an amount")).sum();
        let order_fee = all - of_tickets;
        for (place, ticket) in tickets.iter().enumerate() {
            let (code, amount) = (text(&ticket["code"]), ticket["amount"].as_i64().expect("an amount"));
            let sold = self.sold.iter_mut().find(|sold| sold.code == code).expect("a ticket of the season");
            assert_eq!(sold.refunded.replace(amount), None, "refunded once");
            let performance = sold.performance.clone();
            let order_fee = if place == 0 { order_fee } else { 0 };
            let (way, cause, day) = (way.clone(), cause.clone(), self.day.clone());
            self.refunded.push(Refunded { performance, way, cause, day, amount, order_fee });
        }
        let payment = text(&refund["payment_id"]);
        let first = self.sold.iter_mut().find(|sold| sold.payment == payment).expect("its first ticket");
        first.order_fee_refunded += order_fee;
        let by = staff.then(|| self.seller.1.clone());
        self.movements.push(("refund", None, None, by.clone(), all));
        match text(&refund["to"]).as_str() {
            "cash" => self.moved("pay_out", Some("cash"), by, -all),
            "provider" => self.movements.push(("pay_out", Some("provider".to_owned()), Some("fake"), by, -all)),
            _ => {}
        }
    }

    pub async fn refund(&mut self, payment: &Value, body: Value) {
        let path = format!("/v1/operator/payments/{}/refunds", text(&payment["id"]));
        let answer = self.office.post(&path, &self.seller.0, body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        self.gave_back(&answer.json(), true);
    }

    /// One ticket for another seat, dearer or cheaper.
    pub async fn exchange(&mut self, payment: &Value, to: &Concert, seat: &str, paid_by: &str) -> Value {
        let path = format!("/v1/operator/payments/{}/exchanges", text(&payment["id"]));
        let body = json!({"performance_id": to.performance, "seat_ids": [seat], "paid_by": paid_by});
        let answer = self.office.post(&path, &self.seller.0, body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        let (refund, paid) = (answer.json()["refund"].clone(), answer.json()["payment"].clone());
        self.gave_back(&refund, true);
        let lacking = paid["amount"].as_i64().expect("an amount") - refund["amount"].as_i64().expect("an amount");
        if lacking > 0 && paid_by != "balance" {
            self.moved("top_up", Some(paid_by), Some(self.seller.1.clone()), lacking);
        }
        self.paid(&paid, "counter", Some("exchange"), None, self.fees);
        paid
    }

    /// The waitlist's only seat comes back and is bought.
    pub async fn offer(&mut self, buyer: &Buyer) {
        let offered = self.offered.clone();
        let holder = self.office.buyer().await;
        let token = self.office.enter(&holder, &offered).await;
        let seats = self.office.seat_ids(&token, &offered).await;
        let hold = self.office.held(&token, &offered, &[&seats[0]]).await;
        let path = format!("/v1/concerts/{}/waitlist", offered.id);
        assert_eq!(self.office.post(&path, &buyer.session, json!({"quantity": 1})).await.status, 201);
        assert_eq!(self.office.delete(&format!("/v1/holds/{}", text(&hold["id"])), &token).await.status, 204);
        self.office.app.run_due().await;
        let paid = self.office.post(&format!("{path}/payment"), &buyer.session, json!({"amount": 1000})).await;
        assert_eq!(paid.status, 201, "{}", paid.json());
        self.paid(&paid.json(), "waitlist", None, None, (0, 0));
    }

    /// A performance does not take place.
    pub async fn cancel(&mut self, of: &Concert) {
        let path = format!("/v1/operator/performances/{}/cancellation", of.performance);
        assert_eq!(self.office.post(&path, OPERATOR, Value::Null).await.status, 202);
        self.office.app.run_due().await;
        let standing: Vec<_> = self.sold.iter().filter(|sold| sold.performance == of.performance).cloned().collect();
        let mut payments: Vec<_> = standing.iter().map(|sold| sold.payment.clone()).collect();
        payments.dedup();
        for payment in payments {
            let path = format!("/v1/operator/payments/{payment}");
            let seen = self.office.get(&path, OPERATOR).await.json();
            for refund in seen["refunds"].as_array().expect("refunds") {
                let mut refund = refund.clone();
                let of_it = refund["tickets"].as_array().expect("tickets");
                let code = text(&of_it[0]["code"]);
                let is_new = self.sold.iter().any(|sold| sold.code == code && sold.refunded.is_none());
                if refund["cause"] == "performance" && is_new {
                    refund["payment_id"] = json!(payment);
                    self.gave_back(&refund, false);
                }
            }
        }
    }
}
