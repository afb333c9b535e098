//! Nodes that follow: they have what the leader has, row by row and fact by fact, and one of them leads when nobody does.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use boxoffice::clock::Instant;
use boxoffice::ids::Seq;
use boxoffice::standing::Role;
use boxoffice::store::{Fact, Hearer, StoreError, Tx};

use crate::support::{FOLLOWER, LEADER, Venue, catch_up, copy, followed, led, put, wait};

fn leads(role: &Role) -> bool {
    *role == Role::Leading
}

/// Hears facts that are numbers, and writes down what it heard, and what of it stood in the file by then.
struct Numbers {
    file: PathBuf,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Hearer for Numbers {
    fn publish(&mut self, facts: Vec<Fact>, _: Instant) {
        let file = rusqlite::Connection::open(&self.file).unwrap();
        for fact in facts {
            let number: &i64 = fact.downcast_ref().unwrap();
            let stands = "SELECT count(*) FROM setting WHERE name = ?1";
            let stands: u32 = file.query_row(stands, [number.to_string()], |row| row.get(0)).unwrap();
            self.heard.lock().unwrap().push(format!("{number} {}", if stands == 1 { "stands" } else { "is missing" }));
        }
    }

    fn write(&self, facts: &[Fact]) -> Result<Vec<u8>, String> {
        Ok(facts.iter().flat_map(|fact| fact.downcast_ref::<i64>().unwrap().to_le_bytes()).collect())
    }

    /// By its own transaction it sees the rows of its commit and none of a later one.
    fn read(&self, tx: &Tx, words: &[u8]) -> Result<Vec<Fact>, String> {
        let last = "SELECT max(CAST(name AS INTEGER)) FROM setting WHERE name GLOB '[0-9]*'";
        let last: i64 = tx.one(last, [], |row| row.get(0)).unwrap();
        let numbers: Vec<_> = words.chunks(8).map(|one| i64::from_le_bytes(one.try_into().unwrap())).collect();
        assert!(numbers.iter().all(|number| *number == last), "{numbers:?} of {last}");
        Ok(numbers.into_iter().map(|number| Box::new(number) as Fact).collect())
    }

    fn again(&self, _: &Tx, name: &str, _: &[u8]) -> Result<(), String> {
        Err(name.to_owned())
    }

    fn lead(&mut self, _: Instant) {
        self.heard.lock().unwrap().push("leads".to_owned());
    }
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_follower_has_every_row_refuses_changes_and_leads_when_the_leader_stops() {
    let (venue, leader) = led();
    leader.write_blocking(|tx| put(tx, 1)).unwrap();
    let (follower, start) = venue.follower(FOLLOWER);
    assert_eq!(copy(&follower), [1], "it is loaded before it is started");
    leader.write_blocking(|tx| put(tx, 2)).unwrap();
    start.start(Box::new(|_, _| {}));
    for change in [
        "UPDATE setting SET value = x'0102' WHERE name = '2'",
        "DELETE FROM setting WHERE name = '1'",
        "INSERT INTO setting VALUES ('1', x'09'), ('3', x'')",
        "UPDATE setting SET name = CASE name WHEN '1' THEN '3' ELSE '1' END WHERE name IN ('3')",
    ] {
        let _ = leader.write_blocking(move |tx| tx.run(change, []));
    }
    catch_up(&follower, &leader);
    assert_eq!(venue.rows(FOLLOWER), venue.rows(LEADER));
    let role = follower.standing().role();
    assert!(matches!(role, Role::Following { leader: Some(_) | None }), "{role:?}");
    assert!(matches!(follower.write_blocking(|tx| put(tx, 9)), Err(StoreError::Follows)));
    assert_eq!(leader.standing().node_secret(), follower.standing().node_secret());
    let before = leader.standing().epoch();
    leader.stop();
    wait(async { follower.standing().roles().wait_for(leads).await.map(drop) }).unwrap();
    follower.write_blocking(|tx| put(tx, 4)).unwrap();
    assert_eq!((venue.book(), copy(&follower)), (vec![1, 2, 3, 4], vec![1, 2, 3, 4]));
    assert!(follower.standing().epoch() > before);
    let again = "PRAGMA foreign_keys";
    assert!(follower.write_blocking(move |tx| tx.one(again, [], |row| row.get::<_, bool>(0))).unwrap());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn facts_come_in_order_after_their_commit_and_once() {
    let venue = Venue::new();
    let heard: [Arc<Mutex<Vec<String>>>; 2] = Default::default();
    let numbers = |name: &str, at: usize| Box::new(Numbers { file: venue.path(name), heard: heard[at].clone() });
    let (leader, start) = venue.begin(LEADER);
    start.start_with(numbers(LEADER, 0));
    let tell = |number: i64| {
        leader
            .write_blocking(move |tx| {
                tx.tell(number);
                put(tx, number)
            })
            .unwrap();
    };
    (1..=3).for_each(tell);
    let (follower, start) = venue.follower(FOLLOWER);
    // More than are asked for at once.
    (4..=70).for_each(tell);
    start.start_with(numbers(FOLLOWER, 1));
    (71..=75).for_each(tell);
    catch_up(&follower, &leader);
    let stand = |from: i64| (from..=75).map(|number| format!("{number} stands")).collect::<Vec<_>>();
    assert_eq!(*heard[0].lock().unwrap(), stand(1));
    assert_eq!(*heard[1].lock().unwrap(), stand(4), "what it loaded was there before");
    leader.stop();
    wait(async { follower.standing().roles().wait_for(leads).await.map(drop) }).unwrap();
    assert_eq!(heard[1].lock().unwrap().last().unwrap(), "leads", "told before anything is changed");
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_feed_that_does_not_go_on_from_here_is_not_followed() {
    for spoilt in [
        "DELETE FROM VENUE.feed WHERE seq = (SELECT min(seq) FROM VENUE.feed)",
        "DELETE FROM VENUE.feed",
        "UPDATE VENUE.feed SET before = '\\x00' WHERE seq = (SELECT min(seq) FROM VENUE.feed)",
        "UPDATE VENUE.feed SET mark = '\\x00' WHERE seq = (SELECT max(seq) FROM VENUE.feed)",
        "UPDATE VENUE.feed SET record = '\\x07'",
        "UPDATE VENUE.office SET mark = '\\x00'",
        "UPDATE VENUE.office SET seq = 0",
    ] {
        let (venue, leader) = led();
        leader.write_blocking(|tx| put(tx, 1)).unwrap();
        venue.operate("DELETE FROM VENUE.feed");
        let (follower, start) = venue.follower(FOLLOWER);
        (2..=4).for_each(|number| leader.write_blocking(move |tx| put(tx, number)).unwrap());
        venue.operate(spoilt);
        start.start(Box::new(|_, _| panic!("nothing of it is told")));
        wait(follower.failed());
        assert_eq!(copy(&follower), [1], "nothing of it is taken over: {spoilt}");
    }
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_copy_that_a_record_does_not_fit_is_given_up() {
    let (venue, leader) = led();
    leader.write_blocking(|tx| put(tx, 1)).unwrap();
    let (follower, start) = venue.follower(FOLLOWER);
    rusqlite::Connection::open(venue.path(FOLLOWER)).unwrap().execute("DELETE FROM setting", []).unwrap();
    start.start(Box::new(|_, _| {}));
    leader.write_blocking(|tx| tx.run("UPDATE setting SET value = x'07' WHERE name = '1'", [])).unwrap();
    wait(follower.failed());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_follower_that_lost_its_connection_hears_on() {
    let (venue, leader, follower) = followed();
    for number in 1..=3 {
        venue.operate("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%FROM office o LEFT JOIN%' AND pid <> pg_backend_pid()");
        leader.write_blocking(move |tx| put(tx, number)).unwrap();
    }
    catch_up(&follower, &leader);
    assert_eq!((copy(&follower), follower.standing().leads()), (vec![1, 2, 3], false));
    assert_eq!(venue.rows(FOLLOWER), venue.rows(LEADER));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn a_follower_overtakes_a_leader_that_stalls_which_then_commits_nothing() {
    let (venue, leader, follower) = followed();
    leader.write_blocking(|tx| put(tx, 1)).unwrap();
    venue.operate("UPDATE VENUE.office SET until = '-infinity', leader = 'nobody'");
    wait(async { follower.standing().roles().wait_for(leads).await.map(drop) }).unwrap();
    let late = leader.write_blocking(|tx| put(tx, 2));
    assert!(matches!(late, Err(StoreError::Stopped)), "{late:?}");
    follower.write_blocking(|tx| put(tx, 3)).unwrap();
    assert_eq!((venue.book(), copy(&follower)), (vec![1, 3], vec![1, 3]));
    assert_eq!(follower.standing().applied(), Seq(2));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/cluster"]
fn old_records_are_forgotten_and_young_ones_kept() {
    let (venue, leader) = led();
    (1..=3).for_each(|number| leader.write_blocking(move |tx| put(tx, number)).unwrap());
    venue.operate("UPDATE VENUE.feed SET at = at - interval '16 minutes' WHERE seq < 3");
    let left =
        "DO $$ BEGIN WHILE (SELECT count(*) FROM VENUE.feed) > 1 LOOP PERFORM pg_sleep(0.1); COMMIT; END LOOP; END $$";
    venue.operate(left);
    leader.write_blocking(|tx| put(tx, 4)).unwrap();
    let (follower, start) = venue.follower(FOLLOWER);
    start.start(Box::new(|_, _| {}));
    catch_up(&follower, &leader);
    assert_eq!(copy(&follower), [1, 2, 3, 4]);
}
