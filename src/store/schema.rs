//! The schema of a data file: which version's it is, and how an older file is brought up to date. Before anything of one is changed, a
//! copy of it is kept beside it: whoever has to go back to the version before has what that version can read.

use std::path::{Path, PathBuf};

use refinery::Runner;
use rusqlite::{Connection, OpenFlags};
use tracing::subscriber::{NoSubscriber, with_default};

use crate::clock::Instant;
use crate::store::pages::{Aside, copy_pages, settle_copy};
use crate::store::{FileError, names};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// An empty data file in memory, with this version's schema.
pub(super) fn fresh() -> Result<Connection, FileError> {
    let path = Path::new(":memory:");
    let mut connection = Connection::open_in_memory().map_err(|reason| FileError::sqlite(path, &reason))?;
    let ran = with_default(NoSubscriber::default(), || embedded::migrations::runner().run(&mut connection));
    ran.map_err(|error| FileError::migration(path, &error))?;
    Ok(connection)
}

/// This version's schema in words: its migrations and their checksums.
pub(super) fn version() -> String {
    let mut all: Vec<_> =
        embedded::migrations::runner().get_migrations().iter().map(|one| (one.version(), one.checksum())).collect();
    all.sort_unstable();
    all.iter().map(|(version, checksum)| format!("{version}:{checksum}")).collect::<Vec<_>>().join(" ")
}

/// Gives a new file its schema, and an older one this version's: gives where its copy is kept.
///
/// # Errors
/// [`FileError`]; then the file is as it was.
pub(super) fn bring_up_to_date(connection: &mut Connection, path: &Path, wall: Instant) -> Result<(), FileError> {
    let kept = bring_by(embedded::migrations::runner(), connection, path, wall)?;
    if let Some(kept) = kept {
        let (path, kept) = (path.display(), kept.display());
        tracing::warn!("{path} was made by an older version and is brought up to date; as it was it is kept as {kept}");
    }
    Ok(())
}

fn bring_by(
    runner: Runner,
    connection: &mut Connection,
    path: &Path,
    wall: Instant,
) -> Result<Option<PathBuf>, FileError> {
    match check_by(&runner, connection, path) {
        Ok(()) => return Ok(None),
        Err(FileError::Older { .. }) => {}
        Err(error) => return Err(error),
    }
    let applied = applied(connection).map_err(|reason| FileError::sqlite(path, &reason))?;
    let kept = applied.last().map(|(version, _)| keep_copy(connection, path, *version, wall)).transpose()?;
    // In one transaction: else a start that dies between a migration and its entry in the history would be the file's last.
    // The migrations' own log lines would name every one of them at each start.
    let runner = runner.set_abort_divergent(true).set_abort_missing(true).set_grouped(true);
    let ran = with_default(NoSubscriber::default(), || runner.run(connection));
    ran.map_err(|error| FileError::migration(path, &error))?;
    Ok(kept)
}

/// Keeps a copy of an older file, under a name that says which schema it has and when that was: `venue.db.schema-1-2026-12-24T10-30-00.000Z`.
fn keep_copy(connection: &Connection, path: &Path, version: i64, wall: Instant) -> Result<PathBuf, FileError> {
    let when = wall.to_rfc3339().replace(':', "-");
    let to = names::beside(path, &format!(".schema-{version}-{when}"));
    let aside = Aside::of(&to)?;
    copy_pages(connection, aside.path())?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copied = Connection::open_with_flags(aside.path(), flags);
    settle_copy(&copied.map_err(|reason| FileError::sqlite(&to, &reason))?, path, &to)?;
    aside.put_in_place()?;
    Ok(to)
}

/// Is this a data file whose schema is this version's, to the letter?
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), FileError> {
    check_by(&embedded::migrations::runner(), connection, path)
}

