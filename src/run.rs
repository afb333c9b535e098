//! Runs an open box office: the async runtime, the limits of the process, serving until told to stop. What it serves and
//! what it prints is for the programs above to say.

use std::net::SocketAddr;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::App;
use crate::server::{self, Bound};

/// One task in so many is taken from the queue that all workers share, where those stand whom the writer wakes, having committed
/// what they wait for. By itself a worker that has others looks there only now and then (tokio aims at every 200 µs of work, and
/// counts up to 127 tasks), and under a crowd it always has others: whoever had paid waited for an answer that was there
/// (docs/speed.md).
const FROM_ELSEWHERE: u32 = 2;

/// The async runtime of the server.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().global_queue_interval(FROM_ELSEWHERE).enable_all().build()?)
}

/// Raises this process's limit on open files as far as it may, also for its children. Gives the limit.
pub fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    now.unwrap_or(u64::MAX)
}

/// Has the system give this process its memory by small pages, also to its children. The allocator asks for huge ones: each
/// thread that then touches a few kilobytes holds two megabytes, and an idle box office twice of what it needs
/// (docs/speed.md).
pub fn take_small_pages() {
    // Where the system does not know the wish it has nothing to give up.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Keeps the memory of this process, in which every secret lies, out of core dumps, and away from other programs of its user.
pub fn keep_memory_private() {
    // Where dumps go to a program, the limit says nothing.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Serves an open box office until Ctrl-C, SIGTERM or SIGHUP; `ready` learns the address once it listens.
///
/// # Errors
/// When the store failed.
pub async fn serve_until_stopped(app: Arc<App>, bound: Bound, ready: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let serving = server::serve(app.clone(), bound);
    // Before anyone is told that it runs: whoever then asks it to stop shall be heard.
    let stop = stop_signal(app.clone())?;
    ready(serving.address);
    serving.run(stop).await?;
    if app.has_failed() {
        anyhow::bail!("the box office failed; what was acknowledged before is safe. See the log for the cause");
    }
    Ok(())
}

/// Resolves when the process is asked to stop, or when the store has failed and nothing may be acknowledged any more.
fn stop_signal(app: Arc<App>) -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = hang_up_signal()?;
    Ok(async move {
        let hung_up = async {
            match &mut hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => tracing::info!("stopping: interrupted"),
            _ = terminate.recv() => tracing::info!("stopping: told to"),
            _ = hung_up => tracing::info!("stopping: the terminal hung up"),
            () = app.failed() => {}
        }
    })
}

/// The terminal closed. Not heard when whoever started the process said so (`nohup`): listening would undo that.
fn hang_up_signal() -> std::io::Result<Option<Signal>> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap_or_default();
    let is_ignored = ignored >> (SignalKind::hangup().as_raw_value() - 1) & 1 == 1;
    if is_ignored { Ok(None) } else { signal(SignalKind::hangup()).map(Some) }
}
