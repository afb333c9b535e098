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
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
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
        answer(path, request.call().map_err(|error| unanswered(&self.url, error))?)
    }

    /// Sends a change with a key of its own: should the answer be lost, the same request can be sent again.
    fn post(&self, path: &str, credential: &str, body: &Value) -> Outcome<Value> {
        let key = format!("journey-{}", SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos());
        let request = self.agent.post(format!("{}{path}", self.url)).header("Idempotency-Key", key);
        let request = request.header("Authorization", bearer(credential));
        let sent = if body.is_null() { request.send_empty() } else { request.send_json(body) };
        answer(path, sent.map_err(|error| unanswered(&self.url, error))?)
    }
}

/// What a failed call means to whoever typed the command.
fn unanswered(url: &str, error: ureq::Error) -> String {
    match error {
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound | ureq::Error::Timeout(_) => {
            format!("nothing answers at {url} ({error}); `boxoffice demo` starts a server to try this on")
        }
        error => format!("{url}: {error}"),
    }
}

/// A value as people read it: a text without its quotation marks.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn bearer(credential: &str) -> String {
    format!("Bearer {credential}")
}

fn answer(path: &str, mut response: ureq::http::Response<ureq::Body>) -> Outcome<Value> {
    let body: Value = response.body_mut().read_json()?;
    if response.status().is_success() {
        return Ok(body);
    }
    Err(format!("{path}: {} {} ({})", response.status(), plain(&body["title"]), plain(&body["code"])).into())
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

/// A buyer's whole journey over HTTP, from sign-up to the ticket
#[derive(Parser)]
struct Arguments {
    /// The server
    #[arg(default_value = "http://127.0.0.1:8080")]
    url: String,
    /// With it the operator puts a concert on sale first, and tops up at the counter; without it the newest concert is
    /// bought, and the buyer tops up
    #[arg(env = "BOXOFFICE_OPERATOR_KEY", hide_env_values = true)]
    operator_key: Option<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("journey: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let server = Server::new(&arguments.url);
    let concert = match &arguments.operator_key {
        Some(operator_key) => put_on_sale(&server, operator_key)?,
        None => text(&server.get("/concerts", "")?["concerts"][0]["id"])?.to_owned(),
    };

    let unique = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let account = json!({"email": format!("buyer-{unique}@example.org"), "password": "correct horse", "name": "Buyer"});
    let signed_up = server.post("/users", "", &account)?;
    let session = text(&signed_up["session"]["secret"])?;

    let joined = server.post(&format!("/concerts/{concert}/queue/tokens"), session, &Value::Null)?;
    println!("joined as number {}", joined["number"]);
    let token = text(&joined["token"])?;
    wait_in_line(&server, token)?;

    let dates = server.get("/dates", token)?;
    let date = &dates["dates"][0];
    let (day, time) = (plain(&date["local_date"]), plain(&date["local_time"]));
    println!("{day} {time}: {} of {} seats left", date["available"], date["total"]);

    let hold = json!({"performance_id": date["performance_id"], "best": {"grade": "R", "quantity": 2}});
    let hold = server.post("/holds", token, &hold)?;
    let seats: Vec<_> = hold["seats"].as_array().into_iter().flatten().map(|seat| seat["id"].clone()).collect();
    println!("holding {} seats for {} until {}", seats.len(), hold["amount"], text(&hold["held_until"])?);

    let top_up = json!({"amount": hold["amount"]});
    let balance = match &arguments.operator_key {
        Some(operator_key) => {
            let counter = format!("/operator/users/{}/top-ups", text(&signed_up["user"]["id"])?);
            server.post(&counter, operator_key, &top_up)?
        }
        None => server.post("/balance/top-ups", token, &top_up)?,
    };
    println!("balance {}", balance["balance"]);

    let paid = server.post("/payments", token, &json!({"seat_ids": seats, "amount": hold["amount"]}))?;
    for ticket in paid["tickets"].as_array().into_iter().flatten() {
        let ticket = server.get(&format!("/tickets/{}", text(&ticket["code"])?), session)?;
        let seat = &ticket["seat"];
        let [code, section, row] = [&ticket["code"], &seat["section"], &seat["row"]].map(plain);
        println!("ticket {code}: {section} row {row} seat {}", text(&seat["label"])?);
    }
    Ok(())
}
