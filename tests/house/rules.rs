//! The rules that stand on single files, each with samples that break it and samples that only look so.

use std::sync::OnceLock;

use crate::source::{Source, code, sources, strings};

/// A rule of the house.
pub struct Rule {
    pub says: &'static str,
    /// What breaks the rule in this file.
    pub breaches: fn(&Source) -> Vec<String>,
    pub broken_by: &'static [(&'static str, &'static str)],
    pub kept_by: &'static [(&'static str, &'static str)],
}

/// Where code may wait: what speaks to the network, and what stands between it and the store.
const ASYNC: &[&str] = &[
    "src/app.rs",
    "src/cli/",
    "src/run.rs",
    "src/client.rs",
    "src/leader.rs",
    "src/outbound.rs",
    // Waits for a commit of another node.
    "src/standing.rs",
    "src/demo.rs",
    "src/http/",
    "src/jobs/",
    "src/office.rs",
    "src/picture/schedule.rs",
    "src/rehearse/",
    "src/server/",
    // What speaks to PostgreSQL.
    "src/store/book/",
    "src/store/mod.rs",
    "src/store/readers.rs",
    "src/store/writer.rs",
    // Whoever needs a commit waits until it is applied.
    "src/standing.rs",
    // Hashing waits for its turn off the async threads; the post waits for the mail server;
    // streams, sleepers and whoever loads memory wait for a change.
    "src/account/hashers.rs",
    "src/account/password.rs",
    "src/mail/post.rs",
    // Payment providers are asked over the network; one has its page here.
    "src/checkout/providers/",
    "src/checkout/settle.rs",
    "src/checkout/sent_back.rs",
    "src/pages/fake_provider.rs",
    "src/queue/line.rs",
    "src/queue/lines.rs",
    "src/queue/listener.rs",
    "src/queue/stream.rs",
    "src/reservation/seat_maps.rs",
    "src/visit/due.rs",
    "src/waitlist/due.rs",
];

/// What may know HTTP, beside the subjects' own `api.rs` and what stands beside it.
const HTTP: &[&str] = &[
    "src/http/",
    "src/pages/",
    "src/server/",
    "src/app.rs",
    "src/cli/",
    "src/run.rs",
    "src/client.rs",
    "src/rehearse/",
];

/// What may ask for the time by itself: the clock, and what measures how long something took.
const TIME: &[&str] = &[
    "src/clock/machine.rs",
    // Says an instant as the system's libraries have it; looks at no clock.
    "src/clock/time.rs",
    "src/server/around.rs",
    // Deadlines of connections.
    "src/leader.rs",
    "src/server/places.rs",
    "src/reservation/shared_copy.rs",
    "src/account/hashers.rs",
    "src/store/group.rs",
    "src/rehearse/",
];

const RANDOMNESS: &[&str] = &["src/entropy.rs", "src/rehearse/"];

/// A reader keeps no more in mind.
const MOST_LINES: usize = 450;

