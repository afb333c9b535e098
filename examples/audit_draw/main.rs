//! Audits a concert's draw: recomputes the order from the published seed and the list of entries, and says whether the
//! numbers that were given are the ones that follow.
//!
//! ```text
//! cargo run --example audit_draw -- http://127.0.0.1:8080 CONCERT_ID [--noted HASH] [--save FILE]
//! cargo run --example audit_draw -- FILE [--noted HASH] [--digest DIGEST]
//! ```
//!
//! Before the sale `GET /v1/concerts/{id}` shows `draw.seed_hash`: note it down, and give it here as `--noted`. Then
//! nobody can have chosen the seed after seeing who joined. Your own entry is the `jti` of your queue token: look for
//! it in the list. Thirty days after the concert the office shows the list no more, but its digest: a list that was saved
//! before is proved by `--digest`. Exit code 0: the draw holds; 1: it does not; 2: it could not be read.
//!
//! It must not use anything of the server's own code: an audit by the audited proves nothing.

mod audit;

use std::error::Error;
use std::process::ExitCode;

use audit::{audit, digest, fetch};
use clap::Parser;
use serde_json::Value;

/// Recomputes a concert's draw from its published seed and list, and says whether the numbers are the ones that follow
///
/// Exit code 0: the draw holds; 1: it does not; 2: it could not be read.
#[derive(Parser)]
#[command(override_usage = "audit_draw [OPTIONS] URL CONCERT_ID\n       audit_draw [OPTIONS] FILE")]
struct Arguments {
    /// A server, such as http://127.0.0.1:8080, or a file saved before
    #[arg(value_name = "URL|FILE")]
    from: String,
    /// The concert's id, with a server
    concert_id: Option<String>,
    /// The seed's hash as it was shown before the sale
    #[arg(long, value_name = "HASH")]
    noted: Option<String>,
    /// The digest that the office shows of a list that it does not show any more
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
    /// Keeps what was read in this file
    #[arg(long, value_name = "FILE", requires = "concert_id")]
    save: Option<String>,
}

fn read(arguments: &Arguments) -> Result<Value, Box<dyn Error>> {
    let is_url = ["http://", "https://"].iter().any(|scheme| arguments.from.starts_with(scheme));
    let draw = match &arguments.concert_id {
        Some(concert) if is_url => fetch(&arguments.from, concert)?,
        None if !is_url => {
            let text = std::fs::read_to_string(&arguments.from);
            serde_json::from_str(&text.map_err(|error| format!("{}: {error}", arguments.from))?)?
        }
        _ => return Err("a concert's id goes with a server's URL, and a file stands alone; see --help".into()),
    };
    if let Some(file) = &arguments.save {
        std::fs::write(file, serde_json::to_string_pretty(&draw)?)?;
    }
    Ok(draw)
}

fn check(draw: &Value, arguments: &Arguments) -> Result<usize, String> {
    let entries = audit(draw, arguments.noted.as_deref())?;
    match &arguments.digest {
        Some(shown) if !shown.eq_ignore_ascii_case(&digest(draw)?) => {
            Err(format!("the list's digest is {}, but {shown} is shown", digest(draw)?))
        }
        _ => Ok(entries),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match read(&arguments).map(|draw| check(&draw, &arguments)) {
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
