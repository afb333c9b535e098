//! The waiting room against a reference model: random sequences of everything that can happen to a queue, on a
//! scripted clock with seeded entropy, compared after every step with a model so simple that it is obviously right.
//!
//! The seed is fixed, so that a run cannot flake. Another one, or a longer run:
//! `BOXOFFICE_TEST_SEED=42 BOXOFFICE_TEST_CASES=100000 cargo test --test waiting_room`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

mod model;
mod play;
mod room;

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

const SEED: u64 = 20_261_123;
const CASES: u32 = 1_000;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs one share of the sequences; gives the smallest that fails.
fn run(seed: u64, share: u32, cases: u32) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&share.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 5_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let stage = RefCell::new(play::Stage::new(seed.wrapping_add(u64::from(share) << 32)));
    runner.run(&play::sequence(), |sequence| stage.borrow_mut().play(&sequence)).map_err(|error| match error {
        TestError::Fail(reason, smallest) => format!("{reason}\nsmallest sequence: {smallest:#?}"),
        TestError::Abort(reason) => reason.to_string(),
    })
}

/// The sequences are cut into shares of fixed size, so that they are the same on any number of cores.
#[test]
fn the_waiting_room_does_what_the_model_says() {
    const SHARE: u32 = 250;
    let seed = from_environment("BOXOFFICE_TEST_SEED", SEED);
    let cases = from_environment("BOXOFFICE_TEST_CASES", CASES);
    let (next, failures) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let work = || {
        while failures.lock().expect("unpoisoned").is_empty() {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let cases = cases.saturating_sub(share * SHARE).min(SHARE);
            if cases == 0 {
                return;
            }
            if let Err(failure) = run(seed, share, cases) {
                failures.lock().expect("unpoisoned").push(failure);
            }
        }
    };
    // More than cores: most of the time goes by waiting for the disk.
    let workers = 4 * std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().expect("unpoisoned");
    let again = format!("BOXOFFICE_TEST_SEED={seed} BOXOFFICE_TEST_CASES={cases} cargo test --test waiting_room");
    assert!(failures.is_empty(), "again with: {again}\n{}", failures.join("\n"));
}
