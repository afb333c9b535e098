//! Names as the catalogue keeps them.

use crate::catalog::error::CatalogError;
use crate::text;

/// A name as it is kept: 1 to 100 characters that can be seen.
///
/// # Errors
/// [`CatalogError::Invalid`], naming `field`.
pub fn clean_name(field: &str, name: &str) -> Result<String, CatalogError> {
    text::name(name).or_else(|rule| CatalogError::invalid(format!("{field} {rule}")))
}