fn check_by(runner: &Runner, connection: &Connection, path: &Path) -> Result<(), FileError> {
    let sqlite = |reason| FileError::sqlite(path, &reason);
    let applied = applied(connection).map_err(sqlite)?;
    let mut known: Vec<(i64, String)> =
        runner.get_migrations().iter().map(|one| (i64::from(one.version()), one.checksum().to_string())).collect();
    known.sort_unstable();
    let last = |list: &[(i64, String)]| list.last().map_or(0, |(version, _)| *version);
    let (has, knows) = (last(&applied), last(&known));
    let path = path.to_owned();
    let reason = format!("its schema is {has}, this version's is {knows}");
    if has > knows {
        return Err(FileError::Newer { path, reason });
    }
    if let Some((version, _)) = applied.iter().find(|one| !known.contains(one)) {
        return Err(FileError::Diverged { path, reason: format!("its schema {version} is not the one known here") });
    }
    if applied.len() < known.len() { Err(FileError::Older { path, reason }) } else { Ok(()) }
}

/// The migrations that a file has seen: their versions and checksums, in order.
pub(super) fn applied(connection: &Connection) -> rusqlite::Result<Vec<(i64, String)>> {
    let has_any = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if connection.query_row(has_any, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let mut all = connection.prepare("SELECT version, checksum FROM refinery_schema_history ORDER BY version")?;
    all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests {
    use refinery::Migration;

    use super::*;

    const WALL: Instant = Instant(1_795_392_000_000);

    /// This version's migrations, and one more.
    fn with_one_more(sql: &str) -> Runner {
        let mut all = embedded::migrations::runner().get_migrations().clone();
        let next = all.len() + 1;
        all.push(Migration::unapplied(&format!("V{next}__one_more"), sql).unwrap());
        Runner::new(&all)
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        let found = format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'");
        connection.query_row(&found, [], |row| row.get(0)).unwrap()
    }

    /// A file of this version with something in it.
    fn file() -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        assert_eq!(bring_by(embedded::migrations::runner(), &mut connection, &path, WALL).unwrap(), None, "it is new");
        connection.execute("UPDATE office SET seq = 7", []).unwrap();
        (folder, path, connection)
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        names.sort();
        names
    }

    #[test]
    fn an_older_file_is_copied_and_then_brought_up_to_date_once() {
        let (folder, path, mut connection) = file();
        let newer = || with_one_more("CREATE TABLE one_more (x INTEGER) STRICT;");
        assert!(matches!(check_by(&newer(), &connection, &path), Err(FileError::Older { .. })));
        let kept = bring_by(newer(), &mut connection, &path, WALL).unwrap().expect("a copy");
        let schema = embedded::migrations::runner().get_migrations().len();
        assert!(kept.ends_with(format!("venue.db.schema-{schema}-2026-11-23T00-00-00.000Z")), "{}", kept.display());
        assert_eq!((count(&connection, "one_more"), check_by(&newer(), &connection, &path).is_ok()), (1, true));
        assert_eq!(bring_by(newer(), &mut connection, &path, WALL).unwrap(), None, "nothing is left to do");
        assert_eq!(names(&folder).len(), 2, "{:?}", names(&folder));
        // The copy is a whole file of the version before.
        let copy = Connection::open(&kept).unwrap();
        assert_eq!((count(&copy, "one_more"), check(&copy, &kept).is_ok()), (0, true));
        assert_eq!(copy.query_row("SELECT seq FROM office", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was_and_the_copy_beside_it() {
        let (folder, path, mut connection) = file();
        let bad = with_one_more("CREATE TABLE one_more (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);");
        assert!(bring_by(bad, &mut connection, &path, WALL).is_err());
        assert_eq!((count(&connection, "one_more"), check(&connection, &path).is_ok()), (0, true));
        assert_eq!(names(&folder).len(), 2, "{:?}", names(&folder));
    }

    #[test]
    fn nothing_is_changed_of_what_cannot_be_copied() {
        let (_folder, path, mut connection) = file();
        let newer = with_one_more("CREATE TABLE one_more (x INTEGER) STRICT;");
        let taken = names::beside(&path, ".schema-1-2026-11-23T00-00-00.000Z");
        std::fs::write(taken, "somebody else's").unwrap();
        assert!(bring_by(newer, &mut connection, &path, WALL).is_err());
        assert_eq!(count(&connection, "one_more"), 0);
    }
}
