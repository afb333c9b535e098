//! What the operator may ask of a rehearsal, and what is not possible.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

/// The arguments of `boxoffice rehearse`.
#[derive(Clone, Debug, Args, Serialize)]
pub struct Arguments {
    /// Drive this server instead of a throw-away one, such as http://127.0.0.1:8080
    ///
    /// The drill makes a hall, a concert and its buyers' accounts there, and they stay. May be repeated, for the nodes of one
    /// venue: buyers come to each in turn, and to the next one where a node is gone.
    #[arg(long, value_name = "URL", requires = "operator_key", value_delimiter = ',', help_heading = "Server")]
    pub url: Vec<String>,
    /// The named server's operator key
    #[arg(long, env = "BOXOFFICE_OPERATOR_KEY", value_name = "KEY", hide_env_values = true, help_heading = "Server")]
    #[serde(skip)]
    pub operator_key: Option<String>,
    /// How many buyers come
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000),
          help_heading = "Sale")]
    pub buyers: u32,
    /// How many seats are on sale
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000),
          help_heading = "Sale")]
    pub seats: u32,
    /// They all come within so many seconds, each at its own moment
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds, help_heading = "Sale")]
    pub arrive_within: f64,
    /// How many the queue lets be inside at once
    #[arg(long, value_name = "BUYERS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000),
          help_heading = "Sale")]
    pub max_admitted: u32,
    /// How many the queue lets in a minute; no bound unless given
    #[arg(long, value_name = "BUYERS", value_parser = clap::value_parser!(u32).range(1..=1_000_000),
          help_heading = "Sale")]
    pub per_minute: Option<u32>,
    /// How long a hold keeps its seats, and a dawdler sits on them
    ///
    /// A named server keeps its own setting; there dawdlers leave after this time.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=3600),
          help_heading = "Sale")]
    pub hold_seconds: u32,
    /// Where the drill's chances begin; the same seed gives the same buyers
    #[arg(long, default_value_t = 1, help_heading = "Buyers")]
    pub seed: u64,
    /// How long a buyer thinks before each step, on average (exponential, at most five times as long); 0: not at all
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=60_000),
          help_heading = "Buyers")]
    pub think_ms: u32,
    /// A buyer wants 1 up to so many seats
    #[arg(long, value_name = "SEATS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=4),
          help_heading = "Buyers")]
    pub seats_each: u32,
    /// The share of buyers who wait by a stream of events; the others poll
    #[arg(long, value_name = "0..1", default_value_t = 0.1, value_parser = share, help_heading = "Buyers")]
    pub stream_share: f64,
    /// The share who ask for the best seats; the others pick free ones on the seat map
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = share, help_heading = "Buyers")]
    pub best_share: f64,
    /// The share who hold seats and never pay
    #[arg(long, value_name = "0..1", default_value_t = 0.02, value_parser = share, help_heading = "Buyers")]
    pub dawdle_share: f64,
    /// The share who give up: while they wait, or after a look at the seats
    #[arg(long, value_name = "0..1", default_value_t = 0.02, value_parser = share, help_heading = "Buyers")]
    pub leave_share: f64,
    /// The share who send each change twice with the same Idempotency-Key
    #[arg(long, value_name = "0..1", default_value_t = 0.05, value_parser = share, help_heading = "Buyers")]
    pub retry_share: f64,
    /// The share who lose their connection in the middle of joining, holding or paying, and come back
    #[arg(long, value_name = "0..1", default_value_t = 0.02, value_parser = share, help_heading = "Buyers")]
    pub drop_share: f64,
    /// Connections that all buyers share: half for reading, a quarter for joining and leaving, a quarter for what is
    /// changed inside; beside them one for each stream
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(4..=1024),
          help_heading = "Drill")]
    pub connections: u32,
    /// Stop after so many seconds; who is not done then is lost
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0, value_parser = seconds, help_heading = "Drill")]
    pub time_limit: f64,
    /// Write report.json and report.html into this folder
    #[arg(long, value_name = "FOLDER", help_heading = "Drill")]
    #[serde(skip)]
    pub out: Option<PathBuf>,
    /// The suggestion counts only seconds in which 99 % of the answers came within this time
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=60_000),
          help_heading = "Suggestion")]
    pub p99_bound_ms: u32,
    /// The suggestion is for buyers who stay inside for so long; people are slower than a drill
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=3600),
          help_heading = "Suggestion")]
    pub visit_seconds: u32,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "a number from 0 to 1, such as 0.1".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is a number from 0 to 1".to_owned()) }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds".to_owned())?;
    if (0.1..=86_400.0).contains(&seconds) { Ok(seconds) } else { Err("0.1 to 86400 seconds".to_owned()) }
}

impl Arguments {
    /// Checks what no single argument can know.
    ///
    /// # Errors
    /// With the remedy.
    pub fn check(&self) -> anyhow::Result<()> {
        if self.leave_share + self.dawdle_share > 1.0 {
            anyhow::bail!("--leave-share and --dawdle-share are together more than 1: nobody would buy");
        }
        if self.time_limit <= self.arrive_within {
            anyhow::bail!("--time-limit must be longer than --arrive-within: not everyone would have come");
        }
        if let Some(out) = &self.out {
            std::fs::create_dir_all(out)
                .map_err(|error| anyhow::anyhow!("--out {}: {error}; name a folder you may write to", out.display()))?;
        }
        Ok(())
    }

    /// The time in which everyone comes.
    pub fn arrival_time(&self) -> Duration {
        Duration::from_secs_f64(self.arrive_within)
    }
}
