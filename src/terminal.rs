//! What the program says to whoever started it. A reader that went away, sleeps or has no room is no reason to panic or
//! to wait for ever: `println!` does the one, and both wait. The log has a thread of its own (`cli::log`).

use std::io::{ErrorKind, Result, Write};
use std::sync::mpsc;
use std::time::Duration;

/// How long the last words may take when nobody reads them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prints a line on standard output.
///
/// # Errors
/// When it did not get there: whoever shows what cannot be shown again must know.
pub fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}

/// Prints a line that nobody misses for long: a reader that went away is not told of.
pub fn mention(line: &str) {
    if let Err(error) = say(line) {
        tracing::warn!(%error, line, "standard output takes no more");
    }
}

/// Tells on standard error how something goes on. A lost line is no loss.
pub fn note(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Prints a long text. Its reader may have seen enough (`| head`), which is no failure.
///
/// # Errors
/// Any other, such as a full disk.
pub fn print_whole(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Prints why the program ends on standard error, for as long as its reader may keep it waiting.
pub fn complain(line: &str) {
    let (done, wait) = mpsc::channel();
    let line = format!("{line}\n");
    std::thread::spawn(move || {
        // A lost complaint cannot be complained of.
        let _ = std::io::stderr().write_all(line.as_bytes());
        let _ = done.send(());
    });
    let _ = wait.recv_timeout(PATIENCE);
}
