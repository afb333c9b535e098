//! SIGTERM and SIGHUP: what was accepted is finished and answered, streams end, and the program exits with 0.

use std::sync::Arc;

use boxoffice::client::Ask;
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Barrier;

use crate::support::{Folder, Server, as_text, boxoffice, text, verify_clean};

/// Sign-ups queue for the password hasher, so that some are surely under way when the signal comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_requests_are_answered_and_kept() {
    const BUYERS: usize = 40;
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--lift-limits-for", "127.0.0.1"]);
    let start = Arc::new(Barrier::new(BUYERS));
    let buyers = (0..BUYERS).map(|buyer| {
        let (start, address) = (start.clone(), server.address);
        tokio::spawn(async move {
            let mut client = boxoffice::client::Client::connect(address).await.expect("the server listens");
            // The connection is accepted before the rush.
            assert_eq!(client.get("/v1/concerts", None).await.expect("an answer").status, 200);
            start.wait().await;
            let body =
                json!({"email": format!("buyer{buyer}@example.org"), "password": "correct horse", "name": "Buyer"});
            client.post("/v1/users", None, &body).await
        })
    });
    let mut answers: futures_util::stream::FuturesUnordered<_> = buyers.collect();
    let mut signed_up = Vec::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.expect("no panic").expect("an accepted request gets its answer");
        assert_eq!(answer.status, 201, "{}", answer.json());
        signed_up.push(text(&answer.json()["session"]["secret"]));
        // By the first answers all the others have long been read: they are a fraction of the hashing.
        if signed_up.len() == 4 {
            server.terminate();
        }
    }
    let (status, _, log) = server.wait();
    assert!(status.success(), "{status}: {log}");

    verify_clean(&folder.data());
    let server = Server::serve(&folder.data(), &[]);
    for session in &signed_up {
        assert_eq!(server.get("/v1/balance", session).await.status, 200, "an account was lost");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_streams_end_and_do_not_hold_it_up() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({}), 4).await;
    let token = server.join(&server.sessions(1).await[0], &concert).await;
    let seats = format!("/v1/performances/{}/seats/stream", concert.performance);
    let mut bodies = Vec::new();
    for path in ["/v1/queue/position/stream", &seats] {
        let ask = Ask { method: "GET", path, bearer: Some(&token), ..Ask::default() };
        let mut client = server.client().await;
        let mut body = client.open(&ask).await.expect("an answer").into_body();
        let first = body.frame().await.expect("a first message").expect("whole");
        assert!(first.into_data().expect("data").starts_with(b"id:"), "{path}");
        bodies.push((client, body));
    }
    server.terminate();
    for (_, body) in bodies {
        body.collect().await.expect("the stream ends in order, not in a broken connection");
    }
    let (status, _, log) = server.wait();
    assert!(status.success(), "{status}: {log}");
}

/// What was in memory only (presence, snapshots) is made anew, and the data file is one file again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_stop_the_data_file_stands_alone() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": 1}), 4).await;
    let sessions = server.sessions(3).await;
    let mut tokens = Vec::new();
    for session in &sessions {
        tokens.push(server.join(session, &concert).await);
    }
    server.stop();
    let wal = folder.path("boxoffice.db-wal");
    assert!(!wal.exists() || std::fs::metadata(&wal).expect("the WAL").len() == 0, "the WAL was left behind");

    let moved = folder.path("moved.db");
    std::fs::copy(folder.data(), &moved).expect("a copy of the one file");
    let server = Server::serve(&moved, &[]);
    for (position, token) in tokens.iter().enumerate() {
        let shown = server.get("/v1/queue/position", token).await.json();
        assert_eq!(shown["position"], position, "{shown}");
    }
}

/// A terminal that closes is a stop like any other, unless `nohup` said that it is none.
#[tokio::test]
async fn a_closed_terminal_stops_it_in_order_and_nohup_does_not() {
    // Tests under `nohup` would hand its ignorance down to the server; a handler of their own is not handed down.
    let _own = signal(SignalKind::hangup()).expect("a handler");
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    server.signal("-HUP");
    let (status, _, log) = server.wait();
    assert!(status.success(), "{status}: {log}");
    assert!(log.contains("the terminal hung up"), "{log}");
    let wal = folder.path("boxoffice.db-wal");
    assert!(!wal.exists() || std::fs::metadata(&wal).expect("the WAL").len() == 0, "the WAL was left behind");

    let mut command = std::process::Command::new("sh");
    let serve = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--data", as_text(&folder.data())]);
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(serve.get_program()).args(serve.get_args());
    let server = Server::start(command);
    server.signal("-HUP");
    assert_eq!(server.client().await.get("/v1/concerts", None).await.expect("an answer").status, 200);
    server.stop();
}
