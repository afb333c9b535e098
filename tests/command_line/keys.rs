//! The operator's key: what can be one, that a change of it is said, and that one which nobody saw is not in force.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};

use boxoffice::client::Client;
use serde_json::json;

use crate::support::{Folder, OPERATOR, Ran, Server, as_text, boxoffice, run, text, verify_clean};

#[test]
fn what_cannot_be_presented_or_is_short_is_refused_and_nothing_is_made() {
    let folder = Folder::new();
    let line_end = format!("{OPERATOR}\n");
    let with_blank = format!("{OPERATOR} {OPERATOR}");
    let table = [
        ("", "is empty"),
        ("x", "has 1"),
        ("op_twenty_three_letters", "has 23"),
        ("   ", "character 1"),
        (&line_end, "is none of them"),
        (&with_blank, "is none of them"),
        ("op_열쇠열쇠열쇠열쇠열쇠열쇠열쇠열쇠열쇠열쇠열쇠열쇠", "character 4"),
    ];
    for (key, fault) in table {
        for by_flag in [true, false] {
            let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--data", as_text(&folder.data())]);
            match by_flag {
                true => command.args(["--operator-key", key]),
                false => command.env("BOXOFFICE_OPERATOR_KEY", key),
            };
            let output = command.output().expect("runs");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{key:?}: {told}");
            for part in ["24 or more printable", "BOXOFFICE_OPERATOR_KEY", fault] {
                assert!(told.contains(part), "{key:?} lacks {part}: {told}");
            }
            assert!(key.trim().len() < 4 || !told.contains(key.trim()), "a key is told: {told}");
            assert!(!folder.data().exists(), "{key:?} made something");
        }
    }
}

fn serve(folder: &Folder, more: &[&str]) -> Server {
    let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--data", as_text(&folder.data())]);
    command.args(more);
    Server::start(command)
}

fn key_in(greeting: &str) -> Option<&str> {
    greeting.lines().find_map(|line| line.strip_prefix("operator key (shown once, keep it): "))
}

#[tokio::test]
async fn a_replaced_key_is_said_once_and_a_kept_one_is_not() {
    let folder = Folder::new();
    let chosen = ["--operator-key", OPERATOR];
    assert!(!serve(&folder, &chosen).greeting.contains("operator key"), "the first one replaces none");
    assert!(!serve(&folder, &chosen).greeting.contains("operator key"), "the same one replaces none");
    let other = ["--operator-key", "op_another_of_the_tests_keys"];
    let server = serve(&folder, &other);
    assert!(server.greeting.contains("operator key replaced"), "{}", server.greeting);
    assert_eq!(server.post("/v1/operator/sessions", OPERATOR, json!({"count": 1})).await.status, 401);
    assert!(server.stop().contains("operator key replaced"));
    assert!(!serve(&folder, &[]).greeting.contains("operator key"), "it stays in force");
}

/// Waits until somebody listens there.
async fn listens(address: SocketAddr) {
    // The port is bound before anything is made; who gets an answer finds it serving.
    while async { Client::connect(address).await?.get("/v1/venue", None).await }.await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_key_that_could_not_be_shown_is_not_lost() {
    let folder = Folder::new();
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    let (reader, gone) = std::io::pipe().expect("a pipe");
    drop(reader);
    let full = File::options().write(true).open("/dev/full").expect("Linux has one");
    for out in [std::process::Stdio::from(gone), full.into()] {
        let mut command = boxoffice(&["serve", "--data", as_text(&folder.data()), "--listen", &address.to_string()]);
        let mut child = command.stdout(out).stderr(std::process::Stdio::null()).spawn().expect("runs");
        listens(address).await;
        assert!(child.try_wait().expect("its state").is_none(), "it serves, though nobody hears it");
        let stop = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(stop.expect("kill runs").success() && child.wait().expect("its end").success());
    }
    let server = serve(&folder, &[]);
    let key = key_in(&server.greeting).expect("a key, as nobody has seen one yet").to_owned();
    assert_eq!(server.post("/v1/operator/sessions", &key, json!({"count": 1})).await.status, 201);
    server.stop();
    let server = serve(&folder, &[]);
    assert_eq!(key_in(&server.greeting), None);
    assert_eq!(server.post("/v1/operator/sessions", &key, json!({"count": 1})).await.status, 201);
}

fn turn_keys(folder: &Folder) -> Ran {
    run(&["turn-keys", as_text(&folder.data())])
}

#[tokio::test]
async fn turned_keys_cost_nobody_anything_and_twice_turned_ones_kill_the_first_tokens() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": null}), 8).await;
    let sessions = server.sessions(3).await;
    let tokens = [server.join(&sessions[0], &concert).await, server.join(&sessions[1], &concert).await];
    let seats = server.seat_ids(&tokens[0], &concert).await;
    let sell = async |server: &Server, token: &str, seat: usize| {
        server.make("/v1/balance/top-ups", token, json!({"amount": 1000})).await;
        let paid = server.make("/v1/payments", token, json!({"seat_ids": [seats[seat]], "amount": 1000})).await;
        text(&paid["tickets"][0]["code"])
    };
    let ticket = sell(&server, &tokens[0], 0).await;
    let refused = turn_keys(&folder);
    assert!(refused.code == Some(1) && refused.err.contains("in use"), "{refused:?}");
    server.stop();
    let secrets = std::fs::read(folder.data()).expect("the file");
    let turned = turn_keys(&folder);
    assert_eq!(turned.code, Some(0), "{turned:?}");
    assert_ne!(std::fs::read(folder.data()).expect("the file"), secrets);
    verify_clean(&folder.data());

    let server = Server::serve(&folder.data(), &[]);
    let current = format!("/v1/concerts/{}/queue/tokens/current", concert.id);
    assert_eq!(server.get("/v1/queue/position", &tokens[1]).await.status, 200, "the token of the key before");
    let shown = server.get(&format!("/v1/tickets/{ticket}"), &sessions[0]).await;
    assert_eq!((shown.status, text(&shown.json()["code"])), (200, ticket.clone()), "a ticket keeps its code");
    let anew = text(&server.get(&current, &sessions[1]).await.json()["token"]);
    assert_ne!(anew, tokens[1], "what is signed now is signed by the new key");
    let later = sell(&server, &anew, 1).await;
    let waits = server.join(&sessions[2], &concert).await;
    server.stop();
    assert_eq!(turn_keys(&folder).code, Some(0));
    assert_eq!(turn_keys(&folder).code, Some(0), "twice without a sale between them");

    let server = Server::serve(&folder.data(), &[]);
    let dead = server.get("/v1/queue/position", &waits).await;
    assert_eq!((dead.status, text(&dead.json()["code"])), (401, "token_invalid".to_owned()));
    let anew = text(&server.get(&current, &sessions[2]).await.json()["token"]);
    assert_eq!(server.get("/v1/queue/position", &anew).await.status, 200, "and its place is there");
    for (code, session) in [(&ticket, &sessions[0]), (&later, &sessions[1])] {
        assert_eq!(server.get(&format!("/v1/tickets/{code}"), session).await.status, 200, "{code}");
    }
    server.stop();
    verify_clean(&folder.data());
    assert_eq!(run(&["turn-keys", as_text(&folder.path("missing.db"))]).code, Some(1));
    assert!(!folder.path("missing.db").exists(), "nothing is made");
}
