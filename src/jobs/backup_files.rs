//! The names of the backups that the box office makes by itself: what it may take for its own, and so remove.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::clock::Instant;

/// What a copy is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    /// Nobody knows yet.
    Unknown,
    /// It breaks a law, and is kept to be looked at.
    Broken,
    /// It was verified.
    Sound,
}

impl Worth {
    const ALL: [Self; 3] = [Self::Unknown, Self::Broken, Self::Sound];

    fn ending(self) -> &'static str {
        match self {
            Self::Unknown => ".db.new",
            Self::Broken => ".db.broken",
            Self::Sound => ".db",
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackupFile {
    /// The time of day at which it was made, to the second; its name says so.
    pub made_at: Instant,
    /// What it is worth; its name says that too.
    pub worth: Worth,
    /// Where it is.
    pub path: PathBuf,
    /// How large it is; 0 until somebody looked.
    pub bytes: u64,
}

/// RFC 3339 with dashes for the colons, which not every file system takes.
const FORMAT: &str = "%Y-%m-%dT%H-%M-%SZ";

impl BackupFile {
    /// A new one of this data file: `venue-2026-12-24T19-30-00Z.db` for `venue.db`.
    pub(super) fn new(folder: &Path, data: &Path, made_at: Instant, worth: Worth) -> Self {
        let moment = jiff::Timestamp::from_millisecond(made_at.0).unwrap_or_default();
        let name = format!("{}{}{}", prefix(data), moment.strftime(FORMAT), worth.ending());
        Self { made_at, worth, path: folder.join(name), bytes: 0 }
    }

    /// The same with its size.
    pub(super) fn measured(self) -> Self {
        let bytes = std::fs::metadata(&self.path).map_or(0, |of| of.len());
        Self { bytes, ..self }
    }

    /// The one with this name, if it is one of this data file's.
    fn read(folder: &Path, data: &Path, name: &str) -> Option<Self> {
        let rest = name.strip_prefix(&prefix(data))?;
        let (worth, moment) = Worth::ALL.into_iter().find_map(|of| Some((of, rest.strip_suffix(of.ending())?)))?;
        let moment = jiff::civil::DateTime::strptime(FORMAT, moment).ok()?;
        let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self { made_at: Instant(moment.timestamp().as_millisecond()), worth, path: folder.join(name), bytes: 0 })
    }
}

fn prefix(data: &Path) -> String {
    format!("{}-", data.file_stem().unwrap_or_default().to_string_lossy())
}

/// The backups of this data file in a folder, the oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn list(folder: &Path, data: &Path) -> io::Result<Vec<BackupFile>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_file = entry.file_type()?.is_file();
        found.extend(
            entry.file_name().to_str().filter(|_| is_file).and_then(|name| BackupFile::read(folder, data, name)),
        );
    }
    found.sort();
    Ok(found)
}

/// Makes the folder, for its owner alone, unless it is there.
///
/// # Errors
/// When it cannot be made.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when_and_of_what() {
        let (folder, data) = (Path::new("/backups"), Path::new("/data/venue.db"));
        let made_at = Instant::parse_rfc3339("2026-12-24T19:30:05Z").expect("a moment");
        let file = BackupFile::new(folder, data, made_at.plus_ms(7), Worth::Sound);
        assert_eq!(file.path, Path::new("/backups/venue-2026-12-24T19-30-05Z.db"));
        let read = |name: &str| BackupFile::read(folder, data, name);
        assert_eq!(read("venue-2026-12-24T19-30-05Z.db").map(|file| file.made_at), Some(made_at));
        let worth = |name: &str| read(name).map(|file| file.worth);
        assert_eq!(worth("venue-2026-12-24T19-30-05Z.db.broken"), Some(Worth::Broken));
        assert_eq!(worth("venue-2026-12-24T19-30-05Z.db.new"), Some(Worth::Unknown));
        for strange in [
            "venue.db",
            "venue-2026-12-24.db",
            "venue-2026-12-24T19-30-05Z.db.gz",
            "venue-by-hand-2026-12-24T19-30-05Z.db",
            "other-2026-12-24T19-30-05Z.db",
            "venue-2026-13-24T19-30-05Z.db",
        ] {
            assert_eq!(read(strange), None, "{strange}");
        }
    }
}
