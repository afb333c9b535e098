//! From a file into a book, and back. At every moment one of the two is the venue's, and the other says so.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::address::Address;
use super::error::{BookError, at_postgres};
use super::lead::Lead;
use super::led::apart;
use super::link::Link;
use super::load::{self, Progress};
use super::made::{self, Found};
use super::shape;
use crate::clock::{Clock, SystemClock};
use crate::store::pages::{Aside, settle_copy};
use crate::store::place::Place;
use crate::store::{FileError, aside, file, schema, tie};

/// One that leads says so every second: after so many looks it is there.
const LOOKS: u32 = 6;

/// Moves a data file that nobody serves into a book; gives the name under which the file is kept, which is not its own any
/// more: nobody shall go on with it by mistake. Blocks.
///
/// # Errors
/// [`BookError`]; then the file is where it was.
pub fn move_in(
    from: &Path,
    address: &Address,
    is_unreplicated: bool,
    progress: &mut (dyn FnMut(&str, u64) + Send),
) -> Result<Vec<PathBuf>, BookError> {
    if !from.exists() {
        return Err(FileError::Missing { path: from.to_owned() }.into());
    }
    let place = Place::claim(from)?;
    let path = place.path().to_owned();
    let progress = Mutex::new(progress);
    apart(|runtime| {
        let put = |connection: &rusqlite::Connection| {
            runtime.block_on(async {
                let link = Link::open(address).await?;
                made::check(&link, is_unreplicated).await?;
                let tables = shape::tables(connection)?;
                let progress: Progress<'_> = &mut |table, rows| {
                    if let Ok(mut told) = progress.lock() {
                        told(table, rows);
                    }
                };
                let is_made = made::look(&link, address).await? == Found::Nothing
                    && made::make(&link, address, &tables, connection, progress).await?;
                if is_made { Ok(()) } else { Err(BookError::Exists(address.to_string())) }
            })
        };
        // Claimed above: it does not change, so this runs once.
        file::look_from_outside(&path, |connection| Ok(put(connection)))?
    })?;
    let mut kept = Vec::new();
    aside::put_aside(&path, "moved", SystemClock::start().wall(), &mut kept)?;
    drop(place);
    Ok(kept.into_iter().map(|(_, to)| to).collect())
}

/// Moves a book that nobody leads into a new data file. The tables stay as they are, and no node leads there any more. Blocks.
///
/// # Errors
/// [`BookError`]; then there is no such file and the book is the venue's as before.
pub fn move_out(address: &Address, to: &Path, progress: &mut (dyn FnMut(&str, u64) + Send)) -> Result<(), BookError> {
    require_book(address)?;
    if to.symlink_metadata().is_ok() {
        return Err(FileError::Exists { path: to.to_owned() }.into());
    }
    let lead = Lead::stand_by(address, true, &|looks| looks < LOOKS)?;
    let book = &lead.book;
    let (Some(runtime), Some(link)) = (&book.runtime, &book.link) else { return Err(BookError::Led) };
    let aside = Aside::of(to)?;
    apart(|_| {
        runtime.block_on(async {
            whole(link, aside.path(), to, progress).await?;
            aside.put_in_place()?;
            let path = to.canonicalize().unwrap_or_else(|_| to.to_owned()).display().to_string();
            let close = "UPDATE office SET moved_to = $1, epoch = epoch + 1 WHERE epoch = $2 AND seq = $3";
            let closed = link.client.execute(close, &[&path, &book.epoch, &book.last.seq]).await;
            match closed.map_err(at_postgres) {
                Ok(1) => Ok(()),
                refused => {
                    // One of the two is the venue's: still the book.
                    std::fs::remove_file(to).map_err(|reason| FileError::io(to, reason))?;
                    Err(refused.err().unwrap_or(BookError::Led))
                }
            }
        })
    })
}

/// Hands over a throw-away copy of what stands in a book, led or not. Blocks.
///
/// # Errors
/// [`BookError`].
pub fn with_copy<T: Send>(address: &Address, look: impl FnOnce(&Path) -> T + Send) -> Result<T, BookError> {
    require_book(address)?;
    let folder = tempfile::tempdir().map_err(|reason| FileError::io(Path::new("a temporary folder"), reason))?;
    let path = folder.path().join("copy.db");
    let aside = Aside::of(&path)?;
    apart(|runtime| {
        runtime.block_on(async {
            let link = Link::open(address).await?;
            whole(&link, aside.path(), &path, &mut |_, _| {}).await
        })
    })?;
    aside.put_in_place()?;
    Ok(look(&path))
}

fn require_book(address: &Address) -> Result<(), BookError> {
    let found = apart(|runtime| runtime.block_on(async { made::look(&Link::open(address).await?, address).await }))?;
    if found == Found::ABook { Ok(()) } else { Err(BookError::Missing(address.to_string())) }
}

/// Fills an empty file and leaves it as one that stands alone.
async fn whole(link: &Link, path: &Path, name: &Path, progress: Progress<'_>) -> Result<(), BookError> {
    let place = Place::claim(path)?;
    let connection = file::open_for_writing(&place, 1, SystemClock::start().wall())?;
    let tables = shape::tables(&schema::fresh()?)?;
    load::into_file(link, &tables, &connection, progress).await?;
    settle_copy(&connection, path, name)?;
    drop(connection);
    tie::forget(place.path())?;
    Ok(())
}
