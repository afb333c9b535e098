//! A draw on several nodes: each works its numbers out alike and writes them behind, whoever leads meanwhile; little of it is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use boxoffice::account;
use boxoffice::app::App;
use boxoffice::catalog::CatalogError;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::clock::{Instant, ScriptedClock};
use boxoffice::config::{BookSettings, Limits};
use boxoffice::demo;
use boxoffice::entropy::SeededEntropy;
use boxoffice::ids::{ConcertKey, Ordinal};
use boxoffice::queue::{Lines, Queue, QueueError, Settings, domain as queue, draw};
use boxoffice::standing::Role;
use boxoffice::store::{Tx, book};
use boxoffice::verify::verify;

use crate::support::Venue;

const START: Instant = Instant(1_800_000_000_000);
/// How long nothing takes that works.
const LONG: Duration = Duration::from_secs(60);
const BUYERS: u32 = 1000;
/// Numbers written by one commit.
const AT_ONCE: u32 = 150;
/// What a commit of so many numbers may tell: the queue's row and what memory learns of it, not a line for each buyer.
const TOLD_BYTES: i64 = 1500;

/// A node without a server: what is due is done when the test says so.
struct Node {
    app: Arc<App>,
    copy: PathBuf,
}

impl Node {
    async fn open(venue: &Venue, clock: &ScriptedClock, name: &str) -> Self {
        let copy = venue.path(name);
        let mut config = demo::config(&copy, ([127, 0, 0, 1], 0).into());
        config.data = venue.url("").into();
        config.book = BookSettings { copy: copy.clone(), unreplicated: true, node_url: None };
        let limits = Limits { numbers_per_commit: AT_ONCE, ..Limits::default() };
        let entropy = Arc::new(SeededEntropy::new(u64::from(name.as_bytes()[0])));
        let app = App::open_with(config, limits, Arc::new(clock.clone()), entropy).await.unwrap().app;
        Self { app, copy }
    }

    async fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&Tx) -> Result<T, QueueError> + Send + 'static,
    ) -> Result<T, QueueError> {
        self.app.store.write(operation).await
    }

    /// Writes one piece of the draw; in the same commit these leave before it, and those after it.
    async fn number(&self, concert: ConcertKey, before: Option<Ordinal>, after: Option<Ordinal>) {
        let orders = self.app.part::<Lines>().orders().clone();
        let order = self.app.store.read(move |tx| orders.of(tx, concert)).await.unwrap();
        let written = self.write(move |tx| {
            let leave = |ordinal: Ordinal| queue::leave(tx, &queue::entry(tx, concert, ordinal)?);
            before.map_or(Ok(()), leave)?;
            queue::number(tx, concert, &order)?;
            after.map_or(Ok(()), leave)
        });
        written.await.unwrap();
    }

    async fn follows(&self, leader: &Self) {
        let last = leader.app.store.standing().applied();
        assert!(self.app.store.standing().reaches(last, LONG).await, "it follows");
    }

    async fn leads(&self) {
        let mut roles = self.app.store.standing().roles();
        tokio::time::timeout(LONG, roles.wait_for(|role| *role == Role::Leading)).await.unwrap().unwrap();
    }

    async fn stop(self) -> PathBuf {
        let app = self.app;
        tokio::task::spawn_blocking(move || app.stop()).await.unwrap();
        self.copy
    }

    /// What memory says of everybody.
    fn memory(&self, concert: ConcertKey) -> Vec<String> {
        let (line, now) = (self.app.part::<Lines>().by_key(concert).unwrap(), self.app.clock.now());
        let all = (1..=BUYERS).map(|ordinal| format!("{:?}", line.look(Ordinal(ordinal), now)));
        all.chain([format!("{:?}", line.queue())]).collect()
    }

    /// Everybody's number.
    async fn numbers(&self, concert: ConcertKey) -> Vec<Option<u32>> {
        let all = self.app.store.read(move |tx| {
            (1..=BUYERS)
                .map(|ordinal| Ok(queue::entry(tx, concert, Ordinal(ordinal))?.number))
                .collect::<Result<_, _>>()
        });
        all.await.map_err(|error: QueueError| error).unwrap()
    }
}

