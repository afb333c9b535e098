//! The real binary on a disk that fails: every write and every sync of one payment, once each, with an I/O error and with
//! a full disk. What is acknowledged survives, what is refused did not happen, and what nobody knows is called so and is
//! settled by asking again with the same `Idempotency-Key`.
//!
//! A shim (`shim.c`) between the binary and the C library makes the disk fail; it is built by the C compiler that SQLite
//! needs anyway.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![cfg(target_os = "linux")]

#[path = "../command_line/support.rs"]
#[expect(dead_code, reason = "the other tests of the command line use the rest")]
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use boxoffice::client::Ask;
use serde_json::{Value, json};
use support::{Concert, Folder, OPERATOR, Server, as_text, boxoffice, post_once, text, verify_clean};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const PRICE: i64 = 1000;
/// The k-th write or sync is looked for no further: a payment has fewer.
const MOST_CALLS: u32 = 200;

struct Disk {
    shim: PathBuf,
    armed: PathBuf,
    data: PathBuf,
}

impl Disk {
    fn new(folder: &Folder) -> Self {
        let shim = folder.path("shim.so");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let built = Command::new(&compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(source).status();
        assert!(built.expect("a C compiler, as SQLite needs").success(), "{compiler} cannot build the shim");
        Self { shim, armed: folder.path("armed"), data: folder.data() }
    }

    fn server(&self) -> Server {
        Server::start(self.command())
    }

    /// With a concert on sale, and its seats.
    async fn sale(&self) -> (Server, Concert, std::vec::IntoIter<String>) {
        let server = self.server();
        let concert = server.concert(json!({"max_admitted": null}), 2 * MOST_CALLS).await;
        let onlooker = server.join(&server.sessions(1).await[0], &concert).await;
        let seats = server.seat_ids(&onlooker, &concert).await.into_iter();
        (server, concert, seats)
    }

    fn command(&self) -> Command {
        let mut command = boxoffice(&["serve", "--listen", "127.0.0.1:0", "--operator-key", OPERATOR, "--log", "off"]);
        command.args(["--top-up-by", "buyers", "--data", as_text(&self.data)]);
        command.env("LD_PRELOAD", &self.shim).env("FAULTS_OF", &self.data).env("FAULTS_ARMED", &self.armed);
        command
    }

    /// From now on the `nth` write or sync fails.
    fn arm(&self, nth: u32, error: i32) {
        let aside = self.armed.with_extension("aside");
        std::fs::write(&aside, format!("{nth} {error}")).expect("a file");
        std::fs::rename(&aside, &self.armed).expect("a name");
    }

    /// True when the armed fault has struck.
    fn disarm(&self) -> bool {
        std::fs::remove_file(&self.armed).is_err()
    }
}

/// What a payment was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Paid,
    Refused,
    Unknown,
}

struct Buyer {
    session: String,
    token: String,
    key: String,
    body: Value,
}

async fn buyer(server: &Server, concert: &Concert, seat: &str, key: String) -> Buyer {
    let session = server.sessions(1).await.remove(0);
    let token = server.join(&session, concert).await;
    server.make("/v1/balance/top-ups", &token, json!({"amount": PRICE})).await;
    Buyer { session, token, key, body: json!({"seat_ids": [seat], "amount": PRICE}) }
}

async fn pay(server: &Server, buyer: &Buyer) -> (Told, Value) {
    let mut client = server.client().await;
    let answer = post_once(&mut client, "/v1/payments", &buyer.token, &buyer.key, &buyer.body).await;
    let answer = answer.expect("every payment gets an answer, also while the box office stops");
    let body = answer.json();
    let told = match (answer.status, body["code"].as_str()) {
        (201, _) => Told::Paid,
        (503, Some("outcome_unknown")) => Told::Unknown,
        (500, Some("internal")) | (503, Some("overloaded")) => Told::Refused,
        other => panic!("{other:?}: {body}"),
    };
    (told, body)
}

