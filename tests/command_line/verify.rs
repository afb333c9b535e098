//! `verify` on a sound file, and on copies in which each law is broken by hand.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::breaches::BREACHES;
use crate::support::{Folder, Server, as_text, run};

/// A file with everything in it: a payment of two tickets, a hold, one who waits, one who left, postings.
async fn fill(data: &Path) {
    let server = Server::serve(data, &[]);
    let concert = server.concert(json!({"max_admitted": 2}), 10).await;
    let sessions = server.sessions(5).await;
    let buyer = server.join(&sessions[0], &concert).await;
    let seats = server.seat_ids(&buyer, &concert).await;
    server.make("/v1/balance/top-ups", &buyer, json!({"amount": 5000})).await;
    let pay = json!({"seat_ids": [seats[0], seats[1]], "amount": 2000});
    server.make("/v1/payments", &buyer, pay).await;
    let holder = server.join(&sessions[1], &concert).await;
    let hold = json!({"performance_id": concert.performance, "seat_ids": [seats[2], seats[3]]});
    server.make("/v1/holds", &holder, hold).await;
    server.join(&sessions[2], &concert).await;
    let leaver = server.join(&sessions[3], &concert).await;
    let left = server.client().await.delete("/v1/queue/tokens/current", Some(&leaver)).await.expect("an answer");
    assert_eq!(left.status, 204);
    server.join(&sessions[4], &concert).await;

    let used = run(&["verify", as_text(data)]);
    assert_eq!(used.code, Some(0), "a file in use: {}{}", used.out, used.err);
    assert!(
        used.out.contains("0 breaches; 5 users, 5 queue entries, 4 taken places, 1 payments, 2 postings"),
        "{}",
        used.out
    );
    server.stop();
}

fn break_copy(whole: &Path, copy: &Path, sql: &str) {
    std::fs::copy(whole, copy).expect("a copy");
    let connection = Connection::open(copy).expect("the copy opens");
    connection.pragma_update(None, "foreign_keys", false).expect("a pragma");
    connection.pragma_update(None, "ignore_check_constraints", true).expect("a pragma");
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(connection.total_changes() > 0, "{sql} changed nothing");
}

/// What the queries of `verify` look for, by the sources.
fn checks() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/verify");
    let sources = ["sql.rs", "places/sql.rs", "desk/sql.rs"].map(|file| std::fs::read_to_string(folder.join(file)));
    let sources = sources.map(|source| source.expect("a source"));
    let whats =
        sources.iter().flat_map(|source| source.lines()).filter_map(|line| line.trim().strip_prefix("what: \""));
    let whats: Vec<_> = whats.filter_map(|rest| rest.strip_suffix("\",")).map(str::to_owned).collect();
    assert!(whats.len() > 70, "the checks were not found: {}", whats.len());
    whats
}

#[tokio::test]
async fn each_law_broken_by_hand_is_found() {
    let folder = Folder::new();
    fill(&folder.data()).await;
    crate::support::verify_clean(&folder.data());
    for law in (1..=6).chain(11..=14) {
        assert!(BREACHES.iter().any(|(of, _, _)| *of == law), "law {law} is never broken here");
    }
    for check in checks() {
        assert!(BREACHES.iter().any(|(_, words, _)| words.starts_with(&check)), "never broken here: {check}");
    }
    let mut missed = Vec::new();
    for (at, (law, words, sql)) in BREACHES.iter().enumerate() {
        let copy = folder.path(&format!("broken-{at}.db"));
        break_copy(&folder.data(), &copy, sql);
        let ran = run(&["verify", as_text(&copy)]);
        let found = ran.out.lines().any(|line| line.starts_with(&format!("law {law}: ")) && line.contains(words));
        let lines = ran.out.lines().filter(|line| line.starts_with("law ")).count();
        let counted = ran.out.contains(&format!(": {lines} breaches; "));
        if ran.code != Some(1) || !found || !counted {
            missed.push(format!("law {law}, {words} ({sql}): exit {:?}\n{}{}", ran.code, ran.out, ran.err));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Two breaches get two lines, and a file without anything is sound.
#[tokio::test]
async fn every_breach_has_its_line() {
    let folder = Folder::new();
    fill(&folder.data()).await;
    let copy = folder.path("broken.db");
    break_copy(
        &folder.data(),
        &copy,
        "INSERT OR IGNORE INTO wallet (user_key) SELECT user_key FROM account; UPDATE wallet SET anchor_posting_key = 0",
    );
    let ran = run(&["verify", as_text(&copy)]);
    let of_users = (1..=5).filter(|user| ran.out.contains(&format!(": user {user} has ")));
    assert_eq!((ran.code, of_users.count()), (Some(1), 5), "{}", ran.out);

    let fresh = folder.path("fresh.db");
    Server::serve(&fresh, &[]).stop();
    let ran = run(&["verify", as_text(&fresh)]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains("0 users"), "{}", ran.out);
}

/// Looking changes nothing, also in a copy that needs recovery.
#[tokio::test]
async fn verify_writes_nothing() {
    let folder = Folder::new();
    fill(&folder.data()).await;
    let before = std::fs::read(folder.data()).expect("the file");
    assert_eq!(run(&["verify", as_text(&folder.data())]).code, Some(0));
    assert_eq!(std::fs::read(folder.data()).expect("the file"), before);
}
