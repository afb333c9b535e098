//! Every statement of every subject finds its rows by a key or an index: none walks a table that grows, or others would wait
//! for it the longer the more was sold; and each is prepared once. Read from the sources, planned by SQLite on the schema
//! itself.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, StatementStatus};

/// Tables that stay small, or are read whole for what they are.
const SMALL: &[&str] =
    &["office", "setting", "former_ticket_key", "venue", "hall", "concert", "queue", "staff", "webhook"];

/// Statements that walk a table on purpose: how they end, and why they may.
const WALKS: &[(&str, &str)] = &[
    ("held_until FROM hold", "all holds there are, once at the start"),
    ("FROM waitlist_entry WHERE status IN ('waiting', 'offered')", "all who are on a waitlist, once at the start"),
    ("EXISTS (SELECT 1 FROM performance_price)", "it stops at the first row"),
    ("EXISTS (SELECT 1 FROM posting)", "it stops at the first row"),
    ("ORDER BY record_key LIMIT ?2 + 0) AND created_at <= ?1", "the oldest answers first, and so many only"),
    ("state = 'waiting' AND attempts >= 3 LIMIT 100)", "an index of those in trouble alone, and a hundred of them"),
    ("done_at > ?1 LIMIT 100))", "the same of mails"),
];

fn statement_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            // `verify` looks at everything there is, on purpose and on a connection of its own.
            if !entry.ends_with("verify") {
                statement_files(&entry, found);
            }
        } else if entry.file_name().is_some_and(|name| name == "sql.rs" || name == "sequence.rs") {
            found.push(entry);
        }
    }
}

/// The texts of a source file, each with the code before it. Comments are left out.
fn texts(source: &str) -> Vec<(String, String)> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n");
    let mut texts = Vec::new();
    let mut rest = code.as_str();
    while let Some((before, after)) = rest.split_once('"') {
        let mut end = 0;
        while !after[end..].starts_with('"') {
            end +=
                if after[end..].starts_with('\\') { 2 } else { after[end..].chars().next().map_or(1, char::len_utf8) };
        }
        // A backslash at a line's end swallows the blanks that follow.
        let text = after[..end].split("\\\n").map(str::trim_start).collect::<Vec<_>>().join("");
        texts.push((before.to_owned(), text));
        rest = &after[end + 1..];
    }
    texts
}

/// The statements of a source file; a macro's part is put before what it is called with.
fn statements(source: &str) -> Vec<String> {
    let mut macros: Vec<(String, String)> = Vec::new();
    let mut statements = Vec::new();
    for (before, text) in texts(source) {
        if let Some((_, defined)) = before.rsplit_once("macro_rules! ") {
            let name = defined.split_whitespace().next().unwrap_or_default();
            macros.push((format!("{name}!"), text));
            continue;
        }
        let called = macros.iter().find(|(name, _)| before.trim_end().ends_with(&format!("{name}(")));
        if let Some((_, prefix)) = called {
            statements.push(format!("{prefix}{text}"));
        } else if before.trim() == "," && !macros.is_empty() && statements.is_empty() {
            // The next piece of the macro's `concat!`.
            macros.last_mut().unwrap().1.push_str(&text);
        } else if ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|verb| text.starts_with(verb)) {
            statements.push(text);
        }
    }
    statements
}

/// The steps of SQLite's plan that walk a table that may grow.
fn walks(schema: &Connection, statement: &str) -> Vec<String> {
    let mut plan = schema
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    let unbound = plan.parameter_count();
    (1..=unbound).for_each(|at| plan.raw_bind_parameter(at, 1).unwrap());
    let mut rows = plan.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get(3).unwrap();
        let is_walk = step.strip_prefix("SCAN ").is_some_and(|of| {
            let table = of.split(' ').next().unwrap_or_default();
            // What a subquery walks is a step of its own.
            table != "CONSTANT" && !table.starts_with("(subquery-") && !SMALL.contains(&table)
        });
        if is_walk || step.contains("AUTOMATIC") {
            found.push(step);
        }
    }
    found
}

