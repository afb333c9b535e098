//! Power loss. The real binary sells under a load, and a shim (`recorder.c`) writes down each of its writes and syncs. From that
//! come images of what a cut at any moment could have left on the disk: torn at 512 bytes, reordered between syncs, data
//! file and WAL. The real binary recovers each; every effect that somebody had the answer of by then is there, and `verify`
//! finds nothing.
//!
//! `cargo test` looks at some dozens; `BOXOFFICE_TEST_IMAGES=10000 cargo test --release --test power_loss -- --nocapture` at
//! more. The cuts follow from the seed (`BOXOFFICE_TEST_SEED`) and the record; an image that fails is kept.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![cfg(target_os = "linux")]

mod disk;
#[path = "../command_line/support.rs"]
#[expect(dead_code, reason = "the other tests of the command line use the rest")]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use disk::{Cut, Disk, FILES, Record, records};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use support::{Concert, Folder, Server, as_text, post_once, serve_command, text, verify_clean};

const SEED: u64 = 20_261_126;
const IMAGES: usize = 40;
/// Buyers one after the other in each lane.
const LANES: usize = 4;
const BUYERS: usize = 30;
const PRICE: i64 = 1000;
const TOP_UP: i64 = 1500;
/// Of so many buyers all is asked in each image: those whose answers came last before the cut.
const ASKED: usize = 6;
/// So many pages fill the WAL, and the commit that does copies them into the data file.
const CHECKPOINT_BYTES: usize = 500 * 8192;

