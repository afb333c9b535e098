//! Waits in line as a buyer's app would: joins a queue, follows the position by event stream, asks by polling when the
//! stream breaks, and prints its way to the front.
//!
//! ```text
//! cargo run --example wait_in_line -- http://127.0.0.1:8080 [--concert ID] [--email E --password P]
//! ```
//!
//! With `--help` it says so itself. Without an account it signs up a new one; without a concert it takes the newest. Exit code 0: let in; 1: the place
//! ended, with the reason. It must not use anything of the server's own code: it is what a front end would do.
#![expect(clippy::disallowed_methods, reason = "a client keeps its own time; clippy.toml's rules are the server's")]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How waiting ended.
enum End {
    Admitted,
    Over(String),
}

struct Server {
    url: String,
    agent: ureq::Agent,
    stream: ureq::Agent,
}

/// An answer that is not a success.
struct Refusal {
    status: u16,
    retry_after: Option<u64>,
    problem: Value,
}

impl Server {
    fn new(url: &str) -> Self {
        // Problems carry the reason in their body, so they are answers, not errors.
        let config = || ureq::Agent::config_builder().http_status_as_error(false);
        let agent = config().timeout_global(Some(Duration::from_secs(30))).build();
        // A stream may last as long as the line; every few minutes it is opened anew, in case it died without a word.
        let stream = config().timeout_connect(Some(Duration::from_secs(10)));
        let stream = stream.timeout_recv_body(Some(Duration::from_secs(300))).build();
        Self { url: format!("{}/v1", url.trim_end_matches('/')), agent: agent.into(), stream: stream.into() }
    }

    fn get(&self, path: &str, credential: &str) -> Outcome<Result<Value, Refusal>> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("Authorization", bearer(credential));
        answer(request.call().map_err(|error| unanswered(&self.url, error))?)
    }

    /// Sends a change with a key of its own: should the answer be lost, the same request can be sent again.
    fn post(&self, path: &str, credential: &str, body: &Value) -> Outcome<Value> {
        let key = format!("wait-in-line-{}", SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos());
        let request = self.agent.post(format!("{}{path}", self.url)).header("Idempotency-Key", key);
        let request = request.header("Authorization", bearer(credential));
        let sent = if body.is_null() { request.send_empty() } else { request.send_json(body) };
        let response = sent.map_err(|error| unanswered(&self.url, error))?;
        answer(response)?.map_err(|refusal| format!("{path}: {}", plain(&refusal.problem["title"])).into())
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

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Outcome<Result<Value, Refusal>> {
    let status = response.status();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let body: Value = response.body_mut().read_json()?;
    Ok(if status.is_success() {
        Ok(body)
    } else {
        Err(Refusal { status: status.as_u16(), retry_after, problem: body })
    })
}

fn text(value: &Value) -> Outcome<&str> {
    value.as_str().ok_or_else(|| "the answer lacks a field".into())
}

/// Prints where the buyer stands. Gives the end, if this is it.
fn tell(position: &Value) -> Option<End> {
    let wait = match position["estimated_wait_seconds"].as_u64() {
        Some(seconds) => format!("about {seconds} s"),
        None => "nobody knows how long yet".to_owned(),
    };
    if let Some(reason) = position["reason"].as_str() {
        return Some(End::Over(reason.to_owned()));
    }
    if position["status"] == "admitted" {
        println!("your turn: let in until {}", position["admitted_until"].as_str().unwrap_or("?"));
        return Some(End::Admitted);
    }
    let state = position["queue_state"].as_str().filter(|state| *state != "open");
    let state = state.map_or(String::new(), |state| format!(" (the queue is {state})"));
    match position["ahead"].as_u64() {
        Some(ahead) => println!("number {}: {ahead} ahead of you, {wait}{state}", position["number"]),
        None => println!("you take part in the draw when the sale begins{state}"),
    }
    None
}

/// Follows the stream. Gives the end, or `None` when the stream broke before it.
fn follow(server: &Server, token: &str) -> Outcome<Option<End>> {
    let request = server.stream.get(format!("{}/queue/position/stream", server.url));
    let response = request.header("Authorization", bearer(token)).header("Accept", "text/event-stream").call()?;
    if !response.status().is_success() {
        return Ok(None);
    }
    for line in BufReader::new(response.into_body().into_reader()).lines() {
        // Lines without `data:` are the event's name and id, or comments that keep the connection open.
        let line = line?;
        if let Some(data) = line.strip_prefix("data:")
            && let Some(end) = tell(&serde_json::from_str(data)?)
        {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Asks once, and waits as long as it is told to. Gives the end, if it has come.
fn poll(server: &Server, token: &str) -> Outcome<Option<End>> {
    let pause = match server.get("/queue/position", token)? {
        Ok(position) => {
            if let Some(end) = tell(&position) {
                return Ok(Some(end));
            }
            Duration::from_millis(position["poll_after_ms"].as_u64().unwrap_or(1000))
        }
        Err(refusal) if refusal.status == 401 => {
            return Ok(Some(End::Over(refusal.problem["code"].as_str().unwrap_or("unknown").to_owned())));
        }
        Err(refusal) => Duration::from_secs(refusal.retry_after.unwrap_or(5)),
    };
    sleep(pause);
    Ok(None)
}

fn wait_in_line(server: &Server, token: &str) -> End {
    loop {
        match follow(server, token) {
            Ok(Some(end)) => return end,
            Ok(None) => println!("the stream ended; asking instead"),
            Err(error) => println!("the stream broke ({error}); asking instead"),
        }
        match poll(server, token) {
            Ok(Some(end)) => return end,
            Ok(None) => {}
            // The server may be starting again; the place in line is safe in its data file.
            Err(error) => {
                println!("no answer ({error}); trying again");
                sleep(Duration::from_secs(2));
            }
        }
    }
}

/// Waits in line for a concert as a buyer's app would, by event stream and by polling
///
/// Exit code 0: let in; 1: the place in line ended, with the reason; 2: it could not be tried.
#[derive(Parser)]
struct Arguments {
    /// The server
    #[arg(default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The concert's id; the newest unless given
    #[arg(long, value_name = "ID")]
    concert: Option<String>,
    /// An account's e-mail address; a new account is made unless given
    #[arg(long, requires = "password")]
    email: Option<String>,
    /// Its password
    #[arg(long, requires = "email")]
    password: Option<String>,
}

fn log_in(server: &Server, arguments: &Arguments) -> Outcome<String> {
    let unique = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let session = match (&arguments.email, &arguments.password) {
        (Some(email), Some(password)) => {
            server.post("/sessions", "", &json!({"email": email, "password": password}))?
        }
        _ => {
            let email = format!("waits-{unique}@example.org");
            server.post("/users", "", &json!({"email": email, "password": "correct horse", "name": "Buyer"}))?
        }
    };
    Ok(text(&session["session"]["secret"])?.to_owned())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wait_in_line: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let server = Server::new(&arguments.url);
    let session = log_in(&server, arguments)?;
    let concert = match &arguments.concert {
        Some(concert) => concert.clone(),
        None => {
            let concerts = server.get("/concerts", "")?.map_err(|refusal| plain(&refusal.problem["title"]))?;
            text(&concerts["concerts"][0]["id"])?.to_owned()
        }
    };
    let joined = server.post(&format!("/concerts/{concert}/queue/tokens"), &session, &Value::Null)?;
    match wait_in_line(&server, text(&joined["token"])?) {
        End::Admitted => Ok(ExitCode::SUCCESS),
        End::Over(reason) => {
            println!("the place in line is over: {reason}");
            Ok(ExitCode::from(1))
        }
    }
}
