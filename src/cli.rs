//! Arguments and subcommands. No logic: each calls the module that does the work.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::app::{App, Opened};
use crate::config::{Config, Limits, LogFormat, raise_open_files};
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
    /// Makes the data file if it is missing and prints the new operator key, once. Stops in order on Ctrl-C or SIGTERM.
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
    listen: std::net::SocketAddr,
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
            start_log(&arguments.log, LogFormat::Text)?;
            runtime()?.block_on(demo::run(arguments.data, arguments.listen))?;
        }
        Command::Serve(config) => {
            start_log(&config.log, config.log_format)?;
            runtime()?.block_on(serve(config))?;
        }
        Command::Openapi { format: DocumentFormat::Yaml } => print_whole(&server::document_yaml())?,
        Command::Openapi { format: DocumentFormat::Json } => print_whole(&server::document_json())?,
        Command::Verify { file } => return Ok(run_verify(&file)),
        Command::Backup { file, out } => {
            store::backup(&file, &out)?;
            println!("{} is a consistent copy of {}", out.display(), file.display());
        }
        Command::Rehearse(arguments) => return runtime()?.block_on(rehearse::run(arguments)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a long text. Its reader may have seen enough (`| head`), which is no failure; `print!` would panic.
fn print_whole(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// The async runtime of the server.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn start_log(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| anyhow::anyhow!("--log {filter}: {error}; try off, error, warn or info"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let (listen, data) = (config.listen, config.data.clone());
    let Opened { app, new_operator_key } = App::open(config, Limits::default().within(raise_open_files())).await?;
    if let Some(key) = new_operator_key {
        println!("operator key (shown once, keep it): {key}");
    }
    serve_until_stopped(app, listen, |address| {
        println!("boxoffice serves {} on http://{address} (docs: http://{address}/docs)", data.display());
    })
    .await
}

/// Serves an open box office until Ctrl-C or SIGTERM; `ready` learns the address once it listens.
///
/// # Errors
/// When the address cannot be had or the store failed.
pub async fn serve_until_stopped(
    app: Arc<App>,
    listen: std::net::SocketAddr,
    ready: impl FnOnce(std::net::SocketAddr),
) -> anyhow::Result<()> {
    let serving = server::serve(app.clone(), listen).await?;
    // Before anyone is told that it runs: whoever then asks it to stop shall be heard.
    let stop = stop_signal(app.clone())?;
    ready(serving.address);
    serving.run(stop).await?;
    if app.has_failed() {
        anyhow::bail!("the data file could not be written; what was acknowledged is safe. See the log for the cause");
    }
    Ok(())
}

/// Resolves on Ctrl-C, on SIGTERM, or when the store has failed and nothing may be acknowledged any more.
fn stop_signal(app: Arc<App>) -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = app.failed() => {}
        }
    })
}

fn run_verify(file: &std::path::Path) -> ExitCode {
    match verify::verify(file) {
        Err(error) => {
            eprintln!("boxoffice: {error}");
            ExitCode::from(2)
        }
        Ok(report) => {
            for breach in &report.breaches {
                println!("law {}: {}", breach.law, breach.what);
            }
            let counts: Vec<_> = report.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            println!("{}: {} breaches; {}", file.display(), report.breaches.len(), counts.join(", "));
            if report.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}
