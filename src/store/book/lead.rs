//! How a node comes to a book: it leads where nobody does, or follows, or waits for the right to lead.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::watch;

use super::address::Address;
use super::error::BookError;
use super::follower::{Follower, fill};
use super::lease::{self, Contender, Me, Waits};
use super::led::{Book, apart};
use super::link::Link;
use super::shape::Table;
use super::{local, made, shape};
use crate::standing::Standing;
use crate::store::place::Place;
use crate::store::schema;

/// The right to lead, not used yet.
pub struct Lead {
    pub(super) book: Book,
    is_new: bool,
}

/// What a node begins as.
pub enum Seat {
    /// Nobody led: this node does.
    Leads(Lead),
    /// Another leads, or led until just now.
    Follows(Follower),
}

/// A place at a book that is there and fit: what is needed to lead it or to follow it.
struct Arrived {
    link: Link,
    tables: Arc<Vec<Table>>,
    me: Me,
    is_new: bool,
}

/// Looks whether PostgreSQL keeps what it acknowledges, and makes a book where there is none.
async fn arrive(address: &Address, is_unreplicated: bool, url: &str) -> Result<Arrived, BookError> {
    let fresh = schema::fresh()?;
    let tables = Arc::new(shape::tables(&fresh)?);
    let link = Link::open(address).await?;
    made::check(&link, is_unreplicated).await?;
    let is_new = made::look(&link, address).await? == made::Found::Nothing
        && made::make(&link, address, &tables, &fresh, &mut |_, _| {}).await?;
    Ok(Arrived { link, tables, me: Me::at(url), is_new })
}

impl Seat {
    /// Joins the nodes of a book: leads where nobody does, follows otherwise. `url` is where the other nodes reach this one. Blocks,
    /// but waits for nobody.
    ///
    /// # Errors
    /// [`BookError`] says what stands in the way.
    pub fn take(address: &Address, is_unreplicated: bool, url: &str) -> Result<Self, BookError> {
        apart(|runtime| {
            let (arrived, begun) = runtime.block_on(async {
                let arrived = arrive(address, is_unreplicated, url).await?;
                let begun = match Contender::default().look(&arrived.link).await? {
                    Some(seen) => lease::take(&arrived.link, &arrived.me, &seen).await?,
                    None => None,
                };
                Ok::<_, BookError>((arrived, begun))
            })?;
            let Arrived { link, tables, me, is_new } = arrived;
            let here = (address.clone(), link);
            Ok(match begun {
                Some(begun) => {
                    let book = Book::begin(runtime, here, me, tables, begun, watch::channel(false).0)?;
                    Self::Leads(Lead { book, is_new })
                }
                None => Self::Follows(Follower::new(runtime, here, me, tables, is_unreplicated)),
            })
        })
    }
}

impl Lead {
    /// As [`Seat::take`], but waits until this node may lead; `waits` is asked each second whether to go on waiting.
    ///
    /// # Errors
    /// [`BookError`] says what stands in the way.
    pub fn stand_by(address: &Address, is_unreplicated: bool, waits: Waits<'_>) -> Result<Self, BookError> {
        apart(|runtime| {
            let (arrived, begun) = runtime.block_on(async {
                let arrived = arrive(address, is_unreplicated, "").await?;
                let begun = lease::stand_by(&arrived.link, &arrived.me, waits).await?;
                Ok::<_, BookError>((arrived, begun))
            })?;
            let Arrived { link, tables, me, is_new } = arrived;
            let lost = watch::channel(false).0;
            let book = Book::begin(runtime, (address.clone(), link), me, tables, begun, lost)?;
            Ok(Self { book, is_new })
        })
    }

    /// True when the book was made just now.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Turns true when this node must end.
    pub(crate) fn lost(&self) -> watch::Sender<bool> {
        self.book.lost.clone()
    }

    /// Loads the book into a fresh copy, and tells what it is to be told of.
    pub(crate) fn load(
        self,
        copy: &Path,
        mark: u32,
        standing: &Standing,
    ) -> Result<(Place, Connection, Book), BookError> {
        let Self { book, .. } = self;
        apart(|_| {
            let (place, connection) = local::empty(copy, &book.address.to_string(), mark)?;
            let (Some(runtime), Some(link)) = (&book.runtime, &book.link) else { return Err(BookError::Led) };
            let last = runtime.block_on(fill(link, &book.tables, &connection, standing))?;
            // Since this node leads nobody else can have added anything.
            if last == book.last { Ok((place, connection, book)) } else { Err(BookError::Led) }
        })
    }
}
