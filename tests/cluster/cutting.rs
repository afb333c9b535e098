//! The network between a node and PostgreSQL is cut before, in and after a commit: the answer is true each time, and nothing is done
//! twice. Where it stands still there, another leads.

use std::sync::mpsc;
use std::time::Duration;

use boxoffice::store::StoreError;
use boxoffice::store::book::Lead;

use crate::proxy::{Cut, Proxy};
use crate::support::{Venue, copy, put, server};

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn wherever_the_network_is_cut_the_answer_is_true_and_nothing_is_done_twice() {
    let (venue, proxy) = (Venue::new(), Proxy::before(&server()));
    let address = venue.address_through(proxy.port);
    let node = venue.open(Lead::stand_by(&address, true, &|_| true).unwrap(), "copy.db");
    let mut all = Vec::new();
    for (number, cut) in (1..).zip([Cut::Before, Cut::In, Cut::After, Cut::After, Cut::In, Cut::Before]) {
        proxy.cut_next(cut);
        node.write_blocking(move |tx| put(tx, number)).unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert!(proxy.has_cut(), "{cut:?}: nothing was cut");
        all.push(number);
        // A row that is changed once more would be, were it carried out twice.
        let once = "UPDATE setting SET value = CAST(value || x'01' AS BLOB) WHERE name = ?1";
        let name = number.to_string();
        proxy.cut_next(cut);
        node.write_blocking(move |tx| tx.run(once, [&name])).unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        assert_eq!((copy(&node), venue.book()), (all.clone(), all.clone()), "{cut:?}");
    }
    let grown = "SELECT count(*) FROM setting WHERE name GLOB '[0-9]*' AND length(value) = 2";
    assert_eq!(node.read_blocking(|tx| tx.one(grown, [], |row| row.get::<_, i64>(0))).unwrap(), 6);
    assert!(!node.has_failed(), "no cut costs it the lead");
}

/// A machine that hangs, or is gone without a word, in the middle of its transaction would keep the row of the lease locked.
#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_leader_that_stands_still_in_a_commit_is_overtaken_and_wakes_fenced() {
    let (venue, proxy) = (Venue::new(), Proxy::before(&server()));
    let first = Lead::stand_by(&venue.address_through(proxy.port), true, &|_| true).unwrap();
    let first = venue.open(first, "first.db");
    first.write_blocking(|tx| put(tx, 1)).unwrap();
    std::thread::scope(|scope| {
        proxy.cut_next(Cut::Still);
        let late = scope.spawn(|| first.write_blocking(|tx| put(tx, 2)));
        let (taken, takes) = mpsc::channel();
        let address = venue.address();
        scope.spawn(move || taken.send(Lead::stand_by(&address, true, &|looks| looks < 20)).unwrap());
        let second = takes.recv_timeout(Duration::from_secs(30));
        // Before anything is looked at: nobody waits any more.
        proxy.release();
        let second = venue.open(second.expect("another leads in time").unwrap(), "second.db");
        let late = late.join().unwrap();
        assert!(matches!(late, Err(StoreError::Unknown(_))), "{late:?}");
        assert!(proxy.has_cut() && first.has_failed());
        second.write_blocking(|tx| put(tx, 3)).unwrap();
        assert_eq!((copy(&second), venue.book()), (vec![1, 3], vec![1, 3]));
    });
}
