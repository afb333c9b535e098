//! Arguments and subcommands. No logic: each calls the module that does the work.

mod log;
mod moves;
mod serve;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::certificate::LocalName;
use crate::clock::SystemClock;
use crate::config::{Config, LogFormat};
use crate::entropy::SystemEntropy;
use crate::network::Listen;
use crate::restore::{self, RestoreError};
use crate::run::{keep_memory_private, runtime, take_small_pages};
use crate::store::book::{self, Address};
use crate::terminal::{complain, mention, note, print_whole};
use crate::{certificate, demo, rehearse, rotation, server, store, verify};

/// A ticket office in one binary and one SQLite file.
///
/// Buyers queue, are let in a few at a time, hold seats, top up a balance, pay, and walk in with a ticket.
/// Start with `boxoffice demo`.
#[derive(Parser)]
#[command(name = "boxoffice", version, about, long_about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try it: a fresh data file with a concert on sale, a buyer and an operator key
    ///
    /// The data file is thrown away at the end, unless --data names one to make and keep.
    Demo(DemoArguments),
    /// Serve a data file
    ///
    /// Makes the data file if it is missing and prints the new operator key, once. Stops in order on Ctrl-C, SIGTERM or SIGHUP.
    Serve(Box<Config>),
    /// Make a certificate for phones at the door: an authority of your own, for this network alone
    ///
    /// A browser gives its camera to pages with TLS only. Made anew in the same folder, the certificate is renewed and phones
    /// go on trusting it; a running `serve` takes it up by itself. Keep the folder as you keep keys.
    Certificate(CertificateArguments),
    /// Print the OpenAPI document; needs no data file
    Openapi {
        /// Its format
        #[arg(long, value_enum, default_value = "yaml")]
        format: DocumentFormat,
    },
    /// Check the laws on a data file, in use or not
    ///
    /// Prints a line for each breach and exits with 1 if there is one; with 2 if the file cannot be opened.
    Verify {
        /// The data file, or the address of a venue in PostgreSQL, served or not
        file: PathBuf,
    },
    /// Move a venue from a data file into PostgreSQL, or back
    ///
    /// Neither may be served meanwhile. The file is kept under another name, and so are the tables: what was moved away is served no
    /// more. The other side must be new: a schema without a venue, a file that does not exist.
    Move {
        /// The data file, or postgres://…?schema=NAME
        from: PathBuf,
        /// postgres://…?schema=NAME, or the data file
        to: PathBuf,
        /// Move also where a commit stands on one machine alone
        #[arg(long, env = "BOXOFFICE_UNREPLICATED")]
        unreplicated: bool,
    },
    /// Copy a data file in use to a new file, consistent and synced
    Backup {
        /// The data file
        file: PathBuf,
        /// The copy; must not exist
        out: PathBuf,
    },
    /// Put a backup in the place of a data file
    ///
    /// Refuses while the file is in use and when the backup breaks a law. What was there is kept under names with the
    /// date. Queue tokens given before are dead afterwards: buyers ask for theirs again.
    Restore {
        /// The backup
        backup: PathBuf,
        /// The data file, there or not
        file: PathBuf,
    },
    /// Make new keys for a data file, as after a copy of it fell into wrong hands
    ///
    /// Refuses while the file is in use. Nobody is logged out, sent out of a line or loses a ticket: tokens of the keys before are
    /// believed until the keys are turned once more, and tickets that were sold keep their codes. Links in mails have to be
    /// asked for again.
    TurnKeys {
        /// The data file
        file: PathBuf,
    },
    /// Rehearse an on-sale: a whole crowd over real HTTP, with progress and a report
    ///
    /// Against a throw-away server unless --url names one. Buyers come when they come, wait by polls or streams, look,
    /// hold, top up and pay; some dawdle, leave, repeat requests or lose their connection. As behind a venue's front
    /// end they share a number of connections and one seat map, which is fetched once and then kept up to date by its
    /// changes. Exits with 0 when the laws hold and nobody was lost, else with 1.
    Rehearse(rehearse::Arguments),
}

#[derive(Args)]
struct DemoArguments {
    /// Make and keep this data file; it must not exist
    #[arg(long, env = "BOXOFFICE_DATA", value_name = "FILE")]
    data: Option<PathBuf>,
    /// The address to listen on
    #[arg(long, env = "BOXOFFICE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: Listen,
    /// So many buyers who behave like people join the line, so that it moves while you look
    #[arg(long, env = "BOXOFFICE_CROWD", value_name = "BUYERS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=i64::from(demo::LARGEST_CROWD)))]
    crowd: u32,
    /// What is logged: off, error, warn, info (a line per request) or a tracing filter
    #[arg(long, env = "BOXOFFICE_LOG", value_name = "FILTER", default_value = "warn")]
    log: String,
}

