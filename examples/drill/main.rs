//! A drill on a venue on PostgreSQL: under a load of buyers who repeat what was not answered, nodes, PostgreSQL and etcd are killed
//! and stopped; after each round all that was acknowledged must stand, once, in PostgreSQL and in each node's copy alike.
//!
//! ```text
//! examples/cluster/drill [--rounds N]                 brings a cluster up, drills it, takes it down
//! cargo run --example drill -- FOLDER [--rounds N]    on one that `examples/cluster/up FOLDER` brought up
//! ```
//!
//! It is no part of the product and uses its client, its reader of books and its `verify`. What it must not do: touch a process
//! that is not of the folder.
#![expect(clippy::disallowed_methods, reason = "a drill keeps its own time; clippy.toml's rules are the server's")]

mod buyer;
mod check;
mod cluster;
mod fault;
mod ledger;
mod load;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use cluster::Cluster;
use fault::Fault;
use ledger::Ledger;
use load::Load;

/// Kills and stops the parts of a cluster under load, and looks whether all that was acknowledged stands
///
/// Exit code 0: it does, in each round; 1: something was lost, doubled or not in order; 2: the drill could not go on.
#[derive(Parser)]
struct Arguments {
    /// Where `examples/cluster/up` brought a cluster up
    folder: PathBuf,
    /// How many faults, one a round; without it each kind once
    #[arg(long)]
    rounds: Option<usize>,
    /// These kinds alone, by their names; may be repeated
    #[arg(long, value_name = "FAULT")]
    only: Vec<String>,
    /// What decides who buys what and when a fault comes
    #[arg(long)]
    seed: Option<u64>,
    /// Buyers at the same time
    #[arg(long, default_value_t = 24)]
    buyers: u32,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let drilled = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(drill(&arguments)));
    match drilled {
        Ok(0) => ExitCode::SUCCESS,
        Ok(breaches) => {
            println!("{breaches} breaches");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("drill: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Gives how many breaches there were.
async fn drill(arguments: &Arguments) -> anyhow::Result<usize> {
    let cluster = Cluster::open(&arguments.folder)?;
    let seed = arguments.seed.unwrap_or_else(rand::random);
    println!("seed {seed}; {} buyers at {}", arguments.buyers, cluster.addresses_said());
    let mut random = StdRng::seed_from_u64(seed);
    let faults: Vec<Fault> = Fault::on(&cluster)
        .into_iter()
        .filter(|fault| arguments.only.is_empty() || arguments.only.iter().any(|only| only == fault.name()))
        .collect();
    anyhow::ensure!(!faults.is_empty(), "no such fault here; there are {:?}", Fault::on(&cluster));
    let rounds = arguments.rounds.unwrap_or(faults.len());
    let ledger = Ledger::after(check::before(&cluster).await?);
    let before = ledger.payments();
    let (mut breaches, mut longest) = (0, Vec::new());
    println!("{:<22} {:>8} {:>9} {:>9} {:>10}  breaches", "fault", "gap s", "changes", "repeated", "payments");
    for round in 0..rounds {
        let fault = faults[round % faults.len()];
        let seen = one(&cluster, fault, &ledger, &mut random, arguments.buyers, seed ^ round as u64);
        let seen = seen.await.with_context(|| format!("round {} of {rounds}, {}", round + 1, fault.name()))?;
        println!(
            "{:<22} {:>8.1} {:>9} {:>9} {:>10}  {}",
            fault.name(),
            seen.gap.as_secs_f64(),
            seen.changes,
            seen.repeated,
            ledger.payments() - before,
            if seen.breaches.is_empty() { "none".to_owned() } else { seen.breaches.join("; ") }
        );
        breaches += seen.breaches.len();
        longest.push((fault, seen.gap));
    }
    summary(&faults, &longest);
    println!("{} payments and {} changes acknowledged", ledger.payments() - before, ledger.changes());
    Ok(breaches)
}

/// What one round saw.
struct Seen {
    gap: Duration,
    changes: usize,
    repeated: usize,
    breaches: Vec<String>,
}

async fn one(
    cluster: &Cluster,
    fault: Fault,
    ledger: &Ledger,
    random: &mut StdRng,
    buyers: u32,
    seed: u64,
) -> anyhow::Result<Seen> {
    let load = Load::start(cluster, ledger, buyers, seed).await?;
    tokio::time::sleep(Duration::from_millis(random.random_range(1_500..2_500))).await;
    let struck = fault.strike(cluster, random).await?;
    load.goes_on_after(cluster, struck.at).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Under load still: coming back must cost nobody anything either.
    let mut breaches = Fault::mend(&struck, cluster).await?;
    load.goes_on_after(cluster, Instant::now()).await?;
    let done = load.stop().await?;
    breaches.extend(done.refused);
    breaches.extend(check::all(cluster, ledger).await?);
    Ok(Seen { gap: done.gap, changes: done.changes, repeated: done.repeated, breaches })
}

fn summary(faults: &[Fault], seen: &[(Fault, Duration)]) {
    println!("\nthe longest time between two acknowledged changes, of all buyers:");
    for fault in faults {
        let mut gaps: Vec<_> = seen.iter().filter(|(of, _)| of == fault).map(|(_, gap)| gap.as_secs_f64()).collect();
        gaps.sort_by(f64::total_cmp);
        if let (Some(least), Some(most)) = (gaps.first(), gaps.last()) {
            println!("{:<22} {:>3} times, {least:.1} to {most:.1} s", fault.name(), gaps.len());
        }
    }
}
