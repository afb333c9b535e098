//! The program: hands the arguments over, prints what went wrong, and exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    match boxoffice::cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("boxoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}