#[derive(Args)]
struct CertificateArguments {
    /// Where the files are, or shall be
    folder: PathBuf,
    /// How phones call this machine: a name that ends in .local, or a private address; several with commas
    #[arg(long = "name", value_name = "NAME", required = true, value_delimiter = ',')]
    names: Vec<LocalName>,
    /// Show the steps for phones at this address, until Ctrl-C
    #[arg(long, value_name = "ADDRESS")]
    show: Option<SocketAddr>,
}

#[derive(Clone, Copy, ValueEnum)]
enum DocumentFormat {
    Yaml,
    Json,
}

/// Runs what the arguments ask for.
///
/// # Errors
/// With the cause and the remedy.
pub fn run() -> anyhow::Result<ExitCode> {
    keep_memory_private();
    take_small_pages();
    let given = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&given).unwrap_or_else(|error| error.exit());
    match arguments.command {
        Command::Demo(arguments) => {
            let _log = log::start(&arguments.log, LogFormat::Text)?;
            runtime()?.block_on(demo::run(arguments.data, &arguments.listen, arguments.crowd))?;
        }
        Command::Serve(config) => {
            let _log = log::start(&config.log, config.log_format)?;
            runtime()?.block_on(serve::serve(*config, &serve::shown_secrets(&given)))?;
        }
        Command::Certificate(arguments) => run_certificate(&arguments)?,
        Command::Openapi { format: DocumentFormat::Yaml } => print_whole(&server::document_yaml())?,
        Command::Openapi { format: DocumentFormat::Json } => print_whole(&server::document_json())?,
        Command::Verify { file } => return run_verify(&file),
        Command::Move { from, to, unreplicated } => moves::run(&from, &to, unreplicated)?,
        Command::Backup { file, out } => {
            let said = format!("{} is a consistent copy of {}", out.display(), file.display());
            return Ok(told(store::backup(&file, &out), |()| mention(&said)));
        }
        Command::Restore { backup, file } => return Ok(run_restore(&backup, &file)),
        Command::TurnKeys { file } => return Ok(run_turn_keys(&file)),
        Command::Rehearse(arguments) => return runtime()?.block_on(rehearse::run(arguments)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Exits with 2 when a file was made by another version: trying again does not help, the right version does.
fn told<T, E: Into<RestoreError>>(done: Result<T, E>, say: impl FnOnce(T)) -> ExitCode {
    use store::FileError::{Diverged, Newer, Older};
    match done.map_err(Into::into) {
        Ok(done) => {
            say(done);
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("boxoffice: {error}"));
            let of_other_version = matches!(error, RestoreError::File(Older { .. } | Newer { .. } | Diverged { .. }));
            ExitCode::from(if of_other_version { 2 } else { 1 })
        }
    }
}

fn run_certificate(CertificateArguments { folder, names, show }: &CertificateArguments) -> anyhow::Result<()> {
    let made = certificate::make(folder, names, &SystemClock::start())?;
    match show {
        None => mention(&certificate::told(&made, names, None)),
        Some(address) => runtime()?.block_on(certificate::show(*address, &made, names, |bound| {
            mention(&certificate::told(&made, names, Some(bound)));
        }))?,
    }
    Ok(())
}

fn run_turn_keys(file: &Path) -> ExitCode {
    match rotation::turn_keys(file, Arc::new(SystemClock::start()), Arc::new(SystemEntropy)) {
        Ok(()) => {
            mention(&format!(
                "{} has new keys; once more, when the sale is over, and the former token key is dead",
                file.display()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("boxoffice: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run_restore(backup: &Path, file: &Path) -> ExitCode {
    let (backup_name, name) = (backup.display(), file.display());
    note(&format!("checking {backup_name}, then a copy of it with new keys …"));
    told(restore::restore(backup, file, &SystemClock::start(), &SystemEntropy), |aside| {
        let kept = aside.iter().map(|kept| format!("what was there is kept as {}\n", kept.display()));
        let done =
            format!("{name} is now {backup_name}; queue tokens from before are dead, buyers ask for theirs again");
        mention(&(kept.collect::<String>() + &done));
    })
}

fn run_verify(file: &Path) -> anyhow::Result<ExitCode> {
    let Some(address) = Address::parse(file)? else { return Ok(told_verified(&file.display(), verify::verify(file))) };
    Ok(told_verified(&address, book::with_copy(&address, verify::verify)?))
}

fn told_verified(file: &dyn std::fmt::Display, verified: Result<verify::Report, store::FileError>) -> ExitCode {
    match verified {
        Err(error) => {
            complain(&format!("boxoffice: {error}"));
            ExitCode::from(2)
        }
        Ok(report) => {
            let breaches = report.breaches.iter().map(|breach| format!("law {}: {}\n", breach.law, breach.what));
            let counts: Vec<_> = report.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let wal = format!("{0}-wal is another file's and was not looked at: {0} was replaced\n", file);
            let wal = if report.without_wal { wal } else { String::new() };
            let sum = format!("{file}: {} breaches; {}", report.breaches.len(), counts.join(", "));
            mention(&(breaches.collect::<String>() + &wal + &sum));
            if report.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}
