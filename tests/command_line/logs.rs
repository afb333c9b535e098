//! The log: one line a request with operation, status and duration, and never a secret, at any level. Whoever reads
//! it, or does not, is nothing to those who buy.

use std::fs::File;
use std::process::Stdio;

use boxoffice::client::Ask;
use serde_json::{Value, json};

use crate::support::{Concert, Folder, OPERATOR, Server, run, serve_command, text};

const PASSWORD: &str = "correct-horse-battery";
const WRONG_PASSWORD: &str = "incorrect-horse-battery";

/// What a journey showed: what may never be logged, and what each request's line should say.
#[derive(Default)]
struct Journey {
    secrets: Vec<(&'static str, String)>,
    lines: Vec<(&'static str, u16)>,
}

impl Journey {
    fn keep(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() > 8, "{what} is too short to look for: {secret}");
        self.secrets.push((what, secret.to_owned()));
    }

    async fn send(
        &mut self,
        server: &Server,
        (operation, method, path): (&'static str, &str, &str),
        bearer: &str,
        body: Value,
    ) -> Value {
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        let bearer = (!bearer.is_empty()).then_some(bearer);
        let ask = Ask { method, path, bearer, body, ..Ask::default() };
        let answer = server.client().await.send(&ask).await.expect("an answer");
        self.lines.push((operation, answer.status));
        answer.json()
    }
}

/// A buyer's whole way, with the mistakes that people and attackers make.
async fn travel(server: &Server, concert: &Concert) -> Journey {
    let mut journey = Journey::default();
    journey.keep("the operator key", OPERATOR);
    for (what, password) in [("the password", PASSWORD), ("a wrong password", WRONG_PASSWORD)] {
        journey.keep(what, password);
    }
    let email = "buyer@example.org";
    let new = json!({"email": email, "password": PASSWORD, "name": "Buyer"});
    let signed_up = journey.send(server, ("sign_up", "POST", "/v1/users"), "", new.clone()).await;
    journey.keep("a session", &text(&signed_up["session"]["secret"]));
    journey.send(server, ("sign_up", "POST", "/v1/users"), "", new).await;
    let log_in = |password: &str| json!({"email": email, "password": password});
    journey.send(server, ("log_in", "POST", "/v1/sessions"), "", log_in(WRONG_PASSWORD)).await;
    let logged_in = journey.send(server, ("log_in", "POST", "/v1/sessions"), "", log_in(PASSWORD)).await;
    let session = text(&logged_in["session"]["secret"]);
    journey.keep("a session", &session);
    // A body that cannot be understood has its secrets in the wrong place.
    let misplaced = json!({"email": email, "password": {"is": PASSWORD}, WRONG_PASSWORD: session});
    journey.send(server, ("log_in", "POST", "/v1/sessions"), "", misplaced).await;

    let join = format!("/v1/concerts/{}/queue/tokens", concert.id);
    let joined = journey.send(server, ("issue_token", "POST", &join), &session, Value::Null).await;
    let token = text(&joined["token"]);
    for part in token.split('.').skip(1) {
        journey.keep("a part of the queue token", part);
    }
    let stream = format!("/v1/queue/position/stream?token={token}");
    let ask = Ask { method: "GET", path: &stream, ..Ask::default() };
    let mut listener = server.client().await;
    let listening = listener.open(&ask).await.expect("an answer");
    journey.lines.push(("stream_position", listening.status().as_u16()));
    drop((listening, listener));
    // The wrong credential in the wrong place.
    journey.send(server, ("issue_token", "POST", &join), OPERATOR, Value::Null).await;
    journey.send(server, ("queue_position", "GET", "/v1/queue/position"), &session, Value::Null).await;
    let halls = ("create_hall", "POST", "/v1/operator/halls");
    journey.send(server, halls, &token, json!({"name": "H", "sections": []})).await;
    let queue = format!("/v1/operator/concerts/{}/queue", concert.id);
    journey.send(server, ("show_queue", "GET", &queue), OPERATOR, Value::Null).await;

    let seats = format!("/v1/performances/{}/seats", concert.performance);
    let map = journey.send(server, ("seat_map", "GET", &seats), &token, Value::Null).await;
    let seat = text(&map["seats"][0]["id"]);
    journey.send(server, ("top_up", "POST", "/v1/balance/top-ups"), &token, json!({"amount": 1000})).await;
    let pay = json!({"seat_ids": [seat], "amount": 1000});
    let paid = journey.send(server, ("pay", "POST", "/v1/payments"), &token, pay.clone()).await;
    journey.send(server, ("pay", "POST", "/v1/payments"), &token, pay).await;
    // Whoever has the code walks in, so it is a secret too.
    let code = text(&paid["tickets"][0]["code"]);
    journey.keep("a ticket's code", &code);
    journey.send(server, ("show_ticket", "GET", &format!("/v1/tickets/{code}")), &session, Value::Null).await;
    journey.send(server, ("-", "GET", &format!("/v1/nothing?token={token}")), "", Value::Null).await;
    journey.send(server, ("log_out", "DELETE", "/v1/sessions/current"), &session, Value::Null).await;
    journey
}

#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    for level in ["info", "trace"] {
        let folder = Folder::new();
        let server = Server::serve(&folder.data(), &["--log", level]);
        let concert = server.concert(json!({}), 4).await;
        let journey = travel(&server, &concert).await;
        let log = server.stop();
        assert!(log.lines().count() > journey.lines.len(), "there is a log: {log}");
        for (what, secret) in &journey.secrets {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "{what} is in the log at level {level}");
        }
    }
}

