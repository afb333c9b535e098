//! One leads, the others stand by.

use std::sync::mpsc;

use boxoffice::store::StoreError;
use boxoffice::store::book::{BookError, Lead};

use crate::support::{LEADER, Venue, copy, led, put};

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn what_is_acknowledged_stands_in_the_book_and_a_refusal_leaves_nothing() {
    let (venue, node) = led();
    assert!(node.is_new());
    node.write_blocking(|tx| put(tx, 1)).unwrap();
    assert!(node.write_blocking(|tx| put(tx, 1)).is_err(), "it is there");
    node.write_blocking(|tx| put(tx, 2)).unwrap();
    let change = "UPDATE setting SET value = x'0102' WHERE name = '2'";
    node.write_blocking(move |tx| tx.run(change, [])).unwrap();
    let remove = "DELETE FROM setting WHERE name = '1'";
    node.write_blocking(move |tx| tx.run(remove, [])).unwrap();
    assert_eq!((copy(&node), venue.book()), (vec![2], vec![2]));
    node.stop();
    let again = venue.node(LEADER);
    assert!(!again.is_new());
    let value = "SELECT value FROM setting WHERE name = '2'";
    let value: Vec<u8> = again.read_blocking(|tx| tx.one(value, [], |row| row.get(0))).unwrap();
    assert_eq!(value, [1, 2]);
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn another_node_waits_and_has_all_when_the_first_stops() {
    let (venue, first) = led();
    first.write_blocking(|tx| put(tx, 1)).unwrap();
    std::thread::scope(|scope| {
        let (looked, looks) = mpsc::channel();
        let waiting = scope.spawn(|| {
            Lead::stand_by(&venue.address(), true, &move |look| {
                looked.send(look).ok();
                true
            })
        });
        assert_eq!(looks.recv().unwrap(), 1, "it looks, and waits");
        // Longer than any lease: the leader's heart beats.
        while looks.recv().unwrap() < 5 {}
        first.write_blocking(|tx| put(tx, 2)).unwrap();
        first.stop();
        let second = venue.open(waiting.join().unwrap().unwrap(), "second.db");
        assert_eq!(copy(&second), [1, 2]);
        second.write_blocking(|tx| put(tx, 3)).unwrap();
        assert_eq!(venue.book(), [1, 2, 3]);
    });
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_lease_lasts_by_the_books_clock_whatever_a_node_sees_of_its_leader() {
    let venue = Venue::new();
    drop(venue.lead().unwrap());
    // A leader that says nothing any more, for instance because its beat waits for a standby: it may still lead.
    venue.operate("UPDATE VENUE.office SET until = clock_timestamp() + interval '1 minute', leader = 'silent'");
    let waits = Lead::stand_by(&venue.address(), true, &|looks| looks < 4);
    assert!(matches!(waits, Err(BookError::Led)), "it took the lead from one whose lease lasts");
    venue.operate("UPDATE VENUE.office SET until = clock_timestamp()");
    assert!(venue.lead().is_ok(), "and takes it when it is over");
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn whoever_was_overtaken_commits_nothing_and_ends() {
    let (venue, first) = led();
    first.write_blocking(|tx| put(tx, 1)).unwrap();
    // As if it had stalled for longer than its lease: another takes the lead, and then it wakes.
    venue.operate("UPDATE VENUE.office SET until = '-infinity', leader = 'nobody'");
    let second = venue.node("second.db");
    let late = first.write_blocking(|tx| put(tx, 2));
    assert!(matches!(late, Err(StoreError::Stopped)), "{late:?}");
    assert!(first.has_failed());
    assert_eq!(copy(&first), [1], "it does not show what does not stand");
    second.write_blocking(|tx| put(tx, 3)).unwrap();
    assert_eq!((copy(&second), venue.book()), (vec![1, 3], vec![1, 3]));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn an_epoch_raised_by_hand_fences_the_leader() {
    let (venue, node) = led();
    venue.operate("UPDATE VENUE.office SET epoch = epoch + 1");
    assert!(matches!(node.write_blocking(|tx| put(tx, 1)), Err(StoreError::Stopped)));
    assert_eq!((node.has_failed(), copy(&node), venue.book()), (true, vec![], vec![]));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_leader_that_sells_nothing_learns_that_another_leads() {
    let (venue, node) = led();
    venue.operate("UPDATE VENUE.office SET epoch = epoch + 1, leader = 'another'");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(node.failed());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_server_that_would_forget_is_refused() {
    let venue = Venue::new();
    let refused = |address, unreplicated| match Lead::stand_by(&address, unreplicated, &|_| true) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it is refused"),
    };
    assert!(refused(venue.address(), false).contains("synchronous_standby_names"));
    for (setting, value) in [("synchronous_commit", "local"), ("synchronous_commit", "off")] {
        let address = venue.address_with(&format!("&options=-c%20{setting}%3D{value}"));
        assert!(refused(address, true).contains(setting), "{setting} = {value}");
    }
    assert!(venue.lead().is_ok());
    venue.operate("UPDATE VENUE.office SET schema_version = '1:7'");
    let other = refused(venue.address(), true);
    assert!(other.contains("another version") && other.contains("its tables are 1:7,"), "{other}");
}
