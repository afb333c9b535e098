//! The rules of the house (see `src/lib.rs`) that neither the compiler nor clippy can keep, checked on the sources.
//!
//! Each rule stands with samples that break it and samples that only look so, so that a rule which sees nothing fails.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]

mod arrows;
mod codes;
mod paths;
mod rules;
mod source;

use std::collections::BTreeSet;

use rules::{RULES, Rule};
use source::{Source, sources, sources_in};

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
    assert!(files.len() > 500, "only {} files of the product were found", files.len());
    let faults = arrows::faults(&files, &floors);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Prints every arrow, of this checkout or of the one whose folder `BOXOFFICE_HOUSE` names.
#[test]
#[ignore = "it only prints"]
fn list_of_arrows() {
    let of = std::env::var("BOXOFFICE_HOUSE").map_or_else(|_| sources(), |folder| sources_in(folder.as_ref()));
    let files = arrows::between_files(&of);
    for (from, to) in files.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
        println!("{from} -> {to}");
    }
    let rooms = arrows::between_rooms(&files);
    println!();
    for ((from, to), drawn_by) in &rooms {
        let back = if rooms.contains_key(&(to.clone(), from.clone())) { ", and back" } else { "" };
        println!("{from} -> {to} ({}){back}", drawn_by.len());
    }
    println!();
    for circle in arrows::circles_of_rooms(&files) {
        println!("a circle of {} rooms: {circle:?}", circle.len());
    }
    for (folder, circle) in arrows::circles_of_folders(&files) {
        println!("a circle of {} that stand in {folder}: {circle:?}", circle.len());
    }
    for circle in arrows::circles(&files) {
        println!("a circle of {} files: {circle:?}", circle.len());
    }
    let drawn: usize = files.values().map(BTreeSet::len).sum();
    let of_rooms = rooms.keys().map(|(from, _)| from).chain(rooms.keys().map(|(_, to)| to)).collect::<BTreeSet<_>>();
    println!("{} files, {drawn} arrows; {} rooms, {} arrows", files.len(), of_rooms.len(), rooms.len());
}

/// Small houses with one fault each, and some without.
#[test]
fn the_arrows_see_what_breaks_the_house() {
    let house = |files: &[(&str, &str)]| {
        let sources: Vec<_> =
            files.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        let floors = [&["main"][..], &["top"], &["queue", "wallet"], &["store"]];
        let floors: Vec<Vec<_>> = floors.map(|rooms| rooms.iter().map(|room| (*room).to_owned()).collect()).into();
        arrows::faults(&arrows::between_files(&sources), &floors)
    };
    let store = ("src/store/mod.rs", "mod tx;\npub use tx::Tx;");
    let tx = ("src/store/tx.rs", "pub struct Tx;");
    for (kept, files) in KEPT {
        assert_eq!(house(&[&[store, tx], *files].concat()), Vec::<String>::new(), "{kept}");
    }
    for (fault, seen, files) in BROKEN {
        let faults = house(&[&[store, tx], *files].concat());
        assert!(faults.iter().any(|fault| fault.contains(seen)), "{fault}: {faults:?}");
    }
}

type Files = &'static [(&'static str, &'static str)];

const KEPT: &[(&str, Files)] = &[
    (
        "down only, through pages that hand on",
        &[
            ("src/queue/sql.rs", "use crate::store::{Tx};"),
            ("src/queue/mod.rs", "mod sql; pub use sql::f;"),
            ("src/top.rs", "use crate::{queue, store}; queue::f();"),
        ],
    ),
    (
        "brothers by super, and a page that only declares them",
        &[
            ("src/queue.rs", "mod a; mod b; pub use self::a::A;"),
            ("src/queue/a.rs", "use super::b::B; pub(in super::super) struct A;"),
            ("src/queue/b.rs", "pub(super) struct B;"),
        ],
    ),
    (
        "a test looks up",
        &[
            ("src/queue/mod.rs", "mod a; fn f() { a::g() }"),
            ("src/queue/a.rs", "#[cfg(test)]\nmod tests { use super::super::f; const C: char = '{'; }\nfn g() {}"),
        ],
    ),
    (
        "a comment and a text name what is above",
        &[("src/store/a.rs", "// crate::top\nconst A: &str = \"super::super::top\";"), ("src/top.rs", "")],
    ),
    (
        "modules of the pages, one of which has a type of the other",
        &[
            ("src/pages/web/a.js", "import { b } from './b.js';"),
            ("src/pages/web/b.js", "/** @import { A } from './a.js' */"),
        ],
    ),
];

