//! Whatever is sent, in whatever shape: every operation refuses it with its status and code as problem+json, never with
//! a 5xx, and the data file is the same before and after.
//!
//! The operations come from the document, so that a new one is tested from its first day.

mod addresses;
mod blocks;
mod bodies;
mod bounds;
mod credentials;
mod holds;
mod optional;
mod rules;
pub mod stage;
mod texts;

use std::path::Path;

use boxoffice::client::{Answer, Ask};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub use stage::PICTURE;
use stage::{Stage, operations};

/// Collects what was not refused as it should be, so that one run shows all of it.
struct Refusals<'a> {
    stage: &'a Stage,
    before: Vec<String>,
    refused: usize,
    wrong: Vec<String>,
}

impl<'a> Refusals<'a> {
    fn on(stage: &'a Stage) -> Self {
        Self { stage, before: dump(&stage.office.data), refused: 0, wrong: Vec::new() }
    }

    /// Sends a request that must be refused with this status and one of these codes.
    async fn send(&mut self, what: &str, ask: &Ask<'_>, status: u16, codes: &[&str]) {
        // The body of an event stream would not end, so a stream that opens by mistake is only looked at.
        let mut client = self.stage.office.client().await;
        let response = client.open(ask).await.expect("an answer");
        if response.status().is_success() {
            let what = format!("{what}: accepted with {}", response.status());
            return self.wrong.push(what);
        }
        drop(response);
        self.check(what, &client.send(ask).await.expect("an answer"), status, codes);
    }

    fn check(&mut self, what: &str, answer: &Answer, status: u16, codes: &[&str]) {
        let code = answer.code();
        if answer.status != status || !codes.contains(&code.as_str()) {
            let got = (answer.status, &code, answer.json()["detail"].clone());
            self.wrong.push(format!("{what}: expected {status} {codes:?}, got {got:?}"));
        } else if let Some(lacking) = is_no_problem(answer) {
            self.wrong.push(format!("{what}: {lacking}: {}", answer.json()));
        }
        self.refused += 1;
    }

    /// All was refused as expected and nothing changed.
    fn finish(self, at_least: usize) {
        assert!(self.wrong.is_empty(), "{} wrong answers:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(self.refused >= at_least, "only {} requests were tried", self.refused);
        println!("{} requests, all refused as they should be", self.refused);
        let after = dump(&self.stage.office.data);
        let changed: Vec<_> = after.iter().filter(|row| !self.before.contains(row)).take(5).collect();
        assert_eq!(self.before.len(), after.len(), "rows came or went; new: {changed:#?}");
        assert!(changed.is_empty(), "refused requests changed the data file: {changed:#?}");
        self.stage.office.verify();
    }
}

/// Whether a detail tells of the framework's types instead of what the client sent.
fn is_of_the_framework(detail: &Value) -> bool {
    let detail = detail.as_str().unwrap_or_default();
    ["failed to parse", "input type", "occurred while", "param0", "param1", "payload"]
        .iter()
        .any(|&of| detail.contains(of))
}

/// What is missing for a problem answer in full (RFC 9457), if anything.
fn is_no_problem(answer: &Answer) -> Option<&'static str> {
    let problem = answer.json();
    let is_text = |member: &str| problem[member].as_str().is_some_and(|text| !text.is_empty());
    let about = format!("/docs/problems#{}", answer.code());
    [
        (answer.headers.get("content-type").is_some_and(|is| is == "application/problem+json"), "wrong content type"),
        (problem["type"] == about.as_str(), "wrong type"),
        (problem["status"] == answer.status, "status differs from the answer's"),
        (is_text("title"), "no title"),
        (is_text("detail"), "no detail"),
        (!is_of_the_framework(&problem["detail"]), "the framework's words, not ours"),
        (!answer.body.windows(6).any(|bytes| bytes == b"SELECT" || bytes == b"sqlite"), "shows SQL"),
    ]
    .into_iter()
    .find_map(|(holds, lacking)| (!holds).then_some(lacking))
}

/// Every row of every table, as text.
fn dump(data: &Path) -> Vec<String> {
    let connection = Connection::open_with_flags(data, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the data file opens");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = connection.prepare(tables).expect("SQL");
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("tables").collect::<Result<_, _>>().expect("names");
    assert!(tables.iter().any(|table| table == "payment"), "{tables:?}");
    let mut dumped = Vec::new();
    // How many commits there were is no content, nor when a copy of a book was made, which is anew at each start.
    for table in tables.into_iter().filter(|table| table != "office" && table != "refinery_schema_history") {
        // A mail is tried in its own time, whatever is asked meanwhile.
        let columns = if table == "mail" { "mail_key, id, kind, user_key, subject, made_at" } else { "*" };
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).expect("SQL");
        let width = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let cells = (0..width).map(|column| cell(row.get_ref(column).expect("a value")));
            dumped.push(format!("{table}: {}", cells.collect::<Vec<_>>().join(" | ")));
        }
    }
    dumped.sort();
    dumped
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
        other => format!("{other:?}"),
    }
}

/// Sends bytes as they are, and reads until the server closes the connection.
async fn send_raw(stage: &Stage, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(stage.office.address).await.expect("the server listens");
    // The server may refuse and close before all is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status line");
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse().expect("a header's name"), value.parse().expect("a header's value")));
    Answer { status, headers: headers.collect(), body: body.as_bytes().to_vec().into() }
}

/// The bytes of a request with this body and these header lines, which closes the connection after its answer.
fn raw(method: &str, path: &str, bearer: Option<&str>, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    if let Some(bearer) = bearer {
        head += &format!("authorization: Bearer {bearer}\r\n");
    }
    for header in headers {
        head += &format!("{header}\r\n");
    }
    let mut bytes = (head + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The samples that the tables bend are good ones: each operation accepts its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_accepts_its_sample() {
    assert!(operations().len() >= 31, "{} operations", operations().len());
    let shared = Stage::set().await;
    // A provider's notices are signed by the minute: `checkouts` and `providers` send them.
    for operation in operations().iter().filter(|operation| operation.id != "hear_provider") {
        // Reading leaves everything as it is; a change may need what another one took.
        let own = if operation.method == "GET" { None } else { Some(Stage::set().await) };
        let stage = own.as_ref().unwrap_or(&shared);
        let (path, bearer) = (stage.path(operation), stage.credential(operation));
        let body = stage.sample(operation).map(|body| body.to_string().into_bytes());
        assert_eq!(body.is_some(), operation.has_body, "{}: the stage lacks a sample", operation.id);
        let ask = Ask { method: &operation.method, path: &path, bearer: bearer.as_deref(), body, headers: &[] };
        let mut client = stage.office.client().await;
        let status = client.open(&ask).await.expect("an answer").status();
        assert!(status.is_success(), "{} refuses its sample with {status}", operation.id);
    }
}

/// The dump that the tables compare sees a change in any table.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dump_sees_a_change() {
    let stage = Stage::set().await;
    let before = dump(&stage.office.data);
    stage.office.top_up(&stage.token, 1).await;
    let after = dump(&stage.office.data);
    let new: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert_eq!(new.len(), 2, "a posting and a balance: {new:#?}");
}

fn as_bytes(value: &Value) -> Option<Vec<u8>> {
    Some(value.to_string().into_bytes())
}
