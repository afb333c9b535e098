//! What is there at a mark: rows, what memory keeps, open files, bytes; and whether it is flat, or grows as the books do.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::season::LOG_BYTES;

/// Rows that are forgotten once they are over; all others are the venue's books.
const FORGOTTEN: [&str; 9] = [
    "session",
    "account_link",
    "desk_session",
    "idempotency",
    "hold",
    "mail",
    "webhook_message",
    "webhook_delivery",
    "queue_turn",
];

/// One mark.
pub struct Measured {
    concerts: u32,
    memory_kb: u64,
    file_bytes: u64,
    wal_bytes: u64,
    rows: BTreeMap<String, u64>,
    kept: BTreeMap<String, u64>,
}

/// Memory that is nobody else's: what the allocator has from the system.
pub fn anonymous_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("RssAnon")).expect("the figure");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number")
}

fn rows(data: &Path) -> BTreeMap<String, u64> {
    let file = Connection::open_with_flags(data, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the data file opens");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = file.prepare(tables).expect("a statement");
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).expect("tables");
    let tables: Vec<String> = tables.map(|name| name.expect("a name")).collect();
    let count =
        |table: &String| file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
    tables.iter().map(|table| (table.clone(), count(table).expect("a count").unsigned_abs())).collect()
}

impl Measured {
    pub fn of(concerts: u32, data: &Path, memory_kb: u64, memory: &[(&str, u64)]) -> Self {
        let bytes = |end: &str| std::fs::metadata(format!("{}{end}", data.display())).map_or(0, |file| file.len());
        let open = std::fs::read_dir("/proc/self/fd").expect("Linux").count() as u64;
        let kept = memory.iter().copied().chain([("open files", open)]);
        let kept = kept.map(|(name, count)| (name.to_owned(), count)).collect();
        Self { concerts, memory_kb, file_bytes: bytes(""), wal_bytes: bytes("-wal"), rows: rows(data), kept }
    }

    /// What is counted: flat, or the same for each concert.
    pub fn counted(early: &Self, middle: &Self, late: &Self) -> Vec<String> {
        // What lives at one moment depends on chance; it does not depend on how many there have been.
        const CHANCE: u64 = 40;
        let mut complaints = Vec::new();
        for table in ["payment", "check_in", "refund"] {
            if late.rows[table] == 0 {
                complaints.push(format!("no {table}: the season shows nothing"));
            }
        }
        let mut flat = |name: &str, at: [u64; 3]| {
            let [early, middle, late] = at;
            if late > early.max(middle) * 5 / 4 + CHANCE {
                complaints.push(format!("{name} grows: {early}, {middle}, {late}"));
            }
        };
        for (name, late) in &late.kept {
            flat(name, [early.kept[name], middle.kept[name], *late]);
        }
        for (table, late) in late.rows.iter().filter(|(table, _)| FORGOTTEN.contains(&table.as_str())) {
            flat(table, [early.rows[table], middle.rows[table], *late]);
        }
        for (table, end) in late.rows.iter().filter(|(table, _)| !FORGOTTEN.contains(&table.as_str())) {
            let (before, after) = (
                middle.rows[table] - early.rows[table].min(middle.rows[table]),
                end.saturating_sub(middle.rows[table]),
            );
            if after > before * 5 / 4 + CHANCE {
                complaints.push(format!("{table} grows faster: {before} rows, then {after} for as many concerts"));
            }
        }
        complaints
    }

    /// Bytes: memory flat, the log flat, the file by the same for each concert.
    pub fn bytes(early: &Self, middle: &Self, late: &Self) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut at_most = |what: &str, most: f64, got: f64| {
            println!("{what}: {got:.2}, at most {most}");
            if got > most {
                complaints.push(format!("{what}: {got:.2}, more than {most}"));
            }
        };
        let memory = |of: &Self| of.memory_kb as f64;
        // SQLite's page caches, of the writer and of each reader, hold more of the file as it grows, up to a bound.
        at_most("memory at the end ÷ at 20 %", 1.35, memory(late) / memory(early));
        at_most("memory at the end ÷ at 60 %", 1.1, memory(late) / memory(middle));
        // Somebody may look at an old state at this very moment.
        at_most("the log ÷ what is kept of it", 3.0, late.wal_bytes as f64 / LOG_BYTES as f64);
        let grown =
            |from: &Self, to: &Self| (to.file_bytes - from.file_bytes) as f64 / f64::from(to.concerts - from.concerts);
        at_most("the file's growth by a concert, late ÷ early", 1.1, grown(middle, late) / grown(early, middle));
        complaints
    }

    /// All three side by side, with every table that has rows.
    pub fn table(early: &Self, middle: &Self, late: &Self) -> String {
        let marks = [early, middle, late];
        let line = |name: &str, of: &dyn Fn(&Self) -> u64| {
            let figures = marks.map(|mark| format!("{:>10}", of(mark))).join(" ");
            format!("{name:<24}{figures}\n")
        };
        let mut table = line("concerts", &|mark| u64::from(mark.concerts));
        for name in late.kept.keys() {
            table += &line(name, &|mark| mark.kept[name]);
        }
        for name in late.rows.keys().filter(|name| late.rows[*name] > 0) {
            let forgotten = if FORGOTTEN.contains(&name.as_str()) { "" } else { " (books)" };
            table += &line(&format!("{name}{forgotten}"), &|mark| mark.rows[name]);
        }
        table
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        write!(
            f,
            "after {} concerts: memory {:.1} MB, data file {:.1} MB, log {:.1} MB",
            self.concerts,
            megabytes(self.memory_kb * 1024),
            megabytes(self.file_bytes),
            megabytes(self.wal_bytes)
        )
    }
}
