//! Prepared data files: made by the product's own operations, closed in order, then served by the real binary.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use boxoffice::app::App;
use boxoffice::catalog::Performance;
use boxoffice::catalog::concert::ConcertSpec;
use boxoffice::catalog::concert::domain::create_concert;
use boxoffice::catalog::domain::{self as catalog, PerformanceSpec};
use boxoffice::catalog::hall::domain as halls;
use boxoffice::catalog::hall::plan::PlanPlace;
use boxoffice::catalog::hall::spec::{HallSpec, RowSpec};
use boxoffice::clock::Instant;
use boxoffice::config::Limits;
use boxoffice::ids::{PerformanceKey, SeatId, UserKey};
use boxoffice::money::Amount;
use boxoffice::payment::Payment;
use boxoffice::queue::{Lines, Settings, TokenKey};
use boxoffice::store::params;
use boxoffice::{account, demo, payment, queue, wallet};
use tempfile::TempDir;
use uuid::Uuid;

/// The operator key of every bench server.
pub const OPERATOR: &str = "op_of_the_benchmark_of_boxoffice";
/// What each seat costs.
pub const PRICE: i64 = 100;
/// Longer than any bench: what expires is measured where it is meant.
const A_DAY: u32 = 24 * 3600;

/// What a data file shall hold.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Buyers with a session and a balance.
    pub users: u32,
    /// How many of them have joined the queue of the concert they belong to (user number modulo concerts).
    pub joined: u32,
    pub concerts: u32,
    pub performances: u32,
    pub rows: u32,
    pub seats_per_row: u32,
    /// `None`: everyone who joined is inside.
    pub max_admitted: Option<u32>,
    /// Who waits and is not heard of for so long drops out.
    pub absence_seconds: u32,
    /// Seconds until the sale begins; who joins does so now. `None`: it has begun.
    pub on_sale_in: Option<u32>,
    /// Users who only lie in the file, between each two buyers.
    pub others_between: u32,
    /// Postings of each of those.
    pub postings_of_others: u32,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            users: 1,
            joined: 1,
            concerts: 1,
            performances: 1,
            rows: 100,
            seats_per_row: 100,
            max_admitted: None,
            absence_seconds: A_DAY,
            on_sale_in: None,
            others_between: 0,
            postings_of_others: 0,
        }
    }
}

/// A prepared data file.
pub struct Ground {
    folder: TempDir,
    pub data: PathBuf,
    pub concerts: Vec<Concert>,
    pub buyers: Vec<Buyer>,
}

#[derive(Clone, Debug)]
pub struct Concert {
    pub id: Uuid,
    pub hall: Uuid,
    pub performances: Vec<Uuid>,
}

#[derive(Clone, Debug)]
pub struct Buyer {
    pub session: String,
    /// The queue token, of those who joined.
    pub token: Option<String>,
}

/// The settings under which grounds are prepared and served.
pub fn config(data: &std::path::Path) -> boxoffice::config::Config {
    let mut config = demo::config(data, ([127, 0, 0, 1], 0).into());
    config.operator_key = Some(OPERATOR.to_owned());
    config.lift_limits_for = boxoffice::network::Network::this_machine().to_vec();
    config.terms.admission_seconds = Some(A_DAY);
    config.terms.hold_seconds = Some(A_DAY);
    config.terms.seats_per_user = Some(64);
    config
}

/// The n-th seat of the m-th performance of a ground (both from 0): performances are made in order, from key 1.
pub fn seat_id(performance: u32, seat: u32) -> String {
    SeatId { performance: PerformanceKey(i64::from(performance) + 1), version_no: 1, seat_no: seat + 1 }.to_string()
}

impl Ground {
    /// Makes the data file.
    pub async fn prepare(spec: &Spec) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("boxoffice.db");
        let app = App::open(config(&data), Limits::default()).await?.app;
        let mut ground = Self { folder, data, concerts: Vec::new(), buyers: Vec::new() };
        ground.make_concerts(&app, spec).await?;
        ground.make_buyers(&app, spec).await?;
        tokio::task::spawn_blocking(move || app.stop()).await?;
        Ok(ground)
    }

    /// The same once more, for a round of its own: the data file as it is now, which nobody serves.
    pub fn copy(&self) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("boxoffice.db");
        std::fs::copy(&self.data, &data)?;
        // Or the system would write it to the disk while the round is measured.
        std::fs::File::open(&data)?.sync_all()?;
        Ok(Self { folder, data, concerts: self.concerts.clone(), buyers: self.buyers.clone() })
    }

    /// Where the data file lies, for files beside it.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    async fn make_concerts(&mut self, app: &App, spec: &Spec) -> Result<()> {
        for _ in 0..spec.concerts {
            let spec = spec.clone();
            let concert = app.store.write(move |tx| make_concert(tx, &spec)).await?;
            self.concerts.push(concert);
        }
        Ok(())
    }

    async fn make_buyers(&mut self, app: &Arc<App>, spec: &Spec) -> Result<()> {
        const GROUP: u32 = 1000;
        let concert_ids: Vec<_> = self.concerts.iter().map(|concert| concert.id).collect();
        for first in (0..spec.users).step_by(GROUP as usize) {
            let (numbers, joined) = (first..(first + GROUP).min(spec.users), spec.joined);
            let (concert_ids, in_tx) = (concert_ids.clone(), app.clone());
            let (others, postings) = (spec.others_between, spec.postings_of_others);
            let made = app.store.write(move |tx| {
                let mut buyers = Vec::new();
                for number in numbers.clone() {
                    let concert = concert_ids[number as usize % concert_ids.len()];
                    buyers.push(make_buyer(tx, &in_tx, (number < joined).then_some(concert))?);
                    make_others(tx, others, postings)?;
                }
                Ok::<_, anyhow::Error>(buyers)
            });
            self.buyers.extend(made.await?);
        }
        Ok(())
    }
}

