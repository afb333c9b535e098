//! The reports as tables: which columns each has, and what stands in them. Columns are never renamed or moved; new ones come last.

use crate::report::attendance::Attended;
use crate::report::checked_in::CheckedIn;
use crate::report::closed::ClosedDay;
use crate::report::csv::Cell;
use crate::report::labels::{Place, Show};
use crate::report::posted::PostedLine;
use crate::report::refunded::RefundedTicket;
use crate::report::refunds::{RefundFigures, RefundGroup, Refunds};
use crate::report::sales::{Group, Sales, SalesFigures, SalesLine};
use crate::report::sold::SoldTicket;
use crate::report::takings::Takings;
use crate::report::walk::Line;

/// A performance's cells: its id, concert, day, time and hall.
fn show(of: &Show) -> [Cell; 5] {
    let of = &of.occasion;
    let text = |text: &str| Cell::from(text);
    [
        Cell::Text(of.performance_id.to_string()),
        text(&of.concert_title),
        text(&of.local.date),
        text(&of.local.time),
        text(&of.hall),
    ]
}

fn place(of: &Place, ticket_type: &str) -> [Cell; 5] {
    [of.section(), of.row(), of.label(), of.grade(), ticket_type].map(Cell::from)
}

/// As many cells without anything.
fn none<const COUNT: usize>() -> [Cell; COUNT] {
    std::array::from_fn(|_| Cell::None)
}

impl Line for SoldTicket {
    const HEAD: &'static [&'static str] = &[
        "payment_id",
        "paid_at",
        "day",
        "channel",
        "paid_by",
        "code",
        "code_batch",
        "performance_id",
        "concert",
        "local_date",
        "local_time",
        "hall",
        "section",
        "row",
        "label",
        "grade",
        "type",
        "price",
        "fee",
        "order_fee",
        "discount",
        "refunded",
        "order_fee_refunded",
    ];

    fn cells(&self) -> Vec<Cell> {
        let code = self.code.as_ref().map(|(_, code)| code);
        let mut cells = vec![
            Cell::Text(self.payment_id.to_string()),
            Cell::Text(self.paid_at.to_rfc3339()),
            Cell::Text(self.day.to_string()),
            self.channel.as_str().into(),
            Cell::maybe(self.paid_by.map(|by| by.as_str())),
            Cell::maybe(code.map(|code| code.code.as_str())),
            Cell::maybe(code.map(|code| code.batch.as_str())),
        ];
        cells.extend(show(&self.show));
        cells.extend(place(&self.place, &self.ticket_type));
        cells.extend([self.price, self.fee, self.order_fee, self.discount].map(|amount| Cell::Number(amount.0)));
        cells.push(self.refunded.map_or(Cell::None, |amount| Cell::Number(amount.0)));
        cells.push(Cell::Number(self.order_fee_refunded.0));
        cells
    }
}

impl Line for RefundedTicket {
    const HEAD: &'static [&'static str] = &[
        "refund_id",
        "payment_id",
        "refunded_at",
        "day",
        "to",
        "cause",
        "performance_id",
        "concert",
        "local_date",
        "local_time",
        "hall",
        "section",
        "row",
        "label",
        "grade",
        "type",
        "amount",
        "order_fee",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![
            Cell::Text(self.refund_id.to_string()),
            Cell::Text(self.payment_id.to_string()),
            Cell::Text(self.refunded_at.to_rfc3339()),
            Cell::Text(self.day.to_string()),
            self.way.as_str().into(),
            self.cause.as_str().into(),
        ];
        cells.extend(show(&self.show));
        cells.extend(place(&self.place, &self.ticket_type));
        cells.extend([self.amount, self.order_fee].map(|amount| Cell::Number(amount.0)));
        cells
    }
}

