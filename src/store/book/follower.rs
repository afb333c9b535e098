//! A node that follows: it hears the feed, brings its copy up to it, and leads once nobody else does.
//!
//! It never guesses. What it has is a prefix of the book's records, each known by its mark; where the feed does not go on from there
//! (it is too far behind, or the book lost what it had read) the copy is no copy any more and is loaded anew.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use tokio_postgres::Statement;

use super::address::Address;
use super::apply::{Applying, Order};
use super::error::{BookError, at_postgres};
use super::feed::{self, Entry, Office};
use super::lease::{self, Begin, Contender, Me};
use super::led::{Book, apart};
use super::link::Link;
use super::record::Record;
use super::shape::Table;
use super::{load, local, made};
use crate::clock::Clock;
use crate::ids::Seq;
use crate::standing::{Role, Standing};
use crate::store::place::Place;

/// How often the feed is asked where no hint comes.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A node that follows.
pub struct Follower {
    /// Carries `link` on while it is asked.
    runtime: Option<Runtime>,
    address: Address,
    is_unreplicated: bool,
    me: Me,
    tables: Arc<Vec<Table>>,
    applying: Applying,
    link: Option<Ear>,
    /// The last record of which rows and facts are here.
    last: Record,
    contender: Contender,
    looks: Option<Interval>,
    is_away: bool,
    /// The lease is being taken, and it is not known whether it was.
    is_taking: bool,
    lost: watch::Sender<bool>,
}

/// A connection that listens to the feed once it has asked.
struct Ear {
    link: Link,
    ask: Option<Statement>,
}

/// What a follower hears.
pub(crate) enum Heard {
    /// What came next, without a gap.
    Records(Vec<Entry>),
    /// Nobody led, and now this node does. Nothing came after the last record.
    Leads(Box<Book>),
    /// The copy is not the book's any more, or there is no book to follow; why.
    Lost(String),
    /// It was told to stop.
    Stopped,
}

/// The same before a leader is made of it.
enum News {
    Records(Vec<Entry>),
    Begun(Begin),
    Lost(String),
}

impl Entry {
    /// Its number.
    pub(crate) fn seq(&self) -> Seq {
        Seq(self.record.seq)
    }

    /// What every node does alike: its name, and what it is told.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.written.parts.iter().map(|(name, words)| (name.as_str(), words.as_slice()))
    }

    /// What happened, in the words of whoever hears it.
    pub(crate) fn facts(&self) -> &[u8] {
        &self.written.facts
    }
}

impl Follower {
    pub(super) fn new(
        runtime: Runtime,
        (address, link): (Address, Link),
        me: Me,
        tables: Arc<Vec<Table>>,
        is_unreplicated: bool,
    ) -> Self {
        Self {
            applying: Applying::to(&tables),
            runtime: Some(runtime),
            address,
            is_unreplicated,
            me,
            tables,
            link: Some(Ear { link, ask: None }),
            last: Record { seq: -1, mark: Vec::new() },
            contender: Contender::default(),
            looks: None,
            is_away: false,
            is_taking: false,
            lost: watch::channel(false).0,
        }
    }

    /// Turns true when this node must end.
    pub(crate) fn lost(&self) -> watch::Sender<bool> {
        self.lost.clone()
    }

    /// Loads the book into a fresh copy; `standing` learns what it is to be told of. Blocks.
    pub(crate) fn load(
        mut self,
        copy: &Path,
        mark: u32,
        standing: &Standing,
    ) -> Result<(Place, Connection, Self), BookError> {
        apart(move |_| {
            let (place, connection) = local::empty(copy, &self.address.to_string(), mark)?;
            let (Some(runtime), Some(ear)) = (&self.runtime, &self.link) else { return Err(BookError::Led) };
            self.last = runtime.block_on(fill(&ear.link, &self.tables, &connection, standing))?;
            // Whom to ask for changes is known from the beginning.
            let rows = runtime.block_on(ear.link.client.query(&feed::ask(), &[&self.last.seq])).map_err(at_postgres)?;
            if let Ok((office, _)) = feed::answered(&rows) {
                standing.set_role(Role::Following { leader: office.leader });
            }
            // What comes by the feed was looked at by the leader's file, and nothing shall go by a cascade that goes by itself.
            connection.pragma_update(None, "foreign_keys", false)?;
            Ok((place, connection, self))
        })
    }

    /// Applies one record in a transaction that the caller has open; gives why it does not fit this copy.
    pub(crate) fn apply(&self, connection: &Connection, entry: &Entry, order: Order) -> Result<(), String> {
        let applied = self.applying.apply(connection, &entry.written, order);
        applied.map_err(|error| format!("record {} does not fit this copy: {error}", entry.record.seq))
    }

    /// What was applied up to this entry is committed.
    pub(crate) fn has(&mut self, entry: &Entry) {
        self.last = entry.record.clone();
    }

    /// Waits for what comes next; `standing` learns who leads and how far the book is. Blocks.
    pub(crate) fn hear(&mut self, standing: &Standing, clock: &dyn Clock, stop: &mut watch::Receiver<bool>) -> Heard {
        let Some(runtime) = self.runtime.take() else { return Heard::Stopped };
        let news = runtime.block_on(async {
            tokio::select! {
                news = self.listen(standing, clock) => Some(news),
                _ = stop.wait_for(|stop| *stop) => None,
            }
        });
        match news {
            Some(News::Begun(begun)) => return self.lead(runtime, begun),
            // Perhaps this node leads without knowing.
            None if self.is_taking => self.give_up(&runtime),
            _ => {}
        }
        self.runtime = Some(runtime);
        match news {
            Some(News::Records(entries)) => Heard::Records(entries),
            Some(News::Lost(why)) => Heard::Lost(why),
            Some(News::Begun(_)) | None => Heard::Stopped,
        }
    }

