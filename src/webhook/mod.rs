//! Webhooks: what happens here, told to addresses that the venue names. A message is written in the commit that caused it, and
//! carried after it, signed as Standard Webhooks are: to each address in order for each performance, tried again for three
//! days, and not at all any more once the address answers 410. Without any address nothing is written.
//!
//! No name, no address of a person, no code that opens a door stands in a message.

mod calls;
pub mod desk_api;
pub mod domain;
mod record;
mod sql;

pub use calls::{Calls, Telling, WebhookPut, WebhooksChanged};
pub use domain::{WebhookError, put};
pub use record::{Delivery, DeliveryState, Event, Outcome, Webhook};
