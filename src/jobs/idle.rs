//! Threads for what may take as long as it wants: at the lowest priority, so that a sale never waits for them.

use std::io;

/// The lowest priority that Linux knows.
const NICE: i32 = 19;

/// Runs `work` on a thread of its own: a priority once given up cannot be taken back.
///
/// # Errors
/// When there can be no more threads.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let lowest = move || {
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
        work();
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(lowest).map(drop)
}
