//! The same office on PostgreSQL, with a node that follows (`.ci/cluster`; the environment says where PostgreSQL is): after
//! every step it has the same rows and the same memory, and a restart hands the lead over to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use boxoffice::app::App;
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::{BookSettings, Config, Limits};
use boxoffice::entropy::SeededEntropy;
use boxoffice::ids::Ordinal;
use boxoffice::queue::{Line, Lines};
use boxoffice::reservation::SeatMaps;
use boxoffice::standing::Role;

/// Longer than anything takes that is waited for here.
const LONG: Duration = Duration::from_secs(30);

/// Whether PostgreSQL is used.
pub fn are_used() -> bool {
    std::env::var_os("BOXOFFICE_TEST_PG").is_some()
}

/// Where the offices of this process keep their rows, if that is PostgreSQL.
pub fn book(copy: PathBuf) -> Option<(PathBuf, BookSettings)> {
    static VENUES: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("BOXOFFICE_TEST_PG").ok()?;
    let (process, venue) = (std::process::id(), VENUES.fetch_add(1, Ordering::Relaxed));
    let settings = BookSettings { copy, node_url: None, unreplicated: true };
    Some((format!("{server}?schema=m_{process}_{venue}").into(), settings))
}

/// The nodes of a venue that is kept there.
pub struct Follower {
    pub app: Arc<App>,
    config: Config,
    copies: u32,
}

async fn open(config: &Config, limits: Limits, clock: &ScriptedClock, seed: u64) -> Arc<App> {
    let entropy = Arc::new(SeededEntropy::new(seed));
    App::open_with(config.clone(), limits, Arc::new(clock.clone()), entropy).await.unwrap().app
}

impl Follower {
    /// Beside a leader with this configuration.
    pub async fn of(leader: &Config, limits: Limits, clock: &ScriptedClock, seed: u64, copies: u32) -> Self {
        let mut config = leader.clone();
        config.book.copy = leader.book.copy.with_extension(format!("{copies}.db"));
        let app = open(&config, limits, clock, seed).await;
        assert!(!app.store.standing().leads(), "another leads");
        Self { app, config, copies }
    }

    /// The leader ended: this node leads, and another follows.
    pub async fn lead(self, limits: Limits, clock: &ScriptedClock, seed: u64) -> (Arc<App>, Config, Self) {
        let leads = async { self.app.store.standing().roles().wait_for(|role| *role == Role::Leading).await.map(drop) };
        tokio::time::timeout(LONG, leads).await.expect("it leads in time").expect("a role");
        let next = Self::of(&self.config, limits, clock, seed, self.copies + 1).await;
        (self.app, self.config, next)
    }

    /// Waits until it has all that the leader has.
    pub async fn catch_up(&self, leader: &App) {
        let last = leader.store.standing().applied();
        assert!(self.app.store.standing().reaches(last, LONG).await, "it follows");
    }

    /// What differs from the leader in the file and in memory.
    pub async fn differences(&self, leader: &App, now: Instant) -> Vec<String> {
        self.catch_up(leader).await;
        let mut found = Vec::new();
        if let Some(table) = first_difference(&leader.config.data, &self.app.config.data) {
            found.push(table);
        }
        let (here, there) = (memory(&self.app, now).await, memory(leader, now).await);
        let differing = here.iter().zip(&there).find(|(here, there)| here != there);
        found.extend(differing.map(|(here, there)| format!("memory has {here}, not {there}")));
        if here.len() != there.len() {
            found.push(format!("memory has {} things, not {}", here.len(), there.len()));
        }
        found
    }
}

/// What memory says of every queue, entry and map, in words.
async fn memory(app: &App, now: Instant) -> Vec<String> {
    let mut lines = app.part::<Lines>().all();
    lines.sort_by_key(|line: &Arc<Line>| line.concert);
    let mut said = Vec::new();
    for line in lines {
        let queue = line.queue();
        said.push(format!("{queue:?} {:?}", line.counts()));
        for ordinal in 1..=queue.last_ordinal.0 {
            said.push(format!("{ordinal}: {:?}", line.look(Ordinal(ordinal), now)));
        }
        for map in app.part::<SeatMaps>().of_concert(app, line.concert).await.unwrap().iter() {
            let states = map.states(now);
            let states = String::from_utf8(states.bytes.to_vec()).unwrap();
            // A map that was loaded later begins at a later version.
            let (head, rest) = states.split_once("\"version\":").unwrap();
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            said.push(format!("{head}{rest} {:?} {:?}", map.map.available(now), map.map.performance));
        }
    }
    said
}

/// The first table whose rows differ.
fn first_difference(one: &Path, other: &Path) -> Option<String> {
    let file = rusqlite::Connection::open(one).unwrap();
    file.execute("ATTACH ?1 AS other", [other.to_str().unwrap()]).unwrap();
    let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'refinery_schema_history'";
    let mut tables = file.prepare(tables).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(tables.len() > 40, "{}", tables.len());
    tables.into_iter().find(|table| {
        let differing = format!(
            "SELECT count(*) FROM (SELECT * FROM (SELECT * FROM main.\"{table}\" EXCEPT SELECT * FROM other.\"{table}\")
             UNION ALL SELECT * FROM (SELECT * FROM other.\"{table}\" EXCEPT SELECT * FROM main.\"{table}\"))"
        );
        file.query_row(&differing, [], |row| row.get::<_, u32>(0)).unwrap() > 0
    })
}