impl Line for PostedLine {
    const HEAD: &'static [&'static str] = &[
        "posting_id",
        "posted_at",
        "kind",
        "means",
        "provider",
        "amount",
        "payment_id",
        "checkout_id",
        "staff_key_id",
        "staff_key",
        "note",
    ];

    fn cells(&self) -> Vec<Cell> {
        let (posted, through) = (&self.posted, self.posted.through);
        vec![
            Cell::Number(posted.posting.key.0),
            Cell::Text(posted.at().to_rfc3339()),
            posted.posting.kind.as_str().into(),
            Cell::maybe(posted.means.map(|means| means.as_str())),
            Cell::maybe(through.map(|of| of.provider.as_str())),
            Cell::Number(posted.amount().0),
            Cell::maybe(self.payment_id.map(|id| id.to_string())),
            Cell::maybe(through.map(|of| of.checkout_id.to_string())),
            Cell::maybe(self.key.as_ref().map(|key| key.id.to_string())),
            Cell::maybe(self.key.as_ref().map(|key| key.name.as_str())),
            Cell::maybe(self.note.as_deref()),
        ]
    }
}

impl Line for CheckedIn {
    const HEAD: &'static [&'static str] = &[
        "check_in_id",
        "checked_in_at",
        "gate",
        "is_double",
        "payment_id",
        "section",
        "row",
        "label",
        "grade",
        "type",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![
            Cell::Text(self.check_in.id.to_string()),
            Cell::Text(self.check_in.scanned_at.to_rfc3339()),
            Cell::maybe(self.check_in.gate.as_deref()),
            if self.check_in.is_double { "true" } else { "false" }.into(),
            Cell::Text(self.payment_id.to_string()),
        ];
        cells.extend(place(&self.place, &self.ticket_type));
        cells
    }
}

impl Line for Attended {
    const HEAD: &'static [&'static str] =
        &["performance_id", "concert", "starts_at", "hall", "tickets", "checked_in", "doubles", "gates"];

    fn cells(&self) -> Vec<Cell> {
        let gate = |(gate, count): &(Option<String>, u32)| format!("{}: {count}", gate.as_deref().unwrap_or("-"));
        let gates: Vec<_> = self.gates.iter().map(gate).collect();
        vec![
            Cell::Text(self.dated.id.to_string()),
            self.concert.as_str().into(),
            Cell::Text(self.dated.starts_at.to_rfc3339()),
            self.dated.hall.as_str().into(),
            self.tickets.into(),
            self.checked_in().into(),
            self.doubles.into(),
            Cell::Text(gates.join("; ")),
        ]
    }
}

impl Line for ClosedDay {
    const HEAD: &'static [&'static str] = &["day_close_id", "closed_at", "staff_key_id", "staff_key", "tills"];

    fn cells(&self) -> Vec<Cell> {
        let till = |till: &crate::counter::Till| match till.counted {
            Some(counted) => format!("{}: {} booked, {} counted", till.means.as_str(), till.booked.0, counted.0),
            None => format!("{}: {} booked", till.means.as_str(), till.booked.0),
        };
        let tills: Vec<_> = self.close.tills.iter().map(till).collect();
        vec![
            Cell::Text(self.close.id.to_string()),
            Cell::Text(self.close.closed_at.to_rfc3339()),
            Cell::Text(self.key.id.to_string()),
            self.key.name.as_str().into(),
            Cell::Text(tills.join("; ")),
        ]
    }
}

/// Columns of sales.
pub const SALES: &[&str] = &[
    "performance_id",
    "concert",
    "local_date",
    "local_time",
    "hall",
    "grade",
    "type",
    "day",
    "channel",
    "paid_by",
    "code",
    "code_batch",
    "tickets",
    "refunded_tickets",
    "prices",
    "fees",
    "order_fees",
    "discounts",
    "amount",
    "refunded",
    "net",
];

/// A line for each line.
pub fn sales(of: &Sales) -> Vec<Vec<Cell>> {
    of.lines.iter().map(|(group, line)| sales_line(group, line)).collect()
}

