//! The parameters of a statement.

/// Up to sixteen parameters, `?1` first, for the verbs of [`Tx`](crate::store::Tx). Each is bound as what it is: as a list of
/// `dyn` values (`many_params!`, for more of them) a payment spent a twentieth of its time on finding out.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { ($(&$value,)*) };
}

pub use params;
pub use rusqlite::params as many_params;
