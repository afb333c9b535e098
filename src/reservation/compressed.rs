//! A seat map's JSON in gzip (RFC 1952), made at most as often as it may cost a twentieth of a core.
//!
//! In a sale a map changes hundreds of times a second, and compressing a large one takes milliseconds. So a compressed
//! map is given again, though the seats have moved on, until twenty times its making have passed: some milliseconds for
//! a small hall, a tenth of a second for a large one. It keeps the version that it shows, so what changed since can be
//! asked for as always. The plain map is never older than its request.

use std::io::Write as _;
use std::time::{Duration, Instant as Stopwatch};

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use parking_lot::{Mutex, RwLock};

use crate::reservation::seat_map::Rendered;

/// The share of a core that compressing one map may take.
const SHARE: u32 = 20;

/// The last compressed copy of one map.
#[derive(Default)]
pub(super) struct Compressed {
    latest: RwLock<Option<Copy>>,
    /// Held by whoever makes the next one; the others go on with the last.
    making: Mutex<()>,
}

struct Copy {
    version: u64,
    gzip: Bytes,
    made: Stopwatch,
    cost: Duration,
}

impl Compressed {
    /// The copy to give while the map is at `version`; `None` when a new one is to be made.
    pub(super) fn current(&self, version: u64) -> Option<Rendered> {
        let latest = self.latest.read();
        let copy = latest.as_ref()?;
        let still_good = copy.version == version || copy.made.elapsed() < copy.cost * SHARE || self.making.is_locked();
        still_good.then(|| Rendered { version: copy.version, json: copy.gzip.clone() })
    }

    /// Makes the copy of what `render` gives. Takes milliseconds for a large map.
    #[expect(clippy::disallowed_methods, reason = "it measures what it costs")]
    pub(super) fn make(&self, render: impl FnOnce() -> Rendered) -> Rendered {
        let _alone = self.making.lock();
        let (plain, made) = (render(), Stopwatch::now());
        if let Some(copy) = self.latest.read().as_ref()
            && copy.version == plain.version
        {
            // Somebody made it while this one waited.
            return Rendered { version: copy.version, json: copy.gzip.clone() };
        }
        let gzip = Bytes::from(gzip(&plain.json));
        let copy = Copy { version: plain.version, gzip: gzip.clone(), made, cost: made.elapsed() };
        *self.latest.write() = Some(copy);
        Rendered { version: plain.version, json: gzip }
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 16), Compression::fast());
    // A Vec takes everything, so neither can fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}
