//! A data file is more than its name: links lead to it, it can be moved or replaced, and its WAL belongs to it alone.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use boxoffice::client::Client;
use serde_json::json;

use crate::support::{Folder, Ran, Server, as_text, boxoffice, run, verify_clean};

fn serve(data: &Path) -> Ran {
    run(&["serve", "--listen", "127.0.0.1:0", "--data", as_text(data)])
}

#[track_caller]
fn refused(ran: &Ran, why: &str) {
    assert!(ran.code == Some(1) && ran.err.contains(why) && ran.err.lines().count() == 1, "{ran:?}");
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("the file").mode() & 0o777
}

/// A server killed with sold seats in its WAL only; gives how many payments.
async fn crashed(folder: &Folder) -> usize {
    let server = Server::serve(&folder.data(), &[]);
    let concert = server.concert(json!({"max_admitted": null}), 8).await;
    let sessions = server.sessions(3).await;
    for (at, session) in sessions.iter().enumerate() {
        let token = server.join(session, &concert).await;
        let seats = server.seat_ids(&token, &concert).await;
        server.make("/v1/balance/top-ups", &token, json!({"amount": 1000})).await;
        server.make("/v1/payments", &token, json!({"seat_ids": [seats[at]], "amount": 1000})).await;
    }
    server.pull_the_plug();
    server.wait();
    assert!(std::fs::metadata(folder.path("boxoffice.db-wal")).expect("the WAL").len() > 0);
    sessions.len()
}

#[tokio::test]
async fn a_second_process_is_refused_by_whatever_name_it_comes() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    let (link, hard, through) = (folder.path("current.db"), folder.path("hard.db"), folder.path("through"));
    symlink(folder.data(), &link).expect("a link");
    std::fs::hard_link(folder.data(), &hard).expect("a link");
    symlink(folder.path("."), &through).expect("a link");
    for name in [&link, &hard, &through.join("boxoffice.db"), &folder.path("./././boxoffice.db")] {
        refused(&serve(name), "in use by another boxoffice process");
        let restored = run(&["restore", as_text(&folder.data()), as_text(name)]);
        refused(&Ran { err: restored.err.lines().last().expect("a line").to_owned(), ..restored }, "is in use");
    }
    assert_eq!(server.get("/v1/concerts", "").await.status, 200);
    server.stop();
    // SQLite would look for the WAL of a hard link under the other name.
    refused(&serve(&hard), "second name (a hard link)");
    std::fs::remove_file(&hard).expect("removed");
    Server::serve(&link, &[]).stop();
    assert!(!folder.path("current.db-wal").exists(), "the WAL stands beside the file, not beside the link");
}

