//! Everything that reads bytes from outside, tried on seeds and on seeds that chance changed: the laws stand in `laws`. `.ci/fuzz`
//! tries them for as long as one likes with changes that the coverage guides; an input that it finds to break a law becomes a
//! seed here, or a test beside the parser.
//!
//! What it was seen to catch, each put into the sources by hand: see docs/trust.md.
//!
//! The seed of chance is fixed. Another one, or a longer run:
//! `BOXOFFICE_TEST_SEED=42 BOXOFFICE_TEST_CASES=1000000 cargo test --test parsers -- --nocapture`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

mod laws;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use laws::{PARSERS, Parser};
use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::RngExt as _;

const SEED: u64 = 20_261_127;
/// Changed inputs of each parser.
const CASES: u32 = 1_500;
/// A longer input is as good as a shorter one.
const LONGEST: usize = 4_096;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seeds(parser: &Parser) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parsers/seeds").join(parser.name);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("seeds").map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a seed")).collect()
}

/// Tries a law; says on which input it was broken.
fn try_law(parser: &Parser, input: &[u8]) {
    if let Err(broken) = catch_unwind(AssertUnwindSafe(|| (parser.law)(input))) {
        println!("{} breaks its law on b\"{}\"", parser.name, input.escape_ascii());
        std::panic::resume_unwind(broken);
    }
}

/// A change of the kinds that fuzzers make: bits, bytes, numbers' edges, pieces left out, repeated, or of another seed.
fn change(input: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut impl rand::Rng) {
    const WORDS: &[&str] =
        &["0", "-1", "+", "\"", "null", "\n", ",", ";", "\u{200d}", "\u{130}", "\u{1f3f4}", "9223372036854775808"];
    let at = chance.random_range(0..=input.len());
    let end = chance.random_range(at..=input.len());
    match chance.random_range(0..7) {
        0 if at < input.len() => input[at] ^= 1 << chance.random_range(0..8),
        1 if at < input.len() => input[at] = chance.random(),
        2 => drop(input.drain(at..end)),
        3 => {
            let piece = input[at..end].to_vec();
            input.splice(end..end, piece);
        }
        4 => {
            let other = &others[chance.random_range(0..others.len())];
            let from = chance.random_range(0..=other.len());
            let to = chance.random_range(from..=other.len());
            input.splice(at..end, other[from..to].iter().copied());
        }
        5 => {
            let word = WORDS[chance.random_range(0..WORDS.len())];
            input.splice(at..at, word.bytes());
        }
        _ => input.insert(at, chance.random()),
    }
    input.truncate(LONGEST);
}

#[test]
fn no_bytes_from_outside_break_the_law_of_what_reads_them() {
    let seed = from_environment("BOXOFFICE_TEST_SEED", SEED);
    let cases = from_environment("BOXOFFICE_TEST_CASES", CASES);
    println!("seed {seed}, {cases} changed inputs of each of {} parsers", PARSERS.len());
    std::thread::scope(|scope| {
        let half = PARSERS.len().div_ceil(2);
        let work =
            |parsers: &'static [Parser]| scope.spawn(move || parsers.iter().for_each(|of| all_of(of, seed, cases)));
        for worker in [work(&PARSERS[..half]), work(&PARSERS[half..])] {
            worker.join().unwrap_or_else(|broken| std::panic::resume_unwind(broken));
        }
    });
}

fn all_of(parser: &Parser, seed: u64, cases: u32) {
    let seeds = seeds(parser);
    seeds.iter().for_each(|input| try_law(parser, input));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    for _ in 0..cases {
        let mut input = seeds[chance.random_range(0..seeds.len())].clone();
        for _ in 0..chance.random_range(1..6) {
            change(&mut input, &seeds, &mut chance);
        }
        try_law(parser, &input);
    }
}

/// A folder of seeds that belongs to no parser would be tried by nobody.
#[test]
fn each_folder_of_seeds_is_a_parsers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parsers/seeds");
    for found in std::fs::read_dir(folder).expect("seeds") {
        let name = found.expect("a folder").file_name();
        assert!(PARSERS.iter().any(|parser| *parser.name == name), "{name:?}");
    }
}