pub const RULES: &[Rule] = &[
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
        says: "rusqlite is named only in the store and where types become columns",
        breaches: |file| {
            unless(file, &["src/store/", "src/column.rs"], || {
                words(file, &["rusqlite", "r2d2", "r2d2_sqlite", "refinery"])
            })
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
            let own: Vec<_> = file.path.split('/').skip(1).collect();
            let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let named = code.match_indices("::sql").filter(|(at, name)| is_whole(&code[at + name.len()..]));
            let before = named.map(|(at, _)| &code[..at]);
            let features = before.map(|before| before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
            let foreign = features
                .flatten()
                .filter(|feature| !own.contains(feature) && !["self", "super", "usesuper"].contains(feature));
            let public = ["pubmodsql;", "pub(crate)modsql;"].into_iter().filter(|public| code.contains(public));
            foreign.chain(public).map(str::to_owned).collect()
        },
        broken_by: &[
            ("src/payment/domain.rs", "use crate::wallet::sql;"),
            ("src/payment/domain.rs", "wallet::sql::debit(tx)"),
            ("src/payment/mod.rs", "pub mod sql;"),
            ("src/catalog/domain.rs", "use crate::catalog::hall::sql;"),
        ],
        kept_by: &[
            ("src/wallet/domain.rs", "use crate::wallet::sql; sql::debit(tx);"),
            ("src/wallet/fees/domain.rs", "use super::sql; sql::debit(tx);"),
            ("src/catalog/hall/domain.rs", "use crate::catalog::hall::sql;"),
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
            ("src/payment/sql.rs", "f(\"UPDATE wallet SET anchor_posting_key = 0\")"),
            ("src/queue/sql.rs", "f(\"SELECT 1 FROM queue_entry\\n JOIN account USING (user_key)\")"),
            ("src/account/sql.rs", "f(\"INSERT INTO setting (name) VALUES (?1)\")"),
        ],
        kept_by: &[
            ("src/wallet/sql.rs", "f(\"UPDATE wallet SET anchor_posting_key = 0\")"),
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
            ("src/queue/desk_api.rs", "async fn f() {}"),
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
        kept_by: &[
            ("src/clock/machine.rs", "SystemTime::now()"),
            ("src/app.rs", "let t = clock.now(); // Instant::now()"),
        ],
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
        says: "a module of the pages opens by saying what it is for, and has at most 450 lines",
        breaches: |file| {
            let lines = file.text.lines().count();
            let opens = file.text.starts_with("// ") || file.path.ends_with(".css") && file.text.starts_with("/* ");
            let breach =
                if lines > MOST_LINES { Some(format!("{lines} lines")) } else { (!opens).then(|| "no comment".into()) };
            if is_of_pages(file) { breach.into_iter().collect() } else { vec![] }
        },
        broken_by: &[
            ("src/pages/web/a.js", "export const a = 1;"),
            ("src/pages/web/b.css", "a {}"),
            ("src/pages/web/c.js", TOO_LONG),
        ],
        kept_by: &[
            ("src/pages/web/a.js", "// What it is for."),
            ("src/pages/web/b.css", "/* What it is for. */"),
            ("src/pages/web/vendor/x/x.js", "const a=1"),
        ],
    },
    Rule {
        says: "no script, style or handler stands inside a page's markup",
        breaches: |file| {
            if is_of_pages(file) || file.path.starts_with("src/pages/") && file.path.ends_with(".html") {
                inline(&file.text)
            } else {
                vec![]
            }
        },
        broken_by: &[
            ("src/pages/web/a.js", "html`<p style=\"color: red\">`"),
            ("src/pages/web/a.js", "html`<a onclick=${f}>`"),
            ("src/pages/shell.html", "<script>let a = 1;</script>"),
            ("src/pages/shell.html", "<style>a {}</style>"),
            ("src/pages/web/a.js", "element.innerHTML = text"),
        ],
        kept_by: &[
            ("src/pages/web/a.js", "html`<a @click=${f} class=\"on\">`; const style = one = 2;"),
            ("src/pages/shell.html", "<script type=\"module\" src=\"web/a.js\"></script>"),
        ],
    },
    Rule {
        says: "the pages' modules import each other by relative addresses, and nothing else",
        breaches: |file| if is_of_pages(file) { foreign_imports(&file.text) } else { vec![] },
        broken_by: &[
            ("src/pages/web/a.js", "import { html } from 'lit-html';"),
            ("src/pages/web/a.js", "const b = await import('https://example.org/b.js');"),
            ("src/pages/web/a.js", "import '/web/b.js';"),
        ],
        kept_by: &[(
            "src/pages/web/a.js",
            "import { html } from '../vendor/lit-html/lit-html.js';\nimport './b.js';\nimport('./c.js'); // import 'x'",
        )],
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

/// Written by hand for the browser.
fn is_of_pages(file: &Source) -> bool {
    let written = file.path.ends_with(".js") || file.path.ends_with(".css");
    written && file.path.starts_with("src/pages/") && !file.path.contains("/vendor/")
}

/// Code or style inside markup, and what would make markup of text.
fn inline(text: &str) -> Vec<String> {
    let scripts = text.split("<script").skip(1).filter(|rest| !rest.split('>').next().unwrap_or("").contains(" src="));
    let mut found: Vec<_> = scripts.map(|_| "<script> without src".to_owned()).collect();
    for word in ["<style", " style=", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        // `style =` of a program is none of markup.
        found.extend(text.contains(word).then(|| word.to_owned()));
    }
    let handlers = text.split(" on").skip(1).filter_map(|rest| rest.split_once('='));
    let is_handler = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase());
    found.extend(handlers.filter(|(name, _)| is_handler(name)).map(|(name, _)| format!("on{name}=")));
    found
}

/// What is imported otherwise than by a relative address.
fn foreign_imports(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
    let lines = lines.map(|line| line.split(" // ").next().unwrap_or_default());
    let marks = ["from '", "import '", "import('"];
    let after = lines.flat_map(|line| marks.iter().filter_map(move |mark| Some(line.split_once(mark)?.1)));
    after.filter(|address| !address.starts_with('.')).map(|address| format!("imports {address}")).collect()
}

/// The breaches, unless the file is one of those that may.
fn unless(file: &Source, may: &[&str], breaches: impl FnOnce() -> Vec<String>) -> Vec<String> {
    let is = |allowed: &&str| {
        if allowed.ends_with(".rs") { file.path == **allowed } else { file.path.starts_with(*allowed) }
    };
    if may.iter().any(is) { vec![] } else { breaches() }
}

/// A subject's HTTP: its addresses, what it looks like on the wire, who may pass, and what is followed.
fn is_api(file: &Source) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    name.ends_with("_api.rs") || ["api.rs", "views.rs", "gate.rs", "auth.rs", "stream.rs"].contains(&name)
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
