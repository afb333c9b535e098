//! The backups that the box office makes by itself: when they are due, what they are worth, and what they may remove.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use boxoffice::jobs::{Backups, back_up_if_due};
use boxoffice::verify;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{HOUR_MS, OPERATOR, Office, START};

/// An office that copies itself into `folder` every quarter of an hour.
async fn office(folder: &Path) -> Office {
    let office = Office::with(|config| config.backups.to = Some(folder.to_owned())).await;
    // The running job's first one, or this: one of them makes it, the other finds it made.
    due_after_ms(&office, HOUR_MS / 4).await;
    office
}

/// Does what is due; the next is due so much later.
#[track_caller]
fn due_after_ms(office: &Office, ms: i64) -> impl Future<Output = ()> {
    let now = office.now();
    async move { assert_eq!(back_up_if_due(&office.app.office).await, Some(now.plus_ms(ms))) }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn a_copy_is_made_whenever_one_is_due_and_kept_for_its_days() {
    let (home, minute) = (TempDir::new().expect("a folder"), HOUR_MS / 60);
    let folder = home.path().join("not/there/yet");
    let office = office(&folder).await;
    let strangers = [folder.join("boxoffice.db"), folder.join("other-2020-01-01T00-00-00Z.db")];
    strangers.iter().for_each(|path| std::fs::write(path, "somebody's").expect("a file"));
    let of_ours = || files(&folder).into_iter().filter(|path| !strangers.contains(path)).collect::<Vec<_>>();
    let first = folder.join("boxoffice-2026-11-23T00-00-00Z.db");
    assert_eq!(of_ours(), std::slice::from_ref(&first));
    assert_eq!((mode(&folder), mode(&first)), (0o700, 0o600));

    office.buyers(3).await;
    office.clock.advance_ms(15 * minute - 1);
    due_after_ms(&office, 1).await;
    assert_eq!(of_ours().len(), 1, "not yet");
    office.clock.advance_ms(1);
    due_after_ms(&office, 15 * minute).await;
    let second = folder.join("boxoffice-2026-11-23T00-15-00Z.db");
    assert_eq!(of_ours(), [first, second.clone()]);
    let report = verify::verify(&second).expect("the copy opens");
    assert_eq!((report.breaches.len(), report.counts[0].1), (0, 3), "with those who came meanwhile: {report:?}");
    assert_eq!(office.app.part::<Backups>().status().newest, Some(office.now()));

    // A restart alone is no reason for another one.
    let office = office.restart().await;
    due_after_ms(&office, 15 * minute).await;
    assert_eq!(of_ours().len(), 2);

    office.clock.advance_ms(7 * 24 * HOUR_MS);
    due_after_ms(&office, 15 * minute).await;
    let names: Vec<_> = of_ours().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["boxoffice-2026-11-23T00-15-00Z.db", "boxoffice-2026-11-30T00-15-00Z.db"], "the oldest went");
    office.clock.advance_ms(30 * 24 * HOUR_MS);
    due_after_ms(&office, 15 * minute).await;
    assert_eq!(of_ours().len(), 1, "the newest stays, and it alone");
    assert!(strangers.iter().all(|path| path.exists()), "what others keep there is none of its business");
    office.verify();
}

#[tokio::test]
async fn a_folder_that_cannot_be_had_is_told_and_tried_again() {
    let home = TempDir::new().expect("a folder");
    let folder = home.path().join("taken");
    std::fs::write(&folder, "a file").expect("a file");
    let office = Office::with(|config| config.backups.to = Some(folder.clone())).await;
    due_after_ms(&office, HOUR_MS / 60).await;
    let status = office.app.part::<Backups>().status();
    assert_eq!((status.is_failing, status.newest), (true, None));
    assert_eq!(office.get("/v1/concerts", "").await.status, 200, "the sale goes on");
    std::fs::remove_file(&folder).expect("removed");
    office.clock.advance_ms(HOUR_MS / 60);
    due_after_ms(&office, HOUR_MS / 4).await;
    let status = office.app.part::<Backups>().status();
    assert_eq!((status.is_failing, status.newest), (false, Some(office.now())));
}