fn schema() -> Connection {
    let schema = Connection::open_in_memory().unwrap();
    let mut migrations: Vec<_> =
        std::fs::read_dir(root("migrations")).unwrap().map(|file| file.unwrap().path()).collect();
    migrations.sort();
    migrations.iter().for_each(|file| schema.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap());
    schema
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// SQLite plans by the number that stands bound at a bare `LIMIT ?`, and therefore prepares the statement anew whenever it
/// is bound: ten times the cost of asking. `LIMIT ?1 + 0` says the same without telling the planner.
fn binds_a_bare_limit(statement: &str) -> bool {
    let limits = statement.match_indices("LIMIT ?").map(|(at, limit)| &statement[at + limit.len()..]);
    limits.map(|number| number.trim_start_matches(|c: char| c.is_ascii_digit())).any(|rest| !rest.starts_with(" + 0"))
}

#[test]
fn no_statement_walks_a_table_that_grows() {
    let (schema, mut files) = (schema(), Vec::new());
    statement_files(&root("src"), &mut files);
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in files {
        for statement in statements(&std::fs::read_to_string(&file).unwrap()) {
            seen += 1;
            if binds_a_bare_limit(&statement) {
                wrong.push(format!("{}: prepared anew at each use: {statement}", file.display()));
            }
            let on_purpose = WALKS.iter().any(|(end, _)| statement.ends_with(end));
            let walks = walks(&schema, &statement);
            if !walks.is_empty() && !on_purpose {
                wrong.push(format!("{}: {walks:?}: {statement}", file.display()));
            }
        }
    }
    assert!(seen > 60, "the statements were not found: {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Indexes that find much for one key: whoever has worked at the counter for a season wrote most of the log.
const OF_MUCH: &[&str] = &["audit_of_staff", "posting_of_staff"];

/// The steps of a plan that walk one thing, or much of it, for each row of another. An index that SQLite makes on the way is no
/// walk: it costs one for all.
fn walks_within_walks(schema: &Connection, statement: &str) -> Vec<String> {
    let mut plan = schema
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    let unbound = plan.parameter_count();
    (1..=unbound).for_each(|at| plan.raw_bind_parameter(at, 100).unwrap());
    let mut rows = plan.raw_query();
    let (mut walked, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(row) = rows.next().unwrap() {
        let (parent, step): (i64, String) = (row.get(1).unwrap(), row.get(3).unwrap());
        let is_walk = step.starts_with("SCAN ") && !step.contains("VIRTUAL TABLE") && !step.contains("CONSTANT");
        let finds_much = OF_MUCH.iter().any(|index| step.split(' ').any(|word| word == *index));
        if (is_walk || finds_much) && !walked.insert(parent) {
            found.push(step);
        }
    }
    found
}

#[test]
fn no_law_is_checked_by_walks_within_walks() {
    let files = ["src/verify/sql.rs", "src/verify/places/sql.rs", "src/verify/desk/sql.rs"];
    let sources = files.map(|file| std::fs::read_to_string(root(file)).unwrap());
    let (schema, mut wrong) = (schema(), Vec::new());
    let statements: Vec<_> = sources.iter().flat_map(|source| statements(source)).collect();
    for statement in &statements {
        if binds_a_bare_limit(statement) {
            wrong.push(format!("planned for few rows: {statement}"));
        }
        let walks = walks_within_walks(&schema, statement);
        if !walks.is_empty() {
            wrong.push(format!("{walks:?}: {statement}"));
        }
    }
    assert!(statements.len() > 45, "the checks were not found: {}", statements.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let nested = "SELECT 1 FROM ticket t LEFT JOIN payment p ON p.amount > t.price";
    assert_eq!(walks_within_walks(&schema, nested).len(), 1, "no index helps");
    let one_by_one =
        "SELECT 1 FROM refund r LEFT JOIN (SELECT staff_key, json_extract(after, '$.id') AS id FROM audit) a
                      ON a.staff_key = r.staff_key AND a.id = r.id";
    assert_eq!(walks_within_walks(&schema, one_by_one).len(), 1, "an index of who did it helps little");
}

#[test]
fn a_bare_limit_is_prepared_anew() {
    let schema = schema();
    let prepared_anew = |limit: &str| {
        let statement = format!("SELECT ordinal FROM queue_entry WHERE concert_key = ?1 LIMIT {limit}");
        let mut asked = schema.prepare(&statement).unwrap();
        for bound in 1..4 {
            assert!(!asked.exists([1, bound]).unwrap());
        }
        (asked.get_status(StatementStatus::RePrepare) > 0, binds_a_bare_limit(&statement))
    };
    assert_eq!((prepared_anew("?2"), prepared_anew("?2 + 0")), ((true, true), (false, false)));
}

#[test]
fn a_walk_is_seen() {
    let schema = schema();
    let sweep =
        "DELETE FROM session WHERE secret_hash IN (SELECT secret_hash FROM session WHERE created_at <= ?1 LIMIT ?2)";
    assert_eq!(walks(&schema, sweep).len(), 1, "no index on when a session was made");
    assert_eq!(walks(&schema, "SELECT count(*) FROM queue_entry e GROUP BY status").len(), 1);
    assert_eq!(
        walks(&schema, "SELECT 1 FROM queue_entry WHERE concert_key = ?1 AND ordinal = ?2"),
        Vec::<String>::new()
    );
    let source = "macro_rules! of {\n ($rest:literal) => { concat!(\n \"SELECT a \",\n \"FROM b \",\n $rest) };\n}\n\
                  // \"SELECT c\"\nf(of!(\"WHERE d\"), \"e\", \"DELETE FROM f\")";
    assert_eq!(statements(source), ["SELECT a FROM b WHERE d", "DELETE FROM f"]);
}
