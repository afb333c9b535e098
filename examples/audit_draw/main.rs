//! Audits a concert's draw: recomputes the order from the published seed and the list of entries, and says whether the
//! numbers that were given are the ones that follow.
//!
//! ```text
//! cargo run --example audit_draw -- http://127.0.0.1:8080 CONCERT_ID [--noted HASH] [--save FILE]
//! cargo run --example audit_draw -- FILE [--noted HASH]
//! ```
//!
//! Before the sale `GET /v1/concerts/{id}` shows `draw.seed_hash`: note it down, and give it here as `--noted`. Then
//! nobody can have chosen the seed after seeing who joined. Your own entry is the `jti` of your queue token: look for
//! it in the list. Exit code 0: the draw holds; 1: it does not; 2: it could not be read.
//!
//! It must not use anything of the server's own code: an audit by the audited proves nothing.

mod audit;

use std::error::Error;
use std::process::ExitCode;

use audit::{audit, fetch};
use serde_json::Value;

/// The value of an option such as `--save FILE`, taken out of the arguments.
fn option(arguments: &mut Vec<String>, name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name)?;
    let mut taken = arguments.drain(at..(at + 2).min(arguments.len()));
    taken.nth(1)
}

fn read(arguments: &mut Vec<String>) -> Result<Value, Box<dyn Error>> {
    let save = option(arguments, "--save");
    let draw = match &arguments[..] {
        [url, concert] if url.starts_with("http://") || url.starts_with("https://") => fetch(url, concert)?,
        [file] if !file.starts_with('-') => serde_json::from_str(&std::fs::read_to_string(file)?)?,
        _ => return Err("usage: audit_draw URL CONCERT_ID [--noted HASH] [--save FILE] | FILE [--noted HASH]".into()),
    };
    if let Some(file) = save {
        std::fs::write(file, serde_json::to_string_pretty(&draw)?)?;
    }
    Ok(draw)
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let noted = option(&mut arguments, "--noted");
    match read(&mut arguments).map(|draw| audit(&draw, noted.as_deref())) {
        Ok(Ok(entries)) => {
            println!("the draw holds: {entries} entries, each has the number that seed and list give it");
            ExitCode::SUCCESS
        }
        Ok(Err(breach)) => {
            println!("the draw does NOT hold: {breach}");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("audit_draw: {error}");
            ExitCode::from(2)
        }
    }
}
