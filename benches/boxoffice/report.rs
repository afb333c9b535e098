//! What a bench prints: tables, and at the end each target with what was reached.

/// Rows and columns of text.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|cell| (*cell).to_owned()).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells.into_iter().collect();
        eprintln!("  … {}", cells.join("  "));
        self.rows.push(cells);
    }

    /// Prints it under a title, first column left, the others right.
    pub fn print(&self, title: &str) {
        let width = |column: usize| {
            let cells = self.rows.iter().chain([&self.head]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        println!("\n### {title}\n");
        let line = |row: &Vec<String>| {
            let cells = row.iter().enumerate().map(|(at, cell)| match at {
                0 => format!("{cell:<width$}", width = width(at)),
                _ => format!("{cell:>width$}", width = width(at)),
            });
            println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        };
        line(&self.head);
        let rules = (0..self.head.len()).map(|at| match at {
            0 => "-".repeat(width(at)),
            _ => format!("{}:", "-".repeat(width(at).saturating_sub(1).max(1))),
        });
        println!("| {} |", rules.collect::<Vec<_>>().join(" | "));
        self.rows.iter().for_each(line);
    }
}

/// What the project promises about its speed.
#[derive(Default)]
pub struct Targets {
    rows: Vec<(String, String, String, bool)>,
}

impl Targets {
    /// A figure that shall be at least so large.
    pub fn at_least(&mut self, measure: &str, least: f64, got: f64) {
        self.rows.push((measure.to_owned(), format!("≥ {}", number(least)), number(got), got >= least));
    }

    /// A figure that shall be at most so large.
    pub fn at_most(&mut self, measure: &str, most: f64, got: f64) {
        self.rows.push((measure.to_owned(), format!("≤ {}", number(most)), number(got), got <= most));
    }

    pub fn print(&self) {
        let mut table = Table::new(&["measure", "target", "here", ""]);
        for (measure, target, got, met) in &self.rows {
            let verdict = if *met { "met" } else { "MISSED" }.to_owned();
            table.rows.push(vec![measure.clone(), target.clone(), got.clone(), verdict]);
        }
        table.print("Targets");
    }
}

/// A section measures in so many rounds, everything in turn, and its middle round counts: machines have slow minutes.
pub const ROUNDS: usize = 3;

/// Measures each of these once in every round. Gives, for each, its rounds.
pub fn in_turn<T, R>(things: &[T], mut measure: impl FnMut(&T) -> anyhow::Result<R>) -> anyhow::Result<Vec<Vec<R>>> {
    let mut all: Vec<_> = things.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (thing, rounds) in things.iter().zip(&mut all) {
            rounds.push(measure(thing)?);
        }
    }
    Ok(all)
}

/// The middle one of an odd number of rounds.
#[expect(clippy::expect_used, reason = "there is a round")]
pub fn median<T>(mut rounds: Vec<T>, of: impl Fn(&T) -> f64) -> T {
    rounds.sort_by(|a, b| of(a).total_cmp(&of(b)));
    let middle = rounds.len() / 2;
    rounds.into_iter().nth(middle).expect("a round")
}

/// The middle one of the ratios that each round saw.
pub fn median_ratio(above: &[f64], below: &[f64]) -> f64 {
    median(above.iter().zip(below).map(|(above, below)| above / below).collect(), |ratio| *ratio)
}

/// A number for people: three figures, thousands apart.
pub fn number(value: f64) -> String {
    if value.abs() >= 1000.0 {
        let digits = format!("{value:.0}");
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        text
    } else if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
