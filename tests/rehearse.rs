//! The load drill as an operator runs it: the real binary, real servers, real time. Drills are small; what they measure
//! is looked at for its shape, never for its speed.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use boxoffice::verify;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_boxoffice");

/// `boxoffice rehearse`, whose temporary files go into `folder`.
fn rehearse(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("rehearse").args(arguments.split_whitespace());
    command.env("TMPDIR", folder).env_remove("BOXOFFICE_OPERATOR_KEY");
    command
}

fn run(folder: &Path, arguments: &str) -> Output {
    rehearse(folder, arguments).output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Processes whose command line names this folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().expect("a plain path");
    let processes = std::fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let lines = processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(folder)).collect()
}

#[track_caller]
fn nothing_is_left(folder: &Path) {
    assert_eq!(processes_of(folder), Vec::<String>::new(), "the server is gone");
    assert_eq!(std::fs::read_dir(folder).expect("the folder").count(), 0, "its files are gone");
}

/// A server that runs already, on a data file that is its own.
struct Named {
    child: Child,
    url: String,
}

impl Named {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0", "--log", "warn"]).args(arguments);
        command.env("BOXOFFICE_OPERATOR_KEY", "op_of_the_named_server_under_test").stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("its address").to_owned();
        Self { child, url }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A crowd with every misbehaviour in it.
const CROWD: &str = "--buyers 80 --seats 60 --seed 11 --arrive-within 1 --max-admitted 20 --think-ms 10 --hold-seconds 1 \
    --stream-share 0.4 --best-share 0.5 --dawdle-share 0.1 --leave-share 0.1 --retry-share 0.3 --drop-share 0.3";

#[test]
fn a_drill_sells_every_seat_and_leaves_nothing_behind() {
    let (temporary, out) = (folder(), folder());

    let drill = run(temporary.path(), &format!("{CROWD} --out {}", out.path().display()));

    assert!(drill.status.success(), "{}", said(&drill));
    let text = String::from_utf8_lossy(&drill.stdout);
    assert!(text.contains("sold out            60 seats") && text.contains("PASSED"), "{text}");
    nothing_is_left(temporary.path());

    let report = std::fs::read(out.path().join("report.json")).expect("report.json");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["passed"], true);
    assert_eq!(report["sold"], 60);
    assert!(report["sold_out_after_seconds"].as_f64() > Some(0.0));
    assert!(report["requests_per_second"].as_f64() > Some(0.0));
    assert_eq!(report["laws"]["status"], "checked");
    assert_eq!(report["laws"]["breaches"], serde_json::json!([]));
    assert_eq!(report["agreement"]["completed"], report["ends"]["bought"]);
    assert_eq!(report["ends"]["lost"], 0);
    let ended: u64 = report["ends"].as_object().expect("ends").values().filter_map(Value::as_u64).sum();
    assert_eq!(ended, 80, "every journey has an end");
    for (what, at_least) in [("repeats", 1), ("broken_on_purpose", 1)] {
        assert!(report["mishaps"][what].as_u64() >= Some(at_least), "{what}: {}", report["mishaps"]);
    }
    assert_eq!(report["mishaps"]["repeats_that_differ"], 0);
    for name in ["issue_token", "list_dates", "seat_map", "hold_seats", "top_up", "pay"] {
        let operations = report["operations"].as_array().expect("operations");
        let times = operations.iter().find(|times| times["name"] == name).expect(name);
        for figure in ["p50_ms", "p95_ms", "p99_ms", "max_ms"] {
            assert!(times[figure].as_f64() > Some(0.0), "{name} {figure}: {times}");
        }
    }
    assert!(!report["ticks"].as_array().expect("ticks").is_empty());

    let page = std::fs::read_to_string(out.path().join("report.html")).expect("report.html");
    assert!(page.matches("<svg").count() == 4 && page.contains("Passed"), "four charts and a verdict");
    for from_elsewhere in ["http://", "https://", "src=", "href=", "<script", "<link", "@import", "url("] {
        assert!(!page.contains(from_elsewhere), "the page needs nothing from elsewhere: {from_elsewhere}");
    }
}

/// Where only the operator may top up, the drill's buyers pay at the counter.
#[test]
fn a_named_server_is_driven_by_its_operator_key() {
    let (temporary, home) = (folder(), folder());
    let data = home.path().join("venue.db");
    let server = Named::start(&data, &["--top-up-by", "operator"]);

    let drill = run(
        temporary.path(),
        &format!("{CROWD} --url {} --operator-key op_of_the_named_server_under_test", server.url),
    );

    assert!(drill.status.success(), "{}", said(&drill));
    let text = String::from_utf8_lossy(&drill.stdout);
    assert!(text.contains("sold out            60 seats"), "{text}");
    assert!(text.contains("not checked: run `boxoffice verify FILE`"), "{text}");
    assert_eq!(std::fs::read_dir(temporary.path()).expect("the folder").count(), 0, "no server of its own");
    assert_eq!(verify::verify(&data).expect("the data file opens").breaches, []);
}