#[tokio::test]
async fn a_copy_that_breaks_a_law_does_not_count_and_costs_no_other() {
    let home = TempDir::new().expect("a folder");
    let folder = home.path().join("backups");
    let office = office(&folder).await;
    let concert = office.concert(Value::Null, 1, 2).await;
    let token = office.enter(&office.buyer().await, &concert).await;
    office.top_up(&token, 1000).await;
    let file = rusqlite::Connection::open(&office.data).expect("the data file");
    assert_eq!(file.execute("UPDATE posting SET balance_after = balance_after + 1", []).expect("a lock"), 1);
    office.clock.advance_ms(30 * 24 * HOUR_MS);
    due_after_ms(&office, HOUR_MS / 60).await;
    let names: Vec<_> = files(&folder).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["boxoffice-2026-11-23T00-00-00Z.db", "boxoffice-2026-12-23T00-00-00Z.db.broken"]);
    let status = office.app.part::<Backups>().status();
    assert_eq!((status.is_failing, status.newest), (true, Some(START)));
}

#[tokio::test]
async fn the_desk_lists_them_newest_first_and_what_each_is_worth() {
    let home = TempDir::new().expect("a folder");
    let folder = home.path().join("backups");
    let office = office(&folder).await;
    for _ in 0..3 {
        office.clock.advance_ms(HOUR_MS / 4);
        due_after_ms(&office, HOUR_MS / 4).await;
    }
    // One that broke a law, and one whose maker was ended in the middle.
    let broken = folder.join("boxoffice-2026-11-23T00-20-00Z.db.broken");
    let unfinished = folder.join("boxoffice-2026-11-23T00-50-00Z.db.new");
    [&broken, &unfinished].iter().for_each(|path| std::fs::write(path, "bytes").expect("a file"));
    let list = async |query: &str| office.get(&format!("/v1/operator/backups{query}"), OPERATOR).await.json();
    let listed = list("").await;
    assert_eq!((&listed["every_seconds"], &listed["failing"]), (&json!(900), &json!(false)));
    assert_eq!(listed["folder"], json!(folder.to_str().expect("text")));
    let worth = |of: &Value| (of["made_at"].as_str().expect("an instant")[14..16].to_owned(), of["verified"] == true);
    let backups = listed["backups"].as_array().expect("a list");
    let expected = [("50", false), ("45", true), ("30", true), ("20", false), ("15", true), ("00", true)];
    assert_eq!(backups.iter().map(worth).collect::<Vec<_>>(), expected.map(|(at, sound)| (at.to_owned(), sound)));
    assert_eq!(
        (&backups[0]["name"], &backups[0]["size"]),
        (&json!("boxoffice-2026-11-23T00-50-00Z.db.new"), &json!(5))
    );
    assert!(backups[1]["size"].as_u64() > Some(10_000));
    let first = list("?limit=2").await;
    let rest = list(&format!("?limit=10&cursor={}", first["next_cursor"].as_str().expect("a cursor"))).await;
    assert_eq!(rest["backups"].as_array().map(Vec::as_slice), Some(&backups[2..]));
    assert_eq!(rest["next_cursor"], Value::Null);

    office.clock.advance_ms(HOUR_MS / 4);
    due_after_ms(&office, HOUR_MS / 4).await;
    assert_eq!((broken.exists(), unfinished.exists()), (true, false), "what was begun and never ended goes");
}

#[tokio::test]
async fn without_a_folder_there_are_none() {
    let office = Office::open().await;
    assert_eq!(office.get("/v1/operator/backups", OPERATOR).await.json()["backups"], json!([]));
    assert_eq!(back_up_if_due(&office.app.office).await, None);
    assert_eq!(office.app.part::<Backups>().status(), Default::default());
}