fn sales_line(group: &Group, line: &SalesLine) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(SALES.len());
    cells.extend(if let Group::Performance(_) = group { show(&line.show) } else { none() });
    cells.push(if let Group::Grade(grade) = group { grade.as_str().into() } else { Cell::None });
    cells.push(if let Group::TicketType(name) = group { name.as_str().into() } else { Cell::None });
    cells.push(if let Group::Day(day) = group { Cell::Text(day.to_string()) } else { Cell::None });
    cells.extend(match group {
        Group::Channel(channel, by) => [channel.as_str().into(), Cell::maybe(by.map(|by| by.as_str()))],
        _ => none(),
    });
    let code = line.code.as_ref().filter(|_| matches!(group, Group::Code(Some(_))));
    cells.push(Cell::maybe(code.map(|code| code.code.as_str())));
    cells.push(Cell::maybe(code.map(|code| code.batch.as_str())));
    let SalesFigures { tickets, refunded_tickets, prices, fees, order_fees, discounts, refunded } = line.figures;
    let amount = line.figures.amount().0;
    cells.extend([tickets.into(), refunded_tickets.into()]);
    cells.extend([prices, fees, order_fees, discounts, amount, refunded, amount - refunded].map(Cell::Number));
    cells
}

/// Columns of refunds.
pub const REFUNDS: &[&str] = &[
    "performance_id",
    "concert",
    "local_date",
    "local_time",
    "hall",
    "to",
    "cause",
    "day",
    "tickets",
    "for_tickets",
    "order_fees",
    "amount",
];

/// A line for each line.
pub fn refunds(of: &Refunds) -> Vec<Vec<Cell>> {
    of.lines.iter().map(|(group, (of, figures))| refunds_line(*group, of, figures)).collect()
}

fn refunds_line(group: RefundGroup, of: &Show, figures: &RefundFigures) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(REFUNDS.len());
    cells.extend(if let RefundGroup::Performance(_) = group { show(of) } else { none() });
    cells.push(if let RefundGroup::Way(way) = group { way.as_str().into() } else { Cell::None });
    cells.push(if let RefundGroup::Cause(cause) = group { cause.as_str().into() } else { Cell::None });
    cells.push(if let RefundGroup::Day(day) = group { Cell::Text(day.to_string()) } else { Cell::None });
    cells.push(figures.tickets.into());
    cells.extend([figures.for_tickets, figures.order_fees, figures.amount().0].map(Cell::Number));
    cells
}

/// Columns of takings.
pub const TAKINGS: &[&str] = &["what", "kind", "means", "provider", "postings", "amount", "others", "difference"];

/// The balances before, what moved, the balances after; then what the books were held against.
pub fn takings(of: &Takings) -> Vec<Vec<Cell>> {
    let mut lines = vec![alone("opening_balances", of.balances[0].0)];
    for ((kind, by, provider), moved) in &of.movements {
        lines.push(vec![
            "movement".into(),
            kind.as_str().into(),
            Cell::maybe(by.map(|by| by.as_str())),
            Cell::maybe(provider.map(|provider| provider.as_str())),
            moved.postings.into(),
            moved.amount.into(),
            Cell::None,
            Cell::None,
        ]);
    }
    lines.push(alone("closing_balances", of.balances[1].0));
    for (against, held) in &of.held {
        let mut line = vec![Cell::from("held_against"), against.as_str().into()];
        line.extend(none::<3>());
        line.extend([held.books, held.others, held.books - held.others].map(Cell::Number));
        lines.push(line);
    }
    lines
}

fn alone(what: &str, amount: i64) -> Vec<Cell> {
    let mut line = vec![Cell::from(what)];
    line.extend(none::<4>());
    line.push(amount.into());
    line.extend(none::<2>());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_of_a_table_are_called_the_same() {
        let heads = [SoldTicket::HEAD, RefundedTicket::HEAD, PostedLine::HEAD, CheckedIn::HEAD, Attended::HEAD];
        for head in heads.into_iter().chain([ClosedDay::HEAD, SALES, REFUNDS, TAKINGS]) {
            let names: std::collections::BTreeSet<_> = head.iter().collect();
            assert_eq!(names.len(), head.len(), "{head:?}");
        }
        assert_eq!(alone("x", 1).len(), TAKINGS.len());
    }
}
