//! What the box office can do on this machine, as ratios against ceilings measured in the same run.
//!
//! `cargo bench` runs every section; `cargo bench -- SECTION …` some of them; `--quick` with smaller loads. Each
//! section prepares its own data file, serves it with the real binary in a process of its own, drives it over
//! loopback from this process, and verifies the data file at its end. Nothing here asserts on speed: machines are
//! noisy, and the table at the end says which targets were met.
#![allow(clippy::disallowed_methods, reason = "benches measure real time")]

mod archive;
mod crowd;
mod door;
mod encrypted;
mod estimates;
mod ground;
mod grown_journeys;
mod growth;
mod halls;
mod journeys;
mod layers;
mod line;
mod load;
mod national;
mod nodes;
mod on_sale;
mod peers;
mod positions;
mod postgres;
mod report;
mod reports;
mod seat_maps;
mod server;
mod stalls;
mod streams;
mod waiting_pages;
mod writes;

use std::time::Instant;

use anyhow::Result;

/// The product's own, so that what runs in this process costs what it costs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One run.
pub struct Bench {
    /// Smaller loads.
    pub quick: bool,
    /// Promised figures with what was reached.
    pub targets: report::Targets,
}

impl Bench {
    /// How long a fixed-time load runs.
    pub fn seconds(&self, full: f64) -> f64 {
        if self.quick { full / 2.0 } else { full }
    }
}

type Section = (&'static str, &'static str, fn(&mut Bench) -> Result<()>);

const SECTIONS: &[Section] = &[
    ("positions", "queue_position against a bare GET", positions::run),
    ("seat_maps", "a seat map unchanged, changed, whole", seat_maps::run),
    ("writes", "payments and holds over HTTP", writes::run),
    ("layers", "what each layer of a payment costs", layers::run),
    ("journeys", "whole journeys", journeys::run),
    ("growth", "payments and holds on ever larger files", growth::run),
    ("grown_journeys", "journeys and seat maps on ever larger files", grown_journeys::run),
    ("archive", "concerts and performances that are over", archive::run),
    ("line", "publishing, memory and restart of the waiting room", line::run),
    ("stalls", "an insider's payment while something large happens", stalls::run),
    ("halls", "the best seats, and what is done to large halls", halls::run),
    ("door", "check-ins by twenty gates", door::run),
    ("reports", "reports over 100,000 payments, and what is beside them", reports::run),
    ("streams", "twenty thousand position streams", streams::run),
    ("waiting_pages", "polls and payments while twenty thousand pages wait", waiting_pages::run),
    ("crowd", "payments inside while a crowd joins without pause", crowd::run),
    ("encrypted", "positions through TLS", encrypted::run),
    ("on_sale", "a whole on-sale of 100,000 buyers", on_sale::run),
    ("national", "a national sale of 2,000,000 in fast motion", national::run),
    ("estimates", "estimated waits against the truth", estimates::run),
    ("nodes", "a venue on PostgreSQL: payments, polls, and who follows", nodes::run),
    ("peers", "PostgreSQL and Redis on this machine", peers::run),
];

/// The laws hold on a data file that was served.
pub fn verified(ground: &ground::Ground) -> Result<()> {
    let report = boxoffice::verify::verify(&ground.data)?;
    anyhow::ensure!(report.breaches.is_empty(), "the laws are broken: {:?}", report.breaches);
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == server::BARE) {
        return server::serve_bare();
    }
    let chosen: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let unknown = chosen.iter().find(|name| !SECTIONS.iter().any(|(section, ..)| section == *name));
    if arguments.iter().any(|argument| argument == "--help") || unknown.is_some() {
        println!("cargo bench -- [--quick] [SECTION …]; sections:");
        SECTIONS.iter().for_each(|(name, about, _)| println!("  {name:<14} {about}"));
        std::process::exit(unknown.map_or(0, |_| 2));
    }
    let mut bench = Bench { quick, targets: report::Targets::default() };
    let mut failed = false;
    println!("boxoffice {} on {}", env!("CARGO_PKG_VERSION"), machine());
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_boxoffice"))?.len() as f64 / 1e6;
    println!("the binary has {} MB", report::number(size));
    for (name, about, run) in SECTIONS {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            eprintln!("== {name}: {about}");
            let started = Instant::now();
            if let Err(error) = run(&mut bench) {
                println!("\n{name} failed: {error:#}");
                failed = true;
            }
            eprintln!("== {name} took {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    bench.targets.print();
    anyhow::ensure!(!failed, "a section failed; its error stands above");
    Ok(())
}

/// Cores, processor, system.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let system = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({}), Linux {}", processor.trim_start_matches([':', ' ', '\t']), system.trim())
}
