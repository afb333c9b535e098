//! Memory's seat maps against the data file: random sequences of everything that can happen to seats, on a scripted clock
//! with seeded entropy; restarts, evictions and loads in between. What memory shows is compared after every step with what the
//! rows say, and with everything that it has ever shown.
//!
//! The seed is fixed. Another one, or a longer run:
//! `BOXOFFICE_TEST_SEED=42 BOXOFFICE_TEST_CASES=100000 cargo test --test seat_maps`. (What the threads do at the same time
//! is not in the seed.)
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../office/by_hand.rs"]
mod by_hand;
mod house;
mod look;
mod one_map;
mod oracle;
mod play;

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

const SEED: u64 = 20_261_125;
const CASES: u32 = 200;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs one share of the sequences; gives the smallest that fails.
fn run(seed: u64, share: u32, cases: u32, done: &Mutex<play::Done>) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&share.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let stage = RefCell::new(play::Stage::new(seed.wrapping_add(u64::from(share) << 32)));
    let result = runner.run(&play::sequence(), |sequence| stage.borrow_mut().play(&sequence));
    done.lock().expect("unpoisoned").add(&stage.borrow().done);
    result.map_err(|error| match error {
        TestError::Fail(reason, smallest) => format!("{reason}\nsmallest sequence: {smallest:#?}"),
        TestError::Abort(reason) => reason.to_string(),
    })
}

/// The sequences are cut into shares of fixed size, so that they are the same on any number of cores.
#[test]
fn memory_shows_what_the_data_file_says() {
    const SHARE: u32 = 50;
    let seed = from_environment("BOXOFFICE_TEST_SEED", SEED);
    let cases = from_environment("BOXOFFICE_TEST_CASES", CASES);
    let (next, failures, done) = (AtomicU32::new(0), Mutex::new(Vec::new()), Mutex::new(play::Done::default()));
    let work = || {
        while failures.lock().expect("unpoisoned").is_empty() {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let cases = cases.saturating_sub(share * SHARE).min(SHARE);
            if cases == 0 {
                return;
            }
            if let Err(failure) = run(seed, share, cases, &done) {
                failures.lock().expect("unpoisoned").push(failure);
            }
        }
    };
    // More than cores: most of the time goes by waiting for the disk.
    let workers = 2 * std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().expect("unpoisoned");
    let again = format!("BOXOFFICE_TEST_SEED={seed} BOXOFFICE_TEST_CASES={cases} cargo test --test seat_maps");
    assert!(failures.is_empty(), "again with: {again}\n{}", failures.join("\n"));
    let done = done.into_inner().expect("unpoisoned");
    assert!(done.is_worth_something(), "the sequences refuse too much to show anything: {done:?}");
}
