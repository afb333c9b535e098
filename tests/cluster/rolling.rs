//! A new version on machines one after the other, as processes and under load: the node that follows first, the leader last. And one
//! whose tables are others than the book's says so and does not start.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use boxoffice::client::{Ask, Client};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::support::Venue;

const OPERATOR: &str = "op_of_the_rolling_update_01";
/// How long nothing takes that works.
const LONG: Duration = Duration::from_secs(60);
const BUYERS: usize = 4;

/// A node as a process, on a port of its own; killed when dropped.
struct Process {
    child: Child,
    address: SocketAddr,
    _out: BufReader<ChildStdout>,
}

fn serve(venue: &Venue, copy: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
    command.args(["serve", "--unreplicated", "--listen", "127.0.0.1:0", "--log", "error", "--top-up-by", "buyers"]);
    command.args(["--lift-limits-for", "127.0.0.0/8"]).arg("--copy").arg(venue.path(copy));
    command.env("BOXOFFICE_DATA", venue.url("")).env("BOXOFFICE_OPERATOR_KEY", OPERATOR);
    command
}

impl Process {
    fn start(mut node: Command) -> Self {
        let mut child = node.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let from = said.len();
            assert!(out.read_line(&mut said).unwrap() > 0, "it did not start: {said}");
            let listens = |word: &str| word.strip_prefix("http://").and_then(|address| address.parse().ok());
            if let Some(address) = said[from..].split_whitespace().find_map(listens) {
                break address;
            }
        };
        Self { child, address, _out: out }
    }

    /// Stops it as a service manager does; it ends in order.
    fn stop(mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request over a connection of its own; nothing when there was no answer.
async fn ask(to: SocketAddr, path: &str, bearer: &str, key: &str, body: Option<Value>) -> Option<(u16, Value)> {
    let body = body.map(|body| body.to_string().into_bytes());
    let method = if body.is_some() { "POST" } else { "GET" };
    let headers: &[_] = if key.is_empty() { &[] } else { &[("idempotency-key", key)] };
    let asked = async {
        let mut client = Client::connect(to).await.ok()?;
        client.send(&Ask { method, path, bearer: Some(bearer), body, headers }).await.ok()
    };
    let answer = timeout(LONG, asked).await.ok()??;
    Some((answer.status, answer.json()))
}

/// Asks the nodes in turn until one answers what it is asked for.
async fn get_done(nodes: &Mutex<Vec<SocketAddr>>, path: &str, bearer: &str, key: &str, body: Option<Value>) -> Value {
    let done = async {
        for turn in 0_usize.. {
            let to = {
                let nodes = nodes.lock().unwrap();
                nodes[turn % nodes.len()]
            };
            match ask(to, path, bearer, key, body.clone()).await {
                Some((200..300, answer)) => return answer,
                // Nobody leads for a moment, or it is about to end.
                Some((503, _)) | None => sleep(Duration::from_millis(20)).await,
                Some((status, answer)) => panic!("{status}: {answer}"),
            }
        }
        unreachable!("it is asked for ever")
    };
    timeout(LONG, done).await.expect("it is done in time")
}

/// Tops up without pause, each with a key of its own, until told to stop; gives how often.
async fn buy(nodes: &Mutex<Vec<SocketAddr>>, session: &str, stop: &watch::Receiver<bool>) -> i64 {
    let mut times = 0;
    while !*stop.borrow() {
        let key = format!("top-up-{times}");
        let added = get_done(nodes, "/v1/balance/top-ups", session, &key, Some(json!({"amount": 100}))).await;
        times += 1;
        assert_eq!(added["balance"], times * 100, "each stands once, in its turn");
    }
    times
}

/// So many more are acknowledged meanwhile that all who buy have gone on.
async fn go_on(nodes: &Mutex<Vec<SocketAddr>>, sessions: &[String]) {
    let balances = async || {
        let mut all = Vec::new();
        for session in sessions {
            all.push(get_done(nodes, "/v1/balance", session, "", None).await["balance"].as_i64().unwrap());
        }
        all
    };
    let before = balances().await;
    let more = async {
        while balances().await.iter().zip(&before).any(|(now, before)| *now < before + 1000) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, more).await.expect("they go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/cluster"]
async fn nodes_are_replaced_one_after_the_other_and_nobody_loses_anything() {
    let venue = Venue::new();
    let (first, second) = (Process::start(serve(&venue, "first.db")), Process::start(serve(&venue, "second.db")));
    let nodes = Mutex::new(vec![first.address, second.address]);
    let made = get_done(&nodes, "/v1/operator/sessions", OPERATOR, "", Some(json!({"count": BUYERS}))).await;
    let sessions: Vec<String> =
        made["sessions"].as_array().unwrap().iter().map(|one| one["secret"].as_str().unwrap().to_owned()).collect();
    let (told, stop) = watch::channel(false);
    let buying = futures_util::future::join_all(sessions.iter().map(|session| buy(&nodes, session, &stop)));
    let replacing = async {
        let mut new = Vec::new();
        go_on(&nodes, &sessions).await;
        // Who follows is told to stop, and comes again; then the leader, and the other one leads.
        for (place, old, copy) in [(1, second, "second.db"), (0, first, "first.db")] {
            tokio::task::spawn_blocking(move || old.stop()).await.unwrap();
            go_on(&nodes, &sessions).await;
            let node = serve(&venue, copy);
            let node = tokio::task::spawn_blocking(|| Process::start(node)).await.unwrap();
            nodes.lock().unwrap()[place] = node.address;
            go_on(&nodes, &sessions).await;
            assert!(ask(node.address, "/readyz", "", "", None).await.is_some_and(|(status, _)| status == 200));
            new.push(node);
        }
        told.send_replace(true);
        new
    };
    let (times, new) = tokio::join!(buying, replacing);
    for (session, times) in sessions.iter().zip(&times) {
        let balance = get_done(&nodes, "/v1/balance", session, "", None).await;
        assert_eq!(balance["balance"], times * 100, "what was acknowledged, once");
    }
    new.into_iter().for_each(Process::stop);
    let verified = Command::new(env!("CARGO_BIN_EXE_boxoffice")).arg("verify").arg(venue.url("")).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_node_whose_tables_are_others_says_so_and_neither_leads_nor_follows() {
    let venue = Venue::new();
    let node = Process::start(serve(&venue, "first.db"));
    // As if a later version had made it.
    venue.operate("UPDATE VENUE.office SET schema_version = '1:7 2:9 feed:99'");
    let refused = serve(&venue, "second.db").stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("was made by another version of boxoffice"), "{said}");
    assert!(!venue.path("second.db").exists(), "nothing is made");
    node.stop();
    let before = venue.ask("SELECT epoch FROM VENUE.office");
    assert!(!serve(&venue, "second.db").stderr(Stdio::null()).status().unwrap().success(), "also where nobody leads");
    assert_eq!(venue.ask("SELECT epoch FROM VENUE.office"), before);
}