/// What is wrong, what is said of it, and where.
const BROKEN: &[(&str, &str, Files)] = &[
    (
        "upwards",
        "store must not name queue",
        &[("src/store/a.rs", "use crate::queue::Entry;"), ("src/queue/mod.rs", "pub struct Entry;")],
    ),
    (
        "sideways",
        "queue must not name wallet",
        &[("src/queue/a.rs", "fn f() { crate::wallet::b::g() }"), ("src/wallet/b.rs", "fn g() {}")],
    ),
    (
        "by a name that was taken before",
        "store must not name top",
        &[("src/store/a.rs", "use crate::top;\nfn f() { top::g() }"), ("src/top.rs", "fn g() {}")],
    ),
    (
        "by another name",
        "src/store/a.rs -> src/queue/b.rs",
        &[
            ("src/store/a.rs", "use crate::queue as q;\nfn f() { q::b::g() }"),
            ("src/queue/b.rs", ""),
            ("src/queue/mod.rs", "mod b;"),
        ],
    ),
    (
        "upwards by super",
        "store must not name queue",
        &[("src/store/a.rs", "use super::super::queue::Entry;"), ("src/queue/mod.rs", "pub struct Entry;")],
    ),
    (
        "the library by the program's name for it",
        "attic has no floor",
        &[("src/main.rs", "fn main() { boxoffice::attic::run() }"), ("src/attic.rs", "pub fn run() {}")],
    ),
    (
        "a circle",
        "a circle of files",
        &[
            ("src/queue/a.rs", "use crate::queue::b::B;"),
            ("src/queue/b.rs", "use crate::queue::{c};"),
            ("src/queue/c.rs", "use crate::queue::a;"),
        ],
    ),
    (
        "a circle by super and self",
        "a circle of files",
        &[
            ("src/queue/mod.rs", "mod a; mod b;"),
            ("src/queue/a.rs", "use super::{b::B};"),
            ("src/queue/b.rs", "mod c; fn f() { super::a::g(); }"),
        ],
    ),
    (
        "a circle through the page",
        "a circle of files",
        &[
            ("src/queue/mod.rs", "mod a; mod b; pub use a::A;"),
            ("src/queue/a.rs", "use crate::queue::b::B; pub struct A;"),
            ("src/queue/b.rs", "use crate::queue::A; pub struct B;"),
        ],
    ),
    (
        "a circle through two pages that hand on",
        "a circle of files",
        &[
            ("src/queue/mod.rs", "mod c; mod b; pub use c::{A as Z};"),
            ("src/queue/c/mod.rs", "mod a; pub(super) use self::a::A;"),
            ("src/queue/c/a.rs", "use crate::queue::b::B; pub struct A;"),
            ("src/queue/b.rs", "use super::Z; pub struct B;"),
        ],
    ),
    (
        "a page with something of its own, and its child",
        "a circle of files",
        &[
            ("src/queue.rs", "mod a; pub use a::A; pub struct Entry;"),
            ("src/queue/a.rs", "use super::Entry; pub struct A;"),
        ],
    ),
    (
        "a page that uses its child by its bare name",
        "a circle of files",
        &[("src/queue/mod.rs", "mod a; fn f() { a::g() }"), ("src/queue/a.rs", "fn g() { super::f() }")],
    ),
    (
        "an arrow in the code after a test",
        "store must not name top",
        &[("src/store/a.rs", "#[cfg(test)]\nuse x::y;\nuse crate::top::f;"), ("src/top.rs", "fn f() {}")],
    ),
    (
        "folders",
        "a circle of what stands in src/queue: {\"a\", \"b\"}",
        &[
            ("src/queue/a/up.rs", "use crate::queue::b::down;"),
            ("src/queue/a/down.rs", ""),
            ("src/queue/b/up.rs", "use crate::queue::a::down;"),
            ("src/queue/b/down.rs", ""),
        ],
    ),
    (
        "a folder and a file beside it",
        "a circle of what stands in src/queue: {\"a\", \"facts.rs\"}",
        &[
            ("src/queue/a/up.rs", "use crate::queue::facts::F;"),
            ("src/queue/a/down.rs", ""),
            ("src/queue/facts.rs", "use crate::queue::a::down;"),
        ],
    ),
    ("no floor", "attic has no floor", &[("src/attic.rs", "use crate::store::Tx;")]),
    (
        "modules of the pages",
        "a circle of files",
        &[
            ("src/pages/web/door/a.js", "import { b } from '../b.js';"),
            ("src/pages/web/b.js", "const a = await import('./door/a.js');"),
        ],
    ),
];
