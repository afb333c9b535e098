//! From a file into a book and back; and the programs that take its address.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::store::{FileError, Store};

use crate::support::{Venue, copy, put};

/// Runs the program; gives whether it succeeded, and all that it said.
fn boxoffice(arguments: &[&str]) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_boxoffice")).args(arguments).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(said).unwrap())
}

fn open(path: &Path) -> Result<Store, FileError> {
    let clock = Arc::new(ScriptedClock::at(Instant(1_800_000_000_000)));
    let (store, writer) = Store::open(path, &Limits::default(), clock, Arc::new(SystemEntropy))?;
    writer.start(Box::new(|_, _| {}));
    Ok(store)
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_venue_moves_into_a_book_and_back_and_is_served_in_one_place_only() {
    let venue = Venue::new();
    let (file, back, url) = (venue.path("hall.db"), venue.path("back.db"), venue.url(""));
    let (path, back_path) = (file.to_str().unwrap(), back.to_str().unwrap());
    let store = open(&file).unwrap();
    for number in 1..=3 {
        store.write_blocking(move |tx| put(tx, number)).unwrap();
    }
    let (moved, said) = boxoffice(&["move", path, &url, "--unreplicated"]);
    assert!(!moved && said.contains("in use"), "a file that is served stays: {said}");
    store.stop();
    drop(store);
    assert!(!boxoffice(&["move", path, &url]).0, "without a standby only when that is said");
    let (moved, said) = boxoffice(&["move", path, &url, "--unreplicated"]);
    assert!(moved && said.contains("setting: ") && said.contains(".moved-"), "{said}");
    assert!(!file.exists(), "nobody goes on with it by mistake");

    let node = venue.node("copy.db");
    assert_eq!(copy(&node), [1, 2, 3]);
    node.write_blocking(|tx| put(tx, 4)).unwrap();
    let Err(refused) = open(&venue.path("copy.db")) else { panic!("a copy is not the truth") };
    assert!(matches!(refused, FileError::Copy { .. }), "{refused}");
    let (verified, said) = boxoffice(&["verify", &url]);
    assert!(verified && said.contains("0 breaches"), "{said}");
    let (moved, said) = boxoffice(&["move", &url, back_path, "--unreplicated"]);
    assert!(!moved && said.contains("leads") && !back.exists(), "a book that is served stays: {said}");
    node.stop();
    drop(node);

    let (moved, said) = boxoffice(&["move", &url, back_path, "--unreplicated"]);
    assert!(moved, "{said}");
    assert_eq!(copy(&open(&back).unwrap()), [1, 2, 3, 4]);
    let Err(refused) = venue.lead() else { panic!("nobody leads what was moved away") };
    assert!(refused.to_string().contains("back.db"), "{refused}");
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn no_file_that_is_not_a_copy_is_thrown_away() {
    let venue = Venue::new();
    let (file, url) = (venue.path("hall.db"), venue.url(""));
    open(&file).unwrap().write_blocking(|tx| put(tx, 1)).unwrap();
    let path = file.to_str().unwrap();
    let (served, said) =
        boxoffice(&["serve", "--data", &url, "--copy", path, "--unreplicated", "--listen", "127.0.0.1:0"]);
    assert!(!served && said.contains("is no copy of a book"), "{said}");
    assert_eq!(copy(&open(&file).unwrap()), [1]);
}
