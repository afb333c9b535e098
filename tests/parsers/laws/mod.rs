//! What holds of everything that reads bytes from outside, whatever the bytes: one law for each parser, which panics where it is
//! broken. `tests/parsers` tries them on the seeds beside and on changed ones, `.ci/fuzz` lets the coverage guide the changes.
//! Nothing here is random, nothing waits, nothing is written.

mod codes;
mod cursors;
mod halls;
mod headers;
mod input;
mod notices;
mod settings;
mod texts;
mod tokens;

/// A parser with its law.
pub struct Parser {
    /// Also the folder of its seeds.
    pub name: &'static str,
    /// Panics where it is broken.
    pub law: fn(&[u8]),
}

const fn parser(name: &'static str, law: fn(&[u8])) -> Parser {
    Parser { name, law }
}

/// All of them.
pub const PARSERS: &[Parser] = &[
    parser("tokens", tokens::law),
    parser("ticket_codes", codes::tickets),
    parser("discount_codes", codes::discounts),
    parser("sheets", halls::sheets),
    parser("pretix", halls::pretix),
    parser("plans", halls::plans),
    parser("cursors", cursors::law),
    parser("notices", notices::signed),
    parser("providers", notices::providers),
    parser("headers", headers::law),
    parser("settings", settings::law),
    parser("texts", texts::law),
];