    fn give_up(&self, runtime: &Runtime) {
        if let Some(ear) = &self.link {
            runtime.block_on(lease::release(&ear.link, &self.me));
        }
    }

    fn lead(&mut self, runtime: Runtime, begun: Begin) -> Heard {
        if begun.last != self.last {
            self.give_up(&runtime);
            self.runtime = Some(runtime);
            return Heard::Lost("the book's last record is not this node's".to_owned());
        }
        let Some(ear) = self.link.take() else { return Heard::Stopped };
        let here = (self.address.clone(), ear.link);
        let book = Book::begin(runtime, here, self.me.clone(), self.tables.clone(), begun, self.lost.clone());
        book.map_or_else(|error| Heard::Lost(error.to_string()), |book| Heard::Leads(Box::new(book)))
    }

    async fn listen(&mut self, standing: &Standing, clock: &dyn Clock) -> News {
        loop {
            // Before: what is committed while the answer comes is not in it.
            let asked_at = clock.now();
            let (office, entries) = match self.ask().await {
                Ok(Ok(answered)) => answered,
                Ok(Err(why)) => return News::Lost(why),
                Err(error) => {
                    self.is_now_away(&error);
                    sleep(ASK_EVERY).await;
                    continue;
                }
            };
            if std::mem::take(&mut self.is_away) {
                tracing::info!("the feed of {} is heard again", self.address);
            }
            if let Some(to) = office.moved_to {
                return News::Lost(BookError::Moved { to }.to_string());
            }
            if let Err(why) = feed::check_chain(&self.last, &office.last, &entries) {
                return News::Lost(why);
            }
            standing.set_epoch(office.epoch);
            standing.set_fed(asked_at, Seq(office.last.seq));
            let role = Role::Following { leader: office.leader };
            if standing.role() != role {
                standing.set_role(role);
            }
            if !entries.is_empty() {
                return News::Records(entries);
            }
            match self.rest().await {
                Ok(None) => {}
                Ok(Some(begun)) => return News::Begun(begun),
                Err(moved @ BookError::Moved { .. }) => return News::Lost(moved.to_string()),
                Err(error) => self.is_now_away(&error),
            }
        }
    }

    /// Asks the feed for what comes next, over a new connection if need be.
    async fn ask(&mut self) -> Result<Result<(Office, Vec<Entry>), String>, BookError> {
        let open = self.link.take().filter(|ear| ear.link.is_open());
        let mut ear = match open {
            Some(ear) => ear,
            None => Ear { link: Link::open(&self.address).await?, ask: None },
        };
        let client = &ear.link.client;
        let ask = match ear.ask.take() {
            Some(ask) => ask,
            None => {
                client.batch_execute(&feed::listen(&self.address)).await.map_err(at_postgres)?;
                client.prepare(&feed::ask()).await.map_err(at_postgres)?
            }
        };
        let rows = client.query(&ask, &[&self.last.seq]).await.map_err(at_postgres)?;
        ear.ask = Some(ask);
        self.link = Some(ear);
        Ok(feed::answered(&rows))
    }

    /// Waits until the feed should be asked again, and now and then looks whether this node may lead.
    async fn rest(&mut self) -> Result<Option<Begin>, BookError> {
        let Some(ear) = &self.link else { return Ok(None) };
        let looks = self.looks.get_or_insert_with(|| {
            let mut looks = interval(lease::LOOK);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            looks
        });
        tokio::select! {
            () = ear.link.told() => Ok(None),
            () = sleep(ASK_EVERY) => Ok(None),
            _ = looks.tick() => self.contend().await,
        }
    }

    /// Leads, if nobody does and all that there is is here.
    async fn contend(&mut self) -> Result<Option<Begin>, BookError> {
        let Some(ear) = &self.link else { return Ok(None) };
        let Some(seen) = self.contender.look(&ear.link).await? else { return Ok(None) };
        if seen.seq != self.last.seq {
            return Ok(None);
        }
        // It may be another machine by now.
        if let Err(error) = made::check(&ear.link, self.is_unreplicated).await {
            tracing::error!("nobody leads, and this node may not: {error}");
            return Ok(None);
        }
        self.is_taking = true;
        let begun = lease::take(&ear.link, &self.me, &seen).await?;
        self.is_taking = false;
        Ok(begun)
    }

    fn is_now_away(&mut self, error: &BookError) {
        if !std::mem::replace(&mut self.is_away, true) {
            tracing::warn!(%error, "the feed is not heard; what is shown here grows old until it is");
        }
        self.link = None;
        // Whoever led may lead on: it lost the book at the same moment.
        self.contender = Contender::after_a_break();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // Wherever this is dropped: a runtime may not be waited for inside another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Loads the book into an empty copy; gives the last record that is in it.
pub(super) async fn fill(
    link: &Link,
    tables: &[Table],
    file: &Connection,
    standing: &Standing,
) -> Result<Record, BookError> {
    standing.set_node_secret(made::node_secret(link).await?);
    let mut rows = 0;
    let last = load::into_file(link, tables, file, &mut |_: &str, of_table: u64| rows += of_table).await?;
    tracing::info!(rows, seq = last.seq, "the copy of the book is loaded");
    standing.set_applied(Seq(last.seq));
    Ok(last)
}
