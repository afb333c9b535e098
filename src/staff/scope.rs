//! What a staff key may. No store, no clock.

use std::fmt;
use std::str::FromStr;

use crate::column::{column_text, column_words};

/// What a staff key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, poem_openapi::Enum, serde::Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Halls, concerts, prices, queues, terms, staff keys.
    Manage,
    /// Buyers, balances and sales at the counter.
    Sell,
    /// Tickets at the door.
    Door,
    /// Figures of sales and takings.
    Report,
}

column_words!(Scope { Manage = "manage", Sell = "sell", Door = "door", Report = "report" });

/// Any set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Every scope there is.
    pub fn all() -> Self {
        Scope::ALL.iter().copied().collect()
    }

    /// Is this scope among them?
    pub fn contain(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }

    /// Is there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// They, in the order of their definition.
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.iter().copied().filter(|scope| self.contain(*scope)).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
    }
}

/// As they stand in the data file: their words with commas.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.list().into_iter().map(Scope::as_str).collect();
        f.write_str(&words.join(","))
    }
}

/// The text names something that is no scope.
#[derive(Debug, thiserror::Error)]
#[error("no scope")]
pub struct NoScope;

impl FromStr for Scopes {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        let scope = |word: &str| Scope::ALL.iter().copied().find(|scope| scope.as_str() == word).ok_or(NoScope);
        text.split(',').filter(|word| !word.is_empty()).map(scope).collect()
    }
}

column_text!(Scopes);

/// What an operation asks of a key: a type, so that the document can tell it.
pub trait Needs: Send + Sync + 'static {
    /// The scope; none where any key will do.
    const SCOPE: Option<Scope>;
    /// As the document calls it: the scheme, and after a colon the scope.
    const SCHEME: &'static str;
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident $scope:expr, $scheme:literal);+ $(;)?) => {
        $($(#[$doc])* pub struct $name;
        impl Needs for $name {
            const SCOPE: Option<Scope> = $scope;
            const SCHEME: &'static str = $scheme;
        })+
    };
}

needs! {
    /// A key that may manage.
    Manage Some(Scope::Manage), "StaffKey:manage";
    /// A key that may sell.
    Sell Some(Scope::Sell), "StaffKey:sell";
    /// A key that may let in.
    Door Some(Scope::Door), "StaffKey:door";
    /// A key that may see figures.
    Report Some(Scope::Report), "StaffKey:report";
    /// Any key.
    Any None, "StaffKey";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_scopes_is_read_as_it_was_written() {
        for bits in 0..1 << Scope::ALL.len() {
            let scopes = Scopes(bits);
            assert_eq!(scopes.to_string().parse::<Scopes>().expect("scopes"), scopes);
            assert_eq!(scopes.list().into_iter().collect::<Scopes>(), scopes);
        }
        assert!("manage,everything".parse::<Scopes>().is_err());
    }
}