/// Sends top-ups until one is refused; gives how many were acknowledged.
async fn top_up_until_it_stops(client: &mut Client, token: &str) -> usize {
    for acknowledged in 0.. {
        match client.post("/v1/balance/top-ups", Some(token), &json!({"amount": 1})).await {
            Ok(answer) if answer.status == 201 => {}
            Ok(answer) => {
                assert_eq!(answer.status, 503, "{}", answer.json());
                return acknowledged;
            }
            Err(_) => return acknowledged,
        }
    }
    unreachable!("it goes on for ever")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_loses_its_name_stops_the_box_office_before_its_next_answer() {
    type Loss = fn(&Folder);
    let losses: [(&str, Loss); 4] = [
        ("moved", |folder| std::fs::rename(folder.data(), folder.path("moved.db")).expect("moved")),
        ("removed", |folder| std::fs::remove_file(folder.data()).expect("removed")),
        ("replaced", |folder| {
            std::fs::copy(folder.data(), folder.path("other.db")).expect("a copy");
            std::fs::rename(folder.path("other.db"), folder.data()).expect("replaced");
        }),
        ("overwritten", |folder| {
            let backup = run(&["backup", as_text(&folder.data()), as_text(&folder.path("backup.db"))]);
            assert_eq!(backup.code, Some(0), "{backup:?}");
            std::fs::copy(folder.path("backup.db"), folder.data()).expect("overwritten, the same inode");
        }),
    ];
    for (what, lose) in losses {
        let folder = Folder::new();
        let server = Server::serve(&folder.data(), &[]);
        let concert = server.concert(json!({}), 4).await;
        let token = server.join(&server.sessions(1).await[0], &concert).await;
        let mut client = server.client().await;
        server.make("/v1/balance/top-ups", &token, json!({"amount": 1000})).await;
        lose(&folder);
        assert_eq!(top_up_until_it_stops(&mut client, &token).await, 0, "{what}: acknowledged into nowhere");
        let (status, _, log) = server.wait();
        assert_eq!(status.code(), Some(1), "{what}: {log}");
        assert!(log.contains("moved, removed, replaced or overwritten"), "{what}: {log}");
        if what == "moved" {
            verify_clean(&folder.path("moved.db"));
            let server = Server::serve(&folder.path("moved.db"), &[]);
            let balance = server.get("/v1/balance", &token).await.json();
            assert_eq!(balance["balance"], 1000, "what was acknowledged before went with it");
        }
    }
}

/// Nobody asks for anything: it is seen all the same. The same for the WAL.
#[tokio::test]
async fn an_idle_box_office_sees_it_too() {
    for lost in ["boxoffice.db", "boxoffice.db-wal"] {
        let folder = Folder::new();
        let server = Server::serve(&folder.data(), &[]);
        server.concert(json!({}), 4).await;
        std::fs::remove_file(folder.path(lost)).expect("removed");
        let (status, _, log) = server.wait();
        assert_eq!(status.code(), Some(1), "{lost}: {log}");
        assert!(
            log.contains("was moved, removed, replaced or overwritten under the running box office"),
            "{lost}: {log}"
        );
        if lost.ends_with("wal") {
            verify_clean(&folder.data());
            let server = Server::serve(&folder.data(), &[]);
            let concerts = server.get("/v1/concerts", "").await.json();
            assert_eq!(concerts["concerts"].as_array().map(Vec::len), Some(1), "the stop copied the WAL: {concerts}");
        }
    }
}

#[tokio::test]
async fn a_wal_alone_is_never_emptied() {
    for empty in [false, true] {
        let folder = Folder::new();
        let payments = crashed(&folder).await;
        let (away, wal) = (folder.path("away.db"), folder.path("boxoffice.db-wal"));
        std::fs::rename(folder.data(), &away).expect("moved");
        if empty {
            std::fs::write(folder.data(), "").expect("a file");
        }
        let before = std::fs::read(&wal).expect("the WAL");
        refused(&serve(&folder.data()), "is missing or empty");
        for command in [&["verify", as_text(&folder.data())][..], &["backup", as_text(&folder.data()), "nowhere"]] {
            let ran = run(command);
            assert!(ran.code != Some(0) && ran.err.contains("put the file back where it was"), "{ran:?}");
        }
        assert_eq!(std::fs::read(&wal).expect("the WAL"), before);
        assert_eq!(folder.data().exists(), empty, "a file was made");
        std::fs::rename(&away, folder.data()).expect("put back");
        let ran = run(&["verify", as_text(&folder.data())]);
        assert!(ran.code == Some(0) && ran.out.contains(&format!("{payments} payments")), "{ran:?}");
        Server::serve(&folder.data(), &[]).stop();
    }
}

/// `cp backup.db boxoffice.db` after a crash: the WAL is of the file that was there before.
#[tokio::test]
async fn a_wal_of_another_file_is_not_mixed_in() {
    let folder = Folder::new();
    let backup = folder.path("backup.db");
    Server::serve(&folder.data(), &[]).stop();
    assert_eq!(run(&["backup", as_text(&folder.data()), as_text(&backup)]).code, Some(0));
    crashed(&folder).await;
    std::fs::copy(&backup, folder.data()).expect("a copy");
    let before = std::fs::read(folder.path("boxoffice.db-wal")).expect("the WAL");
    refused(&serve(&folder.data()), "is not the file that");
    let ran = run(&["verify", as_text(&folder.data())]);
    assert!(ran.code == Some(0) && ran.out.contains("was not looked at") && ran.out.contains("0 payments"), "{ran:?}");
    assert_eq!(std::fs::read(folder.path("boxoffice.db-wal")).expect("the WAL"), before);
    let restored = run(&["restore", as_text(&backup), as_text(&folder.data())]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    Server::serve(&folder.data(), &[]).stop();
    verify_clean(&folder.data());
}

#[tokio::test]
async fn a_name_that_is_no_file_is_refused() {
    refused(&serve(Path::new(":memory:")), "names no file");
    assert_eq!(run(&["verify", ":memory:"]).code, Some(2));
    // Only a name to us, though a wish to SQLite.
    let folder = Folder::new();
    let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--data", "file:venue.db?mode=memory"]);
    command.current_dir(folder.path("."));
    Server::start(command).stop();
    assert!(folder.path("file:venue.db?mode=memory").exists());
}

#[tokio::test]
async fn a_new_file_is_said_and_is_its_owners_alone() {
    let folder = Folder::new();
    let first = Server::serve(&folder.data(), &[]);
    assert!(first.greeting.contains("made a new data file"), "{}", first.greeting);
    let backup = folder.path("backup.db");
    assert_eq!(run(&["backup", as_text(&folder.data()), as_text(&backup)]).code, Some(0));
    for name in ["boxoffice.db", "boxoffice.db-wal", "boxoffice.db-shm", "boxoffice.db-run", "backup.db"] {
        assert_eq!(mode(&folder.path(name)), 0o600, "{name}");
    }
    let log = first.stop();
    assert!(!log.contains("others on this machine") && !log.contains("refinery"), "{log}");
    assert!(!folder.path("boxoffice.db-run").exists(), "what belongs to a run ends with it");
    std::fs::set_permissions(folder.data(), std::fs::Permissions::from_mode(0o644)).expect("rights");
    let second = Server::serve(&folder.data(), &[]);
    assert!(!second.greeting.contains("made a new"), "{}", second.greeting);
    let log = second.stop();
    assert!(log.contains("others on this machine may read") && log.contains("chmod 600"), "{log}");
}

/// Who only looks leaves bytes, times and neighbours as they are: also where nothing may be written.
#[tokio::test]
async fn looking_writes_nothing() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    server.concert(json!({}), 4).await;
    let out = Folder::new();
    let look = |to: &str| {
        verify_clean(&folder.data());
        let ran = run(&["backup", as_text(&folder.data()), as_text(&out.path(to))]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    };
    let state = || {
        let metadata = std::fs::metadata(folder.data()).expect("the file");
        let names = std::fs::read_dir(folder.path(".")).expect("the folder").map(|one| one.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        (std::fs::read(folder.data()).expect("the file"), metadata.mtime(), metadata.mtime_nsec(), names)
    };
    let used = state();
    look("in-use.db");
    assert!(state() == used, "a file in use was touched");
    server.stop();
    let at_rest = state();
    look("at-rest.db");
    std::fs::set_permissions(folder.path("."), std::fs::Permissions::from_mode(0o500)).expect("rights");
    look("read-only.db");
    std::fs::set_permissions(folder.path("."), std::fs::Permissions::from_mode(0o700)).expect("rights");
    assert!(state() == at_rest, "a file at rest was touched");

    // A crashed one as it is usually copied: its WAL with it, without the WAL's index.
    let server = Server::serve(&folder.data(), &[]);
    server.sessions(3).await;
    server.pull_the_plug();
    server.wait();
    std::fs::remove_file(folder.path("boxoffice.db-shm")).expect("removed");
    let crashed = state();
    std::fs::set_permissions(folder.path("."), std::fs::Permissions::from_mode(0o500)).expect("rights");
    look("crashed.db");
    std::fs::set_permissions(folder.path("."), std::fs::Permissions::from_mode(0o700)).expect("rights");
    assert!(state() == crashed, "a crashed file was touched");
    let copied = run(&["verify", as_text(&out.path("crashed.db"))]);
    assert!(copied.out.contains("3 users"), "what was only in the WAL is in the copy: {copied:?}");
}
