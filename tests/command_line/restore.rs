//! `restore`: a backup in place of a data file. What was there is kept, credentials from after the backup are dead, and
//! whatever cannot be done in order is not begun.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::support::{Concert, Folder, OPERATOR, Ran, Server, as_text, run, text, verify_clean};

fn restore(backup: &Path, file: &Path) -> Ran {
    run(&["restore", as_text(backup), as_text(file)])
}

fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path(".")).expect("the folder");
    let mut names: Vec<_> =
        entries.map(|one| one.expect("an entry").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

async fn ticket(server: &Server, concert: &Concert, session: &str) -> (String, String) {
    let token = server.join(session, concert).await;
    let map = server.get(&format!("/v1/performances/{}/seats", concert.performance), &token).await.json();
    let free = map["seats"].as_array().expect("seats").iter().find(|seat| seat["state"] == "available");
    server.make("/v1/balance/top-ups", &token, json!({"amount": 1000})).await;
    let pay = json!({"seat_ids": [free.expect("a free seat")["id"]], "amount": 1000});
    let paid = server.make("/v1/payments", &token, pay).await;
    (token, text(&paid["tickets"][0]["code"]))
}

#[tokio::test]
async fn a_drill_brings_the_backup_back_and_kills_what_came_after() {
    let folder = Folder::new();
    let backup = folder.path("backup.db");
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": null}), 8).await;
    let sessions = server.sessions(3).await;
    let (_, sold_before) = ticket(&server, &concert, &sessions[0]).await;
    let waiting = server.join(&sessions[1], &concert).await;
    assert_eq!(run(&["backup", as_text(&folder.data()), as_text(&backup)]).code, Some(0));
    let late = server.sessions(1).await.remove(0);
    let after = server.join(&late, &concert).await;
    let refused = restore(&backup, &folder.data());
    assert!(refused.code == Some(1) && refused.err.contains("in use"), "{refused:?}");
    server.pull_the_plug();
    server.wait();
    let (file, wal) = (std::fs::read(folder.data()).unwrap(), std::fs::read(folder.path("boxoffice.db-wal")).unwrap());

    let restored = restore(&backup, &folder.data());
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let kept: Vec<_> = names(&folder).into_iter().filter(|name| name.contains(".before-")).collect();
    let of =
        |suffix: &str| kept.iter().find(|name| name.ends_with(suffix)).unwrap_or_else(|| panic!("{suffix}: {kept:?}"));
    assert_eq!(std::fs::read(folder.path(of("Z"))).unwrap(), file, "what was there is kept, byte for byte");
    assert_eq!(std::fs::read(folder.path(of("Z-wal"))).unwrap(), wal);
    assert!(kept.iter().all(|name| restored.out.contains(name.as_str())), "{}", restored.out);
    let former = run(&["verify", as_text(&folder.path(of("Z")))]);
    assert!(former.code == Some(0) && former.out.contains("4 users"), "it can still be looked at: {former:?}");
    verify_clean(&folder.data());

    let server = Server::serve(&folder.data(), &[]);
    assert!(!server.greeting.contains("made a new"), "{}", server.greeting);
    // Somebody else gets the place that the late buyer had.
    server.join(&sessions[2], &concert).await;
    for dead in [&after, &waiting] {
        let answer = server.get("/v1/balance", dead).await;
        assert_eq!((answer.status, text(&answer.json()["code"])), (401, "token_invalid".to_owned()));
    }
    assert_eq!(server.get("/v1/balance", &late).await.status, 401, "a session opened after the backup");
    // The place in line is the buyer's still: the session gets its token anew.
    let again = server.get(&format!("/v1/concerts/{}/queue/tokens/current", concert.id), &sessions[1]).await;
    assert_eq!(again.status, 200, "{}", again.json());
    let token = text(&again.json()["token"]);
    assert_eq!(server.get("/v1/queue/position", &token).await.status, 200);
    let shown = server.get(&format!("/v1/tickets/{sold_before}"), &sessions[0]).await;
    assert_eq!(shown.status, 200, "a ticket of the backup lets its bearer in: {}", shown.json());
    server.stop();
    verify_clean(&folder.data());
}

/// Handed on after the backup to one, after the restore to another: each has a code of their own, and the first opens nothing.
#[tokio::test]
async fn a_ticket_handed_on_after_the_backup_is_not_the_one_handed_on_after_the_restore() {
    async fn account(server: &Server, email: &str) -> String {
        let body = json!({"email": email, "password": "a long enough secret", "name": "B"});
        text(&server.make("/v1/users", "", body).await["session"]["secret"])
    }
    async fn handed(server: &Server, session: &str) -> String {
        text(&server.get("/v1/tickets", session).await.json()["tickets"][0]["code"])
    }
    let folder = Folder::new();
    let backup = folder.path("backup.db");
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": null}), 8).await;
    let payer = server.sessions(1).await.remove(0);
    let (_, code) = ticket(&server, &concert, &payer).await;
    let one = account(&server, "one@example.org").await;
    let other = account(&server, "other@example.org").await;
    assert_eq!(run(&["backup", as_text(&folder.data()), as_text(&backup)]).code, Some(0));
    let hand_on = format!("/v1/tickets/{code}/handovers");
    server.make(&hand_on, &payer, json!({"email": "one@example.org"})).await;
    let lost = handed(&server, &one).await;
    server.stop();
    assert_eq!(restore(&backup, &folder.data()).code, Some(0));
    let server = Server::serve(&folder.data(), &[]);
    server.make(&hand_on, &payer, json!({"email": "other@example.org"})).await;
    let stands = handed(&server, &other).await;
    assert_ne!(lost, stands);
    let check_in = |code: String| server.post("/v1/operator/check-ins", OPERATOR, json!({"code": code}));
    assert_eq!(check_in(lost).await.status, 404);
    assert_eq!(check_in(stands).await.status, 201);
    server.stop();
}

#[tokio::test]
async fn what_is_not_a_sound_backup_is_not_put_back() {
    let folder = Folder::new();
    Server::serve(&folder.data(), &[]).stop();
    let (broken, foreign, missing) = (folder.path("broken.db"), folder.path("notes.txt"), folder.path("missing.db"));
    std::fs::copy(folder.data(), &broken).expect("a copy");
    let sql = "PRAGMA foreign_keys = 0; INSERT INTO wallet (user_key, anchor_posting_key) VALUES (1, 5)";
    Connection::open(&broken).expect("the copy").execute_batch(sql).expect("SQL");
    std::fs::write(&foreign, "Buy milk.\n".repeat(100)).expect("a file");
    let before = (names(&folder), std::fs::read(folder.data()).expect("the file"));
    for (backup, why) in [
        (&broken, "breaches and was not put back"),
        (&foreign, "is not a boxoffice data file"),
        (&missing, "does not exist"),
    ] {
        let ran = restore(backup, &folder.data());
        assert!(ran.code == Some(1) && ran.err.contains(why), "{ran:?}");
        assert_eq!((names(&folder), std::fs::read(folder.data()).expect("the file")), before, "{why}");
    }
}

#[tokio::test]
async fn a_backup_is_put_where_nothing_was() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    server.concert(json!({}), 4).await;
    // From a file in use too: it is copied as a backup is.
    let new = folder.path("new.db");
    let ran = restore(&folder.data(), &new);
    assert!(ran.code == Some(0) && !ran.out.contains("is kept as"), "{ran:?}");
    let second = Server::serve(&new, &[]);
    assert_eq!(second.get("/v1/concerts", "").await.json()["concerts"].as_array().map(Vec::len), Some(1));
    server.stop();
}