/// One concert as the spec says, with a hall of its own.
pub fn make_concert(tx: &boxoffice::store::Tx, spec: &Spec) -> Result<Concert> {
    let rows =
        (0..spec.rows).map(|row| RowSpec::new(format!("Row {row}"), "R", PlanPlace::labelled(1..=spec.seats_per_row)));
    let plan = HallSpec::seated("Stalls", rows.collect()).plan(100_000)?;
    let hall = halls::create_hall(tx, "Bench Hall", &plan)?;
    let settings =
        Settings { max_admitted: spec.max_admitted, absence_seconds: spec.absence_seconds, ..Settings::DEFAULT };
    let concert = ConcertSpec {
        on_sale_at: spec.on_sale_in.map(|seconds| tx.now().plus_seconds(seconds)),
        queue_opens_at: Some(tx.now()),
        settings,
        ..ConcertSpec::new("Bench Concert", "Asia/Seoul")
    };
    let (concert, _) = create_concert(tx, &concert)?;
    let prices = BTreeMap::from([("R".to_owned(), Amount(PRICE))]);
    let starts_at: Instant = tx.now().plus_seconds(30 * A_DAY);
    let mut performance = PerformanceSpec::new(concert.id, hall, starts_at, prices);
    performance.allow_overlap = true;
    let performances = (0..spec.performances)
        .map(|_| Ok(catalog::create_performance(tx, &performance)?.performance_id))
        .collect::<Result<_>>()?;
    Ok(Concert { id: concert.id, hall, performances })
}

fn make_buyer(tx: &boxoffice::store::Tx, app: &App, concert: Option<Uuid>) -> Result<Buyer> {
    let email = format!("bench-{}@boxoffice.example", tx.new_id().simple());
    let user = account::domain::sign_up(tx, &email, "Bench", None)?;
    let session = account::domain::open_session(tx, user.key, A_DAY)?.secret;
    wallet::domain::top_up(tx, user.key, Amount(1_000_000), None)?;
    let token = concert.map(|concert| join(tx, app, user.key, user.id, concert)).transpose()?;
    Ok(Buyer { session, token })
}

fn join(tx: &boxoffice::store::Tx, app: &App, user: UserKey, user_id: Uuid, concert_id: Uuid) -> Result<String> {
    let line = app.part::<Lines>().by_id(concert_id).ok_or_else(|| anyhow::anyhow!("the concert has a queue"))?;
    let entry = queue::domain::join(tx, user, line.concert)?.entry;
    let expires_at = queue::domain::token_expiry(tx.terms(), entry.joined_at);
    Ok(app.part::<TokenKey>().sign(&entry, user_id, concert_id, expires_at))
}

/// Sells the first so many seats of a performance, by payments of so many, each of a buyer of its own.
pub async fn sell_each(app: &App, of: &Arc<Performance>, seats: u32, by: u32) -> Result<Vec<Payment>> {
    let mut payments = Vec::with_capacity((seats / by) as usize);
    for first in (1..=seats).step_by(100) {
        let (of, last) = (of.clone(), (first + 99).min(seats));
        let sold = app.store.write(move |tx| {
            let sell = |from: u32| {
                let email = format!("{}@boxoffice.example", tx.new_id().simple());
                let user = account::domain::sign_up(tx, &email, "Crowd", None)?.key;
                let seats: Vec<_> = (from..(from + by).min(last + 1)).map(|seat_no| of.seat_id(seat_no)).collect();
                let amount = Amount(PRICE * seats.len() as i64);
                wallet::domain::top_up(tx, user, amount, None)?;
                let visit = queue::domain::join(tx, user, of.concert)?.entry.require_admitted(tx.now())?;
                Ok(payment::domain::pay(tx, &visit, &[Arc::clone(&of)], &payment::Basket::of(seats), amount)?.0)
            };
            (first..=last).step_by(by as usize).map(sell).collect::<Result<Vec<_>>>()
        });
        payments.extend(sold.await?);
    }
    Ok(payments)
}

/// Users that nobody drives, each with a chain of top-ups of 10, made in bulk: the product's own operations would take
/// minutes for ten million postings. The laws are verified on the file all the same.
fn make_others(tx: &boxoffice::store::Tx, users: u32, postings: u32) -> Result<()> {
    if users == 0 {
        return Ok(());
    }
    let (last_user, last_posting): (i64, i64) =
        tx.one("SELECT (SELECT max(user_key) FROM account), (SELECT max(posting_key) FROM posting)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    tx.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
         INSERT INTO account (user_key, id, email, name, name_sought, created_at)
         SELECT ?1 + i, randomblob(16), 'other-' || (?1 + i) || '@boxoffice.example', 'Other', 'other', 0 FROM n",
        params![last_user, users],
    )?;
    tx.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
         INSERT INTO wallet (user_key, anchor_posting_key) SELECT ?1 + i, ?3 + i * ?4 FROM n",
        params![last_user, users, last_posting, postings],
    )?;
    tx.run(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2 * ?3)
         INSERT INTO posting (posting_key, user_key, kind, amount, balance_after, previous_posting_key, posted_at,
                              actor)
         SELECT ?4 + 1 + i, ?1 + 1 + i / ?3, 'top_up', 10, 10 * (i % ?3 + 1), CASE WHEN i % ?3 > 0 THEN ?4 + i END, 0,
                'system'
         FROM n",
        params![last_user, users, postings, last_posting],
    )?;
    Ok(())
}
