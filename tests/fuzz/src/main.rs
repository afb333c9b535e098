//! One fuzzer for every parser: `BOXOFFICE_PARSER` says which. What must hold stands in `tests/parsers/laws`; what is broken
//! panics, and libFuzzer keeps the input.
#![no_main]

use std::sync::LazyLock;

#[path = "../../parsers/laws/mod.rs"]
mod laws;

static LAW: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("BOXOFFICE_PARSER").unwrap_or_default();
    let found = laws::PARSERS.iter().find(|parser| parser.name == name);
    let names: Vec<_> = laws::PARSERS.iter().map(|parser| parser.name).collect();
    found.unwrap_or_else(|| panic!("BOXOFFICE_PARSER is none of {}", names.join(" "))).law
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| LAW(bytes));
