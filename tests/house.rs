//! The rules of the house (see `src/lib.rs`) that neither the compiler nor clippy can keep, checked on the sources.
//!
//! Each rule stands with samples that break it and samples that only look so, so that a rule which sees nothing fails.
#![allow(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A file of the repository.
struct Source {
    /// From the repository's root, with `/`.
    path: String,
    text: String,
}

struct Rule {
    says: &'static str,
    /// What breaks the rule in this file.
    breaches: fn(&Source) -> Vec<String>,
    broken_by: &'static [(&'static str, &'static str)],
    kept_by: &'static [(&'static str, &'static str)],
}

/// Where code may wait: what speaks to the network, and what stands between it and the store.
const ASYNC: &[&str] = &[
    "src/app.rs",
    "src/cli.rs",
    "src/client.rs",
    "src/clockwork.rs",
    "src/demo.rs",
    "src/http/",
    "src/server/",
    "src/rehearse/",
    "src/store/mod.rs",
    "src/store/readers.rs",
    "src/store/writer.rs",
    // Hashing waits for its turn off the async threads; streams and sleepers wait for a change.
    "src/account/password.rs",
    "src/live.rs",
    "src/queue/listener.rs",
    "src/queue/stream.rs",
];

/// What may know HTTP, beside the features' own `api.rs`.
const HTTP: &[&str] =
    &["src/http/", "src/server/", "src/app.rs", "src/cli.rs", "src/client.rs", "src/queue/stream.rs", "src/rehearse/"];

/// What may ask for the time by itself: the clock, and what measures how long something took.
const TIME: &[&str] = &[
    "src/clock.rs",
    "src/server/around.rs",
    // Deadlines of connections.
    "src/server/places.rs",
    "src/reservation/compressed.rs",
    "src/store/group.rs",
    "src/rehearse/",
];

const RANDOMNESS: &[&str] = &["src/entropy.rs", "src/rehearse/"];

/// A reader keeps no more in mind.
const MOST_LINES: usize = 450;

