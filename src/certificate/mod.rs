//! `boxoffice certificate`: a certificate authority of the venue's own, and the office's certificate by it, so that phones at
//! the door have their cameras. It vouches for names in a local network and nothing else: whoever steals its key can pretend
//! to be no bank.

mod authority;
mod show_api;

pub use authority::{LocalName, Made, make, told};
pub use show_api::show;
