//! A disk as a power cut may leave it. What was synced is there; of what was written since, each sector of 512 bytes is there or
//! is not, in any combination, and so is each change of a file's length. It knows nothing of what the bytes mean.

use std::path::Path;

use rand::RngExt;
use rand::rngs::StdRng;

const SECTOR: usize = 512;
/// The data file and its WAL, in the recorder's order.
pub const FILES: [&str; 2] = ["boxoffice.db", "boxoffice.db-wal"];

/// What the recorder wrote down.
pub enum Record {
    Write { file: usize, at: usize, bytes: Vec<u8> },
    Sync { file: usize },
    Truncate { file: usize, length: usize },
}

/// Reads the recorder's file; with each record, where in that file it ends.
pub fn records(path: &Path) -> Vec<(u64, Record)> {
    let bytes = std::fs::read(path).expect("what was recorded");
    let (mut records, mut rest) = (Vec::new(), &bytes[..]);
    while !rest.is_empty() {
        // The plug may be pulled in the middle of the last one.
        let Some((head, after)) = rest.split_at_checked(32) else { break };
        let number = |at: usize| u64::from_le_bytes(head[at * 8..][..8].try_into().expect("eight bytes")) as usize;
        let (what, file, at, length) = (number(0), number(1), number(2), number(3));
        let Some((body, after)) = after.split_at_checked(length) else { break };
        rest = after;
        let record = match what {
            1 => Record::Write { file, at, bytes: body.to_vec() },
            2 => Record::Sync { file },
            3 => Record::Truncate { file, length: at },
            other => panic!("what is a record of kind {other}?"),
        };
        records.push(((bytes.len() - rest.len()) as u64, record));
    }
    records
}

enum Change {
    Sector { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    /// Since the last sync, in order.
    since: Vec<Change>,
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Length(length) => to.resize(*length, 0),
            Self::Sector { at, bytes } => {
                if to.len() < at + bytes.len() {
                    to.resize(at + bytes.len(), 0);
                }
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

/// The disk under the recorded process.
pub struct Disk {
    files: [File; FILES.len()],
}

/// How a cut treats what was not synced.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// Nothing of it is there.
    Nothing,
    /// All of it.
    Everything,
    /// Each sector by the toss of a coin that falls so often of a hundred on its being there.
    Some(u32),
    /// All up to one of the writes, a part of that one, nothing after.
    InOrder,
}

impl Disk {
    /// As a process that was stopped in order left it in this folder.
    pub fn of(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
        Self { files: FILES.map(|name| File { synced: read(name), since: Vec::new() }) }
    }

    pub fn follow(&mut self, record: &Record) {
        match record {
            Record::Write { file, at, bytes } => {
                let mut from = 0;
                while from < bytes.len() {
                    // A sector's end on the disk, wherever the write began.
                    let length = (SECTOR - (at + from) % SECTOR).min(bytes.len() - from);
                    let sector = Change::Sector { at: at + from, bytes: bytes[from..from + length].to_vec() };
                    self.files[*file].since.push(sector);
                    from += length;
                }
            }
            Record::Truncate { file, length } => self.files[*file].since.push(Change::Length(*length)),
            Record::Sync { file } => {
                let File { synced, since } = &mut self.files[*file];
                since.drain(..).for_each(|change| change.apply(synced));
            }
        }
    }

    /// How many changes are not synced.
    pub fn unsynced(&self) -> usize {
        self.files.iter().map(|file| file.since.len()).sum()
    }

    /// Writes what is left after a cut into a folder. Gives how many changes were lost.
    pub fn cut(&self, how: Cut, random: &mut StdRng, folder: &Path) -> usize {
        let mut lost = 0;
        for (file, name) in self.files.iter().zip(FILES) {
            let mut left = file.synced.clone();
            let up_to = random.random_range(0..=file.since.len());
            for (nth, change) in file.since.iter().enumerate() {
                let is_there = match how {
                    Cut::Nothing => false,
                    Cut::Everything => true,
                    Cut::Some(percent) => random.random_range(0..100) < percent,
                    Cut::InOrder => nth < up_to,
                };
                if is_there {
                    change.apply(&mut left);
                } else {
                    lost += 1;
                }
            }
            let path = folder.join(name);
            let _ = std::fs::remove_file(&path);
            if !left.is_empty() {
                std::fs::write(path, left).expect("an image");
            }
        }
        lost
    }
}
