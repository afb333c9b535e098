//! Threads for what may take as long as it wants: at the lowest priority, so that a sale never waits for them.

use std::io;

use crate::priority;

/// Runs `work` on a thread of its own: a priority once given up cannot be taken back.
///
/// # Errors
/// When there can be no more threads.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let lowest = move || {
        priority::give_up();
        work();
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(lowest).map(drop)
}