#[tokio::test]
async fn each_request_has_one_line_with_operation_status_and_duration() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--log", "boxoffice=info", "--log-format", "json"]);
    let concert = server.concert(json!({}), 4).await;
    let journey = travel(&server, &concert).await;
    let log = server.stop();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["target"] == "boxoffice::request").collect();
    let made = ["create_hall", "create_concert", "create_performance"].map(|operation| (operation, 201));
    let expected: Vec<_> = made.iter().chain(&journey.lines).collect();
    assert_eq!(requests.len(), expected.len(), "one line a request: {log}");
    for (line, (operation, status)) in requests.iter().zip(expected) {
        assert_eq!((&line["operation"], &line["status"]), (&json!(operation), &json!(status)), "{line}");
        assert!(line["micros"].is_u64() && line["method"].is_string() && line["timestamp"].is_string(), "{line}");
        assert_eq!(line["code"].is_string(), *status >= 400, "a refusal's code: {line}");
    }
}

/// Sells something and stops in order, whatever became of the log.
async fn sells_and_stops(server: Server, requests: u32) {
    let concert = server.concert(json!({}), 4).await;
    let token = server.join(&server.sessions(1).await[0], &concert).await;
    let mut client = server.client().await;
    for _ in 0..requests {
        assert_eq!(client.get("/v1/queue/position", Some(&token)).await.expect("an answer").status, 200);
    }
    let seat = server.seat_ids(&token, &concert).await.remove(0);
    let hold = json!({"performance_id": concert.performance, "seat_ids": [seat]});
    server.make("/v1/holds", &token, hold).await;
    server.terminate();
    let (status, _, _) = server.wait();
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_full_disk_under_the_log_stops_nothing() {
    let folder = Folder::new();
    let mut command = serve_command(&folder.data());
    command.stderr(File::options().write(true).open("/dev/full").expect("Linux has one"));
    sells_and_stops(Server::start_logging_elsewhere(command), 20).await;
}

#[tokio::test]
async fn a_reader_of_the_log_that_goes_away_stops_nothing() {
    let folder = Folder::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = serve_command(&folder.data());
    command.stderr(Stdio::from(writer));
    let server = Server::start_logging_elsewhere(command);
    drop(reader);
    sells_and_stops(server, 20).await;
}

/// More lines than a pipe holds, and nobody reads: neither the answers nor the stop wait.
#[tokio::test]
async fn a_reader_of_the_log_that_sleeps_stops_nothing() {
    let folder = Folder::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = serve_command(&folder.data());
    command.stderr(Stdio::from(writer));
    sells_and_stops(Server::start_logging_elsewhere(command), 1500).await;
    drop(reader);
}

/// So many lines that they fill the pipe and the log's own buffer; then the reader wakes up, and is told what is missing.
#[tokio::test]
async fn a_reader_of_the_log_that_wakes_up_is_told_what_was_dropped() {
    const REQUESTS: usize = 22_000;
    let folder = Folder::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = serve_command(&folder.data());
    command.args(["--log", "boxoffice::request=info,boxoffice::log=warn"]).stderr(Stdio::from(writer));
    let server = Server::start_logging_elsewhere(command);
    let mut client = server.client().await;
    for _ in 0..REQUESTS {
        assert_eq!(client.get("/v1/concerts", None).await.expect("an answer").status, 200);
    }
    let reading = std::thread::spawn(move || std::io::read_to_string(reader).expect("text"));
    server.terminate();
    assert!(server.wait().0.success());
    let log = reading.join().expect("it reads");
    let notice = log.lines().find(|line| line.contains("log lines were dropped")).expect("a notice");
    let dropped: usize =
        notice.split("dropped=").nth(1).and_then(|count| count.split(' ').next()?.parse().ok()).expect("a count");
    let written = log.lines().filter(|line| line.contains("list_concerts")).count();
    assert_eq!((written + dropped, dropped > 0), (REQUESTS, true), "{notice}");
}

#[tokio::test]
async fn a_filter_can_name_the_requests_alone() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--log", "warn,boxoffice::request=info"]);
    assert_eq!(server.client().await.get("/v1/concerts", None).await.expect("an answer").status, 200);
    let log = server.stop();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("list_concerts"), "{log}");
}

#[tokio::test]
async fn a_request_of_any_length_makes_a_short_line() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--log", "boxoffice::request=info"]);
    let method = "A".repeat(4000);
    let path = format!("/v1/{}", "b".repeat(4000));
    let ask = Ask { method: &method, path: &path, ..Ask::default() };
    assert!(server.client().await.send(&ask).await.expect("an answer").status >= 400);
    let log = server.stop();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.len() < 400 && log.contains(&"A".repeat(16)) && !log.contains(&"A".repeat(17)), "{log}");
}

/// A drill's settings shall not stay by oversight.
#[tokio::test]
async fn who_lifts_limits_is_warned() {
    let folder = Folder::new();
    let open = Server::serve(&folder.data(), &["--log", "warn"]).stop();
    assert_eq!(open, "", "nothing to warn of on loopback");
    let log = Server::serve(&folder.data(), &["--log", "warn", "--lift-limits-for", "10.0.0.7"]).stop();
    assert!(log.contains("no limits for what comes from 10.0.0.7/32"), "{log}");
}

#[test]
fn an_empty_filter_is_refused_with_what_to_say() {
    let folder = Folder::new();
    let ran = crate::support::boxoffice(&["serve", "--data", crate::support::as_text(&folder.data())])
        .env("BOXOFFICE_LOG", "")
        .output()
        .expect("runs");
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("BOXOFFICE_LOG") && told.contains("off, error, warn or info"), "{told}");
    assert!(!folder.data().exists(), "nothing was made");
    assert_eq!(run(&["demo", "--log", " "]).code, Some(1));
}
