//! Runs the binary: once to its end, or as a server that is ended by its own id whatever happens.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use boxoffice::client::{Answer, Ask, Client};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const OPERATOR: &str = "op_of_the_command_line_tests";

/// The binary, without what the environment of the tests says.
pub fn boxoffice(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BOXOFFICE_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// `serve` on this data file with the tests' operator key; buyers top up themselves.
pub fn serve_command(data: &Path) -> Command {
    let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--top-up-by", "buyers", "--data"]);
    command.arg(data).env("BOXOFFICE_OPERATOR_KEY", OPERATOR);
    command
}

/// What a finished run left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs the binary to its end.
pub fn run(arguments: &[&str]) -> Ran {
    let output = boxoffice(arguments).output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder with a name for a data file in it.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("boxoffice.db")
    }
}

pub fn as_text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// A running server. It is killed by its id when dropped.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    log: Arc<Mutex<String>>,
    log_reader: Option<JoinHandle<()>>,
    /// What it printed before it was ready, that line included.
    pub greeting: String,
    pub address: SocketAddr,
}

impl Server {
    /// `serve` on this data file with the tests' operator key and these further arguments.
    pub fn serve(data: &Path, more: &[&str]) -> Self {
        let mut command = serve_command(data);
        command.args(more);
        Self::start(command)
    }

    /// Starts a server and waits until it says where it listens.
    pub fn start(mut command: Command) -> Self {
        command.stderr(Stdio::piped());
        Self::start_logging_elsewhere(command)
    }

    /// As [`Server::start`]; the command says where its log goes.
    pub fn start_logging_elsewhere(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let log = Arc::new(Mutex::new(String::new()));
        let kept = log.clone();
        let err = child.stderr.take();
        let log_reader = std::thread::spawn(move || {
            let Some(mut err) = err.map(BufReader::new) else { return };
            let mut line = String::new();
            while err.read_line(&mut line).is_ok_and(|length| length > 0) {
                kept.lock().expect("the log").push_str(&line);
                line.clear();
            }
        });
        let mut greeting = String::new();
        let address = loop {
            let start = greeting.len();
            if out.read_line(&mut greeting).expect("its output") == 0 {
                let _ = child.wait();
                let _ = log_reader.join();
                panic!("the server did not start: {greeting}{}", log.lock().expect("the log"));
            }
            if let Some((_, after)) = greeting[start..].split_once("http://") {
                let address = after.split(|c: char| c.is_whitespace() || c == '/').next();
                break address.and_then(|address| address.parse().ok()).expect("an address");
            }
        };
        Self { child, out, log, log_reader: Some(log_reader), greeting, address }
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, while others still speak to it.
    pub fn pull_the_plug(&self) {
        self.signal("-KILL");
    }

    /// Sends it a signal, named as `kill` names it.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
    }

    /// Waits for its end; gives what it printed after the greeting, and its whole log.
    pub fn wait(mut self) -> (ExitStatus, String, String) {
        let status = self.child.wait().expect("it ended");
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("its output");
        if let Some(reader) = self.log_reader.take() {
            reader.join().expect("the log was read");
        }
        let log = self.log.lock().expect("the log").clone();
        (status, rest, log)
    }

    /// Stops it in order; gives its log.
    pub fn stop(self) -> String {
        self.terminate();
        let (status, _, log) = self.wait();
        assert!(status.success(), "{status}: {log}");
        log
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.address).await.expect("the server listens")
    }

    pub async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.client().await.get(path, Some(bearer)).await.expect("an answer")
    }

    pub async fn post(&self, path: &str, bearer: &str, body: Value) -> Answer {
        self.client().await.post(path, Some(bearer), &body).await.expect("an answer")
    }

    /// Posts what must work; gives the answer's body.
    pub async fn make(&self, path: &str, bearer: &str, body: Value) -> Value {
        let answer = self.post(path, bearer, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.json());
        answer.json()
    }

    /// A concert on sale with one performance of `seats` seats at 1,000 each.
    pub async fn concert(&self, queue: Value, seats: u32) -> Concert {
        let hall = json!({"name": "Hall", "sections": [{"name": "S", "rows": [
            {"name": "A", "seats": seats, "grade": "R"}]}]});
        let hall = self.make("/v1/operator/halls", OPERATOR, hall).await["id"].clone();
        let concert = json!({"title": "Concert", "time_zone": "Asia/Seoul", "queue": queue});
        let id = text(&self.make("/v1/operator/concerts", OPERATOR, concert).await["id"]);
        let performance = json!({"concert_id": id, "hall_id": hall, "starts_at": "2999-12-31T20:00:00Z",
            "prices": {"R": 1000}});
        let performance = text(&self.make("/v1/operator/performances", OPERATOR, performance).await["id"]);
        Concert { id, performance }
    }

    /// Sessions of fresh buyers.
    pub async fn sessions(&self, count: u32) -> Vec<String> {
        let made = self.make("/v1/operator/sessions", OPERATOR, json!({"count": count})).await;
        made["sessions"].as_array().expect("sessions").iter().map(|one| text(&one["secret"])).collect()
    }

    /// Joins a queue; gives the token.
    pub async fn join(&self, session: &str, concert: &Concert) -> String {
        let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
        text(&self.make(&path, session, Value::Null).await["token"])
    }

    pub async fn seat_ids(&self, token: &str, concert: &Concert) -> Vec<String> {
        let map = self.get(&format!("/v1/performances/{}/seats", concert.performance), token).await.json();
        map["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone, Debug)]
pub struct Concert {
    pub id: String,
    pub performance: String,
}

/// POST with an `Idempotency-Key`; none when the connection broke before the answer was whole.
pub async fn post_once(client: &mut Client, path: &str, bearer: &str, key: &str, body: &Value) -> Option<Answer> {
    let body = (!body.is_null()).then(|| body.to_string().into_bytes());
    let headers = &[("idempotency-key", key)][..];
    client.send(&Ask { method: "POST", path, bearer: Some(bearer), body, headers }).await.ok()
}

#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// `verify` finds nothing in this file.
#[track_caller]
pub fn verify_clean(data: &Path) {
    let ran = run(&["verify", as_text(data)]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}
