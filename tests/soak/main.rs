//! Two weeks in fast motion: concerts are made, published, sold by a few buyers, played and over, one after the other, on a real
//! server over HTTP with a scripted clock. What is over must leave nothing behind but the books: memory and what is forgotten
//! stay flat, and what is kept grows by the same for each concert.
//!
//! What is counted (rows, queues and maps in memory, open files) is held to be flat in the short form too; bytes of memory and
//! of files only where there are enough concerts to tell growth from noise. The seed is fixed. Another one, or the whole:
//! `BOXOFFICE_TEST_SEED=42 BOXOFFICE_TEST_CONCERTS=1000 cargo test --test soak -- --nocapture`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

mod measured;
mod season;

use measured::Measured;
use season::Season;

/// The product's own, or its memory would be another allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SEED: u64 = 20_261_127;
const CONCERTS: u32 = 50;
const TWO_WEEKS_MS: i64 = 14 * 24 * 3_600_000;
/// From so many on bytes are compared, too.
const ENOUGH: u32 = 500;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_weeks_of_concerts_that_come_and_go_leave_the_books_and_nothing_else() {
    let seed = from_environment("BOXOFFICE_TEST_SEED", SEED);
    let concerts = from_environment("BOXOFFICE_TEST_CONCERTS", CONCERTS);
    println!("seed {seed}, {concerts} concerts in two weeks");
    let mut season = Season::open(seed).await;
    let mut marks = Vec::new();
    for concert in 1..=concerts {
        season.next(TWO_WEEKS_MS / i64::from(concerts)).await;
        season.least_memory_of(concert, concerts / 50);
        if [20, 60, 100].iter().any(|share| concert == (concerts * share).div_ceil(100)) {
            marks.push(season.measure(concert));
            println!("{}", marks[marks.len() - 1]);
        }
    }
    season.close().await;
    let [early, middle, late] = &marks[..] else { panic!("three marks") };
    println!("{}", Measured::table(early, middle, late));
    let mut complaints = Measured::counted(early, middle, late);
    if concerts >= ENOUGH {
        complaints.extend(Measured::bytes(early, middle, late));
    }
    assert!(
        complaints.is_empty(),
        "again with BOXOFFICE_TEST_SEED={seed} BOXOFFICE_TEST_CONCERTS={concerts}:\n{}",
        complaints.join("\n")
    );
}
