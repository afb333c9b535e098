//! The program: hands the arguments over, prints what went wrong, and exits.

use std::process::ExitCode;

/// Many small things are made on one thread and dropped on another; glibc's allocator pays for each with a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match boxoffice::cli::run() {
        Ok(code) => code,
        Err(error) => {
            boxoffice::terminal::complain(&format!("boxoffice: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
