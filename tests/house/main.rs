//! The rules of the house (see `src/lib.rs`) that neither the compiler nor clippy can keep, checked on the sources.
//!
//! Each rule stands with samples that break it and samples that only look so, so that a rule which sees nothing fails.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]

mod arrows;
mod codes;
mod rules;
mod source;

use rules::{RULES, Rule};
use source::{Source, sources};

#[test]
fn the_sources_keep_the_rules() {
    let sources = sources();
    assert!(sources.len() > 60, "only {} files were found", sources.len());
    let mut broken = Vec::new();
    for rule in RULES {
        for file in &sources {
            // Tests, examples and benchmarks are outside the house, where only some rules reach.
            if rule_reaches(rule, file) {
                let breaches = (rule.breaches)(file).into_iter();
                broken.extend(breaches.map(|breach| format!("{}: {}: {breach}", rule.says, file.path)));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_rule_sees_what_breaks_it_and_nothing_else() {
    let source = |(path, text): &(&str, &str)| Source { path: (*path).to_owned(), text: (*text).to_owned() };
    for rule in RULES {
        for sample in rule.broken_by {
            let seen = (rule.breaches)(&source(sample));
            assert!(!seen.is_empty(), "\"{}\" does not see {sample:?}", rule.says);
        }
        for sample in rule.kept_by {
            let seen = (rule.breaches)(&source(sample));
            assert!(seen.is_empty(), "\"{}\" sees {seen:?} in {sample:?}", rule.says);
        }
    }
}

fn rule_reaches(rule: &Rule, file: &Source) -> bool {
    let everywhere = ["opens", "lines", "machine"].iter().any(|word| rule.says.contains(word));
    let of_its_kind = file.path.ends_with(".rs") || rule.says.contains("page");
    everywhere || file.path.starts_with("src/") && of_its_kind
}

#[test]
fn arrows_run_down_only() {
    let sources = sources();
    let lib = &sources.iter().find(|file| file.path == "src/lib.rs").expect("src/lib.rs").text;
    let floors = arrows::floors(lib);
    assert!(floors.len() > 10, "src/lib.rs states the floors: {floors:?}");
    let files = arrows::between_files(&sources);
    for ((from, to), drawn_by) in arrows::between_rooms(&files) {
        println!("{from} -> {to} ({})", drawn_by.len());
    }
    let faults = arrows::faults(&files, &floors);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Small houses with one fault each, and one without.
#[test]
fn the_arrows_see_what_breaks_the_house() {
    let house = |files: &[(&str, &str)]| {
        let sources: Vec<_> =
            files.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        let floors =
            vec![vec!["top".to_owned()], vec!["queue".to_owned(), "wallet".to_owned()], vec!["store".to_owned()]];
        arrows::faults(&arrows::between_files(&sources), &floors)
    };
    let store = ("src/store/mod.rs", "mod tx;\npub use tx::Tx;");
    let tx = ("src/store/tx.rs", "pub struct Tx;");
    let kept = [
        store,
        tx,
        ("src/queue/sql.rs", "use crate::store::{Tx};"),
        ("src/queue/mod.rs", "mod sql; pub use sql::f;"),
        ("src/top.rs", "use crate::{queue, store}; queue::f();"),
    ];
    assert_eq!(house(&kept), Vec::<String>::new());

    let upwards =
        house(&[store, ("src/store/tx.rs", "use crate::queue::Entry;"), ("src/queue/mod.rs", "pub struct Entry;")]);
    assert!(upwards[0].contains("store must not name queue"), "{upwards:?}");
    let sideways = house(&[("src/queue/a.rs", "fn f() { crate::wallet::b::g() }"), ("src/wallet/b.rs", "fn g() {}")]);
    assert!(sideways[0].contains("queue must not name wallet"), "{sideways:?}");
    let by_alias = house(&[("src/store/a.rs", "use crate::top;\nfn f() { top::g() }"), ("src/top.rs", "fn g() {}")]);
    assert!(by_alias[0].contains("store must not name top"), "{by_alias:?}");
    let circle = house(&[
        ("src/queue/a.rs", "use crate::queue::b::B;"),
        ("src/queue/b.rs", "use crate::queue::{c};"),
        ("src/queue/c.rs", "use crate::queue::a;"),
    ]);
    assert!(circle[0].contains("a circle of files"), "{circle:?}");
    let through_the_page = house(&[
        ("src/queue/mod.rs", "pub use a::A;"),
        ("src/queue/a.rs", "use crate::queue::b::B;"),
        ("src/queue/b.rs", "use crate::queue::A;"),
    ]);
    assert!(through_the_page[0].contains("a circle of files"), "{through_the_page:?}");
    let unknown = house(&[("src/attic.rs", "use crate::store::Tx;"), store, tx]);
    assert!(unknown[0].contains("attic has no floor"), "{unknown:?}");
}
