//! Connections that break before, in and after a commit: what is answered stands, and what does not stand is not answered.

use boxoffice::store::StoreError;

use crate::support::{Venue, copy, led, put};

/// Ends the connections of the venue's node, at once.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND pid IN (SELECT pid FROM VENUE.seen)";

/// Has the book note which connections write into it, and do `what` when a number of these comes.
fn at(venue: &Venue, number: i64, when: &str, what: &str) {
    venue.operate(&format!(
        "CREATE TABLE VENUE.seen (pid int);
         CREATE FUNCTION VENUE.act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER act AFTER INSERT ON VENUE.setting {when} FOR EACH ROW WHEN (NEW.name = '{number}')
           EXECUTE FUNCTION VENUE.act()"
    ));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_connection_that_broke_between_two_groups_costs_nobody_an_answer() {
    let (venue, node) = led();
    at(&venue, 1, "", "INSERT INTO VENUE.seen VALUES (pg_backend_pid())".replace("VENUE", &venue.schema).as_str());
    node.write_blocking(|tx| put(tx, 1)).unwrap();
    venue.operate(CUT);
    node.write_blocking(|tx| put(tx, 2)).unwrap();
    assert_eq!((copy(&node), venue.book()), (vec![1, 2], vec![1, 2]));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_connection_that_breaks_in_the_commit_is_asked_for_and_the_answer_is_true() {
    let (venue, node) = led();
    node.write_blocking(|tx| put(tx, 1)).unwrap();
    // Its first try ends inside COMMIT, with the server's process; the second finds that done.
    let what = "IF nextval('VENUE.tries') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF";
    venue.operate("CREATE SEQUENCE VENUE.tries");
    at(&venue, 2, "DEFERRABLE INITIALLY DEFERRED", &what.replace("VENUE", &venue.schema));
    node.write_blocking(|tx| put(tx, 2)).unwrap();
    assert_eq!((copy(&node), venue.book()), (vec![1, 2], vec![1, 2]));
    assert!(!node.has_failed());
    node.write_blocking(|tx| put(tx, 3)).unwrap();
    assert_eq!(venue.book(), [1, 2, 3]);
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn what_the_book_refuses_stands_nowhere_and_the_node_goes_on() {
    let (venue, node) = led();
    for (number, when) in [(1, ""), (2, "DEFERRABLE INITIALLY DEFERRED")] {
        venue.operate("DROP TABLE IF EXISTS VENUE.seen; DROP FUNCTION IF EXISTS VENUE.act CASCADE");
        at(&venue, number, when, "RAISE EXCEPTION 'on purpose'");
        let refused = node.write_blocking(move |tx| put(tx, number));
        assert!(matches!(&refused, Err(StoreError::RolledBack(why)) if why.contains("on purpose")), "{refused:?}");
    }
    node.write_blocking(|tx| put(tx, 3)).unwrap();
    assert_eq!((copy(&node), venue.book()), (vec![3], vec![3]));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_row_that_the_book_lacks_is_noticed_at_its_next_change() {
    let (venue, node) = led();
    node.write_blocking(|tx| put(tx, 1)).unwrap();
    venue.operate("DELETE FROM VENUE.setting WHERE name = '1'");
    for change in ["UPDATE setting SET value = x'07' WHERE name = '1'", "DELETE FROM setting WHERE name = '1'"] {
        let refused = node.write_blocking(move |tx| tx.run(change, []));
        assert!(matches!(refused, Err(StoreError::RolledBack(_))), "{refused:?}");
    }
    assert_eq!(copy(&node), [1], "nothing of it stands here either");
}