/// What stands after the restart is what was told.
async fn settle(server: &Server, buyer: &Buyer, told: Told, answer: &Value, place: &str) {
    let payments = server.get("/v1/payments", &buyer.session).await.json();
    let payments = payments["payments"].as_array().expect("payments").clone();
    match told {
        Told::Paid => {
            assert_eq!(payments.len(), 1, "{place}: an acknowledged payment was lost");
            assert_eq!(payments[0]["id"], answer["id"], "{place}");
        }
        Told::Refused => {
            assert!(payments.is_empty(), "{place}: told that nothing was changed, and it stands: {answer}")
        }
        Told::Unknown => assert!(payments.len() <= 1, "{place}"),
    }
    // Asking again with the same key pays once in all.
    let (again, repeated) = pay(server, buyer).await;
    assert_eq!(again, Told::Paid, "{place}: {repeated}");
    if let [stood] = &payments[..] {
        assert_eq!(repeated["id"], stood["id"], "{place}: paid twice");
    }
    assert_eq!(server.get("/v1/balance", &buyer.session).await.json()["balance"], 0, "{place}");
    let code = text(&repeated["tickets"][0]["code"]);
    assert_eq!(server.get(&format!("/v1/tickets/{code}"), &buyer.session).await.status, 200, "{place}");
}

#[tokio::test]
async fn no_write_or_sync_that_fails_makes_an_answer_untrue() {
    let folder = Folder::new();
    let disk = Disk::new(&folder);
    let (mut server, concert, mut seats) = disk.sale().await;
    let mut seen = Vec::new();
    for error in [EIO, ENOSPC] {
        let mut struck = 0;
        for nth in 1..=MOST_CALLS {
            let place = format!("call {nth} fails with errno {error}");
            let buyer = buyer(&server, &concert, &seats.next().expect("a seat"), format!("{error}-{nth}")).await;
            disk.arm(nth, error);
            let (told, answer) = pay(&server, &buyer).await;
            if !disk.disarm() {
                assert_eq!(told, Told::Paid, "{place}: it never did: {answer}");
                break;
            }
            struck = nth;
            seen.push(told);
            // The worst that can follow: no order in the end, the disk's cache as it is.
            server.pull_the_plug();
            server.wait();
            verify_clean(&folder.data());
            server = disk.server();
            settle(&server, &buyer, told, &answer, &place).await;
        }
        println!("errno {error}: {struck} writes and syncs of a payment failed");
        assert!((4..MOST_CALLS).contains(&struck), "a payment has {struck} writes and syncs, as it seems");
    }
    let count = |of| seen.iter().filter(|told| **told == of).count();
    println!("told: {} paid, {} refused, {} unknown", count(Told::Paid), count(Told::Refused), count(Told::Unknown));
    assert!(seen.contains(&Told::Unknown), "no commit failed: {seen:?}");
    server.stop();
    verify_clean(&folder.data());
}

/// The pages of the WAL at which a commit moves them into the data file, as the writer sets it.
const CHECKPOINT_PAGES: u64 = 500;
/// Fewer pages than a payment writes, and more than a change of a queue's settings does.
const PAGES_LEFT: u64 = 7;

/// How many pages the WAL has, of a server that was stopped in order before it started.
fn wal_pages(data: &Path) -> u64 {
    const HEADER: u64 = 32;
    const FRAME: u64 = 24 + 8192;
    let length = std::fs::metadata(data.with_extension("db-wal")).map_or(0, |wal| wal.len());
    length.saturating_sub(HEADER) / FRAME
}

/// Changes small things until one payment more fills the WAL.
async fn fill_wal(server: &Server, concert: &Concert, data: &Path) {
    let (mut client, path) = (server.client().await, format!("/v1/operator/concerts/{}/queue", concert.id));
    for seconds in 61.. {
        if wal_pages(data) + PAGES_LEFT >= CHECKPOINT_PAGES {
            break;
        }
        let body = Some(json!({"absence_seconds": seconds}).to_string().into_bytes());
        let ask = Ask { method: "PATCH", path: &path, bearer: Some(OPERATOR), body, headers: &[] };
        let changed = client.send(&ask).await.expect("an answer");
        assert_eq!(changed.status, 200, "{}", changed.json());
    }
}

