//! Reports: what was sold and to whom it went back, what was taken and where it came from, who came in; as figures, and as the
//! lists that each figure is made of.
//!
//! Nothing here changes anything, and nothing is kept: no table is the reports' own, and no sale pays for an index that only they
//! would use. Each subject below hands its rows on in the order in which they were made (its `books.rs`); a report walks them
//! in pieces, each a read of its own on a reader, so that it keeps neither a snapshot nor a connection while it counts, and
//! adds up. Why not by queries over everybody's tables: they would be everybody's, and each would be one statement as long as the
//! file.
//!
//! Pieces are read at different moments. What makes the whole one moment is the **as-of**: the last posting when the report
//! began. Payments and refunds that came after it are left out, and a ticket that was refunded after it counts as one that
//! stands. Whoever asks for the lists of a figure sends its `as_of` along, and gets rows that add up to it.
//!
//! A **day** is one on the venue's calendar. Where it begins among the postings is found by halving, because they are made in the
//! order of time; payments and refunds are cut where their postings are.

mod attendance;
pub mod attendance_api;
mod checked_in;
mod closed;
mod csv;
pub mod csv_api;
mod error;
mod labels;
mod narrow;
pub mod period;
mod posted;
pub mod postings_api;
mod refunded;
mod refunds;
pub mod refunds_api;
mod sales;
pub mod sales_api;
mod sold;
mod stream;
mod tables;
mod takings;
pub mod takings_api;
mod walk;