/// What one buyer was answered, each with how long the record was when the answer had come.
#[derive(Clone, Debug)]
struct Visit {
    session: String,
    topped_up: Option<u64>,
    /// The payment's id and its ticket's code.
    paid: Option<(u64, String, String)>,
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn recorder(folder: &Folder) -> PathBuf {
    let shim = folder.path("recorder.so");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power_loss/recorder.c");
    let built = Command::new(&compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(source).status();
    assert!(built.expect("a C compiler, as SQLite needs").success(), "{compiler} cannot build the recorder");
    shim
}

/// Buyers who join, top up, hold and pay, until all have or the plug is pulled.
async fn sell(server: &Server, concert: &Concert, buyers: Vec<(String, String)>, record: PathBuf) -> Vec<Visit> {
    let (mut client, concert) = (server.client().await, concert.clone());
    let length = move || std::fs::metadata(&record).map_or(0, |record| record.len());
    let sold = tokio::spawn(async move {
        let mut visits = Vec::new();
        for (session, seat) in buyers {
            let mut visit = Visit { session: session.clone(), topped_up: None, paid: None };
            let seats = json!([seat]);
            let path = format!("/v1/concerts/{}/queue/tokens", concert.id);
            let joined = post_once(&mut client, &path, &session, "join", &Value::Null).await.expect("an answer");
            let token = text(&joined.json()["token"]);
            let body = json!({ "amount": TOP_UP });
            let answer = post_once(&mut client, "/v1/balance/top-ups", &token, "up", &body).await.expect("an answer");
            assert_eq!(answer.status, 201, "{}", answer.json());
            visit.topped_up = Some(length());
            let body = json!({"performance_id": concert.performance, "seat_ids": seats});
            let answer = post_once(&mut client, "/v1/holds", &token, "hold", &body).await.expect("an answer");
            assert_eq!(answer.status, 201, "{}", answer.json());
            let body = json!({"seat_ids": seats, "amount": PRICE});
            let answer = post_once(&mut client, "/v1/payments", &token, "pay", &body).await.expect("an answer");
            assert_eq!(answer.status, 201, "{}", answer.json());
            let paid = answer.json();
            visit.paid = Some((length(), text(&paid["id"]), text(&paid["tickets"][0]["code"])));
            visits.push(visit);
        }
        visits
    });
    sold.await.expect("no panic")
}

/// What was answered by the time the record was so long is there.
async fn check_kept(server: &Server, visits: &[Visit], length: u64) {
    let last = |visit: &Visit| {
        let known = [visit.topped_up, visit.paid.as_ref().map(|(at, ..)| *at)];
        known.into_iter().flatten().filter(|at| *at <= length).max()
    };
    let mut latest: Vec<_> = visits.iter().filter_map(|visit| Some((last(visit)?, visit))).collect();
    latest.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut client = server.client().await;
    for (_, visit) in latest.into_iter().take(ASKED) {
        let payments = client.get("/v1/payments", Some(&visit.session)).await.expect("an answer").json();
        let balance = client.get("/v1/balance", Some(&visit.session)).await.expect("an answer").json();
        let is_paid = payments["payments"].as_array().is_some_and(|payments| payments.len() == 1);
        let expected = if is_paid { TOP_UP - PRICE } else { TOP_UP };
        assert_eq!(balance["balance"], expected, "an acknowledged top-up, and a payment with its debit: {payments}");
        if let Some((_, id, code)) = visit.paid.as_ref().filter(|(at, ..)| *at <= length) {
            assert!(is_paid, "an acknowledged payment was lost: {id}");
            assert_eq!(payments["payments"][0]["id"], id.as_str());
            let shown = client.get(&format!("/v1/tickets/{code}"), Some(&visit.session)).await.expect("an answer");
            assert_eq!(shown.status, 200, "{}", shown.json());
        }
    }
}

/// Sells with the recorder under it, from a stopped file on; gives that file as it was, the visits, and the record.
async fn recorded(folder: &Folder) -> (Disk, Vec<Visit>, Vec<(u64, Record)>) {
    let shim = recorder(folder);
    let server = Server::serve(&folder.data(), &["--log", "warn", "--lift-limits-for", "127.0.0.0/8"]);
    let concert = server.concert(json!({"max_admitted": null}), (LANES * BUYERS) as u32).await;
    let onlooker = server.sessions(1).await.remove(0);
    let seats = server.seat_ids(&server.join(&onlooker, &concert).await, &concert).await;
    let mut buyers: Vec<_> = server.sessions((LANES * BUYERS) as u32).await.into_iter().zip(seats).collect();
    server.stop();
    let disk = Disk::of(folder.data().parent().expect("a folder"));
    let record = folder.path("record");
    let mut command = serve_command(&folder.data());
    command.args(["--log", "warn", "--lift-limits-for", "127.0.0.0/8"]);
    command.env("LD_PRELOAD", &shim).env("RECORDER_OF", folder.data()).env("RECORDER_TO", &record);
    let server = Server::start(command);
    let lanes: Vec<_> = (0..LANES).map(|_| buyers.split_off(buyers.len() - BUYERS)).collect();
    let sold = lanes.into_iter().map(|lane| sell(&server, &concert, lane, record.clone()));
    let visits = futures_util::future::join_all(sold).await.into_iter().flatten().collect();
    server.pull_the_plug();
    server.wait();
    (disk, visits, records(&record))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_power_cut_leaves_what_was_acknowledged_is_there() {
    let seed = from_environment("BOXOFFICE_TEST_SEED", SEED);
    let images = from_environment("BOXOFFICE_TEST_IMAGES", IMAGES as u64) as usize;
    let folder = Folder::new();
    let (mut disk, visits, records) = recorded(&folder).await;
    let count = |is: fn(&Record) -> bool| records.iter().filter(|(_, record)| is(record)).count();
    let (writes, syncs) =
        (count(|of| matches!(of, Record::Write { .. })), count(|of| matches!(of, Record::Sync { .. })));
    let into_data = count(|of| matches!(of, Record::Write { file: 0, .. }));
    let into_wal: usize = records
        .iter()
        .map(|(_, record)| if let Record::Write { file: 1, bytes, .. } = record { bytes.len() } else { 0 })
        .sum();
    assert!(into_wal > CHECKPOINT_BYTES && into_data > 0, "no checkpoint was recorded: {into_wal} bytes of WAL");
    let mut random = StdRng::seed_from_u64(seed);
    let mut cuts: Vec<_> = (0..images).map(|_| random.random_range(0..records.len())).collect();
    cuts.sort_unstable();
    let (mut done, mut lost, mut torn) = (0, 0, 0);
    let mut cuts = cuts.into_iter().peekable();
    for (nth, (length, record)) in records.iter().enumerate() {
        disk.follow(record);
        while cuts.next_if_eq(&nth).is_some() {
            let how = match random.random_range(0..8) {
                0 => Cut::Nothing,
                1 => Cut::Everything,
                2 | 3 => Cut::InOrder,
                4 => Cut::Some(5),
                5 => Cut::Some(95),
                _ => Cut::Some(50),
            };
            let image = tempfile::tempdir().expect("a temporary folder");
            let here = disk.cut(how, &mut random, image.path());
            let tells =
                Tells { what: format!("BOXOFFICE_TEST_SEED={seed}: record {nth}, {how:?}"), image: Some(image) };
            let data = tells.path().join(FILES[0]);
            let server = Server::serve(&data, &["--log", "warn", "--lift-limits-for", "127.0.0.0/8"]);
            check_kept(&server, &visits, *length).await;
            server.pull_the_plug();
            server.wait();
            verify_clean(&data);
            done += 1;
            lost += usize::from(here > 0);
            torn += usize::from(here > 0 && here < disk.unsynced());
        }
    }
    println!(
        "seed {seed}: {writes} writes ({into_data} into the data file) and {syncs} syncs of {} sales; {done} images, {lost} of \
         them without all that was written, {torn} with a part of it",
        visits.len()
    );
    assert_eq!(done, images);
    assert!(lost > images / 4 && torn > images / 8, "the cuts took nothing: there is nothing to see");
}

/// Which image it was, should a check fail; then it stays.
struct Tells {
    what: String,
    image: Option<tempfile::TempDir>,
}

impl Tells {
    fn path(&self) -> &Path {
        self.image.as_ref().expect("an image").path()
    }
}

impl Drop for Tells {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(image) = self.image.take()
        {
            eprintln!("again with {}; the image: {}", self.what, as_text(&image.keep()));
        }
    }
}
