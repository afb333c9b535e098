//! The log: events are written into a bounded buffer, and a thread of its own carries them to standard error.
//!
//! Nothing that serves ever waits for whoever reads the log, or hears of their errors: when the buffer is full, or the
//! disk under it, lines are dropped and counted, and the count is logged as soon as there is room again.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::LogFormat;

/// What may wait to be written: some ten thousand requests.
const MOST_BYTES: usize = 2 << 20;
/// The same in lines; short ones cost more than their bytes.
const MOST_LINES: usize = 20_000;
/// How long the last lines may take when the program ends.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much is handed to the system at once.
const CHUNK: usize = 64 << 10;

/// The running log. Dropping it writes what still waits, for a bounded time.
pub struct Log(Arc<Buffer>);

/// Starts the log of this process.
///
/// # Errors
/// When the filter cannot be understood.
pub fn start(filter: &str, format: LogFormat) -> anyhow::Result<Log> {
    let filter = read_filter(filter)?;
    let buffer = Arc::new(Buffer::default());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(To(buffer.clone()))
        .with_ansi(io::stderr().is_terminal())
        // Its own complaints would go to standard error by `eprintln!`, which panics when nobody reads.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    // A panic is told here too: by itself it would write to standard error, and wait for its reader.
    std::panic::set_hook(Box::new(
        |panic| tracing::error!(target: "boxoffice::panic", %panic, "a bug: a thread panicked"),
    ));
    let carried = buffer.clone();
    std::thread::Builder::new().name("log".to_owned()).spawn(move || carry(&carried, &mut io::stderr()))?;
    Ok(Log(buffer))
}

fn read_filter(filter: &str) -> anyhow::Result<EnvFilter> {
    anyhow::ensure!(
        !filter.trim().is_empty(),
        "--log (or BOXOFFICE_LOG) is empty; say off, error, warn or info, or leave it away"
    );
    // Of a migration that has nothing to do only the curious want to hear: they name its target.
    let is_quiet = filter.trim().parse().is_ok_and(|level: LevelFilter| level < LevelFilter::INFO);
    let whole = if is_quiet { filter.to_owned() } else { format!("refinery_core=warn,{filter}") };
    EnvFilter::try_new(whole).map_err(|error| anyhow::anyhow!("--log {filter}: {error}; try off, error, warn or info"))
}

#[derive(Default)]
struct Buffer {
    waiting: Mutex<Waiting>,
    /// There is something to write, or the end has come.
    more: Condvar,
    /// All has been written.
    empty: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    lines: usize,
    dropped: u64,
    /// Something has left the buffer and is not written yet.
    writing: bool,
    ending: bool,
}

thread_local! {
    /// The log's thread may pass the bound by a line: it is the one that says how many were dropped.
    static CARRIES: Cell<bool> = const { Cell::new(false) };
}

impl Buffer {
    fn put(&self, line: &[u8]) {
        let mut waiting = self.waiting.lock();
        let is_full = MOST_LINES <= waiting.lines || MOST_BYTES < waiting.bytes.len() + line.len();
        if is_full && !CARRIES.get() {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes.extend_from_slice(line);
        waiting.lines += 1;
        self.more.notify_one();
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.lock();
        waiting.ending = true;
        self.0.more.notify_one();
        let is_unfinished = |waiting: &mut Waiting| waiting.writing || waiting.lines > 0;
        self.0.empty.wait_while_for(&mut waiting, is_unfinished, PATIENCE);
    }
}

/// Carries lines from the buffer to `out`, until the program ends.
fn carry(buffer: &Buffer, out: &mut impl Write) {
    CARRIES.set(true);
    // The line that was being written when the last error came; the next one must not go on in it.
    let mut torn = false;
    let mut bytes = Vec::new();
    loop {
        let dropped = {
            let mut waiting = buffer.waiting.lock();
            waiting.writing = false;
            if waiting.lines == 0 {
                buffer.empty.notify_all();
                if waiting.ending {
                    return;
                }
                buffer.more.wait_while(&mut waiting, |waiting| waiting.lines == 0 && !waiting.ending);
            }
            (waiting.writing, waiting.lines) = (true, 0);
            bytes.clear();
            std::mem::swap(&mut bytes, &mut waiting.bytes);
            waiting.dropped
        };
        let lost = write(&bytes, out, &mut torn);
        if lost > 0 {
            buffer.waiting.lock().dropped += lost;
        } else if dropped > 0 {
            buffer.waiting.lock().dropped -= dropped;
            tracing::warn!(target: "boxoffice::log", dropped, "log lines were dropped: their reader was slow or away");
        }
    }
}

/// Writes what it can; gives how many lines did not get there whole.
fn write(bytes: &[u8], out: &mut impl Write, torn: &mut bool) -> u64 {
    let mut rest = bytes;
    if *torn && out.write_all(b"\n").is_ok() {
        *torn = false;
    }
    while !rest.is_empty() {
        match out.write(&rest[..rest.len().min(CHUNK)]) {
            Ok(written) if written > 0 => {
                rest = &rest[written..];
                *torn = false;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => {
                let whole = bytes.len() - rest.len();
                *torn |= whole > 0 && bytes[whole - 1] != b'\n';
                return rest.iter().filter(|byte| **byte == b'\n').count() as u64;
            }
        }
    }
    0
}

/// Where events are written to.
struct To(Arc<Buffer>);

/// One event on its way: it comes as a whole.
struct Event<'a>(&'a Buffer);

impl<'a> MakeWriter<'a> for To {
    type Writer = Event<'a>;

    fn make_writer(&'a self) -> Event<'a> {
        Event(&self.0)
    }
}

impl Write for Event<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, MOST_BYTES, MOST_LINES, Write, io, write};

    fn lines_and_dropped(buffer: &Buffer) -> (usize, u64) {
        let waiting = buffer.waiting.lock();
        (waiting.lines, waiting.dropped)
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_counted() {
        let buffer = Buffer::default();
        (0..MOST_LINES + 3).for_each(|_| buffer.put(b"x\n"));
        assert_eq!(lines_and_dropped(&buffer), (MOST_LINES, 3));
        let buffer = Buffer::default();
        let long = vec![b'x'; MOST_BYTES / 2];
        (0..3).for_each(|_| buffer.put(&long));
        assert_eq!(lines_and_dropped(&buffer), (2, 1));
    }

    /// Takes so many bytes, then has no room.
    struct Small(Vec<u8>, usize);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.1.saturating_sub(self.0.len()).min(bytes.len()) {
                0 => Err(io::ErrorKind::StorageFull.into()),
                some => {
                    self.0.extend_from_slice(&bytes[..some]);
                    Ok(some)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_was_cut_is_counted_and_ends_before_the_next() {
        let (mut disk, mut torn) = (Small(Vec::new(), 6), false);
        assert_eq!(write(b"one\ntwo\nthree\n", &mut disk, &mut torn), 2);
        assert_eq!(write(b"four\n", &mut disk, &mut torn), 1);
        disk.1 = 100;
        assert_eq!(write(b"five\n", &mut disk, &mut torn), 0);
        assert_eq!(String::from_utf8_lossy(&disk.0), "one\ntw\nfive\n");
    }
}
