//! What an operation finds around it.

use std::sync::Arc;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::terms::SharedTerms;

/// The time, randomness and the venue's terms.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) terms: SharedTerms,
}
