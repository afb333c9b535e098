//! `boxoffice move`: a venue from a file into PostgreSQL, or back, with a line for each table.

use std::path::Path;

use crate::store::book::{self, Address};
use crate::terminal::{mention, note};

pub(super) fn run(from: &Path, to: &Path, is_unreplicated: bool) -> anyhow::Result<()> {
    let mut told = |table: &str, rows: u64| {
        if rows > 0 {
            note(&format!("{table}: {rows} rows"));
        }
    };
    match (Address::parse(from)?, Address::parse(to)?) {
        (None, Some(address)) => {
            let kept = book::move_in(from, &address, is_unreplicated, &mut told)?;
            let kept: String =
                kept.iter().map(|kept| format!("what was there is kept as {}\n", kept.display())).collect();
            mention(&format!("{kept}{} is now {address}", from.display()));
        }
        (Some(address), None) => {
            book::move_out(&address, to, &mut told)?;
            mention(&format!("{address} is now {}; its tables stay, and nobody serves them any more", to.display()));
        }
        _ => anyhow::bail!("name a data file and an address (postgres://…?schema=NAME), in the order from, to"),
    }
    Ok(())
}