/// A crowd has joined, and the draw is decided: none of its numbers is written.
async fn decided(leader: &Node, clock: &ScriptedClock) -> (ConcertKey, Vec<u32>) {
    let made = leader.app.store.write(|tx| {
        let spec = ConcertSpec {
            on_sale_at: Some(tx.now().plus_seconds(240)),
            queue_opens_at: Some(tx.now()),
            settings: Settings { max_admitted: Some(2), ..Settings::DEFAULT },
            ..ConcertSpec::new("Concert", "Asia/Seoul")
        };
        Ok::<Queue, CatalogError>(create_concert(tx, &spec)?.1)
    });
    let made = made.await.unwrap();
    let concert = made.concert;
    for _ in 0..BUYERS / 100 {
        let joined = leader.app.store.write(move |tx| {
            for _ in 0..100 {
                let email = format!("{}@boxoffice.example", tx.new_id().simple());
                let user = account::domain::sign_up(tx, &email, "Buyer", None)?.key;
                queue::join(tx, user, concert)?;
            }
            Ok::<_, anyhow::Error>(())
        });
        joined.await.unwrap();
    }
    clock.set(made.on_sale_at);
    leader.write(move |tx| queue::turn(tx, concert)).await.unwrap();
    let drawn = leader.app.store.read(move |tx| queue::drawn(tx, concert)).await.unwrap();
    assert_eq!(drawn.entries.len() as u32, BUYERS);
    // By the rule that is published, not by what writes the numbers.
    let turns = draw::order_in_tiers(&drawn.seed, drawn.entries);
    let mut expected = vec![0; BUYERS as usize];
    for (ordinal, number) in turns.into_iter().zip(1..) {
        expected[ordinal.0 as usize - 1] = number;
    }
    (concert, expected)
}

/// Leader, follower and book have the same rows, by the laws, and these numbers.
async fn is_as_drawn(venue: &Venue, leader: Node, follower: Node, concert: ConcertKey, expected: &[u32]) {
    follower.follows(&leader).await;
    let numbers = leader.numbers(concert).await;
    assert_eq!(numbers.into_iter().map(|number| number.unwrap()).collect::<Vec<_>>(), expected);
    assert_eq!(follower.memory(concert), leader.memory(concert));
    // Whoever leads last would take the lead of the other.
    let copies = [follower.stop().await, leader.stop().await];
    let rows = copies.map(|copy| venue.rows_of(&copy));
    assert_eq!(rows[0], rows[1]);
    let address = venue.address();
    let (in_book, breaches) =
        book::with_copy(&address, |copy| (venue.rows_of(copy), verify(copy).unwrap().breaches)).unwrap();
    assert_eq!(in_book, rows[1]);
    assert_eq!(breaches, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/cluster"]
async fn a_draw_is_worked_out_alike_by_every_node_and_little_of_it_is_told() {
    let (venue, clock) = (Venue::new(), ScriptedClock::at(START));
    let leader = Node::open(&venue, &clock, "a.db").await;
    let follower = Node::open(&venue, &clock, "b.db").await;
    let (concert, expected) = decided(&leader, &clock).await;
    let decided_at = leader.app.store.standing().applied();
    // Among them who left since it was decided, in the very commits that write.
    leader.write(move |tx| queue::leave(tx, &queue::entry(tx, concert, Ordinal(7))?)).await.unwrap();
    leader.number(concert, Some(Ordinal(8)), Some(Ordinal(9))).await;
    leader.number(concert, Some(Ordinal(10)), Some(Ordinal(BUYERS))).await;
    follower.follows(&leader).await;
    assert_eq!(follower.memory(concert), leader.memory(concert), "in the middle of it");
    leader.app.run_due().await;
    let longest = format!("SELECT max(length(record))::bigint FROM VENUE.feed WHERE seq > {}", decided_at.0);
    let told = venue.ask(&longest);
    assert!(told < TOLD_BYTES, "{told} bytes are told of a commit of {AT_ONCE} numbers");
    is_as_drawn(&venue, leader, follower, concert, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/cluster"]
async fn whoever_takes_over_in_the_middle_of_a_draw_goes_on_with_the_same_numbers() {
    let (venue, clock) = (Venue::new(), ScriptedClock::at(START));
    let leader = Node::open(&venue, &clock, "a.db").await;
    let next = Node::open(&venue, &clock, "b.db").await;
    let (concert, expected) = decided(&leader, &clock).await;
    leader.number(concert, None, Some(Ordinal(3))).await;
    leader.number(concert, None, None).await;
    leader.stop().await;
    next.leads().await;
    // One that loads what is half written.
    let late = Node::open(&venue, &clock, "c.db").await;
    next.number(concert, Some(Ordinal(4)), None).await;
    late.follows(&next).await;
    assert_eq!(late.memory(concert), next.memory(concert), "in the middle of it");
    next.app.run_due().await;
    is_as_drawn(&venue, next, late, concert, &expected).await;
}