/// Without `restore` the keys are the same as before: then what was sold and joined after the backup is told apart by what is random
/// in it, not by its place.
#[tokio::test]
async fn what_came_after_a_backup_that_is_put_back_by_hand_is_nobodys() {
    let folder = Folder::new();
    let backup = folder.path("backup.db");
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": null}), 8).await;
    let sessions = server.sessions(4).await;
    assert_eq!(run(&["backup", as_text(&folder.data()), as_text(&backup)]).code, Some(0));
    let later = server.join(&sessions[0], &concert).await;
    let (_, sold_later) = ticket(&server, &concert, &sessions[1]).await;
    server.stop();
    std::fs::copy(&backup, folder.data()).expect("a copy");

    let server = Server::serve(&folder.data(), &[]);
    // Others come to the same places in line, one of them with money, and to the same ticket's number.
    let same_place = server.join(&sessions[2], &concert).await;
    server.make("/v1/balance/top-ups", &same_place, json!({"amount": 5000})).await;
    let (_, sold_now) = ticket(&server, &concert, &sessions[3]).await;
    assert_ne!(sold_now, sold_later);
    let seat = server.seat_ids(&same_place, &concert).await.pop().expect("a seat");
    let pay = json!({"seat_ids": [seat], "amount": 1000});
    let answers = [
        server.get("/v1/balance", &later).await,
        server.get("/v1/queue/position", &later).await,
        server.get(&format!("/v1/performances/{}/seats", concert.performance), &later).await,
        server.post("/v1/payments", &later, pay).await,
    ];
    for answer in answers {
        assert_eq!((answer.status, text(&answer.json()["code"])), (401, "token_invalid".to_owned()));
    }
    for session in &sessions {
        assert_eq!(server.get(&format!("/v1/tickets/{sold_later}"), session).await.status, 404);
    }
    server.stop();
    verify_clean(&folder.data());
}

/// The drill of docs/deploy.md: the newest copy that the running box office made by itself, put back on another name and served.
#[tokio::test]
async fn the_newest_backup_that_was_made_by_itself_is_drilled() {
    let (folder, copies) = (Folder::new(), Folder::new());
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": null}), 8).await;
    let sessions = server.sessions(2).await;
    let (_, sold) = ticket(&server, &concert, &sessions[0]).await;
    server.stop();
    let server = Server::serve(&folder.data(), &["--backup-to", as_text(&copies.path("")), "--backup-every", "15m"]);
    let is_whole = |name: &String| name.starts_with("boxoffice-") && name.ends_with(".db");
    let newest = loop {
        if let Some(newest) = names(&copies).into_iter().rfind(is_whole) {
            break copies.path(&newest);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let drill = copies.path("drill.db");
    let restored = restore(&newest, &drill);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    verify_clean(&drill);
    let other = Server::serve(&drill, &[]);
    assert_eq!(other.get(&format!("/v1/tickets/{sold}"), &sessions[0]).await.status, 200);
    ticket(&other, &concert, &sessions[1]).await;
    assert_eq!(
        server.get("/v1/balance", &sessions[1]).await.json()["balance"],
        0,
        "the sale itself knows nothing of it"
    );
    other.stop();
    server.stop();
    verify_clean(&drill);
}
