//! Bytes that are dear to make and shared by all who ask, made at most as often as they may cost a twentieth of a core.
//!
//! In a sale a map changes hundreds of times a second, and compressing a large one takes milliseconds. So a copy is
//! given again, though the seats have moved on, until twenty times its making have passed: some milliseconds for
//! a small hall, a tenth of a second for a large one. It keeps the version that it shows, so what changed since can be
//! asked for as always.

use std::io::Write as _;
use std::time::{Duration, Instant as Stopwatch};

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use parking_lot::{Mutex, RwLock};

/// The share of a core that making copies may take.
const SHARE: u32 = 20;

/// A seat map's bytes at one version.
#[derive(Clone)]
pub struct Rendered {
    /// Its version.
    pub version: u64,
    /// The JSON, or what was made of it.
    pub bytes: Bytes,
}

/// The last copy.
#[derive(Default)]
pub(super) struct SharedCopy {
    latest: RwLock<Option<Copy>>,
    /// Held by whoever makes the next one; the others go on with the last.
    making: Mutex<()>,
}

struct Copy {
    rendered: Rendered,
    made: Stopwatch,
    cost: Duration,
}

impl SharedCopy {
    /// The copy to give while the map is at `version`; `None` when a new one is to be made.
    pub(super) fn current(&self, version: u64) -> Option<Rendered> {
        let latest = self.latest.read();
        let copy = latest.as_ref()?;
        let still_good =
            copy.rendered.version == version || copy.made.elapsed() < copy.cost * SHARE || self.making.is_locked();
        still_good.then(|| copy.rendered.clone())
    }

    /// Makes the copy, or takes the one that somebody made while this one waited. For a thread that may block.
    #[expect(clippy::disallowed_methods, reason = "it measures what it costs")]
    pub(super) fn make(&self, version: impl FnOnce() -> u64, make: impl FnOnce() -> Rendered) -> Rendered {
        let alone = self.making.lock();
        let version = version();
        let latest = self.latest.read().as_ref().map(|copy| (copy.rendered.clone(), copy.made, copy.cost));
        if let Some((rendered, made, cost)) = latest
            && (rendered.version == version || made.elapsed() < cost * SHARE)
        {
            return rendered;
        }
        let made = Stopwatch::now();
        let rendered = make();
        *self.latest.write() = Some(Copy { rendered: rendered.clone(), made, cost: made.elapsed() });
        drop(alone);
        rendered
    }
}

/// For text that says the same again and again.
pub(super) const FAST: Compression = Compression::fast();

/// For letters without any order: the fastest level would take twice the bytes for them.
pub(super) const DENSE: Compression = Compression::new(5);

/// RFC 1952.
pub(super) fn gzip(plain: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 16), level);
    // A Vec takes everything, so neither can fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}