#[test]
fn a_wrong_operator_key_is_told_so() {
    let (temporary, home) = (folder(), folder());
    let server = Named::start(&home.path().join("venue.db"), &[]);

    let drill = run(
        temporary.path(),
        &format!("--buyers 5 --url {} --operator-key op_of_another_server_under_test", server.url),
    );

    assert_eq!(drill.status.code(), Some(1));
    assert!(said(&drill).contains("refuses the operator key"), "{}", said(&drill));
    assert!(drill.stdout.is_empty(), "there is no report");
}

#[test]
fn where_a_node_is_gone_buyers_come_to_the_next() {
    let (temporary, data) = (folder(), folder());
    let server = Named::start(&data.path().join("venue.db"), &["--top-up-by", "buyers"]);
    // Nobody listens at the first.
    let nodes = format!("--url http://127.0.0.1:1 --url {}", server.url);
    let options = "--buyers 10 --seats 10 --arrive-within 0.5 --think-ms 0 --stream-share 0.5";
    let drill = run(temporary.path(), &format!("{options} {nodes} --operator-key op_of_the_named_server_under_test"));
    assert!(drill.status.success(), "nobody is lost: {}", said(&drill));
}

#[test]
fn wrong_arguments_are_told_with_the_remedy() {
    let temporary = folder();
    for (arguments, code, remedy) in [
        ("--url http://127.0.0.1:1", 2, "--operator-key"),
        ("--url https://venue.example --operator-key k", 1, "plain http"),
        ("--url http://127.0.0.1:1/shop --operator-key k", 1, "without a path"),
        ("--url http://127.0.0.1:1 --operator-key k", 1, "is `boxoffice serve` running there?"),
        ("--stream-share 1.5", 2, "from 0 to 1"),
        ("--buyers 0", 2, "--buyers"),
        ("--leave-share 0.6 --dawdle-share 0.6", 1, "nobody would buy"),
        ("--arrive-within 10 --time-limit 5", 1, "--time-limit"),
        ("--out /proc/nowhere", 1, "a folder you may write to"),
    ] {
        let drill = run(temporary.path(), arguments);
        assert_eq!(drill.status.code(), Some(code), "{arguments}: {}", said(&drill));
        assert!(said(&drill).contains(remedy), "{arguments}: {}", said(&drill));
    }
    nothing_is_left(temporary.path());
}

#[test]
fn who_is_not_done_in_time_is_lost_and_the_drill_fails() {
    let temporary = folder();
    // Nobody inside has time to buy before the limit.
    let crowd = "--buyers 10 --seats 10 --arrive-within 0.1 --time-limit 0.5 --think-ms 60000 --leave-share 0 \
        --dawdle-share 0 --drop-share 0";

    let drill = run(temporary.path(), crowd);

    assert_eq!(drill.status.code(), Some(1), "{}", said(&drill));
    let text = String::from_utf8_lossy(&drill.stdout);
    assert!(text.contains("10 × not done after 0.5 s (--time-limit)"), "{text}");
    assert!(text.contains("FAILED: 10 buyers were lost"), "{text}");
    nothing_is_left(temporary.path());
}

/// A hold may end before a slow buyer has paid. Whose seats are gone by then chooses again; nobody is lost.
#[test]
fn who_thinks_longer_than_a_hold_lasts_chooses_again() {
    let temporary = folder();
    let crowd = "--buyers 60 --seats 12 --arrive-within 0.5 --max-admitted 30 --hold-seconds 1 --think-ms 500 \
        --leave-share 0 --dawdle-share 0";

    let drill = run(temporary.path(), crowd);

    assert!(drill.status.success(), "{}", said(&drill));
    assert!(said(&drill).contains("sold out            12 seats"), "{}", said(&drill));
    nothing_is_left(temporary.path());
}

#[test]
fn an_interrupted_drill_takes_its_server_along() {
    let temporary = folder();
    let mut drill = rehearse(temporary.path(), "--buyers 1000 --arrive-within 60 --time-limit 120")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut errors = BufReader::new(drill.stderr.take().expect("its errors"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("a line");
    assert!(line.starts_with("preparing"), "{line}");
    assert_eq!(processes_of(temporary.path()).len(), 1, "the server runs");

    let id = Pid::from_child(&drill);
    kill_process(id, Signal::INT).expect("a signal to the drill alone");

    let status = drill.wait().expect("it ends");
    line.clear();
    errors.read_line(&mut line).expect("a line");
    assert_eq!(status.code(), Some(1));
    assert!(line.contains("stopped before the end"), "{line}");
    nothing_is_left(temporary.path());
}
