//! Nodes on one book, and the server beneath as an operator sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::Limits;
use boxoffice::entropy::SystemEntropy;
use boxoffice::store::book::{self, Address, BookError, Lead, Seat};
use boxoffice::store::{StartWriter, Store, StoreError, Tx, params};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// What the copies of [`led`] and [`followed`] are called.
pub const LEADER: &str = "leader.db";
pub const FOLLOWER: &str = "follower.db";

/// A schema of its own, and a folder for the copies.
pub struct Venue {
    pub schema: String,
    folder: TempDir,
}

static VENUES: AtomicU32 = AtomicU32::new(0);

impl Venue {
    pub fn new() -> Self {
        let schema = format!("c_{}_{}", std::process::id(), VENUES.fetch_add(1, Ordering::Relaxed));
        Self { schema, folder: tempfile::tempdir().unwrap() }
    }

    pub fn address(&self) -> Address {
        self.address_with("")
    }

    pub fn address_with(&self, more: &str) -> Address {
        Address::parse(Path::new(&self.url(more))).unwrap().unwrap()
    }

    /// By way of this port, unencrypted, so that whoever listens there sees what is said.
    pub fn url_through(&self, port: u16) -> String {
        let server: tokio_postgres::Config = server().parse().unwrap();
        let (user, database) = (server.get_user().unwrap(), server.get_dbname().unwrap());
        format!("postgres://{user}@127.0.0.1:{port}/{database}?schema={}&sslmode=disable", self.schema)
    }

    pub fn address_through(&self, port: u16) -> Address {
        Address::parse(Path::new(&self.url_through(port))).unwrap().unwrap()
    }

    pub fn url(&self, more: &str) -> String {
        format!("{}?schema={}{more}", server(), self.schema)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Leads, or waits until it may.
    pub fn lead(&self) -> Result<Lead, BookError> {
        Lead::stand_by(&self.address(), true, &|_| true)
    }

    /// A node that leads, with its copy under this name.
    pub fn node(&self, name: &str) -> Store {
        self.open(self.lead().unwrap(), name)
    }

    pub fn open(&self, lead: Lead, name: &str) -> Store {
        let (store, writer) = self.load(Seat::Leads(lead), name);
        writer.start(Box::new(|_, _| {}));
        store
    }

    /// A node that leads and is not started yet.
    pub fn begin(&self, name: &str) -> (Store, StartWriter) {
        self.load(Seat::Leads(self.lead().unwrap()), name)
    }

    fn load(&self, seat: Seat, name: &str) -> (Store, StartWriter) {
        let clock = Arc::new(ScriptedClock::at(Instant(1_800_000_000_000)));
        let (limits, entropy) = (Limits::default(), Arc::new(SystemEntropy));
        Store::open_in_book(seat, &self.path(name), &limits, clock, entropy).unwrap()
    }

    /// A node that finds another leading, with its copy loaded; it hears the feed once it is started.
    pub fn follower(&self, name: &str) -> (Store, StartWriter) {
        let seat = Seat::take(&self.address(), true, "http://follower.example").unwrap();
        assert!(matches!(seat, Seat::Follows(_)), "another leads");
        self.load(seat, name)
    }

    /// All rows of a node's copy, table by table.
    pub fn rows(&self, name: &str) -> Vec<String> {
        self.rows_of(&self.path(name))
    }

    /// The same of any data file.
    pub fn rows_of(&self, file: &Path) -> Vec<String> {
        let file = rusqlite::Connection::open(file).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'refinery_schema_history'";
        let mut tables = file.prepare(tables).unwrap();
        let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let of_table = |table: &String| {
            let mut all = file.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let columns = all.column_count();
            let mut rows = all.query([]).unwrap();
            let mut said = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                said.push(format!("{table} {:?}", (0..columns).map(|at| row.get_ref(at).unwrap()).collect::<Vec<_>>()));
            }
            said.sort();
            said
        };
        tables.iter().flat_map(of_table).collect()
    }

    /// What stands in the book.
    pub fn book(&self) -> Vec<i64> {
        let numbers = |path: &Path| {
            let file = rusqlite::Connection::open(path).unwrap();
            let mut all = file.prepare(NUMBERS).unwrap();
            all.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        book::with_copy(&self.address(), numbers).unwrap()
    }

    /// Has the server do something, as its operator.
    pub fn operate(&self, sql: &str) {
        self.as_operator(async |client, sql| client.batch_execute(&sql).await.unwrap(), sql);
    }

    /// A number that the server answers to its operator.
    pub fn ask(&self, sql: &str) -> i64 {
        self.as_operator(async |client, sql| client.query_one(&sql, &[]).await.unwrap().get(0), sql)
    }

    /// On a thread of its own: a test may be inside a runtime.
    fn as_operator<T: Send>(&self, what: impl AsyncFnOnce(&Client, String) -> T + Send, sql: &str) -> T {
        let sql = sql.replace("VENUE", &self.schema);
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&server(), NoTls).await.unwrap();
                tokio::spawn(connection);
                what(&client, sql).await
            })
        };
        std::thread::scope(|scope| scope.spawn(run).join().unwrap())
    }
}

/// A venue and the node that leads it.
pub fn led() -> (Venue, Store) {
    let venue = Venue::new();
    let leader = venue.node(LEADER);
    (venue, leader)
}

/// A venue, the node that leads it, and one that follows and hears the feed.
pub fn followed() -> (Venue, Store, Store) {
    let (venue, leader) = led();
    let (follower, start) = venue.follower(FOLLOWER);
    start.start(Box::new(|_, _| {}));
    (venue, leader, follower)
}

pub fn server() -> String {
    std::env::var("BOXOFFICE_TEST_PG").expect("BOXOFFICE_TEST_PG says where PostgreSQL is; .ci/cluster brings one up")
}

const NUMBERS: &str = "SELECT CAST(name AS INTEGER) FROM setting WHERE name GLOB '[0-9]*' ORDER BY 1";

/// Waits for what comes, which it does soon or never.
pub fn wait<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), what).await.expect("it comes in time") })
}

/// Waits until a node has all that another has.
pub fn catch_up(node: &Store, leader: &Store) {
    let last = leader.standing().applied();
    assert!(wait(node.standing().reaches(last, Duration::from_secs(20))), "it follows");
}

/// What stands in the node's copy.
pub fn copy(store: &Store) -> Vec<i64> {
    store.read_blocking(|tx| tx.all(NUMBERS, [], |row| row.get(0))).unwrap()
}

pub fn put(tx: &Tx, number: i64) -> Result<(), StoreError> {
    tx.run("INSERT INTO setting (name, value) VALUES (?1, x'00')", params![number.to_string()]).map(drop)
}
