//! A buyer's whole journey over HTTP, from sign-up to the ticket, against a running server:
//!
//! ```text
//! cargo run --example journey -- http://127.0.0.1:8080 [OPERATOR_KEY]
//! ```
//!
//! With the operator key it first puts `examples/hall.json` and `examples/concert.json` on sale; without it, it buys at
//! the newest concert there is. It must not use anything of the server's own code: it is what a front end would do.

#![expect(clippy::disallowed_methods, reason = "a client keeps its own time; clippy.toml's rules are the server's")]

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A server and how to talk to it.
struct Server {
    url: String,
    agent: ureq::Agent,
}

impl Server {
    fn new(url: &str) -> Self {
        // Problems carry the reason in their body, so they are answers, not errors.
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Self { url: format!("{}/v1", url.trim_end_matches('/')), agent: config.into() }
    }

    fn get(&self, path: &str, credential: &str) -> Outcome<Value> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("Authorization", bearer(credential));
        answer(path, request.call()?)
    }

    /// Sends a change with a key of its own: should the answer be lost, the same request can be sent again.
    fn post(&self, path: &str, credential: &str, body: &Value) -> Outcome<Value> {
        let key = format!("journey-{}", SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos());
        let request = self.agent.post(format!("{}{path}", self.url)).header("Idempotency-Key", key);
        let request = request.header("Authorization", bearer(credential));
        answer(path, if body.is_null() { request.send_empty()? } else { request.send_json(body)? })
    }
}

fn bearer(credential: &str) -> String {
    format!("Bearer {credential}")
}

fn answer(path: &str, mut response: ureq::http::Response<ureq::Body>) -> Outcome<Value> {
    let body: Value = response.body_mut().read_json()?;
    if response.status().is_success() {
        return Ok(body);
    }
    Err(format!("{path}: {} {} ({})", response.status(), body["title"], body["code"]).into())
}

fn text(value: &Value) -> Outcome<&str> {
    value.as_str().ok_or_else(|| "the answer lacks a field".into())
}

/// Puts the hall and the concert beside this file on sale. Gives the concert's id.
fn put_on_sale(server: &Server, operator_key: &str) -> Outcome<String> {
    let hall = server.post("/operator/halls", operator_key, &serde_json::from_str(include_str!("hall.json"))?)?;
    let concert =
        server.post("/operator/concerts", operator_key, &serde_json::from_str(include_str!("concert.json"))?)?;
    let prices: Value = serde_json::from_str(include_str!("prices.json"))?;
    let starts_at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30 * 24);
    let performance = json!({
        "concert_id": concert["id"], "hall_id": hall["id"], "starts_at": starts_at.to_string(), "prices": prices,
    });
    server.post("/operator/performances", operator_key, &performance)?;
    Ok(text(&concert["id"])?.to_owned())
}

/// Waits until the queue lets in, asking as often as it was told to.
fn wait_in_line(server: &Server, token: &str) -> Outcome<()> {
    loop {
        let position = server.get("/queue/position", token)?;
        if position["status"] == "admitted" {
            println!("let in until {}", text(&position["admitted_until"])?);
            return Ok(());
        }
        println!("position {}, about {} s", position["position"], position["estimated_wait_seconds"]);
        std::thread::sleep(Duration::from_millis(position["poll_after_ms"].as_u64().unwrap_or(1000)));
    }
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let server = Server::new(&arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned()));
    let concert = match arguments.next() {
        Some(operator_key) => put_on_sale(&server, &operator_key)?,
        None => text(&server.get("/concerts", "")?["concerts"][0]["id"])?.to_owned(),
    };

    let unique = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let account = json!({"email": format!("buyer-{unique}@example.org"), "password": "correct horse", "name": "Buyer"});
    let session = server.post("/users", "", &account)?["session"].clone();
    let session = text(&session["secret"])?;

    let joined = server.post(&format!("/concerts/{concert}/queue/tokens"), session, &Value::Null)?;
    println!("joined as number {}", joined["number"]);
    let token = text(&joined["token"])?;
    wait_in_line(&server, token)?;

    let dates = server.get("/dates", token)?;
    let date = &dates["dates"][0];
    println!("{} {}: {} of {} seats left", date["local_date"], date["local_time"], date["available"], date["total"]);

    let hold = json!({"performance_id": date["performance_id"], "best": {"grade": "R", "quantity": 2}});
    let hold = server.post("/holds", token, &hold)?;
    let seats: Vec<_> = hold["seats"].as_array().into_iter().flatten().map(|seat| seat["id"].clone()).collect();
    println!("holding {} seats for {} until {}", seats.len(), hold["amount"], text(&hold["held_until"])?);

    let balance = server.post("/balance/top-ups", token, &json!({"amount": hold["amount"]}))?;
    println!("balance {}", balance["balance"]);

    let paid = server.post("/payments", token, &json!({"seat_ids": seats, "amount": hold["amount"]}))?;
    for ticket in paid["tickets"].as_array().into_iter().flatten() {
        let ticket = server.get(&format!("/tickets/{}", text(&ticket["code"])?), session)?;
        let seat = &ticket["seat"];
        println!("ticket {}: {} row {} seat {}", ticket["code"], seat["section"], seat["row"], seat["number"]);
    }
    Ok(())
}
