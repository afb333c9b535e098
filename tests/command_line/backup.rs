//! `backup` of a file in use: a whole, consistent copy, and never over another file.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::support::{Folder, Server, as_text, boxoffice, run, verify_clean};

fn payments_in(data: &std::path::Path) -> usize {
    let connection = Connection::open_with_flags(data, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the copy opens");
    let count: u32 = connection.query_row("SELECT count(*) FROM payment", [], |row| row.get(0)).expect("a count");
    count as usize
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_under_load_is_whole() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--log", "warn"]);
    let concert = server.concert(json!({"max_admitted": null}), 2000).await;
    let sessions = server.sessions(400).await;
    let onlooker = server.join(&sessions[0], &concert).await;
    let seats = server.seat_ids(&onlooker, &concert).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let (acknowledged, mut so_far) = tokio::sync::watch::channel(0);
    let enough = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (1..5)
        .map(|lane| {
            let (sent, acknowledged, enough) = (sent.clone(), acknowledged.clone(), enough.clone());
            let lanes = sessions.iter().cloned().zip(seats.iter().cloned()).skip(lane).step_by(4);
            let (buyers, address): (Vec<_>, _) = (lanes.collect(), server.address);
            let join = format!("/v1/concerts/{}/queue/tokens", concert.id);
            tokio::spawn(async move {
                let mut client = boxoffice::client::Client::connect(address).await.expect("the server listens");
                for (session, seat) in buyers {
                    if enough.load(Ordering::SeqCst) {
                        break;
                    }
                    let joined = client.post(&join, Some(&session), &Value::Null).await.expect("an answer").json();
                    let token = joined["token"].as_str().expect("a token");
                    let top_up = json!({"amount": 1000});
                    client.post("/v1/balance/top-ups", Some(token), &top_up).await.expect("an answer");
                    sent.fetch_add(1, Ordering::SeqCst);
                    let pay = json!({"seat_ids": [seat], "amount": 1000});
                    let paid = client.post("/v1/payments", Some(token), &pay).await.expect("an answer");
                    assert_eq!(paid.status, 201, "{}", paid.json());
                    acknowledged.send_modify(|payments| *payments += 1);
                }
            })
        })
        .collect();

    let mut copies = Vec::new();
    for at in 0..3 {
        let before = *so_far.wait_for(|payments| *payments >= 20 * (at + 1)).await.expect("somebody pays");
        let copy = folder.path(&format!("copy-{at}.db"));
        let (from, to) = (folder.data(), copy.clone());
        let ran = tokio::task::spawn_blocking(move || run(&["backup", as_text(&from), as_text(&to)])).await;
        let after = sent.load(Ordering::SeqCst);
        let ran = ran.expect("no panic");
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
        copies.push((copy, before, after));
    }
    enough.store(true, Ordering::SeqCst);
    for lane in load {
        lane.await.expect("no panic");
    }
    for (copy, before, after) in copies {
        verify_clean(&copy);
        let kept = payments_in(&copy);
        assert!((before..=after).contains(&kept), "{kept} payments; acknowledged before {before}, sent until {after}");
        let restored = Server::serve(&copy, &[]);
        assert_eq!(restored.get("/v1/balance", &sessions[0]).await.status, 200, "the copy can be served");
    }
    assert_eq!(server.get("/v1/balance", &sessions[0]).await.status, 200, "the original goes on");
}

/// Copies the first page as the WAL has it last into the file: what a checkpoint does first of all.
fn begin_checkpoint(data: &std::path::Path) {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    const PAGE: usize = 8192;
    let wal = std::fs::read(data.with_extension("db-wal")).expect("a WAL");
    let frames = wal[HEADER..].chunks_exact(FRAME_HEADER + PAGE);
    let first = frames.rev().find(|frame| frame[..4] == 1_u32.to_be_bytes()).expect("a first page");
    let page = &first[FRAME_HEADER..];
    let counted = u32::from_be_bytes(page[28..32].try_into().expect("four bytes"));
    let pages = std::fs::metadata(data).expect("a file").len() / PAGE as u64;
    assert!(u64::from(counted) > pages, "the file has {pages} pages already, its header counts {counted}");
    let file = std::fs::OpenOptions::new().write(true).open(data).expect("a file");
    std::os::unix::fs::FileExt::write_all_at(&file, page, 0).expect("written");
}

#[tokio::test]
async fn a_file_in_the_middle_of_a_checkpoint_is_not_taken_for_damaged() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &["--log", "warn"]);
    let sessions = server.sessions(300).await.len();
    server.pull_the_plug();
    server.wait();
    begin_checkpoint(&folder.data());
    verify_clean(&folder.data());
    let copy = folder.path("copy.db");
    let ran = run(&["backup", as_text(&folder.data()), as_text(&copy)]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let connection = Connection::open_with_flags(&copy, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the copy opens");
    let count = connection.query_row("SELECT count(*) FROM session", [], |row| row.get::<_, u32>(0));
    assert_eq!(count.expect("a count") as usize, sessions);
    Server::serve(&folder.data(), &[]).stop();
    verify_clean(&folder.data());
}

#[tokio::test]
async fn a_backup_never_overwrites() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    let copy = folder.path("copy.db");
    assert_eq!(run(&["backup", as_text(&folder.data()), as_text(&copy)]).code, Some(0));
    let first = std::fs::read(&copy).expect("the copy");
    server.sessions(5).await;
    let again = run(&["backup", as_text(&folder.data()), as_text(&copy)]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("exists already"), "{}", again.err);
    assert_eq!(std::fs::read(&copy).expect("the copy"), first);
    let itself = run(&["backup", as_text(&folder.data()), as_text(&folder.data())]);
    assert_eq!(itself.code, Some(1), "{}", itself.out);
    verify_clean(&folder.data());
    let nowhere = folder.path("nowhere").join("copy.db");
    let failed = run(&["backup", as_text(&folder.data()), as_text(&nowhere)]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains(as_text(&nowhere)) && failed.err.lines().count() == 1, "{}", failed.err);
}

/// A nightly job and a hand at one time: one of them makes the file, the others say that it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_backups_to_one_name_one_makes_it() {
    let folder = Folder::new();
    let server = Server::serve(&folder.data(), &[]);
    server.sessions(50).await;
    let copy = folder.path("copy.db");
    // What others have beside it is none of a backup's business.
    let bystander = folder.path("copy.db.part");
    std::fs::write(&bystander, "somebody's").expect("a file");
    for _ in 0..4 {
        let _ = std::fs::remove_file(&copy);
        let run_one = || {
            let mut command = boxoffice(&["backup", as_text(&folder.data()), as_text(&copy)]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
        };
        let both: Vec<_> = (0..3).map(|_| run_one()).collect();
        let ended: Vec<_> = both.into_iter().map(|one| one.wait_with_output().expect("it ended")).collect();
        let made = ended.iter().filter(|one| one.status.success()).count();
        assert_eq!(made, 1, "{ended:?}");
        for other in ended.iter().filter(|one| !one.status.success()) {
            assert!(String::from_utf8_lossy(&other.stderr).contains("exists already"), "{other:?}");
        }
        verify_clean(&copy);
    }
    assert_eq!(std::fs::read(&bystander).expect("the file"), b"somebody's");
    let left = std::fs::read_dir(folder.path("."))
        .expect("the folder")
        .filter(|one| one.as_ref().expect("an entry").file_name().to_string_lossy().starts_with(".copy.db"));
    assert_eq!(left.count(), 0, "a backup leaves nothing but its copy");
}