/// The payment's commit fills the WAL, and so it writes all its pages into the data file: what fails there may cost the
/// answer nothing and the file nothing.
#[tokio::test]
async fn no_write_or_sync_of_a_checkpoint_makes_an_answer_untrue() {
    let folder = Folder::new();
    let disk = Disk::new(&folder);
    let (mut server, concert, mut seats) = disk.sale().await;
    for error in [EIO, ENOSPC] {
        let mut struck = 0;
        // The first are the WAL's own; then one page of the data file is written like the other, and the sync is last.
        for nth in (1..24).chain((24..=MOST_CALLS).step_by(8)) {
            let place = format!("call {nth} of a payment with a checkpoint fails with errno {error}");
            let buyer = buyer(&server, &concert, &seats.next().expect("a seat"), format!("{error}-{nth}")).await;
            // What the box office does by itself may fill it first: then once more from an empty one.
            for tries in 1.. {
                assert!(tries < 10, "{place}: the WAL was full before");
                server.stop();
                server = disk.server();
                fill_wal(&server, &concert, &folder.data()).await;
                if wal_pages(&folder.data()) < CHECKPOINT_PAGES {
                    break;
                }
            }
            disk.arm(nth, error);
            let (told, answer) = pay(&server, &buyer).await;
            let done = !disk.disarm();
            server.pull_the_plug();
            server.wait();
            verify_clean(&folder.data());
            server = disk.server();
            settle(&server, &buyer, told, &answer, &place).await;
            if done {
                assert_eq!(told, Told::Paid, "{place}: it never did: {answer}");
                break;
            }
            struck = nth;
        }
        println!("errno {error}: {struck} writes and syncs of a payment with a checkpoint failed");
        assert!(struck > 24, "a checkpoint has more writes: only {struck} calls");
    }
    server.stop();
    verify_clean(&folder.data());
}

/// A start whose disk fails says so, and not that the file is somebody else's or of another version; and the file is none
/// the worse for it.
#[tokio::test]
async fn a_start_on_a_disk_that_fails_says_what_is_wrong() {
    // What the disk did is said by the file's own text, or, once the store is open, by the cause of the failure.
    let of_errors = [
        (EIO, ["the disk of", "fails: "], "disk I/O error"),
        (ENOSPC, ["the disk of", "is full; free some space"], "database or disk is full"),
    ];
    // A full disk that fails a sync is an I/O error to SQLite; then the free space tells, and here there is some.
    let ambiguous = "disk I/O error";
    for (error, words, cause) in of_errors {
        for fresh in [true, false] {
            let (mut refused, folder) = (0, Folder::new());
            let disk = Disk::new(&folder);
            // Most calls of a first start write the pages of its schema, one like the other.
            for nth in (1..20).chain((20..=MOST_CALLS).step_by(6)) {
                let place = format!("call {nth} of a start fails with errno {error}, new file: {fresh}");
                if fresh {
                    for name in ["boxoffice.db", "boxoffice.db-wal", "boxoffice.db-shm", "boxoffice.db-run"] {
                        let _ = std::fs::remove_file(folder.path(name));
                    }
                } else {
                    Server::serve(&folder.data(), &[]).stop();
                }
                disk.arm(nth, error);
                // Terminated as soon as it listens; whatever it says on the way out is its log's.
                let mut child = disk.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
                let mut first = String::new();
                BufReader::new(child.stdout.as_mut().expect("its output")).read_line(&mut first).expect("its output");
                let struck = disk.disarm();
                if first.is_empty() {
                    let err = String::from_utf8(child.wait_with_output().expect("it ended").stderr).expect("text");
                    let said = words.iter().all(|word| err.contains(word))
                        || [cause, ambiguous].iter().any(|cause| err.contains(cause));
                    assert!(struck && said, "{place}: {err}");
                    refused += 1;
                } else {
                    child.kill().expect("killed");
                    child.wait().expect("it ended");
                }
                Server::serve(&folder.data(), &[]).stop();
                verify_clean(&folder.data());
                if !struck {
                    break;
                }
            }
            println!("errno {error}, new file: {fresh}: {refused} starts were refused");
            assert!(refused > 0);
        }
    }
}
