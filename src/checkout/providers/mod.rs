//! Payment providers: one file each, and what they have in common. They speak HTTP outside the writer; none of them decides
//! anything: they say what the provider says.

mod call;
mod fake;
mod portone;
mod registry;
mod setting;
mod standard;
mod stripe;
mod toss;

pub use call::{Begin, Begun, Hint, Notice, ProviderError, Seen, Standing};
pub use fake::Conduct;
pub use registry::{Provider, Providers};
