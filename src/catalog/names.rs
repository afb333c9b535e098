//! Names as the catalogue keeps them.

use crate::catalog::error::CatalogError;

/// A name as it is kept: trimmed, 1 to 100 characters, none of them a control character.
///
/// # Errors
/// [`CatalogError::Invalid`], naming `field`.
pub fn clean_name(field: &str, name: &str) -> Result<String, CatalogError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return CatalogError::invalid(format!("{field} must have 1 to 100 characters and no control characters"));
    }
    Ok(name.to_owned())
}