const RULES: &[Rule] = &[
    Rule {
        says: "every file opens by saying what it is for (`//!`)",
        breaches: |file| {
            let opens = file.text.starts_with("//! ") || !file.path.ends_with(".rs");
            if opens { vec![] } else { vec!["it opens without //!".to_owned()] }
        },
        broken_by: &[("src/a.rs", "use x;\n//! Too late"), ("tests/a.rs", "// A plain comment"), ("src/b.rs", "")],
        kept_by: &[("src/a.rs", "//! What it is for.\n"), ("README.md", "# A title")],
    },
    Rule {
        says: "rusqlite is named only in the store",
        breaches: |file| {
            unless(file, &["src/store/"], || words(file, &["rusqlite", "r2d2", "r2d2_sqlite", "refinery"]))
        },
        broken_by: &[
            ("src/queue/sql.rs", "use rusqlite::Row;"),
            ("src/lib.rs", "fn f(c: &rusqlite :: Connection) {}"),
            ("src/app.rs", "type P = r2d2::Pool<M>;"),
        ],
        kept_by: &[
            ("src/store/tx.rs", "use rusqlite::Row;"),
            ("src/queue/sql.rs", "// rusqlite is named elsewhere\nlet a = \"rusqlite\";"),
        ],
    },
    Rule {
        says: "SQL stands only in sql.rs files and in the store",
        breaches: |file| {
            let may = file.path.ends_with("/sql.rs") || file.path.starts_with("src/store/");
            if may { vec![] } else { strings(&file.text).into_iter().filter(|text| is_sql(text)).collect() }
        },
        broken_by: &[
            ("src/queue/domain.rs", "tx.one(\"SELECT 1\", [])"),
            ("src/queue/domain.rs", "let q = r#\"\n   UPDATE seat SET state = 'sold'\"#;"),
            ("src/app.rs", "f(\"PRAGMA integrity_check\")"),
            ("src/wallet/mod.rs", "f(\"with t as (select 1) select * from t\")"),
        ],
        kept_by: &[
            ("src/queue/sql.rs", "tx.one(\"SELECT 1\", [])"),
            ("src/store/file.rs", "f(\"VACUUM INTO ?1\")"),
            ("src/queue/domain.rs", "// \"SELECT 1\"\nf(\"Select your seats.\"); f(\"delete\"); f(\"With pleasure\");"),
        ],
    },
    Rule {
        says: "no feature names another feature's sql",
        breaches: |file| {
            let code = code(&file.text).replace(char::is_whitespace, "");
            let own = file.path.split('/').nth(1).unwrap_or_default();
            let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let named = code.match_indices("::sql").filter(|(at, name)| is_whole(&code[at + name.len()..]));
            let before = named.map(|(at, _)| &code[..at]);
            let features = before.map(|before| before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
            let foreign = features.flatten().filter(|feature| ![own, "self", "super"].contains(feature));
            let public = ["pubmodsql;", "pub(crate)modsql;"].into_iter().filter(|public| code.contains(public));
            foreign.chain(public).map(str::to_owned).collect()
        },
        broken_by: &[
            ("src/payment/domain.rs", "use crate::wallet::sql;"),
            ("src/payment/domain.rs", "wallet::sql::debit(tx)"),
            ("src/payment/mod.rs", "pub mod sql;"),
        ],
        kept_by: &[
            ("src/wallet/domain.rs", "use crate::wallet::sql; sql::debit(tx);"),
            ("src/wallet/mod.rs", "//! See `payment::sql`.\nmod sql;"),
            ("src/ids.rs", "use crate::store::sql_newtype;"),
        ],
    },
    Rule {
        says: "no feature touches another's tables",
        breaches: |file| {
            let own = file.path.split('/').nth(1).unwrap_or_default();
            // `verify` checks everybody's rows; it only reads.
            if !file.path.ends_with("/sql.rs") || own == "verify" {
                return vec![];
            }
            let touched = strings(&file.text).into_iter().flat_map(|sql| tables(&sql));
            let owner = |table: &str| owners().iter().find(|(owned, _)| owned == table).map(|(_, owner)| owner.clone());
            touched.filter(|table| owner(table).is_some_and(|owner| owner != own)).collect()
        },
        broken_by: &[
            ("src/payment/sql.rs", "f(\"UPDATE wallet SET balance = 0\")"),
            ("src/queue/sql.rs", "f(\"SELECT 1 FROM queue_entry\\n JOIN user USING (user_key)\")"),
            ("src/account/sql.rs", "f(\"INSERT INTO setting (name) VALUES (?1)\")"),
        ],
        kept_by: &[
            ("src/wallet/sql.rs", "f(\"UPDATE wallet SET balance = 0\")"),
            ("src/keys/sql.rs", "f(\"INSERT INTO setting (name) VALUES (?1)\")"),
            ("src/verify/sql.rs", "f(\"SELECT 1 FROM wallet\")"),
        ],
    },
    Rule {
        says: "below api.rs nothing is async",
        breaches: |file| unless(file, ASYNC, || if is_api(file) { vec![] } else { words(file, &["async", "await"]) }),
        broken_by: &[
            ("src/queue/domain.rs", "pub async fn admit() {}"),
            ("src/wallet/rules.rs", "let x = f().await;"),
            ("src/http_like/mod.rs", "async {}"),
        ],
        kept_by: &[
            ("src/queue/api.rs", "async fn f() {}"),
            ("src/operator/queue_api.rs", "async fn f() {}"),
            ("src/server/routes.rs", "async fn f() {}"),
            ("src/queue/domain.rs", "// never async\nlet asynchronous = \"async\"; /* await */"),
        ],
    },
    Rule {
        says: "below api.rs nothing knows HTTP",
        breaches: |file| {
            let compact = code(&file.text).replace(char::is_whitespace, "");
            let named = ["crate::http", "poem::"].into_iter().filter(|name| compact.contains(name));
            unless(file, HTTP, || if is_api(file) { vec![] } else { named.map(str::to_owned).collect() })
        },
        broken_by: &[
            ("src/queue/domain.rs", "use crate::http::Problem;"),
            ("src/wallet/domain.rs", "use poem::http::StatusCode;"),
        ],
        kept_by: &[
            ("src/wallet/api.rs", "use crate::http::Problem;"),
            ("src/wallet/domain.rs", "#[derive(poem_openapi::Enum)] // crate::http"),
        ],
    },
    Rule {
        says: "time comes from the clock",
        breaches: |file| {
            let asks = code(&file.text).replace(char::is_whitespace, "").contains("::now()");
            unless(file, TIME, || if asks { vec!["::now()".to_owned()] } else { words(file, &["SystemTime"]) })
        },
        broken_by: &[
            ("src/queue/domain.rs", "let t = std::time::Instant::now();"),
            ("src/queue/domain.rs", "let t = Stopwatch :: now ();"),
            ("src/app.rs", "use std::time::SystemTime;"),
            ("src/app.rs", "jiff::Zoned::now()"),
        ],
        kept_by: &[("src/clock.rs", "SystemTime::now()"), ("src/app.rs", "let t = clock.now(); // Instant::now()")],
    },
    Rule {
        says: "randomness comes from entropy",
        breaches: |file| {
            // A socket may be new_v4, an id may not.
            let made = code(&file.text).contains("Uuid::new_v");
            let made = made.then(|| "Uuid::new_v".to_owned());
            unless(file, RANDOMNESS, || words(file, &["rand", "getrandom", "now_v7"]).into_iter().chain(made).collect())
        },
        broken_by: &[("src/queue/draw.rs", "use rand::Rng;"), ("src/ids.rs", "Uuid::new_v4()")],
        kept_by: &[("src/entropy.rs", "rand::rng()"), ("src/ids.rs", "// rand\nlet operand = TcpSocket::new_v4();")],
    },
    Rule {
        says: "a file has at most 450 lines",
        breaches: |file| {
            let lines = file.text.lines().count();
            let too_long = file.path.ends_with(".rs") && lines > MOST_LINES;
            if too_long { vec![format!("{lines} lines")] } else { vec![] }
        },
        broken_by: &[("src/a.rs", TOO_LONG)],
        kept_by: &[("src/a.rs", "fn a() {}"), ("openapi/boxoffice.yaml", TOO_LONG)],
    },
    Rule {
        says: "nothing names a place on somebody's machine",
        breaches: |file| {
            let places = [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];
            places.into_iter().filter(|place| file.text.contains(place)).map(str::to_owned).collect()
        },
        broken_by: &[("README.md", concat!("cd /ho", "me/someone/boxoffice"))],
        kept_by: &[("README.md", "cd boxoffice; ls target/release; curl localhost:8080/docs/")],
    },
];

const TOO_LONG: &str = {
    const LINES: [u8; MOST_LINES + 1] = [b'\n'; MOST_LINES + 1];
    match std::str::from_utf8(&LINES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

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
    everywhere || file.path.starts_with("src/")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of the repository but the licences and the lock.
fn sources() -> Vec<Source> {
    const KINDS: &[&str] = &["rs", "md", "toml", "sql", "yaml", "yml", "json", "sh", "mjs", "html", "run", "browser"];
    let (mut folders, mut sources) = (vec![root()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            if path.is_dir() {
                if !["target", ".git", "node_modules"].contains(&name) {
                    folders.push(path);
                }
            } else if KINDS.contains(&name.rsplit('.').next().unwrap_or_default()) {
                let text = std::fs::read_to_string(&path).expect("text");
                sources.push(Source { path: relative(&path), text });
            }
        }
    }
    sources
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("inside the repository");
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The breaches, unless the file is one of those that may.
fn unless(file: &Source, may: &[&str], breaches: impl FnOnce() -> Vec<String>) -> Vec<String> {
    let is =
        |allowed: &&str| if allowed.ends_with('/') { file.path.starts_with(*allowed) } else { file.path == **allowed };
    if may.iter().any(is) { vec![] } else { breaches() }
}

fn is_api(file: &Source) -> bool {
    file.path.ends_with("/api.rs") || file.path.ends_with("_api.rs")
}

/// Which of these words the file's code has.
fn words(file: &Source, wanted: &[&str]) -> Vec<String> {
    let code = code(&file.text);
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut found: Vec<_> = words.filter(|word| wanted.contains(word)).map(str::to_owned).collect();
    found.dedup();
    found
}

/// A statement, as against a sentence: a verb of SQL in capitals or followed by another word of SQL.
fn is_sql(text: &str) -> bool {
    const VERBS: &[&str] =
        &["SELECT", "INSERT", "UPDATE", "DELETE", "PRAGMA", "CREATE", "DROP", "ALTER", "VACUUM", "WITH"];
    const SECOND: &[&str] = &[" FROM ", " INTO ", " SET ", " AS (", " TABLE "];
    let first = text.split_whitespace().next().unwrap_or_default();
    let upper = text.to_uppercase();
    let more = text.split_whitespace().nth(1).is_some();
    more && (VERBS.contains(&first)
        || VERBS.contains(&first.to_uppercase().as_str()) && SECOND.iter().any(|second| upper.contains(second)))
}

/// Each table with the feature whose heading it stands under in the migrations.
fn owners() -> &'static [(String, String)] {
    static OWNERS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    OWNERS.get_or_init(|| {
        let (mut owners, mut feature) = (Vec::new(), "keys");
        let migrations = sources().into_iter().filter(|file| file.path.starts_with("migrations/"));
        let text: String = migrations.map(|file| file.text).collect();
        for line in text.lines() {
            if let Some((heading, _)) = line.strip_prefix("-- ").and_then(|line| line.split_once(" ----")) {
                feature = if heading == "catalogue" { "catalog" } else { heading };
            } else if let Some(table) = line.strip_prefix("CREATE TABLE ") {
                let table = table.split([' ', '(']).next().unwrap_or_default();
                owners.push((table.to_owned(), feature.to_owned()));
            }
        }
        assert!(owners.len() >= 15, "the migrations' headings were not understood: {owners:?}");
        owners
    })
}

/// The names that follow a word after which SQL names a table.
fn tables(sql: &str) -> Vec<String> {
    let sql = sql.replace("\\n", " ");
    let words: Vec<_> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let names = words.windows(2).filter(|pair| ["FROM", "JOIN", "INTO", "UPDATE"].contains(&pair[0]));
    names.map(|pair| pair[1].to_owned()).collect()
}

/// What a scan of Rust text tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Text,
}

/// The code alone: no comments, and nothing inside quotation marks.
fn code(text: &str) -> String {
    scan(text).into_iter().filter(|(part, _)| *part == Part::Code).map(|(_, piece)| piece).collect()
}

/// What stands between quotation marks.
fn strings(text: &str) -> Vec<String> {
    scan(text).into_iter().filter(|(part, _)| *part == Part::Text).map(|(_, piece)| piece).collect()
}

/// Splits Rust text into code, comments and texts. Block comments do not nest here; rustfmt writes none.
fn scan(text: &str) -> Vec<(Part, String)> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    let mut code = String::new();
    while let Some(next) = rest.chars().next() {
        let raw_hashes = rest.strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
        let is_raw = raw_hashes.is_some_and(|hashes| rest[1 + hashes..].starts_with('"'))
            && !code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (part, length) = if rest.starts_with("//") {
            (Part::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Part::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2))
        } else if is_raw {
            let hashes = raw_hashes.unwrap_or(0);
            let end = format!("\"{}", "#".repeat(hashes));
            let opened = 2 + hashes;
            (Part::Text, rest[opened..].find(&end).map_or(rest.len(), |at| opened + at + end.len()))
        } else if next == '"' {
            (Part::Text, quoted(rest))
        } else if rest.starts_with("'\"'") || rest.starts_with("b'\"'") {
            (Part::Text, if next == 'b' { 4 } else { 3 })
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        // A blank keeps the words around a comment apart.
        pieces.push((Part::Code, std::mem::take(&mut code) + " "));
        let piece = &rest[..length];
        let inner =
            if part == Part::Text { piece.trim_start_matches(['r', '#']).trim_matches(['"', '#']) } else { piece };
        pieces.push((part, inner.to_owned()));
        rest = &rest[length..];
    }
    pieces.push((Part::Code, code));
    pieces
}

/// How long the text in quotation marks at the start is, marks included.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
