//! Arguments and subcommands. No logic: each calls the module that does the work.

mod log;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Config, LogFormat};
use crate::network::Listen;
use crate::run::runtime;
use crate::terminal::{complain, mention, print_whole};
use crate::{demo, rehearse, server, store, verify};

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
    Serve(Config),
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
        /// The data file
        file: PathBuf,
    },
    /// Copy a data file in use to a new file, consistent and synced
    Backup {
        /// The data file
        file: PathBuf,
        /// The copy; must not exist
        out: PathBuf,
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
    /// What is logged: off, error, warn, info (a line per request) or a tracing filter
    #[arg(long, env = "BOXOFFICE_LOG", value_name = "FILTER", default_value = "warn")]
    log: String,
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
    match Arguments::parse().command {
        Command::Demo(arguments) => {
            let _log = log::start(&arguments.log, LogFormat::Text)?;
            runtime()?.block_on(demo::run(arguments.data, &arguments.listen))?;
        }
        Command::Serve(config) => {
            let _log = log::start(&config.log, config.log_format)?;
            runtime()?.block_on(serve::serve(config))?;
        }
        Command::Openapi { format: DocumentFormat::Yaml } => print_whole(&server::document_yaml())?,
        Command::Openapi { format: DocumentFormat::Json } => print_whole(&server::document_json())?,
        Command::Verify { file } => return Ok(run_verify(&file)),
        Command::Backup { file, out } => {
            store::backup(&file, &out)?;
            mention(&format!("{} is a consistent copy of {}", out.display(), file.display()));
        }
        Command::Rehearse(arguments) => return runtime()?.block_on(rehearse::run(arguments)),
    }
    Ok(ExitCode::SUCCESS)
}

fn run_verify(file: &Path) -> ExitCode {
    match verify::verify(file) {
        Err(error) => {
            complain(&format!("boxoffice: {error}"));
            ExitCode::from(2)
        }
        Ok(report) => {
            let breaches = report.breaches.iter().map(|breach| format!("law {}: {}\n", breach.law, breach.what));
            let counts: Vec<_> = report.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let sum = format!("{}: {} breaches; {}", file.display(), report.breaches.len(), counts.join(", "));
            mention(&(breaches.collect::<String>() + &sum));
            if report.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}
